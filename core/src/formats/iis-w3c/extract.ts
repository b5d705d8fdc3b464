import type { Micros } from '../../model/evidence.ts';
import type { Extent, Gap, Reading } from '../../model/reading.ts';
import type { Line } from '../../bytes/lines.ts';
import { clockAt, dayAt } from '../../bytes/stamp.ts';
import { excerptOf } from '../../bytes/text.ts';
import { parseIsoTime } from '../../bytes/time.ts';
import { bareLine, innerLines, isFrame } from '../exchange-csv/bare-line.ts';
import { editedValue, isBlank, isCut } from '../exchange-csv/edited-value.ts';
import { ExtractLosses } from '../exchange-csv/extract-losses.ts';
import { DELIMITERS, defaultLayout, editedLayout, valuesOf } from './edited-layout.ts';
import type { EditedLayout } from './edited-layout.ts';
import { Request } from './request.ts';

/**
 * Lines that somebody cut out of the log of a site. They have no source: a picked line proves nothing about the lines
 * beside it.
 */
export class SiteExtract {
  #layout: EditedLayout | undefined;
  /** Lines that were looked at as column lines; each costs more than a row. */
  #tries = 0;
  readonly #losses = new ExtractLosses();

  take(line: Line): Reading {
    const reading = this.#read(line);
    if (reading instanceof Request) this.#losses.see(reading);
    return reading;
  }

  /** The last readings, once all lines were taken, with what the lines no longer say. */
  finish(readings: readonly Reading[]): readonly Reading[] {
    return this.#losses.toldIn(readings);
  }

  #read(line: Line): Reading {
    const origin: Extent = { offset: line.offset, length: line.length };
    const text = bareLine(line.text);
    if (text.trim() === '') return { is: 'structure', name: 'blank-line', origin };
    if (isFrame(line.text)) return { is: 'structure', name: 'frame', origin };
    const layout = this.#layout;
    // A list of lines without a column line is looked at as such first, for there may be millions of them.
    const assumed = layout === undefined ? assumedValues(text) : undefined;
    if (assumed !== undefined) return requestOf(line.text, assumed.values, { layout: assumed.layout, origin });
    const values = layout === undefined ? undefined : fittedValues(text, layout);
    if (layout !== undefined && values !== undefined && !isHeader(values))
      return requestOf(line.text, values, { layout, origin });
    const named = this.#tries < TRIES ? editedLayout(text) : undefined;
    this.#tries += 1;
    if (named !== undefined) {
      this.#layout = named;
      this.#tries = 0;
      return headerOf(named, line.text, origin);
    }
    const inner = innerValues(text);
    if (inner !== undefined) return requestOf(line.text, inner.values, { layout: inner.layout, origin });
    if (text.startsWith('#') || /^"?sep=."?$/i.test(text))
      return { is: 'structure', name: 'header', origin, text: excerptOf(line.text, HEADER_LIMIT) };
    return layout === undefined ? headless(text, origin) : misfit({ ...line, text }, layout, origin);
  }
}

interface AssumedValues {
  readonly layout: EditedLayout;
  readonly values: readonly string[];
}

/** The values of a line that nobody named, if it has the form of one. */
export function assumedValues(text: string): AssumedValues | undefined {
  const layout = defaultLayout(text);
  return layout === undefined ? undefined : { layout, values: valuesOf(text, layout.delimiter) };
}

/** The same of a line that is one value of another: a search over logs gave it out whole. */
export function innerValues(text: string): AssumedValues | undefined {
  for (const delimiter of DELIMITERS) {
    if (delimiter === ' ') continue;
    for (const inner of innerLines(valuesOf(text, delimiter))) {
      const found = inner === text ? undefined : assumedValues(inner);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The values of a line that fits its columns: exactly, with nothing but empty ones behind, or cut with a mark. */
function fittedValues(text: string, layout: EditedLayout): readonly string[] | undefined {
  const count = layout.names.length;
  for (const delimiter of [layout.delimiter, ...DELIMITERS.filter((other) => other !== layout.delimiter)]) {
    const values = valuesOf(text, delimiter);
    if (values.length === count) return values;
    if (values.length > count && delimiter !== ' ' && values.slice(count).every(isBlank)) return values;
    if (values.length > 2 && values.length < count && isCut(values.at(-1) ?? '')) return values;
  }
  return undefined;
}

/** A column line that comes again fits the columns, too. */
function isHeader(values: readonly string[]): boolean {
  return values[0] !== undefined && !/\d/.test(values[0]) && values.every((value) => !/^\d+$/.test(value));
}

function requestOf(
  text: string,
  values: readonly string[],
  { layout, origin }: { layout: EditedLayout; origin: Extent },
): Request {
  const computer = editedValue(values[layout.computer] ?? '');
  return new Request({
    text,
    fitted: text,
    values,
    layout,
    edited: { isAssumed: layout.isAssumed },
    origin,
    at: timeOf(values, layout),
    source: undefined,
    host: computer === '-' ? undefined : computer,
  });
}

/** The log is UTC; what a spreadsheet made of a time is no time. */
function timeOf(values: readonly string[], layout: EditedLayout): Micros | undefined {
  const moment = values[layout.moment] ?? '';
  if (moment !== '' && moment.length <= 40) return parseIsoTime(moment, { unzonedIsUtc: true });
  const time = values[layout.time] ?? '';
  const date = values[layout.date] ?? '';
  const clock = time.length === 8 ? clockAt(time, 0) : undefined;
  const day = date.length === 10 ? dayAt(date, 0) : undefined;
  return clock === undefined || day === undefined ? undefined : day + clock;
}

/** A column line; one that leaves out what would show an attack says so. */
function headerOf(layout: EditedLayout, text: string, origin: Extent): Reading {
  const missing = TELLING_COLUMNS.filter((name) => !layout.places.has(name));
  if (layout.moment < 0 && (layout.date < 0 || layout.time < 0)) missing.push('date and time');
  if (missing.length > 0) return damage('absent', origin, `column line names no ${missing.join(', ')}`);
  return { is: 'structure', name: 'header', origin, text: excerptOf(text, HEADER_LIMIT) };
}

function headless(text: string, origin: Extent): Gap {
  if (dayAt(text, 0) === undefined)
    return damage('damaged', origin, `expected a #Fields line, stood ${text.length} characters of other text`);
  const count = valuesOf(text, ' ').length;
  return damage('unsupported', origin, `line has ${count} values, no #Fields line stands before it`);
}

function misfit(line: Pick<Line, 'text' | 'ended'>, { names, delimiter }: EditedLayout, origin: Extent): Gap {
  const found = valuesOf(line.text, delimiter).length;
  const reason = !line.ended && found < names.length ? 'truncated' : 'damaged';
  return damage(reason, origin, `line has ${found} values, the column line names ${names.length}`);
}

function damage(reason: Gap['reason'], origin: Extent, says: string): Gap {
  return { is: 'gap', reason, origin, says };
}

const TELLING_COLUMNS: readonly string[] = [
  'cs-method',
  'cs-uri-stem',
  'cs-uri-query',
  's-port',
  'cs-username',
  'c-ip',
  'sc-status',
];
const TRIES = 64;
const HEADER_LIMIT = 4096;
