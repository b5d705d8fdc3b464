import type { FieldValue } from '../../model/reading.ts';

/**
 * Flattens the `Data` column of an audit log, which is JSON: `{"Operation":"Set-Mailbox","Parameters":[{"Name":
 * "Identity","Value":"…"}]}` gives `Data.Operation` and `Data.Parameters.Identity`. Elements of other arrays are named by
 * their place from 0, arrays of texts stay one value.
 *
 * `CreationTime` in there carries no zone and is the server's local time: it is handed on as text.
 *
 * @returns an empty map for what is not JSON or longer than 256 Ki characters; names beyond 512 or six levels deep are left out
 */
export function auditFields(text: string): ReadonlyMap<string, FieldValue> {
  const fields = new Map<string, FieldValue>();
  if (text.length > TEXT_LIMIT) return fields;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return fields;
  }
  flatten(parsed, 'Data', { fields, depth: 0 });
  return fields;
}

function flatten(value: unknown, name: string, into: { fields: Map<string, FieldValue>; depth: number }): void {
  const { fields, depth } = into;
  if (fields.size >= NAME_LIMIT || depth > DEPTH_LIMIT) return;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') fields.set(name, value);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value) && value.length > 0 && value.every((element) => typeof element === 'string')) {
    fields.set(name, value.slice(0, NAME_LIMIT));
    return;
  }
  for (const [key, element] of Object.entries(value)) {
    if (fields.size >= NAME_LIMIT) return;
    const pair = Array.isArray(value) ? namedValue(element) : undefined;
    flatten(pair === undefined ? element : pair.value, `${name}.${pair?.name ?? key}`, { fields, depth: depth + 1 });
  }
}

/** `{"Name":"Identity","Value":"…"}`, the form in which Exchange writes the parameters of a cmdlet. */
function namedValue(element: unknown): { name: string; value: unknown } | undefined {
  if (typeof element !== 'object' || element === null) return undefined;
  const { Name: name, Value: value } = element as { Name?: unknown; Value?: unknown };
  return typeof name === 'string' && value !== undefined ? { name: name.slice(0, 128), value } : undefined;
}

const TEXT_LIMIT = 256 * 1024;
const NAME_LIMIT = 512;
const DEPTH_LIMIT = 6;
