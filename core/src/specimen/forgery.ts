import type { Act, ForgingAct, Spelling, Tool } from './act.ts';
import { canaryOf } from './administration.ts';
import { agentOf } from './call.ts';
import type { Agent, Call, InnerCall, Protocol, Routing } from './call.ts';
import { Dice } from './dice.ts';
import type { Millis } from './stamp.ts';
import type { World } from './world.ts';

/** The build number that many tools copy into the cookie, whatever server they talk to: 15.1.1466. */
const COPIED_NUMBER = { version: '15.01.1466.000', number: 1_942_062_522 } as const;

/** One that a tool threw for itself: no version of Exchange begins with 41. */
const DICED_NUMBER = { version: '41.42.31996.000', number: 174_750_972 } as const;

/** What the acts of one intruder share. */
export class Intruder {
  readonly dice: Dice;
  readonly canary: string;
  /** `S:SID` of the ECP session minted for a SID. */
  readonly session: string;
  /** GUID of the OAB virtual directory that was found. */
  readonly directory: string;
  /** The static resource that carries the requests. */
  readonly carrier: string;

  constructor(world: World, name: string) {
    this.dice = new Dice(`${world.scenario.seed}|intruder|${name}`);
    this.canary = canaryOf(this.dice);
    this.session = this.dice.guid();
    this.directory = this.dice.guid();
    this.carrier = `/ecp/${this.dice.pick(['y', 'x', 'q', 'b'])}.js`;
  }
}

/** One forged request: what it was aimed at, and what came of it. */
interface Aim {
  readonly act: ForgingAct;
  /** Milliseconds after the act's own time, for the later ones of several. */
  readonly after?: Millis;
  readonly method: string;
  /** Path on the back end; no `?`. */
  readonly path: string;
  readonly query?: string;
  readonly status: number;
  readonly agent: Agent;
  readonly took: number;
}

/**
 * A request that the front end sent on to the host named in the client's cookie: `AnchorMailbox` holds that text, the
 * row lies in the folder of the carrier, and the back end saw the server's own machine account.
 */
export function forgedCall(world: World, intruder: Intruder, aim: Aim): Call {
  const at = Math.floor(aim.act.at / 1000) + (aim.after ?? 0);
  const dice = new Dice(`${world.scenario.seed}|forged|${aim.act.session}|${aim.path}|${aim.query ?? ''}|${at}`);
  const { tool = 'script', spelling = 'usual' } = aim.act;
  const carrier = aim.act.carrier ?? intruder.carrier;
  const agent = tool === 'framework' ? FRAMEWORK : aim.agent;
  const anonymous = carrier.startsWith('/owa/');
  const routing: Routing = {
    anchor: `ServerInfo~${anchorOf(world, tool, { path: spelt(aim.path, spelling), query: aim.query })}`,
    hint: anonymous ? 'X-AnonResource-Backend-Cookie' : 'X-BEResource-Cookie',
    type: 'CrossRegion',
    server: tool === 'framework' ? world.server.name.toLowerCase() : world.fqdn,
    ...(tool === 'framework' ? DICED_NUMBER : COPIED_NUMBER),
    status: aim.status,
    cookie: '',
    database: '',
  };
  const inner: InnerCall = {
    at: at - 2,
    took: Math.max(1, aim.took - 6),
    method: aim.method,
    // The web server decodes a path before it logs it, and leaves capitals and doubled slashes as they came.
    stem: spelling === 'encoded' ? aim.path : spelt(aim.path, spelling),
    query: innerQuery(tool, aim.query, carrier),
    user: aim.act.viaPeer === true ? `${world.server.netbios}\\${world.server.peer.name}$` : world.machine,
    address: aim.act.viaPeer === true ? world.server.peer.address : world.server.linkLocal,
    agent,
    status: aim.status,
  };
  return world.call(at, dice, {
    protocol: protocolOf(carrier) ?? 'Ecp',
    method: aim.act.verb ?? 'POST',
    stem: carrier,
    urlHost: world.server.address,
    status: aim.status,
    took: aim.took,
    agent,
    address: aim.act.from,
    sent: 300 + dice.below(400),
    received: 500 + dice.below(900),
    routing,
    inner,
  });
}

/** What stands behind `ServerInfo~`: the text of the cookie, up to its version number. */
function anchorOf(world: World, tool: Tool, target: { path: string; query: string | undefined }): string {
  const { path, query } = target;
  if (tool === 'framework') return `Admin@${world.server.name}:444${path}?${query === undefined ? '' : `${query}&`}a=`;
  const before = tool === 'double' ? 'akak]@' : 'a]@';
  return `${before}${world.fqdn}${tool === 'portless' ? '' : ':444'}${path}?${query ?? ''}#`;
}

/**
 * The query as the back end logs it. A `#` cuts off what the front end puts behind the forged name; without it the rest
 * of that name and the path of the carrier become the value of `a`.
 */
