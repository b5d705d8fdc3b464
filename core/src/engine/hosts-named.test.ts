import { expect, test } from 'vitest';

import type { EvidenceRecord, FieldValue } from '../model/reading.ts';
import { forgedTarget, NamedServers } from './hosts-named.ts';

function record(kind: string, host: string | undefined, values: Record<string, FieldValue>): EvidenceRecord {
  return {
    is: 'record',
    kind,
    source: undefined,
    at: 0,
    host,
    origin: { offset: 0, length: 1 },
    text: Object.values(values).join(' '),
    get: (f) => values[f],
    fields: () => Object.keys(values),
    excerpt: () => '',
  };
}

function named(...records: readonly EvidenceRecord[]): readonly string[] {
  const servers = new NamedServers();
  for (const each of records) servers.see(each);
  return servers.all().map(({ name, by, role }) => `${name} ${role} by ${by}`);
}

const ROUTED = {
  AnchorMailbox: 'Sid~S-1-5-21-1-2-3-1104',
  IsAuthenticated: 'true',
  RoutingType: 'IntraForest',
  RoutingHint: 'WindowsIdentity',
  TargetServer: 'ex02.contoso.example',
  TargetServerVersion: '15.01.2176.000',
};
const proxied = (values: Record<string, FieldValue> = {}) => record('http.proxy', 'EX01', { ...ROUTED, ...values });

test('the back end to which a signed-in request went is a server, and so is the front end that wrote the row', () => {
  expect(named(proxied())).toEqual(['ex02.contoso.example back-end by EX01', 'ex01 front-end by EX01']);
});

test.each([
  ['nobody had signed in', { IsAuthenticated: 'false' }],
  ['the cookie of the client chose the target', { AnchorMailbox: 'ServerInfo~ex02.contoso.example' }],
  ['the cookie of the client chose the route', { RoutingHint: 'X-BEResource-Cookie' }],
  ['the route is not one inside the organisation', { RoutingType: 'CrossRegion' }],
  ['no version of the product answers there', { TargetServerVersion: '41.42.31996.000' }],
  ['the target is this machine by another word', { TargetServer: 'localhost' }],
  ['the target is no name', { TargetServer: 'ex02/../x' }],
  ['the target is an address', { TargetServer: '10.0.0.9' }],
])('the target of a row names nobody where %s', (_, values) => {
  expect(named(proxied(values))).toEqual(['ex01 front-end by EX01']);
});

test('clients, domain controllers and mail partners are no servers of the product', () => {
  expect(
    named(
      record('http.request', undefined, {
        'cs-username': 'CONTOSO\\PC17$',
        's-port': '443',
        'cs-uri-stem': '/ews/exchange.asmx',
        'sc-status': '200',
      }),
      record('message.tracking', undefined, { 'client-hostname': 'mx.partner.example', 'server-hostname': 'EX01' }),
      record('windows.event', 'DC01', {
        Provider_Name: 'Microsoft-Windows-Security-Auditing',
        EventID: '4624',
        WorkstationName: 'PC17',
      }),
      record('cmdlet.execution', 'EX01', { ADConfigurationDomainControllers: 'DC01.contoso.example' }),
    ),
  ).toEqual(['ex01 back-end by EX01']);
});

test('a front end signs in at the back end of another server under its computer account', () => {
  const row = {
    'cs-username': 'CONTOSO\\EX01$',
    's-port': '444',
    'cs-uri-stem': '/ecp/proxyLogon.ecp',
    'sc-status': '241',
    's-ip': '10.0.0.2',
  };
  expect(named(record('http.request', undefined, { ...row, 'c-ip': '10.0.0.1' }))).toEqual(['ex01 front-end by ']);
  expect(named(record('http.request', undefined, { ...row, 'c-ip': '10.0.0.1', 'sc-status': '500' }))).toEqual([]);
  for (const own of ['10.0.0.2', 'fe80::1%4', '::1', '127.0.0.1'])
    expect(named(record('http.request', undefined, { ...row, 'c-ip': own })), own).toEqual([]);
});

test('members of a group are named by cmdlets and by the cluster', () => {
  expect(
    named(
      record('windows.event', 'EX01.contoso.example', {
        Provider_Name: 'MSExchange CmdletLogs',
        EventID: '1',
        Data: ['Add-DatabaseAvailabilityGroupServer', '-Identity "DAG1" -MailboxServer "EX03"'],
      }),
      record('windows.event', 'EX01.contoso.example', {
        Provider_Name: 'Microsoft-Windows-FailoverClustering',
        EventID: '1135',
        NodeName: 'EX04',
      }),
    ),
  ).toEqual(['ex03 dag-member by EX01.contoso.example', 'ex04 dag-member by EX01.contoso.example']);
});

test('a hundred thousand names cost a bounded number of them, and the loss is known', () => {
  const servers = new NamedServers();
  for (let i = 0; i < 100_000; i += 1) servers.see(proxied({ TargetServer: `x${i}.contoso.example` }));
  expect(servers.all().length).toBeLessThanOrEqual(1_000);
  expect(servers.overflow).toBe(true);
});

test.each([
  ['a]@ex02.contoso.example:444/ecp/proxyLogon.ecp?#', 'ex02.contoso.example'],
  ['akak]@EX02:444/autodiscover/autodiscover.xml?#', 'ex02'],
  ['Admin@EX02:444/ecp/DDI/DDIService.svc/GetList?a=', 'ex02'],
  ['ex02.contoso.example/ews/exchange.asmx?#', 'ex02.contoso.example'],
])('the forged anchor %s was meant for %s', (anchor, target) => {
  expect(forgedTarget(record('http.proxy', 'EX01', { 'anchor-host': anchor }))).toBe(target);
});

test('an anchor without a name of a machine leaves the column, and a row without either nothing', () => {
  expect(forgedTarget(record('http.proxy', 'EX01', { 'anchor-host': '[::1]:444/ecp/', TargetServer: 'ex01' }))).toBe(
    'ex01',
  );
  expect(forgedTarget(record('http.proxy', 'EX01', { 'anchor-host': ']@:444/' }))).toBeUndefined();
  expect(forgedTarget(record('http.proxy', 'EX01', { 'anchor-host': 'ex02', TargetServer: 'ex02' }))).toBeUndefined();
  expect(forgedTarget(proxied())).toBeUndefined();
});
