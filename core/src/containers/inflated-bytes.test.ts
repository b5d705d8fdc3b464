import { deflateRawSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

import { memorySource, seededDice, slicedSource } from '../formats/contract.test-support.ts';
import { crc32 } from '../bytes/crc32.ts';
import { fill } from './byte-range.ts';
import { sample } from './container.test-support.ts';
import { InflatedBytes } from './inflated-bytes.ts';
import type { Framing, InflatedShape } from './inflated-bytes.ts';

const TIGHT: InflatedShape = { window: 600_000, kept: 100_000, spacing: 40_000, places: 8 };
const rows = (count: number, seed: number): Buffer => {
  const dice = seededDice(seed);
  return Buffer.from(
    Array.from(
      { length: count },
      () => `2021-03-03 06:44:07 GET /owa/${dice(100_000)} 198.51.100.${dice(255)} 200\r\n`,
    ).join(''),
  );
};

async function all(bytes: InflatedBytes, block = 50_000): Promise<Buffer> {
  const into = new Uint8Array(block);
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const count = await bytes.readInto(at, into);
    if (count === 0) return Buffer.concat(parts);
    parts.push(Buffer.from(into.subarray(0, count)));
    at += count;
  }
}

const open = (packed: Uint8Array, framing: Framing, shape?: InflatedShape): InflatedBytes =>
  new InflatedBytes(memorySource(packed), packed.length, shape === undefined ? { framing } : { framing, shape });

test('bytes are the same in any order of reading: forward, backward, by chance, again', async () => {
  const content = rows(60_000, 1);
  for (const [framing, packed] of [
    ['deflate', deflateRawSync(content)],
    ['gzip', gzipSync(content)],
    [
      'gzip',
      Buffer.concat([
        gzipSync(content.subarray(0, 1_000_000)),
        gzipSync(Buffer.alloc(0)),
        gzipSync(content.subarray(1_000_000)),
      ]),
    ],
  ] as const) {
    const dice = seededDice(3);
    const bytes = new InflatedBytes(slicedSource(packed, dice), packed.length, { framing, shape: TIGHT });
    for (let round = 0; round < 300; round += 1) {
      const at = dice(content.length + 1000);
      const into = new Uint8Array(1 + dice(round % 10 === 0 ? 900_000 : 3000));
      const count = await fill(bytes, at, into);
      expect(Buffer.compare(into.subarray(0, count), content.subarray(at, at + into.length))).toBe(0);
    }
    expect((await all(bytes)).equals(content)).toBe(true);
    expect(bytes.gaps()).toEqual([]);
    expect(bytes.end).toBe(content.length);
  }
});

test('reads that are under way at once take turns', async () => {
  const content = rows(30_000, 2);
  const bytes = open(gzipSync(content), 'gzip', TIGHT);
  const places = [900_000, 0, 1_100_000, 500_000, 10, 1_000_000];
  const read = await Promise.all(
    places.map(async (at) => {
      const into = new Uint8Array(1000);
      await bytes.readInto(at, into);
      return into;
    }),
  );
  read.forEach((into, index) =>
    expect(Buffer.compare(into, content.subarray(places[index], (places[index] ?? 0) + 1000))).toBe(0),
  );
});

test('a read before the window starts near it and not at the beginning', async () => {
  const content = rows(400_000, 4);
  const packed = deflateRawSync(content);
  let fetched = 0;
  const source = memorySource(packed);
  const counted = {
    readInto: (at: number, into: Uint8Array) => {
      fetched += into.length;
      return source.readInto(at, into);
    },
  };
  const bytes = new InflatedBytes(counted, packed.length, { framing: 'deflate', shape: { ...TIGHT, places: 1000 } });
  await bytes.readInto(content.length - 10, new Uint8Array(10));
  const dice = seededDice(5);
  fetched = 0;
  for (let round = 0; round < 50; round += 1) await bytes.readInto(dice(content.length - 10), new Uint8Array(10));
  expect(fetched / 50).toBeLessThan(150_000);
});

