import type { CaseClaim, CaseHost } from '../model/case-file.ts';
import type { Rung, Weight } from '../model/check.ts';
import type { ClaimId } from '../model/claim.ts';
import type { MustSeeSpec, Pack } from '../model/pack.ts';
import type { CaseIndex } from './case-index.ts';
import { spansOf } from './case-spans.ts';
import { restsOf } from './explanation-joins.ts';
import { counted, grouped, spansText, timeText } from './figures.ts';

/** What an explanation may draw on. */
export interface LawView {
  readonly index: CaseIndex;
  /** The very pack that the case was made with, if it is at hand. */
  readonly pack: Pack | undefined;
}

/**
 * Why a claim has its answer, in sentences: the law of the judge (docs/architecture.md) applied to this claim. Every
 * sentence can be checked against the case, and none says more than it.
 */
export function reasoningOf(claim: CaseClaim, view: LawView): readonly string[] {
  if (claim.answer === 'established') return establishedReasons(claim, view);
  if (claim.answer === 'not-applicable') return [notApplicableReason(claim, view)];
  if (claim.answer === 'ruled-out') return ruledOutReasons(claim, view);
  return undeterminedReasons(claim, view);
}

/** `over the whole time from … to …`; what is open says so. */
export function windowText({ window }: Pick<CaseClaim, 'window'>): string {
  const { from, to } = window;
  if (to === null) return `over the time from ${timeText(from)} on (the evidence does not say when it ends)`;
  if (from === to) return `as of ${timeText(from)}`;
  return `over the whole time from ${timeText(from)} to ${timeText(to)}`;
}

/** What had to be seen for a claim, each once: in the order of the pack, then of the claim itself. */
export function mustSeesOf(claim: CaseClaim, pack: Pack | undefined): readonly NamedMustSee[] {
  const asked = pack?.claims.find((c) => c.claim === claim.claim)?.mustSee ?? [];
  const named = new Set([...claim.seen, ...claim.unseen].map((sight) => sight.mustSee));
  const ids = [...asked.filter((id) => named.has(id)), ...named];
  const specs = new Map((pack?.mustSees ?? []).map((spec) => [spec.id, spec]));
  const missing = new Map(claim.unseen.map((unseen) => [unseen.mustSee, unseen]));
  const seen = new Map<string, CaseClaim['seen'][number][]>();
  for (const sight of claim.seen) {
    const known = seen.get(sight.mustSee);
    if (known === undefined) seen.set(sight.mustSee, [sight]);
    else known.push(sight);
  }
  return [...new Set(ids)].map((id) => {
    const spec = specs.get(id);
    const unseen = missing.get(id);
    return { id, title: spec?.title ?? unseen?.title ?? id, spec, unseen, seen: seen.get(id) ?? [] };
  });
}

/** The other answers about the same server and campaign, each question once; found once for each case and server. */
export function answersBeside(claim: CaseClaim, index: CaseIndex): readonly CaseClaim[] {
  const known = answers.get(index) ?? new Map<string, readonly CaseClaim[]>();
  answers.set(index, known);
  const key = JSON.stringify([claim.host, claim.campaign]);
  let beside = known.get(key);
  if (beside === undefined) {
    beside = [...new Map(index.claimsOf(claim).map((each) => [each.claim, each])).values()];
    known.set(key, beside);
  }
  return beside;
}

export interface NamedMustSee {
  readonly id: string;
  readonly title: string;
  readonly spec: MustSeeSpec | undefined;
  /** Absent if it was seen. */
  readonly unseen: CaseClaim['unseen'][number] | undefined;
  /** By what it was seen. */
  readonly seen: readonly CaseClaim['seen'][number][];
}

function establishedReasons(claim: CaseClaim, view: LawView): readonly string[] {
  const missing = mustSeesOf(claim, view.pack).filter((mustSee) => mustSee.unseen !== undefined).length;
  const reasons =
    claim.rests.length > 0
      ? [
          `Established, because ${counted(claim.rests.length, 'finding proves', 'findings prove')} it; a claim is established by findings only, and each finding leads to bytes of the evidence.`,
        ]
      : [establishedByState(view.index.host(claim.host))];
  if (missing > 0) {
    reasons.push(
      `${counted(missing, 'thing', 'things')} that would have to be seen to say no could not be seen, ${windowText(claim)}. That takes nothing back: what was not seen can only add to it.`,
    );
  }
  return reasons;
}

