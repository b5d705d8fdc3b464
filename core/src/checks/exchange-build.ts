import { asText, buildFact, NO_FACTS } from './exchange-build-fact.ts';
import { fromInstallerEvent } from './exchange-build-installer.ts';
import { fromFolder, fromLeftover, fromUrl } from './exchange-build-places.ts';
import type { BuildPart, Fact, Observer, Refusal } from '../model/check.ts';
import type { EvidenceRecord, Structure } from '../model/reading.ts';

/**
 * Reads the Exchange build off every artefact that states it, with the rank of what it proves (docs/glossary.md), and
 * what else tells since when it runs: setup runs, words of installers, restarts, filters in front of the flaw.
 *
 * Options: `files` and `back-end-files`, each `{ <sha256>: <build> }`: hashes of two libraries per build. A build that
 * shipped the file of an earlier one has the number of the earlier.
 */
export function exchangeBuild(options: unknown): Observer | Refusal {
  const shipped = new Map<string, ShippedFile>();
  for (const file of SHIPPED_FILES) {
    const table = tableOf(options, file.option);
    if (table === undefined) return { says: `${file.option}: expected a map from SHA-256 to build` };
    shipped.set(file.name, { ...file, builds: table });
  }
  return {
    name: 'exchange-build',
    kinds: [
      'http.request',
      'http.proxy',
      'ecp.server',
      'ecp.activity',
      'ews.request',
      'cmdlet.execution',
      'cmdlet.http',
      'windows.event',
      'pe.version',
      'setup.entry',
      'iis.rewrite-rule',
      'file',
      'header',
    ],
    observe(reading, path) {
      if (reading.is === 'structure') return fromHeader(reading, path);
      switch (reading.kind) {
        case 'http.request':
          return fromUrl(reading);
        case 'ecp.server':
          return buildFact(asText(reading, 'BLD'), { rank: 8, level: 'cu', from: 'ECP Server log' });
        case 'ecp.activity':
          return buildFact(asText(reading, 'Bld'), { rank: 8, level: 'cu', from: 'ECP Activity log' });
        case 'windows.event':
          return fromEvent(reading);
        case 'pe.version':
          return fromVersionResource(reading, path);
        case 'setup.entry':
          return fromSetup(reading);
        case 'iis.rewrite-rule':
          return fromRewriteRule(reading, path);
        case 'file':
          return [...fromFile(reading, shipped), ...fromFolder(reading), ...fromLeftover(reading)];
        default:
          return fromColumns(reading);
      }
    },
  };
}

interface ShippedFile {
  readonly name: string;
  readonly place: RegExp;
  readonly part: BuildPart;
  readonly builds: ReadonlyMap<string, string>;
}

/** Rows repeat the build; only a change is worth noting, and the engine folds equal facts. */
function fromColumns(record: EvidenceRecord): readonly Fact[] {
  const parts = COLUMNS.map((column) => asText(record, column));
  if (parts.some((part) => part === undefined || !/^\d{1,5}$/.test(part)) || parts[0] !== '15') return NO_FACTS;
  // The revision is the assembly's, not the update's, and is left out.
  const from = `columns of ${SOURCES[record.kind] ?? record.kind}`;
  return buildFact(parts.slice(0, 3).join('.'), { rank: 8, level: 'cu', from });
}

function fromEvent(record: EvidenceRecord): readonly Fact[] {
  const id = asText(record, 'EventID');
  return id === '4999' ? fromWatson(record) : fromInstallerEvent(record, id);
}

/**
 * Event 4999 tells a crash: version and name of the program, and further on the library at fault and its version. Each
 * was loaded when it was told, so a worker process of the web sites proves what the sites ran then.
 */
function fromWatson(record: EvidenceRecord): readonly Fact[] {
  if (asText(record, 'Provider_Name')?.startsWith('MSExchange') !== true) return NO_FACTS;
  const data = record.get('Data');
  const values = Array.isArray(data) ? data : typeof data === 'string' ? [data] : [];
  const told = (values.slice(0, 20) as readonly string[]).map((value) => value.slice(0, 1000)).join(', ');
  const [, program, name = '', module = '', fault] =
    /\b(15\.\d\d\.\d{4}\.\d{3}), ?([^,\s]{1,80}), ?([^,\s]{1,80}),(?:[^,]{1,300},){1,3}? ?[0-9a-z-]{1,40}, ?(15\.\d\d\.\d{4}\.\d{3})\b/i.exec(
      told,
    ) ??
    /\b(15\.\d\d\.\d{4}\.\d{3}), ?([^,\s]{1,80})/.exec(told) ??
    /\b(15\.\d\d\.\d{4}\.\d{3})\b/.exec(told) ??
    [];
  const isWeb = /^w3wp#MSExchange/i.test(name);
  const from = isWeb ? 'Watson report of a web worker (event 4999)' : 'Watson report (event 4999)';
  const first = buildFact(program, { rank: 3, level: 'su', from, part: isWeb ? 'front-end' : 'other' });
  if (!/^M(?:icrosoft)?\.E(?:xchange)?\.Data\.ApplicationLogic$/i.test(module)) return first;
  const library = 'Watson report on ApplicationLogic (event 4999)';
  return [...first, ...buildFact(fault, { rank: 3, level: 'su', from: library, part: 'application-logic' })];
}

function fromVersionResource(record: EvidenceRecord, path: string): readonly Fact[] {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const original = asText(record, 'OriginalFilename')?.toLowerCase();
  const program = PROGRAM_FILES.get(name);
  // A file that was renamed, or that lies on installation media, proves nothing about the product that runs here.
  if (!/(?:^|\/)bin\/[^/]+$/i.test(path)) return NO_FACTS;
  if (program === undefined || (original !== undefined && original !== name)) return NO_FACTS;
  const { rank, part } = program;
  return buildFact(asText(record, 'FileVersion'), { rank, level: 'su', from: `version of ${name}`, part });
}

