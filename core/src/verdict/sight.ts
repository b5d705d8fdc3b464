import type { Seen, Unseen } from '../model/claim.ts';
import type { Coverage } from '../model/coverage.ts';
import type { Micros, Span } from '../model/evidence.ts';
import type { MustSeeSpec, Pack, SourceNeed } from '../model/pack.ts';
import { clipSpans, holesIn, joinSpans } from './spans.ts';

/** What was seen of one must-see over one window, and what was not. */
export interface Sight {
  readonly seen: readonly Seen[];
  readonly unseen: Unseen | undefined;
}

/** What the judge knows of one host besides its findings. */
export interface HostSight {
  readonly coverage: readonly Coverage[];
  /** Rank of the best artefact that proves the whole build, 1 best. */
  readonly buildRank: number | undefined;
  /** Whether that build could be placed in the pack's table. */
  readonly buildKnown: boolean;
}

/**
 * Looks at one must-see. Log sources that are alternatives cover the window together, each on its own days; a tree or
 * a known build is seen or not, whatever the window.
 */
export function lookAt(
  spec: MustSeeSpec,
  window: { from: Micros; to: Micros | undefined },
  host: HostSight,
  pack: Pack,
): Sight {
  const seen: Seen[] = [];
  const spans: Span[] = [];
  const reasons: string[] = [];
  const sources: SourceSight[] = [];
  let complete = false;
  for (const need of spec.anyOf) {
    if (need.is === 'source') {
      const found = host.coverage.find((c) => c.kind === need.source);
      const source = pack.sources.find((s) => s.id === need.source);
      const inWindow = clipSpans(found?.spans ?? [], { from: window.from, to: window.to ?? Number.MAX_SAFE_INTEGER });
      if (inWindow.length > 0) seen.push({ mustSee: spec.id, by: need.source, spans: inWindow });
      spans.push(...inWindow);
      sources.push({
        title: source?.title ?? need.source,
        found,
        limit: source?.quiet ?? 0,
        isSeen: inWindow.length > 0,
      });
    } else {
      const answer = need.is === 'tree' ? treeSeen(need.tree, host, pack) : buildSeen(need.maxRank, host);
      if (answer.seen) {
        complete = true;
        seen.push({ mustSee: spec.id, by: needName(need), spans: [] });
      } else reasons.push(answer.reason);
    }
  }
  if (complete) return { seen, unseen: undefined };
  const whole = window.to === undefined ? undefined : { from: window.from, to: window.to };
  const holes = sources.length > 0 && whole !== undefined ? unseenSpans(whole, joinSpans(spans), sources) : [];
  if (sources.length > 0 && whole !== undefined && holes.length === 0) return { seen, unseen: undefined };
  return { seen, unseen: unseenOf(spec, holes, [...sources.map((s) => reasonOf(s, holes)), ...reasons], pack) };
}

/** One alternative of a must-see that is a log. */
interface SourceSight {
  readonly title: string;
  readonly found: Coverage | undefined;
  /** The pack's quiet limit. */
  readonly limit: Micros;
  readonly isSeen: boolean;
}

/**
 * What of the window no source covers. At its edges the pack's limit is tolerated, because logs are copied one after the
 * other; between two spans only what each source tolerates by its own rhythm; where records are known to be missing,
 * nothing.
 */
function unseenSpans(window: Span, spans: readonly Span[], sources: readonly SourceSight[]): readonly Span[] {
  const rhythm = Math.min(...sources.map((s) => s.found?.quiet ?? s.limit));
  const limit = Math.min(...sources.map((s) => s.limit));
  const lost = joinSpans(sources.flatMap((s) => (s.found?.holes ?? []).filter((hole) => hole.isLost)));
  let next = 0;
  return holesIn(window, spans, 0).filter((hole) => {
    const isEdge = hole.from === window.from || hole.to === window.to;
    if (hole.to - hole.from > (isEdge ? limit : rhythm)) return true;
    while ((lost[next]?.to ?? Number.POSITIVE_INFINITY) <= hole.from) next += 1;
    return (lost[next]?.from ?? Number.POSITIVE_INFINITY) < hole.to;
  });
}

