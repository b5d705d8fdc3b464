import type { CaseBuild, CaseClaim, CaseExposure, CaseHost } from '../model/case-file.ts';
import type { ClaimId } from '../model/claim.ts';
import { artifactPath } from './case-index.ts';
import { timeOf } from './case-spans.ts';
import { restsOf } from './explanation-joins.ts';
import { counted, timeText } from './figures.ts';
import { answersBeside } from './proof-words.ts';
import type { LawView } from './proof-words.ts';

/**
 * Why the time in question begins and ends where it does, in sentences: only what a value of the case bears out is given
 * as the reason; where none does, that is said.
 */
export function windowReasons(claim: CaseClaim, view: LawView): readonly string[] {
  const host = view.index.host(claim.host);
  const { from, to } = claim.window;
  const [begin, end] = [timeOf(from), timeOf(to)];
  if (begin !== undefined && begin === end) return [momentReason(claim, host, view)];
  return [
    beginReason(claim, host, view),
    ...(to === null
      ? ['It has no end, because the evidence does not say of when it is. Give that time with --as-of.']
      : [endReason(claim, to, host, view)]),
    ...laterReasons(claim, view),
    ...(ENDED_BY_FIX.includes(claim.claim) ? exposureReasons(host) : []),
  ];
}

/** Every artefact that speaks of the build, for the claims that depend on it; a sentence each, best first. */
export function buildReasons(claim: CaseClaim, view: LawView): readonly string[] {
  if (!OF_THE_BUILD.includes(claim.claim)) return [];
  const host = view.index.host(claim.host);
  const builds = buildsOf(host);
  const reasons = builds.slice(0, MOST_BUILDS).map((build) => buildText(build, view));
  if (builds.length === 0) {
    const stated = (host?.identity ?? []).slice(0, MOST_STATED).filter((identity) => identity.kind === 'build');
    reasons.push(...stated.slice(0, MOST_BUILDS).map(({ value, from }) => `Build ${value}, by ${from}.`));
  }
  if (builds.length > MOST_BUILDS)
    reasons.push(
      `${counted(builds.length - MOST_BUILDS, 'more artefact speaks', 'more artefacts speak')} of the build.`,
    );
  // What names fewer numbers, or an update by its KB number, is no other build.
  const stated = [...new Set(builds.map((build) => build.value))].filter((value) => WHOLE_BUILD.test(value));
  if (stated.length > 1)
    reasons.push(
      `Builds that differ: ${stated.slice(0, MOST_BUILDS).join(', ')}. Each artefact counts for what it proves and for its own time; nothing is averaged.`,
    );
  const known = host?.build ?? null;
  if (reasons.length === 0)
    reasons.push(
      known === null
        ? 'No artefact in the evidence states the build.'
        : `Build ${known}; by which artefact, the case does not say.`,
    );
  const vulnerable = answersBeside(claim, view.index).find((c) => c.claim === 'vulnerable');
  if (vulnerable !== undefined && vulnerable !== claim) reasons.push(`Together: ${vulnerable.says}.`);
  return reasons;
}

function buildText(build: CaseBuild, { index }: LawView): string {
  const names = build.level === 'su' ? 'names the security update as well' : 'names the cumulative update only';
  const when =
    build.since === null && build.until === null
      ? 'without a date'
      : build.since === null || build.until === null || build.since === build.until
        ? `seen ${timeText(build.since ?? build.until)}`
        : `seen from ${timeText(build.since)} to ${timeText(build.until)}`;
  return `Build ${build.value}, by ${build.from} in ${artifactPath(build.artifact, index)}: ${names}, ${when}.`;
}

function momentReason(claim: CaseClaim, host: CaseHost | undefined, { index }: LawView): string {
  const at = claim.window.from;
  const moment = `The question is about one moment, ${timeText(at)}`;
  const asked = asOfOption(index.caseFile.options['asOf']);
  if (asked !== undefined && asked === timeOf(at)) return `${moment}: the one that was named with --as-of.`;
  if (timeOf(host?.asOf ?? null) === timeOf(at)) return `${moment}: the last that the evidence of this server shows.`;
  return `${moment}. The case does not say why that one.`;
}

function beginReason(claim: CaseClaim, host: CaseHost | undefined, { pack }: LawView): string {
  const begins = `It begins ${timeText(claim.window.from)}`;
  const from = timeOf(claim.window.from);
  if (pack !== undefined && from === pack.firstExploitation)
    return `${begins}: the pack ${pack.id} knows of no exploitation before that.`;
  const exposed = exposureOf(host).filter((e) => timeOf(e.from) === from);
  if (from !== undefined && exposed.length > 0)
    return `${begins}: from then on the server was open to ${namesOf(exposed)}.`;
  return pack === undefined
    ? `${begins}, where the pack ${claim.campaign} has its first possible exploitation or the server became open to it; the pack is not at hand to say which.`
    : `${begins}. The case does not say why then.`;
}