function innerQuery(tool: Tool, query: string | undefined, carrier: string): string {
  if (tool !== 'framework') return query ?? '';
  return `${query === undefined ? '' : `${query}&`}${draggedAlong(carrier)}`;
}

/** `a=%5D:444/ecp/x.js`: what a forged name without `#` leaves in URLs of the back end. */
export function draggedAlong(carrier: string): string {
  return `a=%5D:444${carrier}`;
}

function spelt(path: string, spelling: Spelling): string {
  switch (spelling) {
    case 'capitals':
      return path.toUpperCase();
    case 'encoded':
      return path.replaceAll(/(?<=\/)[a-z]/gi, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
    case 'doubled':
      return path.replaceAll('/', '//');
    default:
      return path;
  }
}

/** What the public scanner sends: an anonymous resource, and a back end that is the server itself. */
export function scannerCall(world: World, act: Act, after: Millis): Call {
  const at = Math.floor(act.at / 1000) + after;
  const dice = new Dice(`${world.scenario.seed}|scan|${at}`);
  return world.call(at, dice, {
    protocol: 'Owa',
    method: 'GET',
    stem: '/owa/auth/x.js',
    urlHost: world.publicHost,
    status: 500,
    took: 260 + dice.below(200),
    agent: SCANNER,
    address: act.from,
    received: 85,
    routing: {
      anchor: 'ServerInfo~localhost/owa/auth/logon.aspx?',
      hint: 'X-AnonResource-Backend-Cookie',
      type: 'CrossRegion',
      server: 'localhost',
      version: '0.00.0003.000',
      number: 3,
      status: 500,
      cookie: '',
      database: '',
    },
    remarks: 'ProxyToDownLevel=True;NewConnection=::1&0;',
  });
}

/**
 * The same kind of request on a server with the fix: the name in the cookie is no host name, so nothing is sent to a
 * back end, and no anchor is resolved that could be logged.
 */
export function rejectedCall(world: World, act: Act, after: Millis): Call {
  const at = Math.floor(act.at / 1000) + after;
  const dice = new Dice(`${world.scenario.seed}|rejected|${at}`);
  return world.call(at, dice, {
    protocol: 'Ecp',
    method: 'POST',
    stem: '/ecp/y.js',
    urlHost: world.server.address,
    status: 500,
    took: 3 + dice.below(9),
    agent: PYTHON,
    address: act.from,
    sent: 0,
    routing: {
      anchor: '',
      hint: 'X-BEResource-Cookie',
      type: '',
      server: '',
      version: '',
      number: 0,
      status: 0,
      cookie: '',
      database: '',
    },
    error:
      'UnhandledException=System.ArgumentException: Invalid input value  Parameter name: input    at Microsoft.Exchange.Data.ApplicationLogic.Cafe.BackEndServer.FromString(String input)    at Microsoft.Exchange.HttpProxy.BEResourceRequestHandler.ResolveAnchorMailbox();',
  });
}

/** A plain request from outside to a page on disk. */
export function pageCall(
  world: World,
  act: Act,
  page: { path: string; method: string; status: number; after: Millis; agent: Agent },
): Call {
  const at = Math.floor(act.at / 1000) + page.after;
  const dice = new Dice(`${world.scenario.seed}|page|${page.path}|${at}`);
  const protocol = protocolOf(page.path);
  return world.call(at, dice, {
    protocol,
    method: page.method,
    stem: page.path,
    urlHost: world.publicHost,
    status: page.status,
    took: page.status === 200 ? 120 + dice.below(2_600) : dice.below(12),
    agent: page.agent,
    address: act.from,
    sent: page.method === 'POST' ? 120 + dice.below(900) : 0,
    received: page.status === 200 ? 900 + dice.below(4_000) : 0,
    remarks: page.status === 302 ? 'NoCookies=302 - GET/E14AuthPost;' : '',
  });
}

/** The proxy module that serves a URL; `aspnet_client` has none. */
export function protocolOf(path: string): Protocol | undefined {
  const folder = path.split('/')[1]?.toLowerCase();
  return folder === 'owa'
    ? 'Owa'
    : folder === 'ecp'
      ? 'Ecp'
      : folder === 'oab'
        ? 'Oab'
        : folder === 'autodiscover'
          ? 'Autodiscover'
          : undefined;
}

export const EXCHANGE_CLIENT: Agent = agentOf('ExchangeServicesClient/0.0.0.0');
export const PYTHON: Agent = agentOf('python-requests/2.25.1');
export const BROWSER: Agent = agentOf(
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/87.0.4280.88 Safari/537.36',
);
const FRAMEWORK: Agent = agentOf('Mozilla/5.0');
const SCANNER: Agent = agentOf(
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_6) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/69.0.3497.81 Safari/537.36',
);
