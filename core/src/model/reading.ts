import type { ByteSource, Micros } from './evidence.ts';

/** A value as the evidence wrote it. Several values of one name (unnamed `<Data>` of an event) are an array. */
export type FieldValue = string | number | boolean | Uint8Array | readonly string[] | undefined;

/** A run of bytes inside the artifact that is being read. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** One entry of a log, one event, one file of a tree. */
export interface EvidenceRecord {
  readonly is: 'record';
  /** What checks are written for: `http.request`, `http.proxy`, `ecp.server`, `windows.event`, `file`, … (docs/glossary.md). */
  readonly kind: string;
  /**
   * The log this record belongs to, the unit of coverage: `iis:443@1` (port, and site where it is known), `http-proxy:ecp`, `ecp-server`,
   * `evtx:MSExchange Management`. Absent for records that are no heartbeat of anything.
   */
  readonly source: string | undefined;
  readonly at: Micros | undefined;
  /** The machine that wrote the record, as the record says it; absent where the format has no such field. */
  readonly host: string | undefined;
  readonly origin: Extent;
  /**
   * The number by which its log counts its records (`EventRecordID`), where it counts them: what misses between two of
   * them was there once. Absent where there is none, or where it is no whole number below 10^15.
   */
  readonly sequence?: number | undefined;
  /** The whole text the fields are cut from, where the record is a line; lets the engine pass by checks that cannot hit. */
  readonly text?: string | undefined;
  /** Names are the format's own, matched exactly as the format spells them; an unknown name is `undefined`. */
  get(field: string): FieldValue;
  /** The names for which `get` has a value, in the order of the evidence. */
  fields(): readonly string[];
  /** At most 400 characters of the record's own text, never re-worded; of binary records a rendering. */
  excerpt(): string;
}

export type GapReason = 'absent' | 'unreadable' | 'damaged' | 'truncated' | 'unsupported' | 'limit' | 'fault';

/** What could not be read, as a value in the same stream as what could. */
export interface Gap {
  readonly is: 'gap';
  readonly reason: GapReason;
  readonly origin: Extent;
  /** Lower case, no full stop: what was expected and what stood there. */
  readonly says: string;
}

/** Bytes that carry no record: header lines, chunk headers, padding. */
export interface Structure {
  readonly is: 'structure';
  readonly name: string;
  readonly origin: Extent;
  /** The text of a header line such as `#Version: 15.01.2176.009`; absent for binary structure. */
  readonly text?: string;
}

export type Reading = EvidenceRecord | Gap | Structure;

export interface ReadOptions {
  /** Path of the artifact, for the few logs whose lines do not say which site wrote them. */
  readonly path: string;
}

/** A reader of one format. */
export interface Format {
  readonly name: string;
  /** `sequential`: the readings tile the artifact, every byte once, in order. `tree`: they do not. */
  readonly shape: 'sequential' | 'tree';
  /** Decides by content; `head` is the first 64 KiB or less. */
  recognises(head: Uint8Array, path: string): boolean;
  /** Yields batches, because a promise per record costs more than the record. Never throws for what the evidence says. */
  read(source: ByteSource, options: ReadOptions): AsyncIterable<readonly Reading[]>;
}
