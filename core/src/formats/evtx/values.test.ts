import { expect, test } from 'vitest';

import { ByteSink } from '../../specimen/byte-sink.ts';
import { arrayPlaces, fileTimeParts, valueText } from './values.ts';

const ARRAY = 0x80;

function shown(type: number, ...bytes: number[]): string {
  return valueText(chunk(bytes), type, { at: 0, size: bytes.length });
}

function elements(type: number, ...bytes: number[]): string[] {
  const place = { at: 0, size: bytes.length };
  return arrayPlaces(chunk(bytes), type | ARRAY, place).map((each) => valueText(chunk(bytes), type, each));
}

function chunk(bytes: number[]): { bytes: Uint8Array; view: DataView } {
  const array = Uint8Array.from(bytes);
  return { bytes: array, view: new DataView(array.buffer) };
}

function wide(text: string): number[] {
  const sink = new ByteSink(2 * text.length);
  sink.utf16(text);
  return [...sink.bytes];
}

test.each([
  ['null', 0x00, [1, 2], ''],
  ['string', 0x01, [0x61, 0, 0xac, 0x20], 'a€'],
  ['string with NULs at its end', 0x01, [0x61, 0, 0, 0, 0, 0], 'a'],
  ['string with half a character', 0x01, [0x3d, 0xd8], '\ufffd'],
  ['ANSI string', 0x02, [0x61, 0xe9, 0], 'aé'],
  ['Int8', 0x03, [0xff], '-1'],
  ['UInt8', 0x04, [0xff], '255'],
  ['Int16', 0x05, [0xfe, 0xff], '-2'],
  ['UInt16', 0x06, [0xfe, 0xff], '65534'],
  ['Int32', 0x07, [0xfd, 0xff, 0xff, 0xff], '-3'],
  ['UInt32', 0x08, [0xfd, 0xff, 0xff, 0xff], '4294967293'],
  ['Int64', 0x09, [0, 0, 0, 0, 0, 0, 0, 0x80], '-9223372036854775808'],
  ['UInt64', 0x0a, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], '18446744073709551615'],
  ['UInt64 that a double holds', 0x0a, [1, 0, 0, 0, 0xff, 0xff, 0x1f, 0], '9007194959773697'],
  ['Real32', 0x0b, [0xcd, 0xcc, 0xcc, 0x3d], '0.1'],
  ['Real64', 0x0c, [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], '1.5'],
  ['Real64 infinite', 0x0c, [0, 0, 0, 0, 0, 0, 0xf0, 0xff], '-1.#INF'],
  ['Bool', 0x0d, [1, 0, 0, 0], 'true'],
  ['Bool of one byte', 0x0d, [0], 'false'],
  ['Bool of eight bytes', 0x0d, [0, 0, 0, 0, 0, 0, 1, 0], 'true'],
  ['binary', 0x0e, [0x00, 0xab], '00AB'],
  ['SizeT of four bytes', 0x10, [4, 0, 0, 0], '0x4'],
  ['SizeT of eight bytes', 0x10, [4, 0, 0, 0, 1, 0, 0, 0], '0x100000004'],
  ['HexInt32', 0x14, [0x0d, 0xf0, 0xad, 0xba], '0xbaadf00d'],
  ['HexInt64', 0x15, [0, 0, 0, 0, 0, 0, 0x20, 0x80], '0x8020000000000000'],
  ['an integer of three bytes', 0x08, [1, 2, 3], '010203'],
  ['a type nobody knows', 0x7e, [1, 2, 3], '010203'],
  ['a string without bytes', 0x01, [], ''],
])('%s is shown as Windows shows it', (_, type, bytes, text) => {
  expect(shown(type, ...bytes)).toBe(text);
});

test('a GUID has its first three fields turned, a SID its authority not', () => {
  const guid = new ByteSink(16);
  guid.guid('{54849625-5478-4994-A5BA-3E3B0328C30D}');
  expect(shown(0x0f, ...guid.bytes)).toBe('{54849625-5478-4994-a5ba-3e3b0328c30d}');
  const sid = new ByteSink(28);
  sid.sid('S-1-5-21-3623811015-3361044348-30300820-1013');
  expect(shown(0x13, ...sid.bytes)).toBe('S-1-5-21-3623811015-3361044348-30300820-1013');
  expect(shown(0x13, ...sid.bytes.subarray(0, 20))).toBe('010500000000000515000000C7F7FED77C7755C8');
});

test('a FILETIME keeps its last tick, and a SYSTEMTIME its milliseconds', () => {
  const ticks = new DataView(new ArrayBuffer(8));
  ticks.setBigUint64(0, 132591882000000017n, true);
  expect(fileTimeParts(ticks, 0)).toEqual({ seconds: 13259188200, ticks: 17 });
  expect(shown(0x11, ...new Uint8Array(ticks.buffer))).toBe('2021-03-02T19:50:00.0000017Z');
  ticks.setBigUint64(0, 0xffffffffffffffffn, true);
  expect(shown(0x11, ...new Uint8Array(ticks.buffer))).toBe('+060056-05-28T05:36:10.9551615Z');
  expect(shown(0x12, 0xe5, 7, 3, 0, 2, 0, 2, 0, 19, 0, 50, 0, 7, 0, 9, 0)).toBe('2021-03-02T19:50:07.009Z');
});

test('arrays are cut by width, strings by NUL, SIDs by what they say of themselves', () => {
  expect(elements(0x06, 1, 0, 2, 0, 3)).toEqual(['1', '2', '3']);
  expect(elements(0x01, ...wide('one\0\0two'))).toEqual(['one', '', 'two']);
  expect(elements(0x02, 0x61, 0, 0x62)).toEqual(['a', 'b']);
  const sid = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];
  expect(elements(0x13, ...sid, ...sid)).toEqual(['S-1-5-18', 'S-1-5-18']);
  expect(elements(0x10, 1, 0, 0, 0)).toEqual(['0x1']);
  expect(elements(0x0d, 1, 0, 0, 0, 0, 0, 0, 0)).toEqual(['true', 'false']);
  expect(elements(0x01)).toEqual([]);
});
