import type { Micros } from '../../model/evidence.ts';
import { offsetText } from './clock.ts';
import type { Clock } from './clock.ts';

/** What is known of the time of one event. */
export interface EventTime {
  readonly at: Micros | undefined;
  /** What was added to the clock of the export, `+05:00`; absent where it was believed. */
  readonly correction: string | undefined;
  /** Why the clock is not to be trusted and could not be put right. */
  readonly doubt: string | undefined;
}

/**
 * Compares the clocks of an export with the only time in a Windows event that is UTC by its definition, the `UtcTime` of
 * Sysmon. Collectors label local time as UTC, or write it without a zone.
 *
 * A clock belongs to a host and a field. Where it differs from `UtcTime` by whole quarters of an hour, as time zones do,
 * its difference is learnt hour by hour, and holds for all events of that host and clock between hours of the same
 * difference, and for all of them if there is but one. A clock that is wrong by another amount is put right too if the
 * amount is always the same; else an event that has its `UtcTime` gets that, and the others are in doubt.
 *
 * The machine's own stamp, `TimeCreated`, may be later than `UtcTime` by minutes, because it is set when the event is
 * written; within a quarter of an hour it is believed, as it is in an EVTX file.
 */
export class ClockBook {
  readonly #pages = new Map<string, Page>();
  #isSettled = false;

