import type { Micros } from '../model/evidence.ts';
import type { Act } from './act.ts';
import type { Protocol } from './call.ts';

export type Product = '2013' | '2016' | '2019';

/** A build that came to run. `install` and `upgrade` are cumulative updates, `update` is a security update. */
export interface BuildStep {
  readonly from: Micros;
  /** Plain: `15.1.2176.9`. */
  readonly build: string;
  readonly by: 'install' | 'upgrade' | 'update';
}

/** The Exchange server of a scenario. All clocks are UTC. */
export interface Server {
  readonly name: string;
  readonly domain: string;
  readonly netbios: string;
  readonly address: string;
  /** The server's own IPv6 link-local address, under which it talks to its own back end. */
  readonly linkLocal: string;
  /** The other member of the database availability group. */
  readonly peer: { readonly name: string; readonly address: string };
  readonly product: Product;
  /** Evidence path of the install folder: `C/Program Files/Microsoft/Exchange Server/V15`. */
  readonly install: string;
  /** In order of time; the first one was there before the logs begin, or the server did not exist before it. */
  readonly builds: readonly [BuildStep, ...BuildStep[]];
  /** Nothing was logged before this moment. */
  readonly logsFrom: Micros;
  /** When the evidence was taken; the last record of every log lies a heartbeat before it at most. */
  readonly collected: Micros;
  /** Days of HttpProxy logs left at collection, as age and size limits leave them. */
  readonly proxyDays: number;
  /** Days of ECP, OAB generator and message tracking logs left at collection. */
  readonly ecpDays: number;
  /**
   * Whether the last security update replaced only some of the files, as one started without elevation does: the
   * front-end proxy keeps its old build, everything else says the new one.
   */
  readonly halfApplied: boolean;
  /**
   * When the worker processes of the front end began anew after the last update, if not at once: until then they run the
   * old code, while the files on disk are the new ones.
   */
  readonly restarted: Micros | undefined;
  /** Encoding of the IIS logs; Windows Server can be told to write them in UTF-16. */
  readonly encoding: 'utf-8' | 'utf-16';
  /** Language of Windows, in which names of built-in accounts and texts of errors are written. */
  readonly language: 'en' | 'fr' | 'de';
  /**
   * Addresses of the load balancer, in whose name every client from outside appears; none where clients appear under
   * their own.
   */
  readonly balancers: readonly string[];
  /** Columns that somebody switched off in the logging of IIS. */
  readonly iisWithout: readonly string[];
  /** Since when IIS logs the address that the load balancer passes on, `X-Forwarded-For`; in files of another name. */
  readonly forwardedFrom: Micros | undefined;
  /** Hours by which local time is behind UTC, where IIS begins its files at local midnight. Rows stay in UTC. */
  readonly rolloverBehind: number;
  /** In which form the events were handed over: as event logs, or as one export of them all as JSON. */
  readonly events: 'evtx' | 'winlogbeat' | 'nxlog' | 'evtx-dump';
  /** Hours by which the clock of an export is behind UTC, which it claims to be. */
  readonly collectorBehind: number;
  /** Whether Sysmon is installed. It logs network connections here, each with its time in UTC. */
  readonly sysmon: boolean;
  /** Whether the collector left a list of what it copied (KAPE `CopyLog.csv`). */
  readonly manifest: boolean;
}

export type Source =
  | 'iis-front'
  | 'iis-back'
  | 'http-proxy'
  | 'ecp-server'
  | 'ecp-activity'
  | 'oab-generator'
  | 'message-tracking'
  | 'management-events'
  | 'application-events'
  | 'security-events'
  | 'front-end-tree'
  | 'back-end-tree'
  | 'web-root'
  | 'compile-cache'
  | 'iis-configuration'
  | 'setup-log'
  | 'binaries';

