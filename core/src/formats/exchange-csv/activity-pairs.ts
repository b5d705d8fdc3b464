/** A pair of an activity log: `S:CMD=Get-InboxRule` has the key `CMD`. Several values of one key are an array. */
export type PairValue = string | readonly string[];

/**
 * Reads the `EventData` column of the ECP logs: pairs `type:key=value` (types `S`, `Dbl`, `I32`, `F`, …) joined by `;`.
 * A pair that holds `;` or a quote stands in single quotes, with its own quotes doubled:
 * `S:TIME=4;'S:CMD=Set-OabVirtualDirectory.ExternalUrl=''http://f/''';S:EX=`. At most 4096 pairs are read.
 */
export function activityPairs(text: string): ReadonlyMap<string, PairValue> {
  const pairs = new Map<string, PairValue>();
  let at = 0;
  for (let count = 0; count < PAIR_LIMIT && at < text.length; count++) {
    const quoted = text.charCodeAt(at) === APOSTROPHE;
    const end = quoted ? closingApostrophe(text, at + 1) : endOfPair(text, at);
    const pair = quoted ? text.slice(at + 1, end).replaceAll("''", "'") : text.slice(at, end);
    addPair(pairs, pair);
    at = endOfPair(text, end) + 1;
  }
  return pairs;
}

/** The cmdlets of a `CMD` value and what follows each name. */
export interface Command {
  readonly name: string;
  /** `ExternalUrl='http://f/'.Identity='…'`, dots between the parameters, as logged. */
  readonly parameters: string;
}

/**
 * Splits a `CMD` value: `Cmdlet.Param1='v1'.Param2=$true`, in a pipeline `Pipeline.1|Cmdlet.Param='v'|Cmdlet…`. A `|` or
 * `.` inside single quotes belongs to the value. At most 64 cmdlets are read.
 */
export function commands(text: string): readonly Command[] {
  const found: Command[] = [];
  let at = 0;
  while (at <= text.length && found.length < COMMAND_LIMIT) {
    const end = endOfCommand(text, at);
    const part = text.slice(at, end);
    at = end + 1;
    if (part === '' || /^Pipeline\.\d{1,9}$/i.test(part)) continue;
    const dot = part.indexOf('.');
    found.push(
      dot < 0 ? { name: part, parameters: '' } : { name: part.slice(0, dot), parameters: part.slice(dot + 1) },
    );
  }
  return found;
}

function addPair(pairs: Map<string, PairValue>, pair: string): void {
  const equals = pair.indexOf('=');
  if (equals < 0) return;
  const colon = pair.indexOf(':');
  const key = pair.slice(colon >= 0 && colon < equals ? colon + 1 : 0, equals);
  const value = pair.slice(equals + 1);
  const before = pairs.get(key);
  if (before === undefined) pairs.set(key, value);
  else if (typeof before === 'string') pairs.set(key, [before, value]);
  else if (before.length < REPEAT_LIMIT) pairs.set(key, [...before, value]);
}

function endOfPair(text: string, from: number): number {
  const end = text.indexOf(';', from);
  return end < 0 ? text.length : end;
}

/** The place of the quote that closes a pair; the end of the text where none does, as in rows that were cut. */
function closingApostrophe(text: string, from: number): number {
  let at = text.indexOf("'", from);
  while (at >= 0 && text.charCodeAt(at + 1) === APOSTROPHE) at = text.indexOf("'", at + 2);
  return at < 0 ? text.length : at;
}

function endOfCommand(text: string, from: number): number {
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === APOSTROPHE) quoted = !quoted;
    else if (code === PIPE && !quoted) return at;
  }
  return text.length;
}

const APOSTROPHE = 39;
const PIPE = 124;
const PAIR_LIMIT = 4096;
const REPEAT_LIMIT = 64;
const COMMAND_LIMIT = 64;
