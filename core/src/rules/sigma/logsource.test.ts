import { expect, test } from 'vitest';

import type { FieldValue } from '../../model/reading.ts';
import { compileSigma } from './compiler.ts';
import type { SigmaRule } from './rule.ts';
import { sampleRecord } from './sample-record.test-support.ts';

function compile(logsource: string, selection = 'Any: x', block = ''): SigmaRule {
  const text = `title: T\nid: t\nlogsource: { ${logsource} }\ndetection: { s: { ${selection} }, condition: s }\n${block}`;
  const { rules, errors } = compileSigma(text, 'x.yml');
  expect(errors).toEqual([]);
  return rules.at(0)!;
}

function hits(rule: SigmaRule, kind: string, values: Readonly<Record<string, FieldValue>>): boolean {
  return rule.check.watch().see(sampleRecord(kind, values)) !== undefined;
}

const PACK = 'afterpatch: {}\n';

test.each([
  ['category: webserver', ['http.request', 'http.proxy']],
  ['category: webserver, product: iis', ['http.request']],
  ['product: exchange, service: http-proxy', ['http.proxy']],
  ['product: exchange, service: ecp-server', ['ecp.server']],
  ['product: exchange, service: ecp-activity', ['ecp.activity']],
  ['product: exchange, service: oab-generator', ['oab.generator']],
  ['product: exchange, service: ews', ['ews.request']],
  ['product: exchange, service: cmdlet', ['cmdlet.execution']],
  ['product: exchange, service: cmdlet-http', ['cmdlet.http']],
  ['product: exchange, service: audit', ['exchange.audit']],
  ['product: exchange, service: message-tracking', ['message.tracking']],
  ['category: file_entry', ['file']],
  ['category: iis_config', ['iis.module', 'iis.handler', 'iis.virtual-directory', 'iis.setting']],
  ['product: windows, service: security', ['windows.event']],
  ['category: process_creation', ['windows.event']],
  ['product: windows', ['windows.event']],
])('%s is about %j', (logsource, kinds) => {
  expect(compile(logsource).check.interest.kinds).toEqual(kinds);
});

test.each([
  ['service: security', 'Security', 1],
  ['service: sysmon', 'Microsoft-Windows-Sysmon/Operational', 1],
  ['service: powershell', 'PowerShellCore/Operational', 1],
  ['service: powershell-classic', 'Windows PowerShell', 1],
  ['service: msexchange-management', 'MSExchange Management', 1],
  ['service: taskscheduler', 'Microsoft-Windows-TaskScheduler/Operational', 1],
  ['service: windefend', 'Microsoft-Windows-Windows Defender/Operational', 1],
  ['service: iis-configuration', 'Microsoft-IIS-Configuration/Operational', 1],
  ['service: wmi', 'microsoft-windows-wmi-activity/operational', 1],
  ['service: dns-server', 'DNS Server', 1],
  ['category: file_event', 'Microsoft-Windows-Sysmon/Operational', 11],
  ['category: network_connection', 'Microsoft-Windows-Sysmon/Operational', '3'],
  ['category: image_load', 'Microsoft-Windows-Sysmon/Operational', 7],
  ['category: registry_event', 'Microsoft-Windows-Sysmon/Operational', 14],
  ['category: registry_set', 'Microsoft-Windows-Sysmon/Operational', 13],
  ['category: dns_query', 'Microsoft-Windows-Sysmon/Operational', 22],
  ['category: ps_script', 'Microsoft-Windows-PowerShell/Operational', 4104],
  ['category: ps_module', 'PowerShellCore/Operational', 4103],
  ['category: ps_classic_start', 'Windows PowerShell', 400],
  ['category: process_creation', 'Microsoft-Windows-Sysmon/Operational', 1],
  ['category: process_creation', 'Security', 4688],
])('%s of Windows is channel %s and event %s', (logsource, Channel, EventID) => {
  const rule = compile(`product: windows, ${logsource}`);
  expect(hits(rule, 'windows.event', { Channel, EventID, Any: 'x' })).toBe(true);
  expect(hits(rule, 'windows.event', { Channel: 'Elsewhere', EventID, Any: 'x' })).toBe(false);
  expect(hits(rule, 'windows.event', { EventID, Any: 'x' })).toBe(false);
  if (logsource.startsWith('category'))
    expect(hits(rule, 'windows.event', { Channel, EventID: 9999, Any: 'x' })).toBe(false);
});

test('a category and a service together ask for both', () => {
  const rule = compile('product: windows, category: process_creation, service: sysmon');
  expect(rule.events).toEqual([{ channels: ['Microsoft-Windows-Sysmon/Operational'], eventIds: [1] }]);
});

