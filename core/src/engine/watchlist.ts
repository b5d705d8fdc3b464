import type { Check, Observer } from '../model/check.ts';
import type { Micros } from '../model/evidence.ts';
import type { Pack } from '../model/pack.ts';
import type { Watchlist } from './examine.ts';
import { BUSY_PAUSE, feeds } from './gather.ts';
import { LiteralGate } from './literal-gate.ts';

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
      if (known.size < MAX_KNOWN) known.set(name, limit);
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

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}

/** Names of sources come from evidence. */
const MAX_KNOWN = 65_536;
