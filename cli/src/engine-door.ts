import { createHash } from 'node:crypto';

import { gapsOf } from '@afterpatch/core/containers/member.ts';
import type { GapReporting } from '@afterpatch/core/containers/member.ts';
import type { CaseFile } from '@afterpatch/core/model/case-file.ts';
import type { Artifact, ByteSource, EvidenceSource, Micros } from '@afterpatch/core/model/evidence.ts';
import type { Host, Progress } from '@afterpatch/core/model/host.ts';
import type { Readers } from '@afterpatch/core/engine/readers.ts';
import type { Extent } from '@afterpatch/core/model/reading.ts';
import type { LoadedPack } from '@afterpatch/core/packs/pack-check.ts';
import { PackError, PackErrors } from '@afterpatch/core/packs/pack-error.ts';
import type { TreeFile } from '@afterpatch/node/write-tree.ts';

import { readPackFolder } from './pack-folder.ts';

/**
 * The only file of the command line that knows where the engine, the readers and the packs are. What they need to load
 * is loaded when it is used, so that `--help` and a mistyped flag answer at once.
 */

/** One thing that was named on the command line. */
export interface NamedEvidence {
  readonly path: string;
  /** The name under which it shows the one host of all snapshots. */
  readonly snapshot?: string;
}

/** How evidence is opened. */
export interface OpeningOptions {
  /** To try on encrypted archives, as bytes without line ends. */
  readonly passwords?: readonly Uint8Array[];
}

/** A pack, and the folder it was read from. */
export interface PackOfFolder {
  readonly folder: string;
  readonly pack: LoadedPack;
}

export interface AssessOrder {
  readonly evidence: readonly NamedEvidence[];
  readonly opening: OpeningOptions;
  readonly packs: readonly PackOfFolder[];
  /** Worker threads that read; without a wish, as many as are worth it. */
  readonly workers: number | undefined;
  readonly asOf: Micros | undefined;
  readonly isVolume: boolean;
  readonly trustedProxies: readonly string[];
  readonly version: string;
  readonly onProgress: (now: Progress) => void;
  readonly onFault: (where: string, error: unknown) => void;
}

