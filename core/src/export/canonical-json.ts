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
  return [...casePieces(caseFile)].join('');
}

/**
 * The text of a case file in pieces of about a megabyte, for cases that no host holds as one string. Joined they are
 * `caseText`.
 */
export function* casePieces(caseFile: CaseFile): Generator<string, void, undefined> {
  const parts: string[] = [];
  let begins = '{';
  for (const [key, member] of membersOf(caseFile)) {
    parts.push(begins, JSON.stringify(key), ':');
    begins = ',';
    if (Array.isArray(member)) yield* listPieces(member, parts);
    else write(member, parts);
    if (parts.length >= PIECE) yield parts.splice(0).join('');
  }
  parts.push(begins === '{' ? '{}\n' : '}\n');
  yield parts.join('');
}

function* listPieces(values: readonly unknown[], parts: string[]): Generator<string, void, undefined> {
  parts.push('[');
  for (const [index, value] of values.entries()) {
    if (index > 0) parts.push(',');
    write(value, parts);
    if (parts.length >= PIECE) yield parts.splice(0).join('');
  }
  parts.push(']');
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
  membersOf(value).forEach(([key, member], index) => {
    parts.push(index > 0 ? ',' : '', JSON.stringify(key), ':');
    write(member, parts);
  });
  parts.push('}');
}

/** In the order in which they are written. */
function membersOf(value: object): readonly (readonly [string, unknown])[] {
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`expected a finite number, found ${value}`);
  return JSON.stringify(value);
}

/** Tokens in one piece; a token is some ten characters. */
const PIECE = 65_536;
