import { describe, expect, test } from 'vitest';
import { records, row, lines } from './event-rows.test-support.ts';

async function sources(...ids: readonly (number | undefined)[]): Promise<(string | undefined)[]> {
  return sourcesOf(
    ids.map((EventRecordID, index) => row({ EventRecordID, TargetUserName: `u${index}`, LogonType: '3' })),
  );
}

async function sourcesOf(rows: readonly object[]): Promise<(string | undefined)[]> {
  return (await records(lines(...rows))).map(({ source }) => source);
}

/** Three rows that follow each other. */
function threeRows(values: object): object[] {
  return [1, 2, 3].map((EventRecordID) => row({ EventRecordID, ...values }));
}

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
    const logon = { TargetUserName: 'u', LogonType: '3' };
    const system = { EventID: 7045, Channel: 'System', ServiceName: 's', ImagePath: 'C:\\s.exe' };
    expect(
      await sourcesOf([
        row({ ...logon, EventRecordID: 1 }),
        row({ ...system, EventRecordID: 900 }),
        row({ ...logon, EventRecordID: 2 }),
        row({ ...logon, EventRecordID: 2, Hostname: 'dc01' }),
        row({ ...system, EventRecordID: 901 }),
        row({ ...logon, EventRecordID: 3 }),
      ]),
    ).toEqual([undefined, undefined, 'evtx:Security', undefined, 'evtx:System', 'evtx:Security']);
  });

  test('rows without data, whatever their ids, are no heartbeat: no check could have seen anything in them', async () => {
    const management = { Channel: 'MSExchange Management', SourceName: 'MSExchange CmdletLogs', EventID: 1 };
    const message = 'Cmdlet suceeded. Cmdlet Get-Mailbox, parameters -ResultSize "1".';
    const blind: readonly object[] = [
      {},
      { Message: 'An account was successfully logged on.' },
      { Message: 'An account was successfully logged on.', Security_ID: 'S-1-5-18' },
      { Properties: [{ Value: 'S-1-5-18' }, { Value: 'EX01$' }] },
      { EventData: { Data: ['S-1-5-18', 'EX01$'] } },
      { EventData: '<EventData><Data>S-1-5-18</Data></EventData>' },
      { ...management, Message: message },
      { ...management, Message: message, env: 'production' },
      { ...management, SourceName: undefined, Data: ['Get-Mailbox', ''] },
      { Channel: 'Application', SourceName: 'MSExchange Common', EventID: 4999, Message: 'Watson report', env: 'x' },
      { Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 1, Image: 'C:\\x.exe' },
      { EventID: 4688, TargetUserName: 'u', LogonType: '3', SubjectUserName: 'EX01$' },
    ];
    for (const values of blind)
      expect(await sourcesOf(threeRows(values)), JSON.stringify(values)).toEqual([undefined, undefined, undefined]);
    const whole: readonly object[] = [
      { TargetUserName: 'u', LogonType: '3' },
      { EventData: { TargetUserName: 'u', LogonType: 3 } },
      { EventData: '<EventData><Data Name="TargetUserName">u</Data><Data Name="LogonType">3</Data></EventData>' },
      { EventID: 4608 },
      { EventID: 4634, TargetUserName: 'u' },
      { ...management, Data: ['Get-Mailbox', ''] },
      { ...management, param1: 'Get-Mailbox', Message: message },
      { ...management, Properties: [{ Value: 'Get-Mailbox' }, { Value: '' }] },
    ];
    for (const values of whole)
      expect((await sourcesOf(threeRows(values))).slice(1), JSON.stringify(values)).not.toContain(undefined);
  });

  test('one event that lost its values ends the heartbeat of its log for the rest of the export', async () => {
    const logon = { TargetUserName: 'u', LogonType: '3' };
    expect(
      await sourcesOf([
        row({ ...logon, EventRecordID: 1 }),
        row({ ...logon, EventRecordID: 2 }),
        row({ ...logon, EventRecordID: 3, EventID: 4688 }),
        row({ ...logon, EventRecordID: 4 }),
        row({ ...logon, EventRecordID: 5 }),
      ]),
    ).toEqual([undefined, 'evtx:Security', undefined, undefined, undefined]);
  });
});
