import { isoTime } from '../bytes/time.ts';
import { isContainer } from '../containers/member.ts';
import type { Collection, LaidOut } from '../layouts/lay-out.ts';
import type {
  CaseArtifact,
  CaseClaim,
  CaseCoverage,
  CaseFile,
  CaseFinding,
  CaseHost,
  CaseLimit,
  CaseSpan,
} from '../model/case-file.ts';
import type { RuleMeta } from '../model/check.ts';
import type { Claim } from '../model/claim.ts';
import type { Coverage } from '../model/coverage.ts';
import type { Artifact, Micros, Span } from '../model/evidence.ts';
import type { Finding } from '../model/finding.ts';
import type { Host } from '../model/host.ts';
import type { Pack } from '../model/pack.ts';
import { worstOf } from '../verdict/headline.ts';
import type { Verdict } from '../verdict/judge.ts';
import type { AssessRequest } from './assess.ts';
import { caseBuilds, caseExposure } from './facts.ts';
import type { Choice } from './hosts-judged.ts';
import { organisationOf } from './organisation.ts';
import type { MissingServer, ServerBook, Standpoint } from './organisation.ts';
import type { ArtifactReading } from './read-artifact.ts';
import type { ReadOrder } from './readers.ts';
import type { Standing } from './standing.ts';
import { byCodeUnit } from './stock.ts';
import type { Stock } from './stock.ts';
import type { Stories } from './stories.ts';

/** One host with everything that was judged about it. */
export interface JudgedHost {
  readonly id: string;
  readonly names: readonly string[];
  readonly asOf: Micros | undefined;
  /** Times that lie too far ahead of all others to be the present. */
  readonly strays: readonly Micros[];
  /** Nothing of it was handed in; what is known of it others show. */
  readonly isReferencedOnly: boolean;
  readonly coverage: readonly Coverage[];
  readonly findings: readonly Finding[];
  readonly verdicts: readonly Verdict[];
}

interface Material {
  readonly request: AssessRequest;
  readonly stock: Stock;
  readonly laid: LaidOut;
  readonly orders: readonly ReadOrder[];
  readonly standing: Standing;
  readonly readings: readonly ArtifactReading[];
  readonly judged: readonly JudgedHost[];
  readonly servers: ServerBook;
  /** Machines that records name beyond those that one case can judge. */
  readonly unjudged: Omit<Choice, 'judged'>;
  readonly stories: Stories;
}

