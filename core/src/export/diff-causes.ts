import type { CaseClaim, CaseFinding, CaseHost, CaseSpan } from '../model/case-file.ts';
import type { ClaimId } from '../model/claim.ts';
import type { DiffView } from './case-diff.ts';
import type { CaseIndex } from './case-index.ts';
import { coverageKey, placeOf } from './diff-evidence.ts';
import type { CoverageChange } from './diff-evidence.ts';
import { listed } from './diff-pair.ts';
import type { Listed, Pair } from './diff-pair.ts';
import { BROKEN_INTO, SPOKEN_FOR_BY } from './proof-words.ts';

/** One thing that differs between two cases and bears on one answer. */
export type Cause = FindingCause | SightCause | WindowCause | BuildCause | ClaimCause | ArisesCause;

interface Bearing {
  /** By the law this alone is enough for the change, or is part of what is; the rest only differs as well. */
  readonly decides: boolean;
}

/** A finding that an answer rests on, or that forbids a no, and that the other case has not or has otherwise. */
export interface FindingCause extends Bearing {
  readonly is: 'finding';
  readonly in: 'first' | 'second' | 'both';
  readonly finding: string;
  readonly rule: string;
  readonly title: string;
  readonly count: Pair<number>;
  /** `null` where a case has it without a date, or has it not. */
  readonly since: Pair<string | null>;
  readonly until: Pair<string | null>;
  /** The files it was seen in, and what became of each in the other case. */
  readonly places: Listed<FindingPlace>;
}

export interface FindingPlace {
  readonly path: string;
  readonly container: string | null;
  readonly offset: number;
  readonly inOther: 'same' | 'changed' | 'absent' | 'unknown';
}

/** A must-see that one case has seen and the other has not, or not over the same days. */
export interface SightCause extends Bearing {
  readonly is: 'must-see';
  readonly unseen: 'first' | 'second' | 'both';
  /** In the other case the question does not arise, so nothing had to be seen there. */
  readonly isNew: boolean;
  readonly mustSee: string;
  readonly title: string;
  /** What is missing in each. */
  readonly missing: Pair<readonly CaseSpan[]>;
  readonly reason: Pair<string>;
  readonly fetch: string;
  /** What became of the sources and trees that it is seen by. */
  readonly coverage: readonly CoverageChange[];
}

/** The question is about another time. */
export interface WindowCause extends Bearing {
  readonly is: 'window';
  readonly window: Pair<CaseClaim['window']>;
}

/** The server is of another build, or more or less is known of it. */
export interface BuildCause extends Bearing {
  readonly is: 'build';
  readonly build: Pair<string | null>;
  /** Vulnerabilities of which is said otherwise whether the fix is in. */
  readonly fixed: readonly { readonly vulnerability: string; readonly fixed: Pair<string | null> }[];
  /** What artefacts of one case state and none of the other does: the build, what it proves, by what. */
  readonly statedOnlyFirst: Listed<BuildStatement>;
  readonly statedOnlySecond: Listed<BuildStatement>;
  /** When it was open to each vulnerability, where the cases say otherwise; `null` where a case says nothing of it. */
  readonly exposure: readonly { readonly vulnerability: string; readonly open: Pair<OpenTime | null> }[];
}

export interface OpenTime {
  readonly from: string | null;
  readonly to: string | null;
}

export interface BuildStatement {
  readonly value: string;
  readonly level: 'cu' | 'su';
  readonly from: string;
  readonly path: string;
}

/** Whether the question arises at all: on a server that was never vulnerable it does not. */
export interface ArisesCause extends Bearing {
  readonly is: 'arises';
  readonly arisesIn: 'first' | 'second';
  /** What each case says of `vulnerable`. */
  readonly vulnerable: Pair<string>;
}

/** Another answer of the same case, which speaks for this one. */
export interface ClaimCause extends Bearing {
  readonly is: 'claim';
  readonly claim: ClaimId;
  readonly establishedIn: 'first' | 'second';
}

/**
 * What differs between two answers to one question, what decides first. An answer is established by findings only, and
 * ruled out only if everything was seen, nothing speaks for it and its time has an end: so each of these, where it differs,
 * is named. What no case holds (why a rule no longer matches the same bytes) is not guessed.
 */
