import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { isoTime } from '../bytes/time.ts';
import { memorySource, seededDice, slicedSource } from '../formats/contract.test-support.ts';
import type { ByteSource } from '../model/evidence.ts';
import { gzipped, tarArchive } from '../specimen/tar-writer.ts';
import type { TarMember } from '../specimen/tar-writer.ts';
import { joined } from '../specimen/zip-writer.ts';
import {
  bytesOf,
  contentOf,
  evidenceOf,
  inside,
  listed,
  said,
  saidOf,
  sample,
  texts,
} from './container.test-support.ts';
import type { Listed } from './container.test-support.ts';
import type { MemberArtifact } from './member.ts';
import { withContainers } from './with-containers.ts';

const LONG = `Program Files/${Array.from({ length: 8 }, (_, at) => `a-long-folder-name-0${at}`).join('/')}/${'f'.repeat(120)}.log`;
const insideTar = (members: readonly TarMember[], options = {}): Promise<Listed> =>
  inside(joined(tarArchive(members)), options);

test.each(['gnu', 'pax'])('a tar of GNU tar in its %s form is read with long names, links and times', async (form) => {
  for (const bytes of [sample(`gnu-tar-${form}.tar`), gzipSync(sample(`gnu-tar-${form}.tar`))]) {
    const found = await inside(bytes);
    expect(await texts(found)).toEqual({
      [LONG]: 'hello\n',
      'a.log': 'first\n',
      'b.log': 'first\n',
      'späte Datei.txt': 'x',
    });
    expect(said(found)).toEqual([
      'c.log ! unsupported: symbolic link, not followed',
      'sparse.bin ! unsupported: sparse file, whose bytes the tar has only in part: pack it without --sparse, or unpack the tar into a folder',
    ]);
    expect(found.emptyFolders).toEqual(['empty']);
    const { times } = found.artifacts.get('a.log') as MemberArtifact;
    expect(isoTime(times.modified ?? 0)).toBe(form === 'pax' ? '2021-03-05T12:00:00.500Z' : '2021-03-05T12:00:00.000Z');
  }
});

test.each(['ustar', 'v7'])('a tar of GNU tar in its %s form is read', async (form) => {
  const found = await inside(sample(`gnu-tar-${form}.tar`));
  expect(await texts(found)).toEqual({ 'a.log': 'first\n', 'b.log': 'first\n' });
  expect(found.emptyFolders).toEqual(['empty']);
});

test('any tar, plain or in gzip, in one member or several, gives back what was packed, in any order of reading', async () => {
  const member = fc.record({
    name: fc.stringMatching(/^[a-z]{1,6}(\/[a-zé]{1,40}){0,4}$/),
    content: fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.nat(3000).map((size) => new Uint8Array(size * 7).fill(65)),
    ),
    longNames: fc.constantFrom('pax' as const, 'gnu' as const),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(member, { minLength: 1, maxLength: 10, selector: (one) => one.name }),
      fc.nat(),
      async (members, seed) => {
        const tar = joined(tarArchive(members));
        const half = seed % tar.length;
        for (const bytes of [
          tar,
          joined(gzipped([tar])),
          Buffer.concat([gzipSync(tar.subarray(0, half)), gzipSync(tar.subarray(half))]),
        ]) {
          const dice = seededDice(seed);
          const found = await listed(withContainers(evidenceOf({ 'a.tgz': () => slicedSource(bytes, dice) })));
          expect(found.gaps).toEqual([]);
          const shuffled = members.toSorted(() => dice(3) - 1);
          for (const { name, content } of shuffled) {
            const read = await contentOf(found.artifacts.get(`a.tgz/${name}`), 1 + dice(3000));
            expect(read.bytes.equals(content)).toBe(true);
            expect(read.gaps).toEqual([]);
          }
          expect(found.artifacts.size).toBe(members.length + 1);
        }
      },
    ),
    { numRuns: 40, seed: 1 },
  );
});

test('a name that is cut at a slash in the header, and stands whole in another, is no folder', async () => {
  for (const longNames of ['pax', 'gnu'] as const) {
    const name = `${'a'.repeat(99)}/b.log`;
    expect(await texts(await insideTar([{ name, content: bytesOf('1'), longNames }]))).toEqual({ [name]: '1' });
  }
  const found = await insideTar([
    { name: 'old/', type: '0' },
    { name: 'new/b', content: bytesOf('1') },
  ]);
  expect(found.emptyFolders).toEqual(['old']);
});

test('names that climb out, absolute names and names that stand twice stay apart and inside', async () => {
  const found = await insideTar(
    ['../x', '/var/log/y', 'C:\\z', 'var/log/y'].map((name, at) => ({ name, content: bytesOf(`${at}`) })),
  );
  expect(await texts(found)).toEqual({ '%2E%2E/x': '0', 'var/log/y': '1', 'C/z': '2', 'var/log/y~2': '3' });
  expect(said(found)).toEqual([
    '%2E%2E/x ! unsupported: name climbs out of the tar with `..`, which is not followed; the member is read',
    'var/log/y~2 ! unsupported: name stands in the tar before; both members are read',
  ]);
});