/** Writes the one document the engine leaves behind. */
export function writeCase(material: Material, host: Host): CaseFile {
  const { request, judged } = material;
  const hash = (text: string): string => {
    const hasher = host.sha256();
    hasher.update(new TextEncoder().encode(text));
    return hasher.hex();
  };
  const { stock, orders, standing } = material;
  const ids = stock.artifacts.map(({ path }, i) => idOf(path, material.readings[i], hash));
  const idByPath = new Map(stock.artifacts.map(({ path }, index) => [path, ids[index] ?? '']));
  const artifacts = stock.artifacts.map((artifact, index): CaseArtifact => {
    const copied = standing.copyOf(index);
    return {
      ...artifactOf(artifact, ids[index] ?? '', material.readings[index]),
      original: orders[index]?.original ?? null,
      copyOf: copied === undefined ? null : (ids[copied] ?? null),
    };
  });
  const headlines = judged.flatMap((h) => h.verdicts.map((v) => v.headline));
  const counts: Record<string, number> = {};
  for (const headline of headlines) counts[headline] = (counts[headline] ?? 0) + 1;
  return {
    schema: 'afterpatch.case/1',
    engine: { version: request.options.version },
    packs: request.packs.map(({ id, version, digest }) => ({ id, version, digest })),
    options: optionsOf(request),
    inputs: stock.inputs.map(({ name, isSnapshot }) => ({ name, isSnapshot })),
    evidence: { id: hash(artifacts.map((a) => `${a.path}\n${a.sha256 ?? ''}\n`).join('')) },
    artifacts,
    hosts: [
      ...judged.map((h) => hostOf(h, material, ids)),
      ...material.servers.missing.flatMap((server) => referenced(server, material)),
    ].toSorted((a, b) => byCodeUnit(a.id, b.id)),
    headline: { worst: worstOf(headlines), counts },
    verdicts: judged.flatMap((h) =>
      h.verdicts.map(({ host: id, campaign, headline, says, next }) => ({ host: id, campaign, headline, says, next })),
    ),
    claims: judged.flatMap((h) => h.verdicts.flatMap((v) => v.claims.map(claimOf))),
    findings: judged.flatMap((h) => h.findings.map((f) => findingOf(f, request.packs, ids))),
    coverage: judged.flatMap((h) => h.coverage.map(coverageOf)),
    intrusions: material.stories.intrusions,
    organisation: organisationOf(
      judged.map((h) => standpointOf(h)),
      material.servers.missing.map((server) => ({ id: server.id, name: server.names[0] ?? server.id })),
      {
        unjudged: material.unjudged.unjudged + material.servers.unlisted,
        unjudgedWithFindings: material.unjudged.unjudgedWithFindings,
      },
    ),
    collections: material.laid.collections.map((c) => ({
      layout: c.layout,
      root: c.root,
      host: c.host ?? null,
      collectedAt: c.collectedAt === undefined ? null : isoTime(c.collectedAt),
      failed: c.failedCount,
      skipped: c.skippedCount,
    })),
    prior: material.laid.prior.flatMap(({ tool, path, offset, length, says }) => {
      const artifact = idByPath.get(path);
      return artifact === undefined ? [] : [{ tool, artifact, offset, length, says }];
    }),
    limits: [...limitsOf(material), ...material.stories.limits],
  };
}

/** What the responder declared, and the evidence does not. */
function optionsOf({ options }: AssessRequest): CaseFile['options'] {
  const proxies = options.trustedProxies ?? [];
  return {
    ...(options.asOf === undefined ? {} : { asOf: isoTime(options.asOf) }),
    ...(options.volume === true ? { volume: true } : {}),
    ...(proxies.length === 0 ? {} : { trustedProxies: proxies.join(' ') }),
  };
}

function idOf(path: string, reading: ArtifactReading | undefined, hash: (text: string) => string): string {
  return `a-${hash(`${path}\n${reading?.sha256 ?? ''}`).slice(0, 16)}`;
}

function artifactOf(
  artifact: Artifact,
  id: string,
  reading: ArtifactReading | undefined,
): Omit<CaseArtifact, 'original' | 'copyOf'> {
  return {
    id,
    path: artifact.path,
    container: artifact.container ?? null,
    size: artifact.size,
    sha256: reading?.sha256 ?? null,
    format: reading?.format ?? null,
    records: reading?.examination.records ?? 0,
    gaps: (reading?.gaps ?? []).map(({ reason, origin, says }) => ({
      reason,
      offset: origin.offset,
      length: origin.length,
      says,
    })),
  };
}

function standpointOf({ id, names, verdicts, isReferencedOnly }: JudgedHost): Standpoint {
  return { id, name: names[0] ?? id, headlines: verdicts.map((v) => v.headline), isReferencedOnly };
}

/** A server of which nothing is known but that it is there. */
function referenced({ id, names }: MissingServer, { judged, servers }: Material): readonly CaseHost[] {
  if (judged.some((host) => host.id === id)) return [];
  const nothing = { identity: [], product: null, build: null, fixed: {}, asOf: null, builds: [], exposure: [] };
  return [{ ...nothing, id, names, isReferencedOnly: true, roles: servers.rolesOf(id) }];
}

