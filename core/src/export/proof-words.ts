import type { CaseClaim } from '../model/case-file.ts';
import { counted, spansText, timeText } from './figures.ts';
import { spansOf } from './case-spans.ts';

/**
 * Why a claim has its answer, in sentences: the law of the judge (docs/architecture.md) applied to this claim. Every
 * sentence can be checked against the claim itself.
 */
export function reasoningOf(claim: CaseClaim): readonly string[] {
  const window = windowText(claim);
  const needed = new Set([...claim.seen, ...claim.unseen].map((s) => s.mustSee)).size;
  const missing = new Set(claim.unseen.map((u) => u.mustSee)).size;
  if (claim.answer === 'established') return establishedReasons(claim, window, missing);
  if (claim.answer === 'not-applicable') {
    return ['The question does not arise on this server, so nothing had to be seen to answer it.'];
  }
  if (claim.answer === 'ruled-out') {
    return [
      `Ruled out, because all ${needed} required sources of evidence were seen, ${window}, and no finding speaks for it.`,
      'One missing source, or one finding that speaks for it, would take this answer back to "not known".',
    ];
  }
  return undeterminedReasons(claim, { window, needed, missing });
}

/** `over the time from … to …`; what is open says so. */
export function windowText(claim: CaseClaim): string {
  const { from, to } = claim.window;
  if (to === null) return `over the time from ${timeText(from)} on (the evidence does not say when it ends)`;
  if (from === to) return `as of ${timeText(from)}`;
  return `over the whole time from ${timeText(from)} to ${timeText(to)}`;
}

function establishedReasons(claim: CaseClaim, window: string, missing: number): readonly string[] {
  const reasons =
    claim.rests.length > 0
      ? [
          `Established, because ${counted(claim.rests.length, 'finding proves', 'findings prove')} it; a claim is established by findings only, and each of them leads to bytes of the evidence.`,
        ]
      : ['Established by the state of the server that the evidence shows (its build); no finding was needed.'];
  if (missing > 0) {
    reasons.push(
      `${counted(missing, 'required source', 'required sources')} of evidence could not be seen, ${window}. That takes nothing back: what was not seen can only add to it.`,
    );
  }
  return reasons;
}

function undeterminedReasons(
  claim: CaseClaim,
  of: { readonly window: string; readonly needed: number; readonly missing: number },
): readonly string[] {
  const reasons = ['Not established: no finding proves it.'];
  if (of.missing > 0) {
    const are = of.missing === 1 ? 'is' : 'are';
    reasons.push(
      `Not ruled out: ${of.missing} of ${of.needed} required sources of evidence ${are} missing or incomplete, ${of.window}.`,
    );
  } else if (claim.claim === 'remediated') {
    reasons.push(
      'Not ruled out: one look at a server never proves that it was repaired; that takes a comparison of two states.',
    );
  } else if (claim.window.to === null) {
    reasons.push(
      'Not ruled out: the evidence does not say of when it is, so the time in question has no end. Give it with --as-of.',
    );
  } else {
    reasons.push(
      'Not ruled out, although all that had to be seen was seen: another claim that is established speaks for it.',
    );
  }
  return reasons;
}

/** The spans of one sight in words. */
export function sightText(spans: CaseClaim['seen'][number]['spans']): string {
  const known = spansOf(spans);
  return known.length === 0 ? 'complete' : spansText(known, MOST_SPANS);
}

const MOST_SPANS = 6;
