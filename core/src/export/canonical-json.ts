import type { CaseFile } from '../model/case-file.ts';

/**
 * JSON with exactly one spelling: RFC 8785 (JCS). Keys are sorted by UTF-16 code units (3.2.3), numbers are written as
 * ECMAScript does (3.2.2.3), no white space. Keys whose value is `undefined` are left out.
 *
 * One knowing deviation: RFC 8785 refuses lone surrogates, but evidence in UTF-16 holds them, so they are written as
 * `\udxxx` (ECMAScript well-formed JSON.stringify) and read back the same.
 *
 * @throws TypeError for what JSON can not say: NaN, infinities, functions, symbols, bigints
 */
export function canonicalJson(value: unknown): string {
  const parts: string[] = [];
  write(value, parts);
  return parts.join('');
}

/** The case file as it is stored: canonical JSON and one line feed at the end. */
export function caseText(caseFile: CaseFile): string {
  return `${canonicalJson(caseFile)}\n`;
}

function write(value: unknown, parts: string[]): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') parts.push(JSON.stringify(value));
  else if (typeof value === 'number') parts.push(numberText(value));
  else if (Array.isArray(value)) writeArray(value, parts);
  else if (typeof value === 'object') writeObject(value, parts);
  else throw new TypeError(`expected a value that JSON can say, found ${typeof value}`);
}

function writeArray(values: readonly unknown[], parts: string[]): void {
  parts.push('[');
  values.forEach((value, index) => {
    if (index > 0) parts.push(',');
    write(value, parts);
  });
  parts.push(']');
}

function writeObject(value: object, parts: string[]): void {
  parts.push('{');
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  entries.forEach(([key, member], index) => {
    parts.push(index > 0 ? ',' : '', JSON.stringify(key), ':');
    write(member, parts);
  });
  parts.push('}');
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`expected a finite number, found ${value}`);
  return JSON.stringify(value);
}
