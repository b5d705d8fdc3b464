import { Gzip } from 'fflate';

import type { Micros } from '../model/evidence.ts';
import type { SpecimenFile } from './specimen-file.ts';
import { joined } from './zip-writer.ts';

/** One member to be written. */
export interface TarMember {
  readonly name: string;
  readonly content?: Uint8Array;
  /** The type flag; a name that ends in `/` is a folder, everything else a file. */
  readonly type?: string;
  readonly linkName?: string;
  readonly modified?: Micros;
  /** Bytes that the header states, if not those of the content. */
  readonly size?: number;
  /** How a name is written that 100 bytes do not hold, `pax` if absent. */
  readonly longNames?: 'pax' | 'gnu';
  /** The checksum is wrong. */
  readonly isDamaged?: boolean;
}

/**
 * Writes a tar as POSIX has it, padded to whole records of 10 KiB.
 *
 * @see POSIX.1-2017, pax, "ustar Interchange Format"
 */
export function* tarArchive(members: Iterable<TarMember>): Generator<Uint8Array> {
  let length = 0;
  for (const member of members) {
    for (const piece of piecesOf(member)) {
      length += piece.length;
      yield piece;
    }
  }
  yield new Uint8Array(RECORD - ((length + 2 * BLOCK) % RECORD) + 2 * BLOCK);
}

/** The files of a specimen as UAC or Acquire would pack them. */
export function specimenTar(files: Iterable<SpecimenFile>): Generator<Uint8Array> {
  return tarArchive(membersOf(files));
}

/** Pieces as one gzip member, without name and time. */
export function* gzipped(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const done: Uint8Array[] = [];
  const stream = new Gzip({ level: 6, mtime: 1 }, (piece) => done.push(piece));
  for (const piece of pieces) {
    stream.push(piece, false);
    yield* done.splice(0);
  }
  stream.push(new Uint8Array(0), true);
  yield* done;
}

function* membersOf(files: Iterable<SpecimenFile>): Generator<TarMember> {
  for (const file of files) yield { name: file.path, modified: file.modified, content: joined(file.pieces()) };
}

function* piecesOf(member: TarMember): Generator<Uint8Array> {
  const name = new TextEncoder().encode(member.name);
  const content = member.content ?? new Uint8Array(0);
  if (name.length > 100 || name.some((byte) => byte > 127)) {
    const isGnu = member.longNames === 'gnu';
    const about = isGnu ? joined([name, new Uint8Array(1)]) : paxRecord('path', name);
    yield header({ name: isGnu ? '././@LongLink' : 'PaxHeader', type: isGnu ? 'L' : 'x' }, about.length);
    yield* padded(about);
  }
  yield header(member, member.size ?? content.length);
  yield* padded(content);
}

/** The length in front of a record counts its own digits. */
function paxRecord(key: string, value: Uint8Array): Uint8Array {
  const rest = joined([new TextEncoder().encode(` ${key}=`), value, new TextEncoder().encode('\n')]);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return joined([new TextEncoder().encode(String(length)), rest]);
}

function header(member: TarMember, size: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string): void => block.set(new TextEncoder().encode(text), at);
  const octal = (at: number, length: number, value: number): void =>
    put(at, `${value.toString(8).padStart(length - 1, '0')}\0`);
  block.set(new TextEncoder().encode(member.name).subarray(0, 100));
  octal(100, 8, 0o644);
  octal(108, 8, 0);
  octal(116, 8, 0);
  if (size < 8 ** 11) octal(124, 12, size);
  else largeNumber(block, size);
  octal(136, 12, Math.floor((member.modified ?? 0) / 1_000_000));
  put(148, '        ');
  put(156, member.type ?? (member.name.endsWith('/') ? '5' : '0'));
  put(157, member.linkName ?? '');
  put(257, 'ustar\x0000');
  const sum = block.reduce((total, byte) => total + byte, member.isDamaged === true ? 1 : 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}

/** GNU's form for what eleven octal digits do not hold: big-endian, the first bit set. */
function largeNumber(block: Uint8Array, size: number): void {
  block[124] = 0x80;
  for (let at = 135, rest = size; at > 124 && rest > 0; at -= 1, rest = Math.floor(rest / 256)) block[at] = rest % 256;
}

function* padded(content: Uint8Array): Generator<Uint8Array> {
  yield content;
  if (content.length % BLOCK > 0) yield new Uint8Array(BLOCK - (content.length % BLOCK));
}

const BLOCK = 512;
const RECORD = 20 * BLOCK;
