import type { BuildSighting } from '../model/coverage.ts';
import type { Locator, Micros } from '../model/evidence.ts';
import type { CumulativeUpdate, Pack, VulnerabilitySpec } from '../model/pack.ts';

/** `yes`: the fix is in this build. `no`: it is not. `unknown`: this evidence does not decide. */
export type Fixed = 'yes' | 'no' | 'unknown';

/** What the builds of one host say together. */
export interface BuildVerdict {
  /** The best proven build, or the best known cumulative update. */
  readonly build: string | undefined;
  readonly product: string | undefined;
  /** Rank of the artefact that `build` comes from, 1 best. */
  readonly rank: number | undefined;
  readonly fixed: ReadonlyMap<string, Fixed>;
  /** Sentence about disagreement, such as a half-applied update. */
  readonly disagreement: string | undefined;
  /** First moment from which dated evidence proves the fix loaded. */
  readonly fixLoadedAt: Micros | undefined;
  /** Installed from a build that already had the fix, and nothing says otherwise. */
  readonly neverVulnerable: boolean;
  readonly from: readonly { readonly value: string; readonly from: string; readonly origin: Locator }[];
}

/** Highest rank that proves the security update at the time of collection (DOMAIN: rank 1 and 2). */
export const PROVING_RANK = 2;

/** Weighs all build sightings of one host against a pack's table, always inside the cumulative update. */
export function weighBuilds(sightings: readonly BuildSighting[], pack: Pack, firstLogged?: Micros): BuildVerdict {
  const builds = sightings.filter((s) => s.name === 'build').toSorted((a, b) => a.rank - b.rank);
  const proving = builds.filter((s) => s.level === 'su' && s.rank <= PROVING_RANK);
  const best = proving[0] ?? builds[0];
  const fixed = new Map<string, Fixed>();
  for (const vulnerability of pack.vulnerabilities)
    fixed.set(vulnerability.cve, fixedBy(vulnerability, proving, builds, pack));
  const never = neverVulnerable(sightings, pack, firstLogged);
  return {
    build: best === undefined ? undefined : plainBuild(best.value),
    product: best === undefined ? undefined : productOf(best.value, pack.updates),
    rank: best?.rank,
    fixed,
    disagreement: disagreement(proving, pack),
    // What the program files deny no log proves.
    fixLoadedAt: proving.every((s) => isFixed(s.value, s.level, pack.updates) === 'yes')
      ? fixLoadedAt(builds, pack)
      : undefined,
    neverVulnerable: never,
    from: builds.slice(0, 20).map((s) => ({ value: s.value, from: s.from, origin: s.origin })),
  };
}

/** Whether one build holds the fix. The build is compared inside its cumulative update only. */
export function isFixed(value: string, level: 'su' | 'cu', updates: readonly CumulativeUpdate[]): Fixed {
  const build = parseBuild(value);
  if (build === undefined) return 'unknown';
  const family = updates.filter((u) => sameFamily(parseBuild(u.build), build));
  const update = family.find((u) => parseBuild(u.build)?.[2] === build[2]);
  if (update === undefined) {
    const newest = family.filter((u) => u.included).map((u) => parseBuild(u.build)?.[2] ?? 0);
    return newest.length > 0 && build[2] > Math.min(...newest) ? 'yes' : 'unknown';
  }
  if (update.included) return 'yes';
  if (update.fixed === undefined) return 'no';
  if (level === 'cu') return 'unknown';
  return build[3] >= (parseBuild(update.fixed)?.[3] ?? Number.POSITIVE_INFINITY) ? 'yes' : 'no';
}

/** `15.01.2176.009` and `15.1.2176.9` are one build. */
export function plainBuild(value: string): string {
  return parseBuild(value)?.slice(0, value.split('.').length).join('.') ?? value;
}

/** Name of the product line in the pack's table, such as `Exchange2016`. */
export function productOf(value: string, updates: readonly CumulativeUpdate[]): string | undefined {
  const build = parseBuild(value);
  return build === undefined ? undefined : updates.find((u) => sameFamily(parseBuild(u.build), build))?.product;
}

