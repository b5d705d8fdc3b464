import type { XmlAttribute, XmlContent, XmlElement } from '../evtx/elements.ts';
import { isList, isObject, member, scalar } from './json-object.ts';
import type { JsonObject, JsonValue } from './json-object.ts';
import { xmlElement } from './xml-text.ts';

/** How the text of a body value is spelled in an EVTX file. */
export type Spelling = (name: string, text: string) => string;

/**
 * `<System>` from JSON. Exporters write `<EventID Qualifiers="4">1</EventID>` as `1`, as
 * `{"#attributes":{"Qualifiers":4},"#text":1}`, as `{"Qualifiers":4,"Value":1}`, and attributes alone beside it as
 * `"Provider_attributes":{…}`.
 */
export function systemSection(system: JsonObject): XmlElement {
  const parts = new Map<string, { attributes: XmlAttribute[]; text: string }>();
  for (const [key, value] of membersOf(system)) {
    const name = key.endsWith(APART) ? key.slice(0, -APART.length) : key;
    const part = parts.get(name) ?? { attributes: [], text: '' };
    parts.set(name, part);
    if (!isObject(value)) {
      part.text = scalar(isList(value) ? value[0] : value) ?? '';
      continue;
    }
    for (const [inner, content] of membersOf(value)) {
      if (TEXTS.has(inner) || inner === 'Value') part.text = scalar(content) ?? '';
      else if (ATTRIBUTES.has(inner) && isObject(content)) addAttributes(content, part.attributes);
      else addAttribute(inner, content, part.attributes);
    }
  }
  const children = [...parts].map(([name, { attributes, text }]) => element(name, attributes, [text]));
  return element('System', [], children);
}

/**
 * `<EventData>` from JSON: members by name; unnamed values as `Data`, alone, in a list, or with numbers behind
 * (`Data_1`); lists of `{"@Name":…,"#text":…}`; or the XML itself as text.
 */
export function dataSection(data: JsonValue, spell: Spelling): XmlElement | undefined {
  if (typeof data === 'string') return data.trimStart().startsWith('<') ? xmlSection(data) : unnamedSection([data]);
  if (isList(data)) return element('EventData', [], listed(data, spell));
  if (!isObject(data)) return undefined;
  const attributes: XmlAttribute[] = [];
  const children: XmlContent[] = [];
  const unnamed = new UnnamedValues();
  for (const [key, value] of membersOf(data)) {
    if (ATTRIBUTES.has(key) && isObject(value)) addAttributes(value, attributes);
    else if (key.startsWith('@')) addAttribute(key, value, attributes);
    else if (key === 'Binary') children.push(element('Binary', [], [scalar(value) ?? '']));
    else if (key === 'Data' && (isList(value) || isObject(value))) {
      const entries = listed(isList(value) ? value : [value], spell);
      children.push(...entries);
    } else if (!unnamed.take(key, value)) addNamed(key, value, { children, spell });
  }
  children.push(...unnamedData(unnamed.values()));
  return element('EventData', attributes, children);
}

/** `<UserData>` or any other section from JSON: members are elements. */
export function elementSection(name: string, value: JsonValue): XmlElement {
  return element(name, [], elementsOf(value, { left: MEMBERS, depth: 0 }));
}

/** A section of named values, from pairs. */
export function namedSection(pairs: Iterable<readonly [string, JsonValue]>, spell: Spelling): XmlElement {
  const children: XmlContent[] = [];
  for (const [name, value] of pairs) addNamed(name, value, { children, spell });
  return element('EventData', [], children);
}

/** A section of unnamed values. */
export function unnamedSection(values: readonly string[]): XmlElement {
  return element('EventData', [], unnamedData(values));
}

/** `<EventData>` out of XML, also where `<DataItem>` or `<Event>` stands around it. */
export function xmlSection(text: string): XmlElement | undefined {
  let found = xmlElement(text);
  for (let depth = 0; depth < 4 && found !== undefined; depth += 1) {
    if (found.name === 'EventData' || found.name === 'UserData') return found;
    found = found.children.find((child): child is XmlElement => typeof child === 'object' && 'children' in child);
  }
  return undefined;
}

/** Collects unnamed values by the numbers that exporters give them. */
export class UnnamedValues {
  readonly #places = new Map<number, string>();
  #first: string | undefined;
  #zero = false;
  readonly #more: string[] = [];

  /** @returns whether the key is one of an unnamed value: `Data`, `Data_0`, `Data.1`, `Data[2]` */
  take(key: string, value: JsonValue): boolean {
    if (!key.startsWith('Data')) return false;
    // A key that stands twice has both values; only one of them can have the place.
    const [only = null, ...more] = isList(value) ? value : [value];
    const text = only === null ? '' : scalar(only);
    if (text === undefined) return false;
    if (key === 'Data') this.#first = text;
    else {
      const place = NUMBERED.exec(key)?.[1];
      if (place === undefined) return false;
      if (Number(place) === 0) this.#zero = true;
      this.#places.set(Number(place), text);
    }
    for (const other of more.slice(0, MEMBERS)) this.#more.push(textOf(other));
    return true;
  }

  /** Takes a value by its place, from 1. */
  put(place: number, text: string): void {
    this.#places.set(place, text);
  }

