import type { Spelling } from './event-sections.ts';

/**
 * A value of `<System>` as an EVTX file has it: numbers decimal and whole, keywords hexadecimal, GUIDs lower-case in
 * braces. Words that exporters put for numbers are turned back where they mean one number only.
 *
 * @returns `undefined` for a word that means no number
 */
export function systemText(name: string, text: string): string | undefined {
  const plain = text.trim();
  if (plain === '') return undefined;
  switch (name) {
    case 'EventID':
    case 'EventRecordID':
    case 'Version':
    case 'Task':
    case 'Opcode':
    case 'ProcessID':
    case 'ThreadID':
    case 'EventID_Qualifiers':
      return wholeText(plain);
    case 'Level':
      return wholeText(plain) ?? LEVELS.get(plain.toLowerCase());
    case 'Keywords':
      return keywordsText(plain);
    case 'Provider_Guid':
    case 'ActivityID':
    case 'RelatedActivityID':
      return guidText(plain);
    case 'Channel':
      return CHANNELS.get(plain.toLowerCase()) ?? plain;
    default:
      return plain;
  }
}

/**
 * How values of the event's own data are spelled in a channel. In the Security log, process ids, logon ids, masks and
 * status codes are hexadecimal with `0x`; in Sysmon process ids are decimal and logon ids and access masks hexadecimal.
 * GUIDs of both are lower-case in braces. A decimal number in a place of hexadecimal ones is what exporters make of it
 * that read the value instead of its text.
 */
export function spellingOf(channel: string | undefined): Spelling {
  if (channel === SECURITY) return (name, text) => (SECURITY_HEX.has(name) ? hexText(text) : guidOr(name, text));
  if (channel !== SYSMON) return (_, text) => text;
  return (name, text) => {
    if (SYSMON_HEX.has(name)) return hexText(text);
    if (SYSMON_DECIMAL.has(name)) return decimalText(text);
    return guidOr(name, text);
  };
}

/** The channel that a provider writes to, where it writes to one only; of an export that does not name channels. */
export function channelOf(provider: string | undefined, eventId: string | undefined): string | undefined {
  const name = provider?.toLowerCase();
  if (name === undefined) return undefined;
  if (name === 'microsoft-windows-eventlog' || name === 'eventlog') {
    return eventId === '1102' ? SECURITY : eventId === '104' ? 'System' : undefined;
  }
  return PROVIDER_CHANNELS.get(name) ?? (name.startsWith('msexchange ') ? 'Application' : undefined);
}

/** The provider by its own name where Event Viewer shows another. */
export function providerOf(shown: string): string {
  return SHOWN_PROVIDERS.get(shown.toLowerCase()) ?? shown;
}

function wholeText(text: string): string | undefined {
  if (/^\d{1,20}$/.test(text)) return text;
  const whole = /^(\d{1,15})\.0{1,9}$/.exec(text)?.[1];
  if (whole !== undefined) return whole;
  return /^0x[0-9a-f]{1,16}$/i.test(text) ? String(BigInt(text)) : undefined;
}

function keywordsText(text: string): string | undefined {
  if (/^0x[0-9a-f]{1,16}$/i.test(text)) return text.toLowerCase();
  if (/^-?\d{1,20}$/.test(text)) return `0x${BigInt.asUintN(64, BigInt(text)).toString(16)}`;
  return KEYWORDS.get(text.toLowerCase());
}

function hexText(text: string): string {
  if (/^\d{1,20}$/.test(text)) return `0x${BigInt(text).toString(16)}`;
  return /^0x[0-9a-f]{1,16}$/i.test(text) ? text.toLowerCase() : text;
}

function decimalText(text: string): string {
  return /^0x[0-9a-f]{1,16}$/i.test(text) ? String(BigInt(text)) : text;
}

function guidOr(name: string, text: string): string {
  return /guid$/i.test(name) ? guidText(text) : text;
}

function guidText(text: string): string {
  const bare = GUID.exec(text)?.[1];
  return bare === undefined ? text : `{${bare.toLowerCase()}}`;
}

