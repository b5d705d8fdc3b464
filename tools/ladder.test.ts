import { describe, expect, test } from 'vitest';

import type { CaseFile } from '../core/src/model/case-file.ts';
import { readCase } from '../core/src/specimen/read-case.ts';
import { specimen } from '../core/src/specimen/specimen.ts';
import { PACK, assessed, evidenceOf } from './evidence.test-support.ts';

/**
 * The success ladder as a property: one intruder climbs it step by step, and each step proves what it proves and nothing
 * above it. All evidence is there, so what is not proved is ruled out or has a sign that nobody explained.
 */

const AT = '2021-03-03T04:1';
const FROM = 'from: 203.0.113.45';
const STEPS: readonly { readonly rung: number; readonly says: string; readonly act: string }[] = [
  { rung: 0, says: 'nothing', act: '' },
  {
    rung: 1,
    says: 'somebody looked for web shells',
    act: `{ act: shell-hunter, at: ${AT}0:00Z, ${FROM}, count: 10 }`,
  },
  {
    rung: 3,
    says: 'a public scanner was answered',
    act: `{ act: public-scanner, at: ${AT}1:00Z, ${FROM}, count: 1 }`,
  },
  {
    rung: 3,
    says: 'a forged request to Autodiscover was answered',
    act: `{ act: ssrf-autodiscover, at: ${AT}2:00Z, ${FROM} }`,
  },
  { rung: 4, says: 'an identity was given out', act: `{ act: ssrf-mapi, at: ${AT}2:03Z, ${FROM} }` },
  { rung: 5, says: 'a session was minted', act: `{ act: proxylogon, at: ${AT}2:05Z, ${FROM} }` },
  { rung: 6, says: 'a script was put into a URL', act: `{ act: ddi-set-object, at: ${AT}2:09Z, ${FROM} }` },
  {
    rung: 7,
    says: 'the reset wrote a page',
    act: `{ act: ddi-reset-object, at: ${AT}2:15Z, ${FROM}, path: /aspnet_client/k.aspx }`,
  },
  {
    rung: 8,
    says: 'the page was used',
    act: `{ act: shell-request, at: ${AT}3:00Z, ${FROM}, path: /aspnet_client/k.aspx, count: 3 }`,
  },
];

/** The claims that a step is the first to establish. */
const FIRST: Readonly<Record<number, readonly string[]>> = {
  2: ['targeted', 'vulnerable'],
  4: ['exploited'],
  7: ['implanted'],
  8: ['operated'],
};

const CLIMB = ['targeted', 'exploited', 'data-accessed', 'implanted', 'operated', 'persisting'] as const;

async function climbed(count: number): Promise<CaseFile> {
  const acts = STEPS.slice(0, count + 1).flatMap(({ act }) => (act === '' ? [] : [`  - ${act}`]));
  const text = [
    'case: ladder',
    'says: One intruder climbs.',
    'server:',
    '  patched: never',
    acts.length === 0 ? 'acts: []' : 'acts:',
    ...acts,
    'expect:',
    '  headline: no-trace',
    '  claims: {}',
    'twin:',
    '  differs: Nothing.',
    '  expect:',
    '    headline: compromised',
    '    claims: {}',
    '',
  ].join('\n');
  const { scenario } = readCase(text, 'ladder.yaml').trials[0];
  const files = specimen(scenario).map((f) => [f.path, Buffer.concat([...f.pieces()])] as const);
  return await assessed(evidenceOf('e', new Map(files)));
}

describe('the success ladder', async () => {
  const cases: CaseFile[] = [];
  for (const [index] of STEPS.entries()) cases.push(await climbed(index));

  const answerOf = (index: number, claim: string): string | undefined =>
    cases[index]?.claims.find((c) => c.claim === claim)?.answer;

  test.each(STEPS.map((step, index) => ({ ...step, index })))('rung $rung: $says', ({ index, rung }) => {
    const proved = Object.entries(FIRST).flatMap(([step, claims]) => (Number(step) <= index ? claims : []));
    for (const claim of CLIMB) {
      if (proved.includes(claim)) expect(answerOf(index, claim), claim).toBe('established');
      else expect(answerOf(index, claim), claim).not.toBe('established');
    }
    // What is not proved and has no sign is ruled out: nothing was taken away here.
    if (rung <= 3) for (const claim of CLIMB.slice(1)) expect(answerOf(index, claim), claim).toBe('ruled-out');
  });

  test('no step up makes a claim that was established less sure', () => {
    for (const claim of CLIMB) {
      const first = STEPS.findIndex((_, index) => answerOf(index, claim) === 'established');
      if (first < 0) continue;
      for (let index = first; index < STEPS.length; index += 1)
        expect(answerOf(index, claim), `${claim} at step ${index}`).toBe('established');
    }
  });

  test('the headline never falls on the way up', () => {
    const worst = cases.map((c) => ORDER.indexOf(c.headline.worst));
    expect(worst).not.toContain(-1);
    expect(worst).toEqual(worst.toSorted((a, b) => a - b));
  });

  test('every rule stands on the rung that the claims it proves are reached from', () => {
    const alone = new Map(PACK.rules.map((rule) => [rule.id, rule.rung]));
    const exploited = PACK.claims.find((c) => c.claim === 'exploited')?.proofs ?? [];
    for (const proof of exploited)
      if (proof.is === 'rule') expect(alone.get(proof.rule), proof.rule).toBeGreaterThan(3);
    const operated = PACK.claims.find((c) => c.claim === 'operated')?.proofs ?? [];
    for (const proof of operated) if (proof.is === 'rule') expect(alone.get(proof.rule), proof.rule).toBeGreaterThan(7);
  });
});

/** Headlines that occur on the way up, from harmless to worst. */
const ORDER: readonly string[] = [
  'no-trace',
  'targeted-not-successful',
  'targeted-outcome-unknown',
  'compromised-no-backdoor-seen',
  'compromised',
  'compromised-backdoor-present',
];
