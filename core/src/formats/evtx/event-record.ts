import { excerptOf } from '../../bytes/text.ts';
import { parseIsoTime } from '../../bytes/time.ts';
import type { Micros } from '../../model/evidence.ts';
import type { EvidenceRecord, Extent, FieldValue } from '../../model/reading.ts';
import { expand } from './elements.ts';
import { isElement } from './event-fields.ts';
import { bodyOf, systemOf } from './record-fields.ts';
import type { EventRoot, Fields } from './record-fields.ts';
import { SECONDS_1601_TO_1970, fileTimeParts } from './values.ts';
import type { ChunkBytes } from './values.ts';
import { elementXml } from './xml.ts';

/**
 * Where a record was found: in the log, or in bytes that the log does not count any more (or never did). `unlinked`:
 * inside the record before it, whose size somebody set so that Windows passes over this one.
 */
export type Standing = 'logged' | 'slack' | 'damaged-chunk' | 'unlinked';

/**
 * One event. Nothing of it is turned to text before it is asked for: first System, then the rest. The parser has
 * checked before that everything can be.
 */
export class EventRecord implements EvidenceRecord {
  readonly is = 'record';
  readonly kind = 'windows.event';
  readonly origin: Extent;
  readonly #chunk: ChunkBytes;
  /** Chunk offset of the record header. */
  readonly #header: number;
  readonly #root: EventRoot;
  readonly #standing: Standing;
  #systemFields: Fields | undefined;
  #bodyFields: Fields | undefined;

  constructor(chunk: ChunkBytes, header: number, found: { root: EventRoot; origin: Extent; standing: Standing }) {
    this.#chunk = chunk;
    this.#header = header;
    this.#root = found.root;
    this.origin = found.origin;
    this.#standing = found.standing;
  }

  /** A record from outside the log says nothing of what the log covers, and has no source. */
  get source(): string | undefined {
    const channel = this.#text('Channel');
    return channel === undefined || this.#standing !== 'logged' ? undefined : `evtx:${channel}`;
  }

  /** When the provider made the event; where it does not say, when the log wrote it. */
  get at(): Micros | undefined {
    const created = this.#text('TimeCreated');
    const isGiven = created !== undefined && !created.startsWith(NEVER);
    return (isGiven ? parseIsoTime(created, { unzonedIsUtc: true }) : undefined) ?? this.#writtenAt();
  }

  get host(): string | undefined {
    return this.#text('Computer');
  }

  /** `EventRecordID`: the number in the record header is another one in a log that was exported. */
  get sequence(): number | undefined {
    const id = this.#text('EventRecordID');
    return id !== undefined && /^\d{1,15}$/.test(id) ? Number(id) : undefined;
  }

  get(field: string): FieldValue {
    const value = this.#system().get(field);
    if (value !== undefined) return value;
    if (field === 'RecordNumber') return String(this.#chunk.view.getBigUint64(this.#header + 8, true));
    if (field === 'Recovered') return this.#standing === 'logged' ? undefined : this.#standing;
    if (field === 'TimeCreated_SystemTime') return this.#system().get('TimeCreated');
    return this.#body().get(field);
  }

  fields(): readonly string[] {
    const own = this.#standing === 'logged' ? ['RecordNumber'] : ['RecordNumber', 'Recovered'];
    return [...this.#system().names(), ...own, ...this.#body().names()];
  }

  excerpt(): string {
    // The first 400 characters of an event are its System; what it tells is in the rest.
    const names = new Set([...EXCERPT_FIRST, ...this.#body().names(), ...this.fields()]);
    let text = '{';
    for (const name of names) {
      if (text.length > EXCERPT_LIMIT) break;
      const value = this.get(name);
      if (value !== undefined) text += `${text === '{' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`;
    }
    return excerptOf(`${text}}`, EXCERPT_LIMIT);
  }

  /** The whole event as Windows exports it, without the message that Windows would render. */
  xml(): string {
    return expand(this.#chunk, [this.#root.node], this.#root.values).filter(isElement).map(elementXml).join('');
  }

  #text(field: string): string | undefined {
    const value = this.#system().get(field);
    return typeof value === 'string' ? value : undefined;
  }

  #system(): Fields {
    this.#systemFields ??= systemOf(this.#chunk, this.#root);
    return this.#systemFields;
  }

  #body(): Fields {
    this.#bodyFields ??= bodyOf(this.#chunk, this.#root, this.#system());
    return this.#bodyFields;
  }

  #writtenAt(): Micros | undefined {
    const { seconds, ticks } = fileTimeParts(this.#chunk.view, this.#header + 16);
    if (seconds === 0 && ticks === 0) return undefined;
    return (seconds - SECONDS_1601_TO_1970) * 1_000_000 + Math.floor(ticks / 10);
  }
}

/** A FILETIME of zero. */
const NEVER = '1601-01-01T00:00:00.0000000';
const EXCERPT_FIRST: readonly string[] = ['TimeCreated', 'Channel', 'Provider_Name', 'EventID'];
const EXCERPT_LIMIT = 400;
