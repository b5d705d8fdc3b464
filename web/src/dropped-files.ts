import { openContainer } from '@afterpatch/core/containers/container.ts';
import type { ContainerOptions } from '@afterpatch/core/containers/member.ts';
import { packedEvidence } from '@afterpatch/core/containers/packed-evidence.ts';
import { quoted } from '@afterpatch/core/containers/quoted.ts';
import { Shelf } from '@afterpatch/core/containers/shelf.ts';
import { withContainers } from '@afterpatch/core/containers/with-containers.ts';
import type { Artifact, EvidenceSource, ListingGap } from '@afterpatch/core/model/evidence.ts';

import { BlobSource } from './blob-source.ts';
import type { BlobReader } from './blob-source.ts';
import type { Dropped, DroppedFile } from './dropped.ts';

/** What was dropped cannot be opened as evidence: one line, what was expected and what stood there. */
export class RefusedEvidence extends Error {
  override readonly name: string = 'RefusedEvidence';
}

/**
 * Opens what was dropped on the page as the inputs of one case, as the command line opens what is named on it: every
 * folder is an input, and so is every archive. Loose files that are no archives are one input together, called `files`:
 * they are the logs of one server more often than of several; a single one is an input by its own name.
 *
 * @throws RefusedEvidence for a single file that is a disk image or an archive that is not opened
 */
export async function openDropped(
  dropped: readonly Dropped[],
  read: BlobReader,
  options: ContainerOptions = {},
): Promise<readonly EvidenceSource[]> {
  const sources: EvidenceSource[] = [];
  const loose: DroppedFile[] = [];
  for (const one of dropped) {
    if (one.is === 'folder') {
      const artifacts = artifactsOf(one.files, read);
      const listed = sourceOf(one.name, [...artifacts, ...one.gaps], one.emptyFolders);
      sources.push(withContainers(listed, options));
    } else {
      const { file } = one;
      const artifact = artifactOf({ path: file.name, file }, read);
      if (await isContainer(artifact)) {
        const single = sourceOf(file.name, [artifact], []);
        sources.push(withContainers(single, { ...options, root: file.name }));
      } else loose.push({ path: file.name, file });
    }
  }
  if (loose.length > 0) {
    const name = loose.length === 1 ? (loose[0]?.path ?? '') : LOOSE;
    sources.push(sourceOf(name, artifactsOf(loose, read), []));
  }
  return sources;
}

/** In code unit order of their paths; of several at one path the second is `x%002`: a NUL stands in no real name. */
function artifactsOf(files: readonly DroppedFile[], read: BlobReader): readonly Artifact[] {
  const counts = new Map<string, number>();
  const artifacts = files.map(({ path, file }) => {
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    return artifactOf({ path: count === 1 ? path : `${path}%00${count}`, file }, read);
  });
  return artifacts.toSorted((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
}

function artifactOf({ path, file }: DroppedFile, read: BlobReader): Artifact {
  return { path, size: file.size, open: () => Promise.resolve(new BlobSource(file, read)) };
}

function sourceOf(
  name: string,
  entries: readonly (Artifact | ListingGap)[],
  emptyFolders: readonly string[],
): EvidenceSource {
  const sorted = emptyFolders.toSorted((a, b) => (a < b ? -1 : Number(a > b)));
  return {
    name,
    emptyFolders: () => sorted,
    async *list() {
      yield* entries;
    },
  };
}

/** @throws RefusedEvidence with what to do, for what is not opened */
async function isContainer(artifact: Artifact): Promise<boolean> {
  const { path, size } = artifact;
  const source = await artifact.open();
  try {
    const packed = await packedEvidence(source, path);
    if (packed !== undefined) {
      const expected = 'expected a folder, an archive (zip, tar, tar.gz) or a log';
      throw new RefusedEvidence(`${quoted(path)}: ${expected}, found ${packed.name}: ${packed.advice}`);
    }
  } finally {
    await source.close();
  }
  if (size === 0) return false;
  const shelf = new Shelf();
  try {
    return (await openContainer(artifact, {}, { path, shelf })) !== undefined;
  } finally {
    await shelf.clear();
  }
}

const LOOSE = 'files';
