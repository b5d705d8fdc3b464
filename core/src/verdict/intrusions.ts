import { isoTime } from '../bytes/time.ts';
import type { CaseIntrusion } from '../model/case-file.ts';
import type { Weight } from '../model/check.ts';
import type { ClaimId } from '../model/claim.ts';
import type { Micros } from '../model/evidence.ts';
import type { Finding } from '../model/finding.ts';
import type { Pack } from '../model/pack.ts';
import { groupFindings } from './intrusion-groups.ts';
import type { StoryGroup } from './intrusion-groups.ts';
import type { StoryPart } from './intrusion-parts.ts';
import { intrusionSentence, stepsOf } from './intrusion-steps.ts';
import type { AddressBook } from './intrusion-threads.ts';
import { JoinBudget, prove } from './proof.ts';
import { judgeTraits } from './traits.ts';

/** What was judged of one host before stories are told; no story may establish more. */
export interface HostStory {
  readonly host: string;
  readonly findings: readonly Finding[];
  /** Ids of findings that only an earlier state of the server shows. */
  readonly past: ReadonlySet<string>;
  readonly established: ReadonlySet<ClaimId>;
  /** Ids of findings of other hosts whose requests this one acted on: they speak of it as its own do. */
  readonly through?: ReadonlySet<string>;
}

export interface IntrusionReport {
  readonly intrusions: readonly CaseIntrusion[];
  /** What was given up because the evidence had too much of it. */
  readonly limits: readonly string[];
}

interface Asking {
  readonly pack: Pack;
  readonly book: AddressBook;
  /** A digest of some text, for ids. */
  readonly idOf: (text: string) => string;
}

/**
 * Tells what was done to all hosts as one story for each intruder that the evidence can tell apart.
 *
 * A group of findings is an intrusion if it establishes a claim by itself, an attempt included; signs that prove nothing
 * stay with the host's findings. Stories that nothing links may still be of one intruder, so their number is no count of
 * intruders. Those that got in come first, then in the order of time.
 */
