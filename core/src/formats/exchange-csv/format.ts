import type { ByteSource } from '../../model/evidence.ts';
import type { Format, Reading } from '../../model/reading.ts';
import { readLines } from '../../bytes/lines.ts';
import { headText } from '../../bytes/text.ts';
import { FIRST_LINES, tellingLines } from './bare-line.ts';
import { editedHeader } from './captions.ts';
import { columnNames } from './columns.ts';
import { contentRow } from './content-row.ts';
import { assumedRow } from './extract-row.ts';
import { isColumnList, isExtract } from './family.ts';
import { LastReadings } from './last-readings.ts';
import { ExchangeLog } from './log.ts';
import { rowValues } from './quoted-row.ts';

/**
 * The text logs of Exchange 2013 to SE: CSV, UTF-8 with or without byte order mark, a header block (`#Software`,
 * `#Version`, `#Log-type`, `#Date`, `#Fields`) that is written again at every restart. Columns differ from version to
 * version and are taken from `#Fields`, or from a bare list of columns. All times are UTC.
 *
 * Read besides: extracts of such logs, by `Export-Csv` (`#TYPE …`, then a quoted list of columns, values over several lines)
 * or by hand: columns left out, in another order, in other words or in another language; semicolons or tabs between
 * them; values blotted out or cut; rows without any column line, if they have the shape of one (HttpProxy, ECP Server).
 * They have no source, because a picked row proves nothing about the rows beside it. What other programs put around a line
 * when they copied it (`bareLine`) is looked through.
 *
 * A file that bears the name of such a log is read as one even if its begin says nothing: what was lost is a gap.
 *
 * Not read: message tracking as `Get-MessageTrackingLog` exports it; extracts that begin in the middle of a row.
 */
export const exchangeCsv: Format = { name: 'exchange-csv', shape: 'sequential', recognises, read };

function recognises(head: Uint8Array, path: string): boolean {
  const lines = headText(head).split('\n');
  for (const line of lines) {
    if (/^#software:\s{0,9}microsoft exchange/i.test(line)) return true;
    if (/^#fields:/i.test(line)) {
      const names = columnNames(line);
      if (isColumnList(names) || isExtract(names)) return true;
    }
  }
  const first = lines.find((line) => line.trim() !== '' && !/^#type /i.test(line)) ?? '';
  if (isExtract(columnNames(first))) return true;
  // A log whose begin was overwritten is still a log: better many gaps than a file that nobody read.
  if (head.length > 0 && LOG_PATH.test(path)) return true;
  const telling = tellingLines(lines, MARK);
  return telling.some(
    (text, at) => isAssumed(text) || BROKEN_ROW.test(text) || isHeaded(text, at < FIRST_LINES ? [] : telling.slice(at)),
  );
}

/** @param below where a script or a report may name the columns: lines of which one has to be a row */
function isHeaded(text: string, below: readonly string[]): boolean {
  const header = editedHeader(text);
  if (header === undefined || below.length === 0) return header !== undefined;
  const { names, delimiter } = header;
  return below.some((line) => DATED.test(line) && rowValues(line, delimiter).length === names.length);
}

function isAssumed(text: string): boolean {
  const origin = { offset: 0, length: 0 };
  if (assumedRow(text, origin)?.is === 'record') return true;
  return contentRow(text, { text, header: undefined, origin }) !== undefined;
}

async function* read(source: ByteSource): AsyncGenerator<readonly Reading[], void, undefined> {
  const log = new ExchangeLog();
  const last = new LastReadings();
  for await (const lines of readLines(source)) {
    const readings: Reading[] = [];
    for (const line of lines) log.take(line, readings);
    log.disown(readings);
    log.disown(last.readings);
    const passed = last.push(readings);
    if (passed.length > 0) yield passed;
  }
  const rest = log.finish(last.readings);
  if (rest.length > 0) yield rest;
}

/** What Exchange calls its logs: `HttpProxy_2021030304-1.LOG`, `ECPActivity_7316_20210303-1.LOG`, `MSGTRKMS2021030304-1.LOG`. */
const LOG_PATH =
  /(?:^|[\\/])(?:\w{1,32}_)?(?:HttpProxy_|ECPServer|ECPActivity_|oabgen|Ews_|Rps_Cmdlet_|Rps_Http_|MSGTRK[A-Z]{0,4})(?:\d{1,9}_)?\d{8,10}-\d{1,9}\.log$/i;
const DATED = /\d{4}-\d\d-\d\d/;
/** What a line of an extract has and a line of a note hardly. */
const MARK = /ServerInfo~|Anchor.?Mailbox|Ankerpostfach|Event.?Data|ECP\.Request/i;
/** Time, request and version as a row of the HttpProxy log begins: what is missing behind them is for the reader to say. */
const BROKEN_ROW =
  /^"?\d{4}-\d\d-\d\d[T ][\d:.]{8,15}(?:Z|[+-]\d\d:?\d\d)?"?[,;\t]"?[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}"?[,;\t]"?15"?[,;\t]"?\d"?[,;\t]/i;
