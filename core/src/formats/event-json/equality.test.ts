import { expect, describe, test } from 'vitest';
import { readFileSync, readdirSync } from 'node:fs';
import type { EvidenceRecord } from '../../model/reading.ts';
import { writeEventJson } from '../../specimen/event-json-writer.ts';
import type { EventJsonStyle } from '../../specimen/event-json-writer.ts';
import { writeEvtx } from '../../specimen/evtx-writer.ts';
import type { EventSpec } from '../../specimen/evtx-writer.ts';
import { memorySource, readAll } from '../contract.test-support.ts';
import { evtx } from '../evtx/format.ts';
import { identify } from '../index.ts';
import { eventJson } from './format.ts';

const AT = Date.UTC(2021, 2, 3, 4, 10) * 1000;
const AUDITING = {
  provider: 'Microsoft-Windows-Security-Auditing',
  providerGuid: '54849625-5478-4994-A5BA-3E3B0328C30D',
};
const SYSMON = { provider: 'Microsoft-Windows-Sysmon', providerGuid: '5770385F-C22A-43E0-BF4C-06F5698FFBD9' };

function named(values: Readonly<Record<string, string>>): NonNullable<EventSpec['data']> {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

function unnamed(...values: readonly string[]): NonNullable<EventSpec['data']> {
  return values.map((value) => ({ value }));
}

/** One event of every log source and of every field that the rules of the pack ask. */
const EVENTS: readonly EventSpec[] = [
  {
    at: AT,
    channel: 'MSExchange Management',
    provider: 'MSExchange CmdletLogs',
    eventId: 1,
    computer: 'ex01.corp.example.com',
    data: unnamed(
      'Set-OabVirtualDirectory',
      '-ExternalUrl "http://f/#<script>x</script>" -Identity "OAB (Default Web Site)"',
      'corp.example.com/Users/Administrator',
      '',
      'S-1-5-21-1-2-3-500',
      '',
      '7316 w3wp#MSExchangeECPAppPool',
      '',
      '41',
      '00:00:00.1',
      "View Entire Forest: 'False'",
      '',
      '',
      'ServicePlan:;IsAdmin:True;',
    ),
  },
  {
    at: AT + 1_500_000,
    channel: 'Application',
    provider: 'MSExchange Common',
    eventId: 4999,
    level: 2,
    computer: 'ex01.corp.example.com',
    data: unnamed(
      '21628',
      'E12IIS',
      '15.01.2176.009',
      'w3wp#MSExchangeECPAppPool',
      'M.E.D.A.C.BackEndServer.FromString',
      'System.ArgumentException',
    ),
  },
  {
    at: AT + 2_000_000,
    channel: 'Application',
    provider: 'MSExchange Control Panel',
    eventId: 4,
    level: 2,
    computer: 'ex01.corp.example.com',
    data: unnamed(
      "Current user: 'corp.example.com/Users/Administrator'\r\nRequest for URL 'https://ex01:444/ecp/DDI/DDIService.svc/SetObject?a=]:444/ecp/x.js' failed",
    ),
  },
  {
    at: AT + 3_000_000,
    channel: 'Security',
    ...AUDITING,
    eventId: 4688,
    level: 0,
    recordId: 880013,
    processId: 4,
    threadId: 120,
    computer: 'ex01.corp.example.com',
    data: named({
      SubjectUserSid: 'S-1-5-18',
      SubjectUserName: 'EX01$',
      SubjectDomainName: 'CORP',
      SubjectLogonId: '0x3e7',
      NewProcessId: '0x2b5c',
      NewProcessName: 'C:\\Windows\\System32\\cmd.exe',
      TokenElevationType: '%%1936',
      ProcessId: '0x1c94',
      CommandLine: 'cmd /c cd /d "C:/inetpub/wwwroot/aspnet_client"&whoami&echo [S]&cd&echo [E]',
      ParentProcessName: 'C:\\Windows\\System32\\inetsrv\\w3wp.exe',
      MandatoryLabel: 'S-1-16-16384',
    }),
  },
  {
    at: AT + 4_000_000,
    channel: 'Security',
    ...AUDITING,
    eventId: 5145,
    level: 0,
    recordId: 880014,
    computer: 'ex01.corp.example.com',
    data: named({
      SubjectUserName: 'EX01$',
      SubjectLogonId: '0x1f4a2',
      IpAddress: 'fe80::1',
      ShareName: '\\\\*\\C$',
      RelativeTargetName: 'inetpub\\wwwroot\\aspnet_client\\x.aspx',
      AccessMask: '0x2',
      AccessList: '%%4417',
    }),
  },
  {
    at: AT + 5_000_000,
    channel: 'Microsoft-Windows-Sysmon/Operational',
    ...SYSMON,
    eventId: 1,
    recordId: 77,
    processId: 3044,
    userId: 'S-1-5-18',
    computer: 'ex01.corp.example.com',
    data: named({
      RuleName: '-',
      UtcTime: '2021-03-03 04:10:04.990',
      ProcessGuid: '{0197231e-c424-69e1-c922-000000000800}',
      ProcessId: '11100',
      Image: 'C:\\Windows\\System32\\cmd.exe',
      CommandLine: 'cmd /c whoami',
      User: 'NT AUTHORITY\\SYSTEM',
      LogonId: '0x3e7',
      ParentProcessId: '7316',
      ParentImage: 'C:\\Windows\\System32\\inetsrv\\w3wp.exe',
      ParentCommandLine: 'w3wp.exe -ap "MSExchangeECPAppPool"',
    }),
  },
  {
    at: AT + 6_000_000,
    channel: 'Microsoft-Windows-Sysmon/Operational',
    ...SYSMON,
    eventId: 11,
    recordId: 78,
    computer: 'ex01.corp.example.com',
    data: named({
      RuleName: '-',
      UtcTime: '2021-03-03 04:10:06.000',
      ProcessId: '4',
      Image: 'System',
      TargetFilename: 'C:\\inetpub\\wwwroot\\aspnet_client\\x.aspx',
    }),
  },
  {
    at: AT + 7_000_000,
    channel: 'Security',
    provider: 'Microsoft-Windows-Eventlog',
    eventId: 1102,
    recordId: 880015,
    computer: 'ex01.corp.example.com',
    userData: {
      element: 'LogFileCleared',
      namespace: 'http://manifests.microsoft.com/win/2004/08/windows/eventlog',
      values: [
        { name: 'SubjectUserName', value: 'Administrator' },
        { name: 'BackupPath', value: 'C:\\x.evtx' },
      ],
    },
  },
  {
    at: AT + 8_000_000,
    channel: 'Security',
    ...AUDITING,
    eventId: 4698,
    recordId: 880016,
    computer: 'ex01.corp.example.com',
    data: named({ SubjectUserName: 'EX01$', TaskName: '\\Winnet', TaskContent: '<?xml version="1.0"?>\r\n<Task/>' }),
  },
  {
    at: AT + 9_000_000,
    channel: 'System',
    provider: 'Service Control Manager',
    eventId: 7045,
    computer: 'ex01.corp.example.com',
    data: named({
      ServiceName: 'msupdate',
      ImagePath: 'C:\\Windows\\Temp\\a.exe',
      ServiceType: 'user mode service',
      StartType: 'auto start',
      AccountName: 'LocalSystem',
    }),
  },
  {
    at: AT + 10_000_000,
    channel: 'Microsoft-Windows-Windows Defender/Operational',
    provider: 'Microsoft-Windows-Windows Defender',
    eventId: 1116,
    computer: 'ex01.corp.example.com',
    data: named({
      'Threat Name': 'Backdoor:JS/Webshell',
      Path: 'file:_C:\\x.aspx',
      'New Value': 'HKLM\\SOFTWARE\\x\\Exclusions\\y',
    }),
  },
  {
    at: AT + 11_000_000,
    channel: 'Microsoft-Windows-PowerShell/Operational',
    provider: 'Microsoft-Windows-PowerShell',
    eventId: 4104,
    userId: 'S-1-5-18',
    computer: 'ex01.corp.example.com',
    data: named({ ScriptBlockText: 'function powercat {\r\n}\t"quoted" \u00fc\u{1f600}', ScriptBlockId: '1' }),
  },
];

const STYLES: readonly EventJsonStyle[] = [
  'nxlog',
  'winlogbeat',
  'winlogbeat-dotted',
  'evtx-dump',
  'chainsaw',
  'velociraptor',
];
const SHAPES = ['lines', 'array', 'pretty'] as const;

/** Every field name that a Sigma rule of the pack asks, and what the engine asks besides. */
function fieldsOfRules(): string[] {
  const folder = new URL('../../../../packs/exchange-2021-03/sigma/', import.meta.url);
  const names = new Set([
    'Channel',
    'EventID',
    'Provider_Name',
    'Computer',
    'Data[0]',
    'Data[1]',
    'Data[2]',
    'NewProcessName',
    'NewProcessId',
    'ProcessId',
    'ParentProcessName',
    'SubjectLogonId',
    'SubjectDomainName',
    'MandatoryLabel',
    'LogonId',
    'UserID',
    'TimeCreated',
    'EventRecordID',
    'Level',
    'Provider_Guid',
    'Keywords',
  ]);
  for (const name of readdirSync(folder)) {
    for (const [, field = ''] of readFileSync(new URL(name, folder), 'utf8').matchAll(
      /^ {4}(?:- )?([A-Za-z][\w .-]*?)(?:\|[a-z|]+)?:/gm,
    ))
      names.add(field);
    for (const [, list = ''] of readFileSync(new URL(name, folder), 'utf8').matchAll(/entities: \{(.*)\}/g))
      for (const field of list.replaceAll(/[[\]']/g, '').split(/[:,]/)) names.add(field.trim());
  }
  return [...names];
}

async function recordsOf(bytes: Uint8Array, style: string): Promise<EvidenceRecord[]> {
  const format = style === 'evtx' ? evtx : eventJson;
  const readings = await readAll(format, memorySource(bytes), 'x');
  expect(readings.filter((reading) => reading.is === 'gap')).toEqual([]);
  return readings.filter((reading) => reading.is === 'record');
}

describe.each(STYLES)('%s', (style) => {
  test.each(SHAPES)('events printed as %s have the fields of the same events in an EVTX file', async (shape) => {
    const bytes = writeEventJson(EVENTS, { style, shape });
    expect(identify(bytes.subarray(0, 65_536), 'x.json')?.name).toBe('event-json');
    const one = await recordsOf(writeEvtx(EVENTS), 'evtx');
    const other = await recordsOf(bytes, style);
    expect(other).toHaveLength(one.length);
    // Winlogbeat hands on neither the level of audits nor the bits of most keywords.
    const lost = new Set(style.startsWith('winlogbeat') ? ['Level', 'Keywords'] : []);
    const names = fieldsOfRules().filter((name) => !lost.has(name));
    expect(names.length).toBeGreaterThan(50);
    for (const [index, record] of one.entries()) {
      const twin = other[index];
      expect({ kind: twin?.kind, at: twin?.at, host: twin?.host }).toEqual({
        kind: record.kind,
        at: record.at,
        host: record.host,
      });
      expect(twin?.fields().filter((name) => name.includes('_attributes'))).toEqual([]);
      for (const name of names)
        expect({ index, name, value: twin?.get(name) }).toEqual({ index, name, value: record.get(name) });
    }
  });
});
