import type { ListingGap, Micros } from '../model/evidence.ts';
import { readRun } from './byte-range.ts';
import type { Bytes, ContainerLimits } from './member.ts';
import { nameOfUtf8 } from './member-path.ts';
import { isTar, paxRecords, paxTime, TAR_BLOCK, tarHeader } from './tar-header.ts';
import type { TarHeader } from './tar-header.ts';

/** A member of a tar as the walk meets it. */
export interface TarMember {
  readonly is: 'member';
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'hard link' | 'symbolic link' | 'device' | 'sparse file' | 'continued file';
  readonly linkName: string;
  /** Where its bytes begin. */
  readonly dataAt: number;
  readonly size: number;
  /** Fewer than `size` where the tar ends before. */
  readonly available: number;
  readonly modified: Micros | undefined;
}

export type TarFound = TarMember | ({ readonly is: 'gap' } & Omit<ListingGap, 'path'>);

/**
 * Goes through a tar from header to header, once and forward.
 *
 * Where no header stands, it goes on at the next block that is one: zeroes end a tar, but tapes and `cat` put one tar
 * behind another. What is passed over and is not zero is a gap.
 *
 * @param bytes of the tar, already unpacked where it is compressed
 * @param stop from where on nothing is read any more
 * @param isWhole whether that is the end of the tar, and no limit
 */
export async function* walkTar(
  bytes: Bytes,
  {
    stop,
    isWhole,
    limits,
    onIndexed,
  }: {
    stop: number;
    isWhole: boolean;
    limits: ContainerLimits;
    onIndexed: (at: number) => void | Promise<void>;
  },
): AsyncGenerator<TarFound> {
  let members = 0;
  let longNames = 0;
  let said: Said = {};
  for (let at = 0; ;) {
    if (at >= stop) {
      if (isWhole) yield { is: 'gap', reason: 'unreadable', says: NOT_CLOSED };
      else
        yield {
          is: 'gap',
          reason: 'limit',
          says: `tar is read up to ${stop} bytes, the most that is read of a container`,
        };
      return;
    }
    const header = tarHeader(await readRun(bytes, at, TAR_BLOCK));
    if (header === undefined) {
      const next = await nextHeader(bytes, at, { stop, onIndexed });
      if (next.passed > 0)
        yield {
          is: 'gap',
          reason: 'unreadable',
          says: `expected a header at byte ${at} of the tar, passed over ${next.passed} bytes that are none`,
        };
      if (next.at === undefined) return;
      at = next.at;
      continue;
    }
    await onIndexed(at);
    const dataAt = at + TAR_BLOCK + (header.isExtended ? await mapLength(bytes, at + TAR_BLOCK) : 0);
    const about = ABOUT_NEXT.get(header.type);
    if (about !== undefined) {
      longNames += header.size;
      if (header.size > LONGEST_ABOUT || longNames > limits.listBytes)
        yield {
          is: 'gap',
          reason: 'limit',
          says: `${about} of ${header.size} bytes at byte ${at} of the tar is not read`,
        };
      else said = { ...said, ...saidBy(header, await readRun(bytes, dataAt, header.size)) };
      at = dataAt + Math.ceil(header.size / TAR_BLOCK) * TAR_BLOCK;
      continue;
    }
    if (++members > limits.entries) {
      yield { is: 'gap', reason: 'limit', says: `tar has more than the ${limits.entries} members that are read` };
      return;
    }
    const member = memberOf(header, said, dataAt);
    said = {};
    yield { ...member, available: await availableOf(bytes, dataAt, Math.min(member.size, stop - dataAt)) };
    at = dataAt + Math.ceil(member.size / TAR_BLOCK) * TAR_BLOCK;
  }
}

/** What headers of their own say about the member that follows. */
interface Said {
  readonly name?: string;
  readonly linkName?: string;
  readonly size?: number;
  readonly modified?: Micros;
  readonly isSparse?: boolean;
}

