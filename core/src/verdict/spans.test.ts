import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { clipSpans, holesIn, joinSpans, lengthOf } from './spans.ts';

const span = fc.tuple(fc.nat(1000), fc.nat(200)).map(([from, length]) => ({ from, to: from + length }));

test('spans that lie within the quiet limit of each other are one', () => {
  expect(
    joinSpans(
      [
        { from: 10, to: 20 },
        { from: 0, to: 5 },
        { from: 26, to: 30 },
      ],
      5,
    ),
  ).toEqual([
    { from: 0, to: 20 },
    { from: 26, to: 30 },
  ]);
});

test('a hole no longer than the quiet limit is no hole, at the edges too', () => {
  expect(
    holesIn(
      { from: 0, to: 100 },
      [
        { from: 4, to: 40 },
        { from: 60, to: 97 },
      ],
      5,
    ),
  ).toEqual([{ from: 40, to: 60 }]);
  expect(holesIn({ from: 0, to: 100 }, [], 5)).toEqual([{ from: 0, to: 100 }]);
  expect(holesIn({ from: 0, to: 100 }, [{ from: 0, to: 50 }], 5)).toEqual([{ from: 50, to: 100 }]);
});

test('covered parts and holes together make the window, whatever the spans', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 30 }), (spans) => {
      const window = { from: 100, to: 900 };
      const covered = clipSpans(joinSpans(spans), window);
      expect(lengthOf(covered) + lengthOf(holesIn(window, joinSpans(spans), 0))).toBe(800);
    }),
  );
});

test('taking a span away never closes a hole', () => {
  fc.assert(
    fc.property(fc.array(span, { minLength: 1, maxLength: 20 }), fc.nat(50), (spans, quiet) => {
      const window = { from: 0, to: 1200 };
      const all = lengthOf(holesIn(window, joinSpans(spans, quiet), quiet));
      expect(lengthOf(holesIn(window, joinSpans(spans.slice(1), quiet), quiet))).toBeGreaterThanOrEqual(all);
    }),
  );
});
