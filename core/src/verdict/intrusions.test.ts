import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';

import type { RuleMeta } from '../model/check.ts';
import type { ClaimId, Condition } from '../model/claim.ts';
import type { Entity, Finding } from '../model/finding.ts';
import type { ClaimSpec, Pack, TreeSpec } from '../model/pack.ts';
import { pageOf } from './intrusion-threads.ts';
import { tellIntrusions } from './intrusions.ts';
import type { IntrusionReport } from './intrusions.ts';

const BOOK = {
  isShared: (address: string) => address.startsWith('10.'),
  isLocal: (address: string) => address.startsWith('192.168.'),
};
const DAY = 86_400_000_000;
const BEGIN = Date.UTC(2030, 0, 1) * 1000;

test('findings of one session are one story on all hosts, in the order of time', () => {
  const report = told([
    found('write', { host: 'b', times: [BEGIN + 5e6], entities: [['session', 'session-number-one']] }),
    found('forge', {
      host: 'a',
      times: [BEGIN],
      entities: [
        ['address', '203.0.113.1'],
        ['session', 'session-number-one'],
      ],
    }),
  ]);
  expect(report.intrusions).toHaveLength(1);
  const [story] = report.intrusions;
  expect(story?.hosts).toEqual(['a', 'b']);
  expect(story?.steps.map((step) => [step.at, step.host])).toEqual([
    ['2030-01-01T00:00:00.000Z', 'a'],
    ['2030-01-01T00:00:05.000Z', 'b'],
  ]);
  expect(story?.establishes.map((e) => [e.claim, e.host])).toEqual([
    ['exploited', 'a'],
    ['exploited', 'b'],
  ]);
});

test('two addresses on one host are two stories, and one address on two hosts is one', () => {
  const report = told([
    found('forge', { times: [BEGIN], entities: [['address', '203.0.113.1']] }),
    found('forge', { times: [BEGIN + DAY], entities: [['address', '203.0.113.2']] }),
    found('forge', { host: 'b', times: [BEGIN + DAY], entities: [['address', '203.0.113.1']] }),
  ]);
  expect(report.intrusions.map((story) => story.hosts)).toEqual([['a', 'b'], ['a']]);
});

test('a private address means another machine on another host', () => {
  const report = told(
    ['a', 'b'].map((host) => found('forge', { host, times: [BEGIN], entities: [['address', '192.168.1.5']] })),
  );
  expect(report.intrusions).toHaveLength(2);
});

test('hits through a shared address are told apart by their pauses', () => {
  const times = [BEGIN, BEGIN + 5e6, BEGIN + DAY, BEGIN + DAY + 1e6];
  const report = told([found('forge', { times, entities: [['address', '10.0.0.1']] })]);
  expect(report.intrusions.map((story) => [story.since, story.steps.length])).toEqual([
    ['2030-01-01T00:00:00.000Z', 1],
    ['2030-01-02T00:00:00.000Z', 1],
  ]);
  expect(report.intrusions[0]?.says).toContain('10.0.0.1, which many people share');
});

test('a moment between two intruders at work belongs to neither', () => {
  const report = told([
    found('forge', { times: [BEGIN], entities: [['address', '203.0.113.1']] }),
    found('forge', { times: [BEGIN + 4e6], entities: [['address', '203.0.113.2']] }),
    found('event', { times: [BEGIN + 2e6] }),
  ]);
  const stories = report.intrusions.map((story) => story.steps.length);
  expect(stories).toEqual([1, 1, 1]);
});

test('a cut token links nobody', () => {
  const report = told([
    found('write', {
      key: ['session'],
      times: [BEGIN],
      entities: [
        ['session', 's1-0000-0000-0000-1'],
        ['canary', '[cut]'],
      ],
    }),
    found('write', {
      key: ['session'],
      times: [BEGIN + DAY],
      entities: [
        ['session', 's2-0000-0000-0000-2'],
        ['canary', '[cut]'],
      ],
    }),
  ]);
  expect(report.intrusions).toHaveLength(2);
});

