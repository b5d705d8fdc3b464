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
