import { BitInput } from './bit-input.ts';
import { BlockCodes } from './block-codes.ts';
import { END, KIND, LENGTH, SECOND } from './huffman.ts';

/**
 * Why `inflate` came back: `input` is used up, there is no more `room`, a new `block` begins where one was waited for,
 * the stream's `end`, or bytes that are no deflate stream (`damaged`).
 */
export type InflateStop = 'input' | 'room' | 'block' | 'end' | 'damaged';

/**
 * Inflates a raw deflate or Deflate64 stream, a piece at a time, both ways: it takes input in pieces of any size and
 * writes into whatever room it is given. It is the one inflater of the product; the same bytes come out in every host.
 *
 * It answers four things that the usual libraries keep to themselves and that evidence needs: where exactly a stream
 * ends (gzip members, archives without a directory), where exactly it broke, where its blocks begin (so that reading
 * can go on from the middle, `InflatedBytes`), and Deflate64, which Windows Explorer writes for files above 2 GiB.
 *
 * @see RFC 1951; Deflate64 as PKWARE's APPNOTE.TXT 4.4.5 names it and 7-Zip writes it
 */
export class Inflater {
  /** Where in `into` the next byte goes; whoever moves the bytes of `into` sets it. */
  at = 0;
  readonly #longest: number;
  readonly #bits = new BitInput();
  readonly #codes: BlockCodes;
  #mode: Mode = 'head';
  #isLast = false;
  /** Whether `inflate` has already stopped at the block that begins here. */
  #isSeen = false;
  /** Bytes of a stored block, or of a match, that are still to be written. */
  #left = 0;
  #distance = 0;
  #entry = 0;
  #wrong = '';

  constructor(options: { deflate64?: boolean } = {}) {
    const deflate64 = options.deflate64 ?? false;
    this.#longest = deflate64 ? 65538 : 258;
    this.#codes = new BlockCodes(deflate64);
  }

  /**
   * Forgets the stream and begins another, or the same one at the begin of a block.
   *
   * @param skip bits of the first byte that stand before the begin
   * @param at where in `into` the next byte goes
   */
  begin(skip: number, at: number): void {
    this.#bits.begin(skip);
    this.#mode = 'head';
    this.#isLast = false;
    this.#isSeen = false;
    this.at = at;
  }

  /** The next bytes of the stream, once `inflate` has asked for `input`. They are kept, not copied, until it asks again. */
  feed(input: Uint8Array): void {
    this.#bits.feed(input);
  }

  /** Bits of the stream that were used, of all that was fed. */
  get usedBits(): number {
    return this.#bits.used;
  }

  /** What was wrong, once `inflate` has answered `damaged`. */
  get wrong(): string {
    return this.#wrong;
  }

  /**
   * Writes into `into` from `this.at` up to `to`.
   *
   * @param into holds from `floor` up to `this.at` the bytes that were written before, as far as the stream may reach
   *   back: 32 KiB, for Deflate64 64 KiB, or all there were
   * @param block stop at the first begin of a block at or behind this place of `into`
   */
  inflate(into: Uint8Array, floor: number, to: number, block: number = Number.POSITIVE_INFINITY): InflateStop {
    for (;;) {
      if (this.#mode === 'codes') this.#fast(into, floor, to);
      const stop = this.#step(into, floor, to, block);
      if (stop !== undefined) return stop;
    }
  }

  #step(into: Uint8Array, floor: number, to: number, block: number): InflateStop | undefined {
    switch (this.#mode) {
      case 'head':
        return this.#head(block);
      case 'stored-head':
        return this.#storedHead();
      case 'stored':
        return this.#stored(into, to);
      case 'tables':
        return this.#tables();
      case 'codes':
        return this.#symbol(into, to);
      case 'length':
        return this.#length();
      case 'distance':
        return this.#distanceSymbol();
      case 'distance-bits':
        return this.#distanceBits(floor);
      case 'match':
        return this.#match(into, to);
      default:
        return this.#mode;
    }
  }