type Build = readonly [number, number, number, number];

function parseBuild(value: string): Build | undefined {
  const match = /^(\d{1,5})\.(\d{1,5})\.(\d{1,5})(?:\.(\d{1,5}))?$/.exec(value.trim());
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3]), Number(match[4] ?? '0')];
}

function sameFamily(a: Build | undefined, b: Build): boolean {
  return a !== undefined && a[0] === b[0] && a[1] === b[1];
}

function fixedBy(
  vulnerability: VulnerabilitySpec,
  proving: readonly BuildSighting[],
  builds: readonly BuildSighting[],
  pack: Pack,
): Fixed {
  const first = proving[0] ?? builds[0];
  const product = first === undefined ? undefined : productOf(first.value, pack.updates);
  if (product !== undefined && vulnerability.notIn.includes(product)) return 'yes';
  if (proving.length > 0) return agreed(proving.map((s) => isFixed(s.value, s.level, pack.updates)));
  // Without a file of the product itself the latest dated build decides, and only as far as a cumulative update can.
  const dated = builds.filter((s) => s.until !== undefined).toSorted((a, b) => (b.until ?? 0) - (a.until ?? 0));
  const latest = dated[0] ?? builds[0];
  return latest === undefined ? 'unknown' : isFixed(latest.value, latest.level, pack.updates);
}

function agreed(answers: readonly Fixed[]): Fixed {
  return answers.every((a) => a === 'yes') ? 'yes' : answers.every((a) => a === 'no') ? 'no' : 'unknown';
}

function disagreement(proving: readonly BuildSighting[], pack: Pack): string | undefined {
  const fixed = proving.filter((s) => isFixed(s.value, s.level, pack.updates) === 'yes');
  const open = proving.filter((s) => isFixed(s.value, s.level, pack.updates) === 'no');
  const [good, bad] = [fixed[0], open[0]];
  if (good === undefined || bad === undefined) return undefined;
  return `half-applied update: ${good.from} is ${plainBuild(good.value)} (fixed), ${bad.from} is ${plainBuild(bad.value)} (not fixed)`;
}

function fixLoadedAt(builds: readonly BuildSighting[], pack: Pack): Micros | undefined {
  const dated = builds.filter((s) => s.since !== undefined && s.rank !== 6);
  const lastOpen = Math.max(
    ...dated.filter((s) => isFixed(s.value, s.level, pack.updates) === 'no').map((s) => s.until ?? 0),
    0,
  );
  const proofs = dated.filter((s) => isFixed(s.value, s.level, pack.updates) === 'yes' && (s.since ?? 0) > lastOpen);
  return proofs.length === 0 ? undefined : Math.min(...proofs.map((s) => s.since ?? Number.POSITIVE_INFINITY));
}

/** `unstated` until the mode follows a few lines below; `cut` where the log does not begin with the opening of a run. */
const FIRST_MODES: ReadonlySet<string> = new Set(['install', 'unstated', 'cut']);

function neverVulnerable(sightings: readonly BuildSighting[], pack: Pack, firstLogged: Micros | undefined): boolean {
  const setups = sightings
    .filter((s) => s.name === 'setup' && s.since !== undefined)
    .toSorted((a, b) => (a.since ?? 0) - (b.since ?? 0));
  const first = setups[0]?.value.split(' ')[1];
  // The log is one file for all runs: its first run must be there from its opening, and must not have been an upgrade.
  const modes = setups.filter((s) => s.value.endsWith(` ${first}`)).map((s) => s.value.split(' ')[0] ?? '');
  if (first === undefined || modes.some((mode) => !FIRST_MODES.has(mode)) || modes.every((mode) => mode === 'cut'))
    return false;
  // A log that is older than the first run it knows of is the log of an earlier installation.
  if (firstLogged !== undefined && firstLogged < (setups[0]?.since ?? 0)) return false;
  const builds = sightings.filter((s) => s.name === 'build').map((s) => s.value);
  return [...setups.map((s) => s.value.split(' ')[1] ?? ''), ...builds].every(
    (value) => isFixed(value, 'cu', pack.updates) === 'yes',
  );
}
