import { crc32 } from '../../bytes/crc32.ts';
import type { Reading } from '../../model/reading.ts';
import { CHUNK_SIZE, checksumSays, gap, structure } from './chunk.ts';

/** The file header and the zeroes behind it; the first chunk follows. */
export const FILE_HEADER_SIZE = 4096;

/**
 * Reads the block before the first chunk: `ElfFile`, format version at 36, number of chunks at 42 (16 bits), flags at
 * 120, CRC-32 of the first 120 bytes at 124; little-endian.
 *
 * Nothing of it is needed to read the chunks. It is a gap where it shows damage, or that chunks are missing. A log that
 * was copied while in use is marked dirty and may count too few chunks; that is no damage.
 *
 * @param bytes 4096 bytes or what the artifact has of them
 * @param size of the whole artifact
 */
export function readFileHeader(bytes: Uint8Array, size: number): Reading {
  const end = bytes.length;
  if (end < FILE_HEADER_SIZE) {
    return gap('truncated', 0, end, `expected a file header of ${FILE_HEADER_SIZE} bytes, stood ${end}`);
  }
  if (!isFileMagic(bytes)) return gap('damaged', 0, end, 'expected a file header, which begins with ElfFile');
  const view = new DataView(bytes.buffer, bytes.byteOffset, end);
  const computed = crc32(bytes.subarray(0, 120));
  const stated = view.getUint32(124, true);
  if (computed !== stated) return gap('damaged', 0, end, checksumSays('file header', computed, stated));
  const major = view.getUint16(38, true);
  if (major !== 3) return gap('unsupported', 0, end, `expected format version 3, stood ${major}`);
  const counted = chunksCounted(bytes);
  const there = Math.ceil((size - FILE_HEADER_SIZE) / CHUNK_SIZE);
  if (counted > there)
    return gap('truncated', 0, end, `expected ${counted} chunks, the artifact has room for ${there}`);
  return structure('file-header', 0, end);
}

/** How many chunks a whole file header says are in use. */
export function chunksCounted(header: Uint8Array): number {
  return (header[42] ?? 0) | ((header[43] ?? 0) << 8);
}

export function isFileMagic(bytes: Uint8Array): boolean {
  return FILE_MAGIC.every((byte, index) => bytes[index] === byte);
}

const FILE_MAGIC: readonly number[] = [0x45, 0x6c, 0x66, 0x46, 0x69, 0x6c, 0x65, 0x00];
