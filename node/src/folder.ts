import { realpathSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';

import { openContainer } from '@afterpatch/core/containers/container.ts';
import type { ContainerOptions } from '@afterpatch/core/containers/member.ts';
import { packedEvidence } from '@afterpatch/core/containers/packed-evidence.ts';
import { Shelf } from '@afterpatch/core/containers/shelf.ts';
import { withContainers } from '@afterpatch/core/containers/with-containers.ts';
import type { Artifact, EvidenceSource, ListingGap } from '@afterpatch/core/model/evidence.ts';

import { nodeDecryption } from './decryption.ts';
import { type Disk, type Entry, systemDisk } from './disk.ts';
import { EvidenceError, quoted, systemReason } from './evidence-error.ts';
import { decodeNames } from './file-name.ts';
import { openFile } from './file-source.ts';

/** How the archives among the evidence are opened: passwords, limits, who is told how far an index has come. */
export interface FolderOptions extends ContainerOptions {
  readonly disk?: Disk;
  /** Folders below the root that are entered, one inside the other. */
  readonly maxDepth?: number;
  /** Files, folders and everything else. */
  readonly maxEntries?: number;
}

/**
 * Opens a folder, the root of a mounted drive, a triage package or any other single file as evidence. Nothing is ever
 * written. The members of zips, tars and gzips are artifacts like any other, read where they lie (`withContainers`).
 *
 * Artifacts are listed in code unit order of their paths, which are relative to the folder (`decodeNames` says how names
 * are spelled). A symbolic link below the root is not followed, so loops cannot happen; only the path that was named may
 * be one. Sockets, named pipes and devices are never opened.
 *
 * @throws EvidenceError if nothing stands there, if it cannot be opened, or if it is a disk image or an archive that is not opened
 */
export async function openFolder(path: string, options: FolderOptions = {}): Promise<EvidenceSource> {
  const disk = options.disk ?? systemDisk;
  const name = basename(resolve(path)) || 'root';
  const root = Buffer.from(followed(path));
  const entry = lookAt(path);
  if (entry === 'folder') {
    try {
      disk.names(root);
    } catch (error) {
      throw new EvidenceError(
        `expected a readable folder at ${quoted(path)}, listing it failed: ${systemReason(error)}`,
        { cause: error },
      );
    }
    return withContainers(new Folder(disk, root, name, options), { decryption: nodeDecryption, ...options });
  }
  return await openSingleFile(path, { file: root, name, disk, options });
}

/** The path with its symbolic links resolved; the only place where links are followed, because a person named it. */
function followed(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') {
      throw new EvidenceError(`expected a folder or a file at ${quoted(path)}, nothing stands there`, { cause: error });
    }
    throw unopened(path, error);
  }
}

function lookAt(path: string): 'folder' | 'file' {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return 'folder';
    if (stats.isFile()) return 'file';
  } catch (error) {
    throw unopened(path, error);
  }
  throw new EvidenceError(`expected a folder or a file at ${quoted(path)}, found a device, socket or named pipe`);
}

function unopened(path: string, error: unknown): EvidenceError {
  return new EvidenceError(
    `expected a folder or a file at ${quoted(path)}, opening it failed: ${systemReason(error)}`,
    { cause: error },
  );
}

async function openSingleFile(
  path: string,
  { file, name, disk, options }: { file: Buffer; name: string; disk: Disk; options: FolderOptions },
): Promise<EvidenceSource> {
  try {
    const source = openFile(disk, file);
    let size: number;
    try {
      const packed = await packedEvidence(source, path);
      if (packed !== undefined)
        throw new EvidenceError(
          `expected a folder, an archive (zip, tar, tar.gz) or a log, found ${packed.name}: ${packed.advice}`,
        );
      size = source.size;
    } finally {
      await source.close();
    }
    const artifact: Artifact = { path: name, size, open: () => attempt(() => openFile(disk, file)) };
    const single: EvidenceSource = {
      name,
      async *list() {
        yield artifact;
      },
      emptyFolders: () => [],
    };
    if (size === 0 || !(await isContainer(artifact))) return single;
    return withContainers(single, { decryption: nodeDecryption, ...options, root: name });
  } catch (error) {
    if (error instanceof EvidenceError) throw new EvidenceError(`${quoted(path)}: ${error.message}`, { cause: error });
    throw unopened(path, error);
  }
}

async function isContainer(artifact: Artifact): Promise<boolean> {
  const shelf = new Shelf();
  try {
    return (await openContainer(artifact, {}, { path: artifact.path, shelf })) !== undefined;
  } finally {
    await shelf.clear();
  }
}

/** One folder on the way down, with what is left of it. */
interface Frame {
  readonly raw: Buffer;
  /** Relative to the root, ending in `/`; empty for the root. */
  readonly prefix: string;
  readonly entries: readonly ListedEntry[];
  next: number;
  /** Whether anything below was found that is not a folder, or could not be listed. */
  occupied: boolean;
}

