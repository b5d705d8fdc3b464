import type { ByteSource } from '../../model/evidence.ts';
import type { Format, Gap, Reading, Structure } from '../../model/reading.ts';
import { CsvRows, splitCsvRow } from '../../bytes/csv.ts';
import type { CsvRow } from '../../bytes/csv.ts';
import { readLines } from '../../bytes/lines.ts';
import type { LineReading } from '../../bytes/lines.ts';
import { headText } from '../../bytes/text.ts';
import { anyEvent } from '../event-json/any-event.ts';
import { ClockBook } from '../event-json/clock-book.ts';
import { holdsUtcTime, learnFrom } from '../event-json/clock-lesson.ts';
import type { ExportedEvent } from '../event-json/exported-event.ts';
import type { JsonObject } from '../event-json/json-object.ts';
import { RecordMaker } from '../event-json/record-maker.ts';
import { headerOf, isPreamble } from './captions.ts';
import type { Header } from './captions.ts';

/**
 * Windows events as CSV: what Event Viewer saves (in the language of the machine, message without a caption, local time
 * without a zone), `Get-WinEvent | Export-Csv`, EvtxECmd, and tables that search programs export. Separated by comma,
 * semicolon or tab. Records are those of event-json, by the same names.
 *
 * A time is a record's only where its zone is stated or known. Where the export names no channel, a provider that
 * writes to one only tells it. Rows that stand twice count once.
 */
export const eventCsv: Format = { name: 'event-csv', shape: 'sequential', recognises, read };

function recognises(head: Uint8Array): boolean {
  const lines = headText(head).split('\n', PREAMBLE_LINES + ROW_LINES);
  const at = lines.findIndex((line) => !isPreamble(line));
  const header = at < 0 || at >= PREAMBLE_LINES ? undefined : headerOf(withoutReturn(lines[at] ?? ''));
  if (header === undefined) return false;
  const rows = new CsvRows(header.delimiter);
  const out: (CsvRow | Gap | Structure)[] = [];
  for (const [index, line] of lines.slice(at + 1).entries()) {
    rows.take({ is: 'line', text: withoutReturn(line), offset: index, length: 1, ended: true }, out);
    const row = out.find((reading) => reading.is === 'row' && reading.text !== '');
    if (row?.is === 'row') return eventOf(row.text, header) !== undefined;
  }
  // The first message may be longer than the head.
  rows.finish(out);
  return lines.length > at + 1 && out.length > 0 && (lines[at + 1] ?? '') !== '';
}

async function* read(source: ByteSource): AsyncGenerator<readonly Reading[], void, undefined> {
  const clocks = new ClockBook();
  if (await holdsUtcTime(source)) {
    const lesson = new Table((event) => learnFrom(event, clocks));
    for await (const lines of readLines(source)) lesson.take(lines, []);
    lesson.finish([]);
  }
  const maker = new RecordMaker(clocks);
  const encoder = new TextEncoder();
  const table = new Table((event, { offset, length, text, ended }, out) => {
    const bytes = encoder.encode(text);
    maker.take({ event, text, bytes, origin: { offset, length }, tail: ended ? 1 : 0 }, out);
  });
  for await (const lines of readLines(source)) {
    const out: Reading[] = [];
    table.take(lines, out);
    yield out;
  }
  const rest: Reading[] = [];
  table.finish(rest);
  if (rest.length > 0) yield rest;
}

type OnEvent = (event: ExportedEvent, row: CsvRow, out: Reading[]) => void;

/** One export while it is read. */
class Table {
  readonly #onEvent: OnEvent;
  #header: Header | undefined;
  #rows: CsvRows | undefined;

  constructor(onEvent: OnEvent) {
    this.#onEvent = onEvent;
  }

  take(lines: readonly LineReading[], out: Reading[]): void {
    for (const line of lines) {
      if (this.#rows === undefined) this.#begin(line, out);
      else this.#give(line, this.#rows, out);
    }
  }

  finish(out: Reading[]): void {
    const pieces: (CsvRow | Gap | Structure)[] = [];
    this.#rows?.finish(pieces);
    for (const piece of pieces) this.#piece(piece, out);
  }

  #begin(line: LineReading, out: Reading[]): void {
    if (line.is !== 'line') {
      out.push(line);
      return;
    }
    const { offset, length, text } = line;
    this.#header = isPreamble(text) ? undefined : headerOf(text);
    if (this.#header !== undefined) this.#rows = new CsvRows(this.#header.delimiter);
    if (this.#header === undefined && !isPreamble(text))
      out.push(gap('unsupported', line, 'expected a header with an event id and a channel or provider'));
    else {
      const name = this.#header === undefined ? 'preamble' : 'header';
      out.push({ is: 'structure', name, origin: { offset, length }, text: text.slice(0, TEXT_LIMIT) });
    }
  }

  #give(line: LineReading, rows: CsvRows, out: Reading[]): void {
    const pieces: (CsvRow | Gap | Structure)[] = [];
    rows.take(line, pieces);
    for (const piece of pieces) this.#piece(piece, out);
  }

  #piece(piece: CsvRow | Gap | Structure, out: Reading[]): void {
    if (piece.is !== 'row') out.push(piece);
    else if (this.#header !== undefined) this.#row(piece, this.#header, out);
  }

  #row(row: CsvRow, header: Header, out: Reading[]): void {
    const origin = { offset: row.offset, length: row.length };
    if (isPreamble(row.text)) out.push({ is: 'structure', name: 'blank', origin });
    else if (row.text === header.text) out.push({ is: 'structure', name: 'header', origin });
    else {
      const values = rowObject(row.text, header);
      const event = typeof values === 'number' ? undefined : anyEvent(values);
      if (event !== undefined) this.#onEvent(event, row, out);
      else if (typeof values === 'number') {
        const reason = row.ended || values > header.names.length ? 'damaged' : 'truncated';
        out.push(gap(reason, row, `row has ${values} values, the header names ${header.names.length}`));
      } else
        out.push(gap('unsupported', row, 'expected an event id and a channel or provider, stood none in this row'));
    }
  }
}

function eventOf(text: string, header: Header): ExportedEvent | undefined {
  const values = rowObject(text, header);
  return typeof values === 'number' ? undefined : anyEvent(values);
}

/**
 * A row by the names of its columns; empty values are none. Event Viewer gives the message no caption, a spreadsheet ends
 * rows with separators too many.
 *
 * @returns the number of values where it fits the header in no way
 */
function rowObject(text: string, { names, delimiter }: Header): JsonObject | number {
  const values = splitCsvRow(text, delimiter);
  while (values.length > names.length + 1 && values.at(-1) === '') values.pop();
  const isFit = values.length === names.length || values.length === names.length + 1;
  if (!isFit) return values.length;
  const entries = new Map<string, string>();
  for (const [index, value] of values.entries()) {
    const name = names[index] ?? 'Message';
    if (value !== '' && name !== '' && !entries.has(name)) entries.set(name, value);
  }
  return Object.fromEntries(entries);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function gap(reason: Gap['reason'], at: { offset: number; length: number }, says: string): Gap {
  return { is: 'gap', reason, origin: { offset: at.offset, length: at.length }, says };
}

const PREAMBLE_LINES = 4;
const ROW_LINES = 200;
const TEXT_LIMIT = 4096;
