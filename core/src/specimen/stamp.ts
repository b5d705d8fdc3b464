/** Milliseconds since 1970-01-01T00:00:00Z: the resolution of every log written here, and half the arithmetic. */
export type Millis = number;

export const MINUTE: Millis = 60_000;
export const HOUR: Millis = 3_600_000;
export const DAY: Millis = 86_400_000;

const TWO: readonly string[] = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));
const THREE: readonly string[] = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));

// A row prints half a dozen times of the same day or two.
const DATES = new Map<number, string>();

/** `2021-03-03`, UTC. */
export function dateStamp(at: Millis): string {
  const day = Math.floor(at / DAY);
  let date = DATES.get(day);
  if (date === undefined) {
    date = new Date(day * DAY).toISOString().slice(0, 10);
    DATES.set(day, date);
  }
  return date;
}

/** `06:12:44`, UTC. */
export function timeStamp(at: Millis): string {
  const second = Math.floor((at - Math.floor(at / DAY) * DAY) / 1000);
  return `${TWO[Math.floor(second / 3600)] ?? ''}:${TWO[Math.floor(second / 60) % 60] ?? ''}:${TWO[second % 60] ?? ''}`;
}

/** `2021-03-03T06:12:44.102Z`: the time of Exchange's own logs. */
export function isoStamp(at: Millis): string {
  return `${dateStamp(at)}T${timeStamp(at)}.${THREE[((at % 1000) + 1000) % 1000] ?? '000'}Z`;
}

/** `03/03/2021 06:12:44.1020`: the time of ExchangeSetup.log, UTC. */
export function setupStamp(at: Millis): string {
  const date = dateStamp(at);
  return `${date.slice(5, 7)}/${date.slice(8)}/${date.slice(0, 4)} ${timeStamp(at)}.${THREE[((at % 1000) + 1000) % 1000] ?? '000'}0`;
}

/** `210303`: the day in the name of an IIS log. */
export function shortDay(at: Millis): string {
  return dateStamp(at).slice(2).replaceAll('-', '');
}

/** `20210303`: the day in the name of a daily Exchange log. */
export function longDay(at: Millis): string {
  return dateStamp(at).replaceAll('-', '');
}

/** `2021030306`: the hour in the name of an hourly Exchange log. */
export function hourName(at: Millis): string {
  return `${longDay(at)}${timeStamp(at).slice(0, 2)}`;
}
