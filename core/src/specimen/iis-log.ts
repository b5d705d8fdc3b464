import type { Call, InnerCall } from './call.ts';
import { DAY, HOUR, dateStamp, shortDay, timeStamp } from './stamp.ts';
import type { Millis } from './stamp.ts';
import type { Requests } from './traffic.ts';
import type { SpecimenFile } from './specimen-file.ts';
import type { World } from './world.ts';

/** The two sites of an Exchange server. */
type Site = 'front' | 'back';

const FIELDS =
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken';

/**
 * The daily W3C logs of the front-end site (`W3SVC1`, port 443) and the back-end site (`W3SVC2`, port 444). Times are
 * UTC and say when the request was answered; the header block is written again where IIS restarted for an update.
 */
export function iisLogs(world: World, requests: Requests): readonly SpecimenFile[] {
  const files: SpecimenFile[] = [];
  const first = Math.floor(world.logsFrom / DAY) * DAY;
  for (const site of ['front', 'back'] as const) {
    const source = site === 'front' ? 'iis-front' : 'iis-back';
    for (let day = first; day < world.collected; day += DAY) {
      const hours = hoursOf(day, world).filter(
        (hour) => world.keeps(source, hour) || world.keeps(source, hour + HOUR - 1),
      );
      if (hours.length === 0) continue;
      files.push({
        path: `C/inetpub/logs/LogFiles/W3SVC${site === 'front' ? 1 : 2}/u_ex${shortDay(day)}.log`,
        modified: Math.min(day + DAY, world.collected) * 1000,
        *pieces() {
          for (const hour of hours)
            yield encoded(hourText(world, requests, site, hour, hour === hours[0]), world, hour === hours[0]);
        },
      });
    }
  }
  return files;
}

function hourText(world: World, requests: Requests, site: Site, hour: Millis, first: boolean): string {
  const source = site === 'front' ? 'iis-front' : 'iis-back';
  const restarts = world.server.builds
    .map((b) => Math.floor(b.from / 1000))
    .filter((at) => hour <= at && at < hour + HOUR && at >= world.logsFrom);
  const entries: readonly (Call | InnerCall)[] = site === 'front' ? requests.front(hour) : requests.back(hour);
  let text = first ? header(world, entries[0]?.at ?? hour) : '';
  for (const entry of entries) {
    if (!world.keeps(source, entry.at)) continue;
    while (restarts[0] !== undefined && restarts[0] <= entry.at) text += header(world, restarts.shift() ?? hour);
    text += 'inner' in entry ? frontRow(world, entry) : backRow(world, entry);
  }
  return text;
}

function header(world: World, at: Millis): string {
  const version = world.server.product === '2013' ? '8.5' : '10.0';
  return `#Software: Microsoft Internet Information Services ${version}\r\n#Version: 1.0\r\n#Date: ${dateStamp(at)} ${timeStamp(at)}\r\n#Fields: ${FIELDS}\r\n`;
}

function frontRow(world: World, call: Call): string {
  const local = call.address === '127.0.0.1' || call.address === '::1';
  const ids = call.protocol === undefined ? '' : `&CorrelationID=<empty>;&cafeReqId=${call.id};`;
  const query = `${call.query}${ids}${call.appended === '' ? '' : `&${call.appended}`}`;
  const status = call.status === 401 ? '401 1 2148074254' : call.status === 404 ? '404 0 2' : `${call.status} 0 0`;
  return `${dateStamp(call.at)} ${timeStamp(call.at)} ${local ? call.address : world.server.address} ${call.method} ${call.stem} ${query === '' ? '-' : query} 443 ${call.user === '' ? '-' : call.user} ${call.address} ${call.agent.iis} - ${status} ${call.took}\r\n`;
}

function backRow(world: World, inner: InnerCall): string {
  const server =
    inner.address === world.server.linkLocal || inner.address === '::1' ? inner.address : world.server.address;
  const status = inner.status === 401 ? '401 1 2148074254' : `${inner.status} 0 0`;
  return `${dateStamp(inner.at)} ${timeStamp(inner.at)} ${server} ${inner.method} ${inner.stem} ${inner.query === '' ? '-' : inner.query} 444 ${inner.user === '' ? '-' : inner.user} ${inner.address} ${inner.agent.iis} - ${status} ${inner.took}\r\n`;
}

function hoursOf(day: Millis, world: World): readonly Millis[] {
  const hours: Millis[] = [];
  for (let hour = day; hour < day + DAY && hour < world.collected; hour += HOUR)
    if (hour + HOUR > world.logsFrom) hours.push(hour);
  return hours;
}

const UTF8 = new TextEncoder();

function encoded(text: string, world: World, first: boolean): Uint8Array {
  if (world.server.encoding === 'utf-8') return UTF8.encode(text);
  const marked = first ? `\ufeff${text}` : text;
  const bytes = new Uint8Array(marked.length * 2);
  for (let i = 0; i < marked.length; i += 1) {
    const unit = marked.charCodeAt(i);
    bytes[i * 2] = unit & 255;
    bytes[i * 2 + 1] = unit >>> 8;
  }
  return bytes;
}
