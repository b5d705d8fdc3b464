import { describe, expect, test } from 'vitest';

import type { RuleMeta } from '../model/check.ts';
import type { EvidenceRecord, FieldValue } from '../model/reading.ts';
import { FORGED_ANCHOR_RULES, forgedAnchor, isDnsName } from './forged-anchor.ts';

function row(values: Record<string, FieldValue>): EvidenceRecord {
  const all: Record<string, FieldValue> = {
    ServerHostName: 'EX01',
    UrlHost: 'mail.contoso.example',
    ClientIpAddress: '198.51.100.7',
    ...values,
  };
  return {
    is: 'record',
    kind: 'http.proxy',
    source: 'http-proxy:ecp',
    at: 0,
    host: 'EX01',
    origin: { offset: 0, length: 1 },
    get: (f) => all[f],
    fields: () => Object.keys(all),
    excerpt: () => '',
  };
}

function rulesFor(values: Record<string, FieldValue>): readonly string[] {
  const metas = new Map(FORGED_ANCHOR_RULES.map((id) => [id, { id, key: [] } as unknown as RuleMeta]));
  const record = row(values);
  const checks = forgedAnchor(metas, undefined);
  if ('says' in checks) throw new Error(checks.says);
  return checks.filter((c) => c.watch().see(record) !== undefined).map((c) => c.meta.id);
}

test('a rule id that this check cannot fire is refused', () => {
  const metas = new Map([['ssrf-typo', { id: 'ssrf-typo', key: [] } as unknown as RuleMeta]]);
  expect(forgedAnchor(metas, undefined)).toMatchObject({ says: expect.stringContaining('ssrf-typo') });
});

describe('the anchor of a proxied request', () => {
  test.each([
    ['ServerInfo~localhost/owa/auth/logon.aspx?', '500', '500', 'ssrf-scanner'],
    ['ServerInfo~localhost/ecp/default.flt?', '500', '', 'ssrf-scanner-unanswered'],
    ['ServerInfo~probe.burpcollaborator.example/ecp/default.flt?', '200', '200', 'ssrf-out-of-band'],
    ['ServerInfo~mail02.corp.local/ews/exchange.asmx?#', '200', '200', 'ssrf-ews-read'],
    ['ServerInfo~mail02.corp.local/ecp/proxyLogon.ecp?#', '241', '241', 'ssrf-admin-session'],
    ['ServerInfo~a]@EX01:444/autodiscover/autodiscover.xml?#', '200', '200', 'ssrf-autodiscover'],
    ['ServerInfo~akak]@EX01:444/autodiscover/autodiscover.xml?#', '500', '', 'ssrf-unanswered'],
    ['ServerInfo~a]@EX01:444/mapi/emsmdb/?#', '200', '200', 'ssrf-mapi-answered'],
    ['ServerInfo~a]@EX01:444/ecp/proxyLogon.ecp?#', '241', '241', 'ssrf-admin-session'],
    ['ServerInfo~a]@EX01:444/ecp/proxyLogon.ecp?#', '500', '500', 'ssrf-processed'],
    [
      'ServerInfo~Admin@EX01:444/ecp/DDI/DDIService.svc/GetList?reqId=1&schema=VirtualDirectory&a=',
      '200',
      '200',
      'ssrf-admin-api',
    ],
    [
      'ServerInfo~a]@EX01:444/ecp/DDI/DDIService.svc/SetObject?schema=OABVirtualDirectory&msExchEcpCanary=x#',
      '200',
      '200',
      'ssrf-set-object',
    ],
    [
      'ServerInfo~a]@EX01:444/ecp/DDI/DDIService.svc/SetObject?msExchEcpCanary=x&schema=ResetOABVirtualDirectory&a=',
      '200',
      '200',
      'ssrf-reset-object',
    ],
    ['ServerInfo~a]@EX01:444/ews/exchange.asmx?#~1942062522', '200', '200', 'ssrf-ews-read'],
    ['ServerInfo~other.attacker.example', '200', '200', 'foreign-anchor'],
  ])('%s answered %s/%s is %s', (AnchorMailbox, HttpStatus, BackEndStatus, rule) => {
    expect(rulesFor({ AnchorMailbox, HttpStatus, BackEndStatus })).toEqual([rule]);
  });

  test.each([
    [
      'localhost/owa/auth/logon.aspx/../../../ecp/DDI/DDIService.svc/SetObject?schema=ResetOABVirtualDirectory',
      'ssrf-reset-object',
    ],
    ['localhost/ecp/default.flt/%2e%2e/%2e%2e/ews/exchange.asmx', 'ssrf-ews-read'],
    ['localhost//ecp/./default.flt?', 'ssrf-scanner'],
    [
      'a]@EX01:444/ecp/DDI/DDIService.svc/SetObject?schema=OABVirtualDirectory&x=/autodiscover/autodiscover.xml',
      'ssrf-set-object',
    ],
    ['a]@EX01:444/ews/exchange.asmx#/autodiscover/autodiscover.xml', 'ssrf-ews-read'],
    ['a]@EX01:444/autodiscover/autodiscover.xml%3f/../../mapi/emsmdb/', 'ssrf-mapi-answered'],
    ['a]@EX01:444/autodiscover/autodiscover.xml?x=/ews/exchange.asmx', 'ssrf-autodiscover'],
  ])('a harmless name beside the place that was asked does not hide it: %s', (anchor, rule) => {
    const AnchorMailbox = `ServerInfo~${anchor}`;
    expect(rulesFor({ AnchorMailbox, HttpStatus: '200', BackEndStatus: '200' })).toEqual([rule]);
  });

  test('a megabyte of the same name over and over costs no more than reading it', () => {
    for (const unit of ['/ddiservice.svc/setobject', '~1', 'a-.', '/..', '%2e']) {
      const AnchorMailbox = `ServerInfo~a]@EX01:444/${unit.repeat(1_000_000 / unit.length)}`;
      const begin = performance.now();
      expect(rulesFor({ AnchorMailbox, HttpStatus: '200', BackEndStatus: '200' })).toHaveLength(1);
      expect(performance.now() - begin).toBeLessThan(2_000);
    }
  });

  test.each([
    '',
    'Sid~S-1-5-21-1-2-3-500',
    'MailboxGuid~0f0f',
    'Smtp~a@b.example',
    'ServerVersion~Version 15.0 (Build 0.0)',
    'ServerInfo~ex01.corp.contoso.example',
    'ServerInfo~EX02',
    'ServerInfo~ex02.contoso.example',
    'ServerInfo~localhost',
  ])('the ordinary anchor %s is nothing', (AnchorMailbox) => {
    expect(rulesFor({ AnchorMailbox, HttpStatus: '200', BackEndStatus: '200' })).toEqual([]);
  });

  test('an extract without status columns proves the attempt and no more', () => {
    expect(rulesFor({ AnchorMailbox: 'ServerInfo~a]@EX01:444/ecp/proxyLogon.ecp?#' })).toEqual(['ssrf-unanswered']);
  });

  test('a DNS name is labels of letters, digits, hyphens and underscores', () => {
    for (const good of ['ex01', 'ex01.contoso.example', 'a_b.c', 'ex01.']) expect(isDnsName(good)).toBe(true);
    for (const bad of ['', 'a]@b', 'b:444', 'a/b', 'a b', '10.0.0.1', 'a..b', '-a', '#', `${'a'.repeat(64)}.b`])
      expect(isDnsName(bad)).toBe(false);
  });
});
