import type { ListingGap } from '@afterpatch/core/model/evidence.ts';

import type { Dropped, DroppedFile } from './dropped.ts';

/** A folder as a browser shows it, whichever of its two interfaces it comes through. */
export interface ListedFolder {
  readonly name: string;
  /** @throws what the browser throws, in the middle of the list too */
  entries(): AsyncIterable<ListedEntry>;
}

export type ListedEntry =
  | { readonly name: string; readonly folder: ListedFolder }
  | { readonly name: string; readonly folder?: undefined; readonly file: () => Promise<File> };

/** A folder with everything below it, within the bounds that the command line has too. */
export async function listFolder(folder: ListedFolder, onListed: (files: number) => void): Promise<Dropped> {
  const listing: Listing = { files: [], emptyFolders: [], gaps: [], entries: 0, onListed };
  await listInto(listing, folder, '', 0);
  const { files, emptyFolders, gaps } = listing;
  return { is: 'folder', name: folder.name, files, emptyFolders, gaps };
}

/**
 * What the oldest kind of folder picker gives (`<input webkitdirectory>`): the files that the browser could reach, and no
 * word of all else. Nothing proves then that a folder was listed whole, and every folder says so.
 */
export function pickedFolders(files: Iterable<PickedFile>): readonly Dropped[] {
  const folders = new Map<string, { readonly files: DroppedFile[]; readonly below: Set<string> }>();
  for (const file of files) {
    const parts = file.webkitRelativePath.split('/');
    const name = parts.length > 1 ? (parts[0] ?? '') : file.name;
    const path = parts.length > 1 ? parts.slice(1).join('/') : file.name;
    const folder = folders.get(name) ?? { files: [], below: new Set() };
    folders.set(name, folder);
    folder.files.push({ path, file });
    for (let cut = path.lastIndexOf('/'); cut > 0 && !folder.below.has(path.slice(0, cut + 1));) {
      folder.below.add(path.slice(0, cut + 1));
      cut = path.lastIndexOf('/', cut - 1);
    }
  }
  return [...folders].map(([name, { files: listed, below }]) => ({
    is: 'folder',
    name,
    files: listed,
    emptyFolders: [],
    gaps: ['', ...below].map((path): ListingGap => {
      return { path: path + UNKNOWN, reason: 'unsupported', says: path === '' ? PICKED : PICKED_BELOW };
    }),
  }));
}

/** What `lib.dom` calls a File; elsewhere files have no path. */
type PickedFile = File & { readonly webkitRelativePath: string };

interface Listing {
  readonly files: DroppedFile[];
  readonly emptyFolders: string[];
  readonly gaps: ListingGap[];
  entries: number;
  readonly onListed: (files: number) => void;
}

/** @returns whether anything stands in the folder that is not itself an empty folder */
async function listInto(listing: Listing, folder: ListedFolder, prefix: string, depth: number): Promise<boolean> {
  const before = listing.gaps.length + listing.files.length;
  const folders: ListedFolder[] = [];
  const taking: Promise<void>[] = [];
  let count = 0;
  try {
    for await (const entry of folder.entries()) {
      count += 1;
      listing.entries += 1;
      if (listing.entries > MAX_ENTRIES) {
        gap(
          listing,
          prefix + UNKNOWN,
          'limit',
          `folder and those before it have more than ${MAX_ENTRIES} entries in all`,
        );
        break;
      }
      if (entry.name === '') gap(listing, prefix + UNKNOWN, 'unreadable', NAMELESS);
      else if (entry.folder !== undefined) folders.push(entry.folder);
      else taking.push(take(listing, prefix + entry.name, entry.file));
      if (taking.length >= AT_ONCE) await Promise.all(taking.splice(0));
    }
  } catch (error) {
    const says = `expected a readable folder, listing it failed: ${reasonOf(error)}`;
    // What was listed of the folder is not all.
    gap(listing, count === 0 ? prefix.slice(0, -1) : prefix + UNKNOWN, 'unreadable', says);
  }
  await Promise.all(taking);
  let isOccupied = listing.gaps.length + listing.files.length > before;
  for (const below of folders) {
    const path = prefix + below.name;
    if (depth >= MAX_DEPTH) {
      gap(listing, path, 'limit', `folder lies deeper than ${MAX_DEPTH} folders, not entered`);
      isOccupied = true;
    } else if (await listInto(listing, below, `${path}/`, depth + 1)) isOccupied = true;
  }
  if (!isOccupied && prefix !== '') listing.emptyFolders.push(prefix.slice(0, -1));
  return isOccupied;
}

async function take(listing: Listing, path: string, open: () => Promise<File>): Promise<void> {
  try {
    listing.files.push({ path, file: await open() });
    if (listing.files.length % TOLD_EVERY === 0) listing.onListed(listing.files.length);
  } catch (error) {
    gap(listing, path, 'unreadable', `expected a file or a folder, looking at it failed: ${reasonOf(error)}`);
  }
}

function gap(listing: Listing, path: string, reason: ListingGap['reason'], says: string): void {
  listing.gaps.push({ path, reason, says });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name} (${error.message})` : String(error);
}

/** Stands for entries of a folder whose names are not known; no file of Windows is called so. */
const UNKNOWN = '?';
const PICKED =
  'chosen with a folder picker of the browser that leaves out links, empty folders, and what it may not open or name; drop the folder on the page instead, or give a zip';
const PICKED_BELOW = 'chosen with a folder picker: whether it was listed whole is not known';
const NAMELESS = 'expected an entry with a name, the browser shows none: it is not opened';
const MAX_DEPTH = 64;
const MAX_ENTRIES = 1_000_000;
const TOLD_EVERY = 200;
/** Files of one folder that are asked for at the same time. */
const AT_ONCE = 64;
