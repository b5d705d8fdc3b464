import { NAMED, isComplete, leftOf } from './completeness.ts';
import { clockOf } from './clock.ts';
import { elementSection, namedSection, unnamedSection } from './event-sections.ts';
import { SYSMON, spellingOf, systemText } from './event-spelling.ts';
import { addedFields, firstText } from './exported-event.ts';
import type { EventBody, ExportedEvent } from './exported-event.ts';
import { numberedValues } from './flat-event.ts';
import { isList, isObject, member, scalar } from './json-object.ts';
import type { JsonObject, JsonValue } from './json-object.ts';
import { utcOf } from './nested-event.ts';
import { sysmonUtc } from './rendered-message.ts';

/**
 * An event of Winlogbeat: what Windows wrote stands below `winlog`, as objects or with dots in the names, and before
 * version 7 beside each other (`log_name`, `event_data`). `@timestamp` is the time of the event. Also of Wazuh, which has
 * it below `win.system` and `win.eventdata` and begins the names of values with a small letter.
 */
export function winlogEvent(object: JsonObject): ExportedEvent | undefined {
  const data = member(object, 'data');
  const win = member(object, 'win') ?? (isObject(data) ? member(data, 'win') : undefined);
  if (isObject(win)) return wazuhEvent(object, win);
  const log = winlogOf(object);
  if (log === undefined) return undefined;
  const system = new Map<string, string>();
  for (const [name, paths] of SYSTEM) {
    const text = firstAt(log, paths) ?? firstAt(object, OUTER.get(name) ?? []);
    // Winlogbeat says so of level 4 and of level 0.
    const isVague = name === 'Level' && text === 'information';
    const value = text === undefined || isVague ? undefined : systemText(name, text);
    if (value !== undefined) system.set(name, value);
  }
  if (!system.has('EventID') || !(system.has('Channel') || system.has('Provider_Name'))) return undefined;
  return exported(object, system, {
    data: member(log, 'event_data'),
    userData: member(log, 'user_data'),
    message: firstText(object, MESSAGES),
    clocks: ['@timestamp', 'timestamp'],
    isInner: (key) => key === 'winlog' || key.startsWith('winlog.') || key === 'event_data' || key === 'user_data',
  });
}

function wazuhEvent(object: JsonObject, win: JsonObject): ExportedEvent | undefined {
  const inner = member(win, 'system');
  if (!isObject(inner)) return undefined;
  const system = new Map<string, string>();
  for (const [name, key] of WAZUH) {
    const value = systemText(name, firstText(inner, [key]) ?? '');
    if (value !== undefined) system.set(name, value);
  }
  if (!system.has('EventID')) return undefined;
  const data = member(win, 'eventdata');
  const capital = isObject(data)
    ? Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key.charAt(0).toUpperCase() + key.slice(1), value]),
      )
    : undefined;
  const message = firstText(inner, ['message'])?.replace(/^"([^]*)"$/, '$1');
  return exported({ ...object, systemTime: member(inner, 'systemTime') ?? null }, system, {
    data: capital,
    userData: undefined,
    message,
    clocks: ['systemTime', 'timestamp', '@timestamp'],
    isInner: (key) => key === 'win' || key === 'data' || key === 'systemTime',
  });
}

interface Parts {
  readonly data: JsonValue | undefined;
  readonly userData: JsonValue | undefined;
  readonly message: string | undefined;
  readonly clocks: readonly string[];
  /** Members of the row that are read as the event. */
  readonly isInner: (key: string) => boolean;
}

function exported(object: JsonObject, system: ReadonlyMap<string, string>, parts: Parts): ExportedEvent {
  const channel = system.get('Channel');
  const { data, message } = parts;
  const utc = isObject(data) ? scalar(member(data, 'UtcTime')) : undefined;
  const clocks = parts.clocks.flatMap((name) => clockOf(name, member(object, name), { isUtc: false }) ?? []);
  return {
    system,
    clock: clocks.find(({ isZoned }) => isZoned) ?? clocks[0],
    utc: channel === SYSMON ? utcOf(utc ?? sysmonUtc(message ?? '')) : undefined,
    isComplete: isComplete(system, isObject(parts.userData) ? NAMED : leftOf(data)),
    body: () => bodyOf(object, channel, parts),
  };
}

