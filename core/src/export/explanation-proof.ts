import { isoTime } from '../bytes/time.ts';
import type { CaseClaim, CaseFinding, CaseSighting } from '../model/case-file.ts';
import type { Micros } from '../model/evidence.ts';
import { artifactPath, hostName } from './case-index.ts';
import type { CaseIndex } from './case-index.ts';
import { restsOf, waysOf } from './explanation-joins.ts';
import type { Bond, Way } from './explanation-joins.ts';
import { counted, grouped, timeText } from './figures.ts';
import { keptTogether, MARGIN, toned } from './page.ts';
import type { Page, Part } from './page.ts';
import { RUNG_WORDS, silenceText, WEIGHT_WORDS } from './proof-words.ts';
import type { LawView } from './proof-words.ts';

/** The findings that an answer rests on: how they prove it together, then each with its rule and its bytes. */
export function writeProof(page: Page, claim: CaseClaim, view: LawView): void {
  if (claim.rests.length === 0) return;
  const findings = restsOf(claim, view.index);
  page.heading(claim.answer === 'established' ? 'THE PROOF' : 'WHAT SPEAKS FOR IT');
  const numbers = new Map(findings.map((finding, at) => [finding.id, at + 1]));
  writeWays(page, claim, numbers, view);
  for (const [at, finding] of findings.slice(0, MOST_TOLD).entries()) {
    if (at > 0) page.blank();
    writeFinding(page, `${at + 1}.`, finding, claim, view);
  }
  const untold = findings.slice(MOST_TOLD);
  if (untold.length > 0) page.blank();
  for (const [at, finding] of untold.entries())
    page.labelled(`${MOST_TOLD + at + 1}.`, [`${finding.title}, `, toned('faint', finding.id)], STEP);
  const unknown = claim.rests.filter((id) => view.index.finding(id) === undefined);
  for (const id of unknown.slice(0, MOST_UNKNOWN))
    page.paragraph(toned('warn', `finding ${id} is not in this case`), { indent: MARGIN });
  const more = new Set(claim.rests).size - findings.length - Math.min(unknown.length, MOST_UNKNOWN);
  if (more > 0)
    page.paragraph(toned('faint', `${grouped(more)} more findings are named by the case`), { indent: MARGIN });
}

/** One place where something was seen, with its own words. */
export function writeSighting(page: Page, label: string, sighting: CaseSighting, index: CaseIndex): void {
  const place = [
    keptTogether('strong', artifactPath(sighting.artifact, index)),
    `, byte ${sighting.offset}, ${counted(sighting.length, 'byte', 'bytes')} long`,
  ];
  page.labelled(label, place, STEP);
  const when = sighting.at === null ? 'no time' : timeText(sighting.at);
  page.paragraph(toned('faint', `${when}, SHA-256 of these bytes ${sighting.sha256}`), { indent: MARGIN + STEP });
  page.paragraph(sighting.excerpt, { indent: MARGIN + STEP + MARGIN });
}

/** How often and when. */
export function timesText(finding: CaseFinding): string {
  const times = counted(finding.count, 'time', 'times');
  if (finding.since === null) return `seen ${times}, without a date`;
  if (finding.until === null || finding.until === finding.since) return `seen ${times}, ${timeText(finding.since)}`;
  return `seen ${times}, from ${timeText(finding.since)} to ${timeText(finding.until)}`;
}

function writeWays(page: Page, claim: CaseClaim, numbers: ReadonlyMap<string, number>, view: LawView): void {
  const say = (parts: Part | readonly Part[]): void => page.paragraph(parts, { indent: MARGIN });
  if (view.pack === undefined) {
    say('Which of them prove it, and how they are joined, stands in the pack, which is not at hand.');
    page.blank();
    return;
  }
  const { shown, possible, isCut } = waysOf(claim, view.index, view.pack);
  const alone = shown.filter((way) => way.findings.length === 1);
  const joined = shown.filter((way) => way.findings.length > 1);
  if (alone.length > 0) {
    const listed = listOf(alone.map((way) => numberOf(way.findings[0], numbers)));
    say(alone.length === 1 ? `Finding ${listed} proves it alone.` : `Each of the findings ${listed} proves it alone.`);
  }
  for (const way of joined.slice(0, MOST_WAYS)) say(wayParts(way, numbers, view.index));
  if (joined.length > MOST_WAYS)
    say(`${counted(joined.length - MOST_WAYS, 'more join of them proves', 'more joins of them prove')} it as well.`);
  if (shown.length === 0) {
    for (const way of possible.slice(0, MOST_POSSIBLE)) say(wayParts(way, numbers, view.index));
    if (possible.length > 0)
      say(
        possible.length === 1
          ? 'The case keeps only some of these hits, and the two that lay so near are not among them.'
          : `${counted(possible.length, 'join', 'joins')} of them could be the proof; the case keeps only some of the hits, and not those that lay near each other.`,
      );
    else if (claim.answer === 'established') say('In which way they prove it together, the case does not hold.');
    else
      say(claim.rests.length === 1 ? 'It does not prove this.' : 'They do not prove this, neither alone nor together.');
  }
  if (isCut) say('There are more ways to join them than were followed here.');
  page.blank();
}

