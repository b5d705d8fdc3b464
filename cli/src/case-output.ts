import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { quoted, systemReason } from '@afterpatch/node/evidence-error.ts';

import { UsageError } from './exit-code.ts';

/** Text to be written, in the order of the file. */
export type Pieces = Iterable<string> | AsyncIterable<string>;

/**
 * Decides where an output goes, before anything is read. Nothing is ever written beside the evidence: not into an
 * evidence folder, not below it, not over an evidence file, whatever links and mounts lie in between.
 *
 * @param folders folders of evidence, or single files of it
 * @returns the path to write to, with links resolved
 * @throws UsageError
 */
export function outputPlace(output: string, folders: readonly string[]): string {
  const target = existsSync(output) ? realpathSync(output) : resolve(output);
  const parent = dirname(target);
  if (statOf(parent)?.isDirectory() !== true) {
    throw new UsageError(`expected --output in a folder that exists, found no folder ${quoted(parent)}`);
  }
  const found = statOf(target);
  if (found?.isDirectory() === true)
    throw new UsageError(`expected --output to be a file, found the folder ${quoted(output)}`);
  for (const folder of folders) {
    const evidence = statOf(folder);
    const inside = evidence !== undefined && (sameFile(found, evidence) || isBelow(realpathSync(parent), evidence));
    if (inside) {
      throw new UsageError(
        `expected --output outside of the evidence ${quoted(folder)}, found ${quoted(output)} inside: nothing is ever written beside the evidence`,
      );
    }
  }
  return join(realpathSync(parent), basename(target));
}

/**
 * Writes a file as a whole or not at all: a temporary file in the same folder, flushed, then renamed. Readable by its
 * owner only. Devices and pipes are written to as they are.
 *
 * @throws UsageError if the system refuses
 */
export async function writeWhole(path: string, pieces: Pieces): Promise<void> {
  const before = statOf(path);
  try {
    if (before !== undefined && !before.isFile()) await writeInto(openSync(path, 'w'), pieces, { flush: false });
    else await replace(path, pieces);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new UsageError(`expected to write ${quoted(path)}, it failed: ${systemReason(error)}`, { cause: error });
  }
}

/** Removes what an interrupted write left. */
export function forgetUnfinished(): void {
  for (const path of unfinished) removeQuietly(path);
}

async function replace(path: string, pieces: Pieces): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.part`);
  unfinished.add(temporary);
  try {
    await writeInto(openSync(temporary, 'wx', 0o600), pieces, { flush: true });
    renameSync(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  } finally {
    unfinished.delete(temporary);
  }
}

async function writeInto(fd: number, pieces: Pieces, options: { readonly flush: boolean }): Promise<void> {
  try {
    for await (const piece of pieces) {
      const bytes = Buffer.from(piece, 'utf8');
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
    }
    if (options.flush) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Walks up by device and inode, so that no spelling, link or letter case hides the evidence folder. */
function isBelow(folder: string, evidence: BigIntStats): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (sameFile(statOf(at), evidence)) return true;
    if (at === dirname(at)) return false;
  }
}

function sameFile(a: BigIntStats | undefined, b: BigIntStats): boolean {
  return a !== undefined && a.dev === b.dev && a.ino === b.ino;
}

function statOf(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never made, or was renamed already.
  }
}

/** What the disk refuses is the request's matter; what a generator of pieces throws is not. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && typeof Reflect.get(error, 'syscall') === 'string';
}

const unfinished = new Set<string>();
