import type { EvidenceRecord, FieldValue } from '../../model/reading.ts';
import type { Distance } from './literal.ts';
import { fold } from './pattern.ts';

/** A way to a field's values; `name` tells it from every other way. */
export interface FieldReader {
  readonly name: string;
  /** How far its values are from the raw text; absent for values that are cut out. */
  readonly distance?: Distance;
  read(record: EvidenceRecord): FieldValue;
}

/** The values of one field of one record as text, case folded once however many rules ask. */
export class FieldText {
  /** Empty where the record has no such field. */
  readonly raw: readonly string[];
  #folded: readonly string[] | undefined;

  constructor(raw: readonly string[]) {
    this.raw = raw;
  }

  get folded(): readonly string[] {
    return (this.#folded ??= this.raw.map(fold));
  }

  get missing(): boolean {
    return this.raw.length === 0;
  }
}

/**
 * The texts of the record that was looked at last. Records are asked by many rules one after the other; what one rule
 * folded, the next finds here. A loop over rules outside a loop over records is right too, only slower.
 */
const texts = new Map<string, FieldText>();
let current: EvidenceRecord | undefined;
let offset = -1;

export function fieldText(record: EvidenceRecord, reader: FieldReader): FieldText {
  // A format may hand out one object for all rows; the place in the artifact tells them apart.
  if (record !== current || record.origin.offset !== offset) {
    current = record;
    offset = record.origin.offset;
    texts.clear();
  }
  let text = texts.get(reader.name);
  if (text === undefined) {
    text = new FieldText(textsOf(reader.read(record)));
    texts.set(reader.name, text);
  }
  return text;
}

/** Reads a field by the name the format gives it. */
export function fieldReader(name: string): FieldReader {
  return { name, read: (record) => record.get(name) };
}

/**
 * Every text of the record in one line, the nearest thing to "the full log message" that keywords are looked for in.
 *
 * @param except leaves fields out that are not the record's own words
 */
export function wholeRecord(except: (field: string) => boolean): FieldReader {
  return {
    name: '',
    read(record) {
      const all: string[] = [];
      for (const field of record.fields()) if (!except(field)) all.push(...textsOf(record.get(field)));
      return ` ${all.join(' ')} `;
    },
  };
}

/** A value as texts. Bytes are UTF-8 where they are valid UTF-8, else one character per byte (Windows-1252). */
export function textsOf(value: FieldValue): readonly string[] {
  if (value === undefined) return NONE;
  if (typeof value === 'string') return [value];
  if (typeof value === 'object') return value instanceof Uint8Array ? [decode(value)] : value;
  return [String(value)];
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}

const NONE: readonly string[] = [];
