import { describe, expect, test } from 'vitest';
import type { EvidenceRecord, Gap, Reading } from '../../model/reading.ts';
import { isoTime } from '../../bytes/time.ts';
import { memorySource, readAll, slicedSource, seededDice, textBytes } from '../contract.test-support.ts';
import { identify } from '../index.ts';
import { ELEMENT_LIMIT } from './element-splitter.ts';
import { eventJson } from './format.ts';

const HOST = 'ex01.corp.example.com';

async function read(text: string): Promise<Reading[]> {
  return readAll(eventJson, memorySource(textBytes(text)), 'x.json');
}

async function records(text: string): Promise<EvidenceRecord[]> {
  return (await read(text)).filter((reading) => reading.is === 'record');
}

async function gaps(text: string): Promise<Gap[]> {
  return (await read(text)).filter((reading) => reading.is === 'gap');
}

async function only(row: object): Promise<EvidenceRecord> {
  const [record] = await records(`${JSON.stringify(row)}\n`);
  if (record === undefined) throw new Error('expected one record');
  return record;
}

/** A flat row; an undefined value takes a member away. */
function row(values: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    '@timestamp': '2021-03-03T06:10:00.000Z',
    Channel: 'Security',
    SourceName: 'Microsoft-Windows-Security-Auditing',
    EventID: 4624,
    Hostname: HOST,
    ...values,
  };
}

function lines(...rows: readonly object[]): string {
  return rows.map((each) => `${JSON.stringify(each)}\n`).join('');
}

/** An object with brackets within brackets. */
function deep(levels: number): string {
  return `{"a":${'['.repeat(levels - 1)}1${']'.repeat(levels - 1)},"EventID":1,"Channel":"x"}`;
}

/** A row of Sysmon with a time of the collector and one of its own. */
function sysmon(at: string, utc: string, more: object = {}): object {
  return row({
    '@timestamp': at,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    SourceName: 'Microsoft-Windows-Sysmon',
    EventID: 1,
    UtcTime: utc,
    ...more,
  });
}

async function times(text: string): Promise<(string | undefined)[]> {
  return (await records(text)).map(({ at }) => (at === undefined ? undefined : isoTime(at)));
}

async function sources(...ids: readonly (number | undefined)[]): Promise<(string | undefined)[]> {
  return (
    await records(lines(...ids.map((EventRecordID, index) => row({ EventRecordID, TargetUserName: `u${index}` }))))
  ).map(({ source }) => source);
}

function recognised(text: string): boolean {
  return eventJson.recognises(textBytes(text), 'x.json');
}

describe('recognition', () => {
  test('events are known on one line, in arrays, over many lines, behind byte order marks and syslog heads', () => {
    const text = JSON.stringify(row());
    const pretty = JSON.stringify([row()], undefined, 2);
    for (const each of [
      text,
      `[${text}]`,
      pretty,
      `\ufeff${text}`,
      `Record 1\n${pretty.slice(2, -2)}`,
      `<14>Mar  3 06:10:00 ex01 nxlog: ${text}`,
    ])
      expect(recognised(each), each.slice(0, 40)).toBe(true);
    expect(eventJson.recognises(Uint8Array.from(Buffer.from(`\ufeff${text}`, 'utf16le')), 'x')).toBe(true);
    expect(recognised(`{"took":1,"hits":{"total":1,"hits":[{"_index":"w","_source":${text}}]}}`)).toBe(true);
    expect(recognised(`{"index":{"_index":"w"}}\n${text}\n`)).toBe(true);
  });

  test('an event larger than the head is known by its keys', () => {
    const text = JSON.stringify(row({ ScriptBlockText: 'x'.repeat(100_000) }));
    expect(recognised(text.slice(0, 65_536))).toBe(true);
  });

  test('file listings, settings, other logs and pages are no events', () => {
    expect(recognised('{"FullPath":"C:\\\\x","Size":3,"Mtime":"2021-03-03T06:10:00Z"}\n')).toBe(false);
    expect(recognised('{"name":"web","version":"1.0"}')).toBe(false);
    expect(recognised('{"EventID":4}')).toBe(false);
    expect(recognised('<html>{"EventID":4,"Channel":"x"}')).toBe(false);
    expect(recognised('function x() {"EventID":4,"Channel":"x"}')).toBe(false);
    expect(recognised('')).toBe(false);
    expect(identify(textBytes('{"FullPath":"C:\\\\x","Size":3,"Mtime":"2021-03-03T06:10:00Z"}\n'), 'x')?.name).toBe(
      'file-manifest',
    );
  });
});

