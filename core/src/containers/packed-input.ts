import { fill } from './byte-range.ts';
import type { Bytes } from './member.ts';

/** Reads packed bytes a block at a time, so that many small pieces of them cost one read. */
export class PackedInput {
  /** Bytes, as the container states them; fewer may be there. */
  readonly size: number;
  readonly #bytes: Bytes;
  #block: Uint8Array = new Uint8Array(0);
  #from = 0;

  constructor(bytes: Bytes, size: number) {
    this.#bytes = bytes;
    this.size = size;
  }

  /**
   * The bytes from `at` on, as many as are at hand; what was handed out before is left as it is.
   *
   * @returns at least `least` bytes, or fewer if they end before
   */
  async from(at: number, least: number): Promise<Uint8Array> {
    const held = at >= this.#from ? this.#block.subarray(at - this.#from) : this.#block.subarray(0, 0);
    if (held.length >= least || at + held.length >= this.size) return held;
    // A new block each time: whoever was given the old one may still read in it.
    const block = new Uint8Array(Math.min(Math.max(BLOCK, least), this.size - at));
    block.set(held);
    const count = await fill(this.#bytes, at + held.length, block.subarray(held.length));
    this.#block = block.subarray(0, held.length + count);
    this.#from = at;
    return this.#block;
  }
}

const BLOCK = 64 * 1024;