function saidBy(header: TarHeader, bytes: Uint8Array): Said {
  const end = bytes.indexOf(0);
  if (header.type === 'L') return { name: nameOfUtf8(end < 0 ? bytes : bytes.subarray(0, end)) };
  if (header.type === 'K') return { linkName: nameOfUtf8(end < 0 ? bytes : bytes.subarray(0, end)) };
  if (header.type !== 'x') return {};
  const records = paxRecords(bytes);
  const name = records.get('GNU.sparse.name') ?? records.get('path');
  const linkName = records.get('linkpath');
  const size = records.get('size');
  const modified = paxTime(records.get('mtime'));
  return {
    ...(name === undefined ? {} : { name }),
    ...(linkName === undefined ? {} : { linkName }),
    ...(size === undefined || !/^\d{1,15}$/.test(size) ? {} : { size: Number(size) }),
    ...(modified === undefined ? {} : { modified }),
    ...([...records.keys()].some((key) => key.startsWith('GNU.sparse.')) ? { isSparse: true } : {}),
  };
}

function memberOf(header: TarHeader, said: Said, dataAt: number): Omit<TarMember, 'available'> {
  const name = said.name ?? header.name;
  const kind = said.isSparse === true ? 'sparse file' : kindOf(header.type, name);
  const hasBytes = kind === 'file' || kind === 'sparse file' || kind === 'continued file' || header.type === 'D';
  return {
    is: 'member',
    name,
    kind,
    linkName: said.linkName ?? header.linkName,
    dataAt,
    size: hasBytes ? (said.size ?? header.size) : 0,
    modified: said.modified ?? header.modified,
  };
}

/** The rest of a sparse file's map, which GNU tar puts between header and bytes. */
async function mapLength(bytes: Bytes, from: number): Promise<number> {
  for (let length = TAR_BLOCK; length < LONGEST_ABOUT; length += TAR_BLOCK) {
    const block = await readRun(bytes, from + length - TAR_BLOCK, TAR_BLOCK);
    if ((block[504] ?? 0) === 0) return length;
  }
  return LONGEST_ABOUT;
}

/** Before POSIX a folder was a file whose name ends in a slash; the whole name, which a header may hold only in part. */
function kindOf(type: string, name: string): TarMember['kind'] {
  return type === '0' && name.endsWith('/') ? 'folder' : (KINDS.get(type) ?? 'file');
}

/** How many of a member's bytes are there. */
async function availableOf(bytes: Bytes, dataAt: number, size: number): Promise<number> {
  if (size <= 0) return 0;
  if ((await bytes.readInto(dataAt + size - 1, new Uint8Array(1))) === 1) return size;
  // The end lies before, and is found by halves; all of it was gone through, so that these reads are short.
  let from = 0;
  for (let to = size - 1; from < to;) {
    const middle = Math.floor((from + to) / 2);
    if ((await bytes.readInto(dataAt + middle, new Uint8Array(1))) === 1) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The next block that is a header, and how many bytes before it are not zero blocks. */
async function nextHeader(
  bytes: Bytes,
  from: number,
  { stop, onIndexed }: { stop: number; onIndexed: (at: number) => void | Promise<void> },
): Promise<{ at: number | undefined; passed: number }> {
  let passed = 0;
  for (let at = from; at < stop; at += SCANNED) {
    const run = await readRun(bytes, at, SCANNED);
    for (let place = 0; place < run.length; place += TAR_BLOCK) {
      const block = run.subarray(place, place + TAR_BLOCK);
      if (block.every((byte) => byte === 0)) continue;
      if (isTar(block)) return { at: at + place, passed };
      passed += block.length;
    }
    if (run.length < SCANNED) break;
    await onIndexed(at);
  }
  return { at: undefined, passed };
}

const NOT_CLOSED =
  'tar ends without the two blocks of zeroes that close one: what it held behind its last member, if anything, is missing';
const SCANNED = 64 * 1024;
const LONGEST_ABOUT = 2 ** 20;
/** Headers that say something about the member after them, or about all. */
const ABOUT_NEXT: ReadonlyMap<string, string> = new Map([
  ['x', 'extended header'],
  ['g', 'extended header for all members'],
  ['L', 'long name'],
  ['K', 'long name of a link'],
  ['V', 'name of the tape'],
]);
const KINDS: ReadonlyMap<string, TarMember['kind']> = new Map([
  ['1', 'hard link'],
  ['2', 'symbolic link'],
  ['3', 'device'],
  ['4', 'device'],
  ['5', 'folder'],
  ['6', 'device'],
  ['D', 'folder'],
  ['M', 'continued file'],
  ['S', 'sparse file'],
]);