describe('objects', () => {
  test('one after the other, in arrays within arrays, with nothing between them, all are read', async () => {
    const [a, b, c] = [1, 2, 3].map((EventRecordID) => JSON.stringify(row({ EventRecordID })));
    for (const text of [
      `${a}${b}${c}`,
      `[[${a},${b}],\n[${c}]]`,
      `${a}\n\n\n${b}\r\n  ${c}`,
      `[${a},${b}]\n[${c}]`,
      `\t[ ${a} , ${b} , ${c} ]`,
    ]) {
      const found = await records(text);
      expect(found.map((record) => record.get('EventRecordID'))).toEqual(['1', '2', '3']);
    }
  });

  test('a cut line costs itself only, wherever it was cut', async () => {
    const [a, b, c] = [1, 2, 3].map((EventRecordID) =>
      JSON.stringify({ ...row(), Properties: [{ a: 'x{"' }], EventRecordID }),
    );
    for (let cut = 1; cut < (b ?? '').length; cut += 1) {
      const found = await read(`${a}\n${b?.slice(0, cut)}\n${c}\n`);
      expect(
        found.filter((reading) => reading.is === 'gap'),
        `cut ${cut}`,
      ).toHaveLength(1);
      expect(found.filter((reading) => reading.is === 'record').map((record) => record.get('EventRecordID'))).toEqual([
        '1',
        '3',
      ]);
    }
  });

  test('a cut object printed over many lines costs itself only', async () => {
    const rows = [1, 2, 3].map((EventRecordID) => ({
      ...row(),
      Properties: [{ a: 1 }, { b: { c: [] } }],
      EventRecordID,
    }));
    const printed = JSON.stringify(rows, undefined, 2).split('\n');
    const second = printed.findIndex((line, index) => index > 2 && line === '  {');
    for (let drop = second + 1; printed[drop] !== '  },'; drop += 1) {
      const text = [...printed.slice(0, drop), ...printed.slice(printed.indexOf('  },', second) + 1)].join('\n');
      const found = (await read(text)).filter((reading) => reading.is === 'record');
      expect(
        found.map((record) => record.get('EventRecordID')),
        `from line ${drop}`,
      ).toEqual(['1', '3']);
    }
  });

  test('numbers, texts and prose between events are gaps, and the events are read', async () => {
    const text = `[1, "a{b", ${JSON.stringify(row())}, null]\nwords, and more: {not\n${JSON.stringify(row({ EventID: 1 }))}\n`;
    const found = await read(text);
    expect(found.filter((reading) => reading.is === 'gap').map(({ reason }) => reason)).not.toContain('fault');
    expect((await records(text)).map((record) => record.get('EventID'))).toContain('1');
    expect((await gaps('just words\n'))[0]).toMatchObject({
      reason: 'damaged',
      says: 'expected an object, stood 11 bytes of other text',
    });
  });

  test('members of a damaged event never stand as an event of their own', async () => {
    const text = `{\n  "Event": {\n    "x": "broken\n    "System": {\n      "EventID": 4624,\n      "Channel": "Security",\n      "Computer": "a"\n    }\n  }\n}\n`;
    expect(await records(text)).toEqual([]);
    expect(await gaps(text)).toHaveLength(1);
  });

  test('zeroes of a crash are a gap, within an event and between events', async () => {
    const text = JSON.stringify(row());
    expect((await read(`${text}\n${'\0'.repeat(5000)}\n${text.replace('4624', '1')}\n`)).map(({ is }) => is)).toEqual([
      'record',
      'gap',
      'record',
    ]);
    expect((await read(`${text.slice(0, 40)}${'\0'.repeat(5000)}\n${text}\n`)).map(({ is }) => is)).toEqual([
      'gap',
      'record',
    ]);
  });

  test('an object over 4 MiB is a gap, and what follows is read', async () => {
    const large = JSON.stringify(row({ CommandLine: 'x'.repeat(ELEMENT_LIMIT) }));
    const found = await read(`${large}\n${JSON.stringify(row())}\n`);
    expect(found.map((reading) => (reading.is === 'gap' ? reading.reason : reading.is))).toEqual(['limit', 'record']);
    const fits = JSON.stringify(row({ CommandLine: 'x'.repeat(ELEMENT_LIMIT - 1000) }));
    expect(await records(fits)).toHaveLength(1);
  });

  test('an object that is 65 deep is a gap, one of a million brackets too', async () => {
    expect(await records(deep(64))).toHaveLength(1);
    expect(await gaps(deep(65))).toMatchObject([
      { reason: 'limit', says: 'expected an object at most 64 deep, stood one of 65' },
    ]);
    expect(await gaps(`${deep(1_000_000)}\n`)).toMatchObject([{ reason: 'limit' }]);
  });

  test('members named __proto__ and constructor are members like others', async () => {
    const [record] = await records('{"__proto__":{"EventID":9},"constructor":"c","EventID":1,"Channel":"x"}\n');
    expect(record?.get('constructor')).toBe('c');
    expect(record?.get('Export/__proto__')).toBe('{"EventID":9}');
    expect(record?.get('toString')).toBeUndefined();
    expect(record?.get('EventID')).toBe('1');
    expect(await records('{"__proto__":{"EventID":9,"Channel":"x"}}\n')).toEqual([]);
  });

  test('a key that stands twice has both values', async () => {
    const [record] = await records(
      '{"EventID":1,"Channel":"x","Image":"a","Image":"b","Image":"a","n":{"k":1,"k":2}}\n',
    );
    expect(record?.get('Image')).toEqual(['a', 'b']);
    expect(record?.get('n.k')).toEqual(['1', '2']);
  });

  test('numbers keep all of their digits', async () => {
    const [record] = await records(
      '{"EventID":1,"Channel":"x","Keywords":9232379236109516800,"A":12345678901234567890,"B":-9007199254740993,"C":1.5,"D":"9007199254740993"}\n',
    );
    expect(['A', 'B', 'C', 'D', 'Keywords'].map((name) => record?.get(name))).toEqual([
      '12345678901234567890',
      '-9007199254740993',
      '1.5',
      '9007199254740993',
      '0x8020000000000000',
    ]);
  });

  test('many members with long names do not multiply', async () => {
    const inner = Object.fromEntries(
      Array.from({ length: 15_000 }, (_, index) => [`k${index}`, { [`k${'y'.repeat(200)}`]: { a: index } }]),
    );
    const record = await only(row({ inner }));
    expect(record.fields().length).toBeLessThan(4200);
  });
});