test('what its host was not judged to have suffered no story establishes', () => {
  const findings = [found('forge', { times: [BEGIN], entities: [['address', '203.0.113.1']] })];
  expect(told(findings, { established: [] }).intrusions).toEqual([]);
});

test('a request that another server acted on proves what it did there as well', () => {
  const forged = found('forge', { times: [BEGIN], entities: [['address', '203.0.113.1']] });
  const report = told([forged], { reached: { b: [forged.id] } });
  const [story] = report.intrusions;
  expect(story?.establishes.map(({ claim: id, host, rests }) => [id, host, rests])).toEqual([
    ['exploited', 'a', [forged.id]],
    ['exploited', 'b', [forged.id]],
  ]);
  expect(story?.hosts).toEqual(['a', 'b']);
  expect(story?.says).toContain('on 2 servers');
  expect(story?.steps.map((step) => step.host)).toEqual(['a']);
});

test('signs that prove nothing are no story, however many they are', () => {
  expect(told([found('hint', { times: [BEGIN], entities: [['address', '203.0.113.1']] })]).intrusions).toEqual([]);
});

test('a file that only an earlier state shows is no way back in of today', () => {
  const page = found('page', { entities: [['path', '/x.aspx']] });
  expect(claims(told([page]))).toEqual(['implanted', 'persisting']);
  expect(claims(told([page], { past: [page.id] }))).toEqual(['implanted']);
});

test.each([
  ['/aspnet_client/x.aspx', '/aspnet_client/x.aspx'],
  ['C:\\inetpub\\wwwroot\\aspnet_client\\X.aspx', '/aspnet_client/x.aspx'],
  ['inetpub\\wwwroot\\x.aspx', '/x.aspx'],
  ["temporary file 'D:\\inetpub\\wwwroot\\x.aspx' needs to be removed", '/x.aspx'],
  ['C:\\Windows\\Temp\\x.aspx', 'C:\\Windows\\Temp\\x.aspx'],
])('the page %s is %s', (value, page) => {
  expect(pageOf(value, PACK.trees)).toBe(page);
});

test('a file that an event names and the page that was asked for are one story', () => {
  const report = told([
    found('page', { times: [BEGIN], entities: [['path', 'C:\\inetpub\\wwwroot\\x.aspx']] }),
    found('page', { times: [BEGIN + DAY], entities: [['path', '/x.aspx']] }),
  ]);
  expect(report.intrusions).toHaveLength(1);
});

test('the order of findings changes nothing', () => {
  const findings = Array.from({ length: 60 }, (_, i) =>
    found(i % 3 === 0 ? 'event' : i % 3 === 1 ? 'forge' : 'page', {
      times: [BEGIN + i * 7e6],
      entities: [
        ['address', `203.0.113.${i % 7}`],
        ['path', `/p${i % 5}.aspx`],
      ],
    }),
  );
  expect(told(findings.toReversed())).toEqual(told(findings));
});

test('a hundred thousand sessions are told within bounds, the strongest first', () => {
  const findings = Array.from({ length: 100_000 }, (_, i) =>
    found('forge', { key: ['session'], times: [BEGIN + i * 1e6], entities: [['session', `session-number-${i}`]] }),
  );
  findings.push(found('page', { entities: [['path', '/x.aspx']] }));
  const begin = performance.now();
  const report = told(findings);
  expect(performance.now() - begin).toBeLessThan(20_000);
  expect(report.intrusions).toHaveLength(100);
  expect(claims(report)).toContain('persisting');
  expect(report.limits.join('\n')).toMatch(
    /98001 groups of findings were not looked at[\s\S]*more intrusions and attempts than are listed/,
  );
});

test('many hits that only their time could link stay within bounds', () => {
  const times = Array.from({ length: 60_000 }, (_, i) => BEGIN + i * 70e6);
  const findings = Array.from({ length: 20 }, () => found('event', { times }));
  const begin = performance.now();
  const report = told(findings);
  expect(performance.now() - begin).toBeLessThan(20_000);
  expect(report.intrusions.length).toBeLessThanOrEqual(100);
  expect(report.limits.some((says) => says.includes('that only their time could link'))).toBe(true);
});

