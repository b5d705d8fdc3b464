import type { Extent, Gap, Reading } from '../../model/reading.ts';
import type { ClockBook } from './clock-book.ts';
import type { ExportedEvent } from './exported-event.ts';
import { ExportedRecord } from './exported-record.ts';
import { RecordOrder } from './record-order.ts';
import { SEEN_LIMIT, SeenObjects } from './seen-objects.ts';

/** An event where it was found. */
export interface FoundEvent {
  readonly event: ExportedEvent;
  readonly text: string;
  /** Of the event alone, by which copies are known. */
  readonly bytes: Uint8Array;
  readonly origin: Extent;
  /** Bytes at the end of `origin` that only separate it from the next. */
  readonly tail: number;
}

/** Makes records of the events of one export, drops copies, and says what is to be said of the export as a whole. */
export class RecordMaker {
  readonly #clocks: ClockBook;
  readonly #order = new RecordOrder();
  readonly #seen = new SeenObjects();
  /** What has to be said. */
  readonly #notes: { readonly reason: Gap['reason']; readonly says: string }[];
  #hasToldLimit = false;

  /** @param clocks has learnt all of the export */
  constructor(clocks: ClockBook) {
    this.#clocks = clocks;
    this.#notes = clocks.notes().map((says) => ({ reason: 'damaged', says }));
  }

  take({ event, text, bytes, origin, tail }: FoundEvent, out: Reading[]): void {
    if (this.#seen.has(bytes)) {
      out.push({ is: 'structure', name: 'duplicate', origin });
      return;
    }
    const { offset, length } = origin;
    const note = tail > 0 && length > tail ? this.#nextNote() : undefined;
    const own: Extent = note === undefined ? origin : { offset, length: length - tail };
    const host = event.system.get('Computer');
    const time = this.#clocks.timeOf(host, event.clock, event.utc);
    const channel = event.system.get('Channel');
    const follows =
      channel !== undefined &&
      host !== undefined &&
      // An event that hides something from the checks is as good as a hole.
      this.#order.follows(
        channel,
        host.toLowerCase(),
        event.isComplete ? event.system.get('EventRecordID') : undefined,
      ) &&
      time.doubt === undefined;
    const source = follows ? `evtx:${channel}` : undefined;
    out.push(new ExportedRecord({ event, time, source, origin: own, text }));
    if (note !== undefined) out.push({ is: 'gap', ...note, origin: { offset: offset + length - tail, length: tail } });
  }

  #nextNote(): { reason: Gap['reason']; says: string } | undefined {
    if (this.#seen.hasForgotten && !this.#hasToldLimit) {
      this.#hasToldLimit = true;
      const says = `expected at most ${2 * SEEN_LIMIT} different events, stood more; copies that stand further apart may count twice`;
      return { reason: 'limit', says };
    }
    return this.#notes.shift();
  }
}
