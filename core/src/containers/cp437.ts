/**
 * Text of bytes in code page 437, in which zip names stand that are not marked as UTF-8. The first 128 are ASCII.
 *
 * @see APPNOTE.TXT, appendix D
 */
export function cp437(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte < 128 ? String.fromCharCode(byte) : (UPPER[byte - 128] ?? '');
  return text;
}

/** @returns `undefined` if a character is not in the code page */
export function toCp437(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const upper = code < 128 ? -1 : UPPER.indexOf(text.charAt(at));
    if (code >= 128 && upper < 0) return undefined;
    bytes[at] = code < 128 ? code : 128 + upper;
  }
  return bytes;
}

const UPPER =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌' +
  '█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';
