import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { Glob } from './glob.ts';
import { fold, parsePattern, withAnyDash } from './pattern.ts';

function matches(pattern: string, text: string): boolean {
  return new Glob(parsePattern(pattern)).matches(text);
}

/** The textbook answer, quadratic and obviously right: `rows[i]` is whether the pattern so far matches `i` characters. */
function oracle(pattern: string, text: string): boolean {
  let rows: readonly boolean[] = [true, ...Array.from({ length: text.length }, () => false)];
  for (const char of pattern) {
    const next: boolean[] = [];
    for (let i = 0; i <= text.length; i += 1) {
      const before = i > 0 && rows.at(i - 1) === true;
      next.push(
        char === '*' ? rows.at(i) === true || next.at(-1) === true : before && (char === '?' || char === text[i - 1]),
      );
    }
    rows = next;
  }
  return rows.at(-1) === true;
}

function words(...chars: string[]): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...chars), { maxLength: 12 }).map((all) => all.join(''));
}

test('wildcards at both ends, in the middle, and none', () => {
  expect(matches('a*b*c', 'a1b2c')).toBe(true);
  expect(matches('a*b*c', 'abbc')).toBe(true);
  expect(matches('a*b*c', 'acb')).toBe(false);
  expect(matches('*a?c*', 'xxabcxx')).toBe(true);
  expect(matches('*a?c', 'abcd')).toBe(false);
  expect(matches('?', '')).toBe(false);
  expect(matches('', '')).toBe(true);
  expect(matches('*', '')).toBe(true);
  expect(matches('ab*ab', 'ab')).toBe(false);
  expect(matches('ab*ab', 'abab')).toBe(true);
});

test('every pattern answers as the textbook does', () => {
  fc.assert(
    fc.property(words('a', 'b', '*', '?'), words('a', 'b'), (pattern, text) => {
      expect(matches(pattern, text)).toBe(oracle(pattern, text));
    }),
    { numRuns: 3_000 },
  );
});

test('hostile text costs at most its length times the length of the pattern', () => {
  const hostile: readonly (readonly [pattern: string, text: string])[] = [
    ['*a*a*a*a*a*a*a*a*b', 'a'.repeat(50_000)],
    ['*a?a?a?a?a?b*', 'a'.repeat(50_000)],
    [`*${'a'.repeat(200)}?b*`, 'a'.repeat(50_000)],
    ['*?*?*?*?*?*?x', 'a'.repeat(50_000)],
    [`*${'ab?'.repeat(40)}x*`, 'ab'.repeat(25_000)],
  ];
  for (const [pattern, text] of hostile) {
    const meter = { steps: 0 };
    expect(new Glob(parsePattern(pattern)).matches(text, meter)).toBe(false);
    expect(meter.steps).toBeLessThanOrEqual(text.length * pattern.length);
  }
});

test('only dashes that open an option become any dash', () => {
  const glob = new Glob(withAnyDash(parsePattern('-a b-c /d --e -')));
  expect(glob.matches('\u2013a b-c \u2015d --e -')).toBe(true);
  expect(glob.matches('-a b-c -d -/e -')).toBe(true);
  expect(glob.matches('-a b/c -d --e -')).toBe(false);
  expect(glob.matches('-a b-c -d /-e -')).toBe(false);
});

test('no letter but the two exceptions folds to text with an ASCII letter in it', () => {
  for (let code = 0x80; code <= 0x10ffff; code += 1) {
    if (code === 0xd800) code = 0xe000;
    const letter = String.fromCodePoint(code);
    if (/[ -~]/.test(fold(letter))) expect.fail(`U+${code.toString(16)} folds to ${fold(letter)}`);
  }
  expect(fold('ABC\u212aDEF\u0130GHÄ')).toBe('abc\u212adef\u0130ghä');
});
