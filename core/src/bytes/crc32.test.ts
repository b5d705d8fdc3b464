import { crc32 as zlibCrc32 } from 'node:zlib';

import { assert, nat, property, uint8Array } from 'fast-check';
import { expect, test } from 'vitest';

import { crc32 } from './crc32.ts';

test('the check value of CRC-32 is that of the catalogue', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
});

test('bytes taken in two pieces have the CRC of the whole', () => {
  assert(
    property(uint8Array({ maxLength: 300 }), nat(300), (bytes, cut) => {
      expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(crc32(bytes));
    }),
  );
});

test.skipIf(typeof zlibCrc32 !== 'function')('it agrees with zlib on any bytes', () => {
  assert(
    property(uint8Array({ maxLength: 2000 }), (bytes) => {
      expect(crc32(bytes)).toBe(zlibCrc32(bytes));
    }),
  );
});
