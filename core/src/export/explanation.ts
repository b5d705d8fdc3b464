import type { CaseClaim, CaseFile, CaseFinding, CaseSighting } from '../model/case-file.ts';
import type { RuleMeta } from '../model/check.ts';
import type { Pack } from '../model/pack.ts';
import { hostName, indexCase } from './case-index.ts';
import type { CaseIndex } from './case-index.ts';
import { writeCoverage } from './explanation-coverage.ts';
import { timesText, writeProof, writeSighting } from './explanation-proof.ts';
import { buildReasons, windowReasons } from './explanation-window.ts';
import { counted, grouped } from './figures.ts';
import { answerTone, ANSWER_WORDS } from './headline-words.ts';
import { hexView } from './hex-view.ts';
import { listIntrusions, writeStoriesOf } from './intrusion-sections.ts';
import { keptTogether, MARGIN, Page, toned } from './page.ts';
import type { PageOptions } from './page.ts';
import { reasoningOf, WEIGHT_WORDS } from './proof-words.ts';

/** What the evidence shows now at the place of a sighting. */
export type FreshSight =
  | {
      readonly is: 'same' | 'different';
      readonly bytes: Uint8Array;
      readonly sha256: string;
      /** The line, or a rendering of the record. */
      readonly excerpt: string | undefined;
      readonly fields: Readonly<Record<string, unknown>>;
    }
  /** Lower case, no full stop: what was expected and what stood there. */
  | { readonly is: 'gone'; readonly says: string };

/** How a claim is explained. */
export interface ClaimPageOptions extends PageOptions {
  /** The very pack that the case was made with; without it, how findings were joined is not told. */
  readonly pack?: Pack | undefined;
  /** Why it is not there. */
  readonly caution?: string | undefined;
}

export interface FindingView {
  /** The rule, if a pack at hand still knows it. */
  readonly rule: RuleMeta | undefined;
  /** Why the rule may not be the one that made this finding; absent if it is. */
  readonly caution?: string;
  /** What was read again; absent if no evidence was given. */
  readonly fresh?: ReadonlyMap<CaseSighting, FreshSight>;
}

/** All claims and findings of a case with the ids that `explain` takes. */
export function explainList(caseFile: CaseFile, options: PageOptions): string {
  const page = new Page(options);
  const index = indexCase(caseFile);
  for (const verdict of index.verdictsWorstFirst) {
    page.heading(`CLAIMS: ${hostName(verdict.host, index)}, ${verdict.campaign}`);
    for (const claim of index.claimsOf(verdict)) {
      const answer = toned(answerTone(claim), ANSWER_WORDS[claim.answer]);
      page.labelled(claim.claim, [answer, ': ', claim.says], LABEL);
      page.paragraph(toned('faint', claim.id), { indent: MARGIN + LABEL });
    }
  }
  listIntrusions(page, caseFile);
  page.heading(`FINDINGS: ${grouped(caseFile.findings.length)}`);
  for (const finding of caseFile.findings) {
    page.labelled(finding.level, finding.title, LABEL);
    const where = `${hostName(finding.host, index)}, ${grouped(finding.count)}x`;
    page.paragraph(toned('faint', `${finding.id}, rule ${finding.rule}, ${where}`), { indent: MARGIN + LABEL });
  }
  return page.text();
}

/** One claim: its answer, the law's reasons, the proof down to the bytes, the time it is about, and what had to be seen. */
export function explainClaim(caseFile: CaseFile, claim: CaseClaim, options: ClaimPageOptions): string {
  const page = new Page(options);
  const index = indexOf(caseFile);
  const view = { index, pack: options.pack };
  page.paragraph([toned('strong', claim.claim), ` on ${hostName(claim.host, index)}, ${claim.campaign}`]);
  page.paragraph(toned('faint', claim.id));
  const question = options.pack?.claims.find((c) => c.claim === claim.claim)?.question;
  if (question !== undefined) page.paragraph(question);
  page.blank();
  page.paragraph(toned(answerTone(claim), ANSWER_WORDS[claim.answer]));
  page.paragraph(claim.says);
  page.heading('WHY THIS ANSWER');
  for (const reason of reasoningOf(claim, view)) page.paragraph(reason, { indent: MARGIN });
  if (options.caution !== undefined) page.paragraph(toned('warn', options.caution), { indent: MARGIN });
  writeProof(page, claim, view);
  if (claim.answer !== 'not-applicable') {
    page.heading('THE TIME IN QUESTION');
    for (const reason of windowReasons(claim, view)) page.paragraph(reason, { indent: MARGIN });
  }
  const builds = buildReasons(claim, view);
  if (builds.length > 0) page.heading('WHAT SPEAKS OF THE BUILD');
  for (const reason of builds)
    page.paragraph([`${page.mark('bullet')} `, reason], { indent: MARGIN, hang: MARGIN + 2 });
  writeCoverage(page, claim, view);
  return page.text();
}

