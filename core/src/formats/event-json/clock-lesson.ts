import type { ByteSource } from '../../model/evidence.ts';
import { anyEvent } from './any-event.ts';
import { ClockBook } from './clock-book.ts';
import { DEPTH_LIMIT } from './element-scan.ts';
import { splitElements } from './element-splitter.ts';
import type { ExportedEvent } from './exported-event.ts';
import { parsedObject } from './json-object.ts';

/** Reads an export for nothing but the times of its Sysmon events, if it holds any. */
export async function learntClocks(source: ByteSource): Promise<ClockBook> {
  const book = new ClockBook();
  if (!(await holdsUtcTime(source))) return book;
  for await (const pieces of splitElements(source)) {
    for (const piece of pieces) {
      if (piece.is !== 'element' || piece.deepest > DEPTH_LIMIT || !holdsWord(piece.raw)) continue;
      const object = parsedObject(piece);
      learnFrom(object === undefined ? undefined : anyEvent(object), book);
    }
  }
  return book;
}

/** Notes what an event says of the clock of its collector. */
export function learnFrom(event: ExportedEvent | undefined, book: ClockBook): void {
  if (event?.clock !== undefined && event.utc !== undefined)
    book.learn(event.system.get('Computer'), event.clock, event.utc);
}

/** Whether the name of Sysmon's time stands in the source, in UTF-8 or UTF-16; of a source that fails, in what was read of it. */
export async function holdsUtcTime(source: ByteSource): Promise<boolean> {
  const block = new Uint8Array(Math.min(BLOCK, source.size));
  let kept = 0;
  for (let at = 0; at < source.size;) {
    let count: number;
    try {
      const into = block.subarray(kept, kept + Math.min(block.length - kept, source.size - at));
      count = Math.min(into.length, await source.readInto(at, into));
    } catch {
      return false;
    }
    if (!(count > 0)) return false;
    const filled = kept + count;
    if (holdsWord(block.subarray(0, filled))) return true;
    kept = Math.min(filled, WORD.length * 2 - 1);
    block.copyWithin(0, filled - kept, filled);
    at += count;
  }
  return false;
}

function holdsWord(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(FIRST); at >= 0; at = bytes.indexOf(FIRST, at + 1)) {
    const step = bytes[at + 1] === 0 ? 2 : 1;
    let matched = 1;
    while (matched < WORD.length && bytes[at + matched * step] === WORD.charCodeAt(matched)) matched += 1;
    if (matched === WORD.length) return true;
  }
  return false;
}

const WORD = 'UtcTime';
const FIRST = 0x55;
const BLOCK = 1024 * 1024;
