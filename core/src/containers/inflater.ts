import { distanceMeaning, END, HuffmanTable, INVALID, KIND, LENGTH, lengthMeaning, SECOND } from './huffman.ts';

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
 * @see RFC 1951; Deflate64 as PKWARE's APPNOTE.TXT 4.4.5 names it and 7-Zip, zip.js and .NET read it
 */
export class Inflater {
  readonly #lengths: HuffmanTable;
  readonly #distances: HuffmanTable;
  readonly #fixed: FixedCodes;
  readonly #deflate64: boolean;
  readonly #codeLengths = new Uint8Array(320);
  #input: Uint8Array = NOTHING;
  #at = 0;
  #fed = 0;
  /** Bits taken from the input and not used yet, the next one lowest; never more than 31. */
  #hold = 0;
  #count = 0;
  #skip: number;
  #mode: Mode = 'head';
  #isLast = false;
  #isFixed = false;
  /** Bytes of a stored block, or of a match, that are still to be written. */
  #left = 0;
  #distance = 0;
  #entry = 0;
  #wrong = '';

  /** @param skip bits of the first byte that belong to what stands before, where reading begins in the middle */
  constructor(options: { deflate64?: boolean; skip?: number } = {}) {
    this.#deflate64 = options.deflate64 ?? false;
    this.#skip = options.skip ?? 0;
    this.#fixed = this.#deflate64 ? (fixed64 ??= fixedCodes(true)) : (fixed32 ??= fixedCodes(false));
    this.#lengths = new HuffmanTable(LENGTH_WIDTH, this.#fixed.lengthMeaning);
    this.#distances = new HuffmanTable(DISTANCE_WIDTH, this.#fixed.distanceMeaning);
  }

  /** The next bytes of the stream. Those before must be used up. */
  feed(input: Uint8Array): void {
    this.#input = input;
    this.#at = 0;
    this.#fed += input.length;
    if (this.#skip > 0 && input.length > 0) {
      this.#hold = (input[0] ?? 0) >>> this.#skip;
      this.#count = 8 - this.#skip;
      this.#at = 1;
      this.#skip = 0;
    }
  }

