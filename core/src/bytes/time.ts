import type { Micros } from '../model/evidence.ts';

const TICKS_1601_TO_1970 = 116444736000000000n;
const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * Reads a Windows FILETIME as UTC microseconds.
 *
 * A FILETIME counts 100 ns ticks since 1601-01-01T00:00:00Z in an unsigned 64-bit integer,
 * little-endian on disk. The last tick digit is dropped: `Micros` is exact in a double until
 * 2255, ticks are not. A caller that argues from that digit (timestomping) reads the ticks.
 *
 * @returns `undefined` for 0, which Windows writes for "never"
 * @see MS-DTYP 2.3.3 FILETIME
 */
export function filetime(view: DataView, offset: number): Micros | undefined {
  const ticks = view.getBigUint64(offset, true);
  return ticks === 0n ? undefined : Number((ticks - TICKS_1601_TO_1970) / 10n);
}

/**
 * Reads ISO 8601 text, date alone or date and time, as UTC microseconds. Text without a zone is taken as UTC only if
 * the caller says that the source writes UTC.
 *
 * @returns `undefined` for anything else, for impossible dates, and for text without a zone unless `unzonedIsUtc`
 */
export function parseIsoTime(text: string, options: { unzonedIsUtc: boolean }): Micros | undefined {
  const match = ISO.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match;
  if (zone === undefined && !options.unzonedIsUtc) return undefined;
  const parts = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const;
  const millis = Date.UTC(...parts);
  const back = new Date(millis);
  if (back.getUTCMonth() !== parts[1] || back.getUTCDate() !== parts[2] || parts[3] > 23 || parts[4] > 59)
    return undefined;
  const micros = Number(fraction.padEnd(6, '0').slice(0, 6));
  return millis * 1000 + micros - zoneMicros(zone);
}

/**
 * ISO 8601 in UTC with `Z`: three fraction digits, or six where microseconds are not zero. Years outside of 0000 to 9999
 * have a sign and six digits; evidence can name them, and a double no longer holds single microseconds there. What is
 * smaller than a microsecond is dropped.
 */
export function isoTime(at: Micros): string {
  const whole = Math.floor(at);
  // A remainder is exact where a quotient is not.
  const rest = ((whole % 1000) + 1000) % 1000;
  const millis = Math.round((whole - rest) / 1000);
  if (!(millis >= -8.64e15 && millis <= 8.64e15)) return 'out of range';
  const text = new Date(millis).toISOString();
  return rest === 0 ? text : `${text.slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}

/** For sentences: ISO 8601 in UTC, whole seconds. */
export function isoSecond(at: Micros): string {
  return isoTime(at).replace(/\.\d+Z$/, 'Z');
}

function zoneMicros(zone: string | undefined): Micros {
  if (zone === undefined || zone === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  const digits = zone.slice(1).replace(':', '');
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000_000;
}
