import type { Micros } from '../../model/evidence.ts';
import type { Extent, Gap, Reading } from '../../model/reading.ts';
import type { Line, LineReading } from '../../bytes/lines.ts';
import { dayAt, zuluAt } from '../../bytes/stamp.ts';
import { excerptOf } from '../../bytes/text.ts';
import { parseIsoTime } from '../../bytes/time.ts';
import { bareLine, isFrame } from './bare-line.ts';
import { editedHeader } from './captions.ts';
import type { EditedHeader } from './captions.ts';
import { columnNames, columnsOf } from './columns.ts';
import type { Columns } from './columns.ts';
import { contentRow } from './content-row.ts';
import { isMasked } from './edited-value.ts';
import { ExtractLosses } from './extract-losses.ts';
import { assumedRow, fittedValues, mendedRow } from './extract-row.ts';
import { TIME_COLUMNS, isColumnList, isExtract } from './family.ts';
import { COLUMN_LIMIT, endsInQuotes, RowMeasure, unquoted } from './quoted-row.ts';
import { Row } from './row.ts';
import { muteValue } from './telling-row.ts';
import { isWentOver } from './telling-value.ts';

/** One log or extract while it is read: what the lines above say about the next one. */
export class ExchangeLog {
  /** Whether a header block stood above: then this is a log, not an extract of one. */
  #native = false;
  #logType: string | undefined;
  #columns: Columns | undefined;
  /** Whether somebody blotted out what a log never hides, as its own name. Then it is an extract all the same. */
  #isEdited = false;
  #lastHost = '';
  /** Lines that were looked at as column lines in other words; each costs more than a row. */
  #tries = 0;
  /** The last line that could not be read, which may hold captions nobody understands. */
  #captions: string | undefined;
  /** Lines of an extract whose last value is not closed yet. */
  #pending: Line[] = [];
  #pendingBytes = 0;
  readonly #measure = new RowMeasure();
  readonly #losses = new ExtractLosses();
  readonly #interned = new Map<string, string>();

