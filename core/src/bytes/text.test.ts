import { expect, test } from 'vitest';
import { assert as assertProperty, property, string, uint8Array } from 'fast-check';
import { asciiText, detached, excerptOf, headText, latin1Text, textStart, utf8OrLatin1 } from './text.ts';

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function wide(text: string): Uint8Array {
  return Uint8Array.from(Array.from(text).flatMap((letter) => [letter.charCodeAt(0), 0]));
}

test('bytes that are all ASCII are text of the same length, others are not', () => {
  expect(asciiText(encode('GET /owa/'))).toBe('GET /owa/');
  expect(asciiText(encode('é'))).toBeUndefined();
  expect(asciiText(new Uint8Array([0x41, 0xff]))).toBeUndefined();
  expect(asciiText(encode('\ufeffa'))).toBeUndefined();
  expect(asciiText(new Uint8Array())).toBe('');
});

test('a place in an ASCII text is a place in its bytes', () => {
  assertProperty(
    property(uint8Array({ maxLength: 200 }), (bytes) => {
      const text = asciiText(bytes);
      return text === undefined ? bytes.some((byte) => byte > 0x7f) : text === latin1Text(bytes);
    }),
  );
});

test('any well-formed text survives its UTF-8, U+FFFD included', () => {
  assertProperty(property(string({ unit: 'grapheme' }), (text) => utf8OrLatin1(encode(text)) === text));
  expect(utf8OrLatin1(encode('a\ufffdb'))).toBe('a\ufffdb');
});

test('bytes that are not UTF-8 are one character each, C1 controls too', () => {
  expect(utf8OrLatin1(new Uint8Array([0x80, 0x9f, 0xe9]))).toBe('\u0080\u009fé');
  expect(utf8OrLatin1(new Uint8Array([0xef, 0xbf, 0xbd, 0xff]))).toBe('ï¿½ÿ');
  expect(latin1Text(new Uint8Array(20_000).fill(0xe9))).toBe('é'.repeat(20_000));
});

test('the encoding of a head is told by its mark, or by the NULs of Latin text', () => {
  expect(textStart(new Uint8Array([0xef, 0xbb, 0xbf]))).toEqual({ encoding: 'utf-8', mark: 3 });
  expect(textStart(new Uint8Array([0xff, 0xfe]))).toEqual({ encoding: 'utf-16le', mark: 2 });
  expect(textStart(new Uint8Array([0xfe, 0xff]))).toEqual({ encoding: 'utf-16be', mark: 2 });
  expect(textStart(wide('#Fields: date'))).toEqual({ encoding: 'utf-16le', mark: 0 });
  expect(textStart(wide('#Fields: date').subarray(1))).toEqual({ encoding: 'utf-16be', mark: 0 });
  expect(textStart(encode('#Fields: date'))).toEqual({ encoding: 'utf-8', mark: 0 });
  expect(textStart(new Uint8Array(4096))).toEqual({ encoding: 'utf-8', mark: 0 });
  // A header in ASCII, and behind it what a crash or a hand left there.
  expect(textStart(encode(`#Fields: date\r\n${'\0a'.repeat(1000)}`))).toEqual({ encoding: 'utf-8', mark: 0 });
  expect(textStart(encode(`#Fields: date\r\n${'a\0'.repeat(1000)}`))).toEqual({ encoding: 'utf-8', mark: 0 });
  expect(textStart(new Uint8Array())).toEqual({ encoding: 'utf-8', mark: 0 });
  expect(headText(new Uint8Array([0xff, 0xfe, ...wide('#Software')]))).toBe('#Software');
});

test('an excerpt is never longer than its limit and never half a character', () => {
  expect(excerptOf('x'.repeat(500))).toBe('x'.repeat(400));
  expect(excerptOf(`${'x'.repeat(399)}😀`)).toBe('x'.repeat(399));
  expect(excerptOf(`${'x'.repeat(398)}😀y`)).toBe(`${'x'.repeat(398)}😀`);
  expect(excerptOf('short')).toBe('short');
});

test('a detached text is the same text', () => {
  assertProperty(property(string({ unit: 'binary' }), (text) => detached(text) === text));
});