export const SECURITY = 'Security';
export const SYSMON = 'Microsoft-Windows-Sysmon/Operational';
export const MANAGEMENT = 'MSExchange Management';
const GUID = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i;

/** Names that rules and packs write exactly so; exporters fold their case. */
const CHANNELS: ReadonlyMap<string, string> = new Map(
  [SECURITY, SYSMON, MANAGEMENT, 'System', 'Application', 'Setup', 'Windows PowerShell'].map((name) => [
    name.toLowerCase(),
    name,
  ]),
);

const PROVIDER_CHANNELS: ReadonlyMap<string, string> = new Map([
  ['msexchange cmdletlogs', MANAGEMENT],
  ['microsoft-windows-security-auditing', SECURITY],
  ['microsoft-windows-sysmon', SYSMON],
  ['service control manager', 'System'],
  ['msiinstaller', 'Application'],
  ['microsoft-windows-iis-w3svc-wp', 'Application'],
  ['microsoft-windows-windows defender', 'Microsoft-Windows-Windows Defender/Operational'],
  ['microsoft-windows-powershell', 'Microsoft-Windows-PowerShell/Operational'],
  ['powershell', 'Windows PowerShell'],
  ['microsoft-windows-taskscheduler', 'Microsoft-Windows-TaskScheduler/Operational'],
]);

/** What Event Viewer shows in its column Source is the name without `Microsoft-Windows-`, of auditing another text. */
const SHOWN_PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['microsoft windows security auditing.', 'Microsoft-Windows-Security-Auditing'],
  ['security-auditing', 'Microsoft-Windows-Security-Auditing'],
  ['sysmon', 'Microsoft-Windows-Sysmon'],
  ['eventlog', 'Microsoft-Windows-Eventlog'],
  ['taskscheduler', 'Microsoft-Windows-TaskScheduler'],
  ['windows defender', 'Microsoft-Windows-Windows Defender'],
  ['powershell (microsoft-windows-powershell)', 'Microsoft-Windows-PowerShell'],
  ['powershell (powershell)', 'PowerShell'],
  ['iis-w3svc-wp', 'Microsoft-Windows-IIS-W3SVC-WP'],
]);

/** MS-EVEN6 2.2.11: the standard levels; classic event types go by the level they are stored with. */
const LEVELS: ReadonlyMap<string, string> = new Map([
  ['critical', '1'],
  ['error', '2'],
  ['warning', '3'],
  ['information', '4'],
  ['info', '4'],
  ['verbose', '5'],
  ['debug', '5'],
  ['audit_success', '0'],
  ['audit_failure', '0'],
  ['successaudit', '0'],
  ['failureaudit', '0'],
  ['logalways', '0'],
]);

const KEYWORDS: ReadonlyMap<string, string> = new Map([
  ['audit success', '0x8020000000000000'],
  ['audit failure', '0x8010000000000000'],
  ['classic', '0x80000000000000'],
]);

/** Values of the types Pointer, HexInt32 and HexInt64 in the manifest of Microsoft-Windows-Security-Auditing. */
const SECURITY_HEX: ReadonlySet<string> = new Set(
  (
    'ProcessId NewProcessId CallerProcessId SourceProcessId TargetProcessId SourceHandleId TargetHandleId HandleId ' +
    'SubjectLogonId TargetLogonId LogonId TargetLinkedLogonId LinkedLogonId LogonID AccessMask Status SubStatus ' +
    'TicketOptions TicketEncryptionType OldUacValue NewUacValue UserAccountControlFlags ReturnCode'
  ).split(' '),
);
const SYSMON_HEX: ReadonlySet<string> = new Set(['LogonId', 'GrantedAccess']);
const SYSMON_DECIMAL: ReadonlySet<string> = new Set(
  'ProcessId ParentProcessId SourceProcessId TargetProcessId NewThreadId SourceThreadId TerminalSessionId'.split(' '),
);
