import type { ByteSource } from '../../model/evidence.ts';
import type { Gap } from '../../model/reading.ts';
import { decodeUtf16, textStart, utf8OrLatin1 } from '../../bytes/text.ts';
import type { Encoding } from '../../bytes/text.ts';

/**
 * A stretch of a text artifact that moves along with the reading, always filled to a whole block, so that nothing
 * depends on how the source slices its answers. Places in it count characters: bytes in UTF-8, pairs of bytes in UTF-16.
 */
export class ByteWindow {
  /** One byte a character, of UTF-16 the low half, or FF where it is not ASCII. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Characters that stand in `bytes`. */
  end = 0;
  /** Bytes of the byte order mark. */
  mark = 0;
  /** Set when no more bytes come. */
  done = false;
  /** What the source did not give, or the odd byte at the end of UTF-16. */
  lost: Gap | undefined;
  readonly #source: ByteSource;
  #encoding: Encoding = 'utf-8';
  #raw: Uint8Array;
  /** Bytes that stand in `#raw`. */
  #filled = 0;
  /** Offset of the first byte of `#raw`. */
  #base = 0;
  /** Offset behind the last byte read. */
  #read = 0;
  #started = false;

  constructor(source: ByteSource) {
    this.#source = source;
    this.#raw = new Uint8Array(Math.min(source.size, BLOCK));
  }

  get width(): 1 | 2 {
    return this.#encoding === 'utf-8' ? 1 : 2;
  }

  /** The offset in the artifact of a place. */
  offsetOf(place: number): number {
    return this.#base + place * this.width;
  }

  /** Forgets what stands before a place and reads the next block; places move down by as much. */
  async advance(from: number): Promise<void> {
    const { size } = this.#source;
    const dropped = from * this.width;
    const kept = this.#filled - dropped;
    const want = Math.min(BLOCK, size - this.#read);
    if (kept + want > this.#raw.length) {
      const room = new Uint8Array(Math.max(kept + want, Math.min(2 * this.#raw.length, MOST)));
      room.set(this.#raw.subarray(dropped, this.#filled));
      this.#raw = room;
    } else if (dropped > 0) this.#raw.copyWithin(0, dropped, this.#filled);
    this.#base += dropped;
    this.#filled = kept;
    await this.#fill(want);
    if (!this.#started) this.#start();
    this.#narrow();
  }

  /** The characters between two places. What is not UTF-8 is read as ISO 8859-1. */
  text(from: number, to: number): string {
    const bytes = this.raw(from, to);
    return this.#encoding === 'utf-8' ? utf8OrLatin1(bytes) : decodeUtf16(bytes, this.#encoding);
  }

  raw(from: number, to: number): Uint8Array {
    return this.#raw.subarray(from * this.width, to * this.width);
  }

  async #fill(want: number): Promise<void> {
    const { size } = this.#source;
    let left = want;
    while (left > 0) {
      let count: number;
      try {
        count = await this.#source.readInto(this.#read, this.#raw.subarray(this.#filled, this.#filled + left));
      } catch {
        this.#lose('unreadable', `expected ${size - this.#read} more bytes, the source failed to read them`);
        return;
      }
      if (!(count > 0)) {
        this.#lose('truncated', `expected ${size} bytes, the source ended after ${this.#read}`);
        return;
      }
      const taken = Math.min(count, left);
      this.#filled += taken;
      this.#read += taken;
      left -= taken;
    }
    if (this.#read >= size) this.done = true;
  }

  #lose(reason: Gap['reason'], says: string): void {
    this.done = true;
    this.lost = { is: 'gap', reason, origin: { offset: this.#read, length: this.#source.size - this.#read }, says };
  }

  #start(): void {
    this.#started = true;
    const { encoding, mark } = textStart(this.#raw.subarray(0, this.#filled));
    this.#encoding = encoding;
    this.mark = Math.min(mark, this.#filled);
  }

  #narrow(): void {
    if (this.#encoding === 'utf-8') {
      this.bytes = this.#raw;
      this.end = this.#filled;
      return;
    }
    const pairs = this.#filled >> 1;
    const narrow = new Uint8Array(pairs);
    const [low, high] = this.#encoding === 'utf-16le' ? [0, 1] : [1, 0];
    for (let at = 0; at < pairs; at += 1) {
      const byte = this.#raw[2 * at + low] ?? 0;
      narrow[at] = this.#raw[2 * at + high] === 0 && byte < 128 ? byte : 255;
    }
    this.bytes = narrow;
    this.end = pairs;
    if (!this.done || this.#filled % 2 === 0) return;
    const offset = this.#base + 2 * pairs;
    const length = this.#source.size - offset;
    const { reason, says } = this.lost ?? { reason: 'truncated', says: 'expected 2 bytes of UTF-16, stood 1' };
    this.lost = { is: 'gap', reason, origin: { offset, length }, says };
  }
}

const BLOCK = 1024 * 1024;
const MOST = 8 * BLOCK;
