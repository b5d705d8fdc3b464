import type { Micros } from '../model/evidence.ts';
import type { SpecimenFile } from './specimen-file.ts';

/** How a collector ran over the files of a specimen. */
export interface PackagePlan {
  readonly host: string;
  /** When the collection ended. */
  readonly collected: Micros;
  /** Paths of files, as the specimen has them, that the collector found and could not copy. */
  readonly failed?: readonly string[];
  /** Paths of files that have the content of another one, and are not copied a second time (KAPE). */
  readonly duplicates?: readonly string[];
  /** Lower-case hex of a file's content, for the manifests; without it their columns of hashes stay empty. */
  readonly sha1?: (content: Uint8Array) => string;
}

/** The files that a package has, without those that were not copied. */
export function copiedFiles(files: readonly SpecimenFile[], plan: PackagePlan): readonly SpecimenFile[] {
  const left = new Set([...(plan.failed ?? []), ...(plan.duplicates ?? [])]);
  return files.filter((file) => !left.has(file.path));
}

/** A file of a package that is a text of the collector's own. */
export function textFile(path: string, modified: Micros, text: string): SpecimenFile {
  return {
    path,
    modified,
    *pieces() {
      yield new TextEncoder().encode(text);
    },
  };
}

/** The same file at another place of the package. */
export function movedFile(file: SpecimenFile, path: string): SpecimenFile {
  return { path, modified: file.modified, pieces: () => file.pieces() };
}

/** `C/inetpub/x` of a specimen as `C:\inetpub\x`. */
export function serverName(path: string): string {
  return path.replace('/', ':/').replaceAll('/', '\\');
}

/** Bytes of a file's content. */
export function sizeOf(file: SpecimenFile): number {
  let size = 0;
  for (const piece of file.pieces()) size += piece.length;
  return size;
}
