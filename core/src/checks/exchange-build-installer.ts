import { asText, NO_FACTS } from './exchange-build-fact.ts';
import type { Fact } from '../model/check.ts';
import type { EvidenceRecord } from '../model/reading.ts';

/**
 * What Windows' event logs tell of updates: the installer's words (MsiInstaller, Windows Update), a restart that is due,
 * programs that began anew, and services whose start type changed. An installer's word is a claim: an update that ran
 * without elevation says that it succeeded and leaves old files behind.
 *
 * Providers and ids decide, never prose: texts of events are in the language of Windows. Product and update names are not.
 *
 * @param id EventID of the record
 */
export function fromInstallerEvent(record: EvidenceRecord, id: string | undefined): readonly Fact[] {
  const wanted = EVENTS.get(id ?? '');
  if (wanted === undefined) return NO_FACTS;
  const provider = asText(record, 'Provider_Name')?.toLowerCase() ?? '';
  return wanted.find((event) => event.provider === provider)?.read(record, id ?? '') ?? NO_FACTS;
}

type Read = (record: EvidenceRecord, id: string) => readonly Fact[];

/** 1022 and 1036: an update was installed; 1036 states a status, of which 0, 1641 and 3010 are success. */
function updateInstalled(record: EvidenceRecord, id: string): readonly Fact[] {
  const values = valuesOf(record);
  if (!ofExchange(values)) return NO_FACTS;
  const at = values.findIndex((value) => KB_NUMBER.test(value));
  const status = /\bstatus: (\d{1,6})/i.exec(values.join(' '))?.[1] ?? values[at + 1]?.trim();
  const failed = id === '1036' && /^\d{1,6}$/.test(status ?? '') && !SUCCESS.has(status ?? '');
  return word(failed ? 'failed' : 'installed', values, `MsiInstaller event ${id}`);
}

/** 1033, 1035 and 11707, 11728: the product itself was installed or reconfigured; 1033 and 1035 state status and version. */
function productInstalled(record: EvidenceRecord, id: string): readonly Fact[] {
  const values = valuesOf(record);
  if (!ofExchange(values)) return NO_FACTS;
  const status = /\bstatus: (\d{1,6})/i.exec(values.join(' '))?.[1] ?? (values.length > 3 ? values[3]?.trim() : '0');
  return word(SUCCESS.has(status ?? '') ? 'installed' : 'failed', values, `MsiInstaller event ${id}`);
}

function installFailed(record: EvidenceRecord, id: string): readonly Fact[] {
  const values = valuesOf(record);
  return ofExchange(values) ? word('failed', values, `MsiInstaller event ${id}`) : NO_FACTS;
}

function removed(record: EvidenceRecord, id: string): readonly Fact[] {
  const values = valuesOf(record);
  return ofExchange(values) ? word('removed', values, `MsiInstaller event ${id}`) : NO_FACTS;
}

function restartDue(record: EvidenceRecord, id: string): readonly Fact[] {
  const values = [...valuesOf(record), asText(record, 'updatelist') ?? '', asText(record, 'updateTitle') ?? ''];
  return ofExchange(values)
    ? [{ name: 'restart-due', value: 'system', rank: 6, level: 'su', from: `event ${id}` }]
    : NO_FACTS;
}

/** Windows Update names the update in `updateTitle`. */
function windowsUpdate(record: EvidenceRecord, id: string): readonly Fact[] {
  const title = [asText(record, 'updateTitle') ?? '', ...valuesOf(record)];
  return ofExchange(title) ? word(id === '19' ? 'installed' : 'failed', title, `Windows Update event ${id}`) : NO_FACTS;
}

function systemStarted(): readonly Fact[] {
  return [{ name: 'restart', value: 'system', rank: 6, level: 'su', from: 'start of Windows' }];
}

/** The front end tells of each of its protocols that it began. */
function frontEndStarted(): readonly Fact[] {
  return [{ name: 'restart', value: 'front-end', rank: 6, level: 'su', from: 'start of the front end (event 1001)' }];
}

