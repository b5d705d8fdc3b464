import { agentOf } from './call.ts';
import type { Agent, Call, Protocol, Routing } from './call.ts';
import { Dice } from './dice.ts';
import type { Person } from './person.ts';
import { DAY, HOUR, dateStamp, timeStamp } from './stamp.ts';
import type { Millis } from './stamp.ts';
import type { World } from './world.ts';

/** Requests an hour at the peak of a busy day, at volume 1. */
const RATES: Readonly<Record<Protocol, number>> = {
  Autodiscover: 6,
  Eas: 25,
  Ecp: 2,
  Ews: 16,
  Mapi: 60,
  Oab: 1,
  Owa: 22,
  PowerShell: 1,
  RpcHttp: 8,
};

/** One request in this many goes to the other member of the group, where the active copy of the mailbox is. */
const PROXIED_TO_PEER = 12;

/** What people's programs asked of one protocol in one hour. */
export function clientsOf(world: World, hour: Millis, protocol: Protocol): readonly Call[] {
  const dice = new Dice(`${world.scenario.seed}|client|${protocol}|${hour / HOUR}`);
  const load = world.load(hour);
  const count = world.busy(hour)
    ? Math.round(RATES[protocol] * load * world.scenario.volume)
    : protocol === 'Mapi' && load > 0.4
      ? 1
      : 0;
  const calls: Call[] = [];
  for (let i = 0; i < count; i += 1) {
    const at = hour + dice.below(HOUR);
    if (at < world.logsFrom) continue;
    calls.push(clientCall(world, dice, protocol, at));
  }
  return calls;
}

function clientCall(world: World, dice: Dice, protocol: Protocol, at: Millis): Call {
  const person = world.people[1 + dice.below(world.people.length - 1)] ?? world.people[0];
  const peer = dice.below(PROXIED_TO_PEER) === 0;
  const took = 3 + dice.below(dice.chance(5) ? 4_000 : 90);
  const shape = SHAPES[protocol](world, dice, person, at);
  const status = shape.status ?? 200;
  const hint = shape.hint ?? 'WindowsIdentity';
  const anchor = shape.anchor ?? `Sid~${person.sid}`;
  const routing =
    shape.unrouted === true
      ? undefined
      : withCookie(peer ? world.remote(at, anchor, hint, status) : world.local(at, anchor, hint, status), person, at);
  const query = shape.query ?? '';
  return world.call(at, dice, {
    protocol,
    method: shape.method,
    stem: shape.stem,
    query,
    status,
    took,
    user: shape.anonymous === true ? '' : person.account,
    auth: shape.auth,
    agent: shape.agent,
    address: shape.address ?? person.office,
    urlHost: protocol === 'Autodiscover' ? `autodiscover.${world.server.domain}` : world.publicHost,
    clientId: shape.clientId ?? '',
    sent: 200 + dice.below(3_000),
    received: 300 + dice.below(20_000),
    routing,
    remarks: shape.unrouted === true && status === 302 ? 'NoCookies=302 - GET/E14AuthPost;' : '',
    inner:
      routing === undefined || peer
        ? undefined
        : world.inner(at, Math.max(1, took - 3), {
            method: shape.method,
            stem: shape.stem,
            query,
            user: person.account,
            agent: shape.agent,
            status,
          }),
  });
}

/** What distinguishes the requests of one protocol. */
interface Shape {
  readonly method: string;
  readonly stem: string;
  readonly query?: string;
  readonly auth: string;
  readonly agent: Agent;
  readonly address?: string;
  readonly status?: number;
  readonly hint?: string;
  readonly anchor?: string;
  readonly clientId?: string;
  readonly anonymous?: boolean;
  readonly unrouted?: boolean;
}

