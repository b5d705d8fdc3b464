import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { quoted, systemReason } from '@afterpatch/node/evidence-error.ts';

import { UsageError } from './exit-code.ts';

/** The packs that came with this version: beside the bundle, or in the checkout. */
export function builtInPacks(): ReadonlyMap<string, string> {
  for (const candidate of ['./packs/', '../../packs/']) {
    const folder = fileURLToPath(new URL(candidate, import.meta.url));
    if (!existsSync(folder)) continue;
    const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'pack.yaml')));
    if (names.length > 0) return new Map(names.toSorted().map((name) => [name, join(folder, name)]));
  }
  return new Map();
}

/**
 * The folder of a pack that was named on the command line: a path, or the id of a built-in pack.
 *
 * @throws UsageError if it is neither
 */
export function namedPack(name: string): string {
  if (statSync(name, { throwIfNoEntry: false })?.isDirectory() === true) return name;
  const builtIn = builtInPacks();
  const folder = builtIn.get(name);
  if (folder !== undefined) return folder;
  throw new UsageError(
    `expected a pack folder or one of the built-in packs (${[...builtIn.keys()].join(', ')}), found ${quoted(name)}`,
  );
}

/**
 * Reads all files of a pack folder, except those whose name begins with a dot.
 *
 * @returns path below the folder, `/` between the parts, to content
 * @throws UsageError if it cannot be read, or is larger than any pack
 */
export function readPackFolder(folder: string): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let bytes = 0;
  const visit = (below: string, depth: number): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      // The cases of a pack are tests: scenarios that no run reads.
      if (path === 'cases') continue;
      if (entry.isDirectory() && depth < DEEPEST) visit(path, depth + 1);
      else {
        const content = readFileSync(join(folder, path));
        bytes += content.length;
        files.set(path, content);
      }
      if (files.size > MOST_FILES || bytes > MOST_BYTES) {
        throw new UsageError(
          `expected a pack of at most ${MOST_FILES} files and ${MOST_BYTES} bytes, found more in ${quoted(folder)}`,
        );
      }
    }
  };
  try {
    visit('', 1);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `expected a readable pack folder at ${quoted(folder)}, reading it failed: ${systemReason(error)}`,
      { cause: error },
    );
  }
  return files;
}

const DEEPEST = 8;
const MOST_FILES = 5_000;
const MOST_BYTES = 64 * 1024 * 1024;
