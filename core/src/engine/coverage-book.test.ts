import { expect, test } from 'vitest';

import type { Coverage } from '../model/coverage.ts';
import type { Pack, SourceSpec } from '../model/pack.ts';
import { CoverageBook } from './coverage-book.ts';
import type { Beat } from './heartbeat.ts';

const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function source(id: string, records: readonly string[], quiet: number): SourceSpec {
  return { id, title: `log ${id}`, records, except: [], quiet, fetch: '', collect: [] };
}

const PACK = {
  firstExploitation: 0,
  sources: [
    source('front', ['iis:443', 'iis:site-1'], 4 * HOUR),
    source('proxy', ['http-proxy:*'], 4 * HOUR),
    source('oab', ['oab-generator'], 20 * HOUR),
    source('security', ['evtx:Security'], 4 * HOUR),
  ],
  trees: [],
  roots: [],
} as unknown as Pack;

function beat(from: number, to: number, ids?: Beat['ids']): Beat {
  return { from, to, records: 10, ids };
}

function coverage(book: CoverageBook, kind: string, asOf: number): Coverage {
  const found = book.of('ex01', asOf).find((c) => c.kind === kind);
  if (found === undefined) throw new Error(kind);
  return found;
}

test('a log that begins where the product deletes the oldest says so, by age and by size', () => {
  const book = new CoverageBook([PACK]);
  book.beat('ex01', 'http-proxy:ecp', [beat(30 * DAY, 60 * DAY)], 1_000);
  book.beat('ex01', 'oab-generator', [beat(48 * DAY, 60 * DAY)], 98 * 1024 * 1024);
  expect(coverage(book, 'proxy', 60 * DAY).holes).toEqual([
    { from: 0, to: 30 * DAY, isLost: false, reason: 'the log begins here: Exchange deletes it after 30 days' },
  ]);
  expect(coverage(book, 'oab', 60 * DAY).holes?.[0]?.reason).toBe(
    'the log begins here: its folder holds 98 MB, and Exchange deletes the oldest files beyond 100 MB',
  );
});

test('of several folders each has its lowest time', () => {
  const book = new CoverageBook([PACK]);
  book.beat('ex01', 'http-proxy:mapi', [beat(39 * DAY, 60 * DAY)], 1_000);
  book.beat('ex01', 'http-proxy:ecp', [beat(30 * DAY, 60 * DAY)], 1_000);
  expect(coverage(book, 'proxy', 60 * DAY).holes?.[0]?.reason).toContain(
    'first records: http-proxy:ecp 1970-01-31T00:00:00Z, http-proxy:mapi 1970-02-09T00:00:00Z',
  );
});

test('an event log tells by its first number whether older events were there', () => {
  const book = new CoverageBook([PACK]);
  book.beat('ex01', 'evtx:Security', [beat(57 * DAY, 57 * DAY + HOUR, { low: 4_711, high: 9_000 })], 1_000);
  const { holes } = coverage(book, 'security', 60 * DAY);
  expect(holes?.map((hole) => hole.reason)).toEqual([
    'the oldest record has number 4711: older ones were overwritten, cleared or left out of the export',
    'the last record is of 1970-02-27T01:00:00Z, the evidence goes on',
  ]);
});

test('a log that was cleared is not joined over the clearing, though it may be quiet for longer', () => {
  const cleared = { is: 'cleared', source: 'evtx:Security', at: 2 * HOUR, says: 'the log was cleared by eve' } as const;
  const plain = [beat(0, HOUR), beat(3 * HOUR, 5 * HOUR)];
  const book = new CoverageBook([PACK]);
  book.beat('ex01', 'evtx:Security', plain, 1_000);
  expect(coverage(book, 'security', 5 * HOUR).holes).toEqual([]);
  book.mark('ex01', cleared);
  expect(coverage(book, 'security', 5 * HOUR).holes).toMatchObject([
    { from: HOUR, to: 3 * HOUR, reason: expect.stringContaining('the log was cleared by eve at') as string },
  ]);
});

test('what one host was does not excuse another', () => {
  const book = new CoverageBook([PACK]);
  const week = Array.from({ length: 14 }, (_, day) => beat(day * DAY, (day + 1) * DAY - 20 * MINUTE));
  const torn = [
    ...week.slice(0, 7),
    beat(7 * DAY, 7 * DAY + 3 * HOUR),
    beat(7 * DAY + 5 * HOUR, 8 * DAY),
    ...week.slice(8),
  ];
  for (const host of ['ex01', 'ex02']) book.beat(host, 'iis:443', torn, 1_000);
  book.mark('ex02', { is: 'down', source: '', at: 7 * DAY + 4 * HOUR, says: '' });
  const holes = (host: string) => book.of(host, 14 * DAY).find((c) => c.kind === 'front')?.holes;
  expect(holes('ex01')).toHaveLength(1);
  expect(holes('ex02')).toEqual([]);
});

test('fifty hosts cost fifty times one', () => {
  const book = new CoverageBook([PACK]);
  const beats = Array.from({ length: 2_000 }, (_, i) => beat(i * HOUR, i * HOUR + 10 * MINUTE));
  for (let host = 0; host < 50; host += 1) book.beat(`h${host}`, 'iis:443', beats, 1);
  const begun = performance.now();
  for (let host = 0; host < 50; host += 1) book.of(`h${host}`, 2_000 * HOUR);
  expect(performance.now() - begun).toBeLessThan(5_000);
});