const SHAPES: Readonly<Record<Protocol, (world: World, dice: Dice, person: Person, at: Millis) => Shape>> = {
  Autodiscover: (_, dice, person) => ({
    method: 'POST',
    stem: '/autodiscover/autodiscover.xml',
    auth: 'NTLM',
    agent: person.outlook,
    status: dice.chance(25) ? 401 : 200,
  }),
  Eas: (world, dice, person) => ({
    method: 'POST',
    stem: '/Microsoft-Server-ActiveSync/default.eas',
    query: `Cmd=${dice.pick(['Ping', 'Sync', 'Sync', 'FolderSync', 'Ping', 'ItemOperations', 'Settings'])}&User=${world.server.netbios}%5C${person.account.slice(world.server.netbios.length + 1)}&DeviceId=${person.device}&DeviceType=${person.phone.iis.startsWith('Apple') ? 'iPhone' : 'SAMSUNG'}`,
    auth: 'Basic',
    agent: person.phone,
    address: person.away,
    status: dice.chance(2) ? 503 : 200,
  }),
  Ecp: (_, dice, person) => ({
    method: 'GET',
    stem: dice.pick([
      '/ecp/',
      '/ecp/PersonalSettings/HomePage.aspx',
      '/ecp/RulesEditor/InboxRules.slab',
      '/ecp/Organize/AutomaticReplies.slab',
    ]),
    query: dice.chance(40) ? 'rfr=owa&owaparam=modurl%3D0' : '',
    auth: 'FBA',
    agent: person.browser,
    hint: 'WindowsIdentity',
  }),
  Ews: (_, dice, person) => ({
    method: 'POST',
    stem: '/EWS/Exchange.asmx',
    auth: dice.chance(30) ? 'NTLM' : 'Negotiate',
    agent: dice.chance(60) ? person.outlook : MAC_MAIL,
    status: dice.chance(15) ? 401 : 200,
  }),
  Mapi: (world, dice, person) => ({
    method: 'POST',
    stem: dice.chance(15) ? '/mapi/nspi/' : '/mapi/emsmdb/',
    query: `MailboxId=${person.mailbox}@${world.server.domain}`,
    auth: 'Negotiate',
    agent: MAPI_OUTLOOK,
    hint: 'MailboxGuidWithDomain',
    anchor: `MailboxGuid~${person.mailbox}`,
    clientId: `R:${dice.guid()}:${dice.below(900)};RT:${dice.pick(['Execute', 'Execute', 'Execute', 'NotificationWait', 'Connect', 'Disconnect'])};CI:${dice.guid()}:1;CID:${dice.guid()}`,
  }),
  Oab: (_, dice, person) => ({
    method: 'GET',
    stem: `/OAB/6fd0f3a1-52b7-4c2e-9a31-77d0a1f0c1ee/${dice.pick(['oab.xml', '8d1c-data-14.lzx', 'lng0409.lzx'])}`,
    auth: 'Negotiate',
    agent: MICROSOFT_BITS,
    address: person.office,
  }),
  Owa: (world, dice, person, at) =>
    dice.chance(20)
      ? {
          method: 'GET',
          stem: `/owa/auth/${cumulative(world.build(at))}/themes/resources/${dice.pick(['favicon.ico', 'owa_text_blue.png', 'segoeui-regular.ttf', 'logon.css'])}`,
          auth: 'FBA',
          agent: person.browser,
          address: person.away,
          anonymous: true,
          unrouted: true,
        }
      : dice.chance(10)
        ? {
            method: 'GET',
            stem: '/owa/',
            auth: 'FBA',
            agent: person.browser,
            address: person.away,
            anonymous: true,
            unrouted: true,
            status: 302,
          }
        : {
            method: 'POST',
            stem: '/owa/service.svc',
            query: `action=${dice.pick(['FindConversation', 'GetItem', 'GetConversationItems', 'SubscribeToNotification', 'CreateItem', 'UpdateItem'])}&EP=1&ID=-${1 + dice.below(90)}&AC=1`,
            auth: 'FBA',
            agent: person.browser,
            address: person.away,
          },
  PowerShell: (world, _, _person, at) => ({
    method: 'POST',
    stem: '/powershell',
    query: 'PSVersion=5.1.14393.3866',
    auth: 'Kerberos',
    agent: WINRM,
    address: world.people[0].office,
    hint: 'ExchClientVer-ServerCookie',
    anchor: world.versionAnchor(at),
  }),
  RpcHttp: (world, dice, person) => ({
    method: dice.chance(50) ? 'RPC_IN_DATA' : 'RPC_OUT_DATA',
    stem: '/rpc/rpcproxy.dll',
    query: `${person.mailbox}@${world.server.domain}:6001`,
    auth: 'NTLM',
    agent: MSRPC,
    status: dice.chance(20) ? 401 : 200,
    anchor: `MailboxGuid~${person.mailbox}`,
    hint: 'MailboxGuidWithDomain',
  }),
};

const MAC_MAIL = agentOf('MacOutlook/16.46.21021202 (Intelx64 Mac OS X Version 10.15.7 (Build 19H524))');
const MAPI_OUTLOOK = agentOf('Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.13628; Pro)');
const MICROSOFT_BITS = agentOf('Microsoft BITS/7.8');
const WINRM = agentOf('Microsoft WinRM Client');
const MSRPC = agentOf('MSRPC');

/** The cookie by which the proxy module finds the mailbox's database again. */
function withCookie(routing: Routing, person: Person, at: Millis): Routing {
  const until = at + 30 * DAY;
  const cookie = `Database~${person.database}~~${dateStamp(until)}T${timeStamp(until)}`;
  return { ...routing, cookie, database: person.database };
}

/** `15.1.2176`: the version folder of the logon page. */
function cumulative(build: string): string {
  return build.split('.').slice(0, 3).join('.');
}
