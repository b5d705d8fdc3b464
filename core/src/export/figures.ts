import type { IsoTime } from '../model/case-file.ts';
import type { Micros, Span } from '../model/evidence.ts';

/** `1234567` as `1,234,567`, the same on every host. */
export function grouped(count: number): string {
  return String(count).replaceAll(/(?<=\d)(?=(\d{3})+$)/g, ',');
}

/** `1 record`, `2 records`, `no records`. */
export function counted(count: number, one: string, many: string): string {
  return count === 0 ? `no ${many}` : `${grouped(count)} ${count === 1 ? one : many}`;
}

/** Bytes as a person reads them: powers of 1024, two or three digits. */
export function byteText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0
    ? `${value} B`
    : `${value < 10 ? value.toFixed(1) : String(Math.round(value))} ${UNITS[unit] ?? ''}`;
}

/** `2021-01-01 to 2021-02-04`, with minutes where the span is shorter than three days. */
export function spanText(span: Span): string {
  const cut = span.to - span.from < 3 * DAY ? 16 : 10;
  const from = stamp(span.from, cut);
  const to = stamp(span.to, cut);
  return from === to ? from : `${from} to ${to}`;
}

/** The first few spans, and how many more there are. */
export function spansText(spans: readonly Span[], most: number): string {
  const more = spans.length - most;
  return spans.slice(0, most).map(spanText).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Whole days, rounded down; hours where there is less than one day. */
export function daysText(length: Micros): string {
  const days = Math.floor(length / DAY);
  if (days >= 1) return counted(days, 'day', 'days');
  const hours = Math.floor(length / HOUR);
  return hours >= 1 ? counted(hours, 'hour', 'hours') : 'less than an hour';
}

export function dayText(at: Micros): string {
  return stamp(at, 10);
}

/** A time of the case without its fraction, or the words for none. */
export function timeText(time: IsoTime | null): string {
  return time === null ? 'at an unknown time' : time.replace(/\.\d+Z$/, 'Z');
}

function stamp(at: Micros, length: number): string {
  const millis = Math.floor(at / 1000);
  if (Math.abs(millis) > 8.64e15) return 'out of range';
  const text = new Date(millis).toISOString();
  return length <= 10 ? text.slice(0, text.indexOf('T')) : `${text.slice(0, text.indexOf('T') + 6)}Z`;
}

export const HOUR: Micros = 3_600_000_000;
export const DAY: Micros = 24 * HOUR;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
