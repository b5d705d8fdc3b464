import type { Act, ScanAct, ShellFileAct } from './act.ts';
import { windowsPath } from './administration.ts';
import type { Call } from './call.ts';
import { compiledPage } from './compile-cache.ts';
import { Dice } from './dice.ts';
import type { EventSpec } from './evtx-writer.ts';
import {
  BROWSER,
  EXCHANGE_CLIENT,
  Intruder,
  PYTHON,
  forgedCall,
  pageCall,
  rejectedCall,
  scannerCall,
} from './forgery.ts';
import { framedCommand, inertPage, inertUrl, oabDump } from './fragment.ts';
import { DOMAIN_SID } from './person.ts';
import { paddedBuild } from './scenario.ts';
import { setupStamp } from './stamp.ts';
import type { Millis } from './stamp.ts';
import { NO_TRACES, together } from './traces.ts';
import type { CmdletRun, EcpRow, Traces } from './traces.ts';
import { diskPath, sourceOfUrl } from './web-tree.ts';
import type { World } from './world.ts';

/** What the acts of a scenario left on the server. */
export function tracesOf(world: World, acts: readonly Act[]): Traces {
  const intruders = new Map<string, Intruder>();
  const exact = acts.map((act) => exactly(world, act));
  return together(
    exact.map((act) => {
      let intruder = intruders.get(act.session);
      if (intruder === undefined) intruders.set(act.session, (intruder = new Intruder(world, act.session)));
      return traces(world, act, intruder, exact);
    }),
  );
}

/** Acts are written down to the second; no log is that round. */
function exactly(world: World, act: Act): Act {
  const millis =
    act.at % 1_000_000 === 0 ? new Dice(`${world.scenario.seed}|moment|${act.act}|${act.at}`).below(990) : 0;
  return { ...act, at: act.at + millis * 1000 };
}

function traces(world: World, act: Act, intruder: Intruder, acts: readonly Act[]): Traces {
  const at = Math.floor(act.at / 1000);
  switch (act.act) {
    case 'ssrf-autodiscover':
      return sent(
        forgedCall(world, intruder, {
          act,
          method: 'POST',
          path: '/autodiscover/autodiscover.xml',
          status: act.status,
          agent: EXCHANGE_CLIENT,
          took: 412,
        }),
      );
    case 'ssrf-mapi': {
      const query = `MailboxId=${new Dice(`${world.scenario.seed}|mailbox|${act.session}`).guid()}@${world.server.domain}`;
      return sent(
        forgedCall(world, intruder, {
          act,
          method: 'POST',
          path: '/mapi/emsmdb/',
          query,
          status: act.status,
          agent: EXCHANGE_CLIENT,
          took: 233,
        }),
      );
    }
    case 'proxylogon':
      return sent(
        forgedCall(world, intruder, {
          act,
          method: 'POST',
          path: '/ecp/proxyLogon.ecp',
          status: act.status,
          agent: PYTHON,
          took: 57,
        }),
      );
    case 'ews-read':
      return sent(
        ...series(act.count, (i) =>
          forgedCall(world, intruder, {
            act,
            after: i * 2_300,
            method: 'POST',
            path: '/ews/exchange.asmx',
            status: act.status,
            agent: EXCHANGE_CLIENT,
            took: 140 + i,
          }),
        ),
      );
    case 'ddi-get-object':
      return ddi(world, intruder, act, {
        verb: 'GetObject',
        schema: 'OABVirtualDirectory',
        rows: [[`Get-OabVirtualDirectory.ADPropertiesOnly=$true`, '']],
        runs: [],
      });
    case 'ddi-set-object':
      return ddi(world, intruder, act, {
        verb: 'SetObject',
        schema: 'OABVirtualDirectory',
        rows: [[`Set-OabVirtualDirectory.ExternalUrl='${inertUrl()}'.Identity='${intruder.directory}'`, '']],
        runs: [['Set-OabVirtualDirectory', `-ExternalUrl "${inertUrl()}" -Identity "OAB (Default Web Site)"`, '']],
      });
    case 'ddi-reset-object':
      return act.executed
        ? together([resetRan(world, intruder, act), { ...NO_TRACES, application: poolRestarts(world, at) }])
        : ddi(world, intruder, act, { verb: 'SetObject', schema: 'ResetOABVirtualDirectory', rows: [], runs: [] });
    case 'ddi-clean-up': {
      const ran = acts.some(
        (a) => a.act === 'ddi-reset-object' && a.session === act.session && a.executed && a.at < act.at,
      );
      const error = ran
        ? `Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException: ADNoSuchObjectException, ${intruder.directory}`
        : '';
      return ddi(world, intruder, act, {
        verb: 'SetObject',
        schema: 'OABVirtualDirectory',
        rows: [[`Set-OabVirtualDirectory.ExternalUrl=$null.Identity='${intruder.directory}'`, error]],
        runs: [['Set-OabVirtualDirectory', '-ExternalUrl $null -Identity "OAB (Default Web Site)"', error]],
      });
    }
    case 'shell-file':
      return shellFile(world, intruder, act);
    case 'shell-request':
      return sent(
        ...series(act.count, (i) =>
          pageCall(world, act, {
            path: act.path,
            method: act.method,
            status: act.status,
            after: i * 11_700,
            agent: BROWSER,
          }),
        ),
      );
    case 'compiled-page':
      return { ...NO_TRACES, files: compiledPage(world, { url: act.path, at }) };
    case 'shell-deleted':
      return { ...NO_TRACES, gone: [diskPath(world.server, act.path)] };
    case 'command':
      return { ...NO_TRACES, security: [processCreation(world, at, act.line)] };
    case 'lsass-dump':
      return {
        ...NO_TRACES,
        files: [{ path: act.path, source: undefined, content: new Uint8Array(64), modified: act.at }],
      };
    case 'public-scanner':
      return { ...NO_TRACES, calls: series(act.count, (i) => scannerCall(world, act, i * 61_300)) };
    case 'rejected-probe':
      return {
        ...NO_TRACES,
        calls: series(act.count, (i) => rejectedCall(world, act, i * 4_100)),
        application: rejections(world, at, act),
      };
    default:
      return {
        ...NO_TRACES,
        calls: HUNTED.slice(0, act.count).map((path, i) =>
          pageCall(world, act, {
            path,
            method: 'GET',
            status: hunted(acts, path),
            after: i * 900,
            agent: BROWSER,
          }),
        ),
      };
  }
}

