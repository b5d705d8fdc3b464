import type { Check, Observer } from '../model/check.ts';
import type { Micros } from '../model/evidence.ts';
import type { Pack } from '../model/pack.ts';
import type { Watchlist } from './examine.ts';
import { feeds } from './coverage-book.ts';
import { FINEST } from './coverage-rhythm.ts';
import { LiteralGate } from './literal-gate.ts';
import type { FollowOrder } from './readers.ts';

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
      limit = Math.min(FINEST, ...limits);
      if (known.size < MAX_KNOWN) known.set(name, limit);
    }
    return limit;
  };
  return { checks, observers, gate: gatesOf(checks), quiet };
}

/** Watches for what earlier rounds taught, and for nothing else. */
export function followWatchlist(packs: readonly Pack[], follow: readonly FollowOrder[]): Watchlist {
  const checks = new Map<string, Check[]>();
  for (const spec of packs.flatMap((pack) => pack.follows)) {
    const order = follow.find(({ rule }) => rule === spec.meta.id);
    if (order === undefined) continue;
    const check = spec.check(order.values);
    for (const kind of check.interest.kinds) push(checks, kind, check);
  }
  return { checks, observers: new Map(), gate: gatesOf(checks), quiet: () => FINEST };
}

function gatesOf(checks: ReadonlyMap<string, readonly Check[]>): (kind: string) => LiteralGate {
  const gates = new Map<string, LiteralGate>();
  return (kind) => {
    let made = gates.get(kind);
    if (made === undefined) gates.set(kind, (made = new LiteralGate(checks.get(kind) ?? [])));
    return made;
  };
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}

/** Names of sources come from evidence. */
const MAX_KNOWN = 65_536;
