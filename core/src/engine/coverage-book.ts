import { isoSecond } from '../bytes/time.ts';
import type { Coverage, CoverageHole, TreeExtent } from '../model/coverage.ts';
import type { Micros, Span } from '../model/evidence.ts';
import type { Pack, SourceSpec } from '../model/pack.ts';
import { joinSpans } from '../verdict/spans.ts';
import { compareClocks, inBothClocks } from './coverage-clocks.ts';
import type { Clock, SharedRequest } from './coverage-clocks.ts';
import { joinBeats, lostWords } from './coverage-join.ts';
import type { JoinedBeats } from './coverage-join.ts';
import type { CoverageMark } from './coverage-marks.ts';
import { beginningWords } from './coverage-retention.ts';
import type { Beginning } from './coverage-retention.ts';
import { FINEST, rhythmOf } from './coverage-rhythm.ts';
import type { Rhythm } from './coverage-rhythm.ts';
import type { Beat } from './heartbeat.ts';
import { TreeTally } from './trees.ts';

/** Coverage of every source and tree of the packs, per host. */
export class CoverageBook {
  readonly #packs: readonly Pack[];
  readonly #hosts = new Map<string, HostBook>();
  readonly #sources: readonly SourceSpec[];

  constructor(packs: readonly Pack[]) {
    this.#packs = packs;
    this.#sources = distinct(packs.flatMap((p) => p.sources));
  }

  /** @param bytes size of the artifact */
  beat(host: string, source: string, beats: readonly Beat[], bytes: number): void {
    const known = this.#of(host).sources;
    const own = known.get(source) ?? { beats: [], bytes: 0 };
    for (const beat of beats) own.beats.push(beat);
    own.bytes += bytes;
    known.set(source, own);
  }

  mark(host: string, mark: CoverageMark): void {
    const { marks } = this.#of(host);
    if (marks.length < MAX_MARKS) marks.push(mark);
  }

  requests(host: string, source: string, requests: readonly SharedRequest[]): void {
    const known = this.#of(host).requests;
    const own = known.get(source) ?? new Map<string, Micros>();
    for (const { id, at } of requests) if (own.size < MAX_REQUESTS) own.set(id, at);
    known.set(source, own);
  }

  /** @param isWhole whether the list that names it is of a whole volume */
  path(host: string, path: string, is: 'file' | 'listed' | 'folder' | 'gap', isWhole = false): void {
    const book = this.#of(host);
    book.trees ??= new TreeTally(
      this.#packs.flatMap((p) => p.trees),
      this.#packs.flatMap((p) => p.roots),
    );
    book.trees.add(path, is, isWhole);
  }

  /** Something could not be listed, and nobody knows in which tree. */
  damaged(host: string): void {
    this.#of(host).isDamaged = true;
  }

