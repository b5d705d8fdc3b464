import type { XmlElement } from '../evtx/elements.ts';
import { ABSENT, NAMED, UNNAMED, isComplete, leftInMembers, leftOf } from './completeness.ts';
import type { LeftData } from './completeness.ts';
import { clockOf } from './clock.ts';
import type { Clock } from './clock.ts';
import { UnnamedValues, dataSection, elementSection, namedSection, unnamedSection } from './event-sections.ts';
import { SYSMON, channelOf, providerOf, spellingOf, systemText } from './event-spelling.ts';
import { addedFields, firstText } from './exported-event.ts';
import type { EventBody, ExportedEvent } from './exported-event.ts';
import { isList, isObject, member, objectIn, scalar } from './json-object.ts';
import type { JsonObject, JsonValue } from './json-object.ts';
import { utcOf } from './nested-event.ts';
import { sysmonUtc } from './rendered-message.ts';

/** The members of one program's flat rows that stand for `<System>`; the others are the event's own data or added. */
interface Layout {
  readonly system: ReadonlyMap<string, readonly string[]>;
  /** In order of trust. */
  readonly clocks: readonly string[];
  /** Members that collectors add. */
  readonly added: ReadonlySet<string>;
  /** Times without a zone are UTC. */
  readonly isUtc: boolean;
}

/**
 * An event whose fields stand side by side: NXLog and the captures made with it, EvtxECmd, `Get-WinEvent` and
 * `Get-EventLog` of PowerShell, Log Analytics, and whatever else names channel or provider and an event id.
 */
export function flatEvent(object: JsonObject): ExportedEvent | undefined {
  const layout = layoutOf(object);
  const system = new Map<string, string>();
  const taken = new Set(MESSAGES);
  for (const [name, keys] of layout.system) {
    const found = chosen(object, keys);
    if (found === undefined) continue;
    taken.add(found.key);
    const value = systemText(name, found.text);
    if (value !== undefined) system.set(name, value);
  }
  if (!system.has('EventID') || !(system.has('Channel') || system.has('Provider_Name'))) return undefined;
  const provider = system.get('Provider_Name');
  if (provider !== undefined) system.set('Provider_Name', providerOf(provider));
  const channel = system.get('Channel') ?? channelOf(system.get('Provider_Name'), system.get('EventID'));
  const message = firstText(object, MESSAGES);
  const utc = channel === SYSMON ? (scalar(member(object, 'UtcTime')) ?? sysmonUtc(message ?? '')) : undefined;
  return {
    system,
    clock: bestClock(object, layout),
    utc: utcOf(utc),
    isComplete: isComplete(system, leftIn(object, layout, taken)),
    body: () => bodyOf(object, layout, { channel, message, taken }),
  };
}

/** The first of some members that has a text, and the text. */
function chosen(object: JsonObject, keys: readonly string[]): { key: string; text: string } | undefined {
  for (const key of keys) {
    const value = member(object, key);
    // Get-WinEvent gives the account as an object, Winlogbeat keywords as a list.
    const inner = isObject(value)
      ? (member(value, 'Value') ?? member(value, 'value'))
      : isList(value)
        ? value[0]
        : value;
    const text = scalar(inner);
    if (text === undefined || text === '') continue;
    // Of NXLog EventType is the kind of entry, of registry events what happened.
    if (key === 'EventType' && systemText('Level', text) === undefined) continue;
    return { key, text };
  }
  return undefined;
}

function layoutOf(object: JsonObject): Layout {
  if (Object.hasOwn(object, 'Payload') && Object.hasOwn(object, 'EventId')) return EVTXECMD;
  if (Object.hasOwn(object, 'LogName') && (Object.hasOwn(object, 'Id') || Object.hasOwn(object, 'ProviderName')))
    return POWERSHELL;
  return PLAIN;
}

/** The first clock that says its zone, else the first that can be read, else the first. */
function bestClock(object: JsonObject, layout: Layout): Clock | undefined {
  let best: Clock | undefined;
  for (const name of layout.clocks) {
    const clock = clockOf(name, member(object, name), { isUtc: layout.isUtc });
    if (clock?.isZoned === true) return clock;
    if (clock !== undefined && (best === undefined || (best.at === undefined && clock.at !== undefined))) best = clock;
  }
  return best;
}

