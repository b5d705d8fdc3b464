import type { Micros } from '../model/evidence.ts';
import { nameOfUtf8, utf8 } from './member-path.ts';

export interface TarHeader {
  readonly name: string;
  /** The type flag as a character; `0` for a file. */
  readonly type: string;
  readonly size: number;
  readonly modified: Micros | undefined;
  readonly linkName: string;
  /** A sparse file whose map goes on in further blocks. */
  readonly isExtended: boolean;
}

export const TAR_BLOCK = 512;

/**
 * Reads a header block: `ustar` as POSIX and GNU write it, and the older form without either name.
 *
 * @returns `undefined` if its checksum does not fit
 * @see POSIX.1-2017, pax, "ustar Interchange Format"
 */
export function tarHeader(block: Uint8Array): TarHeader | undefined {
  if (block.length < TAR_BLOCK || !hasChecksum(block)) return undefined;
  const size = number(block, 124, 12);
  if (size === undefined) return undefined;
  const modified = number(block, 136, 12);
  const isPosix = ascii(block, 257, 6) === 'ustar\0';
  const prefix = isPosix ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  const type = block[156] === 0 ? '0' : ascii(block, 156, 1);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type,
    size,
    modified: modified === undefined || modified === 0 ? undefined : modified * SECOND,
    linkName: text(block, 157, 100),
    isExtended: type === 'S' && block[482] !== 0,
  };
}

/** Whether a file of which these are the first bytes is a tar. */
export function isTar(head: Uint8Array): boolean {
  const header = tarHeader(head.subarray(0, TAR_BLOCK));
  return header !== undefined && (header.name !== '' || ascii(head, 257, 5) === 'ustar');
}

/**
 * Reads the records of a pax header: `length key=value\n`, the length in decimal and of the whole record.
 *
 * @see POSIX.1-2017, pax, "pax Extended Header"
 */
export function paxRecords(bytes: Uint8Array): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 || space - at > 10 ? Number.NaN : Number(ascii(bytes, at, space - at));
    if (!Number.isInteger(length) || length < 5 || at + length > bytes.length) return records;
    const record = bytes.subarray(space + 1, at + length - 1);
    const equals = record.indexOf(0x3d);
    if (equals > 0) records.set(nameOfUtf8(record.subarray(0, equals)), nameOfUtf8(record.subarray(equals + 1)));
    at += length;
  }
  return records;
}

/** Seconds since 1970 with a fraction, as text, in microseconds. */
export function paxTime(value: string | undefined): Micros | undefined {
  const match = /^(-?\d{1,12})(?:\.(\d{1,20}))?$/.exec(value ?? '');
  if (match === null) return undefined;
  return Number(match[1]) * SECOND + Number((match[2] ?? '').slice(0, 6).padEnd(6, '0'));
}

/** The sum of all bytes, the checksum's own taken as spaces; some packers summed signed bytes. */
function hasChecksum(block: Uint8Array): boolean {
  const stated = number(block, 148, 8);
  if (stated === undefined || stated === 0) return false;
  let plain = 0;
  let signed = 0;
  for (let at = 0; at < TAR_BLOCK; at += 1) {
    const byte = at >= 148 && at < 156 ? 0x20 : (block[at] ?? 0);
    plain += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  return stated === plain || stated === signed;
}

/** Octal digits, or, where the first bit is set, a big-endian number. */
function number(block: Uint8Array, at: number, length: number): number | undefined {
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) {
    if (first === 0xff) return undefined;
    let value = first & 0x7f;
    for (let place = at + 1; place < at + length; place += 1) value = value * 256 + (block[place] ?? 0);
    return Math.min(value, Number.MAX_SAFE_INTEGER);
  }
  const digits = ascii(block, at, length)
    .replace(/\0[^]*$/, '')
    .trim();
  return /^[0-7]{0,12}$/.test(digits) ? Number.parseInt(digits === '' ? '0' : digits, 8) : undefined;
}

function text(block: Uint8Array, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  const bytes = end < 0 ? field : field.subarray(0, end);
  return utf8(bytes) ?? nameOfUtf8(bytes);
}

function ascii(block: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...block.subarray(at, at + length));
}

const SECOND = 1_000_000;
