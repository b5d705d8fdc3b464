import { readFileSync, writeFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { CASE_SCHEMA, SCHEMA_PATTERNS } from './case-schema.ts';
import type { JsonSchema } from './case-schema.ts';
import { HEADLINES_WORST_FIRST } from '../model/claim.ts';
import { backdoorPresent, fleet, ONE_OF_EACH } from './samples/cases.ts';
import { schemaFaults } from './schema-check.ts';

const DOCS = new URL('../../../docs/', import.meta.url);
const PUBLISHED = new URL('case-file.schema.json', DOCS);

const judge = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(CASE_SCHEMA);
const faultsOf = (document: unknown): ReturnType<typeof schemaFaults> =>
  schemaFaults(document, { root: CASE_SCHEMA, patterns: SCHEMA_PATTERNS, most: 20 });

test('the published schema is the schema of the code', () => {
  const text = `${JSON.stringify(CASE_SCHEMA, undefined, 2)}\n`;
  if (process.env['AFTERPATCH_GOLDEN'] === 'write') writeFileSync(PUBLISHED, text);
  expect(readFileSync(PUBLISHED, 'utf8'), 'AFTERPATCH_GOLDEN=write rewrites docs/case-file.schema.json').toBe(text);
});

test('docs/case-file.md explains every key and every word of the case file', () => {
  const page = readFileSync(new URL('case-file.md', DOCS), 'utf8');
  for (const word of wordsOf(CASE_SCHEMA))
    expect(page, `docs/case-file.md does not explain ${word}`).toContain(`\`${word}\``);
});

test('a case of every headline keeps to the schema, by our reader and by Ajv', () => {
  for (const [headline, sample] of [...Object.entries(ONE_OF_EACH), ['fleet', fleet] as const]) {
    expect(faultsOf(sample), headline).toEqual([]);
    expect(judge(sample), headline).toBe(true);
  }
});

test('the schema knows the same headlines as the summary', () => {
  expect(CASE_SCHEMA.$defs?.['headline']?.enum).toEqual(HEADLINES_WORST_FIRST);
});

test('a newer case with keys that this version does not know is still read', () => {
  const newer = {
    ...backdoorPresent,
    weather: 'fine',
    verdicts: backdoorPresent.verdicts.map((v) => ({ ...v, mood: { deep: [1] } })),
  };
  expect(faultsOf(newer)).toEqual([]);
});

test('a case with one key taken away is refused, and the place is named', () => {
  const paths = keyPaths(backdoorPresent).filter(
    (path) => !path.includes('options') && !path.includes('counts') && !path.includes('fixed'),
  );
  expect(paths.length).toBeGreaterThan(80);
  for (const path of paths) {
    const broken = JSON.parse(JSON.stringify(backdoorPresent)) as unknown;
    const holder = path.slice(0, -1).reduce((at, key) => (at as Record<string, unknown>)[key], broken);
    delete (holder as Record<string, unknown>)[path.at(-1) ?? ''];
    const [fault] = faultsOf(broken);
    expect(fault, path.join('/')).toEqual({
      at: path
        .slice(0, -1)
        .map((key) => `/${key}`)
        .join(''),
      says: `expected the key ${path.at(-1)}, found none`,
    });
  }
});

test.each<[string, (broken: Broken) => void, string]>([
  [
    'another schema',
    (c) => (c['schema'] = 'afterpatch.case/2'),
    '/schema: expected afterpatch.case/1, found "afterpatch.case/2"',
  ],
  [
    'an invented answer',
    (c) => (c['claims'][0]['answer'] = 'maybe'),
    '/claims/0/answer: expected one of established, ruled-out, undetermined, not-applicable, found "maybe"',
  ],
  [
    'a time without a zone',
    (c) => (c['findings'][0]['since'] = '2021-03-03 04:15:12'),
    String.raw`/findings/0/since: expected text like ^(\d{4}|[+-]\d{6})-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}(\d{3})?Z$, found "2021-03-03 04:15:12"`,
  ],
  [
    'a hash in capitals',
    (c) => (c['findings'][0]['sightings'][0]['sha256'] = 'AB'.repeat(32)),
    '/findings/0/sightings/0/sha256: expected text like ^[0-9a-f]{64}$, found "ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABA…',
  ],
  [
    'an offset before the beginning',
    (c) => (c['findings'][0]['sightings'][0]['offset'] = -1),
    '/findings/0/sightings/0/offset: expected at least 0, found -1',
  ],
  [
    'an offset that no file has',
    (c) => (c['findings'][0]['sightings'][0]['offset'] = 1e300),
    '/findings/0/sightings/0/offset: expected at most 9007199254740991, found 1e+300',
  ],
  ['half a record', (c) => (c['artifacts'][0]['records'] = 0.5), '/artifacts/0/records: expected integer, found 0.5'],
  [
    'a whole log as an excerpt',
    (c) => (c['findings'][0]['sightings'][0]['excerpt'] = 'x'.repeat(401)),
    '/findings/0/sightings/0/excerpt: expected at most 400 characters, found 401',
  ],
  [
    'a finding that was seen nowhere',
    (c) => (c['findings'][0]['sightings'] = []),
    '/findings/0/sightings: expected at least 1 values, found 0',
  ],
  [
    'a list where a text belongs',
    (c) => (c['verdicts'][0]['says'] = ['x']),
    '/verdicts/0/says: expected string, found an array',
  ],
  [
    'a tree listed somehow',
    (c) => (c['coverage'][4]['extent']['how'] = 'mostly'),
    '/coverage/4/extent/how: expected one of enumerated, partial, unknown, found "mostly"',
  ],
  [
    'an option that is no value',
    (c) => (c['options']['asOf'] = null),
    '/options/asOf: expected string or number or boolean, found null',
  ],
])('%s is refused, and the place is named', (_, breakIt, says) => {
  const broken = JSON.parse(JSON.stringify(backdoorPresent)) as unknown as Broken;
  breakIt(broken);
  const [fault] = faultsOf(broken);
  expect(`${fault?.at}: ${fault?.says}`).toBe(says);
  expect(judge(broken)).toBe(false);
});

test('our reader and Ajv agree on cases that were broken at random', () => {
  const places = keyPaths(backdoorPresent);
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom('established', '2021-03-03T04:15:12.000Z', 'ab'.repeat(32), 0, 1, -1, 1.5, null, '', 'x'),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...places), value), { minLength: 1, maxLength: 3 }), (changes) => {
      const broken = JSON.parse(JSON.stringify(backdoorPresent)) as unknown;
      for (const [path, changed] of changes) {
        const holder = path
          .slice(0, -1)
          .reduce<unknown>(
            (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
            broken,
          );
        if (typeof holder === 'object' && holder !== null)
          (holder as Record<string, unknown>)[path.at(-1) ?? ''] = changed;
      }
      expect(faultsOf(broken).length === 0).toBe(judge(broken));
    }),
    { numRuns: 1500 },
  );
});

