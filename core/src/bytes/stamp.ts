import type { Micros } from '../model/evidence.ts';

/**
 * Reads `YYYY-MM-DD` at a place of a text as the UTC microseconds of its midnight. Written for logs that have one such
 * stamp a line: no slice, no regular expression, no `Date`. `parseIsoTime` reads the same values and more, slower.
 *
 * @returns `undefined` where another shape or an impossible day stands
 */
export function dayAt(text: string, at: number): Micros | undefined {
  if (text.charCodeAt(at + 4) !== DASH || text.charCodeAt(at + 7) !== DASH) return undefined;
  const year = twoDigits(text, at) * 100 + twoDigits(text, at + 2);
  const month = twoDigits(text, at + 5);
  const day = twoDigits(text, at + 8);
  if (!(year >= 1601 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month))) return undefined;
  return daysSince1970(year, month, day) * DAY;
}

/** Reads `HH:MM:SS` at a place of a text as microseconds since midnight; no leap seconds. */
export function clockAt(text: string, at: number): Micros | undefined {
  if (text.charCodeAt(at + 2) !== COLON || text.charCodeAt(at + 5) !== COLON) return undefined;
  const hours = twoDigits(text, at);
  const minutes = twoDigits(text, at + 3);
  const seconds = twoDigits(text, at + 6);
  if (!(hours < 24 && minutes < 60 && seconds < 60)) return undefined;
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000;
}

/** Reads `YYYY-MM-DDTHH:MM:SS.mmmZ` or `YYYY-MM-DDTHH:MM:SSZ`, the form of Exchange logs, in `[from, to)` of a text. */
export function zuluAt(text: string, from: number, to: number): Micros | undefined {
  const length = to - from;
  if ((length !== 24 && length !== 20) || text.charCodeAt(to - 1) !== ZULU || text.charCodeAt(from + 10) !== TEE)
    return undefined;
  const day = dayAt(text, from);
  const clock = clockAt(text, from + 11);
  if (day === undefined || clock === undefined) return undefined;
  if (length === 20) return day + clock;
  const millis = twoDigits(text, from + 20) * 10 + digit(text, from + 22);
  return text.charCodeAt(from + 19) === DOT && millis >= 0 ? day + clock + millis * 1000 : undefined;
}

/** NaN where a character is no digit, so that every comparison with it fails. */
function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days of the proleptic Gregorian calendar, counted from March so that the leap day comes last. */
function daysSince1970(year: number, month: number, day: number): number {
  const years = month <= 2 ? year - 1 : year;
  const months = month <= 2 ? month + 9 : month - 3;
  const leaps = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  return years * 365 + leaps + Math.floor((153 * months + 2) / 5) + day - 1 - DAYS_BEFORE_1970;
}

const DASH = 45;
const DOT = 46;
const COLON = 58;
const TEE = 84;
const ZULU = 90;
const DAY: Micros = 86_400_000_000;
const DAYS_BEFORE_1970 = 719_468;