test('the fields of event 4688 answer to the names of Sysmon', () => {
  const event = {
    Channel: 'Security',
    EventID: 4688,
    NewProcessName: 'C:\\Windows\\System32\\cmd.exe',
    ParentProcessName: 'C:\\Windows\\System32\\inetsrv\\w3wp.exe',
    CommandLine: 'cmd /c whoami',
    SubjectUserName: 'EX01$',
    SubjectDomainName: 'EXAMPLE',
    SubjectLogonId: '0x3e7',
    NewProcessId: '0x10',
    ProcessId: '0x20',
    MandatoryLabel: 'S-1-16-16384',
  };
  for (const selection of [
    "Image|endswith: '\\cmd.exe', ParentImage|endswith: '\\w3wp.exe', CommandLine|contains: whoami",
    "User: 'EXAMPLE\\EX01$'",
    "User: 'ex01$'",
    "LogonId: '0x3e7'",
    'IntegrityLevel: System',
    'IntegrityLevel: S-1-16-16384',
    "ProcessId: '0x10', ParentProcessId: '0x20'",
    'OriginalFileName: null',
  ]) {
    expect({ selection, hit: hits(compile('category: process_creation', selection), 'windows.event', event) }).toEqual({
      selection,
      hit: true,
    });
  }
  expect(hits(compile('category: process_creation', "Image|endswith: '\\w3wp.exe'"), 'windows.event', event)).toBe(
    false,
  );
  expect(
    hits(compile('product: windows, service: security', "Image|endswith: '\\cmd.exe'"), 'windows.event', event),
  ).toBe(false);
});

test('words of the web taxonomy find the columns of IIS and of HttpProxy', () => {
  const iis = {
    'cs-method': 'POST',
    'cs-uri-stem': '/ecp/y.js',
    'cs(User-Agent)': 'python-requests/2.25.1',
    'sc-status': 200,
  };
  const proxy = { Method: 'POST', UrlStem: '/ecp/y.js', UserAgent: 'python-requests/2.25.1', HttpStatus: '200' };
  const selection = "cs-method: post, cs-uri-stem: '/ecp/y.js', cs-user-agent|startswith: python, sc-status: 200";
  for (const block of ['', PACK]) {
    const rule = compile('category: webserver', selection, block);
    expect(hits(rule, 'http.request', iis)).toBe(true);
    expect(hits(rule, 'http.proxy', proxy)).toBe(true);
    expect(hits(rule, 'http.request', proxy)).toBe(false);
  }
});

test('only foreign rules find the path in the query', () => {
  const selection = "cs-uri-query|contains: '/owa/auth/x.js?a='";
  const rows = [
    ['http.request', { 'cs-uri-stem': '/owa/auth/x.js', 'cs-uri-query': 'a=1' }],
    ['http.proxy', { UrlStem: '/owa/auth/x.js', UrlQuery: '?a=1' }],
    ['http.request', { url: '/owa/auth/x.js?a=1' }],
  ] as const;
  for (const [kind, row] of rows) {
    expect(hits(compile('category: webserver', selection), kind, row)).toBe(true);
    expect(hits(compile('category: webserver', selection, PACK), kind, row)).toBe(false);
  }
  expect(hits(compile('category: webserver', "cs-uri-query: 'a=1'", PACK), 'http.request', rows[0][1])).toBe(true);
  expect(
    hits(compile('category: webserver', "cs-uri-query|endswith: '/x'"), 'http.request', {
      'cs-uri-stem': '/x',
      'cs-uri-query': '-',
    }),
  ).toBe(true);
});

test.each([
  ['product: linux', 'R021'],
  ['product: linux, category: process_creation', 'R021'],
  ['category: proxy', 'R021'],
  ['category: antivirus', 'R021'],
  ['service: apache', 'R021'],
  ['category: webserver, product: apache', 'R021'],
  ['category: webserver, service: nginx', 'R021'],
  ['category: webservers', 'R020'],
  ['category: webserver, product: iisx', 'R020'],
  ['category: webserver, service: x', 'R020'],
  ['product: windows, service: secrity', 'R020'],
  ['product: windows, category: process_create', 'R020'],
  ['product: windows, category: process_creation, service: system', 'R020'],
  ['product: exchange', 'R020'],
  ['product: exchange, category: x, service: ews', 'R020'],
  ['product: constructor', 'R020'],
  ['service: security, product: win', 'R020'],
])('%s is refused with %s', (logsource, code) => {
  const { rules, errors } = compileSigma(
    `title: T\nid: t\nlogsource: { ${logsource} }\ndetection: { s: { a: b }, condition: s }\n`,
    'x.yml',
  );
  expect(rules).toEqual([]);
  expect(errors.map((error) => error.code)).toEqual([code]);
});
