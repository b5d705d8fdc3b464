import type { CaseFile } from '../model/case-file.ts';
import { hostName, indexCase } from './case-index.ts';
import type { CaseIndex } from './case-index.ts';
import { byteText, counted, grouped } from './figures.ts';
import { wordsFor } from './headline-words.ts';
import { writeIntrusions } from './intrusion-sections.ts';
import { MARGIN, Page, toned } from './page.ts';
import type { PageOptions } from './page.ts';
import { writeVerdict } from './verdict-sections.ts';

export interface SummaryOptions extends PageOptions {
  /** Where the case file was written, as `explain` will be given it; absent if it was not kept. */
  readonly caseName?: string;
  /** What to do to get a case file that is kept; for verbs without `--output`. */
  readonly howToKeep?: string;
}

/**
 * The whole case for a person at a terminal: what happened in one sentence, why that is said, what was ruled out and on
 * what, what could not be seen and how to get it, what to do, and where every sentence comes from.
 */
export function terminalSummary(caseFile: CaseFile, options: SummaryOptions): string {
  const page = new Page(options);
  const index = indexCase(caseFile);
  const verdicts = index.verdictsWorstFirst;
  writeNothingRead(page, caseFile);
  if (verdicts.length > 1) writeTable(page, index);
  const detailed = verdicts.slice(0, verdicts.length > 1 ? MOST_DETAILED : 1);
  for (const verdict of detailed) writeVerdict(page, verdict, index, { brief: verdicts.length > 1 });
  if (detailed.length < verdicts.length) {
    page.blank();
    const rest = counted(verdicts.length - detailed.length, 'further verdict is', 'further verdicts are');
    page.paragraph(`${rest} in the table above only; ${explainCommand(options)} shows the claims of all of them.`);
  }
  writeMissing(page, caseFile);
  writeIntrusions(page, caseFile, index);
  writeLimits(page, caseFile);
  writeRead(page, caseFile);
  writeOrigin(page, options);
  return page.text();
}

function writeNothingRead(page: Page, caseFile: CaseFile): void {
  if (caseFile.artifacts.some((a) => a.records > 0)) return;
  page.paragraph(toned('warn', 'NOTHING WAS READ'));
  const found = counted(caseFile.artifacts.length, 'file', 'files');
  page.paragraph(
    `The evidence holds ${found}, and not one record of a known format. Nothing below says that the server is clean: check that this is the folder you meant.`,
  );
  page.blank();
}

function writeTable(page: Page, index: CaseIndex): void {
  const verdicts = index.verdictsWorstFirst;
  const hosts = new Set(verdicts.map((v) => v.host)).size;
  page.paragraph(toned('strong', `${counted(hosts, 'SERVER', 'SERVERS')}, WORST FIRST`));
  const names = verdicts.map((v) => hostName(v.host, index));
  const nameCells = columnCells(page, ['server', ...names], Math.floor(page.width / 3));
  const campaignCells = columnCells(page, ['campaign', ...verdicts.map((v) => v.campaign)], Math.floor(page.width / 4));
  const row = (name: string, campaign: string, answer: string, tone: 'faint' | 'bad' | 'warn' | 'good'): void => {
    const columns = `${fitted(page, name, nameCells)}  ${fitted(page, campaign, campaignCells)}  `;
    page.exact([columns, toned(tone, answer)], MARGIN);
  };
  row('server', 'campaign', 'answer', 'faint');
  for (const [at, verdict] of verdicts.entries()) {
    const words = wordsFor(verdict, index.claimsOf(verdict));
    row(
      names[at] ?? '',
      verdict.campaign,
      words.short,
      words.tone === 'plain' || words.tone === 'strong' ? 'faint' : words.tone,
    );
  }
  page.blank();
}

