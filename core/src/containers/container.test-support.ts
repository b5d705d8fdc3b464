import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import type { Artifact, ByteSource, EvidenceSource, ListingGap } from '../model/evidence.ts';
import type { Gap } from '../model/reading.ts';
import { joined, zipArchive } from '../specimen/zip-writer.ts';
import type { ZipMember, ZipOptions } from '../specimen/zip-writer.ts';
import { memorySource } from '../formats/contract.test-support.ts';
import { gapsOf } from './member.ts';
import { withContainers } from './with-containers.ts';
import type { WithContainersOptions } from './with-containers.ts';

/** A source of artifacts in memory. */
export function evidenceOf(
  files: Readonly<Record<string, Uint8Array | (() => ByteSource)>>,
  name = 'evidence',
): EvidenceSource {
  return {
    name,
    emptyFolders: () => [],
    async *list() {
      for (const [path, bytes] of Object.entries(files)) {
        const open = typeof bytes === 'function' ? bytes : () => memorySource(bytes);
        yield { path, size: open().size, open: () => Promise.resolve(open()) } satisfies Artifact;
      }
    },
  };
}

export interface Listed {
  /** By path, in the order of the listing. */
  readonly artifacts: ReadonlyMap<string, Artifact>;
  readonly gaps: readonly ListingGap[];
  readonly emptyFolders: readonly string[];
}

export async function listed(source: EvidenceSource): Promise<Listed> {
  const artifacts = new Map<string, Artifact>();
  const gaps: ListingGap[] = [];
  for await (const entry of source.list()) {
    if ('says' in entry) gaps.push(entry);
    else if (artifacts.has(entry.path)) throw new Error(`two artifacts at ${entry.path}`);
    else artifacts.set(entry.path, entry);
  }
  return { artifacts, gaps, emptyFolders: source.emptyFolders() };
}

/** What lies in one archive that is the evidence itself. */
export async function inside(bytes: Uint8Array, options: WithContainersOptions = {}): Promise<Listed> {
  const all = await listed(withContainers(evidenceOf({ 'A.zip': bytes }), { root: 'A.zip', ...options }));
  const artifacts = new Map(all.artifacts);
  artifacts.delete('A.zip');
  return { ...all, artifacts };
}

/** What lies in a zip of these members. */
export async function insideZip(
  members: readonly ZipMember[],
  options: ZipOptions & { reading?: WithContainersOptions } = {},
): Promise<Listed> {
  return await inside(joined(zipArchive(members, options)), options.reading);
}

export interface Content {
  readonly bytes: Buffer;
  readonly gaps: readonly Gap[];
}

/** Reads an artifact from first to last, a block at a time, as the engine does. */
export async function contentOf(artifact: Artifact | undefined, block = 65536): Promise<Content> {
  if (artifact === undefined) throw new Error('expected an artifact');
  const source = await artifact.open();
  try {
    const into = new Uint8Array(block);
    const parts: Buffer[] = [];
    for (let at = 0; ;) {
      const count = await source.readInto(at, into);
      if (count === 0) break;
      parts.push(Buffer.from(into.subarray(0, count)));
      at += count;
    }
    return { bytes: Buffer.concat(parts), gaps: gapsOf(source) };
  } finally {
    await source.close();
  }
}

/** Text of every artifact by path; what cannot be opened says why. */
export async function texts(found: Listed): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const [path, artifact] of found.artifacts) {
    try {
      all[path] = (await contentOf(artifact)).bytes.toString('latin1');
    } catch (error) {
      all[path] = `! ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return all;
}

/** Gaps of a listing, one line each. */
export const said = (found: Listed): readonly string[] =>
  found.gaps.map((gap) => `${gap.path} ! ${gap.reason}: ${gap.says}`);

/** Gaps of a member that was read, one line each. */
export const saidOf = (content: Content): readonly string[] =>
  content.gaps.map((gap) => `${gap.reason} ${gap.origin.offset}+${gap.origin.length}: ${gap.says}`);

export function sample(name: string): Buffer {
  const text = readFileSync(new URL(`samples/${name}.gz.b64`, import.meta.url), 'latin1');
  return gunzipSync(Buffer.from(text, 'base64'));
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
