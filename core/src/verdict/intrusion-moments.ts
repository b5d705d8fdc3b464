import type { Condition } from '../model/claim.ts';
import type { Micros } from '../model/evidence.ts';
import type { Pack } from '../model/pack.ts';

/** A hit of a group at a moment. */
export interface Hit {
  readonly at: Micros;
  readonly group: number;
  readonly finding: string;
}

/** Hits of several groups on one host in the order of time; answers which one group was at work at a moment. */
export class Moments {
  readonly #hits: readonly Hit[];
  /** For each hit the index of the next one of another group. */
  readonly #turns: Int32Array;

  constructor(hits: readonly Hit[]) {
    this.#hits = hits.toSorted((a, b) => a.at - b.at || a.group - b.group);
    this.#turns = new Int32Array(hits.length);
    let turn = hits.length;
    for (let i = hits.length - 1; i >= 0; i -= 1) {
      if (i + 1 < hits.length && this.#hits[i + 1]?.group !== this.#hits[i]?.group) turn = i + 1;
      this.#turns[i] = turn;
    }
  }

  /** First hit from `from` to `to`, both inclusive, if all hits there are of one group; `undefined` if none or several have any. */
  alone(from: Micros, to: Micros): Hit | undefined {
    const first = this.#firstFrom(from);
    const hit = this.#hits[first];
    if (hit === undefined || hit.at > to) return undefined;
    const other = this.#hits[this.#turns[first] ?? 0];
    return other !== undefined && other.group !== hit.group && other.at <= to ? undefined : hit;
  }

  /** The group that alone was at work near a moment: within the narrowest distance in which anybody was. */
  near(at: Micros, distances: readonly Micros[]): Hit | undefined {
    for (const distance of distances) {
      const first = this.#hits[this.#firstFrom(at - distance)];
      // Two at the same time: a wider look would not tell them apart.
      if (first !== undefined && first.at <= at + distance) return this.alone(at - distance, at + distance);
    }
    return undefined;
  }

  #firstFrom(at: Micros): number {
    let low = 0;
    let high = this.#hits.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#hits[middle]?.at ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What a pack's own proofs say of closeness: hits of these rules that are so near belong together. */
export interface NearRules {
  readonly of: ReadonlySet<string>;
  readonly to: ReadonlySet<string>;
  readonly within: Micros;
}

/** Every joined proof that asks for closeness in time, between its first condition and the others. */
export function nearRulesOf(pack: Pack): readonly NearRules[] {
  const found: NearRules[] = [];
  const walk = (condition: Condition): void => {
    if (condition.is === 'rule') return;
    for (const inner of condition.of) walk(inner);
    if (condition.is === 'any' || condition.within === undefined) return;
    const [first, ...rest] = condition.of;
    if (first === undefined) return;
    const [of, to] = [new Set(rulesOf(first)), new Set(rest.flatMap(rulesOf))];
    found.push({ of, to, within: condition.within }, { of: to, to: of, within: condition.within });
  };
  for (const claim of pack.claims) for (const condition of claim.proofs) walk(condition);
  return found;
}

/** Runs of times no further apart than `pause`; the last run takes all that is left once there are `most`. */
export function bursts(times: readonly Micros[], pause: Micros, most: number): readonly (readonly Micros[])[] {
  const runs: Micros[][] = [];
  let last: Micros | undefined;
  for (const at of times) {
    const run = runs.at(-1);
    if (run === undefined || (last !== undefined && at - last > pause && runs.length < most)) runs.push([at]);
    else run.push(at);
    last = at;
  }
  return runs;
}

function rulesOf(condition: Condition): readonly string[] {
  return condition.is === 'rule' ? [condition.rule] : condition.of.flatMap(rulesOf);
}
