import { Dice } from './dice.ts';
import { csvValue, logFile } from './exchange-log.ts';
import { BEAT } from './probe.ts';
import type { Source } from './scenario.ts';
import type { SpecimenFile } from './specimen-file.ts';
import { DAY, isoStamp, longDay } from './stamp.ts';
import type { Millis } from './stamp.ts';
import type { EcpRow } from './traces.ts';
import type { World } from './world.ts';

const FIELDS = 'TimeStamp,ServerName,EventId,EventData';

/** Process id in the names of the activity logs. */
const POOL = 7316;

/**
 * The daily logs of the ECP (EAC): `Server` says which cmdlet a request ran and how it ended, `Activity` which URLs a
 * session touched. Both write when the request is done, so rows can stand in another order than in HttpProxy.
 */
export function ecpLogs(world: World, rows: readonly EcpRow[]): readonly SpecimenFile[] {
  const files: SpecimenFile[] = [];
  for (let day = Math.floor(world.ecpFrom / DAY) * DAY; day < world.collected; day += DAY) {
    const own = rows.filter((r) => r.at >= day && r.at < day + DAY);
    const log = { fields: FIELDS, from: day, to: day + DAY, version: () => '15.0.0.0' };
    if (keepsSome(world, 'ecp-server', day)) {
      files.push(
        logFile(world, {
          ...log,
          path: `${world.server.install}/Logging/ECP/Server/ECPServer${longDay(day)}-1.LOG`,
          type: 'ECP Server Log',
          rows: () =>
            kept(world, 'ecp-server', [
              ...beats(world, day, 'server'),
              ...own.map((r) => ({ at: r.at, text: serverRow(world, r) })),
            ]),
        }),
      );
    }
    if (keepsSome(world, 'ecp-activity', day)) {
      files.push(
        logFile(world, {
          ...log,
          path: `${world.server.install}/Logging/ECP/Activity/ECPActivity_${POOL}_${longDay(day)}-1.LOG`,
          type: 'ECP Activity Context Log',
          rows: () =>
            kept(world, 'ecp-activity', [
              ...beats(world, day, 'activity'),
              ...own.map((r) => ({ at: r.at + 2, text: activityRow(world, r) })),
            ]),
        }),
      );
    }
  }
  return files;
}

/** The URL as the ECP logs it: the session's canary shortened to its tail, as Exchange does in its activity log. */
function activityRow(world: World, row: EcpRow): string {
  const url = `https://localhost:444${row.url.replace(/msExchEcpCanary=[^&]{8,}(?=[^&]{8})/, 'msExchEcpCanary=')}`;
  return `${isoStamp(row.at + 2)},${world.server.name},Request,${csvValue(`S:URL=${url};S:Bld=${world.build(row.at)};S:ActID=${row.activity};Dbl:WLM.TS=${row.took}`)}`;
}

function serverRow(world: World, row: EcpRow): string {
  const pairs = [
    `S:TIME=${row.took}`,
    `S:SID=${row.session}`,
    pair('S:CMD', row.command),
    'S:REQID=',
    `S:URL=${row.url}`,
    'S:REFERRER=',
    pair('S:EX', row.error),
    `S:ACTID=${row.activity}`,
    'S:RS=0',
    `S:BLD=${world.build(row.at)}`,
    'S:TNAME=<null>',
    'S:TID=',
    'S:USID=',
    'S:EDOID=',
    'S:ACID=',
  ];
  return `${isoStamp(row.at)},${world.server.name},ECP.Request,${csvValue(pairs.join(';'))}`;
}

/** A pair whose value holds `;` or quotation marks stands in single quotes, inner ones doubled. */
function pair(key: string, value: string): string {
  return /[;'"]/.test(value) ? `'${key}=${value.replaceAll("'", "''")}'` : `${key}=${value}`;
}

/** Exchange looks at its own ECP as a user would. */
function* beats(world: World, day: Millis, log: 'server' | 'activity'): Iterable<{ at: Millis; text: string }> {
  for (let beat = Math.ceil(day / BEAT); beat * BEAT < day + DAY; beat += 1) {
    const dice = new Dice(`${world.scenario.seed}|ecp|${log}|${beat}`);
    const at = Math.min(beat * BEAT + dice.below(40_000), day + DAY - 1_000);
    const url = '/ecp/RulesEditor/InboxRules.svc/GetList?msExchEcpCanary=';
    const activity = dice.guid();
    if (log === 'server') {
      const row = {
        at,
        took: 9 + dice.below(40),
        session: dice.guid(),
        command: 'Get-InboxRule',
        url: `${url}${dice.hex(20)}.`,
        error: '',
        activity,
      };
      yield { at, text: serverRow(world, row) };
    } else {
      const text = `S:PSA=<PII>HealthMailbox7f3c21a@${world.server.domain}</PII>;S:URL=https://localhost:444${url}${dice.hex(6)}.;S:Bld=${world.build(at)};S:ActID=${activity};Dbl:WLM.TS=${dice.below(20)}`;
      yield { at, text: `${isoStamp(at)},${world.server.name},Request,${text}` };
    }
  }
}

function keepsSome(world: World, source: Source, day: Millis): boolean {
  return [0, 6, 12, 18, 23.99].some((hour) => world.keeps(source, day + hour * 3_600_000));
}

function kept(
  world: World,
  source: Source,
  rows: readonly { at: Millis; text: string }[],
): readonly { at: Millis; text: string }[] {
  return rows
    .filter((r) => r.at >= world.logsFrom && r.at < world.collected && world.keeps(source, r.at))
    .toSorted((a, b) => a.at - b.at);
}
