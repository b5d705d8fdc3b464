import type { Check, Observer } from '../model/check.ts';
import { closestTo } from './closest-word.ts';
import { MapReader, quoted } from './map-reader.ts';
import type { PackContext } from './pack-check.ts';
import { complain } from './pack-sheet.ts';
import type { Located, Sheet } from './pack-sheet.ts';
import { readRule } from './rule-meta.ts';
import type { DeclaredRule } from './rule-meta.ts';

/** Reads another file of the pack as plain values; `undefined` if it is missing or broken, which is then a complaint. */
export type ReadPlain = (file: string, line: number) => unknown;

/** A check that was made, and where its rule is declared. */
export interface PlacedCheck {
  readonly check: Check;
  readonly file: string;
  readonly line: number;
}

/** Makes the checks that a pack takes from code by name; each rule the pack declares must come out as one check. */
export function makeCodeChecks(
  nodes: readonly Located[],
  context: PackContext,
  readPlain: ReadPlain,
  sheet: Sheet,
): readonly PlacedCheck[] {
  return nodes.flatMap((node) => {
    const reader = new MapReader(node, 'check', sheet);
    const name = reader.text('use');
    const rules = reader.list('rules').map((each) => {
      const rule = new MapReader(each, 'rule', sheet);
      const declared = readRule(rule, sheet);
      rule.close();
      return declared;
    });
    const options = readOptions(reader, readPlain, sheet);
    reader.close();
    const factory = context.checks.get(name);
    if (factory === undefined) {
      unknownName('check', name, [...context.checks.keys()], reader, sheet);
      return [];
    }
    const made = factory(new Map(rules.map((rule) => [rule.meta.id, rule.meta])), options);
    if ('says' in made) {
      complain(sheet, 'P018', reader.line, `check ${name}: ${made.says}`);
      return [];
    }
    return pairUp(name, rules, made, reader.line, sheet);
  });
}

/** Makes the observers that a pack takes from code by name. */
export function makeObservers(
  nodes: readonly Located[],
  context: PackContext,
  readPlain: ReadPlain,
  sheet: Sheet,
): readonly Observer[] {
  return nodes.flatMap((node) => {
    const reader = new MapReader(node, 'observer', sheet);
    const name = reader.text('use');
    const options = readOptions(reader, readPlain, sheet);
    reader.close();
    const known = context.observers.get(name);
    if (known === undefined) {
      unknownName('observer', name, [...context.observers.keys()], reader, sheet);
      return [];
    }
    const made = known(options);
    if (!('says' in made)) return [made];
    complain(sheet, 'P018', reader.line, `observer ${name}: ${made.says}`);
    return [];
  });
}

/** Options stand beside the name, or in a file of their own where they are long. */
function readOptions(reader: MapReader, readPlain: ReadPlain, sheet: Sheet): unknown {
  const file = reader.optionalText('options-from');
  const inline = reader.plain('options');
  if (file === undefined) return inline;
  if (inline !== undefined)
    complain(sheet, 'P008', reader.lineOf('options'), 'options: expected options or options-from, found both');
  return readPlain(file, reader.lineOf('options-from'));
}

function pairUp(
  name: string,
  rules: readonly DeclaredRule[],
  made: readonly Check[],
  line: number,
  sheet: Sheet,
): readonly PlacedCheck[] {
  const byId = new Map(made.map((check) => [check.meta.id, check]));
  for (const id of byId.keys()) {
    if (!rules.some((rule) => rule.meta.id === id))
      complain(sheet, 'P018', line, `check ${name}: expected the pack to declare its rule ${quoted(id)}`);
  }
  return rules.flatMap((rule) => {
    const check = byId.get(rule.meta.id);
    if (check === undefined) {
      complain(sheet, 'P018', rule.line, `check ${name}: expected one of its rules, found ${quoted(rule.meta.id)}`);
      return [];
    }
    return { check, file: sheet.file, line: rule.line };
  });
}

function unknownName(what: string, name: string, known: readonly string[], reader: MapReader, sheet: Sheet): void {
  if (name === '') return;
  const hint = closestTo(name, known);
  const expected = known.length === 0 ? 'none is known' : `expected ${known.join(', ')}`;
  complain(
    sheet,
    'P017',
    reader.lineOf('use'),
    `no ${what} is called ${quoted(name)}, ${hint === undefined ? expected : `did you mean ${quoted(hint)}`}`,
  );
}
