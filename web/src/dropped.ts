import type { ListingGap } from '@afterpatch/core/model/evidence.ts';

/** A file below a dropped folder. The path is relative to that folder, `/` between the parts. */
export interface DroppedFile {
  readonly path: string;
  readonly file: File;
}

/** A folder as the page listed it; plain values and files, so that it crosses to a worker. */
interface DroppedFolder {
  readonly is: 'folder';
  readonly name: string;
  readonly files: readonly DroppedFile[];
  /** Folders below it without a file in them. */
  readonly emptyFolders: readonly string[];
  readonly gaps: readonly ListingGap[];
}

interface DroppedLooseFile {
  readonly is: 'file';
  readonly file: File;
}

/** One thing that a person dropped on the page or chose. */
export type Dropped = DroppedFolder | DroppedLooseFile;

export function sizeOf(dropped: Dropped): { readonly files: number; readonly bytes: number } {
  if (dropped.is === 'file') return { files: 1, bytes: dropped.file.size };
  return { files: dropped.files.length, bytes: dropped.files.reduce((sum, { file }) => sum + file.size, 0) };
}

export function nameOf(dropped: Dropped): string {
  return dropped.is === 'file' ? dropped.file.name : dropped.name;
}
