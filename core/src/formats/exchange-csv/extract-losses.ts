import type { Extent, Reading } from '../../model/reading.ts';

/** A row of an extract, as far as it says what it has lost. */
export interface ExtractRow {
  readonly is: 'record';
  readonly at: number | undefined;
  readonly origin: Extent;
  readonly text: string;
  /** Columns whose value was blotted out or cut. */
  lost(): readonly string[];
  /** Gives the last bytes of its line to another reading. */
  leave(bytes: number): void;
}

/** Counts what the rows of an extract no longer say, so that its last reading can tell. */
export class ExtractLosses {
  #rows = 0;
  #timeless = 0;
  readonly #columns = new Map<string, number>();
  #last: ExtractRow | undefined;

  see(row: ExtractRow): void {
    this.#last = row;
    this.#rows += 1;
    if (row.at === undefined) this.#timeless += 1;
    for (const name of row.lost()) {
      const before = this.#columns.get(name);
      if (before !== undefined || this.#columns.size < COLUMN_LIMIT) this.#columns.set(name, (before ?? 0) + 1);
    }
  }

  /**
   * The last readings of an artifact with what its rows lack. Bytes stand in one reading only: a gap is told more, a line
   * without a record becomes a gap, and a row gives its line end. A row without one leaves no place to tell it.
   */
  toldIn(readings: readonly Reading[]): readonly Reading[] {
    const last = readings.at(-1);
    const says = this.#says();
    if (last === undefined || says === undefined) return readings;
    const rest = readings.slice(0, -1);
    const { origin } = last;
    if (last.is === 'gap') return [...rest, { ...last, says: `${last.says}; ${says}` }];
    if (last.is === 'structure') return [...rest, { is: 'gap', reason: 'absent', origin, says }];
    const row = this.#last;
    const length = row !== undefined && Object.is(row, last) ? lineEnd(row) : 0;
    if (length === 0) return readings;
    row?.leave(length);
    const end = { offset: origin.offset + origin.length - length, length };
    return [...readings, { is: 'gap', reason: 'absent', origin: end, says }];
  }

  #says(): string | undefined {
    const lost = [...this.#columns].map(([name, count]) => `${name.slice(0, NAME_LIMIT)} in ${count}`);
    const parts = lost.length === 0 ? [] : [`blotted out or cut: ${lost.join(', ')}`];
    if (this.#timeless > 0) parts.push(`without a time that says its zone: ${this.#timeless}`);
    return parts.length === 0 ? undefined : `of ${this.#rows} rows that were cut out of a log, ${parts.join('; ')}`;
  }
}

/** Bytes of the line feed that ended a row: one in UTF-8, two in UTF-16, none where the text or another encoding ends it. */
function lineEnd({ text, origin }: ExtractRow): number {
  const narrow = origin.length - ENCODER.encode(text).length;
  if (narrow === 1 || narrow === 2) return 1;
  const wide = origin.length - 2 * text.length;
  return wide === 2 || wide === 4 ? 2 : 0;
}

const ENCODER = new TextEncoder();
const COLUMN_LIMIT = 24;
const NAME_LIMIT = 64;
