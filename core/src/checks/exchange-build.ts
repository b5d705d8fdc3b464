import type { Fact, Observer } from '../model/check.ts';
import type { EvidenceRecord, Structure } from '../model/reading.ts';

/**
 * Reads the Exchange build off every artefact that states it, with the rank of what it proves (DOMAIN §2.3).
 * Options: `{ files: { <sha256>: <build> } }`, hashes of `Microsoft.Exchange.FrontEndHttpProxy.dll` per build.
 */
export function exchangeBuild(options: unknown): Observer {
  const files = filesOf(options);
  return {
    name: 'exchange-build',
    kinds: [
      'http.proxy',
      'ecp.server',
      'ews.request',
      'cmdlet.execution',
      'windows.event',
      'pe.version',
      'setup.entry',
      'file',
      'header',
    ],
    observe(reading, path) {
      if (reading.is === 'structure') return fromHeader(reading);
      switch (reading.kind) {
        case 'http.proxy':
        case 'ews.request':
        case 'cmdlet.execution':
          return fromColumns(reading);
        case 'ecp.server':
          return build(text(reading, 'BLD'), 8, 'cu', 'ECP Server log');
        case 'windows.event':
          return fromWatson(reading);
        case 'pe.version':
          return fromVersionResource(reading, path);
        case 'setup.entry':
          return fromSetup(reading);
        default:
          return fromFile(reading, files);
      }
    },
  };
}

/** Rows repeat the build; only a change is worth noting, and the engine folds equal facts. */
function fromColumns(record: EvidenceRecord): readonly Fact[] {
  const parts = COLUMNS.map((column) => text(record, column));
  if (parts.some((part) => part === undefined || !/^\d{1,5}$/.test(part)) || parts[0] !== '15') return NONE;
  // The revision is the assembly's, not the update's, and is left out.
  return build(parts.slice(0, 3).join('.'), 8, 'cu', `columns of ${SOURCES[record.kind] ?? record.kind}`);
}

function fromWatson(record: EvidenceRecord): readonly Fact[] {
  if (record.get('EventID') !== '4999' || text(record, 'Provider_Name')?.startsWith('MSExchange') !== true) return NONE;
  const data = record.get('Data');
  const values = Array.isArray(data) ? data : typeof data === 'string' ? [data] : [];
  for (const value of values.slice(0, 20) as readonly string[]) {
    const match = /\b(15\.\d{2}\.\d{4}\.\d{3})\b/.exec(value.slice(0, 4_000));
    if (match !== null) return build(match[1], 3, 'su', 'Watson report (event 4999)');
  }
  return NONE;
}

function fromVersionResource(record: EvidenceRecord, path: string): readonly Fact[] {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const original = text(record, 'OriginalFilename')?.toLowerCase();
  const rank = PROGRAM_FILES.get(name);
  // A file that was renamed, or that lies on installation media, proves nothing about the product that runs here.
  if (!/(?:^|\/)bin\/[^/]+$/i.test(path)) return NONE;
  if (rank === undefined || (original !== undefined && original !== name)) return NONE;
  return build(text(record, 'FileVersion'), rank, 'su', `version of ${name}`);
}

function fromSetup(record: EvidenceRecord): readonly Fact[] {
  const version = text(record, 'setup-version') ?? text(record, 'run-version');
  if (version === undefined) return NONE;
  const mode = text(record, 'setup-mode') ?? (record.get('run-begins') === true ? 'unstated' : 'cut');
  const value = /^\d+\.\d+\.\d+\.\d+/.exec(version)?.[0];
  return value === undefined
    ? NONE
    : [{ name: 'setup', value: `${mode.toLowerCase()} ${value}`, rank: 6, level: 'cu', from: 'ExchangeSetup.log' }];
}

function fromFile(record: EvidenceRecord, files: ReadonlyMap<string, string>): readonly Fact[] {
  if (text(record, 'name')?.toLowerCase() !== FRONT_END_DLL) return NONE;
  const path = text(record, 'path')?.toLowerCase().replaceAll('\\', '/');
  if (path === undefined || !/frontend\/httpproxy\/bin\/[^/]+$/.test(path)) return NONE;
  return build(files.get(text(record, 'sha256') ?? ''), 1, 'su', `hash of ${FRONT_END_DLL}`);
}

function fromHeader(header: Structure): readonly Fact[] {
  const match = /^#Version:\s*(15\.\d{2}\.\d{4}\.\d{3})\s*$/.exec(header.text ?? '');
  // Of the logs whose header states a version, only message tracking is known to name the security update; the header
  // line does not say which log it stands in, so it counts for the cumulative update.
  return match === null
    ? NONE
    : build(match[1]?.split('.').slice(0, 3).join('.'), 8, 'cu', 'header of an Exchange log');
}

function build(value: string | undefined, rank: number, level: Fact['level'], from: string): readonly Fact[] {
  if (value === undefined || !/^\d{1,5}(?:\.\d{1,5}){2,3}$/.test(value)) return NONE;
  return [{ name: 'build', value: value.split('.').map(Number).join('.'), rank, level, from }];
}

function filesOf(options: unknown): ReadonlyMap<string, string> {
  const files = typeof options === 'object' && options !== null && 'files' in options ? options.files : undefined;
  if (typeof files !== 'object' || files === null) return new Map();
  return new Map(Object.entries(files).map(([sha256, value]) => [sha256.toLowerCase(), String(value)]));
}

function text(record: EvidenceRecord, field: string): string | undefined {
  const value = record.get(field);
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

const NONE: readonly Fact[] = [];
const COLUMNS = ['MajorVersion', 'MinorVersion', 'BuildVersion'];
const SOURCES: Readonly<Record<string, string>> = {
  'http.proxy': 'HttpProxy',
  'ews.request': 'EWS',
  'cmdlet.execution': 'CmdletInfra',
};
const FRONT_END_DLL = 'microsoft.exchange.frontendhttpproxy.dll';
const PROGRAM_FILES = new Map([
  ['exsetup.exe', 1],
  [FRONT_END_DLL, 2],
  ['microsoft.exchange.data.applicationlogic.dll', 2],
]);