export function tellIntrusions(hosts: readonly HostStory[], { pack, book, idOf }: Asking): IntrusionReport {
  const known = { hosts: new Map(hosts.map((host) => [host.host, host])), reached: reachedBy(hosts) };
  const rules = new Set(pack.rules.map((rule) => rule.id));
  const findings = hosts.flatMap((host) => host.findings.filter(({ rule }) => rules.has(rule)));
  const { groups, limits } = groupFindings(findings, { pack, book });
  const notes = new Set(limits);
  const candidates = groups
    .map((group) => ({ group, weight: weightOf(group) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight || order(firstId(a.group), firstId(b.group)));
  if (candidates.length > MOST_PROVEN)
    notes.add(
      `${candidates.length - MOST_PROVEN} groups of findings were not looked at as intrusions, the others come first by what they prove`,
    );
  const purse = { left: MOST_STEPS };
  const told: CaseIntrusion[] = [];
  let untold = 0;
  for (const { group } of candidates.slice(0, MOST_PROVEN)) {
    const establishes = establishedBy(group, known, { pack, purse });
    if (establishes.length === 0) continue;
    if (told.length < MOST_TOLD) told.push(tell(group, establishes, { pack, book, idOf }));
    else untold += 1;
  }
  if (purse.left <= 0)
    notes.add('intrusions hold more findings than could be joined; what each establishes may be more');
  if (untold > 0)
    notes.add(`${untold} more intrusions and attempts than are listed; none has a stronger sign than those`);
  const listed = told.toSorted(
    (a, b) => Number(gotIn(b)) - Number(gotIn(a)) || orderTimes(a.since, b.since) || order(a.id, b.id),
  );
  return { intrusions: listed, limits: [...notes] };
}

/** Whether a story shows more than an attempt. */
function gotIn(intrusion: Pick<CaseIntrusion, 'establishes'>): boolean {
  return intrusion.establishes.some(({ claim }) => claim !== 'targeted' && claim !== 'vulnerable');
}

/** Joins of all stories together may cost so many comparisons; one story as many as any claim. */
class StoryBudget extends JoinBudget {
  readonly #purse: { left: number };

  constructor(purse: { left: number }) {
    super();
    this.#purse = purse;
  }

  override spend(steps: number): boolean {
    this.#purse.left -= steps;
    return super.spend(steps) && this.#purse.left > 0;
  }

  override get exhausted(): boolean {
    return super.exhausted || this.#purse.left <= 0;
  }
}

function establishedBy(
  group: StoryGroup,
  { hosts, reached }: Known,
  { pack, purse }: { readonly pack: Pack; readonly purse: { left: number } },
): CaseIntrusion['establishes'] {
  const establishes: { claim: ClaimId; host: string; rests: readonly string[] }[] = [];
  for (const [host, parts] of byHost(group.parts, reached)) {
    const judged = hosts.get(host);
    if (judged === undefined) continue;
    const all = findingsByRule(parts);
    const now = judged.past.size === 0 ? all : findingsByRule(parts.filter((p) => !judged.past.has(p.finding.id)));
    // Which server was open is said by its own rows: the front end acted on the forged name, not the one behind it.
    const own = findingsByRule(parts.filter((p) => p.finding.host === host));
    for (const { claim, proofs } of pack.claims) {
      if (!judged.established.has(claim)) continue;
      const budget = new StoryBudget(purse);
      const findings = proofs
        .flatMap((condition) =>
          prove(condition, claim === 'persisting' ? now : claim === 'vulnerable' ? own : all, budget),
        )
        .flatMap((proof) => proof.findings);
      if (findings.length === 0) continue;
      const rests = [...new Map(findings.toSorted(bySince).map((finding) => [finding.id, finding])).keys()];
      establishes.push({ claim, host, rests: rests.slice(0, MOST_RESTS) });
    }
  }
  return establishes;
}

function tell(group: StoryGroup, establishes: CaseIntrusion['establishes'], asking: Asking): CaseIntrusion {
  const { pack, idOf } = asking;
  const findings = [...findingsByRule(group.parts).values()].flat();
  const times = findings.flatMap(({ times: own }) => [own[0] ?? Number.NaN, own.at(-1) ?? Number.NaN]);
  const dated = times.filter((at) => !Number.isNaN(at));
  const since = dated.length === 0 ? null : isoTime(dated.reduce((a, b) => Math.min(a, b)));
  const until = dated.length === 0 ? null : isoTime(dated.reduce((a, b) => Math.max(a, b)));
  const links = linksOf(group);
  const { fits, fitsNot } = judgeTraits(findings, pack.traits ?? []);
  const places = [...group.parts.map(({ finding }) => finding.host), ...establishes.map(({ host }) => host)];
  const hosts = [...new Set(places)].toSorted();
  return {
    id: `i-${idOf(`${pack.id}\n${firstId(group)}`)}`,
    campaign: pack.id,
    hosts,
    says: intrusionSentence({ group, establishes, links, since, until, book: asking.book }),
    since,
    until,
    establishes,
    steps: stepsOf(group),
    links,
    fits,
    fitsNot,
  };
}

/** What holds the story together: every address, and what at least two findings share; the busiest first. */
function linksOf(group: StoryGroup): CaseIntrusion['links'] {
  const links = new Map<string, { kind: string; value: string; findings: Set<string> }>();
  const add = (kind: string, value: string, finding: string): void => {
    const key = `${kind}\n${value}`;
    const link = links.get(key) ?? { kind, value: value.slice(0, LONGEST_VALUE), findings: new Set<string>() };
    links.set(key, link);
    if (link.findings.size < MOST_LINKED) link.findings.add(finding);
  };
  for (const { thread, finding } of group.threads) add(thread.kind, thread.value, finding);
  for (const { part, address } of group.visits) add('visited-path', pathOf(part) ?? address, part.finding.id);
  const shared = [...links.values()]
    .filter(({ kind, findings }) => findings.size > 1 || kind === 'address' || kind === 'visited-path')
    .toSorted((a, b) => b.findings.size - a.findings.size || order(a.kind, b.kind) || order(a.value, b.value));
  const pages = new Map(group.parts.map((part) => [part.finding.id, pathOf(part)]));
  const moments = group.timeLinks
    .toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0) || order(a.findings.join(' '), b.findings.join(' ')))
    .slice(0, MOST_LINKS);
  return [
    ...shared
      .slice(0, MOST_LINKS)
      .map(({ kind, value, findings }) => ({ kind, value, findings: [...findings].toSorted() })),
    ...moments.map(({ at, findings }) =>
      at === undefined
        ? { kind: 'only-writer', value: (pages.get(findings[1]) ?? '').slice(0, LONGEST_VALUE), findings }
        : { kind: 'time', value: isoTime(at), findings },
    ),
  ];
}

