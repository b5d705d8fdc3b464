import { deflateSync } from 'fflate';

import { crc32 } from '../bytes/crc32.ts';
import { isoTime } from '../bytes/time.ts';
import type { Micros } from '../model/evidence.ts';
import { ByteSink } from './byte-sink.ts';
import type { SpecimenFile } from './specimen-file.ts';

/** Fields of a zip's headers, as they are written. Sizes and offset may be what they are not. */
export interface ZipFields {
  readonly name?: string | Uint8Array;
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly packedSize?: number;
  readonly size?: number;
  readonly extra?: Uint8Array;
  /** Of the directory only: where the local header stands. */
  readonly offset?: number;
  /** Of the directory only. 3 in its upper byte is Unix, whose mode stands in the upper half of `attributes`. */
  readonly madeBy?: number;
  readonly attributes?: number;
}

/** One member to be written. Without `packed` the content is deflated where that makes it smaller. */
export interface ZipMember extends ZipFields {
  /** Ends in `/` for a folder. Text is UTF-8 and marked as such where it is not ASCII; bytes are written as they are. */
  readonly name: string | Uint8Array;
  readonly content?: Uint8Array;
  /** Bytes to be written as they are instead of the content; `method`, `size` and `crc` say what they are. */
  readonly packed?: Uint8Array;
  readonly modified?: Micros;
  /** Sizes and checksum stand behind the member, as Go and .NET write them into a stream. */
  readonly hasDescriptor?: boolean;
  /** Sizes and offset in fields of 8 bytes, although 4 would do. */
  readonly isLarge?: boolean;
  /** What the header in front of the member says otherwise. */
  readonly local?: ZipFields;
  /** What the directory says otherwise. */
  readonly central?: ZipFields;
}

export interface ZipOptions {
  /** Bytes in front: a self-extracting program. Offsets do not count them. */
  readonly before?: Uint8Array;
  readonly comment?: Uint8Array;
  /** Fields of the end record that say something else. */
  readonly end?: { readonly entries?: number; readonly disk?: number; readonly directoryOffset?: number };
}

/**
 * Writes a zip, a member at a time: for the demo, and, with fields that lie, for everything a reader must not believe.
 *
 * @see APPNOTE.TXT 4.3
 */
export function* zipArchive(members: Iterable<ZipMember>, options: ZipOptions = {}): Generator<Uint8Array> {
  if (options.before !== undefined) yield options.before;
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const member of members) {
    const body = bodyOf(member);
    const stated = statedOf(member, body);
    const front = localHeader({ ...stated, ...member.local }, member);
    const behind = member.hasDescriptor === true ? descriptor(stated, member.isLarge === true) : NOTHING;
    directory.push(centralHeader({ ...stated, offset: at, ...fieldsOf(member), ...member.central }, member));
    yield front;
    yield body;
    yield behind;
    at += front.length + body.length + behind.length;
  }
  const size = directory.reduce((sum, header) => sum + header.length, 0);
  yield* directory;
  yield endRecord({ entries: directory.length, size, offset: at }, options);
}

/** The files of a specimen as a collector's package, one after another; nothing is made before it is read. */
export function specimenZip(files: Iterable<SpecimenFile>): Generator<Uint8Array> {
  return zipArchive(membersOf(files));
}

