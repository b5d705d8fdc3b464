import type { Micros } from '../model/evidence.ts';
import type { ConfigurationAct } from './act.ts';
import type { Call, InnerCall } from './call.ts';
import type { EventSpec } from './evtx-writer.ts';
import type { Source } from './scenario.ts';
import type { Millis } from './stamp.ts';

/** A request as the ECP (EAC) logged it when it was done: which cmdlet it ran, and how that ended. */
export interface EcpRow {
  readonly at: Millis;
  readonly took: number;
  /** `S:SID`, the session. */
  readonly session: string;
  /** `Set-OabVirtualDirectory.ExternalUrl='…'.Identity='…'`. */
  readonly command: string;
  readonly url: string;
  /** Empty: it succeeded. */
  readonly error: string;
  readonly activity: string;
}

/** One run of a cmdlet, as `MSExchange CmdletLogs` writes it. */
export interface CmdletRun {
  readonly at: Millis;
  readonly cmdlet: string;
  /** `-Force "True" -Identity "…"`. */
  readonly parameters: string;
  /** Canonical name of the caller. */
  readonly caller: string;
  readonly sid: string;
  /** `w3wp#MSExchangeECPAppPool`, with the process id before it. */
  readonly host: string;
  readonly client: string;
  /** Empty: it succeeded. */
  readonly error: string;
}

/** A file of the evidence that is no log. `path` is the evidence path, `/` between the parts. */
export interface TreeFile {
  readonly path: string;
  /** Absent for a file outside every tree that a removal can name. */
  readonly source: Source | undefined;
  readonly content: string | Uint8Array;
  readonly modified: Micros;
}

/** What one deed left behind, wherever it left something. */
export interface Traces {
  readonly calls: readonly Call[];
  readonly inner: readonly InnerCall[];
  readonly ecp: readonly EcpRow[];
  readonly cmdlets: readonly CmdletRun[];
  readonly application: readonly EventSpec[];
  readonly security: readonly EventSpec[];
  readonly files: readonly TreeFile[];
  /** Evidence paths of files that were there and are not any more. */
  readonly gone: readonly string[];
  /** What was added to the configuration of IIS. */
  readonly configuration: readonly Pick<ConfigurationAct, 'act' | 'name' | 'path'>[];
}

export const NO_TRACES: Traces = {
  calls: [],
  inner: [],
  ecp: [],
  cmdlets: [],
  application: [],
  security: [],
  files: [],
  gone: [],
  configuration: [],
};

/** Puts the traces of several deeds together; the writers sort by time. */
export function together(all: readonly Traces[]): Traces {
  return {
    calls: all.flatMap((t) => t.calls),
    inner: all.flatMap((t) => t.inner),
    ecp: all.flatMap((t) => t.ecp),
    cmdlets: all.flatMap((t) => t.cmdlets),
    application: all.flatMap((t) => t.application),
    security: all.flatMap((t) => t.security),
    files: all.flatMap((t) => t.files),
    gone: all.flatMap((t) => t.gone),
    configuration: all.flatMap((t) => t.configuration),
  };
}