/** What is left of the data: in a member that carries it whole, else in the members beside `System`'s. */
function leftIn(object: JsonObject, layout: Layout, taken: ReadonlySet<string>): LeftData {
  const payload = objectIn(scalar(member(object, 'Payload')) ?? '');
  for (const from of payload === undefined ? [object] : [payload, object]) {
    if (isObject(member(from, 'UserData'))) return NAMED;
    const data = dataMember(from);
    if (from === payload && joinedIn(data)?.includes(JOINT) === true) return ABSENT;
    if (data !== undefined) return leftOf(data);
  }
  if (propertiesIn(object) !== undefined) return UNNAMED;
  const left = leftInMembers(object, (key) => taken.has(key) || isCollectors(object, key, layout));
  return left.form === 'empty' ? ABSENT : left;
}

/** Whether a member is what a collector added. */
function isCollectors(object: JsonObject, key: string, layout: Layout): boolean {
  if (key.startsWith('_') || layout.clocks.includes(key)) return true;
  if (key === 'Domain') return member(object, 'AccountType') !== undefined;
  return layout.added.has(key) && !(key === 'EventType' && isOwn(object, key));
}

function bodyOf(
  object: JsonObject,
  layout: Layout,
  { channel, message, taken }: { channel: string | undefined; message: string | undefined; taken: ReadonlySet<string> },
): EventBody {
  const spell = spellingOf(channel);
  const sections = carriedSections(object, spell);
  const rest: [string, JsonValue][] = [];
  const added: [string, JsonValue][] = [];
  const unnamed = new UnnamedValues();
  const isSplit = sections.length > 0;
  for (const [key, value] of Object.entries(object)) {
    if (taken.has(key) || CARRIERS.has(key) || value === null) continue;
    if (isSplit || isCollectors(object, key, layout)) added.push([key, value]);
    else if (!unnamed.take(key, value)) rest.push([key, value]);
  }
  if (rest.length > 0) sections.push(namedSection(rest, spell));
  const values = unnamed.values();
  const numbered = values.length > 0 ? values : numberedValues(rest);
  if (numbered.length > 0) sections.push(unnamedSection(numbered));
  return { sections, message, added: addedFields(added) };
}

/** Whether a member that may also be a collector's has a value of the event's own. */
function isOwn(object: JsonObject, key: string): boolean {
  const text = scalar(member(object, key));
  return text !== undefined && systemText('Level', text) === undefined;
}

/**
 * The unnamed values that Winlogbeat and others call `param1`, `param2`, …, leaving out empty ones. Some events really have
 * fields of these names, so they stand under both.
 */
export function numberedValues(pairs: readonly (readonly [string, JsonValue])[]): readonly string[] {
  const unnamed = new UnnamedValues();
  for (const [key, value] of pairs) {
    const place = /^param_?(\d{1,4})$/i.exec(key)?.[1];
    if (place === undefined && key !== 'Binary') return [];
    if (place !== undefined) unnamed.put(Number(place), scalar(value) ?? '');
  }
  return unnamed.values();
}

/** Sections that the row carries whole: an object, a list, XML or JSON as text. */
function carriedSections(object: JsonObject, spell: ReturnType<typeof spellingOf>): XmlElement[] {
  const sections: XmlElement[] = [];
  const payload = objectIn(scalar(member(object, 'Payload')) ?? '');
  for (const from of payload === undefined ? [object] : [payload, object]) {
    const data = dataMember(from);
    const joined = from === payload ? joinedIn(data) : undefined;
    if (joined !== undefined) {
      sections.push(unnamedSection(unjoined(joined)));
      continue;
    }
    const section = data === undefined || data === null ? undefined : dataSection(data, spell);
    if (section !== undefined) sections.push(section);
    const user = member(from, 'UserData');
    if (isObject(user)) sections.push(elementSection('UserData', user));
  }
  const properties = propertiesIn(object);
  if (sections.length === 0 && properties !== undefined)
    sections.push(unnamedSection(properties.map((property) => propertyText(property))));
  return sections;
}

/** Log Analytics keeps the XML beside an empty EventData where it could not take it apart. */
function dataMember(object: JsonObject): JsonValue | undefined {
  const raw = member(object, 'RawEventData');
  return typeof raw === 'string' && raw !== '' ? raw : member(object, 'EventData');
}

/** The values without names that PowerShell and Fluent Bit give, unless PowerShell's ConvertTo-Json went not deep enough and wrote their class. */
function propertiesIn(object: JsonObject): readonly JsonValue[] | undefined {
  const properties =
    member(object, 'Properties') ?? member(object, 'ReplacementStrings') ?? member(object, 'StringInserts');
  if (!isList(properties) || properties.length === 0) return undefined;
  return properties.some((property) => property === PROPERTY_CLASS) ? undefined : properties;
}

/** The values of an array of texts, of which EvtxECmd makes one with commas between them. */
function joinedIn(data: JsonValue | undefined): string | undefined {
  const values = isObject(data) ? member(data, 'Data') : undefined;
  return typeof values === 'string' ? values : undefined;
}

