import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import type { RuleErrorCode } from './rule-error.ts';
import { Complaints, quoted, RULE_ERRORS } from './rule-error.ts';
import { compileSigma } from './sigma/compiler.ts';

const HEAD = 'title: T\nid: t\nlogsource: { category: webserver }\n';
const PACK = `${HEAD}afterpatch: {}\n`;

function rule(selection: string, condition = 'sel'): string {
  return `${HEAD}detection:\n  sel:\n    ${selection}\n  condition: ${condition}\n`;
}

/** A file with one error for each code, the line it is in, and the message a rule author reads. */
const GOLDEN: Readonly<Record<RuleErrorCode, readonly [text: string, line: number, says: string]>> = {
  R001: ['#'.repeat(1024 * 1024 + 1), 1, 'file has 1048577 bytes or more, at most 1048576 are read'],
  R002: ["title: 'T\nid: x\n", 3, "missing closing 'quote"],
  R003: [`${HEAD}title: U\n`, 4, "key 'title' stands twice in the same map"],
  R004: [`a: ${'['.repeat(70)}`, 1, 'YAML is nested more than 64 levels deep'],
  R005: ['# nothing\n', 1, 'file holds no rule'],
  R006: [
    `${HEAD}detection:\n${'  - x\n'.repeat(600)}tags:\n${'  - []\n'.repeat(600)}`,
    1,
    '101 more errors in this file are not listed',
  ],
  R010: ['title: T\nid: x\nlogsource: { category: webserver }\n', 1, "rule has no 'detection'"],
  R011: [`${HEAD}detection: [1]\n`, 4, "'detection' must be a map, found a list"],
  R012: [
    `${rule('a: b')}level: urgent\n`,
    8,
    "'level' must be one of informational, low, medium, high, critical, found 'urgent'",
  ],
  R013: [
    `${PACK}falsepositive: none\ndetection:\n  sel: { a: b }\n  condition: sel\n`,
    5,
    "unknown attribute 'falsepositive'",
  ],
  R020: [
    rule('a: b').replace('category: webserver', 'category: webservers'),
    3,
    "unknown log source: category 'webservers'",
  ],
  R021: [rule('a: b').replace('category: webserver', 'category: proxy'), 3, "logs of category 'proxy' are not read"],
  R030: [rule('a|contain: b'), 6, "unknown modifier 'contain' in 'a|contain'"],
  R031: [
    rule('a|re|contains: b'),
    6,
    "modifier 're' takes no contains, startswith, endswith or cased in 'a|re|contains'",
  ],
  R032: [rule('a|lt: many'), 6, "modifier 'lt' takes a number, found 'many'"],
  R033: [rule("a|re: 'x(y'"), 6, 'regular expression cannot be read: missing closing ): `x(y`'],
  R034: [
    rule("a|re: 'x(?=y)'"),
    6,
    'regular expression looks around ((?=, (?!, (?<=, (?<!), which cannot be matched in linear time',
  ],
  R035: [rule("a|expand: '%servers%'"), 6, "modifier 'expand' of 'a|expand' needs a list of values that is not given"],
  R036: [rule('a: []'), 6, 'list of values is empty'],
  R037: [rule(`a: ${'x'.repeat(20_000)}`), 6, 'value has 20000 characters, at most 16384 are allowed'],
  R040: [rule('a: b', 'sel and'), 7, 'expected a selection, found the end of the condition'],
  R041: [rule('a: b', 'sell'), 7, "condition names 'sell', which is no selection of this rule"],
  R042: [rule('a: b', '2 of se*'), 7, "condition asks for 2 of 1 selections called 'se*'"],
  R043: [
    `${PACK}detection:\n  sel: { a: b }\n  filter: { a: c }\n  condition: sel\n`,
    7,
    "selection 'filter' is never used",
  ],
  R050: ['title: T\ncorrelation: { type: event_count }\n', 2, 'correlation rules are not supported'],
  R051: ['title: T\nfilter: { rules: [x] }\n', 2, 'filter rules are not supported'],
  R052: [rule('a: b', 'sel | count() by c > 5'), 7, "aggregation '| count ( ) by c > 5' is not supported"],
  R053: [rule('a|hour: 3'), 6, "time modifier 'hour' is not supported"],
  R054: ['action: global\ntitle: T\n', 1, "rule collections ('action') are not supported"],
  R060: [
    `${rule('a: b')}afterpatch: { rung: 10 }\n`,
    8,
    "'rung' must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, found '10'",
  ],
  R061: [`${rule('a: b')}afterpatch: { key: [path] }\n`, 8, "key 'path' is no kind and no field of 'entities'"],
};

test.each(Object.entries(GOLDEN))('%s names the line and says what would be right', (code, [text, line, says]) => {
  const { rules, errors } = compileSigma(text, 'web/x.yml');
  expect(rules).toEqual([]);
  expect(errors.at(-1)).toEqual({ code, file: 'web/x.yml', line, says });
});

test('messages start lower-case and have no full stop', () => {
  for (const [, , says] of Object.values(GOLDEN)) expect(says).toMatch(/^(?:[^A-Z]|YAML).*[^.]$/s);
});

test('docs/rule-errors.md explains every code, once, and no other', () => {
  const table = readFileSync(new URL('../../../docs/rule-errors.md', import.meta.url), 'utf8');
  const rows = [...table.matchAll(/^\| (R\d{3}) \| ([^|]+) \|/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(rows).toEqual(Object.entries(RULE_ERRORS));
});

test('errors of a file stand in the order of its lines', () => {
  const complaints = new Complaints('x.yml');
  complaints.add('R012', 9, 'second');
  complaints.add('R010', 1, 'first');
  expect(complaints.list().map((error) => error.says)).toEqual(['first', 'second']);
});

test('text of a rule cannot break a message into lines or drown it', () => {
  expect(quoted('a\n\u001b[31mb')).toBe("'a [31mb'");
  expect(quoted('x'.repeat(5_000))).toHaveLength(83);
});
