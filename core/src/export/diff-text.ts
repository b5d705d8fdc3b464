import { canonicalJson } from './canonical-json.ts';
import type { CaseDiff, CaseMark, ClaimDiff, LoneServer, ServerDiff } from './case-diff.ts';
import { headlineDiffers } from './case-diff.ts';
import { spansOf } from './case-spans.ts';
import { causeKey, causeParts, reachText, toldParts } from './diff-cause-text.ts';
import type { Cause } from './diff-causes.ts';
import type { ArtifactMark, CoverageChange, EvidenceChange } from './diff-evidence.ts';
import type { Listed, Pair } from './diff-pair.ts';
import { counted, grouped, timeText } from './figures.ts';
import { ANSWER_WORDS, HEADLINE_WORDS } from './headline-words.ts';
import { keptTogether, MARGIN, Page, toned } from './page.ts';
import type { PageOptions, Part } from './page.ts';

/** How the two cases are called, for the reader. */
export interface DiffNames {
  readonly names: Pair<string>;
}

/** Canonical JSON (RFC 8785) in ASCII: what is not is escaped, so that no terminal takes a text for a command. */
export function diffJson(diff: CaseDiff): string {
  const json = canonicalJson(diff);
  return `${json.replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}

/** Why two cases answer differently, for a person: what changed first, then what they were made of. */
export function diffText(diff: CaseDiff, options: PageOptions & DiffNames): string {
  const page = new Page(options);
  page.paragraph(toned('strong', titleOf(diff)));
  page.blank();
  writeMark(page, 'first', options.names.first, diff.case.first);
  writeMark(page, 'second', options.names.second, diff.case.second);
  writeDiffers(page, diff);
  writeOrganisation(page, diff);
  const servers = diff.servers.shown.filter((server) => headlineDiffers(server) || server.claims.length > 0);
  for (const server of servers.slice(0, MOST_SERVERS)) writeServer(page, server, diff);
  if (servers.length > MOST_SERVERS)
    page.paragraph(
      `${counted(servers.length - MOST_SERVERS, 'more server', 'more servers')} with other answers: --format json names them.`,
    );
  writeLone(page, 'ONLY THE FIRST CASE HAS', diff.onlyFirst);
  writeLone(page, 'ONLY THE SECOND CASE HAS', diff.onlySecond);
  writeReach(page, diff.evidence.coverage);
  writeEvidence(page, diff.evidence);
  return page.text();
}

function titleOf({ isChanged, servers, changed, onlyFirst, onlySecond }: CaseDiff): string {
  if (servers.count === 0 && onlyFirst.count + onlySecond.count > 0) return 'No server is in both cases';
  const isWhole = onlyFirst.count + onlySecond.count === 0;
  if (!isChanged)
    return `No verdict changed${isWhole ? '' : ` on ${counted(servers.count, 'server', 'servers')} that both cases have`}`;
  if (changed.headlines + changed.answers === 0)
    return 'The verdict on all servers together changed; that on no single server did';
  const headlines = `${counted(changed.headlines, 'verdict', 'verdicts')} changed`;
  return `${headlines} of ${grouped(servers.count)}; ${counted(changed.answers, 'answer differs', 'answers differ')}`;
}

function writeMark(page: Page, label: string, name: string, mark: CaseMark): void {
  const packs = mark.packs.map((pack) => `${pack.id} ${pack.version} (${shortDigest(pack.digest)})`).join(', ');
  page.labelled(label, [keptTogether('plain', name), `: ${HEADLINE_WORDS[mark.headline].short}`], LABEL);
  const made = `Afterpatch ${mark.engine}; packs: ${packs === '' ? 'none' : packs}; evidence ${shortDigest(mark.evidence)}`;
  page.paragraph(toned('faint', made), { indent: MARGIN + LABEL });
}

function writeDiffers(page: Page, diff: CaseDiff): void {
  page.heading('WHAT DIFFERS');
  page.labelled(
    'evidence',
    diff.differs.evidence ? evidenceText(diff.evidence) : 'the same files with the same bytes',
    LABEL,
  );
  page.labelled('packs', packsText(diff), LABEL);
  for (const pack of diff.packs.shown.slice(0, MOST_ROWS)) {
    for (const [which, rules] of [
      ['first', pack.rulesOnlyFirst],
      ['second', pack.rulesOnlySecond],
    ] as const)
      if (rules.count > 0)
        page.paragraph(`Only in the ${which} case met something: ${someOf(rules)}.`, { indent: MARGIN + LABEL });
  }
  const { first, second } = diff.case;
  page.labelled(
    'engine',
    diff.differs.engine ? `${first.engine}, then ${second.engine}` : `the same, ${first.engine}`,
    LABEL,
  );
  const options = diff.options.shown.map(
    ({ name, value }) => `${name}: ${optionText(value.first)}, then ${optionText(value.second)}`,
  );
  page.labelled('options', options.length === 0 ? 'the same' : options.join('; '), LABEL);
  if (diff.evidence.readOtherwise.count > 0)
    page.labelled(
      'reading',
      `${counted(diff.evidence.readOtherwise.count, 'file', 'files')} with the same bytes ${diff.evidence.readOtherwise.count === 1 ? 'was' : 'were'} read otherwise`,
      LABEL,
    );
  const why = attribution(diff);
  if (why !== '') {
    page.blank();
    page.paragraph(why, { indent: MARGIN });
  }
}

/** The same evidence, packs, options and version give the same case: so what alone differs is the reason. */
function attribution({ isChanged, differs }: CaseDiff): string {
  if (!isChanged) return '';
  const names = (['evidence', 'packs', 'engine', 'options'] as const).filter((name) => differs[name]);
  const [only] = names;
  if (only === undefined)
    return 'Nothing that decides an answer differs, and yet the answers do: one of these cases was altered, or does not say what it was made of.';
  if (names.length === 1) return `Only ${ONLY[only]}, so that is why.`;
  return `More than one of them differs (${names.join(', ')}). What is said below of findings and sources holds; which of these caused it is certain only after the first evidence was assessed again as the second was.`;
}

function writeOrganisation(page: Page, { organisation, servers, onlyFirst, onlySecond, changed }: CaseDiff): void {
  const { headline, says, missingOnlyFirst, missingOnlySecond } = organisation;
  const isChanged = headline.first !== headline.second;
  // Of a single server its own headline says the same.
  const isTold = servers.count + onlyFirst.count + onlySecond.count === 1 && changed.headlines === 1;
  if ((!isChanged || isTold) && missingOnlyFirst.count + missingOnlySecond.count === 0) return;
  page.heading('ALL SERVERS TOGETHER');
  if (isChanged) {
    page.labelled('was', HEADLINE_WORDS[headline.first].short, LABEL);
    page.labelled('is', toned('strong', HEADLINE_WORDS[headline.second].short), LABEL);
    if (says.second !== '') page.paragraph(says.second, { indent: MARGIN + LABEL });
  }
  for (const [which, names] of [
    ['first', missingOnlyFirst],
    ['second', missingOnlySecond],
  ] as const)
    if (names.count > 0)
      page.paragraph(`Only the ${which} case names as not handed in: ${someOf(names)}.`, { indent: MARGIN });
}

function writeServer(page: Page, server: ServerDiff, diff: CaseDiff): void {
  page.heading(`${server.name}, ${server.campaign}`);
  if (headlineDiffers(server)) {
    page.labelled('was', server.title.first, LABEL);
    page.labelled('is', toned('strong', server.title.second), LABEL);
  } else page.labelled('still', server.title.second, LABEL);
  const told = new Set<string>();
  for (const claims of alike(server.claims)) writeClaims(page, claims, diff, told);
  if (server.claims.length === 0)
    page.paragraph('No answer differs; the headline follows from something else that the cases do not hold.', {
      indent: MARGIN,
    });
}

/** Answers that changed alike for the same reasons are told together. */
function alike(claims: readonly ClaimDiff[]): Iterable<readonly ClaimDiff[]> {
  const groups = new Map<string, ClaimDiff[]>();
  for (const claim of claims) {
    const key = JSON.stringify([claim.answer.first, claim.answer.second, claim.causes.shown.map(causeKey)]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [claim]);
    else group.push(claim);
  }
  return groups.values();
}

function writeClaims(page: Page, claims: readonly ClaimDiff[], diff: CaseDiff, told: Set<string>): void {
  const [first] = claims;
  if (first === undefined) return;
  const { answer, causes } = first;
  page.blank();
  const [was, is] = [answerText(answer.first), answerText(answer.second)];
  const change = claims.length === 1 ? `: was ${was}, is ${is}` : `: each was ${was}, is ${is}`;
  page.paragraph([toned('strong', claims.map((claim) => claim.claim).join(', ')), change], { indent: MARGIN });
  for (const { says } of claims) if (says.second !== '') page.paragraph(says.second, { indent: MARGIN + MARGIN });
  const deciding = causes.shown.filter((cause) => cause.decides);
  const others = causes.shown.filter((cause) => !cause.decides);
  const partsOf = (cause: Cause): readonly Part[] => {
    const key = causeKey(cause);
    if (told.has(key)) return toldParts(cause);
    told.add(key);
    return causeParts(cause);
  };
  for (const cause of deciding.slice(0, MOST_ROWS)) writePoint(page, 'because', partsOf(cause));
  const more = deciding.length - MOST_ROWS;
  if (more > 0) writePoint(page, 'because', [`of ${counted(more, 'more thing', 'more things')} of this kind`]);
  if (deciding.length === 0) writePoint(page, 'because', [unexplained(first, diff)]);
  for (const cause of others.slice(0, MOST_OTHERS)) writePoint(page, 'also', partsOf(cause));
  if (others.length > MOST_OTHERS) writePoint(page, 'also', [`${grouped(others.length - MOST_OTHERS)} more`]);
}

function unexplained({ claim, answer }: ClaimDiff, { differs }: CaseDiff): string {
  if (answer.first === null || answer.second === null) return 'only one of the two cases asks this';
  const isOfInstall = claim === 'vulnerable' && [answer.first, answer.second].includes('not-applicable');
  if (isOfInstall)
    return 'whether the server was installed with the fix is read from its setup log and from how far its logs go back; more than the answer the cases do not hold';
  const names = (['packs', 'engine', 'options'] as const).filter((name) => differs[name]);
  return names.length === 0
    ? 'nothing that the two cases hold shows why'
    : `no finding and no source shows why; what differs and may be why: ${names.join(', ')}`;
}

function writePoint(page: Page, label: string, parts: readonly Part[]): void {
  page.labelled(toned('faint', `  ${label}`), parts, LABEL);
}

function writeLone(page: Page, title: string, servers: Listed<LoneServer>): void {
  if (servers.count === 0) return;
  page.heading(title);
  for (const { name, campaign, headline } of servers.shown.slice(0, MOST_SERVERS))
    page.paragraph(
      [`${page.mark('bullet')} `, toned('strong', name), `, ${campaign}: ${HEADLINE_WORDS[headline].short}`],
      { indent: MARGIN, hang: MARGIN + 2 },
    );
  const more = servers.count - Math.min(MOST_SERVERS, servers.shown.length);
  if (more > 0) page.paragraph(`${grouped(more)} more`, { indent: MARGIN });
}

function writeReach(page: Page, coverage: Listed<CoverageChange>): void {
  const told = coverage.shown.filter(
    ({ lost, gained, listed }) => lost.length + gained.length > 0 || listed.first !== listed.second,
  );
  if (told.length === 0) return;
  page.heading('HOW FAR THE EVIDENCE REACHES');
  for (const change of told.slice(0, MOST_ROWS))
    page.paragraph([`${page.mark('bullet')} `, `${change.host}, ${reachText(change)}`], {
      indent: MARGIN,
      hang: MARGIN + 2,
    });
  if (told.length > MOST_ROWS) page.paragraph(`${grouped(told.length - MOST_ROWS)} more`, { indent: MARGIN });
}

function writeEvidence(page: Page, evidence: EvidenceChange): void {
  if (evidence.isSame && evidence.readOtherwise.count === 0) return;
  page.heading('THE FILES');
  page.paragraph(`${counted(evidence.same, 'file is', 'files are')} the same in both.`, { indent: MARGIN });
  const { first, second } = evidence.inputs;
  if (first.join('\n') !== second.join('\n'))
    page.paragraph(`What was given: first ${someNames(first)}; then ${someNames(second)}.`, { indent: MARGIN });
  writeFiles(page, 'Only in the first case', evidence.onlyFirst, markParts);
  writeFiles(page, 'Only in the second case', evidence.onlySecond, markParts);
  writeFiles(page, 'Other bytes', evidence.changed, (file) => [
    keptTogether('plain', pathText(file)),
    `: ${shortHash(file.sha256.first)}, then ${shortHash(file.sha256.second)}`,
  ]);
  const moved = evidence.moved.shown.map((file) => ({ path: file.path.first, container: file.container.first, file }));
  writeFiles(page, 'The same bytes elsewhere', { count: evidence.moved.count, shown: moved }, ({ file }) => [
    keptTogether('plain', file.path.first),
    ', then ',
    keptTogether('plain', file.path.second),
  ]);
  writeFiles(page, 'The same bytes, read otherwise', evidence.readOtherwise, (file) => [
    keptTogether('plain', pathText(file)),
    `: ${counted(file.records.first, 'record', 'records')} and ${counted(file.gaps.first, 'gap', 'gaps')}, then ${grouped(file.records.second)} and ${grouped(file.gaps.second)}`,
  ]);
}

function markParts(file: ArtifactMark): readonly Part[] {
  return [keptTogether('plain', pathText(file)), ` (${shortHash(file.sha256)})`];
}

/** Many files of one folder are one line. */
function writeFiles<T extends FilePlace>(
  page: Page,
  title: string,
  files: Listed<T>,
  partsOf: (file: T) => readonly Part[],
): void {
  if (files.count === 0) return;
  page.paragraph(`${title} (${grouped(files.count)}):`, { indent: MARGIN });
  const folders = new Map<string, T[]>();
  for (const file of files.shown) {
    const path = pathText(file);
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const known = folders.get(folder);
    if (known === undefined) folders.set(folder, [file]);
    else known.push(file);
  }
  const rows = [...folders].flatMap(([folder, inside]): readonly (readonly Part[])[] =>
    inside.length <= MOST_NAMED
      ? inside.map(partsOf)
      : [
          [
            `${counted(inside.length, 'file', 'files')} in `,
            keptTogether('plain', folder === '' ? 'the top folder' : folder),
          ],
        ],
  );
  for (const row of rows.slice(0, MOST_ROWS))
    page.paragraph([`${page.mark('bullet')} `, ...row], { indent: MARGIN + MARGIN, hang: MARGIN + MARGIN + 2 });
  if (rows.length > MOST_ROWS || files.count > files.shown.length)
    page.paragraph('and more: --format json names them', { indent: MARGIN + MARGIN });
}

interface FilePlace {
  readonly path: string;
  readonly container: string | null;
}

function evidenceText(evidence: EvidenceChange): string {
  const { onlyFirst, onlySecond, changed, moved } = evidence;
  const texts = [
    [onlyFirst.count, 'only in the first'],
    [onlySecond.count, 'only in the second'],
    [changed.count, 'with other bytes'],
    [moved.count, 'elsewhere'],
  ] as const;
  const told = texts
    .filter(([count]) => count > 0)
    .map(([count, where]) => `${counted(count, 'file', 'files')} ${where}`);
  return told.length === 0 ? 'the same files, given under other names' : told.join(', ');
}

function packsText({ packs }: CaseDiff): string {
  if (packs.count === 0) return 'the same';
  const texts = packs.shown.slice(0, MOST_ROWS).map(({ id, version, digest }) => {
    const [was, is] = [packText(version.first, digest.first), packText(version.second, digest.second)];
    return `${id}: ${was}, then ${is}`;
  });
  return texts.join('; ');
}

function packText(version: string | null, digest: string | null): string {
  return version === null || digest === null ? 'not used' : `${version} (${shortDigest(digest)})`;
}

function answerText(answer: ClaimDiff['answer']['first']): string {
  return answer === null ? 'not asked' : ANSWER_WORDS[answer];
}

function optionText(value: string | number | boolean | null): string {
  if (value === null) return 'not given';
  return typeof value === 'string' && spansOf([{ from: value, to: FAR }]).length > 0 ? timeText(value) : String(value);
}

function pathText({ path, container }: FilePlace): string {
  return container === null ? path : `${container} > ${path}`;
}

function someOf(names: Listed<string>): string {
  const shown = names.shown.slice(0, MOST_ROWS);
  const more = names.count - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${grouped(more)} more` : '');
}

function someNames(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : someOf({ count: names.length, shown: names });
}

function shortHash(sha256: string | null): string {
  return sha256 === null ? 'not to be opened' : `SHA-256 ${sha256.slice(0, SHORT_DIGEST)}`;
}

function shortDigest(digest: string): string {
  return digest.replace('sha256:', '').slice(0, SHORT_DIGEST);
}

const ONLY = {
  evidence: 'the evidence differs',
  packs: 'the pack differs',
  engine: 'the version of Afterpatch differs',
  options: 'the options differ',
} as const;
const FAR = '9999-12-31T00:00:00.000Z';
const LABEL = 11;
const SHORT_DIGEST = 12;
const MOST_SERVERS = 50;
const MOST_ROWS = 8;
const MOST_OTHERS = 3;
const MOST_NAMED = 3;
