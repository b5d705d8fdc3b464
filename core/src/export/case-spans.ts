import { parseIsoTime } from '../bytes/time.ts';
import type { CaseSpan, IsoTime } from '../model/case-file.ts';
import type { Micros, Span } from '../model/evidence.ts';

/** A time of a case file; `undefined` for anything that is none, because a case file may come from anyone. */
export function timeOf(time: IsoTime | null): Micros | undefined {
  return time === null ? undefined : parseIsoTime(time, { unzonedIsUtc: true });
}

/** Spans of a case file that are spans, sorted, joined where they touch. */
export function spansOf(spans: readonly CaseSpan[]): readonly Span[] {
  const known: Span[] = [];
  for (const span of spans) {
    const [from, to] = [timeOf(span.from), timeOf(span.to)];
    if (from !== undefined && to !== undefined && to > from) known.push({ from, to });
  }
  return joinSpans(known);
}

/** Sorted, and joined where they touch or overlap. */
export function joinSpans(spans: readonly Span[]): readonly Span[] {
  const joined: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && span.from <= last.to)
      joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else joined.push(span);
  }
  return joined;
}

/** What lies inside `window` and in none of the joined spans; silences up to `tolerated` are no hole. */
export function holesIn(window: Span, spans: readonly Span[], tolerated: Micros): readonly Span[] {
  const holes: Span[] = [];
  let at = window.from;
  for (const span of spans) {
    if (span.to <= window.from || span.from >= window.to) continue;
    if (span.from - at > tolerated) holes.push({ from: at, to: span.from });
    at = Math.max(at, span.to);
  }
  if (window.to - at > tolerated) holes.push({ from: at, to: window.to });
  return holes;
}

export function lengthOf(spans: readonly Span[]): Micros {
  return spans.reduce((sum, span) => sum + (span.to - span.from), 0);
}

/** The span from the earliest to the latest of many times; absent if there are not two different ones. */
export function hullOf(starts: Iterable<Micros>, ends: Iterable<Micros>): Span | undefined {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const start of starts) from = Math.min(from, start);
  for (const end of ends) to = Math.max(to, end);
  return to > from && Number.isFinite(to - from) ? { from, to } : undefined;
}
