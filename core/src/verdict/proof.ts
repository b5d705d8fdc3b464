import type { Condition } from '../model/claim.ts';
import type { Micros } from '../model/evidence.ts';
import type { Finding } from '../model/finding.ts';

/** One way in which a condition is met: the findings it rests on, and the entity values they were joined by. */
export interface Proof {
  readonly findings: readonly Finding[];
  readonly shared: ReadonlyMap<string, string>;
}

/** Ways that are followed for one condition; beyond it one more way says nothing new. */
const MAX_PROOFS = 2_000;

/** All ways (up to a bound) in which the findings of one host meet a condition; empty if it is not met. */
export function prove(condition: Condition, byRule: ReadonlyMap<string, readonly Finding[]>): readonly Proof[] {
  if (condition.is === 'rule') {
    return (byRule.get(condition.rule) ?? []).slice(0, MAX_PROOFS).map((finding) => ({ findings: [finding], shared: new Map() }));
  }
  if (condition.is === 'any') return condition.of.flatMap((c) => prove(c, byRule)).slice(0, MAX_PROOFS);
  const [first, ...rest] = condition.of;
  if (first === undefined) return [];
  let proofs: readonly Proof[] = startOf(prove(first, byRule), condition.same);
  for (const next of rest) proofs = extend(proofs, prove(next, byRule), condition.same, condition.within);
  return proofs;
}

/** Whether some hit of one finding lies within `within` of some hit of another. Findings without times never do. */
export function hitsWithin(a: readonly Micros[], b: readonly Micros[], within: Micros): boolean {
  let j = 0;
  for (const time of a) {
    while (j < b.length && (b[j] ?? 0) < time - within) j += 1;
    const candidate = b[j];
    if (candidate === undefined) return false;
    if (candidate <= time + within) return true;
  }
  return false;
}

function startOf(proofs: readonly Proof[], same: string | undefined): readonly Proof[] {
  if (same === undefined) return proofs;
  return proofs.flatMap((proof) =>
    valuesOf(proof, same).map((value) => ({ findings: proof.findings, shared: new Map([...proof.shared, [same, value]]) })),
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
      if (within !== undefined && !near(proof, candidate, within)) continue;
      extended.push({
        findings: [...new Set([...proof.findings, ...candidate.findings])],
        shared: new Map([...candidate.shared, ...proof.shared]),
      });
      if (extended.length >= MAX_PROOFS) return extended;
    }
  }
  return extended;
}

function near(proof: Proof, candidate: Proof, within: Micros): boolean {
  const anchor = proof.findings[0];
  return anchor !== undefined && candidate.findings.every((f) => hitsWithin(anchor.times, f.times, within));
}

function valuesOf(proof: Proof, kind: string): readonly string[] {
  const values = proof.findings.flatMap((f) => f.entities.filter((e) => e.kind === kind).map((e) => e.value));
  return [...new Set(values)];
}
