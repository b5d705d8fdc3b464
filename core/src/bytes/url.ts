import { detached, utf8OrLatin1 } from './text.ts';

/**
 * Undoes percent-encoding (RFC 3986 §2.1) so many times over. Attack tools encode once for the server and once for the
 * filter in front of it, so rules look at text that was decoded twice.
 *
 * Bytes that are not UTF-8 become ISO 8859-1 characters. What is not `%` and two hexadecimal digits stays as it stands:
 * neither `%u0041` of old IIS nor `+` for a space is undone. The result is never longer than the text.
 */
export function percentDecoded(text: string, times = 1): string {
  let decoded = text;
  for (let time = 0; time < times; time++) {
    const next = decodedOnce(decoded);
    if (next === decoded) break;
    decoded = next;
  }
  return decoded;
}

/**
 * The path that a request line names, as the server would look for it: decoded twice, lower case, `/` for `\`, doubled
 * slashes made one, `.` and `..` resolved (never above the root). What Windows only drops when it opens the file stays
 * visible: dots and spaces at the end of a part, `::$data`. Query and fragment are taken as part of the path; a caller
 * that has them cuts them off first.
 */
export function urlPath(stem: string): string {
  const text = percentDecoded(stem, 2).toLowerCase().replaceAll('\\', '/');
  if (!text.includes('//') && !text.includes('/.') && !text.startsWith('.')) return detached(text);
  const parts: string[] = [];
  for (const part of text.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  const folder = parts.length > 0 && /\/\.{0,2}$/.test(text);
  return `${text.startsWith('/') ? '/' : ''}${parts.join('/')}${folder ? '/' : ''}`;
}

/** Path and query in one text, decoded twice, lower case, not otherwise changed: what rules for whole URLs are written for. */
export function wholeUrl(stem: string, query: string | undefined): string {
  const rest = query?.startsWith('?') === true ? query.slice(1) : query;
  const raw = rest === undefined || rest === '' ? stem : `${stem}?${rest}`;
  return detached(percentDecoded(raw, 2).toLowerCase());
}

/** What follows the authority of a URL that a log wrote absolute (`https://localhost:444/ecp/`) or from the path on. */
export function withoutAuthority(url: string): string {
  const scheme = url.indexOf('://');
  if (scheme <= 0 || scheme > 12) return url;
  const path = url.slice(scheme + 3).search(/[/?#]/);
  return path < 0 ? '' : url.slice(scheme + 3 + path);
}

/** A URL up to its query or fragment. */
export function withoutQuery(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

/**
 * The value of the last parameter of that name, undecoded, without regard to case, at most 256 characters. The last,
 * because servers append their own (`&cafeReqId=…;`) and a stranger can only write in front of it.
 *
 * A value ends at `&`, `;`, `#`, a space or the end, because Exchange closes its own parameters with `;`.
 */
export function lastParameter(query: string, name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (let equals = query.lastIndexOf('='); equals >= name.length; equals = query.lastIndexOf('=', equals - 1)) {
    const from = equals - name.length;
    if (from > 0 && !'?&;'.includes(query.charAt(from - 1))) continue;
    if (query.slice(from, equals).toLowerCase() === wanted) return parameterAt(query, equals + 1);
  }
  return undefined;
}

/** A user agent as its client wrote it, near enough: IIS writes `+` for a space, Exchange a space for a comma. */
export function userAgentText(logged: string, options: { plusIsSpace: boolean }): string {
  const text = options.plusIsSpace ? logged.replaceAll('+', ' ') : logged;
  return detached(text.includes('  ') ? text.replaceAll(/ {2,}/g, ' ') : text);
}

function parameterAt(query: string, from: number): string | undefined {
  const value = query.slice(from, from + PARAMETER_LIMIT);
  const end = value.search(/[&;# ]/);
  const cut = end < 0 ? value : value.slice(0, end);
  return cut === '' ? undefined : detached(cut);
}

function decodedOnce(text: string): string {
  let at = text.indexOf('%');
  if (at < 0) return text;
  let decoded = '';
  let from = 0;
  while (at >= 0) {
    const byte = byteAt(text, at);
    const next = byte < 0 ? at + 1 : byte < 0x80 ? at + 3 : endOfHighBytes(text, at);
    if (byte >= 0) {
      decoded +=
        text.slice(from, at) + (byte < 0x80 ? String.fromCharCode(byte) : utf8OrLatin1(bytesAt(text, at, next)));
      from = next;
    }
    at = text.indexOf('%', next);
  }
  return decoded + text.slice(from);
}

/** Where a run of encoded bytes above 7F ends; only together they are characters. */
function endOfHighBytes(text: string, from: number): number {
  let at = from;
  while (byteAt(text, at) >= 0x80) at += 3;
  return at;
}

function bytesAt(text: string, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array((to - from) / 3);
  for (let place = 0; place < bytes.length; place++) bytes[place] = byteAt(text, from + 3 * place);
  return bytes;
}

/** The byte that `%XX` at a place stands for, or -1. */
function byteAt(text: string, at: number): number {
  if (text.charCodeAt(at) !== 37) return -1;
  const high = hexDigit(text.charCodeAt(at + 1));
  const low = hexDigit(text.charCodeAt(at + 2));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

const PARAMETER_LIMIT = 256;
