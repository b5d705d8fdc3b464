import type { ByteSource } from '../../model/evidence.ts';
import type { Format, Reading } from '../../model/reading.ts';
import { readLines } from '../../bytes/lines.ts';
import { headText } from '../../bytes/text.ts';
import { editedHeader } from './captions.ts';
import { columnNames } from './columns.ts';
import { contentRow } from './content-row.ts';
import { assumedRow } from './extract-row.ts';
import { isColumnList, isExtract } from './family.ts';
import { ExchangeLog } from './log.ts';

/**
 * The text logs of Exchange 2013 to SE: CSV, UTF-8 with or without byte order mark, a header block (`#Software`,
 * `#Version`, `#Log-type`, `#Date`, `#Fields`) that is written again at every restart. Columns differ from version to
 * version and are taken from `#Fields`, or from a bare list of columns. All times are UTC.
 *
 * Read besides: extracts of such logs, by `Export-Csv` (`#TYPE …`, then a quoted list of columns, values over several lines)
 * or by hand: columns left out, in another order, in other words or in another language; semicolons or tabs between
 * them; values blotted out or cut; rows without any column line, if they have the shape of one (HttpProxy, ECP Server).
 * They have no source, because a picked row proves nothing about the rows beside it.
 *
 * Not read: message tracking as `Get-MessageTrackingLog` exports it; extracts that begin in the middle of a row.
 */
export const exchangeCsv: Format = { name: 'exchange-csv', shape: 'sequential', recognises, read };

function recognises(head: Uint8Array): boolean {
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
  return lines.slice(0, FIRST_LINES).some((line) => editedHeader(line) !== undefined || isAssumed(line));
}

function isAssumed(line: string): boolean {
  const origin = { offset: 0, length: 0 };
  return assumedRow(line.trim(), origin)?.is === 'record' || contentRow(line.trim(), undefined, origin) !== undefined;
}

async function* read(source: ByteSource): AsyncGenerator<readonly Reading[], void, undefined> {
  const log = new ExchangeLog();
  for await (const lines of readLines(source)) {
    const readings: Reading[] = [];
    for (const line of lines) log.take(line, readings);
    yield readings;
  }
  const rest: Reading[] = [];
  log.finish(rest);
  if (rest.length > 0) yield rest;
}

/** A note may stand above an extract. */
const FIRST_LINES = 16;
