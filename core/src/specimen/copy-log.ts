import { windowsPath } from './administration.ts';
import type { SpecimenFile } from './specimen-file.ts';
import { isoStamp } from './stamp.ts';
import type { World } from './world.ts';

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
        yield utf8.encode(
          '\ufeffCopiedTimestamp,SourceFile,DestinationFile,FileSize,SourceFileSha1,DeferredCopy,CreatedOnUtc,ModifiedOnUtc,LastAccessedOnUtc,CopyDuration\r\n',
        );
        for (const file of files) {
          let size = 0;
          for (const piece of file.pieces()) size += piece.length;
          const modified = isoStamp(Math.floor(file.modified / 1000));
          yield utf8.encode(
            `${at},"${windowsPath(file.path)}","E:\\evidence\\${file.path.replaceAll('/', '\\')}",${size},,False,${modified},${modified},${at},00:00:00.0100000\r\n`,
          );
        }
      },
    },
  ];
}
