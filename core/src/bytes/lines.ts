import type { ByteSource } from '../model/evidence.ts';
import type { Extent, Gap, Structure } from '../model/reading.ts';
import { asciiText, decodeUtf16, latin1Text, textStart, utf8OrLatin1 } from './text.ts';
import type { Encoding } from './text.ts';

/** One line of a text artifact. Lines, gaps and structures of one artifact tile it: every byte once, in order. */
export interface Line extends Extent {
  readonly is: 'line';
  /** Without its line end (LF or CRLF) and without a byte order mark that a restarted writer left at its begin. */
  readonly text: string;
  /** Whether a line feed ended it. Only a line before the end, a run of NULs or a failed read has none. */
  readonly ended: boolean;
}

export type LineReading = Line | Gap | Structure;

/** The longest line that is kept, in bytes with its line end. Nothing that a log service writes comes near it. */
export const LINE_LIMIT: number = 1024 * 1024;

/**
 * Cuts a text artifact into lines, in batches of a few thousand.
 *
 * Encodings: UTF-8, UTF-16 LE and BE, with or without byte order mark. A line that is not UTF-8 is read as ISO 8859-1,
 * one character a byte, so that nothing throws and no byte is lost. Line ends: LF and CRLF; a lone CR is text.
 *
 * What is not a line: a run of NULs is a gap `damaged` wherever it stands (after a crash NTFS hands back zeroes for what
 * was allocated and never written) and ends the line before it. A line over `LINE_LIMIT` is a gap `limit`; memory stays
 * bounded however long it is. A source that ends before its stated size leaves a gap `truncated`, one that fails a gap
 * `unreadable`, over the rest.
 *
 * Memory: two mebibytes for bytes, and one batch. How the source slices its answers changes nothing.
 */
export async function* readLines(source: ByteSource): AsyncGenerator<readonly LineReading[], void, undefined> {
  const size = source.size;
  const buffer = new Uint8Array(Math.min(size, LINE_LIMIT + BLOCK));
  let cutter: LineCutter | undefined;
  let kept = 0;
  let at = 0;
  while (at < size) {
    const into = buffer.subarray(kept, Math.min(kept + BLOCK, kept + size - at, buffer.length));
    const { filled, failed } = await fill(source, at, into);
    cutter ??= new LineCutter(textStart(buffer.subarray(0, filled)));
    const end = kept + filled;
    yield* cutter.cut(buffer.subarray(0, end), at - kept);
    kept = cutter.left;
    buffer.copyWithin(0, end - kept, end);
    at += filled;
    if (filled < into.length) {
      yield [...cutter.finish(buffer.subarray(0, kept), at - kept), lost(at, size, failed)];
      return;
    }
  }
  const last = cutter?.finish(buffer.subarray(0, kept), at - kept) ?? [];
  if (last.length > 0) yield last;
}

async function fill(source: ByteSource, at: number, into: Uint8Array): Promise<{ filled: number; failed: boolean }> {
  let filled = 0;
  while (filled < into.length) {
    let count: number;
    try {
      const answer = source.readInto(at + filled, filled === 0 ? into : into.subarray(filled));
      count = typeof answer === 'number' ? answer : await answer;
    } catch {
      return { filled, failed: true };
    }
    if (!(count > 0)) return { filled, failed: false };
    filled += Math.min(count, into.length - filled);
  }
  return { filled, failed: false };
}

function lost(at: number, size: number, failed: boolean): Gap {
  const says = failed
    ? `expected ${size - at} more bytes, the source failed to read them`
    : `expected ${size} bytes, the source ended after ${at}`;
  return gap(failed ? 'unreadable' : 'truncated', at, size, says);
}

function gap(reason: Gap['reason'], from: number, to: number, says: string): Gap {
  return { is: 'gap', reason, origin: { offset: from, length: to - from }, says };
}

/** Holds what one block of bytes leaves open for the next: a run of NULs, a line over the limit. */
class LineCutter {
  /** Bytes at the end of the last block that begin a line and have to come again in front of the next block. */
  left = 0;
  readonly #encoding: Encoding;
  readonly #width: 1 | 2;
  #mark: number;
  #nulFrom = -1;
  #overlongFrom = -1;

