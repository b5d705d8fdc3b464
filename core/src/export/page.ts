import { escapeForTerminal } from './escape.ts';
import { headOf, textWidth } from './text-width.ts';

/** What a run of text is, not how it looks; only `Page` knows the colours. */
export type Tone = 'plain' | 'strong' | 'faint' | 'bad' | 'warn' | 'good';

export interface Run {
  readonly tone: Tone;
  readonly text: string;
  /** The spaces in it are part of a name, such as a path: break it after a separator, and only where it must be. */
  readonly kept?: true;
}

/** Text that may come from evidence, or a run of it with a tone. */
export type Part = string | Run;

export interface PageOptions {
  /** Terminal cells in a line. */
  readonly width: number;
  readonly colour: boolean;
  /** Absent or true: box characters and other scripts as they are; false: ASCII only. */
  readonly unicode?: boolean;
}

export interface Placing {
  /** Cells before the first line. */
  readonly indent?: number;
  /** Cells before every further line; `indent` if absent. */
  readonly hang?: number;
}

/** Marks that the page draws itself, with their spelling for terminals that have ASCII only. */
export type Mark = 'bullet' | 'full' | 'part' | 'none' | 'ellipsis';

export function toned(tone: Tone, text: string): Run {
  return { tone, text };
}

/** A path or another name with spaces in it. */
export function keptTogether(tone: Tone, text: string): Run {
  return { tone, text, kept: true };
}

/**
 * Lines for a terminal. Every text goes through `escapeForTerminal` here, so no caller can forget it; colours are put
 * around it afterwards, so no text can imitate them. Wraps at spaces, and inside a word only where the word alone is
 * longer than the line.
 */
export class Page {
  readonly width: number;
  readonly #colour: boolean;
  readonly #ascii: boolean;
  readonly #lines: string[] = [];

  constructor(options: PageOptions) {
    this.width = Math.max(NARROWEST, Math.floor(options.width));
    this.#colour = options.colour;
    this.#ascii = options.unicode === false;
  }

