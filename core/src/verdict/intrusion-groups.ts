import { parseIsoTime } from '../bytes/time.ts';
import type { RuleMeta } from '../model/check.ts';
import type { Micros } from '../model/evidence.ts';
import type { Finding } from '../model/finding.ts';
import type { Pack } from '../model/pack.ts';
import { bursts, Moments, nearRulesOf } from './intrusion-moments.ts';
import type { Hit, NearRules } from './intrusion-moments.ts';
import { isEntry, isTelling, isTraffic, partOf } from './intrusion-parts.ts';
import type { StoryPart } from './intrusion-parts.ts';
import { keyOf, threadsOf, Unions } from './intrusion-threads.ts';
import type { AddressBook, Surroundings, Thread } from './intrusion-threads.ts';

/**
 * A link that no value makes: two things happened one after the other, and nobody else was at work; or, without a time, a
 * page that nobody used lies there, and one intruder alone is known to have written a file.
 */
export interface TimeLink {
  readonly at: Micros | undefined;
  readonly findings: readonly [string, string];
}

/** Findings of one campaign on all hosts that hang together. */
export interface StoryGroup {
  readonly parts: readonly StoryPart[];
  readonly threads: readonly { readonly thread: Thread; readonly finding: string }[];
  readonly timeLinks: readonly TimeLink[];
  /** Pages of another story that an address of this one asked for. */
  readonly visits: readonly { readonly part: StoryPart; readonly address: string }[];
}

/** @returns the groups, and what was given up because there was too much of it */
export function groupFindings(
  findings: readonly Finding[],
  { pack, book }: { readonly pack: Pack; readonly book: AddressBook },
): { readonly groups: readonly StoryGroup[]; readonly limits: readonly string[] } {
  const metas = new Map(pack.rules.map((rule) => [rule.id, rule]));
  const grouping = new Grouping(pack);
  for (const finding of findings.toSorted(byHostRuleId)) {
    const meta = metas.get(finding.rule);
    if (meta !== undefined) grouping.add(finding, meta, { book, trees: pack.trees });
  }
  return grouping.finish();
}

interface Node {
  readonly host: string;
  readonly parts: StoryPart[];
  readonly threads: readonly Thread[];
  readonly visitors: readonly Thread[];
  /** Not a moment of hits that nothing else holds together. */
  readonly isAnchored: boolean;
}

/**
 * Links what shares a thread; then gives moments to those who were at work alone, and pages to those who wrote them a
 * moment before; then single hits of everyday rules. Every step is linear but for sorting, whatever stands in the evidence.
 */
class Grouping {
  readonly #nodes: Node[] = [];
  readonly #unions = new Unions();
  readonly #byThread = new Map<string, number>();
  readonly #loose: { readonly finding: Finding; readonly meta: RuleMeta }[] = [];
  readonly #timeLinks: { readonly node: number; readonly link: TimeLink }[] = [];
  readonly #limits = new Set<string>();
  readonly #near: readonly NearRules[];

  constructor(pack: Pack) {
    this.#near = nearRulesOf(pack);
  }

  add(finding: Finding, meta: RuleMeta, surroundings: Surroundings): void {
    const { own, visitors } = threadsOf(finding, meta, surroundings);
    if (own.length === 0) {
      this.#loose.push({ finding, meta });
      return;
    }
    const part = { finding, meta, times: finding.times, count: finding.count };
    const node = this.#node({ host: finding.host, parts: [part], threads: own, visitors, isAnchored: true });
    for (const thread of own) {
      const key = keyOf(thread);
      const known = this.#byThread.get(key);
      if (known === undefined) this.#byThread.set(key, node);
      else this.#unions.join(known, node);
    }
  }