/** A sighting as the evidence shows it now. */
export interface FreshRecord {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly excerpt: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** @throws EvidenceError if nothing stands where evidence was named, or it cannot be opened */
export async function assessEvidence(order: AssessOrder): Promise<CaseFile> {
  const { assess } = await import('@afterpatch/core/engine/assess.ts');
  const { sha256 } = await import('@afterpatch/node/hashing.ts');
  const { ReadingPool, usualWorkers } = await import('@afterpatch/node/reading-pool.ts');
  const sources: EvidenceSource[] = [];
  for (const named of order.evidence) sources.push(interruptible(await openEvidence(named, order.opening)));
  const packs = order.packs.map(({ pack }) => pack);
  const host: Host = { sha256, progress: order.onProgress, fault: order.onFault };
  const options = {
    version: order.version,
    ...(order.asOf === undefined ? {} : { asOf: order.asOf }),
    ...(order.isVolume ? { volume: true } : {}),
    ...(order.trustedProxies.length === 0 ? {} : { trustedProxies: order.trustedProxies }),
  };
  let pool: InstanceType<typeof ReadingPool> | undefined;
  try {
    return await assess({ sources, packs, options }, host, (bytes) => {
      const workers = order.workers ?? (bytes < WORTH_WORKERS ? 1 : usualWorkers());
      if (workers < 2) return undefined;
      const workerData: ReadingWorkerOrder = {
        evidence: order.evidence,
        opening: order.opening,
        packs: order.packs.map(({ folder }) => folder),
      };
      pool = new ReadingPool(READING_WORKER, { workers, workerData, onFault: order.onFault });
      return pool;
    });
  } finally {
    await pool?.close();
  }
}

/** @returns why a text names no network, if it names none */
export async function networkFault(text: string): Promise<string | undefined> {
  const { proxyFault } = await import('@afterpatch/core/engine/clients.ts');
  return proxyFault(text);
}

/** What a worker needs to open the same evidence and the same packs. */
export interface ReadingWorkerOrder {
  readonly evidence: readonly NamedEvidence[];
  readonly opening: OpeningOptions;
  readonly packs: readonly string[];
}

/** What a worker reads with. */
export async function openWorkerBench(
  order: ReadingWorkerOrder,
  fault: (where: string, error: unknown) => void,
): Promise<Readers> {
  const { openBench } = await import('@afterpatch/core/engine/bench.ts');
  const { sha256 } = await import('@afterpatch/node/hashing.ts');
  const sources: EvidenceSource[] = [];
  for (const named of order.evidence) sources.push(await openEvidence(named, order.opening));
  const packs: LoadedPack[] = [];
  for (const folder of order.packs) packs.push(await loadPackFolder(folder));
  return await openBench({ sources, packs }, { sha256, fault });
}

/** @throws EvidenceError if nothing stands there or it cannot be opened */
export async function openEvidence(named: NamedEvidence, opening: OpeningOptions = {}): Promise<EvidenceSource> {
  const { openFolder } = await import('@afterpatch/node/folder.ts');
  const source = await openFolder(named.path, opening);
  const { snapshot } = named;
  if (snapshot === undefined) return source;
  return { name: source.name, snapshot, list: () => source.list(), emptyFolders: () => source.emptyFolders() };
}

/** @throws PackErrors with the folder in front of every file */
export async function loadPackFolder(folder: string): Promise<LoadedPack> {
  const { loadPack } = await import('@afterpatch/core/packs/load-pack.ts');
  const { CHECKS, OBSERVERS } = await import('@afterpatch/core/checks/index.ts');
  const files = readPackFolder(folder);
  try {
    return loadPack(files, { sha256Hex, checks: CHECKS, observers: OBSERVERS });
  } catch (error) {
    if (!(error instanceof PackErrors)) throw error;
    const root = folder.replace(/[/\\]+$/, '');
    throw new PackErrors(error.errors.map((e) => new PackError(e.code, `${root}/${e.file}`, e.line, e.says)));
  }
}

/** One artifact as JSON Lines. */
export async function* dumpArtifact(artifact: Artifact): AsyncIterable<string> {
  const { dump } = await import('@afterpatch/core/engine/dump.ts');
  const source = await artifact.open();
  try {
    yield* dump(source, artifact.path);
  } finally {
    await source.close();
  }
}

/** @returns `undefined` if the evidence ends before the place */
export async function rereadPlace(artifact: Artifact, origin: Extent): Promise<FreshRecord | undefined> {
  const { reread } = await import('@afterpatch/core/engine/reread.ts');
  const source = await artifact.open();
  try {
    const whole = await hashPlace(source, origin);
    if (whole === undefined) return undefined;
    const record = await reread(source, artifact.path, origin);
    return { ...whole, excerpt: record?.excerpt, fields: record?.fields ?? {} };
  } finally {
    await source.close();
  }
}

/** The files of the demonstration incident. */
export async function demoFiles(): Promise<Iterable<TreeFile>> {
  const { demoScenario } = await import('@afterpatch/core/specimen/demo.ts');
  const { specimen } = await import('@afterpatch/core/specimen/specimen.ts');
  return treeFiles(specimen(demoScenario()));
}

/** @throws OutputError if the folder holds something */
export async function writeFiles(folder: string, files: Iterable<TreeFile>): Promise<{ files: number; bytes: number }> {
  const { writeTree } = await import('@afterpatch/node/write-tree.ts');
  return writeTree(folder, files);
}

function* treeFiles(files: Iterable<{ readonly path: string; pieces(): Iterable<Uint8Array> }>): Iterable<TreeFile> {
  for (const file of files) yield { path: file.path, pieces: file.pieces() };
}

/**
 * The engine awaits reads that the disk answers at once, so the process would never come to see Ctrl-C. Every tenth of a
 * second a read lets it look.
 */
function interruptible(source: EvidenceSource): EvidenceSource {
  let looked = performance.now();
  const wrap = (bytes: ByteSource): ByteSource & GapReporting => ({
    size: bytes.size,
    // What a container says of its member's bytes goes with them.
    gaps: () => gapsOf(bytes),
    close: () => bytes.close(),
    readInto: (at, into) => {
      if (performance.now() - looked < LOOK_EVERY) return bytes.readInto(at, into);
      return new Promise((resolve, reject) => {
        setImmediate(() => {
          looked = performance.now();
          Promise.resolve()
            .then(() => bytes.readInto(at, into))
            .then(resolve, reject);
        });
      });
    },
  });
  return {
    name: source.name,
    ...(source.snapshot === undefined ? {} : { snapshot: source.snapshot }),
    emptyFolders: () => source.emptyFolders(),
    async *list() {
      for await (const entry of source.list()) {
        if ('says' in entry) yield entry;
        else {
          const open = async (): Promise<ByteSource> => wrap(await entry.open());
          yield { ...entry, open };
        }
      }
    },
  };
}

/** Hashes all bytes of a place, however many, and keeps the first of them. */
async function hashPlace(
  source: ByteSource,
  origin: Extent,
): Promise<{ bytes: Uint8Array; sha256: string } | undefined> {
  const hash = createHash('sha256');
  const block = new Uint8Array(Math.min(BLOCK, Math.max(1, origin.length)));
  let bytes = new Uint8Array(0);
  for (let done = 0; done < origin.length;) {
    const got = await source.readInto(
      origin.offset + done,
      block.subarray(0, Math.min(block.length, origin.length - done)),
    );
    if (got === 0) return undefined;
    if (done === 0) bytes = block.slice(0, Math.min(got, KEPT));
    hash.update(block.subarray(0, got));
    done += got;
  }
  return { bytes, sha256: hash.digest('hex') };
}

function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Beside the bundle stands its worker; in the checkout the sources are run. */
const READING_WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './reading-worker.ts' : './reading-worker.js',
  import.meta.url,
);
/** Below this, workers cost more time to start than they save. */
const WORTH_WORKERS = 64 * 1024 * 1024;
const LOOK_EVERY = 100;
const BLOCK = 1024 * 1024;
const KEPT = 4096;
