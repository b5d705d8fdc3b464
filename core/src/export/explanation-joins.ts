import type { CaseClaim, CaseFinding } from '../model/case-file.ts';
import type { Condition } from '../model/claim.ts';
import type { Micros } from '../model/evidence.ts';
import type { Entity } from '../model/finding.ts';
import type { Pack } from '../model/pack.ts';
import type { CaseIndex } from './case-index.ts';
import { timeOf } from './case-spans.ts';

/** What ties a finding to the one that its proof begins with. */
export interface Bond {
  readonly first: CaseFinding;
  readonly second: CaseFinding;
  /** What both name. */
  readonly same: Entity | undefined;
  /** How far apart hits of the two may lie. */
  readonly within: Micros | undefined;
  /** Two hits that lie so near, as far as the case keeps them. */
  readonly shown: { readonly first: Micros; readonly second: Micros } | undefined;
}

/** One way in which findings prove a claim. */
export interface Way {
  readonly findings: readonly CaseFinding[];
  readonly bonds: readonly Bond[];
}

/** The ways in which a claim is proven, as far as the case shows them. */
export interface Ways {
  /** The case holds every tie of them. */
  readonly shown: readonly Way[];
  /** Nothing in the case speaks against them, and the hits that lay near each other are not among those that it keeps. */
  readonly possible: readonly Way[];
  /** More ways than were followed. */
  readonly isCut: boolean;
}

/** The findings that a claim rests on and the case holds, in its order; more than any case of ours has are left out. */
export function restsOf(claim: CaseClaim, index: CaseIndex): readonly CaseFinding[] {
  const ids = [...new Set(claim.rests.slice(0, MOST_RESTS))];
  return ids.map((id) => index.finding(id)).filter((finding) => finding !== undefined);
}

/**
 * How the findings of a claim meet the proofs of its pack. The judge joined them by the times of all hits; the case keeps
 * the first and the last time and a few places in between, so a tie in time is shown only where those suffice.
 *
 * @param pack the very pack that the case was made with
 */
export function waysOf(claim: CaseClaim, index: CaseIndex, pack: Pack): Ways {
  const spec = pack.claims.find((c) => c.claim === claim.claim);
  const byRule = new Map<string, CaseFinding[]>();
  for (const finding of restsOf(claim, index)) {
    const found = byRule.get(finding.rule);
    if (found === undefined) byRule.set(finding.rule, [finding]);
    else found.push(finding);
  }
  const walk: Walk = { byRule, steps: MOST_STEPS, isCut: claim.rests.length > MOST_RESTS };
  const drafts = (spec?.proofs ?? []).flatMap((condition) => follow(condition, walk));
  const known = new Map<string, Way>();
  for (const { findings, bonds } of drafts) {
    const key = JSON.stringify(findings.map((f) => f.id).toSorted());
    const before = known.get(key);
    if (before === undefined || (!isShown(before) && bonds.every((bond) => isTied(bond))))
      known.set(key, { findings, bonds });
  }
  const ways = [...known.values()].filter((way) => !restsOnLess(way, known));
  return {
    shown: ways.filter(isShown),
    possible: ways.filter((way) => !isShown(way)),
    isCut: walk.isCut,
  };
}

interface Walk {
  readonly byRule: ReadonlyMap<string, readonly CaseFinding[]>;
  steps: number;
  isCut: boolean;
}

interface Draft extends Way {
  readonly shared: ReadonlyMap<string, string>;
}

/** The same walk as the judge's, over what the case keeps. */
function follow(condition: Condition, walk: Walk): readonly Draft[] {
  if (condition.is === 'rule') {
    const found = walk.byRule.get(condition.rule) ?? [];
    return found.map((finding) => ({ findings: [finding], bonds: [], shared: new Map<string, string>() }));
  }
  if (condition.is === 'any') return condition.of.flatMap((c) => follow(c, walk));
  const [first, ...rest] = condition.of;
  if (first === undefined) return [];
  const { same } = condition;
  let drafts = follow(first, walk);
  if (same !== undefined)
    drafts = drafts.flatMap((draft) =>
      valuesOf(draft, same).map((value) => ({ ...draft, shared: new Map([...draft.shared, [same, value]]) })),
    );
  for (const next of rest) drafts = extend(drafts, follow(next, walk), condition, walk);
  return drafts;
}

