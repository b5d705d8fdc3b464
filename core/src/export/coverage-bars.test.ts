import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { isoTime } from '../bytes/time.ts';
import type { CaseCoverage } from '../model/case-file.ts';
import { barText, coverageBar } from './coverage-bars.ts';
import { DAY, HOUR } from './figures.ts';

const START = Date.UTC(2021, 0, 1) * 1000;
const WINDOW = { from: START, to: START + 60 * DAY };

function source(spans: readonly (readonly [number, number])[], quietSeconds = 3600): CaseCoverage {
  return {
    kind: 'iis',
    host: 'h',
    title: 'IIS',
    spans: spans.map(([a, b]) => ({ from: at(a), to: at(b) })),
    records: 1,
    quiet: quietSeconds,
    extent: null,
    holes: [],
    clock: null,
  };
}

test('two missing hours on one day are not drawn as a full bar', () => {
  const bar = coverageBar(
    source([
      [0, 30],
      [30 + 2 / 24, 60],
    ]),
    WINDOW,
    60,
  );
  expect(bar.cells.filter((c) => c !== 'full')).toEqual(['part']);
  expect(barText(bar, WINDOW)).toBe('59 of 60 days seen; not 2021-01-31T00:00Z to 2021-01-31T02:00Z');
});

test('a hole that the case states is drawn, however short it is', () => {
  const stated = {
    from: at(10),
    to: at(10 + 1 / 1440),
    reason: 'record 7 is followed by record 9: 1 record is missing',
  };
  const bar = coverageBar({ ...source([[0, 60]]), holes: [stated] }, WINDOW, 60);
  expect(bar.cells.filter((c) => c !== 'full')).toEqual(['part']);
  expect(bar.holes).toHaveLength(1);
});

test('a silence within the heartbeat of the source is no hole', () => {
  const bar = coverageBar(
    source([
      [0, 30],
      [30 + 0.5 / 24, 60],
    ]),
    WINDOW,
    60,
  );
  expect(new Set(bar.cells)).toEqual(new Set(['full']));
  expect(barText(bar, WINDOW)).toBe('all 60 days');
});

test('a source of which nothing lies in the window was not seen at all', () => {
  const nowhere: readonly (readonly [number, number])[][] = [[], [[-9, -1]], [[61, 70]]];
  for (const spans of nowhere) {
    const bar = coverageBar(source(spans), WINDOW, 40);
    expect(new Set(bar.cells)).toEqual(new Set(['none']));
    expect(barText(bar, WINDOW)).toBe('nothing of 60 days');
  }
});

test('a source with an endless heartbeat and no record is still not seen', () => {
  expect(new Set(coverageBar(source([], 1e9), WINDOW, 10).cells)).toEqual(new Set(['none']));
});

test('a full cell never touches a hole, an empty cell never a seen span, and the time seen adds up', () => {
  const span = fc
    .tuple(fc.double({ min: -5, max: 65, noNaN: true }), fc.double({ min: 0.001, max: 20, noNaN: true }))
    .map(([a, b]) => [a, a + b] as const);
  fc.assert(
    fc.property(fc.array(span, { maxLength: 8 }), fc.integer({ min: 1, max: 90 }), (spans, cells) => {
      const bar = coverageBar(source(spans), WINDOW, cells);
      const step = (60 * DAY) / cells;
      bar.cells.forEach((cell, at) => {
        const [from, to] = [START + at * step, START + (at + 1) * step];
        if (cell === 'full') expect(bar.holes.every((h) => h.to <= from || h.from >= to)).toBe(true);
        if (cell === 'none')
          expect(bar.holes.some((h) => h.from <= from + step * 0.001 && h.to >= to - step * 0.001)).toBe(true);
      });
      const missing = bar.holes.reduce((sum, h) => sum + h.to - h.from, 0);
      expect(bar.seen + missing).toBe(60 * DAY);
      expect(bar.holes.every((h) => h.to - h.from > HOUR || h.to - h.from === 60 * DAY)).toBe(true);
    }),
  );
});

function at(days: number): string {
  return isoTime(START + Math.round(days * DAY));
}
