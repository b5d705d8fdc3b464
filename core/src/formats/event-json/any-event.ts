import { parsedObject } from './json-object.ts';
import type { JsonObject } from './json-object.ts';
import { unwrapped } from './exported-event.ts';
import type { ExportedEvent } from './exported-event.ts';
import { flatEvent } from './flat-event.ts';
import { nestedEvent } from './nested-event.ts';
import { winlogEvent } from './winlog-event.ts';
import { ElementScan } from './element-scan.ts';
import { ENVELOPE_LIMIT, envelopeAt } from './envelope.ts';

/** The event that an object is, whichever program wrote it. */
export function anyEvent(object: JsonObject): ExportedEvent | undefined {
  const inner = unwrapped(object);
  return nestedEvent(inner) ?? winlogEvent(inner) ?? flatEvent(inner);
}

/**
 * Whether a text begins with events: one of its first objects is one, or the first is cut and names channel and event id.
 *
 * @param text without byte order mark
 */
export function beginsWithEvents(text: string): boolean {
  if (!BEGIN.test(text.slice(0, BEGIN_LIMIT))) return false;
  const bytes = new TextEncoder().encode(text);
  let at = bytes.indexOf(OPEN_BRACE);
  const envelope =
    at < 0 ? undefined : envelopeAt(bytes, { from: at, to: Math.min(bytes.length, at + ENVELOPE_LIMIT) });
  if (envelope !== undefined) at = bytes.indexOf(OPEN_BRACE, envelope.at);
  const scan = new ElementScan();
  for (let count = 0; count < OBJECTS && at >= 0; count += 1) {
    scan.begin(0);
    const run = scan.run(bytes, at, bytes.length);
    if (run.end === 'open') return namesEvent(new TextDecoder().decode(bytes.subarray(at)));
    if (run.end === 'closed') {
      const { colons, hasLongNumber } = scan;
      const element = { text: new TextDecoder().decode(bytes.subarray(at, run.at)), colons, hasLongNumber };
      const object = parsedObject(element);
      if (object !== undefined && anyEvent(object) !== undefined) return true;
    }
    at = bytes.indexOf(OPEN_BRACE, Math.max(run.at, at + 1));
  }
  return false;
}

function namesEvent(text: string): boolean {
  return EVENT_KEY.test(text) && PLACE_KEY.test(text);
}

/** Spaces, a bracket, the line `Record 1` of evtx_dump, or what a syslog server writes, before the first object. */
const BEGIN =
  /^[\s[]{0,64}(?:Record \d{1,19}\s{1,4})?(?:<\d{1,3}>[^{"\n]{0,256}|[A-Z][a-z]{2} [ \d]\d [^{"\n]{0,256})?\{/;
const BEGIN_LIMIT = 1024;
const OBJECTS = 8;
const OPEN_BRACE = 123;
const EVENT_KEY = /"(?:EventID|EventId|event_id|winlog\.event_id|EventCode|eventID)"\s{0,9}:/;
const PLACE_KEY = /"(?:Channel|channel|LogName|log_name|winlog\.channel|SourceName|ProviderName|Provider)"\s{0,9}:/;
