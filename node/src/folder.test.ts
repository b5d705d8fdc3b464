import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Artifact, EvidenceSource, ListingGap } from '../../core/src/model/evidence.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { type Disk, systemDisk } from './disk.ts';
import { EvidenceError } from './evidence-error.ts';
import { openFolder } from './folder.ts';

let base = '';
beforeEach(() => {
  base = fs.mkdtempSync(join(tmpdir(), 'evidence-'));
});
afterEach(() => {
  execFileSync('rm', ['-rf', base]);
});

function put(path: string, text = 'x'): void {
  fs.mkdirSync(join(base, path, '..'), { recursive: true });
  fs.writeFileSync(join(base, path), text);
}

function makePipe(path: string): void {
  const tool = ['mk', 'fifo'].join('');
  execFileSync(tool, [join(base, path)]);
}

async function listed(source: EvidenceSource): Promise<(Artifact | ListingGap)[]> {
  const all: (Artifact | ListingGap)[] = [];
  for await (const one of source.list()) all.push(one);
  return all;
}

const short = (one: Artifact | ListingGap): string =>
  'says' in one ? `${one.path} ! ${one.reason}: ${one.says}` : one.path;
const artifact = (one: Artifact | ListingGap | undefined): Artifact => {
  if (one === undefined || 'says' in one) throw new Error(`expected an artifact, found ${JSON.stringify(one)}`);
  return one;
};

async function content(one: Artifact | ListingGap | undefined): Promise<string> {
  const source = await artifact(one).open();
  const into = new Uint8Array(source.size);
  const count = await source.readInto(0, into);
  await source.close();
  return Buffer.from(into.subarray(0, count)).toString('latin1');
}

test('files are listed in code unit order of whole paths, relative to the folder', async () => {
  for (const path of ['b/x', 'a/x', 'a-b', 'a.log', 'B', 'a/é', 'a/z/y', 'Z/1', 'a b']) put(path, path);
  const source = await openFolder(base);
  const paths = (await listed(source)).map(short);
  expect(paths).toEqual(['B', 'Z/1', 'a b', 'a-b', 'a.log', 'a/x', 'a/z/y', 'a/é', 'b/x']);
  expect(paths).toEqual(paths.toSorted());
  expect(source.name).toBe(base.split('/').at(-1));
  expect(await content((await listed(source))[6])).toBe('a/z/y');
});

test('symbolic links are told and not followed, so a loop ends', async () => {
  put('logs/u_ex210303.log');
  fs.symlinkSync('..', join(base, 'logs/up'));
  fs.symlinkSync('/etc/passwd', join(base, 'outside'));
  fs.symlinkSync('nowhere', join(base, 'broken'));
  const gaps = 'unsupported: symbolic link, not followed';
  expect((await listed(await openFolder(base))).map(short)).toEqual([
    `broken ! ${gaps}`,
    'logs/u_ex210303.log',
    `logs/up ! ${gaps}`,
    `outside ! ${gaps}`,
  ]);
});

test('named pipes and sockets are told and never opened', async () => {
  makePipe('pipe');
  const server = createServer().listen(join(base, 'socket'));
  await new Promise((done) => server.once('listening', done));
  try {
    expect((await listed(await openFolder(base))).map(short)).toEqual([
      'pipe ! unsupported: expected a file or a folder, found a named pipe, not opened',
      'socket ! unsupported: expected a file or a folder, found a socket, not opened',
    ]);
  } finally {
    server.close();
  }
});

test('a file that became a named pipe or a link after the listing is not read', async () => {
  put('a.log');
  put('b.log');
  const [one, other] = await listed(await openFolder(base));
  fs.rmSync(join(base, 'a.log'));
  makePipe('a.log');
  fs.rmSync(join(base, 'b.log'));
  fs.symlinkSync('/etc/hostname', join(base, 'b.log'));
  await expect(artifact(one).open()).rejects.toThrow(/expected a regular file, found a named pipe/);
  await expect(artifact(other).open()).rejects.toThrow(/ELOOP/);
});

test('folders without a file are told, also those that hold only such folders; a folder with a link is not empty', async () => {
  fs.mkdirSync(join(base, 'inetpub/wwwroot/aspnet_client'), { recursive: true });
  fs.mkdirSync(join(base, 'linked'));
  fs.symlinkSync('x', join(base, 'linked/x'));
  fs.mkdirSync(join(base, 'full/empty'), { recursive: true });
  put('full/a.log');
  const source = await openFolder(base);
  await listed(source);
  expect(source.emptyFolders()).toEqual(['full/empty', 'inetpub', 'inetpub/wwwroot', 'inetpub/wwwroot/aspnet_client']);
});

