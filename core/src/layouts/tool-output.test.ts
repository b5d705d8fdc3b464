import { expect, test } from 'vitest';

import { layOut } from './lay-out.ts';
import { artifact } from './layouts.test-support.ts';

const HITS = '#TYPE Selected.System.Management.Automation.PSCustomObject\r\n"DateTime","AnchorMailbox"\r\n';
const HIT = '"2021-03-03T06:12:44.102Z","ServerInfo~a]@ex01.contoso.example:444/autodiscover/autodiscover.xml?#"';

test('what Test-ProxyLogon concluded is told as prior findings, and the copies it made are evidence', async () => {
  const oab = 'C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Logging\\OABGeneratorLog\\oab1.log';
  const root = 'Test-ProxyLogonLogs/';
  const artifacts = [
    artifact(`${root}EX01-Cve-2021-26855.csv`, `${HITS}${HIT}\r\n`),
    artifact(`${root}EX01-Cve-2021-26858.log`, `${oab}\r\n`),
    artifact(`${root}EX01-other.csv`, '"Type","Path"\r\n"LsassDump","C:\\root\\lsass.dmp"\r\n'),
    artifact(`${root}EX01-LogAgeDays.csv`, '"Oabgen"\r\n"12"\r\n'),
    artifact(`${root}CollectedLogFiles/EX01/CVE26858/oab1.log`),
    artifact(`${root}CollectedLogFiles/EX01/CVE26855/HttpProxy_2021030306-1.LOG`),
    artifact(`${root}CollectedLogFiles/EX01/SuspiciousFiles/lsass.dmp`),
  ];
  const laid = await layOut(artifacts);
  expect(laid.collections).toMatchObject([{ layout: 'test-proxylogon', root, host: 'ex01' }]);
  expect(artifacts.map(({ path }) => laid.role(path))).toEqual([
    'prior',
    'prior',
    'prior',
    'prior',
    'evidence',
    'evidence',
    'evidence',
  ]);
  expect(laid.prior.map(({ tool, says }) => [tool, says])).toEqual([
    ['Test-ProxyLogon CVE-2021-26855', HIT],
    ['Test-ProxyLogon CVE-2021-26858', oab],
    ['Test-ProxyLogon logagedays', '"12"'],
    ['Test-ProxyLogon other', '"LsassDump","C:\\root\\lsass.dmp"'],
  ]);
  expect(laid.prior[0]).toMatchObject({ path: artifacts[0]?.path, offset: HITS.length, length: HIT.length + 2 });
  expect(artifacts.slice(4).map(({ path }) => laid.original(path))).toEqual([
    'C:/Program Files/Microsoft/Exchange Server/V15/Logging/OABGeneratorLog/oab1.log',
    undefined,
    'C:/root/lsass.dmp',
  ]);
  expect(laid.collections[0]?.limits.join()).toContain('copies only files in which it found something');
});

test('its output is told where it was left on the server and stays a file of the server', async () => {
  const path = 'C/Users/admin/Desktop/Test-ProxyLogonLogs/EX01-Cve-2021-26855.csv';
  const laid = await layOut([
    artifact(path, `${HITS}${HIT}\r\n`),
    artifact('C/inetpub/wwwroot/EX01-other.csv', `${HITS}${HIT}\r\n`),
  ]);
  expect(laid.collections).toEqual([]);
  expect(laid.prior.map((each) => [each.path, each.says])).toEqual([[path, HIT]]);
  expect(laid.role(path)).toBe('evidence');
  expect(laid.original(path)).toBe('C:/Users/admin/Desktop/Test-ProxyLogonLogs/EX01-Cve-2021-26855.csv');
  expect(laid.role('C/inetpub/wwwroot/EX01-other.csv')).toBe('evidence');
});

test('where two files of one name were copied, neither place is made up', async () => {
  const laid = await layOut([
    artifact('EX01-Cve-2021-27065.log', 'C:\\a\\x.log\nC:\\b\\x.log\nC:\\c\\y.log\n'),
    artifact('CollectedLogFiles/EX01/CVE27065/x.log'),
  ]);
  expect(laid.original('CollectedLogFiles/EX01/CVE27065/x.log')).toBeUndefined();
  expect(laid.original('CollectedLogFiles/EX01/CVE27065/y.log')).toBe('C:/c/y.log');
});