function endReason(claim: CaseClaim, to: string, host: CaseHost | undefined, view: LawView): string {
  const ends = `It ends ${timeText(to)}`;
  const end = timeOf(to);
  const closed = exposureOf(host).filter((e) => timeOf(e.to) === end);
  const proving = buildsOf(host).find((build) => timeOf(build.since) === end);
  const by =
    proving === undefined
      ? ''
      : `; build ${proving.value} is seen from then on, by ${proving.from} in ${artifactPath(proving.artifact, view.index)}`;
  if (ENDED_BY_FIX.includes(claim.claim)) {
    if (closed.length > 0) return `${ends}: from then on the fix for ${namesOf(closed)} is proven loaded${by}.`;
    if (proving !== undefined) return `${ends}: from then on the fix is proven loaded${by}.`;
  }
  const asOf = timeOf(host?.asOf ?? null);
  if (end === asOf) {
    return end === asOfOption(view.index.caseFile.options['asOf'])
      ? `${ends}: the time that was named with --as-of.`
      : `${ends}: the last time that the evidence of this server shows.`;
  }
  if (asOf !== undefined && end !== undefined && end < asOf && ENDED_BY_FIX.includes(claim.claim))
    return `${ends}, before the evidence does (${timeText(host?.asOf ?? null)}): the law ends this question early only when the fix is proven loaded. Which record proves it, the case does not say.`;
  return asOf !== undefined && end !== undefined && end > asOf
    ? `${ends}: the evidence was taken then or later, although the answers are given as of ${timeText(host?.asOf ?? null)}.`
    : `${ends}. The case does not say why then.`;
}

/** What was seen after the end of the time in question stands against it. */
function laterReasons(claim: CaseClaim, { index }: LawView): readonly string[] {
  const end = timeOf(claim.window.to);
  if (end === undefined) return [];
  const later = restsOf(claim, index).filter((finding) => (timeOf(finding.until) ?? end) > end);
  if (later.length === 0) return [];
  const named = later.slice(0, MOST_LATER).map((f) => `${f.title} (${f.id}), last ${timeText(f.until)}`);
  const more = later.length - named.length;
  return [`After that was still seen: ${[...named, ...(more > 0 ? [`${more} more`] : [])].join('; ')}.`];
}

/** Vulnerabilities that were open over the same time for the same reason are told together. */
function exposureReasons(host: CaseHost | undefined): readonly string[] {
  const groups = new Map<string, CaseExposure[]>();
  for (const exposure of exposureOf(host)) {
    const key = JSON.stringify([exposure.from, exposure.to, exposure.says]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [exposure]);
    else group.push(exposure);
  }
  return [...groups.values()].slice(0, MOST_EXPOSURES).flatMap((group): readonly string[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { from, to, says } = first;
    const why = says === '' ? '' : `: ${says}`;
    if (from === null) return [`The server was never open to ${namesOf(group)}${why}.`];
    const until = to === null ? ', and nothing shows that this ended' : ` until ${timeText(to)}`;
    return [`The server was open to ${namesOf(group)} from ${timeText(from)}${until}${why}.`];
  });
}

/** More than any server of ours has; the case may come from anyone. */
function buildsOf(host: CaseHost | undefined): readonly CaseBuild[] {
  return (host?.builds ?? []).slice(0, MOST_STATED);
}

function exposureOf(host: CaseHost | undefined): readonly CaseExposure[] {
  return (host?.exposure ?? []).slice(0, MOST_STATED);
}

function namesOf(exposed: readonly CaseExposure[]): string {
  const names = exposed.slice(0, MOST_EXPOSURES).map((e) => e.vulnerability);
  return names.join(', ') + (exposed.length > names.length ? ` and ${exposed.length - names.length} more` : '');
}

function asOfOption(option: string | number | boolean | undefined): number | undefined {
  return typeof option === 'string' ? timeOf(option) : undefined;
}

/** Claims whose time ends when the fix is proven loaded. */
const ENDED_BY_FIX: readonly ClaimId[] = ['targeted', 'exploited'];
const OF_THE_BUILD: readonly ClaimId[] = ['vulnerable', 'targeted', 'exploited', 'remediated'];
const WHOLE_BUILD = /^\d+\.\d+\.\d+\.\d+$/;
const MOST_BUILDS = 8;
const MOST_EXPOSURES = 8;
const MOST_LATER = 5;
const MOST_STATED = 1_000;
