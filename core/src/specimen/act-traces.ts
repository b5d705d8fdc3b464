import type { Act, ForgingAct } from './act.ts';
import { failedRequest, poolRestarts, processCreation, rejections } from './act-events.ts';
import { windowsPath } from './administration.ts';
import type { Call } from './call.ts';
import { compiledPage } from './compile-cache.ts';
import { Dice } from './dice.ts';
import {
  BROWSER,
  EXCHANGE_CLIENT,
  Intruder,
  PYTHON,
  draggedAlong,
  forgedCall,
  pageCall,
  rejectedCall,
  scannerCall,
} from './forgery.ts';
import { inertUrl } from './fragment.ts';
import { archived, confused } from './neighbour-traces.ts';
import { DOMAIN_SID } from './person.ts';
import { shellFile } from './planted-page.ts';
import { NO_TRACES, together } from './traces.ts';
import type { CmdletRun, EcpRow, Traces } from './traces.ts';
import { diskPath } from './web-tree.ts';
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
      return forged(
        act,
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
      return forged(
        act,
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
      return forged(
        act,
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
      return forged(
        act,
        ...series(act.count, (i) =>
          forgedCall(world, intruder, {
            act,
            after: i * 2_300,
            method: 'POST',
            path: act.path ?? '/ews/exchange.asmx',
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
    case 'ddi-set-object': {
      const url =
        act.url === 'plain'
          ? `https://${world.publicHost}/OAB`
          : act.url === 'odd'
            ? 'inert specimen: neither an address nor nothing'
            : inertUrl();
      const error = act.fails === true ? refusal(world, 'invalid') : '';
      return ddi(world, intruder, act, {
        verb: 'SetObject',
        schema: 'OABVirtualDirectory',
        rows: [[`Set-OabVirtualDirectory.ExternalUrl='${url}'.Identity='${intruder.directory}'`, error]],
        runs: [['Set-OabVirtualDirectory', `-ExternalUrl "${url}" -Identity "OAB (Default Web Site)"`, error]],
      });
    }
    case 'ddi-reset-object':
      return act.executed
        ? together([resetRan(world, intruder, act), { ...NO_TRACES, application: poolRestarts(world, at) }])
        : ddi(world, intruder, act, { verb: 'SetObject', schema: 'ResetOABVirtualDirectory', rows: [], runs: [] });
    case 'ddi-clean-up': {
      const ran = acts.some(
        (a) => a.act === 'ddi-reset-object' && a.session === act.session && a.executed && a.at < act.at,
      );
      const error = ran ? `${refusal(world, 'gone')}, ${intruder.directory}` : '';
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
      return { ...NO_TRACES, security: [processCreation(world, act)] };
    case 'lsass-dump':
      return {
        ...NO_TRACES,
        files: [{ path: act.path, source: undefined, content: new Uint8Array(64), modified: act.at }],
      };
    case 'served-folder':
    case 'iis-module':
      return { ...NO_TRACES, configuration: [act] };
    case 'mail-archive':
      return archived(world, act);
    case 'proxyshell':
      return confused(world, act);
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

/** What this server saw of forged requests: both ends, or only the back end's. */
function forged(act: ForgingAct, ...calls: readonly Call[]): Traces {
  return act.viaPeer === true
    ? { ...NO_TRACES, inner: calls.flatMap((c) => (c.inner === undefined ? [] : [c.inner])) }
    : sent(...calls);
}

/** One request to the admin service under the minted session: the forged call, its ECP rows and its cmdlets. */
function ddi(
  world: World,
  intruder: Intruder,
  act: ForgingAct,
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
  const dragged = act.tool === 'framework' ? `&${draggedAlong(act.carrier ?? intruder.carrier)}` : '';
  const call = forgedCall(world, intruder, { act, method: 'POST', path, query, status: 200, agent: PYTHON, took: 690 });
  const dice = new Dice(`${world.scenario.seed}|ddi|${act.act}|${at}`);
  const ecp: EcpRow[] = step.rows.map(([command, error], i) => ({
    at: at + 180 + i * 1_300,
    took: 520 + dice.below(400),
    session: intruder.session,
    command,
    url: `${path}?${query}${dragged}`,
    error,
    activity: dice.guid(),
  }));
  const cmdlets: CmdletRun[] = step.runs.map(([cmdlet, parameters, error], i) => ({
    at: at - 30 + i * 1_300,
    cmdlet,
    parameters,
    caller: `${world.server.domain}/Users/${world.server.language === 'fr' ? 'Administrateur' : 'Administrator'}`,
    sid: `${DOMAIN_SID}-500`,
    host: '7316 w3wp#MSExchangeECPAppPool',
    client: '',
    error,
  }));
  const application = ecp.filter((r) => r.error !== '').map((r) => failedRequest(world, r.at, r));
  return { ...forged(act, call), ecp, cmdlets, application };
}

function resetRan(world: World, intruder: Intruder, act: ForgingAct): Traces {
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

/** The words in which the server refuses; Exchange speaks the language of the server, its types are English everywhere. */
function refusal(world: World, why: 'gone' | 'invalid'): string {
  const { gone, invalid } = REFUSALS[world.server.language];
  return why === 'gone'
    ? `Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException: ${gone}, ADNoSuchObjectException`
    : `Microsoft.Exchange.Data.DataValidationException: ${invalid}`;
}

const REFUSALS = {
  en: {
    gone: "The operation couldn't be performed because the object couldn't be found",
    invalid: 'The value is not a valid URL',
  },
  fr: {
    gone: "L'opération n'a pas pu être effectuée car l'objet est introuvable",
    invalid: "La valeur n'est pas une URL valide",
  },
  de: {
    gone: 'Der Vorgang konnte nicht ausgeführt werden, weil das Objekt nicht gefunden wurde',
    invalid: 'Der Wert ist keine gültige URL',
  },
} as const;

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