/** One finding: the rule, what is known to look like it, and every sighting, as the case holds it and as it is now. */
export function explainFinding(
  caseFile: CaseFile,
  finding: CaseFinding,
  view: FindingView,
  options: PageOptions,
): string {
  const page = new Page(options);
  const index = indexCase(caseFile);
  page.paragraph(toned('strong', finding.title));
  page.paragraph(toned('faint', `${finding.id}, rule ${finding.rule}, level ${finding.level}, ${finding.campaign}`));
  page.blank();
  page.paragraph(`On ${hostName(finding.host, index)}: ${timesText(finding)}.`);
  for (const { kind, value } of finding.entities)
    page.labelled(toned('faint', kind), keptTogether('plain', value), LABEL);
  writeRule(page, view);
  writeUse(page, finding, index);
  page.heading(
    `WHERE IT WAS SEEN: ${counted(finding.sightings.length, 'place', 'places')}${finding.count > finding.sightings.length ? ` kept of ${grouped(finding.count)}` : ''}`,
  );
  for (const [at, sighting] of finding.sightings.entries()) {
    if (at > 0) page.blank();
    writeSighting(page, `${at + 1}.`, sighting, index);
    const fresh = view.fresh?.get(sighting);
    if (fresh !== undefined) writeFresh(page, sighting, fresh);
  }
  if (view.fresh === undefined) {
    page.blank();
    page.paragraph(toned('faint', 'Add --evidence PATH to read these bytes again and compare their SHA-256.'));
  }
  return page.text();
}

/** Made once for each case, however many claims of it are explained. */
function indexOf(caseFile: CaseFile): CaseIndex {
  const index = indices.get(caseFile) ?? indexCase(caseFile);
  indices.set(caseFile, index);
  return index;
}

function writeFresh(page: Page, sighting: CaseSighting, fresh: FreshSight): void {
  const indent = MARGIN + STEP;
  if (fresh.is === 'gone') {
    page.paragraph(toned('bad', `NOT READ AGAIN: ${fresh.says}`), { indent });
    return;
  }
  if (fresh.is === 'same') page.paragraph(toned('good', 'Read again now: the same bytes.'), { indent });
  else {
    page.paragraph(toned('bad', 'THE BYTES DIFFER from those this case was made of.'), { indent });
    page.paragraph(`now ${fresh.sha256}`, { indent });
    page.paragraph('Either this is other evidence, or it was changed since. Shown below is what stands there now.', {
      indent,
    });
  }
  const limit = Math.min(fresh.bytes.length, HEX_BYTES);
  for (const row of hexView(fresh.bytes.subarray(0, limit), sighting.offset)) page.exact([toned('faint', row)], MARGIN);
  if (sighting.length > limit)
    page.paragraph(toned('faint', `${grouped(sighting.length - limit)} more bytes`), { indent });
  if (fresh.excerpt !== undefined && fresh.excerpt !== sighting.excerpt)
    page.paragraph(['now reads: ', fresh.excerpt], { indent });
  const fields = Object.entries(fresh.fields).filter(
    ([, value]) => value !== undefined && value !== '' && value !== '-',
  );
  for (const [name, value] of fields.slice(0, MOST_FIELDS)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    page.labelled(toned('faint', name), keptTogether('plain', text.slice(0, LONGEST_FIELD)), FIELD);
  }
  if (fields.length > MOST_FIELDS)
    page.paragraph(toned('faint', `${fields.length - MOST_FIELDS} more fields: afterpatch dump shows them`), {
      indent,
    });
}

function writeRule(page: Page, view: FindingView): void {
  const { rule } = view;
  page.heading('THE RULE');
  if (view.caution !== undefined) page.paragraph(toned('warn', view.caution), { indent: MARGIN });
  if (rule === undefined) return;
  page.labelled('why it matters', rule.description === '' ? 'the rule does not say' : rule.description, LABEL);
  page.labelled('weight', WEIGHT_WORDS[rule.weight], LABEL);
  if (rule.falsePositives.length === 0) page.labelled('harmless cause', 'none is known', LABEL);
  for (const cause of rule.falsePositives) page.labelled('harmless cause', cause, LABEL);
  if (rule.attack.length > 0) page.labelled('ATT&CK', rule.attack.join(', '), LABEL);
  for (const reference of rule.references) page.labelled('see', keptTogether('plain', reference), LABEL);
}

function writeUse(page: Page, finding: CaseFinding, index: CaseIndex): void {
  const used = index.caseFile.claims.filter((c) => c.rests.includes(finding.id));
  page.heading('WHAT RESTS ON IT');
  if (used.length === 0) page.paragraph('No claim: this finding is not part of an answer.', { indent: MARGIN });
  for (const claim of used)
    page.labelled(claim.claim, [toned(answerTone(claim), ANSWER_WORDS[claim.answer]), ': ', claim.says], LABEL);
  writeStoriesOf(page, finding, index.caseFile);
}

const indices = new WeakMap<CaseFile, CaseIndex>();
const LABEL = 15;
const STEP = 4;
const FIELD = 24;
const HEX_BYTES = 256;
const MOST_FIELDS = 40;
const LONGEST_FIELD = 2_000;
