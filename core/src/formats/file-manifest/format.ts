import { quoteOpenAfter, splitCsvRow } from '../../bytes/csv.ts';
import { type Line, type LineReading, readLines } from '../../bytes/lines.ts';
import { headText } from '../../bytes/text.ts';
import type { Extent, Format, Gap, GapReason, Reading } from '../../model/reading.ts';
import { type Columns, manifestColumns } from './columns.ts';
import { parsedObject } from './json-object.ts';
import { hasPath, ManifestRecord, type ManifestRow } from './manifest-record.ts';

/**
 * A collector's list of files: names, sizes, hashes and times, no content.
 *
 * CSV (comma, semicolon or tab; as PowerShell's Export-Csv, Velociraptor and MFTECmd write it) with a header, or JSON
 * Lines. Which columns count is decided by name, see `columns.ts`. A quoted value may hold line ends; a row has as many
 * values as the header, else it is a gap. A header that comes again (lists glued together) starts anew.
 */
export const fileManifest: Format = {
  name: 'file-manifest',
  shape: 'sequential',
  recognises: (head) => recognised(headText(head)),
  async *read(source) {
    let reader: RowReader | undefined;
    for await (const batch of readLines(source)) {
      const readings: Reading[] = [];
      for (const line of batch) {
        reader ??= startingReader(line);
        reader?.take(line, readings);
        if (reader === undefined) readings.push(line.is === 'line' ? structure('blank', line) : line);
      }
      yield readings;
    }
    const last: Reading[] = [];
    reader?.finish(last);
    if (last.length > 0) yield last;
  },
};

interface RowReader {
  take(line: LineReading, into: Reading[]): void;
  finish(into: Reading[]): void;
}

function startingReader(line: LineReading): RowReader | undefined {
  if (line.is !== 'line' || line.text === '') return undefined;
  return line.text.startsWith('{') ? new JsonRows() : new CsvRows();
}

function recognised(text: string): boolean {
  const lines = text.split('\n', PREAMBLE_LINES + 2);
  const whole = text.endsWith('\n') ? lines : lines.length > 1 ? lines.slice(0, -1) : lines;
  for (const line of whole.slice(0, PREAMBLE_LINES + 1)) {
    const row = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (row.startsWith('{')) return jsonColumns(parsedObject(row)) !== undefined;
    if (LOG_HEADER.test(row)) return false;
    if (!isPreamble(row)) return headerOf(row) !== undefined;
  }
  return false;
}

/** PowerShell's `#TYPE System.IO.FileInfo`, a spreadsheet's `sep=;`, a blank line. */
function isPreamble(row: string): boolean {
  return row === '' || row.startsWith('#') || /^sep=.$/i.test(row);
}

interface Header {
  readonly delimiter: string;
  readonly columns: Columns;
  readonly width: number;
  readonly text: string;
}

function headerOf(row: string): Header | undefined {
  let best: Header | undefined;
  if (row.length > HEADER_LIMIT) return undefined;
  for (const delimiter of DELIMITERS) {
    const names = splitCsvRow(row, delimiter);
    const columns = names.length > (best?.width ?? 1) ? manifestColumns(names) : undefined;
    if (columns !== undefined) best = { delimiter, columns, width: names.length, text: row };
  }
  return best;
}

class CsvRows implements RowReader {
  #header: Header | undefined;
  #open: { lines: Line[]; bytes: number } | undefined;

  take(line: LineReading, into: Reading[]): void {
    if (line.is !== 'line') {
      this.finish(into);
      into.push(line);
    } else if (this.#open === undefined && (line.text === '' || this.#header === undefined)) this.#begin(line, into);
    else this.#row(line, this.#header, into);
  }

  finish(into: Reading[]): void {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined)
      into.push(gap('truncated', extentOf(open.lines), 'expected the closing quote of a value, the rows ended'));
  }

  #begin(line: Line, into: Reading[]): void {
    if (isPreamble(line.text)) {
      into.push(structure(line.text === '' ? 'blank' : 'preamble', line));
      return;
    }
    this.#header = headerOf(line.text);
    if (this.#header === undefined)
      into.push(gap('unsupported', line, 'expected a header with a path column and a size, hash or time column'));
    else into.push(structure('header', line));
  }

