import type { SpecimenFile } from './specimen-file.ts';
import { isoStamp } from './stamp.ts';
import type { Millis } from './stamp.ts';
import type { World } from './world.ts';

/** One of Exchange's own text logs. */
interface ExchangeLog {
  readonly path: string;
  /** `#Log-type`. */
  readonly type: string;
  readonly software?: string;
  readonly fields: string;
  readonly from: Millis;
  readonly to: Millis;
  /** `#Version` of a header written at a moment. */
  readonly version: (at: Millis) => string;
  /** Rows without line end, in the order of the file. */
  readonly rows: () => Iterable<{ readonly at: Millis; readonly text: string }>;
}

/** Text collected before it becomes a piece; about what a reader takes at once. */
const PIECE = 256 * 1024;

const UTF8 = new TextEncoder();
// A piece of its own: one character beyond Latin-1 would make the engine keep the whole text in two bytes a character.
const BYTE_ORDER_MARK = new Uint8Array([0xef, 0xbb, 0xbf]);

/**
 * UTF-8 with a byte order mark, CRLF, and a header block that is written again where an update restarted the program
 * in the middle of the file.
 */
export function logFile(world: World, log: ExchangeLog): SpecimenFile {
  const header = (at: Millis): string =>
    `#Software: ${log.software ?? 'Microsoft Exchange Server'}\r\n#Version: ${log.version(at)}\r\n#Log-type: ${log.type}\r\n#Date: ${isoStamp(at)}\r\n#Fields: ${log.fields}\r\n`;
  return {
    path: log.path,
    modified: Math.min(log.to, world.collected) * 1000,
    *pieces() {
      const restarts = world.server.builds
        .map((b) => Math.floor(b.from / 1000))
        .filter((at) => log.from < at && at < log.to);
      let text = '';
      let started = false;
      for (const row of log.rows()) {
        if (!started) {
          yield BYTE_ORDER_MARK;
          text = header(Math.max(log.from, row.at - 40));
        }
        started = true;
        while (restarts[0] !== undefined && restarts[0] <= row.at) text += header(restarts.shift() ?? row.at);
        text += `${row.text}\r\n`;
        if (text.length < PIECE) continue;
        yield UTF8.encode(text);
        text = '';
      }
      if (!started) yield BYTE_ORDER_MARK;
      yield UTF8.encode(started ? text : header(log.from));
    },
  };
}

/** A CSV value: quoted where it holds a comma, a quotation mark or a line break. */
export function csvValue(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
