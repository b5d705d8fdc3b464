import type { Micros } from '../model/evidence.ts';
import type { HostMap } from './hosts.ts';
import { latestTimes, presentOf } from './last-time.ts';
import type { Latest } from './last-time.ts';
import type { ArtifactReading } from './read-artifact.ts';
import type { ReadOrder } from './readers.ts';
import type { Input } from './stock.ts';

/** How artifacts stand to each other: which repeat others, and which show a state that is over. */
export interface Standing {
  /** The first artifact of the same host with the same bytes, whose records were counted; absent for a first one. */
  copyOf(index: number): number | undefined;
  /** A copy at the same place of the server: the file itself was counted as well. */
  isTwin(index: number): boolean;
  /** Lies in a snapshot that is not the last, or in a shadow copy: it shows an earlier state. */
  isPast(index: number): boolean;
  isPastPath(path: string): boolean;
  /** In the order of time. */
  readonly snapshots: readonly Snapshot[];
}

export interface Snapshot {
  readonly name: string;
  readonly prefix: string;
  /** The last time its evidence shows. */
  readonly at: Micros | undefined;
  /** A later state is there. */
  readonly isPast: boolean;
}

/**
 * Copies are told by SHA-256 and host. Snapshots are put in order by the last time that each of them shows. The last is
 * the present, and with it those that show the same time or none: of two states whose order nobody knows, each may be
 * the present one.
 */
export function standingOf(
  orders: readonly ReadOrder[],
  readings: readonly ArtifactReading[],
  { hosts, inputs, isShadow }: { hosts: HostMap; inputs: readonly Input[]; isShadow: (path: string) => boolean },
): Standing {
  const copies = new Map<number, number>();
  const twins = new Set<number>();
  const first = new Map<string, number>();
  const places = new Set<string>();
  orders.forEach(({ path, original }, index) => {
    const { sha256, size } = readings[index] ?? NOTHING;
    if (sha256 === undefined || size === 0) return;
    const bytes = `${hosts.ofArtifact(index)}\n${sha256}`;
    const place = `${bytes}\n${(original ?? path).toLowerCase()}`;
    const before = first.get(bytes);
    if (before === undefined) first.set(bytes, index);
    else copies.set(index, before);
    if (places.has(place)) twins.add(index);
    places.add(place);
  });
  const snapshots = inOrder(inputs, orders, readings);
  const past = snapshots.filter((snapshot) => snapshot.isPast).map((snapshot) => snapshot.prefix);
  const isPastPath = (path: string): boolean => past.some((prefix) => path.startsWith(prefix)) || isShadow(path);
  const pastArtifacts = new Set(orders.filter((order) => isPastPath(order.path)).map((order) => order.index));
  return {
    copyOf: (index) => copies.get(index),
    isTwin: (index) => twins.has(index),
    isPast: (index) => pastArtifacts.has(index),
    isPastPath,
    snapshots,
  };
}

function inOrder(
  inputs: readonly Input[],
  orders: readonly ReadOrder[],
  readings: readonly ArtifactReading[],
): readonly Snapshot[] {
  const snapshots = inputs
    .filter((input) => input.isSnapshot)
    .map(({ name, prefix }) => {
      const latest: Latest[] = [];
      for (const { index, path } of orders) {
        const examination = readings[index]?.examination;
        if (examination !== undefined && path.startsWith(prefix))
          for (const [, times] of latestTimes(examination)) latest.push(times);
      }
      return { name, prefix, at: presentOf(latest)?.at };
    });
  const now = Math.max(...snapshots.map(({ at }) => at ?? -Infinity));
  return snapshots
    .map((snapshot) => ({ ...snapshot, isPast: snapshot.at !== undefined && snapshot.at < now }))
    .toSorted((a, b) => (a.at ?? Infinity) - (b.at ?? Infinity) || (a.name < b.name ? -1 : 1));
}

const NOTHING = { sha256: undefined, size: 0 };
