import type { Micros, Span } from '../model/evidence.ts';
import { joinSpans } from '../verdict/spans.ts';
import type { Beat, Ids } from './heartbeat.ts';

/** A silence between two beats of one source. */
export interface Pause extends Span {
  /** Numbers of records that stand between the two, by their count; 0 where none is missing, absent without numbers. */
  readonly missing: number | undefined;
  /** The numbers on both sides, where they do not meet. */
  readonly ids: { readonly after: number; readonly before: number } | undefined;
}

/** Beats of one source put together: what was seen, and where records are known to be missing. */
export interface JoinedBeats {
  readonly spans: readonly Span[];
  /** Silences that may be filled or kept by the quiet limit; between numbered beats only where the numbers meet. */
  readonly pauses: readonly Pause[];
  /** Where numbers of records are missing, or begin anew: holes however short they are. */
  readonly lost: readonly Pause[];
}

/**
 * Puts the beats of all artifacts of one source together. Numbered beats are one where their numbers meet or overlap;
 * silences between them are judged as those of any log.
 *
 * @param tolerates whether a silence without a missing number is only a pause
 */
export function joinBeats(beats: readonly Beat[], tolerates: (pause: Span) => boolean): JoinedBeats {
  const plain = plainRuns(beats.filter((beat) => beat.ids === undefined));
  const pauses: Pause[] = [];
  const lost: Pause[] = [];
  const spans: Span[] = [];
  collect(plain, { pauses, spans, tolerates });
  const numbered = numberedRuns(beats, lost);
  for (const run of numbered) collect(run, { pauses, spans, tolerates });
  return { spans: without(joinSpans(spans), lost), pauses, lost };
}

interface Collecting {
  readonly pauses: Pause[];
  readonly spans: Span[];
  readonly tolerates: (pause: Span) => boolean;
}

/** Turns joined stretches in order of time to spans, over every pause that is tolerated. */
function collect(run: readonly Span[], { pauses, spans, tolerates }: Collecting): void {
  let open: { from: Micros; to: Micros } | undefined;
  for (const stretch of run) {
    if (open === undefined) open = { from: stretch.from, to: stretch.to };
    else {
      const pause = { from: open.to, to: stretch.from, missing: undefined, ids: undefined };
      pauses.push(pause);
      if (tolerates(pause)) open.to = Math.max(open.to, stretch.to);
      else {
        spans.push(open);
        open = { from: stretch.from, to: stretch.to };
      }
    }
  }
  if (open !== undefined) spans.push(open);
}

function plainRuns(beats: readonly Beat[]): readonly Span[] {
  return joinSpans(beats);
}

/** Beats of which no number is missing, in order of their numbers. */
interface Run {
  readonly beats: Numbered[];
  high: number;
}

type Numbered = Beat & { readonly ids: Ids };

/**
 * Runs of beats of which no number is missing; what lies between two runs is lost. Numbers lead, not times: the clock of a
 * machine goes back when it is set, as it does in every other log of a virtual machine.
 */
function numberedRuns(beats: readonly Beat[], lost: Pause[]): readonly (readonly Span[])[] {
  const sorted = beats
    .filter((beat): beat is Numbered => beat.ids !== undefined)
    .toSorted((a, b) => a.ids.low - b.ids.low || a.ids.high - b.ids.high || a.from - b.from);
  const runs: Run[] = [];
  let open: Run[] = [];
  for (const beat of sorted) {
    open = open.filter((run) => run.high + 1 >= beat.ids.low).slice(-MOST_OPEN);
    const run = nearest(open, beat);
    if (run === undefined) {
      const begun = { beats: [beat], high: beat.ids.high };
      runs.push(begun);
      open.push(begun);
      continue;
    }
    run.beats.push(beat);
    run.high = Math.max(run.high, beat.ids.high);
  }
  const inTime = runs.toSorted((a, b) => (a.beats[0]?.from ?? 0) - (b.beats[0]?.from ?? 0));
  inTime.forEach((run, index) => {
    const next = inTime[index + 1];
    if (next !== undefined) lost.push(between(run, next));
  });
  return runs.map((run) => joinSpans(run.beats));
}

/** Of the runs that a beat goes on with the one that is nearest in time. */
function nearest(runs: readonly Run[], beat: Numbered): Run | undefined {
  let best: { readonly run: Run; readonly away: Micros } | undefined;
  for (const run of runs) {
    const last = run.beats.at(-1);
    if (last === undefined || !goesOn(run, beat)) continue;
    const away = Math.abs(beat.from - last.to);
    if (best === undefined || away < best.away) best = { run, away };
  }
  return best?.run;
}

/** Numbers that overlap are the same records, at the same times; else the log was made anew and counts from 1 again. */
function goesOn(run: Run, beat: Numbered): boolean {
  if (beat.ids.low === run.high + 1) return true;
  return run.beats
    .slice(-MOST_LOOKED_AT)
    .some(({ ids, from, to }) => ids.high >= beat.ids.low && beat.from <= to + SLACK && from <= beat.to + SLACK);
}

function between(run: Run, next: Run): Pause {
  const last = run.beats.find((beat) => beat.ids.high === run.high);
  const first = next.beats[0];
  const [end, begin] = [last?.to ?? 0, first?.from ?? 0];
  const [after, before] = [run.high, first?.ids.low ?? 0];
  const from = Math.min(end, begin);
  return { from, to: Math.max(end, begin, from + 1), missing: Math.max(0, before - after - 1), ids: { after, before } };
}

/** What of the spans is left where the holes, in order of time, are taken out. */
function without(spans: readonly Span[], holes: readonly Span[]): readonly Span[] {
  if (holes.length === 0) return spans;
  const cuts = joinSpans(holes);
  const left: Span[] = [];
  let next = 0;
  for (const span of spans) {
    let { from } = span;
    while ((cuts[next]?.to ?? Number.POSITIVE_INFINITY) <= span.from) next += 1;
    for (let index = next; index < cuts.length; index += 1) {
      const cut = cuts[index];
      if (cut === undefined || cut.from >= span.to) break;
      if (cut.from > from) left.push({ from, to: cut.from });
      from = Math.max(from, cut.to);
    }
    if (from < span.to || (from === span.from && span.from === span.to)) left.push({ from, to: span.to });
  }
  return left;
}

/** Words for records that are missing by their numbers. */
export function lostWords({ missing, ids }: Pause): string {
  if (ids === undefined) return 'records are missing';
  if (missing === undefined || missing === 0)
    return `the numbers of the records begin anew: ${ids.after} is followed by ${ids.before}`;
  return `record ${ids.after} is followed by record ${ids.before}: ${missing} ${missing === 1 ? 'record is' : 'records are'} missing`;
}

/** Times of one record may differ by so much in two exports, which round them. */
const SLACK: Micros = 1_000_000;
/** Logs of one name that are followed at once, and beats of each that are compared: nobody has so many copies of one. */
const MOST_OPEN = 16;
const MOST_LOOKED_AT = 16;
