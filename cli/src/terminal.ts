import { escapeForTerminal } from '@afterpatch/core/export/escape.ts';
import type { PageOptions } from '@afterpatch/core/export/page.ts';
import pico from 'picocolors';

/** A stream of the process, or one that a test keeps. */
export interface TextStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string, done: (error?: Error | null) => void): boolean;
}

/** Where a verb writes and what it may know of its surroundings. */
export interface Shell {
  readonly out: TextStream;
  readonly err: TextStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
}

/** How text for a person looks on a stream; `NO_COLOR` (no-color.org), `--no-color` and anything but a terminal turn colour off. */
export function pageOptions(stream: TextStream, shell: Shell, options: { readonly color: boolean }): PageOptions {
  return { width: widthOf(stream, shell), colour: wantsColour(stream, shell, options), unicode: speaksUnicode(shell) };
}

/** Writes all of a text; resolves when the stream has taken it, so that nothing is lost when the process ends. */
export function write(stream: TextStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error === undefined || error === null ? resolve() : reject(error)));
  });
}

/** One line of a complaint on stderr. The text may hold anything. */
export async function complain(shell: Shell, text: string, options: { readonly color: boolean }): Promise<void> {
  const colours = pico.createColors(wantsColour(shell.err, shell, options));
  await write(
    shell.err,
    `${colours.red('afterpatch:')} ${escapeForTerminal(text, { ascii: !speaksUnicode(shell) })}\n`,
  );
}

function wantsColour(stream: TextStream, shell: Shell, options: { readonly color: boolean }): boolean {
  const noColour = shell.env['NO_COLOR'] ?? '';
  return options.color && noColour === '' && stream.isTTY === true && shell.env['TERM'] !== 'dumb';
}

function widthOf(stream: TextStream, shell: Shell): number {
  const columns = stream.isTTY === true ? stream.columns : Number(shell.env['COLUMNS'] ?? '');
  if (columns === undefined || !Number.isSafeInteger(columns) || columns <= 0) return USUAL_WIDTH;
  return Math.min(columns, WIDEST);
}

/** Windows and macOS terminals take UTF-8 whatever the locale says; elsewhere the locale decides (POSIX order). */
function speaksUnicode(shell: Shell): boolean {
  if (shell.platform === 'win32' || shell.platform === 'darwin') return true;
  const { LC_ALL, LC_CTYPE, LANG } = shell.env;
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== '');
  return locale !== undefined && /utf-?8/i.test(locale);
}

const USUAL_WIDTH = 80;
const WIDEST = 120;
