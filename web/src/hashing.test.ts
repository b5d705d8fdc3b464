import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';

import { openHashing } from './hashing.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const expected = (value: string): string => createHash('sha256').update(value).digest('hex');

test('hashers that take turns do not mix, and one that is left behind disturbs nobody', async () => {
  const sha256 = await openHashing();
  const one = sha256();
  const other = sha256();
  const left = sha256();
  one.update(text('POST /ecp/'));
  left.update(text('never finished'));
  other.update(text('GET '));
  one.update(text('y.js'));
  other.update(text('/owa/'));
  expect(one.hex()).toBe(expected('POST /ecp/y.js'));
  const third = sha256();
  third.update(text('x'.repeat(100_000)));
  expect(other.hex()).toBe(expected('GET /owa/'));
  expect(third.hex()).toBe(expected('x'.repeat(100_000)));
  expect(sha256().hex()).toBe(expected(''));
});

test('a hasher is given views into larger buffers and hashes only the view', async () => {
  const sha256 = await openHashing();
  const hasher = sha256();
  hasher.update(text('..evidence..').subarray(2, 10));
  expect(hasher.hex()).toBe(expected('evidence'));
});
