import { describe, expect, test } from 'vitest';
import { HOST, records, only, row, lines } from './event-rows.test-support.ts';

/** An event of EvtxECmd, of values that it joined. */
function joined(Data: string, id: number): object {
  return {
    EventRecordId: String(id),
    TimeCreated: '2021-03-03T06:10:00.0000000+00:00',
    EventId: 1,
    Provider: 'MSExchange CmdletLogs',
    Channel: 'MSExchange Management',
    Computer: HOST,
    Payload: JSON.stringify({ EventData: { Data, Binary: '' } }),
  };
}

describe('values', () => {
  test('process ids are hexadecimal in the Security log and decimal in Sysmon, however they were exported', async () => {
    for (const ProcessId of [7316, '7316', '0x1C94', '0x1c94']) {
      expect((await only(row({ ProcessId }))).get('ProcessId')).toBe('0x1c94');
      expect((await only(row({ ProcessId, Channel: 'Microsoft-Windows-Sysmon/Operational' }))).get('ProcessId')).toBe(
        '7316',
      );
      expect((await only(row({ ProcessId, Channel: 'System' }))).get('ProcessId')).toBe(String(ProcessId));
    }
  });

  test('event ids are text, also those that were numbers with a point', async () => {
    for (const EventID of [4624, '4624', 4624.0, '4624.0'])
      expect((await only(row({ EventID }))).get('EventID')).toBe('4624');
  });

  test('what happened to a registry value is not taken for the kind of entry', async () => {
    const channel = { Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 13 };
    const registry = await only(row({ ...channel, EventType: 'SetValue' }));
    expect(registry.get('EventType')).toBe('SetValue');
    expect(registry.get('Level')).toBeUndefined();
    const entry = await only(row({ ...channel, EventType: 'ERROR' }));
    expect(entry.get('EventType')).toBeUndefined();
    expect(entry.get('Level')).toBe('2');
  });

  test('cmdlet and parameters come out of the message where nothing else is there', async () => {
    const management = { Channel: 'MSExchange Management', SourceName: 'MSExchange CmdletLogs', EventID: 1 };
    const Message =
      'Cmdlet suceeded. Cmdlet Set-OabVirtualDirectory, parameters -ExternalUrl "http://f/#x." -Identity "OAB (Default Web Site)".';
    const record = await only(row({ ...management, Message }));
    expect(record.get('Data')).toEqual([
      'Set-OabVirtualDirectory',
      '-ExternalUrl "http://f/#x." -Identity "OAB (Default Web Site)"',
    ]);
    expect(record.get('Data[0]')).toBe('Set-OabVirtualDirectory');
    expect(record.get('Data[2]')).toBeUndefined();
    expect(record.get('Data-from')).toBe('Message');
    const better = await only(row({ ...management, Message, Data: ['Get-Mailbox', '', 'corp/Administrator'] }));
    expect(better.get('Data[2]')).toBe('corp/Administrator');
    expect(better.get('Data-from')).toBeUndefined();
  });

  test('values of which PowerShell wrote the class only are none, and the message is read', async () => {
    const Message = 'Cmdlet suceeded. Cmdlet Set-OabVirtualDirectory, parameters -Identity "OAB".';
    const event = (RecordId: number): object => ({
      Id: 1,
      ProviderName: 'MSExchange CmdletLogs',
      LogName: 'MSExchange Management',
      MachineName: HOST,
      RecordId,
      TimeCreated: '/Date(1614751800123)/',
      Properties: Array(3).fill('System.Diagnostics.Eventing.Reader.EventProperty'),
      Message,
    });
    const found = await records(lines(event(1), event(2)));
    expect(found[1]?.get('Data')).toEqual(['Set-OabVirtualDirectory', '-Identity "OAB"']);
    expect(found[1]?.source).toBeUndefined();
  });

  test('values that EvtxECmd joined are the cmdlet and what follows it, and no heartbeat', async () => {
    const values = 'Set-OabVirtualDirectory, -ExternalUrl "http://f/#x, y", corp/Administrator, S-1-5-18';
    const found = await records(lines(joined(values, 1), joined('Get-Mailbox, , corp/x', 2), joined(values, 3)));
    expect(found[0]?.get('Data')).toEqual([
      'Set-OabVirtualDirectory',
      '-ExternalUrl "http://f/#x, y", corp/Administrator, S-1-5-18',
    ]);
    expect(found.map(({ source }) => source)).toEqual([undefined, undefined, undefined]);
    const [other] = await records(lines({ ...joined('6.03., 9600, Multiprocessor Free', 1), Channel: 'System' }));
    expect(other?.get('Data')).toEqual(['6.03., 9600, Multiprocessor Free']);
  });

  test('of other events without values the message is the only value', async () => {
    const record = await only(
      row({
        Channel: 'Application',
        SourceName: 'MSExchange Common',
        EventID: 4999,
        Message: 'Watson report … BackEndServer.FromString',
      }),
    );
    expect(record.get('Data')).toEqual(['Watson report … BackEndServer.FromString']);
    expect(record.get('Message')).toBe('Watson report … BackEndServer.FromString');
  });

  test('what a collector added to a row of a provider without names does not hide its message', async () => {
    const record = await only(
      row({ Channel: 'Application', SourceName: 'MSExchange Common', EventID: 4999, Message: 'Watson', env: 'x' }),
    );
    expect(record.get('Data')).toEqual(['Watson']);
    expect(record.get('env')).toBe('x');
    expect(record.get('Data-from')).toBe('Message');
  });

  test('the message of Sysmon has the fields by name, and a forged line adds a value and hides none', async () => {
    const Message =
      'Process Create:\r\nRuleName: -\r\nUtcTime: 2021-03-03 06:10:00.000\r\nCommandLine: echo\nParentImage: C:\\good.exe\r\nParentImage: C:\\Windows\\System32\\inetsrv\\w3wp.exe';
    const record = await only(row({ Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 1, Message }));
    expect(record.get('ParentImage')).toEqual(['C:\\good.exe', 'C:\\Windows\\System32\\inetsrv\\w3wp.exe']);
    expect(record.get('UtcTime')).toBe('2021-03-03 06:10:00.000');
  });

  test('unnamed values keep their places by whatever name they come', async () => {
    const values: readonly object[] = [
      { Data: ['a', '', 'c'] },
      { Data_0: 'a', Data_1: '', Data_2: 'c' },
      { Data: 'a', Data_1: '', Data_2: 'c' },
      { param1: 'a', param3: 'c' },
      { EventData: { Data: ['a', '', 'c'] } },
      { EventData: { Data: { '#text': ['a', '', 'c'] } } },
      { EventData: { Data: [{ '#text': 'a' }, null, { '#text': 'c' }] } },
      { EventData: '<EventData><Data>a</Data><Data/><Data>c</Data></EventData>' },
      { Properties: [{ Value: 'a' }, { Value: '' }, { Value: 'c' }] },
    ];
    for (const each of values)
      expect((await only(row({ Channel: 'Application', ...each }))).get('Data'), JSON.stringify(each)).toEqual([
        'a',
        '',
        'c',
      ]);
  });

  test('the channel is known by a provider that has one only', async () => {
    const record = await only(row({ Channel: undefined, SourceName: 'MSExchange CmdletLogs', EventID: 1 }));
    expect(record.get('Channel')).toBe('MSExchange Management');
    expect(record.get('Channel-from')).toBe('Provider_Name');
    expect(record.source).toBeUndefined();
    expect((await only(row({ Channel: undefined, SourceName: 'Contoso' }))).get('Channel')).toBeUndefined();
  });

  test('the machine that collected is not taken for the one that wrote', async () => {
    const record = await only({
      '@timestamp': '2021-03-03T06:10:00Z',
      host: { name: 'collector' },
      winlog: { channel: 'System', event_id: 7045, computer_name: HOST, event_data: { ServiceName: 'x' } },
    });
    expect(record.host).toBe(HOST);
    const none = await only({ host: { name: 'collector' }, winlog: { channel: 'System', event_id: 7045 } });
    expect(none.host).toBeUndefined();
  });

  test('a name that System has too is found below its section, as in an EVTX file', async () => {
    const record = await only({
      Event: { System: { EventID: 1, Channel: 'x', Computer: HOST }, EventData: { Computer: 'WS7', User: 'u' } },
    });
    expect(record.get('Computer')).toBe(HOST);
    expect(record.get('EventData/Computer')).toBe('WS7');
    expect(record.get('EventData/User')).toBe('u');
  });

  test('what Log Analytics could not take apart is read from the XML it kept', async () => {
    const xml = '<EventData><Data Name="TargetUserName">u</Data><Data Name="LogonType">3</Data></EventData>';
    const whole = `<Event><System><Provider Name="P"/><EventID>4624</EventID><Channel>Security</Channel></System>${xml}</Event>`;
    for (const RawEventData of [xml, whole]) {
      const record = await only(row({ Provider: 'P', EventData: null, RawEventData }));
      expect(record.get('TargetUserName')).toBe('u');
      expect(record.get('EventID')).toBe('4624');
    }
  });

  test('attributes that stand apart or with an @ are attributes', async () => {
    const apart = await only({
      Event: {
        System: {
          Provider_attributes: { Name: 'P' },
          EventID: 1,
          EventID_attributes: { Qualifiers: 4 },
          Channel: 'x',
          TimeCreated_attributes: { SystemTime: '2021-03-03T06:10:00Z' },
        },
      },
    });
    expect([apart.get('Provider_Name'), apart.get('EventID'), apart.get('EventID_Qualifiers'), apart.at]).toEqual([
      'P',
      '1',
      '4',
      Date.UTC(2021, 2, 3, 6, 10) * 1000,
    ]);
    const at = await only({
      Event: {
        System: {
          Provider: { '@Name': 'P' },
          EventID: { '@Qualifiers': 4, '#text': '1' },
          Channel: 'x',
          TimeCreated: { '@SystemTime': '2021-03-03 06:10:00' },
        },
        EventData: { Data: [{ '@Name': 'Image', '#text': 'C:\\x' }] },
      },
    });
    expect([at.get('Provider_Name'), at.get('EventID'), at.get('Image'), at.at]).toEqual(['P', '1', 'C:\\x', apart.at]);
  });
});
