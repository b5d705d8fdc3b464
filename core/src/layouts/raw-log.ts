import { headText } from '../bytes/text.ts';
import type { Listed } from './laid-out.ts';

/**
 * Tells raw logs of the server from what other tools wrote, by the first 4 KiB. A log that somebody saved under the name of
 * a tool's output is a log all the same.
 *
 * A raw log is an event log, or text with a line of the header that IIS and Exchange write (`#Software:`, `#Fields:`, …),
 * with Exchange's own list of columns, which it writes without quotes, or with a row of either. The rows that tools pick out
 * are quoted, or have other columns.
 */
export class RawLogs {
  readonly #known = new Map<string, boolean>();

  /** Opens the artifact the first time; one that cannot be opened is none. */
  async holds(artifact: Listed): Promise<boolean> {
    const known = this.#known.get(artifact.path);
    if (known !== undefined) return known;
    if (artifact.size === 0 || this.#known.size >= MOST_OPENED) return false;
    const isRaw = isRawLog(await headOf(artifact));
    this.#known.set(artifact.path, isRaw);
    return isRaw;
  }

  /** Whether it was opened before, and is one. */
  has(path: string): boolean {
    return this.#known.get(path) === true;
  }
}

async function headOf(artifact: Listed): Promise<Uint8Array> {
  try {
    const source = await artifact.open();
    try {
      const head = new Uint8Array(Math.min(HEAD, artifact.size));
      return head.subarray(0, await source.readInto(0, head));
    } finally {
      await source.close();
    }
  } catch {
    return new Uint8Array(0);
  }
}

function isRawLog(head: Uint8Array): boolean {
  const lines = headText(head).split('\n', MOST_LINES);
  return lines[0]?.startsWith('ElfFile\0') === true || lines.some((line) => RAW_LINE.test(line));
}

const HEAD = 4096;
const MOST_LINES = 40;
const MOST_OPENED = 20_000;
const RAW_LINE = new RegExp(
  [
    '^\\ufeff?#(?:software|version|log-type|date|fields|start-date|end-date):',
    '^\\ufeff?(?:datetime,(?:requestid,majorversion|starttime,requestid)|timestamp,servername,eventid),',
    // HttpProxy and its like; IIS.
    '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z,[\\da-f]{8}-[\\da-f-]{27},\\d',
    '^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d [\\da-f.:]{3,45} [A-Z]{3,10} /',
  ].join('|'),
  'i',
);
