import { constants, deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';

import { crc32 } from '../bytes/crc32.ts';
import { seededDice } from '../formats/contract.test-support.ts';
import { joined, zipArchive } from '../specimen/zip-writer.ts';
import { bytesOf, contentOf, inside, insideZip, said, saidOf, texts } from './container.test-support.ts';
import type { Listed } from './container.test-support.ts';

const LOG = bytesOf('2021-03-03 06:44:07 POST /owa/auth/x.js 200\r\n'.repeat(50));
const member = (name: string | Uint8Array, content = bytesOf(String(name))) => ({ name, content });
const noise = (length: number): Uint8Array => {
  const dice = seededDice(length);
  return Uint8Array.from({ length }, () => dice(200));
};
const paths = (found: Listed): string[] => [...found.artifacts.keys()];

test('a name that climbs out stays inside, is read, and is a gap', async () => {
  const found = await insideZip([member('../../etc/passwd'), member('C/a/../../b'), member('..\\x'), member('ok')]);
  expect(await texts(found)).toEqual({
    '%2E%2E/%2E%2E/etc/passwd': '../../etc/passwd',
    'C/a/%2E%2E/%2E%2E/b': 'C/a/../../b',
    '%2E%2E/x': '..\\x',
    ok: 'ok',
  });
  expect(said(found)).toEqual(
    ['%2E%2E/%2E%2E/etc/passwd', 'C/a/%2E%2E/%2E%2E/b', '%2E%2E/x'].map(
      (path) =>
        `${path} ! unsupported: name climbs out of the zip with \`..\`, which is not followed; the member is read`,
    ),
  );
});

test('names with a drive, with backslashes, absolute names and UNC names become paths below the drive letter', async () => {
  const names = [
    'C:\\inetpub\\a.log',
    'd:/x',
    '\\\\?\\E:\\y',
    '/var/log/z',
    '\\\\server\\share\\f',
    './g',
    'a//b/./c',
    'F:h',
  ];
  const found = await insideZip(names.map((name) => member(name)));
  expect(paths(found)).toEqual(['C/inetpub/a.log', 'd/x', 'E/y', 'var/log/z', 'server/share/f', 'g', 'a/b/c', 'F/h']);
  expect(said(found)).toEqual([]);
});

test('a NUL in a name does not cut it', async () => {
  const found = await insideZip([member('shell.aspx\0.txt'), member('shell.aspx')]);
  expect(paths(found)).toEqual(['shell.aspx%00.txt', 'shell.aspx']);
});

test('members of the same name are both kept, and the second one is a gap', async () => {
  const found = await insideZip([
    member('a', bytesOf('1')),
    member('a~2', bytesOf('2')),
    member('/a', bytesOf('3')),
    member('a', bytesOf('4')),
  ]);
  expect(await texts(found)).toEqual({ a: '1', 'a~2': '2', 'a~3': '3', 'a~4': '4' });
  expect(said(found)).toEqual(
    ['a~3', 'a~4'].map((path) => `${path} ! unsupported: name stands in the zip before; both members are read`),
  );
});

test('names without the UTF-8 mark are code page 437, unless they are UTF-8 all the same', async () => {
  const found = await insideZip([
    member(Uint8Array.of(0x67, 0x72, 0x94, 0xe1, 0x65)),
    member(bytesOf('größe 2')),
    { ...member(Uint8Array.of(0x66, 0xff, 0x25)), flags: 0x800 },
  ]);
  expect(paths(found)).toEqual(['größe', 'größe 2', 'f%FF%25']);
});

/** Info-ZIP's Unicode path field that says `größe`. @see APPNOTE.TXT 4.6.9 */
function unicodeField(crc: number): Uint8Array {
  const name = bytesOf('größe');
  const extra = new Uint8Array(9 + name.length);
  const view = new DataView(extra.buffer);
  view.setUint16(0, 0x7075, true);
  view.setUint16(2, 5 + name.length, true);
  view.setUint8(4, 1);
  view.setUint32(5, crc, true);
  extra.set(name, 9);
  return extra;
}

test('a Unicode path field counts as long as it is about this very name', async () => {
  const raw = bytesOf('gr__e');
  const found = await insideZip([
    { ...member(raw), extra: unicodeField(crc32(raw)) },
    { ...member('other'), extra: unicodeField(1) },
  ]);
  expect(paths(found)).toEqual(['größe', 'other']);
});

test('a member without a name gets one', async () => {
  const found = await insideZip([member('', bytesOf('a')), member('/', bytesOf('b'))]);
  expect(await texts(found)).toEqual({ unnamed: 'a', 'unnamed~2': 'b' });
});

test('a wrong CRC-32 is a gap over the whole member, whose bytes are given all the same', async () => {
  for (const method of [0, 8]) {
    const found = await insideZip([{ name: 'a.log', content: LOG, method, crc: 0x12345678 }]);
    const content = await contentOf(found.artifacts.get('a.log'));
    expect(content.bytes.equals(LOG)).toBe(true);
    expect(saidOf(content)).toEqual([
      `damaged 0+${LOG.length}: CRC-32 of the member's bytes is ${crc32(LOG).toString(16)}, the container states 12345678`,
    ]);
  }
});

test('a member that states fewer bytes than it has is read whole, and is a gap', async () => {
  for (const method of [0, 8]) {
    const found = await insideZip([{ name: 'a.log', content: LOG, method, size: 10 }]);
    const content = await contentOf(found.artifacts.get('a.log'));
    expect(content.bytes.equals(LOG)).toBe(true);
    expect(saidOf(content)).toEqual([
      `damaged 10+${LOG.length - 10}: zip states 10 bytes for the member, it has ${LOG.length}`,
    ]);
  }
});

test('a member that states no bytes at all is read, hashed as it is, and a gap over all of it', async () => {
  const found = await insideZip([{ name: 'a.log', content: LOG, method: 8, size: 0 }]);
  expect(found.artifacts.get('a.log')?.size).toBe(0);
  const content = await contentOf(found.artifacts.get('a.log'));
  expect(content.bytes.equals(LOG)).toBe(true);
  expect(saidOf(content)).toEqual([`damaged 0+${LOG.length}: zip states 0 bytes for the member, it has ${LOG.length}`]);
});

test('members that state too few bytes are no way round the limits', async () => {
  const content = new Uint8Array(20_000_000);
  const packed = deflateRawSync(content);
  const found = await insideZip([{ name: 'a', packed, method: 8, size: 10, crc: crc32(content) }]);
  const read = await contentOf(found.artifacts.get('a'));
  expect(read.bytes.length).toBe(packed.length * 64);
  expect(saidOf(read)[0]).toBe(
    `limit ${read.bytes.length}+0: member goes on behind the ${read.bytes.length} bytes that were read of it`,
  );
  expect(saidOf(read)[1]).toContain('zip states 10 bytes for the member');
});

test('a member that states more bytes than it has is a gap over those that are missing', async () => {
  const found = await insideZip([{ name: 'a.log', content: LOG, method: 8, size: LOG.length + 100 }]);
  const content = await contentOf(found.artifacts.get('a.log'));
  expect(content.bytes.equals(LOG)).toBe(true);
  expect(saidOf(content)).toEqual([
    `damaged ${LOG.length}+100: zip states ${LOG.length + 100} bytes for the member, it has ${LOG.length}`,
  ]);
});

test('a large member that states too few or too many bytes is a gap where its stated end is', async () => {
  const content = new Uint8Array(33 * 2 ** 20).fill(65);
  const packed = deflateRawSync(content);
  for (const size of [content.length - 5, content.length + 5]) {
    const found = await insideZip([{ name: 'a', packed, method: 8, size, crc: crc32(content) }]);
    const read = await contentOf(found.artifacts.get('a'), 2 ** 20);
    expect(read.bytes.length).toBe(Math.min(size, content.length));
    expect(saidOf(read).map((line) => line.replace(/is [0-9a-f]+,/, 'is X,'))).toEqual(
      size < content.length
        ? [
            `damaged 0+${size}: CRC-32 of the member's bytes is X, the container states ${crc32(content).toString(16)}`,
            `damaged ${size}+0: member goes on behind the ${size} bytes that the zip states; they were not read`,
          ]
        : [
            `truncated ${content.length}+5: container states ${size} bytes for the member, ${content.length} could be read`,
          ],
    );
  }
});

test('packed bytes that are damaged give what stands before the damage', async () => {
  const content = Buffer.from(noise(100_000));
  const packed = deflateRawSync(content, { level: 9, strategy: constants.Z_HUFFMAN_ONLY });
  packed.fill(0xff, 60_000, 60_400);
  const found = await insideZip([{ name: 'a', packed, method: 8, size: content.length, crc: crc32(content) }]);
  const read = await contentOf(found.artifacts.get('a'));
  expect(read.bytes.length).toBeGreaterThan(1000);
  expect(saidOf(read).join('\n')).toMatch(/^damaged \d+\+\d+: packed bytes are damaged at byte \d+ of \d+: /);
  expect(read.bytes.subarray(0, 1000).equals(content.subarray(0, 1000))).toBe(true);
});

test('bytes behind the end of a deflate stream, which nothing unpacks, are a gap', async () => {
  const packed = Buffer.concat([deflateRawSync(LOG), Buffer.from('hidden')]);
  const found = await insideZip([{ name: 'a', packed, method: 8, size: LOG.length, crc: crc32(LOG) }]);
  const read = await contentOf(found.artifacts.get('a'));
  expect(read.bytes.equals(LOG)).toBe(true);
  expect(saidOf(read)).toEqual([
    `damaged ${LOG.length}+0: packed bytes end at byte ${packed.length - 6}, the zip states ${packed.length}`,
  ]);
});

test('entries that share their bytes are members, and all but the first are gaps', async () => {
  const found = await insideZip([
    { name: 'a', content: LOG, method: 0 },
    { name: 'b', content: LOG, method: 0, central: { offset: 0 } },
    { name: 'c', content: LOG, method: 0 },
  ]);
  expect(paths(found)).toEqual(['a', 'b', 'c', 'b~2']);
  expect(said(found)).toEqual([
    'b ! unreadable: member claims bytes of the zip that "a" claims as well',
    'b~2 ! unsupported: name stands in the zip before; both members are read',
    'b~2 ! unreadable: directory of the zip does not name this member; it is read by the header in front of it',
  ]);
  const all = await texts(found);
  expect(new Set(Object.values(all)).size).toBe(1);
});

test('a bomb of overlapping entries is read until it has claimed the archive twice over', async () => {
  const kernel = deflateRawSync(new Uint8Array(2 ** 20));
  const members = Array.from({ length: 500 }, (_, at) => ({
    name: `${at}`,
    packed: at === 0 ? kernel : new Uint8Array(0),
    method: 8,
    size: 2 ** 20,
    packedSize: kernel.length,
    central: { offset: 0 },
  }));
  const found = await insideZip(members);
  const refused = found.gaps.filter((gap) => gap.says.includes('more than twice over: it is not read'));
  expect(refused.length).toBeGreaterThan(400);
  expect(refused.length + found.artifacts.size).toBe(
    500 + found.gaps.filter((gap) => gap.path.includes('~')).length / 2,
  );
});

test('a local header that says something else than the directory is a gap, and the directory counts', async () => {
  const lies = [
    [{ name: 'harmless.txt' }, 'name "harmless.txt" there'],
    [{ method: 0 }, 'method 0 there, 8 here'],
    [{ size: 1 }, `${deflateRawSync(LOG).length} packed bytes of 1 there`],
    [{ crc: 1 }, 'another CRC-32'],
    [{ flags: 1 }, 'one says encrypted, the other does not'],
  ] as const;
  for (const [local, says] of lies) {
    const packed = deflateRawSync(LOG);
    const found = await insideZip([
      { name: 'shell.aspx', packed, method: 8, size: LOG.length, crc: crc32(LOG), local },
    ]);
    expect(paths(found)).toEqual(['shell.aspx']);
    const read = await contentOf(found.artifacts.get('shell.aspx'));
    expect(read.bytes.equals(LOG)).toBe(true);
    expect(saidOf(read).join()).toContain(`header in front of the member and directory of the zip differ: ${says}`);
  }
});

test('a member without a header where the directory says cannot be opened, and the others can', async () => {
  const found = await insideZip([
    { name: 'a', content: LOG, central: { offset: 7 } },
    { name: 'b', content: LOG },
  ]);
  const all = await texts(found);
  expect(all['a']).toBe("! expected the member's header at byte 7 of the zip, found other bytes");
  expect(all['b']).toBe(Buffer.from(LOG).toString());
  expect(all['a~2'], 'the member itself, which is found where it really stands').toBe(all['b']);
});

test('a member that the directory does not name is found, and is a gap', async () => {
  const hidden = joined(zipArchive([member('hidden.aspx', LOG)]));
  const stub = hidden.subarray(0, hidden.length - 22 - 46 - 11);
  const found = await insideZip([member('a.txt', LOG), member('b.txt', LOG)], { before: stub });
  expect(paths(found)).toEqual(['a.txt', 'b.txt', 'hidden.aspx']);
  expect(said(found)).toEqual([
    'hidden.aspx ! unreadable: directory of the zip does not name this member; it is read by the header in front of it',
  ]);
  expect((await contentOf(found.artifacts.get('hidden.aspx'))).bytes.equals(LOG)).toBe(true);
});

test('an archive behind a program is read, and the program is a gap', async () => {
  const found = await insideZip([member('a'), member('b')], { before: new Uint8Array(70_000).fill(77) });
  expect(await texts(found)).toEqual({ a: 'a', b: 'b' });
  expect(said(found)).toEqual(['A.zip ! unsupported: 70000 bytes of the zip belong to no member and are not read']);
});

test('a comment, also one that looks like the end of an archive, hides nothing', async () => {
  const other = joined(zipArchive([member('decoy')]));
  const end = other.subarray(-22);
  const found = await insideZip([member('a'), member('b')], { comment: joined([bytesOf('see '), end.with(20, 0)]) });
  expect(paths(found)).toEqual(['a', 'b']);
});

test('bytes behind the archive are a gap', async () => {
  const bytes = joined([...zipArchive([member('a')]), bytesOf('something else')]);
  const found = await inside(bytes);
  expect(paths(found)).toEqual(['a']);
  expect(said(found)).toEqual(['A.zip ! unsupported: 14 bytes of the zip belong to no member and are not read']);
});

test('a zip that was cut before its directory is read by the headers of its members', async () => {
  for (const hasDescriptor of [false, true]) {
    for (const isLarge of [false, true]) {
      const members = [0, 1, 2].map((at) => ({
        name: `C/${at}.log`,
        content: LOG.subarray(at),
        hasDescriptor,
        isLarge,
      }));
      const whole = joined(zipArchive(members));
      const cut = whole.subarray(0, whole.length - 22 - 1);
      const found = await inside(cut);
      expect(said(found)[0]).toBe(
        'A.zip ! unreadable: expected the directory of a zip at its end, found none: members are read by the headers in front of them',
      );
      for (const at of [0, 1, 2]) {
        const read = await contentOf(found.artifacts.get(`C/${at}.log`));
        expect(read.bytes.equals(LOG.subarray(at))).toBe(true);
        expect(saidOf(read)).toEqual([]);
      }
    }
  }
});

test('a zip that was cut in the middle of a member gives the begin of that member', async () => {
  const content = noise(5000);
  for (const hasDescriptor of [false, true]) {
    const whole = joined(
      zipArchive([
        { name: 'a', content: LOG, hasDescriptor },
        { name: 'b', content, hasDescriptor, method: 8 },
      ]),
    );
    const found = await inside(whole.subarray(0, whole.length - 2000));
    expect(paths(found)).toEqual(['a', 'b']);
    const read = await contentOf(found.artifacts.get('b'));
    expect(read.bytes.length).toBeGreaterThan(1000);
    expect(read.bytes.equals(content.subarray(0, read.bytes.length))).toBe(true);
    expect(saidOf(read).join('\n')).toMatch(/^(?:truncated|damaged) /);
  }
});

test('a directory that is damaged half way gives its begin, and the headers of the members give the rest', async () => {
  const members = Array.from({ length: 20 }, (_, at) => member(`${at}.log`, LOG));
  const whole = joined(zipArchive(members));
  const directoryAt = whole.length - 22 - 20 * 46 - 10 * 5 - 10 * 6;
  whole.set([0, 0, 0, 0], directoryAt + 10 * (46 + 5));
  const found = await inside(whole);
  expect(paths(found).toSorted()).toEqual(members.map((m) => String(m.name)).toSorted());
  expect(said(found)[0]).toBe(
    `A.zip ! unreadable: directory of the zip is damaged at byte ${directoryAt + 510}: 10 of its 20 members were read from it`,
  );
  for (const artifact of found.artifacts.values()) expect((await contentOf(artifact)).bytes.equals(LOG)).toBe(true);
});

test('an end record that counts too few members hides none', async () => {
  const found = await insideZip([member('a'), member('b'), member('c')], { end: { entries: 1 } });
  expect(paths(found)).toEqual(['a', 'b', 'c']);
  expect(said(found)).toEqual(['A.zip ! unreadable: zip says it has 1 members, its directory lists 3']);
});

test('a part of a split zip gives the members that lie in it, and says that parts are missing', async () => {
  const found = await insideZip([member('a'), member('b')], { end: { disk: 2 } });
  expect(await texts(found)).toEqual({ a: 'a', b: 'b' });
  const advice =
    'A.zip ! unsupported: part of a split zip: join its parts with `zip -s 0 NAME.zip --out WHOLE.zip`; of this one the members are read that begin in it';
  expect(said(found)).toEqual([advice]);
  // The first part begins with a mark of its own and has no directory.
  const whole = joined(zipArchive([member('a'), member('b')]));
  const directory = Buffer.from(whole).indexOf(Buffer.from('PK\x01\x02', 'latin1'));
  const first = await inside(joined([Uint8Array.of(0x50, 0x4b, 7, 8), whole.subarray(0, directory)]));
  expect(await texts(first)).toEqual({ a: 'a', b: 'b' });
  expect(said(first)).toEqual([advice]);
});

test('ZIP64 is read: sizes, offsets and counts in fields of eight bytes', async () => {
  const found = await insideZip([
    { name: 'a', content: LOG, isLarge: true },
    { name: 'b', content: LOG, isLarge: true, hasDescriptor: true },
  ]);
  expect(said(found)).toEqual([]);
  for (const artifact of found.artifacts.values()) {
    const read = await contentOf(artifact);
    expect(read.bytes.equals(LOG)).toBe(true);
    expect(read.gaps).toEqual([]);
  }
});

test('ZIP64 numbers beyond everything are gaps, not crashes', async () => {
  const huge = Number.MAX_SAFE_INTEGER;
  for (const central of [{ size: huge }, { packedSize: huge }, { offset: huge - 100 }]) {
    const found = await insideZip([{ name: 'a', content: LOG, isLarge: true, central }, member('b')], {
      reading: { limits: { memberBytes: 1000 } },
    });
    const all = await texts(found);
    expect(all['b']).toBe('b');
    const read = found.artifacts.has('a')
      ? await contentOf(found.artifacts.get('a')).catch(() => undefined)
      : undefined;
    expect(found.gaps.length + (read?.gaps.length ?? 1)).toBeGreaterThan(0);
  }
});

test('a symbolic link is a gap and is not followed', async () => {
  const found = await insideZip([
    { ...member('link', bytesOf('/etc/passwd')), madeBy: 0x0314, attributes: 0xa1ff0000 },
    member('a'),
  ]);
  expect(paths(found)).toEqual(['a']);
  expect(said(found)).toEqual(['link ! unsupported: symbolic link, not followed']);
});

test('a folder that holds nothing is known to be empty, and one that claims to be a folder and has bytes is a file', async () => {
  const found = await insideZip([
    { name: 'C/inetpub/wwwroot/aspnet_client/' },
    { name: 'C/inetpub/' },
    member('C/inetpub/a.txt'),
    { name: 'C/x/y/z/' },
    member('shell.aspx/', bytesOf('not empty')),
  ]);
  expect(found.emptyFolders).toEqual([
    'C/inetpub/wwwroot',
    'C/inetpub/wwwroot/aspnet_client',
    'C/x',
    'C/x/y',
    'C/x/y/z',
  ]);
  expect(await texts(found)).toEqual({ 'C/inetpub/a.txt': 'C/inetpub/a.txt', 'shell.aspx': 'not empty' });
});

test('a member above the limits is read up to them, and the rest is a gap', async () => {
  const content = new Uint8Array(3_000_000);
  const of = async (limits: object): Promise<[string, number]> => {
    const found = await insideZip([{ name: 'a', content }], { reading: { limits } });
    const read = await contentOf(found.artifacts.get('a'));
    expect(read.bytes.every((byte) => byte === 0)).toBe(true);
    const cut = content.length - read.bytes.length;
    expect(saidOf(read)).toEqual([
      `limit ${read.bytes.length}+${cut}: member of 3000000 bytes is read up to ${read.bytes.length} bytes, the limit for it in its container`,
    ]);
    return [said(found).join(), read.bytes.length];
  };
  const packed = 2924;
  expect(await of({ memberBytes: 1_000_000 })).toEqual([
    'a ! limit: member of 3000000 bytes is read up to 1000000 bytes: the most that is read of a member',
    1_000_000,
  ]);
  const [says, length] = await of({ ratio: 100, ratioFree: 1000 });
  expect(says).toMatch(
    /^a ! limit: member of 3000000 bytes is read up to \d+ bytes: it takes \d+ bytes in its container, which exceeds the ratio of 100$/,
  );
  expect(length).toBeLessThan(packed * 200);
  expect(await of({ totalBytes: 5000, totalRatio: 1 })).toEqual([
    'a ! limit: member of 3000000 bytes is read up to 5000 bytes: the most that is read of all members of a container',
    5000,
  ]);
});

test('more members than the limit are a gap', async () => {
  const found = await insideZip([member('a'), member('b'), member('c')], { reading: { limits: { entries: 2 } } });
  expect(paths(found).length).toBe(2);
  expect(said(found)).toContain('A.zip ! limit: zip lists more than the 2 members that are read');
});

test('a directory that is too large to be read is a gap', async () => {
  const members = Array.from({ length: 100 }, (_, at) => member(`${at}.log`));
  const found = await insideZip(members, { reading: { limits: { listBytes: 1000 } } });
  expect(said(found)).toContain('A.zip ! limit: directory of the zip is larger than the 1000 bytes that are read');
});

test('a member with a wrong header and impossible lengths does not reach outside the archive', async () => {
  const found = await insideZip([
    { name: 'a', content: LOG, method: 0, packedSize: 1_000_000, size: 1_000_000 },
    member('b'),
  ]);
  const all = await texts(found);
  expect(all['b']).toBe('b');
});
