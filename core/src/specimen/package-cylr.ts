import { copiedFiles, serverName, textFile } from './package-plan.ts';
import type { PackagePlan } from './package-plan.ts';
import type { SpecimenFile } from './specimen-file.ts';
import { isoStamp } from './stamp.ts';

/** The files of a specimen as CyLR 2.2 packs them: drives by their letters, and the log of the collection. */
export function cylrPackage(files: readonly SpecimenFile[], plan: PackagePlan): readonly SpecimenFile[] {
  const copied = copiedFiles(files, plan);
  const at = isoStamp(Math.floor(plan.collected / 1000)).slice(0, 19);
  const lines = [
    ...copied.map((file) => `${at} [info] Collecting File: ${serverName(file.path)}`),
    ...(plan.failed ?? []).map((path) => `${at} [error] Error: Access to the path '${serverName(path)}' is denied.`),
  ];
  const name = `CyLR_Collection_Log_${at.replace('T', '_').replaceAll(':', '-')}.log`;
  return [...copied, textFile(name, plan.collected, lines.map((line) => `${line}\n`).join(''))];
}
