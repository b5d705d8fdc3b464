import type { ByteSource } from '../../model/evidence.ts';
import type { Format, Reading } from '../../model/reading.ts';
import { CHUNK_SIZE, ChunkReader, gap, isChunkMagic, structure } from './chunk.ts';
import { FILE_HEADER_SIZE, chunksCounted, isFileMagic, readFileHeader } from './file-header.ts';

/**
 * Windows event logs as Vista and later write them, format versions 3.0 to 3.2 (docs/formats/evtx.md).
 *
 * One batch a chunk; zeroes at the end, where no chunk was used yet, are one reading. Memory: the chunk that is read, one more for telling copies, and what the records of the batch
 * hold, which is their chunk. What is damaged stays readable around the damage: chunks stand at fixed places, records
 * begin with a magic and repeat their size.
 */
export const evtx: Format = {
  name: 'evtx',
  shape: 'sequential',
  recognises(head: Uint8Array, path: string): boolean {
    if (isFileMagic(head) || isChunkMagic(head, 0) || isChunkMagic(head, FILE_HEADER_SIZE)) return true;
    // Where the begin was overwritten, what stands behind it may still be a log; less than a file header never was one.
    return head.length >= FILE_HEADER_SIZE && path.toLowerCase().endsWith('.evtx') && !isPlainText(head);
  },
  read,
};

function isPlainText(head: Uint8Array): boolean {
  return head.subarray(0, FILE_HEADER_SIZE).every((byte) => byte >= 0x09 && byte < 0x7f);
}

async function* read(source: ByteSource): AsyncGenerator<readonly Reading[], void, undefined> {
  const { size } = source;
  const chunks = new ChunkReader();
  let at = 0;
  /** Where zeroes begin of which it is not known yet whether a chunk follows them. */
  let zeroesFrom: number | undefined;
  /** Where the chunks end that the file header counts; it may count too few of them. */
  let countedEnd = 0;
  while (at < size) {
    // Chunks without a file header, as they are carved from a disk, begin at once.
    let step = CHUNK_SIZE;
    if (at === 0 && !isChunkMagic((await fill(source, 0, MAGIC_SIZE)).bytes, 0)) step = FILE_HEADER_SIZE;
    const want = Math.min(step, size - at);
    const { bytes, failed } = await fill(source, at, want);
    const readings = step === CHUNK_SIZE ? chunks.read(bytes, at) : [readFileHeader(bytes, size)];
    if (step === FILE_HEADER_SIZE && readings[0]?.is === 'structure')
      countedEnd = FILE_HEADER_SIZE + chunksCounted(bytes) * CHUNK_SIZE;
    if (bytes.length === want && isUnused(readings)) {
      zeroesFrom ??= at;
      at += bytes.length;
      continue;
    }
    if (zeroesFrom !== undefined) {
      // Windows uses chunks in their order, so room between used ones was used as well.
      const says = `expected chunks, stood ${at - zeroesFrom} zero bytes, and a chunk follows them`;
      yield bytes.length > 0 && !isUnused(readings)
        ? [gap('damaged', zeroesFrom, at, says)]
        : [structure('unused', zeroesFrom, at)];
      zeroesFrom = undefined;
    }
    at += bytes.length;
    if (bytes.length < want) {
      const says = failed
        ? `expected ${size - at} more bytes, the source failed to read them`
        : `expected ${size} bytes, the source ended after ${at}`;
      yield [...(bytes.length > 0 ? readings : []), gap(failed ? 'unreadable' : 'truncated', at, size, says)];
      return;
    }
    yield readings;
  }
  if (zeroesFrom === undefined) return;
  const lostEnd = Math.max(zeroesFrom, Math.min(countedEnd, at));
  const says = `expected chunks that the file header counts, stood ${lostEnd - zeroesFrom} zero bytes`;
  yield [
    ...(lostEnd > zeroesFrom ? [gap('damaged', zeroesFrom, lostEnd, says)] : []),
    ...(at > lostEnd ? [structure('unused', lostEnd, at)] : []),
  ];
}

function isUnused([first, ...more]: readonly Reading[]): boolean {
  return first?.is === 'structure' && first.name === 'unused' && more.length === 0;
}

/** Reads until the bytes are there, the source ends or fails; fresh memory, because the records of a chunk keep it. */
async function fill(source: ByteSource, at: number, size: number): Promise<{ bytes: Uint8Array; failed: boolean }> {
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    let count: number;
    try {
      const answer = source.readInto(at + filled, filled === 0 ? bytes : bytes.subarray(filled));
      count = typeof answer === 'number' ? answer : await answer;
    } catch {
      return { bytes: bytes.subarray(0, filled), failed: true };
    }
    if (!(count > 0)) break;
    filled += Math.min(count, size - filled);
  }
  return { bytes: bytes.subarray(0, filled), failed: false };
}

const MAGIC_SIZE = 8;
