/**
 * Splits one row of delimited text into its values, RFC 4180 read kindly: a quote opens a value only where the value
 * begins, two quotes inside one are one quote, and what stands behind a closing quote belongs to the value.
 *
 * @param row without its line end; line ends inside quotes are part of the value
 */
export function splitCsvRow(row: string, delimiter: string): string[] {
  const values: string[] = [];
  let at = 0;
  for (;;) {
    const { value, end } = row[at] === '"' ? quotedValue(row, at + 1, delimiter) : plainValue(row, at, delimiter);
    values.push(value);
    if (end >= row.length) return values;
    at = end + 1;
  }
}

/**
 * Whether a quoted value is still open at the end of a line, so that the row goes on in the next.
 *
 * @param open the answer for the line before; `false` for the first line of a row
 */
export function quoteOpenAfter(line: string, delimiter: string, open: boolean): boolean {
  let at = 0;
  let quoted = open;
  while (at <= line.length) {
    if (!quoted && line[at] === '"') {
      quoted = true;
      at += 1;
    }
    if (quoted) {
      at = closingQuote(line, at);
      if (at < 0) return true;
      quoted = false;
    }
    const next = line.indexOf(delimiter, at);
    if (next < 0) return false;
    at = next + 1;
  }
  return false;
}

function plainValue(row: string, from: number, delimiter: string): { value: string; end: number } {
  const next = row.indexOf(delimiter, from);
  const end = next < 0 ? row.length : next;
  return { value: row.slice(from, end), end };
}

function quotedValue(row: string, from: number, delimiter: string): { value: string; end: number } {
  const close = closingQuote(row, from);
  if (close < 0) return { value: row.slice(from).replaceAll('""', '"'), end: row.length };
  const rest = plainValue(row, close + 1, delimiter);
  return { value: row.slice(from, close).replaceAll('""', '"') + rest.value, end: rest.end };
}

/** The next quote that is not the first of two, or -1. */
function closingQuote(row: string, from: number): number {
  let at = row.indexOf('"', from);
  while (at >= 0 && row[at + 1] === '"') at = row.indexOf('"', at + 2);
  return at;
}
