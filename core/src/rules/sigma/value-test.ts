import { RE2JS } from 're2js';

import type { Cidr } from './cidr.ts';
import { holdsAddress } from './cidr.ts';
import type { FieldText } from './field-text.ts';
import { Glob } from './glob.ts';
import type { Distance, Needs } from './literal.ts';
import { needAny, needBest, needOf } from './literal.ts';
import type { Pattern } from './pattern.ts';
import { fold, plainText } from './pattern.ts';
import { needsOfRegex } from './regex-literal.ts';

/** A question to the values of one field. A field without values says no to all of them but `missing`. */
export interface ValueTest {
  /** A rank: cheap tests are asked first. */
  readonly cost: number;
  needs(distance: Distance): Needs;
  holds(text: FieldText): boolean;
}

export type Comparison = 'lt' | 'lte' | 'gt' | 'gte';

const DECIMAL = /^[+-]?\d{1,300}(?:\.\d{1,300})?$/;
const HEX = /^0[xX][0-9A-Fa-f]{1,12}$/;
const LOOKAROUND = /\(\?<?[=!]/;
const ATOMIC = /\(\?>|\\[1-9]|(?:[*+?}])\+/;
const LONGEST_REGEX = 4_000;
const LARGEST_PROGRAM = 20_000;

/** Any value of the field has the form of any pattern. `literal`: the patterns were typed as text, not as numbers. */
export function anyPattern(patterns: readonly Pattern[], options: { cased: boolean; literal: boolean }): ValueTest {
  const forms = new Forms(patterns, options.cased);
  return {
    cost: forms.cost,
    needs: (distance) =>
      options.literal ? needAny(patterns.map((pattern) => needsOfPattern(pattern, distance))) : undefined,
    holds(text) {
      for (const value of options.cased ? text.raw : text.folded) if (forms.has(value)) return true;
      return false;
    },
  };
}

/** The field is not in the record. */
export const MISSING: ValueTest = { cost: 1, needs: () => undefined, holds: (text) => text.missing };

/** The field is in the record, whatever its value. */
export const PRESENT: ValueTest = { cost: 1, needs: () => undefined, holds: (text) => !text.missing };

export function anyTest(tests: readonly ValueTest[]): ValueTest {
  const [only, ...more] = tests;
  if (only !== undefined && more.length === 0) return only;
  const sorted = tests.toSorted((a, b) => a.cost - b.cost);
  return {
    cost: sorted.reduce((sum, test) => sum + test.cost, 0),
    needs: (distance) => needAny(sorted.map((test) => test.needs(distance))),
    holds: (text) => sorted.some((test) => test.holds(text)),
  };
}

export function allTests(tests: readonly ValueTest[]): ValueTest {
  const [only, ...more] = tests;
  if (only !== undefined && more.length === 0) return only;
  const sorted = tests.toSorted((a, b) => a.cost - b.cost);
  return {
    cost: sorted.reduce((sum, test) => sum + test.cost, 0),
    needs: (distance) => needBest(sorted.map((test) => test.needs(distance))),
    holds: (text) => sorted.every((test) => test.holds(text)),
  };
}

/** The field is in the record and no value of it passes. */
export function otherThan(test: ValueTest): ValueTest {
  return { cost: test.cost, needs: () => undefined, holds: (text) => !text.missing && !test.holds(text) };
}

/** Values are decimal or `0x` numbers; other text compares as nothing. */
export function comparison(sign: Comparison, bound: number): ValueTest {
  function holds(value: string): boolean {
    if (!DECIMAL.test(value) && !HEX.test(value)) return false;
    const number = Number(value);
    if (sign === 'lt') return number < bound;
    if (sign === 'lte') return number <= bound;
    return sign === 'gt' ? number > bound : number >= bound;
  }
  return { cost: 4, needs: () => undefined, holds: (text) => text.raw.some(holds) };
}

export function insideNetwork(network: Cidr): ValueTest {
  return { cost: 8, needs: () => undefined, holds: (text) => text.raw.some((value) => holdsAddress(network, value)) };
}

/** Why an expression was refused. */
export interface RegexRefusal {
  readonly code: 'R033' | 'R034' | 'R037';
  readonly says: string;
}

/**
 * An expression found anywhere in a value, case kept unless `i`. RE2 semantics: linear time, `$` is the end of the text
 * only, no lookaround, no back-references.
 */
export function regex(source: string, flags: { i: boolean; m: boolean; s: boolean }): ValueTest | RegexRefusal {
  if (source.length > LONGEST_REGEX) {
    return {
      code: 'R037',
      says: `regular expression has ${source.length} characters, at most ${LONGEST_REGEX} are allowed`,
    };
  }
  const bits = (flags.i ? RE2JS.CASE_INSENSITIVE : 0) | (flags.m ? RE2JS.MULTILINE : 0) | (flags.s ? RE2JS.DOTALL : 0);
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source, bits);
  } catch (error) {
    return refusal(source, error);
  }
  if (compiled.programSize() > LARGEST_PROGRAM) {
    return {
      code: 'R037',
      says: `regular expression compiles to ${compiled.programSize()} steps, at most ${LARGEST_PROGRAM} are allowed`,
    };
  }
  const gate = needsOfRegex(source, flags.i, 'exact');
  return {
    cost: 200,
    needs: (distance) => needsOfRegex(source, flags.i, distance),
    holds(text) {
      return text.raw.some((value, i) => {
        const folded = gate === undefined ? '' : (text.folded[i] ?? '');
        if (gate !== undefined && !gate.some((literal) => folded.includes(literal))) return false;
        return compiled.test(value);
      });
    },
  };
}

