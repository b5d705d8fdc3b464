import type { Call, InnerCall, Protocol, Routing } from './call.ts';
import { agentOf } from './call.ts';
import type { Dice } from './dice.ts';
import { peopleOf } from './person.ts';
import type { Person } from './person.ts';
import { buildAt, versionNumber } from './scenario.ts';
import type { Scenario, Server } from './scenario.ts';
import { DAY, HOUR, dateStamp } from './stamp.ts';
import type { Millis } from './stamp.ts';

/** A scenario with what follows from it: names, people, and the first day of each kind of log. */
export class World {
  readonly scenario: Scenario;
  readonly server: Server;
  readonly people: readonly [Person, ...Person[]];
  /** `mail01.contoso.example`. */
  readonly fqdn: string;
  /** What clients type: `mail.contoso.example`. */
  readonly publicHost: string;
  /** `CONTOSO\MAIL01$`. */
  readonly machine: string;
  /** `CONTOSO\HealthMailbox…`, under which Exchange watches itself. */
  readonly watcher: string;
  /** A short back-end folder name of the watcher's mailbox. */
  readonly watcherMailbox: string;
  readonly logsFrom: Millis;
  readonly collected: Millis;
  readonly proxyFrom: Millis;
  readonly ecpFrom: Millis;
  /** When the running cumulative update was installed. */
  readonly installed: Millis;
  readonly #versions = new Map<string, Version>();

  constructor(scenario: Scenario) {
    const { server } = scenario;
    this.scenario = scenario;
    this.server = server;
    this.people = peopleOf(server);
    this.fqdn = `${server.name}.${server.domain}`.toLowerCase();
    this.publicHost = `mail.${server.domain}`;
    this.machine = `${server.netbios}\\${server.name}$`;
    this.watcher = `${server.netbios}\\HealthMailbox7f3c21a`;
    this.watcherMailbox = 'c04e1f5a-8d3b-4f02-a8a1-6b7c9d2e1f30';
    this.logsFrom = Math.floor(server.logsFrom / 1000);
    this.collected = Math.floor(server.collected / 1000);
    const today = Math.floor(this.collected / DAY) * DAY;
    this.proxyFrom = Math.max(this.logsFrom, today - server.proxyDays * DAY);
    this.installed = Math.floor((server.builds.findLast((b) => b.by !== 'update') ?? server.builds[0]).from / 1000);
    this.ecpFrom = Math.max(this.logsFrom, today - server.ecpDays * DAY);
  }

  /** The build that ran at a moment. */
  build(at: Millis): string {
    return buildAt(this.server, at * 1000);
  }

  /** Whether the day has the traffic of a working mail server. */
  busy(at: Millis): boolean {
    const { busy } = this.scenario;
    return busy === 'all' || busy.includes(dateStamp(at));
  }

  /** How busy the hour is: 1 at the peak of a working day. Local time is UTC. */
  load(hour: Millis): number {
    const day = new Date(hour).getUTCDay();
    const curve = (CURVE[Math.floor(hour / HOUR) % 24] ?? 0) / 100;
    return day === 0 || day === 6 ? curve * 0.12 : curve;
  }

  /** Whether a stretch of a source was handed over at all. */
  keeps(source: Scenario['take'][number]['source'], at: Millis, folder?: Protocol): boolean {
    return !this.scenario.take.some(
      (t) =>
        t.source === source &&
        (t.folder === undefined || t.folder === folder) &&
        (t.from ?? Number.NEGATIVE_INFINITY) <= at * 1000 &&
        at * 1000 < (t.to ?? Number.POSITIVE_INFINITY),
    );
  }

  /** Whether nothing at all of a source was handed over. */
  lost(source: Scenario['take'][number]['source']): boolean {
    return this.scenario.take.some((t) => t.source === source && t.from === undefined && t.to === undefined);
  }

  /** Routing to this server's own back end, as the proxy module does it all day. */
  local(at: Millis, anchor: string, hint: string, status: number): Routing {
    return { ...this.#routing(at, this.fqdn), anchor, hint, status };
  }

  /** Routing to the other member of the group, which holds the active copy of the mailbox. */
  remote(at: Millis, anchor: string, hint: string, status: number): Routing {
    return {
      ...this.#routing(at, `${this.server.peer.name}.${this.server.domain}`.toLowerCase()),
      anchor,
      hint,
      status,
    };
  }

  /** The anchor of a remote PowerShell session, which names the version it wants. */
  versionAnchor(at: Millis): string {
    const [major = '', minor = '', update = ''] = this.build(at).split('.');
    return `ServerVersion~Version ${major}.${minor} (Build ${update}.0)`;
  }

  /** A request of the front end to its own back end: from the server's own address, over port 444. */
  inner(
    at: Millis,
    took: number,
    request: Pick<InnerCall, 'method' | 'stem' | 'query' | 'user' | 'agent' | 'status'>,
  ): InnerCall {
    return { at, took, address: this.server.linkLocal, ...request };
  }

  /** A call with everything that most calls have in common. */
  call(at: Millis, dice: Dice, parts: Partial<Call> & Pick<Call, 'protocol' | 'method' | 'stem' | 'status'>): Call {
    return {
      at,
      took: 4 + dice.below(60),
      id: dice.guid(),
      urlHost: this.publicHost,
      query: '',
      appended: '',
      user: '',
      auth: parts.protocol === 'Owa' || parts.protocol === 'Ecp' ? 'FBA' : 'Negotiate',
      address: '127.0.0.1',
      agent: agentOf(''),
      clientId: '',
      sent: 0,
      received: 0,
      routing: undefined,
      remarks: '',
      error: '',
      inner: undefined,
      ...parts,
    };
  }

  /** `15,1,2176,2`: the version columns of HttpProxy, whose revision is that of the cumulative update. */
  columns(at: Millis): string {
    return this.#version(at).columns;
  }

  #version(at: Millis): Version {
    const build = this.build(at);
    let known = this.#versions.get(build);
    if (known === undefined) {
      const [major, minor, update] = build.split('.');
      const columns = `${major},${minor},${update},${this.server.builds[0].build.split('.')[3]}`;
      this.#versions.set(build, (known = { version: cuVersion(build), number: versionNumber(build), columns }));
    }
    return known;
  }

  #routing(at: Millis, server: string): Omit<Routing, 'anchor' | 'hint' | 'status'> {
    const known = this.#version(at);
    return { type: 'IntraForest', server, version: known.version, number: known.number, cookie: '', database: '' };
  }
}

/** A build as the proxy module writes it in different places. */
interface Version {
  readonly version: string;
  readonly number: number;
  readonly columns: string;
}

/** `15.01.2176.000`, as `TargetServerVersion` prints a number that holds no revision. */
function cuVersion(build: string): string {
  const [major = '', minor = '', update = ''] = build.split('.');
  return `${major}.${minor.padStart(2, '0')}.${update.padStart(4, '0')}.000`;
}

/** Percent of the peak, by hour. */
const CURVE: readonly number[] = [
  2, 1, 1, 1, 2, 4, 15, 55, 90, 100, 95, 80, 60, 85, 95, 90, 75, 45, 20, 12, 9, 7, 5, 3,
];
