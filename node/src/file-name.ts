import { TextDecoder } from 'node:util';

/**
 * Names a folder's entries for the report.
 *
 * A name that is valid UTF-8 stays as it is, `%` and all: collectors write `C%3A`, and that must stay recognisable. In a
 * name that is not UTF-8, each byte that does not decode becomes `%XX` (upper-case hex) and each `%` becomes `%25`, so
 * such a name can be turned back into its bytes. Where the outcome equals a sibling's real name, `%00` is appended until
 * it does not: a NUL byte stands in no real name.
 *
 * @returns one name for each of `raw`, in the same order, all different
 */
export function decodeNames(raw: readonly Uint8Array[]): string[] {
  const names: (string | undefined)[] = raw.map(decodeUtf8);
  const taken = new Set<string>();
  for (const name of names) if (name !== undefined) taken.add(name);
  return raw.map((bytes, at) => {
    const decoded = names[at];
    if (decoded !== undefined) return decoded;
    let encoded = percentEncoded(bytes);
    while (taken.has(encoded)) encoded += '%00';
    return encoded;
  });
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return STRICT.decode(bytes);
  } catch {
    return undefined;
  }
}

function percentEncoded(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      text += `%${(bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')}`;
      at += 1;
    } else {
      const char = STRICT.decode(bytes.subarray(at, at + length));
      text += char === '%' ? '%25' : char;
      at += length;
    }
  }
  return text;
}

/** Length of the valid UTF-8 sequence at `at`, 0 if there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    if (decodeUtf8(bytes.subarray(at, at + length)) !== undefined) return length;
  }
  return 0;
}

const STRICT: TextDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
