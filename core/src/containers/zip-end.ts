import { readRun } from './byte-range.ts';
import type { Bytes } from './member.ts';
import { CENTRAL_SIGNATURE, u64, viewOf } from './zip-entry.ts';

/** Where a zip says its directory is. */
export interface ZipEnd {
  readonly directoryAt: number;
  readonly directorySize: number;
  /** Where the record of its end stands. */
  readonly recordAt: number;
  readonly entries: number;
  /** Bytes before the archive, which its offsets do not count: a self-extracting program, say. */
  readonly shift: number;
  /** Bytes behind the archive. */
  readonly behind: number;
  /** Part of an archive that was split. */
  readonly isSplit: boolean;
}

/**
 * Finds the end of central directory record, and the one of ZIP64 before it.
 *
 * It is looked for in the last MiB, from behind; of several the last counts whose comment reaches to the end, and if
 * none does, the last that leads to a directory.
 *
 * @returns `undefined` if there is none that leads to a directory
 * @see APPNOTE.TXT 4.3.14 to 4.3.16
 */
export async function findZipEnd(bytes: Bytes, size: number): Promise<ZipEnd | undefined> {
  const from = Math.max(0, size - SEARCHED);
  const tail = await readRun(bytes, from, size - from);
  const view = viewOf(tail);
  const loose: number[] = [];
  let tried = 0;
  for (let at = tail.length - END_RECORD; at >= 0 && tried < MOST_TRIED; at -= 1) {
    if (tail[at] !== 0x50 || view.getUint32(at, true) !== END_SIGNATURE) continue;
    tried += 1;
    const commentEnd = at + END_RECORD + view.getUint16(at + 20, true);
    if (commentEnd > tail.length) continue;
    if (commentEnd < tail.length) loose.push(at);
    else {
      const end = await readEnd(bytes, { tail, from, at, size });
      if (end !== undefined) return end;
    }
  }
  for (const at of loose) {
    const end = await readEnd(bytes, { tail, from, at, size });
    if (end !== undefined) return end;
  }
  return undefined;
}

interface Place {
  readonly tail: Uint8Array;
  /** Offset of the tail. */
  readonly from: number;
  /** Place of the record in the tail. */
  readonly at: number;
  readonly size: number;
}

async function readEnd(bytes: Bytes, { tail, from, at, size }: Place): Promise<ZipEnd | undefined> {
  const view = viewOf(tail);
  const behind = size - (from + at + END_RECORD + view.getUint16(at + 20, true));
  const small: Stated = {
    recordAt: from + at,
    isSplit: view.getUint16(at + 4, true) !== 0 || view.getUint16(at + 6, true) !== 0,
    entries: view.getUint16(at + 10, true),
    directorySize: view.getUint32(at + 12, true),
    directoryOffset: view.getUint32(at + 16, true),
  };
  const large = await readZip64(bytes, from + at, size);
  for (const stated of large === undefined ? [small] : [large, small]) {
    const found = await locate(bytes, stated);
    if (found !== undefined) return { ...found, behind };
  }
  return undefined;
}

interface Stated {
  /** Where the record stands that states this, and where the directory therefore ends. */
  readonly recordAt: number;
  readonly isSplit: boolean;
  readonly entries: number;
  readonly directorySize: number;
  readonly directoryOffset: number;
}

/** The record of ZIP64, by its locator, or where it stands if nothing was put before the archive. */
async function readZip64(bytes: Bytes, endAt: number, size: number): Promise<Stated | undefined> {
  const locator = await readRun(bytes, Math.max(0, endAt - LOCATOR), Math.min(LOCATOR, endAt));
  const view = viewOf(locator);
  if (locator.length < LOCATOR || view.getUint32(0, true) !== LOCATOR_SIGNATURE) return undefined;
  for (const recordAt of [u64(view, 8), endAt - LOCATOR - ZIP64_RECORD]) {
    if (recordAt < 0 || recordAt + ZIP64_RECORD > size) continue;
    const record = viewOf(await readRun(bytes, recordAt, ZIP64_RECORD));
    if (record.byteLength < ZIP64_RECORD || record.getUint32(0, true) !== ZIP64_SIGNATURE) continue;
    return {
      recordAt,
      isSplit: record.getUint32(16, true) !== 0 || record.getUint32(20, true) !== 0 || view.getUint32(16, true) > 1,
      entries: u64(record, 32),
      directorySize: u64(record, 40),
      directoryOffset: u64(record, 48),
    };
  }
  return undefined;
}

/** The directory stands right before its record, or where the record says. */
async function locate(bytes: Bytes, stated: Stated): Promise<Omit<ZipEnd, 'behind'> | undefined> {
  const { recordAt, directorySize, directoryOffset, entries, isSplit } = stated;
  const before = recordAt - directorySize;
  for (const directoryAt of before === directoryOffset ? [before] : [before, directoryOffset]) {
    if (directoryAt < 0 || directoryAt > recordAt) continue;
    const found = { directoryAt, directorySize, recordAt, entries, shift: directoryAt - directoryOffset, isSplit };
    if (entries === 0 && directorySize === 0) return found;
    const begin = await readRun(bytes, directoryAt, 4);
    if (begin.length === 4 && viewOf(begin).getUint32(0, true) === CENTRAL_SIGNATURE) return found;
  }
  return undefined;
}

const END_SIGNATURE = 0x06054b50;
const LOCATOR_SIGNATURE = 0x07064b50;
const ZIP64_SIGNATURE = 0x06064b50;
const END_RECORD = 22;
const LOCATOR = 20;
const ZIP64_RECORD = 56;
const SEARCHED = 2 ** 20;
const MOST_TRIED = 1000;
