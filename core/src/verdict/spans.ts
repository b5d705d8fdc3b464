import type { Micros, Span } from '../model/evidence.ts';

/** Sorts spans and merges those that touch, overlap, or lie no further apart than `within`. */
export function joinSpans(spans: readonly Span[], within: Micros = 0): readonly Span[] {
  const sorted = [...spans].toSorted((a, b) => a.from - b.from || a.to - b.to);
  const joined: { from: Micros; to: Micros }[] = [];
  for (const span of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && span.from - last.to <= within) last.to = Math.max(last.to, span.to);
    else joined.push({ from: span.from, to: span.to });
  }
  return joined;
}

/** The part of each span that lies in the window. */
export function clipSpans(spans: readonly Span[], window: Span): readonly Span[] {
  const clipped: Span[] = [];
  for (const span of spans) {
    const from = Math.max(span.from, window.from);
    const to = Math.min(span.to, window.to);
    if (from <= to) clipped.push({ from, to });
  }
  return clipped;
}

/** What of the window no span covers, leaving out holes no longer than `tolerated`. `spans` must be joined. */
export function holesIn(window: Span, spans: readonly Span[], tolerated: Micros): readonly Span[] {
  const holes: Span[] = [];
  let at = window.from;
  for (const span of clipSpans(spans, window)) {
    if (span.from - at > tolerated) holes.push({ from: at, to: span.from });
    at = Math.max(at, span.to);
  }
  if (window.to - at > tolerated) holes.push({ from: at, to: window.to });
  return holes;
}

/** Sum of the lengths of joined spans. */
export function lengthOf(spans: readonly Span[]): Micros {
  return spans.reduce((sum, span) => sum + (span.to - span.from), 0);
}
