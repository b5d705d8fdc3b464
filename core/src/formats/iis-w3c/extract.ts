import type { Micros } from '../../model/evidence.ts';
import type { Extent, Gap, Reading } from '../../model/reading.ts';
import type { Line } from '../../bytes/lines.ts';
import { clockAt, dayAt } from '../../bytes/stamp.ts';
import { excerptOf } from '../../bytes/text.ts';
import { parseIsoTime } from '../../bytes/time.ts';
import { editedValue, isBlank, isCut } from '../exchange-csv/edited-value.ts';
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

  take(line: Line): Reading {
    const { text } = line;
    const origin: Extent = { offset: line.offset, length: line.length };
    if (text.trim() === '') return { is: 'structure', name: 'blank-line', origin };
    const layout = this.#layout;
    // A list of lines without a column line is looked at as such first, for there may be millions of them.
    const assumed = layout === undefined ? defaultLayout(text) : undefined;
    if (assumed !== undefined) return requestOf(text, valuesOf(text, assumed.delimiter), { layout: assumed, origin });
    const values = layout === undefined ? undefined : fittedValues(text, layout);
    if (layout !== undefined && values !== undefined && !isHeader(values))
      return requestOf(text, values, { layout, origin });
    const named = this.#tries < TRIES ? editedLayout(text) : undefined;
    this.#tries += 1;
    if (named !== undefined) {
      this.#layout = named;
      this.#tries = 0;
      return { is: 'structure', name: 'header', origin, text: excerptOf(text, HEADER_LIMIT) };
    }
    if (text.startsWith('#') || /^"?sep=."?$/i.test(text))
      return { is: 'structure', name: 'header', origin, text: excerptOf(text, HEADER_LIMIT) };
    return layout === undefined ? headless(line, origin) : misfit(line, layout, origin);
  }
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

function headless(line: Line, origin: Extent): Gap {
  const { text } = line;
  if (dayAt(text, 0) === undefined)
    return damage('damaged', origin, `expected a #Fields line, stood ${text.length} characters of other text`);
  const count = valuesOf(text, ' ').length;
  return damage('unsupported', origin, `line has ${count} values, no #Fields line stands before it`);
}

function misfit(line: Line, { names, delimiter }: EditedLayout, origin: Extent): Gap {
  const found = valuesOf(line.text, delimiter).length;
  const reason = !line.ended && found < names.length ? 'truncated' : 'damaged';
  return damage(reason, origin, `line has ${found} values, the column line names ${names.length}`);
}

function damage(reason: Gap['reason'], origin: Extent, says: string): Gap {
  return { is: 'gap', reason, origin, says };
}

const TRIES = 64;
const HEADER_LIMIT = 4096;
