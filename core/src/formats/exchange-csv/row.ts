import type { Micros } from '../../model/evidence.ts';
import type { EvidenceRecord, Extent, FieldValue } from '../../model/reading.ts';
import { detached, excerptOf } from '../../bytes/text.ts';
import {
  lastParameter,
  percentDecoded,
  urlPath,
  userAgentText,
  wholeUrl,
  withoutAuthority,
  withoutQuery,
} from '../../bytes/url.ts';
import { activityPairs, commands } from './activity-pairs.ts';
import type { PairValue } from './activity-pairs.ts';
import { auditFields } from './audit-json.ts';
import type { Columns } from './columns.ts';
import { editedValue, isCut, isLost, isMasked, mayLose, serverValue } from './edited-value.ts';
import { rowValues } from './quoted-row.ts';

/** What the reader knows of a row before anybody asks for a field. */
export interface RowLine {
  readonly text: string;
  readonly columns: Columns;
  readonly source: string | undefined;
  readonly at: Micros | undefined;
  readonly host: string | undefined;
  readonly origin: Extent;
  /** The values, where the row had to be mended before it could be cut. */
  readonly values?: readonly string[];
}

/**
 * One row of an Exchange log. Fields are its columns as the log spells them (any case is understood, because versions
 * differ), and besides them:
 *
 * - of `EventData` (ECP): its keys as plain names (`CMD`, `URL`, `EX`, `SID`, `ACTID`, `BLD`, `TIME`, …), and of `CMD` the
 *   cmdlet (`CMD.Name`) and what follows it (`CMD.Parameters`), arrays where a pipeline ran
 * - of the `Data` of an audit row: its JSON as `Data.Operation`, `Data.Parameters.Identity`, …
 * - derived, as all formats name them: `url-path`, `url` (`UrlStem` and `UrlQuery`, of ECP rows `URL` without scheme and
 *   host), `client` (`ClientIpAddress`), `method`, `status` (`HttpStatus`, a number), `back-end-status`, `user`,
 *   `user-agent` (runs of spaces made one), `request-id` (lower case)
 * - `canary`: the `msExchEcpCanary` of query, anchor or `URL`; `session`: the `SID` of an ECP row
 * - `anchor-host`: what `AnchorMailbox` says after `ServerInfo~`, whole; `anchor-target`: that from its first `/` on,
 *   decoded twice, lower case, the path that a forged anchor asks for; `target-server-major`: the number before the
 *   first dot of `TargetServerVersion`, which a forged cookie chooses
 *
 * - of an extract: `layout` is `assumed` where no column line names the values and their places alone do; `truncated` is
 *   true where a value goes on in a place nobody can read, `masked` where one was blotted out
 *
 * An empty value is no value, nor is a mask. A URL that is cut is no URL: it stands in its column as written, and nothing
 * is derived from it. Values are cut from the row when the first field is asked for.
 */
export class Row implements EvidenceRecord {
  readonly is = 'record';
  readonly kind: string;
  source: string | undefined;
  readonly at: Micros | undefined;
  readonly host: string | undefined;
  origin: Extent;
  readonly text: string;
  readonly #columns: Columns;
  #values: readonly string[] | undefined;
  #pairs: ReadonlyMap<string, PairValue> | undefined;
  #audit: ReadonlyMap<string, FieldValue> | undefined;

  constructor(line: RowLine) {
    this.kind = line.columns.family.kind;
    this.source = line.source;
    this.at = line.at;
    this.host = line.host;
    this.origin = line.origin;
    this.text = line.text;
    this.#columns = line.columns;
    this.#values = line.values;
  }

