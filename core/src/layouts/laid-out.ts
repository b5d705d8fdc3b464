import type { ByteSource, Micros } from '../model/evidence.ts';

/** An artifact as the host lists it. */
export interface Listed {
  readonly path: string;
  readonly size: number;
  readonly container?: string;
  open(): Promise<ByteSource>;
}

export type LayoutName = 'kape' | 'velociraptor' | 'cylr' | 'uac' | 'acquire' | 'test-proxylogon' | 'healthchecker';

/**
 * `manifest`: a collector's list of files, to be read for the files it names and for nothing else. `prior`: what another
 * tool concluded. `collector`: the collector's own log, index or settings. None of the three is a log of the server: what
 * stands in them makes no heartbeat, and only a manifest makes records (of kind `file`).
 */
export type Role = 'evidence' | 'manifest' | 'prior' | 'collector';

/** A file that was there and is not in the package. */
export interface NotCopied {
  /** Path on the server, as `C:/inetpub/wwwroot/x.aspx` where the manifest names a drive. */
  readonly original: string;
  /** Lower case, no full stop: why, and who says so. */
  readonly says: string;
}

/** A file that was not copied because a copied one has the same content. */
export interface Skipped extends NotCopied {
  /** Lower-case hex. */
  readonly sha1: string;
  /** Path on the server of the copied file with this content. */
  readonly sameAs: string;
}

/** One recognised package. */
export interface Collection {
  readonly layout: LayoutName;
  /** Path prefix below the evidence root, empty or ending in `/`. */
  readonly root: string;
  /** The machine, as the package's own metadata names it. */
  readonly host: string | undefined;
  readonly collectedAt: Micros | undefined;
  /**
   * Files that could not be copied, or that the manifest says were copied and that are not in the package: gaps of the tree
   * they lie in. Bounded; what is beyond the bound is one file for every folder that has none in the list yet.
   */
  readonly failed: readonly NotCopied[];
  /** May be larger than the list. */
  readonly failedCount: number;
  /** Not every folder with a failed file has one in the list: any tree of the package may be damaged. */
  readonly failedAnywhere: boolean;
  /** Known by path and by content: no gaps. Bounded; what is beyond the bound is in `failed`. */
  readonly skipped: readonly Skipped[];
  readonly skippedCount: number;
  /** What the case has to say of this package: sentences, lower case, no full stop. */
  readonly limits: readonly string[];
}

/** What another tool concluded: told as such, never evidence. */
export interface PriorFinding {
  readonly tool: string;
  /** Evidence path of the artifact that says it. */
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  /** At most 400 characters, as the tool wrote them. */
  readonly says: string;
}

/** What a person has to do before an artifact can be read. */
export interface Advice {
  readonly path: string;
  readonly says: string;
}

export interface LaidOut {
  /** Sorted by root and layout. */
  readonly collections: readonly Collection[];
  /**
   * Path on the server as `C:/inetpub/wwwroot/x.aspx`, `/` between the parts, no part `..`; behind a `:` the stream. In a
   * shadow copy the copy's own name stands for the drive (`HarddiskVolumeShadowCopy3/inetpub/…`), so that an older state is
   * never taken for the last one. `undefined`: the path does not say; take the evidence path.
   */
  original(path: string): string | undefined;
  role(path: string): Role;
  /** Name of the volume shadow copy that an artifact was read from; `undefined` for the file system as it stood. */
  shadowCopy(path: string): string | undefined;
  readonly prior: readonly PriorFinding[];
  /** How many there were; `prior` holds the first of them. */
  readonly priorCount: number;
  readonly advice: readonly Advice[];
  /** What has to be said of no single package. */
  readonly limits: readonly string[];
}