  /** Notes what a Sysmon event says of its clock. */
  learn(host: string | undefined, clock: Clock, utc: Micros): void {
    if (clock.at === undefined) return;
    const key = keyOf(host, clock);
    let page = this.#pages.get(key);
    if (page === undefined) {
      if (this.#pages.size >= PAGES) return;
      page = new Page(host, clock);
      this.#pages.set(key, page);
    }
    page.learn(clock.at, utc);
    this.#isSettled = false;
  }

  /** The time of an event, from its clock and, of a Sysmon event, from the UTC inside it. */
  timeOf(host: string | undefined, clock: Clock | undefined, utc: Micros | undefined): EventTime {
    if (clock?.at === undefined) return { at: utc, correction: undefined, doubt: undefined };
    if (utc !== undefined) return ownTime(clock, clock.at, utc);
    this.#settle();
    const page = this.#pages.get(keyOf(host, clock));
    const offset = page?.offsetAt(clock.at);
    if (offset !== undefined) return corrected(clock, clock.at, offset);
    const at = clock.isZoned ? clock.at : undefined;
    const doubt = page === undefined ? undefined : `${clock.name} of this host disagrees with UtcTime elsewhere`;
    return { at, correction: undefined, doubt };
  }

  /** Every clock that does not run in UTC although it says so, or says nothing, in words. */
  notes(): readonly string[] {
    this.#settle();
    return [...this.#pages.values()].flatMap((page) => page.note() ?? []).slice(0, NOTES);
  }

  #settle(): void {
    if (this.#isSettled) return;
    for (const page of this.#pages.values()) page.settle();
    this.#isSettled = true;
  }
}

function ownTime(clock: Clock, at: Micros, utc: Micros): EventTime {
  const offset = zoneOffset(clock, utc - at);
  if (offset !== undefined) return corrected(clock, at, offset);
  return { at: utc, correction: offsetText(utc - at), doubt: undefined };
}

function corrected(clock: Clock, at: Micros, offset: Micros): EventTime {
  const isBelieved = offset === 0 && clock.isZoned;
  return { at: at + offset, correction: isBelieved ? undefined : offsetText(offset), doubt: undefined };
}

/** What was learnt of one clock. */
class Page {
  readonly #host: string | undefined;
  readonly #clock: Clock;
  /** Offset by hour of the clock; NaN where there were several. */
  readonly #hours = new Map<number, Micros>();
  #runs: { from: number; to: number; offset: Micros }[] = [];
  #regular = 0;
  /** Events whose difference is none of a zone, and between what their differences lie. */
  #odd = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;

  constructor(host: string | undefined, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  learn(at: Micros, utc: Micros): void {
    const offset = zoneOffset(this.#clock, utc - at);
    if (offset === undefined) {
      this.#odd += 1;
      this.#least = Math.min(this.#least, utc - at);
      this.#most = Math.max(this.#most, utc - at);
      return;
    }
    this.#regular += 1;
    const hour = Math.floor(at / HOUR);
    const known = this.#hours.get(hour);
    if (known === undefined && this.#hours.size >= HOURS) return;
    this.#hours.set(hour, known === undefined || known === offset ? offset : Number.NaN);
  }

  settle(): void {
    this.#runs = [];
    for (const [hour, offset] of [...this.#hours].toSorted(([one], [other]) => one - other)) {
      const last = this.#runs.at(-1);
      if (last?.offset === offset) last.to = hour;
      else this.#runs.push({ from: hour, to: hour, offset });
    }
  }

  /** What to add to the clock at a time of its own, `undefined` where that is not known. */
  offsetAt(at: Micros): Micros | undefined {
    const drift = this.#drift();
    if (drift !== undefined) return drift;
    if (this.#odd * MOST_ODD > this.#regular) return undefined;
    const [first, ...more] = this.#runs;
    if (first !== undefined && more.length === 0) return known(first.offset);
    const hour = Math.floor(at / HOUR);
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#runs[middle]?.to ?? 0) < hour) low = middle + 1;
      else high = middle;
    }
    const run = this.#runs[low];
    return run !== undefined && run.from <= hour ? known(run.offset) : undefined;
  }

  note(): string | undefined {
    const offsets = [...new Set(this.#runs.map(({ offset }) => offset).filter((offset) => !Number.isNaN(offset)))];
    const { name, isZoned } = this.#clock;
    const drift = this.#drift();
    if (drift !== undefined) offsets.push(drift);
    if (offsets.length === 0 ? this.#odd === 0 : offsets.every((offset) => offset === 0) && isZoned) return undefined;
    const whose = `${name.slice(0, 64)}${this.#host === undefined ? '' : ` of ${this.#host.slice(0, 255)}`}`;
    const expected = `expected UTC in ${whose}`;
    if (drift === undefined && this.#odd * MOST_ODD > this.#regular)
      return `${expected}, stood times that differ from the UtcTime inside the events by changing amounts; UtcTime was used where there is one`;
    const shown = offsets.slice(0, 4).map(offsetText).join(' or ');
    return `${expected}, stood another clock: by the UtcTime inside its events ${shown} has to be added, and was`;
  }

  /** What a clock is wrong by that runs as it should and was never set; the middle of what was seen. */
  #drift(): Micros | undefined {
    const isSteady = this.#regular === 0 && this.#odd >= DRIFT_EVENTS && this.#most - this.#least <= DRIFT_SPREAD;
    return isSteady ? Math.round((this.#least + this.#most) / 2) : undefined;
  }
}

function known(offset: Micros | undefined): Micros | undefined {
  return offset === undefined || Number.isNaN(offset) ? undefined : offset;
}

/** The difference of a zone, where it is one: none for the machine's own stamp that is late. */
function zoneOffset(clock: Clock, difference: Micros): Micros | undefined {
  const isLate = clock.name === OWN_CLOCK && clock.isZoned && Math.abs(difference) < QUARTER;
  return isLate ? 0 : wholeQuarters(difference);
}

/** A difference that a time zone explains, events being written within a minute; at most fourteen hours. */
function wholeQuarters(difference: Micros): Micros | undefined {
  const offset = Math.round(difference / QUARTER) * QUARTER;
  if (Math.abs(difference - offset) > MINUTE || Math.abs(offset) > 14 * HOUR) return undefined;
  return offset + 0;
}

function keyOf(host: string | undefined, clock: Clock): string {
  return `${host?.toLowerCase() ?? ''}\n${clock.name}\n${clock.isZoned ? 'zoned' : ''}`;
}

const MINUTE: Micros = 60_000_000;
const QUARTER: Micros = 15 * MINUTE;
const HOUR: Micros = 60 * MINUTE;
const OWN_CLOCK = 'TimeCreated';
const DRIFT_EVENTS = 3;
const DRIFT_SPREAD: Micros = 10_000_000;
const PAGES = 256;
const HOURS = 9_000;
const NOTES = 32;
/** One event in so many may be late by other than a quarter. */
const MOST_ODD = 20;
