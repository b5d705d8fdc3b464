import type { CaseFile, CaseVerdict } from '../model/case-file.ts';
import { artifactPath, hostName, indexCase } from './case-index.ts';
import type { CaseIndex } from './case-index.ts';
import { byteText, counted, grouped, timeText } from './figures.ts';
import { wordsFor } from './headline-words.ts';
import { intrusionsMarkdown } from './intrusion-markdown.ts';
import { codeSpan, prose, tableHead, tableRow } from './markdown.ts';
import { artifactsFirst, verdictsOf } from './report-facts.ts';
import type { ReportOptions } from './report-facts.ts';
import { verdictSection } from './report-verdict.ts';

/**
 * The case as Markdown (CommonMark with GitHub's tables) for a ticket: the answer first, why, what is missing and how to
 * get it, what to do, and which evidence it rests on.
 *
 * Tickets hold some 64,000 characters; what does not fit is left out and counted, worst servers first.
 */
export function reportMarkdown(caseFile: CaseFile, options: ReportOptions = {}): string {
  const index = indexCase(caseFile);
  const verdicts = verdictsOf(index, options);
  const begin = [
    ...title(verdicts, index),
    ...nothingRead(caseFile),
    ...missing(caseFile),
    ...servers(verdicts, index),
  ];
  const end = [
    ...intrusionsMarkdown(caseFile, index, options),
    ...evidence(caseFile, verdicts, index, options),
    ...prior(caseFile, index),
    ...limits(caseFile),
    ...made(caseFile),
  ];
  const { lines, left } = sections(verdicts, index, MOST_CHARACTERS - lengthOf(begin) - lengthOf(end));
  if (left > 0) {
    const count = counted(left, 'server', 'servers');
    lines.push('', `*A ticket holds no more: ${count} not shown here in full; \`--host NAME\` reports one alone.*`);
  }
  return `${[...begin, ...lines, ...end]
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}

/** The sections that fit. Of the first one, as many lines as fit: every row of a table is one line. */
function sections(
  verdicts: readonly CaseVerdict[],
  index: CaseIndex,
  room: number,
): { readonly lines: string[]; readonly left: number } {
  const lines: string[] = [];
  let used = 0;
  for (const [at, verdict] of verdicts.entries()) {
    const section = verdictSection(verdict, index, { level: verdicts.length > 1 ? '##' : '' });
    if (used + lengthOf(section) > room && at > 0) return { lines, left: verdicts.length - at };
    for (const line of section) {
      used += line.length + 1;
      if (used > room) return { lines, left: verdicts.length - at };
      lines.push(line);
    }
  }
  return { lines, left: 0 };
}

function title(verdicts: readonly CaseVerdict[], index: CaseIndex): readonly string[] {
  const [worst] = verdicts;
  if (worst === undefined) return ['# NO SERVER WAS ASSESSED', '', 'The case holds no verdict.'];
  const words = wordsFor(worst, index.claimsOf(worst));
  const name = codeSpan(hostName(worst.host, index), SHORT);
  if (verdicts.length === 1) return [`# ${name}: ${words.title}`, ''];
  return [`# ${words.title} (${name}, the worst of ${grouped(verdicts.length)})`, ''];
}

/** One clean server says nothing about the others. */
function missing({ organisation }: CaseFile): readonly string[] {
  return organisation.missing.length === 0
    ? []
    : [`**Not all servers were handed in.** ${prose(organisation.says)}`, ''];
}

function nothingRead(caseFile: CaseFile): readonly string[] {
  if (caseFile.artifacts.some((artifact) => artifact.records > 0)) return [];
  return [
    '**Nothing was read.** The evidence holds not one record of a known format. Nothing below says that a server is clean.',
    '',
  ];
}

function servers(verdicts: readonly CaseVerdict[], index: CaseIndex): readonly string[] {
  if (verdicts.length < 2) return [];
  const rows = verdicts.slice(0, MOST_SERVERS).map((verdict) => {
    const words = wordsFor(verdict, index.claimsOf(verdict));
    return tableRow([codeSpan(hostName(verdict.host, index), SHORT), codeSpan(verdict.campaign, SHORT), words.short]);
  });
  return [
    '',
    ...tableHead(['Server', 'Campaign', 'Answer']),
    ...rows,
    ...more(verdicts.length - rows.length, 'server'),
    '',
  ];
}

