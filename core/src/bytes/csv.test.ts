import { array, assert, constantFrom, property, string } from 'fast-check';
import { expect, test } from 'vitest';

import { CsvRows, foldedCaption, quoteOpenAfter, splitCsvRow } from './csv.ts';
import type { CsvRow } from './csv.ts';
import type { Gap, Structure } from '../model/reading.ts';

/** Lines of a text, a byte a character, put together to rows. */
function rowsOf(text: string): (CsvRow | Gap | Structure)[] {
  const rows = new CsvRows(',');
  const out: (CsvRow | Gap | Structure)[] = [];
  let offset = 0;
  for (const line of text.split(/(?<=\n)/)) {
    const ended = line.endsWith('\n');
    rows.take({ is: 'line', text: line.replace('\n', ''), offset, length: line.length, ended }, out);
    offset += line.length;
  }
  rows.finish(out);
  return out;
}

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

test('a row has all lines of its values, and the rows tile the lines', () => {
  const found = rowsOf('a,"b\nc\n""d""",e\nf\n');
  expect(found).toEqual([
    { is: 'row', offset: 0, length: 16, text: 'a,"b\nc\n""d""",e', ended: true },
    { is: 'row', offset: 16, length: 2, text: 'f', ended: true },
  ]);
});

test('a quote that is not closed costs the line that opened it', () => {
  const found = rowsOf(`a,"b\n${'c\n'.repeat(1500)}`);
  expect(found[0]).toMatchObject({ is: 'gap', reason: 'limit', origin: { offset: 0, length: 5 } });
  expect(found.filter((row) => row.is === 'row')).toHaveLength(1500);
  expect(rowsOf('a,"b\nc\n')).toMatchObject([{ reason: 'truncated' }, { text: 'c' }]);
});

test('a last line whose quote is open is a row of its own', () => {
  expect(rowsOf('a,"b')).toMatchObject([{ is: 'row', text: 'a,"b', ended: false }]);
});

test('captions are one whatever their case, accents, spaces and signs', () => {
  expect(foldedCaption('ID de l’événement')).toBe(foldedCaption("id de l'evenement"));
  expect(foldedCaption('CS(User-Agent)')).toBe('csuseragent');
  expect(foldedCaption('イベント ID')).toBe('イヘントid');
  expect(foldedCaption('')).toBe('');
});