/** A page that is there answers; one that is not is a redirect to the logon page below `/owa/auth`, and a 404 elsewhere. */
function hunted(acts: readonly Act[], path: string): number {
  if (acts.some((a) => a.act === 'shell-file' && a.path === path)) return 200;
  return path.startsWith('/owa/') ? 302 : 404;
}

function series<T>(count: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function sent(...calls: readonly Call[]): Traces {
  return { ...NO_TRACES, calls };
}

/** One request to the admin service under the minted session: the forged call, its ECP rows and its cmdlets. */
function ddi(
  world: World,
  intruder: Intruder,
  act: Act,
  step: {
    readonly verb: string;
    readonly schema: string;
    /** Command and error. */
    readonly rows: readonly (readonly [string, string])[];
    /** Cmdlet, parameters and error. */
    readonly runs: readonly (readonly [string, string, string])[];
  },
): Traces {
  const at = Math.floor(act.at / 1000);
  const path = `/ecp/DDI/DDIService.svc/${step.verb}`;
  const query = `msExchEcpCanary=${intruder.canary}&schema=${step.schema}`;
  const call = forgedCall(world, intruder, { act, method: 'POST', path, query, status: 200, agent: PYTHON, took: 690 });
  const dice = new Dice(`${world.scenario.seed}|ddi|${act.act}|${at}`);
  const ecp: EcpRow[] = step.rows.map(([command, error], i) => ({
    at: at + 180 + i * 1_300,
    took: 520 + dice.below(400),
    session: intruder.session,
    command,
    url: `${path}?${query}`,
    error,
    activity: dice.guid(),
  }));
  const cmdlets: CmdletRun[] = step.runs.map(([cmdlet, parameters, error], i) => ({
    at: at - 30 + i * 1_300,
    cmdlet,
    parameters,
    caller: `${world.server.domain}/Users/Administrator`,
    sid: `${DOMAIN_SID}-500`,
    host: '7316 w3wp#MSExchangeECPAppPool',
    client: '',
    error,
  }));
  return { ...NO_TRACES, calls: [call], ecp, cmdlets };
}

function resetRan(world: World, intruder: Intruder, act: Act): Traces {
  const { server } = world;
  const url = `https://${world.fqdn}/OAB`;
  const path = `${windowsPath(server.install)}\\FrontEnd\\HttpProxy\\OAB`;
  return ddi(world, intruder, act, {
    verb: 'SetObject',
    schema: 'ResetOABVirtualDirectory',
    rows: [
      [`Remove-OabVirtualDirectory.Force=$true.Identity='${intruder.directory}'`, ''],
      [
        `New-OabVirtualDirectory.WebSiteName='Default Web Site'.Server='${server.name}'.Role='ClientAccess'.InternalUrl='${url}'.Path='${path}'`,
        '',
      ],
    ],
    runs: [
      ['Remove-OabVirtualDirectory', `-Force "True" -Identity "${server.name}\\OAB (Default Web Site)"`, ''],
      [
        'New-OabVirtualDirectory',
        `-WebSiteName "Default Web Site" -Server "${server.name}" -Role "ClientAccess" -InternalUrl "${url}" -Path "${path}"`,
        '',
      ],
    ],
  });
}

function shellFile(world: World, intruder: Intruder, act: ShellFileAct): Traces {
  const changed = setupStamp(Math.floor(act.at / 1000)).slice(0, 19);
  return {
    ...NO_TRACES,
    files: [
      {
        path: diskPath(world.server, act.path),
        source: sourceOfUrl(act.path),
        content:
          act.style === 'oab'
            ? oabDump(world, { guid: intruder.directory, build: world.build(Math.floor(act.at / 1000)), changed })
            : inertPage(),
        modified: act.at,
      },
    ],
  };
}

/** The worker processes lose their configuration for a moment when the virtual directory is made anew. */
function poolRestarts(world: World, at: Millis): readonly EventSpec[] {
  return series(3, (i) => ({
    at: (at + 700 + i * 90) * 1000,
    provider: 'Microsoft-Windows-IIS-W3SVC-WP',
    providerGuid: '670080D9-742A-4187-8D16-41143D1290BD',
    eventId: 2303,
    level: 2,
    channel: 'Application',
    computer: world.fqdn,
    data: [{ name: 'AppPoolName', value: 'MSExchangeOABAppPool' }],
  }));
}

/** One Watson report and an error for each request: what the fixed code says to a name that is no host name. */
function rejections(world: World, at: Millis, act: ScanAct): readonly EventSpec[] {
  const build = paddedBuild(world.build(at));
  const base = { level: 2, channel: 'Application', computer: world.fqdn } as const;
  const watson = [
    '21628',
    'E12IIS',
    'c-RTL-AMD64',
    build,
    'w3wp#MSExchangeECPAppPool',
    'M.E.Data.ApplicationLogic',
    'M.E.D.A.C.BackEndServer.FromString',
    'System.ArgumentException',
    '34ec-dumptidset',
    build,
  ];
  const says =
    'System.ArgumentException: Invalid input value\r\nParameter name: input\r\n   at Microsoft.Exchange.Data.ApplicationLogic.Cafe.BackEndServer.FromString(String input)\r\n   at Microsoft.Exchange.HttpProxy.BEResourceRequestHandler.ResolveAnchorMailbox()';
  return [
    {
      ...base,
      at: (at + 40) * 1000,
      provider: 'MSExchange Common',
      eventId: 4999,
      data: watson.map((value) => ({ value })),
    },
    ...series(act.count, (i) => ({
      ...base,
      at: (at + i * 4_100 + 15) * 1000,
      provider: 'MSExchange Front End HTTP Proxy',
      eventId: 1003,
      data: [{ value: 'Ecp' }, { value: says }],
    })),
  ];
}

function processCreation(world: World, at: Millis, line: string): EventSpec {
  const named = {
    SubjectUserSid: 'S-1-5-18',
    SubjectUserName: `${world.server.name}$`,
    SubjectDomainName: world.server.netbios,
    SubjectLogonId: '0x3e7',
    NewProcessId: '0x2b5c',
    NewProcessName: 'C:\\Windows\\System32\\cmd.exe',
    TokenElevationType: '%%1936',
    ProcessId: '0x1c94',
    CommandLine: framedCommand('C:/inetpub/wwwroot/aspnet_client', line),
    TargetUserSid: 'S-1-0-0',
    TargetUserName: '-',
    TargetDomainName: '-',
    TargetLogonId: '0x0',
    ParentProcessName: 'C:\\Windows\\System32\\inetsrv\\w3wp.exe',
    MandatoryLabel: 'S-1-16-16384',
  };
  return {
    at: at * 1000,
    provider: 'Microsoft-Windows-Security-Auditing',
    providerGuid: '54849625-5478-4994-A5BA-3E3B0328C30D',
    eventId: 4688,
    level: 0,
    channel: 'Security',
    computer: world.fqdn,
    data: Object.entries(named).map(([name, value]) => ({ name, value })),
  };
}

/** Names that were published as those of web shells; a hunter asks every server for them. */
const HUNTED: readonly string[] = [
  '/owa/auth/OutlookZH.aspx',
  '/aspnet_client/supp0rt.aspx',
  '/owa/auth/errorFF.aspx',
  '/aspnet_client/discover.aspx',
  '/owa/auth/8Lw7tAhF9i1pJnRo.aspx',
  '/aspnet_client/system_web/log.aspx',
  '/owa/auth/RedirSuiteServerProxy.aspx',
  '/aspnet_client/shell.aspx',
  '/owa/auth/healthcheck.aspx',
  '/aspnet_client/aspnet_iisstart.aspx',
];