/** Whether `value` stands in `text` as the placement says; both folded or both raw. */
export function placedIn(value: string, text: string, placement: 'whole' | 'start' | 'end' | 'anywhere'): boolean {
  if (placement === 'whole') return value === text;
  if (placement === 'start') return text.startsWith(value);
  return placement === 'end' ? text.endsWith(value) : text.includes(value);
}

function refusal(source: string, error: unknown): RegexRefusal {
  const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error);
  if (LOOKAROUND.test(source)) {
    return {
      code: 'R034',
      says: 'regular expression looks around ((?=, (?!, (?<=, (?<!), which cannot be matched in linear time',
    };
  }
  if (ATOMIC.test(source)) {
    return { code: 'R034', says: `regular expression needs backtracking, which is not done on evidence: ${reason}` };
  }
  return { code: 'R033', says: `regular expression cannot be read: ${reason}` };
}

/** Patterns sorted by form, so that most values are answered by a set or by `includes`. */
class Forms {
  readonly cost: number;
  readonly #equals = new Set<string>();
  readonly #starts: string[] = [];
  readonly #ends: string[] = [];
  readonly #contains: string[] = [];
  readonly #globs: Glob[] = [];
  #always = false;

  constructor(patterns: readonly Pattern[], cased: boolean) {
    for (const pattern of patterns) {
      this.#add(
        cased
          ? pattern
          : pattern.map((piece) => (piece.is === 'text' ? { is: 'text', text: fold(piece.text) } : piece)),
      );
    }
    this.cost = 2 + (this.#starts.length + this.#ends.length) + 3 * this.#contains.length + 6 * this.#globs.length;
  }

  has(value: string): boolean {
    if (this.#always || this.#equals.has(value)) return true;
    for (const text of this.#starts) if (value.startsWith(text)) return true;
    for (const text of this.#ends) if (value.endsWith(text)) return true;
    for (const text of this.#contains) if (value.includes(text)) return true;
    for (const glob of this.#globs) if (glob.matches(value)) return true;
    return false;
  }

  #add(pattern: Pattern): void {
    const openStart = pattern[0]?.is === 'any';
    const openEnd = pattern.at(-1)?.is === 'any';
    if (openStart && pattern.length === 1) {
      this.#always = true;
      return;
    }
    const text = plainText(pattern.slice(openStart ? 1 : 0, openEnd ? -1 : undefined));
    if (text === undefined) this.#globs.push(new Glob(pattern));
    else if (openStart && openEnd) this.#contains.push(text);
    else if (openStart) this.#ends.push(text);
    else if (openEnd) this.#starts.push(text);
    else this.#equals.add(text);
  }
}

function needsOfPattern(pattern: Pattern, distance: Distance): Needs {
  return needBest(pattern.map((piece) => (piece.is === 'text' ? needOf(piece.text, distance) : undefined)));
}
