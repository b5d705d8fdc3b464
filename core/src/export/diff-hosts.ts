import type { CaseHost } from '../model/case-file.ts';

/** Which server of one case is which of the other. */
export interface HostPairs {
  /** One key for both sides of a pair; for a host that only one case has, a key of its own. */
  ofFirst(host: string): string;
  ofSecond(host: string): string;
  isInBoth(key: string): boolean;
}

/**
 * Pairs the servers of two cases: by id, then by a name that exactly one unpaired server of each case has, whatever its
 * letter case. An id follows what the evidence names, so one more log can give the same machine another id.
 */
export function pairHosts(first: readonly CaseHost[], second: readonly CaseHost[]): HostPairs {
  const firstIds = new Set(first.map((host) => host.id));
  const secondIds = new Set(second.map((host) => host.id));
  const renamed = new Map<string, string>();
  const taken = new Set<string>();
  const unpaired = byName(first.filter((host) => !secondIds.has(host.id)));
  const candidates = byName(second.filter((host) => !firstIds.has(host.id)));
  for (const [name, hosts] of candidates) {
    const others = unpaired.get(name);
    const [is, was] = [[...hosts], [...(others ?? [])]];
    const [id, before] = [is[0], was[0]];
    if (is.length !== 1 || was.length !== 1 || id === undefined || before === undefined) continue;
    if (renamed.has(id) || taken.has(before)) continue;
    renamed.set(id, before);
    taken.add(before);
  }
  // Keys of hosts that stand alone differ by their case, so that no id of one can be taken for one of the other.
  const ofFirst = (host: string): string => (secondIds.has(host) || taken.has(host) ? `both/${host}` : `first/${host}`);
  const ofSecond = (host: string): string => {
    const before = firstIds.has(host) ? host : renamed.get(host);
    return before === undefined ? `second/${host}` : `both/${before}`;
  };
  return { ofFirst, ofSecond, isInBoth: (key) => key.startsWith('both/') };
}

function byName(hosts: readonly CaseHost[]): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>();
  for (const { id, names: called } of hosts) {
    for (const name of called) {
      const lower = name.toLowerCase();
      const known = names.get(lower);
      if (known === undefined) names.set(lower, new Set([id]));
      else known.add(id);
    }
  }
  return names;
}
