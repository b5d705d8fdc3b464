import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

import { CHECKS, OBSERVERS } from '@afterpatch/core/checks/index.ts';
import { loadPack } from '@afterpatch/core/packs/load-pack.ts';
import type { LoadedPack } from '@afterpatch/core/packs/pack-check.ts';

import { EvidenceError } from './evidence-error.ts';

/** Files of a pack folder at most; a campaign is a few dozen. */
const MAX_FILES = 10_000;

/**
 * Compiles the pack in a folder.
 *
 * @throws EvidenceError if the folder cannot be read, PackErrors for what stands in it
 */
export function loadPackFolder(folder: string): LoadedPack {
  return loadPack(readPackFolder(folder), { sha256Hex, checks: CHECKS, observers: OBSERVERS });
}

/** All regular files below a pack folder, by path with `/` between the parts. */
export function readPackFolder(folder: string): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
  } catch {
    throw new EvidenceError(`expected a pack folder with a pack.yaml, ${folder} cannot be read`);
  }
  if (names.length > MAX_FILES)
    throw new EvidenceError(`expected a pack folder of at most ${MAX_FILES} files, ${folder} holds ${names.length}`);
  for (const name of names) {
    const path = join(folder, name);
    if (lstatSync(path).isFile()) files.set(name.split(sep).join('/'), readFileSync(path));
  }
  return files;
}

function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