  #row(line: Line, header: Header | undefined, into: Reading[]): void {
    const open = this.#open;
    const lines = open === undefined ? [line] : open.lines;
    if (open !== undefined) lines.push(line);
    const bytes = (open?.bytes ?? 0) + line.length;
    if (quoteOpenAfter(line.text, header?.delimiter ?? ',', open !== undefined)) {
      this.#open = { lines, bytes };
      if (lines.length < ROW_LINES && bytes < ROW_BYTES) return;
      this.#open = undefined;
      into.push(
        gap(
          'limit',
          extentOf(lines),
          `expected a row of at most ${ROW_LINES} lines and ${ROW_BYTES} bytes, its quote was still open`,
        ),
      );
      return;
    }
    this.#open = undefined;
    if (header === undefined) return;
    const text = lines.length === 1 ? line.text : lines.map((each) => each.text).join('\n');
    into.push(csvReading(text, header, extentOf(lines)));
  }
}

function csvReading(text: string, header: Header, origin: Extent): Reading {
  if (text === header.text) return { is: 'structure', name: 'header', origin, text };
  const values = splitCsvRow(text, header.delimiter);
  if (values.length !== header.width) {
    return gap('damaged', origin, `row has ${values.length} values, the header names ${header.width}`);
  }
  return rowReading({ origin, text, values, columns: header.columns });
}

class JsonRows implements RowReader {
  /** Columns by key list; lists of one collector have one or two. */
  readonly #known = new Map<string, Columns | undefined>();

  take(line: LineReading, into: Reading[]): void {
    if (line.is !== 'line') into.push(line);
    else if (line.text.trim() === '') into.push(structure('blank', line));
    else into.push(this.#reading(line));
  }

  finish(): void {
    // A JSON row never goes on in the next line.
  }

  #reading(line: Line): Reading {
    const row = parsedObject(line.text);
    if (row === undefined)
      return gap(
        'damaged',
        line,
        `expected a JSON object on one line, ${line.ended ? 'stood other text' : 'the line is cut'}`,
      );
    const keys = Object.keys(row);
    const shape = keys.join('\n');
    let columns = this.#known.get(shape);
    if (columns === undefined && !this.#known.has(shape)) {
      columns = manifestColumns(keys);
      if (this.#known.size < SHAPES && shape.length < SHAPE_LENGTH) this.#known.set(shape, columns);
    }
    if (columns === undefined)
      return gap('unsupported', line, 'expected keys for a path and a size, hash or time, none of them stood there');
    return rowReading({ origin: extentOf([line]), text: line.text, values: Object.values(row), columns });
  }
}

function jsonColumns(row: object | undefined): Columns | undefined {
  return row === undefined ? undefined : manifestColumns(Object.keys(row));
}

function rowReading(row: ManifestRow): Reading {
  return hasPath(row)
    ? new ManifestRecord(row)
    : gap('damaged', row.origin, 'expected the path of a file, the value is empty');
}

function extentOf(lines: readonly Line[]): Extent {
  const offset = lines[0]?.offset ?? 0;
  const last = lines.at(-1);
  return { offset, length: last === undefined ? 0 : last.offset + last.length - offset };
}

function structure(name: string, line: Line): Reading {
  return { is: 'structure', name, origin: extentOf([line]), text: line.text };
}

function gap(reason: GapReason, at: Extent, says: string): Gap {
  return { is: 'gap', reason, origin: { offset: at.offset, length: at.length }, says };
}

/** Of IIS and Exchange logs, which have their own formats. */
const LOG_HEADER = /^#(?:Software|Fields|Version|Log-type):/i;
const DELIMITERS = [',', ';', '\t'];
const PREAMBLE_LINES = 4;
const HEADER_LIMIT = 32_768;
const ROW_LINES = 1000;
const ROW_BYTES = 1_048_576;
const SHAPES = 64;
const SHAPE_LENGTH = 4096;
