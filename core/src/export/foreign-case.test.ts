import { expect, test } from 'vitest';

import { caseText } from './canonical-json.ts';
import { MOST_CASE_BYTES, MOST_CASE_VALUES, readCase } from './foreign-case.ts';
import { backdoorPresent } from './samples/cases.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a case that was written is the case that is read', () => {
  const reading = readCase(bytesOf(caseText(backdoorPresent)));
  expect(reading.is === 'case' && reading.caseFile).toEqual(backdoorPresent);
});

test('a document that nests too deep is refused before it is parsed', () => {
  for (const deep of [
    '['.repeat(5_000_000),
    '{"a":'.repeat(100_000),
    `{"schema":${'['.repeat(40)}${']'.repeat(40)}}`,
  ]) {
    const reading = readCase(bytesOf(deep));
    expect(reading.is === 'refusal' && reading.says).toBe('expected at most 32 nested levels, found more');
  }
});

test('brackets inside of texts are no depth', () => {
  const odd = { ...backdoorPresent, limits: [{ id: 'x', says: `${'[{'.repeat(100)}\\"[[[` }] };
  expect(readCase(bytesOf(JSON.stringify(odd))).is).toBe('case');
});

test('a document of more values than memory is meant for is refused before it is parsed', () => {
  const bomb = `{"schema":"afterpatch.case/1","x":[${'[],'.repeat(MOST_CASE_VALUES / 2)}[]]}`;
  const begin = performance.now();
  const reading = readCase(bytesOf(bomb));
  expect(reading.is === 'refusal' && reading.says).toMatch(/^expected at most 8000000 values, found 800000\d$/);
  expect(performance.now() - begin).toBeLessThan(5_000);
});

test('commas inside of texts are no values', () => {
  const odd = { ...backdoorPresent, limits: [{ id: 'x', says: ',['.repeat(MOST_CASE_VALUES) }] };
  expect(readCase(bytesOf(JSON.stringify(odd))).is).toBe('case');
});

test('a case of a machine and a gap whose paths are as long as a container makes them is read', () => {
  const path = 'folder/'.repeat(9_000);
  const named = JSON.parse(
    caseText(backdoorPresent).replaceAll(`"${backdoorPresent.hosts[0]?.id ?? ''}"`, `"unnamed:${path}"`),
  );
  expect(named.hosts[0].id).toBe(`unnamed:${path}`);
  const long = { ...named, limits: [{ id: `listing/${path}`, says: 'x' }] };
  expect(readCase(bytesOf(JSON.stringify(long)))).toMatchObject({ is: 'case' });
});

test('a document that is too large is refused before it is looked at', () => {
  const reading = readCase(new Uint8Array(MOST_CASE_BYTES + 1));
  expect(reading.is === 'refusal' && reading.says).toBe('expected at most 536870000 bytes, found 536870001');
});

test.each([
  ['no JSON', 'MZ\u0090', /^expected JSON in UTF-8: /],
  ['half a case', caseText(backdoorPresent).slice(0, 999), /^expected JSON in UTF-8: /],
  [
    'another document',
    '{"schema":"something/9"}',
    /^expected afterpatch\.case\/1: the document: expected the key engine, found none$/,
  ],
  ['a list', '[]', /^expected afterpatch\.case\/1: the document: expected object, found an array$/],
  ['nothing', '', /^expected JSON in UTF-8: /],
])('%s is refused with a reason', (_, text, says) => {
  const reading = readCase(bytesOf(text));
  expect(reading.is === 'refusal' && reading.says).toMatch(says);
});

test('bytes that are no UTF-8 are refused', () => {
  const reading = readCase(Uint8Array.of(0x22, 0xff, 0x22));
  expect(reading.is === 'refusal' && reading.says).toMatch(/^expected JSON in UTF-8: /);
});

test('a key that would reach the prototype stays a key', () => {
  const reading = readCase(bytesOf(caseText(backdoorPresent).replace('"options":{', '"options":{"__proto__":"x",')));
  expect(reading.is).toBe('case');
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
});
