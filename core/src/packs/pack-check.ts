import type { CheckFactory, ObserverFactory, RuleMeta } from '../model/check.ts';
import type { Micros } from '../model/evidence.ts';
import type { Pack } from '../model/pack.ts';

/** A pack, and what only its author and its readers want to know. */
export interface LoadedPack extends Pack {
  /** The day on which the vulnerabilities became public, midnight UTC. */
  readonly disclosed: Micros;
}

/** Why a check or an observer cannot work with what the pack gives it: lower case, no full stop. */
export interface Refusal {
  readonly says: string;
}

/** Makes the checks of one detection that is written in code, or says what is wrong with the rules or the options. */
export type CheckSource = (...given: Parameters<CheckFactory>) => ReturnType<CheckFactory> | Refusal;

/** Makes an observer, or says what is wrong with the options. */
export type ObserverSource = (...given: Parameters<ObserverFactory>) => ReturnType<ObserverFactory> | Refusal;

/** What the loader is given besides the files: the host's hash, and the detections that are written in code. */
export interface PackContext {
  /** Lower-case hex. */
  sha256Hex(bytes: Uint8Array): string;
  readonly checks: ReadonlyMap<string, CheckSource>;
  readonly observers: ReadonlyMap<string, ObserverSource>;
}

/** A rule as the law of the judge sees it. */
export interface KnownRule {
  readonly meta: RuleMeta;
  /** Record kinds it reads. */
  readonly kinds: readonly string[];
}
