import type { Check } from '../model/check.ts';

/**
 * Decides by one pass over a record's text which checks can hit at all: those that need no literal, and those of whose
 * literals one stands in the text, ASCII case folded. Text that holds `%` may be anything once it is decoded, and is
 * shown to every check. An automaton of Aho and Corasick: one table step per character, however many literals.
 */
export class LiteralGate {
  readonly #all: readonly number[];
  readonly #always: readonly number[];
  /** Column of a character in the table; 0 for those that stand in no literal. */
  readonly #columns = new Uint8Array(128);
  readonly #width: number;
  readonly #next: Int32Array;
  /** Checks whose literal ends in a state, its suffixes included. */
  readonly #ends: readonly (readonly number[] | undefined)[];
  readonly #met: Uint32Array;
  #round = 0;

  constructor(checks: readonly Check[]) {
    this.#all = checks.map((_, index) => index);
    this.#always = this.#all.filter((index) => checks[index]?.interest.literals === undefined);
    this.#met = new Uint32Array(checks.length);
    const literals = checks.flatMap((check, index) => (check.interest.literals ?? []).map((text) => ({ text, index })));
    let width = 1;
    for (const { text } of literals) {
      for (let i = 0; i < text.length; i += 1) {
        const code = text.charCodeAt(i);
        // A literal outside ASCII breaks the promise of `Interest`; such a check is shown everything.
        if (code < 128 && this.#columns[code] === 0) this.#columns[code] = width++;
      }
    }
    for (let code = 0x41; code <= 0x5a; code += 1) this.#columns[code] = this.#columns[code + 32] ?? 0;
    this.#width = width;
    const trie = buildTrie(literals, this.#columns, width);
    this.#next = trie.next;
    this.#ends = trie.ends;
  }

  /** Indexes of the checks that must see a record with this text, in no particular order. */
  candidates(text: string | undefined): readonly number[] {
    if (text === undefined || text.includes('%')) return this.#all;
    const next = this.#next;
    const width = this.#width;
    let found: number[] | undefined;
    let state = 0;
    this.#round += 1;
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      state = code < 128 ? (next[state * width + (this.#columns[code] ?? 0)] ?? 0) : 0;
      if (state === 0) continue;
      const ends = this.#ends[state];
      if (ends === undefined) continue;
      for (const index of ends) {
        if (this.#met[index] === this.#round) continue;
        this.#met[index] = this.#round;
        (found ??= [...this.#always]).push(index);
      }
    }
    return found ?? this.#always;
  }
}

interface Trie {
  readonly next: Int32Array;
  readonly ends: readonly (readonly number[] | undefined)[];
}

function buildTrie(literals: readonly { text: string; index: number }[], columns: Uint8Array, width: number): Trie {
  const most = literals.reduce((sum, { text }) => sum + text.length, 1);
  const next = new Int32Array(most * width);
  const ends: (Set<number> | undefined)[] = [undefined];
  let states = 1;
  for (const { text, index } of literals) {
    let state = 0;
    for (let i = 0; i < text.length; i += 1) {
      const slot = state * width + (columns[text.charCodeAt(i)] ?? 0);
      if (next[slot] === 0) {
        next[slot] = states;
        states += 1;
      }
      state = next[slot] ?? 0;
    }
    (ends[state] ??= new Set()).add(index);
  }
  linkFailures(next, ends, width, states);
  return {
    next: next.slice(0, states * width),
    ends: Array.from({ length: states }, (_, state) => (ends[state] === undefined ? undefined : [...ends[state]])),
  };
}

/** Fills every missing step with the step of the longest suffix, breadth first, and hands down what ends there. */
function linkFailures(next: Int32Array, ends: (Set<number> | undefined)[], width: number, states: number): void {
  const failure = new Int32Array(states);
  const queue: number[] = [];
  for (let column = 1; column < width; column += 1) {
    const state = next[column] ?? 0;
    if (state !== 0) queue.push(state);
  }
  for (let head = 0; head < queue.length; head += 1) {
    const state = queue[head] ?? 0;
    const suffix = failure[state] ?? 0;
    for (const index of ends[suffix] ?? []) (ends[state] ??= new Set()).add(index);
    for (let column = 1; column < width; column += 1) {
      const slot = state * width + column;
      const step = next[slot] ?? 0;
      const viaSuffix = next[suffix * width + column] ?? 0;
      if (step === 0) next[slot] = viaSuffix;
      else {
        failure[step] = viaSuffix;
        queue.push(step);
      }
    }
  }
}
