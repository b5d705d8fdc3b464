import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';

import { memorySource, mutant, seededDice, slicedSource } from '../formats/contract.test-support.ts';
import type { ByteSource } from '../model/evidence.ts';
import type { Gap } from '../model/reading.ts';
import { gzipped, tarArchive } from '../specimen/tar-writer.ts';
import { joined, zipArchive } from '../specimen/zip-writer.ts';
import { bytesOf, contentOf, evidenceOf, inside, listed, sample } from './container.test-support.ts';
import type { Listed } from './container.test-support.ts';
import { withContainers } from './with-containers.ts';

const MUTANTS = Number(process.env['AFTERPATCH_MUTANTS'] ?? 200);
const CONTENT = bytesOf(
  Array.from({ length: 60 }, (_, at) => `2021-03-03 06:44:0${at % 10} POST /owa/auth/x.js ${at * at}\r\n`).join(''),
);
const inner = joined(zipArchive([{ name: 'C/inner.log', content: CONTENT }]));
const FILES = [
  { name: 'C/inetpub/logs/a.log', content: CONTENT },
  { name: 'C/inetpub/logs/b.log', content: CONTENT.subarray(100), method: 0 },
  { name: 'C/empty/' },
  { name: 'C/c.zip', content: inner, hasDescriptor: true },
  { name: 'C/d.log', content: CONTENT, isLarge: true, modified: 1_600_000_000_000_000 },
];
const tar = joined(tarArchive(FILES));
const ORIGINALS = (
  [
    ['a zip', joined(zipArchive(FILES))],
    ['a zip behind a program', joined(zipArchive(FILES, { before: new Uint8Array(300), comment: bytesOf('note') }))],
    ['a tar', tar],
    ['a tar in gzip', joined(gzipped([tar]))],
    [
      'a tar in several members of gzip',
      Buffer.concat([gzipSync(tar.subarray(0, 3000)), gzipSync(tar.subarray(3000))]),
    ],
    ['a log in gzip', gzipSync(CONTENT)],
    ['a zip with traditional encryption', sample('info-zip-traditional.zip')],
    ['a zip with Deflate64', sample('7-zip-deflate64.zip')],
    ['a zip of Go', sample('go.zip')],
    ['a tar of GNU tar', sample('gnu-tar-gnu.tar')],
  ] as const
)
  // A Buffer cuts no copies of itself.
  .map(([kind, bytes]) => [kind, Uint8Array.from(bytes)] as const);

interface Member {
  readonly path: string;
  readonly container: string | undefined;
  readonly size: number;
  readonly bytes?: string;
  readonly gaps?: readonly Gap[];
  readonly error?: string;
}

/** Opens a wounded archive, reads everything in it, and checks what must hold of any. */
async function examine(open: () => ByteSource): Promise<{ listing: unknown[]; members: Member[] }> {
  const faults: unknown[] = [];
  const options = { passwords: [bytesOf('infected')], fault: (_: string, error: unknown) => faults.push(error) };
  const found = await listed(withContainers(evidenceOf({ 'a.zip': open }), options));
  expect(faults).toEqual([]);
  const members: Member[] = [];
  for (const [path, artifact] of found.artifacts) {
    expect(path.split('/')).not.toContain('..');
    expect(path).not.toMatch(/^\/|\\|\0|\/\/|^[A-Za-z]:/);
    const { container, size } = artifact;
    try {
      const { bytes, gaps } = await contentOf(artifact, 1000);
      // Bytes that are stated and cannot be read are in a gap, and every gap lies in the member.
      if (bytes.length < size) expect(gaps.map((gap) => gap.reason).join(), path).toMatch(/truncated|damaged|limit/);
      for (const gap of gaps) {
        expect(gap.origin.offset).toBeGreaterThanOrEqual(0);
        expect(gap.origin.length).toBeGreaterThanOrEqual(0);
        expect(gap.says).toMatch(/^[a-zC-]/);
      }
      members.push({ path, container, size, bytes: bytes.toString('base64'), gaps });
    } catch (error) {
      const says = error instanceof Error ? error.message : String(error);
      expect(says).toMatch(/^expected /);
      members.push({ path, container, size, error: says });
    }
  }
  return { listing: [...found.gaps, ...found.emptyFolders], members };
}

describe.each(ORIGINALS)(`%s, wounded at random ${MUTANTS} times`, (kind, original) => {
  test('is read as far as it goes, without a crash or a hang, the same however the source slices it', async () => {
    const whole = await examine(() => memorySource(original));
    const packed = new Set(
      whole.members.filter((member) => member.container !== undefined).map((member) => member.bytes),
    );
    const met = { intact: 0, gaps: 0 };
    for (let seed = 0; seed < MUTANTS; seed += 1) {
      const dice = seededDice(seed);
      const bytes = mutant(original, dice);
      const read = await examine(() => memorySource(bytes));
      for (const member of read.members) {
        if (member.container === undefined) continue;
        const isSilent =
          member.gaps?.length === 0 && !read.listing.some((gap) => isAbout(gap, [member.path, member.container]));
        if (!isSilent) met.gaps += 1;
        else if (packed.has(member.bytes)) met.intact += 1;
        // A tar has no checksum over its members.
        else expect(kind, `${member.path} of seed ${seed} comes wrong and without a gap`).toMatch(/tar/);
      }
      if (seed % 4 === 0) expect(await examine(() => slicedSource(bytes, dice)), `seed ${seed}`).toEqual(read);
    }
    expect(met.intact + met.gaps).toBeGreaterThan(MUTANTS / 2);
  });
});

function isAbout(gap: unknown, paths: readonly (string | undefined)[]): boolean {
  return typeof gap === 'object' && gap !== null && paths.includes(String(Reflect.get(gap, 'path')));
}

test('a zip that lost its directory and a tail of its bytes still gives every member that is whole', async () => {
  const whole = joined(zipArchive(FILES));
  const intact = await inside(whole);
  for (let length = whole.length; length > 0; length -= 97) {
    const found: Listed = await inside(whole.subarray(0, length));
    for (const [path, artifact] of found.artifacts) {
      const { bytes } = await contentOf(artifact);
      const { bytes: expected } = await contentOf(intact.artifacts.get(path));
      expect(bytes.equals(expected.subarray(0, bytes.length)), `${path} of the first ${length} bytes`).toBe(true);
    }
  }
});
