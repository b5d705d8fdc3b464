import type { Micros } from '../model/evidence.ts';
import { quoted } from './map-reader.ts';
import { complain } from './pack-sheet.ts';
import type { Sheet } from './pack-sheet.ts';

/** A text of the pack with its place. */
export interface Placed {
  readonly text: string;
  readonly line: number;
  readonly what: string;
}

/** Name of a pack, source, tree, must-see or rule: lower-case words joined by `-`. */
export function readId({ text, line, what }: Placed, sheet: Sheet): string {
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(text) && text !== '') {
    complain(sheet, 'P009', line, `${what}: expected lower-case words joined by "-", found ${quoted(text)}`);
  }
  return text;
}

/** `90s`, `10m`, `4h` or `2d` in microseconds; 0 if malformed. */
export function readDuration({ text, line, what }: Placed, sheet: Sheet): Micros {
  const match = /^([1-9]\d{0,3})([smhd])$/.exec(text);
  const unit = match?.[2] === undefined ? undefined : SECONDS.get(match[2]);
  if (match !== null && unit !== undefined) return Number(match[1]) * unit * 1_000_000;
  if (text !== '')
    complain(sheet, 'P010', line, `${what}: expected a duration such as 90s, 10m, 4h or 2d, found ${quoted(text)}`);
  return 0;
}

/** `2021-03-02` (midnight) or `2021-01-01T00:00:00Z`, always UTC; 0 if malformed. */
export function readTime({ text, line, what }: Placed, sheet: Sheet): Micros {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)Z)?$/.exec(text);
  if (match !== null) {
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
      .slice(1)
      .map((part) => Number(part ?? '0'));
    const millis = Date.UTC(year, month - 1, day, hour, minute, second);
    if (new Date(millis).toISOString().startsWith(text.replace('Z', ''))) return millis * 1000;
  }
  if (text !== '')
    complain(sheet, 'P011', line, `${what}: expected a UTC time such as 2021-01-01T00:00:00Z, found ${quoted(text)}`);
  return 0;
}

/** Four numbers, `15.1.2176.9`, without leading zeros so that one build has one spelling. */
export function readBuild({ text, line, what }: Placed, sheet: Sheet): readonly number[] {
  if (/^(?:0|[1-9]\d{0,4})(?:\.(?:0|[1-9]\d{0,4})){3}$/.test(text)) return text.split('.').map(Number);
  if (text !== '')
    complain(sheet, 'P012', line, `${what}: expected four numbers such as 15.1.2176.9, found ${quoted(text)}`);
  return [];
}

const SECONDS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
]);
