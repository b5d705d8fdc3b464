import type { Complaints } from '../rule-error.ts';
import { quoted } from '../rule-error.ts';
import { parseCidr } from './cidr.ts';
import type { Encoding } from './encoding.ts';
import { encode, textOf } from './encoding.ts';
import type { Expression } from './expression.ts';
import type { Pattern, Placement } from './pattern.ts';
import { parsePattern, placed, plain, plainText, withAnyDash } from './pattern.ts';
import type { Comparison, ValueTest } from './value-test.ts';
import {
  allTests,
  anyPattern,
  anyTest,
  comparison,
  insideNetwork,
  MISSING,
  otherThan,
  PRESENT,
  regex,
} from './value-test.ts';
import type { Entry, Leaf, Tree } from './yaml-tree.ts';
import { kindOf } from './yaml-tree.ts';

/** How the values behind a field name are meant. */
type Meaning = 'text' | 're' | 'cidr' | 'exists' | 'fieldref' | Comparison;

interface Modifiers {
  readonly field: string;
  readonly meaning: Meaning;
  readonly placement: Placement | undefined;
  readonly all: boolean;
  readonly cased: boolean;
  readonly neq: boolean;
  readonly flags: { readonly i: boolean; readonly m: boolean; readonly s: boolean };
  readonly steps: readonly (Encoding | 'windash')[];
}

const PLACEMENTS: ReadonlyMap<string, Placement> = new Map([
  ['contains', 'anywhere'],
  ['startswith', 'start'],
  ['endswith', 'end'],
]);
const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  (['re', 'cidr', 'exists', 'fieldref', 'lt', 'lte', 'gt', 'gte'] as const).map((name) => [name, name]),
);
const STEPS: ReadonlyMap<string, Encoding | 'windash'> = new Map([
  ['windash', 'windash'],
  ['wide', 'utf16le'],
  ['utf16le', 'utf16le'],
  ['utf16be', 'utf16be'],
  ['utf16', 'utf16'],
  ['base64', 'base64'],
  ['base64offset', 'base64offset'],
]);
const TIMES: ReadonlySet<string> = new Set(['minute', 'hour', 'day', 'week', 'month', 'year']);
const FLAGS: ReadonlySet<string> = new Set(['i', 'm', 's']);
const MOST_VALUES = 10_000;
const LONGEST_VALUE = 16_384;

/**
 * Reads one line of a selection, `Field|modifier|…: value or values`. An empty field name asks the whole record.
 *
 * @returns `undefined` after a complaint
 * @see Sigma modifiers appendix 2.1
 */
export function fieldExpression(entry: Entry, complaints: Complaints): Expression | undefined {
  const modifiers = parseModifiers(entry, complaints);
  const values = leavesOf(entry.value, complaints);
  if (modifiers === undefined || values === undefined) return undefined;
  if (modifiers.meaning === 'fieldref') return references(modifiers, values, complaints);
  const tests: ValueTest[] = [];
  for (const value of values) {
    const test = testOf(modifiers, value, complaints);
    if (test === undefined) return undefined;
    tests.push(test);
  }
  const joined = modifiers.all ? allTests(tests) : joinedAny(modifiers, values, tests);
  return { is: 'value', field: modifiers.field, test: modifiers.neq ? otherThan(joined) : joined };
}

/** Keywords: each value anywhere in the record. */
export function keywordExpression(values: readonly Leaf[], complaints: Complaints): Expression | undefined {
  const [first] = values;
  if (first === undefined) return undefined;
  const list: Tree = { is: 'list', of: values, line: first.line };
  return fieldExpression({ key: '|contains', value: list, line: first.line }, complaints);
}

