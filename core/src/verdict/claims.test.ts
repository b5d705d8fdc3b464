import { describe, expect, test } from 'vitest';

import type { Answer, ClaimId } from '../model/claim.ts';
import type { BuildSighting, Coverage } from '../model/coverage.ts';
import type { Finding } from '../model/finding.ts';
import type { ClaimSpec, Pack } from '../model/pack.ts';
import { judge } from './judge.ts';

const DAY = 24 * 3600 * 1e6;
const SAYS = { established: 'yes by {path}', ruledOut: 'no', undetermined: 'open', notApplicable: 'never' };

function claim(id: ClaimId, mustSee: readonly string[], proofs: ClaimSpec['proofs'] = []): ClaimSpec {
  return { claim: id, question: '', says: SAYS, proofs, mustSee };
}

const rule = (id: string) => ({ is: 'rule' as const, rule: id });
const PACK = {
  id: 'p',
  firstExploitation: 0,
  vulnerabilities: [{ cve: 'CVE-1', says: '', notIn: [] }],
  updates: [
    { product: 'X', name: 'CU1', build: '15.1.100.1', fixed: '15.1.100.9', included: false },
    { product: 'X', name: 'CU2', build: '15.1.200.1', fixed: undefined, included: true },
  ],
  sources: [
    { id: 'front', title: 'front', records: [], except: [], quiet: 1e6, fetch: 'copy front' },
    { id: 'proxy', title: 'proxy', records: [], except: [], quiet: 1e6, fetch: 'copy proxy' },
  ],
  trees: [{ id: 'web', title: 'web', roots: ['web'], url: '/', landmarks: [['a']], fetch: 'copy web' }],
  mustSees: [
    {
      id: 'requests',
      title: 'requests',
      anyOf: [
        { is: 'source', source: 'front' },
        { is: 'source', source: 'proxy' },
      ],
      why: 'w',
    },
    { id: 'pages', title: 'pages', anyOf: [{ is: 'tree', tree: 'web' }], why: 'w' },
    { id: 'build', title: 'build', anyOf: [{ is: 'build', maxRank: 2 }], why: 'w' },
  ],
  claims: [
    claim('vulnerable', ['build'], [rule('processed')]),
    claim('targeted', ['requests'], [rule('knock'), rule('processed')]),
    claim('exploited', ['requests'], [rule('admin')]),
    claim('data-accessed', ['requests']),
    claim('implanted', ['pages'], [{ is: 'all', of: [rule('page'), rule('code')], same: 'path', within: undefined }]),
    claim('operated', ['requests'], [{ is: 'all', of: [rule('page'), rule('post')], same: 'path', within: DAY }]),
    claim('persisting', ['pages'], [{ is: 'all', of: [rule('page'), rule('code')], same: 'path', within: undefined }]),
    claim('remediated', []),
  ],
  limits: [],
  advice: [],
  rules: [{ id: 'processed', rung: 3, weight: 'strong', stage: 'ssrf' }],
} as unknown as Pack;

const cover = (kind: string, from: number, to: number): Coverage => ({
  kind,
  host: 'h',
  title: kind,
  spans: [{ from, to }],
  records: 9,
  quiet: 1e6,
  extent: undefined,
});
const LISTED: Coverage = {
  kind: 'web',
  host: 'h',
  title: 'web',
  spans: [],
  records: 1,
  quiet: undefined,
  extent: { root: 'web', how: 'enumerated', asOf: undefined, files: 3 },
};
const BUILD: BuildSighting = {
  host: 'h',
  value: '15.1.100.9',
  rank: 1,
  level: 'su',
  from: 'file',
  name: 'build',
  since: undefined,
  until: undefined,
  origin: { artifact: 0, offset: 0, length: 0 },
};
const SEEN = [cover('front', 0, 10 * DAY), LISTED];

