import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

import { memorySource } from '../formats/contract.test-support.ts';
import type { ByteSource } from '../model/evidence.ts';
import { gzipped, tarArchive } from '../specimen/tar-writer.ts';
import { joined, zipArchive } from '../specimen/zip-writer.ts';
import type { ZipMember } from '../specimen/zip-writer.ts';
import { bytesOf, contentOf, evidenceOf, listed, said, texts } from './container.test-support.ts';
import { isArchiveName, openContainer } from './container.ts';
import { withContainers } from './with-containers.ts';

const zip = (files: Readonly<Record<string, string | Uint8Array>>): Uint8Array =>
  joined(
    zipArchive(
      Object.entries(files).map(([name, content]): ZipMember => ({
        name,
        content: typeof content === 'string' ? bytesOf(content) : content,
      })),
    ),
  );

test('members stand below the path of their archive, which stays an artifact', async () => {
  const found = await listed(
    withContainers(
      evidenceOf({
        'EX01.zip': zip({ 'C/a.log': '1', 'D/b.log': '2' }),
        'x/EX02.zip': zip({ 'C/a.log': '3' }),
        'C/a.log': bytesOf('4'),
      }),
    ),
  );
  expect([...found.artifacts].map(([path, artifact]) => [path, artifact.container])).toEqual([
    ['EX01.zip', undefined],
    ['EX01.zip/C/a.log', 'EX01.zip'],
    ['EX01.zip/D/b.log', 'EX01.zip'],
    ['x/EX02.zip', undefined],
    ['x/EX02.zip/C/a.log', 'x/EX02.zip'],
    ['C/a.log', undefined],
  ]);
});

test('an archive whose members are listed is marked, so that nobody reads records from its own bytes', async () => {
  const tar = joined(tarArchive([{ name: 'in.zip', content: zip({ 'C/a.log': '1' }) }]));
  const found = await listed(
    withContainers(evidenceOf({ 'a.tar': tar, 'b.zip': bytesOf('none'), 'c.log': bytesOf('x') })),
  );
  expect([...found.artifacts].map(([path, artifact]) => [path, 'isContainer' in artifact])).toEqual([
    ['a.tar', true],
    ['a.tar/in.zip', true],
    ['a.tar/in.zip/C/a.log', false],
    ['b.zip', false],
    ['c.log', false],
  ]);
});

test('where the archive is the evidence itself, its members keep their own paths', async () => {
  const source = evidenceOf({
    'EX01.dat': zip({ 'C/a.log': '1', 'EX01.dat': '2', 'in.zip': zip({ 'C/b.log': '3' }) }),
  });
  const found = await listed(withContainers(source, { root: 'EX01.dat' }));
  expect([...found.artifacts].map(([path, artifact]) => [path, artifact.container])).toEqual([
    ['EX01.dat', undefined],
    ['C/a.log', 'EX01.dat'],
    ['EX01.dat~2', 'EX01.dat'],
    ['in.zip', 'EX01.dat'],
    ['in.zip/C/b.log', 'EX01.dat/in.zip'],
  ]);
});

test('an archive in an archive is opened, of every kind in every kind, and an archive in that is a gap', async () => {
  const pack = {
    zip: (name: string, content: Uint8Array): Uint8Array => zip({ [name]: content }),
    tar: (name: string, content: Uint8Array): Uint8Array => joined(tarArchive([{ name, content }])),
    tgz: (name: string, content: Uint8Array): Uint8Array => joined(gzipped(tarArchive([{ name, content }]))),
    gz: (_: string, content: Uint8Array): Uint8Array => gzipSync(content),
  };
  for (const [outer, packOuter] of Object.entries(pack)) {
    for (const [middle, packMiddle] of Object.entries(pack)) {
      // A tar in gzip is one container.
      if (outer === 'gz' && middle === 'tar') continue;
      const inner = zip({ 'C/deep.log': 'too deep' });
      const bytes = packOuter(`b.${middle}`, packMiddle('c.zip', inner));
      const path = outer === 'gz' ? `a.b.${middle}.gz` : `a.${outer}`;
      const found = await listed(withContainers(evidenceOf({ [path]: bytes })));
      const last = [...found.artifacts.keys()].at(-1) ?? '';
      expect(last.split('/').length).toBe(3);
      expect((await contentOf(found.artifacts.get(last))).bytes.equals(inner)).toBe(true);
      if (last.endsWith('.zip'))
        expect(said(found)).toEqual([
          `${last} ! limit: archive lies in 2 archives, one inside the other, and is not opened`,
        ]);
    }
  }
});

test('a file that stands beside a folder of its own name does not lend its path to what lies in it', async () => {
  const found = await listed(
    withContainers(evidenceOf({ 'a.zip': zip({ 'x.zip': zip({ y: '1' }), 'x.zip/y': '2' }) })),
  );
  expect(await texts(found)).toMatchObject({ 'a.zip/x.zip/y': '2', 'a.zip/x.zip~2/y': '1' });
});

