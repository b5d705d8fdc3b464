import type { ByteSource } from '../model/evidence.ts';
import type { EvidenceRecord, FieldValue, Format, Reading } from '../model/reading.ts';
import { isoTime } from '../bytes/time.ts';

/** Evenly spread numbers in `[0, below)`, the same for the same seed in every host (mulberry32). */
export type Dice = (below: number) => number;

export function seededDice(seed: number): Dice {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Bytes in memory as a source that answers at once and in full. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, readInto: (at, into) => copy(bytes, at, into), close: () => Promise.resolve() };
}

/** The same bytes from a source that answers with less than it was asked for, now at once, now later. */
export function slicedSource(bytes: Uint8Array, dice: Dice): ByteSource {
  const most = Math.max(1, Math.ceil(bytes.length / 40));
  return {
    size: bytes.length,
    readInto: (at, into) => {
      const count = copy(bytes, at, into.subarray(0, Math.min(into.length, 1 + dice(most))));
      return dice(2) === 0 ? count : Promise.resolve(count);
    },
    close: () => Promise.resolve(),
  };
}

/** Text as the bytes of a source. */
export function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A copy of the bytes with one to four wounds: cut short, zeroed, overwritten, a run missing, doubled or moved, bits turned. */
export function mutant(bytes: Uint8Array, dice: Dice): Uint8Array {
  let wounded: Uint8Array = bytes.slice();
  for (let wounds = 1 + dice(4); wounds > 0 && wounded.length > 0; wounds--) wounded = wound(wounded, dice);
  return wounded;
}

/** Every reading of one pass over a source. */
export async function readAll(format: Format, source: ByteSource, path: string): Promise<Reading[]> {
  const readings: Reading[] = [];
  for await (const batch of format.read(source, { path })) for (const reading of batch) readings.push(reading);
  return readings;
}

/** A reading as plain JSON, one stable line of a golden file. Bytes are given as their number and their first sixteen. */
export function readingJson(reading: Reading): string {
  if (reading.is === 'record')
    return JSON.stringify({ ...head(reading), fields: fieldsOf(reading), excerpt: reading.excerpt() });
  const { offset, length } = reading.origin;
  if (reading.is === 'gap')
    return JSON.stringify({ is: 'gap', at: [offset, length], reason: reading.reason, says: reading.says });
  return JSON.stringify({ is: 'structure', at: [offset, length], name: reading.name, text: reading.text });
}

/** All that `get` has a value for, by the names that `fields` gives. */
export function fieldsOf(record: EvidenceRecord): Record<string, unknown> {
  return Object.fromEntries(record.fields().map((name) => [name, plain(record.get(name))]));
}

function head(record: EvidenceRecord): Record<string, unknown> {
  const { kind, source, host, origin } = record;
  const time = record.at === undefined ? undefined : isoTime(record.at);
  return { is: 'record', at: [origin.offset, origin.length], kind, source, time, host };
}

function plain(value: FieldValue): unknown {
  if (!(value instanceof Uint8Array)) return value;
  const start = Array.from(value.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${value.length} bytes: ${start}`;
}

function copy(bytes: Uint8Array, at: number, into: Uint8Array): number {
  const run = bytes.subarray(at, at + into.length);
  into.set(run);
  return run.length;
}

function wound(bytes: Uint8Array, dice: Dice): Uint8Array {
  const from = dice(bytes.length);
  const run = Math.min(bytes.length - from, 1 + dice(dice(4) === 0 ? bytes.length : 40));
  const to = from + run;
  switch (dice(8)) {
    case 0:
      return bytes.slice(0, from);
    case 1:
      return bytes.fill(0, from, to);
    case 2:
      return bytes.fill(0xff, from, to);
    case 3:
      return bytes.map((byte, at) => (at >= from && at < to ? dice(256) : byte));
    case 4:
      return joined(bytes.subarray(0, from), bytes.subarray(to));
    case 5:
      return joined(bytes.subarray(0, to), bytes.subarray(from));
    case 6:
      bytes.copyWithin(dice(bytes.length), from, to);
      return bytes;
    default:
      bytes[from] = (bytes[from] ?? 0) ^ (1 << dice(8));
      return bytes;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
