import type { Check } from '../model/check.ts';
import type { FollowSpec } from '../model/pack.ts';
import { closestTo } from './closest-word.ts';
import { indicatorCheck } from './indicator-check.ts';
import type { IndicatorMatch } from './indicator-check.ts';
import { readFields } from './indicator-sheet.ts';
import { MapReader, quoted } from './map-reader.ts';
import { complain } from './pack-sheet.ts';
import type { Located, Sheet } from './pack-sheet.ts';
import { readId } from './pack-words.ts';
import { readRule } from './rule-meta.ts';

/** A follow rule, with the line of the rules that it learns from. */
export interface PlacedFollow {
  readonly spec: FollowSpec;
  readonly line: number;
  readonly fromLine: number;
}

/** Reads `follow.yaml`: rules that look for what other rules found. */
export function readFollows(root: Located | undefined, sheet: Sheet): readonly PlacedFollow[] {
  const reader = new MapReader(root, 'follow', sheet);
  const follows = reader.list('rules').map((node) => readFollow(node, sheet));
  reader.close();
  return follows;
}

function readFollow(node: Located, sheet: Sheet): PlacedFollow {
  const reader = new MapReader(node, 'rule', sheet);
  const { meta, line } = readRule(reader, sheet);
  const from = reader.texts('from');
  const fromLine = reader.lineOf('from');
  const entity = readId({ text: reader.text('of'), line: reader.lineOf('of'), what: 'of' }, sheet);
  const kinds = reader.texts('kinds');
  const field = reader.text('field');
  const match = reader.word('match', MATCHES);
  const when = reader.has('when') ? reader.map('when', 'when') : undefined;
  const named = reader.map('entities', 'entities');
  const entities = new Map(named.keys().map((kind) => [kind, readFields(named, kind, sheet)]));
  const guards = new Map(when?.keys().map((key) => [key, when.texts(key).map((text) => text.toLowerCase())]) ?? []);
  reader.close();
  for (const kind of meta.key) {
    if (!entities.has(kind))
      complain(sheet, 'P026', reader.lineOf('key'), `rule key: expected one of its entities, found ${quoted(kind)}`);
  }
  const check = (values: readonly string[]): Check =>
    indicatorCheck({
      meta,
      kinds,
      field,
      match,
      when: guards,
      entities,
      indicators: values.map((value) => ({ value, what: `${entity} of a finding` })),
    });
  return { spec: { meta, from, entity, kinds, check }, line, fromLine };
}

/** A rule learns from rules that there are; one that learns from itself or from a later one would never end. */
export function checkFollowed(follows: readonly PlacedFollow[], known: ReadonlySet<string>, sheet: Sheet): void {
  const before = new Set(known);
  for (const { spec, fromLine } of follows) {
    for (const rule of spec.from) {
      if (before.has(rule)) continue;
      const hint = closestTo(rule, [...before]);
      const says = `from: no rule before this one is called ${quoted(rule)}${hint === undefined ? '' : `, did you mean ${quoted(hint)}`}`;
      complain(sheet, 'P035', fromLine, says);
    }
    before.add(spec.meta.id);
  }
}

const MATCHES: readonly [IndicatorMatch, ...IndicatorMatch[]] = ['whole', 'parts', 'user-agent'];
