/** How many different objects are remembered at least before the oldest are forgotten. */
export const SEEN_LIMIT: number = 512 * 1024;

/**
 * Remembers objects by 128 bits of their bytes (MurmurHash3 x86 128), so that a copy counts once. The hash is no
 * cryptographic one: who can choose all bytes of two events can hide the second. Memory: two generations of 16 MiB at
 * most; when the younger is full, the older is forgotten.
 */
export class SeenObjects {
  /** Whether objects had to be forgotten. */
  hasForgotten = false;
  #young = new Generation();
  #old: Generation | undefined;
  readonly #hash = new Uint32Array(4);

  /** @returns whether the same bytes were seen before */
  has(bytes: Uint8Array): boolean {
    murmur(bytes, this.#hash);
    if (this.#old?.has(this.#hash) === true || this.#young.has(this.#hash)) return true;
    if (this.#young.count >= SEEN_LIMIT) {
      this.hasForgotten ||= this.#old !== undefined;
      this.#old = this.#young;
      this.#young = new Generation();
    }
    this.#young.add(this.#hash);
    return false;
  }
}

/** Hashes in a table of twice as many places, each in the first free place behind its own. */
class Generation {
  count = 0;
  #places = 4096;
  #words = new Uint32Array(this.#places * 4);

  has(hash: Uint32Array): boolean {
    const words = this.#words;
    for (let at = this.#start(hash[0] ?? 0); words[at + 3] !== 0; at = (at + 4) % words.length) {
      if (words[at] === hash[0] && words[at + 1] === hash[1] && words[at + 2] === hash[2] && words[at + 3] === hash[3])
        return true;
    }
    return false;
  }

  /** @param hash whose last word is not 0 */
  add(hash: Uint32Array): void {
    if (this.count * 2 >= this.#places) this.#grow();
    this.#put(hash);
    this.count += 1;
  }

  #put(hash: Uint32Array): void {
    let at = this.#start(hash[0] ?? 0);
    while (this.#words[at + 3] !== 0) at = (at + 4) % this.#words.length;
    this.#words.set(hash, at);
  }

  #start(word: number): number {
    return (word & (this.#places - 1)) * 4;
  }

  #grow(): void {
    const words = this.#words;
    this.#places *= 2;
    this.#words = new Uint32Array(this.#places * 4);
    for (let at = 0; at < words.length; at += 4) if (words[at + 3] !== 0) this.#put(words.subarray(at, at + 4));
  }
}

/** MurmurHash3_x86_128 with seed 0 (Austin Appleby, public domain), for blocks of 16 bytes; a short last block is filled up with zeroes, and the length tells it apart. */
function murmur(bytes: Uint8Array, into: Uint32Array): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const { length } = bytes;
  for (let at = 0; at < length; at += 16) {
    a = (Math.imul(rotated(a ^ mixed(word(bytes, at), C1, C2, 15), 19) + b, 5) + 0x561ccd1b) | 0;
    b = (Math.imul(rotated(b ^ mixed(word(bytes, at + 4), C2, C3, 16), 17) + c, 5) + 0x0bcaa747) | 0;
    c = (Math.imul(rotated(c ^ mixed(word(bytes, at + 8), C3, C4, 17), 15) + d, 5) + 0x96cd1c35) | 0;
    d = (Math.imul(rotated(d ^ mixed(word(bytes, at + 12), C4, C1, 18), 13) + a, 5) + 0x32ac3b17) | 0;
  }
  a ^= length;
  b ^= length;
  c ^= length;
  d ^= length;
  a = (a + b + c + d) | 0;
  b = (b + a) | 0;
  c = (c + a) | 0;
  d = (d + a) | 0;
  a = final(a);
  b = final(b);
  c = final(c);
  d = final(d);
  a = (a + b + c + d) | 0;
  into[0] = a;
  into[1] = b + a;
  into[2] = c + a;
  // An empty place has a 0 here.
  into[3] = (d + a) | 1;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

function mixed(value: number, one: number, other: number, turn: number): number {
  return Math.imul(rotated(Math.imul(value, one), turn), other);
}

function rotated(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function final(value: number): number {
  let mix = value;
  mix = Math.imul(mix ^ (mix >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return mix ^ (mix >>> 16);
}

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;
