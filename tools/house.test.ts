import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { CHECKS } from '../core/src/checks/index.ts';
import { FORMATS } from '../core/src/formats/index.ts';

const ROOT = join(import.meta.dirname, '..');
const ROOMS = foldersOf(join(ROOT, 'core/src'));

describe('the walls between the rooms', () => {
  let copy = '';
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'afterpatch-house-'));
    cpSync(join(ROOT, 'core'), join(copy, 'core'), {
      recursive: true,
      filter: (path) => !/[/\\](?:dist|node_modules|samples)(?:[/\\]|$)/.test(path),
    });
    cpSync(join(ROOT, 'tsconfig.base.json'), join(copy, 'tsconfig.base.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  test.each([
    ['sideways', 'rules', "import '../verdict/judge.ts';", /verdict\/judge\.ts/],
    ['upward', 'formats', "import '../engine/assess.ts';", /engine\/assess\.ts/],
    ['upward from the vocabulary', 'model', "import '../bytes/time.ts';", /bytes\/time\.ts/],
    [
      'to Node',
      'bytes',
      "import { readFileSync } from 'node:fs';\nexport const read: unknown = readFileSync;",
      /node:fs/,
    ],
    ['to a global that no host promises', 'bytes', 'export const page: unknown = fetch;', /'fetch'/],
    ['to Buffer', 'verdict', 'export const held: unknown = Buffer;', /'Buffer'/],
  ])('an import %s from core/src/%s does not build', (_, room, code, names) => {
    const planted = join(copy, 'core/src', room, 'planted.ts');
    writeFileSync(planted, `${code}\n`);
    try {
      const output = tscOutput(copy, join('core/src', room));
      expect(output).toMatch(/planted\.ts/);
      expect(output).toMatch(names);
    } finally {
      rmSync(planted);
    }
  });
});

describe('everything is in its room', () => {
  test('the map in docs/architecture.md names every room, workspace and pack on disk, and no other room', () => {
    const map = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
    for (const room of ROOMS)
      expect(map, `docs/architecture.md does not name core/src/${room}/`).toContain(`core/src/${room}/`);
    for (const [, named] of map.matchAll(/core\/src\/([a-z-]+)\//g))
      expect(ROOMS, `docs/architecture.md names a room that is not there`).toContain(named);
    const { workspaces } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { workspaces: string[] };
    for (const workspace of workspaces) expect(map).toContain(`${workspace}/`);
    for (const pack of foldersOf(join(ROOT, 'packs'))) expect(map).toContain(`packs/${pack}/`);
  });

  test('every format folder is registered under its own name', () => {
    expect(FORMATS.map((format) => format.name).toSorted()).toEqual(foldersOf(join(ROOT, 'core/src/formats')));
  });

  test('every detection in code is registered under the name of its file', () => {
    const files = readdirSync(join(ROOT, 'core/src/checks')).filter(
      (f) => f.endsWith('.ts') && !f.endsWith('.test.ts') && f !== 'index.ts',
    );
    const read = (file: string): string => readFileSync(join(ROOT, 'core/src/checks', file), 'utf8');
    const registered = read('index.ts');
    const known = files.filter((file) => registered.includes(`'./${file}'`));
    // What is no detection is a part of one.
    for (const file of files)
      expect(known.includes(file) || known.some((of) => read(of).includes(`'./${file}'`))).toBe(true);
    for (const name of CHECKS.keys()) expect(files).toContain(`${name}.ts`);
  });

  test('every decision record is numbered, and the numbers have no hole', () => {
    const numbers = readdirSync(join(ROOT, 'docs/decisions')).map((f) => Number(/^(\d{4})-/.exec(f)?.[1]));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers.map((_, i) => i + 1));
  });

  test('versions of dependencies are exact', () => {
    for (const file of ['package.json', 'core/package.json', 'node/package.json', 'cli/package.json']) {
      const manifest = JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as Record<string, Record<string, string>>;
      for (const key of ['dependencies', 'devDependencies', 'optionalDependencies']) {
        for (const version of Object.values(manifest[key] ?? {})) expect(version, file).toMatch(/^\d+\.\d+\.\d+$/);
      }
    }
  });
});

function tscOutput(folder: string, project: string): string {
  try {
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b', project], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return '';
  } catch (error) {
    return String((error as { stdout?: string }).stdout);
  }
}

function foldersOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
}
