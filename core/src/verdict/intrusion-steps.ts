import { isoSecond, isoTime } from '../bytes/time.ts';
import type { CaseIntrusion, IsoTime } from '../model/case-file.ts';
import type { ClaimId } from '../model/claim.ts';
import type { Micros } from '../model/evidence.ts';
import type { StoryGroup } from './intrusion-groups.ts';
import type { StoryPart } from './intrusion-parts.ts';
import { bursts } from './intrusion-moments.ts';
import type { AddressBook } from './intrusion-threads.ts';

type Step = CaseIntrusion['steps'][number];

/** The steps of a story in the order of time; what has no time comes last. A finding returns after a pause of an hour. */
export function stepsOf(group: StoryGroup): readonly Step[] {
  const drafts: { readonly at: Micros | undefined; readonly rung: number; readonly step: Step }[] = [];
  for (const [id, { part, times }] of timesByFinding(group.parts)) {
    const { finding, meta } = part;
    const draft = (at: Micros | undefined, says: string): void => {
      const step = { at: at === undefined ? null : isoTime(at), host: finding.host, finding: id, says };
      drafts.push({ at, rung: meta.rung, step });
    };
    const title = `${meta.title}${tellingOf(part)}`;
    if (times.length === 0) draft(undefined, `${title}${finding.count > 1 ? `, ${finding.count} times` : ''}`);
    for (const [turn, run] of bursts(times, PAUSE, MOST_TURNS).entries()) {
      const [first] = run;
      const last = run.at(-1);
      if (first === undefined || last === undefined) continue;
      const until = last - first >= PAUSE ? ` until ${isoSecond(last)}` : '';
      draft(first, `${title}${turn > 0 ? ', again' : ''}${run.length > 1 ? `, ${run.length} times${until}` : ''}`);
    }
  }
  for (const { part, address } of group.visits) {
    const { finding, meta } = part;
    const at = sightingOf(part, address);
    const says = `${meta.title}${tellingOf(part)}, a page of another story, among others from ${clip(address)}`;
    drafts.push({
      at,
      rung: meta.rung,
      step: { at: at === undefined ? null : isoTime(at), host: finding.host, finding: finding.id, says },
    });
  }
  const sorted = drafts.toSorted(
    (a, b) =>
      (a.at ?? Number.MAX_SAFE_INTEGER) - (b.at ?? Number.MAX_SAFE_INTEGER) ||
      a.rung - b.rung ||
      order(a.step.finding, b.step.finding) ||
      order(a.step.says, b.step.says),
  );
  return keptOf(sorted).map(({ step }) => step);
}

/** Of too many steps the telling ones, in their order. */
function keptOf<T extends { readonly rung: number }>(steps: readonly T[]): readonly T[] {
  if (steps.length <= MOST_STEPS) return steps;
  const byRung = steps.map((step, at) => ({ step, at })).toSorted((a, b) => b.step.rung - a.step.rung || a.at - b.at);
  return byRung
    .slice(0, MOST_STEPS)
    .toSorted((a, b) => a.at - b.at)
    .map(({ step }) => step);
}

interface Telling {
  readonly group: StoryGroup;
  readonly establishes: CaseIntrusion['establishes'];
  readonly links: CaseIntrusion['links'];
  readonly since: IsoTime | null;
  readonly until: IsoTime | null;
  readonly book: AddressBook;
}

/** The story in a few sentences: who as far as addresses tell, when, what is proven, and what must not be read into it. */
export function intrusionSentence({ group, establishes, links, since, until, book }: Telling): string {
  const claims = new Set(establishes.map(({ claim }) => claim));
  // Who got in had tried to; that the server was open says nothing more of it.
  const more = [...claims].some((claim) => claim !== 'targeted' && claim !== 'vulnerable');
  const told = DONE.filter(([claim]) => claims.has(claim) && !(more && ATTEMPTS.has(claim)));
  const done = told.map(([, words]) => words);
  const hosts = new Set([...group.parts.map(({ finding }) => finding.host), ...establishes.map(({ host }) => host)]);
  const where = hosts.size > 1 ? ` on ${hosts.size} servers` : '';
  const addresses = links.filter(({ kind }) => kind === 'address').map(({ value }) => value);
  const from = addresses.length > 0 ? ` from ${named(addresses)}` : '';
  const sentences = [`${whenText(since, until)}: somebody${from} ${joined(done)}${where}`];
  if (addresses.length > 1 && !TOKENS.some((token) => links.some(({ kind }) => kind === token)))
    sentences.push('The addresses are linked by what they used; whether one person was behind them is not decided');
  if (group.timeLinks.some(({ at }) => at === undefined))
    sentences.push(
      'A page without any time is told here because nobody else is known to have written a file on that server',
    );
  const shared = sharedOf(group, book);
  if (shared.length > 0)
    sentences.push(`Requests came through ${named(shared)}, which many people share, so this address links nobody`);
  if (group.visits.length > 0) sentences.push('An address of this story also came to a page of another story');
  return `${sentences.join('. ')}.`;
}

