import type { Draft } from './draft.ts';
import type { LayoutName, Listed, Role } from './laid-out.ts';

/** Why an artifact speaks for a package: where the package would lie, and what kind of sign it is. */
export interface Mark {
  /** Empty or ending in `/`; a beginning of the artifact's path. */
  readonly root: string;
  readonly sign: string;
  /** Many artifacts are this sign, by the folder they lie in; one of them is enough, and it is not read. */
  readonly isFolder?: boolean;
}

/** An artifact that is a mark, with the kind of sign that it is. */
export interface MarkedArtifact {
  readonly artifact: Listed;
  readonly sign: string;
}

/** A package that was recognised, to be read. */
export interface Parcel {
  readonly root: string;
  /** The first of them, sorted by path. */
  readonly marks: readonly MarkedArtifact[];
  /** Whether the evidence has an artifact at this evidence path. */
  has(path: string): boolean;
  /** Bytes of the artifact at this evidence path; `undefined` where there is none. */
  sizeOf(path: string): number | undefined;
  /** The evidence paths below the root in code unit order, for what `has` does not find by its exact name. */
  below(): Iterable<string>;
}

/** One collector's way to lay a package out. */
export interface LayoutReader {
  readonly layout: LayoutName;
  /** The output of a tool that runs on servers: where it lies among a server's files, its results are told, and no more. */
  readonly isToolOutput?: boolean;
  /** @param name the last part of the path, lower-case */
  markOf(path: string, name: string): Mark | undefined;
  /** Whether signs found at one root are enough to call it a package. */
  accepts(signs: ReadonlySet<string>): boolean;
  /** @param below path below the root */
  role(below: string): Role;
  /** The path on the server, where it is not what any path of the evidence says; `undefined`: as any path. */
  original?(below: string): string | undefined;
  shadowCopy?(below: string): string | undefined;
  /** Moves marks between the roots where they were found, before packages are made of them. */
  settle?(found: Map<string, MarkedArtifact[]>): void;
  read(parcel: Parcel, draft: Draft): Promise<void>;
}

/** The folder part of a path with its `/`. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** The place of a path in a list in code unit order, or where it would stand. */
export function placeIn(sorted: readonly string[], path: string): number {
  let low = 0;
  for (let high = sorted.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < path) low = middle + 1;
    else high = middle;
  }
  return low;
}
