import type {
  CaseArtifact,
  CaseClaim,
  CaseCoverage,
  CaseFile,
  CaseFinding,
  CaseHost,
  CaseSighting,
  CaseVerdict,
} from '../model/case-file.ts';
import type { Level } from '../model/finding.ts';
import { timeOf } from './case-spans.ts';
import { HEADLINES_WORST_FIRST } from '../model/claim.ts';
import { CLAIMS_IN_ORDER, wordsFor } from './headline-words.ts';

/** A sighting with its finding. */
export interface FoundSighting {
  readonly finding: CaseFinding;
  readonly sighting: CaseSighting;
}

/** A case file with its references resolved. Total: what a foreign case leaves dangling is absent, not an error. */
export interface CaseIndex {
  readonly caseFile: CaseFile;
  readonly verdictsWorstFirst: readonly CaseVerdict[];
  finding(id: string): CaseFinding | undefined;
  artifact(id: string): CaseArtifact | undefined;
  host(id: string): CaseHost | undefined;
  /** In the order in which an attack happens. */
  claimsOf(verdict: { readonly host: string; readonly campaign: string }): readonly CaseClaim[];
  coverageOf(host: string): readonly CaseCoverage[];
  findingsOf(host: string): readonly CaseFinding[];
}

export function indexCase(caseFile: CaseFile): CaseIndex {
  const findings = new Map(caseFile.findings.map((f) => [f.id, f]));
  const artifacts = new Map(caseFile.artifacts.map((a) => [a.id, a]));
  const hosts = new Map(caseFile.hosts.map((h) => [h.id, h]));
  const claims = grouped(caseFile.claims, (c) => verdictKey(c));
  const coverage = grouped(caseFile.coverage, (c) => c.host);
  const byHost = grouped(caseFile.findings, (f) => f.host);
  const ofVerdict = (verdict: { readonly host: string; readonly campaign: string }): readonly CaseClaim[] =>
    claims.get(verdictKey(verdict)) ?? [];
  const rank = (verdict: CaseVerdict): number =>
    HEADLINES_WORST_FIRST.indexOf(verdict.headline) * 2 + Number(wordsFor(verdict, ofVerdict(verdict)).tone === 'good');
  const ranked = caseFile.verdicts.map((verdict) => ({ verdict, rank: rank(verdict) }));
  return {
    caseFile,
    verdictsWorstFirst: ranked
      .toSorted((a, b) => a.rank - b.rank || order(a.verdict.host, b.verdict.host))
      .map(({ verdict }) => verdict),
    finding: (id) => findings.get(id),
    artifact: (id) => artifacts.get(id),
    host: (id) => hosts.get(id),
    claimsOf: (verdict) =>
      ofVerdict(verdict).toSorted((a, b) => CLAIMS_IN_ORDER.indexOf(a.claim) - CLAIMS_IN_ORDER.indexOf(b.claim)),
    coverageOf: (host) => coverage.get(host) ?? [],
    findingsOf: (host) => byHost.get(host) ?? [],
  };
}

/**
 * The sighting a person should look at first: the earliest one of the loudest findings that a claim rests on. Joined
 * proofs rest on everyday rows as well, which may be older than the attack. Without times, the first one.
 */
export function firstSighting(claim: CaseClaim, index: CaseIndex): FoundSighting | undefined {
  const findings = claim.rests.map((id) => index.finding(id)).filter((f) => f !== undefined);
  const loudest = findings.reduce((most, f) => Math.max(most, LEVELS.indexOf(f.level)), -1);
  let first: FoundSighting | undefined;
  let firstAt = Number.POSITIVE_INFINITY;
  for (const finding of findings) {
    if (LEVELS.indexOf(finding.level) !== loudest) continue;
    for (const sighting of finding.sightings) {
      const at = timeOf(sighting.at) ?? Number.MAX_VALUE;
      if (at < firstAt) [first, firstAt] = [{ finding, sighting }, at];
    }
  }
  return first;
}

/** The name a person knows the host by. */
export function hostName(id: string, index: CaseIndex): string {
  return index.host(id)?.names[0] ?? id;
}

/** `container » path`, or the path alone. */
export function artifactPath(id: string, index: CaseIndex): string {
  const artifact = index.artifact(id);
  if (artifact === undefined) return `artifact ${id} (not in this case)`;
  return artifact.container === null ? artifact.path : `${artifact.container} > ${artifact.path}`;
}

function verdictKey(of: { readonly host: string; readonly campaign: string }): string {
  return JSON.stringify([of.host, of.campaign]);
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function grouped<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

const LEVELS: readonly Level[] = ['informational', 'low', 'medium', 'high', 'critical'];
