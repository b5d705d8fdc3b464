import { isoTime } from '../bytes/time.ts';
import type { Micros } from '../model/evidence.ts';
import type { EventSpec } from './evtx-writer.ts';

/** Whose export it is. */
export type EventJsonStyle = 'nxlog' | 'winlogbeat' | 'winlogbeat-dotted' | 'evtx-dump' | 'chainsaw' | 'velociraptor';

export interface EventJsonOptions {
  readonly style: EventJsonStyle;
  /** One object a line, one array with an object a line, or an array printed over many lines. Lines if absent. */
  readonly shape?: 'lines' | 'array' | 'pretty';
  /** How far the collector's clock is from UTC, which it writes as UTC all the same. The times inside events are true. */
  readonly clockOffset?: Micros;
  /** NXLog only: unnamed values are left out and stand in the rendered message alone. */
  readonly messageOnly?: boolean;
  /** Number of the first record of events that have none of their own, 1 if absent. */
  readonly firstRecordId?: number;
}

/** The same events as `writeEvtx` takes, as JSON in UTF-8. Same events, same bytes. */
export function writeEventJson(events: Iterable<EventSpec>, options: EventJsonOptions): Uint8Array<ArrayBuffer> {
  const pieces = [...eventJsonPieces(events, options)];
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** The same, an event a piece. */
export function* eventJsonPieces(
  events: Iterable<EventSpec>,
  options: EventJsonOptions,
): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  const { style, shape = 'lines' } = options;
  const encoder = new TextEncoder();
  let number = options.firstRecordId ?? 1;
  let before = shape === 'lines' ? '' : '[\n';
  for (const event of events) {
    const row = ROWS[style](
      { event, number: event.recordId ?? number, seen: event.at + (options.clockOffset ?? 0) },
      options,
    );
    const json = shape === 'pretty' ? JSON.stringify(row, undefined, 2).replaceAll(/^/gm, '  ') : JSON.stringify(row);
    const text = json.replaceAll(/"@long(-?\d+)"/g, '$1');
    yield encoder.encode(`${before}${text}${shape === 'lines' ? '\n' : ''}`);
    if (shape !== 'lines') before = ',\n';
    number += 1;
  }
  if (shape !== 'lines') yield encoder.encode(before === '[\n' ? '[\n]\n' : '\n]\n');
}

interface Numbered {
  readonly event: EventSpec;
  readonly number: number;
  /** The time by the collector's clock. */
  readonly seen: Micros;
}

type Row = Readonly<Record<string, unknown>>;

const ROWS: Readonly<Record<EventJsonStyle, (numbered: Numbered, options: EventJsonOptions) => Row>> = {
  nxlog: nxlogRow,
  winlogbeat: (numbered) => winlogbeatRow(numbered),
  'winlogbeat-dotted': (numbered) => dotted(winlogbeatRow(numbered)),
  'evtx-dump': evtxDumpRow,
  chainsaw: (numbered) => apart(evtxDumpRow(numbered)),
  velociraptor: velociraptorRow,
};

/** Fields side by side, keywords as a signed number, process ids as Windows prints them. */
function nxlogRow({ event, number, seen }: Numbered, { messageOnly = false }: EventJsonOptions): Row {
  const level = event.level ?? 4;
  return {
    '@timestamp': isoTime(seen),
    Hostname: event.computer,
    Keywords: long(isClassic(event) ? '36028797018963968' : '-9223372036854775808'),
    EventType: level === 2 ? 'ERROR' : level === 3 ? 'WARNING' : level === 0 ? 'AUDIT_SUCCESS' : 'INFO',
    SeverityValue: 2,
    Severity: 'INFO',
    EventID: String(event.eventId),
    SourceName: event.provider,
    ...(event.providerGuid === undefined ? {} : { ProviderGuid: braced(event.providerGuid).toUpperCase() }),
    Version: 0,
    Task: 0,
    OpcodeValue: 0,
    RecordNumber: number,
    ExecutionProcessID: event.processId ?? 0,
    ThreadID: event.threadId ?? 0,
    Channel: event.channel,
    ...(event.userId === undefined ? {} : { UserID: event.userId, AccountType: 'User' }),
    ...(messageOnly ? {} : Object.fromEntries(namedOf(event, (index) => `Data_${index}`))),
    ...(messageOnly && isClassic(event) ? { Message: messageOf(event) } : {}),
    EventReceivedTime: isoTime(seen + 1_000_000)
      .replace('T', ' ')
      .slice(0, 19),
    SourceModuleName: 'eventlog',
    SourceModuleType: 'im_msvistalog',
  };
}

/** Numbers of events as texts, unnamed values counted from 1, empty ones left out. */
function winlogbeatRow({ event, number, seen }: Numbered): Row {
  const { userData } = event;
  const values = namedOf(event, (index) => `param${index + 1}`);
  return {
    '@timestamp': isoTime(seen),
    host: { name: 'collector.example.com' },
    log: { level: event.level === 2 ? 'error' : 'information' },
    event: { code: String(event.eventId), kind: 'event', provider: event.provider },
    winlog: {
      channel: event.channel,
      computer_name: event.computer,
      event_id: String(event.eventId),
      provider_name: event.provider,
      ...(event.providerGuid === undefined ? {} : { provider_guid: braced(event.providerGuid).toUpperCase() }),
      record_id: number,
      keywords: isClassic(event) ? ['Classic'] : [],
      process: { pid: event.processId ?? 0, thread: { id: event.threadId ?? 0 } },
      ...(event.userId === undefined ? {} : { user: { identifier: event.userId } }),
      ...(userData === undefined
        ? { event_data: Object.fromEntries(values.filter(([, value]) => value !== '')) }
        : { user_data: { xml_name: userData.element, ...memberValues(userData.values) } }),
    },
  };
}

