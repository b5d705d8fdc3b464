import type { EvidenceSource, ListingGap } from '../model/evidence.ts';
import type { Expansion } from './expansion.ts';
import type { ContainerLimits, ContainerOptions, MemberArtifact } from './member.ts';
import type { MemberPaths } from './member-path.ts';
import type { SharedSource, Shelf } from './shelf.ts';

/** What a reader of containers knows of the artifact that is one. */
export interface ContainerPlace {
  /** Path of the artifact below the evidence root. */
  readonly path: string;
  readonly size: number;
  readonly source: SharedSource;
  readonly shelf: Shelf;
  readonly expansion: Expansion;
  readonly limits: ContainerLimits;
  readonly options: ContainerOptions;
  /** Paths that no member may have. */
  readonly reserved: readonly string[];
}

/** The members of an artifact. Paths are those inside the container; a gap without a path is one of the container itself. */
export interface Container extends EvidenceSource {
  list(): AsyncIterable<MemberArtifact | ListingGap>;
  /** The paths that were given, once `list` has run to its end. */
  readonly paths: MemberPaths;
}

export function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
