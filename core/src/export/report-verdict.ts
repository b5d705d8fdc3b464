import type { CaseClaim, CaseCoverage, CaseFinding, CaseVerdict } from '../model/case-file.ts';
import { artifactPath, firstSighting, hostName } from './case-index.ts';
import type { CaseIndex } from './case-index.ts';
import { lengthOf } from './case-spans.ts';
import { barText, coverageBar } from './coverage-bars.ts';
import { counted, daysText, grouped, spansText, timeText } from './figures.ts';
import { wordsFor } from './headline-words.ts';
import { codeSpan, prose, tableHead, tableRow } from './markdown.ts';
import { isPresent, LEVELS, missingOf, mostTellingFirst, tellingEntities, windowOf } from './report-facts.ts';
import type { Missing } from './report-facts.ts';

/**
 * One server and one campaign as Markdown lines.
 *
 * @param options `level`: heading of the section, empty where the report has one section only
 */
export function verdictSection(
  verdict: CaseVerdict,
  index: CaseIndex,
  options: { readonly level: '' | '##' },
): readonly string[] {
  const claims = index.claimsOf(verdict);
  const words = wordsFor(verdict, claims);
  const heading =
    options.level === '' ? [] : ['', `## ${codeSpan(hostName(verdict.host, index), SHORT)}: ${words.title}`];
  return [
    ...heading,
    '',
    ...about(verdict, index),
    '',
    words.means,
    '',
    ...(verdict.says === '' ? [] : [prose(verdict.says), '']),
    ...answers(claims, index),
    ...unseen(missingOf(claims)),
    ...next(verdict),
    ...findings(verdict, index),
    ...reach(verdict, claims, index),
  ];
}

function about(verdict: CaseVerdict, index: CaseIndex): readonly string[] {
  const host = index.host(verdict.host);
  const names = (host?.names.length ?? 0) === 0 ? [verdict.host] : [...new Set(host?.names)];
  const [name = verdict.host, ...others] = names.slice(0, MOST_NAMES);
  const also = others.length === 0 ? '' : ` (also ${others.map((each) => codeSpan(each, SHORT)).join(', ')})`;
  const facts = [
    `Server ${codeSpan(name, SHORT)}${also}`,
    host === undefined || host.product === null ? '' : codeSpan(host.product, SHORT),
    host === undefined || host.build === null ? 'build not known' : `build ${codeSpan(host.build, SHORT)}`,
    host === undefined || host.asOf === null
      ? 'the evidence does not say of when it is'
      : `evidence as of ${timeText(host.asOf)}`,
    `campaign ${codeSpan(verdict.campaign, SHORT)}`,
  ];
  return [facts.filter((fact) => fact !== '').join(', ')];
}

function answers(claims: readonly CaseClaim[], index: CaseIndex): readonly string[] {
  if (claims.length === 0) return [];
  const rows = claims.slice(0, MOST_CLAIMS).map((claim) => {
    const answer = claim.answer === 'established' ? '**yes, proven**' : ANSWERS[claim.answer];
    return tableRow([claim.claim, answer, prose(claim.says), windowOfClaim(claim), firstSeen(claim, index)]);
  });
  return [
    '### Answers',
    '',
    ...tableHead(['Question', 'Answer', 'What the evidence says', 'Time in question', 'Seen first']),
    ...rows,
    '',
  ];
}

function windowOfClaim(claim: CaseClaim): string {
  const { from, to } = claim.window;
  if (to === null) return `from ${timeText(from)} on`;
  return from === to ? `as of ${timeText(from)}` : `${timeText(from)} to ${timeText(to)}`;
}

function firstSeen(claim: CaseClaim, index: CaseIndex): string {
  const first = firstSighting(claim, index);
  if (first === undefined) return claim.answer === 'established' ? 'by the build' : '';
  const { finding, sighting } = first;
  const at = sighting.at === null ? '' : `${timeText(sighting.at)} in `;
  return `${at}${codeSpan(artifactPath(sighting.artifact, index))}, byte ${sighting.offset} (${codeSpan(finding.id, SHORT)})`;
}

function unseen(missing: readonly Missing[]): readonly string[] {
  if (missing.length === 0) return [];
  const lines = ['### What could not be seen, and how to get it', ''];
  for (const { unseen: what, claims, spans } of missing.slice(0, MOST_MISSING)) {
    const when =
      spans.length === 0 ? 'not seen' : `missing for ${daysText(lengthOf(spans))}, ${spansText(spans, MOST_SPANS)}`;
    lines.push(`- **${prose(what.title, BRIEF)}**: ${when}`);
    if (what.reason !== '') lines.push(`  - reason: ${prose(what.reason)}`);
    if (what.why !== '') lines.push(`  - why it matters: ${prose(what.why)}`);
    if (what.fetch !== '') lines.push(`  - how to get it: ${prose(what.fetch)}`);
    lines.push(`  - leaves open: ${claims.join(', ')}`);
  }
  const left = missing.length - MOST_MISSING;
  if (left > 0) lines.push('', `*${counted(left, 'more', 'more')} in the case file.*`);
  return [...lines, ''];
}

