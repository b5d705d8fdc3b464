import type { CaseClaim, CaseCoverage } from '../model/case-file.ts';
import type { Span } from '../model/evidence.ts';
import { hullOf, joinSpans, holesIn, spansOf, timeOf } from './case-spans.ts';
import { counted, grouped, spansText, timeText } from './figures.ts';
import { MARGIN, toned } from './page.ts';
import type { Page } from './page.ts';
import { mustSeesOf, silenceText } from './proof-words.ts';
import type { LawView, NamedMustSee } from './proof-words.ts';

/** What had to be seen for a claim, one after the other: by what it was seen, where the holes are, how to get the rest. */
export function writeCoverage(page: Page, claim: CaseClaim, view: LawView): void {
  const mustSees = mustSeesOf(claim, view.pack);
  if (mustSees.length === 0) return;
  const sources = new Map(view.index.coverageOf(claim.host).map((source) => [source.kind, source]));
  const window = hullOf([timeOf(claim.window.from) ?? 0], [timeOf(claim.window.to) ?? 0]);
  page.heading('WHAT HAD TO BE SEEN BEFORE ANYONE MAY SAY NO');
  for (const mustSee of mustSees.slice(0, MOST_MUST_SEES)) {
    const state = mustSee.unseen === undefined ? 'seen' : toned('warn', 'NOT SEEN, OR NOT ALL OF IT');
    page.paragraph(
      [`${page.mark('bullet')} `, toned('strong', mustSee.title), ': ', state, toned('faint', ` (${mustSee.id})`)],
      { indent: MARGIN, hang: MARGIN + 2 },
    );
    const sights = mustSee.seen
      .slice(0, MOST_SOURCES)
      .map(({ by, spans }) => ({ by, spans: spansOf(spans), source: sources.get(by) }));
    for (const sight of sights) writeSight(page, sight);
    if (window !== undefined) for (const sight of sights) writeHoles(page, sight, sights, window);
    writeUnseen(page, mustSee);
  }
  const more = mustSees.length - MOST_MUST_SEES;
  if (more > 0) page.paragraph(`${grouped(more)} more`, { indent: MARGIN });
}

/** One alternative of a must-see, and what the case holds of its source. */
interface Sight {
  readonly by: string;
  readonly spans: readonly Span[];
  readonly source: CaseCoverage | undefined;
}

function writeSight(page: Page, { by, spans, source }: Sight): void {
  if (spans.length > 0) {
    const records = source === undefined ? '' : `, ${counted(source.records, 'record', 'records')}`;
    row(page, 'seen by', `${source?.title ?? by}: ${spansText(spans, MOST_SPANS)}${records}`);
  } else row(page, 'seen by', wholeText(by, source));
  const clock = source?.clock ?? null;
  if (clock !== null) row(page, 'its clock', clock.says);
}

/** What has no days: a tree that was listed, or the build. */
function wholeText(by: string, source: CaseCoverage | undefined): string {
  if (source?.extent === undefined || source.extent === null)
    return by === 'build' ? 'a program file that proves the build' : `${source?.title ?? by}: complete`;
  const { how, files, asOf } = source.extent;
  const listed = how === 'enumerated' ? 'listed completely' : 'not listed completely';
  return `${source.title}: ${listed}, ${counted(files, 'file', 'files')}${asOf === null ? '' : `, as of ${timeText(asOf)}`}`;
}

/** Silences inside the time in question, and whether another source spoke meanwhile. */
function writeHoles(page: Page, sight: Sight, sights: readonly Sight[], window: Span): void {
  const { source } = sight;
  if (source === undefined || source.extent !== null) return;
  const holes = holesOf(source, window);
  const others = holes.length === 0 ? [] : joinSpans(sights.flatMap((s) => (s === sight ? [] : s.spans)));
  for (const hole of holes.slice(0, MOST_HOLES)) {
    const isCovered = others.some((span) => span.from <= hole.from && span.to >= hole.to);
    const text = [
      `${source.title}, ${spansText([hole], 1)}`,
      hole.reason,
      isCovered ? 'another source speaks meanwhile' : '',
    ];
    row(page, 'silent', text.filter((each) => each !== '').join(': '));
  }
  const more = holes.length - MOST_HOLES;
  if (more > 0) row(page, 'silent', `${source.title}, ${counted(more, 'more time', 'more times')}`);
}

/** The holes that the case states with their reasons; where it states none, what the spans leave open. */
function holesOf(source: CaseCoverage, window: Span): readonly (Span & { readonly reason: string })[] {
  const stated = source.holes.slice(0, MOST_STATED).flatMap((hole) => {
    const [from, to] = [timeOf(hole.from), timeOf(hole.to)];
    if (from === undefined || to === undefined || to <= window.from || from >= window.to) return [];
    return [{ from: Math.max(from, window.from), to: Math.min(to, window.to), reason: hole.reason }];
  });
  if (stated.length > 0) return stated;
  const quiet = source.quiet ?? 0;
  const reason = quiet > 0 ? `longer than it is ever quiet (${silenceText(quiet)})` : '';
  return holesIn(window, spansOf(source.spans), quiet * 1_000_000).map((hole) => ({ ...hole, reason }));
}

function writeUnseen(page: Page, { unseen, spec }: NamedMustSee): void {
  if (unseen === undefined) {
    if (spec !== undefined && spec.why !== '') row(page, 'why it matters', spec.why);
    return;
  }
  const spans = spansOf(unseen.spans);
  // Of a tree no days are missing; the reason says whether it is there in part.
  if (spans.length > 0) row(page, 'missing', spansText(spans, MOST_SPANS));
  for (const [label, text] of [
    ['reason', unseen.reason],
    ['why it matters', unseen.why],
    ['how to get it', unseen.fetch],
  ] as const)
    if (text !== '') row(page, label, text);
}

function row(page: Page, label: string, text: string): void {
  page.labelled(toned('faint', `  ${label}`), text, WIDE_LABEL);
}

const WIDE_LABEL = 17;
const MOST_SPANS = 6;
const MOST_SOURCES = 12;
const MOST_HOLES = 4;
const MOST_STATED = 10_000;
const MOST_MUST_SEES = 40;
