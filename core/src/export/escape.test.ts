import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { escapeForTerminal } from './escape.ts';

const HARMFUL =
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u00ad\u061c]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\u001b',
      '\u009b',
      '\n',
      '\r',
      '\t',
      '\b',
      '\u0007',
      '\u202e',
      '\u2066',
      '\u200b',
      '\ufeff',
      '\u2028',
      '\ud800',
      '\udc00',
      '\\',
      'u',
      '{',
      '1',
      'b',
      '}',
      ' ',
      '\u00a0',
      '\u3000',
      '\u0301',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
  ),
});

/** The way back, to prove that two different texts never look the same. */
function unescaped(shown: string): string {
  return shown.replaceAll(/\\u\{([0-9a-f]+)\}/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
}

test('a log line cannot repaint the screen, reverse its reading direction or hide a part of itself', () => {
  expect(escapeForTerminal('GET /\u001b[2Jx')).toBe(String.raw`GET /\u{1b}[2Jx`);
  expect(escapeForTerminal('\u009b31m')).toBe(String.raw`\u{9b}31m`);
  expect(escapeForTerminal('a\r\nVERDICT: clean')).toBe(String.raw`a\u{d}\u{a}VERDICT: clean`);
  // The blank of Braille and what a font draws as it likes: names that look like another, or like our own mark.
  expect(escapeForTerminal('logon\u2800.aspx \ue0b0')).toBe(String.raw`logon\u{2800}.aspx \u{e0b0}`);
  expect(escapeForTerminal('shell\u202exspa.gpj')).toBe(String.raw`shell\u{202e}xspa.gpj`);
  expect(escapeForTerminal('own\u200ber')).toBe(String.raw`own\u{200b}er`);
  expect(escapeForTerminal('\u{e0041}')).toBe(String.raw`\u{e0041}`);
  expect(escapeForTerminal('\ud800')).toBe(String.raw`\u{d800}`);
});

test('Windows paths and other scripts stay readable', () => {
  expect(escapeForTerminal(String.raw`C:\new\unicode\x.aspx`)).toBe(String.raw`C:\new\unicode\x.aspx`);
  expect(escapeForTerminal('AUTORITE NT\\Système, 管理者, e\u0301')).toBe('AUTORITE NT\\Système, 管理者, e\u0301');
});

test('a terminal that has ASCII only gets ASCII only', () => {
  expect(escapeForTerminal('Système 管', { ascii: true })).toBe(String.raw`Syst\u{e8}me \u{7ba1}`);
  fc.assert(fc.property(nasty, (text) => /^[\x20-\x7e]*$/.test(escapeForTerminal(text, { ascii: true }))));
});

test('combining marks cannot grow out of their line', () => {
  const pile = `e${'\u0301'.repeat(40)}`;
  const shown = escapeForTerminal(pile);
  expect(shown.match(/\u0301/g)).toHaveLength(4);
  expect(shown).toContain(String.raw`\u{301}`);
});

test('no text at all gets a control or an invisible character through', () => {
  fc.assert(
    fc.property(nasty, (text) => !HARMFUL.test(escapeForTerminal(text))),
    { numRuns: 2000 },
  );
});

test('two different texts never look the same', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      expect(unescaped(escapeForTerminal(text))).toBe(text);
      expect(unescaped(escapeForTerminal(text, { ascii: true }))).toBe(text);
    }),
    { numRuns: 2000 },
  );
});