  /** Bits of the stream that were used, of all that was fed. */
  get usedBits(): number {
    return (this.#fed - this.#input.length + this.#at) * 8 - this.#count;
  }

  /** What was wrong, once `inflate` has answered `damaged`. */
  get wrong(): string {
    return this.#wrong;
  }

  /** Bytes written by `inflate` so far into the room of this call; where the next one goes. */
  at = 0;

  /**
   * Writes into `into` from `this.at` up to `to`.
   *
   * @param into holds from `floor` up to `this.at` the bytes that were written before, as far as the stream may reach
   *   back: 32 KiB, for Deflate64 64 KiB, or all there were
   * @param block stop at the first begin of a block at or behind this place of `into`
   */
  inflate(into: Uint8Array, floor: number, to: number, block: number = Number.POSITIVE_INFINITY): InflateStop {
    for (;;) {
      if (this.#mode === 'codes') {
        this.#fast(into, floor, to);
        if (this.#mode !== 'codes') continue;
      }
      const stop = this.#step(into, floor, to, block);
      if (stop !== undefined) return stop;
    }
  }

  #step(into: Uint8Array, floor: number, to: number, block: number): InflateStop | undefined {
    switch (this.#mode) {
      case 'head':
        if (this.#isLast) this.#mode = 'end';
        else if (this.at >= block && !this.#seen) {
          this.#seen = true;
          return 'block';
        } else return this.#head();
        return undefined;
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
      case 'end':
        return 'end';
      case 'damaged':
        return 'damaged';
    }
  }

  #seen = false;

  #head(): InflateStop | undefined {
    if (!this.#need(3)) return 'input';
    this.#seen = false;
    this.#isLast = (this.#hold & 1) === 1;
    const type = (this.#hold >>> 1) & 3;
    this.#drop(3);
    if (type === 3) return this.#damaged('a block of type 3, which there is none');
    this.#isFixed = type === 1;
    this.#mode = type === 0 ? 'stored-head' : type === 1 ? 'codes' : 'tables';
    return undefined;
  }

  /** @see RFC 1951 section 3.2.4 */
  #storedHead(): InflateStop | undefined {
    this.#drop(this.#count & 7);
    const held = this.#count >>> 3;
    if (held + this.#input.length - this.#at < 4) return this.#hoard();
    const length = this.#byte() | (this.#byte() << 8);
    const check = this.#byte() | (this.#byte() << 8);
    if ((length ^ 0xffff) !== check) return this.#damaged(`a stored block of ${length} bytes whose check says ${check ^ 0xffff}`);
    this.#left = length;
    this.#mode = 'stored';
    return undefined;
  }

  #stored(into: Uint8Array, to: number): InflateStop | undefined {
    while (this.#left > 0 && this.#count > 0) {
      if (this.at >= to) return 'room';
      into[this.at++] = this.#byte();
      this.#left -= 1;
    }
    const count = Math.min(this.#left, this.#input.length - this.#at, to - this.at);
    into.set(this.#input.subarray(this.#at, this.#at + count), this.at);
    this.at += count;
    this.#at += count;
    this.#left -= count;
    if (this.#left === 0) this.#mode = 'head';
    else return this.at >= to ? 'room' : 'input';
    return undefined;
  }

  /**
   * The tables of a dynamic block. They take 294 bytes at most, so they are read in one go: where the input ends before,
   * what there is of it is kept and read again with what comes next.
   *
   * @see RFC 1951 section 3.2.7
   */
  #tables(): InflateStop | undefined {
    const before = { at: this.#at, hold: this.#hold, count: this.#count };
    if (!this.#need(14)) return this.#again(before);
    const literals = (this.#hold & 31) + 257;
    const distances = ((this.#hold >>> 5) & 31) + 1;
    const given = ((this.#hold >>> 10) & 15) + 4;
    this.#drop(14);
    if (literals > 286 || (distances > 30 && !this.#deflate64))
      return this.#damaged(`a block with codes for ${literals} literals and ${distances} distances`);
    const lengths = this.#codeLengths.fill(0);
    for (let at = 0; at < given; at += 1) {
      if (!this.#need(3)) return this.#again(before);
      lengths[ORDER[at] ?? 0] = this.#hold & 7;
      this.#drop(3);
    }
    const codes = new HuffmanTable(7, CODE_MEANING);
    if (!codes.fill(lengths, 0, 19, true)) return this.#damaged('a block whose code lengths are no set of codes');
    lengths.fill(0);
    for (let at = 0; at < literals + distances;) {
      const entry = this.#peek(codes);
      if (entry === undefined) return this.#again(before);
      const symbol = entry >>> 12;
      if (!this.#need((entry & 15) + (REPEAT_BITS[symbol] ?? 0))) return this.#again(before);
      this.#drop(entry & 15);
      if (symbol < 16) lengths[at++] = symbol;
      else {
        const bits = REPEAT_BITS[symbol] ?? 0;
        const times = (symbol === 18 ? 11 : 3) + (this.#hold & ((1 << bits) - 1));
        this.#drop(bits);
        if (at + times > literals + distances || (symbol === 16 && at === 0))
          return this.#damaged('a block whose code lengths repeat too often');
        const length = symbol === 16 ? (lengths[at - 1] ?? 0) : 0;
        lengths.fill(length, at, at + times);
        at += times;
      }
    }
    if (lengths[256] === 0) return this.#damaged('a block without a code for its end');
    if (!this.#lengths.fill(lengths, 0, literals, false))
      return this.#damaged('a block whose codes for literals are no set of codes');
    if (!this.#distances.fill(lengths, literals, literals + distances, false))
      return this.#damaged('a block whose codes for distances are no set of codes');
    this.#mode = 'codes';
    return undefined;
  }

  /** One literal or length, with every bound checked; for the edges of input and room. */
  #symbol(into: Uint8Array, to: number): InflateStop | undefined {
    if (this.at >= to) return 'room';
    const entry = this.#peek(this.#isFixed ? this.#fixed.lengths : this.#lengths);
    if (entry === undefined) return 'input';
    const kind = entry & KIND;
    this.#drop(entry & 15);
    if (kind === 0) into[this.at++] = entry >>> 12;
    else if (kind === LENGTH) {
      this.#entry = entry;
      this.#mode = 'length';
    } else if (kind === END) this.#mode = 'head';
    else return this.#damaged('a code for a literal that stands for nothing');
    return undefined;
  }

  #length(): InflateStop | undefined {
    const bits = (this.#entry >>> 4) & 31;
    if (!this.#need(bits)) return 'input';
    this.#left = (this.#entry >>> 12) + (this.#hold & ((1 << bits) - 1));
    this.#drop(bits);
    this.#mode = 'distance';
    return undefined;
  }

  #distanceSymbol(): InflateStop | undefined {
    const entry = this.#peek(this.#isFixed ? this.#fixed.distances : this.#distances);
    if (entry === undefined) return 'input';
    if ((entry & KIND) !== LENGTH) return this.#damaged('a code for a distance that stands for nothing');
    this.#drop(entry & 15);
    this.#entry = entry;
    this.#mode = 'distance-bits';
    return undefined;
  }

  #distanceBits(floor: number): InflateStop | undefined {
    const bits = (this.#entry >>> 4) & 31;
    if (!this.#need(bits)) return 'input';
    this.#distance = (this.#entry >>> 12) + (this.#hold & ((1 << bits) - 1));
    this.#drop(bits);
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
    const input = this.#input;
    const inputEnd = input.length - 12;
    const roomEnd = to - (this.#deflate64 ? 65538 : 258);
    const { entries: lengths, width: lengthWidth } = this.#isFixed ? this.#fixed.lengths : this.#lengths;
    const { entries: distances, width: distanceWidth } = this.#isFixed ? this.#fixed.distances : this.#distances;
    const lengthMask = (1 << lengthWidth) - 1;
    const distanceMask = (1 << distanceWidth) - 1;
    let at = this.#at;
    let hold = this.#hold;
    let count = this.#count;
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
        else this.#damaged('a code for a literal that stands for nothing');
        break;
      }
      let bits = (entry >>> 4) & 31;
      if (count < 16) {
        hold |= ((input[at] ?? 0) | ((input[at + 1] ?? 0) << 8)) << count;
        at += 2;
        count += 16;
      }
      const length = (entry >>> 12) + (hold & ((1 << bits) - 1));
      hold >>>= bits;
      count -= bits;
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
        this.#damaged('a code for a distance that stands for nothing');
        break;
      }
      bits = (entry >>> 4) & 31;
      if (count < 16) {
        hold |= ((input[at] ?? 0) | ((input[at + 1] ?? 0) << 8)) << count;
        at += 2;
        count += 16;
      }
      const distance = (entry >>> 12) + (hold & ((1 << bits) - 1));
      hold >>>= bits;
      count -= bits;
      if (distance > out - floor) {
        this.#damaged(tooFar(distance));
        break;
      }
      const end = out + length;
      for (let from = out - distance; out < end; out += 1, from += 1) into[out] = into[from] ?? 0;
    }
    this.#at = at;
    this.#hold = hold;
    this.#count = count;
    this.at = out;
  }

  /** Sees to it that so many bits are held, at most 24. */
  #need(bits: number): boolean {
    while (this.#count < bits) {
      if (this.#at >= this.#input.length) return false;
      this.#hold |= (this.#input[this.#at++] ?? 0) << this.#count;
      this.#count += 8;
    }
    return true;
  }

  /** The entry of the next code, with its whole length in the lowest four bits; nothing is used up. */
  #peek(table: HuffmanTable): number | undefined {
    for (;;) {
      let entry = table.entries[this.#hold & ((1 << table.width) - 1)] ?? 0;
      if ((entry & KIND) === SECOND && this.#count > table.width) {
        const second = (this.#hold >>> table.width) & ((1 << ((entry >>> 4) & 31)) - 1);
        entry = (table.entries[(entry >>> 12) + second] ?? 0) + table.width;
      }
      if ((entry & KIND) !== SECOND && (entry & 15) <= this.#count) return entry;
      if (!this.#need(this.#count + 1)) return undefined;
    }
  }

  #drop(bits: number): void {
    this.#hold >>>= bits;
    this.#count -= bits;
  }

  #byte(): number {
    if (!this.#need(8)) return 0;
    const byte = this.#hold & 0xff;
    this.#drop(8);
    return byte;
  }

  #again(before: { at: number; hold: number; count: number }): InflateStop {
    this.#at = before.at;
    this.#hold = before.hold;
    this.#count = before.count;
    return 'input';
  }

  #hoard(): InflateStop {
    return 'input';
  }

  #damaged(wrong: string): InflateStop {
    this.#mode = 'damaged';
    this.#wrong = wrong;
    return 'damaged';
  }
}
