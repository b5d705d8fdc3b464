import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { caseText } from '@afterpatch/core/export/canonical-json.ts';
import { backdoorPresent, noTrace } from '@afterpatch/core/export/samples/cases.ts';
import { hostileCase } from '@afterpatch/core/export/samples/hostile-case.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { runCommandLine } from './command-line.ts';
import type { TextStream } from './terminal.ts';

let work = '';
const path = (name: string): string => join(work, name);
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'afterpatch-diff-'));
  writeFileSync(path('bad.json'), caseText(backdoorPresent));
  writeFileSync(path('good.json'), caseText(noTrace));
  writeFileSync(path('broken.json'), '{"schema":"afterpatch.case/1"}');
  writeFileSync(path('hostile.json'), caseText(hostileCase('\u001b[2J`|\u202e<b>@all\n')));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('diff', () => {
  test('says what changed and why, and ends with 0', async () => {
    const run = await afterpatch('diff', path('good.json'), path('bad.json'));
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(run.out).toMatch(/^1 verdict changed of 1; \d answers differ\n/);
    expect(run.out).toContain('operated: was RULED OUT, is ESTABLISHED');
    expect(run.out.replaceAll(/\s+/g, ' ')).toContain('Only the second case has The web shell answered a POST');
  });

  test('says that no verdict changed, and ends with 0', async () => {
    const run = await afterpatch('diff', path('bad.json'), path('bad.json'));
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(run.out).toMatch(/^No verdict changed\n/);
  });

  test('writes JSON that scripts read, and nothing else', async () => {
    const run = await afterpatch('diff', path('good.json'), path('bad.json'), '--format', 'json');
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(run.out)).toMatchObject({ schema: 'afterpatch.diff/1', isChanged: true });
  });

  test('writes a file as a whole and for its owner only, never over one of the cases', async () => {
    const file = path('diff.txt');
    const run = await afterpatch('diff', path('good.json'), path('bad.json'), '--output', file);
    expect(run).toEqual({ code: 0, out: '', err: '' });
    expect(readFileSync(file, 'utf8')).toMatch(/^1 verdict changed/);
    expect(statSync(file).mode.toString(8)).toMatch(/600$/);
    for (const name of ['good.json', 'bad.json']) {
      const before = readFileSync(path(name), 'utf8');
      expect((await afterpatch('diff', path('good.json'), path('bad.json'), '-o', path(name))).code).toBe(64);
      expect(readFileSync(path(name), 'utf8')).toBe(before);
    }
  });

  test('a hostile case on either side sends no control to the terminal, in neither format', async () => {
    for (const format of ['text', 'json']) {
      for (const names of [
        ['hostile.json', 'bad.json'],
        ['good.json', 'hostile.json'],
      ]) {
        const run = await afterpatch('diff', ...names.map(path), '--format', format);
        expect(run.code).toBe(0);
        expect(run.out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      }
    }
  });

  test('another format, and one case alone, are mistakes of the command line', async () => {
    const html = await afterpatch('diff', path('good.json'), path('bad.json'), '--format', 'html');
    expect(html).toEqual({
      code: 64,
      out: '',
      err: "afterpatch: expected --format to be one of text, json, found 'html'\n",
    });
    expect((await afterpatch('diff', path('good.json'))).code).toBe(64);
  });

  test('a file that is no case is refused with 66, whichever of the two it is', async () => {
    expect((await afterpatch('diff', path('broken.json'), path('bad.json'))).code).toBe(66);
    expect((await afterpatch('diff', path('bad.json'), path('missing.json'))).code).toBe(66);
  });

  test('the help shows an example', async () => {
    const run = await afterpatch('diff', '--help');
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/Examples:\n {2}afterpatch diff monday\.json friday\.json\n/);
  });
});

async function afterpatch(...words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err] = [new Kept(), new Kept()];
  const code = await runCommandLine(words, { out, err, env: { LANG: 'C.UTF-8' }, platform: 'linux' });
  return { code, out: out.text, err: err.text };
}

class Kept implements TextStream {
  text = '';

  write(text: string, done: (error?: Error | null) => void): boolean {
    this.text += text;
    done();
    return true;
  }
}
