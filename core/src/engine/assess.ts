import type { CaseFile } from '../model/case-file.ts';
import type { Check, Observer } from '../model/check.ts';
import type { Artifact, EvidenceSource, ListingGap, Micros } from '../model/evidence.ts';
import type { Host } from '../model/host.ts';
import type { Pack } from '../model/pack.ts';
import { judge } from '../verdict/judge.ts';
import type { Verdict } from '../verdict/judge.ts';
import { writeCase } from './case.ts';
import type { Watchlist } from './examine.ts';
import { BUSY_PAUSE, CoverageBook, feeds, gatherBuilds, gatherFindings } from './gather.ts';
import { attributeHosts, UNNAMED } from './hosts.ts';
import type { HostMap } from './hosts.ts';
import { LiteralGate } from './literal-gate.ts';
import { readArtifact } from './read-artifact.ts';
import type { ArtifactReading } from './read-artifact.ts';

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
 */
export async function assess(request: AssessRequest, host: Host): Promise<CaseFile> {
  const stock = await takeStock(request.sources, host);
  const watchlist = compileWatchlist(request.packs);
  const readings = await readAll(stock.artifacts, watchlist, request.packs, stock.above, host);
  host.progress?.({
    phase: 'judge',
    path: '',
    bytesDone: stock.bytes,
    bytesTotal: stock.bytes,
    artifactsDone: readings.length,
    artifactsTotal: readings.length,
  });

  const hosts = attributeHosts(
    stock.artifacts.map((artifact, i) => ({ path: artifact.path, hosts: readings[i]?.examination.hosts ?? new Map() })),
    stock.inputs,
  );
  const book = keepBook(stock, readings, hosts, request.packs);
  const digest = (text: string): string => hexOf(text, host).slice(0, 16);
  const findings = gatherFindings(readings, hosts, digest);
  const builds = gatherBuilds(readings, hosts);
  const asOf = lastTimes(readings, hosts);
  const ids = hostIds(readings, stock.artifacts, hosts);
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
          coverage,
          builds: builds.get(id) ?? [],
          drowned,
        },
        pack,
      );
    });
    return { id, names: hosts.names.get(id) ?? [], asOf: at, coverage, findings: own, verdicts };
  });
  return writeCase({ request, artifacts: stock.artifacts, listingGaps: stock.gaps, readings, judged }, host);
}

interface Stock {
  readonly artifacts: readonly Artifact[];
  readonly gaps: readonly ListingGap[];
  readonly emptyFolders: readonly string[];
  readonly bytes: number;
  /** Name of the only input with a `/`, which says where a folder deep in a server's tree belongs; else empty. */
  readonly above: string;
  /** Folders that inputs of their own stand for; machines are never mixed across them. */
  readonly inputs: readonly string[];
}

async function takeStock(sources: readonly EvidenceSource[], host: Host): Promise<Stock> {
  const artifacts: Artifact[] = [];
  const gaps: ListingGap[] = [];
  const emptyFolders: string[] = [];
  const inputs: string[] = [];
  let bytes = 0;
  for (const [index, source] of sources.entries()) {
    // Several inputs keep apart what lies at the same path; a single one keeps its own paths.
    const twins = sources.filter((s) => s.name === source.name).length > 1;
    const prefix = sources.length === 1 ? '' : twins ? `${source.name}~${index + 1}/` : `${source.name}/`;
    inputs.push(prefix);
    for await (const entry of source.list()) {
      if ('says' in entry) gaps.push({ ...entry, path: prefix + entry.path });
      else {
        artifacts.push(
          prefix === ''
            ? entry
            : {
                path: prefix + entry.path,
                size: entry.size,
                open: () => entry.open(),
                ...(entry.container === undefined ? {} : { container: entry.container }),
              },
        );
        bytes += entry.size;
        if (artifacts.length % 1000 === 0)
          host.progress?.({
            phase: 'list',
            path: entry.path,
            bytesDone: 0,
            bytesTotal: bytes,
            artifactsDone: artifacts.length,
            artifactsTotal: artifacts.length,
          });
      }
    }
    for (const folder of source.emptyFolders()) emptyFolders.push(prefix + folder);
  }
  artifacts.sort((a, b) => byCodeUnit(a.path, b.path));
  gaps.sort((a, b) => byCodeUnit(a.path, b.path));
  const only = sources.length === 1 ? sources[0] : undefined;
  return {
    artifacts,
    gaps,
    emptyFolders: emptyFolders.toSorted(byCodeUnit),
    bytes,
    above: only === undefined ? '' : `${only.name}/`,
    inputs,
  };
}

