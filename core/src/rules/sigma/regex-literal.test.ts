import * as fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, test } from 'vitest';

import { fold } from './pattern.ts';
import { needsOfRegex } from './regex-literal.ts';

test.each([
  ['abc', false, ['abc']],
  ['abc.*defg', false, ['defg']],
  ['abc|defg', false, ['abc', 'defg']],
  ['abc|d', false, undefined],
  ['(?:abc|def)x', false, ['abc', 'def']],
  ['(abc)?def', false, ['def']],
  ['(abc)?de', false, undefined],
  ['(abc)+', false, ['abc']],
  ['(?P<name>abcd)', false, ['abcd']],
  ['(?<name>abcd)', false, ['abcd']],
  ['abcx?', false, ['abc']],
  ['abcx{0,3}', false, ['abc']],
  ['abcx{2}yz', false, ['abcx']],
  ['abc{x', false, ['abc{x']],
  ['AbC', false, ['abc']],
  ['masks', true, undefined],
  ['maps', true, ['map']],
  ['(?i)maskable', false, ['able']],
  ['owa\\.auth', false, ['owa.auth']],
  ['owa\\dauth', false, ['auth']],
  ['[abc]def[^]]ghij', false, ['ghij']],
  ['[[:alpha:]]]abc', false, [']abc']],
  ['a\\x62c.abc', false, undefined],
  ['\\Qa.b\\Eabc', false, undefined],
  ['(?=x)abc', false, undefined],
  ['', false, undefined],
])('%s (ignoring case: %s) needs %j', (source, insensitive, needs) => {
  expect(needsOfRegex(source, insensitive, 'exact')).toEqual(needs);
});

test('whatever an expression matches holds one of its literals', () => {
  const atom = fc.constantFrom('abc', 'kis', 'x', '.', '[ab]', '\\.', '\\w', 'owa', '^', '$', '\\b');
  const { tree } = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      atom,
      fc.tuple(tie('tree'), tie('tree')).map(([x, y]) => x + y),
      fc.tuple(tie('tree'), tie('tree')).map(([x, y]) => `(?:${x}|${y})`),
      fc
        .tuple(tie('tree'), fc.constantFrom('*', '+', '?', '{0,2}', '{1,2}', '+?'))
        .map(([x, times]) => `(${x})${times}`),
    ),
  }));
  const text = fc
    .array(fc.constantFrom('abc', 'ABC', 'k\u017fis', '\u212ais', 'x', '.', 'owa', 'a', 'b', ' '), { maxLength: 8 })
    .map((all) => all.join(''));
  let narrowed = 0;
  fc.assert(
    fc.property(tree, fc.boolean(), fc.array(text, { minLength: 8, maxLength: 8 }), (source, insensitive, values) => {
      const needs = needsOfRegex(source, insensitive, 'exact');
      if (needs === undefined) return;
      narrowed += 1;
      const compiled = RE2JS.compile(source, insensitive ? RE2JS.CASE_INSENSITIVE : 0);
      for (const value of values) {
        if (compiled.test(value)) expect(needs.some((need) => fold(value).includes(need))).toBe(true);
      }
    }),
    { numRuns: 2_000 },
  );
  expect(narrowed).toBeGreaterThan(200);
});