  finish(): { readonly groups: readonly StoryGroup[]; readonly limits: readonly string[] } {
    const hosts = [...new Set([...this.#nodes.map((n) => n.host), ...this.#loose.map((l) => l.finding.host)])];
    this.#giveToVisitors();
    for (const host of hosts.toSorted()) {
      this.#addMoments(host);
      this.#attachMoments(host);
      this.#giveToWriters(host);
      this.#attachByProofs(host);
    }
    const groups = this.#collect();
    for (const host of hosts.toSorted()) this.#attachLoose(host, groups);
    this.#addVisits(groups);
    return { groups: [...groups.values()], limits: [...this.#limits] };
  }

  #node(node: Node): number {
    this.#nodes.push(node);
    return this.#unions.add();
  }

  /** A page that several addresses asked for belongs to the one of them that attacked the server as well. */
  #giveToVisitors(): void {
    const before = this.#nodes.map((_, node) => this.#unions.root(node));
    const attackers = new Set(before.filter((_, node) => this.#nodes[node]?.parts.some(isEntry) === true));
    for (const [node, { visitors }] of this.#nodes.entries()) {
      if (visitors.length === 0) continue;
      const doers = new Set<number>();
      for (const visitor of visitors) {
        const known = this.#byThread.get(keyOf(visitor));
        const root = known === undefined ? undefined : before[known];
        if (root !== undefined && attackers.has(root)) doers.add(root);
      }
      const [only] = doers;
      if (doers.size === 1 && only !== undefined) this.#unions.join(only, node);
    }
  }

  /** Strong hits that no thread holds, as one node for each stretch of them without a pause. */
  #addMoments(host: string): void {
    const hits: { at: Micros; loose: number }[] = [];
    for (const [loose, { finding, meta }] of this.#loose.entries()) {
      if (finding.host !== host || !isTelling(meta)) continue;
      if (finding.times.length === 0) {
        const part = { finding, meta, times: [], count: finding.count };
        this.#node({ host, parts: [part], threads: [], visitors: [], isAnchored: false });
      }
      for (const at of finding.times) {
        if (hits.length >= MOST_HITS) {
          this.#limits.add(
            `more than ${MOST_HITS} hits of one host that only their time could link; the later ones stand in no intrusion`,
          );
          break;
        }
        hits.push({ at, loose });
      }
    }
    hits.sort((a, b) => a.at - b.at || a.loose - b.loose);
    let begin = 0;
    const runs = bursts(
      hits.map((hit) => hit.at),
      PAUSE,
      MOST_MOMENTS,
    );
    for (const run of runs) {
      const times = new Map<number, Micros[]>();
      for (const { at, loose } of hits.slice(begin, begin + run.length)) {
        const known = times.get(loose);
        if (known === undefined) times.set(loose, [at]);
        else known.push(at);
      }
      begin += run.length;
      const parts = [...times].flatMap(([loose, own]) => {
        const known = this.#loose[loose];
        return known === undefined ? [] : [partOf(known.finding, known.meta, own)];
      });
      this.#node({ host, parts, threads: [], visitors: [], isAnchored: false });
    }
  }

  /**
   * A page that nobody is known to have written, first asked for a moment after one intruder alone wrote a file. The only
   * page without any time goes to the only one who wrote a file and has no page.
   */
  #giveToWriters(host: string): void {
    const writers: Hit[] = [];
    const pages: { readonly root: number; readonly at: Micros; readonly finding: string }[] = [];
    const undated: { readonly root: number; readonly finding: string }[] = [];
    const owners = new Set<number>();
    for (const [group, parts] of this.#rootsOf(host)) {
      const entry = parts.filter(isEntry);
      for (const { finding, meta, times } of entry)
        if (meta.stage === 'file-write') for (const at of times) writers.push({ at, group, finding: finding.id });
      const first = entry.length > 0 ? undefined : firstUse(parts);
      const page = parts.find(({ meta }) => meta.key.includes('path') && isTelling(meta) && meta.stage === 'web-shell');
      if (entry.length > 0 && page !== undefined) owners.add(group);
      if (first !== undefined) pages.push({ root: group, ...first });
      else if (entry.length === 0 && page !== undefined) undated.push({ root: group, finding: page.finding.id });
    }
    const moments = new Moments(writers);
    for (const { root, at, finding } of pages) {
      const writer = moments.alone(at - FIRST_USE, at + SKEW);
      if (writer === undefined) continue;
      this.#unions.join(writer.group, root);
      this.#timeLinks.push({ node: root, link: { at, findings: [writer.finding, finding] } });
      owners.add(writer.group);
    }
    const writer = moments.alone(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    const [page, ...others] = undated;
    if (writer === undefined || owners.has(writer.group) || page === undefined || others.length > 0) return;
    this.#unions.join(writer.group, page.root);
    this.#timeLinks.push({ node: page.root, link: { at: undefined, findings: [writer.finding, page.finding] } });
  }

  /** A moment belongs to the one who was at work then, if there was one only. */
  #attachMoments(host: string): void {
    const moments = this.#momentsOf(host, (node) => node.isAnchored);
    for (const [at, node] of this.#nodes.entries()) {
      if (node.host !== host || node.isAnchored) continue;
      const near = nearestOf(node.parts, moments);
      if (near === undefined) continue;
      this.#unions.join(near.group, at);
      this.#timeLinks.push({ node: at, link: near.link });
    }
  }

  /** What is still alone may be as near as the pack's own proofs ask for. */
  #attachByProofs(host: string): void {
    const roots = this.#rootsOf(host);
    for (const { of, to, within } of this.#near) {
      const hits: Hit[] = [];
      for (const [group, parts] of roots)
        for (const { finding, times } of parts)
          if (to.has(finding.rule)) for (const at of times) hits.push({ at, group, finding: finding.id });
      if (hits.length === 0) continue;
      const moments = new Moments(hits);
      for (const [at, node] of this.#nodes.entries()) {
        if (node.host !== host || node.isAnchored) continue;
        const part = node.parts.find(({ finding, times }) => of.has(finding.rule) && times.length > 0);
        const time = part?.times[0];
        const hit = time === undefined ? undefined : moments.alone(time - within, time + within);
        if (part === undefined || time === undefined || hit === undefined) continue;
        if (this.#unions.root(hit.group) === this.#unions.root(at)) continue;
        this.#unions.join(hit.group, at);
        this.#timeLinks.push({ node: at, link: { at: time, findings: [hit.finding, part.finding.id] } });
      }
    }
  }

  #collect(): Map<number, MutableGroup> {
    const groups = new Map<number, MutableGroup>();
    for (const [at, node] of this.#nodes.entries()) {
      const root = this.#unions.root(at);
      const group = groups.get(root) ?? { parts: [], threads: [], timeLinks: [], visits: [] };
      groups.set(root, group);
      for (const part of node.parts) group.parts.push(part);
      const [first] = node.parts;
      for (const thread of node.threads)
        if (first !== undefined) group.threads.push({ thread, finding: first.finding.id });
    }
    for (const { node, link } of this.#timeLinks) groups.get(this.#unions.root(node))?.timeLinks.push(link);
    return groups;
  }

  /** Single hits of everyday rules, which prove nothing alone and stand in a story only where one intruder was at work. */
  #attachLoose(host: string, groups: ReadonlyMap<number, MutableGroup>): void {
    const moments = this.#momentsOf(host, () => true);
    for (const { finding, meta } of this.#loose) {
      if (finding.host !== host || isTelling(meta) || isTraffic(meta)) continue;
      const wide = this.#near.filter(({ of }) => of.has(finding.rule)).map(({ within }) => within);
      const distances = [...new Set([...NEAR, ...wide.filter((within) => within <= FIRST_USE)])].toSorted(
        (a, b) => a - b,
      );
      const times = new Map<number, Micros[]>();
      for (const at of finding.times) {
        const group = moments.near(at, distances)?.group;
        if (group === undefined) continue;
        const known = times.get(group);
        if (known === undefined) times.set(group, [at]);
        else known.push(at);
      }
      for (const [group, own] of times) groups.get(group)?.parts.push(partOf(finding, meta, own));
    }
  }

  /** Whoever came to a page of somebody else has it in the story, as a visit. */
  #addVisits(groups: ReadonlyMap<number, MutableGroup>): void {
    for (const [at, { visitors, parts }] of this.#nodes.entries()) {
      const own = this.#unions.root(at);
      const [part] = parts;
      if (part === undefined) continue;
      const guests = new Map<number, string>();
      for (const visitor of visitors) {
        const node = this.#byThread.get(keyOf(visitor));
        if (node !== undefined) guests.set(this.#unions.root(node), visitor.value);
      }
      for (const [guest, address] of guests) if (guest !== own) groups.get(guest)?.visits.push({ part, address });
    }
  }

  #rootsOf(host: string): ReadonlyMap<number, readonly StoryPart[]> {
    const roots = new Map<number, StoryPart[]>();
    for (const [at, node] of this.#nodes.entries()) {
      if (node.host !== host) continue;
      const root = this.#unions.root(at);
      const known = roots.get(root);
      if (known === undefined) roots.set(root, [...node.parts]);
      else for (const part of node.parts) known.push(part);
    }
    return roots;
  }

