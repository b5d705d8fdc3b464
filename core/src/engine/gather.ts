import type { BuildSighting, Coverage, TreeExtent } from '../model/coverage.ts';
import type { Micros, Span } from '../model/evidence.ts';
import type { Entity, Finding, Sighting } from '../model/finding.ts';
import type { Pack, SourceSpec } from '../model/pack.ts';
import { joinSpans, lengthOf } from '../verdict/spans.ts';
import { addEntities, MAX_SIGHTINGS } from './examine.ts';
import type { HostMap } from './hosts.ts';
import type { ArtifactReading } from './read-artifact.ts';
import type { Standing } from './standing.ts';
import { TreeTally } from './trees.ts';

/** What all artifacts say about one host. */
export interface Gathered {
  readonly host: string;
  readonly last: Micros | undefined;
  readonly findings: readonly Finding[];
  readonly builds: readonly BuildSighting[];
}

/** The findings of every host, and those that only an earlier state of the server shows. */
export interface GatheredFindings {
  readonly findings: ReadonlyMap<string, readonly Finding[]>;
  /** Ids of findings of files that no snapshot of the last state has: they were there, and say nothing of now. */
  readonly past: ReadonlySet<string>;
}

/** Merges the folds of all artifacts into findings per host. The same bytes on the same host count once. */
export function gatherFindings(
  readings: readonly ArtifactReading[],
  { hosts, standing, idOf }: { hosts: HostMap; standing: Standing; idOf: (text: string) => string },
): GatheredFindings {
  const merged = new Map<string, Merging>();
  readings.forEach((reading, artifact) => {
    const counts = standing.copyOf(artifact) === undefined;
    for (const fold of reading.examination.folds) {
      const host = fold.host === '' ? hosts.ofArtifact(artifact) : hosts.ofName(artifact, fold.host);
      const id = `${fold.rule}\n${host}\n${fold.key}`;
      let into = merged.get(id);
      if (into === undefined) {
        into = {
          host,
          rule: fold.rule,
          key: id,
          count: 0,
          since: undefined,
          until: undefined,
          entities: new Map(),
          sightings: [],
          times: [],
          isPast: true,
        };
        merged.set(id, into);
      }
      if (!fold.isFile || !standing.isPast(artifact)) into.isPast = false;
      // The same file at the same place was counted; at another place it is another file.
      if (!counts && (!fold.isFile || standing.isTwin(artifact) || reading.format === 'file-manifest')) continue;
      into.count += fold.count;
      into.since = least(into.since, fold.since);
      into.until = most(into.until, fold.until);
      for (const [kind, values] of fold.entities)
        addEntities(
          into.entities,
          [...values].map((value) => ({ kind, value })),
        );
      for (const time of fold.times) into.times.push(time);
      for (const sighting of fold.sightings) {
        if (into.sightings.length < MAX_SIGHTINGS)
          into.sightings.push({ ...sighting, origin: { artifact, ...sighting.origin } });
      }
    }
  });
  const byHost = new Map<string, Finding[]>();
  const past = new Set<string>();
  for (const into of merged.values()) {
    // A copy whose host differs in nothing but letters that hosts share has been counted elsewhere.
    if (into.count === 0) continue;
    const finding: Finding = {
      id: `f-${idOf(into.key)}`,
      rule: into.rule,
      host: into.host,
      count: into.count,
      since: into.since,
      until: into.until,
      entities: entitiesOf(into.entities),
      sightings: into.sightings,
      times: into.times.toSorted((a, b) => a - b),
    };
    const own = byHost.get(into.host);
    if (own === undefined) byHost.set(into.host, [finding]);
    else own.push(finding);
    if (into.isPast) past.add(finding.id);
  }
  for (const findings of byHost.values())
    findings.sort((a, b) => (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : a.id < b.id ? -1 : 1));
  return { findings: byHost, past };
}

/** Build, setup and install sightings per host. */
export function gatherBuilds(
  readings: readonly ArtifactReading[],
  hosts: HostMap,
  standing: Standing,
): ReadonlyMap<string, readonly BuildSighting[]> {
  const byHost = new Map<string, Map<string, Writable<BuildSighting>>>();
  readings.forEach((reading, artifact) => {
    for (const { fact, host: named, since, until, origin } of reading.examination.facts) {
      // The programs of an earlier state do not contradict those of the last.
      if (since === undefined && standing.isPast(artifact)) continue;
      const host = named === '' ? hosts.ofArtifact(artifact) : hosts.ofName(artifact, named);
      const sightings = byHost.get(host) ?? new Map<string, Writable<BuildSighting>>();
      byHost.set(host, sightings);
      const key = `${fact.name}\n${fact.value}\n${fact.rank}\n${fact.from}`;
      const known = sightings.get(key);
      if (known === undefined) sightings.set(key, { host, ...fact, since, until, origin: { artifact, ...origin } });
      else {
        known.since = least(known.since, since);
        known.until = most(known.until, until);
      }
    }
  });
  return new Map([...byHost].map(([host, sightings]) => [host, [...sightings.values()]]));
}

