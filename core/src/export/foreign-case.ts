import type { CaseFile } from '../model/case-file.ts';
import { CASE_SCHEMA, SCHEMA_PATTERNS } from './case-schema.ts';
import { schemaFaults } from './schema-check.ts';
import type { SchemaFault } from './schema-check.ts';

/** Just under 512 MiB: the longest text that every host holds in one piece. */
export const MOST_CASE_BYTES = 536_870_000;

/** Levels of arrays and objects that a case file may nest; ours nest seven. */
export const MOST_CASE_DEPTH = 32;

/** Values that a case file may hold. Ours take 40 bytes and more each; what takes two fills memory many times over. */
export const MOST_CASE_VALUES = 8_000_000;

/** A document that is not a case file, and what was wrong with it first. Holds text of the document: escape it. */
export interface CaseRefusal {
  readonly is: 'refusal';
  /** Lower case, no full stop: what was expected and what stood there. */
  readonly says: string;
  readonly faults: readonly SchemaFault[];
}

export interface CaseReading {
  readonly is: 'case';
  readonly caseFile: CaseFile;
}

/**
 * Reads a case file that may come from anyone: size, depth and the number of values are bounded before the document is
 * parsed, and its shape is checked before anything uses it. Never throws for what the document says.
 */
export function readCase(bytes: Uint8Array): CaseReading | CaseRefusal {
  if (bytes.length > MOST_CASE_BYTES)
    return refusal(`expected at most ${MOST_CASE_BYTES} bytes, found ${bytes.length}`);
  const excess = excessOf(bytes);
  if (excess !== undefined) return refusal(excess);
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return refusal(`expected JSON in UTF-8: ${error instanceof Error ? error.message : String(error)}`);
  }
  const check = { root: CASE_SCHEMA, patterns: SCHEMA_PATTERNS, most: MOST_FAULTS };
  const faults = schemaFaults(document, check);
  const first = faults[0];
  if (first !== undefined) return { is: 'refusal', says: `expected afterpatch.case/1: ${faultText(first)}`, faults };
  return { is: 'case', caseFile: document as CaseFile };
}

/** `/claims/3/answer: expected one of …`; the document itself is called so. */
export function faultText(fault: SchemaFault): string {
  return `${fault.at === '' ? 'the document' : fault.at}: ${fault.says}`;
}

function refusal(says: string): CaseRefusal {
  return { is: 'refusal', says, faults: [] };
}

/**
 * What there is too much of. Counts bytes only, outside of strings: brackets for the depth, brackets and commas for the
 * values. UTF-8 never hides one of them, a quote or a backslash inside another character.
 */
function excessOf(bytes: Uint8Array): string | undefined {
  let depth = 0;
  let values = 1;
  let inText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (inText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (byte === COMMA) values += 1;
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      depth += 1;
      values += 1;
      if (depth > MOST_CASE_DEPTH) return `expected at most ${MOST_CASE_DEPTH} nested levels, found more`;
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth -= 1;
  }
  return values > MOST_CASE_VALUES ? `expected at most ${MOST_CASE_VALUES} values, found ${values}` : undefined;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const MOST_FAULTS = 20;
