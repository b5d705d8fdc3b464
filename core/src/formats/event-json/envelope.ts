/** Where the array of events begins inside an object that only wraps it, and how many objects stand around it. */
export interface Envelope {
  /** Behind the bracket that opens the array. */
  readonly at: number;
  readonly depth: number;
}

/** How far an envelope is looked into. */
export const ENVELOPE_LIMIT: number = 64 * 1024;

/**
 * Looks for `{"took":3,"hits":{"total":2,"hits":[`, the answer of a search as programs save it, and its kin:
 * `{"value":[`, `{"results":[`. An object that has members of an event is none.
 *
 * @param from where an object begins
 * @param level objects around this one
 */
export function envelopeAt(
  bytes: Uint8Array,
  { from, to }: { from: number; to: number },
  level = 0,
): Envelope | undefined {
  let at = from + 1;
  for (let members = 0; members < MEMBERS; members += 1) {
    at = afterSpace(bytes, at, to);
    if (bytes[at] === COMMA) at = afterSpace(bytes, at + 1, to);
    if (bytes[at] !== QUOTE || at >= to) return undefined;
    const close = closingQuote(bytes, at + 1, to);
    if (close < 0 || close - at > 64) return undefined;
    const key = ascii(bytes, at + 1, close).toLowerCase();
    if (EVENT_KEYS.has(key)) return undefined;
    at = afterSpace(bytes, close + 1, to);
    if (bytes[at] !== COLON || at >= to) return undefined;
    at = afterSpace(bytes, at + 1, to);
    if (at >= to) return undefined;
    if (ENVELOPE_KEYS.has(key)) {
      if (bytes[at] === OPEN_BRACKET && bytes[afterSpace(bytes, at + 1, to)] === OPEN_BRACE)
        return { at: at + 1, depth: level + 1 };
      if (bytes[at] === OPEN_BRACE && level < 2) {
        const inner = envelopeAt(bytes, { from: at, to }, level + 1);
        if (inner !== undefined) return inner;
      }
    }
    at = afterValue(bytes, at, to);
    if (at < 0) return undefined;
  }
  return undefined;
}

/** The place behind a value, or -1 where it does not end in time. */
function afterValue(bytes: Uint8Array, from: number, to: number): number {
  let depth = 0;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at = closingQuote(bytes, at + 1, to);
      if (at < 0) return -1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (depth === 0) return at;
      depth -= 1;
    } else if (byte === COMMA && depth === 0) return at;
  }
  return -1;
}

function closingQuote(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at += 1) {
    if (bytes[at] === QUOTE) return at;
    if (bytes[at] === BACKSLASH) at += 1;
  }
  return -1;
}

function afterSpace(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && (bytes[at] === 32 || bytes[at] === 9 || bytes[at] === 10 || bytes[at] === 13)) at += 1;
  return at;
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at += 1) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

const MEMBERS = 32;
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const ENVELOPE_KEYS: ReadonlySet<string> = new Set(
  'hits results result events records rows value values data documents docs logs entries items response'.split(' '),
);
const EVENT_KEYS: ReadonlySet<string> = new Set(
  'event system eventid event_id eventcode channel logname winlog _source _raw @timestamp sourcename providername provider'.split(
    ' ',
  ),
);
