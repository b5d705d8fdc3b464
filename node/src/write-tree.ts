import { closeSync, mkdirSync, openSync, readdirSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { quoted, systemReason } from './evidence-error.ts';

/** One file of a generated tree. */
export interface TreeFile {
  /** Relative, `/` between the parts. */
  readonly path: string;
  readonly pieces: Iterable<Uint8Array>;
}

/** The folder to write to is taken, or a path leads out of it. One line; the CLI exits with 64. */
export class OutputError extends Error {
  override readonly name: string = 'OutputError';
}

/**
 * Writes a generated tree into a new or empty folder. No file is ever overwritten, and no path leads out of the folder.
 *
 * @returns how much was written
 * @throws OutputError for a folder that holds something, a path that is not plain, and a file that cannot be written
 */
export function writeTree(folder: string, files: Iterable<TreeFile>): { files: number; bytes: number } {
  makeEmptyFolder(folder);
  let count = 0;
  let bytes = 0;
  for (const file of files) {
    const path = join(folder, ...plainParts(file.path));
    try {
      mkdirSync(dirname(path), { recursive: true });
      bytes += writeFile(path, file.pieces);
    } catch (error) {
      throw new OutputError(`expected to write ${quoted(file.path)}, it failed: ${systemReason(error)}`, {
        cause: error,
      });
    }
    count += 1;
  }
  return { files: count, bytes };
}

function makeEmptyFolder(folder: string): void {
  let names: readonly string[];
  try {
    mkdirSync(folder, { recursive: true });
    names = readdirSync(folder);
  } catch (error) {
    throw new OutputError(`expected a new folder at ${quoted(folder)}, making it failed: ${systemReason(error)}`, {
      cause: error,
    });
  }
  if (names.length > 0) {
    throw new OutputError(
      `expected a new or empty folder at ${quoted(folder)}, it holds ${String(names.length)} entries`,
    );
  }
}

/** Parts that name the same file on every system: no way up, no drive, no stream, no separator of another system. */
function plainParts(path: string): string[] {
  const parts = path.split('/');
  const plain = parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\u0000]/.test(part));
  if (!plain) throw new OutputError(`expected a relative path with plain parts, found ${quoted(path)}`);
  return parts;
}

function writeFile(path: string, pieces: Iterable<Uint8Array>): number {
  const fd = openSync(path, 'wx');
  let total = 0;
  try {
    for (const piece of pieces) {
      for (let done = 0; done < piece.length;) done += writeSync(fd, piece, done);
      total += piece.length;
    }
  } finally {
    closeSync(fd);
  }
  return total;
}
