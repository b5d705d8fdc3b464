import { fold } from './pattern.ts';

/**
 * Lower-case ASCII literals of which at least one stands in the raw text of everything a test accepts; `undefined` where
 * no such set is known. Of text that holds `%` nothing is promised.
 */
export type Needs = readonly string[] | undefined;

/**
 * How far a field's value may be from the text it was read from.
 *
 * - `exact`: cut out, quotes undone, `+` perhaps a space
 * - `decoded`: percent-encoding undone and lower case made of it, in which the Kelvin sign became a `k` and the dotted
 *   capital I an `i`
 * - `path`: besides, `\` became `/`, doubled slashes one, and `.` and `..` were resolved
 */
export type Distance = 'exact' | 'decoded' | 'path';

const SHORTEST = 3;
const LONGEST = 64;
const MOST = 1_000;
/** A field may hold a number or a truth value that the raw text writes otherwise; such words are not relied on. */
const TELLING = /[a-z]|\..*\./;
const SPELLED: readonly string[] = ['true', 'false', 'nan', '-infinity'];
/**
 * Where a literal is cut. Quotes are doubled in CSV, spaces are `+` in W3C logs, `?` joins stem and query, `%` starts an
 * escape, `\` and doubled `/` may be normalised, other characters are not ASCII.
 */
const CUTS: Readonly<Record<Distance, RegExp>> = {
  exact: /[^!#$&()*,\-./0-9:;<=>@[\]^_`a-z{|}~]+|\/{2,}/,
  decoded: /[^!#$&()*,\-./0-9:;<=>@[\]^_`a-hjl-z{|}~]+|\/{2,}/,
  path: /[^!#$&()*,\-.0-9:;<=>@[\]^_`a-hjl-z{|}~]+/,
};

/** The longest part of a text that a literal scan can rely on. */
export function needOf(text: string, distance: Distance): Needs {
  let best = '';
  for (const part of fold(text).split(CUTS[distance])) if (part.length > best.length && isTelling(part)) best = part;
  return best.length < SHORTEST ? undefined : [best.slice(0, LONGEST)];
}

function isTelling(part: string): boolean {
  return TELLING.test(part) && !SPELLED.some((word) => word.includes(part));
}

/** What is needed where one of several tests must accept. */
export function needAny(each: readonly Needs[]): Needs {
  const all = new Set<string>();
  for (const needs of each) {
    if (needs === undefined) return undefined;
    for (const literal of needs) all.add(literal);
  }
  return all.size === 0 || all.size > MOST ? undefined : [...all];
}

/** What is needed where all of several tests must accept: the most telling of them. */
export function needBest(each: readonly Needs[]): Needs {
  let best: Needs;
  let most = 0;
  for (const needs of each) {
    if (needs === undefined) continue;
    const worth = Math.min(...needs.map((literal) => literal.length)) - Math.log2(needs.length);
    if (best === undefined || worth > most) {
      best = needs;
      most = worth;
    }
  }
  return best;
}
