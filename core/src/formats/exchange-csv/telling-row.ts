import { isLost } from './edited-value.ts';
import type { RowMeasure } from './quoted-row.ts';
import {
  isAddress,
  isAnchor,
  isIntact,
  isNumberOrWord,
  isPath,
  isStatus,
  isTruth,
  isWord,
  mayBeMasked,
} from './telling-value.ts';
import type { Shows, TellingValue } from './telling-value.ts';

/** What a row of one log must have before it counts as a sign that the log was watching. */
export interface TellingColumns {
  readonly values: readonly TellingValue[];
  /** Columns that are not there: no row below this line counts. */
  readonly missing: readonly string[];
}

/**
 * The columns of a kind of log that would show an attack: those that rules look at, so that silence about them means
 * nothing where they are left out. Of logs that nothing is known of, none.
 *
 * @param folded places by name, lower case
 */
export function tellingColumns(kind: string, folded: ReadonlyMap<string, number>): TellingColumns {
  const values: TellingValue[] = [];
  const missing: string[] = [];
  for (const [name, shows] of TELLING.get(kind) ?? []) {
    const place = folded.get(name.toLowerCase());
    if (place === undefined) missing.push(name);
    else values.push({ name, place, shows });
  }
  return { values, missing };
}

/** The first column whose value does not show what it would have to, and that value. */
export interface MuteValue {
  readonly name: string;
  readonly value: string;
}

/** What keeps a row from being a heartbeat, if anything does. */
export function muteValue(text: string, { values }: TellingColumns, measure: RowMeasure): MuteValue | undefined {
  const isSuspect = mayBeMasked(text);
  for (const { name, place, shows } of values) {
    const from = measure.from(place);
    const to = measure.to(place, text);
    const isQuoted = text.charCodeAt(from) === QUOTE && text.charCodeAt(to - 1) === QUOTE && to - from >= 2;
    const isShown = isQuoted ? shows(text, from + 1, to - 1) : shows(text, from, to);
    if (!isShown || (isSuspect && isLost(text.slice(from, to))))
      return { name, value: isQuoted ? text.slice(from + 1, to - 1) : text.slice(from, to) };
  }
  return undefined;
}

/**
 * The `EventData` of a request to the ECP: the command, the URL and the error are named, be they empty, and none of them
 * is blotted out.
 */
function isRequest(text: string, from: number, to: number): boolean {
  if (!isIntact(text, from, to)) return false;
  let found = 0;
  for (let at = from; at < to && found !== ALL_PAIRS;) {
    const next = text.indexOf(';', at);
    const end = next < 0 || next > to ? to : next;
    const begin = text.charCodeAt(at) === APOSTROPHE ? at + 1 : at;
    const pair = pairAt(text, begin);
    if (pair > 0) {
      if (!isIntact(text, begin + (PAIR_LENGTHS[pair] ?? 0), end)) return false;
      found |= pair;
    }
    at = end + 1;
  }
  return found === ALL_PAIRS;
}

/** Which of the pairs begins there, as a bit, or 0. */
function pairAt(text: string, at: number): number {
  if (text.charCodeAt(at) !== UPPER_S || text.charCodeAt(at + 1) !== COLON) return 0;
  // Letter by letter, for every row has fifteen pairs.
  const second = text.charCodeAt(at + 3);
  switch (text.charCodeAt(at + 2)) {
    case UPPER_C:
      return second === UPPER_M && text.charCodeAt(at + 5) === EQUALS ? CMD : 0;
    case UPPER_U:
      return second === UPPER_R && text.charCodeAt(at + 5) === EQUALS ? URL : 0;
    case UPPER_E:
      return second === UPPER_X && text.charCodeAt(at + 4) === EQUALS ? EX : 0;
    default:
      return 0;
  }
}

const CMD = 1;
const URL = 2;
const EX = 4;
const ALL_PAIRS: number = CMD | URL | EX;
/** Characters of `S:CMD=`, `S:URL=` and `S:EX=`, by their bits. */
const PAIR_LENGTHS: readonly number[] = [0, 6, 6, 0, 5];
const APOSTROPHE = 39;
const COLON = 58;
const EQUALS = 61;
const UPPER_C = 67;
const UPPER_E = 69;
const UPPER_M = 77;
const UPPER_R = 82;
const UPPER_S = 83;
const UPPER_U = 85;
const UPPER_X = 88;
const QUOTE = 34;
const TELLING: ReadonlyMap<string, readonly (readonly [string, Shows])[]> = new Map<
  string,
  readonly (readonly [string, Shows])[]
>([
  [
    'http.proxy',
    [
      ['UrlStem', isPath],
      ['IsAuthenticated', isTruth],
      ['AnchorMailbox', isAnchor],
      ['ClientIpAddress', isAddress],
      ['HttpStatus', isStatus],
      ['BackEndStatus', isNumberOrWord],
      ['Method', isWord],
      ['TargetServerVersion', isNumberOrWord],
      ['RoutingHint', isIntact],
      ['BackEndCookie', isIntact],
    ],
  ],
  [
    'ecp.server',
    [
      ['EventId', isWord],
      ['EventData', isRequest],
    ],
  ],
  [
    'ecp.activity',
    [
      ['EventId', isWord],
      ['EventData', isWord],
    ],
  ],
  ['oab.generator', [['Message', isWord]]],
  [
    'ews.request',
    [
      ['AuthenticatedUser', isIntact],
      ['ClientIpAddress', isIntact],
      ['SoapAction', isIntact],
      ['HttpStatus', isIntact],
    ],
  ],
  [
    'cmdlet.execution',
    [
      ['Cmdlet', isWord],
      ['Parameters', isIntact],
      ['ExecutionResult', isIntact],
    ],
  ],
  [
    'cmdlet.http',
    [
      ['UrlStem', isPath],
      ['AuthenticatedUser', isIntact],
      ['ClientIpAddress', isIntact],
      ['HttpStatus', isIntact],
    ],
  ],
  [
    'exchange.audit',
    [
      ['Operation', isWord],
      ['Data', isWord],
      ['ResultStatus', isIntact],
    ],
  ],
  [
    'message.tracking',
    [
      ['event-id', isWord],
      ['sender-address', isIntact],
      ['recipient-address', isIntact],
    ],
  ],
]);
