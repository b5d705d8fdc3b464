import { crc32 } from '../../bytes/crc32.ts';
import type { Gap, GapReason, Reading } from '../../model/reading.ts';
import { BinXmlParser, chunkState } from './binxml.ts';
import type { ChunkState, Failure } from './binxml.ts';
import { EVENT_COST_LIMIT, expansionCost } from './cost.ts';
import { EventRecord } from './event-record.ts';
import type { Standing } from './event-record.ts';
import type { Node } from './nodes.ts';
import { eventRoot } from './record-fields.ts';

export const CHUNK_SIZE = 65536;

/**
 * Reads the chunks of one artifact, each by itself, into readings that tile it.
 *
 * A chunk is a header of 512 bytes, records one after the other, and from the header's free-space offset on what the
 * writer's buffer held before: slack. Slack holds records that the log does not count, and most often copies of those
 * of an earlier chunk, at the same place. Records there are read only if names and templates prove to be what was meant,
 * and copies are not read twice.
 *
 * Little-endian; MS-EVEN6 does not describe the file, see docs/formats/evtx.md.
 */
export class ChunkReader {
  /** The writer's buffer as far as the chunks before this one show it. */
  readonly #buffer: Uint8Array = new Uint8Array(CHUNK_SIZE);

  /**
   * @param bytes a chunk, or what the artifact has of it; kept by the records, not to be written to again
   * @param base its offset in the artifact
   */
  read(bytes: Uint8Array, base: number): Reading[] {
    if (contentEnd(bytes) === 0) return [structure('unused', base, base + bytes.length)];
    if (bytes.length < HEADER_SIZE) {
      return [
        gap('truncated', base, base + bytes.length, `expected a chunk of ${CHUNK_SIZE} bytes, stood ${bytes.length}`),
      ];
    }
    const state = chunkState(bytes);
    const header = chunkHeader(state);
    const walk = new RecordWalk(state, { base, header, buffer: this.#buffer });
    walk.run();
    if (!header.isChunk && !walk.foundRecords) {
      return [gap('damaged', base, base + bytes.length, header.problems.join('; '))];
    }
    const first =
      header.problems.length === 0
        ? structure('chunk-header', base, base + HEADER_SIZE)
        : gap(header.reason, base, base + HEADER_SIZE, header.problems.join('; '));
    if (header.isChunk) this.#buffer.set(bytes.subarray(0, walk.loggedEnd));
    return [first, ...walk.readings];
  }
}

export function structure(name: string, from: number, to: number): Reading {
  return { is: 'structure', name, origin: { offset: from, length: to - from } };
}

export function gap(reason: GapReason, from: number, to: number, says: string): Gap {
  return { is: 'gap', reason, origin: { offset: from, length: to - from }, says };
}

export function isChunkMagic(bytes: Uint8Array, at: number): boolean {
  return CHUNK_MAGIC.every((byte, index) => bytes[at + index] === byte);
}

interface ChunkHeader {
  readonly isChunk: boolean;
  /** Where the records end, exclusive; `undefined` where the header is not to be believed. */
  readonly recordsEnd: number | undefined;
  readonly reason: GapReason;
  readonly problems: readonly string[];
}

function chunkHeader({ bytes, view }: ChunkState): ChunkHeader {
  if (!isChunkMagic(bytes, 0)) {
    const stood = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
    const problems = [`expected a chunk, which begins with ElfChnk, stood ${stood}`];
    return { isChunk: false, recordsEnd: undefined, reason: 'damaged', problems };
  }
  const problems: string[] = [];
  const free = view.getUint32(48, true);
  const stated = view.getUint32(124, true);
  const computed = crc32(bytes.subarray(128, HEADER_SIZE), crc32(bytes.subarray(0, 120)));
  if (stated !== computed) problems.push(checksumSays('chunk header', computed, stated));
  const isPlausible = free >= HEADER_SIZE && free <= CHUNK_SIZE;
  if (!isPlausible) problems.push(`expected free space at 512 to ${CHUNK_SIZE} of the chunk, stood ${free}`);
  const recordsEnd = problems.length === 0 ? free : undefined;
  if (recordsEnd === undefined) return { isChunk: true, recordsEnd, reason: 'damaged', problems };
  if (recordsEnd > bytes.length) {
    problems.push(`expected records up to ${recordsEnd} of the chunk, the artifact ends at ${bytes.length}`);
    return { isChunk: true, recordsEnd, reason: 'truncated', problems };
  }
  const statedRecords = view.getUint32(52, true);
  const computedRecords = crc32(bytes.subarray(HEADER_SIZE, recordsEnd));
  if (statedRecords !== computedRecords) problems.push(checksumSays('records', computedRecords, statedRecords));
  return { isChunk: true, recordsEnd, reason: 'damaged', problems };
}

/** One way through a chunk, from the header to its end. */
class RecordWalk {
  readonly readings: Reading[] = [];
  foundRecords = false;
  /** Where the last record ends that belongs to the log. */
  loggedEnd: number = HEADER_SIZE;
  readonly #state: ChunkState;
  readonly #base: number;
  readonly #buffer: Uint8Array;
  readonly #header: ChunkHeader;
  readonly #recordsEnd: number;
  #strict: ChunkState | undefined;
  #lastNumber = -1;
  #isBroken = false;
  /** Where bytes begin that hold no record; they become one reading when the next record is found. */
  #restFrom = HEADER_SIZE;

  constructor(state: ChunkState, about: { base: number; header: ChunkHeader; buffer: Uint8Array }) {
    this.#state = state;
    this.#base = about.base;
    this.#header = about.header;
    this.#buffer = about.buffer;
    this.#recordsEnd = Math.min(about.header.recordsEnd ?? contentEnd(state.bytes), state.bytes.length);
  }

  run(): void {
    const end = this.#state.bytes.length;
    let at = HEADER_SIZE;
    while (at < end) {
      const size = recordSize(this.#state, at);
      if (size === 0) {
        this.#isBroken ||= at < this.#recordsEnd;
        at = nextRecord(this.#state, at + 1);
      } else {
        const own = ownSize(this.#state, at, size);
        this.#record(at, own);
        for (let inner = at + own; inner < at + size;) inner += this.#unlinked(inner, at + size - inner);
        at += size;
      }
    }
    this.#rest(end);
  }

  /**
   * Takes a record that was unlinked: the one before it was made longer by its size, so that readers pass over it. Its
   * bytes are still what they were, but for the size at its end.
   *
   * @returns its size, of which `room` is the most it can be
   */
  #unlinked(at: number, room: number): number {
    const stated = this.#state.view.getUint32(at + 4, true);
    const size = stated >= RECORD_SIZE_AT_LEAST && stated < room ? stated : room;
    const number = recordNumber(this.#state, at);
    const from = this.#base + at;
    const says = `record ${number}: hidden in the one before it, and does not decode`;
    const lost = at < this.#recordsEnd ? gap('damaged', from, from + size, says) : undefined;
    const reading = this.#decode(this.#strictState(), { at, size, standing: 'unlinked', number }) ?? lost;
    if (reading === undefined) return size;
    this.#rest(at);
    this.readings.push(reading);
    this.#restFrom = at + size;
    this.loggedEnd = Math.max(this.loggedEnd, at + size);
    return size;
  }

  #record(at: number, size: number): void {
    const number = recordNumber(this.#state, at);
    const standing = this.#standing(at, number);
    const isLogged = standing === 'logged';
    if (!isLogged && this.#isCopy(at, size)) return;
    const state = isLogged && !this.#isBroken ? this.#state : this.#strictState();
    const reading = this.#decode(state, { at, size, standing, number });
    if (reading === undefined) return;
    this.#rest(at);
    this.readings.push(reading);
    this.#restFrom = at + size;
    if (reading.is === 'record') this.foundRecords = true;
    if (!isLogged) return;
    this.#lastNumber = number;
    this.loggedEnd = at + size;
  }

  /** Whether the log counts a record: by the header, or because it goes on where a log that was not closed left off. */
  #standing(at: number, number: number): Standing {
    if (!this.#header.isChunk) return 'damaged-chunk';
    if (this.#header.recordsEnd === undefined) {
      const follows = number > this.#lastNumber && number - this.#lastNumber <= RECORDS_AT_MOST;
      return !this.#isBroken || follows ? 'logged' : 'slack';
    }
    if (at < this.#recordsEnd) return 'logged';
    return at === this.loggedEnd && number === this.#lastNumber + 1 ? 'logged' : 'slack';
  }

  /** @returns `undefined` for a record outside the log that does not decode: it is no loss, the log did not promise it */
  #decode(
    state: ChunkState,
    found: { at: number; size: number; standing: Standing; number: number },
  ): Reading | undefined {
    const { at, size, standing, number } = found;
    const from = this.#base + at;
    const parser = new BinXmlParser(state);
    parser.failure = spent(state);
    const nodes = parser.fragment({ at: at + RECORD_HEADER_SIZE, size: size - RECORD_HEADER_SIZE - 4 }, 0);
    // Before anything walks through the nodes: templates in templates can stand for more of them than there is time for.
    let failure = parser.failure ?? tooCostly(state, nodes);
    const root = failure === undefined ? eventRoot(nodes, undefined) : undefined;
    if (failure === undefined && root === undefined)
      failure = { reason: 'damaged', says: 'expected an event, stood none' };
    if (failure === undefined && root !== undefined) {
      return new EventRecord(state, at, { root, origin: { offset: from, length: size }, standing });
    }
    if (standing !== 'logged' || failure === undefined) return undefined;
    return gap(failure.reason, from, from + size, `record ${number}: ${failure.says}`);
  }

  #strictState(): ChunkState {
    this.#strict ??= { ...chunkState(this.#state.bytes), strict: true };
    return this.#strict;
  }

  #isCopy(at: number, size: number): boolean {
    for (let index = at; index < at + size; index += 1) {
      if (this.#state.bytes[index] !== this.#buffer[index]) return false;
    }
    return true;
  }

  /** Closes the bytes without a record that end here: a gap where the log should be, slack behind it. */
  #rest(to: number): void {
    const from = this.#restFrom;
    const border = this.#header.isChunk ? Math.min(Math.max(this.#recordsEnd, from), to) : to;
    if (from < border) this.readings.push(this.#lost(from, border));
    if (border < to) this.readings.push(structure('slack', this.#base + border, this.#base + to));
  }

  #lost(from: number, to: number): Gap {
    const { bytes, view } = this.#state;
    const isCut = to === bytes.length && bytes.length < CHUNK_SIZE;
    const rest = to - from;
    const isHeader = rest >= 8 && view.getUint32(from, true) === RECORD_MAGIC;
    const size = isHeader ? view.getUint32(from + 4, true) : 0;
    let says = `expected a record at 0x${from.toString(16)} of the chunk, stood ${rest} bytes without one`;
    if (isCut && size > rest) says = `expected a record of ${size} bytes, the artifact ends after ${rest}`;
    else if (isHeader)
      says = `expected a record of 28 bytes or more that repeats its size at its end, stood size ${size}`;
    return gap(isCut ? 'truncated' : 'damaged', this.#base + from, this.#base + to, says);
  }
}

function tooCostly(state: ChunkState, nodes: readonly Node[]): Failure | undefined {
  const cost = expansionCost(state, nodes);
  if (cost > EVENT_COST_LIMIT)
    return { reason: 'limit', says: `expected an event of at most ${EVENT_COST_LIMIT} nodes` };
  state.cost += cost;
  return spent(state);
}

function spent(state: ChunkState): Failure | undefined {
  if (state.cost <= CHUNK_COST_LIMIT) return undefined;
  return { reason: 'limit', says: `expected events of at most ${CHUNK_COST_LIMIT} nodes in a chunk` };
}

/** The size of the record whose header stands at `at`, 0 where none does: magic, size, and the size again at its end. */
function recordSize({ bytes, view }: ChunkState, at: number): number {
  if (at + RECORD_SIZE_AT_LEAST > bytes.length || view.getUint32(at, true) !== RECORD_MAGIC) return 0;
  const size = view.getUint32(at + 4, true);
  if (size < RECORD_SIZE_AT_LEAST || at + size > bytes.length) return 0;
  return view.getUint32(at + size - 4, true) === size ? size : 0;
}

/** The size of a record without others that its stated size takes in: its own size, repeated at its own end. */
function ownSize({ bytes, view }: ChunkState, at: number, size: number): number {
  const last = at + size - RECORD_SIZE_AT_LEAST;
  for (let inner = at + RECORD_SIZE_AT_LEAST; inner <= last; inner += 1) {
    inner = bytes.indexOf(0x2a, inner);
    if (inner < 0 || inner > last) break;
    if (view.getUint32(inner, true) === RECORD_MAGIC && view.getUint32(inner - 4, true) === inner - at)
      return inner - at;
  }
  return size;
}

function recordNumber({ view }: ChunkState, at: number): number {
  return view.getUint32(at + 12, true) * 2 ** 32 + view.getUint32(at + 8, true);
}

function nextRecord(state: ChunkState, from: number): number {
  const { bytes } = state;
  for (let at = bytes.indexOf(0x2a, from); at >= 0; at = bytes.indexOf(0x2a, at + 1)) {
    if (recordSize(state, at) !== 0) return at;
  }
  return bytes.length;
}

/** Where the zeroes begin that fill a chunk to its end; 0 where it is all zeroes. */
function contentEnd(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}

export function checksumSays(what: string, computed: number, stated: number): string {
  return `expected ${what} checksum ${hex32(computed)}, stood ${hex32(stated)}`;
}

function hex32(checksum: number): string {
  return `0x${checksum.toString(16).padStart(8, '0')}`;
}

const HEADER_SIZE = 512;
const CHUNK_MAGIC: readonly number[] = [0x45, 0x6c, 0x66, 0x43, 0x68, 0x6e, 0x6b, 0x00];
const RECORD_MAGIC = 0x00002a2a;
const RECORD_HEADER_SIZE = 24;
const RECORD_SIZE_AT_LEAST = RECORD_HEADER_SIZE + 4;
const RECORDS_AT_MOST = CHUNK_SIZE / RECORD_SIZE_AT_LEAST;
/** Of the chunks of 15,000 real events the largest costs 77,000. */
const CHUNK_COST_LIMIT = 524_288;
