import type { Micros } from '../model/evidence.ts';
import type { EvidenceRecord } from '../model/reading.ts';

/**
 * What a record says about logs instead of about requests or logons: that the machine or the product was down, that a
 * log was cleared, that somebody switched logging off.
 */
export interface CoverageMark {
  /**
   * `down`: the machine started, stopped, or the product was being installed; a log may pause around it. `cleared`: the
   * log was emptied. `off`: logging was switched off for the whole log. `blind`: it was switched off for a part of what the
   * log covers, so that the rest of it goes on like a heartbeat.
   */
  readonly is: 'down' | 'cleared' | 'off' | 'blind';
  /** The record source that is meant, `evtx:Security`; of IIS a site as `iis-site:1`, `iis-site:*` for all of them; empty for `down`. */
  readonly source: string;
  readonly at: Micros | undefined;
  /** Lower case, no full stop. */
  readonly says: string;
}

/** Marks kept of one artifact. */
const MAX_MARKS = 4_000;

/** Finds the marks of one artifact and keeps them by host, bounded: of a kind and source the first one in an hour. */
export class MarkList {
  readonly #path: string;
  readonly #kept = new Map<string, HostMark>();
  /** Ids of the sites of IIS by lower-case name, which stand before what is said of them. */
  readonly #sites = new Map<string, string>();

  /** @param path of the artifact on the server, or in the evidence */
  constructor(path: string) {
    this.#path = path;
  }