function evtxDumpRow({ event, number, seen }: Numbered): Row {
  const values = event.data ?? [];
  const { userData } = event;
  return {
    Event: {
      '#attributes': { xmlns: 'http://schemas.microsoft.com/win/2004/08/events/event' },
      System: {
        Provider: { '#attributes': { Name: event.provider, ...guidOf(event, 'Guid') } },
        EventID: isClassic(event) ? { '#text': event.eventId } : event.eventId,
        Version: 0,
        Level: event.level ?? 4,
        Task: 0,
        Opcode: 0,
        Keywords: isClassic(event) ? '0x80000000000000' : '0x8000000000000000',
        TimeCreated: { '#attributes': { SystemTime: isoTime(seen) } },
        EventRecordID: number,
        Correlation: null,
        Execution: { '#attributes': { ProcessID: event.processId ?? 0, ThreadID: event.threadId ?? 0 } },
        Channel: event.channel,
        Computer: event.computer,
        Security: event.userId === undefined ? null : { '#attributes': { UserID: event.userId } },
      },
      ...(userData === undefined
        ? {
            EventData: isClassic(event)
              ? { Data: { '#text': values.map(({ value }) => value) } }
              : memberValues(values),
          }
        : {
            UserData: {
              [userData.element]: { '#attributes': { xmlns: userData.namespace }, ...memberValues(userData.values) },
            },
          }),
    },
  };
}

/** Attributes beside their elements instead of inside them. */
function apart(row: Row): Row {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(row)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      out[key] = value;
      continue;
    }
    const { '#attributes': attributes, ...rest } = value as Row;
    if (attributes !== undefined) out[`${key}_attributes`] = attributes;
    if (Object.keys(rest).length > 0 || attributes === undefined) out[key] = apart(rest);
  }
  return out;
}

/** Numbers as numbers, also those that Windows prints hexadecimal; the time in seconds. */
function velociraptorRow({ event, number, seen }: Numbered): Row {
  const values = (event.data ?? []).map(({ name, value }) => ({
    ...(name === undefined ? {} : { name }),
    value: numeric(value, event.channel),
  }));
  const { userData } = event;
  return {
    System: {
      Provider: { Name: event.provider, ...guidOf(event, 'Guid') },
      EventID: { Value: event.eventId },
      Version: 0,
      Level: event.level ?? 4,
      Task: 0,
      Opcode: 0,
      Keywords: long(isClassic(event) ? '36028797018963968' : '9223372036854775808'),
      TimeCreated: { SystemTime: seen / 1_000_000 },
      EventRecordID: number,
      Correlation: {},
      Execution: { ProcessID: event.processId ?? 0, ThreadID: event.threadId ?? 0 },
      Channel: event.channel,
      Computer: event.computer,
      Security: event.userId === undefined ? {} : { UserID: event.userId },
    },
    ...(userData === undefined
      ? { EventData: isClassic(event) ? { Data: values.map(({ value }) => value) } : memberValues(values) }
      : { UserData: { [userData.element]: memberValues(userData.values) } }),
    Message: '',
  };
}

/** Names with dots for objects in objects, as search programs flatten rows. */
function dotted(row: Row): Row {
  const flat: Record<string, unknown> = {};
  const add = (path: string, value: unknown): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      for (const [key, inner] of Object.entries(value)) add(path === '' ? key : `${path}.${key}`, inner);
    else flat[path] = value;
  };
  add('', row);
  return flat;
}

function namedOf(event: EventSpec, unnamed: (index: number) => string): readonly (readonly [string, string])[] {
  const values = event.userData?.values ?? event.data ?? [];
  return values.map(({ name, value }, index) => [name ?? unnamed(index), value]);
}

function memberValues(values: readonly { readonly name?: string; readonly value: unknown }[]): Record<string, unknown> {
  return Object.fromEntries(values.map(({ name = 'Data', value }) => [name, value]));
}

/** What the message of `MSExchange CmdletLogs` holds of its values; of other events, the values one after the other. */
function messageOf(event: EventSpec): string {
  const values = (event.data ?? []).map(({ value }) => value);
  if (event.provider !== 'MSExchange CmdletLogs') return values.join(' ');
  const [cmdlet = '', parameters = ''] = values;
  return `Cmdlet ${event.eventId === 1 ? 'suceeded' : 'failed'}. Cmdlet ${cmdlet}, parameters ${parameters}.`;
}

/** A number that a double would round. */
function long(digits: string): string {
  return `@long${digits}`;
}

/** Only these two channels have hexadecimal numbers whose type is known to be one. */
function numeric(value: string, channel: string): string | number {
  const isHex =
    (channel === 'Security' || channel.startsWith('Microsoft-Windows-Sysmon/')) && /^0x[0-9a-f]{1,12}$/.test(value);
  return isHex || /^(?:0|[1-9]\d{0,8})$/.test(value) ? Number(value) : value;
}

function guidOf(event: EventSpec, name: string): Row {
  return event.providerGuid === undefined ? {} : { [name]: event.providerGuid.replaceAll(/[{}]/g, '') };
}

function braced(guid: string): string {
  return guid.startsWith('{') ? guid : `{${guid}}`;
}

function isClassic(event: EventSpec): boolean {
  return event.userData === undefined && (event.data ?? []).every(({ name }) => name === undefined);
}
