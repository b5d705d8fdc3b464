import type { CheckFactory, ObserverFactory, RuleMeta } from '../model/check.ts';
import type { Micros } from '../model/evidence.ts';
import type { Pack } from '../model/pack.ts';

/** A pack, and what only its author and its readers want to know. */
export interface LoadedPack extends Pack {
  /** The day on which the vulnerabilities became public, midnight UTC. */
  readonly disclosed: Micros;
}

/** What the loader is given besides the files: the host's hash, and the detections that are written in code. */
export interface PackContext {
  /** Lower-case hex. */
  sha256Hex(bytes: Uint8Array): string;
  readonly checks: ReadonlyMap<string, CheckFactory>;
  readonly observers: ReadonlyMap<string, ObserverFactory>;
}

/** A rule as the law of the judge sees it. */
export interface KnownRule {
  readonly meta: RuleMeta;
  /** Record kinds it reads. */
  readonly kinds: readonly string[];
}
