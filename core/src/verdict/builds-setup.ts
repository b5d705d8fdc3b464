import type { BuildSighting } from '../model/coverage.ts';
import type { Micros } from '../model/evidence.ts';
import type { CumulativeUpdate } from '../model/pack.ts';
import { isFixed, updateOf } from './builds-fix.ts';

/** One run of setup that put a cumulative update there. */
export interface SetupRun {
  readonly at: Micros;
  readonly build: string;
  readonly sighting: BuildSighting;
}

/**
 * The installation that made the server, if the setup log has it from its opening on: its first run, which was no
 * upgrade, and nothing is older than it.
 *
 * @param firstLogged the first record of the product's logs
 */
export function firstRun(sightings: readonly BuildSighting[], firstLogged: Micros | undefined): SetupRun | undefined {
  const setups = datedSetups(sightings);
  const first = setups[0];
  const build = first?.value.split(' ')[1];
  if (first?.since === undefined || build === undefined) return undefined;
  // The log is one file for all runs: its first run must be there from its opening, and must not have been an upgrade.
  const modes = setups.filter((s) => s.value.endsWith(` ${build}`)).map(modeOf);
  if (modes.some((mode) => !FIRST_MODES.has(mode)) || modes.every((mode) => mode === 'cut')) return undefined;
  // A log that is older than the first run it knows of is the log of an earlier installation.
  if (firstLogged !== undefined && firstLogged < first.since) return undefined;
  return { at: first.since, build, sighting: first };
}

/**
 * The runs that put a cumulative update there which lacks the fix: from each of them on the fix is gone, even where it
 * was in before. A run that only prepared the directory states a version too, and no mode that installs; it counts
 * where another artefact names the same cumulative update.
 */
export function openingRuns(
  sightings: readonly BuildSighting[],
  updates: readonly CumulativeUpdate[],
): readonly SetupRun[] {
  const named = new Set(
    sightings.flatMap((s) => (s.name === 'build' && s.part !== 'history' ? [threeNumbers(s.value)] : [])),
  );
  return datedSetups(sightings).flatMap((sighting) => {
    const build = sighting.value.split(' ')[1] ?? '';
    const mode = modeOf(sighting);
    const installs = INSTALLING.has(mode) || (FIRST_MODES.has(mode) && named.has(threeNumbers(build)));
    if (!installs || updateOf(build, updates) === undefined || isFixed(build, 'cu', updates) === 'yes') return [];
    const times = sighting.since === sighting.until ? [sighting.since] : [sighting.since, sighting.until];
    return times.flatMap((at) => (at === undefined ? [] : [{ at, build, sighting }]));
  });
}

function datedSetups(sightings: readonly BuildSighting[]): readonly BuildSighting[] {
  return sightings
    .filter((s) => s.name === 'setup' && s.since !== undefined)
    .toSorted((a, b) => (a.since ?? 0) - (b.since ?? 0));
}

function modeOf(sighting: BuildSighting): string {
  return sighting.value.split(' ')[0] ?? '';
}

function threeNumbers(value: string): string {
  return value.split('.', 3).map(Number).join('.');
}

/** `unstated` until the mode follows a few lines below; `cut` where the log does not begin with the opening of a run. */
const FIRST_MODES: ReadonlySet<string> = new Set(['install', 'unstated', 'cut']);
const INSTALLING: ReadonlySet<string> = new Set(['install', 'upgrade', 'recoverserver']);
