import { isoTime } from '../bytes/time.ts';
import { identify } from '../formats/index.ts';
import type { ByteSource } from '../model/evidence.ts';
import type { FieldValue, Format, Reading } from '../model/reading.ts';
import { readRange } from './read-artifact.ts';

const HEAD = 64 * 1024;

/** The format that reads this source, by content. */
export async function formatOf(source: ByteSource, path: string): Promise<Format | undefined> {
  return identify(await readRange(source, 0, Math.min(HEAD, source.size)), path);
}

/**
 * One artifact as JSON Lines in the format's own field names: records, gaps and header lines, in order. What would steer
 * a terminal, or show nothing there, is escaped as JSON has it, so that a reader of JSON gets the same values.
 */
export async function* dump(source: ByteSource, path: string): AsyncIterable<string> {
  const format = await formatOf(source, path);
  if (format === undefined) {
    const says = 'no format recognises this content';
    yield shownJson({ is: 'gap', reason: 'unsupported', offset: 0, length: source.size, says });
    return;
  }
  for await (const batch of format.read(source, { path })) for (const reading of batch) yield lineOf(reading);
}

/** The fields of a record as plain JSON values; bytes as hex. */
export function plainFields(reading: Extract<Reading, { is: 'record' }>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of reading.fields()) {
    const value = plain(reading.get(name));
    // A field of this name must not reach the prototype of the object.
    if (value !== undefined)
      Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return fields;
}

function lineOf(reading: Reading): string {
  const { offset, length } = reading.origin;
  if (reading.is === 'gap') return shownJson({ is: 'gap', reason: reading.reason, offset, length, says: reading.says });
  if (reading.is === 'structure')
    return shownJson({ is: 'structure', name: reading.name, offset, length, text: reading.text });
  const at = reading.at === undefined ? null : isoTime(reading.at);
  return shownJson({
    is: 'record',
    kind: reading.kind,
    at,
    host: reading.host,
    source: reading.source,
    offset,
    length,
    fields: plainFields(reading),
  });
}

/**
 * A value as JSON (RFC 8259) without a character that a terminal obeys or hides: DEL and C1 controls, which
 * `JSON.stringify` leaves as they are, format characters (bidi overrides, zero width, tags), default-ignorables, lone
 * surrogates, separators of lines and characters for private use stand as `\\uXXXX`, two of them beyond U+FFFF.
 */
function shownJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(STEERING, (character) => {
    let escaped = '';
    for (let at = 0; at < character.length; at += 1)
      escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
    return escaped;
  });
}

function plain(value: FieldValue): unknown {
  if (!(value instanceof Uint8Array)) return value;
  return [...value.subarray(0, 65_536)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const STEERING =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u2800\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]|(?! )\p{Zs}/gu;
