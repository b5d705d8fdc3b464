import type { Weight } from '../model/check.ts';
import type { Finding } from '../model/finding.ts';
import type { Pack } from '../model/pack.ts';
import type { HostMap } from './hosts.ts';
import type { ServerBook } from './organisation.ts';
import type { ArtifactReading } from './read-artifact.ts';
import { byCodeUnit } from './stock.ts';

/** The hosts that one case judges, and what is left of the others. */
export interface Choice {
  readonly judged: readonly string[];
  /** Hosts that are named and were not judged. */
  readonly unjudged: number;
  /** How many of those have findings that may mean something. */
  readonly unjudgedWithFindings: number;
}

interface Naming {
  readonly packs: readonly Pack[];
  readonly findings: ReadonlyMap<string, readonly Finding[]>;
  readonly servers: ServerBook;
  readonly readings: readonly ArtifactReading[];
  readonly hosts: HostMap;
}

/**
 * All hosts, unless records name thousands: then those with the gravest findings come first, then servers of the product,
 * then those that files belong to, then those that most records name. Whoever invents hosts with grave findings to push
 * others out gets a case that is full of them.
 */
export function chooseJudged(named: ReadonlySet<string>, naming: Naming): Choice {
  const ids = [...named].toSorted(byCodeUnit);
  if (ids.length <= MOST_JUDGED) return { judged: ids, unjudged: 0, unjudgedWithFindings: 0 };
  const { packs, findings, servers, readings, hosts } = naming;
  const weights = new Map(packs.flatMap((pack) => pack.rules.map((rule) => [rule.id, GRAVITY[rule.weight]] as const)));
  const records = new Map<string, number>();
  const owners = new Set<string>();
  readings.forEach(({ examination }, index) => {
    const own = hosts.ofArtifact(index);
    owners.add(own);
    for (const [name, count] of examination.hosts) {
      const host = name === '' ? own : hosts.ofName(index, name);
      records.set(host, (records.get(host) ?? 0) + count);
    }
  });
  const ranked = ids
    .map((id) => {
      let tier = servers.rolesOf(id).length > 0 ? SERVER : owners.has(id) ? OWNER : OTHER;
      for (const { rule } of findings.get(id) ?? []) tier = Math.min(tier, weights.get(rule) ?? OTHER);
      return { id, tier, records: records.get(id) ?? 0 };
    })
    .toSorted((a, b) => a.tier - b.tier || b.records - a.records);
  const left = ranked.slice(MOST_JUDGED);
  return {
    judged: ranked.slice(0, MOST_JUDGED).map(({ id }) => id),
    unjudged: left.length,
    unjudgedWithFindings: left.filter(({ tier }) => tier < SERVER).length,
  };
}

const GRAVITY: Readonly<Record<Weight, number>> = { decisive: 0, strong: 1, medium: 2, weak: 4, noise: 5 };
const SERVER = 3;
const OWNER = 6;
const OTHER = 7;
/** Verdicts that one case holds; a person reads no more of them, and each takes tens of kilobytes. */
const MOST_JUDGED = 500;
