import type { Micros } from '../model/evidence.ts';
import { windowsPath } from './administration.ts';
import type { SpecimenFile } from './specimen-file.ts';
import { isoStamp } from './stamp.ts';
import type { World } from './world.ts';

/** The columns of KAPE's `CopyLog.csv`. */
export const COPY_LOG_HEADER =
  'CopiedTimestamp,SourceFile,DestinationFile,FileSize,SourceFileSha1,DeferredCopy,CreatedOnUtc,ModifiedOnUtc,LastAccessedOnUtc,CopyDuration';

/** The list a collector leaves of what it copied, in the columns of KAPE's `CopyLog.csv`; hashes are left out. */
export function copyLog(world: World, files: readonly SpecimenFile[]): readonly SpecimenFile[] {
  if (!world.server.manifest) return [];
  const at = isoStamp(world.collected);
  return [
    {
      path: `${at.slice(0, 19).replaceAll(':', '_')}_CopyLog.csv`,
      modified: world.server.collected,
      *pieces() {
        const utf8 = new TextEncoder();
        yield utf8.encode(`\ufeff${COPY_LOG_HEADER}\r\n`);
        for (const file of files) {
          let size = 0;
          for (const piece of file.pieces()) size += piece.length;
          yield utf8.encode(copyLogRow({ path: file.path, size, sha1: '', modified: file.modified, at }));
        }
      },
    },
  ];
}

/** One row, with its line end. `path` is that of the specimen, `at` the time of the copy. */
export function copyLogRow(file: {
  readonly path: string;
  readonly size: number;
  readonly sha1: string;
  readonly modified: Micros;
  readonly at: string;
}): string {
  const { path, size, sha1, at } = file;
  const modified = isoStamp(Math.floor(file.modified / 1000));
  return `${at},"${windowsPath(path)}","E:\\evidence\\${path.replaceAll('/', '\\')}",${size},${sha1},False,${modified},${modified},${at},00:00:00.0100000\r\n`;
}
