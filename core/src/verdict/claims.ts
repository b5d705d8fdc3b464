import { isoSecond } from '../bytes/time.ts';
import type { Answer, Claim, ClaimId, Condition, Seen, Unseen } from '../model/claim.ts';
import type { Micros } from '../model/evidence.ts';
import type { Finding } from '../model/finding.ts';
import type { ClaimSpec, Pack } from '../model/pack.ts';
import type { BuildVerdict } from './builds.ts';
import { JoinBudget, prove } from './proof.ts';
import type { Proof } from './proof.ts';
import { lookAt } from './sight.ts';
import type { HostSight } from './sight.ts';

/** Everything the law needs about one host and one campaign. */
export interface HostEvidence {
  readonly host: string;
  readonly asOf: Micros | undefined;
  /** The last time the evidence itself shows: it was collected then or later. */
  readonly collected: Micros | undefined;
  readonly findings: readonly Finding[];
  /** Ids of findings that only an earlier state of the server shows: they were there, and say nothing of now. */
  readonly past: ReadonlySet<string>;
  /** Findings of other servers whose requests went on to this one, by id, with what this one shows of them. */
  readonly through: ReadonlyMap<string, readonly Finding[]>;
  readonly sight: HostSight;
  readonly builds: BuildVerdict;
  /** Rules that hit more often, or on more things, than was kept. */
  readonly drowned: ReadonlySet<string>;
}

/** Findings that one claim names at most; the rest are counted in the sentence of the finding itself. */
const MAX_RESTS = 100;

/** What speaks for a claim besides its own proofs: nobody operates a shell on a server that was never broken into. */
const SPOKEN_FOR_BY: Readonly<Record<ClaimId, readonly ClaimId[]>> = {
  vulnerable: ['exploited'],
  targeted: ['exploited', 'data-accessed', 'implanted', 'operated', 'persisting'],
  exploited: ['data-accessed', 'implanted', 'operated', 'persisting'],
  'data-accessed': ['operated'],
  implanted: ['operated', 'persisting'],
  operated: [],
  persisting: [],
  remediated: [],
};

/**
 * Answers every claim of a pack for one host: established only by findings, ruled out only when every must-see was
 * seen over the claim's own window and nothing speaks for it, undetermined otherwise.
 */
export function judgeClaims(evidence: HostEvidence, pack: Pack): readonly Claim[] {
  const byRule = sortedByRule(evidence.findings);
  const now = evidence.past.size === 0 ? byRule : sortedByRule(findingsOf('persisting', evidence));
  const own = evidence.through.size === 0 ? byRule : sortedByRule(findingsOf('vulnerable', evidence));
  const drafts = pack.claims.map((spec) =>
    draft(spec, spec.claim === 'persisting' ? now : spec.claim === 'vulnerable' ? own : byRule, evidence, pack),
  );
  const known: Known = {
    established: new Set(drafts.filter((d) => d.answer === 'established').map((d) => d.spec.claim)),
    joined: new Set(drafts.flatMap((d) => d.proofs.flatMap((p) => (p.findings.length > 1 ? p.findings : [])))),
    routine: routineRules(pack),
  };
  return drafts.map((d) => finish(d, known, evidence, pack));
}

/** What all claims together say about one of them. */
interface Known {
  readonly established: ReadonlySet<ClaimId>;
  /** Findings that a proof of any claim joined with others. */
  readonly joined: ReadonlySet<Finding>;
  readonly routine: ReadonlySet<string>;
}

/**
 * Rules for what the product does every day as well: informational, and in every proof that names them beside something
 * else, near in time. Such a sign says something only where its partner was met: where the partner may have been missed,
 * the must-sees say so.
 */
function routineRules(pack: Pack): ReadonlySet<string> {
  const proofs = pack.claims.flatMap((spec) => spec.proofs);
  const leaning = new Set(proofs.flatMap((proof) => leaningOn(proof, false)));
  const standing = new Set(proofs.flatMap(anchorsOf));
  const rules = pack.rules.filter((r) => r.level === 'informational' && leaning.has(r.id) && !standing.has(r.id));
  return new Set(rules.map((r) => r.id));
}

/** The rules that a condition wants near something else. */
function leaningOn(condition: Condition, leans: boolean): readonly string[] {
  if (condition.is === 'rule') return leans ? [condition.rule] : [];
  if (condition.is === 'any') return condition.of.flatMap((part) => leaningOn(part, leans));
  return condition.of.flatMap((part, index) => leaningOn(part, leans || (index > 0 && condition.within !== undefined)));
}

