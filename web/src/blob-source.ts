import type { ByteSource } from '@afterpatch/core/model/evidence.ts';

/** Reads a whole Blob: at once in a worker (`FileReaderSync`), or later (`Blob.arrayBuffer`). */
export type BlobReader = (blob: Blob) => ArrayBuffer | Promise<ArrayBuffer>;

/**
 * A dropped file as a byte source. Every read of a Blob is a round trip to another process of the browser, so small
 * reads are answered from a few windows of 256 KiB that were read before.
 *
 * The browser refuses to read a file that changed since it was dropped; what it throws becomes a gap.
 */
export class BlobSource implements ByteSource {
  readonly size: number;
  readonly #blob: Blob;
  readonly #read: BlobReader;
  /** The one used last stands last. */
  #windows: readonly Window[] = [];

  constructor(blob: Blob, read: BlobReader) {
    this.size = blob.size;
    this.#blob = blob;
    this.#read = read;
  }

  readInto(at: number, into: Uint8Array): number | Promise<number> {
    const wanted = Math.min(into.length, this.size - at);
    if (at < 0 || wanted <= 0) return 0;
    const held = this.#windows.find((window) => at >= window.at && at + wanted <= window.at + window.bytes.length);
    if (held !== undefined) return this.#copy(held, at, into.subarray(0, wanted));
    const from = wanted >= WINDOW ? at : at - (at % ALIGNED);
    const length = Math.max(wanted, Math.min(WINDOW, this.size - from), at + wanted - from);
    // A slice is one more object in the browser's other process: small files are read twice as fast without.
    const answer = this.#read(length === this.size ? this.#blob : this.#blob.slice(from, from + length));
    const take = (buffer: ArrayBuffer): number => {
      const window = { at: from, bytes: new Uint8Array(buffer) };
      const there = Math.max(0, Math.min(wanted, from + window.bytes.length - at));
      return this.#copy(window, at, into.subarray(0, there));
    };
    return answer instanceof ArrayBuffer ? take(answer) : answer.then(take);
  }

  close(): Promise<void> {
    this.#windows = [];
    return Promise.resolve();
  }

  #copy(window: Window, at: number, into: Uint8Array): number {
    into.set(window.bytes.subarray(at - window.at, at - window.at + into.length));
    // A large read is not kept: it was one of a run from the first byte to the last.
    if (window.bytes.length <= WINDOW && this.#windows.at(-1) !== window)
      this.#windows = [...this.#windows.filter((other) => other !== window).slice(1 - KEPT), window];
    return into.length;
  }
}

interface Window {
  readonly at: number;
  readonly bytes: Uint8Array;
}

const WINDOW = 256 * 1024;
const ALIGNED = 4096;
const KEPT = 4;
