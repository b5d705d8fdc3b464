import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { cleanPath, MemberPaths, nameOfUtf8 } from './member-path.ts';

test('whatever a name is, its path stays below the container and has no empty part', () => {
  const hostile = fc
    .array(fc.constantFrom('..', '.', '', '/', '\\', 'C:', 'c:x', '\0', '?', 'a', '%2E%2E', ' ', 'é'))
    .map((parts) => parts.join('/'));
  fc.assert(
    fc.property(fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 60 })), (name) => {
      const { path } = cleanPath(name);
      expect(path).not.toMatch(/\\|\0|\/\/|^\/|\/$/);
      for (const part of path.split('/')) expect(['.', '..']).not.toContain(part);
      expect(/^[A-Za-z]:/.test(path)).toBe(false);
      expect(cleanPath(path)).toEqual({ path, isClimbing: false, isDeep: false });
    }),
    { numRuns: 3000, seed: 1 },
  );
});

test('no two members have the same path, also where names try to be what others are renamed to', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'a~2', 'a~3', '/a', 'b/../a', 'A', 'a/b', 'unnamed', '')), (names) => {
      const paths = new MemberPaths(['a~2']);
      const given = names.map((name) => paths.file(name).path);
      expect(new Set(given).size).toBe(names.length);
      expect(given).not.toContain('a~2');
    }),
    { numRuns: 500, seed: 2 },
  );
});

test('100,000 members of one name take no longer than as many of different ones', () => {
  const paths = new MemberPaths();
  for (let at = 0; at < 100_000; at += 1) paths.file('a');
  expect(paths.file('a').path).toBe('a~100001');
});

test('a folder is empty if no member lies anywhere below it', () => {
  const paths = new MemberPaths();
  for (const folder of ['C/a/b/', 'C/c/', '', '/']) paths.folder(folder);
  paths.file('C/c/d/e.log');
  expect(paths.emptyFolders()).toEqual(['C/a', 'C/a/b']);
});

test('a name that is no UTF-8 is given byte by byte where it is not', () => {
  expect(nameOfUtf8(Uint8Array.of(0x61, 0xff, 0x25, 0xc3, 0xa9))).toBe('a%FF%25é');
  expect(nameOfUtf8(Uint8Array.of(0x43, 0x25, 0x33, 0x41))).toBe('C%3A');
});

test('names of thousands of folders cost no more than others, and none of them is mistaken for another', () => {
  const paths = new MemberPaths();
  const given = new Set<string>();
  for (let at = 0; at < 9000; at += 1) given.add(paths.file(`${at}/`.repeat(600)).path);
  expect(given.size).toBe(9000);
  expect([...given].every((path) => path.split('/').length === 128)).toBe(true);
  expect(paths.isOverfull).toBe(true);
  paths.folder('C/empty');
  expect(paths.emptyFolders()).toEqual([]);
});

test('what is UTF-8 in a broken name is decided as a decoder decides it', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom(0x41, 0x7f, 0x80, 0xbf, 0xc1, 0xc3, 0xe0, 0xed, 0xa0, 0xef, 0xf0, 0x90, 0xf4, 0x8f, 0xf5, 0xff),
      ),
      (given) => {
        const bytes = Uint8Array.from(given);
        const name = nameOfUtf8(bytes);
        const back = Buffer.concat(
          (name.match(/%[0-9A-F]{2}|[^%]+/g) ?? []).map((part) =>
            part.startsWith('%') ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part),
          ),
        );
        expect(back.equals(bytes)).toBe(true);
        const replaced = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
        expect(name.replaceAll(/(?:%[0-9A-F]{2})+/g, '')).toBe(replaced.replaceAll('\ufffd', ''));
      },
    ),
    { numRuns: 3000, seed: 3 },
  );
});
