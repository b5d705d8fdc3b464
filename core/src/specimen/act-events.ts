import type { CommandAct, ScanAct } from './act.ts';
import type { EventSpec } from './evtx-writer.ts';
import { framedCommand } from './fragment.ts';
import { paddedBuild } from './scenario.ts';
import type { Millis } from './stamp.ts';
import type { World } from './world.ts';

/** The worker processes lose their configuration for a moment when the virtual directory is made anew. */
export function poolRestarts(world: World, at: Millis): readonly EventSpec[] {
  return [0, 1, 2].map((i) => ({
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
export function rejections(world: World, at: Millis, act: ScanAct): readonly EventSpec[] {
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
  const [input, named, inside] = REJECTIONS[world.server.language];
  const says = `System.ArgumentException: ${input}\r\n${named}input\r\n   ${inside} Microsoft.Exchange.Data.ApplicationLogic.Cafe.BackEndServer.FromString(String input)\r\n   ${inside} Microsoft.Exchange.HttpProxy.BEResourceRequestHandler.ResolveAnchorMailbox()`;
  return [
    {
      ...base,
      at: (at + 40) * 1000,
      provider: 'MSExchange Common',
      eventId: 4999,
      data: watson.map((value) => ({ value })),
    },
    ...Array.from({ length: act.count }, (_, i) => ({
      ...base,
      at: (at + i * 4_100 + 15) * 1000,
      provider: 'MSExchange Front End HTTP Proxy',
      eventId: 1003,
      data: [{ value: 'Ecp' }, { value: says }],
    })),
  ];
}

/** The exception as the runtime words it: what is wrong, the parameter, and the word before each frame. */
const REJECTIONS = {
  en: ['Invalid input value', 'Parameter name: ', 'at'],
  fr: ["Valeur d'entrée non valide", 'Nom du paramètre : ', 'à'],
  de: ['Ungültiger Eingabewert', 'Parametername: ', 'bei'],
} as const;

/** A process that the worker process of a web site started, as the audit of process creation has it. */
export function processCreation(world: World, act: CommandAct): EventSpec {
  const at = Math.floor(act.at / 1000);
  const folder = 'C:/inetpub/wwwroot/aspnet_client';
  const named = {
    SubjectUserSid: 'S-1-5-18',
    SubjectUserName: `${world.server.name}$`,
    SubjectDomainName: world.server.netbios,
    SubjectLogonId: '0x3e7',
    NewProcessId: '0x2b5c',
    NewProcessName: 'C:\\Windows\\System32\\cmd.exe',
    TokenElevationType: '%%1936',
    ProcessId: '0x1c94',
    CommandLine: act.framed === false ? `"cmd" /c ${act.line}` : framedCommand(folder, act.line),
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

/** A request of the admin centre that failed: the user it ran as, and the URL as the back end had it. */
export function failedRequest(world: World, at: Millis, failed: { url: string; error: string }): EventSpec {
  const user = `${world.server.domain}/Users/${world.server.language === 'fr' ? 'Administrateur' : 'Administrator'}`;
  return {
    at: (at + 25) * 1000,
    provider: 'MSExchange Control Panel',
    eventId: 4,
    level: 2,
    channel: 'Application',
    computer: world.fqdn,
    data: [user, `https://${world.fqdn}:444${failed.url}`, failed.error, ''].map((value) => ({ value })),
  };
}
