import { isoSecond } from '../bytes/time.ts';
import type { BuildSighting } from '../model/coverage.ts';
import type { Micros } from '../model/evidence.ts';
import type { Finding } from '../model/finding.ts';
import type { Pack, VulnerabilitySpec } from '../model/pack.ts';
import { PROVING_RANK } from './builds.ts';
import type { BuildVerdict } from './builds.ts';
import { isFixed, plainBuild, saysOf, updateOf } from './builds-fix.ts';
import { lastOf } from './builds-doubt.ts';
import { timelineOf } from './exposure-timeline.ts';
import type { Contradiction, OpenWindow, Timeline } from './exposure-timeline.ts';

/** When one host could be attacked through one vulnerability. */
export interface Exposure {
  readonly vulnerability: string;
  /** `undefined` where the host was never open to it. */
  readonly from: Micros | undefined;
  /** `undefined` where nothing proves the fix loaded: open until `asOf`, which the sentence names. */
  readonly to: Micros | undefined;
  readonly says: string;
}

export interface ExposureEvidence {
  readonly builds: BuildVerdict;
  readonly findings: readonly Finding[];
  readonly asOf: Micros | undefined;
  readonly firstLogged: Micros | undefined;
}

/** The windows of every vulnerability of a pack; several where the fix was lost again. */
export function exposureOf(evidence: ExposureEvidence, pack: Pack): readonly Exposure[] {
  const { builds, findings, firstLogged } = evidence;
  const forged = forgedTimes(findings, pack);
  const proving = builds.sightings.filter((s) => s.name === 'build' && s.level === 'su' && s.rank <= PROVING_RANK);
  const context = { proving, forged, ...(firstLogged === undefined ? {} : { firstLogged }) };
  const timeline = timelineOf(builds.sightings, pack, context);
  return pack.vulnerabilities.flatMap((vulnerability): readonly Exposure[] => {
    const { cve } = vulnerability;
    const why = neverOpen(vulnerability, evidence, forged);
    if (why !== undefined) return [{ vulnerability: cve, from: undefined, to: undefined, says: why }];
    return timeline.windows.map((window) => ({
      vulnerability: cve,
      from: window.from,
      to: window.to,
      says: windowSays(window, { timeline, evidence, forged, cve, proving }, pack),
    }));
  });
}

/** The moments at which the server acted on a forged request, sorted; what is done through a backdoor is none. */
export function forgedTimes(findings: readonly Finding[], pack: Pack): readonly Micros[] {
  const rules = new Set(
    pack.rules
      .filter((r) => r.stage === 'ssrf' && r.rung >= 3 && (r.weight === 'strong' || r.weight === 'decisive'))
      .map((r) => r.id),
  );
  return findings
    .filter((f) => rules.has(f.rule))
    .flatMap((f) => [f.since, f.until])
    .filter((at) => at !== undefined)
    .toSorted((a, b) => a - b);
}

function neverOpen(
  { notIn }: VulnerabilitySpec,
  { builds }: ExposureEvidence,
  forged: readonly Micros[],
): string | undefined {
  if (builds.product !== undefined && notIn.includes(builds.product)) return `${builds.product} never had this flaw`;
  return builds.neverVulnerable && forged.length === 0
    ? 'installed from a cumulative update that already held the fix (ExchangeSetup.log), and nothing names an older one'
    : undefined;
}

interface Telling {
  readonly timeline: Timeline;
  readonly evidence: ExposureEvidence;
  readonly forged: readonly Micros[];
  readonly cve: string;
  readonly proving: readonly BuildSighting[];
}

function windowSays(window: OpenWindow, telling: Telling, pack: Pack): string {
  const isLast = window === telling.timeline.windows.at(-1);
  return [
    `${beginning(window)}; ${ending(window, telling, pack)}`,
    ...(isLast ? contradictions(telling, pack) : []),
    ...(isLast ? words(telling, pack) : []),
  ].join('. ');
}

function beginning({ from, openedBy }: OpenWindow): string {
  return openedBy === undefined
    ? `open from ${isoSecond(from)}, the first possible exploitation`
    : `open from ${isoSecond(from)}, when setup put ${openedBy.build} there (${openedBy.sighting.from})`;
}

