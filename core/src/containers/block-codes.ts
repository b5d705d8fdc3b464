import type { BitInput } from './bit-input.ts';
import { distanceMeaning, HuffmanTable, lengthMeaning } from './huffman.ts';

/** The codes of the block that is being read: those that it brings, or the fixed ones. */
export class BlockCodes {
  readonly #deflate64: boolean;
  readonly #fixed: FixedCodes;
  readonly #lengths: HuffmanTable;
  readonly #distances: HuffmanTable;
  readonly #codes = new HuffmanTable(CODE_WIDTH, CODE_MEANING);
  readonly #given = new Uint8Array(320);
  isFixed = false;

  constructor(deflate64: boolean) {
    this.#deflate64 = deflate64;
    this.#fixed = deflate64 ? (fixed64 ??= fixedCodes(true)) : (fixed32 ??= fixedCodes(false));
    this.#lengths = new HuffmanTable(LENGTH_WIDTH, this.#fixed.lengths.meaning);
    this.#distances = new HuffmanTable(DISTANCE_WIDTH, this.#fixed.distances.meaning);
  }

  /** Codes of literals and lengths. */
  get lengths(): HuffmanTable {
    return this.isFixed ? this.#fixed.lengths : this.#lengths;
  }

  get distances(): HuffmanTable {
    return this.isFixed ? this.#fixed.distances : this.#distances;
  }

  /**
   * Reads the codes in front of a dynamic block. They take 294 bytes at most, so they are read in one go: where the
   * input ends before, it stands where it stood, and they are read again with what comes next.
   *
   * @returns `input` where the input ends, what is wrong with the codes, or `undefined` if nothing is
   * @see RFC 1951 section 3.2.7
   */
  read(bits: BitInput): 'input' | { readonly wrong: string } | undefined {
    const { at, hold, count } = bits;
    const outcome = this.#read(bits);
    if (outcome === 'input') bits.goBack(at, hold, count);
    return outcome;
  }

  #read(bits: BitInput): 'input' | { readonly wrong: string } | undefined {
    if (!bits.need(14)) return 'input';
    const literals = bits.take(5) + 257;
    const distances = bits.take(5) + 1;
    const given = bits.take(4) + 4;
    if (literals > 286 || (distances > 30 && !this.#deflate64))
      return { wrong: `a block with codes for ${literals} literals and ${distances} distances` };
    const lengths = this.#given.fill(0);
    for (let at = 0; at < given; at += 1) {
      if (!bits.need(3)) return 'input';
      lengths[ORDER[at] ?? 0] = bits.take(3);
    }
    if (!this.#codes.fill(lengths, 0, 19, true)) return { wrong: 'a block whose code lengths are no set of codes' };
    const outcome = this.#readLengths(bits, literals + distances);
    if (outcome !== undefined) return outcome;
    if (lengths[256] === 0) return { wrong: 'a block without a code for its end' };
    if (!this.#lengths.fill(lengths, 0, literals, false))
      return { wrong: 'a block whose codes for literals are no set of codes' };
    if (!this.#distances.fill(lengths, literals, literals + distances, false))
      return { wrong: 'a block whose codes for distances are no set of codes' };
    return undefined;
  }

  /** The lengths of all codes, themselves coded. */
  #readLengths(bits: BitInput, count: number): 'input' | { readonly wrong: string } | undefined {
    const lengths = this.#given.fill(0);
    for (let at = 0; at < count;) {
      const entry = bits.code(this.#codes);
      if (entry === undefined) return 'input';
      const symbol = entry >>> 12;
      const extra = REPEAT_BITS[symbol] ?? 0;
      if (!bits.need((entry & 15) + extra)) return 'input';
      bits.drop(entry & 15);
      if (symbol < 16) {
        lengths[at++] = symbol;
        continue;
      }
      const times = (symbol === 18 ? 11 : 3) + bits.take(extra);
      if (at + times > count || (symbol === 16 && at === 0))
        return { wrong: 'a block whose code lengths repeat too often' };
      lengths.fill(symbol === 16 ? (lengths[at - 1] ?? 0) : 0, at, at + times);
      at += times;
    }
    return undefined;
  }
}

/** The codes of blocks that bring none. @see RFC 1951 section 3.2.6 */
interface FixedCodes {
  readonly lengths: HuffmanTable;
  readonly distances: HuffmanTable;
}

function fixedCodes(deflate64: boolean): FixedCodes {
  const lengths = new HuffmanTable(LENGTH_WIDTH, lengthMeaning(deflate64));
  const distances = new HuffmanTable(DISTANCE_WIDTH, distanceMeaning(deflate64));
  const bits = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
  lengths.fill(bits, 0, 288, true);
  distances.fill(new Uint8Array(32).fill(5), 0, 32, true);
  return { lengths, distances };
}

const LENGTH_WIDTH = 10;
const DISTANCE_WIDTH = 9;
const CODE_WIDTH = 7;
/** The order in which the lengths of code lengths stand. @see RFC 1951 section 3.2.7 */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const CODE_MEANING = Int32Array.from({ length: 19 }, (_, symbol) => symbol << 12);
const REPEAT_BITS = Uint8Array.from({ length: 19 }, (_, symbol) => (symbol < 16 ? 0 : ([2, 3, 7][symbol - 16] ?? 0)));
let fixed32: FixedCodes | undefined;
let fixed64: FixedCodes | undefined;
