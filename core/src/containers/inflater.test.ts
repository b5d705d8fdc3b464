import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';

import { mutant, seededDice } from '../formats/contract.test-support.ts';
import type { Dice } from '../formats/contract.test-support.ts';
import { Inflater } from './inflater.ts';

const NONE = Buffer.alloc(0);
const MUTANTS = Number(process.env['AFTERPATCH_MUTANTS'] ?? 200) * 5;

/** Inflates with input and room cut into pieces of the given sizes. */
function inflated(packed: Uint8Array, options: { piece: () => number; room?: () => number; deflate64?: boolean }) {
  const inflater = new Inflater({ deflate64: options.deflate64 ?? false });
  const window = new Uint8Array(512 * 1024);
  const out: Uint8Array[] = [];
  for (let fed = 0; ;) {
    if (inflater.at > 300_000) {
      window.copyWithin(0, inflater.at - 65536, inflater.at);
      inflater.at = 65536;
    }
    const before = inflater.at;
    const to = Math.min(window.length, before + (options.room?.() ?? 150_000));
    const stop = inflater.inflate(window, 0, to);
    out.push(window.slice(before, inflater.at));
    if (stop === 'room') continue;
    if (stop !== 'input' || fed >= packed.length)
      return { stop, bytes: Buffer.concat(out), used: Math.ceil(inflater.usedBits / 8), wrong: inflater.wrong };
    const piece = packed.subarray(fed, fed + options.piece());
    fed += piece.length;
    inflater.feed(piece);
  }
}

/** Text with repeats near and far, and runs of noise. */
function sample(dice: Dice, size: number): Buffer {
  const words = Array.from({ length: 200 }, () => Buffer.from(Array.from({ length: 1 + dice(20) }, () => dice(256))));
  const parts: Buffer[] = [];
  for (let length = 0; length < size; length += parts.at(-1)!.length) {
    const kind = dice(10);
    if (kind === 0) parts.push(Buffer.from(Array.from({ length: dice(500) }, () => dice(256))));
    else if (kind === 1) parts.push(Buffer.alloc(dice(3000), dice(4)));
    else parts.push(words[dice(words.length)] ?? NONE);
  }
  return Buffer.concat(parts);
}

function packings(bytes: Buffer): Buffer[] {
  const { Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE, Z_DEFAULT_STRATEGY } = constants;
  return [0, 1, 6, 9].flatMap((level) =>
    [Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE].map((strategy) =>
      deflateRawSync(bytes, { level, strategy, memLevel: level === 1 ? 1 : 9 }),
    ),
  );
}

function zlibSays(packed: Uint8Array): { whole?: Buffer; code?: unknown } {
  try {
    return { whole: inflateRawSync(packed) };
  } catch (error) {
    return { code: Reflect.get(error as Error, 'code') };
  }
}

test('what zlib packed in any way comes back, however input and room are cut', () => {
  const dice = seededDice(1);
  for (const size of [0, 1, 300, 70_000, 400_000]) {
    const bytes = sample(dice, size);
    for (const packed of packings(bytes)) {
      for (const piece of [() => packed.length + 1, () => 1 + dice(7), () => 1 + dice(5000)]) {
        for (const room of [() => 200_000, () => 1 + dice(600)]) {
          const result = inflated(packed, { piece, room });
          expect(result.stop).toBe('end');
          expect(result.bytes.equals(bytes)).toBe(true);
          expect(result.used).toBe(packed.length);
        }
      }
    }
  }
});

test('a damaged stream is damaged where zlib finds it damaged, and gives the same bytes where zlib finds it whole', () => {
  const dice = seededDice(2);
  const all = [0, 20, 2000, 9000].flatMap((size) => packings(sample(dice, size)));
  const met = { whole: 0, damaged: 0, cut: 0 };
  for (let round = 0; round < MUTANTS; round += 1) {
    const packed = mutant(Uint8Array.from(all[dice(all.length)] ?? NONE), dice);
    const result = inflated(packed, { piece: () => 1 + dice(3000), room: () => 1 + dice(40_000) });
    const { whole, code } = zlibSays(packed);
    if (whole !== undefined && result.stop === 'end') {
      met.whole += 1;
      expect(result.bytes.equals(whole)).toBe(true);
    } else if (code === 'Z_DATA_ERROR') {
      met.damaged += 1;
      expect(result.stop, result.wrong).toBe('damaged');
    } else {
      met.cut += 1;
      // Where there is not one code of code lengths, zlib reads on for a while before it says so.
      const later = result.stop === 'damaged' ? zlibSays(Buffer.concat([packed, Buffer.alloc(100)])).code : undefined;
      expect([code, later ?? result.stop]).toEqual(['Z_BUF_ERROR', later === undefined ? 'input' : 'Z_DATA_ERROR']);
    }
  }
  expect(Math.min(met.whole, met.damaged, met.cut)).toBeGreaterThan(MUTANTS / 50);
});

test('bytes of pure chance are never more than they can be, and never hang', () => {
  const dice = seededDice(3);
  for (let round = 0; round < MUTANTS; round += 1) {
    const packed = Uint8Array.from({ length: dice(400) }, () => dice(256));
    for (const deflate64 of [false, true]) {
      const result = inflated(packed, { piece: () => 1 + dice(100), deflate64 });
      expect(['input', 'end', 'damaged']).toContain(result.stop);
      expect(result.bytes.length).toBeLessThanOrEqual(packed.length * (deflate64 ? 65538 * 4 : 1032) + 258);
    }
  }
});

test('bytes behind the end of a stream are not used', () => {
  const packed = deflateRawSync(Buffer.from('POST /owa/auth/x.js'));
  const result = inflated(Buffer.concat([packed, Buffer.from('PK\x07\x08')]), { piece: () => 1000 });
  expect(result.stop).toBe('end');
  expect(result.used).toBe(packed.length);
});

test('inflating goes on from the begin of a block, in the middle of a byte', () => {
  const bytes = sample(seededDice(4), 600_000);
  const packed = deflateRawSync(bytes);
  const inflater = new Inflater();
  const window = new Uint8Array(bytes.length + 1);
  inflater.feed(packed);
  let resumed = 0;
  for (;;) {
    const stop = inflater.inflate(window, 0, window.length, inflater.at + 1);
    if (stop !== 'block') {
      expect(stop).toBe('end');
      break;
    }
    const second = new Inflater();
    const copy = new Uint8Array(bytes.length + 1);
    copy.set(window.subarray(0, inflater.at));
    second.begin(inflater.usedBits % 8, inflater.at);
    second.feed(packed.subarray(Math.floor(inflater.usedBits / 8)));
    expect(second.inflate(copy, Math.max(0, inflater.at - 32768), copy.length)).toBe('end');
    expect(Buffer.compare(copy.subarray(0, -1), bytes)).toBe(0);
    resumed += 1;
  }
  expect(resumed).toBeGreaterThan(3);
});
