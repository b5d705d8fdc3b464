import type { PlacedCheck } from './code-checks.ts';
import { indicatorCheck, levelled } from './indicator-check.ts';
import type { Indicator, IndicatorMatch } from './indicator-check.ts';
import { MapReader, quoted } from './map-reader.ts';
import { complain } from './pack-sheet.ts';
import type { Located, Sheet } from './pack-sheet.ts';
import { readId } from './pack-words.ts';
import { readRule } from './rule-meta.ts';

/** Reads `indicators.yaml`: rules that are lists of published values. */
export function readIndicators(root: Located | undefined, sheet: Sheet): readonly PlacedCheck[] {
  const reader = new MapReader(root, 'indicators', sheet);
  const checks = reader.list('rules').map((node) => readIndicatorRule(node, sheet));
  reader.close();
  return checks;
}

function readIndicatorRule(node: Located, sheet: Sheet): PlacedCheck {
  const reader = new MapReader(node, 'rule', sheet);
  const { meta, line } = readRule(reader, sheet);
  const match = reader.word('match', MATCHES);
  const when = reader.has('when') ? reader.map('when', 'when') : undefined;
  const entities = reader.map('entities', 'entities');
  const check = indicatorCheck({
    meta,
    kinds: reader.texts('kinds'),
    field: reader.text('field'),
    match,
    when: new Map(when?.keys().map((field) => [field, when.texts(field).map((text) => text.toLowerCase())]) ?? []),
    entities: new Map(entities.keys().map((kind) => [kind, readFields(entities, kind, sheet)])),
    indicators: readValues(reader.list('values'), match, sheet),
  });
  reader.close();
  for (const kind of meta.key) {
    if (!entities.has(kind) && kind !== 'indicator') {
      complain(sheet, 'P026', reader.lineOf('key'), `rule key: expected one of its entities, found ${quoted(kind)}`);
    }
  }
  return { check, file: sheet.file, line };
}

/** The fields that an entity is read from, the first that has a value counts. */
export function readFields(entities: MapReader, kind: string, sheet: Sheet): readonly string[] {
  readId({ text: kind, line: entities.lineOf(kind), what: 'entities' }, sheet);
  return entities.node(kind)?.is === 'list' ? entities.texts(kind) : [entities.text(kind)];
}

function readValues(nodes: readonly Located[], match: IndicatorMatch, sheet: Sheet): readonly Indicator[] {
  const seen = new Map<string, number>();
  return nodes.map((node) => {
    const reader = new MapReader(node, 'value', sheet);
    const value = reader.text('value');
    const what = reader.text('what');
    reader.text('source');
    reader.word('confidence', CONFIDENCES);
    reader.close();
    const key = levelled(value, match);
    const before = seen.get(key);
    if (before !== undefined)
      complain(sheet, 'P008', node.line, `value: ${quoted(value)} already stands on line ${before}`);
    seen.set(key, node.line);
    if (match !== 'user-agent' && /\s/.test(value))
      complain(sheet, 'P020', reader.lineOf('value'), `value: expected no spaces, found ${quoted(value)}`);
    return { value, what };
  });
}

const MATCHES: readonly [IndicatorMatch, ...IndicatorMatch[]] = ['whole', 'parts', 'user-agent'];
const CONFIDENCES: readonly ['high', 'medium', 'low'] = ['high', 'medium', 'low'];
