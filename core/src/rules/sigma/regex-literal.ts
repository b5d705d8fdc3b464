import type { Distance, Needs } from './literal.ts';
import { needAny, needBest, needOf } from './literal.ts';

const DEEPEST = 50;
const INSENSITIVE = /\(\?[A-Za-z]*i/;
const COUNT = /^\{(\d+)(?:,\d*)?\}/;
const GROUP_NAME = /^\(\?P?<\w+>/;
const GROUP_FLAGS = /^\(\?[A-Za-z-]*([:)])/;

/**
 * Literals of which every match of an RE2 expression holds at least one. Reads as much of the syntax as it is sure of
 * and promises nothing for the rest.
 *
 * Where case is ignored, RE2 lets `k` and `s` match the Kelvin sign and the long s, so literals are cut there.
 *
 * @see RE2 syntax, https://github.com/google/re2/wiki/Syntax
 */
export function needsOfRegex(source: string, insensitive: boolean, distance: Distance): Needs {
  return new Expression(source, insensitive || INSENSITIVE.test(source), distance).needs();
}

class Expression {
  readonly #source: string;
  readonly #insensitive: boolean;
  readonly #distance: Distance;
  #at = 0;
  #lost = false;

  constructor(source: string, insensitive: boolean, distance: Distance) {
    this.#source = source;
    this.#insensitive = insensitive;
    this.#distance = distance;
  }

  needs(): Needs {
    const needs = this.#alternatives(0);
    return this.#lost || this.#at < this.#source.length ? undefined : needs;
  }

  #alternatives(depth: number): Needs {
    if (depth > DEEPEST) this.#lost = true;
    const branches = [this.#branch(depth)];
    while (!this.#lost && this.#source.charAt(this.#at) === '|') {
      this.#at += 1;
      branches.push(this.#branch(depth));
    }
    return needAny(branches);
  }

  #branch(depth: number): Needs {
    const each: Needs[] = [];
    let run = '';
    const cut = (): void => {
      each.push(this.#literal(run));
      run = '';
    };
    while (!this.#lost && this.#at < this.#source.length) {
      const char = this.#source.charAt(this.#at);
      if (char === '|' || char === ')') break;
      const atom = this.#atom(char, depth);
      const count = this.#quantifier();
      if (atom.is === 'char' && count === 'once') {
        run += atom.char;
        continue;
      }
      if (atom.is === 'char' && count === 'more') run += atom.char;
      cut();
      if (atom.is === 'group' && count !== 'maybe') each.push(atom.needs);
    }
    cut();
    return needBest(each);
  }

  #atom(char: string, depth: number): { is: 'char'; char: string } | { is: 'group'; needs: Needs } | { is: 'other' } {
    if (char === '(') return this.#group(depth);
    if (char === '[') return this.#skipClass();
    this.#at += 1;
    if (char === '\\') return this.#escape();
    if (char === '.' || char === '^' || char === '$') return { is: 'other' };
    return { is: 'char', char };
  }

  #group(depth: number): { is: 'group'; needs: Needs } | { is: 'other' } {
    const rest = this.#source.slice(this.#at, this.#at + 100);
    if (rest.startsWith('(?')) {
      const name = GROUP_NAME.exec(rest);
      const flags = GROUP_FLAGS.exec(rest);
      const opening = name?.[0] ?? flags?.[0];
      if (opening === undefined) {
        this.#lost = true;
        return { is: 'other' };
      }
      this.#at += opening.length;
      if (flags?.[1] === ')') return { is: 'other' };
    } else {
      this.#at += 1;
    }
    const needs = this.#alternatives(depth + 1);
    if (this.#source.charAt(this.#at) !== ')') this.#lost = true;
    this.#at += 1;
    return { is: 'group', needs };
  }

  #skipClass(): { is: 'other' } {
    this.#at += 1;
    if (this.#source.charAt(this.#at) === '^') this.#at += 1;
    if (this.#source.charAt(this.#at) === ']') this.#at += 1;
    while (this.#at < this.#source.length) {
      const char = this.#source.charAt(this.#at);
      if (char === ']') {
        this.#at += 1;
        return { is: 'other' };
      }
      const posix = this.#source.startsWith('[:', this.#at) ? this.#source.indexOf(':]', this.#at) : -1;
      if (posix > 0) this.#at = posix + 2;
      else this.#at += char === '\\' ? 2 : 1;
    }
    this.#lost = true;
    return { is: 'other' };
  }

  #escape(): { is: 'char'; char: string } | { is: 'other' } {
    const char = this.#source.charAt(this.#at);
    this.#at += 1;
    if (/[^A-Za-z0-9]/.test(char)) return { is: 'char', char };
    if (!'dDwWsSbBAznrtfva'.includes(char) || char === '') this.#lost = true;
    return { is: 'other' };
  }

  /** How often the last atom stands: exactly once, at least once, or perhaps not at all. */
  #quantifier(): 'once' | 'more' | 'maybe' {
    const char = this.#source.charAt(this.#at);
    const count = char === '{' ? COUNT.exec(this.#source.slice(this.#at, this.#at + 20)) : null;
    if (count === null && char !== '*' && char !== '+' && char !== '?') return 'once';
    this.#at += count === null ? 1 : count[0].length;
    if (this.#source.charAt(this.#at) === '?') this.#at += 1;
    if (count === null) return char === '+' ? 'more' : 'maybe';
    return Number(count[1]) > 0 ? 'more' : 'maybe';
  }

  #literal(run: string): Needs {
    return this.#insensitive ? needOf(run.replaceAll(/[ksKS]+/g, CUT), this.#distance) : needOf(run, this.#distance);
  }
}

/** A character that no literal goes across. */
const CUT = '\n';