/** A cmdlet has no comma in its name; where what follows it ends cannot be told, because values have commas too. */
function unjoined(joined: string): readonly string[] {
  const [cmdlet] = /^[A-Z][a-z]{2,31}-[A-Za-z]{2,96}(?=, )/.exec(joined) ?? [];
  return cmdlet === undefined ? [joined] : [cmdlet, joined.slice(cmdlet.length + JOINT.length)];
}

function propertyText(property: JsonValue): string {
  const value = isObject(property) ? member(property, 'Value') : property;
  return scalar(value) ?? (isObject(value) ? (scalar(member(value, 'Value')) ?? '') : '');
}

const MESSAGES: readonly string[] = ['Message', 'message', 'RenderedDescription'];
const CARRIERS: ReadonlySet<string> = new Set([
  'EventData',
  'RawEventData',
  'UserData',
  'Payload',
  'Properties',
  'ReplacementStrings',
  'StringInserts',
]);

const JOINT = ', ';
const PROPERTY_CLASS = 'System.Diagnostics.Eventing.Reader.EventProperty';

const PLAIN: Layout = {
  system: new Map([
    ['Provider_Name', ['SourceName', 'ProviderName', 'Provider_Name', 'Provider', 'EventSourceName', 'Source']],
    ['Provider_Guid', ['ProviderGuid', 'Provider_Guid', 'ProviderId']],
    ['EventID', ['EventID', 'EventId', 'eventID', 'event_id', 'EventCode']],
    ['EventID_Qualifiers', ['Qualifiers', 'EventID_Qualifiers']],
    ['Version', ['Version']],
    ['Level', ['Level', 'LevelValue', 'EventType', 'EntryType', 'EventLevel']],
    ['Task', ['Task', 'TaskValue']],
    ['Opcode', ['OpcodeValue', 'Opcode']],
    ['Keywords', ['Keywords']],
    ['EventRecordID', ['EventRecordID', 'EventRecordId', 'RecordNumber', 'RecordID', 'RecordId', 'record_id', 'Index']],
    ['ActivityID', ['ActivityID']],
    ['RelatedActivityID', ['RelatedActivityID']],
    ['ProcessID', ['ExecutionProcessID', 'ProcessID', 'SystemProcessId']],
    ['ThreadID', ['ExecutionThreadID', 'ThreadID', 'SystemThreadId']],
    ['Channel', ['Channel', 'channel', 'LogName', 'log_name', 'EventLog', 'Log']],
    ['Computer', ['Hostname', 'Computer', 'ComputerName', 'MachineName', 'computer_name', 'HostName']],
    ['UserID', ['UserID', 'UserId', 'SystemUserId', 'UserSid', 'Sid']],
  ]),
  clocks: [
    'SystemTime',
    'TimeCreated',
    'EventTime',
    '@timestamp',
    'TimeGenerated',
    'timestamp',
    '_time',
    'Date and Time',
  ],
  added: new Set(
    (
      'EventReceivedTime SourceModuleName SourceModuleType Severity SeverityValue EventType EventTypeOrignal Opcode ' +
      'Category CategoryNumber TaskCategory LevelDisplayName OpcodeDisplayName TaskDisplayName KeywordsDisplayNames ' +
      'host port tags @version type agent ecs log input index source sourcetype splunk_server linecount punct ' +
      'DeviceVendor DeviceProduct AccountType TimeWritten TenantId SourceSystem ManagementGroupName EventLevelName'
    ).split(' '),
  ),
  isUtc: false,
};

/** @see https://github.com/EricZimmerman/evtx, whose times are UTC and, in CSV, without a zone */
const EVTXECMD: Layout = {
  ...PLAIN,
  system: new Map([
    ...PLAIN.system,
    ['ProcessID', ['ProcessId']],
    ['ThreadID', ['ThreadId']],
    ['EventRecordID', ['EventRecordId', 'EventRecordID']],
  ]),
  isUtc: true,
};

const POWERSHELL: Layout = {
  ...PLAIN,
  system: new Map([
    ...PLAIN.system,
    ['EventID', ['Id', 'EventID']],
    ['Provider_Guid', ['ProviderId']],
    ['EventRecordID', ['RecordId']],
    ['ProcessID', ['ProcessId']],
    ['ThreadID', ['ThreadId']],
    ['ActivityID', ['ActivityId']],
    ['RelatedActivityID', ['RelatedActivityId']],
  ]),
  added: new Set([
    ...PLAIN.added,
    ...'ContainerLog MatchedQueryIds Bookmark ProviderId LogName PSComputerName RunspaceId PSShowComputerName'.split(
      ' ',
    ),
  ]),
};
