import type { Pack } from '../model/pack.ts';
import type { Examination, Fold } from './examine.ts';
import type { ArtifactReading } from './read-artifact.ts';
import type { FollowOrder, ReadOrder } from './readers.ts';

/** Rounds after the first; what the last of them teaches is looked for no more, and the case says so. */
export const MORE_ROUNDS = 2;
/** Values that one rule looks for in one run. */
const MOST_VALUES = 1_000;
const LONGEST_VALUE = 2_048;

/** What findings teach the rules that follow them, round by round. */
export class Lessons {
  readonly #packs: readonly Pack[];
  readonly #known = new Map<string, Set<string>>();
  readonly #cut = new Set<string>();

  constructor(packs: readonly Pack[]) {
    this.#packs = packs;
  }

  /** Rules that were not given everything there was to look for. */
  get cut(): ReadonlySet<string> {
    return this.#cut;
  }

  /** The values that the readings hold and that no round has looked for, in code unit order. */
  learn(readings: readonly ArtifactReading[]): readonly FollowOrder[] {
    const orders: FollowOrder[] = [];
    for (const { meta, from, entity } of this.#packs.flatMap((pack) => pack.follows)) {
      const known = this.#known.get(meta.id) ?? new Set();
      this.#known.set(meta.id, known);
      const found = new Set<string>();
      for (const { examination } of readings)
        for (const fold of examination.folds) if (from.includes(fold.rule)) addValues(fold, entity, found);
      const fresh = [...found].filter((value) => !known.has(value)).toSorted();
      const values = fresh.slice(0, MOST_VALUES - known.size);
      if (values.length < fresh.length) this.#cut.add(meta.id);
      for (const value of values) known.add(value);
      if (values.length > 0) orders.push({ rule: meta.id, values });
    }
    return orders;
  }

  /** There is no further round for these. */
  giveUp(orders: readonly FollowOrder[]): void {
    for (const { rule } of orders) this.#cut.add(rule);
  }

  /** The artifacts that can hold what is looked for, to be read once more. */
  again(
    follow: readonly FollowOrder[],
    orders: readonly ReadOrder[],
    readings: readonly ArtifactReading[],
  ): ReadOrder[] {
    const wanted = new Set(follow.map(({ rule }) => rule));
    const specs = this.#packs.flatMap((pack) => pack.follows).filter((spec) => wanted.has(spec.meta.id));
    const kinds = new Set(specs.flatMap((spec) => spec.kinds));
    return orders.flatMap((order) => {
      const seen = readings[order.index]?.examination.kinds ?? new Set<string>();
      return order.role === 'evidence' && [...seen].some((kind) => kinds.has(kind)) ? [{ ...order, follow }] : [];
    });
  }
}

function addValues(fold: Fold, entity: string, into: Set<string>): void {
  for (const value of fold.entities.get(entity) ?? [])
    if (value !== '' && value.length <= LONGEST_VALUE) into.add(value);
}

/** What a later round found joins what the first one did. */
export function withRound(first: ArtifactReading, later: ArtifactReading): ArtifactReading {
  const { examination } = first;
  const { folds, drowned, limits } = later.examination;
  if (folds.length === 0 && drowned.size === 0) return first;
  const joined: Examination = {
    ...examination,
    folds: [...examination.folds, ...folds],
    drowned: new Set([...examination.drowned, ...drowned]),
    limits: [...new Set([...examination.limits, ...limits])],
  };
  return { ...first, examination: joined };
}
