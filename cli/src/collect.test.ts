import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

import { readCase } from '@afterpatch/core/export/foreign-case.ts';
import type { CaseFile } from '@afterpatch/core/model/case-file.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { runCommandLine } from './command-line.ts';
import type { TextStream } from './terminal.ts';

/** What a list names: a folder below the drive, the files in it, and whether folders below it count. */
interface Wanted {
  readonly folder: string;
  readonly mask: string;
  readonly recursive: boolean;
}

let work = '';
let server = '';
let files: readonly string[] = [];
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'afterpatch-collect-'));
  expect((await afterpatch('demo', '--folder', join(work, 'demo'), '--quiet')).code).toBe(0);
  server = join(work, 'demo/evidence');
  files = readdirSync(server, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(server, join(entry.parentPath, entry.name)))
    .toSorted();
}, 120_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('a server of which only what the list names was collected', () => {
  test('by KAPE gets the answers that the whole server gets', async () => {
    const wanted = kapePlaces((await afterpatch('collect', '--list', '--format', 'kape')).out);
    const taken = collected(wanted);
    expect(taken.length).toBeGreaterThan(100);
    expect(answersOf(await assessed('kape', taken))).toEqual(answersOf(caseAt(join(work, 'demo/case.json'))));
  }, 120_000);

  test('by the script is the same evidence', async () => {
    const kape = kapePlaces((await afterpatch('collect', '--list', '--format', 'kape')).out);
    const script = scriptPlaces((await afterpatch('collect', '--list', '--format', 'powershell')).out);
    expect(collected(script)).toEqual(collected(kape));
  });

  test('lacks an answer for each place that was left out', async () => {
    const wanted = kapePlaces((await afterpatch('collect', '--list', '--format', 'kape')).out);
    const without = wanted.filter(
      (place) => !/winevt|W3SVC|HttpProxy\\Ecp|ECP\\Server|\\Logging\\HttpProxy$/i.test(place.folder),
    );
    const unseen = new Set(
      (await assessed('less', collected(without))).claims.flatMap((c) => c.unseen.map((u) => u.mustSee)),
    );
    for (const mustSee of ['front-end', 'back-end', 'mgmt-or-ecp']) expect(unseen).toContain(mustSee);
  }, 120_000);
});

test('a folder that the script could not list keeps its tree from counting as complete, and no other tree', async () => {
  const script = (await afterpatch('collect', '--list', '--format', 'powershell')).out;
  const columns = [...(/\$Columns = (.*)/.exec(script)?.[1] ?? '').matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
  const row = (...values: readonly string[]): string =>
    `${columns.map((_, at) => `"${values[at] ?? ''}"`).join(',')}\r\n`;
  const pages = files.filter((file) => file.startsWith('C/inetpub/wwwroot/'));
  const listing = (...more: readonly string[]): string =>
    [row(...columns), ...pages.map((page) => row(page.replace('C/', 'C:/').replaceAll('/', '\\'), '1')), ...more].join(
      '',
    );
  const listedAs = async (name: string, text: string): Promise<string | undefined> => {
    mkdirSync(join(work, name));
    writeFileSync(join(work, name, 'afterpatch-listing-18.csv'), text);
    const { coverage } = await assessed(
      name,
      files.filter((file) => !pages.includes(file)),
    );
    expect(coverage.find((c) => c.kind === 'web-front-end')?.extent?.how).toBe('enumerated');
    return coverage.find((c) => c.kind === 'web-root')?.extent?.how;
  };
  expect(pages.length).toBeGreaterThan(2);
  expect(await listedAs('whole', listing())).toBe('enumerated');
  expect(await listedAs('gap', listing(row('', '', '', '', '', '', '', '', '', 'folder not listed')))).toBe('partial');
}, 120_000);

describe('collect', () => {
  test.each(['text', 'kape', 'velociraptor', 'powershell'])(
    '--format %s goes to standard output and to a file alike',
    async (format) => {
      const file = join(work, `list-${format}`);
      const shown = await afterpatch('collect', '--list', '--format', format);
      const written = await afterpatch('collect', '--list', '--format', format, '--output', file);
      expect(shown).toMatchObject({ code: 0, err: '' });
      expect(written).toEqual({ code: 0, out: '', err: '' });
      expect(words(readFileSync(file, 'utf8'))).toBe(words(shown.out));
    },
  );

  test('the script begins with the mark by which Windows PowerShell knows UTF-8', async () => {
    expect((await afterpatch('collect', '--list', '--format', 'powershell')).out.startsWith('\u{feff}#requires')).toBe(
      true,
    );
  });

  test.each([
    [
      ['--format', 'zip', '--list'],
      64,
      "afterpatch: expected --format to be one of text, kape, velociraptor, powershell, found 'zip'\n",
    ],
    [[], 64, "afterpatch: required option '--list' not specified\n(afterpatch collect --help shows how)\n"],
    [
      ['--list', '--pack', 'no-such-pack'],
      64,
      "afterpatch: expected a pack folder or one of the built-in packs (exchange-2021-03), found 'no-such-pack'\n",
    ],
  ])('%j is refused with %i, and says what was expected', async (given, code, says) => {
    expect(await afterpatch('collect', ...given)).toEqual({ code, out: '', err: says });
  });

  test('the help shows examples', async () => {
    const run = await afterpatch('collect', '--help');
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/Examples:\n {2}afterpatch collect --list\n/);
  });
});

