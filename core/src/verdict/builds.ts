import type { BuildSighting } from '../model/coverage.ts';
import type { Locator, Micros } from '../model/evidence.ts';
import type { CumulativeUpdate, Pack } from '../model/pack.ts';
import { doubtsOf } from './builds-doubt.ts';
import { isFixed, plainBuild, productOf, saysOf } from './builds-fix.ts';
import type { Fixed } from './builds-fix.ts';
import { firstRun } from './builds-setup.ts';
import { timelineOf } from './exposure-timeline.ts';

/** What the builds of one host say together. */
export interface BuildVerdict {
  /** The best proven build, or the best known cumulative update. */
  readonly build: string | undefined;
  readonly product: string | undefined;
  /** Rank of the artefact that `build` comes from, 1 best. */
  readonly rank: number | undefined;
  readonly fixed: ReadonlyMap<string, Fixed>;
  /** Sentences about what does not fit together, such as a half-applied update; while there are some nothing is decided. */
  readonly disagreement: string | undefined;
  /** First moment from which dated evidence proves the fix loaded. */
  readonly fixLoadedAt: Micros | undefined;
  /** Installed from a build that already had the fix, and nothing says otherwise. */
  readonly neverVulnerable: boolean;
  readonly from: readonly { readonly value: string; readonly from: string; readonly origin: Locator }[];
  /** Everything that speaks of builds, updates and restarts, best first. */
  readonly sightings: readonly BuildSighting[];
}

/** What the weighing needs besides the artefacts themselves. */
export interface BuildContext {
  /** The first record of the product's logs: it was installed before. */
  readonly firstLogged?: Micros;
  /** The moment that present-tense claims speak of. */
  readonly asOf?: Micros;
}

/** Highest rank that proves the security update at the time of collection (docs/glossary.md): program files. */
export const PROVING_RANK = 2;

/** Weighs all build sightings of one host against a pack's table, always inside the cumulative update. */
export function weighBuilds(sightings: readonly BuildSighting[], pack: Pack, context: BuildContext = {}): BuildVerdict {
  const all = sightings.toSorted(bestFirst);
  const builds = all.filter((s) => s.name === 'build');
  const proving = builds.filter((s) => s.level === 'su' && s.rank <= PROVING_RANK);
  const best = proving[0] ?? latestOf(builds) ?? builds[0];
  const doubts = doubtsOf(all, proving, pack.updates);
  const fixed = new Map<string, Fixed>();
  // One update closes all flaws of a campaign.
  const state = doubts.length === 0 ? fixedBy({ proving, builds, context }, pack) : 'unknown';
  for (const { cve } of pack.vulnerabilities) fixed.set(cve, state);
  return {
    build: best === undefined ? undefined : plainBuild(best.value),
    product: best === undefined ? undefined : productOf(best.value, pack.updates),
    rank: best?.rank,
    fixed: notThere(fixed, best, pack),
    disagreement: doubts.length === 0 ? undefined : doubts.join('; '),
    // What the program files deny no log proves.
    fixLoadedAt: proving.every((s) => saysOf(s, pack.updates) === 'yes')
      ? timelineOf(all, pack, { ...context, proving, forged: [] }).fixLoadedAt
      : undefined,
    neverVulnerable: neverVulnerable(all, pack.updates, context.firstLogged),
    from: builds.slice(0, MOST_NAMED).map((s) => ({ value: s.value, from: s.from, origin: s.origin })),
    sightings: all,
  };
}

interface Weighed {
  readonly proving: readonly BuildSighting[];
  readonly builds: readonly BuildSighting[];
  readonly context: BuildContext;
}

/** Whether the fix is in at `asOf`. Program files say so; without them what ran last, and only until it was last seen. */
function fixedBy({ proving, builds, context }: Weighed, { updates }: Pack): Fixed {
  if (proving.length > 0) return agreed(proving.map((s) => saysOf(s, updates)));
  const latest = latestOf(builds);
  if (latest === undefined) return 'unknown';
  const says = saysOf(latest, updates);
  // What lacked the fix then may have got it since.
  const isNow = context.asOf === undefined || (latest.until ?? 0) >= context.asOf - STILL_THERE;
  return says === 'no' && !isNow ? 'unknown' : says;
}

/** A flaw that the product never had is closed there, whatever else is unknown. */
function notThere(fixed: Map<string, Fixed>, best: BuildSighting | undefined, pack: Pack): ReadonlyMap<string, Fixed> {
  const product = best === undefined ? undefined : productOf(best.value, pack.updates);
  for (const { cve, notIn } of pack.vulnerabilities)
    if (product !== undefined && notIn.includes(product)) fixed.set(cve, 'yes');
  return fixed;
}

/** The artefact that was seen last; of those of one moment the best. */
function latestOf(builds: readonly BuildSighting[]): BuildSighting | undefined {
  let latest: BuildSighting | undefined;
  for (const sighting of builds) {
    if (sighting.until === undefined || sighting.part === 'history') continue;
    if (latest === undefined || sighting.until > (latest.until ?? 0)) latest = sighting;
  }
  return latest;
}

function agreed(answers: readonly Fixed[]): Fixed {
  return answers.every((a) => a === 'yes') ? 'yes' : answers.every((a) => a === 'no') ? 'no' : 'unknown';
}

function neverVulnerable(
  sightings: readonly BuildSighting[],
  updates: readonly CumulativeUpdate[],
  firstLogged: Micros | undefined,
): boolean {
  const first = firstRun(sightings, firstLogged);
  if (first === undefined) return false;
  return sightings.every((s) => {
    const value = s.name === 'setup' ? (s.value.split(' ')[1] ?? '') : s.name === 'build' ? s.value : undefined;
    return value === undefined || isFixed(value, 'cu', updates) === 'yes';
  });
}

/** By rank, then by time, then by words, so that the order of artifacts does not matter. */
function bestFirst(a: BuildSighting, b: BuildSighting): number {
  return (
    a.rank - b.rank ||
    (a.since ?? Number.MAX_SAFE_INTEGER) - (b.since ?? Number.MAX_SAFE_INTEGER) ||
    compare(a.from, b.from) ||
    compare(a.value, b.value) ||
    compare(a.name, b.name)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const MOST_NAMED = 20;
/** A build that ran a day before the present is taken to run still. */
const STILL_THERE: Micros = 24 * 3600 * 1_000_000;