  /** At most one empty line in a row, none at the top. */
  blank(): void {
    if (this.#lines.length > 0 && this.#lines.at(-1) !== '') this.#lines.push('');
  }

  heading(text: string): void {
    this.blank();
    this.paragraph(toned('strong', text));
  }

  paragraph(parts: Part | readonly Part[], placing: Placing = {}): void {
    const indent = this.#bounded(placing.indent ?? 0);
    this.#flow(asParts(parts), {
      text: ' '.repeat(indent),
      cells: indent,
      hang: this.#bounded(placing.hang ?? indent),
    });
  }

  /** A paragraph behind a label; a label longer than `cells`, or a narrow page, gives the label a line of its own. */
  labelled(label: Part | readonly Part[], parts: Part | readonly Part[], cells: number): void {
    const runs = asParts(label).map((part) => toned(asRun(part).tone, this.#safe(asRun(part).text)));
    const used = runs.reduce((sum, run) => sum + textWidth(run.text), 0);
    const start = MARGIN + cells;
    if (used >= cells || start !== this.#bounded(start)) {
      this.paragraph(label, { indent: MARGIN });
      this.paragraph(parts, { indent: MARGIN + MARGIN });
      return;
    }
    const lead = ' '.repeat(MARGIN) + this.#painted(runs) + ' '.repeat(cells - used);
    this.#flow(asParts(parts), { text: lead, cells: start, hang: start });
  }

  /** A line that is already laid out in cells, such as bars and hex rows: cut, not wrapped. */
  exact(parts: readonly Part[], indent = 0): void {
    let room = this.width - indent;
    let line = ' '.repeat(indent);
    for (const part of parts) {
      const run = asRun(part);
      const fitting = headOf(this.#safe(run.text), room);
      room -= textWidth(fitting);
      line += this.#paint({ tone: run.tone, text: fitting });
    }
    this.#lines.push(line.trimEnd());
  }

  /** The page's own mark, in ASCII where the terminal has nothing else. */
  mark(name: Mark): string {
    return MARKS[name][this.#ascii ? 1 : 0];
  }

  /** Cells that a text takes once it is escaped. */
  cellsOf(text: string): number {
    return textWidth(this.#safe(text));
  }

  /** The text, or as much of its beginning as fits into `cells` once it is escaped, and a mark for the rest. */
  clip(text: string, cells: number): string {
    if (this.cellsOf(text) <= cells) return text;
    const mark = this.mark('ellipsis');
    let room = cells - textWidth(mark);
    let head = '';
    for (const character of text) {
      room -= this.cellsOf(character);
      if (room < 0) break;
      head += character;
    }
    return head + mark;
  }

  text(): string {
    return `${this.#lines.join('\n').trimEnd()}\n`;
  }

  #flow(parts: readonly Part[], first: { readonly text: string; readonly cells: number; readonly hang: number }): void {
    let lead = first.text;
    let used = first.cells;
    let line: Run[] = [];
    const breakLine = (): void => {
      this.#lines.push((lead + this.#painted(line)).trimEnd());
      lead = ' '.repeat(first.hang);
      used = first.hang;
      line = [];
    };
    for (const word of this.#wordsOf(parts)) {
      const cells = word.reduce((sum, run) => sum + textWidth(run.text), 0);
      if (line.length > 0 && used + 1 + cells > this.width) breakLine();
      if (line.length > 0) {
        // A space takes the tone of both its neighbours, so that a toned sentence is one run.
        const tone = line.at(-1)?.tone === word[0]?.tone ? (word[0]?.tone ?? 'plain') : 'plain';
        line.push(toned(tone, ' '));
        used += 1;
      }
      for (const run of word) {
        let rest = run.text;
        // Only what may stand on a line is measured: a word of a megabyte has ten thousand lines.
        let head = headOf(rest, this.width - used);
        while (head.length < rest.length) {
          const piece = breakable(head);
          line.push(toned(run.tone, piece));
          rest = rest.slice(piece.length);
          breakLine();
          head = headOf(rest, this.width - used);
        }
        line.push(toned(run.tone, rest));
        used += textWidth(rest);
      }
    }
    if (line.length > 0 || lead.trim() !== '') breakLine();
  }

  /** Words, each a list of runs: a word may change its tone in the middle. */
  #wordsOf(parts: readonly Part[]): readonly (readonly Run[])[] {
    const words: Run[][] = [];
    let open: Run[] | undefined;
    for (const part of parts) {
      const { tone, text, kept } = asRun(part);
      for (const piece of kept === true ? [this.#safe(text)] : this.#safe(text).split(/( +)/)) {
        if (piece === '') continue;
        if (piece.startsWith(' ') && kept !== true) open = undefined;
        else if (open === undefined) {
          open = [{ tone, text: piece }];
          words.push(open);
        } else open.push({ tone, text: piece });
      }
    }
    return words;
  }

  /** No indent may leave less than half of the narrowest page for the text. */
  #bounded(indent: number): number {
    return Math.max(0, Math.min(indent, this.width - NARROWEST / 2));
  }

  #safe(text: string): string {
    return escapeForTerminal(text, { ascii: this.#ascii });
  }

  /** Neighbours of one tone are one run. */
  #painted(runs: readonly Run[]): string {
    const merged: Run[] = [];
    for (const run of runs) {
      const last = merged.at(-1);
      if (last?.tone === run.tone) merged[merged.length - 1] = toned(run.tone, last.text + run.text);
      else merged.push(run);
    }
    return merged.map((run) => this.#paint(run)).join('');
  }

  #paint(run: Run): string {
    const code = CODES[run.tone];
    return !this.#colour || code === '' || run.text === '' ? run.text : `\u001b[${code}m${run.text}\u001b[0m`;
  }
}

/** The head of a long word, cut after its last separator unless that leaves less than half of it. */
function breakable(head: string): string {
  const last = Math.max(...SEPARATORS.map((separator) => head.lastIndexOf(separator))) + 1;
  return last * 2 > head.length ? head.slice(0, last) : head;
}

function asRun(part: Part): Run {
  return typeof part === 'string' ? toned('plain', part) : part;
}

function asParts(parts: Part | readonly Part[]): readonly Part[] {
  return typeof parts === 'string' || 'tone' in parts ? [parts] : parts;
}

/** SGR parameters (ECMA-48 8.3.117). */
const CODES: Readonly<Record<Tone, string>> = {
  plain: '',
  strong: '1',
  faint: '2',
  bad: '1;31',
  warn: '1;33',
  good: '1;32',
};

const MARKS: Readonly<Record<Mark, readonly [string, string]>> = {
  bullet: ['•', '-'],
  full: ['█', '#'],
  part: ['▒', '+'],
  none: ['·', '.'],
  ellipsis: ['…', '...'],
};

/** Cells between the edge and an indented text. */
export const MARGIN = 2;
const NARROWEST = 40;
const SEPARATORS = ['/', '\\', ' ', '&', ';', ','];
