/** Incremental SHA-256; the host's own implementation. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Lower-case hex. The hasher is spent. */
  hex(): string;
}

/** Counters a host may draw. */
export interface Progress {
  readonly phase: 'list' | 'hash' | 'read' | 'judge';
  readonly path: string;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly artifactsDone: number;
  readonly artifactsTotal: number;
}

/** What only a host can do. */
export interface Host {
  sha256(): Hasher;
  progress?(now: Progress): void;
  /** Told about every fault of ours, loudly; it also stands in the case as a gap. */
  fault?(where: string, error: unknown): void;
}
