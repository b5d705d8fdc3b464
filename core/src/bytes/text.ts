/** How the bytes of a text artifact stand for characters. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

export interface TextStart {
  readonly encoding: Encoding;
  /** Bytes of the byte order mark, 0 where there is none. */
  readonly mark: number;
}

/**
 * Tells the encoding of a text from its first bytes: by byte order mark (Unicode 15 §2.13), or, without one, by the NUL
 * that stands in every second place where Latin text is written in UTF-16, from its first character on. Anything else is
 * taken as UTF-8, of which ASCII is a part; single lines that are not UTF-8 are the business of `decodeLine`.
 */
export function textStart(head: Uint8Array): TextStart {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', mark: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', mark: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', mark: 2 };
  const end = Math.min(head.length, HEAD_SAMPLE) - 1;
  let pairs = 0;
  let first = 0;
  let second = 0;
  for (let at = 0; at < end; at += 2) {
    const one = head[at] === 0;
    const two = head[at + 1] === 0;
    // Padding, which follows the text after a crash, tells nothing.
    if (one && two) continue;
    // Damage can write NULs behind lines in ASCII, which have none themselves.
    if (pairs === 0 && !one && !two) break;
    pairs++;
    if (one) first++;
    if (two) second++;
  }
  if (pairs < 4) return { encoding: 'utf-8', mark: 0 };
  if (second >= pairs * 0.7 && first <= pairs * 0.1) return { encoding: 'utf-16le', mark: 0 };
  if (first >= pairs * 0.7 && second <= pairs * 0.1) return { encoding: 'utf-16be', mark: 0 };
  return { encoding: 'utf-8', mark: 0 };
}

/** The head of an artifact as text, for the recognition of formats; never throws, cuts nothing but the mark. */
export function headText(head: Uint8Array): string {
  const { encoding, mark } = textStart(head);
  const body = head.subarray(mark);
  return encoding === 'utf-8' ? UTF8.decode(body) : decodeUtf16(body, encoding);
}

/**
 * UTF-16 as text, two bytes a unit. Lone surrogates become U+FFFD, so that the text has a UTF-8 form; the number of
 * units does not change. A last odd byte is left out.
 */
export function decodeUtf16(bytes: Uint8Array, encoding: 'utf-16le' | 'utf-16be'): string {
  const whole = bytes.subarray(0, bytes.length & ~1);
  if (encoding === 'utf-16le') return UTF16.decode(whole);
  const swapped = new Uint8Array(whole.length);
  for (let at = 0; at < whole.length; at += 2) {
    swapped[at] = whole[at + 1] ?? 0;
    swapped[at + 1] = whole[at] ?? 0;
  }
  return UTF16.decode(swapped);
}

/**
 * Bytes as a text of exactly one UTF-16 unit a byte, or `undefined` where the bytes are not all ASCII. This is the fast
 * path of every line format: places in the text are places in the bytes.
 */
export function asciiText(bytes: Uint8Array): string | undefined {
  const text = UTF8.decode(bytes);
  return text.length === bytes.length && !text.includes('\ufffd') ? text : undefined;
}

/** Every byte as the character of its number (ISO 8859-1, not Windows-1252, which hosts do not decode alike). */
export function latin1Text(bytes: Uint8Array): string {
  if (bytes.length <= CALL_LIMIT) return Reflect.apply(String.fromCharCode, undefined, bytes);
  let text = '';
  for (let at = 0; at < bytes.length; at += CALL_LIMIT) {
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + CALL_LIMIT)) as string;
  }
  return text;
}

/** Bytes as UTF-8, or, where they are not UTF-8, as `latin1Text`: old logs are written in the code page of the server. */
export function utf8OrLatin1(bytes: Uint8Array): string {
  const text = UTF8.decode(bytes);
  if (!text.includes('\ufffd') || isEncodingOf(text, bytes)) return text;
  return latin1Text(bytes);
}

/**
 * The same text without a tie to the text it was cut from. Engines keep the whole of a long string alive for the sake
 * of a short slice of it; a value that outlives its batch would otherwise hold 64 KiB of log.
 */
export function detached(text: string): string {
  return ` ${text}`.slice(1);
}

/** The first `limit` UTF-16 units of a text, one less where that would cut a character in two; detached. */
export function excerptOf(text: string, limit = 400): string {
  if (text.length <= limit) return detached(text);
  const last = text.charCodeAt(limit - 1);
  return detached(text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit));
}

function isEncodingOf(text: string, bytes: Uint8Array): boolean {
  const back = ENCODER.encode(text);
  if (back.length !== bytes.length) return false;
  for (let at = 0; at < back.length; at++) if (back[at] !== bytes[at]) return false;
  return true;
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
const UTF16 = new TextDecoder('utf-16le', { ignoreBOM: true });
const ENCODER = new TextEncoder();
const HEAD_SAMPLE = 4096;
const CALL_LIMIT = 8192;