/** Evidence that was there and was not handed over: a whole source, or the stretch from `from` (inclusive) to `to` (exclusive). */
export interface Removal {
  readonly source: Source;
  /** Only this folder of HttpProxy; all of them if absent. */
  readonly folder?: Protocol;
  readonly from: Micros | undefined;
  readonly to: Micros | undefined;
}

/** What happened on a server, and what of it was handed over. The same scenario gives the same bytes. */
export interface Scenario {
  /** Seeds the dice; twins share it, so that they differ in their acts only. */
  readonly seed: string;
  readonly server: Server;
  readonly acts: readonly Act[];
  readonly take: readonly Removal[];
  /** Days (`2021-03-03`) with the traffic of a working mail server; other days carry a heartbeat and little else. */
  readonly busy: readonly string[] | 'all';
  /** Multiplies the traffic of busy days; 1 is a small office of about 1,300 requests a day. */
  readonly volume: number;
}

export const SOURCES: readonly Source[] = [
  'iis-front',
  'iis-back',
  'http-proxy',
  'ecp-server',
  'ecp-activity',
  'oab-generator',
  'message-tracking',
  'management-events',
  'application-events',
  'security-events',
  'front-end-tree',
  'back-end-tree',
  'web-root',
  'compile-cache',
  'iis-configuration',
  'setup-log',
  'binaries',
];

/** The March 2021 builds of a product: the cumulative update before the fix, and the security update that fixed it. */
export const MARCH_2021: Readonly<
  Record<Product, { readonly installed: Micros; readonly open: string; readonly fixed: string }>
> = {
  '2013': { installed: Date.UTC(2019, 6, 2, 20, 11, 9) * 1000, open: '15.0.1497.2', fixed: '15.0.1497.12' },
  '2016': { installed: Date.UTC(2020, 11, 22, 19, 2, 41) * 1000, open: '15.1.2176.2', fixed: '15.1.2176.9' },
  '2019': { installed: Date.UTC(2020, 11, 21, 18, 40, 13) * 1000, open: '15.2.792.3', fixed: '15.2.792.10' },
};

/** The build that ran at a moment; before the first one, the first one. */
export function buildAt(server: Server, at: Micros): string {
  let build = server.builds[0].build;
  for (const step of server.builds) if (step.from <= at) build = step.build;
  return build;
}

/** The last build, which is the one on disk at collection. */
export function lastBuild(server: Server): string {
  return buildAt(server, server.collected);
}

/** The build of the front-end proxy that ran at a moment: a half-applied update, or a restart that is due, leaves the old one. */
export function frontEndBuildAt(server: Server, at: Micros): string {
  const last = lastUpdate(server, at);
  const old = server.halfApplied || (server.restarted !== undefined && at < server.restarted);
  return old && last !== undefined ? buildAt(server, last.from - 1) : buildAt(server, at);
}

/** The build of the front-end proxy on disk at collection, which a half-applied update leaves behind. */
export function frontEndFileBuild(server: Server): string {
  const last = lastUpdate(server, server.collected);
  return server.halfApplied && last !== undefined ? buildAt(server, last.from - 1) : lastBuild(server);
}

function lastUpdate(server: Server, at: Micros): BuildStep | undefined {
  return server.builds.findLast((b) => b.by === 'update' && b.from <= at);
}

/** `15.1.2176.9` as Exchange prints it in log headers and file versions: `15.01.2176.009`. */
export function paddedBuild(build: string): string {
  const [major = '', minor = '', update = '', revision = ''] = build.split('.');
  return `${major}.${minor.padStart(2, '0')}.${update.padStart(4, '0')}.${revision.padStart(3, '0')}`;
}

/** The version as one integer, as it stands in back-end cookies and in `FEAuth=BEVersion-`: 15.1.2375 is 1942063431. */
export function versionNumber(build: string): number {
  const [major = 0, minor = 0, update = 0] = build.split('.').map(Number);
  return 0x7000_8000 | (major << 22) | (minor << 16) | update;
}
