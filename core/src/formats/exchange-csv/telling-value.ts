import { isCut, isMasked } from './edited-value.ts';

/**
 * A value without which a row would not show an attack. That a row is there says that its log was watching only if all
 * of these are as the log writes them.
 */
export interface TellingValue {
  readonly name: string;
  readonly place: number;
  readonly shows: Shows;
}

/** Whether a value is as its log writes it, seen where it stands in its line. Asked of every row: nothing is cut out. */
export type Shows = (text: string, from: number, to: number) => boolean;

/** Neither a mask nor the begin of something longer; also of nothing at all. */
export function isIntact(text: string, from: number, to: number): boolean {
  if (to <= from) return true;
  const last = text.charCodeAt(to - 1);
  if (last === DOT || last === ELLIPSIS || last === CLOSE_BRACKET) return !isLostValue(text.slice(from, to));
  return (begins(text.charCodeAt(from)) & ends(last)) === 0 || !isLostValue(text.slice(from, to));
}

/** The same of a value that is never empty, as the method of a request. */
export function isWord(text: string, from: number, to: number): boolean {
  return to > from && isIntact(text, from, to);
}

/** A path, the last name of which is not blotted out either; `*` of a request to the server itself. */
export function isPath(text: string, from: number, to: number): boolean {
  if (to <= from || text.charCodeAt(from) !== SLASH) return to === from + 1 && text.charCodeAt(from) === STAR;
  if (to === from + 1) return true;
  const last = text.charCodeAt(to - 1);
  if (last !== DOT && ends(last) === 0 && last !== ELLIPSIS) return true;
  return isIntact(text, text.lastIndexOf('/', to - 1) + 1, to);
}

/** A status of HTTP, by its first and last digit; IIS writes 0 for an answer that nobody waited for. */
export function isStatus(text: string, from: number, to: number): boolean {
  return to > from && to - from <= 3 && isDigit(text.charCodeAt(from)) && isDigit(text.charCodeAt(to - 1));
}

/** An address of IPv4 or IPv6, with or without a zone, by how it begins and ends: masks take the place of whole parts. */
export function isAddress(text: string, from: number, to: number): boolean {
  if (to - from < 2 || to - from > ADDRESS_LIMIT) return false;
  if (isAddressSign(text.charCodeAt(from)) && isAddressSign(text.charCodeAt(to - 1))) return true;
  return ZONED.test(text.slice(from, to));
}

/** `true`, `false`, or nothing. */
export function isTruth(text: string, from: number, to: number): boolean {
  if (to === from) return true;
  const first = text.charCodeAt(from) | 32;
  return (first === LOWER_T && to - from === 4) || (first === LOWER_F && to - from === 5);
}

/** Nothing, or what begins with a digit, as a version or a status; a word stands for a back end that did not answer. */
export function isNumberOrWord(text: string, from: number, to: number): boolean {
  return to > from && isDigit(text.charCodeAt(from)) ? isUncut(text, to) : isIntact(text, from, to);
}

/**
 * An anchor: nothing, or the kind of it, a tilde and what it is (`Sid~…`, `ServerInfo~…`), none of them masked. A forged
 * request is known by the kind alone, so that a masked kind hides it.
 */
export function isAnchor(text: string, from: number, to: number): boolean {
  let at = from;
  while (at < to && isLetter(text.charCodeAt(at))) at += 1;
  if (at === to) return to === from;
  if (at === from || text.charCodeAt(at) !== TILDE || isCross(text, from) || isCross(text, at + 1)) return false;
  return isIntact(text, at + 1, to);
}

/**
 * Whether a mask may stand in the middle of a value of a line (`***`, `[redacted]`); only then are its values looked at
 * from end to end. Cheap, because every line is asked.
 */
export function mayBeMasked(line: string): boolean {
  // One character is looked for many times faster than three.
  return line.includes('*') || line.includes('[');
}

/**
 * Whether a value that the server itself writes, and no client, was blotted out. Then somebody went over the log, and any
 * of its rows may be one that hides something. What a client sends (a query, a name, the end of a path) may look like a
 * mask without anybody having touched the log.
 */
export function isWentOver(name: string, value: string): boolean {
  const text = value.slice(0, VALUE_LIMIT);
  switch (name) {
    case 'ClientIpAddress':
    case 'c-ip':
      return /[xX*█•]/.test(text) || isMasked(text);
    case 'EventData':
      return /S:CMD=(?:x{3}|\*{3}|[[<])/i.test(text);
    default:
      return SERVER_WRITTEN.has(name) && (isMasked(text) || /^(?:x{3}|\*{3}|[█•])/i.test(text));
  }
}

/** The kinds of mask that begin with a character, as bits. Few values begin and end like one, and only they are cut out. */
function begins(code: number): number {
  return code < 128 ? (BEGINS[code] ?? 0) : SIGNS;
}

function ends(code: number): number {
  return code < 128 ? (ENDS[code] ?? 0) : SIGNS;
}

function isLostValue(value: string): boolean {
  return isCut(value) || isMasked(value);
}

function isUncut(text: string, to: number): boolean {
  const last = text.charCodeAt(to - 1);
  return last !== DOT && last !== ELLIPSIS && last !== CLOSE_BRACKET;
}

/** Whether three crosses stand there, in place of something. */
function isCross(text: string, at: number): boolean {
  return (
    (text.charCodeAt(at) | 32) === LOWER_X &&
    (text.charCodeAt(at + 1) | 32) === LOWER_X &&
    (text.charCodeAt(at + 2) | 32) === LOWER_X
  );
}

function isLetter(code: number): boolean {
  const lower = code | 32;
  return lower >= 97 && lower <= 122;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isAddressSign(code: number): boolean {
  const lower = code | 32;
  return isDigit(code) || code === COLON || (lower >= 97 && lower <= 102);
}

const STAR = 42;
const DOT = 46;
const SLASH = 47;
const COLON = 58;
const CLOSE_BRACKET = 93;
const LOWER_F = 102;
const LOWER_T = 116;
const LOWER_X = 120;
const ELLIPSIS = 0x2026;
const ADDRESS_LIMIT = 64;
/** The zone of an address may be the name of an adapter. */
const ZONED = /^[\da-f:.]{2,46}%\w{1,16}$/i;
const TILDE = 126;
const VALUE_LIMIT = 65_536;
/** The stem, too: it begins with a slash whatever the client asked for, and the anchor with a word for its kind. */
const SERVER_WRITTEN: ReadonlySet<string> = new Set(
  'UrlStem cs-uri-stem HttpStatus sc-status BackEndStatus IsAuthenticated AnchorMailbox EventId s-port'.split(' '),
);
const SIGNS = 1;
const BRACKETS = 2;
const WORDS = 4;
const BEGINS: Uint8Array = bits([
  ['xX*#?_', SIGNS],
  ['[({<', BRACKETS],
  ['rRmMaAnN', WORDS],
]);
/** `redacted`, `masked`, `removed`, `anonymised`, `n/a`. */
const ENDS: Uint8Array = bits([
  ['xX*#?_', SIGNS],
  ['])}>', BRACKETS],
  ['dDaA', WORDS],
]);

function bits(kinds: readonly (readonly [string, number])[]): Uint8Array {
  const table = new Uint8Array(128);
  for (const [characters, bit] of kinds) for (const sign of characters) table[sign.charCodeAt(0)] = bit;
  return table;
}