async function readAll(
  artifacts: readonly Artifact[],
  watchlist: Watchlist,
  packs: readonly Pack[],
  above: string,
  host: Host,
): Promise<readonly ArtifactReading[]> {
  const readings: ArtifactReading[] = [];
  const trees = packs.flatMap((pack) => pack.trees);
  const bytesTotal = artifacts.reduce((sum, artifact) => sum + artifact.size, 0);
  let before = 0;
  for (const artifact of artifacts) {
    const tell = (done: number): void =>
      host.progress?.({
        phase: 'read',
        path: artifact.path,
        bytesDone: before + done,
        bytesTotal,
        artifactsDone: readings.length,
        artifactsTotal: artifacts.length,
      });
    tell(0);
    readings.push(await readArtifact(artifact, { watchlist, trees, above, host, onBytes: tell }));
    before += artifact.size;
  }
  return readings;
}

/** Sorts the checks and observers of all packs by the record kinds they want. */
export function compileWatchlist(packs: readonly Pack[]): Watchlist {
  const checks = new Map<string, Check[]>();
  const observers = new Map<string, Observer[]>();
  for (const pack of packs) {
    for (const check of pack.checks) for (const kind of check.interest.kinds) push(checks, kind, check);
    for (const observer of pack.observers) for (const kind of observer.kinds) push(observers, kind, observer);
  }
  const sources = packs.flatMap((pack) => pack.sources);
  const known = new Map<string, Micros>();
  const quiet = (name: string): Micros => {
    let limit = known.get(name);
    if (limit === undefined) {
      const limits = sources.filter((source) => feeds(name, source)).map((source) => source.quiet);
      limit = Math.min(BUSY_PAUSE, ...limits);
      known.set(name, limit);
    }
    return limit;
  };
  const gates = new Map<string, LiteralGate>();
  const gate = (kind: string): LiteralGate => {
    let made = gates.get(kind);
    if (made === undefined) gates.set(kind, (made = new LiteralGate(checks.get(kind) ?? [])));
    return made;
  };
  return { checks, observers, gate, quiet };
}

function keepBook(
  stock: Stock,
  readings: readonly ArtifactReading[],
  hosts: HostMap,
  packs: readonly Pack[],
): CoverageBook {
  const book = new CoverageBook(packs);
  readings.forEach((reading, index) => {
    const path = stock.artifacts[index]?.path ?? '';
    const own = hosts.ofArtifact(index);
    book.path(own, stock.above + path, reading.unseen ? 'gap' : 'file');
    for (const listed of reading.listed) book.path(own, listed, 'listed');
    if (reading.listedInPart) for (const listed of reading.listed) book.path(own, listed, 'gap');
    for (const beat of reading.examination.beats) {
      book.beat(beat.host === '' ? own : hosts.ofName(index, beat.host), beat.source, beat.spans, beat.records);
    }
  });
  for (const folder of stock.emptyFolders) book.path(hosts.ofPath(`${folder}/`), stock.above + folder, 'folder');
  for (const gap of stock.gaps) book.path(hosts.ofPath(gap.path), stock.above + gap.path, 'gap');
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

/** Every host that a record names or that evidence without a name belongs to; one unnamed host if there is nothing. */
function hostIds(
  readings: readonly ArtifactReading[],
  artifacts: readonly Artifact[],
  hosts: HostMap,
): readonly string[] {
  const ids = new Set<string>();
  artifacts.forEach((_, index) => {
    ids.add(hosts.ofArtifact(index));
    for (const name of readings[index]?.examination.hosts.keys() ?? [])
      if (name !== '') ids.add(hosts.ofName(index, name));
  });
  return ids.size === 0 ? [UNNAMED] : [...ids].toSorted(byCodeUnit);
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}

function hexOf(text: string, host: Host): string {
  const hasher = host.sha256();
  hasher.update(new TextEncoder().encode(text));
  return hasher.hex();
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
