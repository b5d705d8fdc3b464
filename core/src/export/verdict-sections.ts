import type { CaseClaim, CaseCoverage, CaseFinding, CaseVerdict } from '../model/case-file.ts';
import type { Span } from '../model/evidence.ts';
import type { Level } from '../model/finding.ts';
import { artifactPath, firstSighting } from './case-index.ts';
import type { CaseIndex } from './case-index.ts';
import { holesIn, hullOf, joinSpans, lengthOf, spansOf, timeOf } from './case-spans.ts';
import { barText, coverageBar } from './coverage-bars.ts';
import type { Cell } from './coverage-bars.ts';
import { counted, dayText, daysText, grouped, spansText, timeText } from './figures.ts';
import { answerTone, wordsFor } from './headline-words.ts';
import { keptTogether, MARGIN, toned } from './page.ts';
import type { Page, Tone } from './page.ts';

/** One host and one campaign, from the headline to the next steps; `brief` leaves out why each missing source matters. */
export function writeVerdict(
  page: Page,
  verdict: CaseVerdict,
  index: CaseIndex,
  options: { readonly brief: boolean },
): void {
  const claims = index.claimsOf(verdict);
  writeHeadline(page, verdict, claims, index);
  writeEstablished(page, claims, index);
  writeNotKnown(page, claims);
  writeUnseen(page, claims, options);
  writeRuledOut(page, claims, index);
  writeCoverage(page, verdict, claims, index);
  writeOtherFindings(page, verdict, index);
  if (verdict.next.length > 0) {
    page.heading('WHAT TO DO NEXT');
    for (const [at, step] of verdict.next.entries()) page.labelled(`${at + 1}.`, step, 4);
  }
}

function writeHeadline(page: Page, verdict: CaseVerdict, claims: readonly CaseClaim[], index: CaseIndex): void {
  const host = index.host(verdict.host);
  const words = wordsFor(verdict, claims);
  const names = [...new Set(host?.names ?? [verdict.host])].slice(0, 3).join(', ');
  const build = host?.build ?? null;
  const product = host?.product ?? null;
  const about = [
    product,
    build === null ? 'build not known' : `build ${build}`,
    asOfText(host?.asOf ?? null),
    `pack ${verdict.campaign}`,
  ];
  page.blank();
  page.paragraph(toned('strong', names === '' ? verdict.host : names));
  page.paragraph(toned('faint', about.filter((a) => a !== null).join(', ')));
  page.blank();
  page.paragraph(toned(words.tone, words.title));
  page.paragraph(words.means);
  if (verdict.says !== '') {
    page.blank();
    page.paragraph(verdict.says);
  }
}

function writeEstablished(page: Page, claims: readonly CaseClaim[], index: CaseIndex): void {
  const established = claims.filter((c) => c.answer === 'established');
  if (established.length === 0) return;
  page.heading('WHY: WHAT IS PROVEN');
  for (const claim of established) {
    page.labelled(toned(answerTone(claim), claim.claim), claim.says, LABEL);
    const first = firstSighting(claim, index);
    if (first !== undefined) {
      const { finding, sighting } = first;
      const place = [keptTogether('plain', artifactPath(sighting.artifact, index)), `, byte ${sighting.offset}`];
      if (sighting.at !== null) page.paragraph(`${timeText(sighting.at)} in`, { indent: MARGIN + LABEL });
      page.paragraph(sighting.at === null ? ['in ', ...place] : place, { indent: MARGIN + LABEL });
      page.paragraph(toned('faint', restsText(claim, finding)), { indent: MARGIN + LABEL });
    } else page.paragraph(toned('faint', 'by the build that the evidence states'), { indent: MARGIN + LABEL });
  }
}

function restsText(claim: CaseClaim, first: CaseFinding): string {
  const ids = [first.id, ...claim.rests.filter((id) => id !== first.id)];
  const more = ids.length - MOST_IDS;
  const named = ids.slice(0, MOST_IDS).join(', ');
  return `${counted(ids.length, 'finding', 'findings')}: ${named}${more > 0 ? ` and ${more} more` : ''}`;
}

function writeNotKnown(page: Page, claims: readonly CaseClaim[]): void {
  const open = claims.filter((c) => c.answer === 'undetermined');
  if (open.length === 0) return;
  page.heading('NEITHER PROVEN NOR RULED OUT');
  for (const claim of open) page.labelled(toned('warn', claim.claim), claim.says, LABEL);
}

