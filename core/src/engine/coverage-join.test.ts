import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { joinSpans, lengthOf } from '../verdict/spans.ts';
import { joinBeats, lostWords } from './coverage-join.ts';
import type { Beat } from './heartbeat.ts';
import { Heartbeat } from './heartbeat.ts';

const HOUR = 3_600_000_000;
const never = () => false;
const within = (limit: number) => (pause: { from: number; to: number }) => pause.to - pause.from <= limit;

function numbered(from: number, to: number, low: number, high: number): Beat {
  return { from, to, records: high - low + 1, ids: { low, high } };
}

function plain(from: number, to: number): Beat {
  return { from, to, records: 2, ids: undefined };
}

test('two exports whose numbers meet are one log', () => {
  const { spans, lost } = joinBeats([numbered(0, 10, 1, 100), numbered(14, 20, 101, 200)], within(5));
  expect(spans).toEqual([{ from: 0, to: 20 }]);
  expect(lost).toEqual([]);
});

test('two exports with numbers missing between them leave a hole, however short the silence is', () => {
  const { spans, lost } = joinBeats([numbered(0, 10, 1, 100), numbered(11, 20, 151, 200)], within(1000));
  expect(spans).toEqual([
    { from: 0, to: 10 },
    { from: 11, to: 20 },
  ]);
  expect(lost.map(lostWords)).toEqual(['record 100 is followed by record 151: 50 records are missing']);
});

test('records are missing even where the times of both sides touch', () => {
  const { spans, lost } = joinBeats([numbered(0, 10, 1, 100), numbered(10, 20, 102, 200)], within(1000));
  expect(lost.map(lostWords)).toEqual(['record 100 is followed by record 102: 1 record is missing']);
  expect(spans).toEqual([
    { from: 0, to: 10 },
    { from: 11, to: 20 },
  ]);
});

test('overlapping exports close the hole between others', () => {
  const beats = [numbered(0, 10, 1, 100), numbered(30, 40, 300, 400), numbered(8, 32, 80, 320)];
  const { spans, lost } = joinBeats(beats, never);
  expect(spans).toEqual([{ from: 0, to: 40 }]);
  expect(lost).toEqual([]);
});

test('numbers that meet do not excuse a silence beyond the limit', () => {
  const { spans, lost, pauses } = joinBeats([numbered(0, 10, 1, 100), numbered(40, 50, 101, 200)], within(20));
  expect(spans).toHaveLength(2);
  expect(lost).toEqual([]);
  expect(pauses).toHaveLength(1);
});

test('a log that was made anew counts from 1 again, and its numbers overlap without being the same records', () => {
  const { spans, lost } = joinBeats(
    [numbered(0, HOUR, 1, 5000), numbered(3 * HOUR, 4 * HOUR, 1, 300)],
    within(9 * HOUR),
  );
  expect(spans).toHaveLength(2);
  expect(lost.map(lostWords)).toEqual(['the numbers of the records begin anew: 5000 is followed by 1']);
});

test('a clock that was set back while no number is missing loses nothing', () => {
  // As on a virtual machine: two hours ahead after the start, then set right.
  const beats = [
    numbered(9 * HOUR, 9 * HOUR + 60, 1, 10),
    numbered(7 * HOUR, 8 * HOUR, 11, 500),
    numbered(10 * HOUR, 11 * HOUR, 501, 900),
  ];
  const { spans, lost } = joinBeats(beats, within(3 * HOUR));
  expect(lost).toEqual([]);
  expect(spans).toEqual([{ from: 7 * HOUR, to: 11 * HOUR }]);
});

test('two logs of one name, each of which counts from 1, are followed at the same time', () => {
  const old = [numbered(0, HOUR, 1, 400), numbered(2 * HOUR, 3 * HOUR, 401, 5000)];
  const fresh = [numbered(9 * HOUR, 10 * HOUR, 1, 300), numbered(11 * HOUR, 12 * HOUR, 301, 600)];
  const { spans, lost } = joinBeats([...fresh, ...old], within(20 * HOUR));
  expect(spans).toEqual([
    { from: 0, to: 3 * HOUR },
    { from: 9 * HOUR, to: 12 * HOUR },
  ]);
  expect(lost.map(lostWords)).toEqual(['the numbers of the records begin anew: 5000 is followed by 1']);
});

test('rows without a number are joined by the limit alone', () => {
  expect(joinBeats([plain(20, 30), plain(0, 15)], within(5)).spans).toEqual([{ from: 0, to: 30 }]);
  expect(joinBeats([plain(20, 30), plain(0, 14)], within(5)).spans).toHaveLength(2);
});

test('taking records out of a numbered log never makes it seen where it was not, and the hole is seen', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 3, maxLength: 200 }),
      fc.nat(),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 60 }),
      (steps, start, count, limit) => {
        let at = 0;
        const records = steps.map((step, index) => ({ at: (at += step), id: index + 1 }));
        const whole = seenOf(records, limit);
        const from = 1 + (start % (records.length - 2));
        const left = records.filter((_, index) => index < from || index >= Math.min(from + count, records.length - 1));
        const less = seenOf(left, limit);
        expect(lengthOf(joinSpans([...whole, ...less]))).toBe(lengthOf(whole));
        if (left.length < records.length) {
          const before = records[from - 1]?.at ?? 0;
          const after = left.find((r) => r.at > before)?.at ?? 0;
          expect(less.some((span) => span.from <= before && span.to >= after && after > before + 1)).toBe(false);
        }
      },
    ),
  );
});

function seenOf(records: readonly { at: number; id: number }[], limit: number) {
  const heart = new Heartbeat(5);
  for (const { at, id } of records) heart.beat(at, id);
  return joinBeats(heart.beats(), within(limit)).spans;
}

test('many beats are joined in the time of sorting them', () => {
  const beats = Array.from({ length: 200_000 }, (_, i) => numbered(i * 10, i * 10 + 5, i * 3, i * 3 + (i % 3)));
  const begun = performance.now();
  expect(joinBeats(beats, within(100)).lost.length).toBeGreaterThan(100_000);
  expect(performance.now() - begun).toBeLessThan(5_000);
});