export function causesOf(claim: Pair<CaseClaim>, claims: Pair<readonly CaseClaim[]>, view: DiffView): readonly Cause[] {
  const isProof = claim.first.answer === 'established' || claim.second.answer === 'established';
  const causes: Cause[] = [
    ...arisesCauses(claim, claims),
    ...findingCauses(claim, view),
    // That a server was repaired, no look at one state of it decides.
    ...sightCauses(claim, { decides: !isProof && claim.first.claim !== 'remediated' }, view),
    ...windowCauses(claim, { isProof }),
    ...buildCauses(claim, view),
    ...(isProof ? [] : claimCauses(claim, claims, { decides: true })),
  ];
  return causes.toSorted((a, b) => Number(b.decides) - Number(a.decides));
}

function findingCauses(claim: Pair<CaseClaim>, view: DiffView): readonly FindingCause[] {
  const { first, second } = view.index;
  const causes: FindingCause[] = [];
  const twins = {
    first: twinsOf(claim.first, claim.second.host, second),
    second: twinsOf(claim.second, claim.first.host, first),
  };
  const named = new Set<string>();
  for (const id of claim.first.rests.slice(0, MOST_RESTS)) {
    const finding = first.finding(id);
    if (finding === undefined) continue;
    const other = twins.first(finding);
    if (other !== undefined) named.add(other.id);
    if (other === undefined) causes.push(causeOf('first', { first: finding, second: undefined }, view));
    else if (isOtherwise(finding, other)) causes.push(causeOf('both', { first: finding, second: other }, view));
  }
  for (const id of claim.second.rests.slice(0, MOST_RESTS)) {
    const finding = second.finding(id);
    if (finding === undefined || named.has(id)) continue;
    const other = twins.second(finding);
    if (other === undefined) causes.push(causeOf('second', { first: undefined, second: finding }, view));
    else if (isOtherwise(finding, other)) causes.push(causeOf('both', { first: other, second: finding }, view));
  }
  // A finding that only changed explains nothing where others came or went.
  const isOneSided = causes.some((cause) => cause.in !== 'both');
  return causes.map((cause) => (cause.in === 'both' && isOneSided ? { ...cause, decides: false } : cause));
}

/** Finds a finding of one case in the other: by its id, or by what it says where the server got another id. */
function twinsOf(
  claim: CaseClaim,
  otherHost: string,
  other: CaseIndex,
): (finding: CaseFinding) => CaseFinding | undefined {
  if (claim.host === otherHost) return (finding) => other.finding(finding.id);
  let byContent: Map<string, CaseFinding> | undefined;
  return (finding) => {
    const same = other.finding(finding.id);
    if (same !== undefined) return same;
    byContent ??= new Map(other.findingsOf(otherHost).map((each) => [contentOf(each), each]));
    return byContent.get(contentOf(finding));
  };
}

function contentOf({ rule, entities }: CaseFinding): string {
  return JSON.stringify([rule, entities.map(({ kind, value }) => [kind, value])]);
}

function isOtherwise(a: CaseFinding, b: CaseFinding): boolean {
  return a.count !== b.count || a.since !== b.since || a.until !== b.until;
}

function causeOf(where: FindingCause['in'], pair: Pair<CaseFinding | undefined>, { index }: DiffView): FindingCause {
  const [own, other] = where === 'second' ? [index.second, index.first] : [index.first, index.second];
  const finding = where === 'second' ? pair.second : pair.first;
  const places = new Map<string, FindingPlace>();
  for (const sighting of (finding?.sightings ?? []).slice(0, MOST_SIGHTINGS)) {
    const artifact = own.artifact(sighting.artifact);
    const path = artifact?.path ?? sighting.artifact;
    const place = { path, container: artifact?.container ?? null };
    if (places.has(placeOf(place))) continue;
    places.set(placeOf(place), {
      ...place,
      offset: sighting.offset,
      inOther: artifact === undefined ? 'unknown' : stateIn(other, artifact),
    });
  }
  return {
    is: 'finding',
    decides: true,
    in: where,
    finding: finding?.id ?? '',
    rule: finding?.rule ?? '',
    title: finding?.title ?? '',
    count: { first: pair.first?.count ?? 0, second: pair.second?.count ?? 0 },
    since: { first: pair.first?.since ?? null, second: pair.second?.since ?? null },
    until: { first: pair.first?.until ?? null, second: pair.second?.until ?? null },
    places: listed([...places.values()], MOST_PLACES),
  };
}

