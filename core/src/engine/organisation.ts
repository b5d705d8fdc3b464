import type { CaseOrganisation } from '../model/case-file.ts';
import type { Headline } from '../model/claim.ts';
import type { Micros } from '../model/evidence.ts';
import type { Finding } from '../model/finding.ts';
import { headlineOfAll } from '../verdict/headline.ts';
import type { ServerRole } from './hosts-named.ts';
import { shortName } from './hosts.ts';
import type { HostMap } from './hosts.ts';
import type { ArtifactReading } from './read-artifact.ts';
import { byCodeUnit } from './stock.ts';

/** What all records together say about the servers of the product. */
export interface ServerBook {
  rolesOf(host: string): readonly ServerRole[];
  /** Servers that records name and of which nothing was handed in. */
  readonly missing: readonly MissingServer[];
  /** How many more there are than `missing` lists. */
  readonly unlisted: number;
}

export interface MissingServer {
  readonly id: string;
  /** As records write it, lower-case, full names first. */
  readonly names: readonly string[];
  /** Ids of the hosts that name it, sorted. */
  readonly by: readonly string[];
}

/**
 * Puts together which machines are servers of the product, as front end, back end or member of a group.
 *
 * @param submitted ids of the hosts whose evidence was handed in
 */
export function bookServers(
  readings: readonly ArtifactReading[],
  hosts: HostMap,
  submitted: ReadonlySet<string>,
): ServerBook {
  const roles = new Map<string, Set<ServerRole>>();
  const missing = new Map<string, { names: Set<string>; by: Set<string> }>();
  const all = readings.flatMap(({ examination }, index) =>
    examination.servers.map(({ name, by, role, isNode }) => ({
      name,
      role,
      isNode,
      id: hosts.ofName(index, name),
      by: by === '' ? hosts.ofArtifact(index) : hosts.ofName(index, by),
    })),
  );
  const play = (id: string, role: ServerRole): void => {
    const known = roles.get(id);
    if (known === undefined) roles.set(id, new Set([role]));
    else known.add(role);
  };
  for (const { id, role, isNode } of all) if (!isNode) play(id, role);
  const nodes = all.filter(({ by, isNode }) => isNode && roles.has(by));
  for (const { id, by, role } of nodes) {
    play(id, role);
    play(by, role);
  }
  for (const { id, name, by, isNode } of all) {
    if (submitted.has(id) || id === by || (isNode && !roles.has(by))) continue;
    const known = missing.get(id) ?? { names: new Set(), by: new Set() };
    missing.set(id, known);
    known.names.add(name);
    known.by.add(by);
  }
  return {
    rolesOf: (host) => [...(roles.get(host) ?? [])].toSorted(byCodeUnit),
    unlisted: Math.max(0, missing.size - MOST_MISSING),
    missing: [...missing]
      .toSorted(([a], [b]) => byCodeUnit(a, b))
      .slice(0, MOST_MISSING)
      .map(([id, { names, by }]) => ({ id, names: [...names].toSorted(fullFirst), by: [...by].toSorted(byCodeUnit) })),
  };
}

function fullFirst(a: string, b: string): number {
  return Number(b.includes('.')) - Number(a.includes('.')) || byCodeUnit(a, b);
}

/** The requests that came in at one server and were acted on by another. */
export interface Passage {
  /** Findings of other hosts that speak of this one, with those of its own that show the other end. */
  readonly through: ReadonlyMap<Finding, readonly Finding[]>;
  /** Sentences for its verdict. */
  readonly ties: readonly string[];
}

interface Following {
  /** Ids of hosts that were handed in or are named as servers of the product. */
  readonly known: ReadonlySet<string>;
  /** Rules that meet a forged request where it came in, without a word of where it went. */
  readonly carriers: ReadonlySet<string>;
  readonly nameOf: (id: string) => string;
}

/**
 * Follows forged requests from the front end that let them in to the server whose back end they were sent to. Where the
 * log of the front end names that server, the intruder wrote the name, so it counts only where the evidence knows a
 * server of that name. Where it does not, as in the logs of IIS, the computer account of the front end at the back end of
 * another server shows it, at the same moment and if the front end's own back end does not show the same.
 */
export function followRequests(
  findings: ReadonlyMap<string, readonly Finding[]>,
  hosts: HostMap,
  { known, carriers, nameOf }: Following,
): ReadonlyMap<string, Passage> {
  const passages = new Map<string, Passing>();
  const passageOf = (id: string): Passing => {
    let passage = passages.get(id);
    if (passage === undefined) passages.set(id, (passage = { through: new Map(), from: new Set(), to: new Set() }));
    return passage;
  };
  const pass = (finding: Finding, from: string, to: string, echoes: readonly Finding[]): void => {
    passageOf(to).through.set(finding, echoes);
    passageOf(to).from.add(from);
    passageOf(from).to.add(to);
  };
  const accounts = new Map([...findings].map(([id, own]) => [id, ofAccounts(own)]));
  const meetings = new Meetings();
  for (const [from, own] of findings) {
    for (const finding of own) {
      for (const { kind, value } of finding.entities) {
        if (kind !== 'server') continue;
        const to = hosts.ofName(placeOf(finding), value);
        if (to === from || !known.has(to)) continue;
        const named = accounts.get(to)?.get(shortName(from) ?? '') ?? [];
        pass(finding, from, to, meetings.with(finding, named));
      }
    }
  }
  for (const [to, named] of accounts) {
    for (const [account, all] of named) {
      const from = all[0] === undefined ? to : hosts.ofName(placeOf(all[0]), account);
      if (from === to || !known.has(from)) continue;
      const own = accounts.get(from)?.get(account) ?? [];
      for (const finding of findings.get(from) ?? []) {
        if (!carriers.has(finding.rule) || finding.entities.some(({ kind }) => kind === 'anchor')) continue;
        const explained = new Set(meetings.with(finding, own).map((f) => f.rule));
        const echoes = meetings.with(finding, all).filter((f) => !explained.has(f.rule));
        if (echoes.length === 0) continue;
        pass(finding, from, to, echoes);
        for (const echo of echoes) passageOf(from).through.set(echo, []);
      }
    }
  }
  return new Map(
    [...passages].map(([id, { through, from, to }]) => [
      id,
      { through, ties: [...tie(FROM, from, nameOf), ...tie(TO, to, nameOf)] },
    ]),
  );
}

