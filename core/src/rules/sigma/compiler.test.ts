import { expect, test } from 'vitest';

import type { Hit } from '../../model/check.ts';
import type { EvidenceRecord, FieldValue } from '../../model/reading.ts';
import { compileSigma } from './compiler.ts';
import type { SigmaRule } from './rule.ts';
import { sampleRecord } from './sample-record.test-support.ts';

const PACK_RULE = `# a comment before the rule
title: Forged backend reaches the proxy logon
id: ssrf-proxy-logon
status: stable
description: |
  An ECP session was minted.
references:
  - https://example.org/a
author: A. Uthor
date: 2026-11-01
tags:
  - attack.initial-access
  - attack.t1190
  - attack.T1505.003
  - attack.t1190
  - cve.2021-26855
logsource:
  product: exchange
  service: http-proxy
detection:
  forged:
    anchor-target|contains: '/ecp/proxyLogon.ecp'
  minted:
    HttpStatus: 241
  condition: forged and minted
falsepositives:
  - None known
level: critical
afterpatch:
  stage: ssrf
  weight: decisive
  rung: 3
  key: [url-path, address]
  entities:
    address: [client, ClientIpAddress]
    path: url-path
    canary: canary
`;

function only(text: string): SigmaRule {
  const { rules, errors } = compileSigma(text, 'sigma/x.yml');
  expect(errors).toEqual([]);
  expect(rules).toHaveLength(1);
  return rules.at(0)!;
}

function see(rule: SigmaRule, record: EvidenceRecord): Hit | undefined {
  return rule.check.watch().see(record);
}

function event(Data: FieldValue): EvidenceRecord {
  return sampleRecord('windows.event', { Channel: 'MSExchange Management', Data });
}

/** A rule without an `afterpatch` block. */
function foreign(logsource: string, detection: string): SigmaRule {
  return only(`title: T\nid: t\nlogsource: { ${logsource} }\ndetection: { ${detection} }\n`);
}

const PROXY_ROW: Readonly<Record<string, FieldValue>> = {
  'anchor-target': 'a]@srv:444/ecp/proxyLogon.ecp?a=~1942062522#',
  'url-path': '/ecp/y.js',
  HttpStatus: '241',
  ClientIpAddress: '203.0.113.5',
  canary: '-',
};

test('a rule of a pack gives a check with everything the pack says of it', () => {
  const rule = only(PACK_RULE);
  expect(rule.check.meta).toEqual({
    id: 'ssrf-proxy-logon',
    title: 'Forged backend reaches the proxy logon',
    level: 'critical',
    stage: 'ssrf',
    weight: 'decisive',
    rung: 3,
    key: ['path', 'address'],
    description: 'An ECP session was minted.',
    falsePositives: ['None known'],
    references: ['https://example.org/a'],
    attack: ['T1190', 'T1505.003'],
  });
  expect(rule).toMatchObject({
    id: 'ssrf-proxy-logon',
    status: 'stable',
    author: 'A. Uthor',
    license: undefined,
    logsource: { category: undefined, product: 'exchange', service: 'http-proxy' },
    keyKinds: ['path', 'address'],
    events: [],
    file: 'sigma/x.yml',
    line: 2,
  });
  expect(rule.tags).toHaveLength(5);
  expect(rule.check.interest).toEqual({ kinds: ['http.proxy'], literals: ['/ecp/proxylogon.ecp'] });
});

test('entities of the key come first, and the first field with a value counts', () => {
  const hit = see(only(PACK_RULE), sampleRecord('http.proxy', PROXY_ROW));
  expect(hit?.entities).toEqual([
    { kind: 'path', value: '/ecp/y.js' },
    { kind: 'address', value: '203.0.113.5' },
  ]);
});

test('an entity is no longer than 512 characters and is not cut inside one', () => {
  const long = see(only(PACK_RULE), sampleRecord('http.proxy', { ...PROXY_ROW, 'url-path': 'x'.repeat(9_000) }));
  expect(long?.entities[0]?.value).toHaveLength(512);
  const cut = see(
    only(PACK_RULE),
    sampleRecord('http.proxy', { ...PROXY_ROW, 'url-path': `${'x'.repeat(511)}\u{1f600}` }),
  );
  expect(cut?.entities[0]?.value).toBe('x'.repeat(511));
});

test('records of another kind are no hits', () => {
  expect(see(only(PACK_RULE), sampleRecord('http.request', PROXY_ROW))).toBeUndefined();
});

