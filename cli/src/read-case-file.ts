import { readFileSync, statSync } from 'node:fs';

import { MOST_CASE_BYTES, readCase } from '@afterpatch/core/export/foreign-case.ts';
import type { CaseFile } from '@afterpatch/core/model/case-file.ts';
import { quoted, systemReason } from '@afterpatch/node/evidence-error.ts';

import { CaseError } from './exit-code.ts';

/**
 * Reads a case file that may come from anyone.
 *
 * @throws CaseError if it is missing, too large, or no case file
 */
export function readCaseFile(path: string): CaseFile {
  let bytes: Uint8Array;
  try {
    const { size } = statSync(path);
    if (size > MOST_CASE_BYTES)
      throw new CaseError(`expected a case file of at most ${MOST_CASE_BYTES} bytes, ${quoted(path)} has ${size}`);
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof CaseError) throw error;
    throw new CaseError(`expected a case file at ${quoted(path)}, opening it failed: ${systemReason(error)}`, {
      cause: error,
    });
  }
  const reading = readCase(bytes);
  if (reading.is === 'refusal')
    throw new CaseError(`${quoted(path)} is not a case file that can be read: ${reading.says}`);
  return reading.caseFile;
}
