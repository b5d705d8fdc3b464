import { array, assert, constantFrom, property, uniqueArray } from 'fast-check';
import { expect, test } from 'vitest';

import { decodeNames } from './file-name.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

test('a name that is valid UTF-8 stays as it is, percent signs and all', () => {
  const names = ['C%3A', 'Microsoft-Windows-Sysmon%4Operational.evtx', 'Überwachung.txt', '\ufeffmarked', 'a%FF'];
  expect(decodeNames(names.map((name) => Buffer.from(name)))).toEqual(names);
});

test('bytes that are not UTF-8 become percent codes, and the percent signs of such a name do too', () => {
  expect(decodeNames([bytes('caf\xe9.aspx'), bytes('100%\xff'), Buffer.from([0xc3, 0xa9, 0xed, 0xa0, 0x80])])).toEqual([
    'caf%E9.aspx',
    '100%25%FF',
    'é%ED%A0%80',
  ]);
});

test('an undecodable name never takes the place of a sibling whose real name looks the same', () => {
  expect(decodeNames([bytes('x%FF%00'), bytes('x\xff'), bytes('x%FF')])).toEqual(['x%FF%00', 'x%FF%00%00', 'x%FF']);
});

test('different names are always spelled differently', () => {
  const name = array(constantFrom(0x25, 0x30, 0x46, 0x61, 0xc3, 0xa9, 0xff), { minLength: 1, maxLength: 6 });
  assert(
    property(uniqueArray(name, { selector: String, maxLength: 30 }), (names) => {
      expect(new Set(decodeNames(names.map((each) => Uint8Array.from(each)))).size).toBe(names.length);
    }),
  );
});
