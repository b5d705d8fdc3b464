import { copiedFiles, movedFile, textFile } from './package-plan.ts';
import type { PackagePlan } from './package-plan.ts';
import type { SpecimenFile } from './specimen-file.ts';
import { isoStamp } from './stamp.ts';

/** Files of a Unix machine, by their paths without the first `/`, as UAC packs them. */
export function uacPackage(files: readonly SpecimenFile[], plan: PackagePlan): readonly SpecimenFile[] {
  const copied = copiedFiles(files, plan);
  const stamp = uacStamp(plan);
  const log = [
    `${stamp} INF Unix-like Artifacts Collector 3.0.0`,
    ...(plan.failed ?? []).map((path) => `${stamp} ERR cp: cannot open '/${path}' for reading: Permission denied`),
  ];
  const bodyfile = copied.map((file) => `0|/${file.path}|0|-rw-r--r--|0|0|1|0|0|0|0\n`);
  return [
    ...copied.map((file) => movedFile(file, `[root]/${file.path}`)),
    textFile('bodyfile/bodyfile.txt', plan.collected, bodyfile.join('')),
    textFile('live_response/process/ps.txt', plan.collected, 'PID\n'),
    textFile('uac.log', plan.collected, log.map((line) => `${line}\n`).join('')),
  ];
}

/** The log that UAC writes beside the archive of the same name. */
export function uacAcquisitionLog(plan: PackagePlan, name: string): SpecimenFile {
  return textFile(
    `${name}.log`,
    plan.collected,
    `Created by UAC (Unix-like Artifacts Collector) 3.0.0\n\n[System Information]\nOperating System: linux\nHostname: ${plan.host}\n\n[Acquisition Information]\nMount Point: /\nAcquisition started at: ${uacStamp(plan)}\nAcquisition finished at: ${uacStamp(plan)}\n`,
  );
}

function uacStamp(plan: PackagePlan): string {
  return `${isoStamp(Math.floor(plan.collected / 1000))
    .slice(0, 19)
    .replace('T', ' ')} +0000`;
}
