import { expect, test } from 'vitest';
import { assert as assertProperty, date, property, string } from 'fast-check';
import { clockAt, dayAt, zuluAt } from './stamp.ts';

test('a stamp reads as the same instant that Date reads', () => {
  assertProperty(
    property(
      date({ min: new Date('1601-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
      (when) => {
        const text = `>${when.toISOString()}`;
        expect(zuluAt(text, 1, text.length)).toBe(when.getTime() * 1000);
        expect(dayAt(text, 1)! + clockAt(text, 12)!).toBe(Math.floor(when.getTime() / 1000) * 1_000_000);
      },
    ),
  );
});

test.each([
  '2021-02-29',
  '2021-13-01',
  '2021-00-01',
  '2021-04-31',
  '0000-01-01',
  '2021/03/03',
  '2021-3-03x',
  '',
  '²021-03-03',
])('%s is no day', (text) => {
  expect(dayAt(text, 0)).toBeUndefined();
});

test('2000 and 2024 have a leap day, 1900 and 2100 have none', () => {
  expect(['2000-02-29', '2024-02-29', '1900-02-29', '2100-02-29'].map((text) => dayAt(text, 0) !== undefined)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test.each(['24:00:00', '00:60:00', '00:00:60', '1:00:00', '00-00-00', ''])('%s is no time of day', (text) => {
  expect(clockAt(text, 0)).toBeUndefined();
});

test.each([
  '2021-03-03T06:00:00.000',
  '2021-03-03 06:00:00.000Z',
  '2021-03-03T06:00:00,000Z',
  '2021-03-03T06:00:00.00Z',
  '2021-03-03T06:00:00.xyzZ',
])('%s is left to the slower reader', (text) => {
  expect(zuluAt(text, 0, text.length)).toBeUndefined();
});

test('no text makes it throw', () => {
  assertProperty(
    property(string(), (text) => {
      zuluAt(text, 0, text.length);
      dayAt(text, 3);
    }),
  );
});
