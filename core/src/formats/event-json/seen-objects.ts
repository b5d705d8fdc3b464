import { MessageCode } from './message-code.ts';

/** How many different objects are remembered at least before the oldest are forgotten. */
export const SEEN_LIMIT: number = 512 * 1024;

/**
 * Remembers objects by 127 bits of their bytes, so that a copy counts once. The bits are a code under a key that comes from
 * the first object of the artifact: whoever writes command lines into events does not know which event an export will begin
 * with, and so cannot make two different ones that look alike. Memory: two generations of 16 MiB at most; when the younger
 * is full, the older is forgotten.
 */
export class SeenObjects {
  /** Whether objects had to be forgotten. */
  hasForgotten = false;
  #young = new Generation();
  #old: Generation | undefined;
  readonly #hash = new Uint32Array(4);
  #code: MessageCode | undefined;

  /** @returns whether the same bytes were seen before */
  has(bytes: Uint8Array): boolean {
    this.#code ??= new MessageCode(keyFrom(bytes));
    this.#code.of(bytes, this.#hash);
    // An empty place has a 0 here.
    this.#hash[3] = (this.#hash[3] ?? 0) | 1;
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

/** The code of some bytes under a key of no meaning. */
function keyFrom(bytes: Uint8Array): Uint32Array {
  const key = new Uint32Array(4);
  new MessageCode(Uint32Array.of(0x61667465, 0x72706174, 0x63682f65, 0x76656e74)).of(bytes, key);
  return key;
}
