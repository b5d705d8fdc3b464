import type { BuildSighting } from '../model/coverage.ts';
import type { CumulativeUpdate } from '../model/pack.ts';

/** `yes`: the fix is in this build. `no`: it is not. `unknown`: this evidence does not decide. */
export type Fixed = 'yes' | 'no' | 'unknown';

/** Whether one build holds the fix. The build is compared inside its cumulative update only. */
export function isFixed(value: string, level: 'su' | 'cu', updates: readonly CumulativeUpdate[]): Fixed {
  const build = parseBuild(value);
  if (build === undefined) return 'unknown';
  const table = tableOf(updates);
  const update = table.byNumbers.get(build.slice(0, 3).join('.'));
  if (update === undefined) {
    const first = table.firstIncluded.get(`${build[0]}.${build[1]}`);
    return first !== undefined && build[2] > first ? 'yes' : 'unknown';
  }
  if (update.included) return 'yes';
  if (update.fixed === undefined) return 'no';
  // Three numbers name a cumulative update, whatever the artefact can prove.
  if (level === 'cu' || build[3] === undefined) return 'unknown';
  return build[3] >= (parseBuild(update.fixed)?.[3] ?? LATER) ? 'yes' : 'no';
}

/**
 * What one artefact says of the fix. The header of a mail transport log proves a security update where it names one; where it
 * names the bare cumulative update it may be the number of a library that the update left alone.
 */
export function saysOf(sighting: BuildSighting, updates: readonly CumulativeUpdate[]): Fixed {
  if (sighting.part === 'history') return 'unknown';
  const fixed = isFixed(sighting.value, sighting.level, updates);
  return fixed === 'no' && sighting.part === 'transport' ? isFixed(sighting.value, 'cu', updates) : fixed;
}

/** Whether the artefact shows the fix at work where the flaw is, and not only in another part of the product. */
export function showsLoaded(sighting: BuildSighting, updates: readonly CumulativeUpdate[]): boolean {
  if (sighting.name !== 'build' || saysOf(sighting, updates) !== 'yes') return false;
  // A cumulative update takes all parts of the product away and puts new ones there; a security update may stop half-way.
  if (isFixed(sighting.value, 'cu', updates) === 'yes') return true;
  return sighting.part === undefined || sighting.part === 'front-end' || sighting.part === 'application-logic';
}

/** The entry of the table for the build's cumulative update. */
export function updateOf(value: string, updates: readonly CumulativeUpdate[]): CumulativeUpdate | undefined {
  const build = parseBuild(value);
  return build === undefined ? undefined : tableOf(updates).byNumbers.get(build.slice(0, 3).join('.'));
}

/** `15.01.2176.009` and `15.1.2176.9` are one build. */
export function plainBuild(value: string): string {
  return parseBuild(value)?.join('.') ?? value;
}

/** Name of the product line in the pack's table, such as `Exchange2016`. */
export function productOf(value: string, updates: readonly CumulativeUpdate[]): string | undefined {
  const build = parseBuild(value);
  return build === undefined ? undefined : tableOf(updates).products.get(`${build[0]}.${build[1]}`);
}

/** Three numbers, or four. */
type Build = readonly [number, number, number, number?];

function parseBuild(value: string): Build | undefined {
  const match = /^(\d{1,5})\.(\d{1,5})\.(\d{1,5})(?:\.(\d{1,5}))?$/.exec(value.trim());
  if (match === null) return undefined;
  const [major, minor, update] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return match[4] === undefined ? [major, minor, update] : [major, minor, update, Number(match[4])];
}

interface Table {
  /** By the three numbers of the cumulative update. */
  readonly byNumbers: ReadonlyMap<string, CumulativeUpdate>;
  /** By the two numbers of the product line: its name, and the third number of the first update that contains the fix. */
  readonly products: ReadonlyMap<string, string>;
  readonly firstIncluded: ReadonlyMap<string, number>;
}

/** Hostile evidence names a hundred thousand builds; each is looked up and not searched for. */
function tableOf(updates: readonly CumulativeUpdate[]): Table {
  const known = TABLES.get(updates);
  if (known !== undefined) return known;
  const byNumbers = new Map<string, CumulativeUpdate>();
  const products = new Map<string, string>();
  const firstIncluded = new Map<string, number>();
  for (const update of updates) {
    const build = parseBuild(update.build);
    if (build === undefined) continue;
    const line = `${build[0]}.${build[1]}`;
    byNumbers.set(build.slice(0, 3).join('.'), update);
    if (!products.has(line)) products.set(line, update.product);
    if (update.included) firstIncluded.set(line, Math.min(firstIncluded.get(line) ?? LATER, build[2]));
  }
  const table = { byNumbers, products, firstIncluded };
  TABLES.set(updates, table);
  return table;
}

const TABLES = new WeakMap<readonly CumulativeUpdate[], Table>();
const LATER = Number.POSITIVE_INFINITY;