  /** One entry for each source and tree that the packs name, seen or not. */
  of(host: string, asOf: Micros | undefined): readonly Coverage[] {
    const book = this.#hosts.get(host) ?? emptyBook();
    const clocks = this.#clocks(book);
    const sources = this.#sources.map((source) =>
      this.#source(host, source, { book, asOf, clock: clocks.get(source.id) }),
    );
    const extents = book.trees?.extents() ?? [];
    const trees = distinct(this.#packs.flatMap((p) => p.trees)).map((tree): Coverage => {
      const listed = extents.filter((e) => e.tree === tree.id);
      // A second copy, such as a backup, does not make up for a part of the first that could not be read.
      const best = listed.find((e) => e.damaged) ?? listed.find((e) => e.how === 'enumerated') ?? listed[0];
      const files = listed.reduce((sum, e) => sum + e.files, 0);
      const seen = best?.how ?? 'unknown';
      const how = seen === 'enumerated' && book.isDamaged ? 'partial' : seen;
      const extent: TreeExtent = { root: best?.root ?? tree.roots[0] ?? '', how, asOf, files };
      return { kind: tree.id, host, title: tree.title, spans: [], records: files, quiet: undefined, extent, holes: [] };
    });
    return [...sources, ...trees];
  }

  #of(host: string): HostBook {
    let book = this.#hosts.get(host);
    if (book === undefined) this.#hosts.set(host, (book = emptyBook()));
    return book;
  }

  #clocks(book: HostBook): ReadonlyMap<string, Clock> {
    // A request stands in a part of a log as well as in the whole: only logs that share no record are compared.
    const taken = new Set<string>();
    const compared = this.#sources.flatMap((source) => {
      const feeding = [...book.requests].filter(([name]) => feeds(name, source));
      if (feeding.length === 0 || feeding.some(([name]) => taken.has(name))) return [];
      for (const [name] of feeding) taken.add(name);
      const requests = new Map(feeding.flatMap(([, own]) => [...own]));
      return [{ kind: source.id, title: source.title, requests }];
    });
    const clocks = new Map(compareClocks(compared));
    for (const source of this.#sources) {
      const whole = compared.find(({ kind }) => {
        const spec = this.#sources.find((s) => s.id === kind);
        return spec !== undefined && [...book.requests.keys()].some((name) => feeds(name, source) && feeds(name, spec));
      });
      const clock = whole === undefined ? undefined : clocks.get(whole.kind);
      if (clock !== undefined) clocks.set(source.id, clock);
    }
    return clocks;
  }

  #source(
    host: string,
    source: SourceSpec,
    { book, asOf, clock }: { book: HostBook; asOf: Micros | undefined; clock: Clock | undefined },
  ): Coverage {
    const feeding = [...book.sources].filter(([name]) => feeds(name, source));
    const beats = feeding.flatMap(([, own]) => own.beats);
    const records = beats.reduce((sum, beat) => sum + beat.records, 0);
    const marks = book.marks.filter((mark) => mark.is === 'down' || isAbout(mark, source));
    const rhythm = rhythmFor(beats, records, source.quiet);
    const joined = joinBeats(beats, tolerance(rhythm, source.quiet, marks));
    const blind = marks.find((mark) => mark.is === 'blind');
    const spans = blind === undefined ? inBothClocks(joined.spans, clock?.doubt ?? 0) : [];
    const window = { from: Math.min(...this.#packs.map((pack) => pack.firstExploitation)), to: asOf };
    return {
      kind: source.id,
      host,
      title: source.title,
      spans,
      records,
      quiet: rhythm.quiet,
      extent: undefined,
      holes: holesOf(
        { ...joined, spans },
        { window, rhythm, marks, blind, begins: () => beginsOf(feeding), limit: source.quiet },
      ),
      clock: clock?.offset,
    };
  }
}

interface HostBook {
  readonly sources: Map<string, { readonly beats: Beat[]; bytes: number }>;
  readonly requests: Map<string, Map<string, Micros>>;
  readonly marks: CoverageMark[];
  trees: TreeTally | undefined;
  isDamaged: boolean;
}

function emptyBook(): HostBook {
  return { sources: new Map(), requests: new Map(), marks: [], trees: undefined, isDamaged: false };
}

/** Numbers already prove that nothing is missing between two events, so a numbered log keeps the pack's limit. */
function rhythmFor(beats: readonly Beat[], records: number, limit: Micros): Rhythm {
  if (beats.some((beat) => beat.ids !== undefined)) return { quiet: limit, days: undefined };
  return rhythmOf(joinSpans(beats, Math.min(FINEST, limit)), records, limit);
}

/**
 * A silence within the source's rhythm is a pause. So is one within the pack's limit if the machine or the product was
 * down in it. A log that was cleared in it lost what it held.
 */
function tolerance(rhythm: Rhythm, limit: Micros, marks: readonly CoverageMark[]): (pause: Span) => boolean {
  const times = (is: CoverageMark['is']): readonly Micros[] =>
    marks.flatMap((mark) => (mark.is === is && mark.at !== undefined ? [mark.at] : [])).toSorted((a, b) => a - b);
  const down = times('down');
  const cleared = times('cleared');
  return (pause) => {
    const length = pause.to - pause.from;
    if (length > limit || hasTime(cleared, pause)) return false;
    return length <= rhythm.quiet || hasTime(down, { from: pause.from - AROUND, to: pause.to + AROUND });
  };
}

interface HoleReasons {
  readonly window: { readonly from: Micros; readonly to: Micros | undefined };
  readonly rhythm: Rhythm;
  readonly limit: Micros;
  readonly marks: readonly CoverageMark[];
  readonly blind: CoverageMark | undefined;
  readonly begins: () => readonly Beginning[];
}

/** Everything of the window in which the source is silent although it should speak, with what is known of the cause. */
function holesOf(
  { spans, lost }: Pick<JoinedBeats, 'spans' | 'lost'>,
  { window, rhythm, limit, marks, blind, begins }: HoleReasons,
): readonly CoverageHole[] {
  const end = window.to;
  if (end === undefined || end <= window.from) return [];
  const holes: CoverageHole[] = [];
  const told = (hole: Span, reason: string, isLost = false): void => {
    if (hole.from < end && hole.to > window.from && holes.length < MAX_HOLES)
      holes.push({
        from: Math.max(hole.from, window.from),
        to: Math.min(hole.to, end),
        isLost,
        reason: [reason, ...marksIn(hole, marks, end)].join('; '),
      });
  };
  if (blind !== undefined) {
    told({ from: window.from, to: end }, `nobody knows since when: ${blind.says}`, true);
    return holes;
  }
  const first = spans[0];
  const last = spans.at(-1);
  if (first === undefined || last === undefined) {
    const off = marks.some((mark) => mark.is === 'off' || mark.is === 'cleared');
    if (off) told({ from: window.from, to: end }, 'no record');
    return holes;
  }
  if (first.from - window.from > limit) told({ from: window.from, to: first.from }, beginningWords(begins()));
  let next = 0;
  spans.forEach((span, index) => {
    const following = spans[index + 1];
    if (following === undefined) return;
    const hole = { from: span.to, to: following.from };
    while ((lost[next]?.to ?? Number.POSITIVE_INFINITY) <= hole.from) next += 1;
    const missing = lost[next];
    if (missing !== undefined && missing.from < hole.to) told(hole, lostWords(missing), true);
    else told(hole, silence(hole, rhythm));
  });
  if (end - last.to > limit)
    told({ from: last.to, to: end }, `the last record is of ${isoSecond(last.to)}, the evidence goes on`);
  return holes;
}

function silence(hole: Span, { quiet, days }: Rhythm): string {
  const learnt = days === undefined ? '' : `, learnt from ${days} days of it`;
  return `silent for ${lengthText(hole.to - hole.from)}, it is expected to speak at least every ${lengthText(quiet)}${learnt}`;
}

/** What happened to the log in a hole: it was cleared, or switched off; a state without a time explains the end only. */
function marksIn(hole: Span, marks: readonly CoverageMark[], end: Micros): readonly string[] {
  const words = new Set<string>();
  for (const { is, at, says } of marks) {
    if (is !== 'cleared' && is !== 'off') continue;
    if (at === undefined ? hole.to >= end : at >= hole.from - AROUND && at <= hole.to + AROUND)
      words.add(at === undefined ? says : `${says} at ${isoSecond(at)}`);
  }
  return [...words].slice(0, MOST_SAID);
}

function beginsOf(
  feeding: readonly (readonly [string, { readonly beats: readonly Beat[]; readonly bytes: number }])[],
) {
  return feeding.flatMap(([source, { beats, bytes }]): readonly Beginning[] => {
    if (beats.length === 0) return [];
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    let low: number | undefined;
    for (const beat of beats) {
      if (beat.from < from) {
        from = beat.from;
        low = beat.ids?.low;
      }
      to = Math.max(to, beat.to);
    }
    return [{ source, from, to, bytes, low }];
  });
}

/** Whether a mark is about a log that feeds the pack's source. */
function isAbout(mark: CoverageMark, source: SourceSpec): boolean {
  if (mark.source === 'iis-site:*') return source.records.some((pattern) => pattern.startsWith('iis:'));
  return mark.source.startsWith('iis-site:')
    ? feeds(mark.source.replace('iis-site:', 'iis:site-'), source)
    : feeds(mark.source, source);
}

/** Whether records of this source feed the pack's source. */
export function feeds(name: string, source: SourceSpec): boolean {
  const matches = (pattern: string): boolean =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  return source.records.some(matches) && !source.except.some(matches);
}

/** @param times in order */
function hasTime(times: readonly Micros[], { from, to }: Span): boolean {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return (times[low] ?? Number.POSITIVE_INFINITY) <= to;
}

/** `2 hours 10 minutes`, rounded down to minutes; below a minute in seconds. */
function lengthText(length: Micros): string {
  const minutes = Math.floor(length / MINUTE);
  if (minutes === 0) return plural(Math.max(1, Math.floor(length / 1_000_000)), 'second');
  const days = Math.floor(minutes / 1_440);
  const parts: readonly (readonly [number, string])[] = [
    [days, 'day'],
    [Math.floor(minutes / 60) % 24, 'hour'],
    [days > 0 ? 0 : minutes % 60, 'minute'],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, name]) => plural(count, name))
    .join(' ');
}

function plural(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

function distinct<T extends { readonly id: string }>(specs: readonly T[]): readonly T[] {
  return [...new Map(specs.map((spec) => [spec.id, spec])).values()];
}

const MINUTE: Micros = 60_000_000;
/** How far beside a silence the cause of it may be recorded. */
const AROUND: Micros = 10 * MINUTE;
const MAX_MARKS = 100_000;
const MAX_REQUESTS = 100_000;
const MAX_HOLES = 10_000;
const MOST_SAID = 3;