  see(record: EvidenceRecord, host: string): void {
    const mark = this.#markOf(record);
    if (mark === undefined) return;
    const hour = mark.at === undefined ? '' : String(Math.floor(mark.at / HOUR));
    const key = `${mark.is}\n${mark.source}\n${host}\n${hour}`;
    if (this.#kept.size < MAX_MARKS && !this.#kept.has(key)) this.#kept.set(key, { host, mark });
  }

  marks(): readonly HostMark[] {
    return [...this.#kept.values()];
  }

  #markOf(record: EvidenceRecord): CoverageMark | undefined {
    switch (record.kind) {
      case 'windows.event':
        return eventMark(record);
      case 'setup.entry':
        return down(record.at, 'Exchange was being installed');
      case 'iis.site':
        if (this.#sites.size < MAX_SITES)
          this.#sites.set((text(record, 'name') ?? '').toLowerCase(), text(record, 'id') ?? '');
        return undefined;
      case 'iis.log-setting':
        return settingMark(record, this.#path, this.#sites);
      default:
        return undefined;
    }
  }
}

/** A mark with the host as records name it, `''` where they do not. */
export interface HostMark {
  readonly host: string;
  readonly mark: CoverageMark;
}

function eventMark(record: EvidenceRecord): CoverageMark | undefined {
  const channel = record.get('Channel');
  if (channel === SYSTEM) {
    const id = text(record, 'EventID');
    if (id === '104') return cleared(record, text(record, 'UserData/Channel') ?? SYSTEM);
    const provider = text(record, 'Provider_Name') ?? '';
    return BOOTS.get(provider)?.has(id ?? '') === true ? down(record.at, 'Windows started or stopped') : undefined;
  }
  if (channel === SECURITY) {
    const id = text(record, 'EventID');
    if (id === '1102') return cleared(record, SECURITY);
    if (id === '1100')
      return { is: 'off', source: `evtx:${SECURITY}`, at: record.at, says: 'the event log service was stopped' };
    return undefined;
  }
  return channel === IIS_CHANGES ? changeMark(record) : undefined;
}

/** Changes of the IIS configuration: event 29 has the path of the attribute and its new value. */
function changeMark(record: EvidenceRecord): CoverageMark | undefined {
  if (text(record, 'EventID') !== '29') return undefined;
  const setting = text(record, 'Configuration') ?? '';
  const value = (text(record, 'NewValue') ?? '').toLowerCase();
  const isOff =
    (setting.includes('/logFile/@enabled') && value === 'false') ||
    (setting.includes('/httpLogging/@dontLog') && value === 'true');
  if (!isOff) return undefined;
  const says = `logging of IIS was switched off (${setting.slice(0, 120)})`;
  return { is: 'off', source: EVERY_SITE, at: record.at, says };
}

function settingMark(
  record: EvidenceRecord,
  path: string,
  sites: ReadonlyMap<string, string>,
): CoverageMark | undefined {
  const says = switchedOff(record);
  if (says === undefined) return undefined;
  const location = text(record, 'location') ?? '';
  const section = text(record, 'section');
  const where = path.slice(path.lastIndexOf('/') + 1);
  if (section === 'site' || section === 'logFile') {
    const site = section === 'site' ? text(record, 'site-id') : undefined;
    return { is: 'off', source: `iis-site:${site ?? '*'}`, at: undefined, says: `${where} says ${says}` };
  }
  const isWhole = location === '' && where.toLowerCase() === 'applicationhost.config' && !says.startsWith('selective');
  if (isWhole) return { is: 'off', source: EVERY_SITE, at: undefined, says: `${where} says ${says}` };
  const place = location === '' ? '' : ` for ${location.slice(0, 120)}`;
  return { is: 'blind', source: siteOf(location, path, sites), at: undefined, says: `${where} says ${says}${place}` };
}

function switchedOff(record: EvidenceRecord): string | undefined {
  if (text(record, 'enabled')?.toLowerCase() === 'false') return 'logFile enabled="false"';
  if (text(record, 'dontLog')?.toLowerCase() === 'true') return 'dontLog="true"';
  const selective = text(record, 'selectiveLogging');
  if (selective !== undefined && !/^(?:LogAll|0)$/i.test(selective))
    return `selectiveLogging="${selective.slice(0, 40)}"`;
  return undefined;
}

/** The site that a `<location>` or a folder's own `web.config` is about; all of them where that is not known. */
function siteOf(location: string, path: string, sites: ReadonlyMap<string, string>): string {
  const named = location.split('/')[0]?.toLowerCase() ?? '';
  const id = sites.get(named) ?? SITES.get(named);
  if (id !== undefined) return `iis-site:${id}`;
  if (/\/(?:frontend\/httpproxy|inetpub\/wwwroot)\//i.test(`/${path}`)) return 'iis-site:1';
  if (/\/clientaccess\//i.test(`/${path}`)) return 'iis-site:2';
  return EVERY_SITE;
}

function cleared(record: EvidenceRecord, channel: string): CoverageMark {
  const by = text(record, 'SubjectUserName');
  const says = `the log was cleared${by === undefined ? '' : ` by ${by.slice(0, 80)}`}`;
  return { is: 'cleared', source: `evtx:${channel.slice(0, 200)}`, at: record.at, says };
}

function down(at: Micros | undefined, says: string): CoverageMark {
  return { is: 'down', source: '', at, says };
}

function text(record: EvidenceRecord, field: string): string | undefined {
  const value = record.get(field);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const EVERY_SITE = 'iis-site:*';
/** The names that setup gives in English. */
const SITES: ReadonlyMap<string, string> = new Map([
  ['default web site', '1'],
  ['exchange back end', '2'],
]);
const SYSTEM = 'System';
const SECURITY = 'Security';
const IIS_CHANGES = 'Microsoft-IIS-Configuration/Operational';
const BOOTS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['EventLog', new Set(['6005', '6006', '6008', '6009'])],
  ['Microsoft-Windows-Kernel-General', new Set(['12', '13'])],
  ['Microsoft-Windows-Kernel-Power', new Set(['41', '109'])],
  ['User32', new Set(['1074'])],
  ['USER32', new Set(['1074'])],
]);
const HOUR: Micros = 3_600_000_000;
const MAX_SITES = 1_000;