function writeUnseen(page: Page, claims: readonly CaseClaim[], options: { readonly brief: boolean }): void {
  const missing = new Map<
    string,
    { readonly unseen: CaseClaim['unseen'][number]; readonly claims: string[]; readonly spans: Span[] }
  >();
  for (const claim of claims) {
    for (const unseen of claim.unseen) {
      const key = JSON.stringify([unseen.mustSee, unseen.title]);
      const entry = missing.get(key) ?? { unseen, claims: [], spans: [] };
      entry.claims.push(claim.claim);
      for (const span of spansOf(unseen.spans)) entry.spans.push(span);
      missing.set(key, entry);
    }
  }
  if (missing.size === 0) return;
  page.heading('WHAT COULD NOT BE SEEN');
  for (const { unseen, claims: touched, spans } of missing.values()) {
    const joined = joinSpans(spans);
    const when =
      joined.length === 0
        ? ': not seen'
        : `: missing for ${daysText(lengthOf(joined))}, ${spansText(joined, MOST_SPANS)}`;
    page.paragraph([`${page.mark('bullet')} `, toned('strong', unseen.title), when], {
      indent: MARGIN,
      hang: MARGIN + 2,
    });
    const get: readonly [string, string] = ['how to get it', unseen.fetch];
    const lines: readonly (readonly [string, string])[] = options.brief
      ? [get]
      : [
          ['reason', unseen.reason],
          ['why it matters', unseen.why],
          get,
          ['leaves open', [...new Set(touched)].join(', ')],
        ];
    for (const [label, text] of lines) if (text !== '') page.labelled(toned('faint', `  ${label}`), text, WIDE_LABEL);
  }
}

function writeRuledOut(page: Page, claims: readonly CaseClaim[], index: CaseIndex): void {
  const out = claims.filter((c) => c.answer === 'ruled-out' || c.answer === 'not-applicable');
  if (out.length === 0) return;
  page.heading('WHAT IS RULED OUT, AND ON WHAT GROUNDS');
  for (const claim of out) {
    const label = claim.answer === 'ruled-out' ? claim.claim : `(${claim.claim})`;
    page.labelled(toned('plain', label), claim.says, LABEL);
    const grounds = claim.answer === 'ruled-out' ? groundsText(claim, index) : '';
    if (grounds !== '') page.paragraph(toned('faint', `seen in: ${grounds}`), { indent: MARGIN + LABEL });
  }
  if (out.some((c) => c.answer === 'not-applicable'))
    page.paragraph(toned('faint', '(in brackets: the question does not apply here)'), { indent: MARGIN });
}

/** Each source once; its spans only where they are not the whole time in question. */
function groundsText(claim: CaseClaim, index: CaseIndex): string {
  const sources = new Map(index.coverageOf(claim.host).map((c) => [c.kind, c]));
  const window = hullOf([timeOf(claim.window.from) ?? 0], [timeOf(claim.window.to) ?? 0]);
  const bySource = new Map<string, Span[]>();
  for (const seen of claim.seen) {
    const spans = bySource.get(seen.by) ?? [];
    for (const span of spansOf(seen.spans)) spans.push(span);
    bySource.set(seen.by, spans);
  }
  const texts = [...bySource].map(([by, spans]) => {
    const source = sources.get(by);
    const title = by === 'build' ? 'the build of the product files' : (source?.title ?? by);
    const joined = joinSpans(spans);
    const tolerated = (source?.quiet ?? 0) * 1_000_000;
    const whole = joined.length === 0 || (window !== undefined && holesIn(window, joined, tolerated).length === 0);
    return whole ? title : `${title} (${spansText(joined, MOST_SPANS)})`;
  });
  return texts.join('; ');
}

