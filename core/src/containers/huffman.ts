/**
 * A table that decodes one set of Huffman codes, filled anew for every block.
 *
 * An entry is found by the next bits of the stream, least significant first. From its lowest bit on it holds: the number
 * of bits of the code (4 bits), the number of extra bits that follow it (5), the kind (3), and the value: a literal, the
 * base of a length or distance, or the begin of a second table. Codes longer than the first table is wide go on in a
 * second one, whose entries count only the bits behind the first.
 */
export class HuffmanTable {
  readonly entries: Int32Array;
  /** Bits by which the first table is entered. */
  readonly width: number;
  /** For every symbol its entry without the length of its code. */
  readonly meaning: Int32Array;
  readonly #deepest: Uint8Array;

  constructor(width: number, meaning: Int32Array) {
    this.width = width;
    this.meaning = meaning;
    this.#deepest = new Uint8Array(1 << width);
    this.entries = new Int32Array((1 << width) + meaning.length * (1 << (MAX_CODE - width)));
  }

  /**
   * Fills the table from the lengths of the codes, which stand at `from` up to `to`; symbol 0 first.
   *
   * @returns whether the lengths are a set of codes. As zlib does, a set with unused codes is refused, unless it is a
   *   single code of one bit or there is no code at all, and `strict` is not asked for
   * @see RFC 1951 section 3.2.2
   */
  fill(lengths: Uint8Array, from: number, to: number, strict: boolean): boolean {
    const count = new Uint16Array(MAX_CODE + 1);
    for (let at = from; at < to; at += 1) count[lengths[at] ?? 0] = (count[lengths[at] ?? 0] ?? 0) + 1;
    let longest = MAX_CODE;
    while (longest > 0 && count[longest] === 0) longest -= 1;
    let left = 1;
    for (let length = 1; length <= MAX_CODE; length += 1) {
      left = left * 2 - (count[length] ?? 0);
      if (left < 0) return false;
    }
    if (left > 0 && (strict || longest > 1)) return false;
    this.entries.fill(left > 0 ? INVALID | 1 : 0, 0, 1 << this.width);
    this.#assign(lengths, from, to, count, longest);
    return true;
  }

  #assign(lengths: Uint8Array, from: number, to: number, count: Uint16Array, longest: number): void {
    const next = new Uint16Array(MAX_CODE + 2);
    for (let length = 1; length <= MAX_CODE; length += 1)
      next[length + 1] = ((next[length] ?? 0) + (count[length] ?? 0)) << 1;
    const width = this.width;
    let free = 1 << width;
    if (longest > width) free = this.#openSecond(lengths, from, to, next.slice());
    const entries = this.entries;
    for (let at = from; at < to; at += 1) {
      const length = lengths[at] ?? 0;
      if (length === 0) continue;
      const code = reversed(next[length] ?? 0, length);
      next[length] = (next[length] ?? 0) + 1;
      const meaning = this.meaning[at - from] ?? INVALID;
      if (length <= width) {
        for (let slot = code; slot < 1 << width; slot += 1 << length) entries[slot] = meaning | length;
      } else {
        const link = entries[code & ((1 << width) - 1)] ?? 0;
        const begin = link >>> 12;
        const size = 1 << ((link >>> 4) & 31);
        const rest = length - width;
        for (let slot = code >>> width; slot < size; slot += 1 << rest) entries[begin + slot] = meaning | rest;
      }
    }
    if (free > entries.length) throw new Error('a table of codes outgrew its bound');
  }

  /** Makes a second table for every begin of a code longer than the first table is wide. */
  #openSecond(lengths: Uint8Array, from: number, to: number, next: Uint16Array): number {
    const { width } = this;
    const deepest = this.#deepest.fill(0);
    const mask = (1 << width) - 1;
    for (let at = from; at < to; at += 1) {
      const length = lengths[at] ?? 0;
      if (length === 0) continue;
      const code = next[length] ?? 0;
      next[length] = code + 1;
      if (length <= width) continue;
      const begin = reversed(code, length) & mask;
      if (length > (deepest[begin] ?? 0)) deepest[begin] = length;
    }
    let free = 1 << width;
    for (let begin = 0; begin <= mask; begin += 1) {
      const deep = deepest[begin] ?? 0;
      if (deep === 0) continue;
      this.entries[begin] = (free << 12) | SECOND | ((deep - width) << 4) | width;
      free += 1 << (deep - width);
    }
    return free;
  }
}

/** Kinds of an entry. A literal is 0, so that one test tells it. */
export const LENGTH: number = 1 << 9;
export const END: number = 2 << 9;
export const SECOND: number = 3 << 9;
export const INVALID: number = 4 << 9;
export const KIND: number = 7 << 9;

const MAX_CODE = 15;

/** Symbols of literals and lengths; 64 for Deflate64, in which symbol 285 is a length of 3 with 16 extra bits. */
export function lengthMeaning(deflate64: boolean): Int32Array {
  const meaning = new Int32Array(288).fill(INVALID);
  for (let symbol = 0; symbol < 256; symbol += 1) meaning[symbol] = symbol << 12;
  meaning[256] = END;
  let base = 3;
  for (let symbol = 257; symbol < 285; symbol += 1) {
    const extra = symbol < 265 ? 0 : (symbol - 261) >> 2;
    meaning[symbol] = (base << 12) | LENGTH | (extra << 4);
    base += 1 << extra;
  }
  meaning[285] = deflate64 ? (3 << 12) | LENGTH | (16 << 4) : (258 << 12) | LENGTH;
  return meaning;
}

/** Symbols of distances; Deflate64 has two more. */
export function distanceMeaning(deflate64: boolean): Int32Array {
  const meaning = new Int32Array(32).fill(INVALID);
  let base = 1;
  for (let symbol = 0; symbol < (deflate64 ? 32 : 30); symbol += 1) {
    const extra = symbol < 4 ? 0 : (symbol - 2) >> 1;
    meaning[symbol] = (base << 12) | LENGTH | (extra << 4);
    base += 1 << extra;
  }
  return meaning;
}

function reversed(code: number, length: number): number {
  let turned = 0;
  for (let bit = 0; bit < length; bit += 1) turned |= ((code >>> bit) & 1) << (length - 1 - bit);
  return turned;
}
