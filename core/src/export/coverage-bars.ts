import type { CaseCoverage } from '../model/case-file.ts';
import type { Micros, Span } from '../model/evidence.ts';
import { holesIn, joinSpans, lengthOf, spansOf } from './case-spans.ts';
import { DAY, daysText, spansText } from './figures.ts';

/** `full`: every moment of the cell was seen. `part`: some of them. `none`: not one. */
export type Cell = 'full' | 'part' | 'none';

/** What was seen of one source over a window, to be drawn and to be said. */
export interface CoverageBar {
  readonly cells: readonly Cell[];
  readonly holes: readonly Span[];
  /** Time in the window that was seen, silences within the source's quiet limit included. */
  readonly seen: Micros;
}

/**
 * Cuts a window into `cells` equal parts and tells of each whether the source was seen there. A cell is `full` only if
 * no hole touches it, however short the hole: a bar must not look better than the evidence.
 */
export function coverageBar(source: CaseCoverage, window: Span, cells: number): CoverageBar {
  const spans = spansOf(source.spans);
  const tolerated = (source.quiet ?? 0) * 1_000_000;
  const inside = spans.filter((s) => s.to > window.from && s.from < window.to);
  const silent = inside.length === 0 ? [window] : holesIn(window, inside, tolerated);
  // Where records are known to be missing the hole is stated, however short it is.
  const stated = spansOf(source.holes)
    .map(({ from, to }) => ({ from: Math.max(from, window.from), to: Math.min(to, window.to) }))
    .filter(({ from, to }) => from < to);
  const holes = joinSpans([...silent, ...stated]);
  const step = (window.to - window.from) / cells;
  const drawn = Array.from({ length: cells }, (_, index): Cell => {
    const cell = { from: window.from + index * step, to: window.from + (index + 1) * step };
    const missing = holes.reduce((sum, hole) => sum + overlap(hole, cell), 0);
    if (missing === 0) return 'full';
    return missing >= step * ALMOST ? 'none' : 'part';
  });
  return { cells: drawn, holes, seen: window.to - window.from - lengthOf(holes) };
}

/** The bar in words, for those who do not see it: `41 of 67 days; not 2021-01-01 to 2021-01-27`. */
export function barText(bar: CoverageBar, window: Span): string {
  const all = daysText(window.to - window.from);
  if (bar.holes.length === 0) return `all ${all}`;
  if (bar.seen <= 0) return `nothing of ${all}`;
  return `${seenText(bar.seen)} of ${all} seen; not ${spansText(bar.holes, MOST_HOLES)}`;
}

/** `30` of so many days; `5 hours` where it is less than a day. */
function seenText(seen: Micros): string {
  return seen >= DAY ? String(Math.floor(seen / DAY)) : daysText(seen);
}

function overlap(a: Span, b: Span): Micros {
  return Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));
}

/** Rounding of the cell edges must not turn an empty cell into a partly seen one. */
const ALMOST = 0.999;
const MOST_HOLES = 3;
