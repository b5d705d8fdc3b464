import type { Micros } from '../../model/evidence.ts';
import { zuluAt } from '../../bytes/stamp.ts';
import { parseIsoTime } from '../../bytes/time.ts';

/** The time of a row of an extract, in UTC; local time only if its offset stands beside it. */
export function editedTime(text: string): Micros | undefined {
  const at = zuluAt(text, 0, text.length);
  return at === undefined && text.length <= TIME_LIMIT ? parseIsoTime(text, { unzonedIsUtc: false }) : at;
}

/** Whether a value is a date and a time, be it one that says nothing of its zone. */
export function isTime(text: string): boolean {
  if (zuluAt(text, 0, text.length) !== undefined) return true;
  return text.length > DATE && text.length <= TIME_LIMIT && parseIsoTime(text, { unzonedIsUtc: true }) !== undefined;
}

const DATE = 10;
const TIME_LIMIT = 40;
