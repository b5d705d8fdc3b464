import { copiedFiles, movedFile, serverName, textFile } from './package-plan.ts';
import type { PackagePlan } from './package-plan.ts';
import type { SpecimenFile } from './specimen-file.ts';
import { isoStamp } from './stamp.ts';

/**
 * The files of a specimen as Acquire packs them into a tar: `fs/C:/…`, or `fs/sysvol/…` for the system's drive in `old`
 * releases.
 */
export function acquirePackage(
  files: readonly SpecimenFile[],
  plan: PackagePlan,
  options: { readonly isOld?: boolean } = {},
): readonly SpecimenFile[] {
  const place = (path: string): string =>
    options.isOld === true ? path.replace(/^C\//, 'sysvol/').replace(/^([A-Z])\//, '$1:/') : path.replace('/', ':/');
  return copiedFiles(files, plan).map((file) => movedFile(file, `fs/${place(file.path)}`));
}

/** The report that Acquire writes beside the archive `name`, as Python's `json.dumps` does with sorted keys. */
export function acquireReport(files: readonly SpecimenFile[], plan: PackagePlan, name: string): SpecimenFile {
  const failed = new Set(plan.failed ?? []);
  const row = (file: SpecimenFile): string => {
    const outcome = failed.has(file.path) ? 'failure' : 'success';
    const value = JSON.stringify(
      `ntfs:140234:/${serverName(file.path).replaceAll('\\', '/').replace(/^C:/, 'sysvol')}`,
    );
    return `            {\n                "artifact_type": "file",\n                "artifact_value": ${value},\n                "details": null,\n                "module_name": "IIS",\n                "outcome": "${outcome}"\n            }`;
  };
  const outcome = (key: string, has: boolean): string =>
    `        "${key}": [\n${files
      .filter((file) => failed.has(file.path) === has)
      .map(row)
      .join(',\n')}\n        ]`;
  const at = isoStamp(Math.floor(plan.collected / 1000)).replace('Z', '+00:00');
  const text = `{\n    "IIS": {\n${outcome('failure', true)},\n${outcome('success', false)}\n    },\n    "modules-failed": {},\n    "name": "${plan.host}",\n    "target": "<Target local>",\n    "timestamp": "${at}"\n}`;
  return textFile(`${name}.report.json`, plan.collected, text);
}