function establishedByState(host: CaseHost | undefined): string {
  const open = Object.entries(host?.fixed ?? {}).flatMap(([cve, fixed]) => (fixed === 'no' ? [cve] : []));
  const build = host?.build ?? null;
  const state =
    build === null || open.length === 0
      ? 'its build'
      : `build ${build}, which lacks the fix for ${open.slice(0, MOST_NAMED).join(', ')}`;
  return `Established by the state of the server that the evidence shows (${state}); no finding was needed.`;
}

function ruledOutReasons(claim: CaseClaim, view: LawView): readonly string[] {
  const needed = mustSeesOf(claim, view.pack);
  const titles = namedText(needed.map((mustSee) => mustSee.title));
  return [
    `Ruled out, because all ${needed.length} things that had to be seen were seen, ${windowText(claim)}, and no finding speaks for it: ${titles}.`,
    ...silenceReason(claim, view),
    'One of these sources missing, or one finding that speaks for it, would take this answer back to "not known".',
  ];
}

/** What a "no" can never mean: lines that were taken out one by one leave no silence that is long enough to notice. */
function silenceReason(claim: CaseClaim, { index }: LawView): readonly string[] {
  const by = new Set(claim.seen.map((seen) => seen.by));
  const limits = index.coverageOf(claim.host).flatMap((source) => {
    const quiet = by.has(source.kind) ? source.quiet : null;
    return quiet === null ? [] : [`${source.title}: ${silenceText(quiet)}`];
  });
  if (limits.length === 0) return [];
  return [
    `A silence is noticed only where it is longer than its source is ever quiet (${namedText(limits)}). Single lines that somebody took out are not missed.`,
  ];
}

function notApplicableReason(claim: CaseClaim, { index }: LawView): string {
  if (claim.claim === 'remediated') {
    const others = answersBeside(claim, index).filter((c) => BROKEN_INTO.includes(c.claim));
    if (others.every((c) => c.answer !== 'established'))
      return 'The question does not arise: no break-in is established on this server, so there is nothing of which it could be repaired.';
  }
  return 'The question does not arise on this server, so nothing had to be seen to answer it. The sentence above says why.';
}

function undeterminedReasons(claim: CaseClaim, view: LawView): readonly string[] {
  const signs = restsOf(claim, view.index);
  const isTimeless = claim.claim === 'persisting' && claim.window.to === null && claim.rests.length > 0;
  const reasons = [
    isTimeless
      ? 'Not established, although findings speak for it: a claim about now needs a now, and the evidence does not say of when it is. Give it with --as-of.'
      : 'Not established: no finding proves it.',
  ];
  const missing = missingReason(claim, view);
  if (missing !== undefined) reasons.push(missing);
  if (!isTimeless && claim.rests.length > 0) {
    const named = signs.slice(0, MOST_NAMED).map((sign) => `${sign.title} (${sign.id})`);
    reasons.push(
      `Not ruled out: ${counted(claim.rests.length, 'sign forbids', 'signs forbid')} a no: ${namedText(named, claim.rests.length)}. That does not prove it; but while nobody has explained it, nobody may say no.`,
    );
  }
  const speaking = speakingFor(claim, view);
  if (speaking !== undefined) reasons.push(speaking);
  if (claim.claim === 'remediated')
    reasons.push(
      'Not ruled out: one look at a server never proves that it was repaired; that takes a comparison of two states.',
    );
  else if (claim.window.to === null && !isTimeless)
    reasons.push(
      'Not ruled out: the evidence does not say of when it is, so the time in question has no end. Give it with --as-of.',
    );
  if (reasons.length === 1 && !isTimeless) reasons.push(leftReason(claim, view));
  return reasons;
}