describe('copies', () => {
  test('an object that stands again, byte for byte, is structure', async () => {
    const text = lines(row(), row(), row({ EventID: 1 }), row());
    expect((await read(text)).map((reading) => (reading.is === 'structure' ? reading.name : reading.is))).toEqual([
      'record',
      'duplicate',
      'record',
      'duplicate',
    ]);
  });

  test('one more digit makes another event', async () => {
    expect(await records(lines(row({ EventRecordID: 1 }), row({ EventRecordID: 11 })))).toHaveLength(2);
  });
});

describe('time', () => {
  test('a clock that is five hours behind is put right for all events of its host, before and after', async () => {
    const text = lines(
      row({ '@timestamp': '2021-03-03T01:00:00.000Z' }),
      sysmon('2021-03-03T01:40:01.000Z', '2021-03-03 06:40:00.730'),
      row({ '@timestamp': '2021-03-03T02:00:00.000Z' }),
      row({ '@timestamp': '2021-03-03T02:00:00.000Z', Hostname: 'dc01' }),
    );
    expect(await times(text)).toEqual([
      '2021-03-03T06:00:00.000Z',
      '2021-03-03T06:40:01.000Z',
      '2021-03-03T07:00:00.000Z',
      '2021-03-03T02:00:00.000Z',
    ]);
    const [first, , , other] = await records(text);
    expect(first?.get('at-raw')).toBe('2021-03-03T01:00:00.000Z');
    expect(first?.get('at-correction')).toBe('+05:00');
    expect(first?.get('TimeCreated')).toBe('2021-03-03T06:00:00.0000000Z');
    expect(other?.get('at-correction')).toBeUndefined();
    expect(await gaps(text)).toMatchObject([
      {
        says: `expected UTC in @timestamp of ${HOST}, stood another clock: by the UtcTime inside its events +05:00 has to be added, and was`,
      },
    ]);
  });

  test('a clock that is right, or late by seconds, is believed', async () => {
    const text = lines(sysmon('2021-03-03T06:40:30.000Z', '2021-03-03 06:40:00.730'), row());
    expect(await times(text)).toEqual(['2021-03-03T06:40:30.000Z', '2021-03-03T06:10:00.000Z']);
    expect(await gaps(text)).toEqual([]);
    expect((await records(text))[0]?.get('at-raw')).toBeUndefined();
  });

  test('an hour change in spring has each hour put right by its own events', async () => {
    const text = lines(
      sysmon('2021-03-14T01:00:00Z', '2021-03-14 06:00:00.000'),
      row({ '@timestamp': '2021-03-14T01:30:00Z' }),
      row({ '@timestamp': '2021-03-14T02:30:00Z' }),
      row({ '@timestamp': '2021-03-14T03:30:00Z' }),
      sysmon('2021-03-14T03:00:00Z', '2021-03-14 07:00:00.000'),
    );
    const found = await records(text);
    expect(found.map((record) => record.get('at-correction'))).toEqual([
      '+05:00',
      '+05:00',
      undefined,
      '+04:00',
      '+04:00',
    ]);
    expect(found[2]?.get('at-doubt')).toBe('@timestamp of this host disagrees with UtcTime elsewhere');
  });

  test('a clock that stands for the time of the import is not moved over other events', async () => {
    const text = lines(
      sysmon('2021-04-20T10:00:00Z', '2021-03-03 06:40:00.000'),
      sysmon('2021-04-20T10:00:01Z', '2021-03-04 09:17:33.000'),
      row({ '@timestamp': '2021-04-20T10:00:02Z' }),
    );
    const found = await records(text);
    expect(found.map(({ at }) => isoTime(at ?? 0))).toEqual([
      '2021-03-03T06:40:00.000Z',
      '2021-03-04T09:17:33.000Z',
      '2021-04-20T10:00:02.000Z',
    ]);
    expect(found[2]?.get('at-doubt')).toBeDefined();
    expect(found[2]?.source).toBeUndefined();
  });

  test('local time without a zone is no time, unless Sysmon says how far it is from UTC', async () => {
    const local = row({ '@timestamp': undefined, EventTime: '2021-03-03 07:10:00' });
    const [alone] = await records(lines(local));
    expect(alone?.at).toBeUndefined();
    expect(alone?.get('at-raw')).toBe('2021-03-03 07:10:00');
    const learnt = lines(
      local,
      sysmon('', '2021-03-03 06:40:00.000', { '@timestamp': undefined, EventTime: '2021-03-03 07:40:00' }),
    );
    expect(await times(learnt)).toEqual(['2021-03-03T06:10:00.000Z', '2021-03-03T06:40:00.000Z']);
  });

  test('every form of a time that exporters write is read', async () => {
    const forms: readonly [unknown, string | undefined][] = [
      ['2021-03-03T06:10:00.1234567Z', '2021-03-03T06:10:00.123456Z'],
      ['2021-03-03T07:10:00+01:00', '2021-03-03T06:10:00.000Z'],
      ['2021-03-03 06:10:00.5 UTC', '2021-03-03T06:10:00.500Z'],
      [1614751800, '2021-03-03T06:10:00.000Z'],
      ['1614751800.1234567', '2021-03-03T06:10:00.123456Z'],
      [1614751800123, '2021-03-03T06:10:00.123Z'],
      ['/Date(1614751800123)/', '2021-03-03T06:10:00.123Z'],
      [{ value: '/Date(1614751800123)/', DateTime: 'Wednesday' }, '2021-03-03T06:10:00.123Z'],
      ['03.03.2021 07:10:00', undefined],
      ['2021-02-30T06:10:00Z', undefined],
      [5, undefined],
    ];
    for (const [form, expected] of forms) {
      const record = await only(row({ '@timestamp': undefined, TimeCreated: form }));
      expect(record.at === undefined ? undefined : isoTime(record.at), JSON.stringify(form)).toBe(expected);
    }
  });
});

