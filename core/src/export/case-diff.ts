import type { CaseClaim, CaseFile, CaseFinding, CaseHost, CaseVerdict } from '../model/case-file.ts';
import { HEADLINES_WORST_FIRST } from '../model/claim.ts';
import type { Answer, ClaimId, Headline } from '../model/claim.ts';
import { hostName, indexCase } from './case-index.ts';
import type { CaseIndex } from './case-index.ts';
import { causesOf } from './diff-causes.ts';
import type { Cause } from './diff-causes.ts';
import { evidenceChange } from './diff-evidence.ts';
import type { CoverageChange, EvidenceChange } from './diff-evidence.ts';
import { pairHosts } from './diff-hosts.ts';
import type { HostPairs } from './diff-hosts.ts';
import { listed } from './diff-pair.ts';
import type { Listed, Pair } from './diff-pair.ts';
import { wordsFor } from './headline-words.ts';
import { verdictsOf } from './report-facts.ts';

/** `afterpatch.diff/1`: why two cases answer differently. `docs/diff.md` says what each key holds. */
export interface CaseDiff {
  readonly schema: 'afterpatch.diff/1';
  /** Whether any headline or answer differs on a server that both cases have, or the headline of all servers together. */
  readonly isChanged: boolean;
  readonly case: Pair<CaseMark>;
  /** Which of the four things that decide an answer differ. */
  readonly differs: {
    readonly evidence: boolean;
    readonly packs: boolean;
    readonly engine: boolean;
    readonly options: boolean;
  };
  readonly evidence: EvidenceChange;
  readonly packs: Listed<PackChange>;
  readonly options: Listed<OptionChange>;
  /** Of servers that both have: changed headlines first, then the worst of the second case. */
  readonly servers: Listed<ServerDiff>;
  readonly changed: { readonly headlines: number; readonly answers: number };
  readonly onlyFirst: Listed<LoneServer>;
  readonly onlySecond: Listed<LoneServer>;
  readonly organisation: OrganisationDiff;
}

export interface CaseMark {
  readonly evidence: string;
  readonly engine: string;
  readonly packs: CaseFile['packs'];
  readonly headline: Headline;
}

export interface PackChange {
  readonly id: string;
  readonly version: Pair<string | null>;
  readonly digest: Pair<string | null>;
  /** Rules that met something in one case only, on servers that both have. */
  readonly rulesOnlyFirst: Listed<string>;
  readonly rulesOnlySecond: Listed<string>;
}

export interface OptionChange {
  readonly name: string;
  readonly value: Pair<string | number | boolean | null>;
}

export interface ServerDiff {
  readonly host: Pair<string>;
  readonly name: string;
  readonly campaign: string;
  readonly headline: Pair<Headline>;
  /** The headline in words, as the summary of each case has it. */
  readonly title: Pair<string>;
  /** The answers that differ, in the order in which an attack happens. */
  readonly claims: readonly ClaimDiff[];
  readonly build: Pair<string | null>;
  readonly asOf: Pair<string | null>;
}

export interface ClaimDiff {
  readonly claim: ClaimId;
  /** `null` where the case does not ask. */
  readonly answer: Pair<Answer | null>;
  readonly says: Pair<string>;
  readonly causes: Listed<Cause>;
}

/** All servers together. */
export interface OrganisationDiff {
  readonly headline: Pair<Headline>;
  readonly says: Pair<string>;
  /** Servers that only one case names as not handed in. */
  readonly missingOnlyFirst: Listed<string>;
  readonly missingOnlySecond: Listed<string>;
}

export interface LoneServer {
  readonly host: string;
  readonly name: string;
  readonly campaign: string;
  readonly headline: Headline;
}

