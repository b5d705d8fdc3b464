import { HEADLINES_WORST_FIRST } from '../model/claim.ts';
import type { Answer, Claim, ClaimId, Headline } from '../model/claim.ts';
import type { Coverage } from '../model/coverage.ts';
import type { Micros } from '../model/evidence.ts';
import type { Pack } from '../model/pack.ts';
import { clipSpans, lengthOf } from './spans.ts';

/**
 * The least that must have been seen of the campaign's log sources, together, before the product says anything better
 * than "insufficient": one day inside the window. A listed web tree or a state that was established says more.
 */
const LEAST_SEEN: Micros = 24 * 3600 * 1_000_000;

/** The headline of one host and campaign, read off its claims from top to bottom. */
export function headlineOf(claims: readonly Claim[], coverage: readonly Coverage[], pack: Pack): Headline {
  const answers = new Map(claims.map((c) => [c.claim, c.answer]));
  const is = (claim: ClaimId, ...wanted: readonly Answer[]): boolean =>
    wanted.includes(answers.get(claim) ?? 'undetermined');
  const compromised = (['exploited', 'data-accessed', 'implanted', 'operated', 'persisting'] as const).some((c) =>
    is(c, 'established'),
  );
  if (compromised) {
    if (is('persisting', 'established')) return 'compromised-backdoor-present';
    if (is('remediated', 'established')) return 'compromised-remediated';
    return is('persisting', 'ruled-out') ? 'compromised-no-backdoor-seen' : 'compromised';
  }
  const without = (claim: ClaimId): boolean => is(claim, 'ruled-out', 'not-applicable');
  const nothingDone =
    without('exploited') &&
    without('data-accessed') &&
    without('implanted') &&
    without('operated') &&
    without('persisting');
  if (is('targeted', 'established')) return nothingDone ? 'targeted-not-successful' : 'targeted-outcome-unknown';
  if (is('vulnerable', 'not-applicable')) return 'not-vulnerable';
  if (nothingDone && without('targeted') && is('vulnerable', 'ruled-out', 'established')) return 'no-trace';
  return seenEnough(claims, coverage, pack) ? 'no-trace-within-coverage' : 'insufficient-evidence';
}

/** The worst of several headlines. */
export function worstOf(headlines: readonly Headline[]): Headline {
  return HEADLINES_WORST_FIRST.find((h) => headlines.includes(h)) ?? 'insufficient-evidence';
}

/**
 * The headline of all servers together: the worst of them, and nothing better than "within coverage" while a server is
 * missing. One clean server says nothing about the others.
 *
 * @param missing servers that are known of and were not judged
 */
export function headlineOfAll(headlines: readonly Headline[], missing: number): Headline {
  return worstOf(missing > 0 ? [...headlines, 'no-trace-within-coverage'] : headlines);
}

function seenEnough(claims: readonly Claim[], coverage: readonly Coverage[], pack: Pack): boolean {
  const window = claims.find((c) => c.claim === 'implanted')?.window;
  if (window?.to === undefined) return false;
  const span = { from: window.from, to: window.to };
  const needed = new Set(
    pack.mustSees.flatMap((m) => m.anyOf).map((n) => (n.is === 'source' ? n.source : n.is === 'tree' ? n.tree : '')),
  );
  const relevant = coverage.filter((c) => needed.has(c.kind));
  const longest = Math.max(...relevant.map((c) => lengthOf(clipSpans(c.spans, span))), 0);
  return (
    longest >= LEAST_SEEN ||
    relevant.some((c) => c.extent?.how === 'enumerated' && pack.trees.find((t) => t.id === c.kind)?.url !== undefined)
  );
}
