import { crc32 } from '../bytes/crc32.ts';
import type { Micros } from '../model/evidence.ts';
import { ByteSink } from './byte-sink.ts';
import { ARRAY_OF_STRINGS, TemplateWriter, fragmentHeader, nameHash } from './evtx-template.ts';
import type { EventShape } from './evtx-template.ts';

/** One event to be written. Times are UTC. What is not given is what Windows writes for an event without it. */
export interface EventSpec {
  readonly at: Micros;
  readonly provider: string;
  /** With or without braces. */
  readonly providerGuid?: string;
  readonly eventId: number;
  readonly channel: string;
  readonly computer: string;
  /** EventRecordID; the number of the record in the file is counted by the writer. */
  readonly recordId?: number;
  /** 4, information, if absent. */
  readonly level?: number;
  readonly processId?: number;
  readonly threadId?: number;
  /** SID of the account, `S-1-5-18`. */
  readonly userId?: string;
  /** Named ones, or unnamed ones only: an event of a classic provider has a list of strings. */
  readonly data?: readonly { readonly name?: string; readonly value: string }[];
  readonly userData?: UserDataSpec;
}

/** `<UserData><ELEMENT xmlns=…><NAME>value</NAME>…`; an event has this or `data`. */
export interface UserDataSpec {
  readonly element: string;
  readonly namespace: string;
  readonly values: readonly { readonly name: string; readonly value: string }[];
}

export interface EvtxOptions {
  /**
   * The log was copied while Windows wrote it: the file is marked dirty and does not count its last chunk, and that
   * chunk's header counts the first half of its records only.
   */
  readonly dirty?: boolean;
  /** Number of the first record, 1 if absent. */
  readonly firstRecordId?: number;
}

/**
 * Writes a Windows event log, format 3.1, as one block. Same events, same bytes.
 *
 * @throws RangeError for an event that does not fit into a chunk of 64 KiB
 */
export function writeEvtx(events: Iterable<EventSpec>, options: EvtxOptions = {}): Uint8Array<ArrayBuffer> {
  const pieces = [...evtxPieces(events, options)];
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/**
 * The same in pieces: 4,096 bytes of file header, then a chunk of 65,536 bytes each. The header counts the chunks, so
 * all of them are in memory before the first piece comes.
 */
export function* evtxPieces(
  events: Iterable<EventSpec>,
  options: EvtxOptions = {},
): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  const chunks: ChunkWriter[] = [];
  let number = options.firstRecordId ?? 1;
  let open: ChunkWriter | undefined;
  for (const event of events) {
    if (open?.add(event, number) !== true) {
      open = new ChunkWriter();
      chunks.push(open);
      if (!open.add(event, number)) {
        throw new RangeError(
          `expected an event that fits into a chunk, stood event ${event.eventId} of ${event.provider}`,
        );
      }
    }
    number += 1;
  }
  const isDirty = options.dirty ?? false;
  const counted = isDirty && chunks.length > 1 ? chunks.length - 1 : chunks.length;
  yield fileHeader(counted, number, isDirty);
  for (const chunk of chunks) yield chunk.close(isDirty && chunk === open);
}

function fileHeader(chunks: number, nextRecord: number, isDirty: boolean): Uint8Array<ArrayBuffer> {
  const sink = new ByteSink(FILE_HEADER_SIZE);
  sink.ascii('ElfFile\0');
  sink.u64(0);
  sink.u64(Math.max(chunks - 1, 0));
  sink.u64(nextRecord);
  sink.u32(128);
  sink.u16(1);
  sink.u16(3);
  sink.u16(FILE_HEADER_SIZE);
  sink.u16(chunks);
  const { bytes } = sink;
  sink.setU32(120, isDirty ? 1 : 0);
  sink.setU32(124, crc32(bytes.subarray(0, 120)));
  return bytes;
}

interface WrittenRecord {
  readonly at: number;
  readonly number: number;
}

class ChunkWriter {
  readonly #sink = new ByteSink(CHUNK_SIZE);
  readonly #names = new Map<string, number>();
  readonly #templates = new Map<string, number>();
  readonly #records: WrittenRecord[] = [];

  constructor() {
    this.#sink.at = CHUNK_HEADER_SIZE;
  }

  /** @returns whether there was room; if not, the chunk is as before */
  add(event: EventSpec, number: number): boolean {
    const sink = this.#sink;
    const start = sink.at;
    sink.u32(RECORD_MAGIC);
    sink.u32(0);
    sink.u64(number);
    sink.fileTime(event.at);
    fragmentHeader(sink);
    this.#instance(event, number);
    sink.u8(0);
    const padding = (8 - ((sink.at - start + 4) % 8)) % 8;
    sink.at += padding;
    const size = sink.at + 4 - start;
    sink.u32(size);
    if (sink.isOverfull) {
      this.#undo(start);
      return false;
    }
    sink.setU32(start + 4, size);
    this.#records.push({ at: start, number });
    return true;
  }

