import { detached } from '../../bytes/text.ts';

/** The most columns a row is measured for; the widest log of Exchange (EWS) has 92. */
export const COLUMN_LIMIT = 512;

/**
 * Finds the values of a CSV row (RFC 4180) without cutting them out. A quote opens a quoted value only at its begin; what
 * stands behind the closing quote belongs to the value, as `ConvertFrom-Csv` reads it.
 */
export class RowMeasure {
  /** Whether the last row ended inside a quoted value. */
  open = false;
  #count = 0;
  readonly #starts = new Uint32Array(COLUMN_LIMIT + 1);

  /** @returns the number of values; only the first `COLUMN_LIMIT` can be asked for */
  take(text: string, delimiter = ','): number {
    this.open = false;
    const quoted = text.includes('"');
    let count = 0;
    let at = 0;
    for (;;) {
      if (count <= COLUMN_LIMIT) this.#starts[count] = at;
      count++;
      if (quoted && text.charCodeAt(at) === QUOTE) {
        at = closingQuote(text, at + 1);
        if (at < 0) {
          this.open = true;
          return count;
        }
      }
      at = text.indexOf(delimiter, at) + 1;
      if (at === 0) {
        this.#count = count;
        return count;
      }
    }
  }

  /** Where a value of the last row begins and ends in its text, quotes not counted in. */
  place(text: string, place: number, count: number): { from: number; to: number } {
    const from = this.from(place);
    const to = place === count - 1 ? text.length : this.to(place, text);
    if (text.charCodeAt(from) === QUOTE && text.charCodeAt(to - 1) === QUOTE && to - from >= 2)
      return { from: from + 1, to: to - 1 };
    return { from, to };
  }

  /** Where a value of the last row begins, with its quote. */
  from(place: number): number {
    return this.#starts[place] ?? 0;
  }

  /** Where it ends, with its quote. */
  to(place: number, text: string): number {
    return place + 1 < this.#count ? (this.#starts[place + 1] ?? 0) - 1 : text.length;
  }
}

/** All values of a row, quotes taken off, doubled quotes made one. */
export function rowValues(text: string, delimiter = ','): string[] {
  if (!text.includes('"')) return text.split(delimiter);
  const values: string[] = [];
  let at = 0;
  for (;;) {
    let value = '';
    if (text.charCodeAt(at) === QUOTE) {
      const closing = closingQuote(text, at + 1);
      const end = closing < 0 ? text.length : closing - 1;
      value = text.slice(at + 1, end).replaceAll('""', '"');
      at = closing < 0 ? text.length : closing;
    }
    const comma = text.indexOf(delimiter, at);
    const rest = comma < 0 ? text.slice(at) : text.slice(at, comma);
    values.push(rest === '' ? value : value + rest);
    if (comma < 0) return values;
    at = comma + 1;
  }
}

/** Whether a text that begins inside a quoted value, or not, ends inside one. */
export function endsInQuotes(text: string, begins: boolean, delimiter = ','): boolean {
  let at = 0;
  let inside = begins;
  for (;;) {
    if (inside || text.charCodeAt(at) === QUOTE) {
      at = closingQuote(text, inside ? at : at + 1);
      if (at < 0) return true;
      inside = false;
    }
    at = text.indexOf(delimiter, at) + 1;
    if (at === 0) return false;
  }
}

/** One value of a row, from where its text stands, without a tie to the row. */
export function unquoted(text: string, from: number, to: number): string {
  const value = text.slice(from, to);
  return value.includes('""') && text.charCodeAt(from - 1) === QUOTE ? value.replaceAll('""', '"') : detached(value);
}

/** The place behind the quote that closes a value, or -1. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && text.charCodeAt(at + 1) === QUOTE) at = text.indexOf('"', at + 2);
  return at < 0 ? -1 : at + 1;
}

const QUOTE = 34;
