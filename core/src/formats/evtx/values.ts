import { decodeUtf16, latin1Text } from '../../bytes/text.ts';

/** BinXML value types, MS-EVEN6 2.2.12 and 3.1.4.7.3. The high bit makes an array of any of them. */
export const NULL = 0x00;
export const STRING = 0x01;
export const BINARY_XML = 0x21;
export const ARRAY = 0x80;

/** The bytes of one chunk; every offset in BinXML counts from its first byte. */
export interface ChunkBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Where a value lies in its chunk. The caller has checked that it lies inside. */
export interface Place {
  readonly at: number;
  readonly size: number;
}

/**
 * A value as Windows writes it when it renders an event as XML: integers decimal, HexInt with `0x`, GUID lower-case in
 * braces (as Windows 10 does, older ones in upper-case), SID `S-1-…`, FILETIME with seven digits and `Z`, binary as upper-case hex without spaces (MS-EVEN6 2.2.12.3
 * says with; Windows does without). A value whose size does not fit its type is shown as upper-case hex.
 */
export function valueText(chunk: ChunkBytes, type: number, place: Place): string {
  const { at, size } = place;
  if (size === 0) return '';
  switch (type) {
    case NULL:
      return '';
    case STRING:
    case EVENT_XML:
      return wideText(chunk.bytes, at, size);
    case ANSI_STRING:
      return latin1Text(trimNuls(chunk.bytes.subarray(at, at + size)));
    case INT8:
    case INT16:
    case INT32:
    case INT64:
      return signedText(chunk, at, size);
    case UINT8:
    case UINT16:
    case UINT32:
    case UINT64:
      return unsignedText(chunk, at, size);
    case REAL32:
    case REAL64:
      return realText(chunk, at, size);
    case BOOL:
      // Windows writes four bytes; some providers write one, two or eight (sample: irregular-bool-values).
      return chunk.bytes.subarray(at, at + size).some((byte) => byte !== 0) ? 'true' : 'false';
    case GUID:
      return size === 16 ? guidText(chunk, at) : hexText(chunk.bytes, at, size);
    case SIZE_T:
    case HEX32:
    case HEX64:
    case HANDLE:
      return isWord(size) ? `0x${wordHex(chunk, at, size)}` : hexText(chunk.bytes, at, size);
    case FILE_TIME:
      return size === 8 ? fileTimeText(chunk.view, at) : hexText(chunk.bytes, at, size);
    case SYSTEM_TIME:
      return size === 16 ? systemTimeText(chunk.view, at) : hexText(chunk.bytes, at, size);
    case SID:
      return sidText(chunk, at, size);
    default:
      return hexText(chunk.bytes, at, size);
  }
}

/**
 * The elements of an array value. Strings are ended by NUL, the last one may lack it; a SID states its own length; the
 * others have the width of their type. A rest that is too short for an element is an element of its own (as hex).
 */
export function arrayPlaces(chunk: ChunkBytes, type: number, place: Place): Place[] {
  const element = type & ~ARRAY;
  const end = place.at + place.size;
  const places: Place[] = [];
  let at = place.at;
  while (at < end) {
    const size = Math.min(elementSize(chunk, element, { at, size: end - at }), end - at);
    places.push({ at, size });
    at += size;
  }
  return places;
}

/** UTC, seconds since 1601-01-01 and the 100 ns ticks within the second, of a FILETIME (MS-DTYP 2.3.3). */
export function fileTimeParts(view: DataView, at: number): { seconds: number; ticks: number } {
  // Four steps of sixteen bits keep a division of 64 bits exact in doubles; BigInt would cost more than the event.
  let seconds = 0;
  let rest = 0;
  for (let word = 6; word >= 0; word -= 2) {
    const part = rest * 65536 + view.getUint16(at + word, true);
    const quotient = Math.floor(part / TICKS_A_SECOND);
    seconds = seconds * 65536 + quotient;
    rest = part - quotient * TICKS_A_SECOND;
  }
  return { seconds, ticks: rest };
}

