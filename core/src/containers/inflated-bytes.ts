import { crc32 } from '../bytes/crc32.ts';
import type { Gap, GapReason } from '../model/reading.ts';
import { gzipHeader } from './gzip-header.ts';
import { Inflater } from './inflater.ts';
import type { InflateStop } from './inflater.ts';
import type { Bytes } from './member.ts';
import { PackedInput } from './packed-input.ts';

export type Framing = 'deflate' | 'deflate64' | 'gzip';

/** How much an `InflatedBytes` keeps at hand, in bytes; `places` counts places from which it can go on. */
export interface InflatedShape {
  readonly window: number;
  /** What stays of a full window, at least 64 KiB. */
  readonly kept: number;
  readonly spacing: number;
  readonly places: number;
}

/**
 * The bytes that packed bytes become, readable at any place although they can only be made in order.
 *
 * They are inflated into a window, of which at least the last 4 MiB stay at hand. On the way, places are noted from which
 * inflating can go on (the begin of a block, and the bytes it may reach back to), so that a read before the window does
 * not start at the very beginning: one for each 64 KiB at first, then for each 128, and never more than 1024, which is 32
 * MiB. A stream of one single block has no such places and starts over. Several reads may be under way at once; they
 * take turns.
 */
export class InflatedBytes implements Bytes {
  readonly #packed: PackedInput;
  readonly #framing: Framing;
  readonly #shape: InflatedShape;
  #window: Uint8Array;
  /** Bytes to which the window may grow. */
  readonly #windowLimit: number;
  readonly #inflater: Inflater;
  readonly #gaps: Gap[] = [];
  #stage: Stage;
  /** Place in the inflated bytes of the first byte of the window. */
  #base = 0;
  /** Where in the packed bytes the next input is read. */
  #next = 0;
  /** Byte of the packed bytes at which the inflater began. */
  #begin = 0;
  /** Place in the inflated bytes where the stream begins; no match reaches before it. */
  #streamAt = 0;
  /** Gzip members before this one, and how many of them were checked; what is inflated again is not checked again. */
  #member = 0;
  #checkedMembers = 0;
  #checked = 0;
  #crc = 0;
  #places: Place[] = [];
  #spacing: number;
  #turn: Promise<unknown> | undefined;
  #end: number | undefined;
  #usedPacked = 0;

  /** @param packedSize bytes, as the container states them; fewer may be there */
  constructor(packed: Bytes, packedSize: number, options: { framing: Framing; shape?: InflatedShape }) {
    this.#packed = new PackedInput(packed, packedSize);
    this.#framing = options.framing;
    this.#shape = options.shape ?? SHAPE;
    this.#spacing = this.#shape.spacing;
    const most = packedSize * (options.framing === 'deflate64' ? MOST_RATIO_64 : MOST_RATIO);
    this.#windowLimit = Math.min(this.#shape.window, most + 1);
    this.#window = new Uint8Array(Math.min(this.#windowLimit, FIRST_WINDOW));
    this.#inflater = new Inflater({ deflate64: options.framing === 'deflate64' });
    this.#stage = options.framing === 'gzip' ? 'header' : 'blocks';
  }

  /** How many bytes there are, once a read has come to their end. */
  get end(): number | undefined {
    return this.#end;
  }

  /** How many of the packed bytes were used up, once a read has come to the end. */
  get usedPacked(): number {
    return this.#usedPacked;
  }

  /** What is wrong with the packed bytes, as far as they were read; origins count in the inflated bytes. */
  gaps(): readonly Gap[] {
    return this.#gaps;
  }

