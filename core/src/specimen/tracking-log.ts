import { Dice } from './dice.ts';
import { logFile } from './exchange-log.ts';
import { paddedBuild } from './scenario.ts';
import type { SpecimenFile } from './specimen-file.ts';
import { DAY, HOUR, isoStamp, longDay } from './stamp.ts';
import type { Millis } from './stamp.ts';
import type { World } from './world.ts';

const FIELDS =
  'date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path,message-info,directionality,tenant-id,original-client-ip,original-server-ip,custom-data,transport-traffic-type,log-id,schema-version';

/**
 * Message tracking, a file a day (a real server writes one an hour). Its `#Version` and `schema-version` name the
 * build down to the security update, so the day on which they change is the day on which an update was loaded.
 */
export function trackingLogs(world: World): readonly SpecimenFile[] {
  const files: SpecimenFile[] = [];
  for (let day = Math.floor(world.ecpFrom / DAY) * DAY; day < world.collected; day += DAY) {
    if (!world.keeps('message-tracking', day + 12 * HOUR)) continue;
    files.push(
      logFile(world, {
        path: `${world.server.install}/TransportRoles/Logs/MessageTracking/MSGTRK${longDay(day)}00-1.LOG`,
        type: 'Message Tracking Log',
        fields: FIELDS,
        from: day,
        to: day + DAY,
        version: (at) => paddedBuild(world.build(at)),
        *rows() {
          const dice = new Dice(`${world.scenario.seed}|tracking|${day}`);
          for (let hour = day; hour < day + DAY; hour += HOUR) {
            const at = hour + dice.below(HOUR);
            const text = message(world, dice, at);
            if (at >= world.logsFrom && at < world.collected) yield { at, text };
          }
        },
      }),
    );
  }
  return files;
}

function message(world: World, dice: Dice, at: Millis): string {
  const { server } = world;
  const from = dice.pick(world.people);
  const to = dice.pick(world.people);
  const id = `${dice.hex(12)}@${server.domain}`;
  return `${isoStamp(at)},${server.address},${server.name},${server.address},${server.name},,,STOREDRIVER,DELIVER,${40_000_000 + dice.below(9_000_000)},<${id}>,${dice.guid()},${to.mail},,${4_000 + dice.below(90_000)},1,,,Notes of the week,${from.mail},${from.mail},,Originating,,${from.office},${server.address},S:DeliveryPriority=Normal,Email,${dice.guid()},${paddedBuild(world.build(at))}`;
}