test('a document with a million faults is not told a million of them', () => {
  const document = { ...backdoorPresent, limits: Array.from({ length: 100_000 }, () => ({})) };
  expect(faultsOf(document)).toHaveLength(20);
});

// eslint-disable-next-line typescript/no-explicit-any
type Broken = Record<string, any>;

/** Paths of all keys, of arrays only through their first and last element. */
function keyPaths(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Array.isArray(value)
    ? [...new Set(['0', String(value.length - 1)])].filter((key) => Number(key) >= 0 && Number(key) < value.length)
    : Object.keys(value);
  return keys.flatMap((key) => {
    const at = [...path, key];
    return [...(Array.isArray(value) ? [] : [at]), ...keyPaths((value as Record<string, unknown>)[key], at)];
  });
}

function wordsOf(schema: JsonSchema): ReadonlySet<string> {
  const words = new Set<string>(schema.enum?.filter((word) => word !== null));
  for (const [key, member] of Object.entries(schema.properties ?? {})) {
    words.add(key);
    for (const word of wordsOf(member)) words.add(word);
  }
  const parts = [
    schema.items,
    schema.additionalProperties,
    ...(schema.anyOf ?? []),
    ...Object.values(schema.$defs ?? {}),
  ];
  for (const part of parts) if (part !== undefined) for (const word of wordsOf(part)) words.add(word);
  return words;
}
