import type { Micros, Span } from '../model/evidence.ts';

/** Spans kept for one source of one artifact. A source that pauses more often than this is not a heartbeat. */
const MAX_SPANS = 20_000;

/**
 * Folds the times of one source's records into spans that are closed by records no further apart than `quiet`.
 * Rows are nearly in order; a row that comes early is joined when the spans are merged.
 */
export class Heartbeat {
  records = 0;
  /** Spans were dropped because there were too many. */
  overflow = false;
  readonly #quiet: Micros;
  readonly #spans: { from: Micros; to: Micros }[] = [];
  #last: { from: Micros; to: Micros } | undefined;

  constructor(quiet: Micros) {
    this.#quiet = quiet;
  }

  beat(at: Micros): void {
    this.records += 1;
    const last = this.#last;
    if (last !== undefined && at >= last.from - this.#quiet && at <= last.to + this.#quiet) {
      if (at > last.to) last.to = at;
      else if (at < last.from) last.from = at;
      return;
    }
    if (this.#spans.length >= MAX_SPANS) {
      this.overflow = true;
      return;
    }
    this.#last = { from: at, to: at };
    this.#spans.push(this.#last);
  }

  spans(): readonly Span[] {
    return this.#spans;
  }
}
