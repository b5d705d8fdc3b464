/** Microseconds since 1970-01-01T00:00:00Z, always UTC. A double is exact until the year 2255. */
export type Micros = number;

/** Half-open stretch of time: `from` inclusive, `to` exclusive. */
export interface Span {
  readonly from: Micros;
  readonly to: Micros;
}

/** Index of an artifact inside one run, given after paths were sorted. The case file carries content digests instead. */
export type ArtifactIndex = number;

/** Where a fact can be seen again: a run of bytes in one artifact (in a container: of the uncompressed member). */
export interface Locator {
  readonly artifact: ArtifactIndex;
  readonly offset: number;
  readonly length: number;
}

/** Bytes that can be read at any place. The only door between the core and a host's files. */
export interface ByteSource {
  /** Bytes, as the host stated it when the source was opened; evidence may shrink while it is read. */
  readonly size: number;
  /**
   * Fills `into` from offset `at`.
   *
   * @returns the number of bytes read; less than `into.length` only at the end, 0 past it
   */
  readInto(at: number, into: Uint8Array): number | Promise<number>;
  close(): Promise<void>;
}

/** One file of the evidence, not opened yet. */
export interface Artifact {
  /** Relative to its evidence root, `/` between the parts, undecodable bytes percent-encoded. */
  readonly path: string;
  /** The container the bytes lie in, as a path below the evidence root; absent for a plain file. */
  readonly container?: string;
  readonly size: number;
  /** @throws what the host throws; the engine turns it into a gap */
  open(): Promise<ByteSource>;
}

/** Something the host met while it listed the evidence and could not hand over. */
export interface ListingGap {
  readonly path: string;
  readonly says: string;
  readonly reason: 'unreadable' | 'limit' | 'unsupported';
}

/** What a responder hands us: a folder, the root of a mounted drive, an archive, files dropped on a page. Read-only. */
export interface EvidenceSource {
  /** The last part of what was named on the command line; never an absolute path. */
  readonly name: string;
  /** Its name, where it shows the one host of all snapshots at a time of its own. */
  readonly snapshot?: string;
  list(): AsyncIterable<Artifact | ListingGap>;
  /** Folders without a file below them, which prove that a tree was listed and was empty. */
  emptyFolders(): readonly string[];
}
