import { parseIsoTime } from '../bytes/time.ts';
import { folderOf } from './layout-reader.ts';
import type { LayoutReader } from './layout-reader.ts';
import { manifestLines } from './manifest-rows.ts';
import { namedPath } from './named-path.ts';

/**
 * Packages of CyLR: a zip called by the machine, with a folder for each drive called by its letter, and the log of the
 * collection, `CyLR_Collection_Log_<time>.log` inside and `CyLR.log` beside it. Lines: `<UTC time> [<level>] <message>`;
 * every file is announced before it is read. Releases before 2.1 write no log and are plain folders.
 *
 * @see github.com/orlikoski/CyLR, src/Logger.cs and src/Program.cs
 */
export const cylr: LayoutReader = {
  layout: 'cylr',
  markOf: (path, name) => (LOG.test(name) ? { root: folderOf(path), sign: 'log' } : undefined),
  accepts: () => true,
  role: (below) => (LOG.test(below.toLowerCase()) ? 'collector' : 'evidence'),
  async read(parcel, draft) {
    let errors = 0;
    const hasDrives = parcel.marks.some(({ artifact }) => INSIDE.test(artifact.path));
    for (const { artifact } of parcel.marks) {
      for await (const lines of manifestLines(artifact, draft)) {
        for (const { text } of lines) {
          const [whole, time = '', level = ''] = LINE.exec(text.slice(0, 80)) ?? [];
          if (whole === undefined) continue;
          const message = text.slice(whole.length, 8192);
          draft.collectedAt = parseIsoTime(time, { unzonedIsUtc: true }) ?? draft.collectedAt;
          const announced = ANNOUNCED.exec(message)?.[1];
          if (announced !== undefined && hasDrives) {
            if (!parcel.has(parcel.root + stored(announced)) && !LOG.test(announced.toLowerCase()))
              draft.fail(announced, 'CyLR began to collect it, and it is not in the package');
          } else if (/^(?:error|critical)$/i.test(level)) {
            errors += 1;
            const named = namedPath(message);
            if (named !== undefined) draft.fail(named, `CyLR met an error at it: ${message}`);
            else draft.failUnnamed(1, `CyLR met an error: ${message.slice(0, 200)}`);
          }
        }
      }
    }
    if (errors > 0) draft.limit(`CyLR's log has ${errors} errors`);
  },
};

/** The name in the zip: the colon behind the drive is left out. */
function stored(path: string): string {
  return path.replaceAll(':', '').replaceAll('\\', '/').replace(/^\/+/, '');
}

const LOG = /^(?:cylr_collection_log_[\d_-]{10,24}|cylr)\.log$/;
const INSIDE = /cylr_collection_log_[^/]*$/i;
const LINE = /^\ufeff?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d) \[(\w{1,10})\] /;
const ANNOUNCED = /^Collecting File: (.{1,4096})$/;
