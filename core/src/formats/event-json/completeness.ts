import { MANAGEMENT, SECURITY, SYSMON } from './event-spelling.ts';
import { isList, isObject, member, scalar } from './json-object.ts';
import type { JsonObject, JsonValue } from './json-object.ts';

/** What an export has left of the data of an event. */
export interface LeftData {
  /** `empty`: the export says that there was none. `absent`: it says nothing of it. */
  readonly form: 'named' | 'unnamed' | 'empty' | 'absent';
  readonly has: (name: string) => boolean;
}

/**
 * Whether an event has its values as the log has them, so that a check that does not hit has looked. Tables of chosen
 * columns, rendered messages alone and values that lost their names are incomplete: they prove what they show, and no
 * rule that asks for a field by its name can see what they hide. What a complete event of this kind holds is known of
 * those events only that tell of an attack; of any other, that there is data is all that is asked.
 */
export function isComplete(system: ReadonlyMap<string, string>, { form, has }: LeftData): boolean {
  const channel = system.get('Channel');
  const provider = system.get('Provider_Name');
  if (channel === undefined || provider === undefined) return false;
  const place = `${channel}/${system.get('EventID') ?? ''}`;
  if (form === 'absent') return WITHOUT_DATA.has(place);
  if (channel === MANAGEMENT) return form === 'unnamed';
  const expected = EXPECTED.get(place) ?? (channel === SYSMON ? SYSMON_EXPECTED : undefined);
  if (expected !== undefined) return form === 'named' && expected.every(has);
  if (form === 'unnamed') return !NAMED_CHANNELS.has(channel);
  return form === 'empty' || !isUnnamedProvider(provider);
}

/** Whether all events of a provider have values without names. */
export function isUnnamedProvider(provider: string | undefined): boolean {
  return provider?.startsWith('MSExchange ') === true;
}

/** What an export left of `<EventData>`: by name, in a list, as XML or JSON in a text. */
export function leftOf(data: JsonValue | undefined): LeftData {
  if (data === undefined) return ABSENT;
  if (data === null || data === '') return EMPTY;
  if (typeof data === 'string') return leftInText(data);
  if (isList(data)) return leftInList(data);
  return isObject(data) ? leftInMembers(data) : UNNAMED;
}

/**
 * Values by name, from members beside each other; `param1` and `Data_1` are names of none.
 *
 * @param isOther whether a member is none of the event's own values
 */
export function leftInMembers(object: JsonObject, isOther: (key: string) => boolean = () => false): LeftData {
  let hasUnnamed = false;
  for (const key of Object.keys(object)) {
    if (object[key] === null || object[key] === '' || ATTRIBUTE_KEY.test(key) || isOther(key)) continue;
    if (!UNNAMED_KEY.test(key)) return { form: 'named', has: (name) => hasText(member(object, name)) };
    hasUnnamed = true;
  }
  const data = hasUnnamed ? member(object, 'Data') : undefined;
  if (isList(data)) return leftInList(data);
  if (isObject(data)) return leftInList([data]);
  return hasUnnamed ? UNNAMED : EMPTY;
}

function leftInList(data: readonly JsonValue[]): LeftData {
  const names = new Set<string>();
  for (const entry of data) {
    if (!isObject(entry)) continue;
    const attributes = member(entry, '#attributes');
    for (const from of isObject(attributes) ? [entry, attributes] : [entry])
      for (const key of NAME_KEYS) names.add(scalar(member(from, key)) ?? '');
  }
  names.delete('');
  if (names.size > 0) return { form: 'named', has: (name) => names.has(name) };
  return data.length > 0 ? UNNAMED : EMPTY;
}

/** Only whether the names stand in it: the text is parsed when somebody asks for a field. */
function leftInText(text: string): LeftData {
  if (!text.trimStart().startsWith('<')) return UNNAMED;
  if (/<Data\s{1,9}Name=/.test(text))
    return { form: 'named', has: (name) => text.includes(`Name="${name}"`) || text.includes(`Name='${name}'`) };
  if (/<Data[\s>]/.test(text)) return UNNAMED;
  return /<UserData[\s>]/.test(text) ? NAMED : EMPTY;
}

function hasText(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null && value !== '';
}

export const ABSENT: LeftData = { form: 'absent', has: () => false };
const EMPTY: LeftData = { form: 'empty', has: () => false };
/** Values with names that nothing is known of. */
export const NAMED: LeftData = { form: 'named', has: () => false };
export const UNNAMED: LeftData = { form: 'unnamed', has: () => false };
const NAME_KEYS: readonly string[] = ['@Name', 'Name', 'name', '-Name'];
const UNNAMED_KEY = /^(?:Data(?:[_.[ ]\d{1,4}\]?)?|param_?\d{1,4}|Binary)$/;
const ATTRIBUTE_KEY = /^(?:[#@]|_attributes$|xmlns)/;

/** Channels whose events have names for all of their values. */
const NAMED_CHANNELS: ReadonlySet<string> = new Set([
  SECURITY,
  SYSMON,
  'Microsoft-Windows-PowerShell/Operational',
  'Microsoft-Windows-Windows Defender/Operational',
  'Microsoft-Windows-TaskScheduler/Operational',
]);

/** Every event of Sysmon has it. */
const SYSMON_EXPECTED: readonly string[] = ['UtcTime'];

/** Values that are never empty, of events by which attacks are proven. */
const EXPECTED: ReadonlyMap<string, readonly string[]> = new Map([
  [`${SECURITY}/4624`, ['TargetUserName', 'LogonType']],
  [`${SECURITY}/4625`, ['TargetUserName', 'LogonType']],
  [`${SECURITY}/4663`, ['ObjectName']],
  [`${SECURITY}/4688`, ['NewProcessName', 'NewProcessId']],
  [`${SECURITY}/4697`, ['ServiceName', 'ServiceFileName']],
  [`${SECURITY}/4698`, ['TaskName', 'TaskContent']],
  [`${SECURITY}/4702`, ['TaskName']],
  [`${SECURITY}/4720`, ['TargetUserName']],
  [`${SECURITY}/4728`, ['TargetUserName']],
  [`${SECURITY}/4732`, ['TargetUserName']],
  [`${SECURITY}/5140`, ['ShareName']],
  [`${SECURITY}/5145`, ['ShareName', 'AccessMask']],
  ['System/7045', ['ServiceName', 'ImagePath']],
  [`${SYSMON}/1`, ['UtcTime', 'Image', 'CommandLine']],
  [`${SYSMON}/3`, ['UtcTime', 'Image', 'DestinationIp']],
  [`${SYSMON}/7`, ['UtcTime', 'ImageLoaded']],
  [`${SYSMON}/10`, ['UtcTime', 'TargetImage']],
  [`${SYSMON}/11`, ['UtcTime', 'TargetFilename']],
  [`${SYSMON}/12`, ['UtcTime', 'TargetObject']],
  [`${SYSMON}/13`, ['UtcTime', 'TargetObject']],
  [`${SYSMON}/22`, ['UtcTime', 'QueryName']],
  ['Microsoft-Windows-PowerShell/Operational/4104', ['ScriptBlockText']],
  ['Microsoft-Windows-Windows Defender/Operational/1116', ['Threat Name']],
  ['Microsoft-Windows-Windows Defender/Operational/1117', ['Threat Name']],
]);

/** Events that have no data, of which flat exports therefore say nothing: the start and the end of the log. */
const WITHOUT_DATA: ReadonlySet<string> = new Set([`${SECURITY}/4608`, `${SECURITY}/1100`]);
