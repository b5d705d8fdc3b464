import { Dice } from './dice.ts';
import { eventJsonPieces } from './event-json-writer.ts';
import { writeEvtx } from './evtx-writer.ts';
import type { EventSpec } from './evtx-writer.ts';
import { WATCHER_SID } from './person.ts';
import { BEAT } from './probe.ts';
import type { BuildStep, Source } from './scenario.ts';
import type { SpecimenFile } from './specimen-file.ts';
import { DAY, HOUR, isoStamp } from './stamp.ts';
import type { Millis } from './stamp.ts';
import type { CmdletRun, Traces } from './traces.ts';
import type { World } from './world.ts';

/** The Security log of a busy server holds a few days. */
const SECURITY_DAYS = 3;
const APPLICATION_BEAT: Millis = 3 * HOUR;
const SECURITY_BEAT: Millis = HOUR;

/** The three event logs that tell of Exchange: cmdlets, what its programs report, and who logged on or started what. */
export function eventLogs(world: World, traces: Traces): readonly SpecimenFile[] {
  const logs: readonly { source: Source; channel: string; events: () => readonly EventSpec[] }[] = [
    {
      source: 'management-events',
      channel: 'MSExchange Management',
      events: () => [...watching(world), ...traces.cmdlets].map((run) => cmdletEvent(world, run)),
    },
    {
      source: 'application-events',
      channel: 'Application',
      events: () => [...application(world), ...traces.application],
    },
    { source: 'security-events', channel: 'Security', events: () => [...logons(world), ...traces.security] },
    ...(world.server.sysmon
      ? [{ source: 'security-events', channel: SYSMON, events: () => connections(world) } as const]
      : []),
  ];
  const kept = logs
    .filter(({ source }) => !world.lost(source))
    .map(({ source, channel, events }) => ({
      channel,
      keeps: (e: EventSpec): boolean => world.keeps(source, Math.floor(e.at / 1000)),
      events: () =>
        events()
          .filter((e) => e.at >= world.server.logsFrom && e.at < world.server.collected)
          .toSorted(byTime),
    }));
  const modified = world.server.collected;
  const style = world.server.events;
  if (style === 'evtx') {
    return kept.map(({ channel, keeps, events }) => ({
      path: `C/Windows/System32/winevt/Logs/${channel.replace('/', '%4')}.evtx`,
      modified,
      *pieces() {
        yield writeEvtx(events().filter(keeps));
      },
    }));
  }
  const clockOffset = -world.server.collectorBehind * HOUR * 1000;
  return [
    {
      path: `exports/${world.server.name.toLowerCase()}-events.json`,
      modified,
      pieces: () => {
        // Each channel counts its own records, and what was taken away leaves a hole in the numbers.
        const numbered = kept.flatMap(({ keeps, events }) =>
          events()
            .map((e, i) => ({ ...e, recordId: i + 1 }))
            .filter(keeps),
        );
        return eventJsonPieces(numbered.toSorted(byTime), { style, clockOffset });
      },
    },
  ];
}

function byTime(a: EventSpec, b: EventSpec): number {
  return a.at - b.at;
}

const SYSMON = 'Microsoft-Windows-Sysmon/Operational';

/** Sysmon's network connections of the server: the only events that hold their time in UTC whoever exports them. */
function connections(world: World): readonly EventSpec[] {
  const events: EventSpec[] = [];
  for (let beat = Math.ceil(world.logsFrom / SECURITY_BEAT); beat * SECURITY_BEAT < world.collected; beat += 1) {
    const dice = new Dice(`${world.scenario.seed}|sysmon|${beat}`);
    const at = beat * SECURITY_BEAT + dice.below(1_000_000);
    const named = {
      RuleName: '-',
      UtcTime: isoStamp(at).replace('T', ' ').replace('Z', ''),
      ProcessGuid: `{${dice.guid()}}`,
      ProcessId: String(2_000 + dice.below(6_000)),
      Image: 'C:\\Windows\\System32\\svchost.exe',
      User: NETWORK_SERVICE[world.server.language],
      Protocol: 'tcp',
      Initiated: 'true',
      SourceIp: world.server.address,
      SourcePort: String(49_152 + dice.below(16_000)),
      DestinationIp: world.server.peer.address,
      DestinationPort: '389',
    };
    events.push({
      at: at * 1000,
      provider: 'Microsoft-Windows-Sysmon',
      providerGuid: '5770385F-C22A-43E0-BF4C-06F5698FFBD9',
      eventId: 3,
      level: 4,
      channel: SYSMON,
      computer: world.fqdn,
      data: Object.entries(named).map(([name, value]) => ({ name, value })),
    });
  }
  return events;
}

const NETWORK_SERVICE = {
  en: 'NT AUTHORITY\\NETWORK SERVICE',
  fr: 'AUTORITE NT\\SERVICE RÉSEAU',
  de: 'NT-AUTORITÄT\\Netzwerkdienst',
} as const;

/**
 * `MSExchange CmdletLogs`, event 1 (succeeded) or 6 (failed). The values are unnamed: cmdlet, parameters, caller, the
 * caller's SID twice, client, process, nothing, thread, duration, scope, exception.
 */
