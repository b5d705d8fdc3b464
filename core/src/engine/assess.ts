import type { LaidOut } from '../layouts/lay-out.ts';
import type { CaseFile } from '../model/case-file.ts';
import type { EvidenceSource, Micros } from '../model/evidence.ts';
import type { Host } from '../model/host.ts';
import type { Pack } from '../model/pack.ts';
import { judge } from '../verdict/judge.ts';
import type { Verdict } from '../verdict/judge.ts';
import { openBench } from './bench.ts';
import type { Bench } from './bench.ts';
import { writeCase } from './case.ts';
import { wantsContent } from './file-record.ts';
import { CoverageBook, gatherBuilds, gatherFindings } from './gather.ts';
import { attributeHosts, UNNAMED } from './hosts.ts';
import type { HostMap } from './hosts.ts';
import { layInputs } from './lay-inputs.ts';
import type { ArtifactReading } from './read-artifact.ts';
import { readAll } from './readers.ts';
import type { Readers, ReadOrder } from './readers.ts';
import { standingOf } from './standing.ts';
import type { Standing } from './standing.ts';
import { byCodeUnit } from './stock.ts';
import type { Stock } from './stock.ts';

export interface AssessRequest {
  readonly sources: readonly EvidenceSource[];
  readonly packs: readonly Pack[];
  readonly options: {
    /** The moment that present-tense claims speak of; without it, the last time the evidence itself shows. */
    readonly asOf?: Micros;
    /** Version of the product, which the case file states. */
    readonly version: string;
  };
}

/**
 * The main job: reads all evidence, runs the packs' checks over it, judges every campaign for every host.
 * Never throws for what the evidence says; throws only for faults of ours outside an artifact.
 *
 * @param readersFor those who read so many bytes; without them the engine reads one artifact after another itself
 */
export async function assess(
  request: AssessRequest,
  host: Host,
  readersFor?: (bytes: number) => Readers | undefined,
): Promise<CaseFile> {
  const bench = await openBench(request, host);
  const { stock } = bench;
  const laid = await layInputs(stock);
  const orders = stock.artifacts.map(({ path }, index): ReadOrder => ({
    index,
    path,
    original: originalOf(path, laid, stock),
    role: laid.role(path),
  }));
  bench.know(presentFiles(orders));
  const readings = await readAll(orders, stock.artifacts, sharedOut(bench, readersFor?.(stock.bytes)), host);
  host.progress?.({
    phase: 'judge',
    path: '',
    bytesDone: stock.bytes,
    bytesTotal: stock.bytes,
    artifactsDone: readings.length,
    artifactsTotal: readings.length,
  });

  const hosts = attributeHosts(
    stock.artifacts.map(({ path }, i) => ({ path, hosts: readings[i]?.examination.hosts ?? new Map() })),
    stock.inputs,
    laid.collections.map(({ root }) => root),
  );
  const standing = standingOf(orders, readings, {
    hosts,
    inputs: stock.inputs,
    isShadow: (path) => laid.shadowCopy(path) !== undefined,
  });
  const book = keepBook(stock, readings, { orders, laid, hosts, standing, packs: request.packs });
  const digest = (text: string): string => hexOf(text, host).slice(0, 16);
  const { findings, past } = gatherFindings(readings, { hosts, standing, idOf: digest });
  const builds = gatherBuilds(readings, hosts, standing);
  const asOf = lastTimes(readings, hosts);
  const ids = hostIds(readings, orders, hosts);
  const drowned = new Set(readings.flatMap((reading) => [...reading.examination.drowned]));
  const judged = ids.map((id) => {
    const at = request.options.asOf ?? asOf.get(id);
    const coverage = book.of(id, at);
    const own = findings.get(id) ?? [];
    const verdicts: readonly Verdict[] = request.packs.map((pack) => {
      const campaign = own.filter((f) => pack.rules.some((r) => r.id === f.rule));
      return judge(
        {
          host: id,
          asOf: at,
          collected: asOf.get(id),
          findings: campaign,
          past,
          coverage,
          builds: builds.get(id) ?? [],
          drowned,
        },
        pack,
      );
    });
    return { id, names: hosts.names.get(id) ?? [], asOf: at, coverage, findings: own, verdicts };
  });
  return writeCase({ request, stock, laid, orders, standing, readings, judged }, host);
}

/** Lower-case places of all files of the evidence, if there is a manifest to hold against them. */
function presentFiles(orders: readonly ReadOrder[]): ReadonlySet<string> {
  const present = new Set<string>();
  if (!orders.some((order) => order.role === 'manifest')) return present;
  for (const { role, original } of orders)
    if (role === 'evidence' && original !== undefined) present.add(original.toLowerCase());
  return present;
}

