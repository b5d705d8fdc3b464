import { expect, test } from 'vitest';

import { sha256 } from './hashing.ts';

test('pieces hash as the whole does (FIPS 180-2, B.1)', () => {
  const hasher = sha256();
  for (const piece of ['a', '', 'bc']) hasher.update(Buffer.from(piece));
  expect(hasher.hex()).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