interface ListedEntry {
  readonly raw: Uint8Array;
  readonly name: string;
  readonly entry: Entry | undefined;
  readonly failure: string | undefined;
}

class Folder implements EvidenceSource {
  readonly name: string;
  readonly #disk: Disk;
  readonly #root: Buffer;
  readonly #maxDepth: number;
  readonly #maxEntries: number;
  #empty: string[] = [];

  constructor(disk: Disk, root: Buffer, name: string, options: FolderOptions) {
    this.#disk = disk;
    this.#root = root;
    this.name = name;
    this.#maxDepth = options.maxDepth ?? MAX_DEPTH;
    this.#maxEntries = options.maxEntries ?? MAX_ENTRIES;
  }

  /** Known once `list` has run to its end. A folder with a link, a device or an unreadable entry is not empty. */
  emptyFolders(): readonly string[] {
    return this.#empty;
  }

  async *list(): AsyncGenerator<Artifact | ListingGap> {
    const empty: string[] = [];
    const stack: Frame[] = [];
    let seen = 0;
    const enter = (raw: Buffer, prefix: string): ListingGap | undefined => {
      const listed = this.#listed(raw, prefix, this.#maxEntries - seen);
      if (!('entries' in listed)) return listed;
      seen += listed.entries.length;
      stack.push(listed);
      return undefined;
    };
    const failed = enter(this.#root, '');
    if (failed !== undefined) yield failed;
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const listed = frame.entries[frame.next++];
      if (listed === undefined) {
        stack.pop();
        const parent = stack.at(-1);
        if (frame.occupied && parent !== undefined) parent.occupied = true;
        if (!frame.occupied && frame.prefix !== '') empty.push(frame.prefix.slice(0, -1));
        continue;
      }
      const path = frame.prefix + listed.name;
      const raw = Buffer.concat([frame.raw, SEPARATOR, listed.raw]);
      let found: Artifact | ListingGap | undefined;
      if (listed.entry?.kind !== 'folder') found = this.#found(raw, path, listed);
      else if (stack.length > this.#maxDepth) found = tooDeep(path, this.#maxDepth);
      else found = enter(raw, `${path}/`);
      if (found === undefined) continue;
      frame.occupied = true;
      yield found;
    }
    this.#empty = empty.toSorted((a, b) => (a < b ? -1 : 1));
  }

  #listed(raw: Buffer, prefix: string, room: number): Frame | ListingGap {
    const path = prefix.slice(0, -1);
    let names: readonly Uint8Array[];
    try {
      names = this.#disk.names(raw);
    } catch (error) {
      return {
        path,
        reason: 'unreadable',
        says: `expected a readable folder, listing it failed: ${systemReason(error)}`,
      };
    }
    if (names.length > room) {
      const limit = String(this.#maxEntries);
      return {
        path,
        reason: 'limit',
        says: `folder has ${String(names.length)} entries, which exceeds the limit of ${limit} in all`,
      };
    }
    const spelled = decodeNames(names);
    const entries = names.map((name, at) => this.#looked(raw, name, spelled[at] ?? ''));
    return { raw, prefix, entries: entries.toSorted(byPath), next: 0, occupied: false };
  }

  #looked(folder: Buffer, raw: Uint8Array, name: string): ListedEntry {
    try {
      return { raw, name, entry: this.#disk.look(Buffer.concat([folder, SEPARATOR, raw])), failure: undefined };
    } catch (error) {
      return { raw, name, entry: undefined, failure: systemReason(error) };
    }
  }

  #found(raw: Buffer, path: string, { entry, failure }: ListedEntry): Artifact | ListingGap {
    if (entry === undefined) {
      return {
        path,
        reason: 'unreadable',
        says: `expected a file or a folder, looking at it failed: ${failure ?? 'unknown'}`,
      };
    }
    if (entry.kind === 'file') return { path, size: entry.size, open: () => attempt(() => openFile(this.#disk, raw)) };
    if (entry.kind === 'symbolic link') return { path, reason: 'unsupported', says: 'symbolic link, not followed' };
    return { path, reason: 'unsupported', says: `expected a file or a folder, found a ${entry.kind}, not opened` };
  }
}

/** Orders the entries of a folder so that the whole walk is in code unit order of full paths: `a-b` stands before `a/x`. */
function byPath(one: ListedEntry, other: ListedEntry): number {
  const a = sortKey(one);
  const b = sortKey(other);
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function sortKey(listed: ListedEntry): string {
  return listed.entry?.kind === 'folder' ? `${listed.name}/` : listed.name;
}

function tooDeep(path: string, limit: number): ListingGap {
  return { path, reason: 'limit', says: `folder lies deeper than ${String(limit)} folders, not entered` };
}

async function attempt<T>(act: () => T): Promise<T> {
  return act();
}

const SEPARATOR = Buffer.from('/');
const MAX_DEPTH = 64;
const MAX_ENTRIES = 1_000_000;