test('a damaged header is passed over to the next one, and what was passed over is a gap', async () => {
  const found = await insideTar([
    { name: 'a', content: bytesOf('1') },
    { name: 'b', content: bytesOf('2'), isDamaged: true },
    { name: 'c', content: bytesOf('3') },
  ]);
  expect(await texts(found)).toEqual({ a: '1', c: '3' });
  expect(said(found)).toEqual([
    'A.zip ! unreadable: expected a header at byte 1024 of the tar, passed over 1024 bytes that are none',
  ]);
});

test('a tar behind the end of another is read as well', async () => {
  const one = joined(tarArchive([{ name: 'a', content: bytesOf('1') }]));
  const other = joined(tarArchive([{ name: 'b', content: bytesOf('2') }]));
  const found = await inside(joined([one, other]));
  expect(await texts(found)).toEqual({ a: '1', b: '2' });
  expect(said(found)).toEqual([]);
});

test('bytes behind the end that are no tar are a gap', async () => {
  const found = await inside(
    joined([...tarArchive([{ name: 'a', content: bytesOf('1') }]), new Uint8Array(700).fill(7)]),
  );
  expect(said(found)).toEqual([
    'A.zip ! unreadable: expected a header at byte 1024 of the tar, passed over 700 bytes that are none',
  ]);
});

test('a tar that ends in the middle of a member gives what there is, and the rest is a gap', async () => {
  const content = bytesOf(Array.from({ length: 200 }, (_, at) => `2021-03-03 06:44:07 ${at * at}\n`).join(''));
  const tar = joined(
    tarArchive([
      { name: 'a', content: bytesOf('1') },
      { name: 'b', content },
    ]),
  );
  for (const cut of [tar.subarray(0, 2500), gzipSync(tar.subarray(0, 2500)), gzipSync(tar).subarray(0, 300)]) {
    const found = await inside(cut);
    const artifact = found.artifacts.get('b');
    expect(artifact?.size).toBe(content.length);
    const read = await contentOf(artifact);
    expect(read.bytes.length).toBeGreaterThan(100);
    expect(read.bytes.equals(content.subarray(0, read.bytes.length))).toBe(true);
    expect(saidOf(read)).toEqual([
      `truncated ${read.bytes.length}+${content.length - read.bytes.length}: tar states ${content.length} bytes for the member and ends after ${read.bytes.length} of them`,
    ]);
  }
});

test('a member that states more than everything is cut at the end of the tar', async () => {
  for (const size of [10_000_000, 8 ** 11 + 5, 2 ** 52]) {
    const tar = joined(tarArchive([{ name: 'a', content: bytesOf('1'), size }]));
    for (const bytes of [tar, gzipSync(tar)]) {
      const found = await inside(bytes, { limits: { memberBytes: 1_000_000 } });
      const read = await contentOf(found.artifacts.get('a'));
      expect(read.bytes.length).toBeLessThan(tar.length);
      expect(saidOf(read).join()).toContain(`tar states ${size} bytes for the member and ends after`);
    }
  }
});

test('devices, pipes and links to nothing are gaps', async () => {
  const found = await insideTar([
    { name: 'sda', type: '3' },
    { name: 'tty', type: '4' },
    { name: 'pipe', type: '6' },
    { name: 'hard', type: '1', linkName: 'nowhere' },
    { name: 'rest', type: 'M', content: bytesOf('x') },
  ]);
  expect(found.artifacts.size).toBe(0);
  expect(found.gaps.map((gap) => [gap.path, gap.reason])).toEqual(
    ['sda', 'tty', 'pipe', 'hard', 'rest'].map((path) => [path, 'unsupported']),
  );
});

test('an endless extended header is a gap and is not taken into memory', async () => {
  const found = await insideTar([
    { name: 'PaxHeader', type: 'x', content: new Uint8Array(3_000_000).fill(49) },
    { name: 'a', content: bytesOf('1') },
  ]);
  expect(await texts(found)).toEqual({ a: '1' });
  expect(said(found)).toEqual(['A.zip ! limit: extended header of 3000000 bytes at byte 0 of the tar is not read']);
});

test('more members than the limit, and more bytes than a container may become, are gaps', async () => {
  const members = Array.from({ length: 5 }, (_, at) => ({ name: `${at}`, content: new Uint8Array(5000) }));
  expect(said(await insideTar(members, { limits: { entries: 3 } }))).toEqual([
    'A.zip ! limit: tar has more than the 3 members that are read',
  ]);
  const bomb = await inside(joined(gzipped(tarArchive(members))), { limits: { totalBytes: 12_000, totalRatio: 1 } });
  expect(said(bomb).at(-1)).toBe('A.zip ! limit: tar is read up to 12000 bytes, the most that is read of a container');
});