  #momentsOf(host: string, wanted: (node: Node) => boolean): Moments {
    const hits: Hit[] = [];
    for (const [at, node] of this.#nodes.entries()) {
      if (node.host !== host || !wanted(node)) continue;
      const group = this.#unions.root(at);
      for (const { finding, meta, times } of node.parts) {
        if (!isTelling(meta)) continue;
        for (const time of times) hits.push({ at: time, group, finding: finding.id });
      }
    }
    return new Moments(hits);
  }
}

interface MutableGroup extends Omit<StoryGroup, 'threads'> {
  readonly parts: StoryPart[];
  readonly threads: { thread: Thread; finding: string }[];
  readonly timeLinks: TimeLink[];
  readonly visits: { part: StoryPart; address: string }[];
}

/** When a page was first asked for, or came to be where the file system says so. */
function firstUse(parts: readonly StoryPart[]): { readonly at: Micros; readonly finding: string } | undefined {
  let first: { at: Micros; finding: string } | undefined;
  for (const { finding, meta, times } of parts) {
    if (!meta.key.includes('path')) continue;
    const created = finding.entities.find(({ kind }) => kind === 'created')?.value;
    const at = times[0] ?? (created === undefined ? undefined : parseIsoTime(created, { unzonedIsUtc: true }));
    if (at !== undefined && (first === undefined || at < first.at)) first = { at, finding: finding.id };
  }
  return first;
}