function writeCoverage(page: Page, verdict: CaseVerdict, claims: readonly CaseClaim[], index: CaseIndex): void {
  const coverage = index.coverageOf(verdict.host);
  page.heading('HOW FAR THE EVIDENCE REACHES');
  if (coverage.length === 0) {
    page.paragraph('None of the logs or folders that answer these questions was in the evidence.', { indent: MARGIN });
    return;
  }
  const window = windowOf(claims, coverage, index.host(verdict.host)?.asOf ?? null);
  const cells = Math.min(MOST_CELLS, Math.floor(page.width * BAR_SHARE));
  if (window !== undefined) {
    const [from, to] = [dayText(window.from), dayText(window.to)];
    page.exact([toned('faint', from + ' '.repeat(Math.max(1, cells - from.length - to.length)) + to)], MARGIN);
  }
  const absent: string[] = [];
  for (const source of coverage) {
    if (source.extent === null ? source.spans.length === 0 : source.extent.how === 'unknown') absent.push(source.title);
    else if (source.extent !== null) {
      const text = [source.title, toned('faint', extentText(source.extent))];
      page.labelled(toned('faint', EXTENT_WORDS[source.extent.how]), text, cells + 2);
    } else if (window !== undefined) {
      const bar = coverageBar(source, window, cells);
      const drawn = bar.cells.map((cell) => toned(CELL_TONES[cell], page.mark(cell)));
      page.labelled(drawn, [source.title, toned('faint', `: ${barText(bar, window)}`)], cells + 2);
    }
  }
  if (absent.length > 0)
    page.paragraph([toned('warn', 'Not in the evidence at all: '), absent.join('; ')], { indent: MARGIN });
}

function extentText(extent: NonNullable<CaseCoverage['extent']>): string {
  const files = counted(extent.files, 'file', 'files');
  if (extent.how === 'partial') return `: ${files}, listed only in part; what is missing can hide there`;
  return `: ${files}${extent.asOf === null ? '' : `, as of ${timeText(extent.asOf)}`}`;
}

function windowOf(
  claims: readonly CaseClaim[],
  coverage: readonly CaseCoverage[],
  asOf: string | null,
): Span | undefined {
  const starts = claims.map((c) => timeOf(c.window.from)).filter((t) => t !== undefined);
  const ends = claims.map((c) => timeOf(c.window.to) ?? timeOf(asOf)).filter((t) => t !== undefined);
  const seen = starts.length > 0 && ends.length > 0 ? [] : coverage.flatMap((c) => spansOf(c.spans));
  return hullOf(starts.length > 0 ? starts : seen.map((s) => s.from), ends.length > 0 ? ends : seen.map((s) => s.to));
}

function writeOtherFindings(page: Page, verdict: CaseVerdict, index: CaseIndex): void {
  const used = new Set(index.caseFile.claims.filter((c) => c.host === verdict.host).flatMap((c) => c.rests));
  const others = index.findingsOf(verdict.host).filter((f) => !used.has(f.id));
  if (others.length === 0) return;
  page.heading('OTHER FINDINGS, NOT PART OF THE ANSWER');
  page.paragraph('Worth a look by someone who knows the server; alone they prove nothing.', { indent: MARGIN });
  for (const level of LEVELS) {
    const found = others.filter((f) => f.level === level);
    const shown = level === 'low' || level === 'informational' ? 0 : MOST_FINDINGS;
    for (const finding of found.slice(0, shown)) {
      const since = finding.since === null ? '' : ` since ${timeText(finding.since)}`;
      page.labelled(
        level,
        [`${finding.title} `, toned('faint', `${grouped(finding.count)}x${since}, ${finding.id}`)],
        LABEL,
      );
    }
    const more = found.length - Math.min(shown, found.length);
    if (more > 0)
      page.labelled(
        level,
        toned('faint', counted(more, shown > 0 ? 'more finding' : 'finding', shown > 0 ? 'more findings' : 'findings')),
        LABEL,
      );
  }
}

function asOfText(asOf: string | null): string {
  return asOf === null ? 'the evidence does not say of when it is' : `evidence as of ${timeText(asOf)}`;
}

const LEVELS: readonly Level[] = ['critical', 'high', 'medium', 'low', 'informational'];
const CELL_TONES: Readonly<Record<Cell, Tone>> = { full: 'plain', part: 'warn', none: 'faint' };
const LABEL = 15;
const WIDE_LABEL = 17;
const MOST_IDS = 3;
const MOST_SPANS = 3;
const MOST_FINDINGS = 5;
const MOST_CELLS = 60;
/** Part of the line that a bar takes. */
const BAR_SHARE = 0.4;
const EXTENT_WORDS: Readonly<Record<NonNullable<CaseCoverage['extent']>['how'], string>> = {
  enumerated: 'complete',
  partial: 'in part',
  unknown: 'not listed',
};
