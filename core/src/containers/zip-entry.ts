import { crc32 } from '../bytes/crc32.ts';
import { filetime } from '../bytes/time.ts';
import { cp437 } from './cp437.ts';
import type { MemberTimes } from './member.ts';
import { nameOfUtf8, utf8 } from './member-path.ts';

/** What a zip says of one member, in its directory or, where there is none, in front of the member. */
export interface ZipEntry {
  readonly name: string;
  /** As it stands in the archive; absent where it is ASCII, so that a million names are not held twice. */
  readonly rawName: Uint8Array | undefined;
  /** Bytes of the name in the archive. */
  readonly nameLength: number;
  readonly flags: number;
  /** Of the bytes inside where they are encrypted with AES. */
  readonly method: number;
  readonly aes: ZipAes | undefined;
  /** `undefined` where it is not stated. */
  readonly crc: number | undefined;
  readonly packedSize: number;
  readonly size: number;
  /** Where the local header stands, from the first byte of the artifact. */
  readonly offset: number;
  /** Time of last modification, MS-DOS; its high byte checks a password. */
  readonly dosTime: number;
  readonly kind: 'file' | 'folder' | 'symbolic link';
  readonly times: MemberTimes;
  /** What had to be guessed where the archive has no directory. */
  readonly guessed?: string;
}

/** @see WinZip, AES Encryption Information, section II */
export interface ZipAes {
  /** AE-2 states no CRC-32. */
  readonly version: number;
  /** 1 to 3, for keys of 16, 24 and 32 bytes. */
  readonly strength: number;
}

export const LOCAL_SIGNATURE = 0x04034b50;
export const CENTRAL_SIGNATURE = 0x02014b50;
/** Bytes of a header before name and extra field. */
export const LOCAL_HEADER = 30;
export const CENTRAL_HEADER = 46;

export const ENCRYPTED = 1;
export const DESCRIPTOR = 8;
export const PATCH = 0x20;
export const STRONG_ENCRYPTION = 0x40;
const UTF8 = 0x800;
const MASKED = 0x2000;

/**
 * Reads a header of the central directory. All numbers are little-endian.
 *
 * @param header from the signature on, name and extra field included
 * @param shift what is to be added to the offsets, where bytes stand before the archive
 * @see APPNOTE.TXT 4.3.12
 */
export function centralEntry(header: Uint8Array, shift: number): ZipEntry {
  const view = viewOf(header);
  const nameEnd = CENTRAL_HEADER + view.getUint16(28, true);
  const stated = {
    packedSize: view.getUint32(20, true),
    size: view.getUint32(24, true),
    offset: view.getUint32(42, true),
  };
  const extra = readExtra(header.subarray(nameEnd, nameEnd + view.getUint16(30, true)), stated);
  const rawName = header.subarray(CENTRAL_HEADER, nameEnd);
  const flags = view.getUint16(8, true);
  const madeBy = view.getUint16(4, true) >>> 8;
  return {
    ...common(view, 8, { rawName, flags, extra }),
    offset: extra.offset + shift,
    kind: kindOf(rawName, madeBy, view.getUint32(38, true)),
  };
}

/**
 * Reads a local header. Sizes and checksum are 0 where they stand behind the member's bytes.
 *
 * @see APPNOTE.TXT 4.3.7
 */
export function localEntry(header: Uint8Array, offset: number): ZipEntry {
  const view = viewOf(header);
  const nameEnd = LOCAL_HEADER + view.getUint16(26, true);
  const stated = { packedSize: view.getUint32(18, true), size: view.getUint32(22, true), offset: 0 };
  const extra = readExtra(header.subarray(nameEnd, nameEnd + view.getUint16(28, true)), stated);
  const rawName = header.subarray(LOCAL_HEADER, nameEnd);
  const flags = view.getUint16(6, true);
  return { ...common(view, 6, { rawName, flags, extra }), offset, kind: kindOf(rawName, 0, 0) };
}

/** The method by its name, for those that are not read here. @see APPNOTE.TXT 4.4.5 */
export function methodName(method: number): string {
  return METHODS[method] ?? `method ${method}`;
}

/** Whether the directory itself is encrypted, so that names are masked. @see APPNOTE.TXT 4.4.4 */
export function isMasked(entry: ZipEntry): boolean {
  return (entry.flags & MASKED) !== 0;
}

interface Extra {
  readonly packedSize: number;
  readonly size: number;
  readonly offset: number;
  readonly unicodeName: Uint8Array | undefined;
  readonly unicodeCrc: number;
  readonly times: MemberTimes;
  readonly aes: (ZipAes & { readonly method: number }) | undefined;
}

/** Both headers have flags, method, time, date and checksum in the same order, from `at` on. */
function common(
  view: DataView,
  at: number,
  { rawName, flags, extra }: { rawName: Uint8Array; flags: number; extra: Extra },
): Omit<ZipEntry, 'offset' | 'kind'> {
  const method = view.getUint16(at + 2, true);
  const dosTime = view.getUint16(at + 4, true);
  const localModified = dosStamp(view.getUint16(at + 6, true), dosTime);
  const aes = method === 99 ? extra.aes : undefined;
  const crc = view.getUint32(at + 8, true);
  const name = nameOf(rawName, flags, extra);
  return {
    name,
    // A copy, because a part of the directory would keep all of it.
    rawName: isAscii(rawName, name) ? undefined : rawName.slice(),
    nameLength: rawName.length,
    flags,
    method: aes === undefined ? method : aes.method,
    aes,
    crc: aes?.version === 2 ? undefined : crc,
    packedSize: extra.packedSize,
    size: extra.size,
    dosTime,
    times: localModified === undefined ? extra.times : { ...extra.times, localModified },
  };
}

