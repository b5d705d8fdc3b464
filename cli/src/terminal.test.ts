import { expect, test } from 'vitest';

import { complain, pageOptions, write } from './terminal.ts';
import type { Shell, TextStream } from './terminal.ts';

function shellOf(env: Shell['env'], stream: Partial<TextStream> = {}): Shell & { readonly written: string[] } {
  const written: string[] = [];
  const kept: TextStream = {
    write: (text, done) => {
      written.push(text);
      done();
      return true;
    },
    ...stream,
  };
  return { out: kept, err: kept, env, platform: 'linux', written };
}

const TTY = { isTTY: true, columns: 100 } as const;
const ON = { color: true } as const;

test('colours need a terminal, and NO_COLOR, --no-color and a dumb terminal turn them off', () => {
  expect(colourOf({}, TTY, ON)).toBe(true);
  expect(colourOf({}, {}, ON)).toBe(false);
  expect(colourOf({ FORCE_COLOR: '1', CI: 'true' }, {}, ON)).toBe(false);
  expect(colourOf({ NO_COLOR: '1' }, TTY, ON)).toBe(false);
  expect(colourOf({ NO_COLOR: '' }, TTY, ON)).toBe(true);
  expect(colourOf({}, TTY, { color: false })).toBe(false);
  expect(colourOf({ TERM: 'dumb' }, TTY, ON)).toBe(false);
});

test('lines are as wide as the terminal, at most 120, and 80 where nobody says', () => {
  expect(widthOf({}, TTY)).toBe(100);
  expect(widthOf({}, { isTTY: true, columns: 300 })).toBe(120);
  expect(widthOf({}, {})).toBe(80);
  expect(widthOf({ COLUMNS: '96' }, {})).toBe(96);
  expect(widthOf({ COLUMNS: 'wide' }, {})).toBe(80);
  expect(widthOf({ COLUMNS: '0' }, {})).toBe(80);
});

test('the locale decides on bars and dots, as POSIX orders its variables', () => {
  expect(unicodeOf({ LANG: 'de_DE.UTF-8' })).toBe(true);
  expect(unicodeOf({ LANG: 'C' })).toBe(false);
  expect(unicodeOf({})).toBe(false);
  expect(unicodeOf({ LC_ALL: 'C', LANG: 'C.utf8' })).toBe(false);
  expect(unicodeOf({ LC_ALL: '', LANG: 'C.utf8' })).toBe(true);
  expect(unicodeOf({}, 'win32')).toBe(true);
});

test('a complaint is one line, whatever it repeats', async () => {
  const shell = shellOf({});
  await complain(shell, "expected a folder at 'a\u001b[2J\nb'", ON);
  expect(shell.written).toEqual([String.raw`afterpatch: expected a folder at 'a\u{1b}[2J\u{a}b'` + '\n']);
});

test('a text counts as written when the stream has taken it', async () => {
  const broken = shellOf({}, { write: (_, done) => (done(new Error('EPIPE')), false) });
  await expect(write(broken.out, 'x')).rejects.toThrow('EPIPE');
});

function colourOf(env: Shell['env'], stream: Partial<TextStream>, flags: { color: boolean }): boolean {
  const shell = shellOf(env, stream);
  return pageOptions(shell.out, shell, flags).colour;
}

function widthOf(env: Shell['env'], stream: Partial<TextStream>): number {
  const shell = shellOf(env, stream);
  return pageOptions(shell.out, shell, ON).width;
}

function unicodeOf(env: Shell['env'], platform = 'linux'): boolean | undefined {
  const shell = { ...shellOf(env), platform };
  return pageOptions(shell.out, shell, ON).unicode;
}
