import { isoSecond } from '../bytes/time.ts';
import type { BuildSighting } from '../model/coverage.ts';
import type { Micros } from '../model/evidence.ts';
import type { CumulativeUpdate } from '../model/pack.ts';
import { isFixed, plainBuild, saysOf } from './builds-fix.ts';

/**
 * Why the fix may not be in although an artefact says so. Each is a sentence; while there is one, nothing is decided.
 *
 * - Program files that disagree: an update that ran without elevation replaces some of them and reports no error.
 * - The setup program alone: it is among those that a half-applied update does replace.
 * - What a broken-off update leaves behind: saved service states, services still disabled.
 * - A restart that was asked for and did not come: the old code is still in memory.
 */
export function doubtsOf(
  sightings: readonly BuildSighting[],
  proving: readonly BuildSighting[],
  updates: readonly CumulativeUpdate[],
): readonly string[] {
  const files = [halfApplied(proving, updates) ?? aloneDoubt(proving, updates)];
  // The rest only takes away from what the files prove.
  const isClaimed = proving.some((s) => saysOf(s, updates) === 'yes' && isFixed(s.value, 'cu', updates) !== 'yes');
  const state = isClaimed ? [stopped(sightings), stillDisabled(sightings), restartDue(sightings)] : [];
  return [...files, ...state].filter((says) => says !== undefined);
}

function halfApplied(proving: readonly BuildSighting[], updates: readonly CumulativeUpdate[]): string | undefined {
  const good = proving.find((s) => saysOf(s, updates) === 'yes');
  const bad = proving.find((s) => saysOf(s, updates) === 'no');
  if (good === undefined || bad === undefined) return undefined;
  return `half-applied update: ${good.from} is ${plainBuild(good.value)} (fixed), ${bad.from} is ${plainBuild(bad.value)} (not fixed)`;
}

function aloneDoubt(proving: readonly BuildSighting[], updates: readonly CumulativeUpdate[]): string | undefined {
  const setup = proving.find((s) => s.part === 'setup');
  if (setup === undefined || saysOf(setup, updates) !== 'yes' || isFixed(setup.value, 'cu', updates) === 'yes')
    return undefined;
  return proving.some((s) => s.part !== 'setup')
    ? undefined
    : `${setup.from} is ${plainBuild(setup.value)} (fixed), and no library was handed over: an update that stopped half-way looks the same`;
}

function stopped(sightings: readonly BuildSighting[]): string | undefined {
  const left = sightings.find((s) => s.name === 'update-stopped' && s.value !== 'setup');
  if (left !== undefined) return `an update stopped half-way and left ${left.value} in ExchangeSetupLogs`;
  const failed = lastOf(sightings, (s) => s.name === 'update-stopped' && s.value === 'setup');
  const done = lastOf(sightings, (s) => s.name === 'update' && s.value === 'installed setup');
  return failed !== undefined && failed > (done ?? 0)
    ? `the last run of setup did not complete (${isoSecond(failed)})`
    : undefined;
}

function stillDisabled(sightings: readonly BuildSighting[]): string | undefined {
  const states = new Map<string, { disabled: Micros; enabled: Micros }>();
  for (const s of sightings) {
    if (s.name !== 'start-type' || s.until === undefined) continue;
    const [state, name = ''] = s.value.split(' ');
    const known = states.get(name) ?? { disabled: 0, enabled: 0 };
    if (state === 'disabled') known.disabled = Math.max(known.disabled, s.until);
    else known.enabled = Math.max(known.enabled, s.until);
    states.set(name, known);
  }
  const left = [...states].filter(([, s]) => s.disabled > s.enabled).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const [first] = left;
  if (first === undefined) return undefined;
  const more = left.length > 1 ? ` and ${left.length - 1} more are` : ' is';
  return `${first[0]}${more} still disabled since ${isoSecond(first[1].disabled)}, as an update leaves them that did not end`;
}

function restartDue(sightings: readonly BuildSighting[]): string | undefined {
  const due = lastOf(sightings, (s) => s.name === 'restart-due');
  const done = lastOf(sightings, (s) => s.name === 'restart' && s.value === 'system');
  return due !== undefined && due > (done ?? 0)
    ? `a restart was due on ${isoSecond(due)} and none was seen since: the old code may still be in memory`
    : undefined;
}

/** The last time that one of these was seen. */
export function lastOf(
  sightings: readonly BuildSighting[],
  is: (sighting: BuildSighting) => boolean,
): Micros | undefined {
  let last: Micros | undefined;
  for (const s of sightings)
    if (s.until !== undefined && is(s) && (last === undefined || s.until > last)) last = s.until;
  return last;
}
