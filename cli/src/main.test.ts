import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { readCase } from '@afterpatch/core/export/foreign-case.ts';
import type { CaseFile } from '@afterpatch/core/model/case-file.ts';
import { explain } from './explain.ts';
import type { Shell, TextStream } from './terminal.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** The command line as a person meets it: a process with arguments, two streams and an exit code. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NODE_24 = join(ROOT, 'node_modules/.bin/node');
const NODE = existsSync(NODE_24) ? NODE_24 : process.execPath;
const BUNDLE = join(ROOT, 'cli/dist/afterpatch.js');

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let work = '';
let demo = '';
let evidence = '';
let casePath = '';
let caseFile: CaseFile;
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'afterpatch-cli-'));
  demo = join(work, 'demo');
  const run = await afterpatch('demo', '--folder', demo, '--quiet');
  expect(run.err).toBe('');
  expect(run.code).toBe(0);
  evidence = join(demo, 'evidence');
  casePath = join(demo, 'case.json');
  caseFile = caseOf(readFileSync(casePath));
}, 120_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('arguments', () => {
  test.each([
    [['assess'], 'afterpatch: expected evidence: a path, or --snapshot NAME=PATH\n'],
    [
      ['assess', '--snapshot', 'before'],
      "afterpatch: expected --snapshot as NAME=PATH with a name of letters, digits, dots, dashes and colons, found 'before'\n",
    ],
    [
      ['assess', '--snapshot', 'a=/x', '--snapshot', 'a=/y'],
      'afterpatch: expected every snapshot to have its own name, found a twice\n',
    ],
    [['assess', 'x', '--workers', '0'], "afterpatch: expected --workers between 1 and 64, found '0'\n"],
    [
      ['assess', 'x', '--password-file', 'no-such-file'],
      "afterpatch: expected a readable --password-file 'no-such-file': ENOENT (no such file)\n",
    ],
    [
      ['assess', '--outptu', 'x', 'y'],
      "afterpatch: unknown option '--outptu'\n(Did you mean --output?)\n(afterpatch assess --help shows how)\n",
    ],
    [['asess', 'x'], "afterpatch: unknown command 'asess'\n(Did you mean assess?)\n"],
    [
      ['explain', 'a', 'b', 'c'],
      "afterpatch: too many arguments for 'explain'. Expected 2 arguments but got 3.\n(afterpatch explain --help shows how)\n",
    ],
    [
      ['packs', 'chek', 'x'],
      "afterpatch: unknown command 'chek'\n(Did you mean check?)\n(afterpatch packs --help shows how)\n",
    ],
    [
      ['assess', '.', '--as-of', 'yesterday'],
      "afterpatch: expected --as-of in ISO 8601, such as 2021-03-09T10:00:00Z, found 'yesterday'\n",
    ],
    [
      ['assess', '.', '--pack', 'no-such-pack'],
      "afterpatch: expected a pack folder or one of the built-in packs (exchange-2021-03), found 'no-such-pack'\n",
    ],
  ])('afterpatch %j is refused with 64, and says what was expected', async (words, says) => {
    const run = await afterpatch(...words);
    expect(run).toEqual({ code: 64, out: '', err: says });
  });

  test('a name that a hostile folder put on the command line sends no control to the terminal', async () => {
    const run = await afterpatch('dump', '--\u001b[2J\nok');
    expect(run.code).toBe(64);
    expect(run.err).not.toContain('\u001b');
  });

  test.each([
    [['--help']],
    [['assess', '--help']],
    [['explain', '-h']],
    [['dump', '--help']],
    [['demo', '--help']],
    [['packs', '--help']],
    [['packs', 'show', '--help']],
    [['help', 'assess']],
  ])('afterpatch %j shows an example', async (words) => {
    const run = await afterpatch(...words);
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/Examples?:\n {2}afterpatch /);
    expect(run.err).toBe('');
  });

  test('without a command the help is shown, and it is no success', async () => {
    const run = await afterpatch();
    expect(run.code).toBe(64);
    expect(run.err).toContain('Usage: afterpatch');
  });

  test('the version is that of the package', async () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'cli/package.json'), 'utf8')) as { version: string };
    expect((await afterpatch('--version')).out).toBe(`${manifest.version}\n`);
  });
});

