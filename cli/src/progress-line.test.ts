import type { Progress } from '@afterpatch/core/model/host.ts';
import { expect, test } from 'vitest';

import { Pace, ProgressLine, progressText } from './progress-line.ts';

const GIB = 1024 ** 3;

function reading(bytesDone: number, path = 'C/inetpub/logs/u_ex210303.log'): Progress {
  return { phase: 'read', path, bytesDone, bytesTotal: 10 * GIB, artifactsDone: 3, artifactsTotal: 9 };
}

test('the line says how far it is in bytes, and which file it reads', () => {
  expect(progressText(reading(4.2 * GIB), 125_000, 80)).toBe(
    'reading  42 %  4.2 GiB of 10 GiB  about 3 min left  u_ex210303.log',
  );
  expect(progressText({ ...reading(0), phase: 'list', artifactsDone: 1200 }, undefined, 80)).toBe(
    'listing 1200 files  u_ex210303.log',
  );
  expect(progressText({ ...reading(10 * GIB), phase: 'judge', path: '' }, undefined, 80)).toBe('judging');
});

test('the line never wraps, never says 100 before the end, and shows no control of a hostile name', () => {
  for (const width of [12, 20, 40, 80]) {
    const line = progressText(reading(10 * GIB, `x/\u001b[2J${'管'.repeat(90)}`), 5000, width);
    expect(line.length).toBeLessThan(width);
    expect(line).not.toContain('\u001b');
    expect(line).not.toContain('100 %');
  }
});

test('nothing is promised before three seconds and two percent', () => {
  const pace = new Pace();
  pace.note(reading(0), 0);
  pace.note(reading(GIB), 2_000);
  expect(pace.left(reading(GIB))).toBeUndefined();
  const slow = new Pace();
  slow.note(reading(0), 0);
  slow.note(reading(GIB / 100), 60_000);
  expect(slow.left(reading(GIB / 100))).toBeUndefined();
});

test('the time left is that of the slower pace: all of it so far, or the last seconds', () => {
  const steady = new Pace();
  for (let second = 0; second <= 20; second += 1) steady.note(reading((second * GIB) / 10), second * 1000);
  expect((steady.left(reading(2 * GIB)) ?? 0) / 1000).toBeCloseTo(80, 0);
  const stalled = new Pace();
  for (let second = 0; second <= 20; second += 1) stalled.note(reading((second * GIB) / 10), second * 1000);
  for (let second = 21; second <= 40; second += 1)
    stalled.note(reading(2 * GIB + (second - 20) * 1_000_000), second * 1000);
  expect((stalled.left(reading(2 * GIB + 20_000_000)) ?? 0) / 1000).toBeGreaterThan(5000);
});

test('a stream that is no terminal gets nothing', () => {
  const written: string[] = [];
  const line = new ProgressLine({ write: (text) => written.push(text) > 0 }, () => 0);
  line.show(reading(GIB));
  line.clear();
  expect(written).toEqual([]);
});

test('a terminal gets one line that is taken away at the end', () => {
  const written: string[] = [];
  let now = 0;
  const line = new ProgressLine({ isTTY: true, columns: 60, write: (text) => written.push(text) > 0 }, () => now);
  for (now = 0; now < 1000; now += 10) line.show(reading(now));
  line.clear();
  line.clear();
  expect(written).toHaveLength(11);
  expect(written.every((text) => text.startsWith('\r') && text.endsWith('\u001b[K') && !text.includes('\n'))).toBe(
    true,
  );
  expect(written.at(-1)).toBe('\r\u001b[K');
});
