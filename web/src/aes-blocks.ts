/**
 * Encrypts whole 16-byte blocks with AES in ECB mode, in place: the piece of AES in counter mode that encrypted zips are
 * made of. A browser's own `crypto.subtle` has no such piece, and answers only later.
 *
 * Not hardened against somebody who measures its time: the key opens evidence on the machine of the one who typed it.
 *
 * @param key 16, 24 or 32 bytes
 * @see FIPS 197 sections 5.1 and 5.2
 */
export function aesBlocks(key: Uint8Array): (blocks: Uint8Array) => void {
  const schedule = expandKey(key);
  return (blocks) => {
    const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);
    for (let at = 0; at + BLOCK <= blocks.length; at += BLOCK) encryptBlock(view, at, schedule);
  };
}

function expandKey(key: Uint8Array): Uint32Array {
  const words = key.length / 4;
  if (words !== 4 && words !== 6 && words !== 8)
    throw new RangeError(`expected a key of 16, 24 or 32 bytes, found ${key.length}`);
  const schedule = new Uint32Array((words + 7) * 4);
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  let constant = 1;
  for (let at = 0; at < schedule.length; at += 1) {
    if (at < words) {
      schedule[at] = view.getUint32(at * 4);
      continue;
    }
    let word = schedule[at - 1] ?? 0;
    if (at % words === 0) {
      word = substituted((word << 8) | (word >>> 24)) ^ (constant << 24);
      constant = doubled(constant);
    } else if (words === 8 && at % words === 4) word = substituted(word);
    schedule[at] = (schedule[at - words] ?? 0) ^ word;
  }
  return schedule;
}

function encryptBlock(view: DataView, at: number, schedule: Uint32Array): void {
  let a = view.getUint32(at) ^ word(schedule, 0);
  let b = view.getUint32(at + 4) ^ word(schedule, 1);
  let c = view.getUint32(at + 8) ^ word(schedule, 2);
  let d = view.getUint32(at + 12) ^ word(schedule, 3);
  const last = schedule.length - 4;
  for (let round = 4; round < last; round += 4) {
    const e = mixed(a, b, c, d) ^ word(schedule, round);
    const f = mixed(b, c, d, a) ^ word(schedule, round + 1);
    const g = mixed(c, d, a, b) ^ word(schedule, round + 2);
    d = mixed(d, a, b, c) ^ word(schedule, round + 3);
    a = e;
    b = f;
    c = g;
  }
  view.setUint32(at, shifted(a, b, c, d) ^ word(schedule, last));
  view.setUint32(at + 4, shifted(b, c, d, a) ^ word(schedule, last + 1));
  view.setUint32(at + 8, shifted(c, d, a, b) ^ word(schedule, last + 2));
  view.setUint32(at + 12, shifted(d, a, b, c) ^ word(schedule, last + 3));
}

/** SubBytes, ShiftRows and MixColumns for one column. */
function mixed(a: number, b: number, c: number, d: number): number {
  return (
    word(MIXED, a >>> 24) ^
    turned(word(MIXED, (b >>> 16) & 255), 8) ^
    turned(word(MIXED, (c >>> 8) & 255), 16) ^
    turned(word(MIXED, d & 255), 24)
  );
}

/** SubBytes and ShiftRows, as in the last round. */
function shifted(a: number, b: number, c: number, d: number): number {
  return (
    (word(BOX, a >>> 24) << 24) |
    (word(BOX, (b >>> 16) & 255) << 16) |
    (word(BOX, (c >>> 8) & 255) << 8) |
    word(BOX, d & 255)
  );
}

function substituted(value: number): number {
  return shifted(value, value, value, value);
}

function turned(value: number, bits: number): number {
  return (value >>> bits) | (value << (32 - bits));
}

/** Times x in GF(2⁸) modulo x⁸ + x⁴ + x³ + x + 1. */
function doubled(value: number): number {
  return ((value << 1) ^ (value & 0x80 ? 0x11b : 0)) & 255;
}

function word(words: Uint32Array, at: number): number {
  return words[at] ?? 0;
}

/** The S-box: the inverse in GF(2⁸), then an affine map. @see FIPS 197 section 5.1.1 */
function makeBox(): Uint32Array {
  const box = new Uint32Array(256);
  // 3 generates the field, and 0xf6 is its inverse: the two run through all values, each other's inverse at each step.
  let value = 1;
  let inverse = 1;
  do {
    value ^= doubled(value);
    inverse ^= inverse << 1;
    inverse ^= inverse << 2;
    inverse ^= inverse << 4;
    inverse &= 255;
    if (inverse & 0x80) inverse ^= 0x09;
    const twice = inverse | (inverse << 8);
    box[value] = (inverse ^ (twice >> 7) ^ (twice >> 6) ^ (twice >> 5) ^ (twice >> 4) ^ 0x63) & 255;
  } while (value !== 1);
  box[0] = 0x63;
  return box;
}

/** For each byte its column of MixColumns, the first row in the highest byte. */
function makeMixed(box: Uint32Array): Uint32Array {
  return box.map((byte) => {
    const twice = doubled(byte);
    return ((twice << 24) | (byte << 16) | (byte << 8) | (twice ^ byte)) >>> 0;
  });
}

const BLOCK = 16;
const BOX = makeBox();
const MIXED = makeMixed(BOX);
