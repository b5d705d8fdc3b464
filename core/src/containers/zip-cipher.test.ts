import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';

import { crc32 } from '../bytes/crc32.ts';
import { memorySource, seededDice } from '../formats/contract.test-support.ts';
import { joined, zipArchive } from '../specimen/zip-writer.ts';
import { bytesOf, contentOf, inside, saidOf } from './container.test-support.ts';
import { ZipCipherBytes, zipCipherKeys } from './zip-cipher.ts';

function crcStep(crc: number, byte: number): number {
  let value = (crc ^ byte) & 0xff;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return (value ^ (crc >>> 8)) >>> 0;
}

/** PKWARE's cipher written down from APPNOTE.TXT 6.1 a second time, to encrypt. */
function encrypt(plain: Uint8Array, password: Uint8Array, check: number): Uint8Array {
  let keys: readonly [number, number, number] = [0x12345678, 0x23456789, 0x34567890];
  const update = (byte: number): void => {
    const key0 = crcStep(keys[0], byte);
    const key1 = Number((BigInt(keys[1] + (key0 & 0xff)) * 134775813n + 1n) & 0xffffffffn);
    keys = [key0, key1, crcStep(keys[2], key1 >>> 24)];
  };
  for (const byte of password) update(byte);
  const whole = joined([Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, check), plain]);
  return whole.map((byte) => {
    const mixed = (keys[2] & 0xffff) | 2;
    const cipher = ((mixed * (mixed ^ 1)) >>> 8) & 0xff;
    update(byte);
    return byte ^ cipher;
  });
}

const PASSWORD = bytesOf('infected');

test('what the traditional cipher hides is read at any place, in any order', async () => {
  const dice = seededDice(1);
  const plain = Uint8Array.from({ length: 3_500_000 }, () => dice(256));
  const sealed = encrypt(plain, PASSWORD, 0x5a);
  const keys = zipCipherKeys(PASSWORD, sealed.subarray(0, 12), [0x5a]);
  expect(keys).toBeDefined();
  const bytes = new ZipCipherBytes(memorySource(sealed.subarray(12)), keys ?? new Int32Array(3));
  for (let round = 0; round < 60; round += 1) {
    const at = dice(plain.length);
    const into = new Uint8Array(1 + dice(100_000));
    const count = await bytes.readInto(at, into);
    expect(Buffer.compare(into.subarray(0, count), plain.subarray(at, at + into.length))).toBe(0);
  }
});

test('a wrong password is told by the check byte, except one in 256', () => {
  const sealed = encrypt(new Uint8Array(10), PASSWORD, 7);
  let fits = 0;
  for (let at = 0; at < 2560; at += 1)
    if (zipCipherKeys(bytesOf(`wrong${at}`), sealed.subarray(0, 12), [7]) !== undefined) fits += 1;
  expect(fits).toBeGreaterThan(0);
  expect(fits).toBeLessThan(30);
});

test('of passwords that all seem to fit the one is taken under which the member is whole, small or large', async () => {
  const content = new Uint8Array(34 * 2 ** 20).map((_, at) => (at % 251) ^ (at >> 16));
  for (const [size, method] of [
    [1000, 0],
    [1000, 8],
    [content.length, 8],
  ] as const) {
    const plain = content.subarray(0, size);
    const crc = crc32(plain);
    const packed = encrypt(method === 0 ? plain : deflateRawSync(plain, { level: 1 }), PASSWORD, crc >>> 24);
    const wrong = Array.from({ length: 3000 }, (_, at) => bytesOf(`wrong${at}`)).filter(
      (password) => zipCipherKeys(password, packed.subarray(0, 12), [crc >>> 24]) !== undefined,
    );
    expect(wrong.length).toBeGreaterThan(2);
    const zip = joined(zipArchive([{ name: 'a', packed, method, flags: 1, size, crc }]));
    const found = await inside(zip, { passwords: [...wrong.slice(0, 3), PASSWORD] });
    const read = await contentOf(found.artifacts.get('a'), 2 ** 20);
    expect(Buffer.compare(read.bytes, plain)).toBe(0);
    expect(saidOf(read)).toEqual([]);
  }
}, 60_000);
