/** What a `#Fields` line says of the lines below it. */
export interface Layout {
  /** As IIS spells them: `cs-uri-stem`, `cs(User-Agent)`. */
  readonly names: readonly string[];
  readonly places: ReadonlyMap<string, number>;
  /** Places of the columns that every line is asked for; -1 where `#Fields` does not name them. */
  readonly date: number;
  readonly time: number;
  readonly port: number;
  readonly computer: number;
}

/** The most columns a `#Fields` line may name; IIS knows 22 and lets the administrator add some. */
export const COLUMN_LIMIT = 128;

/** @param line a line that begins with `#Fields:` */
export function layoutOf(line: string): Layout {
  return namedLayout(fieldNames(line));
}

/** @param names as IIS spells them */
export function namedLayout(names: readonly string[]): Layout {
  const places = new Map<string, number>();
  for (const [place, name] of names.entries()) if (!places.has(name)) places.set(name, place);
  const placeOf = (name: string): number => places.get(name) ?? -1;
  return {
    names,
    places,
    date: placeOf('date'),
    time: placeOf('time'),
    port: placeOf('s-port'),
    computer: placeOf('s-computername'),
  };
}

export function isFieldsLine(line: string): boolean {
  return line.slice(0, 8).toLowerCase() === '#fields:';
}

/**
 * Whose log a `#Fields` line heads. `foreign`: HTTP.sys writes its error log in the same style, so do the FTP service
 * and content networks; none of them tells of requests that a web site answered.
 */
export function layoutKind(line: string): 'site' | 'foreign' | 'unclear' {
  const names = new Set(fieldNames(line));
  if (FOREIGN_FIELDS.some((name) => names.has(name))) return 'foreign';
  if (!names.has('cs-method') && !names.has('cs-uri-stem')) return 'unclear';
  return SITE_FIELDS.filter((name) => names.has(name)).length >= 3 ? 'site' : 'unclear';
}

/** A value of a W3C log, or `undefined` for `-`, which IIS writes for nothing, and for the empty text. */
export function valueOf(text: string | undefined): string | undefined {
  return text === '-' || text === '' ? undefined : text;
}

function fieldNames(line: string): string[] {
  return line
    .slice(8)
    .split(/[ \t]+/)
    .filter((name) => name !== '');
}

const SITE_FIELDS = [
  'cs-method',
  'cs-uri-stem',
  'cs-uri-query',
  'cs-username',
  'c-ip',
  's-ip',
  's-port',
  'sc-status',
  'cs(User-Agent)',
];
const FOREIGN_FIELDS = ['s-reason', 's-queuename', 'x-session', 'x-fullpath', 'x-edge-location'];