test('a foreign rule is a hint: medium weight, no rung, no key, entities where the record has them', () => {
  const rule = foreign('category: webserver', 's: { cs-method: POST }, condition: s');
  expect(rule.extension).toBeUndefined();
  expect(rule.check.meta).toMatchObject({ level: 'medium', stage: 'other', weight: 'medium', rung: 0, key: [] });
  const hit = see(
    rule,
    sampleRecord('http.request', { 'cs-method': 'POST', client: '::1', 'cs-username': 'EX\\a', 'url-path': '/x' }),
  );
  expect(hit?.entities).toEqual([
    { kind: 'address', value: '::1' },
    { kind: 'account', value: 'EX\\a' },
    { kind: 'path', value: '/x' },
  ]);
  expect(see(rule, sampleRecord('http.request', { 'cs-method': 'POST' }))?.entities).toEqual([]);
});

test('several rules in one file stand alone: an error in one leaves the others', () => {
  const text = `${PACK_RULE}---\ntitle: Broken\n---\n${PACK_RULE.replace('ssrf-proxy-logon', 'second')}`;
  const { rules, errors } = compileSigma(text, 'x.yml');
  expect(rules.map((rule) => rule.id)).toEqual(['ssrf-proxy-logon', 'second']);
  expect(errors.map((error) => `${error.code} ${error.line} ${error.says}`)).toEqual([
    "R010 39 rule has no 'id'",
    "R010 39 rule has no 'logsource'",
    "R010 39 rule has no 'detection'",
  ]);
});

test.each([
  ['title: Forged backend reaches the proxy logon', 'title: ""', "R010 2 'title' is empty"],
  [
    'title: Forged backend reaches the proxy logon',
    `title: ${'x'.repeat(257)}`,
    "R012 2 'title' has 257 characters, at most 256 are allowed",
  ],
  ['id: ssrf-proxy-logon', 'id: [a]', "R011 3 'id' must be text, found a list"],
  ['id: ssrf-proxy-logon', 'id: a b', "R012 3 id 'a b' is not 1 to 128 letters, digits, '.', '_' or '-'"],
  [
    'status: stable',
    'status: good',
    "R012 4 'status' must be one of stable, test, experimental, deprecated, unsupported, found 'good'",
  ],
  ['  - attack.t1190\n', '  - [x]\n', "R011 13 'tags' must be a list of texts, found a list in it"],
  [
    '  service: http-proxy',
    '  service: httpproxy',
    "R020 17 product 'exchange' needs one of the services http-proxy, ecp-server, ecp-activity, oab-generator, ews, cmdlet, cmdlet-http, audit, message-tracking",
  ],
  ['  service: http-proxy', '  servic: http-proxy', "R013 19 unknown attribute 'servic' of 'logsource'"],
  ['  rung: 3', '  rung: high', "R060 32 'rung' must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, found 'high'"],
  [
    '  rung: 3',
    '  stages: x',
    "R060 32 unknown key 'stages' of 'afterpatch', expected one of stage, weight, rung, key, entities",
  ],
  ['  key: [url-path, address]', '  key: address', "R060 33 'key' must be a list of entity kinds, found text"],
  ['  key: [url-path, address]', '  key: [path, url-path]', "R061 33 key 'url-path' names entity 'path' a second time"],
  ['    path: url-path', '    Path: url-path', "R060 36 entity kind 'Path' is not lower-case letters, digits and '-'"],
  [
    '    path: url-path',
    '    path: []',
    "R060 36 entity 'path' needs a field name or a list of at most 16, found a list",
  ],
])('in a pack, %s written as %s is an error', (right, wrong, error) => {
  expect(PACK_RULE).toContain(right);
  const { rules, errors } = compileSigma(PACK_RULE.replace(right, wrong), 'x.yml');
  expect(rules).toEqual([]);
  expect(errors.map(({ code, line, says }) => `${code} ${line} ${says}`)).toContain(error);
});

test('a foreign rule may have attributes of its own', () => {
  expect(
    only(
      'title: T\nid: t\nmine: 1\nlogsource: { category: webserver, x: y }\ndetection: { s: { a: b }, condition: s }\n',
    ).id,
  ).toBe('t');
});

test('an anchor and its alias are one value in two places', () => {
  const rule = only(
    'title: T\nid: t\nlogsource: { product: windows }\ndetection:\n  a: { X: &list [p, q] }\n  b: { Y: *list }\n  condition: a and b\n',
  );
  expect(see(rule, sampleRecord('windows.event', { X: 'p', Y: 'q' }))).toBeDefined();
  expect(see(rule, sampleRecord('windows.event', { X: 'p', Y: 'r' }))).toBeUndefined();
});