function stateIn(
  other: CaseIndex,
  artifact: { readonly path: string; readonly container: string | null; readonly sha256: string | null },
): FindingPlace['inOther'] {
  const places = placesOf(other);
  const sha256 = places.get(placeOf(artifact));
  if (sha256 === undefined) return 'absent';
  return sha256 === null || artifact.sha256 === null ? 'unknown' : sha256 === artifact.sha256 ? 'same' : 'changed';
}

function placesOf(index: CaseIndex): ReadonlyMap<string, string | null> {
  let places = known.get(index);
  if (places === undefined) {
    places = new Map(index.caseFile.artifacts.map((artifact) => [placeOf(artifact), artifact.sha256]));
    known.set(index, places);
  }
  return places;
}

function sightCauses(claim: Pair<CaseClaim>, { decides }: Bearing, view: DiffView): readonly SightCause[] {
  const missing = { first: missingOf(claim.first), second: missingOf(claim.second) };
  const ids = [...new Set([...missing.first.keys(), ...missing.second.keys()])];
  const host = view.hosts.ofFirst(claim.first.host);
  const by = new Map<string, Set<string>>();
  for (const seen of [...claim.first.seen, ...claim.second.seen]) {
    const known = by.get(seen.mustSee);
    if (known === undefined) by.set(seen.mustSee, new Set([seen.by]));
    else known.add(seen.by);
  }
  const causes: SightCause[] = [];
  for (const id of ids) {
    const [was, is] = [missing.first.get(id), missing.second.get(id)];
    const known = is ?? was;
    if (known === undefined) continue;
    const inBoth = was !== undefined && is !== undefined;
    if (inBoth && spansKey(was.spans) === spansKey(is.spans)) continue;
    causes.push({
      is: 'must-see',
      // Still missing, on other days: that alone changes no answer.
      decides: decides && !inBoth,
      unseen: inBoth ? 'both' : was === undefined ? 'second' : 'first',
      isNew: claim.first.answer === 'not-applicable' || claim.second.answer === 'not-applicable',
      mustSee: id,
      title: known.title,
      missing: { first: (was?.spans ?? []).slice(0, MOST_SPANS), second: (is?.spans ?? []).slice(0, MOST_SPANS) },
      reason: { first: was?.reason ?? '', second: is?.reason ?? '' },
      fetch: known.fetch,
      coverage: [...(by.get(id) ?? [])]
        .flatMap((kind) => view.coverage.get(coverageKey(host, kind)) ?? [])
        .slice(0, MOST_SOURCES),
    });
  }
  return causes;
}

function missingOf(claim: CaseClaim): ReadonlyMap<string, CaseClaim['unseen'][number]> {
  return new Map(claim.unseen.slice(0, MOST_MUST_SEES).map((unseen) => [unseen.mustSee, unseen]));
}

function spansKey(spans: readonly CaseSpan[]): string {
  return JSON.stringify(spans.map(({ from, to }) => [from, to]));
}

function windowCauses(claim: Pair<CaseClaim>, { isProof }: { readonly isProof: boolean }): readonly WindowCause[] {
  const window = { first: claim.first.window, second: claim.second.window };
  if (window.first.from === window.second.from && window.first.to === window.second.to) return [];
  // Only a time with an end lets anyone say no, and only with a present is something still there.
  const isOpened = (window.first.to === null) !== (window.second.to === null);
  return [{ is: 'window', decides: isOpened && (!isProof || claim.first.claim === 'persisting'), window }];
}

function buildCauses(claim: Pair<CaseClaim>, { index }: DiffView): readonly BuildCause[] {
  const [was, is] = [index.first.host(claim.first.host), index.second.host(claim.second.host)];
  const build = { first: was?.build ?? null, second: is?.build ?? null };
  const before = new Map(Object.entries(was?.fixed ?? {}));
  const after = new Map(Object.entries(is?.fixed ?? {}));
  const fixed = [...new Set([...before.keys(), ...after.keys()])].slice(0, MOST_VULNERABILITIES).flatMap((name) => {
    const pair = { first: before.get(name) ?? null, second: after.get(name) ?? null };
    return pair.first === pair.second ? [] : [{ vulnerability: name, fixed: pair }];
  });
  const isAsked = claim.first.claim === 'vulnerable';
  const stated = isAsked
    ? { first: statementsOf(was, index.first), second: statementsOf(is, index.second) }
    : undefined;
  const statedOnlyFirst = statedOnly(stated?.first, stated?.second);
  const statedOnlySecond = statedOnly(stated?.second, stated?.first);
  const exposure = isAsked ? exposureOf(was, is) : [];
  const isStatedAlike = statedOnlyFirst.count + statedOnlySecond.count + exposure.length === 0;
  if (build.first === build.second && fixed.length === 0 && isStatedAlike) return [];
  return [{ is: 'build', decides: isAsked, build, fixed, statedOnlyFirst, statedOnlySecond, exposure }];
}