/** An update sets the services of the product to disabled and, when it ends, back. */
function startTypeChanged(record: EvidenceRecord): readonly Fact[] {
  const [, , , fourth] = valuesOf(record);
  const service = asText(record, 'param4') ?? fourth ?? '';
  const now = asText(record, 'param3') ?? valuesOf(record)[2] ?? '';
  if (!/^MSExchange[A-Za-z]{1,60}$/.test(service)) return NO_FACTS;
  const value = `${DISABLED.test(now) ? 'disabled' : 'enabled'} ${service}`;
  return [{ name: 'start-type', value, rank: 6, level: 'su', from: 'event 7040' }];
}

/** The product, not its language packs, which are installed and removed on their own. */
function ofExchange(values: readonly string[]): boolean {
  const told = values.join('\n');
  return /\bExchange Server\b/i.test(told) && !/language pack/i.test(told);
}

function word(did: 'installed' | 'failed' | 'removed', values: readonly string[], from: string): readonly Fact[] {
  // Beside an update's name stands the product's version, which is that of the cumulative update.
  const told = values.find((value) => KB_NUMBER.test(value)) ?? values.join('\n');
  const named = [KB_NUMBER.exec(told)?.[0], /\b15\.\d\.\d{1,5}\.\d{1,5}\b/.exec(told)?.[0]];
  const value = [did, ...named.filter((each) => each !== undefined)].join(' ');
  return [{ name: 'update', value, rank: 6, level: named[0] === undefined ? 'cu' : 'su', from }];
}

function valuesOf(record: EvidenceRecord): readonly string[] {
  const data = record.get('Data');
  const values = Array.isArray(data) ? data : typeof data === 'string' ? [data] : [];
  return (values.slice(0, 12) as readonly string[]).map((value) => value.slice(0, 2_000));
}

const KB_NUMBER = /\bKB\d{6,8}\b/;
const SUCCESS: ReadonlySet<string> = new Set(['0', '1641', '3010']);
const DISABLED =
  /^(?:disabled|deaktiviert|désactivé|deshabilitado|disabilitato|uitgeschakeld|desativado|desabilitado)$/i;
const MSI = 'msiinstaller';
const UPDATE_CLIENT = 'microsoft-windows-windowsupdateclient';
const EVENTS: ReadonlyMap<string, readonly { readonly provider: string; readonly read: Read }[]> = new Map([
  ['1019', [{ provider: MSI, read: removed }]],
  ['1022', [{ provider: MSI, read: updateInstalled }]],
  ['1023', [{ provider: MSI, read: installFailed }]],
  ['1024', [{ provider: MSI, read: installFailed }]],
  ['1029', [{ provider: MSI, read: restartDue }]],
  ['1033', [{ provider: MSI, read: productInstalled }]],
  ['1034', [{ provider: MSI, read: removed }]],
  ['1035', [{ provider: MSI, read: productInstalled }]],
  ['1036', [{ provider: MSI, read: updateInstalled }]],
  ['1037', [{ provider: MSI, read: removed }]],
  ['1038', [{ provider: MSI, read: restartDue }]],
  ['11707', [{ provider: MSI, read: productInstalled }]],
  ['11708', [{ provider: MSI, read: installFailed }]],
  ['11728', [{ provider: MSI, read: productInstalled }]],
  ['11729', [{ provider: MSI, read: installFailed }]],
  ['12', [{ provider: 'microsoft-windows-kernel-general', read: systemStarted }]],
  ['6005', [{ provider: 'eventlog', read: systemStarted }]],
  ['19', [{ provider: UPDATE_CLIENT, read: windowsUpdate }]],
  ['20', [{ provider: UPDATE_CLIENT, read: windowsUpdate }]],
  ['21', [{ provider: UPDATE_CLIENT, read: restartDue }]],
  ['22', [{ provider: UPDATE_CLIENT, read: restartDue }]],
  ['1001', [{ provider: 'msexchange front end http proxy', read: frontEndStarted }]],
  ['7040', [{ provider: 'service control manager', read: startTypeChanged }]],
]);
