import type { Check, Observer, RuleMeta } from './check.ts';
import type { ClaimId, Condition } from './claim.ts';
import type { Micros } from './evidence.ts';

/** A source of evidence as a pack names it, and how long it may be silent before silence means absence. */
export interface SourceSpec {
  readonly id: string;
  readonly title: string;
  /** Record sources that count, exact or ending in `*`. */
  readonly records: readonly string[];
  readonly except: readonly string[];
  /** Microseconds of silence after which a span ends. */
  readonly quiet: Micros;
  /** What to copy from the server, and from where. */
  readonly fetch: string;
}

/** A folder that must have been listed completely before its silence means anything. */
export interface TreeSpec {
  readonly id: string;
  readonly title: string;
  /** Lower-case path suffixes with `/`: `inetpub/wwwroot`. Everything below the last match belongs to the tree. */
  readonly roots: readonly string[];
  /** URL under which the tree is served, ending in `/`; absent if it is not served. */
  readonly url: string | undefined;
  /** Lower-case paths below the root (a file or a folder) of which each inner list needs one, to call it enumerated. */
  readonly landmarks: readonly (readonly string[])[];
  /** The landmarks must be there as files; a listing that names them is not enough. */
  readonly content: boolean;
  readonly fetch: string;
}

/** One alternative of a must-see: a source over the window, a tree enumerated, or the build known at `asOf`. */
export type SourceNeed =
  | { readonly is: 'source'; readonly source: string }
  | { readonly is: 'tree'; readonly tree: string }
  | { readonly is: 'build'; readonly maxRank: number };

/** What must have been seen before a claim may be ruled out; any alternative is enough, at each moment of the window. */
export interface MustSeeSpec {
  readonly id: string;
  readonly title: string;
  readonly anyOf: readonly SourceNeed[];
  readonly why: string;
}

export interface ClaimSpec {
  readonly claim: ClaimId;
  readonly question: string;
  /** Sentence for each answer; `{path}` and other entity kinds are filled from the proof. */
  readonly says: {
    readonly established: string;
    readonly ruledOut: string;
    readonly undetermined: string;
    readonly notApplicable: string;
  };
  /** Any one proof is enough; absent for claims that are computed (vulnerable). */
  readonly proofs: readonly Condition[];
  readonly mustSee: readonly string[];
}

export interface VulnerabilitySpec {
  readonly cve: string;
  readonly says: string;
  /** Products of the build table that never had the flaw. */
  readonly notIn: readonly string[];
}

/** Builds of one cumulative update. `fixed` absent: no fix was ever made for it. */
export interface CumulativeUpdate {
  readonly product: string;
  readonly name: string;
  readonly build: string;
  readonly fixed: string | undefined;
  /** The cumulative update contained the fix when it was released. */
  readonly included: boolean;
}

export interface Advice {
  /** The headlines for which it is given. */
  readonly when: readonly string[];
  readonly says: string;
}

/** Campaign knowledge: claims, must-sees, builds and rules, with identity and digest. */
export interface Pack {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly digest: string;
  readonly firstExploitation: Micros;
  readonly vulnerabilities: readonly VulnerabilitySpec[];
  readonly updates: readonly CumulativeUpdate[];
  readonly sources: readonly SourceSpec[];
  readonly trees: readonly TreeSpec[];
  readonly mustSees: readonly MustSeeSpec[];
  readonly claims: readonly ClaimSpec[];
  readonly limits: readonly string[];
  readonly advice: readonly Advice[];
  readonly rules: readonly RuleMeta[];
  readonly checks: readonly Check[];
  readonly observers: readonly Observer[];
}
