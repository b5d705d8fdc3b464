import { artifactPath, firstSighting, hostName, indexCase } from '@afterpatch/core/export/case-index.ts';
import type { CaseIndex } from '@afterpatch/core/export/case-index.ts';
import { hullOf, joinSpans, lengthOf, spansOf, timeOf } from '@afterpatch/core/export/case-spans.ts';
import { barText, coverageBar } from '@afterpatch/core/export/coverage-bars.ts';
import type { Cell } from '@afterpatch/core/export/coverage-bars.ts';
import { byteText, counted, dayText, daysText, grouped, spansText, timeText } from '@afterpatch/core/export/figures.ts';
import { ANSWER_WORDS, answerTone, wordsFor } from '@afterpatch/core/export/headline-words.ts';
import type { Tone } from '@afterpatch/core/export/page.ts';
import type {
  CaseClaim,
  CaseCoverage,
  CaseFile,
  CaseFinding,
  CaseLimit,
  CaseVerdict,
} from '@afterpatch/core/model/case-file.ts';
import type { Span } from '@afterpatch/core/model/evidence.ts';
import type { Level } from '@afterpatch/core/model/finding.ts';

/**
 * What the page shows of a case: plain values, every list bounded, text of evidence as it is (whoever draws it escapes
 * it). The whole case stands in the case file.
 */
export interface CaseView {
  /** Said above everything else where not one record was read. */
  readonly nothingRead: string | undefined;
  /** What a person has to do before a part of the evidence can be read. */
  readonly advice: readonly string[];
  readonly verdicts: readonly VerdictView[];
  readonly moreVerdicts: string | undefined;
  readonly limits: readonly string[];
  readonly read: readonly string[];
  readonly faults: string | undefined;
}

export interface VerdictView {
  readonly host: string;
  readonly about: string;
  readonly short: string;
  readonly title: string;
  readonly means: string;
  readonly says: string;
  readonly tone: Tone;
  readonly claims: readonly ClaimView[];
  readonly unseen: readonly UnseenView[];
  readonly coverage: CoverageView | undefined;
  readonly findings: readonly FindingView[];
  readonly moreFindings: string | undefined;
  readonly next: readonly string[];
}

export interface ClaimView {
  readonly claim: string;
  readonly answer: string;
  readonly tone: Tone;
  readonly says: string;
  /** The sighting to look at first. */
  readonly place: PlaceView | undefined;
  readonly rests: string;
}

export interface PlaceView {
  readonly at: string;
  readonly where: string;
  readonly excerpt: string;
}

export interface UnseenView {
  readonly title: string;
  readonly when: string;
  readonly reason: string;
  readonly why: string;
  readonly fetch: string;
  readonly leavesOpen: string;
}

export interface CoverageView {
  readonly from: string;
  readonly to: string;
  readonly sources: readonly { readonly title: string; readonly words: string; readonly cells: readonly Cell[] }[];
  readonly absent: readonly string[];
}

export interface FindingView {
  readonly level: Level;
  readonly title: string;
  readonly id: string;
  readonly count: string;
  readonly places: readonly PlaceView[];
  readonly more: string;
}

export function viewCase(caseFile: CaseFile): CaseView {
  const index = indexCase(caseFile);
  const verdicts = index.verdictsWorstFirst;
  const more = verdicts.length - MOST_VERDICTS;
  const faults = caseFile.artifacts.reduce((sum, a) => sum + a.gaps.filter((g) => g.reason === 'fault').length, 0);
  return {
    nothingRead: caseFile.artifacts.some((a) => a.records > 0) ? undefined : nothingRead(caseFile),
    advice: bounded(
      caseFile.limits.filter(isAdvice).map((limit) => limit.says),
      MOST_LIMITS,
    ),
    verdicts: verdicts.slice(0, MOST_VERDICTS).map((verdict) => viewVerdict(verdict, index)),
    moreVerdicts: more > 0 ? `${counted(more, 'further verdict', 'further verdicts')} in the case file` : undefined,
    limits: bounded(
      caseFile.limits.filter((limit) => !isAdvice(limit)).map((limit) => limit.says),
      MOST_LIMITS,
    ),
    read: whatWasRead(caseFile),
    faults:
      faults === 0
        ? undefined
        : `${counted(faults, 'place', 'places')} could not be read because of a fault in Afterpatch itself. Please report it.`,
  };
}

