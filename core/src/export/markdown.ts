import { escapeForTerminal } from './escape.ts';

/**
 * Text from evidence or from a foreign case as a Markdown code span, from which it cannot break out.
 *
 * Inside a code span nothing is a link, a mention, HTML or emphasis; only a backtick ends it, a line break ends the row
 * and a pipe ends the cell of a table (GitHub's dialect splits cells before it looks for code). These three, and whatever
 * would hide or reorder text, are written as `\u{60}`, in the way of `escapeForTerminal`, which no other text looks like.
 *
 * @param most characters of the span
 */
export function codeSpan(text: string, most: number = MOST_CODE): string {
  return text === '' ? '(empty)' : span(safe(text, most), most);
}

/**
 * A sentence that may hold text from evidence. Plain words and numbers stay as they are; every other word, and so
 * whatever a renderer could take for syntax, a link, an issue or a mention, goes into a code span.
 *
 * Backslashes before punctuation would not do: platforms look for mentions, addresses and issue numbers in the text that
 * is left after the Markdown was read.
 *
 * @param most characters, about
 */
export function prose(text: string, most: number = MOST_PROSE): string {
  const parts: string[] = [];
  let code = '';
  let used = 0;
  const add = (part: string): void => {
    parts.push(part);
    used += part.length + 1;
  };
  const endCode = (): void => {
    if (code !== '') add(span(safe(code, most), most));
    code = '';
  };
  // No word that fits can be longer, and evidence may hold a text of any length.
  const words = text.slice(0, most + 1).split(SPACES);
  for (const [at, word] of words.filter((each) => each !== '').entries()) {
    if (used + code.length >= most) break;
    const { before, core, after } = bare(word);
    if (isPlain(word, core, after, at === 0)) {
      endCode();
      add(word);
    } else if (core === '' || before + after === '') code = code === '' ? word : `${code} ${word}`;
    else {
      // The brackets around a name belong to the sentence.
      endCode();
      add(`${before}${span(safe(core, most), most)}${after}`);
    }
  }
  endCode();
  if (parts.length === 0) return '(empty)';
  return parts.join(' ') + (text.length > most || used > most + SLACK ? ' …' : '');
}

/** A row of a GitHub table; the cells are Markdown already. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** The head of a table and the line below it. */
export function tableHead(titles: readonly string[]): readonly string[] {
  return [tableRow(titles), tableRow(titles.map(() => '---'))];
}

function span(escaped: string, most: number): string {
  if (escaped.length <= most) return `\`${escaped}\``;
  // No half of an escape, and no half of a pair, stays at the end.
  return `\`${escaped.slice(0, most).replace(/(?:\\u\{[0-9a-f]{0,5}|\\u?|[\ud800-\udbff])$/, '')}\`…`;
}

/** At least the first `most` characters of the text, escaped. */
function safe(text: string, most: number): string {
  return escapeForTerminal(text.slice(0, most + 1))
    .replaceAll('`', String.raw`\u{60}`)
    .replaceAll('|', String.raw`\u{7c}`);
}

/** A word without the brackets, quotes and stops around it. */
function bare(word: string): { readonly before: string; readonly core: string; readonly after: string } {
  const before = /^[("']*/.exec(word)?.[0] ?? '';
  let end = word.length;
  while (end > before.length && `)"'.,;:?!`.includes(word[end - 1] ?? '')) end -= 1;
  const core = word.slice(before.length, end);
  const after = word.slice(end);
  return core.includes('(') && after.includes(')') ? { before: '', core: word, after: '' } : { before, core, after };
}

function isPlain(word: string, core: string, after: string, first: boolean): boolean {
  if (word === '-') return !first;
  if (core.length > LONGEST_WORD || word.length > LONGEST_WORD) return false;
  // `1.` at the begin of a line is a list.
  if (NUMBER.test(core)) return !ADDRESS.test(core) && !(first && after !== '');
  return WORD.test(core) && !COMMIT.test(core);
}

const SPACES = /[ \t\r\n]+/;
/** Letters of one script or another, joined by hyphens or an apostrophe. */
const WORD = /^\p{L}+(?:['’-]\p{L}+)*$/u;
/** `1,234`, `15.1.2176.9`, `2021-03-03`; seven digits without a mark could be taken for a commit. */
const NUMBER = /^\d{1,6}(?:[.,-]\d{1,6})*$/;
const ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}$/;
/** Hexadecimal words of seven letters are commits to some platforms. */
const COMMIT = /^[a-fA-F]{7,40}$/;
const LONGEST_WORD = 60;
const MOST_CODE = 300;
const MOST_PROSE = 600;
/** A last word may reach over the limit without being cut. */
const SLACK = 60;
