import type { Micros, Span } from './evidence.ts';

export type ClaimId =
  | 'vulnerable'
  | 'targeted'
  | 'exploited'
  | 'data-accessed'
  | 'implanted'
  | 'operated'
  | 'persisting'
  | 'remediated';

export type Answer = 'established' | 'ruled-out' | 'undetermined' | 'not-applicable';

/** A proof in terms of findings. */
export type Condition =
  | { readonly is: 'rule'; readonly rule: string }
  | {
      readonly is: 'all';
      readonly of: readonly Condition[];
      /** The findings must share an entity of this kind. */
      readonly same: string | undefined;
      /** Each condition has a hit within this many microseconds of a hit of the first. */
      readonly within: Micros | undefined;
    }
  | { readonly is: 'any'; readonly of: readonly Condition[] };

/** What was seen for a must-see: which alternative, over which spans. */
export interface Seen {
  readonly mustSee: string;
  readonly by: string;
  readonly spans: readonly Span[];
}

/** What was not seen, why that matters, and how to get it. */
export interface Unseen {
  readonly mustSee: string;
  readonly title: string;
  readonly spans: readonly Span[];
  readonly reason: string;
  readonly why: string;
  readonly fetch: string;
}

/** A sentence that a pack can prove, and the proof: leaves are findings, whose leaves are bytes. */
export interface Claim {
  readonly id: string;
  readonly claim: ClaimId;
  readonly campaign: string;
  readonly host: string;
  readonly answer: Answer;
  readonly says: string;
  readonly window: { readonly from: Micros; readonly to: Micros | undefined };
  /** Ids of findings. */
  readonly rests: readonly string[];
  readonly seen: readonly Seen[];
  readonly unseen: readonly Unseen[];
}

/** Every headline, worst first; the headline of a case is the first of them that any of its hosts has. */
export const HEADLINES_WORST_FIRST = [
  'compromised-backdoor-present',
  'compromised',
  'compromised-no-backdoor-seen',
  'compromised-remediated',
  'targeted-outcome-unknown',
  'insufficient-evidence',
  'targeted-not-successful',
  'no-trace-within-coverage',
  'no-trace',
  'not-vulnerable',
] as const;

export type Headline = (typeof HEADLINES_WORST_FIRST)[number];