/** Why one log does not cover what is missing. */
function reasonOf({ title, found, isSeen }: SourceSight, unseen: readonly Span[]): string {
  const meant = new Set<string>();
  let next = 0;
  for (const hole of found?.holes ?? []) {
    while ((unseen[next]?.to ?? Number.POSITIVE_INFINITY) <= hole.from) next += 1;
    if ((unseen[next]?.from ?? Number.POSITIVE_INFINITY) < hole.to) meant.add(hole.reason);
    if (meant.size > MOST_REASONS) break;
  }
  const named = [...meant].slice(0, MOST_REASONS);
  if (meant.size > MOST_REASONS) named.push('and more holes');
  if (named.length > 0) return `${title}: ${named.join('; ')}`;
  if (found === undefined || found.records === 0) return `${title}: not in the evidence`;
  return `${title}: ${isSeen ? 'silent or missing on the days named' : 'no record in the window'}`;
}

function treeSeen(id: string, host: HostSight, pack: Pack): { seen: boolean; reason: string } {
  const extent = host.coverage.find((c) => c.kind === id)?.extent;
  const title = pack.trees.find((t) => t.id === id)?.title ?? id;
  if (extent?.how === 'enumerated') return { seen: true, reason: '' };
  return {
    seen: false,
    reason: `${title}: ${extent === undefined || extent.how === 'unknown' ? 'not in the evidence' : 'listed only in part'}`,
  };
}

function buildSeen(maxRank: number, host: HostSight): { seen: boolean; reason: string } {
  if (host.buildRank === undefined) return { seen: false, reason: 'no artefact states the build' };
  if (host.buildRank > maxRank)
    return {
      seen: false,
      reason: `the build is only known from artefacts of rank ${host.buildRank}, which do not prove the security update`,
    };
  if (!host.buildKnown)
    return { seen: false, reason: 'the build found does not decide: not in the table, or two files disagree' };
  return { seen: true, reason: '' };
}

function unseenOf(spec: MustSeeSpec, spans: readonly Span[], reasons: readonly string[], pack: Pack): Unseen {
  return {
    mustSee: spec.id,
    title: spec.title,
    spans,
    reason: reasons.join('; '),
    why: spec.why,
    fetch: [...spec.anyOf.map((n) => fetchOf(n, pack)), elsewhere(spec, pack)].filter((f) => f !== '').join(' - or: '),
  };
}

function fetchOf(need: SourceNeed, pack: Pack): string {
  if (need.is === 'source') return pack.sources.find((s) => s.id === need.source)?.fetch ?? '';
  if (need.is === 'tree') return pack.trees.find((t) => t.id === need.tree)?.fetch ?? '';
  return 'the file Bin\\ExSetup.exe of the Exchange install folder, and FrontEnd\\HttpProxy\\bin\\Microsoft.Exchange.FrontEndHttpProxy.dll';
}

/** Where days may still be that the server itself has deleted. */
function elsewhere(spec: MustSeeSpec, pack: Pack): string {
  const records = spec.anyOf.flatMap((need) =>
    need.is === 'source' ? (pack.sources.find((s) => s.id === need.source)?.records ?? []) : [],
  );
  if (records.length === 0) return '';
  const isWeb = records.some((name) => name.startsWith('iis:') || name.startsWith('http-proxy:'));
  const perimeter = isWeb ? '; of requests from outside also the log of a reverse proxy or firewall' : '';
  return `where the server has deleted these days, the same files from a volume shadow copy, a backup or a log collector (SIEM)${perimeter}`;
}

function needName(need: SourceNeed): string {
  return need.is === 'source' ? need.source : need.is === 'tree' ? need.tree : 'build';
}

const MOST_REASONS = 3;
