import type { CaseSpan } from '../model/case-file.ts';
import { spansOf } from './case-spans.ts';
import type {
  ArisesCause,
  BuildCause,
  BuildStatement,
  Cause,
  ClaimCause,
  FindingCause,
  FindingPlace,
  OpenTime,
  SightCause,
} from './diff-causes.ts';
import type { CoverageChange } from './diff-evidence.ts';
import type { Listed } from './diff-pair.ts';
import { counted, grouped, spansText, timeText } from './figures.ts';
import { keptTogether } from './page.ts';
import type { Part } from './page.ts';
import { windowText } from './proof-words.ts';

/** One cause as a sentence. */
export function causeParts(cause: Cause): readonly Part[] {
  if (cause.is === 'finding') return findingParts(cause);
  if (cause.is === 'must-see') return [sightText(cause)];
  if (cause.is === 'build') return [buildText(cause)];
  if (cause.is === 'claim') return [claimText(cause)];
  if (cause.is === 'arises') return [arisesText(cause)];
  const { first, second } = cause.window;
  return [
    `The question is asked of another time: first ${windowText({ window: first })}, then ${windowText({ window: second })}.`,
  ];
}

/** The same for causes that are told in the same words. */
export function causeKey(cause: Cause): string {
  if (cause.is === 'finding') return JSON.stringify([cause.decides, cause.in, cause.finding]);
  if (cause.is === 'must-see')
    return JSON.stringify([cause.decides, cause.unseen, cause.mustSee, cause.missing.first, cause.missing.second]);
  return JSON.stringify([cause.decides, ...causeParts(cause)]);
}

/** A cause that was told in full for another answer of the same server. */
export function toldParts(cause: Cause): readonly Part[] {
  if (cause.is === 'finding')
    return [
      `${cause.title} (${cause.finding}) is ${cause.in === 'both' ? 'in both cases' : `only in the ${cause.in} case`}, as told above.`,
    ];
  if (cause.is === 'must-see' && cause.unseen !== 'both')
    return [`Missing in the ${cause.unseen} case: ${cause.title}, as told above.`];
  return causeParts(cause);
}

/** `IIS log: the second lacks 2021-03-05 to 2021-03-06 (8,971 records, then 8,102)`. */
export function reachText({ title, lost, gained, records, listed }: CoverageChange): string {
  const texts = [
    lost.length === 0 ? '' : `the second case lacks ${spanWords(lost)}`,
    gained.length === 0 ? '' : `the second case has ${spanWords(gained)} more`,
    listed.first === listed.second
      ? ''
      : `was ${EXTENTS[listed.first ?? 'unknown']}, is ${EXTENTS[listed.second ?? 'unknown']}`,
  ].filter((text) => text !== '');
  const counts =
    records.first === records.second
      ? ''
      : ` (${counted(records.first, 'record', 'records')}, then ${counted(records.second, 'record', 'records')})`;
  return `${title}: ${texts.length === 0 ? 'the same days' : texts.join('; ')}${counts}`;
}

function findingParts(cause: FindingCause): readonly Part[] {
  const { title, finding, rule, places } = cause;
  const named = `${title} (${finding}, rule ${rule})`;
  if (cause.in === 'both')
    return [
      `Both cases have ${named}: the first ${timesText(cause, 'first')}, the second ${timesText(cause, 'second')}.`,
    ];
  const other = cause.in === 'first' ? 'second' : 'first';
  const parts: Part[] = [`Only the ${cause.in} case has ${named}, seen ${timesText(cause, cause.in)}`];
  for (const [at, place] of places.shown.slice(0, MOST_PLACES).entries())
    parts.push(
      at === 0 ? ', in ' : '; and in ',
      keptTogether('plain', pathText(place)),
      `, byte ${place.offset}: ${stateText(place, other)}`,
    );
  const more = places.count - Math.min(places.shown.length, MOST_PLACES);
  return [...parts, more > 0 ? `; and in ${counted(more, 'more file', 'more files')}.` : '.'];
}

function timesText({ count, since, until }: FindingCause, which: 'first' | 'second'): string {
  const times = counted(count[which], 'time', 'times');
  const [from, to] = [since[which], until[which]];
  if (from === null) return times;
  return `${times}, ${to === null || to === from ? timeText(from) : `from ${timeText(from)} to ${timeText(to)}`}`;
}

function stateText({ inOther }: FindingPlace, other: 'first' | 'second'): string {
  if (inOther === 'absent') return `the ${other} case does not have this file`;
  if (inOther === 'changed') return `in the ${other} case this file has other bytes`;
  if (inOther === 'same') return `the ${other} case has this file too, with the same bytes`;
  return `whether the ${other} case has these bytes is not known`;
}