function hostOf(judged: JudgedHost, { stock, servers }: Material, artifactIds: readonly string[]): CaseHost {
  const { artifacts } = stock;
  const builds = judged.verdicts[0]?.builds;
  const fixed: Record<string, 'yes' | 'no' | 'unknown'> = {};
  for (const verdict of judged.verdicts) for (const [cve, answer] of verdict.builds.fixed) fixed[cve] = answer;
  return {
    id: judged.id,
    names: judged.names,
    identity: (builds?.from ?? []).map((b) => ({
      kind: 'build',
      value: b.value,
      from: `${b.from} (${artifacts[b.origin.artifact]?.path ?? ''})`,
    })),
    product: builds?.product ?? null,
    build: builds?.build ?? null,
    fixed,
    asOf: judged.asOf === undefined ? null : isoTime(judged.asOf),
    isReferencedOnly: judged.isReferencedOnly,
    roles: servers.rolesOf(judged.id),
    builds: caseBuilds(judged.verdicts, artifactIds),
    exposure: caseExposure(judged.verdicts),
  };
}

function claimOf(claim: Claim): CaseClaim {
  return {
    ...claim,
    window: { from: isoTime(claim.window.from), to: claim.window.to === undefined ? null : isoTime(claim.window.to) },
    seen: claim.seen.map((seen) => ({ ...seen, spans: seen.spans.map(spanOf) })),
    unseen: claim.unseen.map((unseen) => ({ ...unseen, spans: unseen.spans.map(spanOf) })),
  };
}

function findingOf(finding: Finding, packs: readonly Pack[], artifactIds: readonly string[]): CaseFinding {
  const pack = packs.find((p) => p.rules.some((r) => r.id === finding.rule));
  const meta: RuleMeta | undefined = pack?.rules.find((r) => r.id === finding.rule);
  return {
    id: finding.id,
    rule: finding.rule,
    title: meta?.title ?? finding.rule,
    level: meta?.level ?? 'informational',
    stage: meta?.stage ?? 'other',
    campaign: pack?.id ?? '',
    host: finding.host,
    count: finding.count,
    since: finding.since === undefined ? null : isoTime(finding.since),
    until: finding.until === undefined ? null : isoTime(finding.until),
    entities: finding.entities,
    sightings: finding.sightings.map((s) => ({
      artifact: artifactIds[s.origin.artifact] ?? '',
      offset: s.origin.offset,
      length: s.origin.length,
      sha256: s.sha256,
      at: s.at === undefined ? null : isoTime(s.at),
      excerpt: s.excerpt,
    })),
  };
}

function coverageOf(coverage: Coverage): CaseCoverage {
  const { extent } = coverage;
  return {
    kind: coverage.kind,
    host: coverage.host,
    title: coverage.title,
    spans: coverage.spans.map(spanOf),
    records: coverage.records,
    quiet: coverage.quiet === undefined ? null : coverage.quiet / 1_000_000,
    extent: extent === undefined ? null : { ...extent, asOf: extent.asOf === undefined ? null : isoTime(extent.asOf) },
    holes: (coverage.holes ?? []).map((hole) => ({ ...spanOf(hole), reason: hole.reason })),
    clock:
      coverage.clock === undefined ? null : { seconds: coverage.clock.micros / 1_000_000, says: coverage.clock.says },
  };
}

