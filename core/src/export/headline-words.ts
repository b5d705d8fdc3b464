import type { CaseClaim, CaseVerdict } from '../model/case-file.ts';
import type { Answer, ClaimId, Headline } from '../model/claim.ts';
import type { Tone } from './page.ts';

/** A headline for a person who has never seen one. */
export interface HeadlineWords {
  readonly title: string;
  /** What it means, and what it does not mean. */
  readonly means: string;
  /** A short form for tables. */
  readonly short: string;
  readonly tone: Tone;
}

/** The order in which an attack happens, and in which its story is told. */
export const CLAIMS_IN_ORDER: readonly ClaimId[] = [
  'vulnerable',
  'targeted',
  'exploited',
  'data-accessed',
  'implanted',
  'operated',
  'persisting',
  'remediated',
];

export const ANSWER_WORDS: Readonly<Record<Answer, string>> = {
  established: 'ESTABLISHED',
  'ruled-out': 'RULED OUT',
  undetermined: 'NOT KNOWN',
  'not-applicable': 'DOES NOT APPLY',
};

/** Bad is what hurts the owner: an attack that is proven. That it was repaired is no alarm, and no all-clear either. */
export function answerTone(claim: CaseClaim): Tone {
  if (claim.answer === 'established') return claim.claim === 'remediated' ? 'strong' : 'bad';
  return claim.answer === 'undetermined' ? 'warn' : 'plain';
}

/**
 * The words of one verdict and its claims. Green is only for a server of which everything was seen and which is not open to the
 * attack any more: `no-trace` on a server that still lacks the fix is a warning.
 */
export function wordsFor(verdict: CaseVerdict, claims: readonly CaseClaim[]): HeadlineWords {
  const words = HEADLINE_WORDS[verdict.headline];
  if (words.tone !== 'good') return words;
  const open = claims.find((c) => c.claim === 'vulnerable')?.answer;
  if (open === 'ruled-out' || open === 'not-applicable') return words;
  return { ...words, ...(open === 'established' ? STILL_OPEN : PERHAPS_OPEN) };
}

export const HEADLINE_WORDS: Readonly<Record<Headline, HeadlineWords>> = {
  'compromised-backdoor-present': {
    title: 'COMPROMISED, AND A WAY BACK IN IS STILL THERE',
    means:
      'Someone got into this server, and what would let them in again was still there when the evidence was taken. Installing the update does not take it away.',
    short: 'compromised, way back in present',
    tone: 'bad',
  },
  compromised: {
    title: 'COMPROMISED; WHETHER A WAY BACK IN IS LEFT IS NOT KNOWN',
    means:
      'Someone got into this server. The evidence does not show whether a way back in is left: until it does, act as if there is one. Installing the update does not take it away.',
    short: 'compromised, way back in not known',
    tone: 'bad',
  },
  'compromised-no-backdoor-seen': {
    title: 'COMPROMISED; NO WAY BACK IN WAS SEEN',
    means:
      'Someone got into this server. Every place that had to be looked at was looked at, and no way back in stood there. That is not proof for places that were not looked at (see the limits below).',
    short: 'compromised, no way back in seen',
    tone: 'bad',
  },
  'compromised-remediated': {
    title: 'WAS COMPROMISED; SHOWN TO BE REPAIRED',
    means:
      'Someone got into this server. The evidence shows that what they left was taken away and that the hole was closed afterwards.',
    short: 'was compromised, repaired',
    tone: 'warn',
  },
  'targeted-outcome-unknown': {
    title: 'ATTACKED; WHETHER IT WORKED IS NOT KNOWN',
    means:
      'The attack was tried on this server. The evidence shows neither that it worked nor that it failed. This is not an all-clear.',
    short: 'attacked, outcome not known',
    tone: 'warn',
  },
  'targeted-not-successful': {
    title: 'ATTACKED, WITHOUT SUCCESS',
    means:
      'The attack was tried on this server. Everything that would show a success was seen, and none of it is there.',
    short: 'attacked, without success',
    tone: 'warn',
  },
  'insufficient-evidence': {
    title: 'NOT ENOUGH EVIDENCE FOR AN ANSWER',
    means:
      'Too little could be seen to say yes or no. This is not an all-clear. What is missing, and where to get it, stands below.',
    short: 'not enough evidence',
    tone: 'warn',
  },
  'no-trace-within-coverage': {
    title: 'NO TRACE IN WHAT COULD BE SEEN; NOT ALL COULD BE SEEN',
    means:
      'Nothing of this attack was found, but parts of the time or of the server could not be seen. This is not an all-clear.',
    short: 'no trace, but not all was seen',
    tone: 'warn',
  },
  'no-trace': {
    title: 'NO TRACE OF THIS ATTACK',
    means: 'Everything that would show this attack was seen over the whole time in question, and none of it is there.',
    short: 'no trace',
    tone: 'good',
  },
  'not-vulnerable': {
    title: 'NOT OPEN TO THIS ATTACK',
    means: 'This server was never open to this attack, and no trace of it was found.',
    short: 'not vulnerable',
    tone: 'good',
  },
};

const STILL_OPEN: Partial<HeadlineWords> = {
  title: 'NO TRACE OF THIS ATTACK, BUT THE SERVER IS STILL OPEN TO IT',
  means:
    'Everything that would show this attack was seen, and none of it is there. But the evidence shows a server without the fix: it can be attacked at any moment.',
  short: 'no trace, STILL VULNERABLE',
  tone: 'warn',
};

const PERHAPS_OPEN: Partial<HeadlineWords> = {
  title: 'NO TRACE OF THIS ATTACK; WHETHER THE FIX IS IN IS NOT KNOWN',
  means:
    'Everything that would show this attack was seen, and none of it is there. Whether the server is open to it now is not known.',
  short: 'no trace, fix not known',
  tone: 'warn',
};
