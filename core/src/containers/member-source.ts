import { crc32 } from '../bytes/crc32.ts';
import type { ByteSource } from '../model/evidence.ts';
import type { Gap, GapReason } from '../model/reading.ts';
import type { Bytes, GapReporting } from './member.ts';

/** What can be said only when the last byte of a member was read. */
export type Closing = () => Promise<readonly Gap[]>;

/**
 * The bytes of one member as a source. While they are read in order from the first to the last, which a first pass does,
 * they are checked; what does not fit stands in `gaps`, and the bytes are given as they are.
 */
export class MemberSource implements ByteSource, GapReporting {
  readonly size: number;
  readonly #bytes: Bytes;
  readonly #crc: number | undefined;
  readonly #closings: readonly Closing[];
  readonly #release: () => Promise<void>;
  readonly #gaps: Gap[];
  #checked = 0;
  #sum = 0;
  #isChecked = false;

  /** @param options.size bytes that can be read, which the container states */
  constructor(
    bytes: Bytes,
    options: {
      size: number;
      /** CRC-32 that the bytes must have; absent where none is stated, or where not all of them are read. */
      crc?: number | undefined;
      gaps?: readonly Gap[];
      closings?: readonly Closing[];
      release?: () => Promise<void>;
    },
  ) {
    this.#bytes = bytes;
    this.size = options.size;
    this.#crc = options.crc;
    this.#gaps = [...(options.gaps ?? [])];
    this.#closings = options.closings ?? [];
    this.#release = options.release ?? (() => Promise.resolve());
  }

  gaps(): readonly Gap[] {
    return this.#gaps;
  }

  readInto(at: number, into: Uint8Array): number | Promise<number> {
    const wanted = Math.min(into.length, this.size - at);
    if (at < 0 || wanted <= 0) return 0;
    const part = into.subarray(0, wanted);
    const count = this.#bytes.readInto(at, part);
    if (this.#isChecked) return count;
    if (typeof count === 'number' && !this.#isLast(at, count)) return this.#check(at, part.subarray(0, count));
    return this.#finish(at, part, count);
  }

  close(): Promise<void> {
    return this.#release();
  }

  /** Whether the read reaches the end of what there is, for the first time and without a hole before it. */
  #isLast(at: number, count: number): boolean {
    return at <= this.#checked && (at + count >= this.size || count === 0);
  }

  async #finish(at: number, part: Uint8Array, answer: number | Promise<number>): Promise<number> {
    const count = this.#check(at, part.subarray(0, await answer));
    if (!this.#isChecked && this.#isLast(at, count)) {
      this.#isChecked = true;
      if (this.#crc !== undefined && this.#checked === this.size && this.#sum !== this.#crc) {
        this.#gaps.push(otherCrc(this.#sum, this.#crc, this.size));
      }
      if (this.#checked < this.size) {
        const says = `container states ${this.size} bytes for the member, ${this.#checked} could be read`;
        this.#gaps.push(memberGap('truncated', { from: this.#checked, to: this.size }, says));
      }
      for (const closing of this.#closings) this.#gaps.push(...(await closing()));
    }
    return count;
  }

  #check(at: number, bytes: Uint8Array): number {
    if (at <= this.#checked && at + bytes.length > this.#checked) {
      if (this.#crc !== undefined) this.#sum = crc32(bytes.subarray(this.#checked - at), this.#sum);
      this.#checked = at + bytes.length;
    }
    return bytes.length;
  }
}

/** Bytes in memory. */
export class MemoryBytes implements Bytes {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  readInto(at: number, into: Uint8Array): number {
    const part = this.#bytes.subarray(at, at + into.length);
    into.set(part);
    return part.length;
  }
}

export function memberGap(reason: GapReason, { from, to }: { from: number; to: number }, says: string): Gap {
  return { is: 'gap', reason, origin: { offset: from, length: Math.max(0, to - from) }, says };
}

/** What is not read of a member because a limit bites; nothing where none does. */
export function cutGaps(limit: number, size: number): readonly Gap[] {
  const says = `member of ${size} bytes is read up to ${limit} bytes, the limit for it in its container`;
  return limit < size ? [memberGap('limit', { from: limit, to: size }, says)] : [];
}

export function otherCrc(sum: number, stated: number, size: number): Gap {
  const says = `CRC-32 of the member's bytes is ${hex(sum)}, the container states ${hex(stated)}`;
  return memberGap('damaged', { from: 0, to: size }, says);
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

/** Members up to this size are unpacked into memory at once. */
export const SMALL: number = 32 * 2 ** 20;
