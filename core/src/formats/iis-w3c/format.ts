import type { ByteSource, Micros } from '../../model/evidence.ts';
import type { Extent, Format, Gap, Reading, ReadOptions } from '../../model/reading.ts';
import { readLines } from '../../bytes/lines.ts';
import type { Line } from '../../bytes/lines.ts';
import { clockAt, dayAt } from '../../bytes/stamp.ts';
import { detached, excerptOf, headText } from '../../bytes/text.ts';
import { isFrame, tellingLines } from '../exchange-csv/bare-line.ts';
import { isLost } from '../exchange-csv/edited-value.ts';
import { ExtractLosses } from '../exchange-csv/extract-losses.ts';
import { LastReadings } from '../exchange-csv/last-readings.ts';
import type { MuteValue, TellingColumns } from '../exchange-csv/telling-row.ts';
import { isWentOver, mayBeMasked } from '../exchange-csv/telling-value.ts';
import type { TellingValue } from '../exchange-csv/telling-value.ts';
import { editedLayout, valuesOf } from './edited-layout.ts';
import { assumedValues, innerValues, SiteExtract } from './extract.ts';
import { COLUMN_LIMIT, isFieldsLine, layoutKind, layoutOf, valueOf } from './layout.ts';
import type { Layout } from './layout.ts';
import { Request } from './request.ts';
import { NOTHING_TOLD, tellingColumns } from './telling-columns.ts';

/**
 * The W3C extended log of an IIS site: one line a request, UTC, columns as the `#Fields` line above them says. The
 * header is written again at every restart and may change in the middle of a file; its lines come in any order.
 *
 * Read besides: lines that somebody cut out of such a log, where no header as IIS writes it stands in the first mebibyte:
 * columns left out, in another order, in other words or in another language; tabs, semicolons or commas between
 * them; values blotted out or cut; and lines without any column line, if they have the fifteen columns that IIS logs by
 * default, each in its form. They have no source. What other programs put around a
 * line when they copied it (`bareLine`) is looked through.
 *
 * Not read: the NCSA and IIS-native formats (local time), HTTPERR, and lines before the first `#Fields` of a log, which
 * are gaps.
 *
 * @see W3C Working Draft WD-logfile-960323
 * @see https://learn.microsoft.com/windows/win32/http/w3c-logging
 */
export const iisW3c: Format = { name: 'iis-w3c', shape: 'sequential', recognises, read };

