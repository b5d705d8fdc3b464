import type { Locator, Micros, Span } from './evidence.ts';
import type { GapReason } from './reading.ts';

/** A gap with its artifact. */
export interface ArtifactGap {
  readonly reason: GapReason;
  readonly origin: Locator;
  readonly says: string;
}

/** How completely a tree was listed. */
export interface TreeExtent {
  readonly root: string;
  readonly how: 'enumerated' | 'partial' | 'unknown';
  readonly asOf: Micros | undefined;
  readonly files: number;
}

/** What was seen of one source on one host. */
export interface Coverage {
  /** The pack's source or tree id. */
  readonly kind: string;
  readonly host: string;
  readonly title: string;
  /** Closed by records no further apart than the source's quiet limit. */
  readonly spans: readonly Span[];
  readonly records: number;
  readonly quiet: Micros | undefined;
  readonly extent: TreeExtent | undefined;
}

/** A build as one artefact states it. */
export interface BuildSighting {
  readonly host: string;
  readonly value: string;
  readonly rank: number;
  readonly level: 'su' | 'cu';
  readonly from: string;
  readonly name: 'build' | 'setup' | 'install-path' | 'mitigation';
  readonly since: Micros | undefined;
  readonly until: Micros | undefined;
  readonly origin: Locator;
}
