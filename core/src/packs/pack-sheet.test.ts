import { expect, test } from 'vitest';

import { Complaints } from './pack-error.ts';
import { parseSheet } from './pack-sheet.ts';

function complaintsAbout(text: string): string[] {
  const complaints = new Complaints();
  parseSheet(text, { file: 'pack.yaml', complaints });
  try {
    complaints.raise();
    return [];
  } catch (error) {
    return (error as { errors: { code: string; line: number; says: string }[] }).errors.map(
      ({ code, line, says }) => `${code} ${line}: ${says}`,
    );
  }
}

test.each([
  ['lists in one line', `id: x\n${'- '.repeat(100_000)}x`, /^P002 2: .* line opens more than 1000 YAML blocks$/],
  ['questions in one line', `${'? '.repeat(100_000)}x`, /^P002 1: .* line opens more than 1000 YAML blocks$/],
  ['brackets', '['.repeat(1_000_000), /^P002 1: .* more than 100000 YAML nodes$/],
  ['maps in maps', '{a: '.repeat(900), /^P002 1: .* nested more than 64 levels deep$/],
  ['keys', Array.from({ length: 100_000 }, (_, at) => `k${at}: a`).join('\n'), /more than 100000 YAML nodes$/],
])('a pack of far too many %s is refused in time, with a line', (_, text, says) => {
  const begin = performance.now();
  const complaints = complaintsAbout(text);
  expect(complaints).toHaveLength(1);
  expect(complaints[0]).toMatch(says);
  expect(performance.now() - begin).toBeLessThan(10_000);
});

test('thousands of keys in one map are read in time, and one that stands twice is named', () => {
  const keys = Array.from({ length: 40_000 }, (_, at) => `k${at}: a`).join('\n');
  const begin = performance.now();
  expect(complaintsAbout(keys)).toEqual([]);
  expect(performance.now() - begin).toBeLessThan(5_000);
  expect(complaintsAbout('a: 1\nb: 2\na: 3')).toEqual([
    'P002 3: expected YAML: map keys must be unique, "a" stands twice',
  ]);
});
