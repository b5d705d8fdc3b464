import type { BuildSighting } from '../model/coverage.ts';
import type { Micros } from '../model/evidence.ts';
import type { Pack } from '../model/pack.ts';
import { saysOf, showsLoaded } from './builds-fix.ts';
import { firstRun, openingRuns } from './builds-setup.ts';
import type { SetupRun } from './builds-setup.ts';

/** One stretch in which the server could be attacked. */
export interface OpenWindow {
  readonly from: Micros;
  /** Setup run that opened it; absent for the first possible exploitation. */
  readonly openedBy: SetupRun | undefined;
  /** `undefined` where nothing proves the fix loaded. */
  readonly to: Micros | undefined;
  readonly closedBy: BuildSighting | undefined;
}

/** What was taken for the end of the window until something later spoke against it. */
export interface Contradiction {
  readonly claimedAt: Micros;
  readonly claim: BuildSighting;
  readonly deniedAt: Micros;
  /** The artefact that names an open build; absent for a forged request that the server acted on. */
  readonly denial: BuildSighting | undefined;
}

export interface Timeline {
  readonly windows: readonly OpenWindow[];
  readonly contradictions: readonly Contradiction[];
  /** The end of the last window. */
  readonly fixLoadedAt: Micros | undefined;
}

export interface TimelineContext {
  readonly firstLogged?: Micros;
  /** The sightings of program files, which show the state at the end. */
  readonly proving: readonly BuildSighting[];
  /** When the server acted on forged requests: then the fix was not loaded, whatever anybody says. */
  readonly forged: readonly Micros[];
}

/**
 * Walks through all dated artefacts of one host in the order of time. What is unknown counts as open. A dated proof that
 * the fix is loaded closes the window; a proof of the contrary afterwards takes that back; a setup run of a cumulative
 * update without the fix opens a new window.
 */
export function timelineOf(sightings: readonly BuildSighting[], pack: Pack, context: TimelineContext): Timeline {
  const points = pointsOf(sightings, pack, context.forged);
  const windows: OpenWindow[] = [];
  const contradictions: Contradiction[] = [];
  let open = startOf(sightings, pack, context.firstLogged);
  let closing: { at: Micros; by: BuildSighting } | undefined;
  for (const point of points) {
    if (point.is === 'fixed') closing ??= { at: point.at, by: point.by };
    else if (closing === undefined || point.at < open.from) continue;
    else if (point.is === 'reset') {
      if (closing.at > open.from) windows.push({ ...open, to: closing.at, closedBy: closing.by });
      open = { from: Math.max(point.at, pack.firstExploitation), openedBy: point.run };
      closing = undefined;
    } else {
      contradictions.push({ claimedAt: closing.at, claim: closing.by, deniedAt: point.at, denial: point.by });
      closing = undefined;
    }
  }
  const denying = context.proving.find((s) => saysOf(s, pack.updates) === 'no');
  if (closing !== undefined && denying !== undefined) {
    contradictions.push({
      claimedAt: closing.at,
      claim: closing.by,
      deniedAt: Number.POSITIVE_INFINITY,
      denial: denying,
    });
    closing = undefined;
  }
  if (closing === undefined) windows.push({ ...open, to: undefined, closedBy: undefined });
  else if (closing.at > open.from) windows.push({ ...open, to: closing.at, closedBy: closing.by });
  return { windows, contradictions: contradictions.slice(0, MOST_CONTRADICTIONS), fixLoadedAt: closing?.at };
}

type Point =
  | { readonly is: 'reset'; readonly at: Micros; readonly run: SetupRun }
  | { readonly is: 'fixed'; readonly at: Micros; readonly by: BuildSighting }
  | { readonly is: 'open'; readonly at: Micros; readonly by: BuildSighting | undefined };

/** At one moment the doubt comes last, so that it counts. */
const ORDER = { fixed: 0, reset: 1, open: 2 } as const;

function pointsOf(sightings: readonly BuildSighting[], pack: Pack, forged: readonly Micros[]): readonly Point[] {
  const points: Point[] = openingRuns(sightings, pack.updates).map((run) => ({ is: 'reset', at: run.at, run }));
  for (const at of forged) points.push({ is: 'open', at, by: undefined });
  for (const by of sightings) {
    if (by.name !== 'build' || by.since === undefined) continue;
    if (showsLoaded(by, pack.updates)) points.push({ is: 'fixed', at: by.since, by });
    else if (saysOf(by, pack.updates) === 'no') {
      points.push({ is: 'open', at: by.since, by });
      if (by.until !== undefined && by.until !== by.since) points.push({ is: 'open', at: by.until, by });
    }
  }
  return points.toSorted((a, b) => a.at - b.at || ORDER[a.is] - ORDER[b.is]);
}

/** From the first possible exploitation, or from the installation where it came later and was the first. */
function startOf(
  sightings: readonly BuildSighting[],
  pack: Pack,
  firstLogged: Micros | undefined,
): Pick<OpenWindow, 'from' | 'openedBy'> {
  const first = firstRun(sightings, firstLogged);
  const isOldest =
    first !== undefined && sightings.every((s) => s.name !== 'build' || (s.since ?? first.at) >= first.at);
  return first !== undefined && isOldest && first.at > pack.firstExploitation
    ? { from: first.at, openedBy: first }
    : { from: pack.firstExploitation, openedBy: undefined };
}

const MOST_CONTRADICTIONS = 20;
