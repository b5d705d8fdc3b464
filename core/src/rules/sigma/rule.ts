import type { Check, Rung, Weight } from '../../model/check.ts';
import type { Level, Stage } from '../../model/finding.ts';
import type { RuleError } from '../rule-error.ts';
import type { LogSource } from './logsource.ts';

/** What a pack adds to a rule in its `afterpatch` block. */
export interface Extension {
  readonly stage: Stage;
  readonly weight: Weight;
  readonly rung: Rung;
  /** Entity kinds by which findings fold; empty: one finding per rule and host. */
  readonly key: readonly string[];
  /** Entity kind to the fields it is read from; the first that has a value counts. */
  readonly entities: ReadonlyMap<string, readonly string[]>;
}

/** Which Windows events a rule can hit; a host with many rules may index by it. */
export interface EventInterest {
  /** Empty: any channel. */
  readonly channels: readonly string[];
  /** Empty: any event. */
  readonly eventIds: readonly number[];
}

/** One rule of a file, compiled. */
export interface SigmaRule {
  readonly check: Check;
  readonly id: string;
  readonly title: string;
  readonly level: Level;
  readonly status: string | undefined;
  readonly description: string;
  readonly author: string | undefined;
  readonly license: string | undefined;
  readonly tags: readonly string[];
  readonly falsePositives: readonly string[];
  readonly references: readonly string[];
  readonly logsource: LogSource;
  /** The `afterpatch` block; foreign rules have none. */
  readonly extension: Extension | undefined;
  /** The same as `check.meta.key`. */
  readonly keyKinds: readonly string[];
  readonly events: readonly EventInterest[];
  readonly file: string;
  /** Of the rule's first attribute, counted from 1. */
  readonly line: number;
}

/** What a file gave: the rules that compiled, and why the others did not. */
export interface SigmaResult {
  readonly rules: readonly SigmaRule[];
  /** By line. */
  readonly errors: readonly RuleError[];
}
