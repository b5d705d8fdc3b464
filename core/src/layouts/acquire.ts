import { parseIsoTime } from '../bytes/time.ts';
import type { Draft } from './draft.ts';
import type { Listed, Role } from './laid-out.ts';
import { folderOf } from './layout-reader.ts';
import type { LayoutReader, Mark } from './layout-reader.ts';
import { manifestLines } from './manifest-rows.ts';
import { onVolume, serverPath } from './server-path.ts';

/**
 * Packages of Acquire (Dissect): file systems below `fs/`, by drive (`fs/C:/…`, and `fs/C_/…` where Windows wrote a folder),
 * `sysvol` for the system's drive, `$fs$/fs0/…` for volumes without a letter, `$rootfs$` on Unix; older ones have `sysvol/`
 * at the top. `$metadata$/` holds output of commands. The report, `….report.json`, lies beside the archive.
 *
 * @see github.com/fox-it/acquire, acquire/collector.py and acquire/outputs/dir.py
 */
export const acquire: LayoutReader = {
  layout: 'acquire',
  markOf(path, name): Mark | undefined {
    const root = path.includes('fs/') ? VOLUMES.exec(path)?.[1] : undefined;
    if (root !== undefined) return { root, sign: 'fs', isFolder: true };
    const old = path.includes('sysvol/') ? OLD_VOLUME.exec(path)?.[1] : undefined;
    if (old !== undefined) return { root: old, sign: 'fs', isFolder: true };
    return name.endsWith(REPORT) ? { root: folderOf(path), sign: 'report' } : undefined;
  },
  accepts: (signs) => signs.has('fs'),
  settle(found) {
    for (const [root, marks] of found) {
      if (marks.some(({ sign }) => sign !== 'report')) continue;
      for (const mark of marks.slice(0, MOST_BESIDE)) {
        const name = mark.artifact.path.slice(root.length, -REPORT.length);
        for (const [other, inside] of found)
          if (name !== '' && other !== root && other.startsWith(root + name) && inside.length < 400) inside.push(mark);
      }
    }
  },
  role(below): Role {
    if (below.startsWith('$metadata$/') || below.startsWith('fs/$metadata$/')) return 'collector';
    return !below.includes('/') && below.toLowerCase().endsWith(REPORT) ? 'collector' : 'evidence';
  },
  original(below) {
    const rest = below.startsWith('fs/') ? below.slice('fs/'.length) : below;
    const system = /^sysvol\//i.exec(rest);
    if (system !== null) return onVolume('C:', rest.slice(system[0].length));
    const [whole, volume = ''] = ANONYMOUS.exec(rest) ?? [];
    if (whole !== undefined) return onVolume(`$fs$/${volume.toLowerCase()}`, rest.slice(whole.length));
    const [unix] = /^\$rootfs\$\//.exec(rest) ?? [];
    if (unix !== undefined) return onVolume('', rest.slice(unix.length));
    const [drive] = /^[A-Za-z][:_]\//.exec(rest) ?? [];
    return drive === undefined ? undefined : serverPath(`${drive[0] ?? ''}:/${rest.slice(drive.length)}`);
  },
  async read(parcel, draft) {
    for (const { artifact, sign } of parcel.marks) if (sign === 'report') await readReport(artifact, draft);
  },
};

/**
 * The report is one JSON object, written with four spaces and sorted keys, of any length: read line by line, so that a
 * list of a million files costs no more than a list of ten. Of each file `artifact_value` comes before `outcome`.
 */
async function readReport(report: Listed, draft: Draft): Promise<void> {
  let value = '';
  let failures = 0;
  for await (const lines of manifestLines(report, draft)) {
    for (const { text } of lines) {
      const [, indent = '', key = '', written = ''] = PROPERTY.exec(text.slice(0, 8192)) ?? [];
      const content = unquoted(written);
      if (indent.length === 4 && key === 'name') draft.host ??= content.slice(0, 255);
      else if (indent.length === 4 && key === 'timestamp')
        draft.collectedAt ??= parseIsoTime(content, { unzonedIsUtc: true });
      else if (key === 'artifact_value') value = content;
      else if (key === 'outcome' && value !== '') {
        if (content === 'failure') {
          failures += 1;
          draft.fail(onServer(value), 'Acquire could not collect it');
        }
        value = '';
      }
    }
  }
  if (failures > 0) draft.limit(`Acquire's report has ${failures} failures`);
}

/** `ntfs:140234:/sysvol/Windows/x` and `/sysvol/Windows/x` are `C:/Windows/x`. */
function onServer(value: string): string {
  const path = value.replace(/^[\w-]{1,40}:\d{1,24}:/, '').replace(/^\/+/, '');
  return path.replace(/^sysvol\//i, 'C:/');
}

function unquoted(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : '';
  } catch {
    return '';
  }
}

const REPORT = '.report.json';
const VOLUMES = /^((?:[^/]{1,255}\/){0,15}?)fs\/(?:[A-Za-z][:_]|sysvol|\$fs\$|\$rootfs\$)\//;
const OLD_VOLUME =
  /^((?:[^/]{1,255}\/){0,15}?)sysvol\/(?:Windows|Users|Program Files|ProgramData|inetpub|\$MFT$|\$Extend)(?:\/|$)/i;
const ANONYMOUS = /^\$fs\$\/(fs\d{1,4})\//i;
const PROPERTY = /^( {4,24})"([\w-]{1,100})": (".{0,8000}"),?$/;
/** Logs of one folder that are joined to the archives beside them. */
const MOST_BESIDE = 20;