interface Wish {
  readonly host?: string;
  readonly times?: readonly number[];
  readonly entities?: readonly (readonly [string, string])[];
  /** Only told to the reader: a rule of the same strength that folds by this. */
  readonly key?: readonly string[];
}

let made = 0;

function found(rule: string, { host = 'a', times = [], entities = [], key }: Wish): Finding {
  made += 1;
  const all: readonly Entity[] = entities.map(([kind, value]) => ({ kind, value }));
  return {
    id: `f-${String(made).padStart(8, '0')}`,
    rule: key === undefined ? rule : `${rule}-by-${key.join('-')}`,
    host,
    count: Math.max(1, times.length),
    since: times[0],
    until: times.at(-1),
    entities: all,
    sightings: [{ origin: { artifact: 0, offset: 0, length: 1 }, sha256: '', at: times[0], excerpt: '' }],
    times,
  };
}

function told(
  findings: readonly Finding[],
  {
    established = ['exploited', 'implanted', 'persisting'],
    past = [],
    reached = {},
  }: {
    established?: readonly ClaimId[];
    past?: readonly string[];
    reached?: Readonly<Record<string, readonly string[]>>;
  } = {},
): IntrusionReport {
  const hosts = [...new Set([...findings.map((f) => f.host), ...Object.keys(reached)])].toSorted();
  const stories = hosts.map((host) => ({
    host,
    findings: findings.filter((f) => f.host === host),
    past: new Set(past),
    established: new Set(established),
    through: new Set(reached[host]),
  }));
  return tellIntrusions(stories, { pack: PACK, book: BOOK, idOf });
}

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function claims({ intrusions }: IntrusionReport): readonly string[] {
  return [...new Set(intrusions.flatMap((story) => story.establishes.map((e) => e.claim)))];
}

function meta(
  id: string,
  stage: RuleMeta['stage'],
  weight: RuleMeta['weight'],
  rung: RuleMeta['rung'],
  key: readonly string[],
): RuleMeta {
  return {
    id,
    title: `Title of ${id}`,
    level: 'high',
    stage,
    weight,
    rung,
    description: '',
    falsePositives: [],
    references: [],
    attack: [],
    key,
  };
}

function claim(id: ClaimId, rules: readonly string[]): ClaimSpec {
  const proofs: readonly Condition[] = rules.map((rule) => ({ is: 'rule', rule }));
  const says = { established: '', ruledOut: '', undetermined: '', notApplicable: '' };
  return { claim: id, question: '', says, proofs, mustSee: [] };
}

const TREE: TreeSpec = {
  id: 'web',
  title: '',
  roots: ['inetpub/wwwroot'],
  url: '/',
  landmarks: [],
  content: false,
  fetch: '',
  collect: [],
};

const PACK: Pack = {
  id: 'small-2030-01',
  version: '1.0.0',
  title: '',
  digest: '',
  firstExploitation: BEGIN - 30 * DAY,
  vulnerabilities: [],
  updates: [],
  roots: [],
  buildFiles: undefined,
  sources: [],
  trees: [TREE],
  mustSees: [],
  claims: [
    claim('exploited', ['forge', 'forge-by-session', 'write', 'write-by-session', 'event']),
    claim('implanted', ['page']),
    claim('persisting', ['page']),
  ],
  limits: [],
  advice: [],
  rules: [
    meta('forge', 'ssrf', 'decisive', 5, ['address']),
    meta('forge-by-session', 'ssrf', 'decisive', 5, ['session']),
    meta('write', 'file-write', 'decisive', 6, ['session']),
    meta('write-by-session', 'file-write', 'decisive', 6, ['session']),
    meta('event', 'file-write', 'decisive', 6, []),
    meta('page', 'web-shell', 'decisive', 7, ['path']),
    meta('hint', 'recon', 'weak', 1, ['address']),
  ],
  checks: [],
  follows: [],
  observers: [],
};
