import type { Answer, ClaimId, Headline } from './claim.ts';
import type { Level, Stage } from './finding.ts';
import type { GapReason } from './reading.ts';

/** ISO 8601 in UTC with `Z`; `null` where the evidence states no time. */
export type IsoTime = string;

export interface CaseSpan {
  readonly from: IsoTime;
  readonly to: IsoTime;
}

/** `afterpatch.case/1`: the one document the engine leaves behind. Plain JSON; grows by addition only. */
export interface CaseFile {
  readonly schema: 'afterpatch.case/1';
  readonly engine: { readonly version: string };
  readonly packs: readonly { readonly id: string; readonly version: string; readonly digest: string }[];
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** What was named on the command line or dropped on the page, in that order. */
  readonly inputs: readonly { readonly name: string; readonly isSnapshot: boolean }[];
  readonly evidence: { readonly id: string };
  readonly artifacts: readonly CaseArtifact[];
  readonly hosts: readonly CaseHost[];
  readonly headline: { readonly worst: Headline; readonly counts: Readonly<Record<string, number>> };
  readonly verdicts: readonly CaseVerdict[];
  readonly claims: readonly CaseClaim[];
  readonly findings: readonly CaseFinding[];
  readonly coverage: readonly CaseCoverage[];
  /** The packages of collectors that were recognised. */
  readonly collections: readonly CaseCollection[];
  /** What other tools concluded before; it is shown, and nothing rests on it. */
  readonly prior: readonly CasePrior[];
  readonly limits: readonly CaseLimit[];
}

export interface CaseGap {
  readonly reason: GapReason;
  readonly offset: number;
  readonly length: number;
  readonly says: string;
}

export interface CaseArtifact {
  readonly id: string;
  readonly path: string;
  readonly container: string | null;
  /** Where the file lay on its server, if its collector or its place says so. */
  readonly original: string | null;
  /** The first artifact with the same bytes, whose records were counted. */
  readonly copyOf: string | null;
  readonly size: number;
  /** Of the bytes that were read; `null` if the artifact could not be opened. */
  readonly sha256: string | null;
  /** `null` where no format recognised the content. */
  readonly format: string | null;
  readonly records: number;
  readonly gaps: readonly CaseGap[];
}

export interface CaseHost {
  readonly id: string;
  readonly names: readonly string[];
  readonly identity: readonly { readonly kind: string; readonly value: string; readonly from: string }[];
  readonly product: string | null;
  readonly build: string | null;
  readonly fixed: Readonly<Record<string, 'yes' | 'no' | 'unknown'>>;
  readonly asOf: IsoTime | null;
}

export interface CaseVerdict {
  readonly host: string;
  readonly campaign: string;
  readonly headline: Headline;
  /** One sentence that a person can act on. */
  readonly says: string;
  readonly next: readonly string[];
}

export interface CaseClaim {
  readonly id: string;
  readonly claim: ClaimId;
  readonly campaign: string;
  readonly host: string;
  readonly answer: Answer;
  readonly says: string;
  readonly window: { readonly from: IsoTime; readonly to: IsoTime | null };
  readonly rests: readonly string[];
  readonly seen: readonly { readonly mustSee: string; readonly by: string; readonly spans: readonly CaseSpan[] }[];
  readonly unseen: readonly {
    readonly mustSee: string;
    readonly title: string;
    readonly spans: readonly CaseSpan[];
    readonly reason: string;
    readonly why: string;
    readonly fetch: string;
  }[];
}

export interface CaseFinding {
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly level: Level;
  readonly stage: Stage;
  readonly campaign: string;
  readonly host: string;
  readonly count: number;
  readonly since: IsoTime | null;
  readonly until: IsoTime | null;
  readonly entities: readonly { readonly kind: string; readonly value: string }[];
  readonly sightings: readonly CaseSighting[];
}

export interface CaseSighting {
  readonly artifact: string;
  readonly offset: number;
  readonly length: number;
  readonly sha256: string;
  readonly at: IsoTime | null;
  readonly excerpt: string;
}

export interface CaseCoverage {
  readonly kind: string;
  readonly host: string;
  readonly title: string;
  readonly spans: readonly CaseSpan[];
  readonly records: number;
  /** Seconds of silence that end a span; `null` for trees. */
  readonly quiet: number | null;
  readonly extent: {
    readonly root: string;
    readonly how: 'enumerated' | 'partial' | 'unknown';
    readonly asOf: IsoTime | null;
    readonly files: number;
  } | null;
}

export interface CaseCollection {
  readonly layout: string;
  /** Path prefix of the package below the evidence root; empty for all of it. */
  readonly root: string;
  readonly host: string | null;
  readonly collectedAt: IsoTime | null;
  /** Files that the collector could not copy. */
  readonly failed: number;
  /** Files that the collector left out, mostly because it had the same bytes already. */
  readonly skipped: number;
}

export interface CasePrior {
  readonly tool: string;
  readonly artifact: string;
  readonly offset: number;
  readonly length: number;
  readonly says: string;
}

export interface CaseLimit {
  readonly id: string;
  readonly says: string;
}
