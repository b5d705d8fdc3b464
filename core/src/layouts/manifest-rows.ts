import { CsvRows, splitCsvRow } from '../bytes/csv.ts';
import type { CsvRow } from '../bytes/csv.ts';
import { readLines } from '../bytes/lines.ts';
import type { Line } from '../bytes/lines.ts';
import { parsedObject } from '../formats/file-manifest/json-object.ts';
import type { Extent, Gap, Structure } from '../model/reading.ts';
import type { Draft } from './draft.ts';
import type { Listed } from './laid-out.ts';

/** A row of a table by the names of its header. */
export interface TableRow extends Extent {
  readonly text: string;
  /** The value under a column's name, in any case; empty where the table has no such column. */
  value(column: string): string;
}

export interface ObjectRow extends Extent {
  readonly text: string;
  readonly row: object;
}

/**
 * The rows of a comma-separated manifest, in batches, with a header in its first row (behind PowerShell's `#TYPE`). What
 * cannot be read becomes a limit of the package, because it hides what the manifest would have said.
 */
export async function* tableRows(artifact: Listed, draft: Draft): AsyncGenerator<readonly TableRow[]> {
  let header: ReadonlyMap<string, number> | undefined;
  const rows = new CsvRows(',');
  const taken = (parts: readonly (CsvRow | Gap | Structure)[]): TableRow[] => {
    const out: TableRow[] = [];
    for (const part of parts) {
      if (part.is === 'gap') draft.limit(unread(artifact, part.says));
      if (part.is !== 'row' || part.text === '') continue;
      if (header !== undefined) out.push(tableRow(part, header));
      else if (!part.text.startsWith('#')) header = headerOf(part.text);
    }
    return out;
  };
  for await (const lines of manifestLines(artifact, draft)) {
    const parts: (CsvRow | Gap | Structure)[] = [];
    for (const line of lines) rows.take(line, parts);
    yield taken(parts);
  }
  const last: (CsvRow | Gap | Structure)[] = [];
  rows.finish(last);
  yield taken(last);
}

/** The rows of a manifest of one JSON object a line, in batches. */
export async function* objectRows(artifact: Listed, draft: Draft): AsyncGenerator<readonly ObjectRow[]> {
  for await (const lines of manifestLines(artifact, draft)) {
    const out: ObjectRow[] = [];
    for (const { text, offset, length } of lines) {
      if (text.trim() === '') continue;
      const row = parsedObject(text);
      if (row === undefined) draft.limit(unread(artifact, 'a line is no JSON object'));
      else out.push({ row, text, offset, length });
    }
    yield out;
  }
}

/** The lines of a manifest, in batches. Never throws: what cannot be read becomes a limit of the package. */
export async function* manifestLines(artifact: Listed, draft: Draft): AsyncGenerator<readonly Line[]> {
  let count = 0;
  try {
    const source = await artifact.open();
    try {
      for await (const batch of readLines(source)) {
        const lines: Line[] = [];
        for (const reading of batch) {
          if (reading.is === 'line') lines.push(reading);
          else if (reading.is === 'gap') draft.limit(unread(artifact, reading.says));
        }
        count += lines.length;
        yield lines;
        if (count >= MOST_LINES) {
          draft.limit(unread(artifact, `it has more than ${MOST_LINES} lines`));
          return;
        }
      }
    } finally {
      await source.close();
    }
  } catch (error) {
    draft.limit(unread(artifact, messageOf(error)));
  }
}

/** A small artifact as one JSON value; `undefined`, and a limit, if it is none. */
export async function wholeJson(artifact: Listed, draft: Draft): Promise<unknown> {
  if (artifact.size > WHOLE_LIMIT) {
    draft.limit(unread(artifact, `it has ${artifact.size} bytes, expected at most ${WHOLE_LIMIT}`));
    return undefined;
  }
  let text = '';
  for await (const lines of manifestLines(artifact, draft)) for (const line of lines) text += `${line.text}\n`;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    draft.limit(unread(artifact, 'it is no JSON'));
    return undefined;
  }
}

/** A property of an object that evidence gave, as text; numbers too. */
export function textOf(row: unknown, name: string): string | undefined {
  const value = propertyOf(row, name);
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A property as a number, also where it is written as text, as 64-bit numbers are. */
export function numberOf(row: unknown, name: string): number | undefined {
  const value = propertyOf(row, name);
  const number = typeof value === 'string' && /^\d{1,20}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** An own property only: a row may have keys such as `__proto__`. */
export function propertyOf(row: unknown, name: string): unknown {
  return typeof row === 'object' && row !== null && Object.hasOwn(row, name)
    ? (Reflect.get(row, name) as unknown)
    : undefined;
}

function headerOf(text: string): ReadonlyMap<string, number> {
  const names = splitCsvRow(text.slice(0, HEADER_LIMIT), ',');
  return new Map(names.map((name, index) => [name.trim().toLowerCase(), index]));
}

function tableRow(row: CsvRow, header: ReadonlyMap<string, number>): TableRow {
  const values = splitCsvRow(row.text, ',');
  const value = (column: string): string => values[header.get(column.toLowerCase()) ?? -1] ?? '';
  return { offset: row.offset, length: row.length, text: row.text, value };
}

function unread(artifact: Listed, why: string): string {
  return `${artifact.path.slice(artifact.path.lastIndexOf('/') + 1)} was not read whole, so that it may hide failures: ${why}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replaceAll(/'[^']*[/\\][^']*'/g, 'the file') : String(error);
}

const MOST_LINES = 20_000_000;
const WHOLE_LIMIT = 1024 * 1024;
const HEADER_LIMIT = 16_384;