/**
 * What a claim may rest on: what is there now rests on nothing that was gone in the last state, and that another front
 * end acted on a forged request says nothing of the build of this one.
 */
function findingsOf(claim: ClaimId, { findings, past, through }: HostEvidence): readonly Finding[] {
  if (claim === 'vulnerable' && through.size > 0) return findings.filter((f) => !through.has(f.id));
  return claim === 'persisting' && past.size > 0 ? findings.filter((f) => !past.has(f.id)) : findings;
}

function sortedByRule(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const byRule = new Map<string, Finding[]>();
  for (const finding of findings) {
    const found = byRule.get(finding.rule);
    if (found === undefined) byRule.set(finding.rule, [finding]);
    else found.push(finding);
  }
  return byRule;
}

interface Draft {
  readonly spec: ClaimSpec;
  readonly answer: Answer;
  readonly proofs: readonly Proof[];
  readonly window: { readonly from: Micros; readonly to: Micros | undefined };
  readonly seen: readonly Seen[];
  readonly unseen: readonly Unseen[];
  /** Not every pair of findings could be looked at. */
  readonly cut: boolean;
}

function draft(
  spec: ClaimSpec,
  byRule: ReadonlyMap<string, readonly Finding[]>,
  evidence: HostEvidence,
  pack: Pack,
): Draft {
  const window = windowOf(spec.claim, evidence, pack);
  const budget = new JoinBudget();
  const proofs = spec.proofs.flatMap((condition) => prove(condition, byRule, budget));
  const sights = spec.mustSee.flatMap((id) => {
    const mustSee = pack.mustSees.find((m) => m.id === id);
    return mustSee === undefined ? [] : [lookAt(mustSee, window, evidence.sight, pack)];
  });
  const seen = sights.flatMap((s) => s.seen);
  const unseen = sights.flatMap((s) => (s.unseen === undefined ? [] : [s.unseen]));
  const answer = firstAnswer(spec.claim, proofs, unseen, window, evidence);
  return { spec, answer, proofs, window, seen, unseen, cut: budget.exhausted };
}

function firstAnswer(
  claim: ClaimId,
  proofs: readonly Proof[],
  unseen: readonly Unseen[],
  window: { to: Micros | undefined },
  evidence: HostEvidence,
): Answer {
  const fixed = [...evidence.builds.fixed.values()];
  // Without a present there is no present-tense answer, whatever lies in the evidence.
  if (proofs.length > 0) return claim === 'persisting' && window.to === undefined ? 'undetermined' : 'established';
  if (claim === 'vulnerable') {
    if (evidence.builds.neverVulnerable) return 'not-applicable';
    if (window.to !== undefined && fixed.includes('no')) return 'established';
    return unseen.length === 0 && window.to !== undefined && fixed.every((f) => f === 'yes')
      ? 'ruled-out'
      : 'undetermined';
  }
  // Being repaired is proven by comparing two states of the server; one look at it never proves it.
  if (claim === 'remediated') return 'undetermined';
  if (evidence.builds.neverVulnerable && (claim === 'exploited' || claim === 'data-accessed')) return 'not-applicable';
  return unseen.length === 0 && window.to !== undefined ? 'ruled-out' : 'undetermined';
}

function finish(d: Draft, known: Known, evidence: HostEvidence, pack: Pack): Claim {
  const { established } = known;
  let answer = d.answer;
  const unexplained = d.proofs.length > 0 ? [] : speakingFor(d, findingsOf(d.spec.claim, evidence), known, pack);
  const speaks = SPOKEN_FOR_BY[d.spec.claim].some((claim) => established.has(claim)) || unexplained.length > 0;
  // A rule that met more than could be kept may have met the one thing that counts.
  const drowned = d.spec.proofs.flatMap(rulesOf).some((rule) => evidence.drowned.has(rule));
  if ((speaks || drowned || d.cut) && (answer === 'ruled-out' || answer === 'not-applicable')) answer = 'undetermined';
  if (d.spec.claim === 'remediated' && !COMPROMISE.some((claim) => established.has(claim))) answer = 'not-applicable';
  const proving = d.proofs.flatMap((p) => p.findings);
  const echoes = proving.flatMap((f) => evidence.through.get(f.id) ?? []);
  const rests = [...new Set([...proving, ...echoes, ...unexplained])].toSorted(bySince).slice(0, MAX_RESTS);
  return {
    id: `${evidence.host}/${pack.id}/${d.spec.claim}`,
    claim: d.spec.claim,
    campaign: pack.id,
    host: evidence.host,
    answer,
    says: sentence(d, answer, rests, evidence),
    window: d.window,
    rests: rests.map((f) => f.id),
    seen: d.seen,
    unseen: answer === 'not-applicable' ? [] : d.unseen,
  };
}

