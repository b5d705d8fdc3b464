import type { Bytes } from './member.ts';

/** A run of other bytes, counted from its own begin. Nothing outside it can be read. */
export class ByteRange implements Bytes {
  readonly size: number;
  readonly #bytes: Bytes;
  readonly #start: number;

  /** @param size bytes, of which fewer may be there */
  constructor(bytes: Bytes, start: number, size: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.size = size;
  }

  readInto(at: number, into: Uint8Array): number | Promise<number> {
    if (at < 0 || at >= this.size) return 0;
    return this.#bytes.readInto(this.#start + at, into.subarray(0, Math.min(into.length, this.size - at)));
  }
}

/** Reads a run of bytes whole; shorter where the bytes end early. */
export async function readRun(bytes: Bytes, at: number, length: number): Promise<Uint8Array> {
  const run = new Uint8Array(length);
  return run.subarray(0, await fill(bytes, at, run));
}

/** Fills `into` although the source may answer a piece at a time. */
export async function fill(bytes: Bytes, at: number, into: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const answer = bytes.readInto(at + filled, filled === 0 ? into : into.subarray(filled));
    const count = typeof answer === 'number' ? answer : await answer;
    if (count === 0) break;
    filled += count;
  }
  return filled;
}
