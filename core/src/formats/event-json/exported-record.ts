import type { XmlElement } from '../evtx/elements.ts';
import { bodyFields, otherwiseNamed } from '../evtx/event-fields.ts';
import type { BodyFields } from '../evtx/event-fields.ts';
import type { Micros } from '../../model/evidence.ts';
import type { EvidenceRecord, Extent, FieldValue } from '../../model/reading.ts';
import { excerptOf } from '../../bytes/text.ts';
import { systemTimeText } from './clock.ts';
import type { EventTime } from './clock-book.ts';
import { isUnnamedProvider } from './completeness.ts';
import { namedSection, unnamedSection } from './event-sections.ts';
import { MANAGEMENT, SYSMON, channelOf, spellingOf } from './event-spelling.ts';
import type { EventBody, ExportedEvent } from './exported-event.ts';
import { cmdletOf, sysmonValues } from './rendered-message.ts';

/** What the reader knows of an event before anybody asks for a field. */
export interface EventRow {
  readonly event: ExportedEvent;
  readonly time: EventTime;
  readonly source: string | undefined;
  readonly origin: Extent;
  /** As it stands in the artifact. */
  readonly text: string;
}

/**
 * One event out of an export. Fields go by the names that the same event has in an EVTX file, and have the values it has
 * there, spelled as there. Besides them:
 *
 * - `RenderingInfo/Message` (also `Message`): the text Windows rendered, in the language of some machine
 * - `Data-from`: `Message` where the values had to be taken from that text: cmdlet and parameters of MSExchange Management,
 *   the lines of Sysmon; of all other events the text as a whole is the only `Data`
 * - `Channel-from`: `Provider_Name` where the export names no channel and the provider writes to one only
 * - `at-raw`: the time as written, where it is not the record's; `at-correction`: what was added to it (`+05:00`);
 *   `at-doubt`: why it is not to be trusted
 * - `Export/…`: what collectors added, by their names
 */
export class ExportedRecord implements EvidenceRecord {
  readonly is = 'record';
  readonly kind = 'windows.event';
  readonly source: string | undefined;
  readonly at: Micros | undefined;
  readonly host: string | undefined;
  readonly origin: Extent;
  readonly sequence: number | undefined;
  readonly #event: ExportedEvent;
  readonly #time: EventTime;
  readonly #text: string;
  #body: { fields: BodyFields; body: EventBody; from: string | undefined } | undefined;

  constructor({ event, time, source, origin, text }: EventRow) {
    this.source = source;
    this.at = time.at;
    this.host = event.system.get('Computer');
    this.origin = origin;
    const id = event.system.get('EventRecordID');
    this.sequence = id !== undefined && /^\d{1,15}$/.test(id) ? Number(id) : undefined;
    this.#event = event;
    this.#time = time;
    this.#text = text;
  }

  get(field: string): FieldValue {
    if (field === 'TimeCreated' || field === 'TimeCreated_SystemTime') return this.#created();
    const value = this.#event.system.get(field);
    if (value !== undefined) return value;
    const own = OWN.get(field);
    if (own !== undefined) return own(this);
    const { fields, body } = this.#taken();
    if (field.startsWith(EXPORT)) return body.added.get(field.slice(EXPORT.length));
    const found = fields.listed.get(field) ?? otherwiseNamed(fields, field);
    return found === undefined && field === 'Message' ? body.message : found;
  }

  fields(): readonly string[] {
    const { fields, body } = this.#taken();
    const names = ['TimeCreated', ...this.#event.system.keys(), ...OWN.keys(), ...fields.listed.keys()];
    for (const name of body.added.keys()) names.push(EXPORT + name);
    return [...new Set(names)].filter((name) => this.get(name) !== undefined);
  }

  /** The begin of a long event names its source over and over; what it tells begins where its data does. */
  excerpt(): string {
    const text = this.#text;
    const from = text.length > EXCERPT_LIMIT ? text.search(DATA_BEGIN) : 0;
    return excerptOf(text.slice(Math.max(0, from)), EXCERPT_LIMIT);
  }

  /** The channel, derived from the provider where the export names none. */
  channel(): string | undefined {
    const { system } = this.#event;
    return system.get('Channel') ?? channelOf(system.get('Provider_Name'), system.get('EventID'));
  }

  hasChannel(): boolean {
    return this.#event.system.has('Channel');
  }

  message(): string | undefined {
    return this.#taken().body.message;
  }

  dataFrom(): string | undefined {
    return this.#taken().from;
  }

  /** The time as written, and what was made of it. */
  time(): EventTime & { readonly raw: string | undefined } {
    const isRaw = this.#time.correction !== undefined || this.#time.doubt !== undefined || this.#time.at === undefined;
    return { ...this.#time, raw: isRaw ? this.#event.clock?.text : undefined };
  }

  #created(): string | undefined {
    return this.at === undefined ? this.#event.system.get('TimeCreated') : systemTimeText(this.at);
  }

  #taken(): { fields: BodyFields; body: EventBody; from: string | undefined } {
    if (this.#body !== undefined) return this.#body;
    const body = this.#event.body();
    const isTaken = (name: string): boolean => this.#event.system.has(name) || OWN.has(name);
    let fields = bodyFields(body.sections, isTaken);
    let from: string | undefined;
    // Of a provider whose values have no names, whatever has one came from elsewhere.
    const isLost = isUnnamedProvider(this.#event.system.get('Provider_Name')) && !fields.listed.has('Data');
    if (body.message !== undefined && (isLost || body.sections.every(isEmpty))) {
      fields = bodyFields([...body.sections, this.#fromMessage(body.message)], isTaken);
      from = 'Message';
    }
    this.#body = { fields, body, from };
    return this.#body;
  }

  #fromMessage(message: string): XmlElement {
    const channel = this.channel();
    if (channel === SYSMON) return namedSection(sysmonValues(message), spellingOf(channel));
    const cmdlet = channel === MANAGEMENT ? cmdletOf(message) : undefined;
    return unnamedSection(cmdlet ?? [message]);
  }
}

function isEmpty(section: XmlElement): boolean {
  return section.children.length === 0;
}

const EXPORT = 'Export/';
const EXCERPT_LIMIT = 400;
const DATA_BEGIN =
  /"(?:EventData|UserData|event_data|eventdata|winlog\.event_data|Payload|Properties|Message|CommandLine|Data(?:_\d{1,3})?)["._]/;
const OWN: ReadonlyMap<string, (record: ExportedRecord) => string | undefined> = new Map([
  ['Channel', (record: ExportedRecord) => record.channel()],
  [
    'Channel-from',
    (record: ExportedRecord) => (record.hasChannel() || record.channel() === undefined ? undefined : 'Provider_Name'),
  ],
  ['at-raw', (record: ExportedRecord) => record.time().raw],
  ['at-correction', (record: ExportedRecord) => record.time().correction],
  ['at-doubt', (record: ExportedRecord) => record.time().doubt],
  ['RenderingInfo/Message', (record: ExportedRecord) => record.message()],
  ['Data-from', (record: ExportedRecord) => record.dataFrom()],
]);
