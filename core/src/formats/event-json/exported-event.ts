import type { XmlElement } from '../evtx/elements.ts';
import type { Micros } from '../../model/evidence.ts';
import type { FieldValue } from '../../model/reading.ts';
import type { Clock } from './clock.ts';
import { isList, isObject, member, scalar } from './json-object.ts';
import type { JsonObject, JsonValue } from './json-object.ts';

/** An event as an exporter wrote it, taken apart. */
export interface ExportedEvent {
  /** What stands in `<System>`, by the names that an EVTX file has, spelled as there. */
  readonly system: ReadonlyMap<string, string>;
  readonly clock: Clock | undefined;
  /** The time inside the event's data, of Sysmon. */
  readonly utc: Micros | undefined;
  /** Whether it has its values as the log has them; see `isComplete`. */
  readonly isComplete: boolean;
  /** Takes the rest apart, each time it is called. */
  body(): EventBody;
}

/** What stands beside `<System>`. */
export interface EventBody {
  readonly sections: readonly XmlElement[];
  /** As Windows rendered it in the language of the machine that exported it. */
  readonly message: string | undefined;
  /** What collectors added of their own. */
  readonly added: ReadonlyMap<string, FieldValue>;
}

/**
 * The object that is the event: programs that search wrap it into `_source` (Elasticsearch), `result` (Splunk) or
 * `fields`, where every value is a list.
 */
export function unwrapped(object: JsonObject): JsonObject {
  let inner = object;
  for (let depth = 0; depth < 3; depth += 1) {
    const next = member(inner, '_source') ?? member(inner, 'result');
    if (!isObject(next)) break;
    inner = next;
  }
  const fields = member(inner, 'fields');
  if (!isObject(fields) || member(inner, '_index') === undefined) return inner;
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      isList(value) && value.length === 1 ? (value[0] ?? null) : value,
    ]),
  );
}

/** The first of some members that has a text. */
export function firstText(object: JsonObject, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const text = scalar(member(object, key));
    if (text !== undefined && text !== '') return text;
  }
  return undefined;
}

/** Values as they can be handed out; what is nested, as its JSON. */
export function addedFields(entries: Iterable<readonly [string, JsonValue]>): ReadonlyMap<string, FieldValue> {
  const added = new Map<string, FieldValue>();
  for (const [key, value] of entries) {
    if (added.size >= ADDED || key.length > 256 || value === null) continue;
    const text = scalar(value);
    if (text !== undefined) added.set(key, text);
    else if (isList(value) && value.length > 0 && value.every((entry) => scalar(entry) !== undefined))
      added.set(
        key,
        value.slice(0, ADDED).map((entry) => scalar(entry) ?? ''),
      );
    else added.set(key, JSON.stringify(value).slice(0, 4096));
  }
  return added;
}

const ADDED = 512;