/** Two cases, as far as they can be compared. Total: both may come from anyone. */
export function caseDiff(firstCase: CaseFile, secondCase: CaseFile): CaseDiff {
  const index: Pair<CaseIndex> = { first: indexCase(firstCase), second: indexCase(secondCase) };
  const hosts = pairHosts(firstCase.hosts, secondCase.hosts);
  const evidence = evidenceChange(firstCase, secondCase, hosts);
  const packs = packChanges(firstCase, secondCase, hosts);
  const options = optionChanges(firstCase, secondCase);
  const view: DiffView = { index, hosts, coverage: evidence.coverageByKey };
  const { both, onlyFirst, onlySecond } = pairVerdicts(index, hosts);
  const servers = both.map((pair) => serverDiff(pair, view)).toSorted(worstChangeFirst);
  const headlines = servers.filter(headlineDiffers).length;
  const answers = servers.reduce((sum, server) => sum + server.claims.length, 0);
  const organisation = organisationDiff({ first: firstCase, second: secondCase });
  return {
    schema: 'afterpatch.diff/1',
    isChanged: headlines + answers > 0 || organisation.headline.first !== organisation.headline.second,
    case: { first: markOf(firstCase), second: markOf(secondCase) },
    differs: {
      evidence: !evidence.change.isSame,
      packs: packs.length > 0,
      engine: firstCase.engine.version !== secondCase.engine.version,
      options: options.length > 0,
    },
    evidence: evidence.change,
    packs: listed(packs, MOST_PACKS),
    options: listed(options, MOST_OPTIONS),
    servers: listed(servers, MOST_SERVERS),
    changed: { headlines, answers },
    onlyFirst: listed(
      onlyFirst.map((verdict) => loneOf(verdict, index.first)),
      MOST_SERVERS,
    ),
    onlySecond: listed(
      onlySecond.map((verdict) => loneOf(verdict, index.second)),
      MOST_SERVERS,
    ),
    organisation,
  };
}

/** What the causes of one claim are looked up in. */
export interface DiffView {
  readonly index: Pair<CaseIndex>;
  readonly hosts: HostPairs;
  readonly coverage: ReadonlyMap<string, CoverageChange>;
}

export function headlineDiffers(server: ServerDiff): boolean {
  return server.headline.first !== server.headline.second;
}

function pairVerdicts(
  index: Pair<CaseIndex>,
  hosts: HostPairs,
): {
  readonly both: readonly Pair<CaseVerdict>[];
  readonly onlyFirst: readonly CaseVerdict[];
  readonly onlySecond: readonly CaseVerdict[];
} {
  const seconds = new Map(verdictsOf(index.second, {}).map((v) => [keyOf(hosts.ofSecond(v.host), v.campaign), v]));
  const both: Pair<CaseVerdict>[] = [];
  const onlyFirst: CaseVerdict[] = [];
  for (const first of verdictsOf(index.first, {})) {
    const key = keyOf(hosts.ofFirst(first.host), first.campaign);
    const second = seconds.get(key);
    if (second === undefined) onlyFirst.push(first);
    else both.push({ first, second });
    seconds.delete(key);
  }
  return { both, onlyFirst, onlySecond: [...seconds.values()] };
}

function serverDiff({ first, second }: Pair<CaseVerdict>, view: DiffView): ServerDiff {
  const { index } = view;
  const claims: Pair<readonly CaseClaim[]> = {
    first: index.first.claimsOf(first),
    second: index.second.claimsOf(second),
  };
  const names = new Set([...claims.first, ...claims.second].map((c) => c.claim));
  const hosts: Pair<CaseHost | undefined> = {
    first: index.first.host(first.host),
    second: index.second.host(second.host),
  };
  const byName = { first: byClaim(claims.first), second: byClaim(claims.second) };
  const diffs: ClaimDiff[] = [];
  for (const name of names) {
    const [a, b] = [byName.first.get(name), byName.second.get(name)];
    if (a?.answer === b?.answer) continue;
    diffs.push({
      claim: name,
      answer: { first: a?.answer ?? null, second: b?.answer ?? null },
      says: { first: a?.says ?? '', second: b?.says ?? '' },
      causes: listed(
        a === undefined || b === undefined ? [] : causesOf({ first: a, second: b }, claims, view),
        MOST_CAUSES,
      ),
    });
  }
  return {
    host: { first: first.host, second: second.host },
    name: hostName(second.host, index.second),
    campaign: first.campaign,
    headline: { first: first.headline, second: second.headline },
    title: { first: wordsFor(first, claims.first).title, second: wordsFor(second, claims.second).title },
    claims: diffs,
    build: { first: hosts.first?.build ?? null, second: hosts.second?.build ?? null },
    asOf: { first: hosts.first?.asOf ?? null, second: hosts.second?.asOf ?? null },
  };
}

/** Of several claims of one name, which no case of ours has, the last. */
function byClaim(claims: readonly CaseClaim[]): ReadonlyMap<ClaimId, CaseClaim> {
  return new Map(claims.map((claim) => [claim.claim, claim]));
}

