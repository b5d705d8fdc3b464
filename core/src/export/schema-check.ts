import type { JsonSchema, JsonType } from './case-schema.ts';

/** One place where a document is not what its schema says. */
export interface SchemaFault {
  /** JSON Pointer (RFC 6901) into the document; empty for the document itself. */
  readonly at: string;
  /** Lower case, no full stop: what was expected and what stood there. Holds text of the document: escape it. */
  readonly says: string;
}

/** What a check needs besides the schema. */
export interface SchemaCheck {
  readonly root: JsonSchema;
  /** The expressions that `pattern` may name, by their source; a pattern that is not named here fails. */
  readonly patterns: ReadonlyMap<string, RegExp>;
  /** The check stops after this many faults. */
  readonly most: number;
}

/**
 * Checks a parsed document against the part of JSON Schema 2020-12 that `JsonSchema` names. Keys that the schema does
 * not name are not looked into, so the work is bounded by the document and the depth by the schema.
 */
export function schemaFaults(document: unknown, check: SchemaCheck): readonly SchemaFault[] {
  const faults: SchemaFault[] = [];
  visit(document, check.root, '', { ...check, faults });
  return faults;
}

interface Walk extends SchemaCheck {
  readonly faults: SchemaFault[];
}

function visit(value: unknown, schema: JsonSchema, at: string, walk: Walk): void {
  if (walk.faults.length >= walk.most) return;
  const target = schema.$ref === undefined ? schema : resolve(schema.$ref, walk.root);
  if (target !== schema) visit(value, target, at, walk);
  if (schema.anyOf !== undefined) visitAlternatives(value, schema.anyOf, at, walk);
  const wrong = ownFault(value, schema, walk);
  if (wrong !== undefined) {
    walk.faults.push({ at, says: wrong });
    return;
  }
  if (Array.isArray(value)) visitArray(value, schema, at, walk);
  else if (typeof value === 'object' && value !== null) visitObject(value, schema, at, walk);
}

function visitAlternatives(value: unknown, alternatives: readonly JsonSchema[], at: string, walk: Walk): void {
  let closest: readonly SchemaFault[] | undefined;
  for (const alternative of alternatives) {
    const faults: SchemaFault[] = [];
    visit(value, alternative, at, { ...walk, faults });
    if (faults.length === 0) return;
    // The alternative that got deepest tells best what is wrong: an extent with one bad key is not "not null".
    if (closest === undefined || (faults[0]?.at.length ?? 0) > (closest[0]?.at.length ?? 0)) closest = faults;
  }
  walk.faults.push(...(closest ?? []).slice(0, Math.max(0, walk.most - walk.faults.length)));
}

function visitArray(values: readonly unknown[], schema: JsonSchema, at: string, walk: Walk): void {
  const { items } = schema;
  if (items === undefined) return;
  for (const [index, value] of values.entries()) {
    if (walk.faults.length >= walk.most) return;
    visit(value, items, `${at}/${index}`, walk);
  }
}

function visitObject(value: object, schema: JsonSchema, at: string, walk: Walk): void {
  const members = new Map(Object.entries(value));
  for (const key of schema.required ?? []) {
    if (walk.faults.length >= walk.most) return;
    if (!members.has(key)) walk.faults.push({ at, says: `expected the key ${key}, found none` });
  }
  const known = new Map(Object.entries(schema.properties ?? {}));
  for (const [key, member] of members) {
    const memberSchema = known.get(key) ?? schema.additionalProperties;
    if (memberSchema !== undefined) visit(member, memberSchema, `${at}/${pointerPart(key)}`, walk);
  }
}

function ownFault(value: unknown, schema: JsonSchema, walk: Walk): string | undefined {
  if (schema.const !== undefined && value !== schema.const) return `expected ${schema.const}, found ${shown(value)}`;
  if (schema.enum !== undefined && !schema.enum.some((allowed) => allowed === value)) {
    return `expected one of ${schema.enum.join(', ')}, found ${shown(value)}`;
  }
  const types = schema.type === undefined || typeof schema.type === 'string' ? schema.type : schema.type.join(' or ');
  if (types !== undefined && !allowedTypes(schema).some((type) => hasType(value, type))) {
    return `expected ${types}, found ${shown(value)}`;
  }
  if (typeof value === 'string') return textFault(value, schema, walk);
  if (typeof value === 'number') return numberFault(value, schema);
  if (Array.isArray(value) && value.length < (schema.minItems ?? 0)) {
    return `expected at least ${schema.minItems} values, found ${value.length}`;
  }
  return undefined;
}

function textFault(value: string, schema: JsonSchema, walk: Walk): string | undefined {
  if (schema.pattern !== undefined && walk.patterns.get(schema.pattern)?.test(value) !== true) {
    return `expected text like ${schema.pattern}, found ${shown(value)}`;
  }
  if (schema.minLength === undefined && schema.maxLength === undefined) return undefined;
  const length = codePoints(value);
  if (length < (schema.minLength ?? 0)) return `expected at least ${schema.minLength} characters, found ${length}`;
  if (length > (schema.maxLength ?? length)) return `expected at most ${schema.maxLength} characters, found ${length}`;
  return undefined;
}

function numberFault(value: number, schema: JsonSchema): string | undefined {
  if (value < (schema.minimum ?? value)) return `expected at least ${schema.minimum}, found ${value}`;
  if (value > (schema.maximum ?? value)) return `expected at most ${schema.maximum}, found ${value}`;
  return undefined;
}

function allowedTypes(schema: JsonSchema): readonly JsonType[] {
  if (schema.type === undefined) return [];
  return typeof schema.type === 'string' ? [schema.type] : schema.type;
}

function hasType(value: unknown, type: JsonType): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

function resolve(reference: string, root: JsonSchema): JsonSchema {
  const name = reference.slice('#/$defs/'.length);
  const target = root.$defs?.[name];
  if (target === undefined) throw new TypeError(`expected a definition for ${reference}, found none`);
  return target;
}

/** JSON Schema counts characters as code points. */
function codePoints(value: string): number {
  let length = 0;
  for (const _ of value) length += 1;
  return length;
}

function pointerPart(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = Array.isArray(value)
    ? 'an array'
    : typeof value === 'object' && value !== null
      ? 'an object'
      : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

const SHOWN = 60;
