import { expect, test } from 'vitest';
import { MessageCode } from './message-code.ts';
import { SeenObjects } from './seen-objects.ts';

/** Messages 00, 00 01, 00 01 02 … by their length, from the reference implementation of Chaskey (CC0). */
const CODES: readonly (readonly [number, readonly number[]])[] = [
  [0, [0x792e8fe5, 0x75ce87aa, 0x2d1450b5, 0x1191970b]],
  [1, [0x13a9307b, 0x50e62c89, 0x4577bd88, 0xc0bbdc18]],
  [4, [0x30b2d171, 0xe38532fb, 0x16707c16, 0x73ed45f0]],
  [15, [0x51b94da4, 0xefcc4de8, 0x192412ea, 0xbbc170dd]],
  [16, [0x79271ca9, 0xd66a1c71, 0x81ca474e, 0x49831cad]],
  [17, [0x048da968, 0x4e25d096, 0x2d6cf897, 0xbc3959ca]],
  [32, [0x60b3f7af, 0x37eee7c8, 0x836cfd98, 0x782ca060]],
  [48, [0x127c6e21, 0x6c07a459, 0xad851388, 0x22e8bf5b]],
  [63, [0x9047fad7, 0x88136d8c, 0xa488286b, 0x7fe9352c]],
];

test.each(CODES)('the code of %d bytes is that of the reference implementation', (length, expected) => {
  const code = new MessageCode(Uint32Array.of(0x833d3433, 0x009f389f, 0x2398e64f, 0x417acf39));
  const into = new Uint32Array(4);
  code.of(
    Uint8Array.from({ length }, (_, index) => index),
    into,
  );
  expect([...into]).toEqual(expected);
});

function bytes(index: number): Uint8Array {
  return new TextEncoder().encode(`{"EventRecordID":${index}}`);
}

test('every object is new once and known from then on, whatever stood before it', () => {
  const seen = new SeenObjects();
  for (let index = 0; index < 20_000; index += 1) expect(seen.has(bytes(index))).toBe(false);
  for (let index = 0; index < 20_000; index += 1) expect(seen.has(bytes(index))).toBe(true);
  expect(seen.hasForgotten).toBe(false);
});
