import type { Check, Observer, RuleMeta } from './check.ts';
import type { ClaimId, Condition } from './claim.ts';
import type { Micros } from './evidence.ts';

/**
 * A folder that lies elsewhere on every server. Paths of a pack begin with it, as `%name%`; a collector that can ask the
 * server tries the environment variable of that name and `lookup`, one that cannot takes the usual folders.
 */
export interface RootSpec {
  /** Letters and digits, as an environment variable of Windows where there is one. */
  readonly name: string;
  readonly title: string;
  readonly lookup: RootLookup | undefined;
  /** Windows paths without a backslash at the end, likeliest first; `*` stands for any part of a name. */
  readonly usual: readonly string[];
}

/** Where the server itself says where a folder lies: a value of the registry, or every such attribute of an XML file. */
export type RootLookup =
  | { readonly is: 'registry'; readonly key: string; readonly value: string }
  | { readonly is: 'xml'; readonly file: string; readonly element: string; readonly attribute: string };

/** One place of the server to take files from. */
export interface CollectSpec {
  /** A folder: `%root%` and names below it with `\`, none at the end; `*` stands for any part of a name. */
  readonly path: string;
  /** Names of the files; `*` stands for any part of a name, alone for every file. */
  readonly mask: string;
  readonly recursive: boolean;
  /** `copy`: the files themselves. `list`: names, sizes, times and hashes are enough, the content would be too much. */
  readonly take: 'copy' | 'list';
  /** Bytes to make room for; what a busy server may hold, not what every server holds. */
  readonly bytes: number;
  /** Order of volatility, 1 first: what is overwritten soonest is copied first. */
  readonly rank: number;
  /** How long the server keeps it, in words. */
  readonly keeps: string;
}

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
  /** The same for machines. */
  readonly collect: readonly CollectSpec[];
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
  readonly collect: readonly CollectSpec[];
}

/** The files that prove the build. */
export interface BuildFilesSpec {
  readonly title: string;
  readonly collect: readonly CollectSpec[];
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
  readonly roots: readonly RootSpec[];
  /** Absent if no must-see asks for the build. */
  readonly buildFiles: BuildFilesSpec | undefined;
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
