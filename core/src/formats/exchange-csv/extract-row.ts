import type { Extent, Gap } from '../../model/reading.ts';
import { innerLines } from './bare-line.ts';
import { columnsOf } from './columns.ts';
import type { Columns } from './columns.ts';
import { editedTime } from './edited-time.ts';
import { editedValue, isBlank, isCut, isMasked } from './edited-value.ts';
import { assumedLayout } from './headless-row.ts';
import type { AssumedLayout } from './headless-row.ts';
import { rowValues } from './quoted-row.ts';
import { Row } from './row.ts';

/**
 * The values of a row of an extract that does not fit its columns as it stands: a spreadsheet put the whole row in quotes
 * or made typographic ones of its quotes, wrote another separator than in the column line, or separators too many at the
 * end; or the row breaks off with the mark of a cut, and only the values before are known.
 */
export function fittedValues(text: string, columns: Columns): readonly string[] | undefined {
  const count = columns.names.length;
  for (const plain of mendings(text)) {
    for (const delimiter of [columns.delimiter, ...DELIMITERS.filter((other) => other !== columns.delimiter)]) {
      const values = rowValues(plain, delimiter);
      const isLong = values.length > count && values.length < VALUES && values.slice(count).every(isBlank);
      if (values.length === count || (isLong && isAligned(values, columns))) return values;
      if (values.length > 2 && values.length < count && isCut(values.at(-1) ?? '')) return values;
    }
  }
  return undefined;
}

/** A row of an extract from its values. */
export function mendedRow(text: string, row: { columns: Columns; values: readonly string[]; origin: Extent }): Row {
  const { columns, values, origin } = row;
  const host = editedValue(values[columns.host] ?? '');
  return new Row({
    text,
    columns,
    values,
    origin,
    source: undefined,
    at: editedTime(values[columns.time] ?? ''),
    host: host === undefined || isCut(host) ? undefined : host,
  });
}

/**
 * A row above which no column line stands, by its shape; of a row that begins like one, what is missing.
 *
 * @param line the line as it stands in the artifact, `text` what is left of it without what was put around it
 */
export function assumedRow(line: string, origin: Extent, text: string = line): Row | Gap | undefined {
  let missing: string | undefined;
  for (const plain of mendings(text)) {
    for (const delimiter of DELIMITERS) {
      const values = rowValues(plain, delimiter);
      if (values.length < 2 || values.length > VALUES) continue;
      const layout = assumedLayout(values);
      if (typeof layout === 'string') missing ??= layout;
      else if (layout !== undefined)
        return mendedRow(line, { columns: assumedColumns(layout, delimiter), values, origin });
      else {
        const inner = innerRow(line, values, origin);
        if (inner !== undefined) return inner;
      }
    }
  }
  return missing === undefined ? undefined : { is: 'gap', reason: 'unsupported', origin, says: missing };
}

/** A row that is one value of another: a search over logs gave it out whole. */
function innerRow(line: string, values: readonly string[], origin: Extent): Row | undefined {
  for (const inner of innerLines(values)) {
    for (const delimiter of DELIMITERS) {
      const own = rowValues(inner, delimiter);
      const layout = own.length > 3 && own.length <= VALUES ? assumedLayout(own) : undefined;
      if (layout !== undefined && typeof layout !== 'string')
        return mendedRow(line, { columns: assumedColumns(layout, delimiter), values: own, origin });
    }
  }
  return undefined;
}

function assumedColumns({ names }: AssumedLayout, delimiter: string): Columns {
  const key = `${delimiter}${names.length}${names[0] ?? ''}`;
  let columns = KNOWN.get(key);
  if (columns === undefined) {
    columns = columnsOf(names, { listed: '', logType: undefined, extract: true, delimiter, isAssumed: true });
    KNOWN.set(key, columns);
  }
  return columns;
}

/** The text, and the text as it was before a spreadsheet or a word processor had it. */
export function mendings(text: string): readonly string[] {
  const plain = /[“”„]/.test(text) ? text.replaceAll(/[“”„]/g, '"') : text;
  // Without its quotes a value with a comma in it moves all behind it.
  const all = plain === text ? [text] : [plain, text];
  const trimmed = plain.trim();
  if (trimmed.startsWith('"') && trimmed.endsWith('"')) {
    const inner = trimmed.slice(1, -1);
    if (!inner.replaceAll('""', '').includes('"')) all.push(inner.replaceAll('""', '"'));
  }
  return all;
}

/** Whether the values that have a form of their own have it: an empty value more at the end may hide a comma too many. */
function isAligned(values: readonly string[], { folded }: Columns): boolean {
  return [...FORMS].every(([name, form]) => {
    const place = folded.get(name);
    const value = place === undefined ? '' : (values[place] ?? '');
    return isBlank(value) || isMasked(value) || form.test(value);
  });
}

const DELIMITERS: readonly string[] = [',', ';', '\t'];
const FORMS: ReadonlyMap<string, RegExp> = new Map([
  ['httpstatus', /^\d{3}$/],
  ['backendstatus', /^(?:\d{3}|[A-Za-z]{1,32})$/],
  ['urlstem', /^\//],
  ['method', /^[A-Z_]{3,16}$/],
  ['clientipaddress', /^[\d.:a-f%]{2,64}$/i],
]);
const VALUES = 512;
/** At most a few dozen: one for each separator and number of columns. */
const KNOWN = new Map<string, Columns>();
