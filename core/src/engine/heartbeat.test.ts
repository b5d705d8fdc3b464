import { expect, test } from 'vitest';

import { endByName, Heartbeat } from './heartbeat.ts';

const DAY = 86_400_000_000;

function heartOf(times: readonly number[], quiet = DAY / 24): Heartbeat {
  const heart = new Heartbeat(quiet);
  for (const at of times) heart.beat(at, undefined);
  return heart;
}

test('a missing number ends a span although the times are close', () => {
  const heart = new Heartbeat(100);
  for (const id of [1, 2, 3, 7, 8]) heart.beat(id, id);
  expect(heart.beats().map(({ ids }) => ids)).toEqual([
    { low: 1, high: 3 },
    { low: 7, high: 8 },
  ]);
});

test('a log that Windows overwrote in circles is one run of numbers after the other', () => {
  const heart = new Heartbeat(100);
  for (const id of [60, 61, 62, 40, 41, 42]) heart.beat(id, id);
  expect(heart.beats().map(({ ids }) => ids)).toEqual([
    { low: 60, high: 62 },
    { low: 40, high: 42 },
  ]);
});

test('an export that begins with the newest event has its numbers downwards', () => {
  const heart = new Heartbeat(100);
  for (const id of [9, 8, 7]) heart.beat(id, id, { at: 10, id: 10 });
  expect(heart.beats()).toEqual([
    { from: 10, to: 10, records: 0, ids: { low: 10, high: 10 } },
    { from: 7, to: 9, records: 3, ids: { low: 7, high: 9 } },
  ]);
});

test('the record in front of the first heartbeat counts only if no number is missing between them', () => {
  const heart = new Heartbeat(100);
  heart.beat(9, 9, { at: 5, id: 5 });
  expect(heart.beats()).toEqual([{ from: 9, to: 9, records: 1, ids: { low: 9, high: 9 } }]);
});

test('a row of a year to come, between rows that go on where they were, is not the last time of the log', () => {
  const rows = Array.from({ length: 200 }, (_, i) => i * 600_000_000);
  const end = rows.at(-1) ?? 0;
  expect(heartOf(rows).last()).toBe(end);
  expect(heartOf([...rows.slice(0, 100), 3_650 * DAY, ...rows.slice(100)]).last()).toBe(end);
  // At the end nobody knows whether it is wrong.
  expect(heartOf([...rows, 3_650 * DAY]).last()).toBe(3_650 * DAY);
});

test('an export that begins with the newest rows keeps them', () => {
  const newest = [9 * DAY, 9 * DAY - 1, 7 * DAY, 7 * DAY - 1, 5 * DAY];
  expect(heartOf(newest).last()).toBe(9 * DAY);
  // Two channels one after the other: the second begins with the newest event of all.
  expect(heartOf([8 * DAY, 5 * DAY, DAY, 9 * DAY, 7 * DAY, 6 * DAY, 2 * DAY]).last()).toBe(9 * DAY);
});

test('a log that pauses all the time keeps a bounded number of spans', () => {
  const heart = heartOf(
    Array.from({ length: 30_000 }, (_, i) => i * DAY),
    1,
  );
  expect(heart.overflow).toBe(true);
  expect(heart.beats()).toHaveLength(20_000);
});

test('the last row of a daily log does not lie in another year than the name of the log', () => {
  const march = Date.UTC(2021, 2, 3) * 1000;
  const rows = [march, march + 1, march + 2];
  const end = endByName('C/inetpub/logs/LogFiles/W3SVC1/u_ex210303.log');
  expect(end).toBe(march + 32 * DAY);
  expect(endByName('Ecp/HttpProxy_2021030311-1.LOG')).toBe(end);
  expect(endByName('x/ECPActivity_7316_20210303-1.LOG')).toBe(end);
  expect(endByName('exports/210303.json')).toBe(undefined);
  expect(heartOf([...rows, march + 3_650 * DAY]).last(end)).toBe(march + 2);
  // A log that is called otherwise than it is keeps its times.
  const all = rows.map((at) => at + 400 * DAY);
  expect(heartOf(all).last(end)).toBe(all[2]);
  expect(heartOf([march, ...all, 3 + (all[2] ?? 0)]).last(end)).toBe(3 + (all[2] ?? 0));
});
