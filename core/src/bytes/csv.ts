import type { Extent, Gap, Structure } from '../model/reading.ts';
import type { Line, LineReading } from './lines.ts';

/** A row of delimited text, over as many lines as its values have. */
export interface CsvRow extends Extent {
  readonly is: 'row';
  /** Without its last line end; line ends inside quotes are LF. */
  readonly text: string;
  /** Whether a line feed ended it. */
  readonly ended: boolean;
}

/** The most lines and bytes of one row. */
export const ROW_LINES = 1000;
export const ROW_BYTES: number = 1024 * 1024;

/**
 * Puts lines together to rows. A value whose quote is not closed in time costs the line that opened it; those behind it
 * are taken again, each by itself, so that no line is read thrice.
 */
export class CsvRows {
  readonly #delimiter: string;
  #open: Line[] = [];
  #bytes = 0;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  take(reading: LineReading, out: (CsvRow | Gap | Structure)[]): void {
    if (reading.is !== 'line') {
      this.finish(out);
      out.push(reading);
    } else if (this.#open.length > 0) this.#proceed(reading, out);
    else if (reading.ended && quoteOpenAfter(reading.text, this.#delimiter, false)) {
      this.#open = [reading];
      this.#bytes = reading.length;
    } else out.push(rowOf([reading]));
  }

  /** Gives up on a row that waits for its closing quote. */
  finish(out: (CsvRow | Gap | Structure)[]): void {
    if (this.#open.length > 0) this.#giveUp('truncated', 'quoted value is not closed where the text ends', out);
  }

  #proceed(line: Line, out: (CsvRow | Gap | Structure)[]): void {
    this.#open.push(line);
    this.#bytes += line.length;
    if (!quoteOpenAfter(line.text, this.#delimiter, true)) {
      out.push(rowOf(this.#open));
      this.#open = [];
    } else if (this.#open.length >= ROW_LINES || this.#bytes >= ROW_BYTES) {
      this.#giveUp('limit', `quoted value is not closed within ${ROW_LINES} lines or ${ROW_BYTES} bytes`, out);
    }
  }

  #giveUp(reason: Gap['reason'], says: string, out: (CsvRow | Gap | Structure)[]): void {
    const [first, ...rest] = this.#open;
    this.#open = [];
    if (first !== undefined)
      out.push({ is: 'gap', reason, origin: { offset: first.offset, length: first.length }, says });
    for (const line of rest) out.push(rowOf([line]));
  }
}

function rowOf(lines: readonly Line[]): CsvRow {
  const offset = lines[0]?.offset ?? 0;
  const last = lines.at(-1);
  const text = lines.length === 1 ? (last?.text ?? '') : lines.map((line) => line.text).join('\n');
  const length = (last?.offset ?? 0) + (last?.length ?? 0) - offset;
  return { is: 'row', offset, length, text, ended: last?.ended ?? false };
}

/**
 * Splits one row of delimited text into its values, RFC 4180 read kindly: a quote opens a value only where the value
 * begins, two quotes inside one are one quote, and what stands behind a closing quote belongs to the value.
 *
 * @param row without its line end; line ends inside quotes are part of the value
 */
export function splitCsvRow(row: string, delimiter: string): string[] {
  const values: string[] = [];
  let at = 0;
  for (;;) {
    const { value, end } = row[at] === '"' ? quotedValue(row, at + 1, delimiter) : plainValue(row, at, delimiter);
    values.push(value);
    if (end >= row.length) return values;
    at = end + 1;
  }
}

/**
 * Whether a quoted value is still open at the end of a line, so that the row goes on in the next.
 *
 * @param open the answer for the line before; `false` for the first line of a row
 */
export function quoteOpenAfter(line: string, delimiter: string, open: boolean): boolean {
  let at = 0;
  let quoted = open;
  while (at <= line.length) {
    if (!quoted && line[at] === '"') {
      quoted = true;
      at += 1;
    }
    if (quoted) {
      at = closingQuote(line, at);
      if (at < 0) return true;
      quoted = false;
    }
    const next = line.indexOf(delimiter, at);
    if (next < 0) return false;
    at = next + 1;
  }
  return false;
}

function plainValue(row: string, from: number, delimiter: string): { value: string; end: number } {
  const next = row.indexOf(delimiter, from);
  const end = next < 0 ? row.length : next;
  return { value: row.slice(from, end), end };
}

function quotedValue(row: string, from: number, delimiter: string): { value: string; end: number } {
  const close = closingQuote(row, from);
  if (close < 0) return { value: row.slice(from).replaceAll('""', '"'), end: row.length };
  const rest = plainValue(row, close + 1, delimiter);
  return { value: row.slice(from, close).replaceAll('""', '"') + rest.value, end: rest.end };
}

/** The next quote that is not the first of two, or -1. */
function closingQuote(row: string, from: number): number {
  let at = row.indexOf('"', from);
  while (at >= 0 && row[at + 1] === '"') at = row.indexOf('"', at + 2);
  return at;
}

/**
 * A caption without what people and programs change about it: case, accents, spaces and signs. `ID de l’événement` and
 * `Id de l'evenement` are one, so are `cs-uri-stem` and `CS URI stem`.
 */
export function foldedCaption(caption: string): string {
  return caption
    .slice(0, CAPTION_LIMIT)
    .normalize('NFKD')
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase();
}

const CAPTION_LIMIT = 256;
