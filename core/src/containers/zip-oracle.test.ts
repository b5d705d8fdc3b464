import { once } from 'node:events';
import yauzl from 'yauzl';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { slicedSource, seededDice } from '../formats/contract.test-support.ts';
import { joined, zipArchive } from '../specimen/zip-writer.ts';
import type { ZipMember } from '../specimen/zip-writer.ts';
import { contentOf, evidenceOf, inside, listed, saidOf } from './container.test-support.ts';
import type { MemberArtifact } from './member.ts';
import { withContainers } from './with-containers.ts';

/** What yauzl, which shares no line with the reader here, finds in a zip: names and bytes. */
async function yauzlReads(bytes: Uint8Array): Promise<[string, string][]> {
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) => {
    yauzl.fromBuffer(Buffer.from(bytes), { lazyEntries: true }, (error, file) =>
      error ? reject(error) : resolve(file),
    );
  });
  const found: [string, string][] = [];
  zip.on('entry', (entry: yauzl.Entry) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) {
        zip.emit('error', error);
        return;
      }
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        if (!entry.fileName.endsWith('/')) found.push([entry.fileName, Buffer.concat(parts).toString('base64')]);
        zip.readEntry();
      });
    });
  });
  zip.readEntry();
  await once(zip, 'end');
  return found;
}

const name = fc.stringMatching(/^[a-z]{1,6}(\/[a-zé]{1,6}){0,3}$/);
const member: fc.Arbitrary<ZipMember> = fc.record({
  name,
  content: fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(3000))
      .map(([part, times]) => Uint8Array.from({ length: part.length * times }, (_, at) => part[at % part.length] ?? 0)),
  ),
  method: fc.constantFrom(0, 8),
  modified: fc.integer({ min: 315_532_800, max: 2_000_000_000 }).map((seconds) => seconds * 1_000_000),
  hasDescriptor: fc.boolean(),
  isLarge: fc.boolean(),
});
const archive = fc.record({
  members: fc.uniqueArray(member, { maxLength: 12, selector: (one) => one.name }),
  comment: fc.uint8Array({ maxLength: 50 }).map((bytes) => bytes.map((byte) => byte & 0x7f)),
});

test('any zip gives what yauzl reads from it: names, order, bytes', async () => {
  await fc.assert(
    fc.asyncProperty(archive, async ({ members, comment }) => {
      const bytes = joined(zipArchive(members, { comment }));
      const found = await inside(bytes);
      const ours: [string, string][] = [];
      for (const [path, artifact] of found.artifacts) {
        const content = await contentOf(artifact);
        expect(saidOf(content)).toEqual([]);
        ours.push([path, content.bytes.toString('base64')]);
      }
      expect(ours).toEqual(await yauzlReads(bytes));
      expect(found.gaps).toEqual([]);
      for (const { name, modified } of members)
        expect((found.artifacts.get(String(name)) as MemberArtifact).times.modified).toBe(modified);
    }),
    { numRuns: 150, seed: 1 },
  );
});

test('how the source slices its answers changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(archive, fc.nat(), async ({ members }, seed) => {
      const bytes = joined(zipArchive(members, { before: new Uint8Array(seed % 100) }));
      const whole = await everything(withContainers(evidenceOf({ 'a.zip': bytes })));
      const dice = seededDice(seed);
      const sliced = await everything(
        withContainers(evidenceOf({ 'a.zip': () => slicedSource(bytes, dice) })),
        1 + (seed % 5000),
      );
      expect(sliced).toEqual(whole);
    }),
    { numRuns: 60, seed: 2 },
  );
});

async function everything(source: Parameters<typeof listed>[0], block = 65536): Promise<unknown[]> {
  const found = await listed(source);
  const all: unknown[] = [...found.gaps, ...found.emptyFolders];
  for (const [path, artifact] of found.artifacts) {
    const { bytes, gaps } = await contentOf(artifact, block);
    all.push([path, artifact.container, artifact.size, bytes.toString('base64'), gaps]);
  }
  return all;
}
