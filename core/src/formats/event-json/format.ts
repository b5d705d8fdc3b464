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
  if (element.raw.length < LEAST_EVENT) {
    // A file of nothing but these would cost more than one of events.
    const isAction = SMALL_ACTION.test(element.text);
    if (isAction) out.push({ is: 'structure', name: 'bulk-action', origin });
    else addForeign(origin, out);
    return;
  }
  const object = parsedObject(element);
  const event = object === undefined ? undefined : anyEvent(object);
  if (object === undefined) out.push(gap('damaged', origin, 'expected JSON, stood braces around other text'));
  else if (event !== undefined) maker.take({ event, text: element.text, bytes: element.raw, origin, tail }, out);
  else if (isBulkAction(object)) out.push({ is: 'structure', name: 'bulk-action', origin });
  else addForeign(origin, out);
}

/** Whether it is one of the lines between the events of a bulk upload, which say where they go. */
function isBulkAction(object: JsonObject): boolean {
  const [key, ...more] = Object.keys(object);
  return key !== undefined && more.length === 0 && ACTIONS.has(key) && isObject(object[key]);
}

/** An object that is no event; next to another it is one gap with it. */
function addForeign(origin: Extent, out: Reading[]): void {
  const last = out.at(-1);
  if (last?.is !== 'gap' || last.says !== FOREIGN) out.push(gap('unsupported', origin, FOREIGN));
  else
    out[out.length - 1] = gap(
      'unsupported',
      { offset: last.origin.offset, length: last.origin.length + origin.length },
      FOREIGN,
    );
}

function gap(reason: Gap['reason'], origin: Extent, says: string): Gap {
  return { is: 'gap', reason, origin, says };
}

const FOREIGN = 'expected an event with an id and a channel or provider, stood another object';
/** Bytes of an id and a place to go with it, by their shortest names. */
const LEAST_EVENT = 20;
const SMALL_ACTION = /^\{\s*"(?:index|create)"\s*:\s*\{/;
const ACTIONS: ReadonlySet<string> = new Set(['index', 'create']);