function evidence(
  caseFile: CaseFile,
  verdicts: readonly CaseVerdict[],
  index: CaseIndex,
  options: ReportOptions,
): readonly string[] {
  const { artifacts } = caseFile;
  const bytes = artifacts.reduce((sum, a) => sum + a.size, 0);
  const records = artifacts.reduce((sum, a) => sum + a.records, 0);
  const gaps = artifacts.reduce((sum, a) => sum + a.gaps.length, 0);
  const faults = artifacts.reduce((sum, a) => sum + a.gaps.filter((g) => g.reason === 'fault').length, 0);
  const shown = artifactsFirst(caseFile, verdicts, index).slice(0, MOST_ARTIFACTS);
  const rows = shown.map((artifact) =>
    tableRow([
      codeSpan(artifactPath(artifact.id, index)),
      byteText(artifact.size),
      artifact.sha256 === null ? 'could not be opened' : codeSpan(artifact.sha256),
      artifact.format === null ? 'not recognised' : codeSpan(artifact.format, SHORT),
      grouped(artifact.records),
      artifact.gaps.length === 0
        ? 'none'
        : `${grouped(artifact.gaps.length)}: ${prose(artifact.gaps[0]?.says ?? '', BRIEF)}`,
    ]),
  );
  const lines = [
    '',
    options.hosts === undefined ? '## Evidence' : '## Evidence of the whole case',
    '',
    `${counted(artifacts.length, 'file', 'files')} (${byteText(bytes)}), ${counted(records, 'record', 'records')}, ${counted(gaps, 'place', 'places')} that could not be read. Files that the findings lead to come first.`,
  ];
  if (faults > 0)
    lines.push(
      '',
      `**${counted(faults, 'place', 'places')} could not be read because of a fault in Afterpatch itself. Please report it.**`,
    );
  lines.push(...packages(caseFile));
  if (rows.length === 0) return lines;
  return [
    ...lines,
    '',
    ...tableHead(['Path', 'Size', 'SHA-256', 'Format', 'Records', 'Not readable']),
    ...rows,
    ...more(artifacts.length - rows.length, 'file'),
  ];
}

function packages(caseFile: CaseFile): readonly string[] {
  const { collections } = caseFile;
  if (collections.length === 0) return [];
  const rows = collections.slice(0, MOST_PACKAGES).map((each) => {
    const when = each.collectedAt === null ? '' : `, collected ${timeText(each.collectedAt)}`;
    const lacks = each.failed === 0 ? '' : `; **${counted(each.failed, 'file', 'files')} could not be copied by it**`;
    const root = each.root === '' ? '' : ` in ${codeSpan(each.root)}`;
    return `- Package of ${codeSpan(each.layout, SHORT)}${root}${when}${lacks}`;
  });
  return ['', ...rows, ...more(collections.length - rows.length, 'package')];
}

/** What other tools said before. It is shown, and nothing rests on it. */
function prior(caseFile: CaseFile, index: CaseIndex): readonly string[] {
  if (caseFile.prior.length === 0) return [];
  const rows = caseFile.prior
    .slice(0, MOST_PRIOR)
    .map(
      (each) =>
        `- ${codeSpan(each.tool, SHORT)}: ${prose(each.says, BRIEF)} (${codeSpan(artifactPath(each.artifact, index))}, byte ${each.offset})`,
    );
  const heading = ['', '## What other tools said before', '', 'Shown for comparison; no answer above rests on it.', ''];
  return [...heading, ...rows, ...more(caseFile.prior.length - rows.length, 'line')];
}

function limits(caseFile: CaseFile): readonly string[] {
  if (caseFile.limits.length === 0) return [];
  const shown = caseFile.limits.slice(0, MOST_LIMITS);
  return [
    '',
    '## What this assessment cannot do',
    '',
    ...shown.map((limit) => `- ${prose(limit.says)}`),
    ...more(caseFile.limits.length - shown.length, 'limit'),
  ];
}

function made(caseFile: CaseFile): readonly string[] {
  const options = Object.entries(caseFile.options)
    .slice(0, MOST_LIMITS)
    .map(([name, value]) => `${codeSpan(name, SHORT)} ${codeSpan(String(value), SHORT)}`);
  const inputs = caseFile.inputs
    .slice(0, MOST_LIMITS)
    .map(({ name, isSnapshot }) => `${isSnapshot ? 'snapshot ' : ''}${codeSpan(name, SHORT)}`);
  return [
    '',
    '## How this was made',
    '',
    `- Afterpatch ${codeSpan(caseFile.engine.version, SHORT)}, case ${codeSpan(caseFile.evidence.id, SHORT)}`,
    ...caseFile.packs
      .slice(0, MOST_LIMITS)
      .map(
        (pack) =>
          `- Pack ${codeSpan(pack.id, SHORT)} ${codeSpan(pack.version, SHORT)}, ${codeSpan(pack.digest, SHORT)}`,
      ),
    ...(inputs.length === 0 ? [] : [`- Given: ${inputs.join(', ')}`]),
    ...(options.length === 0 ? [] : [`- Options: ${options.join(', ')}`]),
    '- `afterpatch explain case.json ID` shows where any sentence above comes from, down to the bytes; ID is a question such as `operated`, or the id of a finding.',
  ];
}

function more(count: number, what: string): readonly string[] {
  return count > 0 ? ['', `*${counted(count, `more ${what}`, `more ${what}s`)} in the case file.*`] : [];
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}

const MOST_CHARACTERS = 60_000;
const MOST_SERVERS = 100;
const MOST_ARTIFACTS = 20;
const MOST_LIMITS = 20;
const MOST_PACKAGES = 10;
const MOST_PRIOR = 10;
const SHORT = 100;
const BRIEF = 200;