function recognises(head: Uint8Array, path: string): boolean {
  const lines = headText(head).split('\n');
  let named = false;
  for (const line of lines) {
    if (line.charCodeAt(0) !== HASH) continue;
    if (isFieldsLine(line)) {
      const kind = layoutKind(line);
      if (kind !== 'unclear') return kind === 'site';
    }
    if (/^#software:\s{0,9}microsoft internet information services/i.test(line)) named = true;
  }
  // A log whose begin was overwritten is still a log: better many gaps than a file that nobody read.
  if (named || (head.length > 0 && LOG_PATH.test(path) && !FOREIGN_PATH.test(path))) return true;
  return isExtract(tellingLines(lines, MARK), path);
}

/** One line of the default form also stands in notes and mails; two do not, nor does one in a file for lines. */
function isExtract(lines: readonly string[], path: string): boolean {
  const rows = lines.filter((line) => assumedValues(line) !== undefined || innerValues(line) !== undefined).length;
  if (lines.filter((line) => BROKEN_LINE.test(line)).length > 1) return true;
  return (
    rows >= (LINE_PATH.test(path) ? 1 : 2) ||
    lines.some((line, at) => isHeaded(line, lines.slice(at + 1).find((next) => !isFrame(next)) ?? ''))
  );
}

function isHeaded(line: string, next: string): boolean {
  const layout = editedLayout(line);
  if (layout === undefined || layoutKind(`#Fields: ${layout.names.join(' ')}`) === 'foreign') return false;
  const values = valuesOf(next, layout.delimiter);
  const stem = values[layout.places.get('cs-uri-stem') ?? -1];
  const status = values[layout.places.get('sc-status') ?? -1];
  return values.length >= 3 && (stem ?? '/').startsWith('/') && /^(?:\d{3}|\D{0,64})$/.test(status ?? '');
}

async function* read(source: ByteSource, options: ReadOptions): AsyncGenerator<readonly Reading[], void, undefined> {
  const log = new SiteLog(options.path);
  const picked = (await hasHeader(source)) ? undefined : new SiteExtract();
  let extract = picked;
  let named = false;
  const last = new LastReadings();
  for await (const lines of readLines(source)) {
    const readings = lines.map((line) => {
      if (line.is !== 'line') return line;
      if (extract !== undefined && line.text.charCodeAt(0) === HASH) {
        named ||= BESIDE_FIELDS.test(line.text);
        // A log that lost more than its first mebibyte is a log from here on.
        if (named && isFieldsLine(line.text) && !isEditedFields(line.text)) extract = undefined;
      }
      return extract === undefined ? log.take(line) : extract.take(line);
    });
    log.disown(readings);
    log.disown(last.readings);
    const passed = last.push(readings);
    if (passed.length > 0) yield passed;
  }
  const rest = log.finish(picked?.finish(last.readings) ?? last.readings);
  if (rest.length > 0) yield rest;
}

/** Whether a `#Fields` line names columns in other words or between other separators than IIS does. */
function isEditedFields(line: string): boolean {
  const layout = editedLayout(line);
  if (layout === undefined) return false;
  const { names } = layoutOf(line.replace('\ufeff', '').trim());
  return layout.delimiter !== ' ' || !names.some((name) => layout.places.has(name));
}

/**
 * Whether the first mebibyte has a header as IIS writes it: a `#Fields` line and one of those that always stand beside it.
 * Somebody who cuts lines out keeps the first and not the others. Of a source that fails, the reading itself tells.
 */
async function hasHeader(source: ByteSource): Promise<boolean> {
  const head = new Uint8Array(Math.min(source.size, HEAD));
  let filled = 0;
  try {
    while (filled < head.length) {
      const count = await source.readInto(filled, head.subarray(filled));
      if (!(count > 0)) break;
      filled += Math.min(count, head.length - filled);
    }
  } catch {
    return true;
  }
  const text = headText(head.subarray(0, filled));
  if (!BESIDE_FIELDS.test(text)) return false;
  for (let at = text.search(FIELDS); at >= 0;) {
    const end = text.indexOf('\n', at + 1);
    if (!isEditedFields(text.slice(at, end < 0 ? undefined : end))) return true;
    const next = end < 0 ? -1 : text.slice(end).search(FIELDS);
    at = next < 0 ? -1 : end + next;
  }
  return false;
}

/** What the lines above say about the next one. */
class SiteLog {
  #layout: Layout | undefined;
  /** Midnight of the day that `#Date` names, moved on where the clock of the lines begins anew. */
  #day: Micros | undefined;
  #clock: Micros = 0;
  #rolled = false;
  /** `@1` where the path says which site wrote the log: another site may listen on the same port. */
  readonly #siteMark: string;
  #port = '';
  #portSource: string | undefined;
  #host: string | undefined;
  #told: Layout | undefined;
  #telling: TellingColumns = NOTHING_TOLD;
  /** Whether somebody blotted out what the server itself writes. */
  #isEdited = false;
  readonly #losses = new ExtractLosses();
  /** Where the spaces of the line at hand stand. */
  readonly #spaces = new Uint32Array(COLUMN_LIMIT);

  constructor(path: string) {
    const site = [...path.matchAll(SITE_FOLDER)].at(-1)?.[1];
    this.#siteMark = site === undefined ? '' : `@${site}`;
  }

  /** Rows that were taken before it turned out that somebody had gone over the log. */
  disown(readings: readonly Reading[]): void {
    if (this.#isEdited) this.#losses.disown(readings);
  }

  /** The last readings, once all lines were taken, with what the lines do not say. */
  finish(readings: readonly Reading[]): readonly Reading[] {
    return this.#losses.toldIn(readings);
  }

  take(line: Line): Reading {
    const text = line.text;
    const origin: Extent = { offset: line.offset, length: line.length };
    if (text.charCodeAt(0) === HASH) return this.#header(text, origin);
    if (text === '' || (text.charCodeAt(0) <= SPACE && text.trim() === ''))
      return { is: 'structure', name: 'blank-line', origin };
    const layout = this.#layout;
    if (layout === undefined) return headless(text, origin);
    const count = layout.names.length;
    if (this.#measure(text) === count) return this.#request({ text, fitted: text, layout, origin });
    const fitted = text.trim().replaceAll(/ {2,}/g, ' ');
    const found = this.#measure(fitted);
    if (found === count) return this.#request({ text, fitted, layout, origin });
    if (!line.ended && found < count) {
      return damage('truncated', origin, `line breaks off after ${found} values, #Fields names ${count}`);
    }
    return damage('damaged', origin, `line has ${found} values, #Fields names ${count}`);
  }

  #header(text: string, origin: Extent): Reading {
    if (isFieldsLine(text)) {
      const layout = layoutOf(text);
      const count = layout.names.length;
      this.#layout = count > 0 && count <= COLUMN_LIMIT ? layout : undefined;
      if (count > COLUMN_LIMIT)
        return damage('limit', origin, `#Fields names ${count} columns, the limit is ${COLUMN_LIMIT}`);
      if (count === 0) return damage('damaged', origin, 'expected column names after #Fields, stood none');
      const { missing } = tellingColumns(layout);
      if (missing.length > 0) return damage('absent', origin, `column line names no ${missing.join(', ')}`);
    } else if (text.slice(0, 6).toLowerCase() === '#date:') {
      this.#day = dayAt(text.slice(6).trimStart(), 0);
      this.#clock = 0;
      this.#rolled = false;
    }
    return { is: 'structure', name: 'header', origin, text: excerptOf(text, HEADER_LIMIT) };
  }

  /** Written out, because a spread of `line` is a hundred times slower in Node 20. */
  #request(line: { text: string; fitted: string; layout: Layout; origin: Extent }): Request {
    const { text, fitted, layout, origin } = line;
    const at = this.#at(fitted, layout);
    return new Request({
      text,
      fitted,
      layout,
      origin,
      at,
      source: this.#source(fitted, layout),
      host: this.#computer(fitted, layout),
    });
  }

  /** Counts the values between single spaces and notes where the spaces stand. */
  #measure(text: string): number {
    let count = 0;
    for (let at = text.indexOf(' '); at >= 0; at = text.indexOf(' ', at + 1)) {
      if (count < COLUMN_LIMIT) this.#spaces[count] = at;
      count++;
    }
    return count + 1;
  }

  #start(place: number): number {
    return place === 0 ? 0 : (this.#spaces[place - 1] ?? 0) + 1;
  }

  #slice(fitted: string, place: number, layout: Layout): string {
    const end = place === layout.names.length - 1 ? fitted.length : this.#spaces[place];
    return fitted.slice(this.#start(place), end);
  }

  #at(fitted: string, layout: Layout): Micros | undefined {
    if (layout.time < 0) return undefined;
    const clock = clockAt(fitted, this.#start(layout.time));
    if (clock === undefined) return undefined;
    if (layout.date >= 0) {
      const day = dayAt(fitted, this.#start(layout.date));
      return day === undefined ? undefined : day + clock;
    }
    if (this.#day === undefined) return undefined;
    // A request that ended before midnight and was written after it must not move the days on twice.
    if (this.#clock < HOUR && clock >= DAY - HOUR && this.#rolled) return this.#day - DAY + clock;
    if (clock < this.#clock - DAY / 2) {
      this.#day += DAY;
      this.#rolled = true;
    }
    this.#clock = clock;
    return this.#day + clock;
  }

  #source(fitted: string, layout: Layout): string | undefined {
    if (layout !== this.#told) {
      this.#told = layout;
      this.#telling = tellingColumns(layout);
    }
    const { values, missing } = this.#telling;
    // A log without these columns cannot show an attack, so it must not count as having been watched.
    if (missing.length > 0) return undefined;
    const port = this.#slice(fitted, layout.port, layout);
    if (port !== this.#port) {
      this.#port = port;
      this.#portSource = /^\d{1,5}$/.test(port) ? `iis:${port}${this.#siteMark}` : undefined;
    }
    const mute = this.#portSource === undefined ? { name: 's-port', value: port } : this.#mute(fitted, layout, values);
    this.#losses.pass(mute?.name);
    if (mute !== undefined && isWentOver(mute.name, mute.value)) this.#isEdited = true;
    return mute === undefined && !this.#isEdited ? this.#portSource : undefined;
  }

  /** The first column whose value does not show what it would have to. */
  #mute(fitted: string, layout: Layout, values: readonly TellingValue[]): MuteValue | undefined {
    const last = layout.names.length - 1;
    const isSuspect = mayBeMasked(fitted);
    for (const { name, place, shows } of values) {
      const to = place === last ? fitted.length : (this.#spaces[place] ?? 0);
      if (!shows(fitted, this.#start(place), to) || (isSuspect && isLost(this.#slice(fitted, place, layout))))
        return { name, value: this.#slice(fitted, place, layout) };
    }
    return undefined;
  }

  #computer(fitted: string, layout: Layout): string | undefined {
    if (layout.computer < 0) return undefined;
    const name = valueOf(this.#slice(fitted, layout.computer, layout));
    if (name !== this.#host) this.#host = name === undefined ? undefined : detached(name);
    return this.#host;
  }
}

function headless(text: string, origin: Extent): Gap {
  if (dayAt(text, 0) === undefined) {
    return damage('damaged', origin, `expected a #Fields line, stood ${text.length} characters of other text`);
  }
  const count = text.trim().split(' ').length;
  return damage('unsupported', origin, `line has ${count} values, no #Fields line stands before it`);
}

function damage(reason: Gap['reason'], origin: Extent, says: string): Gap {
  return { is: 'gap', reason, origin, says };
}

const SPACE = 32;
const HASH = 35;
const DAY: Micros = 86_400_000_000;
const HOUR: Micros = 3_600_000_000;
const HEADER_LIMIT = 4096;
const SITE_FOLDER = /(?:^|[\\/])w3svc(\d{1,9})(?=[\\/]|$)/gi;
/** What a line of an extract has and a line of a note hardly. */
const MARK = /\bcs[-_(]?(?:uri|method)|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d.{0,120}\b(?:GET|POST|HEAD|PUT|OPTIONS)\b/i;
const HEAD = 1024 * 1024;
const FIELDS = /^\ufeff?#fields:/im;
const BESIDE_FIELDS = /^\ufeff?#(?:software|version|date):/im;
/** Date, time, address, method and path as a line begins: what is missing behind them is for the reader to say. */
const BROKEN_LINE =
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [\da-f.:%xX*]{2,48} (?:GET|POST|HEAD|PUT|OPTIONS|PROPFIND|RPC_IN_DATA|RPC_OUT_DATA) \/\S{0,2048} \S{1,8192} \d{1,5} /i;
const LINE_PATH = /\.(?:log|csv|tsv)$/i;
/** The FTP and SMTP services name their logs alike. */
const FOREIGN_PATH = /(?:^|[\\/])(?:m?s?ftpsvc|smtpsvc)\d{0,9}[\\/]/i;
const LOG_PATH = /(?:^|[\\/])(?:u_ex\d{4,8}[^\\/]*\.log|w3svc\d{1,9}[\\/][^\\/]+\.log)$/i;
