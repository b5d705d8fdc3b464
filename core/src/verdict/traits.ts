import type { Micros } from '../model/evidence.ts';
import type { Finding } from '../model/finding.ts';
import type { TraitSpec } from '../model/pack.ts';

/** Sentences on the traits that a story fits and on those that it does not; of the others it says nothing. */
export interface TraitVerdict {
  readonly fits: readonly string[];
  readonly fitsNot: readonly string[];
}

/**
 * Holds one story against the traits of a campaign. A trait that the story has no finding for is left out: what was not
 * seen is no difference.
 *
 * @param findings those of the story, with its own times only
 */
export function judgeTraits(findings: readonly Finding[], traits: readonly TraitSpec[]): TraitVerdict {
  const byRule = new Map<string, Finding[]>();
  for (const finding of findings) {
    const known = byRule.get(finding.rule);
    if (known === undefined) byRule.set(finding.rule, [finding]);
    else known.push(finding);
  }
  const fits: string[] = [];
  const fitsNot: string[] = [];
  for (const trait of traits) {
    if (!trait.asks.some((rule) => byRule.has(rule))) continue;
    const answer = meets(trait, byRule);
    if (answer !== undefined) (answer ? fits : fitsNot).push(answer ? trait.fits : trait.fitsNot);
  }
  return { fits, fitsNot };
}

/**
 * Whether a text looks like a pattern: `*` stands for any text, `?` for one ASCII letter or digit, everything else for
 * itself; ASCII case is ignored. Only the last `*` is ever tried again, so steps stay below text length times pattern length.
 */
export function looksLike(text: string, pattern: string): boolean {
  const [value, wanted] = [text.slice(0, LONGEST).toLowerCase(), pattern.toLowerCase()];
  let at = 0;
  let p = 0;
  let star = -1;
  let resume = 0;
  while (at < value.length) {
    const sign = wanted[p];
    if (sign === '*') {
      star = p;
      p += 1;
      resume = at;
    } else if (sign !== undefined && (sign === '?' ? isWordSign(value.charCodeAt(at)) : sign === value[at])) {
      p += 1;
      at += 1;
    } else if (star >= 0) {
      p = star + 1;
      resume += 1;
      at = resume;
    } else return false;
  }
  while (wanted[p] === '*') p += 1;
  return p === wanted.length;
}

type ByRule = ReadonlyMap<string, readonly Finding[]>;

/** @returns `undefined` where the story cannot say */
function meets({ test }: TraitSpec, byRule: ByRule): boolean | undefined {
  if (test.is === 'seen') return test.rules.some((rule) => byRule.has(rule));
  if (test.is === 'unseen') return !test.rules.some((rule) => byRule.has(rule));
  if (test.is === 'order') {
    const steps = test.steps.map((rules) => timesOf(rules, byRule));
    return inOrder(steps, test.within);
  }
  if (test.is === 'pause') return pauses(timesOf(test.from, byRule), timesOf(test.to, byRule), test);
  const values = test.rules
    .flatMap((rule) => byRule.get(rule) ?? [])
    .flatMap(({ entities }) => entities.filter(({ kind }) => kind === test.kind));
  if (values.length === 0) return undefined;
  return values.some(({ value }) => looksLikeAny(value, test.like) && !looksLikeAny(value, test.unlike));
}

function looksLikeAny(value: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => looksLike(value, pattern));
}

/** Steps may be written in the same moment: logs of one second resolution say no more. */
function inOrder(steps: readonly (readonly Micros[])[], within: Micros): boolean {
  const [first = [], ...rest] = steps;
  const places = rest.map(() => 0);
  return first.some((begin) => {
    let at = begin;
    for (const [i, times] of rest.entries()) {
      let place = places[i] ?? 0;
      while ((times[place] ?? Number.POSITIVE_INFINITY) < at) place += 1;
      places[i] = place;
      const next = times[place];
      if (next === undefined || next > begin + within) return false;
      at = next;
    }
    return true;
  });
}

function pauses(
  [begin]: readonly Micros[],
  to: readonly Micros[],
  { length, isLimit }: { readonly length: Micros; readonly isLimit: boolean },
): boolean | undefined {
  const later = begin === undefined ? [] : to.filter((at) => at >= begin);
  const at = isLimit ? later[0] : later.at(-1);
  if (begin === undefined || at === undefined) return undefined;
  return isLimit ? at - begin <= length : at - begin >= length;
}

function timesOf(rules: readonly string[], byRule: ByRule): readonly Micros[] {
  const findings = rules.flatMap((rule) => byRule.get(rule) ?? []);
  return findings.flatMap(({ times }) => times).toSorted((a, b) => a - b);
}

function isWordSign(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x7a);
}

/** Entities are longer only where somebody wants them to be. */
const LONGEST = 1_024;
