import type { Micros } from '../model/evidence.ts';

/** The latest of many times, and the latest before it where the latest stand alone far ahead. */
export interface Latest {
  readonly at: Micros;
  /** How many lay no further than `FAR_AHEAD` before it. */
  readonly count: number;
  /** The latest of those that lie further before it. */
  readonly before: Micros | undefined;
}

/** Follows times in whatever order they come; constant memory. */
export class LastTime {
  #at = Number.NEGATIVE_INFINITY;
  #count = 0;
  #before = Number.NEGATIVE_INFINITY;

  see(at: Micros): void {
    if (at > this.#at + FAR_AHEAD) {
      this.#before = Math.max(this.#before, this.#at);
      this.#at = at;
      this.#count = 1;
    } else if (at <= this.#at - FAR_AHEAD) this.#before = Math.max(this.#before, at);
    else {
      this.#count += 1;
      this.#at = Math.max(this.#at, at);
    }
  }

  latest(): Latest | undefined {
    if (this.#at === Number.NEGATIVE_INFINITY) return undefined;
    const before = this.#before === Number.NEGATIVE_INFINITY ? undefined : this.#before;
    return { at: this.#at, count: this.#count, before };
  }
}

/** The last time that evidence shows, and those that were not believed. */
export interface Present {
  readonly at: Micros;
  /** Latest first. */
  readonly strays: readonly Micros[];
}

/**
 * The last time of all that speak of one machine. A handful of records far ahead of all others have a wrong date: a clock
 * that was reset, or a row that somebody wrote in order to move the present away from what was seen. A machine that was
 * quiet for months is not meant by that, so what is left out is said.
 */
export function presentOf(latest: readonly Latest[]): Present | undefined {
  const steps = latest
    .flatMap(({ at, count, before }) => [
      { at, count },
      // How many lie around the earlier time nobody counted; they are the bulk of a log.
      ...(before === undefined ? [] : [{ at: before, count: STRAYS + 1 }]),
    ])
    .toSorted((a, b) => b.at - a.at);
  const strays: Micros[] = [];
  for (let top = 0; top < steps.length;) {
    const head = steps[top]?.at ?? 0;
    let count = 0;
    let next = top;
    for (; next < steps.length && (steps[next]?.at ?? 0) > head - FAR_AHEAD; next += 1)
      count += steps[next]?.count ?? 0;
    if (count > STRAYS || next >= steps.length) return { at: head, strays };
    strays.push(head);
    top = next;
  }
  return undefined;
}

/**
 * The last times of each host name of one artifact. Where the artifact by itself shows that records were dated wrongly,
 * its own last time goes before theirs.
 */
export function latestTimes(examination: {
  readonly last: Micros | undefined;
  readonly latest: ReadonlyMap<string, Latest>;
}): readonly (readonly [string, Latest])[] {
  const { last, latest } = examination;
  return [...latest].map(([host, times]) => {
    if (last === undefined || times.at <= last || times.before !== undefined) return [host, times];
    return [host, { at: last, count: times.count, before: undefined }];
  });
}

/** How far ahead of everything else a time is a wrong one. */
const FAR_AHEAD: Micros = 90 * 86_400_000_000;
/** So many records at most are an accident; more of them are a log. */
const STRAYS = 3;
