import { readRun } from './byte-range.ts';
import type { Bytes, ContainerLimits } from './member.ts';
import type { ZipEnd } from './zip-end.ts';
import { CENTRAL_HEADER, CENTRAL_SIGNATURE, centralEntry, viewOf } from './zip-entry.ts';
import type { ZipEntry } from './zip-entry.ts';

export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  /** What is wrong with the directory as a whole. */
  readonly wrong: readonly string[];
  /** A limit that ended the reading. */
  readonly limit: string | undefined;
}

/**
 * Reads the central directory, entry by entry, from where it begins up to the record of its end. More entries than that
 * record counts are read as well: what stands in the directory is a member, whoever wanted it to be overlooked.
 */
export async function readZipDirectory(bytes: Bytes, end: ZipEnd, limits: ContainerLimits): Promise<ZipDirectory> {
  const entries: ZipEntry[] = [];
  const wrong: string[] = [];
  const stop = Math.min(end.recordAt, end.directoryAt + limits.listBytes);
  let limit: string | undefined;
  let block: Uint8Array = new Uint8Array(0);
  let at = end.directoryAt;
  for (let inBlock = 0; at + CENTRAL_HEADER <= stop;) {
    if (entries.length >= limits.entries) {
      limit = `zip lists more than the ${limits.entries} members that are read`;
      break;
    }
    if (block.length - inBlock < LONGEST && at + block.length - inBlock < stop) {
      block = await readRun(bytes, at, Math.min(BLOCK, stop - at));
      inBlock = 0;
    }
    const length = headerLength(block.subarray(inBlock));
    if (length === undefined) break;
    entries.push(centralEntry(block.subarray(inBlock, inBlock + length), end.shift));
    inBlock += length;
    at += length;
  }
  if (limit === undefined && stop < end.recordAt && at + CENTRAL_HEADER > stop)
    limit = `directory of the zip is larger than the ${limits.listBytes} bytes that are read`;
  if (limit === undefined && at < end.directoryAt + end.directorySize)
    wrong.push(
      `directory of the zip is damaged at byte ${at}: ${entries.length} of its ${end.entries} members were read from it`,
    );
  else if (limit === undefined && entries.length !== end.entries && entries.length % 65536 !== end.entries)
    wrong.push(`zip says it has ${end.entries} members, its directory lists ${entries.length}`);
  return { entries, wrong, limit };
}

/** @returns `undefined` if no whole header of the directory stands here */
function headerLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < CENTRAL_HEADER) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== CENTRAL_SIGNATURE) return undefined;
  const length = CENTRAL_HEADER + view.getUint16(28, true) + view.getUint16(30, true) + view.getUint16(32, true);
  return length <= bytes.length ? length : undefined;
}

/** A header with name, extra field and comment at their longest. */
const LONGEST = CENTRAL_HEADER + 3 * 65535;
const BLOCK = 2 ** 20;