/** Manifests are read here, where it is known which files lie in the evidence themselves; all else by the workers. */
function sharedOut(bench: Bench, workers: Readers | undefined): Readers {
  if (workers === undefined) return bench;
  return {
    parallel: workers.parallel,
    read: (order, onBytes) => (order.role === 'manifest' ? bench : workers).read(order, onBytes),
  };
}

interface Bookkeeping {
  readonly orders: readonly ReadOrder[];
  readonly laid: LaidOut;
  readonly hosts: HostMap;
  readonly standing: Standing;
  readonly packs: readonly Pack[];
}

/** Where a file lay. A snapshot is a name for the whole server, so below it stands the path as the server has it. */
function originalOf(path: string, laid: LaidOut, { inputs }: Stock): string | undefined {
  const snapshot = inputs.find((input) => input.isSnapshot && path.startsWith(input.prefix));
  return laid.original(path) ?? (snapshot === undefined ? undefined : path.slice(snapshot.prefix.length));
}

function keepBook(
  stock: Stock,
  readings: readonly ArtifactReading[],
  { orders, laid, hosts, standing, packs }: Bookkeeping,
): CoverageBook {
  const book = new CoverageBook(packs);
  readings.forEach((reading, index) => {
    const order = orders[index];
    const own = hosts.ofArtifact(index);
    if (order !== undefined && !standing.isPast(index)) {
      if (order.role === 'evidence')
        book.path(own, order.original ?? stock.above + order.path, reading.unseen ? 'gap' : 'file');
      for (const listed of reading.listed) book.path(own, listed, 'listed');
      if (reading.listedInPart) for (const listed of reading.listed) book.path(own, listed, 'gap');
    }
    // What was counted once is not counted again.
    if (standing.copyOf(index) !== undefined) return;
    for (const beat of reading.examination.beats) {
      book.beat(beat.host === '' ? own : hosts.ofName(index, beat.host), beat.source, beat.spans, beat.records);
    }
  });
  const placeOf = (path: string): string => originalOf(path, laid, stock) ?? stock.above + path;
  for (const folder of stock.emptyFolders) {
    if (!standing.isPastPath(folder)) book.path(hosts.ofPath(`${folder}/`), placeOf(folder), 'folder');
  }
  for (const gap of stock.gaps) {
    if (!standing.isPastPath(gap.path)) book.path(hosts.ofPath(gap.path), placeOf(gap.path), 'gap');
  }
  for (const { root, failed, failedAnywhere, skipped } of laid.collections) {
    if (standing.isPastPath(root)) continue;
    const own = hosts.ofPath(`${root}x`);
    for (const { original } of failed) book.path(own, original, 'gap');
    if (failedAnywhere) book.damaged(own);
    // The same bytes lie in the package at another place, so this file was seen.
    for (const { original } of skipped) book.path(own, original, 'file');
  }
  return book;
}

function lastTimes(readings: readonly ArtifactReading[], hosts: HostMap): ReadonlyMap<string, Micros> {
  const last = new Map<string, Micros>();
  readings.forEach((reading, index) => {
    const times = [reading.examination.last, reading.youngest].filter((time) => time !== undefined);
    if (times.length === 0) return;
    const at = Math.max(...times);
    for (const name of reading.examination.hosts.keys()) {
      const host = name === '' ? hosts.ofArtifact(index) : hosts.ofName(index, name);
      last.set(host, Math.max(last.get(host) ?? at, at));
    }
  });
  return last;
}

/**
 * Every host that a record names or that evidence without a name belongs to; one unnamed host if there is nothing. An
 * archive, a collector's own log or a stray picture beside the evidence is no host.
 */
function hostIds(
  readings: readonly ArtifactReading[],
  orders: readonly ReadOrder[],
  hosts: HostMap,
): readonly string[] {
  const ids = new Set<string>();
  readings.forEach((reading, index) => {
    const { folds, hosts: named } = reading.examination;
    const path = orders[index]?.path ?? '';
    if (orders[index]?.role !== 'evidence') return;
    if (reading.format !== undefined || folds.length > 0 || reading.sha256 === undefined || wantsContent(path))
      ids.add(hosts.ofArtifact(index));
    for (const name of named.keys()) if (name !== '') ids.add(hosts.ofName(index, name));
  });
  return ids.size === 0 ? [UNNAMED] : [...ids].toSorted(byCodeUnit);
}

function hexOf(text: string, host: Host): string {
  const hasher = host.sha256();
  hasher.update(new TextEncoder().encode(text));
  return hasher.hex();
}