/** Coverage of every source and tree of the packs, per host. */
export class CoverageBook {
  readonly #packs: readonly Pack[];
  readonly #beats = new Map<string, { spans: Span[]; records: number }>();
  readonly #trees = new Map<string, TreeTally>();
  readonly #damaged = new Set<string>();

  constructor(packs: readonly Pack[]) {
    this.#packs = packs;
  }

  beat(host: string, source: string, spans: readonly Span[], records: number): void {
    const key = `${host}\n${source}`;
    const known = this.#beats.get(key) ?? { spans: [], records: 0 };
    for (const span of spans) known.spans.push(span);
    known.records += records;
    this.#beats.set(key, known);
  }

  path(host: string, path: string, is: 'file' | 'listed' | 'folder' | 'gap'): void {
    let tally = this.#trees.get(host);
    if (tally === undefined) this.#trees.set(host, (tally = new TreeTally(this.#packs.flatMap((p) => p.trees))));
    tally.add(path, is);
  }

  /** Something could not be listed, and nobody knows in which tree. */
  damaged(host: string): void {
    this.#damaged.add(host);
  }

  /** One entry for each source and tree that the packs name, seen or not. */
  of(host: string, asOf: Micros | undefined): readonly Coverage[] {
    const sources = distinct(this.#packs.flatMap((p) => p.sources)).map((source) => this.#source(host, source));
    const extents = this.#trees.get(host)?.extents() ?? [];
    const trees = distinct(this.#packs.flatMap((p) => p.trees)).map((tree): Coverage => {
      const listed = extents.filter((e) => e.tree === tree.id);
      // A second copy, such as a backup, does not make up for a part of the first that could not be read.
      const best = listed.find((e) => e.damaged) ?? listed.find((e) => e.how === 'enumerated') ?? listed[0];
      const files = listed.reduce((sum, e) => sum + e.files, 0);
      const seen = best?.how ?? 'unknown';
      const how = seen === 'enumerated' && this.#damaged.has(host) ? 'partial' : seen;
      const extent: TreeExtent = { root: best?.root ?? tree.roots[0] ?? '', how, asOf, files };
      return { kind: tree.id, host, title: tree.title, spans: [], records: files, quiet: undefined, extent };
    });
    return [...sources, ...trees];
  }

  #source(host: string, source: SourceSpec): Coverage {
    const spans: Span[] = [];
    let records = 0;
    for (const [key, beat] of this.#beats) {
      const name = key.slice(key.indexOf('\n') + 1);
      if (!key.startsWith(`${host}\n`) || !feeds(name, source)) continue;
      for (const span of beat.spans) spans.push(span);
      records += beat.records;
    }
    const quiet = quietOf(spans, records, source.quiet);
    return {
      kind: source.id,
      host,
      title: source.title,
      spans: joinSpans(spans, quiet),
      records,
      quiet,
      extent: undefined,
    };
  }
}

/**
 * The pack's quiet limit, or the pause of a busy log where the log itself shows that it pauses less.
 *
 * A source with dozens of records an hour does not fall silent for hours, day after day: a restart or an update explains
 * some such pauses, a day's worth of them together means that rows are missing.
 */
function quietOf(spans: readonly Span[], records: number, limit: Micros): Micros {
  if (limit <= BUSY_PAUSE) return limit;
  const busy = lengthOf(joinSpans(spans, BUSY_PAUSE));
  const pauses = lengthOf(joinSpans(spans, limit)) - busy;
  return pauses > MOST_PAUSES && records * HOUR > busy * BUSY_RECORDS ? BUSY_PAUSE : limit;
}

const HOUR: Micros = 3_600_000_000;
/** Longest pause of a busy log, and the finest at which spans are kept. */
export const BUSY_PAUSE: Micros = HOUR;
/** Records an hour that make a log a busy one. */
const BUSY_RECORDS = 30;
const MOST_PAUSES: Micros = 24 * HOUR;

/** Whether records of this source feed the pack's source. */
export function feeds(name: string, source: SourceSpec): boolean {
  const matches = (pattern: string): boolean =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  return source.records.some(matches) && !source.except.some(matches);
}

interface Merging {
  host: string;
  rule: string;
  key: string;
  count: number;
  since: Micros | undefined;
  until: Micros | undefined;
  entities: Map<string, Set<string>>;
  sightings: Sighting[];
  times: Micros[];
  isPast: boolean;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function entitiesOf(values: ReadonlyMap<string, ReadonlySet<string>>): readonly Entity[] {
  return [...values]
    .flatMap(([kind, set]) => [...set].toSorted().map((value) => ({ kind, value })))
    .toSorted((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0));
}

function distinct<T extends { readonly id: string }>(specs: readonly T[]): readonly T[] {
  return [...new Map(specs.map((spec) => [spec.id, spec])).values()];
}

function least(a: Micros | undefined, b: Micros | undefined): Micros | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

function most(a: Micros | undefined, b: Micros | undefined): Micros | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}
