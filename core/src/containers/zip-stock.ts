import type { ByteSource, ListingGap } from '../model/evidence.ts';
import { ByteRange, readRun } from './byte-range.ts';
import type { ContainerPlace } from './container-place.ts';
import { InflatedBytes } from './inflated-bytes.ts';
import { readZipDirectory } from './zip-directory.ts';
import { findZipEnd } from './zip-end.ts';
import type { ZipEnd } from './zip-end.ts';
import { DESCRIPTOR, ENCRYPTED, LOCAL_HEADER, LOCAL_SIGNATURE, viewOf } from './zip-entry.ts';
import type { ZipEntry } from './zip-entry.ts';
import { zipExtents } from './zip-extents.ts';
import type { Run, Unclaimed } from './zip-extents.ts';
import { scanZip } from './zip-scan.ts';

/** What stands in a zip, and what is wrong with the zip as a whole. */
export interface ZipStock {
  readonly members: readonly ZipStockEntry[];
  readonly gaps: readonly Omit<ListingGap, 'path'>[];
}

export interface ZipStockEntry {
  readonly entry: ZipEntry;
  /** Where the next member or the directory begins. */
  readonly boundary: number;
  /** Name of an earlier member whose bytes it claims as well. */
  readonly overlaps: string | undefined;
  /** It is one of too many that do so. */
  readonly isRefused: boolean;
  /** There is a directory, and it does not name it. */
  readonly isHidden: boolean;
}

/**
 * Finds everything that stands in a zip: what its directory lists, and what lies where the directory says nothing. An
 * archive that has no directory, and a part of one that was split, are gone through from the first byte.
 */
export async function takeZipStock(bytes: ByteSource, place: ContainerPlace): Promise<ZipStock> {
  const end = await findZipEnd(bytes, place.size);
  if (end !== undefined && !end.isSplit) return await listed(bytes, end, place);
  const to = end?.directoryAt ?? place.size;
  const entries = await scanned(bytes, { from: 0, to }, place);
  const { boundaries, unclaimed } = zipExtents(entries, to);
  const members = entries.map((entry, at) => ({
    entry,
    boundary: boundaries[at] ?? to,
    overlaps: undefined,
    isRefused: false,
    isHidden: false,
  }));
  const isMarked = await beginsAsPart(bytes);
  // The mark itself belongs to no member and hides nothing.
  let silent = isMarked ? -4 : 0;
  for (const run of unclaimed) {
    const rest = await unexplained(bytes, run, entries);
    if (rest !== undefined) silent += rest.to - rest.from;
  }
  const isPart = end !== undefined || isMarked;
  return { members, gaps: [isPart ? SPLIT : NO_DIRECTORY, ...silence(Math.max(0, silent))] };
}

/** Whether a packer marked the first part of an archive as such. @see APPNOTE.TXT 8.5.3 */
async function beginsAsPart(bytes: ByteSource): Promise<boolean> {
  const begin = await readRun(bytes, 0, 8);
  return begin.length === 8 && viewOf(begin).getUint32(0, true) === SPLIT_SIGNATURE;
}

function silence(bytes: number): readonly Omit<ListingGap, 'path'>[] {
  if (bytes === 0) return [];
  return [{ reason: 'unsupported', says: `${bytes} bytes of the zip belong to no member and are not read` }];
}

async function listed(bytes: ByteSource, end: ZipEnd, place: ContainerPlace): Promise<ZipStock> {
  const { entries, wrong, limit } = await readZipDirectory(bytes, end, place.limits);
  const gaps: Omit<ListingGap, 'path'>[] = wrong.map((says) => ({ reason: 'unreadable', says }));
  if (limit !== undefined) gaps.push({ reason: 'limit', says: limit });
  let extents = zipExtents(entries, end.directoryAt);
  if (extents.overlapped.size > 0) {
    const absent = await withoutHeader(bytes, entries, extents.overlapped);
    if (absent.size > 0) extents = zipExtents(entries, end.directoryAt, absent);
  }
  const { overlapped, refused, boundaries, unclaimed } = extents;
  const members: ZipStockEntry[] = entries.map((entry, at) => {
    const other = overlapped.get(at);
    const overlaps = other === undefined ? undefined : (entries[other]?.name ?? '');
    return {
      entry,
      boundary: boundaries[at] ?? end.directoryAt,
      overlaps,
      isRefused: refused.has(at),
      isHidden: false,
    };
  });
  let silent = end.behind;
  for (const run of unclaimed) {
    const rest = await unexplained(bytes, run, entries);
    if (rest === undefined) continue;
    const hidden = await scanned(bytes, rest, place);
    for (const entry of hidden)
      members.push({ entry, boundary: rest.to, overlaps: undefined, isRefused: false, isHidden: true });
    if (hidden.length === 0) silent += rest.to - rest.from;
  }
  gaps.push(...silence(silent));
  return { members, gaps };
}

