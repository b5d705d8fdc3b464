import type { Check, Hit, Interest, RuleMeta } from '../model/check.ts';
import type { Entity } from '../model/finding.ts';
import type { EvidenceRecord, FieldValue } from '../model/reading.ts';

/** One published value: a hash, an address, a host name. */
export interface Indicator {
  readonly value: string;
  /** What it is, in words; becomes the finding's `indicator`. */
  readonly what: string;
}

/** A list of values and the field they are looked for in. */
export interface IndicatorRule {
  readonly meta: RuleMeta;
  readonly kinds: readonly string[];
  readonly field: string;
  readonly match: IndicatorMatch;
  /** Fields that must hold one of the values as well, compared without case. */
  readonly when: ReadonlyMap<string, readonly string[]>;
  /** Entity kind to the fields it is read from; the first that has a value counts. */
  readonly entities: ReadonlyMap<string, readonly string[]>;
  readonly indicators: readonly Indicator[];
}

/**
 * `whole`: the field is the value, without case. `parts`: some run of letters and digits of the field is, as in
 * Sysmon's `SHA1=…,MD5=…`. `user-agent`: the field is the value once the spellings of IIS (`+` for a space) and of
 * the Exchange proxy log (a space for a comma) are levelled.
 */
export type IndicatorMatch = 'whole' | 'parts' | 'user-agent';

/** Longest field value that is compared; evidence may hold more, indicators do not. */
const MAX_TEXT = 4096;

/** Record kinds that are lines of text and so may be found by a literal before they are parsed. */
const LINE_KINDS: ReadonlySet<string> = new Set([
  'http.request',
  'http.proxy',
  'ecp.server',
  'ews.request',
  'cmdlet.execution',
]);

/** Compiles a list of indicators to a check that looks each value up, however long the list. */
export function indicatorCheck(rule: IndicatorRule): Check {
  const known = new Map(rule.indicators.map((indicator) => [levelled(indicator.value, rule.match), indicator]));
  const see = (record: EvidenceRecord): Hit | undefined => {
    for (const [field, values] of rule.when) {
      const found = textsOf(record.get(field)).map((text) => text.toLowerCase());
      if (!found.some((text) => values.includes(text))) return undefined;
    }
    for (const text of textsOf(record.get(rule.field))) {
      for (const part of partsOf(text, rule.match)) {
        const indicator = known.get(part);
        if (indicator !== undefined)
          return { entities: [...entitiesOf(record, rule), { kind: 'indicator', value: indicator.what }] };
      }
    }
    return undefined;
  };
  return { meta: rule.meta, interest: interestOf(rule), watch: () => ({ see }) };
}

/** A value as it is compared. */
export function levelled(text: string, match: IndicatorMatch): string {
  const lower = text.toLowerCase();
  return match === 'user-agent' ? lower.replaceAll(/[+,\s]+/g, ' ').trim() : lower;
}

function partsOf(text: string, match: IndicatorMatch): readonly string[] {
  const level = levelled(text, match);
  return match === 'parts' ? level.split(/[^0-9a-z]+/) : [level];
}

function interestOf(rule: IndicatorRule): Interest {
  if (!rule.kinds.every((kind) => LINE_KINDS.has(kind))) return { kinds: rule.kinds };
  const literals = new Set(rule.indicators.map((indicator) => literalOf(levelled(indicator.value, rule.match))));
  return literals.has('') ? { kinds: rule.kinds } : { kinds: rule.kinds, literals: [...literals].toSorted() };
}

/** The longest stretch of a value that every spelling of it holds. */
function literalOf(value: string): string {
  let longest = '';
  for (const run of value.split(/[^0-9a-z./:_-]+/)) if (run.length > longest.length) longest = run;
  return longest;
}

function entitiesOf(record: EvidenceRecord, rule: IndicatorRule): readonly Entity[] {
  const entities: Entity[] = [];
  for (const [kind, fields] of rule.entities) {
    for (const field of fields) {
      const value = textsOf(record.get(field))[0];
      if (value === undefined || value === '') continue;
      entities.push({ kind, value });
      break;
    }
  }
  return entities;
}

function textsOf(value: FieldValue): readonly string[] {
  if (typeof value === 'string') return value.length > MAX_TEXT ? [] : [value];
  if (typeof value === 'number' || typeof value === 'boolean') return [String(value)];
  if (value === undefined || value instanceof Uint8Array) return [];
  return value.filter((text) => text.length <= MAX_TEXT).slice(0, 256);
}
