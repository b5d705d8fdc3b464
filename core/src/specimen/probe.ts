import { PROTOCOLS, agentOf } from './call.ts';
import type { Call, InnerCall, Protocol } from './call.ts';
import { Dice } from './dice.ts';
import { WATCHER_SID } from './person.ts';
import { HOUR, MINUTE } from './stamp.ts';
import type { Millis } from './stamp.ts';
import type { World } from './world.ts';

/** Requests of one hour: as the front end had them, and those that only the back end had. */
export interface Traffic {
  readonly calls: readonly Call[];
  readonly inner: readonly InnerCall[];
}

/** Exchange asks each of its own protocols how it is, about this often. It is the heartbeat of both sites. */
export const BEAT: Millis = 50 * MINUTE;

/** On days that HttpProxy no longer covers, one beat in this many is written, which still leaves no half hour silent. */
const THINNED = 4;

/** The health probes of one protocol in one hour. */
export function probesOf(world: World, hour: Millis, protocol: Protocol): Traffic {
  const index = PROTOCOLS.indexOf(protocol);
  const phase = Math.floor((index * BEAT) / PROTOCOLS.length);
  const thin = hour < world.proxyFrom && world.scenario.busy !== 'all';
  const calls: Call[] = [];
  const inner: InnerCall[] = [];
  for (let beat = Math.ceil((hour - phase) / BEAT); beat * BEAT + phase < hour + HOUR; beat += 1) {
    if (thin && (beat + index) % THINNED !== 0) continue;
    const start = beat * BEAT + phase;
    const dice = new Dice(`${world.scenario.seed}|probe|${index}|${beat}`);
    const at = Math.min(start + dice.below(40_000), hour + HOUR - 20_000);
    if (at < world.logsFrom) continue;
    calls.push(frontProbe(world, dice, protocol, at));
    inner.push(backProbe(world, dice, protocol, at + 1_000 + dice.below(15_000)));
    if (protocol === 'Ews')
      inner.push(searchOfPeer(world, dice, Math.min(at + 20_000 + dice.below(9 * MINUTE), hour + HOUR - 500)));
  }
  return { calls, inner };
}

function frontProbe(world: World, dice: Dice, protocol: Protocol, at: Millis): Call {
  const local = {
    protocol,
    urlHost: 'localhost',
    agent: LOCAL_PROBE,
    address: '127.0.0.1',
    auth: 'Negotiate',
  } as const;
  const known = { ...local, user: world.watcher };
  const mailbox = `MailboxGuid~${world.watcherMailbox}`;
  switch (protocol) {
    case 'Owa':
    case 'Ecp':
      return world.call(at, dice, {
        ...local,
        method: 'GET',
        stem: protocol === 'Owa' ? '/owa/' : '/ecp/',
        status: 302,
        auth: 'FBA',
        appended: 'LogoffReason=NoCookiesGetOrE14AuthPost',
        remarks: 'NoCookies=302 - GET/E14AuthPost;',
      });
    case 'Mapi': {
      const took = 5 + dice.below(20);
      return world.call(at, dice, {
        ...known,
        method: 'POST',
        stem: '/mapi/emsmdb/',
        query: `mailboxId=${world.watcherMailbox}@${world.server.domain}`,
        status: 200,
        took,
        agent: MAPI,
        address: world.server.linkLocal,
        urlHost: world.fqdn,
        clientId: `R:${dice.guid()}:1;RT:Connect;CI:${dice.guid()}:1;CID:${dice.guid()}`,
        sent: 371,
        received: 443,
        routing: world.local(at, mailbox, 'MailboxGuidWithDomain', 200),
        inner: world.inner(at, took - 3, {
          method: 'POST',
          stem: '/mapi/emsmdb/',
          query: `mailboxId=${world.watcherMailbox}@${world.server.domain}`,
          user: world.watcher,
          agent: MAPI,
          status: 200,
        }),
      });
    }
    case 'PowerShell':
      return world.call(at, dice, {
        ...known,
        method: 'POST',
        stem: '/powershell',
        query: 'clientApplication=ActiveMonitor;PSVersion=5.1.14393.3866',
        status: 200,
        auth: 'Kerberos',
        agent: WINRM,
        sent: 2014,
        received: 934,
        routing: world.local(at, world.versionAnchor(at), 'ExchClientVer-ServerCookie', 200),
        inner: world.inner(at, 9, {
          method: 'POST',
          stem: '/powershell',
          query: 'clientApplication=ActiveMonitor;PSVersion=5.1.14393.3866',
          user: world.watcher,
          agent: WINRM,
          status: 200,
        }),
      });
    default:
      return world.call(at, dice, {
        ...known,
        ...PROBED[protocol],
        status: 200,
        routing: world.local(at, `Sid~${WATCHER_SID}`, 'WindowsIdentity', 0),
      });
  }
}

function backProbe(world: World, dice: Dice, protocol: Protocol, at: Millis): InnerCall {
  return {
    at,
    took: 1 + dice.below(30),
    method: 'GET',
    stem: `${BACK_FOLDER[protocol]}/exhealth.check`,
    query: '',
    user: protocol === 'Owa' || protocol === 'Ecp' ? '' : world.watcher,
    address: '::1',
    agent: LOCAL_PROBE,
    status: 200,
  };
}

/** The other member of the group searches mailboxes here under its machine account, as Exchange does all day. */
function searchOfPeer(world: World, dice: Dice, at: Millis): InnerCall {
  const { netbios, peer } = world.server;
  return {
    at,
    took: 15 + dice.below(60),
    method: 'POST',
    stem: '/EWS/Exchange.asmx',
    query: '',
    user: `${netbios}\\${peer.name}$`,
    address: peer.address,
    agent: CROSS_SERVER,
    status: 200,
  };
}

const CROSS_SERVER = agentOf('ASProxy/CrossSite/Directory/EWS');
const LOCAL_PROBE = agentOf('AMProbe/Local/ClientAccess');
const MAPI = agentOf('MapiHttpClient');
const WINRM = agentOf('Microsoft WinRM Client');

const PROBED = {
  Autodiscover: { method: 'GET', stem: '/autodiscover/' },
  Eas: { method: 'OPTIONS', stem: '/Microsoft-Server-ActiveSync/', auth: 'Basic' },
  Ews: { method: 'GET', stem: '/ews/' },
  Oab: { method: 'GET', stem: '/oab/' },
  RpcHttp: { method: 'GET', stem: '/rpc/' },
} as const;

/** Where each protocol lives on the back-end site. */
const BACK_FOLDER: Readonly<Record<Protocol, string>> = {
  Autodiscover: '/autodiscover',
  Eas: '/Microsoft-Server-ActiveSync',
  Ecp: '/ecp',
  Ews: '/EWS',
  Mapi: '/mapi/emsmdb',
  Oab: '/OAB',
  Owa: '/owa',
  PowerShell: '/powershell',
  RpcHttp: '/rpc',
};
