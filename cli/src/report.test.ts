import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { caseText } from '@afterpatch/core/export/canonical-json.ts';
import { backdoorPresent, fleet } from '@afterpatch/core/export/samples/cases.ts';
import { hostileCase } from '@afterpatch/core/export/samples/hostile-case.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { runCommandLine } from './command-line.ts';
import type { TextStream } from './terminal.ts';

let work = '';
const path = (name: string): string => join(work, name);
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'afterpatch-report-'));
  writeFileSync(path('case.json'), caseText(backdoorPresent));
  writeFileSync(path('fleet.json'), caseText(fleet));
  writeFileSync(path('broken.json'), '{"schema":"afterpatch.case/1"}');
  writeFileSync(path('hostile.json'), caseText(hostileCase('\u001b[2J`|\u202e<b>@all\n')));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('report', () => {
  test('writes Markdown to standard output, and nothing else', async () => {
    const run = await afterpatch('report', path('case.json'), '--format', 'md');
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(run.out).toMatch(/^# `MAIL01`: COMPROMISED/);
    expect(run.out).toMatch(/explain case\.json ID.*\n$/);
  });

  test('writes JSON that scripts read', async () => {
    const run = await afterpatch('report', path('fleet.json'), '--format', 'json');
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(run.out)).toMatchObject({ schema: 'afterpatch.report/1', headline: fleet.headline.worst });
  });

  test('reports one server of many, by any of its names in any case', async () => {
    const run = await afterpatch('report', path('fleet.json'), '--format', 'json', '--host', 'mail02');
    const { servers } = JSON.parse(run.out) as { servers: { names: string[] }[] };
    expect(servers.map((server) => server.names[0])).toEqual(['MAIL02']);
  });

  test('writes a file as a whole, for its owner only, and says nothing', async () => {
    const file = path('ticket.md');
    const run = await afterpatch('report', path('case.json'), '--format', 'md', '--output', file);
    expect(run).toEqual({ code: 0, out: '', err: '' });
    expect(readFileSync(file, 'utf8')).toMatch(/^# `MAIL01`/);
    expect(statSync(file).mode.toString(8)).toMatch(/600$/);
  });

  test('never writes over the case it reads', async () => {
    const run = await afterpatch('report', path('case.json'), '--format', 'md', '--output', path('case.json'));
    expect(run.code).toBe(64);
    expect(readFileSync(path('case.json'), 'utf8')).toBe(caseText(backdoorPresent));
  });

  test('a hostile case sends no control to the terminal, in neither format', async () => {
    for (const format of ['md', 'json']) {
      const run = await afterpatch('report', path('hostile.json'), '--format', format);
      expect(run.code).toBe(0);
      expect(run.out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  });

  test.each([
    [['--format', 'html'], 64, "afterpatch: expected --format to be one of md, json, found 'html'\n"],
    [
      [],
      64,
      "afterpatch: required option '-f, --format <format>' not specified\n(afterpatch report --help shows how)\n",
    ],
    [['--format', 'md', '--host', 'NOPE'], 64, "afterpatch: expected --host to name one of MAIL01, found 'NOPE'\n"],
  ])('%j is refused with %i, and says what was expected', async (words, code, says) => {
    const run = await afterpatch('report', path('case.json'), ...words);
    expect(run).toEqual({ code, out: '', err: says });
  });

  test('a file that is no case is refused with 66', async () => {
    expect((await afterpatch('report', path('broken.json'), '--format', 'md')).code).toBe(66);
    expect((await afterpatch('report', path('missing.json'), '--format', 'json')).code).toBe(66);
  });

  test('the help shows an example', async () => {
    const run = await afterpatch('report', '--help');
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/Examples:\n {2}afterpatch report case\.json --format md\n/);
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