function worstChangeFirst(a: ServerDiff, b: ServerDiff): number {
  return (
    Number(headlineDiffers(b)) - Number(headlineDiffers(a)) ||
    Number(b.claims.length > 0) - Number(a.claims.length > 0) ||
    HEADLINES_WORST_FIRST.indexOf(a.headline.second) - HEADLINES_WORST_FIRST.indexOf(b.headline.second) ||
    order(a.name, b.name) ||
    order(a.campaign, b.campaign)
  );
}

function packChanges(firstCase: CaseFile, secondCase: CaseFile, hosts: HostPairs): readonly PackChange[] {
  const packs = {
    first: new Map(firstCase.packs.map((p) => [p.id, p])),
    second: new Map(secondCase.packs.map((p) => [p.id, p])),
  };
  const ids = [...new Set([...packs.first.keys(), ...packs.second.keys()])].toSorted(order);
  const changed = ids.filter((id) => {
    const [a, b] = [packs.first.get(id), packs.second.get(id)];
    return a?.digest !== b?.digest || a?.version !== b?.version;
  });
  if (changed.length === 0) return [];
  const rules = {
    first: rulesByCampaign(firstCase.findings, (host) => hosts.isInBoth(hosts.ofFirst(host))),
    second: rulesByCampaign(secondCase.findings, (host) => hosts.isInBoth(hosts.ofSecond(host))),
  };
  return changed.map((id) => {
    const [a, b] = [packs.first.get(id), packs.second.get(id)];
    const [was, is] = [rules.first.get(id) ?? new Set<string>(), rules.second.get(id) ?? new Set<string>()];
    return {
      id,
      version: { first: a?.version ?? null, second: b?.version ?? null },
      digest: { first: a?.digest ?? null, second: b?.digest ?? null },
      rulesOnlyFirst: listed([...was].filter((rule) => !is.has(rule)).toSorted(order), MOST_RULES),
      rulesOnlySecond: listed([...is].filter((rule) => !was.has(rule)).toSorted(order), MOST_RULES),
    };
  });
}

function rulesByCampaign(
  findings: readonly CaseFinding[],
  isCompared: (host: string) => boolean,
): ReadonlyMap<string, ReadonlySet<string>> {
  const rules = new Map<string, Set<string>>();
  for (const { campaign, rule, host } of findings) {
    if (!isCompared(host)) continue;
    const known = rules.get(campaign);
    if (known === undefined) rules.set(campaign, new Set([rule]));
    else known.add(rule);
  }
  return rules;
}

function optionChanges(firstCase: CaseFile, secondCase: CaseFile): readonly OptionChange[] {
  const values = {
    first: new Map(Object.entries(firstCase.options)),
    second: new Map(Object.entries(secondCase.options)),
  };
  const names = [...new Set([...values.first.keys(), ...values.second.keys()])].toSorted(order);
  return names.flatMap((name) => {
    const value = { first: values.first.get(name) ?? null, second: values.second.get(name) ?? null };
    return value.first === value.second ? [] : [{ name, value }];
  });
}

function markOf(caseFile: CaseFile): CaseMark {
  return {
    evidence: caseFile.evidence.id,
    engine: caseFile.engine.version,
    packs: caseFile.packs.slice(0, MOST_PACKS).map(({ id, version, digest }) => ({ id, version, digest })),
    headline: caseFile.headline.worst,
  };
}

function organisationDiff({ first, second }: Pair<CaseFile>): OrganisationDiff {
  const missing = { first: new Set(first.organisation.missing), second: new Set(second.organisation.missing) };
  return {
    headline: { first: first.organisation.headline, second: second.organisation.headline },
    says: { first: first.organisation.says, second: second.organisation.says },
    missingOnlyFirst: namedOnly(missing.first, missing.second),
    missingOnlySecond: namedOnly(missing.second, missing.first),
  };
}

function namedOnly(own: ReadonlySet<string>, other: ReadonlySet<string>): Listed<string> {
  return listed(
    [...own].filter((name) => !other.has(name)),
    MOST_MISSING,
  );
}

function loneOf(verdict: CaseVerdict, index: CaseIndex): LoneServer {
  const { host, campaign, headline } = verdict;
  return { host, name: hostName(host, index), campaign, headline };
}

function keyOf(host: string, campaign: string): string {
  return JSON.stringify([host, campaign]);
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

const MOST_SERVERS = 10_000;
const MOST_CAUSES = 100;
const MOST_PACKS = 100;
const MOST_OPTIONS = 100;
const MOST_RULES = 200;
const MOST_MISSING = 1_000;