function isAdvice({ id }: CaseLimit): boolean {
  return id.startsWith('advice/');
}

function nothingRead(caseFile: CaseFile): string {
  const found = counted(caseFile.artifacts.length, 'file', 'files');
  return `The evidence holds ${found}, and not one record of a known format. Nothing below says that the server is clean: check that this is what you meant to drop.`;
}

function whatWasRead({ artifacts, packs, engine }: CaseFile): readonly string[] {
  const records = artifacts.reduce((sum, a) => sum + a.records, 0);
  const bytes = artifacts.reduce((sum, a) => sum + a.size, 0);
  const unknown = artifacts.filter((a) => a.format === null && a.sha256 !== null).length;
  const closed = artifacts.filter((a) => a.sha256 === null).length;
  const gaps = artifacts.reduce((sum, a) => sum + a.gaps.length, 0);
  const lacks = [
    unknown === 0 ? '' : `${counted(unknown, 'file is', 'files are')} of no known format`,
    closed === 0 ? '' : `${counted(closed, 'file', 'files')} could not be opened`,
    gaps === 0 ? '' : `${counted(gaps, 'place', 'places')} in them could not be read`,
  ].filter((lack) => lack !== '');
  return [
    `${counted(artifacts.length, 'artifact', 'artifacts')} (${byteText(bytes)}), ${counted(records, 'record', 'records')}; ${lacks.length === 0 ? 'all of it could be read' : lacks.join('; ')}.`,
    `Afterpatch ${engine.version}; packs: ${packs.map((p) => `${p.id} ${p.version} (${p.digest.replace('sha256:', '').slice(0, 12)})`).join(', ')}.`,
  ];
}

function viewVerdict(verdict: CaseVerdict, index: CaseIndex): VerdictView {
  const claims = index.claimsOf(verdict);
  const words = wordsFor(verdict, claims);
  const host = index.host(verdict.host);
  const names = [...new Set(host?.names ?? [])].slice(0, 3).join(', ');
  const build = host?.build ?? null;
  const asOf = host?.asOf ?? null;
  const about = [
    host?.product ?? null,
    build === null ? 'build not known' : `build ${build}`,
    asOf === null ? 'the evidence does not say of when it is' : `evidence as of ${timeText(asOf)}`,
    `pack ${verdict.campaign}`,
  ];
  const findings = index.findingsOf(verdict.host).toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
  const more = findings.length - MOST_FINDINGS;
  return {
    host: names === '' ? hostName(verdict.host, index) : names,
    about: about.filter((part) => part !== null).join(', '),
    short: words.short,
    title: words.title,
    means: words.means,
    says: verdict.says,
    tone: words.tone,
    claims: claims.map((claim) => viewClaim(claim, index)),
    unseen: viewUnseen(claims),
    coverage: viewCoverage(index.coverageOf(verdict.host), claims, asOf),
    findings: findings.slice(0, MOST_FINDINGS).map((finding) => viewFinding(finding, index)),
    moreFindings: more > 0 ? `${counted(more, 'more finding', 'more findings')} in the case file` : undefined,
    next: verdict.next,
  };
}

function viewClaim(claim: CaseClaim, index: CaseIndex): ClaimView {
  const first = firstSighting(claim, index);
  const rests =
    claim.answer !== 'established'
      ? ''
      : first === undefined
        ? 'by the build that the evidence states'
        : `${counted(claim.rests.length, 'finding', 'findings')}: ${bounded(claim.rests, MOST_IDS).join(', ')}`;
  return {
    claim: claim.claim,
    answer: ANSWER_WORDS[claim.answer],
    tone: answerTone(claim),
    says: claim.says,
    place: claim.answer !== 'established' || first === undefined ? undefined : placeOf(first.sighting, index),
    rests,
  };
}

function placeOf(sighting: CaseFinding['sightings'][number], index: CaseIndex): PlaceView {
  return {
    at: sighting.at === null ? '' : timeText(sighting.at),
    where: `${artifactPath(sighting.artifact, index)}, byte ${grouped(sighting.offset)}`,
    excerpt: sighting.excerpt,
  };
}

