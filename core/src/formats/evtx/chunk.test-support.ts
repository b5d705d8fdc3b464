import { crc32 } from '../../bytes/crc32.ts';
import type { EvidenceRecord, Gap, Reading } from '../../model/reading.ts';
import { memorySource, readAll } from '../contract.test-support.ts';
import { evtx } from './format.ts';

/** Sets both checksums of a chunk to what its bytes are now. */
export function sealed(chunk: Uint8Array): Uint8Array {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
  view.setUint32(52, crc32(chunk.subarray(512, view.getUint32(48, true))), true);
  view.setUint32(124, crc32(chunk.subarray(128, 512), crc32(chunk.subarray(0, 120))), true);
  return chunk;
}

export async function read(bytes: Uint8Array): Promise<Reading[]> {
  return readAll(evtx, memorySource(bytes), 'a.evtx');
}

export function recordsOf(readings: readonly Reading[]): EvidenceRecord[] {
  return readings.filter((reading) => reading.is === 'record');
}

export function gapsOf(readings: readonly Reading[]): Gap[] {
  return readings.filter((reading) => reading.is === 'gap');
}

export function nth<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`expected more than ${index} of them, stood ${list.length}`);
  return found;
}

/** Every byte in exactly one reading, in order. */
export function tiles(readings: readonly Reading[], size: number): boolean {
  let end = 0;
  for (const { origin } of readings) {
    if (origin.offset !== end || origin.length <= 0) return false;
    end += origin.length;
  }
  return end === size;
}
