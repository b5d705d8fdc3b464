import { excerptOf } from '../../bytes/text.ts';
import { isoTime, parseIsoTime } from '../../bytes/time.ts';
import type { EvidenceRecord, Extent, FieldValue } from '../../model/reading.ts';
import { type Columns, type Meaning, TIMES } from './columns.ts';
import { parsedObject } from './json-object.ts';

/** One row, as text and as values: strings of a CSV, anything of a JSON object. */
export interface ManifestRow {
  readonly origin: Extent;
  readonly text: string;
  readonly values: readonly unknown[];
  readonly columns: Columns;
}

/**
 * A file that a collector listed: its name and what is known of it, never its content.
 *
 * Kind `file`; `file.deleted` where the list itself says that the entry is no longer in use (listings of an $MFT hold
 * such rows). Times are UTC or are not given: a value without a zone in a column that does not say UTC is in nobody knows
 * whose local time, and stands only as `created-raw` and so on, as written.
 */
export class ManifestRecord implements EvidenceRecord {
  readonly is = 'record' as const;
  readonly source = undefined;
  readonly at = undefined;
  readonly #row: ManifestRow;

  constructor(row: ManifestRow) {
    this.#row = row;
  }

  get kind(): string {
    const gone = truth(this.#value('in-use')) === false || truth(this.#value('deleted')) === true;
    return gone ? 'file.deleted' : 'file';
  }

  get origin(): Extent {
    return this.#row.origin;
  }

  get host(): string | undefined {
    return written(this.#value('host'));
  }

  get(field: string): FieldValue {
    return READERS.get(field)?.(this.#row);
  }

  fields(): readonly string[] {
    return FIELDS.filter((field) => this.get(field) !== undefined);
  }

  excerpt(): string {
    return excerptOf(this.#row.text);
  }

  #value(meaning: Meaning): unknown {
    return valueOf(this.#row, meaning);
  }
}

/** Whether a row names a file at all. */
export function hasPath(row: ManifestRow): boolean {
  return pathOf(row) !== undefined;
}

function valueOf(row: ManifestRow, meaning: Meaning): unknown {
  const column = row.columns.get(meaning);
  return column === undefined ? undefined : row.values[column.index];
}

function written(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function pathOf(row: ManifestRow): string | undefined {
  const whole = written(valueOf(row, 'path'));
  if (whole !== undefined) return whole;
  const parent = written(valueOf(row, 'parent'));
  const name = written(valueOf(row, 'name'));
  if (name === undefined || !row.columns.has('parent')) return undefined;
  if (parent === undefined) return name;
  if (parent.endsWith('\\') || parent.endsWith('/')) return parent + name;
  return `${parent}${parent.includes('/') && !parent.includes('\\') ? '/' : '\\'}${name}`;
}

function nameOf(row: ManifestRow): string | undefined {
  const path = pathOf(row);
  if (path === undefined) return undefined;
  const end = /[\\/]$/.test(path) ? path.length - 1 : path.length;
  return path.slice(Math.max(path.lastIndexOf('\\', end - 1), path.lastIndexOf('/', end - 1)) + 1, end);
}

/** Lower case, without the dot; empty for a folder and for a name without one. As Windows opens it: `x.aspx. ` is aspx. */
function extensionOf(row: ManifestRow): string | undefined {
  const name = nameOf(row);
  if (name === undefined || isDirectory(row) === true) return name === undefined ? undefined : '';
  let plain = name.toLowerCase();
  if (plain.endsWith('::$data')) plain = plain.slice(0, -7);
  while (plain.endsWith('.') || plain.endsWith(' ')) plain = plain.slice(0, -1);
  const dot = plain.lastIndexOf('.');
  return dot < 0 ? '' : plain.slice(dot + 1);
}

function isDirectory(row: ManifestRow): boolean | undefined {
  const told = truth(valueOf(row, 'is-directory'));
  if (told !== undefined) return told;
  const mode = valueOf(row, 'mode');
  if (typeof mode === 'string' && mode !== '') return mode.startsWith('d');
  const attributes = valueOf(row, 'attributes');
  if (typeof attributes === 'string' && /\bdirectory\b/i.test(attributes)) return true;
  return /[\\/]$/.test(pathOf(row) ?? '') ? true : undefined;
}

function truth(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.toLowerCase() : String(value);
  if (text === 'true' || text === '1' || text === 'yes') return true;
  return text === 'false' || text === '0' || text === 'no' ? false : undefined;
}

function sizeOf(row: ManifestRow): number | undefined {
  const value = valueOf(row, 'size');
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** Of a column that names SHA-256, or of a nameless `Hash` of 64 digits, which is what Get-FileHash gives unasked. */
function sha256Of(row: ManifestRow): string | undefined {
  const own = digest(valueOf(row, 'sha256'));
  if (own !== undefined) return own;
  const hash = valueOf(row, 'hash');
  const several = typeof hash === 'string' && hash.startsWith('{') ? parsedObject(hash) : hash;
  if (typeof several === 'object' && several !== null) return digest(Reflect.get(several, 'SHA256'));
  const algorithm = written(valueOf(row, 'algorithm'));
  if (algorithm !== undefined && !/^sha-?256$/i.test(algorithm)) return undefined;
  return digest(hash);
}

function digest(value: unknown): string | undefined {
  return typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value) ? value.toLowerCase() : undefined;
}

type Time = (typeof TIMES)[number];

/** ISO 8601 in UTC. Numbers of a JSON list are seconds since 1970, as Velociraptor and osquery write them. */
function timeOf(row: ManifestRow, meaning: Time): string | undefined {
  const column = row.columns.get(meaning);
  const value = column === undefined ? undefined : row.values[column.index];
  if (typeof value === 'number') return value > 0 && value < EPOCH_LIMIT ? isoTime(Math.round(value * 1e6)) : undefined;
  if (column === undefined || typeof value !== 'string') return undefined;
  const at = parseIsoTime(value, { unzonedIsUtc: column.utc });
  return at === undefined ? undefined : isoTime(at);
}

function rawTimeOf(row: ManifestRow, meaning: Time): string | undefined {
  return timeOf(row, meaning) === undefined ? written(valueOf(row, meaning)) : undefined;
}

/** 2100-01-01: a number above it is no count of seconds. */
const EPOCH_LIMIT = 4_102_444_800;

const READERS: ReadonlyMap<string, (row: ManifestRow) => FieldValue> = new Map([
  ['path', pathOf],
  ['name', nameOf],
  ['extension', extensionOf],
  ['size', sizeOf],
  ['sha256', sha256Of],
  ...TIMES.map((time) => [time, (row: ManifestRow): FieldValue => timeOf(row, time)] as const),
  ...TIMES.map((time) => [`${time}-raw`, (row: ManifestRow): FieldValue => rawTimeOf(row, time)] as const),
  ['attributes', (row: ManifestRow): FieldValue => written(valueOf(row, 'attributes'))],
  ['owner', (row: ManifestRow): FieldValue => written(valueOf(row, 'owner'))],
  ['is-directory', isDirectory],
] as const);

const FIELDS: readonly string[] = [...READERS.keys()];
