/**
 * What can be wrong with a rule. Codes are stable: a code is never given a second meaning, and docs/rule-errors.md
 * explains each of them to the author of a rule.
 */
export const RULE_ERRORS = {
  R001: 'file is too large',
  R002: 'text is not YAML',
  R003: 'key stands twice in one map',
  R004: 'YAML is too deep or too large once its aliases are expanded',
  R005: 'document is not a rule',
  R006: 'more errors than are listed',
  R010: 'required attribute is missing',
  R011: 'attribute has the wrong type',
  R012: 'attribute has a value that is not allowed',
  R013: 'attribute is unknown',
  R020: 'log source is unknown',
  R021: 'log source is known, but its logs are not read',
  R030: 'modifier is unknown',
  R031: 'modifiers do not go together',
  R032: 'value does not fit its modifier',
  R033: 'regular expression is malformed',
  R034: 'regular expression needs backtracking',
  R035: 'placeholder has no value',
  R036: 'selection is empty or has the wrong shape',
  R037: 'rule is larger than its limits',
  R040: 'condition is malformed',
  R041: 'condition names an unknown selection',
  R042: 'condition asks for selections that do not exist',
  R043: 'selection is never used',
  R050: 'correlation rules are not supported',
  R051: 'filter rules are not supported',
  R052: 'aggregations are not supported',
  R053: 'time modifiers are not supported',
  R054: 'rule collections are not supported',
  R060: 'afterpatch block is malformed',
  R061: 'key names no entity',
} as const;

export type RuleErrorCode = keyof typeof RULE_ERRORS;

/** Why a rule was not compiled, and where. */
export interface RuleError {
  readonly code: RuleErrorCode;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Lower case, no full stop: what was expected, and what stood there. */
  readonly says: string;
}

const MOST = 500;
const LONGEST_QUOTE = 80;

/** Collects the errors of one file. */
export class Complaints {
  readonly #file: string;
  readonly #errors: RuleError[] = [];
  #count = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** How many were added, listed or not. */
  get count(): number {
    return this.#count;
  }

  add(code: RuleErrorCode, line: number, says: string): void {
    this.#count += 1;
    if (this.#errors.length < MOST) this.#errors.push({ code, file: this.#file, line, says });
  }

  /** By line, then in the order in which they were met. */
  list(): readonly RuleError[] {
    const sorted = this.#errors.toSorted((a, b) => a.line - b.line);
    const rest = this.#count - this.#errors.length;
    if (rest === 0) return sorted;
    return [
      ...sorted,
      { code: 'R006', file: this.#file, line: 1, says: `${rest} more errors in this file are not listed` },
    ];
  }
}

/** Text of a rule inside a message: one line, bounded, in quotes. */
export function quoted(text: string): string {
  const line = text.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ');
  return line.length <= LONGEST_QUOTE ? `'${line}'` : `'${line.slice(0, LONGEST_QUOTE)}…'`;
}
