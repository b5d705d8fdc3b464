import { expect, test } from 'vitest';

import type { CaseClaim, CaseFile, CaseFinding } from '../model/case-file.ts';
import type { Condition } from '../model/claim.ts';
import type { Pack } from '../model/pack.ts';
import { indexCase } from './case-index.ts';
import { explainClaim } from './explanation.ts';
import { waysOf } from './explanation-joins.ts';
import { backdoorPresent } from './samples/cases.ts';

const SECOND = 1_000_000;
const [SAMPLE] = backdoorPresent.findings;
const PAGE = { width: 1_000, colour: false } as const;

test('a rule that proves alone is one way for each of its findings', () => {
  const { shown, possible } = ways([finding('f-1', 'shell'), finding('f-2', 'shell')], { is: 'rule', rule: 'shell' });
  expect(shown.map(idsOf)).toEqual([['f-1'], ['f-2']]);
  expect(possible).toEqual([]);
});

test('two findings are joined by the value that both name, and by no other', () => {
  const here = finding('f-1', 'page', { path: '/a.aspx' });
  const there = finding('f-2', 'page', { path: '/b.aspx' });
  const text = finding('f-3', 'text', { path: '/a.aspx' });
  const { shown } = ways([here, there, text], all(['page', 'text'], { same: 'path' }));
  expect(shown.map(idsOf)).toEqual([['f-1', 'f-3']]);
  expect(shown[0]?.bonds[0]?.same).toEqual({ kind: 'path', value: '/a.aspx' });
});

test('a join in time is shown by the two hits that lie near, where the case keeps them', () => {
  const first = finding('f-1', 'page', {}, ['2021-03-03T04:00:00.000Z', '2021-03-03T05:00:00.000Z']);
  const near = finding('f-2', 'text', {}, ['2021-03-03T05:00:59.000Z']);
  const far = finding('f-3', 'text', {}, ['2021-03-03T04:01:01.000Z']);
  const { shown, possible } = ways([first, near, far], all(['page', 'text'], { within: 60 * SECOND }));
  expect(shown.map(idsOf)).toEqual([['f-1', 'f-2']]);
  expect(shown[0]?.bonds[0]?.shown).toEqual({
    first: Date.UTC(2021, 2, 3, 5) * 1_000,
    second: (Date.UTC(2021, 2, 3, 5) + 59_000) * 1_000,
  });
  // All hits of both are kept, so it is certain that none of them lie so near.
  expect(possible).toEqual([]);
});

test('a join in time of which the case does not keep the hits is possible, and not said to be shown', () => {
  const many = { ...finding('f-1', 'page', {}, ['2021-03-03T04:00:00.000Z', '2021-03-05T04:00:00.000Z']), count: 900 };
  const one = finding('f-2', 'text', {}, ['2021-03-04T12:00:00.000Z']);
  const { shown, possible } = ways([many, one], all(['page', 'text'], { within: 60 * SECOND }));
  expect(shown).toEqual([]);
  expect(possible.map(idsOf)).toEqual([['f-1', 'f-2']]);
  const text = explained([many, one], all(['page', 'text'], { within: 60 * SECOND }));
  expect(text).toContain('both were met within 60 seconds of each other (the case does not keep those hits)');
  expect(text).toContain('The case keeps only some of these hits, and the two that lay so near are not among them.');
});

test('findings that lie days apart are joined in no way, whatever was not kept', () => {
  const early = { ...finding('f-1', 'page', {}, ['2021-03-01T00:00:00.000Z', '2021-03-02T00:00:00.000Z']), count: 900 };
  const late = { ...finding('f-2', 'text', {}, ['2021-03-04T00:00:00.000Z']), count: 900 };
  const condition = all(['page', 'text'], { within: 60 * SECOND });
  expect(ways([early, late], condition)).toMatchObject({ shown: [], possible: [] });
  expect(explained([early, late], condition)).toContain('In which way they prove it together, the case does not hold.');
});

test('the sentence names the value, the limit and both times', () => {
  const page = finding('f-1', 'page', { path: '/a.aspx' }, ['2021-03-03T04:14:57.000Z']);
  const post = finding('f-2', 'post', { path: '/a.aspx' }, ['2021-03-03T04:15:12.000Z']);
  expect(explained([page, post], all(['page', 'post'], { same: 'path', within: 600 * SECOND }))).toContain(
    'Findings 1 and 2 together: both name the path /a.aspx and both were met within 10 minutes of each other (2021-03-03T04:14:57Z and 2021-03-03T04:15:12Z, 15 seconds apart).',
  );
});

