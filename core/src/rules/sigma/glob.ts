import type { Pattern } from './pattern.ts';
import { DASHES } from './pattern.ts';

/** Counts how often a glob compared characters, so that a test can prove its bound. */
export interface Meter {
  steps: number;
}

/** A run between two `*`: code units, or a class below zero. */
interface Segment {
  readonly codes: readonly number[];
  /** Longest run of plain text in the segment; the search jumps to it. */
  readonly anchor: string;
  /** Code units before the anchor. */
  readonly lead: number;
}

/**
 * A wildcard pattern, matched segment by segment from the left. A segment has one length, so its leftmost place is never
 * worse than a later one and nothing is ever tried again: steps stay below text length times pattern length.
 *
 * `?` is one UTF-16 code unit: a character beyond the basic plane needs two.
 */
export class Glob {
  readonly #segments: readonly Segment[];
  readonly #openStart: boolean;
  readonly #openEnd: boolean;
  readonly #least: number;

  constructor(pattern: Pattern) {
    this.#segments = segmentsOf(pattern);
    this.#openStart = pattern[0]?.is === 'any';
    this.#openEnd = pattern.at(-1)?.is === 'any';
    this.#least = this.#segments.reduce((sum, segment) => sum + segment.codes.length, 0);
  }

  matches(text: string, meter?: Meter): boolean {
    if (text.length < this.#least) return false;
    const segments = this.#segments;
    let from = 0;
    let until = text.length;
    let first = 0;
    let last = segments.length;
    const head = segments[0];
    if (head === undefined) return this.#openStart || text.length === 0;
    if (!this.#openStart) {
      if (!standsAt(head, text, 0, meter)) return false;
      from = head.codes.length;
      first = 1;
      if (segments.length === 1 && !this.#openEnd) return text.length === from;
    }
    const tail = segments.at(-1);
    if (!this.#openEnd && tail !== undefined && last > first) {
      until -= tail.codes.length;
      if (until < from || !standsAt(tail, text, until, meter)) return false;
      last -= 1;
    }
    for (let i = first; i < last; i += 1) {
      const segment = segments[i];
      if (segment === undefined) return false;
      const at = find(segment, text, { from, until, meter });
      if (at < 0) return false;
      from = at + segment.codes.length;
    }
    return true;
  }
}

function find(
  segment: Segment,
  text: string,
  within: { from: number; until: number; meter: Meter | undefined },
): number {
  const { from, until, meter } = within;
  const latest = until - segment.codes.length;
  if (segment.anchor === '') {
    for (let at = from; at <= latest; at += 1) if (standsAt(segment, text, at, meter)) return at;
    return -1;
  }
  const whole = segment.anchor.length === segment.codes.length;
  for (let at = from; at <= latest; at += 1) {
    at = text.indexOf(segment.anchor, at + segment.lead) - segment.lead;
    if (at < from || at > latest) return -1;
    if (whole || standsAt(segment, text, at, meter)) return at;
  }
  return -1;
}

function standsAt(segment: Segment, text: string, at: number, meter: Meter | undefined): boolean {
  const { codes } = segment;
  for (let i = 0; i < codes.length; i += 1) {
    if (meter !== undefined) meter.steps += 1;
    const wanted = codes[i];
    if (wanted === ONE) continue;
    const code = text.charCodeAt(at + i);
    if (wanted === DASH ? !DASH_CODES.has(code) : wanted !== code) return false;
  }
  return true;
}

function segmentsOf(pattern: Pattern): readonly Segment[] {
  const segments: Segment[] = [];
  let codes: number[] = [];
  let anchor = '';
  let lead = 0;
  function close(): void {
    if (codes.length > 0) segments.push({ codes, anchor, lead });
    codes = [];
    anchor = '';
    lead = 0;
  }
  for (const piece of pattern) {
    if (piece.is === 'any') {
      close();
    } else if (piece.is === 'text') {
      if (piece.text.length > anchor.length) {
        anchor = piece.text;
        lead = codes.length;
      }
      for (let i = 0; i < piece.text.length; i += 1) codes.push(piece.text.charCodeAt(i));
    } else {
      codes.push(piece.is === 'one' ? ONE : DASH);
    }
  }
  close();
  return segments;
}

const ONE = -1;
const DASH = -2;
const DASH_CODES: ReadonlySet<number> = new Set(DASHES.split('').map((dash) => dash.charCodeAt(0)));
