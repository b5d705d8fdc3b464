import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';

import { isoTime } from '../bytes/time.ts';
import { contentOf, inside, said, saidOf, sample, texts } from './container.test-support.ts';
import type { MemberArtifact } from './member.ts';

const LOG = 'C/inetpub/logs/u_ex210303.log';
const ROWS = /^(?:2021-03-03 06:44:\d\d POST \/owa\/auth\/x\.js - 443 - 198\.51\.100\.\d+ 200\r\n){40}$/;
const passwords = [Buffer.from('wrong'), Buffer.from('infected')];

test('a zip of Info-ZIP is read with its names, times and empty folders', async () => {
  const found = await inside(sample('info-zip.zip'));
  expect(said(found)).toEqual([]);
  const all = await texts(found);
  expect(Object.keys(all).toSorted()).toEqual(['C/inetpub/logs/naïve ü.txt', LOG, 'C/zero.bin']);
  expect(all[LOG]).toMatch(ROWS);
  expect(all['C/inetpub/logs/naïve ü.txt']).toBe('umlaut');
  expect(found.emptyFolders).toEqual(['C/empty']);
  const { times } = found.artifacts.get(LOG) as MemberArtifact;
  expect(isoTime(times.modified ?? 0)).toBe('2021-03-05T12:00:00.000Z');
  expect(times.localModified).toBe('2021-03-05T12:00:00');
});

test('a zip that was written into a pipe is read by its directory', async () => {
  const found = await inside(sample('info-zip-stream.zip'));
  expect((await texts(found))['-']).toMatch(ROWS);
  expect(said(found)).toEqual([]);
});

test('a collection of Velociraptor, which Go packs, is read with its data descriptors', async () => {
  const found = await inside(sample('go.zip'));
  expect(said(found)).toEqual([]);
  const all = await texts(found);
  expect(Object.keys(all)).toEqual([
    'uploads/auto/C%3A/inetpub/logs/u_ex210303.log',
    'results/Upload.json',
    'uploads/ntfs/%5C%5C.%5CC%3A/größe.txt',
  ]);
  expect(all['results/Upload.json']).toContain('results/Upload.json 19\n');
  for (const artifact of found.artifacts.values()) expect(saidOf(await contentOf(artifact))).toEqual([]);
});

test('a zip of the Java tools is read', async () => {
  expect(await texts(await inside(sample('java.zip')))).toEqual({ 'a.log': 'log line\n' });
});

test('Deflate64, which Windows Explorer writes for large files, comes out byte for byte', async () => {
  const found = await inside(sample('7-zip-deflate64.zip'));
  const content = await contentOf(found.artifacts.get('long.log'));
  expect(createHash('md5').update(content.bytes).digest('hex')).toBe('5ca6608b0f46b507c27c4a27eaede338');
  expect(content.gaps).toEqual([]);
});

test('a member that is packed with a method that is not unpacked is a gap that names it', async () => {
  for (const [name, method] of [
    ['7-zip-bzip2.zip', 'BZIP2'],
    ['7-zip-lzma.zip', 'LZMA'],
  ] as const) {
    const found = await inside(sample(name));
    expect(found.artifacts.size).toBe(0);
    const path = found.gaps[0]?.path ?? '';
    expect(path).toMatch(/u_ex210303\.log$/);
    expect(said(found)).toEqual([
      `${path} ! unsupported: member is packed with ${method}, which is not unpacked: unpack the zip into a folder`,
    ]);
  }
});

test.each(['info-zip-traditional.zip', '7-zip-traditional.zip'])(
  'traditional encryption opens with the password: %s',
  async (name) => {
    const found = await inside(sample(name), { passwords });
    expect(said(found)).toEqual([]);
    const all = await texts(found);
    expect(all[LOG]).toMatch(ROWS);
    expect(all['C/inetpub/logs/naïve ü.txt']).toBe('umlaut');
    expect(saidOf(await contentOf(found.artifacts.get(LOG)))).toEqual([]);
  },
);

test('a password with an umlaut opens what was packed in the code page of an old console', async () => {
  const found = await inside(sample('info-zip-oem-password.zip'), { passwords: [Buffer.from('pässword')] });
  expect((await texts(found))[LOG]).toMatch(ROWS);
});

test('without a password every encrypted member is a gap that says how to give one', async () => {
  const found = await inside(sample('info-zip-traditional.zip'));
  expect(found.gaps.map((gap) => gap.path)).toEqual(['C/inetpub/logs/naïve ü.txt', LOG, 'C/zero.bin']);
  expect(said(found)).toContain(
    `${LOG} ! unreadable: member is encrypted and no password was given: name a file that holds it with --password-file`,
  );
});

test('a wrong password is said when the member is opened', async () => {
  const found = await inside(sample('info-zip-traditional.zip'), { passwords: [Buffer.from('wrong')] });
  const all = await texts(found);
  expect(all[LOG]).toBe('! expected a password that opens the member, the one that was given does not');
});

test('AES without the cryptography of a host is a gap, not a guess', async () => {
  const found = await inside(sample('7-zip-aes256.zip'), { passwords });
  expect(said(found)).toContain(`${LOG} ! unsupported: member is encrypted with AES, which this host does not decrypt`);
});
