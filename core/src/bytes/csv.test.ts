import { array, assert, constantFrom, property, string } from 'fast-check';
import { expect, test } from 'vitest';

import { quoteOpenAfter, splitCsvRow } from './csv.ts';

test('plain, quoted and doubled quotes', () => {
  expect(splitCsvRow('a,"b,c","d ""e""",,"",f', ',')).toEqual(['a', 'b,c', 'd "e"', '', '', 'f']);
  expect(splitCsvRow('', ',')).toEqual(['']);
  expect(splitCsvRow('a;', ';')).toEqual(['a', '']);
  expect(splitCsvRow('"a\r\nb"\tc', '\t')).toEqual(['a\r\nb', 'c']);
});

test('a quote in the middle of a value is a character of it, and so is what follows a closing quote', () => {
  expect(splitCsvRow('5" disk,"a"b,c', ',')).toEqual(['5" disk', 'ab', 'c']);
  expect(splitCsvRow('"never closed,b', ',')).toEqual(['never closed,b']);
});

test('a row goes on in the next line while a quoted value is open', () => {
  expect(quoteOpenAfter('a,"b', ',', false)).toBe(true);
  expect(quoteOpenAfter('still "" b', ',', true)).toBe(true);
  expect(quoteOpenAfter('end",c', ',', true)).toBe(false);
  expect(quoteOpenAfter('end","again', ',', true)).toBe(true);
  expect(quoteOpenAfter('5" disk,x', ',', false)).toBe(false);
  expect(quoteOpenAfter('', ',', true)).toBe(true);
});

test('what is written with quotes reads back, line by line or at once', () => {
  const value = string({ unit: constantFrom('a', ' ', '"', ',', ';', '\n', '\r'), maxLength: 8 });
  assert(
    property(array(value, { minLength: 1, maxLength: 6 }), constantFrom(',', ';'), (values, delimiter) => {
      const row = values.map((each) => `"${each.replaceAll('"', '""')}"`).join(delimiter);
      expect(splitCsvRow(row, delimiter)).toEqual(values);
      let open = false;
      const lines = row.split('\n');
      lines.forEach((line, at) => {
        open = quoteOpenAfter(line, delimiter, open);
        if (at < lines.length - 1) expect(open).toBe(true);
      });
      expect(open).toBe(false);
    }),
  );
});
