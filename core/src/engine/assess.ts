import type { LaidOut } from '../layouts/lay-out.ts';
import type { CaseFile } from '../model/case-file.ts';
import type { RuleMeta } from '../model/check.ts';
import type { EvidenceSource, Micros } from '../model/evidence.ts';
import type { Host } from '../model/host.ts';
import type { Pack } from '../model/pack.ts';
import { judge } from '../verdict/judge.ts';
import type { Verdict } from '../verdict/judge.ts';
import { openBench } from './bench.ts';
import type { Bench } from './bench.ts';
import { writeCase } from './case.ts';
import type { JudgedHost } from './case.ts';
import { wantsContent } from './file-record.ts';
import { CoverageBook } from './coverage-book.ts';
import { gatherBuilds, gatherFindings } from './gather.ts';
import { attributeHosts, UNNAMED } from './hosts.ts';
import type { HostMap } from './hosts.ts';
import { latestTimes, presentOf } from './last-time.ts';
import type { Latest, Present } from './last-time.ts';
import { chooseJudged } from './hosts-judged.ts';
import { layInputs } from './lay-inputs.ts';
import { bookServers, followRequests } from './organisation.ts';
import type { ArtifactReading } from './read-artifact.ts';
import { readAll } from './readers.ts';
import type { Readers, ReadOrder } from './readers.ts';
import { Lessons, MORE_ROUNDS, withRound } from './rounds.ts';
import { standingOf } from './standing.ts';
import type { Standing } from './standing.ts';
import { byCodeUnit } from './stock.ts';
import type { Stock } from './stock.ts';
import { tellStories } from './stories.ts';