test('after the last member of a gzip, zeroes are padding and other bytes are a gap', async () => {
  const content = rows(100, 6);
  const padded = open(Buffer.concat([gzipSync(content), Buffer.alloc(5000)]), 'gzip');
  expect((await all(padded)).equals(content)).toBe(true);
  expect(padded.gaps()).toEqual([]);
  const packed = gzipSync(content);
  const followed = open(Buffer.concat([packed, Buffer.from('other')]), 'gzip');
  expect((await all(followed)).equals(content)).toBe(true);
  expect(followed.gaps().map((gap) => gap.says)).toEqual([
    `expected the end of a gzip stream at packed byte ${packed.length}, found 5 bytes of something else`,
  ]);
});

test('a wrong checksum and a wrong length of a gzip are gaps, once, and the bytes are given', async () => {
  const content = rows(30_000, 7);
  const packed = gzipSync(content);
  packed.writeUInt8(packed.readUInt8(packed.length - 8) ^ 1, packed.length - 8);
  packed.writeUInt8(packed.readUInt8(packed.length - 1) ^ 1, packed.length - 1);
  const bytes = open(packed, 'gzip', TIGHT);
  expect((await all(bytes)).equals(content)).toBe(true);
  expect((await all(bytes)).equals(content)).toBe(true);
  expect(bytes.gaps().map((gap) => [gap.reason, gap.origin, gap.says.replaceAll(/[0-9a-f]{5,}/g, 'X')])).toEqual([
    ['damaged', { offset: 0, length: content.length }, 'CRC-32 of X inflated bytes is X, the gzip stream states X'],
    ['damaged', { offset: 0, length: content.length }, 'gzip stream states X bytes, X were inflated'],
  ]);
});

test('a gzip that is cut anywhere gives the bytes before and one gap', async () => {
  const content = rows(300, 8);
  const packed = gzipSync(content, { level: 6 });
  for (let length = 1; length < packed.length; length += 1 + (length % 37)) {
    const bytes = open(packed.subarray(0, length), 'gzip');
    const read = await all(bytes);
    expect(read.equals(content.subarray(0, read.length))).toBe(true);
    expect(bytes.gaps().map((gap) => gap.reason)).toEqual(['truncated']);
  }
});

test('a long name in a gzip header is passed over, an endless one is a gap', async () => {
  const content = rows(10, 9);
  const packed = gzipSync(content);
  const named = (length: number): Uint8Array =>
    Buffer.concat([
      packed.subarray(0, 3),
      Buffer.from([8]),
      packed.subarray(4, 10),
      Buffer.alloc(length, 97),
      Buffer.from([0]),
      packed.subarray(10),
    ]);
  expect((await all(open(named(3000), 'gzip'))).equals(content)).toBe(true);
  const endless = open(named(100_000), 'gzip');
  expect((await all(endless)).length).toBe(0);
  expect(endless.gaps().length).toBe(1);
});

test('a stream of many empty members ends', async () => {
  const empty = gzipSync(Buffer.alloc(0));
  const bytes = open(
    Buffer.concat([...Array.from({ length: 20_000 }, () => empty), gzipSync(Buffer.from('end'))]),
    'gzip',
  );
  expect((await all(bytes)).toString()).toBe('end');
});

test('a stream of one single block, which has no places to go on from, starts over', async () => {
  const content = Buffer.alloc(3_000_000, 'abcdefghij');
  const packed = deflateRawSync(content, { level: 9, memLevel: 9 });
  const bytes = open(packed, 'deflate', TIGHT);
  await bytes.readInto(2_900_000, new Uint8Array(10));
  const into = new Uint8Array(20);
  await bytes.readInto(5, into);
  expect(Buffer.from(into).toString()).toBe('fghijabcdefghijabcde');
});

test('Deflate64 is read at any place as well', async () => {
  const zip = sample('7-zip-deflate64.zip');
  const begin = 30 + zip.readUInt16LE(26) + zip.readUInt16LE(28);
  const packed = zip.subarray(begin, begin + zip.readUInt32LE(18));
  const content = await all(open(packed, 'deflate64'));
  expect(crc32(content)).toBe(zip.readUInt32LE(14));
  const bytes = open(packed, 'deflate64', { window: 160_000, kept: 70_000, spacing: 10_000, places: 4 });
  const dice = seededDice(11);
  for (let round = 0; round < 100; round += 1) {
    const at = dice(content.length);
    const into = new Uint8Array(1 + dice(5000));
    const count = await bytes.readInto(at, into);
    expect(Buffer.compare(into.subarray(0, count), content.subarray(at, at + into.length))).toBe(0);
  }
});
