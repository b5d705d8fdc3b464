import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { compileSigma } from './compiler.ts';
import { sampleRecord } from './sample-record.test-support.ts';

const NAMES = ['a', 'b', 'c', '_d'] as const;

function compile(condition: string): ReturnType<typeof compileSigma> {
  const selections = NAMES.map((name) => `  ${name}:\n    ${name}: 1\n`).join('');
  return compileSigma(
    `title: T\nid: t\nlogsource: { product: windows }\ndetection:\n${selections}  condition: ${condition}\n`,
    'x.yml',
  );
}

/** Whether the condition holds where exactly the named selections do. */
function holds(condition: string, ...named: readonly string[]): boolean {
  const { rules, errors } = compile(condition);
  expect(errors).toEqual([]);
  const record = sampleRecord('windows.event', Object.fromEntries(named.map((name) => [name, 1])));
  return rules.at(0)!.check.watch().see(record) !== undefined;
}

test('not binds before and, and before or', () => {
  expect(holds('a or b and c', 'a')).toBe(true);
  expect(holds('a or b and c', 'b')).toBe(false);
  expect(holds('(a or b) and c', 'a')).toBe(false);
  expect(holds('not a and b', 'b')).toBe(true);
  expect(holds('not a or b')).toBe(true);
  expect(holds('not (a or b)', 'b')).toBe(false);
  expect(holds('not not a', 'a')).toBe(true);
});

test('words of the condition may be written in capitals', () => {
  expect(holds('a AND NOT (b OR c)', 'a')).toBe(true);
  expect(holds('ALL of them', 'a', 'b')).toBe(false);
});

test('them are all selections but those that begin with an underscore', () => {
  expect(holds('1 of them', '_d')).toBe(false);
  expect(holds('any of them', 'b')).toBe(true);
  expect(holds('all of them', 'a', 'b', 'c')).toBe(true);
  expect(holds('all of them', 'a', 'b', '_d')).toBe(false);
  expect(holds('2 of them', 'a', 'c')).toBe(true);
  expect(holds('2 of them', 'a', '_d')).toBe(false);
});

test('a pattern names selections, those with an underscore too', () => {
  expect(holds('1 of *', '_d')).toBe(true);
  expect(holds('1 of _*', '_d')).toBe(true);
  expect(holds('all of a*', 'a')).toBe(true);
  expect(holds('1 of a', 'a')).toBe(true);
  expect(holds('a and not 1 of *d', 'a', '_d')).toBe(false);
});

test('a condition in several lines is one', () => {
  const text =
    'title: T\nid: t\nlogsource: { product: windows }\ndetection:\n  a: { a: 1 }\n  b: { b: 1 }\n  condition: >-\n    a and\n    (\n      not b\n    )\n';
  const { rules, errors } = compileSigma(text, 'x.yml');
  expect(errors).toEqual([]);
  expect(
    rules
      .at(0)!
      .check.watch()
      .see(sampleRecord('windows.event', { a: 1 })),
  ).toBeDefined();
  expect(
    rules
      .at(0)!
      .check.watch()
      .see(sampleRecord('windows.event', { a: 1, b: 1 })),
  ).toBeUndefined();
});

test('several conditions are an or', () => {
  expect(holds('[a and b, c]', 'c')).toBe(true);
  expect(holds('[a and b, c]', 'a')).toBe(false);
});

test.each([
  ['', 'R011'],
  ['[]', 'R010'],
  ['5', 'R011'],
  ['a b', 'R040'],
  ['(a', 'R040'],
  ['a)', 'R040'],
  ['()', 'R040'],
  ['and a', 'R040'],
  ['a and', 'R040'],
  ['a or or b', 'R040'],
  ['not', 'R040'],
  ['1 of', 'R040'],
  ['1 of (a)', 'R040'],
  ['of a', 'R040'],
  ['A', 'R041'],
  ['constructor', 'R041'],
  ['a and x', 'R041'],
  ['1 of x*', 'R042'],
  ['0 of them', 'R042'],
  ['4 of them', 'R042'],
  ['a | count() > 5', 'R052'],
  ['a | near b', 'R052'],
  [`${'('.repeat(100)}a${')'.repeat(100)}`, 'R037'],
  [`${'not '.repeat(100)}a`, 'R037'],
  [`a${' or a'.repeat(5_000)}`, 'R037'],
])('condition %s is refused with %s', (condition, code) => {
  const { rules, errors } = compile(condition);
  expect(rules).toEqual([]);
  expect(errors.map((error) => error.code)).toEqual([code]);
});

type Tree = string | { readonly not: Tree } | { readonly word: 'and' | 'or'; readonly of: readonly [Tree, Tree] };

/** Writes brackets only where precedence needs them. */
function written(tree: Tree): string {
  if (typeof tree === 'string') return tree;
  if ('not' in tree)
    return `not ${typeof tree.not === 'string' || 'not' in tree.not ? written(tree.not) : `(${written(tree.not)})`}`;
  const [left, right] = tree.of.map((part) =>
    tree.word === 'and' && typeof part === 'object' && 'word' in part && part.word === 'or'
      ? `(${written(part)})`
      : written(part),
  );
  return `${left} ${tree.word} ${right}`;
}

function meant(tree: Tree, named: readonly string[]): boolean {
  if (typeof tree === 'string') return named.includes(tree);
  if ('not' in tree) return !meant(tree.not, named);
  const [left, right] = tree.of;
  return tree.word === 'and' ? meant(left, named) && meant(right, named) : meant(left, named) || meant(right, named);
}

test('every condition means what it was written for', () => {
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.constantFrom('a', 'b', 'c'),
      fc.record({ word: fc.constantFrom('and', 'or'), of: fc.tuple(tie('tree'), tie('tree')) }),
      fc.record({ not: tie('tree') }),
    ),
  }));
  fc.assert(
    fc.property(tree, fc.subarray(['a', 'b', 'c']), (condition, named) => {
      expect(holds(written(condition), ...named)).toBe(meant(condition, named));
    }),
    { numRuns: 500 },
  );
});
