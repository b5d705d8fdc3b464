/**
 * Chaskey, a message authentication code of 128 bits under a key of 128 bits, with 8 rounds. Nobody who does not know the key
 * can find two messages of the same code. Words are little-endian.
 *
 * @see Mouha, Mennink, Van Herrewege, Watanabe, Preneel, Verbauwhede: Chaskey, SAC 2014
 */
export class MessageCode {
  readonly #key: Uint32Array;
  /** For a last block that is full, and for one that is filled up. */
  readonly #full: Uint32Array;
  readonly #padded: Uint32Array;

  /** @param key four words */
  constructor(key: Uint32Array) {
    this.#key = key;
    this.#full = doubled(key);
    this.#padded = doubled(this.#full);
  }

  /** @param into four words */
  of(bytes: Uint8Array, into: Uint32Array): void {
    const [k0 = 0, k1 = 0, k2 = 0, k3 = 0] = this.#key;
    const { length } = bytes;
    const isFull = length > 0 && length % 16 === 0;
    const last = isFull ? length - 16 : length - (length % 16);
    const [l0 = 0, l1 = 0, l2 = 0, l3 = 0] = isFull ? this.#full : this.#padded;
    let a = k0;
    let b = k1;
    let c = k2;
    let d = k3;
    for (let at = 0; at <= last; at += 16) {
      if (at < last || isFull) {
        a ^= word(bytes, at);
        b ^= word(bytes, at + 4);
        c ^= word(bytes, at + 8);
        d ^= word(bytes, at + 12);
      } else {
        a ^= paddedWord(bytes, at);
        b ^= paddedWord(bytes, at + 4);
        c ^= paddedWord(bytes, at + 8);
        d ^= paddedWord(bytes, at + 12);
      }
      if (at === last) {
        a ^= l0;
        b ^= l1;
        c ^= l2;
        d ^= l3;
      }
      for (let round = 0; round < ROUNDS; round += 1) {
        a = (a + b) | 0;
        b = ((b << 5) | (b >>> 27)) ^ a;
        a = (a << 16) | (a >>> 16);
        c = (c + d) | 0;
        d = ((d << 8) | (d >>> 24)) ^ c;
        a = (a + d) | 0;
        d = ((d << 13) | (d >>> 19)) ^ a;
        c = (c + b) | 0;
        b = ((b << 7) | (b >>> 25)) ^ c;
        c = (c << 16) | (c >>> 16);
      }
    }
    into[0] = a ^ l0;
    into[1] = b ^ l1;
    into[2] = c ^ l2;
    into[3] = d ^ l3;
  }
}

/** Twice a number of GF(2^128), of which the first word is the lowest. */
function doubled([a = 0, b = 0, c = 0, d = 0]: Uint32Array): Uint32Array {
  const carry = d >>> 31 === 1 ? 0x87 : 0;
  return Uint32Array.of((a << 1) ^ carry, (b << 1) | (a >>> 31), (c << 1) | (b >>> 31), (d << 1) | (c >>> 31));
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

/** A word of a block that ends early: behind the last byte stand a 1 and zeroes. */
function paddedWord(bytes: Uint8Array, at: number): number {
  const one = bytes.length - at;
  return word(bytes, at) | (one >= 0 && one < 4 ? 1 << (8 * one) : 0);
}

const ROUNDS = 8;
