const HIDDEN =
  /\\(?=u\{)|(?<=\p{M}{4})\p{M}|[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u2800\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]|(?! )\p{Zs}/gu;
const NOT_ASCII = /[^\x20-\x7e]/gu;

/**
 * Makes text from evidence safe and honest on a terminal: what would move the cursor, change colours, reverse the
 * reading direction, break the line or show nothing at all is written as `\u{1b}`.
 *
 * Written out are C0 and C1 controls (with ESC, tab and every line break), format characters (bidi overrides and
 * isolates, zero width, tags, soft hyphen), default-ignorables, lone surrogates, non-characters, characters for private
 * use (a font may draw a tick there, or nothing), spaces other than U+0020, the blank of Braille, and combining marks
 * after the fourth in a row. A backslash is written as `\u{5c}` only where it stands before `u{`, so that Windows paths
 * stay readable and no two texts look the same.
 *
 * Not done: look-alike letters are left as they are.
 */
export function escapeForTerminal(text: string, options: { readonly ascii?: boolean } = {}): string {
  const safe = text.replaceAll(HIDDEN, visible);
  return options.ascii === true ? safe.replaceAll(NOT_ASCII, visible) : safe;
}

function visible(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
