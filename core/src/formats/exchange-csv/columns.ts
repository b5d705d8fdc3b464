import { familyOf, TIME_COLUMNS } from './family.ts';
import type { Family } from './family.ts';
import { rowValues } from './quoted-row.ts';
import { tellingColumns } from './telling-row.ts';
import type { TellingColumns } from './telling-row.ts';

/** What the lines above a row say of it. */
export interface Columns {
  /** As the log spells them. */
  readonly names: readonly string[];
  /** The line that listed them, without `#Fields:`; a restarted writer repeats it. */
  readonly listed: string;
  readonly family: Family;
  /** Picked out of a log by somebody (`Export-Csv`): proves that rows exist, never that a log was on. */
  readonly extract: boolean;
  /** Between the values of a row: a comma, in edited extracts also a semicolon or a tab. */
  readonly delimiter: string;
  /** Whether what a value means rests on its place alone, because no column line names it. */
  readonly isAssumed: boolean;
  /** Whether the column line was not as the log writes it. */
  readonly isEdited: boolean;
  readonly places: ReadonlyMap<string, number>;
  /** The same, lower case: Exchange 2013 and later spell some columns differently. */
  readonly folded: ReadonlyMap<string, number>;
  /** Places of the columns that every row is asked for; -1 where there is none. */
  readonly time: number;
  readonly host: number;
  readonly protocol: number;
  /** Of the columns that name a server by a cookie. */
  readonly servers: ReadonlySet<number>;
  /** What a row must show before it counts as a heartbeat. */
  readonly telling: TellingColumns;
}

export function columnsOf(
  names: readonly string[],
  log: {
    listed: string;
    logType: string | undefined;
    extract: boolean;
    delimiter?: string;
    isAssumed?: boolean;
    isEdited?: boolean;
  },
): Columns {
  const places = new Map<string, number>();
  const folded = new Map<string, number>();
  for (const [place, name] of names.entries()) {
    if (!places.has(name)) places.set(name, place);
    if (!folded.has(name.toLowerCase())) folded.set(name.toLowerCase(), place);
  }
  const family = familyOf(log.extract ? undefined : log.logType, new Set(folded.keys()));
  const placeOf = (name: string | undefined): number => (name === undefined ? -1 : (folded.get(name) ?? -1));
  return {
    names,
    listed: log.listed,
    family,
    extract: log.extract,
    delimiter: log.delimiter ?? ',',
    isAssumed: log.isAssumed ?? false,
    isEdited: log.isEdited ?? false,
    places,
    folded,
    time: placeOf(TIME_COLUMNS.find((name) => folded.has(name))),
    host: placeOf(family.host),
    protocol: family.kind === 'http.proxy' ? placeOf('protocol') : -1,
    servers: new Set(['anchormailbox', 'backendcookie'].map(placeOf).filter((place) => place >= 0)),
    telling: tellingColumns(family.kind, folded),
  };
}

/** The names that a line lists, with or without `#Fields:` before the first; also of a line that lists none. */
export function columnNames(line: string): string[] {
  return rowValues(line.trim()).map((name) => name.replace(/^#fields:/i, '').trim());
}