/**
 * Findings that prove nothing alone and yet forbid a "no": strong signs on the rung of the claim. A page that Exchange
 * does not ship is no proof of a web shell, but while it is unexplained nobody may say that there is none.
 */
function speakingFor(d: Draft, findings: readonly Finding[], known: Known, pack: Pack): readonly Finding[] {
  const { spec, window } = d;
  const rungs = RUNGS_OF[spec.claim];
  if (rungs === undefined) return [];
  const anchors = spec.claim === 'persisting' ? new Set(spec.proofs.flatMap(anchorsOf)) : undefined;
  const speaking = new Set(
    pack.rules
      .filter((r) => BEYOND_NOISE.has(r.weight) && r.rung >= rungs.from && r.rung <= rungs.to)
      // What is there now is spoken for by what its own proofs begin with, not by what is left of a page that is gone.
      .filter((r) => anchors === undefined || anchors.has(r.id) || r.rung === 9)
      .map((r) => r.id),
  );
  return findings.filter(
    (f) =>
      speaking.has(f.rule) &&
      (!known.routine.has(f.rule) || known.joined.has(f)) &&
      (!ATTACKS.has(spec.claim) || !isOutside(f, window)),
  );
}

/** Whether all of a finding happened before or after a window; what has no time may have happened in it. */
function isOutside(finding: Finding, window: Draft['window']): boolean {
  if (finding.since === undefined || window.to === undefined) return false;
  return finding.since > window.to || (finding.until ?? finding.since) < window.from;
}

function rulesOf(condition: Condition): readonly string[] {
  return condition.is === 'rule' ? [condition.rule] : condition.of.flatMap(rulesOf);
}

/** The rules that the proofs of a condition can begin with. */
function anchorsOf(condition: Condition): readonly string[] {
  if (condition.is === 'rule') return [condition.rule];
  return condition.is === 'any' ? condition.of.flatMap(anchorsOf) : condition.of.slice(0, 1).flatMap(anchorsOf);
}

const BEYOND_NOISE: ReadonlySet<string> = new Set(['medium', 'strong', 'decisive']);
const BEYOND_HINTS: ReadonlySet<string> = new Set(['strong', 'decisive']);

/** The rungs that speak for a claim: its own and, for what must have come before, all above it. */
const RUNGS_OF: Readonly<Partial<Record<ClaimId, { readonly from: number; readonly to: number }>>> = {
  targeted: { from: 1, to: 6 },
  exploited: { from: 4, to: 6 },
  'data-accessed': { from: 4, to: 4 },
  // A folder that IIS serves from elsewhere, or a module, is a way in of its own: what lies there was not looked at.
  implanted: { from: 7, to: 9 },
  operated: { from: 8, to: 9 },
  persisting: { from: 7, to: 9 },
};

/**
 * Windows of the law: attacks can come from the first possible exploitation until the fix was proven loaded; what they
 * left can show until collection; states are states at `asOf`. What is unknown takes the widest window.
 */
function windowOf(claim: ClaimId, evidence: HostEvidence, pack: Pack): { from: Micros; to: Micros | undefined } {
  const { asOf } = evidence;
  if (claim === 'vulnerable' || claim === 'persisting' || claim === 'remediated') {
    return asOf === undefined || asOf < pack.firstExploitation
      ? { from: pack.firstExploitation, to: undefined }
      : { from: asOf, to: asOf };
  }
  if (claim === 'targeted' || claim === 'exploited') {
    const fixLoaded = evidence.builds.fixLoadedAt;
    // Only forged requests contradict the fix: what is done through a backdoor works on a fixed server as well.
    const forged = new Set(
      pack.rules.filter((r) => r.stage === 'ssrf' && r.rung >= 3 && BEYOND_HINTS.has(r.weight)).map((r) => r.id),
    );
    const contradicted = evidence.findings.some(
      (f) => forged.has(f.rule) && !evidence.through.has(f.id) && fixLoaded !== undefined && (f.until ?? 0) > fixLoaded,
    );
    if (fixLoaded !== undefined && !contradicted && fixLoaded > pack.firstExploitation)
      return { from: pack.firstExploitation, to: fixLoaded };
  }
  // Evidence from before the campaign says nothing about it, and must not close an empty window.
  const collected = Math.max(asOf ?? 0, evidence.collected ?? 0);
  return {
    from: pack.firstExploitation,
    to: asOf === undefined || collected <= pack.firstExploitation ? undefined : collected,
  };
}