function bodyOf(
  object: JsonObject,
  channel: string | undefined,
  { data, userData, message, isInner }: Parts,
): EventBody {
  const sections = [];
  if (isObject(data)) {
    const pairs = Object.entries(data).filter(([, value]) => value !== null);
    const unnamed = isList(member(data, 'Data')) ? member(data, 'Data') : undefined;
    sections.push(
      namedSection(
        pairs.filter(([key]) => key !== 'Data'),
        spellingOf(channel),
      ),
    );
    const single = scalar(member(data, 'Data'));
    const values = isList(unnamed)
      ? unnamed.map((entry) => scalar(entry) ?? '')
      : single === undefined
        ? numberedValues(pairs)
        : [single];
    if (values.length > 0) sections.push(unnamedSection(values));
  }
  // Winlogbeat names the element inside UserData in a member of its own.
  if (isObject(userData))
    sections.push(
      elementSection('UserData', Object.fromEntries(Object.entries(userData).filter(([key]) => key !== 'xml_name'))),
    );
  const added = Object.entries(object).filter(([key]) => !isInner(key) && !MESSAGES.includes(key));
  return { sections, message, added: addedFields(added) };
}

/** What stands below `winlog`, with `event_data` as an object, whichever way the names were written. */
function winlogOf(object: JsonObject): JsonObject | undefined {
  const inner = member(object, 'winlog');
  if (isObject(inner) && !Object.keys(inner).some((key) => DATA_KEY.test(key))) return inner;
  const isOld = isObject(member(object, 'event_data')) || Object.hasOwn(object, 'log_name');
  if (isOld) return object;
  if (inner === undefined && !hasDotted(object)) return undefined;
  const log = new Map<string, JsonValue>(isObject(inner) ? Object.entries(inner) : []);
  const data = new Map<string, JsonValue>();
  const userData = new Map<string, JsonValue>();
  let found = log.size > 0;
  for (const [key, value] of [...log, ...Object.entries(object)]) {
    const isInner = log.has(key);
    if (!isInner && !key.startsWith('winlog.')) continue;
    found = true;
    const name = isInner ? key : key.slice(7);
    const part = DATA_KEY.exec(name);
    if (part === null) log.set(name, value);
    else (part[1] === 'event_data' ? data : userData).set(name.slice(part[0].length), value);
  }
  if (!found) return undefined;
  if (data.size > 0) log.set('event_data', Object.fromEntries(data));
  if (userData.size > 0) log.set('user_data', Object.fromEntries(userData));
  return Object.fromEntries(log);
}

function hasDotted(object: JsonObject): boolean {
  for (const key of Object.keys(object)) if (key.startsWith('winlog.')) return true;
  return false;
}

function firstAt(object: JsonObject, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    let value: JsonValue | undefined = member(object, path);
    if (value === undefined && path.includes('.')) {
      value = object;
      for (const key of path.split('.')) value = isObject(value) ? member(value, key) : undefined;
    }
    const text = scalar(isList(value) ? value[0] : value);
    if (text !== undefined && text !== '') return text;
  }
  return undefined;
}

/** A spreadsheet may have changed its case. */
const MESSAGES: readonly string[] = ['message', 'Message'];
const DATA_KEY = /^(event_data|user_data)\./;

/** Below `winlog`. */
const SYSTEM: ReadonlyMap<string, readonly string[]> = new Map([
  ['Provider_Name', ['provider_name', 'source_name']],
  ['Provider_Guid', ['provider_guid']],
  ['EventID', ['event_id']],
  ['Version', ['version']],
  ['Level', ['level']],
  ['Task', ['task']],
  ['Opcode', ['opcode']],
  ['Keywords', ['keywords']],
  ['EventRecordID', ['record_id', 'record_number']],
  ['ActivityID', ['activity_id']],
  ['RelatedActivityID', ['related_activity_id']],
  ['ProcessID', ['process.pid', 'process_id']],
  ['ThreadID', ['process.thread.id', 'thread_id']],
  ['Channel', ['channel', 'log_name']],
  ['Computer', ['computer_name']],
  ['UserID', ['user.identifier']],
]);

/** Beside `winlog`, by the Elastic Common Schema. `host.name` is the machine that collected, and is not asked. */
const OUTER: ReadonlyMap<string, readonly string[]> = new Map([
  ['EventID', ['event.code']],
  ['Provider_Name', ['event.provider']],
  ['Level', ['log.level']],
]);

const WAZUH: ReadonlyMap<string, string> = new Map([
  ['Provider_Name', 'providerName'],
  ['Provider_Guid', 'providerGuid'],
  ['EventID', 'eventID'],
  ['Version', 'version'],
  ['Level', 'level'],
  ['Task', 'task'],
  ['Opcode', 'opcode'],
  ['Keywords', 'keywords'],
  ['EventRecordID', 'eventRecordID'],
  ['ProcessID', 'processID'],
  ['ThreadID', 'threadID'],
  ['Channel', 'channel'],
  ['Computer', 'computer'],
]);
