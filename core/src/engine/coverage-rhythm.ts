import type { Micros, Span } from '../model/evidence.ts';
import { joinSpans, lengthOf } from '../verdict/spans.ts';

const MINUTE: Micros = 60_000_000;
const HOUR: Micros = 3_600_000_000;
const DAY: Micros = 24 * HOUR;

/** Pauses up to this long are not even kept: a restart costs as much. */
export const FINEST: Micros = 30 * MINUTE;
/** Longest pause of a busy log, and the shortest limit that is ever learnt. */
const BUSY_PAUSE: Micros = HOUR;
/** Records an hour that make a log a busy one. */
const BUSY_RECORDS = 30;
const MOST_PAUSES: Micros = DAY;
/** Days of a log from which its rhythm is learnt: a week has its nights and its weekend. */
const LEAST_DAYS = 7;
/** One day in so many may have a longer pause than the others, as days of updates have. */
const ODD_DAYS = 10;
const SAFETY = 2;

/** How long a source may be silent, and from what that is known. */
export interface Rhythm {
  readonly quiet: Micros;
  /** Days that taught it; absent where the limit is the pack's. */
  readonly days: number | undefined;
}

/**
 * The pack's quiet limit, or less where the log itself shows that it pauses less.
 *
 * - Learnt: of each day counts the longest pause that begins in it. Twice what nine days in ten stay below is the limit, an
 *   hour at least. Nights and weekends are days as well, so a log that only people fill teaches nothing.
 * - Busy: a source with dozens of records an hour does not fall silent for hours, day after day: a restart or an update
 *   explains some such pauses, a day's worth of them together means that rows are missing. Unless they are the nights or
 *   the weekends, as those of a log are that only people fill.
 *
 * @param spans closed by records no further apart than `FINEST`
 */
export function rhythmOf(spans: readonly Span[], records: number, limit: Micros): Rhythm {
  if (limit <= BUSY_PAUSE) return { quiet: limit, days: undefined };
  const whole = joinSpans(spans, limit);
  const days = Math.floor(lengthOf(whole) / DAY);
  const pauses = pausesOf(joinSpans(spans, BUSY_PAUSE), limit);
  const silent = lengthOf(pauses);
  const spoken = lengthOf(whole) - silent + pauses.length * BUSY_PAUSE;
  if (silent > MOST_PAUSES && records * HOUR > spoken * BUSY_RECORDS && !isRest(pauses, days))
    return { quiet: BUSY_PAUSE, days };
  if (days < LEAST_DAYS) return { quiet: limit, days: undefined };
  const longest = longestOfDays(pausesOf(joinSpans(spans, FINEST), limit));
  const ordinary = longest[Math.floor(days / ODD_DAYS)] ?? 0;
  const quiet = Math.min(limit, Math.max(BUSY_PAUSE, Math.ceil((SAFETY * ordinary) / MINUTE) * MINUTE));
  return { quiet, days: quiet < limit ? days : undefined };
}

/** Silences longer than the limit are holes anyway. */
function pausesOf(spans: readonly Span[], limit: Micros): readonly Span[] {
  return spans.flatMap((span, index) => {
    const next = spans[index + 1];
    return next === undefined || next.from - span.to > limit ? [] : [{ from: span.to, to: next.from }];
  });
}

/** The longest pause of each day that has one, the longest first. */
function longestOfDays(pauses: readonly Span[]): readonly Micros[] {
  const longest = new Map<number, Micros>();
  for (const { from, to } of pauses) {
    const day = Math.floor(from / DAY);
    if (to - from > (longest.get(day) ?? 0)) longest.set(day, to - from);
  }
  return [...longest.values()].toSorted((a, b) => b - a);
}

/**
 * Whether pauses come back with the clock: nearly all of them lie in the same half of the day, on most days, or on the same
 * two days of the week, in most weeks.
 */
function isRest(pauses: readonly Span[], days: number): boolean {
  const hours: Micros[] = Array.from({ length: 24 }, () => 0);
  for (const pause of pauses) add(hours, hourOf(pause), pause);
  const start = greatest(hours.map((_, hour) => sumOf(hours, hour, 12)));
  const isNight = (pause: Span): boolean => (hourOf(pause) - start + 24) % 24 < 12;
  const nights = pauses.filter(isNight);
  const others = pauses.filter((pause) => !isNight(pause));
  const hasNights = 2 * countOf(nights, DAY) >= days;
  const weekdays: Micros[] = Array.from({ length: 7 }, () => 0);
  const rest = hasNights ? others : pauses;
  for (const pause of rest) add(weekdays, dayOf(pause), pause);
  const first = greatest(weekdays.map((_, day) => sumOf(weekdays, day, 2)));
  const weekends = rest.filter((pause) => (dayOf(pause) - first + 7) % 7 < 2);
  const hasWeekends = 2 * countOf(weekends, 7 * DAY) * 7 >= days;
  const regular = (hasNights ? lengthOf(nights) : 0) + (hasWeekends ? lengthOf(weekends) : 0);
  return regular >= NEARLY_ALL * lengthOf(pauses);
}

function hourOf({ from, to }: Span): number {
  return Math.floor((from + to) / 2 / HOUR) % 24;
}

function dayOf({ from, to }: Span): number {
  return Math.floor((from + to) / 2 / DAY) % 7;
}

function add(into: Micros[], index: number, { from, to }: Span): void {
  into[index] = (into[index] ?? 0) + (to - from);
}

/** Of `count` entries from a place on, around the end. */
function sumOf(values: readonly Micros[], from: number, count: number): Micros {
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum += values[(from + index) % values.length] ?? 0;
  return sum;
}

function greatest(values: readonly Micros[]): number {
  return values.indexOf(Math.max(...values));
}

/** How many stretches of so much time have one. */
function countOf(pauses: readonly Span[], length: Micros): number {
  return new Set(pauses.map(({ from }) => Math.floor(from / length))).size;
}

const NEARLY_ALL = 0.9;