  /** In their order; a number that is missing is an empty value. */
  values(): readonly string[] {
    if (this.#places.size === 0) return this.#first === undefined ? [] : [this.#first, ...this.#more];
    const base = this.#zero || this.#first !== undefined ? 0 : 1;
    const last = Math.min(Math.max(...this.#places.keys()), MEMBERS);
    const values: string[] = [];
    for (let place = base; place <= last; place += 1) values.push(this.#places.get(place) ?? '');
    if (this.#first !== undefined && base === 0) {
      if (this.#zero) values.unshift(this.#first);
      else values[0] = this.#first;
    }
    values.push(...this.#more.slice(0, MEMBERS));
    return values;
  }
}

function listed(values: readonly JsonValue[], spell: Spelling): XmlContent[] {
  const children: XmlContent[] = [];
  for (const value of values.slice(0, MEMBERS)) {
    if (!isObject(value)) {
      children.push(...unnamedData(isList(value) ? value.map(textOf) : [textOf(value)]));
      continue;
    }
    const name = nameIn(value);
    const content = [...TEXTS, 'Value', 'value'].map((key) => member(value, key)).find((found) => found !== undefined);
    const texts = isList(content) ? content.map(textOf) : [textOf(content ?? null)];
    if (name === undefined) children.push(...unnamedData(texts.slice(0, MEMBERS)));
    else children.push(...texts.slice(0, MEMBERS).map((text) => dataElement(name, spell(name, text))));
  }
  return children;
}

function nameIn(value: JsonObject): string | undefined {
  for (const key of ['@Name', 'Name', 'name', '-Name']) {
    const name = scalar(member(value, key));
    if (name !== undefined) return name;
  }
  for (const key of ATTRIBUTES) {
    const attributes = member(value, key);
    const name = isObject(attributes) ? scalar(member(attributes, 'Name')) : undefined;
    if (name !== undefined) return name;
  }
  return undefined;
}

interface Into {
  readonly children: XmlContent[];
  readonly spell: Spelling;
}

/** A member as named values; what is nested goes by `Name.Member`, six levels deep, names of 256 characters. */
function addNamed(name: string, value: JsonValue, into: Into, depth = 0): void {
  const { children, spell } = into;
  if (name.length > NAME_LIMIT || depth > NESTED || children.length >= MEMBERS) return;
  if (isList(value)) {
    for (const entry of value.slice(0, MEMBERS)) if (!isList(entry)) addNamed(name, entry, into, depth + 1);
  } else if (isObject(value)) {
    for (const [key, inner] of membersOf(value))
      addNamed(TEXTS.has(key) ? name : `${name}.${key}`, inner, into, depth + 1);
  } else children.push(dataElement(name, spell(name, textOf(value))));
}

function elementsOf(value: JsonValue, budget: { left: number; depth: number }): XmlContent[] {
  if (!isObject(value)) return [textOf(value)];
  const children: XmlContent[] = [];
  for (const [key, inner] of Object.entries(value)) {
    if (budget.left <= 0) break;
    if (TEXTS.has(key)) children.push(textOf(inner));
    if (TEXTS.has(key) || ATTRIBUTES.has(key) || key.startsWith('@') || isApart(value, key)) continue;
    for (const entry of isList(inner) ? inner : [inner]) {
      budget.left -= 1;
      if (budget.left <= 0 || budget.depth > NESTED) break;
      const attributes = isObject(entry) ? attributesIn(entry) : [];
      const apart = member(value, key + APART);
      if (isObject(apart)) addAttributes(apart, attributes);
      budget.depth += 1;
      children.push(element(key, attributes, entry === null ? [] : elementsOf(entry, budget)));
      budget.depth -= 1;
    }
  }
  return children;
}

/** Whether a member holds the attributes of the member beside it. */
function isApart(value: JsonObject, key: string): boolean {
  return key.endsWith(APART) && Object.hasOwn(value, key.slice(0, -APART.length)) && isObject(value[key]);
}

function attributesIn(value: JsonObject): XmlAttribute[] {
  const attributes: XmlAttribute[] = [];
  for (const [key, inner] of Object.entries(value)) {
    if (ATTRIBUTES.has(key) && isObject(inner)) addAttributes(inner, attributes);
    else if (key.startsWith('@')) addAttribute(key, inner, attributes);
  }
  return attributes;
}

function addAttributes(object: JsonObject, attributes: XmlAttribute[]): void {
  for (const [name, value] of Object.entries(object).slice(0, MEMBERS)) addAttribute(name, value, attributes);
}

function addAttribute(name: string, value: JsonValue, attributes: XmlAttribute[]): void {
  const text = scalar(value);
  if (text !== undefined) attributes.push({ name: name.startsWith('@') ? name.slice(1) : name, value: text });
}

function membersOf(object: JsonObject): [string, JsonValue][] {
  return Object.entries(object).slice(0, MEMBERS);
}

function unnamedData(values: readonly string[]): XmlElement[] {
  return values.slice(0, MEMBERS).map((value) => element('Data', [], [value]));
}

function dataElement(name: string, text: string): XmlElement {
  return element('Data', [{ name: 'Name', value: name }], [text]);
}

function element(name: string, attributes: readonly XmlAttribute[], children: readonly XmlContent[]): XmlElement {
  return { name, attributes, children, selfClosed: false };
}

function textOf(value: JsonValue): string {
  return scalar(value) ?? (value === null ? '' : JSON.stringify(value).slice(0, 65_536));
}

const APART = '_attributes';
const ATTRIBUTES: ReadonlySet<string> = new Set(['#attributes', '_attributes', '@attributes', '$']);
const TEXTS: ReadonlySet<string> = new Set(['#text', '_text', '$t', '_', 'content']);
const NUMBERED = /^Data[_.[ ](\d{1,4})\]?$/;
/** Members of one object that are read. */
const MEMBERS = 4096;
const NESTED = 6;
const NAME_LIMIT = 256;