function cmdletEvent(world: World, run: CmdletRun): EventSpec {
  const dice = new Dice(`${world.scenario.seed}|cmdlet|${run.at}|${run.cmdlet}`);
  const scope = `View Entire Forest: 'False', Default Scope: '${world.server.domain}', Configuration Domain Controller: 'dc01.${world.server.domain}', `;
  const values = [
    run.cmdlet,
    run.parameters,
    run.caller,
    run.sid,
    run.sid,
    run.client,
    run.host,
    '',
    String(20 + dice.below(90)),
    `00:00:0${dice.below(3)}.${100 + dice.below(900)}0000`,
    scope,
    run.error,
    '',
    'ServicePlan:;IsAdmin:True;',
  ];
  return {
    at: run.at * 1000,
    provider: 'MSExchange CmdletLogs',
    eventId: run.error === '' ? 1 : 6,
    level: run.error === '' ? 4 : 2,
    channel: 'MSExchange Management',
    computer: world.fqdn,
    data: values.map((value) => ({ value })),
  };
}

/** Exchange's own monitoring runs cmdlets all day: the heartbeat of this log. */
function watching(world: World): readonly CmdletRun[] {
  const runs: CmdletRun[] = [];
  for (let beat = Math.ceil(world.logsFrom / BEAT); beat * BEAT < world.collected; beat += 1) {
    const dice = new Dice(`${world.scenario.seed}|watch|${beat}`);
    const [cmdlet, parameters] = dice.pick<readonly [string, string]>([
      ['Get-Mailbox', '-ResultSize "1"'],
      ['Get-Mailbox', '-ResultSize "1"'],
      ['Test-ServiceHealth', ''],
      [
        'Set-Mailbox',
        `-Identity "${world.server.domain}/Microsoft Exchange System Objects/Monitoring Mailboxes/HealthMailbox7f3c21a" -Password "System.Security.SecureString"`,
      ],
    ]);
    runs.push({
      at: beat * BEAT + dice.below(30_000),
      cmdlet,
      parameters,
      caller: `${world.server.domain}/Microsoft Exchange System Objects/Monitoring Mailboxes/HealthMailbox7f3c21a`,
      sid: WATCHER_SID,
      host: '5120 w3wp#MSExchangePowerShellAppPool',
      client: 'ActiveMonitor-Remote-Unknown',
      error: '',
    });
  }
  return runs;
}

/** Directory topology reports, and what an update leaves when it is installed and the programs start again. */
function application(world: World): readonly EventSpec[] {
  const events: EventSpec[] = [];
  const base = { channel: 'Application', computer: world.fqdn } as const;
  for (let beat = Math.ceil(world.logsFrom / APPLICATION_BEAT); beat * APPLICATION_BEAT < world.collected; beat += 1) {
    const dice = new Dice(`${world.scenario.seed}|topology|${beat}`);
    const at = (beat * APPLICATION_BEAT + dice.below(600_000)) * 1000;
    const servers = `In-site: dc01.${world.server.domain} CDG 1 7 7 1 0 1 1 7 1`;
    events.push({
      ...base,
      at,
      provider: 'MSExchange ADAccess',
      eventId: 2080,
      level: 4,
      data: ['Microsoft.Exchange.Directory.TopologyService.exe', String(2_000 + dice.below(6_000)), servers].map(
        (value) => ({ value }),
      ),
    });
  }
  for (const step of world.server.builds) events.push(...updateEvents(world, step));
  return events;
}

function updateEvents(world: World, step: BuildStep): readonly EventSpec[] {
  const base = { channel: 'Application', computer: world.fqdn } as const;
  const { product } = world.server;
  const what =
    step.by === 'update'
      ? `Product: Microsoft Exchange Server - Update 'Security Update for Exchange Server ${product} (KB5000871) ${step.build}' installed successfully.`
      : `Product: Microsoft Exchange Server -- Installation completed successfully.`;
  return [
    {
      ...base,
      at: step.from - 240_000_000,
      provider: 'MsiInstaller',
      eventId: step.by === 'update' ? 1022 : 11_707,
      level: 4,
      data: [{ value: what }],
    },
    {
      ...base,
      at: step.from + 2_000_000,
      provider: 'MSExchange Front End HTTP Proxy',
      eventId: 1001,
      level: 4,
      data: [{ value: 'Ecp' }],
    },
    {
      ...base,
      at: step.from + 2_400_000,
      provider: 'MSExchange Front End HTTP Proxy',
      eventId: 1001,
      level: 4,
      data: [{ value: 'Owa' }],
    },
  ];
}

function logons(world: World): readonly EventSpec[] {
  const events: EventSpec[] = [];
  const from = Math.max(world.logsFrom, world.collected - SECURITY_DAYS * DAY);
  for (let beat = Math.ceil(from / SECURITY_BEAT); beat * SECURITY_BEAT < world.collected; beat += 1) {
    const dice = new Dice(`${world.scenario.seed}|logon|${beat}`);
    const person = dice.pick(world.people);
    const named = {
      SubjectUserSid: 'S-1-0-0',
      SubjectUserName: '-',
      TargetUserSid: person.sid,
      TargetUserName: person.account.slice(world.server.netbios.length + 1),
      TargetDomainName: world.server.netbios,
      LogonType: '3',
      AuthenticationPackageName: 'Kerberos',
      WorkstationName: '-',
      IpAddress: person.office,
      IpPort: String(49_152 + dice.below(16_000)),
    };
    events.push({
      at: (beat * SECURITY_BEAT + dice.below(1_000_000)) * 1000,
      provider: 'Microsoft-Windows-Security-Auditing',
      providerGuid: '54849625-5478-4994-A5BA-3E3B0328C30D',
      eventId: 4624,
      level: 0,
      channel: 'Security',
      computer: world.fqdn,
      data: Object.entries(named).map(([name, value]) => ({ name, value })),
    });
  }
  return events;
}