describe('assess', () => {
  test('the demonstration incident is found out, and the case keeps to its schema', async () => {
    expect(caseFile.headline.worst).toMatch(/^compromised/);
    const run = await afterpatch('assess', evidence);
    expect(run.code).toBe(0);
    expect(run.err).toBe('');
    expect(run.out).toContain('COMPROMISED');
    expect(run.out).not.toContain('\u001b');
    for (const line of run.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('the same evidence gives the same case, byte for byte', async () => {
    const output = join(work, 'again.json');
    expect((await afterpatch('assess', evidence, '--output', output, '--quiet')).code).toBe(0);
    expect(readFileSync(output).equals(readFileSync(casePath))).toBe(true);
    if (process.platform !== 'win32') expect(statSync(output).mode & 0o777).toBe(0o600);
  });

  test('with --output - the case stands alone on standard output, and the summary goes to the other stream', async () => {
    const run = await afterpatch('assess', evidence, '--output', '-');
    expect(caseOf(Buffer.from(run.out)).headline).toEqual(caseFile.headline);
    expect(run.err).toContain('COMPROMISED');
    const quiet = await afterpatch('assess', evidence, '--output', '-', '--quiet');
    expect(quiet.out).toBe(run.out);
    expect(quiet.err).toBe('');
  });

  test('--quiet without --output leaves one line for each verdict, and --exit-verdict the exit code', async () => {
    const run = await afterpatch('assess', evidence, '--quiet', '--exit-verdict');
    const verdict = caseFile.verdicts[0];
    expect(run).toEqual({ code: 20, err: '', out: `${verdict?.host}\t${verdict?.campaign}\t${verdict?.headline}\n` });
  });

  test('evidence with nothing in it is not clean', async () => {
    const empty = join(work, 'empty');
    mkdirSync(empty);
    writeFileSync(join(empty, 'notes.txt'), 'nothing');
    const run = await afterpatch('assess', empty, '--exit-verdict');
    expect(run.code).toBe(30);
    expect(run.out).toContain('NOTHING WAS READ');
    expect(run.out).toContain('NOT ENOUGH EVIDENCE');
  });

  test('nothing is written beside the evidence', async () => {
    const before = execFileSync('ls', ['-lR', evidence]).toString();
    for (const output of [join(evidence, 'case.json'), join(evidence, 'C', 'case.json')]) {
      const run = await afterpatch('assess', evidence, '--output', output);
      expect(run.code).toBe(64);
      expect(run.err).toMatch(/nothing is ever written beside the evidence\n$/);
    }
    expect(execFileSync('ls', ['-lR', evidence]).toString()).toBe(before);
  });

  test.each([
    [
      'a path where nothing stands',
      () => join(work, 'nothing-here'),
      /expected a folder or a file at '.*nothing-here', nothing stands there/,
    ],
    [
      'a disk image',
      () => kept('MAIL01.vhdx', 'vhdxfile'.padEnd(70_000, '\0')),
      /found a VHDX image: .*guestmount --ro -a /,
    ],
    [
      'a folder with nothing but a disk image in it',
      () => {
        mkdirSync(join(work, 'images'), { recursive: true });
        return join(kept('images/MAIL01.vhdx', 'vhdxfile'.padEnd(70_000, '\0')), '..');
      },
      /MAIL01\.vhdx: .*not opened: .*guestmount --ro -a 'MAIL01\.vhdx'/,
    ],
    [
      'an archive of a kind that is not opened',
      () => sevenZip(join(work, 'triage.7z')),
      /found a 7z archive: unpack it/,
    ],
  ])('%s is evidence that cannot be opened: 66 and one line', async (_, make, says) => {
    const run = await afterpatch('assess', make(), '--output', join(work, 'refused.json'), '--quiet');
    expect(run.code).toBe(66);
    expect(run.out).toBe('');
    expect(run.err).toMatch(says);
    expect(run.err.trimEnd().split('\n')).toHaveLength(1);
  });

  test('the moment that is asked about stands in the case', async () => {
    const output = join(work, 'as-of.json');
    expect((await afterpatch('assess', evidence, '--as-of', '2021-04-01', '--output', output, '--quiet')).code).toBe(0);
    const dated = caseOf(readFileSync(output));
    expect(dated.options['asOf']).toBe('2021-04-01T00:00:00.000Z');
    expect(dated.hosts[0]?.asOf).toBe('2021-04-01T00:00:00.000Z');
  });

  test.skipIf(process.platform === 'win32')('Ctrl-C ends it with 130, and leaves nothing half-written', async () => {
    const many = join(work, 'many');
    mkdirSync(many);
    const log = Buffer.from(
      `#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2021-03-03 00:00:00\r\n#Fields: date time cs-method cs-uri-stem sc-status\r\n${'2021-03-03 00:00:01 GET /owa/ 200\r\n'.repeat(200_000)}`,
    );
    writeFileSync(join(many, 'u_ex210303.log'), log);
    for (let copy = 0; copy < 40; copy += 1) linkSync(join(many, 'u_ex210303.log'), join(many, `u_ex2104${copy}.log`));
    const output = join(work, 'interrupted');
    mkdirSync(output);
    const child = spawn(NODE, [...FLAGS, 'assess', many, '--output', join(output, 'case.json')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(child.exitCode, 'it was done before it could be interrupted').toBeNull();
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(code).toBe(130);
    expect(err).toBe('afterpatch: interrupted\n');
    expect(readdirSync(output)).toEqual([]);
  });
});

describe('explain', () => {
  test('without a second argument it lists every claim and every finding', async () => {
    const run = await afterpatch('explain', casePath);
    expect(run.code).toBe(0);
    for (const { id } of [...caseFile.claims, ...caseFile.findings])
      expect(run.out.replaceAll(/\s/g, '')).toContain(id);
  });

  test('every proven claim leads to bytes', async () => {
    for (const claim of caseFile.claims.filter((c) => c.answer === 'established')) {
      const run = await afterpatch('explain', casePath, claim.claim);
      expect(run.code).toBe(0);
      expect(run.out).toContain('THE PROOF');
      expect(run.out).toMatch(/byte \d+, \d+/);
    }
  });

  test('every finding of the demonstration can be read again, and is what it was', async () => {
    const text: string[] = [];
    const stream: TextStream = { write: (piece, done) => (text.push(piece), done(), true) };
    const shell: Shell = { out: stream, err: stream, env: {}, platform: 'linux' };
    for (const finding of caseFile.findings) {
      text.length = 0;
      expect(
        await explain(casePath, finding.id, { evidence: [evidence], color: false }, shell),
        `${finding.rule}\n${text.join('')}`,
      ).toBe(0);
      expect(text.join('').match(/Read again now: the same bytes\./g)).toHaveLength(finding.sightings.length);
      expect(text.join('')).toContain('why it matters');
    }
  }, 120_000);

  test('evidence that was changed or is gone is told apart, and is not success', async () => {
    const finding = caseFile.findings.find(
      (f) => caseFile.artifacts.find((a) => a.id === f.sightings[0]?.artifact)?.format === 'iis-w3c',
    );
    const sighting = finding?.sightings[0];
    const artifact = caseFile.artifacts.find((a) => a.id === sighting?.artifact);
    if (finding === undefined || sighting === undefined || artifact === undefined)
      throw new Error('the demonstration has no finding in an IIS log');
    const copy = join(work, 'changed');
    const path = join(copy, artifact.path);
    mkdirSync(join(path, '..'), { recursive: true });
    copyFileSync(join(evidence, artifact.path), path);
    chmodSync(path, 0o600);
    const bytes = readFileSync(path);
    bytes[sighting.offset + 3] = 0x3f;
    writeFileSync(path, bytes);
    const changed = await afterpatch('explain', casePath, finding.id, '--evidence', copy);
    expect(changed.code).toBe(66);
    expect(changed.out).toContain('THE BYTES DIFFER');
    writeFileSync(path, bytes.subarray(0, sighting.offset + 1));
    const cut = await afterpatch('explain', casePath, finding.id, '--evidence', copy);
    expect(cut.code).toBe(66);
    expect(cut.out).toContain('NOT READ AGAIN');
    rmSync(path);
    const gone = await afterpatch('explain', casePath, finding.id, '--evidence', copy);
    expect(gone.code).toBe(66);
    expect(gone.out).toContain('no file has');
  });

  test.each([
    [
      'a case that is not there',
      () => join(work, 'none.json'),
      /expected a case file at '.*none\.json', opening it failed: ENOENT \(no such file\)/,
    ],
    [
      'a file that is no case',
      () => kept('no.json', '{"schema":"x"}'),
      /is not a case file that can be read: expected afterpatch\.case\/1/,
    ],
    [
      'a case that nests without end',
      () => kept('deep.json', '['.repeat(100_000)),
      /expected at most 32 nested levels, found more/,
    ],
  ])('%s is refused with 66', async (_, make, says) => {
    const run = await afterpatch('explain', make());
    expect(run.code).toBe(66);
    expect(run.out).toBe('');
    expect(run.err).toMatch(says);
  });

  test('a case made to deceive sends no control to the terminal', async () => {
    const evil = {
      ...caseFile,
      findings: caseFile.findings.map((f) => ({ ...f, title: `${f.title}\u001b[2J\u202e\n` })),
    };
    const run = await afterpatch('explain', kept('evil.json', JSON.stringify(evil)));
    expect(run.code).toBe(0);
    expect(run.out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  test('what the case does not hold is a mistake of the command line', async () => {
    const run = await afterpatch('explain', casePath, 'operatd');
    expect(run.code).toBe(64);
    expect(run.err).toContain("found 'operatd'; without it, explain lists them all");
  });
});

describe('dump', () => {
  test('a log comes out as JSON Lines that cover every byte once', async () => {
    const artifact = caseFile.artifacts.find((a) => a.format === 'iis-w3c' && a.records > 0);
    const path = join(evidence, artifact?.path ?? '');
    const run = await afterpatch('dump', path);
    expect(run.code).toBe(0);
    const lines = run.out
      .trimEnd()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { is: string; offset: number; length: number; fields?: Record<string, unknown> },
      );
    expect(lines.filter((line) => line.is === 'record')).toHaveLength(artifact?.records ?? -1);
    expect(lines.find((line) => line.is === 'record')?.fields).toHaveProperty('cs-uri-stem');
    let end = 0;
    for (const { offset, length } of lines) {
      expect(offset).toBe(end);
      end += length;
    }
    expect(end).toBe(statSync(path).size);
  });

  test('--output writes the same to a file, and not into the folder of the log', async () => {
    const artifact = caseFile.artifacts.find((a) => a.format === 'exchange-csv');
    const path = join(evidence, artifact?.path ?? '');
    const output = join(work, 'dump.jsonl');
    expect(await afterpatch('dump', path, '--output', output)).toEqual({ code: 0, out: '', err: '' });
    expect(readFileSync(output, 'utf8')).toBe((await afterpatch('dump', path)).out);
    const beside = await afterpatch('dump', path, '--output', join(path, '..', 'dump.jsonl'));
    expect(beside.code).toBe(64);
    expect(beside.err).toMatch(/nothing is ever written beside the evidence/);
  });

  test('a folder is not one file, and nothing is nothing', async () => {
    expect((await afterpatch('dump', evidence)).code).toBe(64);
    expect((await afterpatch('dump', join(work, 'nothing-here'))).code).toBe(66);
  });

  test.skipIf(process.platform === 'win32')('whoever has read enough may close the pipe', () => {
    const artifact = caseFile.artifacts.toSorted((a, b) => b.size - a.size)[0];
    const command = `"$0" ${FLAGS.map((flag) => `'${flag}'`).join(' ')} dump "$1" | head -n 1; exit "\${PIPESTATUS[0]}"`;
    const out = execFileSync('bash', ['-c', command, NODE, join(evidence, artifact?.path ?? '')], { encoding: 'utf8' });
    expect(out.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('demo', () => {
  test('a demonstration that is not kept leaves nothing behind', async () => {
    const temporary = join(work, 'tmp');
    mkdirSync(temporary);
    const run = await afterpatchIn({ TMPDIR: temporary, TEMP: temporary, TMP: temporary }, 'demo');
    expect(run.code).toBe(0);
    expect(run.err).toContain(`in '${temporary}`);
    expect(run.err).toContain('was removed again');
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('a folder that holds something is not touched', async () => {
    const run = await afterpatch('demo', '--folder', demo);
    expect(run.code).toBe(64);
    expect(run.err).toMatch(/expected a new or empty folder at '.*demo', it holds something/);
  });
});

describe('packs', () => {
  test('the built-in packs are listed, shown and in order', async () => {
    expect((await afterpatch('packs', 'list')).out).toContain('exchange-2021-03');
    const shown = await afterpatch('packs', 'show', 'exchange-2021-03');
    expect(shown.code).toBe(0);
    expect(shown.out).toContain('CVE-2021-26855');
    const checked = await afterpatch('packs', 'check', join(ROOT, 'packs/exchange-2021-03'));
    expect(checked.code).toBe(0);
    expect(checked.out).toMatch(/^exchange-2021-03 \d/);
  });

  test('a pack with faults is refused with 65; each has its file, line and code', async () => {
    const broken = join(work, 'broken-pack');
    mkdirSync(broken);
    writeFileSync(join(broken, 'pack.yaml'), 'id: Not A Name\nversion: 1\n');
    for (const words of [
      ['packs', 'check', broken],
      ['assess', evidence, '--pack', broken],
    ]) {
      const run = await afterpatch(...words);
      expect(run.code).toBe(65);
      expect(run.out).toBe('');
      for (const line of run.err.trimEnd().split('\n'))
        expect(line).toMatch(/^afterpatch: .*broken-pack\/[\w.-]+:\d+: P\d{3} /);
      expect(run.err).toContain('claims.yaml');
    }
  });
});

describe('the built command line', () => {
  const node20 = nodeOfMajor(20);
  const missing = existsSync(BUNDLE)
    ? node20 === undefined
      ? 'there is no Node 20 on PATH'
      : undefined
    : 'cli/dist is not built';
  if (missing !== undefined) console.log(`the built command line is not tested on Node 20: ${missing}`);

  test.skipIf(missing !== undefined)('runs on Node 20, without the checkout, and gives the same case', async () => {
    const installed = join(work, 'installed');
    mkdirSync(join(installed, 'bin'), { recursive: true });
    mkdirSync(join(installed, 'dist'));
    for (const file of ['package.json', 'bin/afterpatch.js', 'dist/afterpatch.js', 'dist/reading-worker.js'])
      copyFileSync(join(ROOT, 'cli', file), join(installed, file));
    execFileSync('cp', ['-r', join(ROOT, 'cli/dist/packs'), join(installed, 'dist/packs')]);
    const output = join(work, 'node-20.json');
    const run = await spawned(
      node20 ?? '',
      [join(installed, 'bin/afterpatch.js'), 'assess', evidence, '--workers', '2', '--output', output, '--quiet'],
      {},
    );
    expect(run).toEqual({ code: 0, out: '', err: '' });
    expect(caseOf(readFileSync(output)).headline).toEqual(caseFile.headline);
  });
});

const FLAGS = ['--conditions=afterpatch-source', join(ROOT, 'cli/src/main.ts')];

function afterpatch(...words: readonly string[]): Promise<Run> {
  return afterpatchIn({}, ...words);
}

function afterpatchIn(env: Record<string, string>, ...words: readonly string[]): Promise<Run> {
  return spawned(NODE, [...FLAGS, ...words], env);
}

function spawned(program: string, words: readonly string[], env: Record<string, string>): Promise<Run> {
  return new Promise((resolve, reject) => {
    const clean = { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', COLUMNS: '', NO_COLOR: '', ...env };
    const child = spawn(program, [...words], { stdio: ['ignore', 'pipe', 'pipe'], env: clean });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
    );
  });
}

function caseOf(bytes: Uint8Array): CaseFile {
  const reading = readCase(bytes);
  if (reading.is === 'refusal') throw new Error(`${reading.says}\n${JSON.stringify(reading.faults, undefined, 1)}`);
  return reading.caseFile;
}

function kept(name: string, text: string): string {
  const path = join(work, name);
  writeFileSync(path, text);
  return path;
}

function sevenZip(path: string): string {
  writeFileSync(path, Buffer.from('377abcaf271c0004', 'hex'));
  return path;
}

function nodeOfMajor(major: number): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const node = join(folder, 'node');
    if (!existsSync(node)) continue;
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' });
    if (version.startsWith(`v${major}.`)) return node;
  }
  return undefined;
}