function next(verdict: CaseVerdict): readonly string[] {
  if (verdict.next.length === 0) return [];
  const steps = verdict.next.slice(0, MOST_STEPS).map((step, at) => `${at + 1}. ${prose(step)}`);
  return ['### What to do next', '', ...steps, ''];
}

function findings(verdict: CaseVerdict, index: CaseIndex): readonly string[] {
  const all = mostTellingFirst(verdict, index);
  if (all.length === 0) return [];
  const shown = all.slice(0, MOST_FINDINGS);
  const lines = [
    '### Findings, most telling first',
    '',
    ...tableHead(['First', 'Last', 'Level', 'What was seen', 'Times', 'Where first', 'Finding']),
    ...shown.map((finding) => findingRow(finding, index)),
    '',
  ];
  const rest = all.slice(MOST_FINDINGS);
  if (rest.length === 0) return lines;
  const byLevel = LEVELS.toReversed()
    .map((level) => ({ level, count: rest.filter((finding) => finding.level === level).length }))
    .filter(({ count }) => count > 0);
  const counts = byLevel.map(({ level, count }) => `${grouped(count)} ${level}`).join(', ');
  return [...lines, `*${counted(rest.length, 'more finding', 'more findings')} in the case file: ${counts}.*`, ''];
}

function findingRow(finding: CaseFinding, index: CaseIndex): string {
  const [sighting] = finding.sightings;
  const entities = tellingEntities(finding)
    .slice(0, MOST_NAMES)
    .map(({ value }) => codeSpan(value, BRIEF_CODE))
    .join(', ');
  return tableRow([
    finding.since === null ? 'no time' : timeText(finding.since),
    finding.until === null ? 'no time' : timeText(finding.until),
    finding.level,
    `${prose(finding.title, BRIEF)}${entities === '' ? '' : ` (${entities})`}`,
    grouped(finding.count),
    sighting === undefined ? '' : `${codeSpan(artifactPath(sighting.artifact, index))}, byte ${sighting.offset}`,
    codeSpan(finding.id, SHORT),
  ]);
}

function reach(verdict: CaseVerdict, claims: readonly CaseClaim[], index: CaseIndex): readonly string[] {
  const coverage = index.coverageOf(verdict.host);
  const lines = ['### How far the evidence reaches', ''];
  const present = coverage.filter(isPresent);
  if (present.length === 0)
    return [...lines, 'None of the logs or folders that answer these questions was in the evidence.', ''];
  const window = windowOf(claims, coverage, index.host(verdict.host)?.asOf ?? null);
  const rows = present.slice(0, MOST_SOURCES).map((source) => {
    const seen = source.extent === null ? spanText(source, window) : EXTENTS[source.extent.how];
    const much =
      source.extent === null
        ? counted(source.records, 'record', 'records')
        : counted(source.extent.files, 'file', 'files');
    return tableRow([prose(source.title, BRIEF), seen, much]);
  });
  const absent = coverage.filter((source) => !isPresent(source)).slice(0, MOST_SOURCES);
  const without =
    absent.length === 0
      ? []
      : [`Not in the evidence at all: ${absent.map((s) => prose(s.title, SHORT)).join('; ')}.`, ''];
  return [...lines, ...tableHead(['Source', 'Seen', 'How much']), ...rows, '', ...without];
}

function spanText(source: CaseCoverage, window: ReturnType<typeof windowOf>): string {
  return window === undefined ? 'at unknown times' : barText(coverageBar(source, window, 1), window);
}

const ANSWERS: Readonly<Record<Exclude<CaseClaim['answer'], 'established'>, string>> = {
  'ruled-out': 'no, ruled out',
  undetermined: 'not known',
  'not-applicable': 'does not apply',
};
const EXTENTS: Readonly<Record<NonNullable<CaseCoverage['extent']>['how'], string>> = {
  enumerated: 'listed completely',
  partial: 'listed in part; what is missing can hide there',
  unknown: 'not listed',
};
const MOST_CLAIMS = 16;
const MOST_MISSING = 20;
const MOST_STEPS = 15;
const MOST_FINDINGS = 30;
const MOST_SOURCES = 60;
const MOST_NAMES = 3;
const MOST_SPANS = 3;
const SHORT = 100;
const BRIEF_CODE = 80;
const BRIEF = 200;