  /** @see RFC 1951 section 3.2.3 */
  #head(block: number): InflateStop | undefined {
    if (this.#isLast) {
      this.#mode = 'end';
      return undefined;
    }
    if (this.at >= block && !this.#isSeen) {
      this.#isSeen = true;
      return 'block';
    }
    if (!this.#bits.need(3)) return 'input';
    this.#isSeen = false;
    this.#isLast = this.#bits.take(1) === 1;
    const type = this.#bits.take(2);
    if (type === 3) return this.#damaged('a block of type 3, which there is none');
    this.#codes.isFixed = type === 1;
    this.#mode = type === 0 ? 'stored-head' : type === 1 ? 'codes' : 'tables';
    return undefined;
  }

  /** @see RFC 1951 section 3.2.4 */
  #storedHead(): InflateStop | undefined {
    const bits = this.#bits;
    bits.drop(bits.count & 7);
    if (bits.left < 4) return 'input';
    bits.need(16);
    const length = bits.take(16);
    bits.need(16);
    const check = bits.take(16) ^ 0xffff;
    if (length !== check) return this.#damaged(`a stored block of ${length} bytes whose check says ${check}`);
    this.#left = length;
    this.#mode = 'stored';
    return undefined;
  }

  #stored(into: Uint8Array, to: number): InflateStop | undefined {
    const bits = this.#bits;
    while (this.#left > 0 && bits.count > 0) {
      if (this.at >= to) return 'room';
      into[this.at++] = bits.take(8);
      this.#left -= 1;
    }
    const count = Math.min(this.#left, bits.bytes.length - bits.at, to - this.at);
    into.set(bits.bytes.subarray(bits.at, bits.at + count), this.at);
    this.at += count;
    bits.at += count;
    this.#left -= count;
    if (this.#left > 0) return this.at >= to ? 'room' : 'input';
    this.#mode = 'head';
    return undefined;
  }

  #tables(): InflateStop | undefined {
    const outcome = this.#codes.read(this.#bits);
    if (outcome === 'input') return 'input';
    if (outcome !== undefined) return this.#damaged(outcome.wrong);
    this.#mode = 'codes';
    return undefined;
  }

  /** One literal or length, with every bound checked; for the edges of input and room. */
  #symbol(into: Uint8Array, to: number): InflateStop | undefined {
    if (this.at >= to) return 'room';
    const entry = this.#bits.code(this.#codes.lengths);
    if (entry === undefined) return 'input';
    const kind = entry & KIND;
    this.#bits.drop(entry & 15);
    if (kind === 0) into[this.at++] = entry >>> 12;
    else if (kind === LENGTH) {
      this.#entry = entry;
      this.#mode = 'length';
    } else if (kind === END) this.#mode = 'head';
    else return this.#damaged(NO_LITERAL);
    return undefined;
  }

  #length(): InflateStop | undefined {
    const extra = (this.#entry >>> 4) & 31;
    if (!this.#bits.need(extra)) return 'input';
    this.#left = (this.#entry >>> 12) + this.#bits.take(extra);
    this.#mode = 'distance';
    return undefined;
  }

  #distanceSymbol(): InflateStop | undefined {
    const entry = this.#bits.code(this.#codes.distances);
    if (entry === undefined) return 'input';
    if ((entry & KIND) !== LENGTH) return this.#damaged(NO_DISTANCE);
    this.#bits.drop(entry & 15);
    this.#entry = entry;
    this.#mode = 'distance-bits';
    return undefined;
  }

  #distanceBits(floor: number): InflateStop | undefined {
    const extra = (this.#entry >>> 4) & 31;
    if (!this.#bits.need(extra)) return 'input';
    this.#distance = (this.#entry >>> 12) + this.#bits.take(extra);
    if (this.#distance > this.at - floor) return this.#damaged(tooFar(this.#distance));
    this.#mode = 'match';
    return undefined;
  }

  #match(into: Uint8Array, to: number): InflateStop | undefined {
    const end = Math.min(this.at + this.#left, to);
    this.#left -= end - this.at;
    for (let at = this.at; at < end; at += 1) into[at] = into[at - this.#distance] ?? 0;
    this.at = end;
    if (this.#left > 0) return 'room';
    this.#mode = 'codes';
    return undefined;
  }

  /** Symbols as long as neither input nor room is near its end, so that nothing needs to be checked for each. */
  #fast(into: Uint8Array, floor: number, to: number): void {
    const bits = this.#bits;
    const input = bits.bytes;
    const inputEnd = input.length - MOST_READ;
    const roomEnd = to - this.#longest;
    const { entries: lengths, width: lengthWidth } = this.#codes.lengths;
    const { entries: distances, width: distanceWidth } = this.#codes.distances;
    const lengthMask = (1 << lengthWidth) - 1;
    const distanceMask = (1 << distanceWidth) - 1;
    let { at, hold, count } = bits;
    let out = this.at;
    while (at < inputEnd && out < roomEnd) {
      if (count < 16) {
        hold |= ((input[at] ?? 0) | ((input[at + 1] ?? 0) << 8)) << count;
        at += 2;
        count += 16;
      }
      let entry = lengths[hold & lengthMask] ?? 0;
      if ((entry & KIND) === SECOND) {
        hold >>>= lengthWidth;
        count -= lengthWidth;
        entry = lengths[(entry >>> 12) + (hold & ((1 << ((entry >>> 4) & 31)) - 1))] ?? 0;
      }
      hold >>>= entry & 15;
      count -= entry & 15;
      const kind = entry & KIND;
      if (kind === 0) {
        into[out++] = entry >>> 12;
        continue;
      }
      if (kind !== LENGTH) {
        if (kind === END) this.#mode = 'head';
        else this.#damaged(NO_LITERAL);
        break;
      }
      let extra = (entry >>> 4) & 31;
      if (count < 16) {
        hold |= ((input[at] ?? 0) | ((input[at + 1] ?? 0) << 8)) << count;
        at += 2;
        count += 16;
      }
      const length = (entry >>> 12) + (hold & ((1 << extra) - 1));
      hold >>>= extra;
      count -= extra;
      if (count < 16) {
        hold |= ((input[at] ?? 0) | ((input[at + 1] ?? 0) << 8)) << count;
        at += 2;
        count += 16;
      }
      entry = distances[hold & distanceMask] ?? 0;
      if ((entry & KIND) === SECOND) {
        hold >>>= distanceWidth;
        count -= distanceWidth;
        entry = distances[(entry >>> 12) + (hold & ((1 << ((entry >>> 4) & 31)) - 1))] ?? 0;
      }
      hold >>>= entry & 15;
      count -= entry & 15;
      if ((entry & KIND) !== LENGTH) {
        this.#damaged(NO_DISTANCE);
        break;
      }
      extra = (entry >>> 4) & 31;
      if (count < 16) {
        hold |= ((input[at] ?? 0) | ((input[at + 1] ?? 0) << 8)) << count;
        at += 2;
        count += 16;
      }
      const distance = (entry >>> 12) + (hold & ((1 << extra) - 1));
      hold >>>= extra;
      count -= extra;
      if (distance > out - floor) {
        this.#damaged(tooFar(distance));
        break;
      }
      const end = out + length;
      for (let from = out - distance; out < end; out += 1, from += 1) into[out] = into[from] ?? 0;
    }
    bits.at = at;
    bits.hold = hold;
    bits.count = count;
    this.at = out;
  }

  #damaged(wrong: string): InflateStop {
    this.#mode = 'damaged';
    this.#wrong = wrong;
    return 'damaged';
  }
}

type Mode =
  | 'head'
  | 'stored-head'
  | 'stored'
  | 'tables'
  | 'codes'
  | 'length'
  | 'distance'
  | 'distance-bits'
  | 'match'
  | 'end'
  | 'damaged';

function tooFar(distance: number): string {
  return `a match ${distance} bytes back, where there is nothing yet`;
}

const NO_LITERAL = 'a code for a literal that stands for nothing';
const NO_DISTANCE = 'a code for a distance that stands for nothing';
/** More bytes than a length and a distance take together. */
const MOST_READ = 12;
