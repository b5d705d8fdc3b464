import type { Micros } from '../model/evidence.ts';
import type { HostMap } from './hosts.ts';
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
}

/**
 * Copies are told by SHA-256 and host. Snapshots are put in order by the last time that each of them shows; those that
 * show none come first, in the order in which they were named: an undated state is never taken for the present one.
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
  const past = snapshots.slice(0, -1).map((snapshot) => snapshot.prefix);
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
      let at: Micros | undefined;
      for (const { index, path } of orders) {
        if (!path.startsWith(prefix)) continue;
        const last = readings[index]?.examination.last;
        if (last !== undefined && (at === undefined || last > at)) at = last;
      }
      return { name, prefix, at };
    });
  return snapshots.toSorted((a, b) => (a.at ?? -Infinity) - (b.at ?? -Infinity) || 0);
}

const NOTHING = { sha256: undefined, size: 0 };