function ending({ to, closedBy }: OpenWindow, { evidence, proving }: Telling, { updates }: Pack): string {
  if (to !== undefined && closedBy !== undefined)
    return `closed from ${isoSecond(to)}, when ${plainBuild(closedBy.value)} is proven to run (${closedBy.from})`;
  const { builds, asOf } = evidence;
  const until = asOf === undefined ? '' : ` as of ${isoSecond(asOf)}`;
  if (builds.disagreement !== undefined) return `no end is proven${until}: ${builds.disagreement}`;
  const open = proving.find((s) => saysOf(s, updates) === 'no');
  if (open !== undefined) return `still open${until}: ${open.from} is ${plainBuild(open.value)}, which lacks the fix`;
  if (proving.length > 0 && proving.every((s) => saysOf(s, updates) === 'yes'))
    return `no end is proven: ${proving[0]?.from ?? ''} is ${plainBuild(proving[0]?.value ?? '')}, which holds the fix, and nothing dated shows since when it runs`;
  if ([...builds.fixed.values()].includes('no'))
    return `still open${until}: ${builds.build ?? ''} is the last build seen, and no fix was made for it`;
  return `no end is proven${until}: no artefact decides whether the fix is in`;
}

function contradictions({ timeline, evidence, forged }: Telling, { updates }: Pack): readonly string[] {
  const said = timeline.contradictions.map(
    (c) =>
      `Contradiction: ${denial(c)} although ${c.claim.from} had named ${plainBuild(c.claim.value)} on ${isoSecond(c.claimedAt)}`,
  );
  const claim = evidence.builds.sightings.find((s) => isFixClaim(s, updates));
  const last = forged.at(-1);
  if (claim?.since !== undefined && last !== undefined && last > claim.since)
    said.push(
      `Contradiction: the server acted on a forged request on ${isoSecond(last)}, after ${claim.from} had told of the update on ${isoSecond(claim.since)}: the update was not in effect`,
    );
  return said;
}

function denial({ deniedAt, denial: by }: Contradiction): string {
  if (by === undefined) return `the server acted on a forged request on ${isoSecond(deniedAt)}`;
  return Number.isFinite(deniedAt)
    ? `${by.from} named ${plainBuild(by.value)} on ${isoSecond(deniedAt)}`
    : `${by.from} is ${plainBuild(by.value)}`;
}

/** What installers, mail transport and restarts tell, which proves nothing alone; filters in front; the end of support. */
function words({ evidence, cve }: Telling, { updates }: Pack): readonly string[] {
  const { sightings, build, product } = evidence.builds;
  const said: string[] = [];
  const claim = sightings.find((s) => isFixClaim(s, updates));
  if (claim?.since !== undefined)
    said.push(`Told, and no proof: ${toldOf(claim)} on ${isoSecond(claim.since)} (${claim.from})`);
  const failed = sightings.find((s) => s.name === 'update' && s.value.startsWith('failed') && s.since !== undefined);
  if (failed?.since !== undefined) said.push(`An update failed on ${isoSecond(failed.since)} (${failed.from})`);
  const restart = lastOf(sightings, (s) => s.name === 'restart');
  if (claim !== undefined && restart !== undefined) said.push(`Programs last began anew on ${isoSecond(restart)}`);
  const filter = mitigation(sightings, cve);
  if (filter !== undefined) said.push(filter);
  const update = build === undefined ? undefined : updateOf(build, updates);
  const now = evidence.asOf;
  if (update?.supportEnds !== undefined && now !== undefined && update.supportEnds <= now)
    said.push(
      `${product ?? ''} ${update.name} was out of support by ${isoSecond(update.supportEnds)}: this says nothing of other flaws, which may be open`,
    );
  return said;
}

/** An artefact that says the fix was installed, without showing it at work where the flaw is. */
function isFixClaim(sighting: BuildSighting, updates: BuildUpdates): boolean {
  if (sighting.since === undefined) return false;
  if (sighting.name === 'build')
    return (
      sighting.level === 'su' && saysOf(sighting, updates) === 'yes' && isFixed(sighting.value, 'cu', updates) !== 'yes'
    );
  if (sighting.name !== 'update' || !sighting.value.startsWith('installed KB')) return false;
  const named = /15\.\d[\d.]*/.exec(sighting.value)?.[0];
  return named === undefined || isFixed(named, 'su', updates) !== 'no';
}

type BuildUpdates = Pack['updates'];

function toldOf(sighting: BuildSighting): string {
  return sighting.name === 'build'
    ? `${plainBuild(sighting.value)} was named`
    : sighting.value.replace(/^installed /, 'installed: ');
}

function mitigation(sightings: readonly BuildSighting[], cve: string): string | undefined {
  const own = sightings.filter((s) => s.name === 'mitigation' && s.value.endsWith(` ${cve}`));
  const [present, earlier, off] = ['present', 'earlier', 'off'].map((state) =>
    own.find((s) => s.value.startsWith(state)),
  );
  if (present !== undefined)
    return `A filter is in front of it (${present.from}); since when is unknown, and it is no fix`;
  if (off !== undefined) return `A filter is in front of it and switched off (${off.from})`;
  return earlier === undefined
    ? undefined
    : `A filter was in front of it once and is gone (${earlier.from}): a cumulative update takes it away`;
}
