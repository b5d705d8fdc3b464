import type { Complaints } from '../rule-error.ts';
import { quoted } from '../rule-error.ts';
import type { Expression } from './expression.ts';

/** The selections of a rule by name, and which of them a condition asked for. */
export interface Selections {
  readonly named: ReadonlyMap<string, Expression>;
  readonly used: Set<string>;
}

const LONGEST = 16_384;
const DEEPEST = 64;
const TOKEN = /[()|]|[^\s()|]+/g;

/**
 * Reads a condition. Precedence from least to most binding: `or`, `and`, `not`, `… of …`, brackets.
 *
 * @returns `undefined` after a complaint
 * @see Sigma rules specification 2.1, Condition
 */
export function parseCondition(
  text: string,
  selections: Selections,
  complaint: { complaints: Complaints; line: number },
): Expression | undefined {
  const { complaints, line } = complaint;
  if (text.length > LONGEST) {
    complaints.add('R037', line, `condition has ${text.length} characters, at most ${LONGEST} are allowed`);
    return undefined;
  }
  const parser = new ConditionParser(text.match(TOKEN) ?? [], selections, (code, says) =>
    complaints.add(code, line, says),
  );
  return parser.parse();
}

type Refuse = (code: 'R037' | 'R040' | 'R041' | 'R042' | 'R052', says: string) => void;

class ConditionParser {
  readonly #tokens: readonly string[];
  readonly #selections: Selections;
  readonly #refuse: Refuse;
  #at = 0;
  #failed = false;

  constructor(tokens: readonly string[], selections: Selections, refuse: Refuse) {
    this.#tokens = tokens;
    this.#selections = selections;
    this.#refuse = refuse;
  }

  parse(): Expression | undefined {
    if (this.#tokens.length === 0) return this.#fail('R040', 'condition is empty');
    const whole = this.#or(0);
    const rest = this.#peek();
    if (this.#failed || rest === undefined) return whole;
    if (rest === '|')
      return this.#fail('R052', `aggregation ${quoted(this.#tokens.slice(this.#at).join(' '))} is not supported`);
    return this.#fail('R040', `expected and, or, or the end of the condition, found ${quoted(rest)}`);
  }

  #or(depth: number): Expression | undefined {
    return this.#chain('or', 'any', () => this.#and(depth));
  }

  #and(depth: number): Expression | undefined {
    return this.#chain('and', 'all', () => this.#not(depth));
  }

  #chain(word: string, is: 'all' | 'any', next: () => Expression | undefined): Expression | undefined {
    const of: Expression[] = [];
    do {
      const one = next();
      if (one === undefined) return undefined;
      of.push(one);
    } while (this.#accept(word));
    const [only, ...more] = of;
    return more.length === 0 ? only : { is, of };
  }

  #not(depth: number): Expression | undefined {
    if (depth > DEEPEST) return this.#fail('R037', `condition is nested more than ${DEEPEST} levels deep`);
    if (!this.#accept('not')) return this.#operand(depth);
    const of = this.#not(depth + 1);
    return of === undefined ? undefined : { is: 'not', of };
  }

  #operand(depth: number): Expression | undefined {
    const token = this.#take();
    if (token === '(') {
      const inner = this.#or(depth + 1);
      if (inner === undefined) return undefined;
      return this.#accept(')') ? inner : this.#fail('R040', `expected a closing bracket, found ${this.#found()}`);
    }
    if (token === undefined) return this.#fail('R040', 'expected a selection, found the end of the condition');
    if (this.#peek()?.toLowerCase() === 'of' && /^(?:\d{1,4}|all|any)$/i.test(token))
      return this.#quantified(token.toLowerCase());
    if (token === ')' || token === '|' || RESERVED.has(token.toLowerCase())) {
      return this.#fail('R040', `expected a selection, found ${quoted(token)}`);
    }
    const selection = this.#selections.named.get(token);
    if (selection === undefined)
      return this.#fail('R041', `condition names ${quoted(token)}, which is no selection of this rule`);
    this.#selections.used.add(token);
    return selection;
  }

  #quantified(quantity: string): Expression | undefined {
    this.#take();
    const pattern = this.#take();
    if (pattern === undefined || '()|'.includes(pattern)) {
      return this.#fail(
        'R040',
        `expected 'them' or a name behind '${quantity} of', found ${quoted(pattern ?? 'the end of the condition')}`,
      );
    }
    const names = [...this.#selections.named.keys()].filter((name) =>
      pattern.toLowerCase() === 'them' ? !name.startsWith('_') : fits(name, pattern),
    );
    const count = quantity === 'all' ? names.length : quantity === 'any' ? 1 : Number(quantity);
    if (names.length === 0) return this.#fail('R042', `no selection is called ${quoted(pattern)}`);
    if (count === 0 || count > names.length) {
      return this.#fail('R042', `condition asks for ${count} of ${names.length} selections called ${quoted(pattern)}`);
    }
    const of: Expression[] = [];
    for (const name of names) {
      const selection = this.#selections.named.get(name);
      if (selection !== undefined) of.push(selection);
      this.#selections.used.add(name);
    }
    if (count === of.length) return { is: 'all', of };
    return count === 1 ? { is: 'any', of } : { is: 'some', count, of };
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #take(): string | undefined {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    return token;
  }

  #accept(word: string): boolean {
    if (this.#failed || this.#peek()?.toLowerCase() !== word) return false;
    this.#at += 1;
    return true;
  }

  #found(): string {
    const token = this.#peek();
    return token === undefined ? 'the end of the condition' : quoted(token);
  }

  #fail(code: Parameters<Refuse>[0], says: string): undefined {
    if (!this.#failed) this.#refuse(code, says);
    this.#failed = true;
    return undefined;
  }
}

/** Whether a name has the form of a pattern with `*`. */
function fits(name: string, pattern: string): boolean {
  const [head = '', ...parts] = pattern.split('*');
  const tail = parts.pop();
  if (tail === undefined) return name === pattern;
  if (!name.startsWith(head) || !name.endsWith(tail) || name.length < head.length + tail.length) return false;
  let at = head.length;
  for (const part of parts) {
    const next = name.indexOf(part, at);
    if (next < 0) return false;
    at = next + part.length;
  }
  return at <= name.length - tail.length;
}

const RESERVED: ReadonlySet<string> = new Set(['and', 'or', 'not', 'of']);