/** Pieces as one run of bytes. */
export function joined(pieces: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> {
  const all = [...pieces];
  const whole = new Uint8Array(all.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of all) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function* membersOf(files: Iterable<SpecimenFile>): Generator<ZipMember> {
  for (const file of files) yield { name: file.path, modified: file.modified, content: joined(file.pieces()) };
}

interface Stated extends ZipFields {
  readonly name: string | Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
}

function bodyOf(member: ZipMember): Uint8Array {
  if (member.packed !== undefined) return member.packed;
  const content = member.content ?? NOTHING;
  if (member.method === 0) return content;
  const packed = deflateSync(content, { level: 6 });
  return packed.length < content.length || member.method === 8 ? packed : content;
}

function statedOf(member: ZipMember, body: Uint8Array): Stated {
  const content = member.content ?? NOTHING;
  const isText = typeof member.name === 'string';
  const name = isText ? new TextEncoder().encode(member.name) : member.name;
  const flags =
    (isText && name.some((byte) => byte > 127) ? UTF8 : 0) | (member.hasDescriptor === true ? DESCRIPTOR : 0);
  return {
    name,
    flags: member.flags ?? flags,
    method: member.method ?? (member.packed === undefined && body !== content ? 8 : 0),
    crc: member.crc ?? crc32(content),
    packedSize: member.packedSize ?? body.length,
    size: member.size ?? content.length,
    ...(member.extra === undefined ? {} : { extra: member.extra }),
  };
}

/** Those that only the directory has. */
function fieldsOf({ madeBy, attributes, offset }: ZipMember): ZipFields {
  return {
    ...(madeBy === undefined ? {} : { madeBy }),
    ...(attributes === undefined ? {} : { attributes }),
    ...(offset === undefined ? {} : { offset }),
  };
}

function localHeader(fields: Stated, member: ZipMember): Uint8Array {
  const name = nameBytes(fields.name);
  const isLate = member.hasDescriptor === true && member.local?.size === undefined;
  const sizes = member.isLarge === true && !isLate ? zip64Field([fields.size, fields.packedSize]) : NOTHING;
  const extra = joined([sizes, timeField(member), fields.extra ?? NOTHING]);
  const sink = new ByteSink(30 + name.length + extra.length);
  sink.u32(0x04034b50);
  common(sink, { ...fields, ...(isLate ? { crc: 0, packedSize: 0, size: 0 } : {}) }, member);
  if (sizes.length > 0) sink.bytes.fill(0xff, 18, 26);
  sink.u16(name.length);
  sink.u16(extra.length);
  sink.bytes.set(name, 30);
  sink.bytes.set(extra, 30 + name.length);
  return sink.bytes;
}

function centralHeader(fields: Stated, member: ZipMember): Uint8Array {
  const name = nameBytes(fields.name);
  const offset = fields.offset ?? 0;
  const isLarge = member.isLarge === true || offset >= FULL || fields.size >= FULL || fields.packedSize >= FULL;
  const sizes = isLarge ? zip64Field([fields.size, fields.packedSize, offset]) : NOTHING;
  const extra = joined([sizes, timeField(member), fields.extra ?? NOTHING]);
  const sink = new ByteSink(46 + name.length + extra.length);
  sink.u32(0x02014b50);
  sink.u16(fields.madeBy ?? 0x14);
  common(sink, fields, member);
  if (isLarge) sink.bytes.fill(0xff, 20, 28);
  sink.u16(name.length);
  sink.u16(extra.length);
  sink.u16(0);
  sink.u16(0);
  sink.u16(0);
  sink.u32(fields.attributes ?? (name.at(-1) === SLASH ? 0x10 : 0));
  sink.u32(isLarge ? FULL : offset);
  sink.bytes.set(name, 46);
  sink.bytes.set(extra, 46 + name.length);
  return sink.bytes;
}

/** From the version that is needed up to the size; the same in both headers. */
function common(sink: ByteSink, fields: Stated, member: ZipMember): void {
  const { date, time } = dosTime(member.modified);
  sink.u16(member.isLarge === true ? 45 : 20);
  sink.u16(fields.flags);
  sink.u16(fields.method);
  sink.u16(time);
  sink.u16(date);
  sink.u32(fields.crc);
  sink.u32(Math.min(fields.packedSize, FULL));
  sink.u32(Math.min(fields.size, FULL));
}

function descriptor({ crc, packedSize, size }: Stated, isLarge: boolean): Uint8Array {
  const sink = new ByteSink(isLarge ? 24 : 16);
  sink.u32(0x08074b50);
  sink.u32(crc);
  for (const value of [packedSize, size]) {
    if (isLarge) sink.u64(value);
    else sink.u32(value);
  }
  return sink.bytes;
}

function endRecord(directory: { entries: number; size: number; offset: number }, options: ZipOptions): Uint8Array {
  const { comment = NOTHING, end = {} } = options;
  const entries = end.entries ?? directory.entries;
  const offset = end.directoryOffset ?? directory.offset;
  const isLarge = entries >= 0xffff || offset >= FULL;
  const sink = new ByteSink((isLarge ? 76 : 0) + 22 + comment.length);
  if (isLarge) {
    sink.u32(0x06064b50);
    sink.u64(44);
    sink.u16(45);
    sink.u16(45);
    sink.u32(0);
    sink.u32(0);
    for (const value of [entries, entries, directory.size, offset]) sink.u64(value);
    sink.u32(0x07064b50);
    sink.u32(0);
    sink.u64(directory.offset + directory.size + (options.before?.length ?? 0));
    sink.u32(1);
  }
  sink.u32(0x06054b50);
  sink.u16(end.disk ?? 0);
  sink.u16(end.disk ?? 0);
  for (const value of [entries, entries]) sink.u16(Math.min(value, 0xffff));
  sink.u32(directory.size);
  sink.u32(Math.min(offset, FULL));
  sink.u16(comment.length);
  sink.bytes.set(comment, sink.at);
  return sink.bytes;
}

/** @see APPNOTE.TXT 4.5.3 */
function zip64Field(values: readonly number[]): Uint8Array {
  const sink = new ByteSink(4 + values.length * 8);
  sink.u16(1);
  sink.u16(values.length * 8);
  for (const value of values) sink.u64(value);
  return sink.bytes;
}

/** Info-ZIP's extended timestamp: modification in UTC seconds. */
function timeField({ modified }: ZipMember): Uint8Array {
  if (modified === undefined) return NOTHING;
  const sink = new ByteSink(9);
  sink.u16(0x5455);
  sink.u16(5);
  sink.u8(1);
  sink.u32(Math.floor(modified / 1_000_000));
  return sink.bytes;
}

/** The clock of a machine that runs on UTC. */
function dosTime(modified: Micros | undefined): { date: number; time: number } {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] =
    modified === undefined ? [1980, 0, 0] : isoTime(modified).split(/\D/).map(Number);
  return { date: ((year - 1980) << 9) | (month << 5) | day, time: (hour << 11) | (minute << 5) | (second >> 1) };
}

function nameBytes(name: string | Uint8Array): Uint8Array {
  return typeof name === 'string' ? new TextEncoder().encode(name) : name;
}

const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array(0);
const FULL = 0xffffffff;
const UTF8 = 0x800;
const DESCRIPTOR = 8;
const SLASH = 0x2f;
