import { detached, excerptOf } from '../bytes/text.ts';
import { parseIsoTime } from '../bytes/time.ts';
import type { Micros } from '../model/evidence.ts';
import type { Draft } from './draft.ts';
import { readConsoleLog } from './kape-console.ts';
import type { Listed } from './laid-out.ts';
import { folderOf } from './layout-reader.ts';
import type { LayoutReader, Parcel } from './layout-reader.ts';
import { tableRows } from './manifest-rows.ts';
import { onVolume, serverPath } from './server-path.ts';

/**
 * Packages of KAPE: a folder for each drive, called by its letter, and beside them the run's logs, each begun by the time of
 * the run in UTC: `…_CopyLog.csv`, `…_SkipLog.csv` (1.3 writes `…_SkipLog.csv.csv`), `…_ConsoleLog.txt`. Copy failures stand
 * only in the console log. In a zip or a VHDX the console log is missing; KAPE leaves it beside the container.
 *
 * @see ericzimmerman.github.io/KapeDocs, "Log files"
 */
export const kape: LayoutReader = {
  layout: 'kape',
  markOf(path, name) {
    const sign = LOG_NAME.exec(name)?.[2];
    return sign === undefined ? undefined : { root: folderOf(path), sign };
  },
  accepts: () => true,
  role(below) {
    if (below.includes('/')) return 'evidence';
    const sign = LOG_NAME.exec(below.toLowerCase())?.[2];
    if (sign === undefined) return 'evidence';
    return sign === 'copylog' || sign === 'skiplog' ? 'manifest' : 'collector';
  },
  original(below) {
    const shadow = SHADOW_FOLDER.exec(below);
    if (shadow?.[1] !== undefined) return onVolume(shadow[1].toUpperCase(), below.slice(shadow[0].length));
    const stream = STORED_STREAM.exec(below);
    if (stream === null) return undefined;
    const [, folder = '', name = ''] = stream;
    const whole = STREAMS.get(name.toLowerCase());
    return whole === undefined ? undefined : serverPath(folder + whole);
  },
  shadowCopy: (below) => SHADOW_FOLDER.exec(below)?.[1]?.toUpperCase(),
  settle(found) {
    // Where the copy log of a run is inside a container, its console log lies beside it.
    const roots = new Map<string, string>();
    for (const [root, marks] of found)
      for (const { artifact, sign } of marks) if (sign !== 'consolelog') roots.set(runOf(artifact.path), root);
    for (const [root, marks] of found) {
      if (marks.some(({ sign }) => sign !== 'consolelog')) continue;
      for (const mark of marks.splice(0)) {
        const home = roots.get(runOf(mark.artifact.path)) ?? root;
        found.get(home.startsWith(root) ? home : root)?.push(mark);
      }
      if (marks.length === 0) found.delete(root);
    }
  },
  async read(parcel, draft) {
    const logs = (sign: string): readonly Listed[] =>
      parcel.marks.filter((mark) => mark.sign === sign).map((mark) => mark.artifact);
    draft.collectedAt = latest(parcel.marks.map(({ artifact }) => runTime(artifact.path)));
    for (const log of logs('consolelog')) await readConsoleLog(log, draft);
    const duplicates = await readSkipLogs(logs('skiplog'), draft);
    const copied = await readCopyLogs(logs('copylog'), { parcel, draft, duplicates });
    for (const { source, sha1 } of duplicates.rows) {
      const sameAs = copied.get(sha1);
      if (sameAs !== undefined) draft.skip(source, sha1, sameAs);
      else draft.fail(source, 'KAPE skipped it as a duplicate, and no copied file is listed with the same SHA-1');
    }
    if (logs('consolelog').length === 0)
      draft.limit("KAPE's console log is not in the package: which files could not be copied is not known");
  },
};

interface Duplicates {
  readonly rows: readonly { readonly source: string; readonly sha1: string }[];
  readonly hashes: ReadonlySet<string>;
}

/** `SourceFile,SourceFileSha1,Reason`; the one reason that leaves the content known is `Deduped`. */
async function readSkipLogs(logs: readonly Listed[], draft: Draft): Promise<Duplicates> {
  const rows: { source: string; sha1: string }[] = [];
  let room = ROOM;
  const hashes = new Set<string>();
  for (const log of logs) {
    for await (const batch of tableRows(log, draft)) {
      for (const row of batch) {
        const source = excerptOf(row.value('SourceFile'), LONGEST_PATH);
        const sha1 = excerptOf(row.value('SourceFileSha1').toLowerCase(), LONGEST_PATH);
        const reason = row.value('Reason');
        if (source === '') draft.limit('the skip log has rows that name no file');
        else if (!/^dedup/i.test(reason))
          draft.fail(source, `KAPE skipped it: ${reason === '' ? 'no reason' : reason}`);
        else if ((room -= source.length) < 0 || rows.length >= MOST_DUPLICATES || !SHA1.test(sha1))
          draft.fail(source, 'KAPE skipped it as a duplicate; of what is not known');
        else {
          rows.push({ source, sha1 });
          hashes.add(sha1);
        }
      }
    }
  }
  return { rows, hashes };
}