test('names that are not UTF-8 are percent-encoded and still opened by their bytes', async () => {
  const raw = Buffer.concat([Buffer.from(`${base}/`), Buffer.from([0x63, 0x61, 0x66, 0xe9])]);
  fs.mkdirSync(raw);
  fs.writeFileSync(Buffer.concat([raw, Buffer.from('/x%'), Buffer.from([0xff])]), 'raw');
  put('caf%E9', 'plain');
  const all = await listed(await openFolder(base));
  expect(all.map(short)).toEqual(['caf%E9', 'caf%E9%00/x%25%FF']);
  expect(await Promise.all(all.map(content))).toEqual(['plain', 'raw']);
});

test('a path longer than a system call takes is listed and read', async () => {
  const name = 'n'.repeat(250);
  const dig = `for (let i = 0; i < 40; i++) { fs.mkdirSync('${name}'); process.chdir('${name}'); } fs.writeFileSync('f', 'deep')`;
  execFileSync(process.execPath, ['-e', dig], { cwd: base });
  const all = await listed(await openFolder(base));
  expect(all.map(short)).toEqual([`${`${name}/`.repeat(40)}f`]);
  expect(await content(all[0])).toBe('deep');
});

test('depth and number are limited, and what was left out is told', async () => {
  put('1/2/3/4/f');
  put('1/2/f');
  const deep = await openFolder(base, { maxDepth: 3 });
  expect((await listed(deep)).map(short)).toEqual([
    '1/2/3/4 ! limit: folder lies deeper than 3 folders, not entered',
    '1/2/f',
  ]);
  for (let at = 0; at < 20; at++) put(`many/${at}`);
  const wide = await openFolder(base, { maxEntries: 12 });
  expect((await listed(wide)).map(short)).toEqual([
    '1/2/3/4/f',
    '1/2/f',
    'many ! limit: folder has 20 entries, which exceeds the limit of 12 in all',
  ]);
  expect(wide.emptyFolders()).toEqual([]);
});

function failing(calls: Partial<Record<keyof Disk, (path: string) => boolean>>): Disk {
  const refuse = (call: keyof Disk, path: Buffer): void => {
    if (calls[call]?.(path.toString()) === true) throw Object.assign(new Error('no'), { code: 'EACCES' });
  };
  return {
    ...systemDisk,
    names: (path) => (refuse('names', path), systemDisk.names(path)),
    look: (path) => (refuse('look', path), systemDisk.look(path)),
    open: (path) => (refuse('open', path), systemDisk.open(path)),
  };
}

// A fake disk refuses, because the tests may run as root, whom no file refuses.
test('a folder or an entry that may not be read is told and the rest is listed', async () => {
  put('secret/a.log');
  put('b.log');
  put('c.log', 'c');
  const disk = failing({ names: (path) => path.endsWith('secret'), look: (path) => path.endsWith('b.log') });
  const source = await openFolder(base, { disk });
  expect((await listed(source)).map(short)).toEqual([
    'b.log ! unreadable: expected a file or a folder, looking at it failed: EACCES (permission denied)',
    'c.log',
    'secret ! unreadable: expected a readable folder, listing it failed: EACCES (permission denied)',
  ]);
  expect(source.emptyFolders()).toEqual([]);
});

test('a file that may not be opened is refused when it is opened, with the reason', async () => {
  put('a.log');
  const [one] = await listed(await openFolder(base, { disk: failing({ open: () => true }) }));
  await expect(artifact(one).open()).rejects.toThrow(
    'expected a readable file, opening it failed: EACCES (permission denied)',
  );
});

test('a bad sector is an EvidenceError that names the place', async () => {
  put('a.log', 'abc');
  const disk: Disk = {
    ...systemDisk,
    read() {
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
    },
  };
  const source = await artifact((await listed(await openFolder(base, { disk })))[0]).open();
  expect(() => source.readInto(1, new Uint8Array(2))).toThrow(
    'expected 2 bytes at 1, reading failed: EIO (input/output error)',
  );
  await source.close();
});

test('a file that shrinks while it is read answers with fewer bytes', async () => {
  put('a.log', 'x'.repeat(100_000));
  const source = await artifact((await listed(await openFolder(base)))[0]).open();
  expect(source.size).toBe(100_000);
  fs.truncateSync(join(base, 'a.log'), 70_000);
  expect(await source.readInto(65_536, new Uint8Array(10_000))).toBe(4464);
  expect(await source.readInto(80_000, new Uint8Array(10_000))).toBe(0);
  await source.close();
  expect(() => source.readInto(0, new Uint8Array(1))).toThrow(EvidenceError);
});

test('short answers of the system are continued until the view is full', async () => {
  put('a.log', 'abcdefghij');
  const disk: Disk = {
    ...systemDisk,
    read: (fd, into, start, at) => fs.readSync(fd, into, start, Math.min(3, into.length - start), at),
  };
  expect(await content((await listed(await openFolder(base, { disk })))[0])).toBe('abcdefghij');
});