  readInto(at: number, into: Uint8Array): number | Promise<number> {
    const wanted = Math.min(into.length, (this.#end ?? Number.POSITIVE_INFINITY) - at);
    if (at < 0 || wanted <= 0) return 0;
    if (this.#turn === undefined && at >= this.#base && at + wanted <= this.#out) {
      into.set(this.#window.subarray(at - this.#base, at - this.#base + wanted));
      return wanted;
    }
    const turn = (this.#turn ?? Promise.resolve()).then(() => this.#read(at, into));
    const done = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#turn = done;
    return turn.finally(() => {
      if (this.#turn === done) this.#turn = undefined;
    });
  }

  /** Place in the inflated bytes of the next byte to be inflated. */
  get #out(): number {
    return this.#base + this.#inflater.at;
  }

  /** Bit of the packed bytes at which the inflater stands. */
  get #packedBits(): number {
    return this.#begin * 8 + this.#inflater.usedBits;
  }

  async #read(at: number, into: Uint8Array): Promise<number> {
    this.#goTo(at);
    for (let filled = 0; ;) {
      const from = at + filled;
      const count = Math.min(into.length - filled, this.#out - from);
      if (count > 0) {
        into.set(this.#window.subarray(from - this.#base, from - this.#base + count), filled);
        filled += count;
      }
      if (filled === into.length || this.#stage === 'end') return filled;
      await this.#advance(at + into.length);
    }
  }

  /** Takes up the place from which `at` is reached soonest. */
  #goTo(at: number): void {
    const place = this.#places.findLast((candidate) => candidate.out <= at);
    if (at >= this.#base && (place === undefined || place.out <= this.#out)) return;
    const { out, bits, history, streamAt, stage, member } = place ?? this.#first();
    this.#window.set(history);
    this.#base = out - history.length;
    this.#streamAt = streamAt;
    this.#stage = stage;
    this.#member = member;
    this.#next = Math.floor(bits / 8);
    this.#begin = this.#next;
    this.#inflater.begin(bits % 8, history.length);
  }

  #first(): Place {
    const stage = this.#framing === 'gzip' ? 'header' : 'blocks';
    return { out: 0, bits: 0, history: new Uint8Array(0), streamAt: 0, stage, member: 0 };
  }

  async #advance(to: number): Promise<void> {
    if (this.#stage === 'header') return await this.#readHeader();
    if (this.#stage === 'trailer') return await this.#readTrailer();
    const inflater = this.#inflater;
    if (inflater.at === this.#window.length) this.#widen();
    const window = this.#window.length;
    const kept = Math.min(this.#shape.kept, window >> 1);
    if (inflater.at === window) {
      this.#window.copyWithin(0, window - kept, window);
      this.#base += window - kept;
      inflater.at = kept;
    }
    const before = inflater.at;
    const ahead = this.#framing === 'deflate64' ? AHEAD_64 : AHEAD;
    const room = Math.min(window, Math.max(before + ahead, to - this.#base));
    const block = (this.#places.at(-1)?.out ?? 0) + this.#spacing - this.#base;
    const stop = inflater.inflate(this.#window, Math.max(0, this.#streamAt - this.#base), room, block);
    if (this.#framing === 'gzip') this.#check(before);
    return await this.#after(stop);
  }

  /** Most streams of an archive are far smaller than a whole window, and there may be a million of them. */
  #widen(): void {
    const length = Math.min(this.#windowLimit, this.#window.length * 4);
    if (length === this.#window.length) return;
    const wider = new Uint8Array(length);
    wider.set(this.#window);
    this.#window = wider;
  }

  async #after(stop: InflateStop): Promise<void> {
    if (stop === 'block') this.#note('blocks', this.#packedBits);
    if (stop === 'damaged') {
      const at = Math.floor(this.#packedBits / 8);
      this.#stop('damaged', `packed bytes are damaged at byte ${at} of ${this.#packed.size}: ${this.#inflater.wrong}`);
    }
    if (stop === 'end') {
      this.#next = Math.ceil(this.#packedBits / 8);
      if (this.#framing === 'gzip') this.#stage = 'trailer';
      else this.#finish();
    }
    if (stop !== 'input') return;
    const input = await this.#packed.from(this.#next, 1);
    if (input.length === 0) this.#stop('truncated', `packed bytes end at byte ${this.#next} in the middle of a block`);
    this.#next += input.length;
    this.#inflater.feed(input);
  }

  /** Notes a place to go on from, and thins the places out where there are too many. */
  #note(stage: 'header' | 'blocks', bits: number): void {
    const out = this.#out;
    if (out < (this.#places.at(-1)?.out ?? 0) + this.#spacing) return;
    const reach = this.#framing === 'deflate64' ? 2 ** 16 : 2 ** 15;
    const from =
      stage === 'header' ? this.#inflater.at : Math.max(0, this.#streamAt - this.#base, this.#inflater.at - reach);
    const history = this.#window.slice(from, this.#inflater.at);
    this.#places.push({ out, bits, history, streamAt: this.#streamAt, stage, member: this.#member });
    if (this.#places.length <= this.#shape.places) return;
    this.#places = this.#places.filter((_, index) => index % 2 === 1);
    this.#spacing *= 2;
  }

  async #readHeader(): Promise<void> {
    this.#streamAt = this.#out;
    this.#note('header', this.#next * 8);
    let bytes = await this.#packed.from(this.#next, 18);
    if (this.#member > 0 && bytes[0] !== 0x1f) return await this.#readPadding();
    let header = gzipHeader(bytes);
    while (header === 'more' && this.#next + bytes.length < this.#packed.size) {
      const held = bytes.length;
      bytes = await this.#packed.from(this.#next, held * 2);
      if (bytes.length === held) break;
      header = gzipHeader(bytes);
    }
    if (header === undefined)
      this.#stop('damaged', `expected a gzip member at packed byte ${this.#next}, found other bytes`);
    else if (header === 'more')
      this.#stop('truncated', `packed bytes end at byte ${this.#next + bytes.length} in a gzip header`);
    else {
      this.#next += header.length;
      this.#begin = this.#next;
      this.#inflater.begin(0, this.#inflater.at);
      this.#stage = 'blocks';
    }
  }

  /** What stands behind the last member: nothing, or zeroes up to the end of a tape's block. */
  async #readPadding(): Promise<void> {
    const end = this.#next;
    for (let at = end; ;) {
      const bytes = await this.#packed.from(at, 1);
      if (bytes.length === 0) return this.#finish();
      const other = bytes.findIndex((byte) => byte !== 0);
      if (other >= 0) {
        const size = this.#packed.size - end;
        return this.#stop(
          'damaged',
          `expected the end of a gzip stream at packed byte ${end}, found ${size} bytes of something else`,
        );
      }
      at += bytes.length;
    }
  }

  /** @see RFC 1952 section 2.3.1: CRC-32 and number of bytes, modulo 2^32, both little-endian */
  async #readTrailer(): Promise<void> {
    const bytes = await this.#packed.from(this.#next, 8);
    if (bytes.length < 8)
      return this.#stop('truncated', `packed bytes end at byte ${this.#next + bytes.length} in a checksum`);
    if (this.#member === this.#checkedMembers) {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const stated = view.getUint32(0, true);
      const length = this.#out - this.#streamAt;
      if (stated !== this.#crc)
        this.#report(
          'damaged',
          `CRC-32 of ${length} inflated bytes is ${hex(this.#crc)}, the gzip stream states ${hex(stated)}`,
        );
      if (view.getUint32(4, true) !== length % 2 ** 32)
        this.#report('damaged', `gzip stream states ${view.getUint32(4, true)} bytes, ${length} were inflated`);
      this.#checkedMembers += 1;
      this.#crc = 0;
    }
    this.#member += 1;
    this.#next += 8;
    this.#stage = 'header';
  }

  #check(before: number): void {
    const from = Math.max(before, this.#checked - this.#base);
    if (from >= this.#inflater.at) return;
    this.#crc = crc32(this.#window.subarray(from, this.#inflater.at), this.#crc);
    this.#checked = this.#out;
  }

  #stop(reason: GapReason, says: string): void {
    this.#report(reason, says);
    this.#finish();
  }

  #finish(): void {
    this.#stage = 'end';
    this.#end ??= this.#out;
    this.#usedPacked = this.#next;
  }

  #report(reason: GapReason, says: string): void {
    if (this.#end !== undefined || this.#gaps.length >= MOST_GAPS) return;
    this.#gaps.push({
      is: 'gap',
      reason,
      origin: { offset: this.#streamAt, length: this.#out - this.#streamAt },
      says,
    });
  }
}

type Stage = 'header' | 'blocks' | 'trailer' | 'end';

/** From where inflating can go on. */
interface Place {
  /** In the inflated bytes. */
  readonly out: number;
  /** In the packed bytes, in bits. */
  readonly bits: number;
  /** The inflated bytes before. */
  readonly history: Uint8Array;
  readonly streamAt: number;
  readonly stage: 'header' | 'blocks';
  readonly member: number;
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

const MIB = 2 ** 20;
/** More than the farthest reach and the longest match of Deflate64 together. */
const FIRST_WINDOW = MIB / 4;
const SHAPE: InflatedShape = { window: 8 * MIB, kept: 4 * MIB, spacing: MIB / 16, places: 1024 };
/** Inflated at least in one go; for Deflate64 more than its longest match, so that the inflater can keep to its fast way. */
const AHEAD = 16 * 1024;
const AHEAD_64 = 128 * 1024;
const MOST_GAPS = 100;
/** What a packed byte can become at most: a match of 258 bytes in 2 bits, of 65,538 bytes in 18 bits. */
const MOST_RATIO = 1032;
const MOST_RATIO_64 = 29_128;