  get(field: string): FieldValue {
    const place = this.#columns.places.get(field);
    if (place !== undefined) return this.#at(place);
    const derive = DERIVED.get(field);
    if (derive !== undefined) return derive((name) => this.#ask(name));
    if (this.#columns.extract && OF_EXTRACTS.has(field)) return this.#edited(field);
    return this.#nested(field) ?? this.#at(this.#columns.folded.get(field.toLowerCase()));
  }

  fields(): readonly string[] {
    const names = [
      ...this.#columns.places.keys(),
      ...this.#pairNames(),
      ...this.#auditNames(),
      ...DERIVED.keys(),
      ...(this.#columns.extract ? OF_EXTRACTS : []),
    ];
    return [...new Set(names)].filter((name) => this.get(name) !== undefined);
  }

  excerpt(): string {
    return excerptOf(this.text);
  }

  get isExtract(): boolean {
    return this.#columns.extract;
  }

  /** Gives the last bytes of its line to another reading. */
  leave(bytes: number): void {
    this.origin = { offset: this.origin.offset, length: this.origin.length - bytes };
  }

  /** Makes it a row of an extract, which is no heartbeat. */
  disown(): void {
    this.source = undefined;
  }

  /** Columns of an extract whose value was blotted out or cut, wholly or in part. */
  lost(): readonly string[] {
    if (!mayLose(this.text)) return [];
    const { names } = this.#columns;
    return this.#raw().flatMap((value, place) => (place < names.length && isLost(value) ? [names[place] ?? ''] : []));
  }

  /** The text of a column or pair, for the derived fields. */
  #ask(name: string): string | undefined {
    const value = this.#at(this.#columns.folded.get(name.toLowerCase())) ?? this.#nested(name);
    const text: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof text !== 'string') return undefined;
    return this.#columns.extract && URLS.has(name) && isCut(text) ? undefined : text;
  }

  #raw(): readonly string[] {
    this.#values ??= rowValues(this.text, this.#columns.delimiter);
    return this.#values;
  }

  #edited(field: string): FieldValue {
    if (field === 'layout') return this.#columns.isAssumed ? 'assumed' : undefined;
    const test = field === 'truncated' ? isCut : isMasked;
    return this.#raw().some((value) => test(value)) ? true : undefined;
  }

  #at(place: number | undefined): string | undefined {
    if (place === undefined) return undefined;
    const value = this.#raw()[place];
    if (value === undefined || value === '') return undefined;
    const { servers, extract } = this.#columns;
    if (servers.has(place)) return serverValue(value, extract);
    return extract ? editedValue(value) : detached(value);
  }

  #nested(name: string): FieldValue {
    if (name.startsWith('Data.')) return this.#auditPart().get(name);
    if (name === 'CMD.Name' || name === 'CMD.Parameters') return this.#command(name);
    const pairs = this.#pairPart();
    const value = pairs.get(name) ?? pairs.get(PAIR_SPELLINGS.get(name) ?? '');
    if (this.#columns.extract && typeof value === 'string') return editedValue(value);
    return value === '' ? undefined : value;
  }

  #command(name: string): string | readonly string[] | undefined {
    const line = this.#pairPart().get('CMD');
    if (line === undefined) return undefined;
    const found = (typeof line === 'string' ? [line] : line).flatMap((text) => commands(text));
    const values = found.map((command) => (name === 'CMD.Name' ? command.name : command.parameters));
    if (values.length > 1) return values;
    return values[0] === '' ? undefined : values[0];
  }

  #pairPart(): ReadonlyMap<string, PairValue> {
    if (!this.kind.startsWith('ecp.')) return NO_PAIRS;
    this.#pairs ??= this.#pairsOf(this.#at(this.#columns.folded.get('eventdata')) ?? '');
    return this.#pairs;
  }

  /** Whether a command failed stands behind it: where that is cut off, nobody can say what it did. */
  #pairsOf(text: string): ReadonlyMap<string, PairValue> {
    const pairs = activityPairs(text);
    if (!this.#columns.extract || !isCut(text) || pairs.has('EX')) return pairs;
    return new Map([...pairs].filter(([name]) => name !== 'CMD'));
  }

  #pairNames(): readonly string[] {
    const pairs = this.#pairPart();
    return [...pairs.keys()].flatMap((name) => (name === 'CMD' ? ['CMD', 'CMD.Name', 'CMD.Parameters'] : [name]));
  }

  #auditPart(): ReadonlyMap<string, FieldValue> {
    if (this.kind !== 'exchange.audit') return NO_FIELDS;
    this.#audit ??= auditFields(this.#at(this.#columns.folded.get('data')) ?? '');
    return this.#audit;
  }

  #auditNames(): Iterable<string> {
    return this.#auditPart().keys();
  }
}

