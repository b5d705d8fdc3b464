import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Check } from '../model/check.ts';
import { LiteralGate } from './literal-gate.ts';

const check = (literals: readonly string[] | undefined): Check =>
  ({ interest: literals === undefined ? { kinds: [] } : { kinds: [], literals } }) as unknown as Check;

/** The simple twin: looks for every literal of every check. */
function plainly(checks: readonly Check[], text: string): number[] {
  const lower = text.replaceAll(/[A-Z]/g, (c) => c.toLowerCase());
  return checks.flatMap((c, i) =>
    text.includes('%') || c.interest.literals === undefined || c.interest.literals.some((l) => lower.includes(l))
      ? [i]
      : [],
  );
}

test('the automaton lets through what a search for every literal lets through', () => {
  const letters = fc.stringMatching(/^[abc/.]{1,5}$/);
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', 'B', '/', '.', 'x', 'ä', '%'), maxLength: 40 });
  const gates = fc.array(fc.option(fc.array(letters, { minLength: 1, maxLength: 4 }), { nil: undefined }), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(gates, fc.array(text, { maxLength: 5 }), (all, texts) => {
      const checks = all.map(check);
      const gate = new LiteralGate(checks);
      for (const each of texts)
        expect([...gate.candidates(each)].toSorted((a, b) => a - b)).toEqual(plainly(checks, each));
    }),
    { numRuns: 500 },
  );
});

test('a record without text is shown to every check', () => {
  const checks = [check(['abc']), check(undefined)];
  expect(new LiteralGate(checks).candidates(undefined)).toEqual([0, 1]);
});