function parseModifiers(entry: Entry, complaints: Complaints): Modifiers | undefined {
  const [field = '', ...names] = entry.key.split('|');
  const seen = new Set<string>();
  const steps: (Encoding | 'windash')[] = [];
  let meaning: Meaning = 'text';
  let placement: Placement | undefined;
  function refuse(code: 'R030' | 'R031' | 'R035' | 'R053', says: string): undefined {
    complaints.add(code, entry.line, says);
    return undefined;
  }
  for (const [i, name] of names.entries()) {
    if (TIMES.has(name)) return refuse('R053', `time modifier ${quoted(name)} is not supported`);
    if (name === 'expand')
      return refuse('R035', `modifier 'expand' of ${quoted(entry.key)} needs a list of values that is not given`);
    if (seen.has(name)) return refuse('R031', `modifier ${quoted(name)} stands twice in ${quoted(entry.key)}`);
    seen.add(name);
    const step = STEPS.get(name);
    const place = PLACEMENTS.get(name);
    const means = MEANINGS.get(name);
    if (step !== undefined) steps.push(step);
    else if (place !== undefined && placement === undefined) placement = place;
    else if (means !== undefined && meaning === 'text') meaning = means;
    else if (place !== undefined || means !== undefined) {
      return refuse('R031', `modifier ${quoted(name)} does not go with those before it in ${quoted(entry.key)}`);
    } else if (FLAGS.has(name)) {
      if (meaning !== 're' || !['re', 'i', 'm', 's'].includes(names[i - 1] ?? '')) {
        return refuse('R031', `modifier ${quoted(name)} must follow 're' in ${quoted(entry.key)}`);
      }
    } else if (name !== 'all' && name !== 'cased' && name !== 'neq') {
      return refuse('R030', `unknown modifier ${quoted(name)} in ${quoted(entry.key)}`);
    }
  }
  const flags = { i: seen.has('i'), m: seen.has('m'), s: seen.has('s') };
  const modifiers = {
    field,
    meaning,
    placement,
    all: seen.has('all'),
    cased: seen.has('cased'),
    neq: seen.has('neq'),
    flags,
    steps,
  };
  const clash = clashOf(modifiers);
  return clash === undefined ? modifiers : refuse('R031', `${clash} in ${quoted(entry.key)}`);
}

function clashOf(modifiers: Modifiers): string | undefined {
  const { field, meaning, placement, all, cased, neq, steps } = modifiers;
  if (meaning !== 'text' && meaning !== 'fieldref' && (placement !== undefined || cased)) {
    return `modifier '${meaning}' takes no contains, startswith, endswith or cased`;
  }
  if (meaning !== 'text' && steps.length > 0) return `modifier '${meaning}' takes no encoded values`;
  if (meaning === 'exists' && (all || neq)) return "modifier 'exists' stands alone";
  if (['lt', 'lte', 'gt', 'gte'].includes(meaning) && neq) return `modifier '${meaning}' takes no neq`;
  if (steps.includes('windash') && steps.length > 1) return "modifier 'windash' takes no encodings";
  if (field === '' && !['text', 're'].includes(meaning)) return `modifier '${meaning}' needs a field name`;
  if (field === '' && placement !== undefined && placement !== 'anywhere') return 'keywords have no start and no end';
  return undefined;
}

function leavesOf(tree: Tree, complaints: Complaints): readonly Leaf[] | undefined {
  const trees = tree.is === 'list' ? tree.of : [tree];
  const leaves: Leaf[] = [];
  for (const one of trees) {
    if (one.is !== 'leaf') {
      complaints.add('R036', one.line, `expected a value or a list of values, found ${kindOf(one)}`);
      return undefined;
    }
    if (one.source.length > LONGEST_VALUE) {
      complaints.add(
        'R037',
        one.line,
        `value has ${one.source.length} characters, at most ${LONGEST_VALUE} are allowed`,
      );
      return undefined;
    }
    leaves.push(one);
  }
  if (leaves.length === 0) complaints.add('R036', tree.line, 'list of values is empty');
  if (leaves.length > MOST_VALUES)
    complaints.add('R037', tree.line, `list has ${leaves.length} values, at most ${MOST_VALUES} are allowed`);
  return leaves.length === 0 || leaves.length > MOST_VALUES ? undefined : leaves;
}

/** Texts of a list become one test: a set and a few scans instead of a call for each. */
function joinedAny(modifiers: Modifiers, values: readonly Leaf[], tests: readonly ValueTest[]): ValueTest {
  if (modifiers.meaning !== 'text' || values.length === 1) return anyTest(tests);
  const patterns: Pattern[] = [];
  for (const value of values) if (value.value !== null) patterns.push(...(patternsOf(modifiers, value) ?? []));
  const others = values.some((value) => value.value === null) ? [MISSING] : [];
  if (patterns.length === 0) return anyTest(others);
  const literal = values.every((value) => typeof value.value === 'string');
  return anyTest([...others, anyPattern(patterns, { cased: modifiers.cased, literal })]);
}