type Ask = (name: string) => string | undefined;

const DERIVED: ReadonlyMap<string, (ask: Ask) => FieldValue> = new Map<string, (ask: Ask) => FieldValue>([
  ['url-path', (ask) => mapped(ask('UrlStem') ?? ask('URL'), (url) => urlPath(withoutQuery(withoutAuthority(url))))],
  ['url', url],
  ['client', (ask) => ask('ClientIpAddress')],
  ['method', (ask) => ask('Method')],
  ['status', (ask) => mapped(ask('HttpStatus'), wholeNumber)],
  ['back-end-status', (ask) => mapped(ask('BackEndStatus'), wholeNumber)],
  ['user', (ask) => ask('AuthenticatedUser')],
  ['user-agent', (ask) => mapped(ask('UserAgent'), (text) => userAgentText(text, { plusIsSpace: false }))],
  ['request-id', (ask) => ask('RequestId')?.toLowerCase()],
  ['canary', canary],
  ['session', (ask) => ask('SID')],
  ['anchor-host', anchorHost],
  ['anchor-target', anchorTarget],
  [
    'target-server-major',
    (ask) => mapped(ask('TargetServerVersion'), (text) => mapped(/^\d{1,9}(?=\.)/.exec(text)?.[0], Number)),
  ],
]);

function url(ask: Ask): string | undefined {
  const stem = ask('UrlStem');
  if (stem !== undefined) return wholeUrl(stem, ask('UrlQuery'));
  return mapped(ask('URL'), (text) => wholeUrl(withoutAuthority(text), undefined));
}

/** Decoded before the search, because a carrier request may hand the canary on percent-encoded. */
function canary(ask: Ask): string | undefined {
  for (const name of ['UrlQuery', 'AnchorMailbox', 'URL']) {
    const found = mapped(ask(name), (text) => lastParameter(percentDecoded(text, 2), 'msExchEcpCanary'));
    if (found !== undefined) return isMasked(found) || isCut(found) ? undefined : found;
  }
  return undefined;
}

function anchorHost(ask: Ask): string | undefined {
  const anchor = ask('AnchorMailbox');
  const start = anchor?.search(/serverinfo~/i) ?? -1;
  return start < 0
    ? undefined
    : mapped(anchor?.slice(start + 11), (host) => (host === '' ? undefined : detached(host)));
}

function anchorTarget(ask: Ask): string | undefined {
  const host = mapped(anchorHost(ask), (text) => percentDecoded(text, 2).toLowerCase());
  const slash = host?.indexOf('/') ?? -1;
  return slash < 0 ? undefined : mapped(host?.slice(slash), detached);
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function mapped<T>(text: string | undefined, map: (text: string) => T): T | undefined {
  return text === undefined ? undefined : map(text);
}

/** The Activity log writes some keys of the Server log in another case. */
const PAIR_SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['BLD', 'Bld'],
  ['ACTID', 'ActID'],
]);
const URLS: ReadonlySet<string> = new Set(['UrlStem', 'UrlQuery', 'URL', 'AnchorMailbox']);
const OF_EXTRACTS: ReadonlySet<string> = new Set(['layout', 'truncated', 'masked']);
const NO_PAIRS: ReadonlyMap<string, PairValue> = new Map();
const NO_FIELDS: ReadonlyMap<string, FieldValue> = new Map();
