import type { XmlElement } from '../evtx/elements.ts';
import { isElement, systemFields } from '../evtx/event-fields.ts';
import { parseIsoTime } from '../../bytes/time.ts';
import { NAMED, isComplete, leftOf } from './completeness.ts';
import { clockOf } from './clock.ts';
import type { Clock } from './clock.ts';
import { dataSection, elementSection, systemSection } from './event-sections.ts';
import { spellingOf, SYSMON, systemText } from './event-spelling.ts';
import { addedFields, firstText } from './exported-event.ts';
import type { ExportedEvent } from './exported-event.ts';
import { isObject, member } from './json-object.ts';
import type { JsonObject, JsonValue } from './json-object.ts';
import { sysmonUtc } from './rendered-message.ts';
import { xmlElement } from './xml-text.ts';

/**
 * An event in the shape of its XML: `Event.System…` of evtx_dump and its kin, `System…` of Velociraptor, or the XML itself
 * as text, as Splunk keeps it in `_raw`.
 */
export function nestedEvent(object: JsonObject): ExportedEvent | undefined {
  const text = firstText(object, XML_MEMBERS);
  if (text?.trimStart().startsWith('<Event') === true) {
    const event = xmlElement(text);
    if (event?.name === 'Event') return xmlEvent(event, object, text);
  }
  const event = member(object, 'Event');
  const inner = isObject(event) ? event : object;
  const system = member(inner, 'System');
  if (!isObject(system)) return undefined;
  const fields = spelled(systemFields(systemSection(system)));
  if (!fields.has('EventID')) return undefined;
  const data = member(inner, 'EventData');
  const message = firstText(object, MESSAGES);
  const isSysmon = fields.get('Channel') === SYSMON;
  const utc = isSysmon && isObject(data) ? member(data, 'UtcTime') : undefined;
  return {
    system: fields,
    clock: systemClock(fields) ?? outerClock(object),
    utc: utcOf(typeof utc === 'string' ? utc : isSysmon ? sysmonUtc(message ?? '') : undefined),
    isComplete: isComplete(fields, isObject(member(inner, 'UserData')) ? NAMED : leftOf(data)),
    body: () => ({
      sections: sectionsOf(inner, fields.get('Channel'), inner === object),
      message,
      added: addedFields(Object.entries(object).filter(([key]) => !PARTS.has(key) && key !== 'Message')),
    }),
  };
}

/** UTC of a Sysmon event, which writes no zone and means UTC. */
export function utcOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseIsoTime(text, { unzonedIsUtc: true });
}

/** The fields of System, spelled as EVTX files have them; what means nothing there is left out. */
export function spelled(fields: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const system = new Map<string, string>();
  for (const [name, text] of fields) {
    const value = systemText(name, text);
    if (value !== undefined) system.set(name, value);
  }
  return system;
}

function xmlEvent(event: XmlElement, object: JsonObject, text: string): ExportedEvent | undefined {
  const elements = event.children.filter(isElement);
  const fields = spelled(systemFields(elements.find(({ name }) => name === 'System')));
  if (!fields.has('EventID')) return undefined;
  const sections = elements.filter(({ name }) => name !== 'System');
  const utc = sections
    .flatMap(({ children }) => children.filter(isElement))
    .find((data) => data.attributes.some(({ name, value }) => name === 'Name' && value === 'UtcTime'))?.children[0];
  return {
    system: fields,
    clock: systemClock(fields) ?? outerClock(object),
    utc: fields.get('Channel') === SYSMON && typeof utc === 'string' ? utcOf(utc) : undefined,
    isComplete: isComplete(fields, leftOf(sections.length === 0 ? '' : text)),
    body: () => ({
      sections,
      message: firstText(object, MESSAGES),
      added: addedFields(Object.entries(object).filter(([key]) => !XML_MEMBERS.includes(key) && key !== 'Message')),
    }),
  };
}

/** `SystemTime` is UTC by its definition, whether the text says so or not. */
function systemClock(fields: ReadonlyMap<string, string>): Clock | undefined {
  const clock = clockOf('TimeCreated', fields.get('TimeCreated') ?? fields.get('TimeCreated_RawTime'), { isUtc: true });
  return clock?.at === undefined ? undefined : clock;
}

function outerClock(object: JsonObject): Clock | undefined {
  for (const name of ['@timestamp', 'EventTime', '_time', 'timestamp']) {
    const clock = clockOf(name, member(object, name), { isUtc: false });
    if (clock !== undefined) return clock;
  }
  return undefined;
}

/** @param isBare the sections stand beside what collectors added, so only those by their names count */
function sectionsOf(inner: JsonObject, channel: string | undefined, isBare: boolean): readonly XmlElement[] {
  const sections: XmlElement[] = [];
  for (const [name, value] of Object.entries(inner)) {
    if (name === 'System' || value === null || name.startsWith('#') || name.startsWith('@')) continue;
    if (isBare ? !PARTS.has(name) : name.endsWith('_attributes')) continue;
    const section = sectionOf(name, value, channel);
    if (section !== undefined) sections.push(section);
  }
  return sections;
}

function sectionOf(name: string, value: JsonValue, channel: string | undefined): XmlElement | undefined {
  if (name === 'EventData') return dataSection(value, spellingOf(channel));
  return isObject(value) ? elementSection(name, value) : undefined;
}

const XML_MEMBERS: readonly string[] = ['_raw', 'Xml', 'xml', 'EventXml', 'EventXML', 'RawEventData'];
const MESSAGES: readonly string[] = ['Message', 'message'];
const PARTS: ReadonlySet<string> = new Set([
  'Event',
  'Event_attributes',
  'System',
  'EventData',
  'UserData',
  'RenderingInfo',
]);
