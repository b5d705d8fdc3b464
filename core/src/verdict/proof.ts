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

/** All ways (up to a bound) in which the findings of one host meet a condition; empty if it is not met. */
export function prove(condition: Condition, byRule: ReadonlyMap<string, readonly Finding[]>): readonly Proof[] {
  if (condition.is === 'rule') {
    // All of them: among thousands of harmless ones may be the one that has its partners near.
    return (byRule.get(condition.rule) ?? []).map((finding) => ({
      findings: [finding],
      shared: new Map(),
      at: finding.since,
    }));
  }
  if (condition.is === 'any') return condition.of.flatMap((c) => prove(c, byRule));
  const [first, ...rest] = condition.of;
  if (first === undefined) return [];
  let proofs: readonly Proof[] = startOf(prove(first, byRule), condition.same);
  for (const next of rest) proofs = extend(proofs, prove(next, byRule), condition.same, condition.within);
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
  same: string | undefined,
  within: Micros | undefined,
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
  for (const proof of proofs) {
    const candidates = same === undefined ? next : (byValue.get(proof.shared.get(same) ?? '') ?? []);
    for (const candidate of candidates) {
      const at = within === undefined ? earlier(proof.at, candidate.at) : near(proof, candidate, within);
      if (within !== undefined && at === undefined) continue;
      extended.push({
        findings: [...new Set([...proof.findings, ...candidate.findings])],
        shared: new Map([...candidate.shared, ...proof.shared]),
        at,
      });
      if (extended.length >= MAX_PROOFS) return extended;
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
