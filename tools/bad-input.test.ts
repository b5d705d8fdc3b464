import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { assess } from '../core/src/engine/assess.ts';
import type { CaseFile } from '../core/src/model/case-file.ts';
import type { EvidenceSource } from '../core/src/model/evidence.ts';
import { openFolder } from '../node/src/folder.ts';
import { loadPackFolder } from '../cli/src/engine-door.ts';
import { nodeHost } from '../node/src/node-host.ts';

const PACK = await loadPackFolder(join(import.meta.dirname, '../packs/exchange-2021-03'));
const HEADER =
  '#Software: Microsoft Internet Information Services 10.0\r\n#Fields: date time cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip sc-status\r\n';
const ROW = '2021-03-03 06:44:07 GET /owa/auth/logon.aspx - 443 - 198.51.100.7 200\r\n';
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function evidence(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'afterpatch-bad-'));
  folders.push(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

async function assessed(source: EvidenceSource): Promise<CaseFile> {
  const host = nodeHost({
    fault: (where, error) => {
      throw new Error(where, { cause: error });
    },
  });
  return await assess({ sources: [source], packs: [PACK], options: { version: 'test' } }, host);
}

test('an empty folder is a case with insufficient evidence, and says what to fetch', async () => {
  const result = await assessed(await openFolder(evidence({})));
  expect(result.headline.worst).toBe('insufficient-evidence');
  expect(result.artifacts).toEqual([]);
  expect(
    result.claims
      .find((c) => c.claim === 'exploited')
      ?.unseen.map((u) => u.fetch)
      .join(' '),
  ).toContain('W3SVC1');
});

test('files that nobody recognises are hashed and named, and the evidence is insufficient', async () => {
  const result = await assessed(
    await openFolder(evidence({ 'notes.bin': Buffer.from([1, 2, 3]), 'a/b.xyz': 'hello' })),
  );
  expect(result.headline.worst).toBe('insufficient-evidence');
  expect(result.artifacts.map((a) => [a.path, a.format, a.sha256?.length])).toEqual([
    ['a/b.xyz', null, 64],
    ['notes.bin', null, 64],
  ]);
  expect(result.limits.some((l) => l.id === 'unrecognised')).toBe(true);
});

test('a loop of links is not followed and stands in the case', async () => {
  const folder = evidence({ 'logs/u_ex210303.log': HEADER + ROW });
  symlinkSync('..', join(folder, 'logs/back'));
  const result = await assessed(await openFolder(folder));
  expect(result.artifacts).toHaveLength(1);
  expect(result.limits.map((l) => l.says).join('\n')).toContain('logs/back: symbolic link');
});

test('a row of 100 MB is a gap, the rows around it are read, and memory stays bounded', async () => {
  const long = Buffer.alloc(100_000_000, 0x61);
  const folder = evidence({
    'u_ex210303.log': Buffer.concat([Buffer.from(HEADER + ROW), long, Buffer.from(`\r\n${ROW}`)]),
  });
  const before = process.memoryUsage().rss;
  const result = await assessed(await openFolder(folder));
  expect(result.artifacts[0]).toMatchObject({
    records: 2,
    gaps: [{ reason: 'limit', offset: HEADER.length + ROW.length, length: 100_000_002 }],
  });
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
});

test('a file of more than 4 GB is read to its end with exact offsets', async () => {
  const folder = evidence({ 'u_ex210303.log': HEADER + ROW });
  const size = 4_400_000_000;
  truncateSync(join(folder, 'u_ex210303.log'), size);
  const before = process.memoryUsage().rss;
  const result = await assessed(await openFolder(folder));
  const start = HEADER.length + ROW.length;
  expect(result.artifacts[0]).toMatchObject({
    size,
    records: 1,
    gaps: [
      { reason: 'damaged', offset: start, length: size - start },
      // What may have stood in it is looked for in the first of its bytes only, and so nothing is ruled out.
      { reason: 'limit' },
    ],
  });
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
}, 120_000);

test('a file that shrinks while it is read is a gap over what is missing', async () => {
  const bytes = Buffer.from(HEADER + ROW + ROW);
  const source: EvidenceSource = {
    name: 'shrinking',
    emptyFolders: () => [],
    async *list() {
      yield {
        path: 'u_ex210303.log',
        size: bytes.length + 500,
        open: () =>
          Promise.resolve({
            size: bytes.length + 500,
            readInto: (at: number, into: Uint8Array) => bytes.copy(into, 0, at),
            close: () => Promise.resolve(),
          }),
      };
    },
  };
  const [artifact] = (await assessed(source)).artifacts;
  expect(artifact?.records).toBe(2);
  expect(artifact?.gaps).toContainEqual(
    expect.objectContaining({ reason: 'truncated', offset: bytes.length, length: 500 }),
  );
});

test('a file that cannot be opened is a gap, and the others are read', async () => {
  const good = await openFolder(evidence({ 'u_ex210303.log': HEADER + ROW }));
  const source: EvidenceSource = {
    name: 'mixed',
    emptyFolders: () => [],
    async *list() {
      yield { path: 'locked.evtx', size: 70_000, open: () => Promise.reject(new Error('EACCES (permission denied)')) };
      yield* good.list();
    },
  };
  const result = await assessed(source);
  expect(result.artifacts[0]).toMatchObject({
    path: 'locked.evtx',
    sha256: null,
    gaps: [{ reason: 'unreadable', offset: 0, length: 70_000 }],
  });
  expect(result.artifacts[1]?.records).toBe(1);
});