test('reading changes neither content nor times, not even that of last access', async () => {
  put('logs/a.log', 'evidence');
  const path = join(base, 'logs/a.log');
  fs.utimesSync(path, 1_000_000_000, 1_614_700_000);
  const trace = (): unknown => {
    const { mtimeMs, ctimeMs, atimeMs, size, mode } = fs.statSync(path);
    return { mtimeMs, ctimeMs, atimeMs, size, mode };
  };
  const before = trace();
  const opened: number[] = [];
  const disk: Disk = {
    ...systemDisk,
    open: (name) => {
      const fd = systemDisk.open(name);
      opened.push(fd);
      return fd;
    },
  };
  const source = await artifact((await listed(await openFolder(base, { disk })))[0]).open();
  const into = new Uint8Array(source.size);
  await source.readInto(0, into);
  for (const fd of opened) expect(() => fs.writeSync(fd, 'no')).toThrow(/EBADF/);
  await source.close();
  expect(opened).toHaveLength(1);
  expect(trace()).toEqual(before);
  expect(createHash('sha256').update(into).digest('hex')).toBe(createHash('sha256').update('evidence').digest('hex'));
});

test('a single file is evidence of one artifact, also through a link that a person named', async () => {
  put('u_ex210303.log', '#Software');
  fs.symlinkSync('u_ex210303.log', join(base, 'link.log'));
  for (const name of ['u_ex210303.log', 'link.log']) {
    const source = await openFolder(join(base, name));
    const all = await listed(source);
    expect(all.map(short)).toEqual([name]);
    expect(source.name).toBe(name);
    expect(artifact(all[0]).size).toBe(9);
    expect(await content(all[0])).toBe('#Software');
    expect(source.emptyFolders()).toEqual([]);
  }
});

test('a folder may be named through a link', async () => {
  put('real/a.log');
  fs.symlinkSync('real', join(base, 'link'));
  expect((await listed(await openFolder(join(base, 'link')))).map(short)).toEqual(['a.log']);
});

test('what cannot be evidence is refused in one line that says what was expected and what stood there', async () => {
  const missing = join(base, 'missing');
  await expect(openFolder(missing)).rejects.toThrow(
    new EvidenceError(`expected a folder or a file at '${missing}', nothing stands there`),
  );
  put('a.log');
  await expect(openFolder(join(base, 'a.log/b'))).rejects.toThrow(/opening it failed: ENOTDIR/);
  makePipe('pipe');
  await expect(openFolder(join(base, 'pipe'))).rejects.toThrow(/found a device, socket or named pipe/);
  fs.writeFileSync(join(base, 'triage.7z'), '7z\xbc\xaf\x27\x1crest', 'latin1');
  await expect(openFolder(join(base, 'triage.7z'))).rejects.toThrow(
    /triage\.7z': expected a folder, an archive \(zip, tar, tar\.gz\) or a log, found a 7z archive: unpack it/,
  );
  await expect(openFolder(base, { disk: failing({ names: () => true }) })).rejects.toThrow(
    /expected a readable folder at .*EACCES/,
  );
  await expect(openFolder(join(base, 'a.log'), { disk: failing({ open: () => true }) })).rejects.toThrow(
    /a\.log': expected a readable file/,
  );
  for (const path of [missing, join(base, 'triage.7z')]) {
    const message: unknown = await openFolder(path).catch((error: unknown) =>
      error instanceof EvidenceError ? error.message : undefined,
    );
    expect(message).toMatch(/^[^\n]+[^.\n]$/);
  }
});

test('a triage package is evidence by itself: its members keep the paths they have inside it', async () => {
  put('C/inetpub/logs/u_ex210303.log', 'row');
  execFileSync('tar', ['-czf', 'EX01.tar.gz', 'C'], { cwd: base });
  fs.renameSync(join(base, 'EX01.tar.gz'), join(base, 'EX01.dat'));
  const source = await openFolder(join(base, 'EX01.dat'));
  const all = await listed(source);
  expect(all.map(short)).toEqual(['EX01.dat', 'C/inetpub/logs/u_ex210303.log']);
  expect(artifact(all[1]).container).toBe('EX01.dat');
  expect(await content(all[1])).toBe('row');
});

test('archives inside a folder are opened in place, and nothing is written', async () => {
  put('C/inetpub/logs/u_ex210303.log', 'row');
  execFileSync('tar', ['-cf', 'old.tar', 'C'], { cwd: base });
  const before = execFileSync('find', [base, '-newermt', '1970-01-02', '-printf', '%p %T@\n']).toString();
  const all = await listed(await openFolder(base));
  expect(all.map(short)).toEqual(['C/inetpub/logs/u_ex210303.log', 'old.tar', 'old.tar/C/inetpub/logs/u_ex210303.log']);
  expect(await content(all[2])).toBe('row');
  expect(execFileSync('find', [base, '-newermt', '1970-01-02', '-printf', '%p %T@\n']).toString()).toBe(before);
});
