import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { outputPlace, writeWhole } from './case-output.ts';
import { UsageError } from './exit-code.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'afterpatch-output-'));
  mkdirSync(join(root, 'evidence/C/Windows'), { recursive: true });
  mkdirSync(join(root, 'results'));
  writeFileSync(join(root, 'evidence/a.log'), 'evidence');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const at = (path: string): string => join(root, path);
const BESIDE = /nothing is ever written beside the evidence/;

test('a case file goes to a folder outside of the evidence', () => {
  expect(outputPlace(at('results/case.json'), [at('evidence')])).toBe(at('results/case.json'));
  expect(outputPlace(at('case.json'), [at('evidence')])).toBe(at('case.json'));
  expect(outputPlace(at('evidence-case.json'), [at('evidence')])).toBe(at('evidence-case.json'));
});

test('a case file goes nowhere into the evidence', () => {
  for (const output of [
    'evidence/case.json',
    'evidence/C/Windows/case.json',
    'evidence/a.log',
    'evidence/C/../case.json',
    'results/../evidence/case.json',
  ]) {
    expect(() => outputPlace(at(output), [at('evidence')]), output).toThrow(BESIDE);
  }
  expect(() => outputPlace(at('evidence/x.json'), [at('results'), at('evidence')])).toThrow(BESIDE);
});

test('links do not hide the evidence', () => {
  symlinkSync(at('evidence'), at('link-in'));
  symlinkSync(at('evidence/C'), at('link-below'));
  symlinkSync(at('evidence/a.log'), at('results/case.json'));
  expect(() => outputPlace(at('link-in/case.json'), [at('evidence')])).toThrow(BESIDE);
  expect(() => outputPlace(at('link-below/case.json'), [at('evidence')])).toThrow(BESIDE);
  expect(() => outputPlace(at('evidence/case.json'), [at('link-in')])).toThrow(BESIDE);
  expect(() => outputPlace(at('results/case.json'), [at('evidence')])).toThrow(BESIDE);
});

test('a single file of evidence is not overwritten, by no name it has', () => {
  linkSync(at('evidence/a.log'), at('results/hard-link.log'));
  expect(() => outputPlace(at('evidence/a.log'), [at('evidence/a.log')])).toThrow(BESIDE);
  expect(() => outputPlace(at('results/hard-link.log'), [at('evidence/a.log')])).toThrow(BESIDE);
});

test('a folder that is not there, or is in the way, is a mistake of the command line', () => {
  expect(() => outputPlace(at('nowhere/case.json'), [at('evidence')])).toThrow(UsageError);
  expect(() => outputPlace(at('results'), [at('evidence')])).toThrow(
    /expected --output to be a file, found the folder/,
  );
});

test('a file is written whole, for its owner only, and nothing else is left', async () => {
  await writeWhole(at('results/case.json'), ['{"a":', '1}\n']);
  expect(readFileSync(at('results/case.json'), 'utf8')).toBe('{"a":1}\n');
  expect(readdirSync(at('results'))).toEqual(['case.json']);
  if (process.platform !== 'win32') expect(statSync(at('results/case.json')).mode & 0o777).toBe(0o600);
});

test('a file that could not be finished leaves the one before it as it was', async () => {
  writeFileSync(at('results/case.json'), 'the case before');
  await expect(writeWhole(at('results/case.json'), breaking())).rejects.toThrow('the engine broke');
  expect(readFileSync(at('results/case.json'), 'utf8')).toBe('the case before');
  expect(readdirSync(at('results'))).toEqual(['case.json']);
});

test('a device is written to and not replaced', async () => {
  if (!existsSync('/dev/null')) return;
  const before = statSync('/dev/null').ino;
  await writeWhole('/dev/null', ['gone']);
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  expect(statSync('/dev/null').ino).toBe(before);
});

test.skipIf(process.getuid?.() === 0)(
  'a folder that may not be written to is a mistake of the command line',
  async () => {
    chmodSync(at('results'), 0o500);
    await expect(writeWhole(at('results/case.json'), ['x'])).rejects.toThrow(/EACCES \(permission denied\)/);
    chmodSync(at('results'), 0o700);
  },
);

async function* breaking(): AsyncIterable<string> {
  yield 'half a ';
  throw new Error('the engine broke');
}