/** UTF-16LE of `size` bytes, without NULs at its end. */
export function wideText(bytes: Uint8Array, at: number, size: number): string {
  let end = at + (size & ~1);
  while (end > at && bytes[end - 1] === 0 && bytes[end - 2] === 0) end -= 2;
  const length = (end - at) >> 1;
  if (length > SHORT) return decodeUtf16(bytes.subarray(at, end), 'utf-16le');
  // Short strings are most strings, and for them a decoder's call costs more than its work.
  const units: number[] = [];
  for (let from = at; from < end; from += 2) {
    const unit = (bytes[from] ?? 0) | ((bytes[from + 1] ?? 0) << 8);
    if (unit >= 0xd800 && unit < 0xe000) return decodeUtf16(bytes.subarray(at, end), 'utf-16le');
    units.push(unit);
  }
  return String.fromCharCode(...units);
}

function hexText(bytes: Uint8Array, at: number, size: number): string {
  let text = '';
  for (let from = at; from < at + size; from += 1) text += HEX[bytes[from] ?? 0] ?? '';
  return text;
}

function elementSize(chunk: ChunkBytes, element: number, rest: Place): number {
  if (element === STRING) return wideEnd(chunk.bytes, rest) - rest.at;
  if (element === ANSI_STRING) {
    const nul = chunk.bytes.subarray(rest.at, rest.at + rest.size).indexOf(0);
    return nul < 0 ? rest.size : nul + 1;
  }
  if (element === SID) return rest.size < 8 ? rest.size : 8 + 4 * (chunk.bytes[rest.at + 1] ?? 0);
  if (element === SIZE_T) return rest.size % 8 === 0 ? 8 : 4;
  return WIDTHS.get(element) ?? rest.size;
}

function wideEnd(bytes: Uint8Array, { at, size }: Place): number {
  const end = at + size;
  for (let from = at; from + 1 < end; from += 2) if (bytes[from] === 0 && bytes[from + 1] === 0) return from + 2;
  return end;
}

function trimNuls(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.subarray(0, end);
}

function isWord(size: number): boolean {
  return size === 1 || size === 2 || size === 4 || size === 8;
}

function unsignedText({ bytes, view }: ChunkBytes, at: number, size: number): string {
  if (size === 4) return String(view.getUint32(at, true));
  if (size === 2) return String(view.getUint16(at, true));
  if (size === 1) return String(view.getUint8(at));
  if (size !== 8) return hexText(bytes, at, size);
  const high = view.getUint32(at + 4, true);
  return high < 0x200000 ? String(high * 2 ** 32 + view.getUint32(at, true)) : String(view.getBigUint64(at, true));
}

function signedText({ bytes, view }: ChunkBytes, at: number, size: number): string {
  if (size === 4) return String(view.getInt32(at, true));
  if (size === 2) return String(view.getInt16(at, true));
  if (size === 1) return String(view.getInt8(at));
  return size === 8 ? String(view.getBigInt64(at, true)) : hexText(bytes, at, size);
}

/** Decimal as C's `%g` names the special values; which digits Windows prints of others is not documented. */
function realText({ bytes, view }: ChunkBytes, at: number, size: number): string {
  if (size !== 4 && size !== 8) return hexText(bytes, at, size);
  const value = size === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true);
  if (Number.isNaN(value)) return '-1.#IND';
  if (!Number.isFinite(value)) return value > 0 ? '1.#INF' : '-1.#INF';
  if (size === 8) return String(value);
  for (let digits = 6; digits < 9; digits += 1) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}

function wordHex({ view }: ChunkBytes, at: number, size: number): string {
  if (size === 4) return view.getUint32(at, true).toString(16);
  if (size === 2) return view.getUint16(at, true).toString(16);
  if (size === 1) return view.getUint8(at).toString(16);
  const low = view.getUint32(at, true).toString(16);
  const high = view.getUint32(at + 4, true);
  return high === 0 ? low : high.toString(16) + low.padStart(8, '0');
}