test('a join inside a join is told with all of its ties', () => {
  const set = finding('f-1', 'set', { session: 's1' }, ['2021-03-03T04:10:00.000Z']);
  const removed = finding('f-2', 'removed', { session: 's1' }, ['2021-03-03T04:11:00.000Z']);
  const created = finding('f-3', 'created', { session: 's1' }, ['2021-03-03T04:11:09.000Z']);
  const reset = all(['removed', 'created'], { same: 'session', within: 30 * SECOND });
  const condition: Condition = { is: 'all', of: [rule('set'), reset], same: 'session', within: 600 * SECOND };
  const { shown } = ways([set, removed, created], condition);
  expect(shown.map(idsOf)).toEqual([['f-1', 'f-2', 'f-3']]);
  expect(shown[0]?.bonds.map((bond) => [bond.first.id, bond.second.id])).toEqual([
    ['f-2', 'f-3'],
    ['f-1', 'f-2'],
    ['f-1', 'f-3'],
  ]);
});

test('what is joined to a finding that proves alone is not told as a proof of its own', () => {
  const alone = finding('f-1', 'page', { path: '/a' });
  const other = finding('f-2', 'text', { path: '/a' });
  const proofs: readonly Condition[] = [rule('page'), all(['page', 'text'], { same: 'path' })];
  expect(ways([alone, other], ...proofs).shown.map(idsOf)).toEqual([['f-1']]);
});

test('thousands of findings that all name one value are joined in bounded time, and the bound is told', () => {
  const many = Array.from({ length: 4_000 }, (_, at) =>
    finding(`f-${at}`, at % 2 === 0 ? 'page' : 'text', { path: '/a' }),
  );
  const started = performance.now();
  const nested = all(['page', 'text'], { same: 'path' });
  const condition: Condition = { is: 'all', of: [nested, nested, nested, nested], same: 'path', within: undefined };
  const { shown, isCut } = ways(many, condition);
  expect(isCut).toBe(true);
  expect(shown.length).toBeGreaterThan(0);
  expect(shown.length).toBeLessThanOrEqual(400);
  expect(performance.now() - started).toBeLessThan(2_000);
});

function ways(findings: readonly CaseFinding[], ...proofs: readonly Condition[]): ReturnType<typeof waysOf> {
  const { caseFile, claim } = caseWith(findings);
  return waysOf(claim, indexCase(caseFile), packOf(proofs));
}

function explained(findings: readonly CaseFinding[], ...proofs: readonly Condition[]): string {
  const { caseFile, claim } = caseWith(findings);
  return explainClaim(caseFile, claim, { ...PAGE, pack: packOf(proofs) });
}

function caseWith(findings: readonly CaseFinding[]): { caseFile: CaseFile; claim: CaseClaim } {
  const claim = { ...backdoorPresent.claims.find((c) => c.claim === 'implanted')!, rests: findings.map((f) => f.id) };
  return { caseFile: { ...backdoorPresent, findings, claims: [claim] }, claim };
}

function packOf(proofs: readonly Condition[]): Pack {
  const says = { established: '', ruledOut: '', undetermined: '', notApplicable: '' };
  return {
    id: 'exchange-2021-03',
    version: '1.0.0',
    title: '',
    digest: '',
    firstExploitation: Date.UTC(2021, 0, 1) * 1_000,
    vulnerabilities: [],
    updates: [],
    roots: [],
    buildFiles: undefined,
    sources: [],
    trees: [],
    mustSees: [],
    claims: [{ claim: 'implanted', question: 'Was a web shell placed?', says, proofs, mustSee: [] }],
    limits: [],
    advice: [],
    rules: [],
    checks: [],
    observers: [],
  } as Partial<Pack> as Pack;
}

function rule(id: string): Condition {
  return { is: 'rule', rule: id };
}

function all(rules: readonly string[], by: { same?: string; within?: number }): Condition {
  return { is: 'all', of: rules.map(rule), same: by.same, within: by.within };
}

function finding(
  id: string,
  ruleId: string,
  entities: Readonly<Record<string, string>> = {},
  times: readonly string[] = [],
): CaseFinding {
  const sighting = { artifact: 'a-iis', offset: 1, length: 2, sha256: 'ab'.repeat(32), excerpt: 'row' };
  if (SAMPLE === undefined) throw new Error('the sample has no finding');
  return {
    ...SAMPLE,
    id,
    rule: ruleId,
    title: `Met by ${ruleId}`,
    count: Math.max(1, times.length),
    since: times[0] ?? null,
    until: times.at(-1) ?? null,
    entities: Object.entries(entities).map(([kind, value]) => ({ kind, value })),
    sightings: times.length === 0 ? [{ ...sighting, at: null }] : times.map((at) => ({ ...sighting, at })),
  };
}

function idsOf(way: { readonly findings: readonly CaseFinding[] }): readonly string[] {
  return way.findings.map((f) => f.id);
}