  /** @param stale count only the first half of the records, as a header does that was not written for a while */
  close(stale: boolean): Uint8Array<ArrayBuffer> {
    const counted = stale ? Math.ceil(this.#records.length / 2) : this.#records.length;
    const first = this.#records[0];
    const last = this.#records[counted - 1];
    const free = this.#records[counted]?.at ?? this.#sink.at;
    const sink = this.#sink;
    const { bytes } = sink;
    sink.at = 0;
    sink.ascii('ElfChnk\0');
    for (const number of [first?.number, last?.number, first?.number, last?.number]) sink.u64(number ?? 0);
    sink.u32(128);
    sink.u32(last?.at ?? 0);
    sink.u32(free);
    // Chains: a table holds the last of each, which leads to the one before it.
    for (const [name, at] of this.#names) if (at < free) this.#chain(at, 128 + 4 * (nameHash(name) % 64));
    for (const at of this.#templates.values()) if (at < free) this.#chain(at, 384 + 4 * (sink.getU32(at + 4) % 32));
    sink.setU32(52, crc32(bytes.subarray(CHUNK_HEADER_SIZE, free)));
    sink.setU32(120, 1);
    sink.setU32(124, crc32(bytes.subarray(128, CHUNK_HEADER_SIZE), crc32(bytes.subarray(0, 120))));
    return bytes;
  }

  #chain(at: number, table: number): void {
    this.#sink.setU32(at, this.#sink.getU32(table));
    this.#sink.setU32(table, at);
  }

  #instance(event: EventSpec, number: number): void {
    const sink = this.#sink;
    const shape = shapeOf(event);
    const key = JSON.stringify(shape);
    const identity = crc32(new TextEncoder().encode(key));
    const known = this.#templates.get(key);
    sink.u8(0x0c);
    sink.u8(1);
    sink.u32(identity);
    sink.u32(known ?? sink.at + 4);
    if (known === undefined) {
      this.#templates.set(key, sink.at);
      new TemplateWriter(sink, this.#names).definition(shape, identity);
    }
    putValues(sink, valuesOf(event, number));
  }

  #undo(start: number): void {
    this.#sink.clearFrom(start);
    for (const [name, at] of this.#names) if (at >= start) this.#names.delete(name);
    for (const [key, at] of this.#templates) if (at >= start) this.#templates.delete(key);
  }
}

/** A value and its BinXML type; without a size in the type, the bytes have their own. */
interface Value {
  readonly type: number;
  readonly write: ((sink: ByteSink) => void) | undefined;
}

/** Values in the order of the template's substitutions, see `TemplateWriter`. */
function valuesOf(event: EventSpec, number: number): Value[] {
  const { providerGuid, userId } = event;
  return [
    text(event.provider),
    providerGuid === undefined ? NOTHING : { type: 0x0f, write: (sink) => sink.guid(providerGuid) },
    { type: 0x06, write: (sink) => sink.u16(event.eventId) },
    { type: 0x04, write: (sink) => sink.u8(0) },
    { type: 0x04, write: (sink) => sink.u8(event.level ?? 4) },
    { type: 0x06, write: (sink) => sink.u16(0) },
    { type: 0x04, write: (sink) => sink.u8(0) },
    { type: 0x15, write: (sink) => keywords(sink, isClassic(event)) },
    { type: 0x11, write: (sink) => sink.fileTime(event.at) },
    { type: 0x0a, write: (sink) => sink.u64(event.recordId ?? number) },
    { type: 0x08, write: (sink) => sink.u32(event.processId ?? 0) },
    { type: 0x08, write: (sink) => sink.u32(event.threadId ?? 0) },
    text(event.channel),
    text(event.computer),
    userId === undefined ? NOTHING : { type: 0x13, write: (sink) => sink.sid(userId) },
    ...contentValues(event),
  ];
}

function contentValues(event: EventSpec): Value[] {
  if (event.userData !== undefined) return event.userData.values.map(({ value }) => text(value));
  const values = event.data ?? [];
  if (!isClassic(event)) return values.map(({ value }) => text(value));
  if (values.length === 0) return [];
  return [{ type: ARRAY_OF_STRINGS, write: (sink) => values.forEach(({ value }) => sink.utf16(`${value}\0`)) }];
}

/** `0x80000000000000` for events of classic providers, `0x8000000000000000` for others. */
function keywords(sink: ByteSink, isClassic: boolean): void {
  sink.u32(0);
  sink.u32(isClassic ? 0x00800000 : 0x80000000);
}

function text(value: string): Value {
  return { type: 0x01, write: (sink) => sink.utf16(value) };
}

function putValues(sink: ByteSink, values: readonly Value[]): void {
  sink.u32(values.length);
  const table = sink.at;
  sink.at += 4 * values.length;
  for (const [index, { type, write }] of values.entries()) {
    const start = sink.at;
    write?.(sink);
    const size = sink.at - start;
    if (size > 0xffff) sink.isOverfull = true;
    sink.setU32(table + 4 * index, (size & 0xffff) | (type << 16));
  }
}

function shapeOf(event: EventSpec): EventShape {
  if (event.userData !== undefined) {
    const { element, namespace, values } = event.userData;
    return { is: 'user-data', element, namespace, names: values.map(({ name }) => name) };
  }
  const names = (event.data ?? []).map(({ name }) => name ?? '');
  return isClassic(event) ? { is: 'classic', isEmpty: names.length === 0 } : { is: 'named', names };
}

function isClassic(event: EventSpec): boolean {
  return event.userData === undefined && (event.data ?? []).every(({ name }) => name === undefined);
}

const NOTHING: Value = { type: 0x00, write: undefined };
const FILE_HEADER_SIZE = 4096;
const CHUNK_SIZE = 65536;
const CHUNK_HEADER_SIZE = 512;
const RECORD_MAGIC = 0x00002a2a;