function testOf(modifiers: Modifiers, leaf: Leaf, complaints: Complaints): ValueTest | undefined {
  const { meaning } = modifiers;
  function refuse(code: 'R032' | 'R033' | 'R034' | 'R037', says: string): undefined {
    complaints.add(code, leaf.line, says);
    return undefined;
  }
  const found = leaf.value === null ? 'nothing' : quoted(leaf.source);
  switch (meaning) {
    case 'exists':
      if (typeof leaf.value !== 'boolean')
        return refuse('R032', `modifier 'exists' takes true or false, found ${found}`);
      return leaf.value ? PRESENT : MISSING;
    case 're': {
      if (leaf.value === null || leaf.source === '')
        return refuse('R032', `modifier 're' takes a regular expression, found ${found}`);
      const test = regex(leaf.source, modifiers.flags);
      return 'code' in test ? refuse(test.code, test.says) : test;
    }
    case 'cidr': {
      const network = parseCidr(leaf.source);
      return typeof network === 'string'
        ? refuse('R032', `modifier 'cidr' takes a network, ${found} ${network}`)
        : insideNetwork(network);
    }
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      if (typeof leaf.value !== 'number') return refuse('R032', `modifier '${meaning}' takes a number, found ${found}`);
      return comparison(meaning, leaf.value);
    default:
      return textTest(modifiers, leaf, refuse);
  }
}

function textTest(
  modifiers: Modifiers,
  leaf: Leaf,
  refuse: (code: 'R032', says: string) => undefined,
): ValueTest | undefined {
  if (leaf.value === null) {
    if (modifiers.field === '' || modifiers.placement !== undefined || modifiers.steps.length > 0) {
      return refuse('R032', 'expected text, found nothing (null goes with a plain field name only)');
    }
    return MISSING;
  }
  const patterns = patternsOf(modifiers, leaf);
  if (patterns === undefined)
    return refuse('R032', `value ${quoted(leaf.source)} has wildcards, encodings need plain text`);
  return anyPattern(patterns, { cased: modifiers.cased, literal: typeof leaf.value === 'string' });
}

/** @returns `undefined` where a value with wildcards should be encoded */
function patternsOf(modifiers: Modifiers, leaf: Leaf): readonly Pattern[] | undefined {
  const placement = modifiers.placement ?? (modifiers.field === '' ? 'anywhere' : 'whole');
  const typed = typeof leaf.value === 'string' ? leaf.value : leaf.source;
  // `0x10`, `1.0` and `True` are also what they mean.
  const texts = typeof leaf.value === 'string' || typed === String(leaf.value) ? [typed] : [typed, String(leaf.value)];
  const patterns: Pattern[] = [];
  for (const text of texts) {
    const pattern = typeof leaf.value === 'string' ? parsePattern(text) : plain(text);
    const all = encodedAs(pattern, modifiers.steps);
    if (all === undefined) return undefined;
    patterns.push(...all.map((one) => placed(one, placement)));
  }
  return patterns;
}

function encodedAs(pattern: Pattern, steps: readonly (Encoding | 'windash')[]): readonly Pattern[] | undefined {
  if (steps.length === 0) return [pattern];
  if (steps[0] === 'windash') return [withAnyDash(pattern)];
  const text = plainText(pattern);
  if (text === undefined) return undefined;
  let coded: readonly Parameters<typeof encode>[0][] = [{ is: 'text', text }];
  for (const step of steps) if (step !== 'windash') coded = coded.flatMap((one) => encode(one, step));
  return coded.map((one) => plain(textOf(one)));
}

function references(modifiers: Modifiers, values: readonly Leaf[], complaints: Complaints): Expression | undefined {
  const { field, cased, neq, placement = 'whole' } = modifiers;
  const of: Expression[] = [];
  for (const value of values) {
    if (typeof value.value !== 'string' || value.value === '') {
      complaints.add('R032', value.line, `modifier 'fieldref' takes a field name, found ${kindOf(value)}`);
      return undefined;
    }
    of.push({ is: 'reference', field, other: value.value, placement, cased, neq });
  }
  // "Different from all of them", "equal to all of them": only plain references are satisfied by one.
  return { is: modifiers.all || neq ? 'all' : 'any', of };
}