test("HealthChecker's builds are told as prior findings, with the server they are said of", async () => {
  const sheet = [
    '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">',
    '      <S N="ServerName">EX01</S>',
    '      <S N="BuildNumber">14393</S>',
    '      <Version N="BuildVersion">15.1.2176.9</Version>',
    '      <S N="FileVersion">15.01.2176.009</S>',
    '      <S N="FileVersion">15.01.2176.009</S>',
    '</Objs>',
  ].join('\r\n');
  const path = 'scripts/HealthChecker-EX01-20210315120000.xml';
  const laid = await layOut([artifact(path, sheet)]);
  expect(laid.collections).toMatchObject([{ layout: 'healthchecker', root: 'scripts/', host: 'EX01' }]);
  expect(laid.role(path)).toBe('prior');
  expect(laid.prior).toEqual([
    {
      tool: 'HealthChecker',
      path,
      offset: sheet.indexOf('      <Version'),
      length: '      <Version N="BuildVersion">15.1.2176.9</Version>\r\n'.length,
      says: 'BuildVersion 15.1.2176.9 of EX01',
    },
    expect.objectContaining({ says: 'FileVersion 15.01.2176.009 of EX01' }),
  ]);
});

const RAW: readonly (readonly [string, string])[] = [
  [
    'HttpProxy log',
    '#Software: Microsoft Exchange Server\r\n#Version: 15.01.2176.002\r\n#Log-type: HttpProxy Logs\r\n',
  ],
  ['HttpProxy log behind a byte order mark', '\ufeffDateTime,RequestId,MajorVersion,MinorVersion,BuildVersion\r\n'],
  ['ECP Server log without its header', 'TimeStamp,ServerName,EventId,EventData\r\n'],
  ['log of IIS', '#Fields: date time s-ip cs-method cs-uri-stem\r\n'],
  ['row of IIS', '2021-03-03 06:12:44 10.0.0.5 POST /owa/auth/x.js - 443\r\n'],
  ['row of HttpProxy', '2021-03-03T06:12:44.102Z,5e0bb6a4-b6b9-4d7c-9e3c-a5ba7c2f2f0d,15,1,2176\r\n'],
  ['event log', 'ElfFile\0\0\0'],
];

test.each(RAW)('a %s is evidence under whatever name of a tool it was saved', async (_, content) => {
  const paths = [
    'EX01-Cve-2021-26855.csv',
    'EX01-LogAgeDays.csv',
    'HealthChecker-EX01-20210315120000.xml',
    'HealthChecker-EX01-20210315120000.txt',
    '2021-03-10T08_00_00_1234567_CopyLog.csv',
    '2021-03-10T08_00_00_1234567_ConsoleLog.txt',
    'results/Windows.Detection.Yara.json',
  ];
  const lone = await layOut(paths.map((path) => artifact(path, content)));
  expect(paths.map((path) => lone.role(path))).toEqual(paths.map(() => 'evidence'));
  expect(lone.prior).toEqual([]);
  // Beside what the tools did write, too.
  const beside = await layOut([
    ...paths.map((path) => artifact(path, content)),
    artifact('EX01-Cve-2021-26857.csv', `${HITS}${HIT}\r\n`),
    artifact('HealthChecker-EX01-20210316120000.xml', '<S N="ServerName">EX01</S>'),
    artifact('client_info.json', '{}'),
    artifact('uploads.json', ''),
    artifact('2021-03-11T08_00_00_1234567_CopyLog.csv', 'SourceFile,DestinationFile\r\n'),
  ]);
  expect(paths.map((path) => beside.role(path))).toEqual(paths.map(() => 'evidence'));
  expect(beside.role('EX01-Cve-2021-26857.csv')).toBe('prior');
  expect(beside.prior.map(({ says }) => says)).toEqual([HIT]);
  expect(beside.collections.map(({ layout }) => layout)).toEqual([
    'healthchecker',
    'kape',
    'test-proxylogon',
    'velociraptor',
  ]);
});

test('a sheet that cannot be opened is what its name says', async () => {
  const path = 'EX01-Cve-2021-26855.csv';
  const laid = await layOut([{ path, size: 10, open: () => Promise.reject(new Error('EACCES')) }]);
  expect(laid.role(path)).toBe('prior');
  expect(laid.collections[0]?.limits.join()).toContain('was not read whole');
});
