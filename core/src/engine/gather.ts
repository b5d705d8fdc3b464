import type { BuildSighting } from '../model/coverage.ts';
import type { Micros } from '../model/evidence.ts';
import type { Entity, Finding, Sighting } from '../model/finding.ts';
import { addEntities, MAX_SIGHTINGS } from './examine.ts';
import type { HostMap } from './hosts.ts';
import type { ArtifactReading } from './read-artifact.ts';
import type { Standing } from './standing.ts';

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

function least(a: Micros | undefined, b: Micros | undefined): Micros | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

function most(a: Micros | undefined, b: Micros | undefined): Micros | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}