function pathOf({ finding }: StoryPart): string | undefined {
  return finding.entities.find(({ kind }) => kind === 'path')?.value;
}

/** The findings of a story, each once and with its own times only. */
function findingsByRule(parts: readonly StoryPart[]): ReadonlyMap<string, readonly Finding[]> {
  const times = new Map<string, { finding: Finding; count: number; times: Micros[] }>();
  for (const { finding, times: own, count } of parts) {
    const known = times.get(finding.id) ?? { finding, count: 0, times: [] };
    times.set(finding.id, known);
    known.count += count;
    for (const at of own) known.times.push(at);
  }
  const byRule = new Map<string, Finding[]>();
  for (const { finding, count, times: own } of times.values()) {
    const sorted = own.toSorted((a, b) => a - b);
    const mine = {
      ...finding,
      count,
      times: sorted,
      since: sorted[0] ?? finding.since,
      until: sorted.at(-1) ?? finding.until,
    };
    const known = byRule.get(finding.rule);
    if (known === undefined) byRule.set(finding.rule, [mine]);
    else known.push(mine);
  }
  return byRule;
}

interface Known {
  readonly hosts: ReadonlyMap<string, HostStory>;
  /** By finding, the other hosts it speaks of. */
  readonly reached: ReadonlyMap<string, readonly string[]>;
}

function reachedBy(hosts: readonly HostStory[]): ReadonlyMap<string, readonly string[]> {
  const reached = new Map<string, string[]>();
  for (const { host, through = [] } of hosts) {
    for (const finding of through) {
      const known = reached.get(finding);
      if (known === undefined) reached.set(finding, [host]);
      else known.push(host);
    }
  }
  return reached;
}

function byHost(
  parts: readonly StoryPart[],
  reached: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly StoryPart[]> {
  const hosts = new Map<string, StoryPart[]>();
  for (const part of parts) {
    for (const host of new Set([part.finding.host, ...(reached.get(part.finding.id) ?? [])])) {
      const known = hosts.get(host);
      if (known === undefined) hosts.set(host, [part]);
      else known.push(part);
    }
  }
  return new Map([...hosts].toSorted(([a], [b]) => order(a, b)));
}

/** What a group could prove at most: its strongest sign, and how much of it there is. */
function weightOf(group: StoryGroup): number {
  return group.parts.reduce((most, { meta }) => Math.max(most, STRENGTH[meta.weight] * (meta.rung + 1)), 0);
}

function firstId(group: StoryGroup): string {
  const [first] = group.parts
    .map(
      ({ finding, times }) => `${finding.id}\n${times.length === finding.times.length ? '' : String(times[0] ?? '')}`,
    )
    .toSorted();
  return first ?? '';
}

function bySince(a: Finding, b: Finding): number {
  return (a.since ?? Number.MAX_SAFE_INTEGER) - (b.since ?? Number.MAX_SAFE_INTEGER) || order(a.id, b.id);
}

/** Times of one spelling sort as text; what has none comes last. */
function orderTimes(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return order(a, b);
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

const STRENGTH: Readonly<Record<Weight, number>> = { decisive: 3, strong: 2, medium: 1, weak: 0, noise: 0 };
const MOST_PROVEN = 2_000;
const MOST_TOLD = 100;
const MOST_RESTS = 100;
const MOST_LINKS = 50;
const MOST_LINKED = 100;
/** Entities come from evidence, whose lines may be long; what differs only behind this reads the same. */
const LONGEST_VALUE = 1_000;
const MOST_STEPS = 200_000_000;