/** Which of the entries that overlap have no header where they say. */
async function withoutHeader(
  bytes: ByteSource,
  entries: readonly ZipEntry[],
  overlapped: ReadonlyMap<number, number>,
): Promise<ReadonlySet<number>> {
  const absent = new Set<number>();
  for (const index of new Set([...overlapped.keys(), ...overlapped.values()])) {
    const begin = await readRun(bytes, entries[index]?.offset ?? 0, 4);
    if (begin.length < 4 || viewOf(begin).getUint32(0, true) !== LOCAL_SIGNATURE) absent.add(index);
  }
  return absent;
}

/**
 * What of a run is left when the extra field and the data descriptor of the member before it are taken away. As long as
 * the run is no longer than these usually are, nobody looks.
 */
async function unexplained(bytes: ByteSource, run: Unclaimed, entries: readonly ZipEntry[]): Promise<Run | undefined> {
  const entry = run.behind === undefined ? undefined : entries[run.behind];
  if (entry === undefined) return run;
  if (run.to - run.from <= USUAL) return undefined;
  const header = await readRun(bytes, Math.max(0, entry.offset), LOCAL_HEADER);
  if (header.length < LOCAL_HEADER) return run;
  const view = viewOf(header);
  let from = entry.offset + LOCAL_HEADER + view.getUint16(26, true) + view.getUint16(28, true) + entry.packedSize;
  if ((entry.flags & DESCRIPTOR) !== 0) from += await descriptorLength(bytes, from, run.to);
  return from + SLACK < run.to ? { from, to: run.to } : undefined;
}

async function descriptorLength(bytes: ByteSource, at: number, to: number): Promise<number> {
  const held = await readRun(bytes, at, 28);
  const hasSignature = held[0] === 0x50 && held[1] === 0x4b && held[2] === 7 && held[3] === 8;
  const small = hasSignature ? 16 : 12;
  const isSmall = at + small === to || (held[small] === 0x50 && held[small + 1] === 0x4b);
  return isSmall ? small : small + 8;
}

async function scanned(bytes: ByteSource, { from, to }: Run, place: ContainerPlace): Promise<ZipEntry[]> {
  const { path, limits, options } = place;
  const onScanned = (at: number): void | Promise<void> => options.onIndexed?.(path, at);
  const found: ZipEntry[] = [];
  let measured = 0;
  for await (const entry of scanZip(bytes, { from, to, limits, onScanned })) {
    const sized = entry.guessed === undefined || measured >= MEASURED ? entry : await measure(bytes, entry);
    if (sized !== entry) measured += sized.size;
    found.push(sized);
  }
  return found;
}

/** How many bytes a member has that does not say so. */
async function measure(bytes: ByteSource, entry: ZipEntry): Promise<ZipEntry> {
  const { method, flags, nameLength, packedSize, offset } = entry;
  if ((flags & ENCRYPTED) !== 0 || (method !== 8 && method !== 9)) return { ...entry, size: packedSize };
  const header = viewOf(await readRun(bytes, offset, LOCAL_HEADER));
  const dataAt = offset + LOCAL_HEADER + nameLength + header.getUint16(28, true);
  const packed = new ByteRange(bytes, dataAt, packedSize);
  const inflated = new InflatedBytes(packed, packedSize, { framing: method === 9 ? 'deflate64' : 'deflate' });
  await inflated.readInto(MEASURED, new Uint8Array(1));
  if (inflated.end === undefined) return entry;
  return { ...entry, size: inflated.end, packedSize: inflated.gaps().length > 0 ? packedSize : inflated.usedPacked };
}

const NO_DIRECTORY = {
  reason: 'unreadable',
  says: 'expected the directory of a zip at its end, found none: members are read by the headers in front of them',
} as const;
const SPLIT = {
  reason: 'unsupported',
  says: 'part of a split zip: join its parts with `zip -s 0 NAME.zip --out WHOLE.zip`; of this one the members are read that begin in it',
} as const;
const SPLIT_SIGNATURE = 0x08074b50;
/** Extra field and data descriptor as packers write them. */
const USUAL = 64;
/** Less than this is no header. */
const SLACK = 30;
/** Bytes that are inflated at most to learn how many there are. */
const MEASURED = 2 ** 30;
