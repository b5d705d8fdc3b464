import { parseIsoTime } from '../bytes/time.ts';
import type { Listed } from './laid-out.ts';
import { folderOf } from './layout-reader.ts';
import type { LayoutReader } from './layout-reader.ts';
import { manifestLines } from './manifest-rows.ts';

/**
 * Packages of UAC, the collector for Unix: the file system below `[root]/`, `uac.log`, `bodyfile/` and `live_response/`;
 * beside the archive an acquisition log, `uac-<host>-<system>-<time>.log`. Lines of `uac.log`: `2021-03-10 08:00:00 +0000
 * ERR <message>`. A proxy or a mail gateway in front of Exchange comes this way.
 *
 * @see github.com/tclahr/uac, lib/log_msg.sh and lib/create_acquisition_log.sh
 */
export const uac: LayoutReader = {
  layout: 'uac',
  markOf(path, name) {
    const root = ROOT.exec(path)?.[1];
    if (root !== undefined) return { root, sign: '[root]', isFolder: true };
    if (name === 'uac.log') return { root: folderOf(path), sign: 'uac.log' };
    return ACQUISITION.test(name) ? { root: folderOf(path), sign: 'acquisition' } : undefined;
  },
  accepts: (signs) => signs.has('uac.log') && (signs.has('[root]') || signs.has('acquisition')),
  settle(found) {
    // The acquisition log lies beside the archive that holds everything else.
    for (const [root, marks] of found) {
      if (marks.some(({ sign }) => sign !== 'acquisition')) continue;
      for (const mark of marks.slice(0, MOST_BESIDE)) {
        const name = mark.artifact.path.slice(root.length, -'.log'.length);
        for (const [other, inside] of found)
          if (other !== root && other.startsWith(root + name) && inside.length < 400) inside.push(mark);
      }
    }
  },
  role(below) {
    const lower = below.toLowerCase();
    if (!lower.includes('/'))
      return /^uac\.log(?:\.stderr)?$/.test(lower) || ACQUISITION.test(lower) ? 'collector' : 'evidence';
    return /^\[?bodyfile\]?\/bodyfile(?:\.txt)?$/.test(lower) ? 'manifest' : 'evidence';
  },
  original(below) {
    if (!below.toLowerCase().startsWith(PREFIX)) return undefined;
    const parts = below.slice(PREFIX.length).split('/');
    const plain = parts.filter((part) => part !== '' && part !== '.' && part !== '..');
    return plain.length === 0 ? undefined : `/${plain.join('/')}`;
  },
  async read(parcel, draft) {
    const marked = (sign: string): readonly Listed[] =>
      parcel.marks.filter((mark) => mark.sign === sign).map((mark) => mark.artifact);
    for (const log of marked('acquisition')) {
      for await (const lines of manifestLines(log, draft)) {
        for (const { text } of lines) {
          draft.host ??= /^Hostname: {1,4}(\S{1,255})/.exec(text.slice(0, 300))?.[1];
          const end = /^Acquisition finished at: (.{10,40})$/.exec(text.slice(0, 80))?.[1];
          if (end !== undefined) draft.collectedAt ??= parseIsoTime(end, { unzonedIsUtc: false });
        }
      }
    }
    let errors = 0;
    for (const log of marked('uac.log')) {
      for await (const lines of manifestLines(log, draft)) {
        for (const { text } of lines) {
          const [whole, time = '', level = ''] = LINE.exec(text.slice(0, 60)) ?? [];
          if (whole === undefined) continue;
          draft.collectedAt = parseIsoTime(time, { unzonedIsUtc: false }) ?? draft.collectedAt;
          if (!level.startsWith('ERR')) continue;
          errors += 1;
          const message = text.slice(whole.length, 8192);
          const named = FILE.exec(message)?.[1];
          if (named !== undefined) draft.fail(named, `UAC met an error at it: ${message}`);
        }
      }
    }
    if (errors > 0) draft.limit(`UAC's log has ${errors} errors`);
  },
};

const PREFIX = '[root]/';
const ROOT = /^((?:[^/]{1,255}\/){0,15}?)\[root\]\//;
const ACQUISITION = /^uac-.{1,200}-\d{8,14}\.log$/;
const LINE = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}) ([A-Z]{3,8}) /;
const FILE = /['‘`](\/[^'’`\n]{1,1024})['’`]/;
/** Logs of one folder that are joined to the archives beside them. */
const MOST_BESIDE = 20;