describe('heartbeats', () => {
  test('record ids that follow each other make a heartbeat, forwards and backwards', async () => {
    expect(await sources(5, 6, 7)).toEqual([undefined, 'evtx:Security', 'evtx:Security']);
    expect(await sources(7, 6, 6, 5)).toEqual([undefined, 'evtx:Security', 'evtx:Security', 'evtx:Security']);
  });

  test('after a hole there is none any more, because an export with holes is a selection', async () => {
    expect(await sources(5, 6, 8, 9, 10)).toEqual([undefined, 'evtx:Security', undefined, undefined, undefined]);
    expect(await sources(5, 6, 5, 6)).toEqual([undefined, 'evtx:Security', undefined, undefined]);
    expect(await sources(undefined, 1, 2)).toEqual([undefined, undefined, undefined]);
    expect(await sources(1, undefined, 2, 3)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('channels and machines are counted each by itself', async () => {
    const text = lines(
      row({ EventRecordID: 1 }),
      row({ EventRecordID: 900, Channel: 'System' }),
      row({ EventRecordID: 2 }),
      row({ EventRecordID: 2, Hostname: 'dc01' }),
      row({ EventRecordID: 901, Channel: 'System' }),
      row({ EventRecordID: 3 }),
    );
    expect((await records(text)).map(({ source }) => source)).toEqual([
      undefined,
      undefined,
      'evtx:Security',
      undefined,
      'evtx:System',
      'evtx:Security',
    ]);
  });
});

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

test('entities in XML are not declared and not expanded beyond the five', async () => {
  const xml =
    '<!DOCTYPE x [<!ENTITY a "b">]><EventData><Data Name="A">&a;&lt;&#x41;&#65;</Data><Data Name="B"><![CDATA[<x>]]></Data></EventData>';
  const record = await only(row({ EventData: xml }));
  expect(record.get('A')).toBe('&a;<AA');
  expect(record.get('B')).toBe('<x>');
});

test('blocks of a mebibyte are no borders of objects', async () => {
  const rows = Array.from({ length: 9000 }, (_, index) =>
    row({ EventRecordID: index, CommandLine: `é${'\\"{'.repeat(index % 97)}` }),
  );
  for (const text of [
    lines(...rows),
    JSON.stringify(rows, undefined, 1),
    `{"a":1,"results":${JSON.stringify(rows)},"b":{}}`,
  ]) {
    expect(text.length).toBeGreaterThan(2.2e6);
    const found = (await readAll(eventJson, slicedSource(textBytes(text), seededDice(3)), 'x')).filter(
      (reading) => reading.is === 'record',
    );
    expect(found.map((record) => record.get('EventRecordID'))).toEqual(rows.map((_, index) => String(index)));
  }
});

test('a file of brackets, of quotes or of braces only is read in time that grows with its size', async () => {
  for (const piece of ['[', '{', '"', '{"a":', '[{', '},{', ',', '\n{', '\\"', ' ']) {
    const text = piece.repeat(Math.floor(3_000_000 / piece.length));
    const readings = await read(text);
    const end = readings.at(-1)?.origin;
    expect((end?.offset ?? 0) + (end?.length ?? 0)).toBe(text.length);
    expect(readings.every((reading) => reading.is !== 'record')).toBe(true);
  }
}, 20_000);