/** One clean server says nothing about the others, so those that nobody handed in are named. */
function writeMissing(page: Page, { organisation }: CaseFile): void {
  const { missing } = organisation;
  if (missing.length === 0) return;
  page.heading(missing.length === 1 ? 'A SERVER THAT WAS NOT HANDED IN' : 'SERVERS THAT WERE NOT HANDED IN');
  page.paragraph(organisation.says, { indent: MARGIN });
  for (const name of missing.slice(0, MOST_MISSING))
    page.paragraph([`${page.mark('bullet')} `, toned('warn', name)], { indent: MARGIN, hang: MARGIN + 2 });
  const more = missing.length - MOST_MISSING;
  if (more > 0)
    page.paragraph(`${page.mark('bullet')} ${grouped(more)} more under "organisation" in the case file`, {
      indent: MARGIN,
    });
}

function writeLimits(page: Page, caseFile: CaseFile): void {
  if (caseFile.limits.length === 0) return;
  page.heading('WHAT THIS ASSESSMENT CANNOT DO');
  for (const limit of caseFile.limits.slice(0, MOST_LIMITS)) {
    page.paragraph([`${page.mark('bullet')} `, limit.says], { indent: MARGIN, hang: MARGIN + 2 });
  }
  const more = caseFile.limits.length - MOST_LIMITS;
  if (more > 0)
    page.paragraph(`${page.mark('bullet')} ${grouped(more)} more under "limits" in the case file`, { indent: MARGIN });
}

function writeRead(page: Page, caseFile: CaseFile): void {
  const { artifacts } = caseFile;
  const records = artifacts.reduce((sum, a) => sum + a.records, 0);
  const bytes = artifacts.reduce((sum, a) => sum + a.size, 0);
  const unknown = artifacts.filter((a) => a.format === null && a.sha256 !== null).length;
  const closed = artifacts.filter((a) => a.sha256 === null).length;
  const gaps = artifacts.flatMap((a) => a.gaps);
  const faults = gaps.filter((g) => g.reason === 'fault').length;
  const read = `${counted(artifacts.length, 'artifact', 'artifacts')} (${byteText(bytes)}), ${counted(records, 'record', 'records')}`;
  page.heading('WHAT WAS READ');
  const lacks = [
    unknown === 0 ? '' : `${counted(unknown, 'file is', 'files are')} of no known format`,
    closed === 0 ? '' : `${counted(closed, 'file', 'files')} could not be opened`,
    gaps.length === 0 ? '' : `${counted(gaps.length, 'place', 'places')} in them could not be read`,
  ].filter((lack) => lack !== '');
  page.paragraph(`${read}; ${lacks.length === 0 ? 'all of it could be read' : lacks.join('; ')}.`, { indent: MARGIN });
  if (faults > 0) {
    const places = counted(faults, 'place', 'places');
    page.paragraph(
      toned('warn', `${places} could not be read because of a fault in Afterpatch itself. Please report it.`),
      { indent: MARGIN },
    );
  }
  const packs = caseFile.packs
    .map((p) => `${p.id} ${p.version} (${p.digest.replace('sha256:', '').slice(0, 12)})`)
    .join(', ');
  page.paragraph(`Afterpatch ${caseFile.engine.version}; packs: ${packs === '' ? 'none' : packs}`, { indent: MARGIN });
}

function writeOrigin(page: Page, options: SummaryOptions): void {
  page.heading('WHERE EVERY SENTENCE COMES FROM');
  if (options.caseName === undefined) {
    page.paragraph(`This case was not kept. ${options.howToKeep ?? 'Run it again with --output case.json'}, then:`, {
      indent: MARGIN,
    });
  }
  page.paragraph(`${explainCommand(options)} ID`, { indent: MARGIN });
  page.paragraph('ID is any name on the left above, such as operated, or the id of a finding.', { indent: MARGIN });
}

function explainCommand(options: SummaryOptions): string {
  return `afterpatch explain ${options.caseName ?? 'case.json'}`;
}

function columnCells(page: Page, texts: readonly string[], most: number): number {
  return texts.reduce((widest, text) => Math.min(most, Math.max(widest, page.cellsOf(text))), 0);
}

/** Padded or cut to exactly `cells`. */
function fitted(page: Page, text: string, cells: number): string {
  const clipped = page.clip(text, cells);
  return clipped + ' '.repeat(Math.max(0, cells - page.cellsOf(clipped)));
}

const MOST_DETAILED = 3;
const MOST_LIMITS = 12;
const MOST_MISSING = 20;
