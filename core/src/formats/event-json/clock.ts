import type { Micros } from '../../model/evidence.ts';
import { parseIsoTime } from '../../bytes/time.ts';
import { isObject, member, scalar } from './json-object.ts';
import type { JsonValue } from './json-object.ts';

/** A time as one field of an export states it. */
export interface Clock {
  /** The field: times of different fields are of different clocks. */
  readonly name: string;
  /** As written. */
  readonly text: string;
  /** As if the clock ran in UTC where the text names no zone; `undefined` for text that is no ISO 8601. */
  readonly at: Micros | undefined;
  /** Whether the text says how far from UTC its clock is. */
  readonly isZoned: boolean;
}

/**
 * Reads a time: ISO 8601, the `/Date(1614754800000)/` of PowerShell, and numbers of seconds, milliseconds or microseconds
 * since 1970, told apart by their size (a time between 1973 and 2100 fits one of them only).
 *
 * @param options.isUtc the source is known to write UTC without saying so
 */
export function clockOf(name: string, value: JsonValue | undefined, options: { isUtc: boolean }): Clock | undefined {
  const text = scalar(isObject(value) ? (member(value, 'value') ?? member(value, 'SystemTime')) : value);
  if (text === undefined || text === '' || text.length > 64) return undefined;
  const epoch = typeof value === 'number' || NUMBER.test(text) ? epochMicros(text) : undefined;
  if (epoch !== undefined) return { name, text, at: epoch, isZoned: true };
  const date = DATE.exec(text)?.[1];
  if (date !== undefined) return { name, text, at: Number(date) * 1000, isZoned: true };
  const plain = text.replace(/ ?UTC$/, 'Z');
  const zoned = parseIsoTime(plain, { unzonedIsUtc: options.isUtc });
  if (zoned !== undefined) return { name, text, at: zoned, isZoned: true };
  return { name, text, at: parseIsoTime(plain, { unzonedIsUtc: true }), isZoned: false };
}

/** `2021-03-03T06:00:00.1234560Z`, as Windows writes the time of an event; the last digit is not known. */
export function systemTimeText(at: Micros): string {
  const seconds = Math.floor(at / 1_000_000);
  const fraction = String(at - seconds * 1_000_000).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}0Z`;
}

/** A signed stretch of time: `+05:00`, with seconds where there are some. */
export function offsetText(offset: Micros): string {
  const seconds = Math.round(Math.abs(offset) / 1_000_000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = seconds % 60 === 0 ? parts.slice(0, 2) : parts;
  return `${offset < 0 ? '-' : '+'}${shown.map((part) => String(part).padStart(2, '0')).join(':')}`;
}

/** Splits the digits, because a double does not hold seconds and microseconds of a long fraction exactly. */
function epochMicros(text: string): Micros | undefined {
  const [, whole = '', fraction = ''] = NUMBER.exec(text) ?? [];
  const number = Number(whole);
  if (number >= 1e8 && number < 4.2e9) return number * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
  if (number >= 1e11 && number < 4.2e12) return number * 1000;
  return number >= 1e14 && number < 4.2e15 ? number : undefined;
}

const NUMBER = /^(\d{9,16})(?:\.(\d{1,12}))?$/;
const DATE = /^\\?\/Date\((\d{9,14})(?:[+-]\d{4})?\)\\?\/$/;
