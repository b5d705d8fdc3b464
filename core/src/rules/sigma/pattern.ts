/** One piece of a pattern: text, `*`, `?`, or a dash that stands for every dash Windows accepts before an option. */
export type Piece =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'any' }
  | { readonly is: 'one' }
  | { readonly is: 'dash' };

/** A Sigma value, its escapes undone. Neighbouring texts are joined. */
export type Pattern = readonly Piece[];

/** `-`, `/`, en dash, em dash and horizontal bar: what `windash` makes of any of them. */
export const DASHES = '-/\u2013\u2014\u2015';

const WORD = /[\p{L}\p{N}_]/u;

/**
 * Reads a value with its wildcards. `\` escapes `*`, `?` and itself, and is plain text before anything else.
 *
 * @see Sigma rules specification 2.1, Escaping
 */
export function parsePattern(value: string): Pattern {
  const pieces: Piece[] = [];
  let text = '';
  for (let i = 0; i < value.length; i += 1) {
    const char = value.charAt(i);
    const next = value.charAt(i + 1);
    if (char === '\\' && (next === '*' || next === '?' || next === '\\')) {
      text += next;
      i += 1;
    } else if (char === '*' || char === '?') {
      if (text !== '') pieces.push({ is: 'text', text });
      text = '';
      const last = pieces.at(-1);
      if (char === '?') pieces.push({ is: 'one' });
      else if (last?.is !== 'any') pieces.push({ is: 'any' });
    } else {
      text += char;
    }
  }
  if (text !== '') pieces.push({ is: 'text', text });
  return pieces;
}

/** A pattern without wildcards. */
export function plain(text: string): Pattern {
  return text === '' ? [] : [{ is: 'text', text }];
}

/** The text of a pattern without wildcards. */
export function plainText(pattern: Pattern): string | undefined {
  const [first, ...rest] = pattern;
  if (first === undefined) return '';
  return rest.length === 0 && first.is === 'text' ? first.text : undefined;
}

export type Placement = 'whole' | 'start' | 'end' | 'anywhere';

/** Opens a pattern at the ends that its placement leaves open. */
export function placed(pattern: Pattern, placement: Placement): Pattern {
  const front = (placement === 'end' || placement === 'anywhere') && pattern[0]?.is !== 'any';
  const back = (placement === 'start' || placement === 'anywhere') && pattern.at(-1)?.is !== 'any';
  const open = [...(front ? [ANY] : []), ...pattern, ...(back ? [ANY] : [])];
  return open.filter((piece, i) => piece.is !== 'any' || open[i - 1]?.is !== 'any');
}

/**
 * Lets a dash before an option (a dash after a non-word character, before a word character) be any dash. pySigma writes
 * out all permutations, 5 for every option; a piece of its own says the same.
 */
export function withAnyDash(pattern: Pattern): Pattern {
  const pieces: Piece[] = [];
  for (const piece of pattern) {
    if (piece.is !== 'text') {
      pieces.push(piece);
      continue;
    }
    let text = '';
    for (let i = 0; i < piece.text.length; i += 1) {
      const char = piece.text.charAt(i);
      const opens =
        DASHES.includes(char) && !WORD.test(piece.text.charAt(i - 1)) && WORD.test(piece.text.charAt(i + 1));
      if (!opens) {
        text += char;
        continue;
      }
      pieces.push(...plain(text), { is: 'dash' });
      text = '';
    }
    pieces.push(...plain(text));
  }
  return pieces;
}

/**
 * Folds case: simple lower case, the same on both sides. The two letters whose lower case holds an ASCII letter (Kelvin
 * sign, capital I with dot) stay as they are, so that a literal of ASCII letters in folded text stands in the raw text.
 */
export function fold(text: string): string {
  if (!text.includes(KELVIN) && !text.includes(DOTTED_I)) return text.toLowerCase();
  return text.replaceAll(FOLDED, (run) => run.toLowerCase());
}

const ANY: Piece = { is: 'any' };
const KELVIN = '\u212a';
const DOTTED_I = '\u0130';
const FOLDED = /[^\u212a\u0130]+/g;
