import type { Micros } from '../model/evidence.ts';

export interface GzipHeader {
  /** Bytes up to the deflate stream. */
  readonly length: number;
  /** Name of the file that was packed, Latin-1 as the packer wrote it. */
  readonly name: string | undefined;
  readonly modified: Micros | undefined;
}

/**
 * Reads the header of a gzip member. Its own CRC-16 is not checked: the CRC-32 behind the stream covers what counts.
 *
 * @returns `more` if the header goes on behind the bytes, `undefined` if they are none
 * @see RFC 1952 section 2.3
 */
export function gzipHeader(bytes: Uint8Array): GzipHeader | 'more' | undefined {
  const magic = [0x1f, 0x8b, 8];
  if (magic.some((byte, at) => at < bytes.length && bytes[at] !== byte)) return undefined;
  if (bytes.length < 10) return 'more';
  const flags = bytes[3] ?? 0;
  if ((flags & RESERVED) !== 0) return undefined;
  let at = 10;
  if ((flags & EXTRA) !== 0) {
    if (bytes.length < 12) return 'more';
    at = 12 + (bytes[10] ?? 0) + ((bytes[11] ?? 0) << 8);
  }
  let name: string | undefined;
  for (const flag of [NAME, COMMENT]) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0 || at > bytes.length) return bytes.length - at > LONGEST_NAME ? undefined : 'more';
    if (flag === NAME) name = String.fromCharCode(...bytes.subarray(at, Math.min(end, at + LONGEST_NAME)));
    at = end + 1;
  }
  if ((flags & HEADER_CRC) !== 0) at += 2;
  if (at > bytes.length) return 'more';
  const seconds = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  return { length: at, name, modified: seconds === 0 ? undefined : seconds * 1_000_000 };
}

const HEADER_CRC = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;
const RESERVED = 0xe0;
const LONGEST_NAME = 4096;
