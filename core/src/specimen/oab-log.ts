import { windowsPath } from './administration.ts';
import { Dice } from './dice.ts';
import { logFile } from './exchange-log.ts';
import type { SpecimenFile } from './specimen-file.ts';
import { DAY, HOUR, isoStamp, longDay } from './stamp.ts';
import type { World } from './world.ts';

/** Generations of the offline address book a day. */
const RUNS = 3;

/**
 * The OAB generator's log. Now and then it writes that a download failed and that a temporary file must go: harmless as
 * long as the file lies below the install folder's `ClientAccess\OAB`, as it does here.
 */
export function oabLogs(world: World): readonly SpecimenFile[] {
  const files: SpecimenFile[] = [];
  for (let day = Math.floor(world.ecpFrom / DAY) * DAY; day < world.collected; day += DAY) {
    if (!world.keeps('oab-generator', day + 12 * HOUR)) continue;
    files.push(
      logFile(world, {
        path: `${world.server.install}/Logging/OABGeneratorLog/oabgen${longDay(day)}-1.LOG`,
        type: 'OAB Generator Log',
        fields: 'Timestamp,RecordType,TraceId,OabGuid,AddressListGuid,Message',
        from: day,
        to: day + DAY,
        version: () => '15.0.0.0',
        *rows() {
          const dice = new Dice(`${world.scenario.seed}|oab|${day}`);
          for (let run = 0; run < RUNS; run += 1) {
            let at = day + run * 8 * HOUR + dice.below(HOUR);
            if (at < world.logsFrom || at + 60_000 >= world.collected) continue;
            const trace = dice.guid();
            const step = (type: string, message: string): { at: number; text: string } => {
              at += dice.below(4_000);
              return {
                at,
                text: `${isoStamp(at)},${type},${trace},${OAB},${message.startsWith('Generating') ? LIST : ''},${message}`,
              };
            };
            yield step('DebugTrace', 'Generation of offline address book started');
            yield step('DebugTrace', 'Generating address list \\Default Global Address List');
            if (dice.chance(20)) {
              const file = `${windowsPath(world.server.install)}\\ClientAccess\\OAB\\Temp\\${dice.guid()}.1js`;
              yield step('WarningTrace', `Download failed and temporary file ${file} needs to be removed`);
            }
            yield step('PerformanceTrace', 'Generation of offline address book finished');
          }
        },
      }),
    );
  }
  return files;
}

const OAB = '6fd0f3a1-52b7-4c2e-9a31-77d0a1f0c1ee';
const LIST = '4b1d9c52-7a07-4a3e-a4ff-02e6b1a0d7c3';