function whenText(since: IsoTime | null, until: IsoTime | null): string {
  if (since === null) return 'At a time that the evidence does not state';
  const [from, to] = [since, until ?? since].map((time) => time.replace(/\.\d+Z$/, 'Z'));
  return from === to || to === undefined ? (from ?? '') : `${from} to ${to}`;
}

/** Addresses of hits that were not linked by them. */
function sharedOf(group: StoryGroup, book: AddressBook): readonly string[] {
  const shared = new Set<string>();
  for (const { finding, meta } of group.parts) {
    if (!meta.key.includes('address') && !meta.key.includes('path')) continue;
    for (const { kind, value } of finding.entities)
      if (kind === 'address' && shared.size < MOST_NAMED + 1 && book.isShared(value, finding.host)) shared.add(value);
  }
  return [...shared].toSorted();
}

function timesByFinding(
  parts: readonly StoryPart[],
): ReadonlyMap<string, { readonly part: StoryPart; readonly times: readonly Micros[] }> {
  const found = new Map<string, { part: StoryPart; times: Micros[] }>();
  for (const part of parts) {
    const known = found.get(part.finding.id) ?? { part, times: [] };
    found.set(part.finding.id, known);
    for (const at of part.times) known.times.push(at);
  }
  for (const { times } of found.values()) times.sort((a, b) => a - b);
  return found;
}

/** The value that says most of a finding: what its rule folds by, if a person can read it. */
function tellingOf({ finding, meta }: StoryPart): string {
  for (const kind of TELLING) {
    if (!meta.key.includes(kind) && kind !== 'command') continue;
    const value = finding.entities.find((entity) => entity.kind === kind)?.value;
    if (value !== undefined) return ` (${clip(value)})`;
  }
  return '';
}

/** When this address stands in what was kept of the finding; the hits themselves are counted for all addresses together. */
function sightingOf({ finding }: StoryPart, address: string): Micros | undefined {
  const wanted = padded(address);
  return finding.sightings.find(({ excerpt }) => padded(excerpt).includes(wanted))?.at;
}

/** A line with nothing but addresses and words in it, each between spaces. */
function padded(text: string): string {
  return ` ${text.replaceAll(/[^0-9A-Za-z.:%]/g, ' ')} `;
}

function named(values: readonly string[]): string {
  const shown = values.slice(0, MOST_NAMED).map(clip);
  const more = values.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : joined(shown);
}

function joined(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

function clip(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** What a claim means in a story, the worst first. */
const DONE: readonly (readonly [ClaimId, string])[] = [
  ['targeted', 'tried to attack'],
  ['exploited', 'got in through these vulnerabilities'],
  ['data-accessed', 'read mailboxes'],
  ['implanted', 'placed a web shell'],
  ['operated', 'used it or ran commands'],
  ['persisting', 'left a way back in that is still there'],
  ['vulnerable', 'had forged requests answered'],
];
const ATTEMPTS: ReadonlySet<ClaimId> = new Set<ClaimId>(['targeted', 'vulnerable']);
const TOKENS: readonly string[] = ['session', 'canary', 'request-id', 'activity-id'];
const TELLING: readonly string[] = [
  'path',
  'command',
  'address',
  'account',
  'task',
  'service',
  'module',
  'url',
  'image',
];
const PAUSE: Micros = 3_600_000_000;
const MOST_TURNS = 20;
const MOST_STEPS = 200;
const MOST_NAMED = 3;
const LONGEST = 120;