test('a tar that is cut behind a member ends without its blocks of zeroes, and says so', async () => {
  const whole = joined(tarArchive([{ name: 'a', content: bytesOf('1') }]));
  const gap = 'A.zip ! unreadable: tar ends without the two blocks of zeroes that close one: ';
  expect(said(await inside(whole))).toEqual([]);
  const cut = await inside(whole.subarray(0, 1024));
  expect(await texts(cut)).toEqual({ a: '1' });
  expect(said(cut)).toEqual([`${gap}what it held behind its last member, if anything, is missing`]);
});

test('a gzip of zeroes is not gone through to its end', async () => {
  const bomb = gzipSync(new Uint8Array(40_000_000));
  let most = 0;
  const found = await inside(bomb, { limits: { ratioFree: 1_000_000 }, onIndexed: (_, at) => void (most = at) });
  expect(most).toBeLessThan(bomb.length * 400 + 2 ** 20);
  expect([...found.artifacts.values()].map(({ size }) => size)).toEqual([1_000_000]);
  expect(said(found).join()).toContain('which exceeds the ratio of 400');
  const [member] = found.artifacts.values();
  expect(saidOf(await contentOf(member))[0]).toMatch(
    /^limit 1000000\+0: member of \d+ bytes is read up to 1000000 bytes/,
  );
});

test('a gzip that holds no tar is one file, under its name without the ending', async () => {
  const text = '2021-03-03 06:44:07 POST /owa/auth/x.js 200\r\n'.repeat(1000);
  const found = await listed(
    withContainers(evidenceOf({ 'C/logs/u_ex210303.log.gz': gzipSync(text), 'C/x.gz': gzipSync('') })),
  );
  expect([...found.artifacts.keys()]).toEqual([
    'C/logs/u_ex210303.log.gz',
    'C/logs/u_ex210303.log.gz/u_ex210303.log',
    'C/x.gz',
    'C/x.gz/x',
  ]);
  const artifact = found.artifacts.get('C/logs/u_ex210303.log.gz/u_ex210303.log');
  expect(artifact?.size).toBe(text.length);
  expect(artifact?.container).toBe('C/logs/u_ex210303.log.gz');
  expect((await contentOf(artifact)).bytes.toString()).toBe(text);
});

test('a damaged gzip gives its begin, and the member says what is wrong', async () => {
  const content = Buffer.from('2021-03-03 06:44:07\r\n'.repeat(20_000));
  const packed = gzipSync(content, { level: 0 });
  // The second stored block: behind the header's 10 bytes, and 5 and its length of the first.
  const second = 15 + packed.readUInt16LE(11) + 1;
  const stated = packed.readUInt16LE(second);
  packed.writeUInt16LE(stated ^ 1, second);
  const found = await listed(withContainers(evidenceOf({ 'a.log.gz': packed })));
  const read = await contentOf(found.artifacts.get('a.log.gz/a.log'));
  expect(read.bytes.length).toBeGreaterThan(10_000);
  expect(read.bytes.equals(content.subarray(0, read.bytes.length))).toBe(true);
  expect(saidOf(read)).toEqual([
    `damaged 0+${read.bytes.length}: packed bytes are damaged at byte ${second + 4} of ${packed.length}: a stored block of ${stated ^ 1} bytes whose check says ${stated}`,
  ]);
});

test('10,000 members of a tar in gzip are read in one more pass in their own order, and near it in any other', async () => {
  const dice = seededDice(1);
  const members = Array.from({ length: 10_000 }, (_, at) => ({
    name: `${dice(1000)}/${at}.log`,
    content: bytesOf(`${at} ${dice(1e9)} ${dice(1e9)}\n`.repeat(60)),
  }));
  const packed = joined(gzipped(tarArchive(members)));
  let fetched = 0;
  const source = memorySource(packed);
  const counted: ByteSource = {
    ...source,
    readInto: (at, into) => {
      fetched += Math.min(into.length, packed.length - at);
      return source.readInto(at, into);
    },
  };
  const found = await listed(withContainers(evidenceOf({ 'a.tgz': () => counted })));
  expect(fetched).toBeLessThan(packed.length * 1.2);
  const paths = [...found.artifacts.keys()].slice(1);
  fetched = 0;
  for (const path of paths) await contentOf(found.artifacts.get(path));
  expect(fetched).toBeLessThan(packed.length * 1.2);
  fetched = 0;
  for (const path of paths.toSorted()) await contentOf(found.artifacts.get(path));
  // Packed bytes for each member: two blocks of input, not half of the archive.
  expect(fetched / paths.length).toBeLessThan(140_000);
}, 60_000);
