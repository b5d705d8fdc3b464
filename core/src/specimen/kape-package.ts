import { COPY_LOG_HEADER, copyLogRow } from './copy-log.ts';
import { copiedFiles, serverName, sizeOf, textFile } from './package-plan.ts';
import type { PackagePlan } from './package-plan.ts';
import type { SpecimenFile } from './specimen-file.ts';
import { isoStamp } from './stamp.ts';
import { joined } from './zip-writer.ts';

/**
 * The files of a specimen as KAPE 1.3 lays them out with `--tsource C:`: the drives by their letters, and the logs of the
 * run beside them. In a zip KAPE leaves the console log out; `isZipped` does so here.
 */
export function kapePackage(
  files: readonly SpecimenFile[],
  plan: PackagePlan,
  options: { readonly isZipped?: boolean } = {},
): readonly SpecimenFile[] {
  const copied = copiedFiles(files, plan);
  const millis = Math.floor(plan.collected / 1000);
  const run = `${isoStamp(millis).slice(0, 19).replaceAll(':', '_')}_5246365`;
  const hash = (file: SpecimenFile): string => plan.sha1?.(joined(file.pieces())).toUpperCase() ?? '';
  const rows = copied.map((file) =>
    copyLogRow({
      path: file.path,
      size: sizeOf(file),
      sha1: hash(file),
      modified: file.modified,
      at: isoStamp(millis),
    }),
  );
  const byPath = new Map(files.map((file) => [file.path, file]));
  const skipped = (plan.duplicates ?? []).map((path) => {
    const file = byPath.get(path);
    return `"${serverName(path)}",${file === undefined ? '' : hash(file)},Deduped\r\n`;
  });
  const text = (name: string, content: string): SpecimenFile => textFile(`${run}_${name}`, plan.collected, content);
  return [
    ...copied,
    text('CopyLog.csv', `\ufeff${COPY_LOG_HEADER}\r\n${rows.join('')}`),
    text('SkipLog.csv.csv', `\ufeffSourceFile,SourceFileSha1,Reason\r\n${skipped.join('')}`),
    ...(options.isZipped === true ? [] : [text('ConsoleLog.txt', consoleLog(plan, files.length))]),
  ];
}

function consoleLog(plan: PackagePlan, found: number): string {
  const failed = plan.failed ?? [];
  const at = isoStamp(Math.floor(plan.collected / 1000))
    .slice(0, 23)
    .replace('T', ' ');
  const line = (level: string, message: string): string => `[${at}0000 | ${level}] ${message}\r\n`;
  const duplicates = plan.duplicates?.length ?? 0;
  return [
    line('INF', 'KAPE directory: E:\\tools\\KAPE'),
    line('INF', 'Command line:   --tsource C: --tdest E:\\evidence --target Exchange'),
    line('INF', `System info: Machine name: ${plan.host}, 64-bit: true, User: responder OS: "Windows10" (10.0.14393)`),
    ...failed.map((path) =>
      line(
        'FTL',
        `Could not copy file ${serverName(path)} to E:\\evidence\\${path.replaceAll('/', '\\')}. Error: the file is in use\r\nSystem.IO.IOException: the file is in use`,
      ),
    ),
    line(
      'INF',
      `Copied ${found - failed.length - duplicates} (Deduplicated: ${duplicates}) out of ${found} files in 7.7969 seconds. File copy errors: ${failed.length}. See console log for details!`,
    ),
    line('INF', 'Total execution time: 10.4001 seconds'),
  ].join('');
}