function missingReason(claim: CaseClaim, view: LawView): string | undefined {
  const needed = mustSeesOf(claim, view.pack);
  const missing = needed.filter((mustSee) => mustSee.unseen !== undefined);
  if (missing.length === 0) return undefined;
  const named = missing.slice(0, MOST_NAMED).map(({ title, unseen }) => {
    const spans = spansOf(unseen?.spans ?? []);
    return spans.length === 0 ? title : `${title} (${spansText(spans, MOST_SPANS)})`;
  });
  const were = missing.length === 1 ? 'was' : 'were';
  return `Not ruled out: ${missing.length} of ${needed.length} things that must be seen before anyone may say no ${were} not seen, or only in part, ${windowText(claim)}: ${namedText(named, missing.length)}.`;
}

/** What is established and could not be without this. */
function speakingFor(claim: CaseClaim, { index }: LawView): string | undefined {
  const speaking = new Set(SPOKEN_FOR_BY[claim.claim]);
  const established = answersBeside(claim, index).filter((c) => c.answer === 'established' && speaking.has(c.claim));
  if (established.length === 0) return undefined;
  const named = established.map((c) => `${c.claim} (${c.says})`);
  return `Not ruled out: what is established speaks for it: ${named.join('; ')}.`;
}

function leftReason(claim: CaseClaim, { index }: LawView): string {
  if (claim.claim === 'vulnerable') {
    const fixed = Object.entries(index.host(claim.host)?.fixed ?? {});
    const open = fixed.flatMap(([cve, answer]) => (answer === 'unknown' ? [cve] : []));
    const of = open.length === 0 ? '' : ` for ${open.slice(0, MOST_NAMED).join(', ')}`;
    return `Not ruled out: what the evidence shows of the build does not decide whether the fix is in${of}.`;
  }
  return 'Not ruled out, although all that had to be seen was seen and the case names nothing that speaks for it: something was met more often than could be kept or compared, and what was not kept may be what counts.';
}

/** The first of many names, and how many more there are. */
function namedText(names: readonly string[], count: number = names.length): string {
  const shown = names.slice(0, MOST_NAMED);
  const more = count - shown.length;
  return [...shown, ...(more > 0 ? [`${grouped(more)} more`] : [])].join('; ');
}

/** `4 hours`, `90 minutes`, `30 seconds`. */
export function silenceText(seconds: number): string {
  if (seconds >= 7_200) return counted(Math.round(seconds / 3_600), 'hour', 'hours');
  return seconds >= 120
    ? counted(Math.round(seconds / 60), 'minute', 'minutes')
    : counted(Math.round(seconds), 'second', 'seconds');
}

/** What a weight lets a rule carry (docs/packs.md, The law). */
export const WEIGHT_WORDS: Readonly<Record<Weight, string>> = {
  decisive: 'decisive: proves by itself what it says',
  strong:
    'strong: carries a proof together with another finding; alone at most an attempt, or that the server was open to it',
  medium: 'medium: a hint beside a stronger finding; alone at most an attempt',
  weak: 'weak: proves nothing alone',
  noise: 'noise: shown for completeness, proves nothing',
};

/** The ladder of what an attack achieved (docs/packs.md, The law). */
export const RUNG_WORDS: Readonly<Record<Rung, string>> = {
  0: 'says nothing about success',
  1: 'scanned',
  2: 'an attempt that was rejected',
  3: 'a forged request that was carried out',
  4: 'an identity obtained, or mail read',
  5: 'a session of an administrator',
  6: 'configuration written',
  7: 'a file written',
  8: 'a web shell used',
  9: 'what came after',
};

/** What could not be established without the other: the law of `verdict/claims.ts`, for the reader. */
export const SPOKEN_FOR_BY: Readonly<Record<ClaimId, readonly ClaimId[]>> = {
  vulnerable: ['exploited'],
  targeted: ['exploited', 'data-accessed', 'implanted', 'operated', 'persisting'],
  exploited: ['data-accessed', 'implanted', 'operated', 'persisting'],
  'data-accessed': ['operated'],
  implanted: ['operated', 'persisting'],
  operated: [],
  persisting: [],
  remediated: [],
};
const answers = new WeakMap<CaseIndex, Map<string, readonly CaseClaim[]>>();
export const BROKEN_INTO: readonly ClaimId[] = ['exploited', 'data-accessed', 'implanted', 'operated', 'persisting'];
const MOST_NAMED = 12;
const MOST_SPANS = 6;
