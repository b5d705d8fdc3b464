import type { ByteSource } from '@afterpatch/core/model/evidence.ts';

import type { Disk } from './disk.ts';
import { EvidenceError, systemReason } from './evidence-error.ts';

/**
 * Opens one file of the evidence, read-only.
 *
 * The listing is older than this moment: what stands there now must still be a regular file. Its size is what the system
 * states now; it may still shrink, and then `readInto` returns less.
 *
 * @throws EvidenceError if it cannot be opened or is no regular file any more
 */
export function openFile(disk: Disk, path: Buffer): ByteSource {
  let fd: number;
  try {
    fd = disk.open(path);
  } catch (error) {
    throw new EvidenceError(`expected a readable file, opening it failed: ${systemReason(error)}`, { cause: error });
  }
  try {
    const entry = disk.lookOpen(fd);
    if (entry.kind !== 'file') throw new EvidenceError(`expected a regular file, found a ${entry.kind}`);
    return new FileSource(disk, fd, entry.size);
  } catch (error) {
    disk.close(fd);
    throw error;
  }
}

class FileSource implements ByteSource {
  readonly size: number;
  readonly #disk: Disk;
  #fd: number | undefined;

  constructor(disk: Disk, fd: number, size: number) {
    this.#disk = disk;
    this.#fd = fd;
    this.size = size;
  }

  readInto(at: number, into: Uint8Array): number {
    if (this.#fd === undefined) throw new EvidenceError('expected an open file, it was closed');
    let filled = 0;
    while (filled < into.length) {
      const count = this.#read(this.#fd, into, filled, at + filled);
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  close(): Promise<void> {
    if (this.#fd !== undefined) this.#disk.close(this.#fd);
    this.#fd = undefined;
    return Promise.resolve();
  }

  #read(fd: number, into: Uint8Array, start: number, at: number): number {
    try {
      return this.#disk.read(fd, into, start, at);
    } catch (error) {
      const wanted = `${String(into.length - start)} bytes at ${String(at)}`;
      throw new EvidenceError(`expected ${wanted}, reading failed: ${systemReason(error)}`, { cause: error });
    }
  }
}