function limitsOf({ request, stock, laid, standing, readings, judged, unjudged }: Material): readonly CaseLimit[] {
  const limits: CaseLimit[] = request.packs.flatMap((pack) =>
    pack.limits.map((says, i) => ({ id: `${pack.id}/limit-${i + 1}`, says })),
  );
  const { artifacts, gaps: listingGaps } = stock;
  if (standing.snapshots.length > 1) limits.push({ id: 'snapshots', says: snapshotsOf(standing) });
  for (const { id, strays, asOf } of judged) {
    if (strays.length > 0) limits.push({ id: `as-of/${id}`, says: straysOf(id, strays, asOf) });
  }
  if (unjudged.unjudged > 0) {
    const grave =
      unjudged.unjudgedWithFindings === 0
        ? ''
        : `; ${unjudged.unjudgedWithFindings} of them have findings: assess them by themselves`;
    limits.push({
      id: 'hosts',
      says: `${unjudged.unjudged} more machines are named by records than one case judges; those with the gravest findings, servers and those with most records came first${grave}`,
    });
  }
  for (const { path, says } of laid.advice) limits.push({ id: `advice/${path}`, says: `${path}: ${says}` });
  const advised = new Set(laid.advice.map(({ path }) => path));
  readings.forEach(({ gaps }, index) => {
    const packed = gaps.find((gap) => gap.reason === 'unsupported' && gap.says.includes(' is not opened: '));
    const path = artifacts[index]?.path ?? '';
    if (packed !== undefined && !advised.has(path))
      limits.push({ id: `advice/${path}`, says: `${path}: ${packed.says}` });
  });
  for (const says of laid.limits) limits.push({ id: 'layouts', says });
  for (const collection of laid.collections) addCollectionLimits(collection, limits);
  if (laid.priorCount > laid.prior.length)
    limits.push({
      id: 'prior',
      says: `${laid.priorCount - laid.prior.length} more results of other tools than are listed`,
    });
  for (const gap of listingGaps.slice(0, MAX_LISTED))
    limits.push({ id: `listing/${gap.path}`, says: `${gap.path}: ${gap.says}` });
  if (listingGaps.length > MAX_LISTED)
    limits.push({ id: 'listing', says: `${listingGaps.length - MAX_LISTED} more paths could not be listed` });
  readings.forEach((reading, index) => {
    const more = reading.gapCount - reading.gaps.length;
    if (more > 0)
      limits.push({
        id: `gaps/${artifacts[index]?.path ?? ''}`,
        says: `${artifacts[index]?.path ?? ''}: ${more} more gaps than are listed`,
      });
  });
  const files = readings.filter((_, index) => !isOpened(artifacts[index]));
  const unknown = files.filter((r) => r.format === undefined).length;
  if (unknown > 0)
    limits.push({
      id: 'unrecognised',
      says: `${unknown} of ${files.length} files hold no log or event format that this version reads; they were hashed, and looked at as files`,
    });
  return limits;
}

/** What a collector could not copy stands in the case by name, as far as a person can read it. */
function addCollectionLimits(collection: Collection, limits: CaseLimit[]): void {
  const { layout, root, failed, failedCount } = collection;
  const id = `collection/${layout}/${root}`;
  for (const says of collection.limits) limits.push({ id, says: `${layout} package ${root}: ${says}` });
  for (const { original, says } of failed.slice(0, MAX_FAILED))
    limits.push({ id, says: `${layout} package ${root}: ${original} was not copied: ${says}` });
  if (failedCount > MAX_FAILED)
    limits.push({ id, says: `${layout} package ${root}: ${failedCount - MAX_FAILED} more files were not copied` });
}

/** A wrong clock is named, because it may be the right one. */
function straysOf(id: string, strays: readonly Micros[], asOf: Micros | undefined): string {
  const times = strays.slice(0, MAX_STRAYS).map(isoTime).join(', ');
  const taken = asOf === undefined ? 'nothing' : isoTime(asOf);
  return `${id}: a few records are dated ${times}, far ahead of all others; ${taken} is taken for the present (--as-of states another)`;
}

/** What was taken for the present, and by what. */
function snapshotsOf({ snapshots }: Standing): string {
  const named = snapshots.map(({ name, at }) => `${name} (${at === undefined ? 'undated' : `until ${isoTime(at)}`})`);
  const present = snapshots.filter((snapshot) => !snapshot.isPast).map(({ name }) => name);
  return `snapshots in the order of time, by the last time that each shows: ${named.join(', ')}; taken for the present state: ${present.join(', ')}`;
}

/** Archives whose members are listed are read by them. */
function isOpened(artifact: Artifact | undefined): boolean {
  return artifact !== undefined && isContainer(artifact);
}

function spanOf(span: Span): CaseSpan {
  return { from: isoTime(span.from), to: isoTime(span.to) };
}

const MAX_LISTED = 200;
const MAX_FAILED = 50;
const MAX_STRAYS = 5;
