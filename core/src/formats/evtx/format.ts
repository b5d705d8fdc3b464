import type { ByteSource } from '../../model/evidence.ts';
import type { Format, Reading } from '../../model/reading.ts';
import { CHUNK_SIZE, ChunkReader, gap, isChunkMagic } from './chunk.ts';
import { FILE_HEADER_SIZE, isFileMagic, readFileHeader } from './file-header.ts';

/**
 * Windows event logs as Vista and later write them, format versions 3.0 to 3.2 (docs/formats/evtx.md).
 *
 * One batch a chunk. Memory: the chunk that is read, one more for telling copies, and what the records of the batch
 * hold, which is their chunk. What is damaged stays readable around the damage: chunks stand at fixed places, records
 * begin with a magic and repeat their size.
 */
export const evtx: Format = {
  name: 'evtx',
  shape: 'sequential',
  recognises(head: Uint8Array): boolean {
    return isFileMagic(head) || isChunkMagic(head, 0) || isChunkMagic(head, FILE_HEADER_SIZE);
  },
  read,
};

async function* read(source: ByteSource): AsyncGenerator<readonly Reading[], void, undefined> {
  const { size } = source;
  const chunks = new ChunkReader();
  let at = 0;
  while (at < size) {
    // Chunks without a file header, as they are carved from a disk, begin at once.
    let step = CHUNK_SIZE;
    if (at === 0 && !isChunkMagic((await fill(source, 0, MAGIC_SIZE)).bytes, 0)) step = FILE_HEADER_SIZE;
    const want = Math.min(step, size - at);
    const { bytes, failed } = await fill(source, at, want);
    const readings = step === CHUNK_SIZE ? chunks.read(bytes, at) : [readFileHeader(bytes, size)];
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
