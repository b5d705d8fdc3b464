import type { Micros, Span } from '../model/evidence.ts';

/** Spans kept for one source of one artifact. A source that pauses more often than this is not a heartbeat. */
const MAX_SPANS = 20_000;

/** A stretch of time in which a source of one artifact never paused. */
export interface Beat extends Span {
  readonly records: number;
  /** The least and the greatest number of its records, between which none is missing; absent where the log has no numbers. */
  readonly ids: Ids | undefined;
}

export interface Ids {
  readonly low: number;
  readonly high: number;
}

/** A record that came before the first heartbeat and was none itself, because nothing stood before it. */
export interface Forerunner {
  readonly at: Micros;
  readonly id: number;
}

/**
 * Folds the times of one source's records into spans that are closed by records no further apart than `quiet` and, where
 * the log numbers its records, without a number missing. Rows are nearly in order; a row that comes early is joined when
 * the spans are merged.
 */
export class Heartbeat {
  records = 0;
  /** Spans were dropped because there were too many. */
  overflow = false;
  readonly #quiet: Micros;
  readonly #beats: Growing[] = [];
  /** The spans that grow: of records with a number, and of those without. */
  #numbered: (Growing & { ids: { low: number; high: number } }) | undefined;
  #plain: Growing | undefined;

  constructor(quiet: Micros) {
    this.#quiet = quiet;
  }

  /** @param before the record in front of it, if that was no heartbeat for want of one in front of it */
  beat(at: Micros, id: number | undefined, before?: Forerunner): void {
    this.records += 1;
    if (id === undefined) this.#beatPlain(at);
    else this.#beatNumbered(at, id, before);
  }

  beats(): readonly Beat[] {
    return this.#beats;
  }

  /**
   * The last time that is no stray: a log goes on where it was, so a few records whose times lie more than a day after
   * those before them, while those behind them are back where the log was, have a wrong time.
   *
   * @param end the latest time that the log can have by its name; a few records behind it have a wrong time as well
   */
  last(end: Micros = Number.POSITIVE_INFINITY): Micros | undefined {
    let last: Micros | undefined;
    let before: Beat | undefined;
    let strays = this.#beats.reduce((sum, beat) => sum + (beat.from > end ? beat.records : 0), 0);
    if (strays > STRAYS || this.#beats.every((beat) => beat.from > end)) strays = 0;
    this.#beats.forEach((beat, index) => {
      const next = this.#beats[index + 1];
      if (before !== undefined && next !== undefined && isStray(beat, before, next)) return;
      if (strays > 0 && beat.from > end) return;
      before = beat;
      if (last === undefined || beat.to > last) last = beat.to;
    });
    return last;
  }

  #beatPlain(at: Micros): void {
    const beat = this.#plain;
    if (beat !== undefined && this.#isNear(beat, at)) grow(beat, at);
    else this.#plain = this.#begin({ from: at, to: at, records: 1, ids: undefined }) ?? this.#plain;
  }

  #beatNumbered(at: Micros, id: number, before: Forerunner | undefined): void {
    const beat = this.#numbered;
    if (beat !== undefined && this.#isNear(beat, at) && id >= beat.ids.low - 1 && id <= beat.ids.high + 1) {
      grow(beat, at);
      beat.ids.low = Math.min(beat.ids.low, id);
      beat.ids.high = Math.max(beat.ids.high, id);
      return;
    }
    // Its number counts wherever it lies in time, so that numbers of two exports meet.
    if (before !== undefined && Math.abs(before.id - id) === 1)
      this.#begin({ from: before.at, to: before.at, records: 0, ids: { low: before.id, high: before.id } });
    const begun = { from: at, to: at, records: 1, ids: { low: id, high: id } };
    if (this.#begin(begun) !== undefined) this.#numbered = begun;
  }

  #begin<T extends Growing>(beat: T): T | undefined {
    if (this.#beats.length >= MAX_SPANS) {
      this.overflow = true;
      return undefined;
    }
    this.#beats.push(beat);
    return beat;
  }

  #isNear(beat: Growing, at: Micros): boolean {
    return at >= beat.from - this.#quiet && at <= beat.to + this.#quiet;
  }
}

interface Growing {
  from: Micros;
  to: Micros;
  records: number;
  ids: { low: number; high: number } | undefined;
}

function grow(beat: Growing, at: Micros): void {
  beat.records += 1;
  if (at > beat.to) beat.to = at;
  else if (at < beat.from) beat.from = at;
}

function isStray(beat: Beat, before: Beat, next: Beat): boolean {
  const isBack = next.from >= before.from - LEAP && next.from <= before.to + LEAP;
  return beat.records <= STRAYS && beat.from - before.to > LEAP && beat.from - next.from > LEAP && isBack;
}

/** How far ahead of its neighbours a time is a wrong one. */
const LEAP: Micros = 86_400_000_000;
const STRAYS = 3;

/**
 * When a log ends at the latest, by the date in its name: `u_ex210303.log`, `HttpProxy_2021030611-1.LOG`. Such logs are of an
 * hour, a day, a week or a month.
 */
export function endByName(path: string): Micros | undefined {
  const [, short, long] = LOG_NAME.exec(path.slice(path.lastIndexOf('/') + 1)) ?? [];
  const digits = short === undefined ? long : `20${short}`;
  if (digits === undefined) return undefined;
  const begin = Date.UTC(Number(digits.slice(0, 4)), Number(digits.slice(4, 6)) - 1, Number(digits.slice(6, 8)));
  return begin * 1000 + LONGEST_LOG;
}

const LOG_NAME = /^(?:u_ex(\d{6})\d{0,2}(?:_x)?\.log|[a-z_]{1,40}(?:\d{1,9}_)?(20\d{6})(?:\d\d)?-\d{1,9}\.log)$/i;
const LONGEST_LOG: Micros = 32 * 86_400_000_000;