  constructor(start: { encoding: Encoding; mark: number }) {
    this.#encoding = start.encoding;
    this.#width = start.encoding === 'utf-8' ? 1 : 2;
    this.#mark = start.mark;
  }

  /** @param base the offset of `bytes[0]` in the artifact */
  *cut(bytes: Uint8Array, base: number): Generator<LineReading[], void, undefined> {
    if (this.#encoding === 'utf-8' && this.#overlongFrom < 0 && isZero(bytes)) {
      // Sparse and preallocated files are gigabytes of these.
      if (this.#nulFrom < 0) this.#nulFrom = base;
      this.left = 0;
      return;
    }
    let out: LineReading[] = [];
    let from = this.#takeMark(bytes, base, out);
    if (this.#overlongFrom >= 0) from = this.#skipOverlong(bytes, base, from, out);
    const end = Math.max(from, lastBoundary(bytes, from, bytes.length, this.#encoding));
    while (from < end) {
      const to = this.#windowEnd(bytes, from, { end, window: WINDOW });
      this.#cutWindow(bytes.subarray(from, to), base + from, out);
      from = to;
      if (out.length < BATCH) continue;
      yield out;
      out = [];
    }
    this.left = bytes.length - end;
    if (this.left > LINE_LIMIT && this.#overlongFrom < 0) {
      this.#endNuls(base + end, out);
      this.#overlongFrom = base + end;
    }
    if (this.#overlongFrom >= 0) this.left &= this.#width - 1;
    if (out.length > 0) yield out;
  }

  /** What is left when no more bytes come. */
  finish(bytes: Uint8Array, base: number): LineReading[] {
    const out: LineReading[] = [];
    const end = base + bytes.length;
    if (this.#overlongFrom >= 0) {
      out.push(overlong(this.#overlongFrom, end));
      return out;
    }
    this.#endNuls(base, out);
    const whole = bytes.length - (bytes.length % this.#width);
    if (whole > 0) this.#cutWindow(bytes.subarray(0, whole), base, out);
    if (whole < bytes.length) out.push(gap('truncated', base + whole, end, 'expected 2 bytes of UTF-16, stood 1'));
    return out;
  }

  #takeMark(bytes: Uint8Array, base: number, out: LineReading[]): number {
    const mark = this.#mark;
    if (mark === 0 || bytes.length < mark) return 0;
    this.#mark = 0;
    out.push({ is: 'structure', name: 'byte-order-mark', origin: { offset: base, length: mark } });
    return mark;
  }

  #skipOverlong(bytes: Uint8Array, base: number, from: number, out: LineReading[]): number {
    const boundary = firstBoundary(bytes, from, this.#encoding);
    if (boundary < 0) return bytes.length - (bytes.length % this.#width);
    const low = bytes[this.#encoding === 'utf-16le' ? boundary - 2 : boundary - 1];
    const end = low === 0 ? boundary - this.#width : boundary;
    out.push(overlong(this.#overlongFrom, base + end));
    this.#overlongFrom = -1;
    return end;
  }

  /** Windows hold whole lines and are short, because the lines of one window share one string. */
  #windowEnd(bytes: Uint8Array, from: number, { end, window }: { end: number; window: number }): number {
    if (end - from <= window) return end;
    const last = lastBoundary(bytes, from, from + window, this.#encoding);
    const boundary = last > from ? last : firstBoundary(bytes, from + window, this.#encoding);
    return boundary < 0 ? end : Math.min(end, boundary);
  }

  #cutWindow(bytes: Uint8Array, base: number, out: LineReading[]): void {
    const text = this.#encoding === 'utf-8' ? asciiText(bytes) : decodeUtf16(bytes, this.#encoding);
    if (text === undefined) this.#cutMixed(bytes, base, out);
    else this.#cutText({ text, base, bytes: undefined }, out);
  }

  /** In smaller windows: a few accents in a log should not cost the fast path of all lines around them. */
  #cutMixed(bytes: Uint8Array, base: number, out: LineReading[]): void {
    for (let from = 0; from < bytes.length;) {
      const to = this.#windowEnd(bytes, from, { end: bytes.length, window: SMALL_WINDOW });
      const window = bytes.subarray(from, to);
      const text = asciiText(window);
      if (text === undefined) this.#cutText({ text: latin1Text(window), base: base + from, bytes: window }, out);
      else this.#cutText({ text, base: base + from, bytes: undefined }, out);
      from = to;
    }
  }

  /** `text` has one unit for every byte, or for every two of UTF-16; where that is a stand-in, `bytes` are given too. */
  #cutText(
    { text, base, bytes }: { text: string; base: number; bytes: Uint8Array | undefined },
    out: LineReading[],
  ): void {
    const width = this.#width;
    let nul = text.indexOf('\0');
    let at = 0;
    while (at < text.length) {
      if (at === nul) {
        if (this.#nulFrom < 0) this.#nulFrom = base + at * width;
        while (at < text.length && text.charCodeAt(at) === 0) at++;
        nul = text.indexOf('\0', at);
        continue;
      }
      if (this.#nulFrom >= 0) this.#endNuls(base + at * width, out);
      const feed = text.indexOf('\n', at);
      const ended = feed >= 0 && (nul < 0 || feed < nul);
      const end = ended ? feed + 1 : nul < 0 ? text.length : nul;
      const length = (end - at) * width;
      const offset = base + at * width;
      if (length <= LINE_LIMIT)
        out.push({ is: 'line', offset, length, text: lineText(text, at, ended ? feed : end, bytes), ended });
      else out.push(overlong(offset, offset + length));
      at = end;
    }
  }

  #endNuls(end: number, out: LineReading[]): void {
    const from = this.#nulFrom;
    this.#nulFrom = -1;
    if (from >= 0) out.push(gap('damaged', from, end, `expected text, stood ${end - from} NUL bytes`));
  }
}

function overlong(from: number, to: number): Gap {
  return gap('limit', from, to, `expected a line of at most ${LINE_LIMIT} bytes, stood one of ${to - from}`);
}

/** @param bytes the bytes behind `text` where `text` is their Latin-1 stand-in, one unit a byte */
function lineText(text: string, from: number, to: number, bytes: Uint8Array | undefined): string {
  const end = to > from && text.charCodeAt(to - 1) === 13 ? to - 1 : to;
  const piece = text.slice(from, end);
  const line = bytes !== undefined && NOT_ASCII.test(piece) ? utf8OrLatin1(bytes.subarray(from, end)) : piece;
  return line.charCodeAt(0) === 0xfeff ? line.slice(1) : line;
}

/** The place after the last line feed or NUL in `[from, to)`, or -1. */
function lastBoundary(bytes: Uint8Array, from: number, to: number, encoding: Encoding): number {
  if (encoding !== 'utf-8') {
    for (let at = from + ((to - from) & ~1) - 2; at >= from; at -= 2)
      if (isBoundary(bytes, at, encoding)) return at + 2;
    return -1;
  }
  const feed = bytes.subarray(from, to).lastIndexOf(10);
  const nul = bytes.subarray(from + feed + 1, to).lastIndexOf(0);
  if (nul >= 0) return from + feed + 1 + nul + 1;
  return feed < 0 ? -1 : from + feed + 1;
}

/** The place after the first line feed or NUL at or after `from`, or -1. */
function firstBoundary(bytes: Uint8Array, from: number, encoding: Encoding): number {
  if (encoding !== 'utf-8') {
    for (let at = from; at + 1 < bytes.length; at += 2) if (isBoundary(bytes, at, encoding)) return at + 2;
    return -1;
  }
  const feed = bytes.indexOf(10, from);
  const nul = (feed < 0 ? bytes : bytes.subarray(0, feed)).indexOf(0, from);
  return (nul < 0 ? feed : nul) + 1 || -1;
}

/** Whether a block that begins on a multiple of four holds zeroes only. */
function isZero(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0 || bytes.length % 4 !== 0 || bytes.byteOffset % 4 !== 0) return false;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  for (let at = 0; at < words.length; at += 1) if (words[at] !== 0) return false;
  return true;
}

function isBoundary(bytes: Uint8Array, at: number, encoding: Encoding): boolean {
  const little = encoding === 'utf-16le';
  const low = bytes[little ? at : at + 1];
  return bytes[little ? at + 1 : at] === 0 && (low === 10 || low === 0);
}

const BLOCK = 1024 * 1024;
const WINDOW = 64 * 1024;
const SMALL_WINDOW = 4 * 1024;
const BATCH = 2048;
const NOT_ASCII = /[\u0080-\u00ff]/;
