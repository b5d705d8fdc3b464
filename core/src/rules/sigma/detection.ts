import type { Complaints } from '../rule-error.ts';
import { quoted } from '../rule-error.ts';
import { parseCondition } from './condition.ts';
import type { Expression } from './expression.ts';
import { fieldExpression, keywordExpression } from './modifier.ts';
import type { Entry, Leaf, Table, Tree } from './yaml-tree.ts';
import { entryOf, kindOf } from './yaml-tree.ts';

/**
 * Reads the detection of a rule: its selections, joined by its condition. Several conditions are joined by `or`.
 *
 * @param options.strict refuses selections that no condition uses
 * @returns `undefined` after a complaint
 * @see Sigma rules specification 2.1, Detection
 */
export function parseDetection(
  detection: Table,
  complaints: Complaints,
  options: { strict: boolean },
): Expression | undefined {
  const before = complaints.count;
  const named = new Map<string, Expression>();
  for (const entry of detection.of) {
    if (entry.key === 'condition') continue;
    if (entry.key === 'timeframe') {
      complaints.add('R052', entry.line, "'timeframe' belongs to an aggregation, which is not supported");
      continue;
    }
    const expression = selection(entry, complaints);
    if (expression !== undefined) named.set(entry.key, expression);
  }
  const condition = entryOf(detection, 'condition');
  if (condition === undefined) {
    complaints.add('R010', detection.line, "detection has no 'condition'");
    return undefined;
  }
  if (named.size === 0 && complaints.count === before)
    complaints.add('R036', detection.line, 'detection has no selection');
  // A selection that failed would be reported a second time as unknown.
  if (complaints.count > before) return undefined;
  const used = new Set<string>();
  const expression = conditions(condition, complaints, { named, used });
  if (options.strict && expression !== undefined) {
    for (const entry of detection.of) {
      if (named.has(entry.key) && !used.has(entry.key))
        complaints.add('R043', entry.line, `selection ${quoted(entry.key)} is never used`);
    }
  }
  return complaints.count > before ? undefined : expression;
}

function conditions(
  condition: Entry,
  complaints: Complaints,
  selections: { named: ReadonlyMap<string, Expression>; used: Set<string> },
): Expression | undefined {
  const trees = condition.value.is === 'list' ? condition.value.of : [condition.value];
  const of: Expression[] = [];
  for (const tree of trees) {
    if (tree.is !== 'leaf' || typeof tree.value !== 'string') {
      complaints.add('R011', tree.line, `expected a condition, found ${kindOf(tree)}`);
      return undefined;
    }
    const one = parseCondition(tree.value, selections, { complaints, line: tree.line });
    if (one === undefined) return undefined;
    of.push(one);
  }
  const [only, ...more] = of;
  if (only === undefined) complaints.add('R010', condition.line, 'list of conditions is empty');
  return more.length === 0 ? only : { is: 'any', of };
}

/** A map asks all its fields, a list any of its maps or keywords. */
function selection(entry: Entry, complaints: Complaints): Expression | undefined {
  const { key, value } = entry;
  if (value.is === 'map') return fieldsOf(value, key, complaints);
  const trees = value.is === 'list' ? value.of : [value];
  const keywords: Leaf[] = [];
  const of: Expression[] = [];
  for (const tree of trees) {
    const one = alternative(tree, key, { complaints, keywords });
    if (one === 'failed') return undefined;
    if (one !== undefined) of.push(one);
  }
  if (keywords.length > 0) {
    const keyword = keywordExpression(keywords, complaints);
    if (keyword === undefined) return undefined;
    of.push(keyword);
  }
  if (of.length > 0) return { is: 'any', of };
  complaints.add('R036', entry.line, `selection ${quoted(key)} is empty`);
  return undefined;
}

function alternative(
  tree: Tree,
  name: string,
  into: { complaints: Complaints; keywords: Leaf[] },
): Expression | 'failed' | undefined {
  if (tree.is === 'map') return fieldsOf(tree, name, into.complaints) ?? 'failed';
  if (tree.is === 'leaf' && tree.value !== null && tree.value !== '') {
    into.keywords.push(tree);
    return undefined;
  }
  into.complaints.add(
    'R036',
    tree.line,
    `selection ${quoted(name)} holds ${kindOf(tree)} where a map or a keyword was expected`,
  );
  return 'failed';
}

function fieldsOf(table: Table, name: string, complaints: Complaints): Expression | undefined {
  if (table.of.length === 0) {
    complaints.add('R036', table.line, `selection ${quoted(name)} is empty`);
    return undefined;
  }
  const of: Expression[] = [];
  for (const entry of table.of) {
    const one = fieldExpression(entry, complaints);
    if (one !== undefined) of.push(one);
  }
  return of.length === table.of.length ? { is: 'all', of } : undefined;
}