function finding(id: string, at: number | undefined, path?: string): Finding {
  return {
    id: `f-${id}-${path ?? ''}`,
    rule: id,
    host: 'h',
    count: 1,
    since: at,
    until: at,
    entities: path === undefined ? [] : [{ kind: 'path', value: path }],
    sightings: [],
    times: at === undefined ? [] : [at],
  };
}

function answers(
  findings: readonly Finding[],
  coverage: readonly Coverage[] = SEEN,
  builds: readonly BuildSighting[] = [BUILD],
  asOf: number | 'unstated' = 10 * DAY,
) {
  const verdict = judge(
    {
      host: 'h',
      asOf: asOf === 'unstated' ? undefined : asOf,
      findings,
      coverage,
      builds,
      drowned: new Set(),
      past: new Set<string>(),
      collected: undefined,
    },
    PACK,
  );
  return {
    headline: verdict.headline,
    claims: Object.fromEntries(verdict.claims.map((c) => [c.claim, c.answer])) as Record<ClaimId, Answer>,
    verdict,
  };
}

describe('the law', () => {
  test('everything seen and nothing found is no trace', () => {
    expect(answers([]).headline).toBe('no-trace');
  });

  test.each([
    ['the requests', [LISTED], [BUILD], ['targeted', 'exploited', 'data-accessed', 'operated']],
    [
      'a day of the requests',
      [cover('front', 0, 5 * DAY), cover('front', 6 * DAY, 10 * DAY), LISTED],
      [BUILD],
      ['targeted', 'exploited'],
    ],
    ['the pages', [cover('front', 0, 10 * DAY)], [BUILD], ['implanted', 'persisting']],
    ['the build', SEEN, [], ['vulnerable']],
  ] as const)(
    'without %s its claims are undetermined and the headline is no all-clear',
    (_, coverage, builds, open) => {
      const { headline, claims } = answers([], coverage, builds);
      for (const id of open) expect(claims[id], id).toBe('undetermined');
      expect(headline).toBe('no-trace-within-coverage');
    },
  );

  test('alternatives cover the window together, each on its own days', () => {
    expect(answers([], [cover('front', 0, 5 * DAY), cover('proxy', 5 * DAY, 10 * DAY), LISTED]).claims.targeted).toBe(
      'ruled-out',
    );
    expect(answers([], [cover('front', 0, 5 * DAY), cover('proxy', 6 * DAY, 10 * DAY), LISTED]).claims.targeted).toBe(
      'undetermined',
    );
  });

  test('without a present there is no present-tense answer', () => {
    const { claims } = answers([], SEEN, [BUILD], 'unstated');
    for (const id of ['targeted', 'exploited', 'persisting', 'vulnerable'] as const)
      expect(claims[id]).toBe('undetermined');
  });

  test('a shell in evidence that states no time is implanted, and nothing is said of the present', () => {
    const shell = [finding('page', undefined, '/a'), finding('code', undefined, '/a')];
    expect(answers(shell, SEEN, [BUILD], 'unstated').claims).toMatchObject({
      implanted: 'established',
      persisting: 'undetermined',
    });
  });

  test('a request the server acted on proves that it was attacked and vulnerable then, and not that it was exploited', () => {
    const { claims, headline } = answers([finding('processed', DAY)]);
    expect(claims).toMatchObject({ targeted: 'established', vulnerable: 'established', exploited: 'ruled-out' });
    expect(headline).toBe('targeted-not-successful');
  });

  test('an attack whose outcome could not be seen is not called unsuccessful', () => {
    expect(answers([finding('knock', DAY)], [LISTED]).headline).toBe('targeted-outcome-unknown');
  });

  test('a strong sign that proves nothing alone forbids a no, and is named', () => {
    const rules = [
      ...PACK.rules,
      { id: 'page', rung: 7, weight: 'strong', stage: 'web-shell' },
    ] as unknown as Pack['rules'];
    const gathering = {
      host: 'h',
      asOf: 10 * DAY,
      findings: [finding('page', undefined, '/a')],
      coverage: SEEN,
      builds: [BUILD],
      drowned: new Set<string>(),
      past: new Set<string>(),
      collected: undefined,
    };
    const { claims, headline } = judge(gathering, { ...PACK, rules });
    const implanted = claims.find((c) => c.claim === 'implanted');
    expect([implanted?.answer, implanted?.rests, implanted?.says]).toEqual([
      'undetermined',
      ['f-page-/a'],
      'open: 1 strong sign is unexplained',
    ]);
    expect(headline).toBe('no-trace-within-coverage');
  });

  test('two findings of different paths do not make one proof', () => {
    expect(answers([finding('page', undefined, '/a'), finding('code', undefined, '/b')]).claims.implanted).toBe(
      'ruled-out',
    );
    const { claims, headline, verdict } = answers([finding('page', undefined, '/a'), finding('code', undefined, '/a')]);
    expect(claims).toMatchObject({ implanted: 'established', persisting: 'established' });
    expect(headline).toBe('compromised-backdoor-present');
    expect(verdict.claims.find((c) => c.claim === 'implanted')?.says).toBe('yes by /a');
  });

  test('what is left behind speaks for the break-in: it can no longer be ruled out', () => {
    const { claims } = answers([finding('page', undefined, '/a'), finding('code', undefined, '/a')]);
    expect(claims).toMatchObject({ exploited: 'undetermined', targeted: 'undetermined' });
  });

  test('joined findings must lie within their time of each other', () => {
    expect(answers([finding('page', DAY, '/a'), finding('post', 1.5 * DAY, '/a')]).claims.operated).toBe('established');
    expect(answers([finding('page', DAY, '/a'), finding('post', 3 * DAY, '/a')]).claims.operated).toBe('ruled-out');
  });

  test('a break-in without anything left is a break-in', () => {
    expect(answers([finding('admin', DAY)]).headline).toBe('compromised-no-backdoor-seen');
    expect(answers([finding('admin', DAY)], [cover('front', 0, 10 * DAY)]).headline).toBe('compromised');
  });

  test('a forged request after the claimed fix keeps the window open', () => {
    const loaded: BuildSighting = { ...BUILD, value: '15.1.200.1', rank: 3, since: 2 * DAY, until: 2 * DAY };
    const window = (findings: readonly Finding[]) =>
      answers(findings, SEEN, [BUILD, loaded]).verdict.claims.find((c) => c.claim === 'exploited')?.window.to;
    expect(window([])).toBe(2 * DAY);
    expect(window([finding('processed', 3 * DAY)])).toBe(10 * DAY);
  });

  test('evidence from before the campaign answers nothing about it', () => {
    const early = { ...PACK, firstExploitation: 20 * DAY } as Pack;
    const verdict = judge(
      {
        host: 'h',
        asOf: 10 * DAY,
        findings: [],
        coverage: SEEN,
        builds: [{ ...BUILD, value: '15.1.100.1' }],
        drowned: new Set(),
        past: new Set<string>(),
        collected: undefined,
      },
      early,
    );
    expect(verdict.headline).toBe('insufficient-evidence');
    for (const c of verdict.claims)
      expect([c.claim, c.answer]).toEqual([c.claim, c.claim === 'remediated' ? 'not-applicable' : 'undetermined']);
  });

  test('a rule that met more than could be kept forbids a no', () => {
    const verdict = judge(
      {
        host: 'h',
        asOf: 10 * DAY,
        findings: [],
        coverage: SEEN,
        builds: [BUILD],
        drowned: new Set(['post']),
        past: new Set<string>(),
        collected: undefined,
      },
      PACK,
    );
    expect(verdict.claims.find((c) => c.claim === 'operated')?.answer).toBe('undetermined');
    expect(verdict.claims.find((c) => c.claim === 'exploited')?.answer).toBe('ruled-out');
  });

  test('an empty evidence is insufficient', () => {
    expect(answers([], [], [], 'unstated').headline).toBe('insufficient-evidence');
  });
});
