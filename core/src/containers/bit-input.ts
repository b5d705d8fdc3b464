import type { HuffmanTable } from './huffman.ts';
import { KIND, SECOND } from './huffman.ts';

/** Bits of a deflate stream that comes in pieces, taken least significant first. */
export class BitInput {
  /** The piece that is being read. */
  bytes: Uint8Array = NOTHING;
  /** Where in it the next byte stands. */
  at = 0;
  /** Bits that were taken from the bytes and not used yet, the next one lowest; `count` of them, never more than 31. */
  hold = 0;
  count = 0;
  #fed = 0;
  #skip = 0;

  /** @param skip bits of the first byte that stand before the stream */
  begin(skip: number): void {
    this.bytes = NOTHING;
    this.at = 0;
    this.hold = 0;
    this.count = 0;
    this.#fed = 0;
    this.#skip = skip;
  }

  /** The next piece. It is kept, not copied, unless some bytes before it are left. */
  feed(bytes: Uint8Array): void {
    const rest = this.bytes.subarray(this.at);
    this.bytes = rest.length === 0 ? bytes : joined(rest, bytes);
    this.at = 0;
    this.#fed += bytes.length;
    if (this.#skip === 0 || !this.need(8)) return;
    this.drop(this.#skip);
    this.#skip = 0;
  }

  /** Bits that were used, of all that were fed. */
  get used(): number {
    return (this.#fed - this.bytes.length + this.at) * 8 - this.count;
  }

  /** Whole bytes that can still be read. */
  get left(): number {
    return (this.count >>> 3) + this.bytes.length - this.at;
  }

  /** Sees to it that so many bits are held, at most 24. */
  need(bits: number): boolean {
    while (this.count < bits) {
      if (this.at >= this.bytes.length) return false;
      this.hold |= (this.bytes[this.at++] ?? 0) << this.count;
      this.count += 8;
    }
    return true;
  }

  /** The lowest of the bits that are held. */
  peek(bits: number): number {
    return this.hold & ((1 << bits) - 1);
  }

  drop(bits: number): void {
    this.hold >>>= bits;
    this.count -= bits;
  }

  /** Takes bits that are held. */
  take(bits: number): number {
    const value = this.peek(bits);
    this.drop(bits);
    return value;
  }

  /** Stands again where it stood when its fields had these values; in the same piece. */
  goBack(at: number, hold: number, count: number): void {
    this.at = at;
    this.hold = hold;
    this.count = count;
  }

  /** The entry of the next code, with its whole length in the lowest four bits; nothing is used up. */
  code(table: HuffmanTable): number | undefined {
    for (;;) {
      let entry = table.entries[this.peek(table.width)] ?? 0;
      if ((entry & KIND) === SECOND && this.count > table.width) {
        const second = (this.hold >>> table.width) & ((1 << ((entry >>> 4) & 31)) - 1);
        entry = (table.entries[(entry >>> 12) + second] ?? 0) + table.width;
      }
      if ((entry & KIND) !== SECOND && (entry & 15) <= this.count) return entry;
      if (!this.need(this.count + 1)) return undefined;
    }
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

const NOTHING = new Uint8Array(0);