/** `Findings 1 and 3 together: both name the path …, and they lie at most 10 minutes apart (… and …).` */
function wayParts(way: Way, numbers: ReadonlyMap<string, number>, index: CaseIndex): readonly Part[] {
  const parts: Part[] = [`Findings ${listOf(way.findings.map((f) => numberOf(f, numbers)))} together: `];
  for (const [at, bond] of way.bonds.entries()) {
    if (at > 0) parts.push('; ');
    const [first, second] = [numberOf(bond.first, numbers), numberOf(bond.second, numbers)];
    parts.push(way.bonds.length === 1 ? '' : `${first} and ${second} `, ...bondParts(bond, index));
  }
  return [...parts, '.'];
}

function bondParts(bond: Bond, index: CaseIndex): readonly Part[] {
  const { first, second, same, within, shown } = bond;
  const parts: Part[] = [];
  if (same !== undefined) parts.push(`both name the ${same.kind} `, keptTogether('plain', same.value));
  if (within !== undefined) {
    const limit = silenceText(within / 1_000_000);
    parts.push(same === undefined ? '' : ' and ', `both were met within ${limit} of each other`);
    if (shown !== undefined) {
      const apart = Math.abs(shown.second - shown.first);
      parts.push(` (${momentText(shown.first)} and ${momentText(shown.second)}, ${apartText(apart)} apart)`);
    } else parts.push(' (the case does not keep those hits)');
  }
  if (first.host !== second.host)
    parts.push(`, the one on ${hostName(first.host, index)}, the other on ${hostName(second.host, index)}`);
  return parts;
}

function writeFinding(page: Page, label: string, finding: CaseFinding, claim: CaseClaim, view: LawView): void {
  const indent = MARGIN + STEP;
  page.labelled(label, [`${finding.title}, `, toned('faint', finding.id)], STEP);
  const meta = view.pack?.rules.find((rule) => rule.id === finding.rule);
  page.paragraph([toned('faint', 'rule '), finding.rule], { indent });
  if (meta !== undefined) {
    page.paragraph([toned('faint', 'weight '), WEIGHT_WORDS[meta.weight]], { indent });
    page.paragraph([toned('faint', 'rung '), `${meta.rung}: ${RUNG_WORDS[meta.rung]}`], { indent });
  }
  const where = finding.host === claim.host ? '' : `, on ${hostName(finding.host, view.index)}`;
  page.paragraph(timesText(finding) + where, { indent });
  for (const { kind, value } of finding.entities.slice(0, MOST_ENTITIES))
    page.paragraph([toned('faint', `${kind} `), keptTogether('plain', value)], { indent });
  for (const sighting of finding.sightings.slice(0, MOST_SIGHTINGS)) writeSighting(page, '', sighting, view.index);
  const more = finding.sightings.length - MOST_SIGHTINGS;
  if (more > 0) page.paragraph(toned('faint', `${grouped(more)} more: explain ${finding.id}`), { indent });
}

function numberOf(finding: CaseFinding | undefined, numbers: ReadonlyMap<string, number>): number {
  return finding === undefined ? 0 : (numbers.get(finding.id) ?? 0);
}

/** `1`, `1 and 2`, `1, 2 and 3`; of many the first and how many more. */
function listOf(numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].toSorted((a, b) => a - b);
  const shown = sorted.slice(0, MOST_LISTED).map(String);
  const more = sorted.length - shown.length;
  const last = more > 0 ? `${more} more` : shown.pop();
  return shown.length === 0 ? (last ?? '') : `${shown.join(', ')} and ${last ?? ''}`;
}

function apartText(micros: Micros): string {
  if (micros < 1_000_000) return 'less than a second';
  const isExact = micros % 1_000_000 === 0 || micros >= 10_000_000;
  return isExact ? silenceText(micros / 1_000_000) : `${(micros / 1_000_000).toFixed(1)} seconds`;
}

/** With its fraction, if it has one: joins are a matter of moments. */
function momentText(at: Micros): string {
  return isoTime(at).replace('.000Z', 'Z');
}

const STEP = 4;
const MOST_TOLD = 12;
const MOST_UNKNOWN = 20;
const MOST_WAYS = 8;
const MOST_POSSIBLE = 3;
const MOST_LISTED = 20;
const MOST_ENTITIES = 8;
const MOST_SIGHTINGS = 3;
