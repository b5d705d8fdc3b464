const MARK = /^\p{M}$/u;
const ASCII_ONLY = /^[\x20-\x7e]*$/;

/** First and last code points of the blocks that terminals draw two cells wide (UAX #11, W and F; the common blocks). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];

/** Terminal cells that a text takes: combining marks none, East Asian wide characters two. Escape the text first. */
export function textWidth(text: string): number {
  if (ASCII_ONLY.test(text)) return text.length;
  let cells = 0;
  for (const character of text) cells += characterWidth(character);
  return cells;
}

/** The longest beginning of a text that fits into `cells`. */
export function headOf(text: string, cells: number): string {
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += characterWidth(character);
    if (used > cells) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function characterWidth(character: string): 0 | 1 | 2 {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (WIDE.some(([first, last]) => code >= first && code <= last)) return 2;
  return MARK.test(character) ? 0 : 1;
}