function sightText({ title, unseen, isNew, missing, reason, fetch, coverage }: SightCause): string {
  const reach = coverage.length === 0 ? '' : ` ${coverage.slice(0, MOST_SOURCES).map(reachText).join('. ')}.`;
  if (unseen === 'both')
    return `Missing in both cases, but not alike: ${title}, first ${daysText(missing.first)}, then ${daysText(missing.second)}.${reach}`;
  const other = unseen === 'second' ? 'first' : 'second';
  const seen = isNew ? `; in the ${other} case the question does not arise` : `, seen in the ${other}`;
  const get = unseen === 'first' || fetch === '' ? '' : ` How to get it: ${fetch}.`;
  const days = missing[unseen].length === 0 ? title : `${title}, ${spanWords(missing[unseen])}`;
  return `Missing in the ${unseen} case${seen}: ${days}${reasonText(reason[unseen])}.${reach}${get}`;
}

function buildText({ build, fixed, statedOnlyFirst, statedOnlySecond, exposure }: BuildCause): string {
  const texts = [
    build.first === build.second
      ? ''
      : `The build was ${build.first ?? 'not known'}, is ${build.second ?? 'not known'}.`,
    fixedText(fixed),
    statedText('first', statedOnlyFirst),
    statedText('second', statedOnlySecond),
    exposureText(exposure),
  ];
  return texts.filter((text) => text !== '').join(' ');
}

function statedText(which: 'first' | 'second', statements: Listed<BuildStatement>): string {
  if (statements.count === 0) return '';
  const named = statements.shown
    .slice(0, MOST_STATEMENTS)
    .map(({ value, from, path }) => `${value} by ${from} in ${path}`);
  const more = statements.count - named.length;
  return `Only the ${which} case states the build ${named.join('; ')}${more > 0 ? ` and ${grouped(more)} more` : ''}.`;
}

function fixedText(fixed: BuildCause['fixed']): string {
  const groups = new Map<string, string[]>();
  for (const { vulnerability, fixed: pair } of fixed) {
    const change = `was ${FIXED[pair.first ?? ''] ?? 'not asked'}, is ${FIXED[pair.second ?? ''] ?? 'not asked'}`;
    const group = groups.get(change);
    if (group === undefined) groups.set(change, [vulnerability]);
    else group.push(vulnerability);
  }
  const texts = [...groups].map(([change, names]) => `for ${someOf(names)} it ${change}`);
  return texts.length === 0 ? '' : `Whether the fix is in: ${texts.join('; ')}.`;
}

/** Vulnerabilities that were open over the same times are told together. */
function exposureText(exposure: BuildCause['exposure']): string {
  const groups = new Map<string, string[]>();
  for (const { vulnerability, open } of exposure) {
    const when = `first ${openText(open.first)}, then ${openText(open.second)}`;
    const group = groups.get(when);
    if (group === undefined) groups.set(when, [vulnerability]);
    else group.push(vulnerability);
  }
  return [...groups]
    .slice(0, MOST_FIXES)
    .map(([when, names]) => `Open to ${someOf(names)}: ${when}.`)
    .join(' ');
}

function someOf(names: readonly string[]): string {
  const more = names.length - MOST_FIXES;
  return names.slice(0, MOST_FIXES).join(', ') + (more > 0 ? ` and ${grouped(more)} more` : '');
}

function openText(open: OpenTime | null): string {
  if (open === null) return 'not said';
  if (open.from === null) return 'never';
  return `from ${timeText(open.from)}${open.to === null ? ' on' : ` to ${timeText(open.to)}`}`;
}

function arisesText({ arisesIn, vulnerable }: ArisesCause): string {
  const arises = `The question arises in the ${arisesIn} case only`;
  if (vulnerable.first === vulnerable.second) return `${arises}.`;
  return `${arises}, because of what each says of "vulnerable": first "${vulnerable.first}", then "${vulnerable.second}".`;
}

function claimText({ claim, establishedIn }: ClaimCause): string {
  return establishedIn === 'second'
    ? `In the second case ${claim} is established, and that speaks for this.`
    : `In the first case ${claim} was established, and that spoke for this; in the second it is not.`;
}

/** Of a tree no days are missing, but some or all of it is. */
function daysText(spans: readonly CaseSpan[]): string {
  return spans.length === 0 ? 'without days' : spanWords(spans);
}

function spanWords(spans: readonly CaseSpan[]): string {
  return spansText(spansOf(spans), MOST_SPANS);
}

function reasonText(reason: string): string {
  return reason === '' ? '' : ` (${reason})`;
}

function pathText({ path, container }: FindingPlace): string {
  return container === null ? path : `${container} > ${path}`;
}

const EXTENTS = { enumerated: 'listed completely', partial: 'listed in part', unknown: 'not listed' } as const;
const FIXED: Readonly<Record<string, string>> = { yes: 'yes', no: 'no', unknown: 'not known' };
const MOST_PLACES = 3;
const MOST_SOURCES = 4;
const MOST_FIXES = 6;
const MOST_STATEMENTS = 4;
const MOST_SPANS = 4;