  /** Takes the next reading of the artifact; what it makes of it, at once or later, goes to `out` in order. */
  take(reading: LineReading, out: Reading[]): void {
    const from = out.length;
    if (reading.is !== 'line') {
      this.#close(out);
      out.push(reading);
    } else if (this.#pending.length > 0) this.#proceed(reading, out);
    else this.#takeLine(reading, out, true);
    this.#account(out, from);
  }

  /** Rows that were taken before it turned out that somebody had gone over the log. */
  disown(readings: readonly Reading[]): void {
    if (this.#isEdited) this.#losses.disown(readings);
  }

  /** Nothing comes any more: what waits for its end is given up, and what the rows of an extract lack is told. */
  finish(out: Reading[]): readonly Reading[] {
    const from = out.length;
    this.#close(out);
    this.#account(out, from);
    return this.#losses.toldIn(out);
  }

  /** Gives up on a row that waits for its last value: no more lines come, or none that could belong to it. */
  #close(out: Reading[]): void {
    if (this.#pending.length > 0) this.#giveUp(out, 'truncated', 'quoted value is not closed where the text ends');
  }

  #account(out: readonly Reading[], from: number): void {
    for (let at = from; at < out.length; at += 1) {
      const reading = out[at];
      if (reading instanceof Row && reading.isExtract) this.#losses.see(reading);
    }
  }

  #takeLine(line: Line, out: Reading[], mayContinue: boolean): void {
    const text = line.text;
    const origin: Extent = { offset: line.offset, length: line.length };
    const wrapped = this.#native ? undefined : this.#wrapped(text, origin);
    if (wrapped !== undefined) {
      out.push(wrapped);
      return;
    }
    if (text.charCodeAt(0) === HASH) {
      out.push(this.#header(text, origin));
      return;
    }
    if (text === '' || (text.charCodeAt(0) <= SPACE && text.trim() === '')) {
      out.push({ is: 'structure', name: 'blank-line', origin });
      return;
    }
    const columns = this.#columns;
    if (columns === undefined) {
      out.push(this.#list(text, origin) ?? this.#headless(text, text, origin) ?? headless(text, origin));
      return;
    }
    const count = this.#measure.take(text, columns.delimiter);
    if (this.#measure.open && columns.extract && mayContinue && line.ended) {
      this.#pending = [line];
      this.#pendingBytes = line.length;
      return;
    }
    if (text === columns.listed) out.push({ is: 'structure', name: 'columns', origin });
    else if (count === columns.names.length && !this.#measure.open) out.push(this.#row(text, columns, origin));
    else {
      const mended = columns.extract ? fittedValues(text, columns) : undefined;
      if (mended !== undefined) out.push(mendedRow(text, { columns, values: mended, origin }));
      else out.push(this.#list(text, origin) ?? this.#misfit(line, count, columns.names.length));
    }
  }

  #proceed(line: Line, out: Reading[]): void {
    this.#pending.push(line);
    this.#pendingBytes += line.length;
    const [first] = this.#pending;
    if (first === undefined || this.#columns === undefined) return;
    if (endsInQuotes(line.text, true, this.#columns.delimiter)) {
      if (this.#pending.length < LINES_LIMIT && this.#pendingBytes < BYTES_LIMIT) return;
      this.#giveUp(out, 'limit', `quoted value is not closed within ${LINES_LIMIT} lines or ${BYTES_LIMIT} bytes`);
      return;
    }
    const text = this.#pending.map((part) => part.text).join('\n');
    const count = this.#measure.take(text, this.#columns.delimiter);
    const expected = this.#columns.names.length;
    if (count !== expected) {
      this.#giveUp(
        out,
        'damaged',
        `quoted value is not closed, up to the next quote there are ${count} of ${expected} values`,
      );
      return;
    }
    const origin: Extent = { offset: first.offset, length: this.#pendingBytes };
    this.#pending = [];
    out.push(this.#row(text, this.#columns, origin));
  }

  /** The line that opened the value is lost; those behind it are read again, each by itself, so that no line is read thrice. */
  #giveUp(out: Reading[], reason: Gap['reason'], says: string): void {
    const [first, ...rest] = this.#pending;
    this.#pending = [];
    if (first !== undefined)
      out.push({ is: 'gap', reason, origin: { offset: first.offset, length: first.length }, says });
    for (const line of rest) this.#takeLine(line, out, false);
  }

  #header(text: string, origin: Extent): Reading {
    const [, name = '', value = ''] = /^#([a-z-]{1,16})[: ]\s{0,9}(.*)$/i.exec(text) ?? [];
    const key = name.toLowerCase();
    this.#native = key !== 'type' && (this.#native || NATIVE_HEADERS.has(key));
    if (key === 'type') {
      this.#columns = undefined;
      this.#logType = undefined;
    }
    if (key === 'log-type') this.#logType = value.trim();
    if (key === 'fields') {
      const names = columnNames(text);
      if (names.length > COLUMN_LIMIT) {
        this.#columns = undefined;
        const says = `#Fields names ${names.length} columns, the limit is ${COLUMN_LIMIT}`;
        return { is: 'gap', reason: 'limit', origin, says };
      }
      // A header in other words, or with other separators, was edited by somebody.
      const edited = names.some((name) => TIME_COLUMNS.includes(name.toLowerCase())) ? undefined : editedHeader(text);
      this.#columns = edited === undefined ? this.#columnsOf(names, value.trim()) : this.#editedColumns(edited, text);
    } else if (!this.#native && key !== 'type' && editedHeader(text) !== undefined) {
      return this.#list(text, origin) ?? { is: 'structure', name: 'header', origin };
    } else if (this.#columns?.isEdited === false && (this.#columns.extract || key === 'log-type')) {
      this.#columns = this.#columnsOf(this.#columns.names, this.#columns.listed);
    }
    const missing =
      key === 'fields' && this.#columns !== undefined && this.#native ? this.#columns.telling.missing : [];
    if (missing.length > 0)
      return { is: 'gap', reason: 'absent', origin, says: `column line names no ${missing.join(', ')}` };
    return { is: 'structure', name: 'header', origin, text: excerptOf(text, HEADER_LIMIT) };
  }

  /** Takes a line that is no row as a list of columns, if it is one. */
  #list(text: string, origin: Extent): Reading | undefined {
    const names = columnNames(text);
    const known = isColumnList(names) || (!this.#native && isExtract(names));
    const isMeant = known && names.length <= COLUMN_LIMIT;
    const edited = isMeant || this.#native || this.#tries >= TRIES ? undefined : editedHeader(text);
    this.#tries += isMeant ? 0 : 1;
    if (!isMeant && edited === undefined) return undefined;
    this.#columns = edited === undefined ? this.#columnsOf(names, text) : this.#editedColumns(edited, text);
    const missing = this.#native ? this.#columns.telling.missing : leftOut(this.#columns);
    if (missing.length > 0)
      return { is: 'gap', reason: 'absent', origin, says: `column line names no ${missing.join(', ')}` };
    return { is: 'structure', name: 'columns', origin, text: excerptOf(text, HEADER_LIMIT) };
  }

  #columnsOf(names: readonly string[], listed: string): Columns {
    return columnsOf(names, { listed, logType: this.#logType, extract: !this.#native });
  }

  #editedColumns({ names, delimiter, layout }: EditedHeader, listed: string): Columns {
    const isAssumed = layout === 'assumed';
    return columnsOf(names, { listed, logType: undefined, extract: true, delimiter, isAssumed, isEdited: true });
  }

  #row(text: string, columns: Columns, origin: Extent): Row {
    const host = this.#host(text, columns);
    return new Row({ text, columns, origin, source: this.#source(text, columns), at: this.#at(text, columns), host });
  }

  /** A row above which nobody said what its values are. */
  #headless(line: string, text: string, origin: Extent): Reading | undefined {
    const row = assumedRow(line, origin, text);
    if (row?.is === 'record') return row;
    const content = contentRow(line, { text, header: this.#captions, origin });
    if (content !== undefined) return content;
    this.#captions = text.slice(0, HEADER_LIMIT);
    return row;
  }

  /** A line that another program copied from a log, with marks of its own around it: never a log, whatever header it has. */
  #wrapped(line: string, origin: Extent): Reading | undefined {
    if (isFrame(line)) return { is: 'structure', name: 'frame', origin };
    const text = bareLine(line);
    if (text === line) return undefined;
    if (text === '') return { is: 'structure', name: 'blank-line', origin };
    if (text.charCodeAt(0) === HASH) {
      const listed = /^#fields:/i.test(text) ? this.#list(text, origin) : undefined;
      return listed ?? { is: 'structure', name: 'header', origin, text: excerptOf(line, HEADER_LIMIT) };
    }
    const columns = this.#columns;
    const values = columns === undefined ? undefined : fittedValues(text, columns);
    if (columns !== undefined && values !== undefined && values[columns.time] !== columns.names[columns.time])
      return mendedRow(line, { columns, values, origin });
    return this.#list(text, origin) ?? (columns === undefined ? this.#headless(line, text, origin) : undefined);
  }

  #misfit(line: Line, count: number, expected: number): Gap {
    const origin: Extent = { offset: line.offset, length: line.length };
    const cut = !line.ended && (this.#measure.open || count < expected);
    const names = this.#native ? '#Fields names' : 'the column line names';
    if (cut)
      return {
        is: 'gap',
        reason: 'truncated',
        origin,
        says: `line breaks off after ${count} values, ${names} ${expected}`,
      };
    const says = this.#measure.open
      ? 'quoted value is not closed at the end of the line'
      : `line has ${count} values, ${names} ${expected}`;
    return { is: 'gap', reason: 'damaged', origin, says };
  }

  #at(text: string, columns: Columns): Micros | undefined {
    if (columns.time < 0) return undefined;
    const { from, to } = this.#measure.place(text, columns.time, columns.names.length);
    const at = zuluAt(text, from, to);
    return at === undefined && to - from <= 40 ? parseIsoTime(text.slice(from, to), { unzonedIsUtc: false }) : at;
  }

  #source(text: string, columns: Columns): string | undefined {
    const { extract, telling, family } = columns;
    if (extract || telling.missing.length > 0) return undefined;
    const mute = muteValue(text, telling, this.#measure);
    this.#losses.pass(mute?.name);
    if (mute !== undefined && isWentOver(mute.name, mute.value)) this.#isEdited = true;
    if (mute !== undefined || this.#isEdited) return undefined;
    const { kind, source } = family;
    if (kind !== 'http.proxy') return source;
    const protocol = columns.protocol < 0 ? '' : this.#value(text, columns.protocol, columns);
    return this.#intern(`${source}:${/^[a-z0-9]{1,32}$/i.test(protocol) ? protocol.toLowerCase() : '?'}`);
  }

  #host(text: string, columns: Columns): string | undefined {
    if (columns.host < 0) return undefined;
    const host = this.#value(text, columns.host, columns);
    if (host !== this.#lastHost) {
      this.#lastHost = host;
      if (isMasked(host)) this.#isEdited = true;
    }
    return host === '' || (this.#isEdited && isMasked(host)) ? undefined : this.#intern(host);
  }

  #value(text: string, place: number, columns: Columns): string {
    const { from, to } = this.#measure.place(text, place, columns.names.length);
    return unquoted(text, from, to);
  }

  /** One string for all rows of a machine instead of one a row. */
  #intern(text: string): string {
    const known = this.#interned.get(text);
    if (known !== undefined) return known;
    if (this.#interned.size >= INTERN_LIMIT) this.#interned.clear();
    this.#interned.set(text, text);
    return text;
  }
}

function headless(text: string, origin: Extent): Gap {
  if (dayAt(text.startsWith('"') ? text.slice(1, 11) : text, 0) === undefined) {
    return {
      is: 'gap',
      reason: 'damaged',
      origin,
      says: `expected a #Fields line, stood ${text.length} characters of other text`,
    };
  }
  return {
    is: 'gap',
    reason: 'unsupported',
    origin,
    says: 'line begins with a date, no #Fields line stands before it',
  };
}

/** Columns that would show an attack and that an extract of the log leaves out. */
function leftOut({ family, folded, time }: Columns): readonly string[] {
  const missing = (TELLING_COLUMNS.get(family.kind) ?? []).filter((name) => !folded.has(name.toLowerCase()));
  return time < 0 ? [...missing, 'time'] : missing;
}

const SPACE = 32;
const HASH = 35;
const HEADER_LIMIT = 4096;
const INTERN_LIMIT = 1024;
const TRIES = 64;
const LINES_LIMIT = 1000;
const BYTES_LIMIT = 64 * 1024;
/** Not `#Fields`: who cuts rows out keeps that line and none of these. */
const NATIVE_HEADERS: ReadonlySet<string> = new Set(['software', 'version', 'log-type', 'date']);
const TELLING_COLUMNS: ReadonlyMap<string, readonly string[]> = new Map([
  ['http.proxy', ['UrlStem', 'AnchorMailbox', 'ClientIpAddress', 'HttpStatus', 'BackEndStatus']],
  ['ecp.server', ['EventData']],
]);