interface Passing {
  readonly through: Map<Finding, readonly Finding[]>;
  readonly from: Set<string>;
  readonly to: Set<string>;
}

/** The artifact that shows a finding first. */
function placeOf(finding: Finding): number {
  return finding.sightings[0]?.origin.artifact ?? -1;
}

/** Findings in the name of a computer, by the short name of that computer. */
function ofAccounts(findings: readonly Finding[]): ReadonlyMap<string, readonly Finding[]> {
  const byAccount = new Map<string, Finding[]>();
  for (const finding of findings) {
    for (const { kind, value } of finding.entities) {
      const name = kind === 'account' ? /^(?:[^\\]*\\)?([^\\$]+)\$$/.exec(value)?.[1]?.toLowerCase() : undefined;
      if (name === undefined) continue;
      const known = byAccount.get(name);
      if (known === undefined) byAccount.set(name, [finding]);
      else known.push(finding);
    }
  }
  return byAccount;
}

/** Compares times of findings, within a budget that only evidence made for it exhausts. */
class Meetings {
  #left = MOST_COMPARED;

  /** Those that come as close in time to a finding as the two ends of one request; out of budget, all of them. */
  with(finding: Finding, others: readonly Finding[]): readonly Finding[] {
    return others.filter((other) => this.#left <= 0 || this.#meet(finding.times, other.times));
  }

  /** Both sorted. */
  #meet(a: readonly Micros[], b: readonly Micros[]): boolean {
    for (let i = 0, j = 0; i < a.length && j < b.length; this.#left -= 1) {
      const apart = (a[i] ?? 0) - (b[j] ?? 0);
      if (Math.abs(apart) <= SAME_REQUEST) return true;
      if (apart < 0) i += 1;
      else j += 1;
    }
    return false;
  }
}

function tie(says: string, ids: ReadonlySet<string>, nameOf: (id: string) => string): readonly string[] {
  return ids.size === 0 ? [] : [`${says} ${listed([...ids].toSorted(byCodeUnit).map(nameOf))}.`];
}

/** A host as far as the organisation is concerned. */
export interface Standpoint {
  readonly id: string;
  readonly name: string;
  readonly headlines: readonly Headline[];
  readonly isReferencedOnly: boolean;
}

/** All servers together, in one sentence or two. */
export function organisationOf(
  judged: readonly Standpoint[],
  missing: readonly { readonly id: string; readonly name: string }[],
  { unjudged, unjudgedWithFindings }: { readonly unjudged: number; readonly unjudgedWithFindings: number },
): CaseOrganisation {
  const headlines = judged.flatMap((host) => host.headlines);
  // What was found on a machine and was not judged may be anything.
  if (unjudgedWithFindings > 0) headlines.push('insufficient-evidence');
  const headline = headlineOfAll(headlines, missing.length + unjudged);
  const assessed = judged.filter((host) => !host.isReferencedOnly).length;
  const counted = (word: (headline: Headline) => boolean): readonly string[] =>
    judged.filter((host) => host.headlines.some(word)).map((host) => host.name);
  const broken = counted((h) => h.startsWith('compromised'));
  const attacked = counted((h) => h.startsWith('targeted')).filter((name) => !broken.includes(name));
  const parts = [`${assessed} ${assessed === 1 ? 'host was' : 'hosts were'} assessed`];
  if (broken.length > 0) parts.push(`broken into: ${listed(broken)}`);
  if (attacked.length > 0) parts.push(`attacked: ${listed(attacked)}`);
  const sentences = [`${parts.join('; ')}.`];
  if (missing.length > 0) {
    const many = missing.length > 1;
    sentences.push(
      `${listed(missing.map(({ name }) => name))} ${many ? 'are' : 'is'} named by this evidence as ${many ? 'servers of the same organisation and were' : 'a server of the same organisation and was'} not handed in: nothing here clears ${many ? 'them' : 'it'}. Collect the same from ${many ? 'each' : 'it'} (collect --list says what) and assess all of it in one run.`,
    );
  }
  if (unjudged > 0) sentences.push(`${unjudged} more machines are named by records and were not judged.`);
  return { headline, says: sentences.join(' '), missing: missing.map(({ name }) => name) };
}

/** `a, b and c`; of many the first. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_LISTED);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}

const FROM = 'Forged requests reached this server through';
const TO = 'Forged requests that came in here went on to';
/** Clocks of two servers of one domain are minutes apart at most, and mostly seconds. */
const SAME_REQUEST: Micros = 60_000_000;
const MOST_COMPARED = 20_000_000;
const MOST_LISTED = 10;
const MOST_MISSING = 1_000;
