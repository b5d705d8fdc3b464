import type { Condition } from '../model/claim.ts';
import type { Micros } from '../model/evidence.ts';
import type { Finding } from '../model/finding.ts';

/** One way in which a condition is met: the findings it rests on, and the entity values they were joined by. */
export interface Proof {
  readonly findings: readonly Finding[];
  readonly shared: ReadonlyMap<string, string>;
  /** When it began: the first hit that counts, which for a joined proof is the first one with its partners near. */
  readonly at: Micros | undefined;
}

/** Ways that are followed for one condition; beyond it one more way says nothing new. */
const MAX_PROOFS = 2_000;

/** Comparisons of hit times that all joins of one claim may cost; hostile evidence can make any number of pairs. */
const MOST_STEPS = 50_000_000;

/** Work that joins may still do. Once it is used up nothing more is joined, and no claim may rest on the silence. */
export class JoinBudget {
  #left = MOST_STEPS;

  /** @returns whether so much work is still allowed */
  spend(steps: number): boolean {
    this.#left -= steps;
    return this.#left > 0;
  }

  /** Not every pair could be followed. */
  exhaust(): void {
    this.#left = 0;
  }

  get exhausted(): boolean {
    return this.#left <= 0;
  }
}

/** All ways (up to a bound) in which the findings of one host meet a condition; empty if it is not met. */
export function prove(
  condition: Condition,
  byRule: ReadonlyMap<string, readonly Finding[]>,
  budget: JoinBudget = new JoinBudget(),
): readonly Proof[] {
  if (condition.is === 'rule') {
    // All of them: among thousands of harmless ones may be the one that has its partners near.
    return (byRule.get(condition.rule) ?? []).map((finding) => ({
      findings: [finding],
      shared: new Map(),
      at: finding.since,
    }));
  }
  if (condition.is === 'any') return condition.of.flatMap((c) => prove(c, byRule, budget));
  const [first, ...rest] = condition.of;
  if (first === undefined) return [];
  let proofs: readonly Proof[] = startOf(prove(first, byRule, budget), condition.same);
  for (const next of rest)
    proofs = extend(proofs, prove(next, byRule, budget), { same: condition.same, within: condition.within, budget });
  return proofs;
}

/** Those hits of one finding that have a hit of another within `within`. Both lists are sorted. */
export function hitsNear(a: readonly Micros[], b: readonly Micros[], within: Micros): readonly Micros[] {
  let j = 0;
  return a.filter((time) => {
    while (j < b.length && (b[j] ?? 0) < time - within) j += 1;
    const candidate = b[j];
    return candidate !== undefined && candidate <= time + within;
  });
}

function startOf(proofs: readonly Proof[], same: string | undefined): readonly Proof[] {
  if (same === undefined) return proofs;
  return proofs.flatMap((proof) =>
    valuesOf(proof, same).map((value) => ({ ...proof, shared: new Map([...proof.shared, [same, value]]) })),
  );
}

function extend(
  proofs: readonly Proof[],
  next: readonly Proof[],
  { same, within, budget }: { same: string | undefined; within: Micros | undefined; budget: JoinBudget },
): readonly Proof[] {
  const byValue = new Map<string, Proof[]>();
  if (same !== undefined) {
    for (const proof of next) {
      for (const value of valuesOf(proof, same)) {
        const found = byValue.get(value);
        if (found === undefined) byValue.set(value, [proof]);
        else found.push(proof);
      }
    }
  }
  const extended: Proof[] = [];
  const times = within === undefined || same !== undefined ? undefined : allTimes(next, budget);
  for (const proof of proofs) {
    if (times !== undefined && within !== undefined && !anyNear(proof, times, within, budget)) continue;
    if (budget.exhausted) return extended;
    const candidates = same === undefined ? next : (byValue.get(proof.shared.get(same) ?? '') ?? []);
    for (const candidate of candidates) {
      if (!budget.spend(1 + (within === undefined ? 0 : stepsOf(proof, candidate)))) return extended;
      const at = within === undefined ? earlier(proof.at, candidate.at) : near(proof, candidate, within);
      if (within !== undefined && at === undefined) continue;
      extended.push({
        findings: [...new Set([...proof.findings, ...candidate.findings])],
        shared: new Map([...candidate.shared, ...proof.shared]),
        at,
      });
      if (extended.length >= MAX_PROOFS) {
        budget.exhaust();
        return extended;
      }
    }
  }
  return extended;
}

/** The first hit of the proof's anchor that has a hit of every finding of the candidate near. */
function near(proof: Proof, candidate: Proof, within: Micros): Micros | undefined {
  const anchor = proof.findings[0];
  if (anchor === undefined) return undefined;
  let times: readonly Micros[] = anchor.times;
  for (const finding of candidate.findings) {
    if (apart(anchor, finding, within)) return undefined;
    times = hitsNear(times, finding.times, within);
  }
  return times[0];
}

/** Times of the first findings of all candidates, sorted: what no candidate can be near without. */
function allTimes(proofs: readonly Proof[], budget: JoinBudget): Float64Array {
  const count = proofs.reduce((sum, proof) => sum + (proof.findings[0]?.times.length ?? 0), 0);
  const times = new Float64Array(budget.spend(count) ? count : 0);
  let at = 0;
  for (const proof of proofs) {
    if (at >= times.length) break;
    times.set(proof.findings[0]?.times ?? [], at);
    at += proof.findings[0]?.times.length ?? 0;
  }
  return times.toSorted();
}

function anyNear(proof: Proof, times: Float64Array, within: Micros, budget: JoinBudget): boolean {
  const own = proof.findings[0]?.times ?? [];
  budget.spend(own.length);
  return own.some((time) => {
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] ?? 0) < time - within) low = middle + 1;
      else high = middle;
    }
    return (times[low] ?? Number.POSITIVE_INFINITY) <= time + within;
  });
}

function stepsOf(proof: Proof, candidate: Proof): number {
  return (proof.findings[0]?.times.length ?? 0) + candidate.findings.reduce((sum, f) => sum + f.times.length, 0);
}

/** Whether two findings are so far apart in time that no hits of theirs can be near. */
function apart(a: Finding, b: Finding, within: Micros): boolean {
  const [firstA, lastA, firstB, lastB] = [a.times[0], a.times.at(-1), b.times[0], b.times.at(-1)];
  if (firstA === undefined || lastA === undefined || firstB === undefined || lastB === undefined) return true;
  return lastA + within < firstB || lastB + within < firstA;
}

function earlier(a: Micros | undefined, b: Micros | undefined): Micros | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

function valuesOf(proof: Proof, kind: string): readonly string[] {
  const values = proof.findings.flatMap((f) => f.entities.filter((e) => e.kind === kind).map((e) => e.value));
  return [...new Set(values)];
}
