import type { Entity, Level, Stage } from './finding.ts';
import type { EvidenceRecord, Reading } from './reading.ts';

/** How much a rule may carry, from the knowledge of the campaign: alone, joined, as a hint, or as noise. */
export type Weight = 'decisive' | 'strong' | 'medium' | 'weak' | 'noise';

/** The rung of the success ladder that a rule proves when it fires; 0 proves nothing about success. */
export type Rung = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** What every finding of a rule inherits. */
export interface RuleMeta {
  readonly id: string;
  readonly title: string;
  readonly level: Level;
  readonly stage: Stage;
  readonly weight: Weight;
  readonly rung: Rung;
  readonly description: string;
  readonly falsePositives: readonly string[];
  readonly references: readonly string[];
  /** MITRE ATT&CK technique ids. */
  readonly attack: readonly string[];
  /** Entity kinds by which findings fold: one finding per rule, host and values of these. Empty: one per rule and host. */
  readonly key: readonly string[];
}

/** What a check wants to see. A record that fails this can not be a hit. */
export interface Interest {
  readonly kinds: readonly string[];
  /**
   * Lower-case ASCII literals. At least one stands in the record's text (ASCII case folded) of every hit; absent
   * when no such literal exists. Text that holds `%` passes always, because rules look at decoded values too.
   */
  readonly literals?: readonly string[];
}

/** What was met in one record: the entities to fold by and to join on. */
export interface Hit {
  readonly entities: readonly Entity[];
}

/** One run of a check over one artifact. */
export interface Watch {
  see(record: EvidenceRecord): Hit | undefined;
}

/** A compiled Sigma or IOC rule, or a detection written in code: the engine cannot tell. */
export interface Check {
  readonly meta: RuleMeta;
  readonly interest: Interest;
  watch(): Watch;
}

/**
 * Something the evidence says about the host itself, not about an attack. What `value` holds:
 *
 * - `build`: the build, with as many numbers as the artefact proves.
 * - `setup`: a setup run, `<mode> <build>`.
 * - `install-path`: where the product lies.
 * - `update`: an installer's word, `<installed|failed|removed> <what it names of KB number and build>`.
 * - `update-stopped`: what an update that broke off left behind.
 * - `restart`: programs began anew, `system` or `front-end`. `restart-due`: somebody asked for that.
 * - `start-type`: of a program that Windows starts, `<disabled|enabled> <name>`.
 * - `mitigation`: a filter in front of one flaw, `<present|earlier|off> <CVE>`.
 */
export interface Fact {
  readonly name:
    | 'build'
    | 'setup'
    | 'install-path'
    | 'update'
    | 'update-stopped'
    | 'restart'
    | 'restart-due'
    | 'start-type'
    | 'mitigation';
  readonly value: string;
  /** Rank of the artefact by what it proves, 1 best (docs/glossary.md). */
  readonly rank: number;
  /** Whether the value proves the security update or the cumulative update only. */
  readonly level: 'su' | 'cu';
  /** Which artefact said it, in words: `HttpProxy columns`, `hash of Microsoft.Exchange.FrontEndHttpProxy.dll`. */
  readonly from: string;
  /** Of a build: which part of the product has it; absent where the artefact speaks of the whole. */
  readonly part?: BuildPart;
}

/**
 * `setup`: the program whose version administrators are shown, which a half-applied update replaces as well. `front-end`,
 * `application-logic`, `back-end`: libraries, or a worker process that had them loaded. `transport`: mail transport.
 * `history`: versions that were there once, such as folders that upgrades leave behind.
 */
export type BuildPart = 'setup' | 'front-end' | 'application-logic' | 'back-end' | 'transport' | 'other' | 'history';

/** Reads facts off records and header lines; stateless. */
export interface Observer {
  readonly name: string;
  readonly kinds: readonly string[];
  observe(reading: Exclude<Reading, { is: 'gap' }>, path: string): readonly Fact[];
}

/** Why a check or an observer cannot work with what a pack gives it: lower case, no full stop. */
export interface Refusal {
  readonly says: string;
}

/** Makes the checks of a detection in code, one for each rule the pack gives it; options come from the pack. */
export type CheckFactory = (metas: ReadonlyMap<string, RuleMeta>, options: unknown) => readonly Check[] | Refusal;

/** Makes an observer; options come from the pack. */
export type ObserverFactory = (options: unknown) => Observer | Refusal;
