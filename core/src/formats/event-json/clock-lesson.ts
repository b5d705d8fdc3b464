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
      if (piece.is !== 'element' || piece.deepest > DEPTH_LIMIT || !piece.text.includes(WORD)) continue;
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
  const wide = WORD.split('').join('\0');
  const block = new Uint8Array(Math.min(BLOCK, source.size));
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  for (let at = 0; at < source.size;) {
    let count: number;
    try {
      count = await source.readInto(at, block.subarray(0, Math.min(block.length, source.size - at)));
    } catch {
      return false;
    }
    if (!(count > 0)) return false;
    const text = rest + decoder.decode(block.subarray(0, count));
    if (text.includes(WORD) || text.includes(wide)) return true;
    rest = text.slice(-wide.length);
    at += count;
  }
  return false;
}

const WORD = 'UtcTime';
const BLOCK = 1024 * 1024;