/** MS-DTYP 2.3.4.2: the first three fields are little-endian numbers, the last eight bytes stand as they are. */
function guidText({ bytes }: ChunkBytes, at: number): string {
  let text = '{';
  for (const [place, from] of GUID_ORDER.entries()) {
    if (place === 4 || place === 6 || place === 8 || place === 10) text += '-';
    text += HEX_LOWER[bytes[at + from] ?? 0] ?? '';
  }
  return `${text}}`;
}

function fileTimeText(view: DataView, at: number): string {
  const { seconds, ticks } = fileTimeParts(view, at);
  const text = new Date((seconds - SECONDS_1601_TO_1970) * 1000).toISOString();
  return `${text.slice(0, -5)}.${String(ticks).padStart(7, '0')}Z`;
}

/** MS-DTYP 2.3.13: year, month, weekday, day, hour, minute, second, millisecond, each in sixteen bits. */
function systemTimeText(view: DataView, at: number): string {
  const part = (index: number, width: number): string =>
    String(view.getUint16(at + 2 * index, true)).padStart(width, '0');
  return `${part(0, 4)}-${part(1, 2)}-${part(3, 2)}T${part(4, 2)}:${part(5, 2)}:${part(6, 2)}.${part(7, 3)}Z`;
}

/** MS-DTYP 2.4.2.1: an authority of 32 bits or less is decimal, a larger one hexadecimal. */
function sidText({ bytes, view }: ChunkBytes, at: number, size: number): string {
  const count = bytes[at + 1] ?? 0;
  if (size < 8 || count > 15 || 8 + 4 * count > size) return hexText(bytes, at, size);
  const high = view.getUint16(at + 2, false);
  const low = view.getUint32(at + 4, false);
  const authority = high === 0 ? String(low) : `0x${hexText(bytes, at + 2, 6)}`;
  let text = `S-${bytes[at] ?? 0}-${authority}`;
  for (let index = 0; index < count; index += 1) text += `-${view.getUint32(at + 8 + 4 * index, true)}`;
  return text;
}

const ANSI_STRING = 0x02;
const INT8 = 0x03;
const UINT8 = 0x04;
const INT16 = 0x05;
const UINT16 = 0x06;
const INT32 = 0x07;
const UINT32 = 0x08;
const INT64 = 0x09;
const UINT64 = 0x0a;
const REAL32 = 0x0b;
const REAL64 = 0x0c;
const BOOL = 0x0d;
const GUID = 0x0f;
const SIZE_T = 0x10;
const FILE_TIME = 0x11;
const SYSTEM_TIME = 0x12;
const SID = 0x13;
const HEX32 = 0x14;
const HEX64 = 0x15;
const HANDLE = 0x20;
const EVENT_XML = 0x23;

/** Bytes of one element in an array of a type; a type that is not here has no arrays and stays one element. */
const WIDTHS: ReadonlyMap<number, number> = new Map([
  [INT8, 1],
  [UINT8, 1],
  [INT16, 2],
  [UINT16, 2],
  [INT32, 4],
  [UINT32, 4],
  [INT64, 8],
  [UINT64, 8],
  [REAL32, 4],
  [REAL64, 8],
  [BOOL, 4],
  [GUID, 16],
  [FILE_TIME, 8],
  [SYSTEM_TIME, 16],
  [HEX32, 4],
  [HEX64, 8],
]);

const SHORT = 48;
const TICKS_A_SECOND = 10_000_000;
export const SECONDS_1601_TO_1970 = 11_644_473_600;
const GUID_ORDER: readonly number[] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
const HEX_LOWER: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const HEX: readonly string[] = HEX_LOWER.map((pair) => pair.toUpperCase());
