import { complain, plainValue } from './pack-sheet.ts';
import type { Located, LocatedMap, Sheet } from './pack-sheet.ts';
import { closestTo } from './closest-word.ts';

/**
 * Reads the keys of one YAML map, each once. What is missing or of the wrong type is a complaint and reads as an empty
 * value, so that one pass finds all faults; `close` complains of keys that nobody asked for.
 */
export class MapReader {
  readonly sheet: Sheet;
  readonly line: number;
  readonly #what: string;
  readonly #map: LocatedMap | undefined;
  readonly #asked = new Set<string>();

  /** @param what the thing in words, for messages: `source`, `rule`, `claim` */
  constructor(node: Located | undefined, what: string, sheet: Sheet) {
    this.sheet = sheet;
    this.line = node?.line ?? 1;
    this.#what = what;
    this.#map = node?.is === 'map' ? node : undefined;
    if (node !== undefined && node.is !== 'map') {
      complain(sheet, 'P007', node.line, `${what}: expected a map, found ${kindOf(node)}`);
    }
  }

  /** Line of a key's value; of the map where the key is missing. */
  lineOf(key: string): number {
    return this.#map?.entries.get(key)?.value.line ?? this.line;
  }

  has(key: string): boolean {
    return this.#map?.entries.has(key) ?? false;
  }

  /** Text that is not empty. */
  text(key: string): string {
    const value = this.#required(key);
    return value === undefined ? '' : this.#asText(value, key);
  }

  optionalText(key: string): string | undefined {
    const value = this.#value(key);
    return value === undefined ? undefined : this.#asText(value, key);
  }

  /** A list of texts that are not empty; the list may be empty. */
  texts(key: string): readonly string[] {
    return this.list(key).map((each) => this.#asText(each, key));
  }

  optionalTexts(key: string): readonly string[] {
    return this.has(key) ? this.texts(key) : this.#empty(key);
  }

  list(key: string): readonly Located[] {
    const value = this.#required(key);
    if (value === undefined) return [];
    if (value.is === 'list') return value.of;
    this.#wrong(value, key, 'a list');
    return [];
  }

  optionalList(key: string): readonly Located[] {
    return this.has(key) ? this.list(key) : this.#empty(key);
  }

  number(key: string, range: { readonly from: number; readonly to: number }): number {
    const value = this.#required(key);
    if (value === undefined) return range.from;
    if (value.is === 'scalar' && typeof value.value === 'number' && Number.isInteger(value.value)) {
      if (value.value >= range.from && value.value <= range.to) return value.value;
    }
    this.#wrong(value, key, `a whole number from ${range.from} to ${range.to}`);
    return range.from;
  }

  /** One of some words. */
  word<Word extends string>(key: string, words: readonly [Word, ...Word[]]): Word {
    const text = this.text(key);
    const found = words.find((word) => word === text);
    if (found === undefined && text !== '') {
      complain(
        this.sheet,
        'P013',
        this.lineOf(key),
        `${this.#what} ${key}: expected ${words.join(', ')}, found ${quoted(text)}`,
      );
    }
    return found ?? words[0];
  }

  map(key: string, what: string): MapReader {
    return new MapReader(this.#required(key), what, this.sheet);
  }

  node(key: string): Located | undefined {
    return this.#value(key);
  }

  /** Whatever stands there, as plain values. */
  plain(key: string): unknown {
    const value = this.#value(key);
    return value === undefined ? undefined : plainValue(value);
  }

  /** The keys, all of them taken as read. */
  keys(): readonly string[] {
    const keys = [...(this.#map?.entries.keys() ?? [])];
    for (const key of keys) this.#asked.add(key);
    return keys;
  }

  close(): void {
    for (const [key, entry] of this.#map?.entries ?? []) {
      if (this.#asked.has(key)) continue;
      const hint = closestTo(key, [...this.#asked]);
      complain(
        this.sheet,
        'P005',
        entry.line,
        `${this.#what}: unknown key ${quoted(key)}${hint === undefined ? `, expected ${[...this.#asked].join(', ')}` : `, did you mean ${quoted(hint)}`}`,
      );
    }
  }

  #empty(key: string): readonly [] {
    this.#asked.add(key);
    return [];
  }

  #value(key: string): Located | undefined {
    this.#asked.add(key);
    return this.#map?.entries.get(key)?.value;
  }

  #required(key: string): Located | undefined {
    const value = this.#value(key);
    if (value === undefined && this.#map !== undefined) {
      complain(this.sheet, 'P006', this.line, `${this.#what}: missing key ${quoted(key)}`);
    }
    return value;
  }

  #asText(value: Located, key: string): string {
    if (value.is === 'scalar' && typeof value.value === 'string' && value.value.trim() !== '')
      return value.value.trim();
    this.#wrong(value, key, 'text');
    return '';
  }

  #wrong(value: Located, key: string, expected: string): void {
    complain(this.sheet, 'P007', value.line, `${this.#what} ${key}: expected ${expected}, found ${kindOf(value)}`);
  }
}

/** A text as messages show it. */
export function quoted(text: string): string {
  return `"${text}"`;
}

function kindOf(node: Located): string {
  if (node.is !== 'scalar') return `a ${node.is}`;
  if (node.value === null || node.value === '') return 'nothing';
  return typeof node.value === 'string'
    ? `the text ${quoted(node.value)}`
    : `the ${typeof node.value} ${String(node.value)}`;
}
