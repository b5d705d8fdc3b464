import { expect, test } from 'vitest';

import { filetime, isoTime, parseIsoTime } from './time.ts';

test('a FILETIME of zero is never, and ticks become microseconds', () => {
  const view = new DataView(new ArrayBuffer(16));
  expect(filetime(view, 0)).toBeUndefined();
  view.setBigUint64(8, 132591882000000017n, true);
  expect(isoTime(filetime(view, 8)!)).toBe('2021-03-02T19:50:00.000001Z');
});

test('a time without a zone is only UTC when the source says so', () => {
  expect(parseIsoTime('2021-03-02 19:50:00', { unzonedIsUtc: false })).toBeUndefined();
  expect(isoTime(parseIsoTime('2021-03-02 19:50:00', { unzonedIsUtc: true })!)).toBe('2021-03-02T19:50:00.000Z');
  expect(isoTime(parseIsoTime('2021-03-02T19:50:00.5+01:00', { unzonedIsUtc: false })!)).toBe(
    '2021-03-02T18:50:00.500Z',
  );
});

test('impossible dates are no dates', () => {
  for (const text of ['2021-02-30', '2021-13-01', '2021-03-02T25:00:00Z', '02/03/2021', '']) {
    expect(parseIsoTime(text, { unzonedIsUtc: true })).toBeUndefined();
  }
});

test('a time that evidence sets centuries ahead is still one time, written in one form', () => {
  const form = /^(?:\d{4}|\+\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:\d{3})?Z$/;
  expect(isoTime(1_148_354_264_716_389_900)).toMatch(form);
  for (let at = 9e15; at < 1.8e18; at += 7.77e14) expect(isoTime(at)).toMatch(form);
  expect(isoTime(4_225_275_807_781_151.5)).toBe('2103-11-23T15:43:27.781151Z');
  expect(isoTime(-1)).toBe('1969-12-31T23:59:59.999999Z');
  expect(isoTime(-11_644_473_600_000_000)).toBe('1601-01-01T00:00:00.000Z');
});

test('what is no time does not throw', () => {
  for (const at of [Number.NaN, Number.POSITIVE_INFINITY, -9e18]) expect(isoTime(at)).toBe('out of range');
});
