import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync, type Stats } from 'node:fs';

export type EntryKind = 'file' | 'folder' | 'symbolic link' | 'socket' | 'named pipe' | 'device' | 'unknown entry';

export interface Entry {
  readonly kind: EntryKind;
  /** Bytes, as the file system states it. */
  readonly size: number;
}

/** The few calls by which evidence is read; there is none that writes. Tests put a failing disk in its place. */
export interface Disk {
  /** Names of a folder's entries as raw bytes, unsorted. */
  names(folder: Buffer): readonly Uint8Array[];
  /** What stands at a path itself; a symbolic link is not followed. */
  look(path: Buffer): Entry;
  open(path: Buffer): number;
  /** What an open file is. */
  lookOpen(fd: number): Entry;
  read(fd: number, into: Uint8Array, start: number, at: number): number;
  close(fd: number): void;
}

export const systemDisk: Disk = {
  names: (folder) => reach(folder, (path) => readdirSync(path, { encoding: 'buffer' })),
  look: (path) => reach(path, (short) => entry(lstatSync(short))),
  open: (path) => reach(path, openReadOnly),
  lookOpen: (fd) => entry(fstatSync(fd)),
  read: (fd, into, start, at) => readSync(fd, into, start, into.length - start, at),
  close: (fd) => {
    closeSync(fd);
  },
};

/**
 * Opens for reading and nothing else: the last part of the path must not be a symbolic link, a named pipe does not block,
 * and on Linux the time of last access is left alone where the system lets us (owner or root).
 */
function openReadOnly(path: Buffer): number {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const noAccessTime = constants.O_NOATIME ?? 0;
  if (noAccessTime === 0) return openSync(path, flags);
  try {
    return openSync(path, flags | noAccessTime);
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'EPERM') return openSync(path, flags);
    throw error;
  }
}

/**
 * Lets `act` work on a path of any length. A system call takes at most 4096 bytes on Linux, an NTFS path can be eight
 * times as long: such a path is walked in pieces, each from the open folder before it.
 */
function reach<T>(path: Buffer, act: (short: Buffer) => T): T {
  if (path.length <= LONGEST_PATH || process.platform !== 'linux') return act(path);
  let base: number | undefined;
  let rest = path;
  try {
    while (rest.length > LONGEST_PATH) {
      const cut = rest.lastIndexOf(SLASH, LONGEST_PATH);
      if (cut <= 0) break;
      const next = openSync(
        fromBase(base, rest.subarray(0, cut)),
        constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW,
      );
      if (base !== undefined) closeSync(base);
      base = next;
      rest = rest.subarray(cut + 1);
    }
    return act(fromBase(base, rest));
  } finally {
    if (base !== undefined) closeSync(base);
  }
}

function fromBase(base: number | undefined, rest: Buffer): Buffer {
  return base === undefined ? rest : Buffer.concat([Buffer.from(`/proc/self/fd/${String(base)}/`), rest]);
}

function entry(stats: Stats): Entry {
  return { kind: kindOf(stats), size: stats.size };
}

function kindOf(stats: Stats): EntryKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  if (stats.isSymbolicLink()) return 'symbolic link';
  if (stats.isSocket()) return 'socket';
  if (stats.isFIFO()) return 'named pipe';
  if (stats.isBlockDevice() || stats.isCharacterDevice()) return 'device';
  return 'unknown entry';
}

const SLASH = 0x2f;
const LONGEST_PATH = 4000;