/** The source of the first copied file for each hash that is asked for. */
async function readCopyLogs(
  logs: readonly Listed[],
  { parcel, draft, duplicates }: { parcel: Parcel; draft: Draft; duplicates: Duplicates },
): Promise<ReadonlyMap<string, string>> {
  const copied = new Map<string, string>();
  let last = '';
  for (const log of logs) {
    for await (const batch of tableRows(log, draft)) {
      for (const row of batch) {
        const source = row.value('SourceFile');
        const sha1 = row.value('SourceFileSha1').toLowerCase();
        const stored = storedPath(source, row.value('DestinationFile'));
        const size = stored === undefined ? undefined : parcel.sizeOf(parcel.root + stored);
        const listed = isStream(source) ? 0 : sizeIn(row.value('FileSize'));
        if (stored !== undefined && size === undefined)
          draft.fail(source, 'the copy log says that it was copied, and it is not in the package');
        else if (size !== undefined && size < listed)
          draft.fail(source, `the copy log says that ${listed} bytes of it were copied, ${size} are in the package`);
        else if (duplicates.hashes.has(sha1) && !copied.has(sha1))
          copied.set(detached(sha1), excerptOf(source, LONGEST_PATH));
        // Of one width in one log, so that the greatest text is the last time.
        const time = row.value('CopiedTimestamp');
        if (time > last && time.length < 40) last = detached(time);
      }
    }
  }
  draft.collectedAt = parseIsoTime(last, { unzonedIsUtc: true }) ?? draft.collectedAt;
  return copied;
}

/**
 * Where KAPE put a file, below the package: the drive's letter and the folders of the source, with a name of KAPE's own
 * where the source is a stream.
 *
 * @returns `undefined` where the two paths do not end alike, as for files of shadow copies
 */
function storedPath(source: string, destination: string): string | undefined {
  const from = source.split('\\').filter((part) => part !== '');
  const to = destination.split('\\').filter((part) => part !== '');
  const start = to.length - from.length;
  const drive = DRIVE.exec(from[0] ?? '')?.[1];
  if (drive === undefined || start < 0 || to[start]?.toLowerCase() !== drive.toLowerCase()) return undefined;
  return to.slice(start).join('/');
}

/** A stream is listed with the parts that were never written, and stored without them. */
function isStream(source: string): boolean {
  return source.includes(':', 2) || STREAMS.has(source.slice(source.lastIndexOf('\\') + 1).toLowerCase());
}

/** Bytes; 0, which no file is short of, where the column is missing or says something else. */
function sizeIn(value: string): number {
  return SIZE.test(value) ? Number(value) : 0;
}

function runTime(path: string): Micros | undefined {
  const match = RUN.exec(runOf(path));
  if (match === null) return undefined;
  const [, date = '', hour = '', minute = '', second = '', part = '0'] = match;
  return parseIsoTime(`${date}T${hour}:${minute}:${second}.${part.slice(0, 6)}Z`, { unzonedIsUtc: true });
}

/** What the names of one run's logs begin with. */
function runOf(path: string): string {
  return LOG_NAME.exec(path.slice(path.lastIndexOf('/') + 1).toLowerCase())?.[1] ?? '';
}

function latest(times: readonly (Micros | undefined)[]): Micros | undefined {
  let last: Micros | undefined;
  for (const time of times) if (time !== undefined && (last === undefined || time > last)) last = time;
  return last;
}

const LOG_NAME = /^(.{0,120}_)?(copylog|skiplog|consolelog)(?:\.csv){0,2}(?:\.txt)?$/;
/** `2025-08-25T20_20_59_5246365` since 1.3, `2022-05-28T024344` before. */
const RUN = /^(\d{4}-\d{2}-\d{2})t(\d{2})_?(\d{2})_?(\d{2})(?:_(\d{1,7}))?_/;
const SHADOW_FOLDER = /^(vss\d{1,6})\/(?:[A-Za-z]\/)?/i;
const STORED_STREAM = /^(.{1,200}\/)(\$[^/]{1,20})$/;
/** Streams whose own file's name KAPE drops, by the name they are stored under. */
const STREAMS: ReadonlyMap<string, string> = new Map([
  ['$j', '$UsnJrnl:$J'],
  ['$max', '$UsnJrnl:$Max'],
  ['$secure_$sds', '$Secure:$SDS'],
  ['$t', '$Tops:$T'],
]);
const DRIVE = /^([A-Za-z]):$/;
const SIZE = /^\d{1,15}$/;
const SHA1 = /^[0-9a-f]{40}$/;
const MOST_DUPLICATES = 200_000;
const LONGEST_PATH = 4096;
/** Characters of duplicates' paths that are kept. */
const ROOM = 16 * 1024 * 1024;
