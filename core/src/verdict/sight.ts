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
  let tolerated = Number.POSITIVE_INFINITY;
  let complete = false;
  for (const need of spec.anyOf) {
    if (need.is === 'source') {
      const found = host.coverage.find((c) => c.kind === need.source);
      const source = pack.sources.find((s) => s.id === need.source);
      tolerated = Math.min(tolerated, found?.quiet ?? source?.quiet ?? 0);
      const inWindow = clipSpans(found?.spans ?? [], { from: window.from, to: window.to ?? Number.MAX_SAFE_INTEGER });
      if (inWindow.length > 0) seen.push({ mustSee: spec.id, by: need.source, spans: inWindow });
      else
        reasons.push(
          `${source?.title ?? need.source}: ${found === undefined ? 'not in the evidence' : 'no record in the window'}`,
        );
      spans.push(...inWindow);
    } else {
      const answer = need.is === 'tree' ? treeSeen(need.tree, host, pack) : buildSeen(need.maxRank, host);
      if (answer.seen) {
        complete = true;
        seen.push({ mustSee: spec.id, by: needName(need), spans: [] });
      } else reasons.push(answer.reason);
    }
  }
  if (complete) return { seen, unseen: undefined };
  const sourced = spec.anyOf.some((need) => need.is === 'source');
  const holes =
    sourced && window.to !== undefined
      ? holesIn({ from: window.from, to: window.to }, joinSpans(spans), tolerated)
      : [];
  if (sourced && window.to !== undefined && holes.length === 0) return { seen, unseen: undefined };
  return {
    seen,
    unseen: unseenOf(
      spec,
      holes,
      [...reasons, ...(spans.length > 0 ? ['silent or missing on the days named'] : [])],
      pack,
    ),
  };
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
    fetch: spec.anyOf
      .map((n) => fetchOf(n, pack))
      .filter((f) => f !== '')
      .join(' - or: '),
  };
}

function fetchOf(need: SourceNeed, pack: Pack): string {
  if (need.is === 'source') return pack.sources.find((s) => s.id === need.source)?.fetch ?? '';
  if (need.is === 'tree') return pack.trees.find((t) => t.id === need.tree)?.fetch ?? '';
  return 'the file Bin\\ExSetup.exe of the Exchange install folder, and FrontEnd\\HttpProxy\\bin\\Microsoft.Exchange.FrontEndHttpProxy.dll';
}

function needName(need: SourceNeed): string {
  return need.is === 'source' ? need.source : need.is === 'tree' ? need.tree : 'build';
}
