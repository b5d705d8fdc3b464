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
  /** From then on, at the latest, it got no updates as a matter of course. */
  readonly supportEnds?: Micros;
}

export interface Advice {
  /** The headlines for which it is given. */
  readonly when: readonly string[];
  readonly says: string;
}

/**
 * Something that intruders of a campaign did in a way of their own. It says what was done, never who did it: of a story
 * that it can be asked of, it is told whether the story fits or not.
 */
export interface TraitSpec {
  readonly id: string;
  /** Sentences for a story that fits, and for one that does not. */
  readonly fits: string;
  readonly fitsNot: string;
  /** A story without a finding of these rules says nothing of the trait, neither way. */
  readonly asks: readonly string[];
  readonly test: TraitTest;
}

export type TraitTest =
  /** The story has a finding of one of these rules. */
  | { readonly is: 'seen'; readonly rules: readonly string[] }
  /** The story has no finding of any of these rules. */
  | { readonly is: 'unseen'; readonly rules: readonly string[] }
  /** An entity of such a finding looks like one of these: `*` any text, `?` one letter or digit, case ignored. */
  | {
      readonly is: 'value';
      readonly rules: readonly string[];
      readonly kind: string;
      readonly like: readonly string[];
      /** Values that look like one of these do not count. */
      readonly unlike: readonly string[];
    }
  /** Hits of each step after one of the step before, the last within so many microseconds of the first. */
  | { readonly is: 'order'; readonly steps: readonly (readonly string[])[]; readonly within: Micros }
  /** Some hit comes so many microseconds, or more, after the first one of `from`; or, with `isLimit`, within so many. */
  | {
      readonly is: 'pause';
      readonly from: readonly string[];
      readonly to: readonly string[];
      readonly length: Micros;
      readonly isLimit: boolean;
    };

/**
 * A rule whose values are not known before the evidence was read: pages, sessions and addresses of findings. The engine
 * looks for them in a round of its own.
 */
export interface FollowSpec {
  readonly meta: RuleMeta;
  /** Rules whose findings give the values. */
  readonly from: readonly string[];
  /** The entity of those findings that is looked for. */
  readonly entity: string;
  /** Record kinds in which it is looked for. */
  readonly kinds: readonly string[];
  check(values: readonly string[]): Check;
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
  /** Absent where nobody described how intruders of this campaign differ. */
  readonly traits?: readonly TraitSpec[];
  readonly rules: readonly RuleMeta[];
  readonly checks: readonly Check[];
  readonly follows: readonly FollowSpec[];
  readonly observers: readonly Observer[];
}
