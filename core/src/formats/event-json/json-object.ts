import type { Element } from './element-splitter.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/**
 * The object that an element is, or `undefined` where it is no JSON. Numbers that a double would not keep are texts. A key
 * that stands more than once in an object has all of its values, as a list.
 */
export function parsedObject(element: Pick<Element, 'text' | 'colons' | 'hasLongNumber'>): JsonObject | undefined {
  const text = element.hasLongNumber ? quotedNumbers(element.text) : element.text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value as JsonValue)) return undefined;
  return keysOf(value as JsonValue) === element.colons ? (value as JsonObject) : new KeyKeeper(text).object();
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The object that a text holds, of at most 4 MiB characters: programs put JSON into a text of JSON. */
export function objectIn(text: string): JsonObject | undefined {
  if (text.length > TEXT_LIMIT || !text.trimStart().startsWith('{')) return undefined;
  try {
    const value = JSON.parse(text) as JsonValue;
    return isObject(value) && depthOf(value) <= DEPTH ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An own member of an object; what its prototype has is none. */
export function member(object: JsonObject | undefined, key: string): JsonValue | undefined {
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A text, a number or a boolean as text; `undefined` for anything else. */
export function scalar(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function keysOf(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (isList(value)) for (const entry of value) count += keysOf(entry);
  else {
    for (const key of Object.keys(value)) {
      const inner = value[key];
      count += typeof inner === 'object' && inner !== null ? 1 + keysOf(inner) : 1;
    }
  }
  return count;
}

function depthOf(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  let depth = 0;
  for (const inner of Object.values(value)) depth = Math.max(depth, depthOf(inner));
  return depth + 1;
}

/** Puts numbers of many digits, and those beyond the range of a double, in quotes; strings stay as they are. */
function quotedNumbers(text: string): string {
  let out = '';
  let from = 0;
  for (let at = 0; at < text.length;) {
    if (text.charCodeAt(at) === QUOTE) {
      at = afterString(text, at);
      continue;
    }
    if (!isNumeral(text.charCodeAt(at))) {
      at += 1;
      continue;
    }
    const start = at;
    let digits = 0;
    let hasExponent = false;
    for (; isNumeral(text.charCodeAt(at)); at += 1) {
      if (isDigit(text.charCodeAt(at))) digits += 1;
      else if ((text.charCodeAt(at) | 32) === EXPONENT && digits > 0) hasExponent = true;
    }
    // The letter of an exponent alone also stands in true and false.
    const isInfinite = hasExponent && Math.abs(Number(text.slice(start, at))) === Number.POSITIVE_INFINITY;
    if (digits < 16 && !isInfinite) continue;
    out += `${text.slice(from, start)}"${text.slice(start, at)}"`;
    from = at;
  }
  return out + text.slice(from);
}

/** Reads JSON that is known to be right once more, and loses no value of a repeated key. */
class KeyKeeper {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  object(): JsonObject {
    const entries = new Map<string, JsonValue[]>();
    this.#at += 1;
    while (this.#next() !== '}') {
      if (this.#next() === ',') this.#at += 1;
      const key = JSON.parse(this.#token()) as string;
      this.#next();
      this.#at += 1;
      const values = entries.get(key);
      if (values === undefined) entries.set(key, [this.#value()]);
      else values.push(this.#value());
    }
    this.#at += 1;
    return Object.fromEntries([...entries].map(([key, values]) => [key, together(values)]));
  }

  #value(): JsonValue {
    const first = this.#next();
    if (first === '{') return this.object();
    if (first !== '[') return JSON.parse(this.#token()) as JsonValue;
    const list: JsonValue[] = [];
    this.#at += 1;
    while (this.#next() !== ']') {
      if (this.#next() === ',') this.#at += 1;
      list.push(this.#value());
    }
    this.#at += 1;
    return list;
  }

  /** The character behind spaces. */
  #next(): string {
    while (' \t\r\n'.includes(this.#text.charAt(this.#at)) && this.#at < this.#text.length) this.#at += 1;
    return this.#text.charAt(this.#at);
  }

  #token(): string {
    this.#next();
    const start = this.#at;
    if (this.#text.charCodeAt(start) === QUOTE) this.#at = afterString(this.#text, start);
    else while (this.#at < this.#text.length && !' \t\r\n,]}:'.includes(this.#text.charAt(this.#at))) this.#at += 1;
    return this.#text.slice(start, this.#at);
  }
}

/** The values of one key; the same value again says nothing new. */
function together(values: readonly JsonValue[]): JsonValue {
  const [first = null, ...more] = values;
  if (more.length === 0) return first;
  const all = [...new Set(values.flat())];
  return all.length === 1 ? (all[0] ?? null) : all;
}

/** The place behind a string that begins at a quote. */
function afterString(text: string, from: number): number {
  let close = text.indexOf('"', from + 1);
  while (close >= 0 && isEscaped(text, from, close)) close = text.indexOf('"', close + 1);
  return close < 0 ? text.length : close + 1;
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(text: string, from: number, at: number): boolean {
  let before = at;
  while (before - 1 > from && text.charCodeAt(before - 1) === BACKSLASH) before -= 1;
  return (at - before) % 2 === 1;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** A digit, a sign, a point or the letter of an exponent. */
function isNumeral(code: number): boolean {
  return isDigit(code) || code === 43 || code === 45 || code === 46 || code === 69 || code === 101;
}

const QUOTE = 34;
const EXPONENT = 101;
const BACKSLASH = 92;
const TEXT_LIMIT = 4 * 1024 * 1024;
const DEPTH = 64;