/** Setup writes cumulative updates only. Modes that install nothing (`uninstall`, the directory's) are told as such. */
function fromSetup(record: EvidenceRecord): readonly Fact[] {
  const version = asText(record, 'setup-version') ?? asText(record, 'run-version');
  const from = 'ExchangeSetup.log';
  if (version !== undefined) {
    const mode = asText(record, 'setup-mode') ?? (record.get('run-begins') === true ? 'unstated' : 'cut');
    const value = /^\d+\.\d+\.\d+\.\d+/.exec(version)?.[0];
    return value === undefined
      ? NO_FACTS
      : [{ name: 'setup', value: `${mode.toLowerCase()} ${value}`, rank: 6, level: 'cu', from }];
  }
  const message = asText(record, 'message')?.slice(0, 200) ?? '';
  if (/^The Exchange Server setup operation completed successfully/i.test(message))
    return [{ name: 'update', value: 'installed setup', rank: 6, level: 'cu', from }];
  return /^The Exchange Server setup operation didn['’]t complete/i.test(message)
    ? [{ name: 'update-stopped', value: 'setup', rank: 6, level: 'cu', from }]
    : NO_FACTS;
}

/**
 * The filter that Microsoft's mitigation script sets: requests are aborted whose cookies name a back end. It stands in
 * the configuration of the site, which a cumulative update writes anew, and stops CVE-2021-26855 alone.
 */
function fromRewriteRule(record: EvidenceRecord, path: string): readonly Fact[] {
  const conditions = record.get('conditions');
  const told = (Array.isArray(conditions) ? conditions.slice(0, 50) : []).join('\n').toLowerCase();
  const cookie = COOKIES.find((name) => told.includes(name));
  if (cookie === undefined || asText(record, 'action-type')?.toLowerCase() !== 'abortrequest') return NO_FACTS;
  const isOff = asText(record, 'enabled')?.toLowerCase() === 'false';
  const state = isOff ? 'off' : /(?:^|\/)cfghistory_\d+\//i.test(path) ? 'earlier' : 'present';
  const from = `rewrite rule that aborts requests with the cookie ${cookie}`;
  return [{ name: 'mitigation', value: `${state} CVE-2021-26855`, rank: 8, level: 'su', from }];
}

function fromFile(record: EvidenceRecord, shipped: ReadonlyMap<string, ShippedFile>): readonly Fact[] {
  const name = asText(record, 'name')?.toLowerCase() ?? '';
  const file = shipped.get(name);
  if (file === undefined || !file.place.test(asText(record, 'path')?.replaceAll('\\', '/') ?? '')) return NO_FACTS;
  const build = file.builds.get(asText(record, 'sha256')?.toLowerCase() ?? '');
  return buildFact(build, { rank: 1, level: 'su', from: `hash of ${name}`, part: file.part });
}

/**
 * The version line above a log. Those of message tracking were seen to name the security update; of other logs nobody
 * knows whether they do, so they count for the cumulative update.
 */
function fromHeader(header: Structure, path: string): readonly Fact[] {
  const value = /^#Version:\s{0,9}(15\.\d\d\.\d{4}\.\d{3})\s*$/.exec(header.text ?? '')?.[1];
  if (value === undefined) return NO_FACTS;
  if (/(?:^|\/)MSGTRK(?:M[ADS])?\d{8,10}-\d{1,9}\.LOG$/i.test(path))
    return buildFact(value, { rank: 3, level: 'su', from: 'header of a message tracking log', part: 'transport' });
  const update = value.split('.').slice(0, 3).join('.');
  return buildFact(update, { rank: 8, level: 'cu', from: 'header of an Exchange log' });
}

function tableOf(options: unknown, name: string): ReadonlyMap<string, string> | undefined {
  const table =
    typeof options === 'object' && options !== null ? (options as Readonly<Record<string, unknown>>)[name] : undefined;
  if (table === undefined) return new Map();
  if (typeof table !== 'object' || table === null) return undefined;
  return new Map(Object.entries(table).map(([sha256, value]) => [sha256.toLowerCase(), String(value)]));
}

const COLUMNS = ['MajorVersion', 'MinorVersion', 'BuildVersion'];
const SOURCES: Readonly<Record<string, string>> = {
  'http.proxy': 'HttpProxy',
  'ews.request': 'EWS',
  'cmdlet.execution': 'CmdletInfra',
  'cmdlet.http': 'CmdletInfra',
};
const COOKIES = ['x-beresource', 'x-anonresource-backend'];
const FRONT_END_DLL = 'microsoft.exchange.frontendhttpproxy.dll';
const CONTROL_PANEL_DLL = 'microsoft.exchange.management.controlpanel.dll';
const PROGRAM_FILES: ReadonlyMap<string, { readonly rank: number; readonly part: BuildPart }> = new Map([
  ['exsetup.exe', { rank: 1, part: 'setup' as const }],
  [FRONT_END_DLL, { rank: 2, part: 'front-end' as const }],
  ['microsoft.exchange.data.applicationlogic.dll', { rank: 2, part: 'application-logic' as const }],
  [CONTROL_PANEL_DLL, { rank: 2, part: 'back-end' as const }],
]);
const SHIPPED_FILES = [
  { option: 'files', name: FRONT_END_DLL, place: /frontend\/httpproxy\/bin\/[^/]+$/i, part: 'front-end' },
  { option: 'back-end-files', name: CONTROL_PANEL_DLL, place: /clientaccess\/ecp\/bin\/[^/]+$/i, part: 'back-end' },
] as const;
