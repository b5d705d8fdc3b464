import type { Headline } from '@afterpatch/core/model/claim.ts';
import { PackErrors } from '@afterpatch/core/packs/pack-error.ts';
import { EvidenceError } from '@afterpatch/node/evidence-error.ts';
import { OutputError } from '@afterpatch/node/write-tree.ts';
import { CommanderError } from 'commander';

/** What the command line tells a script. `assess --exit-verdict` adds the three of the verdict. */
export const EXIT = {
  done: 0,
  targeted: 10,
  compromised: 20,
  unclear: 30,
  usage: 64,
  pack: 65,
  evidence: 66,
  fault: 70,
  interrupted: 130,
} as const;

/** The request cannot be done as it stands. Lower case, no full stop: what was expected and what stood there. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** A case file is missing or is none, or evidence is not what a case was made of. One line. */
export class CaseError extends Error {
  override readonly name: string = 'CaseError';
}

/** Whose mistake an error is; everything that nobody expected is ours. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof UsageError || error instanceof OutputError) return EXIT.usage;
  if (error instanceof PackErrors) return EXIT.pack;
  if (error instanceof EvidenceError || error instanceof CaseError) return EXIT.evidence;
  return EXIT.fault;
}

/** The exit code of `--exit-verdict` for the worst headline of a case. */
export function verdictCode(worst: Headline): number {
  return VERDICT_CODES[worst];
}

const VERDICT_CODES: Readonly<Record<Headline, number>> = {
  'compromised-backdoor-present': EXIT.compromised,
  compromised: EXIT.compromised,
  'compromised-no-backdoor-seen': EXIT.compromised,
  'compromised-remediated': EXIT.compromised,
  'targeted-outcome-unknown': EXIT.targeted,
  'targeted-not-successful': EXIT.targeted,
  'insufficient-evidence': EXIT.unclear,
  'no-trace-within-coverage': EXIT.unclear,
  'no-trace': EXIT.done,
  'not-vulnerable': EXIT.done,
};
