import { isoSecond } from '../bytes/time.ts';
import type { Micros } from '../model/evidence.ts';

const DAY: Micros = 86_400_000_000;
const MB = 1024 * 1024;

/** How long the product keeps a log: what it deletes by itself is no silence. */
interface Retention {
  /** Record source, exact or ending in `*`. */
  readonly records: string;
  readonly days: number;
  /** Of one folder, in bytes. */
  readonly size: number;
}

/** Defaults of Exchange 2013 to 2019; administrators can change each of them. */
const RETENTIONS: readonly Retention[] = [
  { records: 'http-proxy:*', days: 30, size: 1024 * MB },
  { records: 'ecp-server', days: 30, size: 1024 * MB },
  { records: 'ecp-activity', days: 30, size: 1024 * MB },
  { records: 'oab-generator', days: 30, size: 100 * MB },
  { records: 'ews', days: 30, size: 1024 * MB },
  { records: 'cmdlet-infra', days: 30, size: 1024 * MB },
  { records: 'message-tracking', days: 30, size: 1000 * MB },
];

/** How far from its limit an age or a size still speaks of it. */
const NEAR_DAYS = 2;
const NEAR_SIZE = 0.9;

/** One record source of a host, as far as its begin is concerned. */
export interface Beginning {
  readonly source: string;
  readonly from: Micros;
  readonly to: Micros;
  /** Of the artifacts that hold it. */
  readonly bytes: number;
  /** The least number of a record, where the log has numbers. */
  readonly low: number | undefined;
}

/** Why a log begins where it does, in words: lower case, no full stop. */
export function beginningWords(begins: readonly Beginning[]): string {
  const reasons = new Set(begins.map(reasonOf));
  const lowest = begins.length > 1 ? lowestTimes(begins) : '';
  return [...reasons].join('; ') + lowest;
}

function reasonOf({ source, from, to, bytes, low }: Beginning): string {
  if (low !== undefined) {
    return low > 1
      ? `the oldest record has number ${low}: older ones were overwritten, cleared or left out of the export`
      : 'the log begins with record 1: it was made then';
  }
  const kept = RETENTIONS.find(({ records }) =>
    records.endsWith('*') ? source.startsWith(records.slice(0, -1)) : source === records,
  );
  if (kept === undefined) return 'the log begins here; what was before was deleted or not collected';
  const days = (to - from) / DAY;
  if (bytes >= kept.size * NEAR_SIZE)
    return `the log begins here: its folder holds ${Math.round(bytes / MB)} MB, and Exchange deletes the oldest files beyond ${Math.round(kept.size / MB)} MB`;
  if (Math.abs(days - kept.days) <= NEAR_DAYS)
    return `the log begins here: Exchange deletes it after ${kept.days} days`;
  return `the log begins here; Exchange keeps ${kept.days} days or ${Math.round(kept.size / MB)} MB, so the rest was deleted or not collected`;
}

/** The lowest time of every folder: one that reached its size limit begins later than the others. */
function lowestTimes(begins: readonly Beginning[]): string {
  const listed = begins
    .toSorted((a, b) => (a.source < b.source ? -1 : a.source > b.source ? 1 : 0))
    .slice(0, MOST_LISTED)
    .map(({ source, from }) => `${source.slice(0, 60)} ${isoSecond(from)}`);
  const more = begins.length - listed.length;
  return `; first records: ${listed.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const MOST_LISTED = 12;
