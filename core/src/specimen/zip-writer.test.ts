import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { gzipped, specimenTar, tarArchive } from './tar-writer.ts';
import type { SpecimenFile } from './specimen-file.ts';
import { joined, specimenZip, zipArchive } from './zip-writer.ts';

const MODIFIED = Date.UTC(2021, 2, 5, 12, 0, 0) * 1000;
const FILES: readonly SpecimenFile[] = [
  ['C/inetpub/logs/LogFiles/W3SVC1/u_ex210303.log', 'POST /owa/auth/x.js 200\r\n'.repeat(500)],
  [`C/Program Files/${'Microsoft/'.repeat(12)}größe.txt`, 'long name'],
  ['C/empty.bin', ''],
].map(([path = '', text = '']) => ({
  path,
  modified: MODIFIED,
  pieces: () => [new TextEncoder().encode(text.slice(0, 7)), new TextEncoder().encode(text.slice(7))],
}));

const missing = ['unzip', 'tar'].filter((tool) => {
  try {
    execFileSync(tool, [tool === 'tar' ? '--version' : '-v'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
});
if (missing.length > 0)
  console.log(`archives are not held against other tools: ${missing.join(' and ')} not installed`);

/** Unpacks with a tool of the system, and gives what came out. */
function unpacked(bytes: Uint8Array, name: string, command: readonly string[]): Map<string, [string, number]> {
  const folder = mkdtempSync(join(tmpdir(), 'specimen-'));
  try {
    writeFileSync(join(folder, name), bytes);
    execFileSync(command[0] ?? '', command.slice(1), { cwd: folder, env: { ...process.env, TZ: 'UTC' } });
    return new Map(
      FILES.map(({ path }) => [
        path,
        [readFileSync(join(folder, path), 'utf8'), statSync(join(folder, path)).mtimeMs * 1000],
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const expected = new Map(FILES.map((file) => [file.path, [Buffer.from(joined(file.pieces())).toString(), MODIFIED]]));

test.skipIf(missing.length > 0)('a specimen as zip is what unzip unpacks, times included', () => {
  expect(unpacked(joined(specimenZip(FILES)), 'a.zip', ['unzip', '-q', 'a.zip'])).toEqual(expected);
});

test.skipIf(missing.length > 0)('a specimen as tar, plain and in gzip, is what tar unpacks, times included', () => {
  expect(unpacked(joined(specimenTar(FILES)), 'a.tar', ['tar', '-xf', 'a.tar'])).toEqual(expected);
  expect(unpacked(joined(gzipped(specimenTar(FILES))), 'a.tgz', ['tar', '-xzf', 'a.tgz'])).toEqual(expected);
});

test('the same members give the same bytes each time', () => {
  expect(joined(specimenZip(FILES))).toEqual(joined(specimenZip(FILES)));
  expect(joined(gzipped(specimenTar(FILES)))).toEqual(joined(gzipped(specimenTar(FILES))));
});

test('members that state what is not so are written as they state it', () => {
  const bytes = joined(
    zipArchive([{ name: 'a', content: new Uint8Array(3), local: { name: 'b' }, central: { size: 9 } }]),
  );
  expect(bytes[30]).toBe(0x62);
  const tar = joined(tarArchive([{ name: 'a', content: new Uint8Array(3), size: 9 }]));
  expect(Buffer.from(tar.subarray(124, 135)).toString()).toBe('00000000011');
});
