import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

import type { Artifact, EvidenceSource, ListingGap } from '../../core/src/model/evidence.ts';
import { tarArchive } from '../../core/src/specimen/tar-writer.ts';
import { joined, zipArchive } from '../../core/src/specimen/zip-writer.ts';
import { openFolder } from '../../node/src/folder.ts';
import { openDropped } from './dropped-files.ts';
import type { Dropped } from './dropped.ts';
import { listFolder, pickedFolders } from './folder-listing.ts';
import type { ListedFolder } from './folder-listing.ts';

const work = mkdtempSync(join(tmpdir(), 'afterpatch-dropped-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const zip = (files: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> =>
  joined(zipArchive(Object.entries(files).map(([name, content]) => ({ name, content }))));
const later = (blob: Blob): Promise<ArrayBuffer> => blob.arrayBuffer();

/** A folder on the disk as a browser lists it, in the order of the disk. */
function listed(path: string, name: string): ListedFolder {
  return {
    name,
    async *entries() {
      for (const entry of readdirSync(path, { withFileTypes: true })) {
        const below = join(path, entry.name);
        if (entry.isDirectory()) yield { name: entry.name, folder: listed(below, entry.name) };
        else yield { name: entry.name, file: () => Promise.resolve(fileOf(below, entry.name)) };
      }
    },
  };
}

function fileOf(path: string, name: string): File {
  return new File([readFileSync(path)], name);
}

async function drop(path: string, name: string): Promise<Dropped> {
  return await listFolder(listed(path, name), () => undefined);
}

/** Paths, sizes, containers, gaps, empty folders and the bytes themselves. */
async function whole(source: EvidenceSource | undefined): Promise<unknown> {
  if (source === undefined) throw new Error('expected an input, there is none');
  const artifacts: unknown[] = [];
  const gaps: ListingGap[] = [];
  for await (const entry of source.list()) {
    if ('says' in entry) gaps.push(entry);
    else artifacts.push({ path: entry.path, size: entry.size, container: entry.container, text: await textOf(entry) });
  }
  return { name: source.name, artifacts, gaps, empty: source.emptyFolders() };
}

async function textOf(artifact: Artifact): Promise<string> {
  const source = await artifact.open();
  const into = new Uint8Array(source.size);
  const count = await source.readInto(0, into);
  await source.close();
  return Buffer.from(into.subarray(0, count)).toString('latin1');
}

function tree(files: Readonly<Record<string, Uint8Array>>, folders: readonly string[] = []): string {
  const root = join(mkdtempSync(join(work, 'tree-')), 'evidence');
  for (const folder of ['.', ...folders]) mkdirSync(join(root, folder), { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

test('a dropped folder is the evidence that the command line sees in the same folder', async () => {
  const root = tree(
    {
      'a-b': bytes('1'),
      'a/x': bytes('2'),
      'C%3A/inetpub/ä.log': bytes('3'),
      '<b>.log': bytes('4'),
      'EX01.zip': zip({ 'C/a.log': bytes('5'), 'in.zip': zip({ 'C/b.log': bytes('6') }), 'C/empty/': bytes('') }),
      'pack.tar': joined(tarArchive([{ name: 'D/c.log', content: bytes('7') }])),
      'not.7z': Uint8Array.of(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4),
      'zero.log': bytes(''),
    },
    ['empty', 'C%3A/inetpub/wwwroot/aspnet_client/system_web'],
  );
  const [dropped] = await openDropped([await drop(root, 'evidence')], later);
  const seen = await whole(dropped);
  expect(seen).toEqual(await whole(await openFolder(root)));
  expect(seen).toMatchObject({
    empty: [
      'C%3A/inetpub/wwwroot',
      'C%3A/inetpub/wwwroot/aspnet_client',
      'C%3A/inetpub/wwwroot/aspnet_client/system_web',
      'EX01.zip/C/empty',
      'empty',
    ],
  });
});

test('a single archive and a single log are the evidence that the command line sees in them', async () => {
  const root = tree({
    'EX01.zip': zip({ 'C/a.log': bytes('1'), 'EX01.zip': bytes('2') }),
    'renamed.dat': zip({ 'C/a.log': bytes('1') }),
    'u_ex210303.log': bytes('#Fields: date'),
    'zero.zip': bytes(''),
  });
  for (const name of readdirSync(root)) {
    const path = join(root, name);
    const [dropped] = await openDropped([{ is: 'file', file: fileOf(path, name) }], later);
    expect(await whole(dropped)).toEqual(await whole(await openFolder(path)));
  }
});

test('loose logs are one input together, archives and folders among them one each', async () => {
  const root = tree({ 'a.log': bytes('1'), 'b.log': bytes('2'), 'c.zip': zip({ x: bytes('3') }) });
  const loose = ['a.log', 'c.zip', 'b.log', 'a.log'].map((name): Dropped => {
    return { is: 'file', file: fileOf(join(root, name), name) };
  });
  const sources = await openDropped([...loose, await drop(root, 'evidence')], later);
  expect(sources.map((source) => source.name)).toEqual(['c.zip', 'evidence', 'files']);
  const files = (await whole(sources[2])) as { readonly artifacts: readonly { readonly path: string }[] };
  expect(files.artifacts.map((artifact) => artifact.path)).toEqual(['a.log', 'a.log%002', 'b.log']);
});

test('a single disk image is refused with what to do', async () => {
  const file = new File([bytes('vhdxfile'), new Uint8Array(4096)], 'case.vhdx');
  await expect(openDropped([{ is: 'file', file }], later)).rejects.toThrow(
    /^'case\.vhdx': .* found a VHDX image: mount it read-only/,
  );
});

test('what a browser cannot list is a gap inside the folder it belongs to, and the rest is taken', async () => {
  const failing: ListedFolder = {
    name: 'evidence',
    async *entries() {
      yield { name: 'locked', folder: broken('locked', 0) };
      yield { name: 'half', folder: broken('half', 1) };
      yield { name: 'gone.log', file: () => Promise.reject(new DOMException('it is gone', 'NotFoundError')) };
      yield { name: '', file: () => Promise.reject(new Error('must not be asked')) };
      yield { name: 'good.log', file: () => Promise.resolve(new File(['1'], 'good.log')) };
    },
  };
  const dropped = await listFolder(failing, () => undefined);
  expect(dropped).toMatchObject({ emptyFolders: [], files: [{ path: 'good.log' }, { path: 'half/read.log' }] });
  const gaps = dropped.is === 'folder' ? dropped.gaps : [];
  expect(gaps.map((gap) => `${gap.path} ${gap.reason} ${gap.says}`).toSorted()).toEqual([
    '? unreadable expected an entry with a name, the browser shows none: it is not opened',
    'gone.log unreadable expected a file or a folder, looking at it failed: NotFoundError (it is gone)',
    'half/? unreadable expected a readable folder, listing it failed: Error (no entry)',
    'locked unreadable expected a readable folder, listing it failed: Error (no entry)',
  ]);
});

test('a folder of endless depth and a folder of endless length end in a gap', async () => {
  const deep = (): ListedFolder => ({
    name: 'd',
    async *entries() {
      yield { name: 'd', folder: deep() };
    },
  });
  const far = await listFolder(deep(), () => undefined);
  expect(far).toMatchObject({ files: [], emptyFolders: [], gaps: [{ reason: 'limit' }] });
  const endless: ListedFolder = {
    name: 'e',
    async *entries() {
      for (let at = 0; ; at += 1) yield { name: '', file: () => Promise.reject(new Error(String(at))) };
    },
  };
  const long = await listFolder(endless, () => undefined);
  expect(long.is === 'folder' ? long.gaps.at(-1) : undefined).toMatchObject({ path: '?', reason: 'limit' });
});

test('a folder from the old picker has a gap in each of its folders, so none counts as listed whole', () => {
  const files = ['evidence/a/b/x', 'evidence/a/b/y', 'evidence/z'].map((path) => {
    return Object.assign(new File(['1'], path.slice(path.lastIndexOf('/') + 1)), { webkitRelativePath: path });
  });
  const [picked] = pickedFolders(files);
  expect(picked).toMatchObject({
    name: 'evidence',
    files: [{ path: 'a/b/x' }, { path: 'a/b/y' }, { path: 'z' }],
    emptyFolders: [],
  });
  expect(picked?.is === 'folder' ? picked.gaps.map((gap) => gap.path) : []).toEqual(['?', 'a/b/?', 'a/?']);
});

/** Shows so many entries, and then fails. */
function broken(name: string, entries: number): ListedFolder {
  return {
    name,
    async *entries() {
      if (entries > 0) yield { name: 'read.log', file: () => Promise.resolve(new File(['1'], 'read.log')) };
      throw new Error('no entry');
    },
  };
}
