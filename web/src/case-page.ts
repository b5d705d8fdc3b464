import type { Cell } from '@afterpatch/core/export/coverage-bars.ts';
import { grouped } from '@afterpatch/core/export/figures.ts';

import type {
  CaseView,
  ClaimView,
  CoverageView,
  FindingView,
  PlaceView,
  UnseenView,
  VerdictView,
} from './case-view.ts';
import { make } from './page-text.ts';

/** The whole answer as elements. The worst verdict is open, the others can be opened. */
export function drawCase(view: CaseView): readonly HTMLElement[] {
  const several = view.verdicts.length > 1;
  const drawn = view.verdicts.map((verdict, at) => {
    if (!several) {
      const host = make('strong', 'host', verdict.host);
      return make('section', 'verdict', host, ...drawVerdict(verdict));
    }
    const summary = make(
      'summary',
      '',
      make('strong', '', verdict.host),
      ' ',
      make('span', `tone-${verdict.tone}`, verdict.short),
    );
    const details = make('details', 'verdict', summary, ...drawVerdict(verdict));
    details.open = at === 0;
    return details;
  });
  return [
    ...(view.nothingRead === undefined ? [] : [make('p', 'notice tone-warn', view.nothingRead)]),
    ...(view.advice.length === 0 ? [] : [make('div', 'notice tone-warn', list(view.advice))]),
    ...(several ? [make('h2', '', `${grouped(view.verdicts.length)} verdicts, worst first`)] : []),
    ...drawn,
    ...(view.moreVerdicts === undefined ? [] : [make('p', '', view.moreVerdicts)]),
    ...section('What this assessment cannot do', list(view.limits)),
    ...section('What was read', ...view.read.map((text) => make('p', '', text))),
    ...(view.faults === undefined ? [] : [make('p', 'notice tone-warn', view.faults)]),
  ];
}

function drawVerdict(verdict: VerdictView): readonly HTMLElement[] {
  const claims = (answer: (claim: ClaimView) => boolean): readonly HTMLElement[] =>
    verdict.claims.filter(answer).map(drawClaim);
  return [
    make('p', 'faint', verdict.about),
    make('h2', `headline tone-${verdict.tone}`, verdict.title),
    make('p', 'lead', verdict.means),
    ...(verdict.says === '' ? [] : [make('p', 'lead', verdict.says)]),
    ...section('What to do next', list(verdict.next, 'ol')),
    ...section('Why: what is proven', ...claims((c) => c.answer === 'ESTABLISHED')),
    ...section('Neither proven nor ruled out', ...claims((c) => c.answer === 'NOT KNOWN')),
    ...section('What could not be seen', ...verdict.unseen.map(drawUnseen)),
    ...section(
      'What is ruled out, and what does not apply',
      ...claims((c) => c.answer === 'RULED OUT' || c.answer === 'DOES NOT APPLY'),
    ),
    ...section(
      'How far the evidence reaches',
      ...(verdict.coverage === undefined ? [] : drawCoverage(verdict.coverage)),
    ),
    ...section('Findings, loudest first', ...drawFindings(verdict)),
  ];
}

function drawClaim(claim: ClaimView): HTMLElement {
  return make(
    'div',
    'claim',
    make('h4', '', claim.claim, ' ', make('span', `answer tone-${claim.tone}`, claim.answer.toLowerCase())),
    make('p', '', claim.says),
    claim.place === undefined ? undefined : drawPlace(claim.place),
    claim.rests === '' ? undefined : make('p', 'faint', claim.rests),
  );
}

function drawPlace(place: PlaceView): HTMLElement {
  const at = place.at === '' ? '' : `${place.at} in `;
  return make('figure', 'place', make('figcaption', 'faint', `${at}${place.where}`), make('code', '', place.excerpt));
}

function drawUnseen(unseen: UnseenView): HTMLElement {
  const why = [unseen.reason, unseen.why].filter((text) => text !== '').map((text) => make('p', '', text));
  return make(
    'div',
    'unseen',
    make('h4', '', unseen.title, ' ', make('span', 'answer tone-warn', unseen.when)),
    make(
      'dl',
      '',
      make('dt', '', 'How to get it'),
      make('dd', '', unseen.fetch),
      make('dt', '', 'Leaves open'),
      make('dd', '', unseen.leavesOpen),
    ),
    why.length === 0 ? undefined : make('details', 'why', make('summary', '', 'Why it matters'), ...why),
  );
}

function drawCoverage(coverage: CoverageView): readonly HTMLElement[] {
  const rows = coverage.sources.map(({ title, words, cells }) =>
    make(
      'div',
      'source',
      make('span', 'source-title', title),
      cells.length === 0 ? undefined : drawBar(cells),
      make('span', 'faint', words),
    ),
  );
  return [
    ...(coverage.from === '' ? [] : [make('p', 'faint window', `${coverage.from} to ${coverage.to}`)]),
    make('div', 'sources', ...rows),
    ...(coverage.absent.length === 0
      ? []
      : [make('p', '', make('strong', 'tone-warn', 'Not in the evidence at all: '), coverage.absent.join('; '))]),
  ];
}

/** The words beside the bar say the same. */
function drawBar(cells: readonly Cell[]): SVGElement {
  const bar = document.createElementNS(SVG, 'svg');
  bar.setAttribute('class', 'bar');
  bar.setAttribute('viewBox', `0 0 ${cells.length} 1`);
  bar.setAttribute('preserveAspectRatio', 'none');
  bar.setAttribute('aria-hidden', 'true');
  for (let from = 0; from < cells.length;) {
    let to = from;
    while (cells[to] === cells[from]) to += 1;
    const run = document.createElementNS(SVG, 'rect');
    for (const [name, value] of Object.entries({ x: from, y: 0, width: to - from, height: 1 }))
      run.setAttribute(name, String(value));
    run.setAttribute('class', `cell-${cells[from] ?? 'none'}`);
    bar.append(run);
    from = to;
  }
  return bar;
}

function drawFindings(verdict: VerdictView): readonly HTMLElement[] {
  if (verdict.findings.length === 0) return [];
  return [
    ...verdict.findings.map(drawFinding),
    ...(verdict.moreFindings === undefined ? [] : [make('p', '', verdict.moreFindings)]),
  ];
}

function drawFinding(finding: FindingView): HTMLElement {
  return make(
    'details',
    'finding',
    make(
      'summary',
      '',
      make('span', `level level-${finding.level}`, finding.level),
      ' ',
      make('span', 'finding-title', finding.title),
      ' ',
      make('span', 'faint', finding.count),
    ),
    ...finding.places.map(drawPlace),
    finding.more === '' ? undefined : make('p', 'faint', finding.more),
    make('p', 'faint', finding.id),
  );
}

/** A heading and what stands below it; nothing at all where there is nothing below it. */
function section(title: string, ...content: readonly HTMLElement[]): readonly HTMLElement[] {
  const filled = content.filter((element) => element.hasChildNodes());
  return filled.length === 0 ? [] : [make('section', '', make('h3', '', title), ...filled)];
}

function list(texts: readonly string[], tag: 'ul' | 'ol' = 'ul'): HTMLElement {
  return make(tag, '', ...texts.map((text) => make('li', '', text)));
}

const SVG = 'http://www.w3.org/2000/svg';
