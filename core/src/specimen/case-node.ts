import { LineCounter, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { parseIsoTime } from '../bytes/time.ts';
import type { Micros } from '../model/evidence.ts';

/** What a case file got wrong. `C001` no YAML, `C002` missing, `C003` unknown key, `C004` wrong kind, `C005` unknown word, `C006` contradiction. */
export type CaseErrorCode = 'C001' | 'C002' | 'C003' | 'C004' | 'C005' | 'C006';

/** A case file that cannot be read: which file, which line, what would be right. */
export class CaseError extends Error {
  readonly code: CaseErrorCode;
  readonly file: string;
  /** 1-based. */
  readonly line: number;

  constructor(code: CaseErrorCode, place: { readonly file: string; readonly line: number }, says: string) {
    super(`${place.file}:${place.line}: ${code} ${says}`);
    this.name = 'CaseError';
    this.code = code;
    this.file = place.file;
    this.line = place.line;
  }
}

interface Place {
  readonly file: string;
  readonly lines: LineCounter;
}

/** One mapping of a case file; every key that is read is known, and `done` refuses the others. */
export class CaseNode {
  readonly #place: Place;
  readonly #at: number;
  readonly #values = new Map<string, { readonly value: unknown; readonly at: number }>();
  readonly #read = new Set<string>();

  private constructor(place: Place, node: unknown, at: number, what: string) {
    this.#place = place;
    this.#at = at;
    if (!isMap(node)) throw this.wrong('C004', `${what} is not a mapping of keys to values`);
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      this.#values.set(key, { value: pair.value, at: offsetOf(pair.key) });
    }
  }

  /** @throws CaseError if the text is no YAML mapping */
  static parse(text: string, file: string): CaseNode {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
    const [error] = document.errors;
    if (error !== undefined)
      throw new CaseError(
        'C001',
        { file, line: lines.linePos(error.pos[0]).line },
        `not YAML: ${error.message.split('\n')[0] ?? ''}`,
      );
    return new CaseNode({ file, lines }, document.contents, 0, 'the file');
  }

  /** Whether the key is there; to ask is to know it. */
  has(key: string): boolean {
    this.#read.add(key);
    return this.#values.has(key);
  }

  text(key: string): string;
  text(key: string, otherwise: string): string;
  text(key: string, otherwise?: string): string {
    const value = this.#scalar(key, otherwise);
    if (typeof value !== 'string') throw this.wrong('C004', `${key} is ${JSON.stringify(value)}, expected a text`, key);
    return value;
  }

  number(key: string, otherwise: number): number {
    const value = this.#scalar(key, otherwise);
    if (typeof value !== 'number' || !(value >= 0))
      throw this.wrong('C004', `${key} is ${JSON.stringify(value)}, expected a number of 0 or more`, key);
    return value;
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.#scalar(key, otherwise);
    if (typeof value !== 'boolean')
      throw this.wrong('C004', `${key} is ${JSON.stringify(value)}, expected true or false`, key);
    return value;
  }

  word<T extends string>(key: string, words: readonly T[], otherwise?: T): T {
    const value = this.#scalar(key, otherwise);
    const word = words.find((w) => w === value);
    if (word === undefined)
      throw this.wrong('C005', `${key} is ${JSON.stringify(value)}, expected one of ${words.join(', ')}`, key);
    return word;
  }

  time(key: string, otherwise?: Micros): Micros {
    if (otherwise !== undefined && !this.has(key)) return otherwise;
    const text = this.text(key);
    const at = parseIsoTime(text, { unzonedIsUtc: text.length === 10 });
    if (at === undefined)
      throw this.wrong('C004', `${key} is "${text}", expected a day, or a time in ISO 8601 with Z`, key);
    return at;
  }

  /** The mapping under a key; an empty one where the key is absent and may be. */
  node(key: string): CaseNode {
    return this.#child(key, this.#take(key)?.value);
  }

  maybe(key: string): CaseNode | undefined {
    return this.has(key) ? this.node(key) : undefined;
  }

  /** The mappings in the list under a key; none where the key is absent. */
  nodes(key: string): readonly CaseNode[] {
    return this.#list(key).map((entry) => this.#child(key, entry));
  }

  texts(key: string): readonly string[] {
    return this.#list(key).map((entry) => {
      if (!isScalar(entry) || typeof entry.value !== 'string')
        throw this.wrong('C004', `${key} holds something else than texts`, key);
      return entry.value;
    });
  }

  /** @throws CaseError for a key that nobody asked for */
  done(): void {
    for (const [key] of this.#values) {
      if (!this.#read.has(key))
        throw this.wrong('C003', `unknown key "${key}", known here: ${[...this.#read].toSorted().join(', ')}`, key);
    }
  }

  wrong(code: CaseErrorCode, says: string, key?: string): CaseError {
    const at = (key === undefined ? undefined : this.#values.get(key)?.at) ?? this.#at;
    return new CaseError(code, { file: this.#place.file, line: this.#place.lines.linePos(at).line }, says);
  }

  #take(key: string): { readonly value: unknown; readonly at: number } | undefined {
    this.#read.add(key);
    return this.#values.get(key);
  }

  #scalar(key: string, otherwise: unknown): unknown {
    const found = this.#take(key)?.value;
    if (found === undefined || found === null) {
      if (otherwise === undefined) throw this.wrong('C002', `${key} is missing`);
      return otherwise;
    }
    return isScalar(found) ? found.value : undefined;
  }

  #list(key: string): readonly unknown[] {
    const found = this.#take(key)?.value;
    if (found === undefined || found === null) return [];
    if (!isSeq(found)) throw this.wrong('C004', `${key} is not a list`, key);
    return found.items;
  }

  #child(key: string, node: unknown): CaseNode {
    if (node === undefined || node === null) throw this.wrong('C002', `${key} is missing`);
    return new CaseNode(this.#place, node, offsetOf(node), key);
  }
}

function offsetOf(node: unknown): number {
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : 0;
}