test.each([
  [
    'nine to the sixth aliases',
    'a: &a [x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n',
  ],
  ['an alias inside its own anchor', 'a: &a [*a]\n'],
  ['two hundred thousand brackets', '['.repeat(200_000)],
  ['fifty thousand open maps', '{a: '.repeat(50_000)],
  ['a hundred thousand list dashes', '- '.repeat(100_000)],
  ['eighty thousand keys', Array.from({ length: 80_000 }, (_, i) => `k${i}: 1`).join('\n')],
])('%s end as an error', (_, text) => {
  const { rules, errors } = compileSigma(text, 'x.yml');
  expect(rules).toEqual([]);
  expect(errors.map((error) => error.code)).toEqual(['R004']);
});

test('a selection of keywords asks the whole record', () => {
  const rule = foreign(
    'product: windows, service: msexchange-management',
    "k: ['New-MailboxExportRequest', 'x*y'], condition: k",
  );
  expect(see(rule, event(['new-mailboxexportrequest', '-Mailbox a']))).toBeDefined();
  expect(see(rule, event(['x1', '2y']))).toBeDefined();
  expect(see(rule, event(['New-Mailbox']))).toBeUndefined();
  expect(see(rule, sampleRecord('windows.event', { Channel: 'Application', Data: 'x y' }))).toBeUndefined();
});

test('keywords with all find words at the borders of values, as in a rendered message', () => {
  const rule = foreign(
    'product: windows',
    "k: { '|all': ['Set-OabVirtualDirectory', ' -ExternalUrl '] }, condition: k",
  );
  expect(
    see(rule, sampleRecord('windows.event', { Data: ['Set-OabVirtualDirectory', '-ExternalUrl "http://f/"'] })),
  ).toBeDefined();
  expect(
    see(rule, sampleRecord('windows.event', { Data: ['Set-OabVirtualDirectory', '-InternalUrl "http://f/"'] })),
  ).toBeUndefined();
});

test('keywords may be expressions, numbers, or stand alone', () => {
  const record = event(['abc', '4711']);
  expect(see(foreign('product: windows', "k: { '|re': 'b+c' }, condition: k"), record)).toBeDefined();
  expect(see(foreign('product: windows', 'k: [4711], condition: k'), record)).toBeDefined();
  expect(see(foreign('product: windows', 'k: ABC, condition: k'), record)).toBeDefined();
  expect(see(foreign('product: windows', "k: { '|cased': ABC }, condition: k"), record)).toBeUndefined();
});

test('maps and keywords in one list are alternatives', () => {
  const rule = foreign('product: windows', 's: [{ A: 1, B: 2 }, word, { C: 3 }], condition: s');
  expect(see(rule, sampleRecord('windows.event', { A: 1, B: 2 }))).toBeDefined();
  expect(see(rule, sampleRecord('windows.event', { A: 1, C: 3 }))).toBeDefined();
  expect(see(rule, sampleRecord('windows.event', { Z: 'a word' }))).toBeDefined();
  expect(see(rule, sampleRecord('windows.event', { A: 1 }))).toBeUndefined();
});

test('two records of one place in one artifact are not mistaken for one another', () => {
  const rule = foreign('product: windows', 's: { A: 1 }, condition: s');
  expect(see(rule, sampleRecord('windows.event', { A: 1 }))).toBeDefined();
  expect(see(rule, sampleRecord('windows.event', { A: 2 }))).toBeUndefined();
});

test('a format that hands out one object for all its rows is read row by row', () => {
  const rule = foreign('product: windows', 's: { A: 1 }, condition: s');
  let row = 1;
  const cursor: EvidenceRecord = {
    ...sampleRecord('windows.event', {}),
    get origin() {
      return { offset: row * 100, length: 100 };
    },
    get: () => row,
  };
  expect(see(rule, cursor)).toBeDefined();
  row = 2;
  expect(see(rule, cursor)).toBeUndefined();
});

test('evidence cannot make a check throw', () => {
  const rule = only(PACK_RULE);
  const odd: readonly FieldValue[] = [
    '\ud800',
    '%',
    new Uint8Array([0xff, 0xfe]),
    Number.NaN,
    [],
    ['', '\udfff'],
    false,
  ];
  for (const value of odd) {
    const record = sampleRecord('http.proxy', {
      'anchor-target': value,
      HttpStatus: value,
      'url-path': value,
      canary: value,
    });
    expect(see(rule, record)).toBeUndefined();
  }
});
