import type { BuildPart, Fact } from './check.ts';
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
  /** Microseconds of silence that end a span: the pack's limit, or less where the source itself shows a closer rhythm. */
  readonly quiet: Micros | undefined;
  readonly extent: TreeExtent | undefined;
  /** Where it is silent although it should speak, in order of time; absent where nobody looked. */
  readonly holes?: readonly CoverageHole[];
  /** How far its clock is off, where requests that stand in another source too show it. */
  readonly clock?: ClockOffset | undefined;
}

export interface CoverageHole extends Span {
  /** Records are known to be missing, so that it is a hole however short it is. */
  readonly isLost: boolean;
  /** Lower case, no full stop. */
  readonly reason: string;
}

export interface ClockOffset {
  /** Later than the other source by so much; negative for earlier. */
  readonly micros: Micros;
  readonly says: string;
}

/** A build as one artefact states it. */
export interface BuildSighting {
  readonly host: string;
  readonly value: string;
  readonly rank: number;
  readonly level: 'su' | 'cu';
  readonly from: string;
  readonly name: Fact['name'];
  readonly part?: BuildPart;
  readonly since: Micros | undefined;
  readonly until: Micros | undefined;
  readonly origin: Locator;
}