test('documents and programs that are zips inside are no containers', async () => {
  const bytes = zip({ 'word/document.xml': '<x/>' });
  const found = await listed(
    withContainers(evidenceOf({ 'a.docx': bytes, 'b.jar': bytes, 'c.nupkg': bytes, 'd.exe': bytes, 'e.ZIP': bytes })),
  );
  expect([...found.artifacts.keys()]).toEqual([
    'a.docx',
    'b.jar',
    'c.nupkg',
    'd.exe',
    'e.ZIP',
    'e.ZIP/word/document.xml',
  ]);
  expect(isArchiveName('C/x.zip.log')).toBe(false);
});

test('archives of other kinds are gaps that say what to do, and what only bears the name is one as well', async () => {
  const found = await listed(
    withContainers(
      evidenceOf({
        'a.7z': Uint8Array.of(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4),
        'b.rar': Uint8Array.from('Rar!\x1a\x07\x01\x00', (char) => char.charCodeAt(0)),
        'c.tar.xz': Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0),
        'case.vhdx': Uint8Array.from('vhdxfile\0', (char) => char.charCodeAt(0)),
        'd.zip': new Uint8Array(4096),
        'd.z02': new Uint8Array(4096).fill(7),
        'e.zip': new Uint8Array(0),
      }),
    ),
  );
  expect(said(found)).toEqual([
    'a.7z ! unsupported: 7z archive is not opened: unpack it into a folder',
    'b.rar ! unsupported: rar archive is not opened: unpack it into a folder',
    'c.tar.xz ! unsupported: xz file is not opened: unpack it into a folder',
    'case.vhdx ! unsupported: VHDX image is not opened: mount it read-only and name the mount point',
    'd.zip ! unreadable: expected an archive by the name, found other bytes',
    'd.z02 ! unsupported: part of a split zip in which no member begins: join its parts with `zip -s 0 NAME.zip --out WHOLE.zip`',
  ]);
});

test('folders that are empty inside an archive are known by their whole path', async () => {
  const found = await listed(withContainers(evidenceOf({ 'a.zip': zip({ 'C/inetpub/wwwroot/': '', 'C/x': '' }) })));
  expect(found.emptyFolders).toEqual(['a.zip/C/inetpub', 'a.zip/C/inetpub/wwwroot']);
});

test('an archive that cannot be read any more is a gap, and what follows is read', async () => {
  const good = zip({ 'a.log': '1' });
  const failing = (): ByteSource => ({
    ...memorySource(good),
    readInto: () => {
      throw new Error('disk says no');
    },
  });
  const found = await listed(withContainers(evidenceOf({ 'a.zip': failing, 'b.zip': good })));
  expect(said(found)).toEqual(['a.zip ! unreadable: reading the archive failed: disk says no']);
  expect(found.artifacts.has('b.zip/a.log')).toBe(true);
});

test('however many archives there are, only a few stay open, and all are closed in the end but those', async () => {
  let open = 0;
  let most = 0;
  const counted = (bytes: Uint8Array) => (): ByteSource => {
    open += 1;
    most = Math.max(most, open);
    return {
      ...memorySource(bytes),
      close: () => {
        open -= 1;
        return Promise.resolve();
      },
    };
  };
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [
      `${at}.zip`,
      counted(zip({ 'a.log': `${at}`, 'in.zip': zip({ b: `${at}` }) })),
    ]),
  );
  const source = withContainers({
    name: 'many',
    emptyFolders: () => [],
    async *list() {
      for (const [path, make] of Object.entries(files)) yield { path, size: 300, open: () => Promise.resolve(make()) };
    },
  });
  const found = await listed(source);
  for (const [path, artifact] of found.artifacts) if (path.endsWith('/b')) await contentOf(artifact);
  expect(most).toBeLessThan(12);
  expect(open).toBeLessThanOrEqual(5);
});

test('a bomb of archives in an archive is bounded by what the outermost one takes', async () => {
  const bomb = zip({ 'a.log': new Uint8Array(20_000_000) });
  const outer = zip(Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`${at}.zip`, bomb])));
  const found = await listed(
    withContainers(evidenceOf({ 'a.zip': outer }), { limits: { totalBytes: 50_000_000, totalRatio: 1 } }),
  );
  let bytes = 0;
  for (const [path, artifact] of found.artifacts) if (path.endsWith('.log')) bytes += artifact.size;
  expect(bytes).toBeLessThanOrEqual(50_000_000);
  expect(said(found).filter((line) => line.includes('the most that is read of all members')).length).toBeGreaterThan(
    40,
  );
});

test('an artifact that is no archive is none, whatever it is called', async () => {
  const artifact = { path: 'a.zip', size: 5, open: () => Promise.resolve(memorySource(bytesOf('hello'))) };
  expect(await openContainer(artifact)).toBe(undefined);
});
