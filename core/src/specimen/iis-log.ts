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
  const { rolloverBehind, forwardedFrom } = world.server;
  const shift = rolloverBehind * HOUR;
  const first = Math.floor((world.logsFrom - shift) / DAY) * DAY;
  const forwarded = Math.floor((forwardedFrom ?? Number.POSITIVE_INFINITY) / 1000 / HOUR) * HOUR;
  for (const site of ['front', 'back'] as const) {
    const source = site === 'front' ? 'iis-front' : 'iis-back';
    for (let day = first; day + shift < world.collected; day += DAY) {
      const hours = hoursOf(day + shift, world).filter(
        (hour) => world.keeps(source, hour) || world.keeps(source, hour + HOUR - 1),
      );
      // Columns of one's own are logged to files of another name.
      for (const own of [false, true]) {
        const layout = { site, own } as const;
        const mine = hours.filter((hour) => hour >= forwarded === own);
        if (mine.length === 0) continue;
        files.push({
          path: `C/inetpub/logs/LogFiles/W3SVC${site === 'front' ? 1 : 2}/u_ex${shortDay(day)}${own ? '_x' : ''}.log`,
          modified: Math.min(day + shift + DAY, world.collected) * 1000,
          *pieces() {
            for (const hour of mine) {
              const isFirst = hour === mine[0];
              yield encoded(hourText(world, requests, layout, hour, isFirst), world, isFirst);
            }
          },
        });
      }
    }
  }
  return files;
}

/** Which site, and whether its rows have the column that an administrator added. */
interface Layout {
  readonly site: Site;
  readonly own: boolean;
}

function hourText(world: World, requests: Requests, layout: Layout, hour: Millis, first: boolean): string {
  const source = layout.site === 'front' ? 'iis-front' : 'iis-back';
  const restarts = world.server.builds
    .map((b) => Math.floor(b.from / 1000))
    .filter((at) => hour <= at && at < hour + HOUR && at >= world.logsFrom);
  const entries: readonly (Call | InnerCall)[] = layout.site === 'front' ? requests.front(hour) : requests.back(hour);
  const fields = trimmed(world, `${FIELDS}${layout.own ? ' X-Forwarded-For' : ''}`);
  let text = first ? header(world, fields, entries[0]?.at ?? hour) : '';
  for (const entry of entries) {
    if (!world.keeps(source, entry.at)) continue;
    while (restarts[0] !== undefined && restarts[0] <= entry.at)
      text += header(world, fields, restarts.shift() ?? hour);
    const row = 'inner' in entry ? frontRow(world, entry) : backRow(world, entry);
    const added = layout.own ? ` ${('inner' in entry ? entry.forwarded : undefined) ?? '-'}` : '';
    text += `${trimmed(world, `${row}${added}`)}\r\n`;
  }
  return text;
}

/** A row, or the list of its columns, without the columns that are switched off. */
function trimmed(world: World, row: string): string {
  const { iisWithout } = world.server;
  if (iisWithout.length === 0) return row;
  const names = FIELDS.split(' ');
  return row
    .split(' ')
    .filter((_, i) => !iisWithout.includes(names[i] ?? ''))
    .join(' ');
}

function header(world: World, fields: string, at: Millis): string {
  const version = world.server.product === '2013' ? '8.5' : '10.0';
  return `#Software: Microsoft Internet Information Services ${version}\r\n#Version: 1.0\r\n#Date: ${dateStamp(at)} ${timeStamp(at)}\r\n#Fields: ${fields}\r\n`;
}

function frontRow(world: World, call: Call): string {
  const local = call.address === '127.0.0.1' || call.address === '::1';
  const ids = call.protocol === undefined ? '' : `&CorrelationID=<empty>;&cafeReqId=${call.id};`;
  const query = `${call.query}${ids}${call.appended === '' ? '' : `&${call.appended}`}`;
  const status = call.status === 401 ? '401 1 2148074254' : call.status === 404 ? '404 0 2' : `${call.status} 0 0`;
  return `${dateStamp(call.at)} ${timeStamp(call.at)} ${local ? call.address : world.server.address} ${call.method} ${call.stem} ${query === '' ? '-' : query} 443 ${call.user === '' ? '-' : call.user} ${call.address} ${call.agent.iis} - ${status} ${call.took}`;
}

function backRow(world: World, inner: InnerCall): string {
  const server =
    inner.address === world.server.linkLocal || inner.address === '::1' ? inner.address : world.server.address;
  const status = inner.status === 401 ? '401 1 2148074254' : `${inner.status} 0 0`;
  return `${dateStamp(inner.at)} ${timeStamp(inner.at)} ${server} ${inner.method} ${inner.stem} ${inner.query === '' ? '-' : inner.query} 444 ${inner.user === '' ? '-' : inner.user} ${inner.address} ${inner.agent.iis} - ${status} ${inner.took}`;
}

function hoursOf(from: Millis, world: World): readonly Millis[] {
  const hours: Millis[] = [];
  for (let hour = from; hour < from + DAY && hour < world.collected; hour += HOUR)
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
