import { agentOf } from './call.ts';
import type { Agent, Call, Protocol } from './call.ts';
import { Dice } from './dice.ts';
import { HOUR } from './stamp.ts';
import type { Millis } from './stamp.ts';
import type { World } from './world.ts';

/** Requests an hour on a busy day at volume 1, and the percent chance of one in an hour of any other day. */
const RATE = 9;
const QUIET_PERCENT = 30;

/**
 * What any address on the internet is asked, every day, by machines: pages of other products, the logon page, the
 * version of the server. None of it is an attack of a campaign.
 */
export function backdropOf(world: World, hour: Millis): readonly Call[] {
  const dice = new Dice(`${world.scenario.seed}|backdrop|${hour / HOUR}`);
  const count = world.busy(hour)
    ? Math.round(RATE * Math.max(1, world.scenario.volume / 8))
    : dice.chance(QUIET_PERCENT)
      ? 1
      : 0;
  const calls: Call[] = [];
  for (let i = 0; i < count; i += 1) {
    const at = hour + dice.below(HOUR);
    const asked = dice.chance(3) ? VERSION_SCAN : dice.pick(ASKED);
    const address =
      asked === VERSION_SCAN
        ? dice.pick(SCANNERS)
        : `${dice.pick(['198.51.100', '192.0.2', '198.18.7'])}.${2 + dice.below(250)}`;
    const version = asked === VERSION_SCAN;
    if (at < world.logsFrom) continue;
    calls.push(
      world.call(at, dice, {
        protocol: asked.protocol,
        method: asked.method ?? 'GET',
        stem: asked.stem,
        status: asked.status,
        took: version ? 29 : dice.below(12),
        agent: asked.agent ?? dice.pick(AGENTS),
        address,
        urlHost: dice.chance(60) ? world.server.address : world.publicHost,
        auth: asked.status === 401 ? 'NTLM' : 'FBA',
        received: version ? 10_112 : 0,
        routing: version
          ? world.local(at, 'ServerVersion~Version 15.0 (Build 0.0)', 'EDiscoveryExportTool-ServerVersion', 200)
          : undefined,
        remarks: asked.status === 302 ? 'NoCookies=302 - GET/E14AuthPost;' : '',
        inner: version
          ? world.inner(at, 21, { method: 'GET', stem: asked.stem, query: '', user: '', agent: ZGRAB, status: 200 })
          : undefined,
      }),
    );
  }
  return calls;
}

interface Asked {
  readonly protocol: Protocol | undefined;
  readonly method?: string;
  readonly stem: string;
  readonly status: number;
  readonly agent?: Agent;
}

const ZGRAB = agentOf('Mozilla/5.0 zgrab/0.x');

/** The file that names the exact build, as scanners of the whole internet fetch it. */
const VERSION_SCAN: Asked = {
  protocol: 'Ecp',
  stem: '/ecp/Current/exporttool/microsoft.exchange.ediscovery.exporttool.application',
  status: 200,
  agent: ZGRAB,
};

const SCANNERS: readonly [string, ...string[]] = ['192.0.2.61', '192.0.2.62', '198.18.7.14'];

const AGENTS: readonly [Agent, ...Agent[]] = [
  agentOf(
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/62.0.3202.62 Safari/537.36',
  ),
  agentOf('Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)'),
  agentOf('Go-http-client/1.1'),
  agentOf('Mozilla/5.0'),
  agentOf(''),
];

const ASKED: readonly [Asked, ...Asked[]] = [
  { protocol: undefined, stem: '/', status: 302 },
  { protocol: undefined, stem: '/robots.txt', status: 404 },
  { protocol: undefined, stem: '/favicon.ico', status: 404 },
  { protocol: undefined, stem: '/.env', status: 404 },
  { protocol: undefined, stem: '/wp-login.php', status: 404 },
  { protocol: undefined, stem: '/solr/admin/info/system', status: 404 },
  { protocol: undefined, stem: '/actuator/health', status: 404 },
  { protocol: undefined, method: 'POST', stem: '/boaform/admin/formLogin', status: 404 },
  { protocol: 'Owa', stem: '/owa/', status: 302 },
  { protocol: 'Owa', stem: '/owa/admin.cfg', status: 302 },
  { protocol: 'Owa', stem: '/owa/auth/logon.aspx', status: 200 },
  { protocol: 'Ecp', stem: '/ecp/', status: 302 },
  { protocol: 'Ews', stem: '/ews/', status: 401 },
  { protocol: 'RpcHttp', stem: '/rpc/', status: 401 },
];
