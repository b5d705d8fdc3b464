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

test('its output is known where it was left on the server, and a lone -other.csv is not its output', async () => {
  const path = 'C/Users/admin/Desktop/Test-ProxyLogonLogs/EX01-Cve-2021-26855.csv';
  const laid = await layOut([artifact(path, HITS), artifact('C/inetpub/wwwroot/EX01-other.csv', HITS)]);
  expect(laid.role(path)).toBe('prior');
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
  const path = 'C/scripts/HealthChecker-EX01-20210315120000.xml';
  const laid = await layOut([artifact(path, sheet)]);
  expect(laid.collections).toMatchObject([{ layout: 'healthchecker', root: 'C/scripts/', host: 'EX01' }]);
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
