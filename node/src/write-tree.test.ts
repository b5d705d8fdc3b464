import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { OutputError, writeTree } from './write-tree.ts';

let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'write-tree-'));
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

const piece = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a generated tree is written piece by piece into a new folder', () => {
  const target = join(base, 'made', 'here');
  const written = writeTree(target, [
    { path: 'C/inetpub/wwwroot/iisstart.htm', pieces: [piece('<p>'), piece(''), piece('hello')] },
    { path: 'empty.log', pieces: [] },
  ]);
  expect(written).toEqual({ files: 2, bytes: 8 });
  expect(readFileSync(join(target, 'C/inetpub/wwwroot/iisstart.htm'), 'utf8')).toBe('<p>hello');
  expect(readFileSync(join(target, 'empty.log')).length).toBe(0);
});

test('a folder that holds something is refused and left alone', () => {
  writeFileSync(join(base, 'evidence.log'), 'precious');
  expect(() => writeTree(base, [{ path: 'new.log', pieces: [] }])).toThrow(
    /expected a new or empty folder at .*, it holds 1 entries/,
  );
  expect(existsSync(join(base, 'new.log'))).toBe(false);
  expect(readFileSync(join(base, 'evidence.log'), 'utf8')).toBe('precious');
});

test('no path leads out of the folder or to another system’s idea of a file', () => {
  for (const path of [
    '../out',
    'a/../../out',
    '/etc/x',
    'a//b',
    './a',
    'a\\..\\b',
    'C:/x',
    'x.txt:stream',
    'nul\0',
    '',
    'a/',
  ]) {
    expect(() => writeTree(join(base, 'target'), [{ path, pieces: [piece('x')] }])).toThrow(OutputError);
  }
  expect(existsSync(join(base, 'out'))).toBe(false);
});

test('the same path twice is refused instead of overwritten', () => {
  const twice = [
    { path: 'a.log', pieces: [piece('first')] },
    { path: 'a.log', pieces: [piece('second')] },
  ];
  expect(() => writeTree(join(base, 'target'), twice)).toThrow(/expected to write 'a\.log', it failed: EEXIST/);
  expect(readFileSync(join(base, 'target/a.log'), 'utf8')).toBe('first');
});
