import { describe, expect, test } from 'vitest';

import { joinSpans } from '../verdict/spans.ts';
import { FINEST, rhythmOf } from './coverage-rhythm.ts';
import { Heartbeat } from './heartbeat.ts';

const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LIMIT = 4 * HOUR;

/** The rhythm of a log with a row at each of these minutes. */
function rhythm(minutes: readonly number[], limit = LIMIT): ReturnType<typeof rhythmOf> {
  const heart = new Heartbeat(FINEST);
  for (const minute of minutes) heart.beat(minute * MINUTE, undefined);
  return rhythmOf(joinSpans(heart.beats(), FINEST), minutes.length, limit);
}

function every(step: number, days: number): number[] {
  return Array.from({ length: Math.floor((days * 1440) / step) }, (_, i) => i * step);
}

describe('the rhythm of a log', () => {
  test('probes every few minutes for weeks leave an hour at most', () => {
    expect(rhythm(every(5, 30))).toEqual({ quiet: HOUR, days: 29 });
  });

  test('a single hole does not widen what was learnt', () => {
    const cut = every(5, 30).filter((m) => m < 10_000 || m > 10_130);
    expect(rhythm(cut).quiet).toBe(HOUR);
  });

  test('fewer than seven days teach nothing', () => {
    expect(rhythm(every(5, 6))).toEqual({ quiet: LIMIT, days: undefined });
  });

  test('a small server that sleeps at night keeps a limit above its nights', () => {
    // Rows every ten minutes by day, every two hours between 20 and 6 o'clock.
    const rows = every(10, 30).filter((m) => {
      const hour = Math.floor(m / 60) % 24;
      return (hour >= 6 && hour < 20) || m % 120 === 0;
    });
    expect(rhythm(rows).quiet).toBeGreaterThanOrEqual(2 * HOUR);
  });

  test('a log that is quiet on weekends only keeps a limit above its weekends', () => {
    const rows = every(10, 35).filter((m) => Math.floor(m / 1440) % 7 < 5 || m % 100 === 0);
    const { quiet } = rhythm(rows);
    expect(quiet).toBeGreaterThanOrEqual(100 * MINUTE);
    expect(quiet).toBeLessThan(LIMIT);
  });

  test('it is never longer than the limit of the pack', () => {
    expect(rhythm(every(200, 40)).quiet).toBe(LIMIT);
    expect(rhythm(every(5, 40), 30 * MINUTE)).toEqual({ quiet: 30 * MINUTE, days: undefined });
  });

  test('a busy log that pauses for a day altogether is held to an hour', () => {
    const holes = Array.from({ length: 16 }, (_, i) => i * 1_800 + ((i * 7) % 13) * 60);
    const cut = every(1, 20).filter((m) => !holes.some((from) => m > from && m < from + 110));
    expect(rhythm(cut).quiet).toBe(HOUR);
  });

  test('the nights and weekends of a busy office are no holes', () => {
    const rows = every(1, 42).filter((m) => {
      const hour = Math.floor(m / 60) % 24;
      const isWorkday = Math.floor(m / 1440) % 7 < 5;
      return (isWorkday && hour >= 7 && hour < 19) || m % 170 === 0;
    });
    expect(rhythm(rows).quiet).toBe(LIMIT);
  });

  test('no pause that was there before is a hole after learning, but on one day in ten', () => {
    for (const step of [7, 20, 45, 90, 150, 239]) {
      const { quiet } = rhythm(every(step, 60));
      expect(step * MINUTE, `a row every ${step} minutes`).toBeLessThanOrEqual(quiet);
    }
    expect(DAY).toBeGreaterThan(LIMIT);
  });
});