/** The group that all hits are near to which are near to any. */
function nearestOf(
  parts: readonly StoryPart[],
  moments: Moments,
): { readonly group: number; readonly link: TimeLink } | undefined {
  let found: { group: number; link: TimeLink } | undefined;
  for (const { finding, times } of parts) {
    for (const at of times) {
      const hit = moments.near(at, NEAR);
      if (hit === undefined) continue;
      if (found !== undefined && found.group !== hit.group) return undefined;
      found ??= { group: hit.group, link: { at, findings: [hit.finding, finding.id] } };
    }
  }
  return found;
}

/** The same order whatever order the evidence was listed in. */
function byHostRuleId(a: Finding, b: Finding): number {
  return order(a.host, b.host) || order(a.rule, b.rule) || order(a.id, b.id);
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

const SECOND: Micros = 1_000_000;
/** Hits without any other thread are one moment while the next comes within a minute: a whole chain takes seconds. */
const PAUSE: Micros = 60 * SECOND;
/** How near in time one intruder must be, alone, for a hit to be taken for that one's. Rows are written when a request ends. */
const NEAR: readonly Micros[] = [2 * SECOND, 10 * SECOND, 60 * SECOND];
/** A page is tried out at once; ten minutes leave room for the hand of a person. */
const FIRST_USE: Micros = 600 * SECOND;
/** Logs of one host are a few seconds apart. */
const SKEW: Micros = 5 * SECOND;
const MOST_HITS = 500_000;
const MOST_MOMENTS = 20_000;
