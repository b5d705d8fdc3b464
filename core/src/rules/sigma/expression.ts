import type { EvidenceRecord } from '../../model/reading.ts';
import type { FieldReader } from './field-text.ts';
import { fieldText } from './field-text.ts';
import type { Distance, Needs } from './literal.ts';
import { needAny, needBest } from './literal.ts';
import type { Placement } from './pattern.ts';
import type { ValueTest } from './value-test.ts';
import { placedIn } from './value-test.ts';

/** A detection as the rule says it, not yet bound to the fields of a kind of record. */
export type Expression =
  | { readonly is: 'all' | 'any'; readonly of: readonly Expression[] }
  | { readonly is: 'some'; readonly count: number; readonly of: readonly Expression[] }
  | { readonly is: 'not'; readonly of: Expression }
  | { readonly is: 'value'; readonly field: string; readonly test: ValueTest }
  | {
      readonly is: 'reference';
      readonly field: string;
      readonly other: string;
      readonly placement: Placement;
      readonly cased: boolean;
      readonly neq: boolean;
    };

/** An expression that can be asked about records of one kind. */
export interface Clause {
  readonly cost: number;
  readonly needs: Needs;
  holds(record: EvidenceRecord): boolean;
}

/** What a kind of record makes of field names. */
export interface FieldBook {
  reader(field: string): FieldReader;
  /** How far the field's value is from the record's raw text; `undefined` where literals in it need not stand there. */
  distance(field: string): Distance | undefined;
}

const REFERENCE_COST = 5;

export function bind(expression: Expression, book: FieldBook): Clause {
  switch (expression.is) {
    case 'value': {
      const { field, test } = expression;
      const reader = book.reader(field);
      const distance = book.distance(field);
      const needs = distance === undefined ? undefined : test.needs(distance);
      return { cost: test.cost, needs, holds: (record) => test.holds(fieldText(record, reader)) };
    }
    case 'reference':
      return bindReference(expression, book);
    case 'not': {
      const clause = bind(expression.of, book);
      return { cost: clause.cost, needs: undefined, holds: (record) => !clause.holds(record) };
    }
    case 'some':
      return bindSome(expression.count, bindAll(expression.of, book));
    default: {
      const clauses = bindAll(expression.of, book);
      const [only, ...more] = clauses;
      if (only !== undefined && more.length === 0) return only;
      const cost = clauses.reduce((sum, clause) => sum + clause.cost, 0);
      const needs = clauses.map((clause) => clause.needs);
      const any = expression.is === 'any';
      return { cost, needs: any ? needAny(needs) : needBest(needs), holds: any ? anyOf(clauses) : allOf(clauses) };
    }
  }
}

// Loops, not `some` and `every`: a rule is asked of every record, and a closure for each costs more than the answer.
function anyOf(clauses: readonly Clause[]): Clause['holds'] {
  return (record) => {
    for (const clause of clauses) if (clause.holds(record)) return true;
    return false;
  };
}

function allOf(clauses: readonly Clause[]): Clause['holds'] {
  return (record) => {
    for (const clause of clauses) if (!clause.holds(record)) return false;
    return true;
  };
}

/** Cheap clauses first; clauses have no effects, so their order changes nothing but the time. */
function bindAll(expressions: readonly Expression[], book: FieldBook): readonly Clause[] {
  return expressions.map((expression) => bind(expression, book)).toSorted((a, b) => a.cost - b.cost);
}

function bindSome(count: number, clauses: readonly Clause[]): Clause {
  return {
    cost: clauses.reduce((sum, clause) => sum + clause.cost, 0),
    needs: needAny(clauses.map((clause) => clause.needs)),
    holds(record) {
      let open = count;
      for (const clause of clauses) {
        if (clause.holds(record)) open -= 1;
        if (open <= 0) return true;
      }
      return false;
    },
  };
}

function bindReference(expression: Extract<Expression, { is: 'reference' }>, book: FieldBook): Clause {
  const { placement, cased, neq } = expression;
  const reader = book.reader(expression.field);
  const other = book.reader(expression.other);
  return {
    cost: REFERENCE_COST,
    needs: undefined,
    holds(record) {
      const mine = fieldText(record, reader);
      const theirs = fieldText(record, other);
      if (mine.missing || theirs.missing) return false;
      const values = cased ? theirs.raw : theirs.folded;
      const meets = (cased ? mine.raw : mine.folded).some((text) =>
        values.some((value) => placedIn(value, text, placement)),
      );
      return meets !== neq;
    },
  };
}
