import type { CaseArtifact, CaseClaim, CaseCoverage, CaseFile, CaseFinding, CaseVerdict } from '../model/case-file.ts';
import type { Span } from '../model/evidence.ts';
import type { Level } from '../model/finding.ts';
import type { CaseIndex } from './case-index.ts';
import { hullOf, joinSpans, spansOf, timeOf } from './case-spans.ts';

/** What both reports choose from a case, and in which order. Everything is bounded: the case may come from anyone. */
export interface ReportOptions {
  /** Ids of the hosts to report of; absent: all. */
  readonly hosts?: ReadonlySet<string>;
}

/** A must-see that was not seen, of all claims that wait for it. */
export interface Missing {
  readonly unseen: CaseClaim['unseen'][number];
  readonly claims: readonly string[];
  readonly spans: readonly Span[];
}

/** Ids of the hosts that are called so, by id or by name, whatever the case; empty if none is. */
export function hostsNamed(caseFile: CaseFile, name: string): ReadonlySet<string> {
  const wanted = name.toLowerCase();
  const called = caseFile.hosts.filter((h) => [h.id, ...h.names].some((each) => each.toLowerCase() === wanted));
  return new Set(called.map((h) => h.id));
}

/**
 * The verdicts to report of, worst first. Of several for one host and campaign, which no case of ours has, the worst: each
 * of them would be told with all claims and findings of that host again.
 */
export function verdictsOf(index: CaseIndex, options: ReportOptions): readonly CaseVerdict[] {
  const { hosts } = options;
  const seen = new Set<string>();
  return index.verdictsWorstFirst.filter((verdict) => {
    const key = JSON.stringify([verdict.host, verdict.campaign]);
    if (seen.has(key) || hosts?.has(verdict.host) === false) return false;
    seen.add(key);
    return true;
  });
}

/** What was not seen, each must-see once, in the order of the claims. */
export function missingOf(claims: readonly CaseClaim[]): readonly Missing[] {
  const missing = new Map<string, { unseen: CaseClaim['unseen'][number]; claims: Set<string>; spans: Span[] }>();
  for (const claim of claims) {
    for (const unseen of claim.unseen) {
      const entry = missing.get(unseen.mustSee) ?? { unseen, claims: new Set<string>(), spans: [] };
      missing.set(unseen.mustSee, entry);
      entry.claims.add(claim.claim);
      for (const span of spansOf(unseen.spans)) entry.spans.push(span);
    }
  }
  return [...missing.values()].map(({ unseen, claims: touched, spans }) => ({
    unseen,
    claims: [...touched],
    spans: joinSpans(spans),
  }));
}

/**
 * Findings of one verdict, most telling first: by level, then those that an established claim rests on, then those that
 * some claim rests on, then by time.
 */
export function mostTellingFirst(verdict: CaseVerdict, index: CaseIndex): readonly CaseFinding[] {
  const rank = new Map<string, number>();
  for (const claim of index.claimsOf(verdict)) {
    const weight = claim.answer === 'established' ? 2 : 1;
    for (const id of claim.rests) rank.set(id, Math.max(rank.get(id) ?? 0, weight));
  }
  const key = (finding: CaseFinding): readonly [number, number, number] => [
    -LEVELS.indexOf(finding.level),
    -(rank.get(finding.id) ?? 0),
    timeOf(finding.since) ?? Number.MAX_VALUE,
  ];
  return findingsOf(verdict, index)
    .map((finding) => ({ finding, key: key(finding) }))
    .toSorted((a, b) => a.key[0] - b.key[0] || a.key[1] - b.key[1] || a.key[2] - b.key[2])
    .map(({ finding }) => finding);
}

/** Findings of one host and campaign; grouped once for each case, however many verdicts ask. */
function findingsOf(verdict: CaseVerdict, index: CaseIndex): readonly CaseFinding[] {
  let groups = grouped.get(index);
  if (groups === undefined) {
    groups = new Map<string, CaseFinding[]>();
    for (const finding of index.caseFile.findings) {
      const key = JSON.stringify([finding.host, finding.campaign]);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [finding]);
      else group.push(finding);
    }
    grouped.set(index, groups);
  }
  return groups.get(JSON.stringify([verdict.host, verdict.campaign])) ?? [];
}

/** The entities of a finding that a person asks for first: who, where, what; marks of a session last. */
export function tellingEntities(finding: CaseFinding): CaseFinding['entities'] {
  return finding.entities.toSorted((a, b) => placeOf(a.kind) - placeOf(b.kind));
}

function placeOf(kind: string): number {
  return SAID_FIRST.includes(kind) ? SAID_FIRST.indexOf(kind) : SAID_FIRST.length + Number(SAID_LAST.includes(kind));
}

/** Artifacts, those first that findings of the worst verdicts lead to, then those with gaps, then the rest as the case has them. */
export function artifactsFirst(
  caseFile: CaseFile,
  verdicts: readonly CaseVerdict[],
  index: CaseIndex,
): readonly CaseArtifact[] {
  const told = new Map<string, number>();
  for (const verdict of verdicts.slice(0, MOST_VERDICTS)) {
    for (const { sightings } of mostTellingFirst(verdict, index)) {
      for (const { artifact } of sightings) if (!told.has(artifact)) told.set(artifact, told.size);
    }
  }
  const place = (artifact: CaseArtifact): number =>
    told.get(artifact.id) ?? (artifact.gaps.length > 0 ? AFTER_ALL : AFTER_ALL + 1);
  return caseFile.artifacts
    .map((artifact) => ({ artifact, at: place(artifact) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ artifact }) => artifact);
}

/** The time in question of a verdict, as far as its claims and its host say. */
export function windowOf(
  claims: readonly CaseClaim[],
  coverage: readonly CaseCoverage[],
  asOf: string | null,
): Span | undefined {
  const starts = claims.map((c) => timeOf(c.window.from)).filter((t) => t !== undefined);
  const ends = claims.map((c) => timeOf(c.window.to) ?? timeOf(asOf)).filter((t) => t !== undefined);
  const seen = starts.length > 0 && ends.length > 0 ? [] : coverage.flatMap((c) => spansOf(c.spans));
  return hullOf(starts.length > 0 ? starts : seen.map((s) => s.from), ends.length > 0 ? ends : seen.map((s) => s.to));
}

/** Whether anything of a source or tree was in the evidence. */
export function isPresent(source: CaseCoverage): boolean {
  return source.extent === null ? source.spans.length > 0 : source.extent.how !== 'unknown';
}

const grouped = new WeakMap<CaseIndex, Map<string, CaseFinding[]>>();
export const LEVELS: readonly Level[] = ['informational', 'low', 'medium', 'high', 'critical'];
const SAID_FIRST: readonly string[] = ['address', 'account', 'path', 'command', 'file'];
const SAID_LAST: readonly string[] = ['canary', 'session', 'request', 'sha256', 'user-agent'];
/** Verdicts whose findings choose which artifacts come first. */
const MOST_VERDICTS = 20;
const AFTER_ALL = Number.MAX_SAFE_INTEGER - 1;