function isAscii(raw: Uint8Array, name: string): boolean {
  return raw.length === name.length && raw.every((byte, at) => byte < 0x80 && byte === name.charCodeAt(at));
}

/**
 * Text of a name: UTF-8 where the flag, the Unicode path field or the bytes themselves say so, else code page 437. That a
 * name in a code page happens to be valid UTF-8 is all but impossible, and macOS sets no flag.
 *
 * @see APPNOTE.TXT appendix D and 4.6.9
 */
function nameOf(raw: Uint8Array, flags: number, extra: Extra): string {
  if ((flags & UTF8) !== 0) return nameOfUtf8(raw);
  if (extra.unicodeName !== undefined && extra.unicodeCrc === crc32(raw)) return nameOfUtf8(extra.unicodeName);
  return utf8(raw) ?? cp437(raw);
}

/** Reads the fields of an extra field that matter here; a field that goes past the end is left out. @see APPNOTE.TXT 4.5 */
function readExtra(bytes: Uint8Array, stated: { packedSize: number; size: number; offset: number }): Extra {
  const view = viewOf(bytes);
  let found: Extra = { ...stated, unicodeName: undefined, unicodeCrc: 0, times: {}, aes: undefined };
  for (let at = 0; at + 4 <= bytes.length;) {
    const id = view.getUint16(at, true);
    const length = view.getUint16(at + 2, true);
    const field = bytes.subarray(at + 4, at + 4 + length);
    if (field.length < length) break;
    const inside = viewOf(field);
    if (id === 0x0001) found = { ...found, ...zip64(inside, stated) };
    else if (id === 0x7075 && length > 5 && field[0] === 1)
      found = { ...found, unicodeCrc: inside.getUint32(1, true), unicodeName: field.subarray(5) };
    else if (id === 0x9901 && length >= 7)
      found = {
        ...found,
        aes: { version: inside.getUint16(0, true), strength: field[4] ?? 0, method: inside.getUint16(5, true) },
      };
    else if (id === 0x000a) found = { ...found, times: { ...found.times, ...ntfsTimes(inside) } };
    else if (id === 0x5455 && length >= 5 && ((field[0] ?? 0) & 1) === 1)
      found = { ...found, times: { modified: inside.getInt32(1, true) * SECOND, ...found.times } };
    else if (id === 0x5855 && length >= 8)
      found = {
        ...found,
        times: {
          accessed: inside.getInt32(0, true) * SECOND,
          modified: inside.getInt32(4, true) * SECOND,
          ...found.times,
        },
      };
    at += 4 + length;
  }
  return found;
}

/** Only the numbers whose field is full stand here, in this order. @see APPNOTE.TXT 4.5.3 */
function zip64(
  view: DataView,
  stated: { packedSize: number; size: number; offset: number },
): { packedSize: number; size: number; offset: number } {
  let at = 0;
  const next = (from: number): number => {
    if (from !== 0xffffffff || at + 8 > view.byteLength) return from;
    at += 8;
    return u64(view, at - 8);
  };
  const size = next(stated.size);
  const packedSize = next(stated.packedSize);
  return { size, packedSize, offset: next(stated.offset) };
}

/** @see APPNOTE.TXT 4.5.5 */
function ntfsTimes(view: DataView): MemberTimes {
  for (let at = 4; at + 4 <= view.byteLength; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1 || view.getUint16(at + 2, true) < 24 || at + 28 > view.byteLength) continue;
    const [modified, accessed, created] = [4, 12, 20].map((place) => filetime(view, at + place));
    return {
      ...(modified === undefined ? {} : { modified }),
      ...(accessed === undefined ? {} : { accessed }),
      ...(created === undefined ? {} : { created }),
    };
  }
  return {};
}

/** @returns `undefined` for a date that is none, which many packers write for "not known" */
function dosStamp(date: number, time: number): string | undefined {
  const month = (date >>> 5) & 15;
  const day = date & 31;
  if (month < 1 || month > 12 || day < 1) return undefined;
  const clock = [time >>> 11, (time >>> 5) & 63, (time & 31) * 2].map(two).join(':');
  return `${1980 + (date >>> 9)}-${two(month)}-${two(day)}T${clock}`;
}

/** @see APPNOTE.TXT 4.4.15: the upper half is a mode of Unix where one made the archive, the lower one of MS-DOS */
function kindOf(rawName: Uint8Array, madeBy: number, attributes: number): ZipEntry['kind'] {
  const mode = attributes >>> 28;
  const unix = madeBy === 3 || madeBy === 19;
  if (unix && mode === 0xa) return 'symbolic link';
  const last = rawName.at(-1);
  if (last === SLASH || (last === BACKSLASH && !unix)) return 'folder';
  return (unix && mode === 4) || (!unix && (attributes & 0x10) !== 0) ? 'folder' : 'file';
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** A number that is too large to be exact is far larger than any archive, and stays so. */
export function u64(view: DataView, at: number): number {
  return Math.min(Number(view.getBigUint64(at, true)), Number.MAX_SAFE_INTEGER);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const SECOND = 1_000_000;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const METHODS: Readonly<Record<number, string>> = {
  1: 'Shrink',
  2: 'Reduce',
  3: 'Reduce',
  4: 'Reduce',
  5: 'Reduce',
  6: 'Implode',
  10: 'PKWARE DCL Implode',
  12: 'BZIP2',
  14: 'LZMA',
  16: 'CMPSC',
  18: 'IBM TERSE',
  19: 'LZ77',
  20: 'Zstandard',
  93: 'Zstandard',
  94: 'MP3',
  95: 'XZ',
  96: 'JPEG',
  97: 'WavPack',
  98: 'PPMd',
  99: 'AES without its extra field',
};