function exposureOf(was: CaseHost | undefined, is: CaseHost | undefined): BuildCause['exposure'] {
  const [before, after] = [openTimes(was), openTimes(is)];
  return [...new Set([...before.keys(), ...after.keys()])].slice(0, MOST_VULNERABILITIES).flatMap((vulnerability) => {
    const open = { first: before.get(vulnerability) ?? null, second: after.get(vulnerability) ?? null };
    const isSame = open.first?.from === open.second?.from && open.first?.to === open.second?.to;
    return isSame ? [] : [{ vulnerability, open }];
  });
}

type Statements = ReadonlyMap<string, BuildStatement>;

/** What the artefacts of a host state of its build, whichever file of their kind does. */
function statementsOf(host: CaseHost | undefined, index: CaseIndex): Statements {
  return new Map(
    (host?.builds ?? []).map(({ value, level, from, artifact }) => [
      JSON.stringify([value, level, from]),
      { value, level, from, path: index.artifact(artifact)?.path ?? artifact },
    ]),
  );
}

function openTimes(host: CaseHost | undefined): ReadonlyMap<string, OpenTime> {
  return new Map((host?.exposure ?? []).map(({ vulnerability, from, to }) => [vulnerability, { from, to }]));
}

function statedOnly(own: Statements | undefined, other: Statements | undefined): Listed<BuildStatement> {
  const alone = [...(own ?? [])].filter(([key]) => other?.has(key) !== true);
  return listed(
    alone.map(([, statement]) => statement),
    MOST_STATEMENTS,
  );
}

function vulnerableSays(claims: readonly CaseClaim[]): string {
  return claims.find((claim) => claim.claim === 'vulnerable')?.says ?? '';
}

function arisesCauses(claim: Pair<CaseClaim>, claims: Pair<readonly CaseClaim[]>): readonly ArisesCause[] {
  if (!OF_THE_FLAW.includes(claim.first.claim)) return [];
  const arises = { first: claim.first.answer !== 'not-applicable', second: claim.second.answer !== 'not-applicable' };
  if (arises.first === arises.second) return [];
  const vulnerable = { first: vulnerableSays(claims.first), second: vulnerableSays(claims.second) };
  return [{ is: 'arises', decides: true, arisesIn: arises.first ? 'first' : 'second', vulnerable }];
}

function claimCauses(
  claim: Pair<CaseClaim>,
  claims: Pair<readonly CaseClaim[]>,
  { decides }: Bearing,
): readonly ClaimCause[] {
  const names = claim.first.claim === 'remediated' ? BROKEN_INTO : SPOKEN_FOR_BY[claim.first.claim];
  const established = { first: establishedOf(claims.first), second: establishedOf(claims.second) };
  return names.flatMap((name): readonly ClaimCause[] => {
    const [was, is] = [established.first.has(name), established.second.has(name)];
    return was === is ? [] : [{ is: 'claim', decides, claim: name, establishedIn: was ? 'first' : 'second' }];
  });
}

function establishedOf(claims: readonly CaseClaim[]): ReadonlySet<ClaimId> {
  return new Set(claims.filter((claim) => claim.answer === 'established').map((claim) => claim.claim));
}

const known = new WeakMap<CaseIndex, ReadonlyMap<string, string | null>>();
/** Ten times of what the judge names at most. */
const MOST_RESTS = 1_000;
const MOST_SIGHTINGS = 50;
const MOST_PLACES = 20;
const MOST_MUST_SEES = 200;
const MOST_SPANS = 100;
const MOST_SOURCES = 20;
const MOST_VULNERABILITIES = 100;
const MOST_STATEMENTS = 20;
/** Questions that do not arise on a server that was never vulnerable. */
const OF_THE_FLAW: readonly ClaimId[] = ['exploited', 'data-accessed'];