function extend(
  drafts: readonly Draft[],
  next: readonly Draft[],
  condition: { readonly same: string | undefined; readonly within: Micros | undefined },
  walk: Walk,
): readonly Draft[] {
  const { same, within } = condition;
  const named = next.map((draft) => ({
    draft,
    values: same === undefined ? undefined : new Set(valuesOf(draft, same)),
  }));
  const extended: Draft[] = [];
  for (const draft of drafts) {
    const value = same === undefined ? undefined : draft.shared.get(same);
    const anchor = draft.findings[0];
    for (const { draft: candidate, values } of named) {
      walk.steps -= 1;
      if (anchor === undefined) break;
      if (walk.steps <= 0 || extended.length >= MOST_WAYS) {
        walk.isCut = true;
        return extended;
      }
      if (value !== undefined && values?.has(value) !== true) continue;
      const entity = same === undefined || value === undefined ? undefined : { kind: same, value };
      const bonds = candidate.findings
        .filter((finding) => !draft.findings.includes(finding))
        .map((second) => ({ first: anchor, second, same: entity, within, shown: nearest(anchor, second, within) }));
      if (bonds.some((bond) => isRefuted(bond))) continue;
      extended.push({
        findings: [...new Set([...draft.findings, ...candidate.findings])],
        bonds: [...draft.bonds, ...candidate.bonds, ...bonds],
        shared: new Map([...candidate.shared, ...draft.shared]),
      });
    }
  }
  return extended;
}

function isShown(way: Way): boolean {
  return way.bonds.every((bond) => isTied(bond));
}

function isTied(bond: Bond): boolean {
  return bond.within === undefined || bond.shown !== undefined;
}

/** Whether the case itself shows that no two hits lie so near. */
function isRefuted({ first, second, within, shown }: Bond): boolean {
  if (within === undefined || shown !== undefined) return false;
  const [a, b] = [hitsOf(first), hitsOf(second)];
  const [firstA, lastA, firstB, lastB] = [a[0], a.at(-1), b[0], b.at(-1)];
  if (firstA === undefined || lastA === undefined || firstB === undefined || lastB === undefined) return true;
  if (lastA + within < firstB || lastB + within < firstA) return true;
  return first.count <= first.sightings.length && second.count <= second.sightings.length;
}

/** Of the kept hits of two findings, the first two that lie within the limit. Both lists are short and sorted. */
function nearest(first: CaseFinding, second: CaseFinding, within: Micros | undefined): Bond['shown'] {
  if (within === undefined) return undefined;
  const others = hitsOf(second);
  for (const hit of hitsOf(first)) {
    let best: Micros | undefined;
    for (const other of others) {
      const distance = Math.abs(other - hit);
      if (distance <= within && (best === undefined || distance < Math.abs(best - hit))) best = other;
    }
    if (best !== undefined) return { first: hit, second: best };
  }
  return undefined;
}

/** Times at which a finding was met for certain, sorted. */
function hitsOf(finding: CaseFinding): readonly Micros[] {
  const kept = finding.sightings.slice(0, MOST_TIMES).map((sighting) => sighting.at);
  const times = [finding.since, ...kept, finding.until].map(timeOf).filter((time) => time !== undefined);
  return [...new Set(times)].toSorted((a, b) => a - b);
}

/** Whether some of its findings are a proof of their own: then the others add nothing. */
function restsOnLess(way: Way, ways: ReadonlyMap<string, Way>): boolean {
  if (way.findings.length < 2) return false;
  return way.findings.some((finding) => ways.has(JSON.stringify([finding.id])));
}

function valuesOf(draft: Draft, kind: string): readonly string[] {
  const values = draft.findings.flatMap((finding) =>
    finding.entities
      .slice(0, MOST_ENTITIES)
      .filter((entity) => entity.kind === kind)
      .map((entity) => entity.value),
  );
  return [...new Set(values)];
}

/** Twice of what the judge names at most. */
const MOST_RESTS = 200;
const MOST_WAYS = 400;
const MOST_STEPS = 200_000;
const MOST_TIMES = 50;
const MOST_ENTITIES = 1_000;