export interface AssessRequest {
  readonly sources: readonly EvidenceSource[];
  readonly packs: readonly Pack[];
  readonly options: {
    /** The moment that present-tense claims speak of; without it, the last time the evidence itself shows. */
    readonly asOf?: Micros;
    /** The responder declares the root of a mounted volume: what is listed of it is all there is. */
    readonly volume?: boolean;
    /** Networks of load balancers and proxies, such as `10.0.0.0/8`: their addresses link nobody. */
    readonly trustedProxies?: readonly string[];
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
  const readers = sharedOut(bench, readersFor?.(stock.bytes));
  const { readings, cut } = await readInRounds(request.packs, orders, { stock, readers, host });
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
  const book = keepBook(stock, readings, {
    orders,
    laid,
    hosts,
    standing,
    packs: request.packs,
    isVolume: request.options.volume === true,
  });
  const digest = (text: string): string => hexOf(text, host).slice(0, 16);
  const { findings, past } = gatherFindings(readings, { hosts, standing, idOf: digest });
  const builds = gatherBuilds(readings, hosts, standing);
  const present = presents(readings, hosts);
  const named = hostIds(readings, orders, hosts);
  const servers = bookServers(readings, hosts, named);
  const nameOf = (id: string): string =>
    hosts.names.get(id)?.[0] ?? servers.missing.find((server) => server.id === id)?.names[0] ?? id;
  const known = new Set([...named, ...servers.missing.map(({ id }) => id)]);
  const carriers = new Set(request.packs.flatMap((pack) => pack.rules.filter(isCarrier).map((rule) => rule.id)));
  const passages = followRequests(findings, hosts, { known, carriers, nameOf });
  const isMissing = new Set(servers.missing.map(({ id }) => id));
  const ids = chooseJudged(named, { packs: request.packs, findings, servers, readings, hosts });
  const drowned = new Set([...readings.flatMap((reading) => [...reading.examination.drowned]), ...cut]);
  // What is known of a server that nobody handed in is what others show of it.
  const reached = [...isMissing].filter((id) => (passages.get(id)?.through.size ?? 0) > 0);
  const judged = [...ids.judged, ...reached].toSorted(byCodeUnit).map((id): JudgedHost => {
    const at = request.options.asOf ?? present.get(id)?.at;
    const coverage = book.of(id, at);
    const own = findings.get(id) ?? [];
    const passage = passages.get(id);
    const verdicts: readonly Verdict[] = request.packs.map((pack) => {
      const rules = new Set(pack.rules.map((r) => r.id));
      return judge(
        {
          host: id,
          asOf: at,
          collected: present.get(id)?.at,
          findings: own.filter((f) => rules.has(f.rule)),
          past,
          through: new Map([...(passage?.through ?? [])].filter(([finding]) => rules.has(finding.rule))),
          ties: passage?.ties ?? [],
          coverage,
          builds: builds.get(id) ?? [],
          drowned,
        },
        pack,
      );
    });
    return {
      id,
      names: isMissing.has(id) ? [nameOf(id)] : (hosts.names.get(id) ?? []),
      asOf: at,
      strays: present.get(id)?.strays ?? [],
      isReferencedOnly: isMissing.has(id),
      coverage,
      findings: own,
      verdicts,
    };
  });
  const stories = tellStories(judged, { request, readings, hosts, past, passages, idOf: digest });
  return writeCase({ request, stock, laid, orders, standing, readings, judged, servers, unjudged: ids, stories }, host);
}

/**
 * Reads everything, and then once more what can hold the pages, sessions and addresses that the findings taught. No
 * evidence of an attack, no further round.
 *
 * @returns the readings, and the rules that were not given everything there was to look for
 */
async function readInRounds(
  packs: readonly Pack[],
  orders: readonly ReadOrder[],
  { stock, readers, host }: { stock: Stock; readers: Readers; host: Host },
): Promise<{ readings: readonly ArtifactReading[]; cut: ReadonlySet<string> }> {
  const readings = [...(await readAll(orders, stock.artifacts, readers, host))];
  const lessons = new Lessons(packs);
  let follow = lessons.learn(readings);
  for (let round = 0; round < MORE_ROUNDS && follow.length > 0; round += 1) {
    const again = lessons.again(follow, orders, readings);
    const found = await readAll(again, stock.artifacts, readers, host);
    for (const { index } of again) {
      const [first, later] = [readings[index], found[index]];
      if (first !== undefined && later !== undefined) readings[index] = withRound(first, later);
    }
    follow = lessons.learn(readings);
  }
  lessons.giveUp(follow);
  return { readings, cut: lessons.cut };
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
  /** The responder says that the evidence is a mounted volume, whole. */
  readonly isVolume: boolean;
}

/** The machines whose files lie in each archive, by the archive's path. */
function hostsOfContainers({ artifacts }: Stock, hosts: HostMap): ReadonlyMap<string, ReadonlySet<string>> {
  const byContainer = new Map<string, Set<string>>();
  artifacts.forEach(({ container }, index) => {
    if (container === undefined) return;
    const own = byContainer.get(container);
    if (own === undefined) byContainer.set(container, new Set([hosts.ofArtifact(index)]));
    else own.add(hosts.ofArtifact(index));
  });
  // What an outer archive lost may have been an inner one's; below a root that is an archive, an inner one stands alone.
  const byPath = new Map<string, Set<string>>();
  for (const [container, own] of byContainer) {
    const parts = container.split('/');
    const names = [...parts.map((_, cut) => parts.slice(0, cut + 1).join('/')), parts.slice(1).join('/')];
    for (const name of names) byPath.set(name, new Set([...(byPath.get(name) ?? []), ...own]));
  }
  return byPath;
}

/** Where a file lay. A snapshot is a name for the whole server, so below it stands the path as the server has it. */
function originalOf(path: string, laid: LaidOut, { inputs }: Stock): string | undefined {
  const snapshot = inputs.find((input) => input.isSnapshot && path.startsWith(input.prefix));
  return laid.original(path) ?? (snapshot === undefined ? undefined : path.slice(snapshot.prefix.length));
}

function keepBook(
  stock: Stock,
  readings: readonly ArtifactReading[],
  { orders, laid, hosts, standing, packs, isVolume }: Bookkeeping,
): CoverageBook {
  const book = new CoverageBook(packs);
  // The root of a volume has nothing above it that could tell of a tree.
  const above = isVolume ? '' : stock.above;
  readings.forEach((reading, index) => {
    const order = orders[index];
    const own = hosts.ofArtifact(index);
    if (order !== undefined && !standing.isPast(index)) {
      if (order.role === 'evidence') {
        const place = order.original ?? above + order.path;
        book.path(own, place, reading.unseen ? 'gap' : 'file', isVolume);
      }
      const isWhole = !reading.listedInPart && listsVolume(reading.listed);
      for (const listed of reading.listed) book.path(own, listed, 'listed', isWhole);
      if (reading.listedInPart) for (const listed of reading.listed) book.path(own, listed, 'gap');
    }
    // What was counted once is not counted again.
    if (standing.copyOf(index) !== undefined) return;
    const hostOf = (name: string): string => (name === '' ? own : hosts.ofName(index, name));
    const { beats, marks, requests } = reading.examination;
    for (const beat of beats) book.beat(hostOf(beat.host), beat.source, beat.beats, reading.size);
    for (const { host, mark } of marks) book.mark(hostOf(host), mark);
    for (const { host, source, requests: shared } of requests) book.requests(hostOf(host), source, shared);
  });
  const placeOf = (path: string): string => originalOf(path, laid, stock) ?? above + path;
  for (const folder of stock.emptyFolders) {
    if (!standing.isPastPath(folder)) book.path(hosts.ofPath(`${folder}/`), placeOf(folder), 'folder', isVolume);
  }
  const packedHosts = hostsOfContainers(stock, hosts);
  for (const gap of stock.gaps) {
    if (!standing.isPastPath(gap.path)) book.path(hosts.ofPath(gap.path), placeOf(gap.path), 'gap');
    // What an archive lost may have been any file of any machine in it.
    for (const own of packedHosts.get(gap.path) ?? []) book.damaged(own);
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

/** Whether a list is of all files of a volume, as one made from its $MFT: that names the files of NTFS itself. */
function listsVolume(paths: readonly string[]): boolean {
  const own = new Set(['$mft', '$logfile', '$bitmap', '$boot']);
  for (const path of paths) {
    if (own.size === 0) break;
    if (path.startsWith('$') || path.includes('/$')) own.delete(path.slice(path.lastIndexOf('/') + 1).toLowerCase());
  }
  return own.size === 0;
}

/** Meets forged requests, whatever they were for. */
function isCarrier({ stage, weight }: RuleMeta): boolean {
  return stage === 'ssrf' && (weight === 'strong' || weight === 'decisive');
}

/** The last time that the evidence of each host shows. */
function presents(readings: readonly ArtifactReading[], hosts: HostMap): ReadonlyMap<string, Present> {
  const latest = new Map<string, Latest[]>();
  const add = (host: string, times: Latest): void => {
    const known = latest.get(host);
    if (known === undefined) latest.set(host, [times]);
    else known.push(times);
  };
  readings.forEach(({ examination, youngest }, index) => {
    for (const [name, times] of latestTimes(examination))
      add(name === '' ? hosts.ofArtifact(index) : hosts.ofName(index, name), times);
    // A listing is not older than the youngest file it names.
    if (youngest !== undefined) add(hosts.ofArtifact(index), youngest);
  });
  return new Map(
    [...latest].flatMap(([host, times]) => {
      const present = presentOf(times);
      return present === undefined ? [] : [[host, present] as const];
    }),
  );
}

/**
 * Every host that a record names or that evidence without a name belongs to; one unnamed host if there is nothing. An
 * archive, a collector's own log or a stray picture beside the evidence is no host.
 */
function hostIds(
  readings: readonly ArtifactReading[],
  orders: readonly ReadOrder[],
  hosts: HostMap,
): ReadonlySet<string> {
  const ids = new Set<string>();
  readings.forEach((reading, index) => {
    const { folds, hosts: named } = reading.examination;
    const path = orders[index]?.path ?? '';
    if (orders[index]?.role !== 'evidence') return;
    if (reading.format !== undefined || folds.length > 0 || reading.sha256 === undefined || wantsContent(path))
      ids.add(hosts.ofArtifact(index));
    for (const name of named.keys()) if (name !== '') ids.add(hosts.ofName(index, name));
    // Of an artifact that names too many machines not all are counted, and what was found is told all the same.
    for (const fold of folds) if (fold.host !== '') ids.add(hosts.ofName(index, fold.host));
  });
  if (ids.size === 0) ids.add(UNNAMED);
  return ids;
}

function hexOf(text: string, host: Host): string {
  const hasher = host.sha256();
  hasher.update(new TextEncoder().encode(text));
  return hasher.hex();
}