/** A terminal and a file have lines of different lengths. */
function words(text: string): string {
  return text.replaceAll(/\s+/g, '');
}

function kapePlaces(target: string): readonly Wanted[] {
  return [...target.matchAll(/Path: 'C:\\(.*)\\'\n +FileMask: '(.*)'\n +Recursive: (\w+)\n/g)].map(
    ([, folder = '', mask = '', recursive = '']) => ({ folder, mask, recursive: recursive === 'true' }),
  );
}

/** What the script would try on a server that has everything in its usual place. */
function scriptPlaces(script: string): readonly Wanted[] {
  const roots = new Map<string, readonly string[]>();
  for (const [, name = '', usual = ''] of script.matchAll(/@\{ Name = '([^']*)';.*Usual = @\((.*)\) \}/g))
    roots.set(
      name,
      [...usual.matchAll(/'([^']*)'/g)].map(([, path = '']) => path),
    );
  return [
    ...script.matchAll(/Root = '([^']*)'; Below = '([^']*)'; Mask = '([^']*)'; Recursive = \$(\w+); Copy = \$true/g),
  ].flatMap(([, root = '', below = '', mask = '', recursive = '']) =>
    (roots.get(root) ?? []).map((usual) => ({
      folder: [usual.slice(3), below].filter((part) => part !== '').join('\\'),
      mask,
      recursive: recursive === 'true',
    })),
  );
}

function collected(wanted: readonly Wanted[]): readonly string[] {
  return files.filter((file) => {
    const parts = file.split('/').slice(1);
    const name = parts.at(-1) ?? '';
    const folder = parts.slice(0, -1);
    return wanted.some((place) => {
      const names = place.folder.split('\\');
      const deep = place.recursive ? folder.length >= names.length : folder.length === names.length;
      return deep && names.every((each, at) => matches(folder[at] ?? '', each)) && matches(name, place.mask);
    });
  });
}

function matches(name: string, mask: string): boolean {
  const parts = mask.toLowerCase().split('*');
  const lower = name.toLowerCase();
  if (parts.length === 1) return lower === parts[0];
  return lower.startsWith(parts[0] ?? '') && lower.endsWith(parts.at(-1) ?? '');
}

async function assessed(name: string, taken: readonly string[]): Promise<CaseFile> {
  const folder = join(work, name);
  for (const file of taken) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(join(server, file), join(folder, file));
  }
  const out = join(work, `${name}.json`);
  const run = await afterpatch('assess', folder, '--quiet', '--output', out);
  expect(run.err).toBe('');
  expect(run.code).toBe(0);
  return caseAt(out);
}

function caseAt(path: string): CaseFile {
  expect(statSync(path).isFile()).toBe(true);
  const reading = readCase(readFileSync(path));
  if (reading.is === 'refusal') throw new Error(reading.says);
  return reading.caseFile;
}

function answersOf(caseFile: CaseFile): readonly string[] {
  const headlines = caseFile.verdicts.map((verdict) => `${verdict.host} ${verdict.headline}`);
  return [...headlines, ...caseFile.claims.map((c) => `${c.host} ${c.claim} ${c.answer} ${c.says}`)].toSorted((a, b) =>
    a < b ? -1 : 1,
  );
}

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
