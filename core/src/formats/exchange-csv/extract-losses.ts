import type { EvidenceRecord, Extent, Reading } from '../../model/reading.ts';

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
  /** Makes it a row of an extract, which is no heartbeat. */
  disown(): void;
}

/** Counts what the rows of an extract, or of a log that somebody went over, no longer say, so that its last reading can tell. */
export class ExtractLosses {
  #rows = 0;
  #timeless = 0;
  readonly #columns = new Map<string, number>();
  #logged = 0;
  #muted = 0;
  readonly #mutes = new Map<string, number>();
  #wentOver = false;

  /** A row of an extract. */
  see(row: ExtractRow): void {
    this.#rows += 1;
    if (row.at === undefined) this.#timeless += 1;
    for (const name of row.lost()) count(this.#columns, name);
  }

  /** A row of a log, and the first column for want of which it is no heartbeat. */
  pass(mute: string | undefined): void {
    this.#logged += 1;
    if (mute === undefined) return;
    this.#muted += 1;
    count(this.#mutes, mute);
  }

  /** Somebody went over the log: rows of it that were read already, and are not handed out yet, do not count either. */
  disown(readings: readonly Reading[]): void {
    this.#wentOver = true;
    for (const reading of readings) if (isRow(reading)) reading.disown();
  }

  /**
   * The last readings of an artifact with what its rows lack. Bytes stand in one reading only: a gap is told more, a line
   * without a record becomes a gap, and a row gives its line end. One without it leaves that to the row before.
   */
  toldIn(readings: readonly Reading[]): readonly Reading[] {
    const says = this.#says();
    if (says === undefined) return readings;
    for (let at = readings.length - 1; at >= 0; at -= 1) {
      const reading = readings[at];
      const told = reading === undefined ? undefined : toldBy(reading, says);
      if (told !== undefined) return readings.toSpliced(at, 1, ...told);
    }
    return readings;
  }

  #says(): string | undefined {
    const parts: string[] = [];
    if (this.#columns.size > 0) parts.push(`blotted out or cut: ${counts(this.#columns)}`);
    if (this.#timeless > 0) parts.push(`without a time that says its zone: ${this.#timeless}`);
    const edited = parts.length === 0 ? '' : `of ${this.#rows} rows that were cut out of a log, ${parts.join('; ')}`;
    const muted =
      this.#muted === 0
        ? []
        : [
            `of ${this.#logged} rows ${this.#muted} lack a value as the log writes it and do not count as watched: ${counts(this.#mutes)}`,
          ];
    if (this.#wentOver && this.#logged > 0) muted.push(WENT_OVER);
    const all = [edited, ...muted].filter((part) => part !== '');
    return all.length === 0 ? undefined : all.join('; ');
  }
}

/** What becomes of a reading that tells something more, if there is room in it. */
function toldBy(reading: Reading, says: string): readonly Reading[] | undefined {
  const { origin } = reading;
  if (reading.is === 'gap') return [{ ...reading, says: `${reading.says}; ${says}` }];
  // The lines above the rows say of which build the log is.
  if (reading.is === 'structure')
    return reading.text === undefined ? [{ is: 'gap', reason: 'absent', origin, says }] : undefined;
  const length = isRow(reading) ? lineEnd(reading) : 0;
  if (!isRow(reading) || length === 0) return undefined;
  reading.leave(length);
  const end = { offset: origin.offset + origin.length - length, length };
  return [reading, { is: 'gap', reason: 'absent', origin: end, says }];
}

function isRow(reading: Reading): reading is EvidenceRecord & ExtractRow {
  return reading.is === 'record' && 'leave' in reading;
}

function count(counted: Map<string, number>, name: string): void {
  const before = counted.get(name);
  if (before !== undefined || counted.size < COLUMN_LIMIT) counted.set(name, (before ?? 0) + 1);
}

function counts(counted: ReadonlyMap<string, number>): string {
  return [...counted].map(([name, number]) => `${name.slice(0, NAME_LIMIT)} in ${number}`).join(', ');
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
const WENT_OVER = 'masks stand where the server itself writes, so the rows around and behind them do not count either';
