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
  readonly intrusions: readonly CaseIntrusion[];
  readonly organisation: CaseOrganisation;
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
  /** Records name it as a server of the product, and nobody handed in its evidence. */
  readonly isReferencedOnly: boolean;
  /** What the machine is to the product, as the evidence shows it: `front-end`, `back-end`, `dag-member`. */
  readonly roles: readonly string[];
  /** Every artefact that speaks of the build, best first. */
  readonly builds: readonly CaseBuild[];
  /** For each vulnerability, when the server could be attacked through it. */
  readonly exposure: readonly CaseExposure[];
}

export interface CaseBuild {
  readonly value: string;
  /** What it proves: the cumulative update alone, or the security update as well. */
  readonly level: 'cu' | 'su';
  readonly rank: number;
  readonly from: string;
  readonly since: IsoTime | null;
  readonly until: IsoTime | null;
  readonly artifact: string;
}

export interface CaseExposure {
  readonly vulnerability: string;
  /** `null` where the server was never open to it. */
  readonly from: IsoTime | null;
  /** `null` while it is open, or where nothing shows when it ended. */
  readonly to: IsoTime | null;
  /** What the window rests on, and what contradicts it. */
  readonly says: string;
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
  /** Where the source is silent although it should speak. */
  readonly holes: readonly { readonly from: IsoTime; readonly to: IsoTime; readonly reason: string }[];
  /** How far its clock is off that of the host's other sources, where shared events show it. */
  readonly clock: { readonly seconds: number; readonly says: string } | null;
}

/** Findings that one thread links: a session, a shell, an address. */
export interface CaseIntrusion {
  readonly id: string;
  readonly campaign: string;
  readonly hosts: readonly string[];
  readonly says: string;
  readonly since: IsoTime | null;
  readonly until: IsoTime | null;
  /** What this story alone establishes. */
  readonly establishes: readonly {
    readonly claim: ClaimId;
    readonly host: string;
    readonly rests: readonly string[];
  }[];
  readonly steps: readonly {
    readonly at: IsoTime | null;
    readonly host: string;
    readonly finding: string;
    readonly says: string;
  }[];
  /** By what the findings hang together. */
  readonly links: readonly { readonly kind: string; readonly value: string; readonly findings: readonly string[] }[];
  /** Traits of the campaign that the story fits, and that it does not. */
  readonly fits: readonly string[];
  readonly fitsNot: readonly string[];
}

/** All servers together. */
export interface CaseOrganisation {
  readonly headline: Headline;
  readonly says: string;
  /** Servers that the evidence names and that were not handed in. */
  readonly missing: readonly string[];
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
