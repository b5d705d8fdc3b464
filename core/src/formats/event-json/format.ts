import type { ByteSource } from '../../model/evidence.ts';
import type { Extent, Format, Gap, Reading } from '../../model/reading.ts';
import { headText } from '../../bytes/text.ts';
import { anyEvent, beginsWithEvents } from './any-event.ts';
import { learntClocks } from './clock-lesson.ts';
import { DEPTH_LIMIT } from './element-scan.ts';
import { splitElements } from './element-splitter.ts';
import type { Element } from './element-splitter.ts';
import { isObject, parsedObject } from './json-object.ts';
import type { JsonObject } from './json-object.ts';
import { RecordMaker } from './record-maker.ts';

/**
 * Windows events as other programs export them: JSON objects, one a line, in an array, in the answer of a search, or one
 * after the other. Which programs are understood docs/formats/event-json.md says. Records have the fields and spellings
 * of the EVTX reader, so checks cannot tell them apart.
 *
 * An object that stands a second time, byte for byte, is structure. An object that is no event is a gap. The artifact is
 * read twice where it holds times of Sysmon, to know its clocks before the first event is handed out; what was found out
 * of them is a gap on the line end of the first events.
 */
export const eventJson: Format = { name: 'event-json', shape: 'sequential', recognises, read };

function recognises(head: Uint8Array): boolean {
  return beginsWithEvents(headText(head));
}

async function* read(source: ByteSource): AsyncGenerator<readonly Reading[], void, undefined> {
  const maker = new RecordMaker(await learntClocks(source));
  for await (const pieces of splitElements(source)) {
    const readings: Reading[] = [];
    for (const piece of pieces) {
      if (piece.is === 'element') readingsOf(piece, maker, readings);
      else readings.push(piece);
    }
    yield readings;
  }
}

/** What an element of the artifact is. */
function readingsOf(element: Element, maker: RecordMaker, out: Reading[]): void {
  const { offset, length, tail } = element;
  const origin: Extent = { offset, length };
  if (element.deepest > DEPTH_LIMIT) {
    out.push(gap('limit', origin, `expected an object at most ${DEPTH_LIMIT} deep, stood one of ${element.deepest}`));
    return;
  }
  const object = parsedObject(element);
  const event = object === undefined ? undefined : anyEvent(object);
  if (object === undefined) out.push(gap('damaged', origin, 'expected JSON, stood braces around other text'));
  else if (event === undefined) out.push(withoutEvent(object, origin));
  else maker.take({ event, text: element.text, bytes: element.raw, origin, tail }, out);
}

/** The lines between the events of a bulk upload say where they go. */
function withoutEvent(object: JsonObject, origin: Extent): Reading {
  const [key, ...more] = Object.keys(object);
  if (key !== undefined && more.length === 0 && ACTIONS.has(key) && isObject(object[key]))
    return { is: 'structure', name: 'bulk-action', origin };
  return gap('unsupported', origin, 'expected an event with an id and a channel or provider, stood another object');
}

function gap(reason: Gap['reason'], origin: Extent, says: string): Gap {
  return { is: 'gap', reason, origin, says };
}

const ACTIONS: ReadonlySet<string> = new Set(['index', 'create']);
