/** Transformations of a plain value into other text; bytes are text of one character per byte. */
export type Encoding = 'utf16le' | 'utf16be' | 'utf16' | 'base64' | 'base64offset';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** A value on its way through its encodings: text as it was typed, or bytes. */
export type Coded =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'bytes'; readonly bytes: readonly number[] };

/**
 * Applies one encoding. `base64offset` gives three results, one for each place a value may take inside a group of three
 * bytes, cut to the characters that do not depend on its neighbours.
 *
 * @see Sigma modifiers appendix 2.1, Encoding
 */
export function encode(coded: Coded, encoding: Encoding): readonly Coded[] {
  if (encoding === 'utf16le') return [{ is: 'bytes', bytes: utf16(coded, false) }];
  if (encoding === 'utf16be') return [{ is: 'bytes', bytes: utf16(coded, true) }];
  if (encoding === 'utf16') return [{ is: 'bytes', bytes: [0xff, 0xfe, ...utf16(coded, false)] }];
  const bytes = bytesOf(coded);
  if (encoding === 'base64') return [{ is: 'text', text: base64(bytes) }];
  return [0, 1, 2].map((shift) => {
    const text = base64([...Array.from({ length: shift }, () => 0), ...bytes]);
    const from = [0, 2, 3][shift] ?? 0;
    const cut = [0, 3, 2][(bytes.length + shift) % 3] ?? 0;
    return { is: 'text', text: text.slice(from, text.length - cut) };
  });
}

/** The text a record must hold for it. */
export function textOf(coded: Coded): string {
  return coded.is === 'text' ? coded.text : coded.bytes.map((byte) => String.fromCharCode(byte)).join('');
}

function bytesOf(coded: Coded): readonly number[] {
  return coded.is === 'bytes' ? coded.bytes : [...new TextEncoder().encode(coded.text)];
}

function utf16(coded: Coded, bigEndian: boolean): readonly number[] {
  const text = textOf(coded);
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (bigEndian) bytes.push(code >> 8, code & 0xff);
    else bytes.push(code & 0xff, code >> 8);
  }
  return bytes;
}

/** RFC 4648 section 4, with padding. */
function base64(bytes: readonly number[]): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = bytes.slice(i, i + 3);
    const group = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    text += ALPHABET.charAt(group >> 18) + ALPHABET.charAt((group >> 12) & 63);
    text += b === undefined ? '=' : ALPHABET.charAt((group >> 6) & 63);
    text += c === undefined ? '=' : ALPHABET.charAt(group & 63);
  }
  return text;
}
