import type { Dropped } from './dropped.ts';
import { listFolder } from './folder-listing.ts';
import type { ListedEntry, ListedFolder } from './folder-listing.ts';

/**
 * Lists what was dropped on the page, folders down to their last file. What was dropped is there only while its event is
 * handled: call this in the event, await it afterwards.
 *
 * A browser says nothing of links, and gives no name at all to an entry whose name is no UTF-8 (Chromium), where the
 * command line tells of the link and spells the name.
 *
 * @param onListed told how many files were listed so far
 */
export function listDrop(items: DataTransferItemList, onListed: (files: number) => void): Promise<readonly Dropped[]> {
  const dropped: Promise<Dropped>[] = [];
  for (const dragged of items) {
    if (dragged.kind !== 'file') continue;
    const entry = dragged.webkitGetAsEntry();
    const file = dragged.getAsFile();
    if (entry !== null && isFolderEntry(entry)) {
      // On a page that was opened from a disk, Chromium lists folders only through their handles.
      const handle = location.protocol === 'file:' ? handleOf(dragged) : undefined;
      dropped.push(listDropped(entry, handle, onListed));
    } else if (file !== null) dropped.push(Promise.resolve({ is: 'file', file }));
  }
  return Promise.all(dropped);
}

/** A dropped folder. @see File and Directory Entries API */
function folderOfEntry(folder: FileSystemDirectoryEntry): ListedFolder {
  return {
    name: folder.name,
    async *entries() {
      const reader = folder.createReader();
      for (;;) {
        // A hundred at a time, and none when there are no more.
        const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
          reader.readEntries(resolve, reject);
        });
        if (some.length === 0) return;
        for (const entry of some) yield listedEntry(entry);
      }
    },
  };
}

/** A chosen folder, or one dropped on a page that was opened from a disk. @see File System standard */
function folderOfHandle(folder: FileSystemDirectoryHandle): ListedFolder {
  return {
    name: folder.name,
    async *entries() {
      for await (const handle of folder.values()) {
        const { name } = handle;
        if (isFolderHandle(handle)) yield { name, folder: folderOfHandle(handle) };
        else yield { name, file: () => handle.getFile() };
      }
    },
  };
}

/**
 * Asks for a folder with the picker that shows everything in it (Chromium).
 *
 * @returns `undefined` if the browser has no such picker, `null` if the person chose nothing
 */
export async function askForFolder(): Promise<ListedFolder | undefined | null> {
  const ask: unknown = Reflect.get(globalThis, 'showDirectoryPicker');
  if (typeof ask !== 'function') return undefined;
  try {
    const handle: unknown = await ask.call(globalThis, { mode: 'read' });
    return handle instanceof FileSystemDirectoryHandle ? folderOfHandle(handle) : undefined;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    return undefined;
  }
}

async function listDropped(
  entry: FileSystemDirectoryEntry,
  handle: Promise<FileSystemDirectoryHandle | undefined> | undefined,
  onListed: (files: number) => void,
): Promise<Dropped> {
  const opened = await handle;
  return await listFolder(opened === undefined ? folderOfEntry(entry) : folderOfHandle(opened), onListed);
}

async function handleOf(dragged: DataTransferItem): Promise<FileSystemDirectoryHandle | undefined> {
  if (!('getAsFileSystemHandle' in dragged) || typeof dragged.getAsFileSystemHandle !== 'function') return undefined;
  const handle: unknown = await dragged.getAsFileSystemHandle();
  return handle instanceof FileSystemDirectoryHandle ? handle : undefined;
}

function listedEntry(entry: FileSystemEntry): ListedEntry {
  const { name } = entry;
  if (isFolderEntry(entry)) return { name, folder: folderOfEntry(entry) };
  const file = (): Promise<File> =>
    new Promise((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
  return { name, file };
}

function isFolderEntry(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isFolderHandle(handle: FileSystemHandle): handle is FileSystemDirectoryHandle {
  return handle.kind === 'directory';
}