function sentence(d: Draft, answer: Answer, rests: readonly Finding[], evidence: HostEvidence): string {
  const { says } = d.spec;
  if (d.spec.claim === 'vulnerable') return vulnerableSentence(d, answer, rests, evidence);
  if (answer === 'ruled-out') return says.ruledOut;
  if (answer === 'not-applicable') return says.notApplicable;
  if (answer === 'undetermined') {
    if (d.proofs.length > 0) {
      return `${fill(says.established, d.proofs, rests)} - in the evidence as collected; no source states when that was, so nothing is said of today (--as-of states it)`;
    }
    return rests.length === 0
      ? says.undetermined
      : `${says.undetermined}: ${rests.length} strong ${rests.length === 1 ? 'sign is' : 'signs are'} unexplained`;
  }
  const sentenceText = fill(says.established, d.proofs, rests);
  const others = new Set(d.proofs.flatMap((p) => [...p.shared.values()])).size;
  return others > 1 ? `${sentenceText} (and ${others - 1} more)` : sentenceText;
}

function vulnerableSentence(d: Draft, answer: Answer, rests: readonly Finding[], evidence: HostEvidence): string {
  const { builds } = evidence;
  const open = [...builds.fixed].filter(([, fixed]) => fixed === 'no').map(([cve]) => cve);
  const state =
    builds.disagreement ??
    (builds.build === undefined
      ? 'no artefact states the build'
      : open.length > 0
        ? `build ${builds.build} lacks the fix for ${open.join(', ')}`
        : [...builds.fixed.values()].every((f) => f === 'yes')
          ? `build ${builds.build} holds the fix`
          : `build ${builds.build} does not decide whether the fix is in`);
  if (answer !== 'established')
    return `${answer === 'ruled-out' ? d.spec.says.ruledOut : answer === 'not-applicable' ? d.spec.says.notApplicable : d.spec.says.undetermined}: ${state}`;
  const last = Math.max(...rests.map((f) => f.until ?? f.since ?? 0), 0);
  return last > 0
    ? `The server acted on forged requests, last on ${isoSecond(last)}: it was vulnerable then; as of the evidence, ${state}`
    : `${fill(d.spec.says.established, d.proofs, rests)}: ${state}`;
}

/** Fills entity kinds from the first proof, and `{since}` with the beginning of the earliest. */
function fill(template: string, proofs: readonly Proof[], rests: readonly Finding[]): string {
  const proof = proofs[0];
  const begins = proofs.flatMap((p) => (p.at === undefined ? [] : [p.at]));
  const since = begins.length === 0 ? undefined : begins.reduce((a, b) => Math.min(a, b));
  const valueOf = (kind: string): string | undefined => {
    if (kind === 'since') return since === undefined ? undefined : isoSecond(since);
    const entities = (proof?.findings ?? rests).flatMap((f) => f.entities);
    return proof?.shared.get(kind) ?? entities.find((e) => e.kind === kind)?.value;
  };
  // What the proof does not name is left out with its brackets, or said to be unstated. One pass: values are evidence.
  return template.replaceAll(
    / \(\{([a-z-]+)\}\)|\{([a-z-]+)\}/g,
    (_, bracketed: string | undefined, plain: string | undefined) => {
      const value = valueOf(bracketed ?? plain ?? '');
      if (bracketed !== undefined) return value === undefined ? '' : ` (${value})`;
      return value ?? `an unstated ${plain === 'since' ? 'time' : plain}`;
    },
  );
}

function bySince(a: Finding, b: Finding): number {
  return (
    (a.since ?? Number.MAX_SAFE_INTEGER) - (b.since ?? Number.MAX_SAFE_INTEGER) ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

/** Claims about attacks while the server was open to them: what came later came by another way. */
const ATTACKS: ReadonlySet<ClaimId> = new Set(['targeted', 'exploited']);
const COMPROMISE: readonly ClaimId[] = ['exploited', 'data-accessed', 'implanted', 'operated', 'persisting'];