/** Every missing source once, with all the questions that it leaves open. */
function viewUnseen(claims: readonly CaseClaim[]): readonly UnseenView[] {
  const missing = new Map<string, { unseen: CaseClaim['unseen'][number]; claims: Set<string>; spans: Span[] }>();
  for (const claim of claims) {
    for (const unseen of claim.unseen) {
      const key = JSON.stringify([unseen.mustSee, unseen.title]);
      const entry = missing.get(key) ?? { unseen, claims: new Set(), spans: [] };
      entry.claims.add(claim.claim);
      for (const span of spansOf(unseen.spans)) entry.spans.push(span);
      missing.set(key, entry);
    }
  }
  return [...missing.values()].slice(0, MOST_UNSEEN).map(({ unseen, claims: open, spans }) => {
    const joined = joinSpans(spans);
    const missed = `missing for ${daysText(lengthOf(joined))}, ${spansText(joined, MOST_SPANS)}`;
    const { title, reason, why, fetch } = unseen;
    return {
      title,
      when: joined.length === 0 ? 'not seen' : missed,
      reason,
      why,
      fetch,
      leavesOpen: [...open].join(', '),
    };
  });
}

function viewCoverage(
  coverage: readonly CaseCoverage[],
  claims: readonly CaseClaim[],
  asOf: string | null,
): CoverageView | undefined {
  const starts = claims.map((c) => timeOf(c.window.from)).filter((time) => time !== undefined);
  const ends = claims.map((c) => timeOf(c.window.to) ?? timeOf(asOf)).filter((time) => time !== undefined);
  const seen = starts.length > 0 && ends.length > 0 ? [] : coverage.flatMap((c) => spansOf(c.spans));
  const window = hullOf(
    starts.length > 0 ? starts : seen.map((s) => s.from),
    ends.length > 0 ? ends : seen.map((s) => s.to),
  );
  const sources: CoverageView['sources'][number][] = [];
  const absent: string[] = [];
  for (const source of coverage) {
    const { extent, title } = source;
    if (extent === null ? source.spans.length === 0 : extent.how === 'unknown') absent.push(title);
    else if (extent !== null) sources.push({ title, words: extentText(extent), cells: [] });
    else if (window !== undefined) {
      const bar = coverageBar(source, window, CELLS);
      sources.push({ title, words: barText(bar, window), cells: bar.cells });
    }
  }
  if (sources.length === 0 && absent.length === 0) return undefined;
  return {
    from: window === undefined ? '' : dayText(window.from),
    to: window === undefined ? '' : dayText(window.to),
    sources: sources.slice(0, MOST_SOURCES),
    absent: bounded(absent, MOST_SOURCES),
  };
}

function extentText(extent: NonNullable<CaseCoverage['extent']>): string {
  const files = counted(extent.files, 'file', 'files');
  if (extent.how === 'partial') return `${files}, listed only in part; what is missing can hide there`;
  return `listed completely, ${files}${extent.asOf === null ? '' : `, as of ${timeText(extent.asOf)}`}`;
}

function viewFinding(finding: CaseFinding, index: CaseIndex): FindingView {
  const more = finding.count - Math.min(finding.sightings.length, MOST_SIGHTINGS);
  return {
    level: finding.level,
    title: finding.title,
    id: finding.id,
    count: `${grouped(finding.count)}×${finding.since === null ? '' : `, since ${timeText(finding.since)}`}`,
    places: finding.sightings.slice(0, MOST_SIGHTINGS).map((sighting) => placeOf(sighting, index)),
    more: more > 0 ? `and ${grouped(more)} more` : '',
  };
}

/** The first few, and how many more there are. */
function bounded(texts: readonly string[], most: number): readonly string[] {
  return texts.length <= most ? texts : [...texts.slice(0, most), `and ${grouped(texts.length - most)} more`];
}

const LEVELS: readonly Level[] = ['critical', 'high', 'medium', 'low', 'informational'];
const MOST_VERDICTS = 50;
const MOST_FINDINGS = 60;
const MOST_SIGHTINGS = 3;
const MOST_UNSEEN = 40;
const MOST_SOURCES = 60;
const MOST_LIMITS = 20;
const MOST_IDS = 3;
const MOST_SPANS = 3;
const CELLS = 64;
