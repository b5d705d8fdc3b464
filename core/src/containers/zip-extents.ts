import type { ZipEntry } from './zip-entry.ts';
import { LOCAL_HEADER } from './zip-entry.ts';

/** A run of bytes of the archive. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

export interface ZipExtents {
  /** For each entry that claims bytes of one earlier in the directory, that one, by index. */
  readonly overlapped: ReadonlyMap<number, number>;
  /** Entries among these that are too much: all together claim the archive more than twice over. */
  readonly refused: ReadonlySet<number>;
  /** For each entry where the next one, or the directory, begins. */
  readonly boundaries: Float64Array;
  /** Bytes before the first entry and between entries that belong to none, as far as the directory alone can tell. */
  readonly unclaimed: readonly Unclaimed[];
}

export interface Unclaimed extends Run {
  /** The entry before, by index, whose extra field and data descriptor stand here as well. */
  readonly behind: number | undefined;
}

/**
 * Lays the entries of a directory out over the archive. An entry takes at least its local header, its name and its packed
 * bytes. Two that share one of those are not both what they seem, and a lie of the one must not hide the other: both are
 * members, until the archive was claimed twice over, which only a bomb does.
 *
 * @param end where the directory begins, behind the last byte of the last entry
 * @param absent entries, by index, that have no header where they say, and so claim nothing
 */
export function zipExtents(entries: readonly ZipEntry[], end: number, absent: ReadonlySet<number> = NONE): ZipExtents {
  const order = entries
    .map((_, index) => index)
    .filter((index) => !absent.has(index) && isInside(entries[index], end))
    .toSorted((a, b) => (entries[a]?.offset ?? 0) - (entries[b]?.offset ?? 0) || a - b);
  const overlapped = overlaps(entries, order);
  const refused = new Set<number>();
  let claimed = 0;
  entries.forEach((entry, index) => {
    const claim = Math.min(entry.packedSize, end);
    if (overlapped.has(index) && claimed + claim > 2 * end) refused.add(index);
    else claimed += claim;
  });
  const boundaries = new Float64Array(entries.length).fill(end);
  const unclaimed: Unclaimed[] = [];
  let next = end;
  for (const index of order.toReversed()) {
    const entry = entries[index];
    boundaries[index] = next;
    if (entry === undefined || overlapped.has(index)) continue;
    if (leastEnd(entry) < next) unclaimed.push({ from: leastEnd(entry), to: next, behind: index });
    next = entry.offset;
  }
  if (next > 0) unclaimed.push({ from: 0, to: next, behind: undefined });
  return { overlapped, refused, boundaries, unclaimed: unclaimed.toReversed() };
}

/** @param order indexes of entries by their offset */
function overlaps(entries: readonly ZipEntry[], order: readonly number[]): ReadonlyMap<number, number> {
  const overlapped = new Map<number, number>();
  let last: { index: number; to: number } | undefined;
  for (const index of order) {
    const entry = entries[index];
    if (entry === undefined) continue;
    const to = leastEnd(entry);
    if (last === undefined || entry.offset >= last.to) last = { index, to };
    else if (index > last.index) overlapped.set(index, last.index);
    else {
      overlapped.set(last.index, index);
      last = { index, to };
    }
  }
  return overlapped;
}

/** An entry that says it stands outside the archive claims nothing in it. */
function isInside(entry: ZipEntry | undefined, end: number): boolean {
  return entry !== undefined && entry.offset >= 0 && entry.offset < end;
}

function leastEnd(entry: ZipEntry): number {
  return entry.offset + LOCAL_HEADER + entry.nameLength + entry.packedSize;
}

const NONE: ReadonlySet<number> = new Set();
