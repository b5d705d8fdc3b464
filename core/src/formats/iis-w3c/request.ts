import type { Micros } from '../../model/evidence.ts';
import type { EvidenceRecord, Extent, FieldValue } from '../../model/reading.ts';
import { detached, excerptOf } from '../../bytes/text.ts';
import { lastParameter, urlPath, userAgentText, wholeUrl } from '../../bytes/url.ts';
import { editedValue, isCut, isLost, isMasked, mayLose } from '../exchange-csv/edited-value.ts';
import { valueOf } from './layout.ts';
import type { Layout } from './layout.ts';

/** What the reader knows of a line before anybody asks for a field. */
export interface RequestLine {
  /** The whole line, as it stands in the artifact. */
  readonly text: string;
  /** The line whose values, cut at single spaces, fit the layout; differs from `text` only where IIS doubled a space. */
  readonly fitted: string;
  readonly layout: Layout;
  readonly source: string | undefined;
  readonly at: Micros | undefined;
  readonly host: string | undefined;
  readonly origin: Extent;
  /** The values, where the line is not cut at spaces. */
  readonly values?: readonly string[];
  /** Set where somebody cut the line out of a log, and may have changed it. */
  readonly edited?: { readonly isAssumed: boolean };
}

/**
 * One request that an IIS site answered: a line of a W3C extended log.
 *
 * Fields are those of `#Fields`, as text; `-` is no value. Besides them, the derived ones that checks of all formats
 * speak:
 *
 * - `url-path`: `cs-uri-stem` as `urlPath` reads it; `url`: stem and query as `wholeUrl` does
 * - `client`: `c-ip`, which is the load balancer's where there is one; `X-Forwarded-For` is not looked at
 * - `method`, `user` (`cs-username`), `status` (`sc-status` as a number)
 * - `user-agent`: `cs(User-Agent)` with spaces for `+`, runs of spaces made one
 * - `request-id`: the `cafeReqId` that Exchange appends to the query, lower case; the `RequestId` of the HttpProxy log
 *
 * - of a line that somebody cut out: `layout` is `assumed` where no column line names the values; `truncated` is true where a
 *   value is cut, `masked` where one was blotted out. A mask is no value, and nothing is derived from a URL that is cut.
 *
 * Values are cut from the line when the first field is asked for.
 */
export class Request implements EvidenceRecord {
  readonly is = 'record';
  readonly kind = 'http.request';
  source: string | undefined;
  readonly at: Micros | undefined;
  readonly host: string | undefined;
  origin: Extent;
  readonly text: string;
  readonly #fitted: string;
  readonly #layout: Layout;
  readonly #extract: { readonly isAssumed: boolean } | undefined;
  #values: readonly string[] | undefined;

  constructor(line: RequestLine) {
    this.source = line.source;
    this.at = line.at;
    this.host = line.host;
    this.origin = line.origin;
    this.text = line.text;
    this.#fitted = line.fitted;
    this.#layout = line.layout;
    this.#values = line.values;
    this.#extract = line.edited;
  }

  get(field: string): FieldValue {
    const place = this.#layout.places.get(field);
    if (place === undefined) return DERIVED.get(field)?.((name) => this.#ask(name)) ?? this.#edited(field);
    const value = this.#value(place);
    return value === undefined ? undefined : detached(value);
  }

  fields(): readonly string[] {
    const names = [
      ...this.#layout.places.keys(),
      ...DERIVED.keys(),
      ...(this.#extract === undefined ? [] : OF_EXTRACTS),
    ];
    return names.filter((name) => this.get(name) !== undefined);
  }

  excerpt(): string {
    return excerptOf(this.text);
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
    const { names } = this.#layout;
    return this.#cut().flatMap((value, place) => (place < names.length && isLost(value) ? [names[place] ?? ''] : []));
  }

  #ask(name: string): string | undefined {
    const place = this.#layout.places.get(name);
    const value = place === undefined ? undefined : this.#value(place);
    return value !== undefined && this.#extract !== undefined && URLS.has(name) && isCut(value) ? undefined : value;
  }

  #value(place: number): string | undefined {
    const value = valueOf(this.#cut()[place]);
    return value === undefined || this.#extract === undefined ? value : editedValue(value);
  }

  #edited(field: string): FieldValue {
    if (this.#extract === undefined || !OF_EXTRACTS.includes(field)) return undefined;
    if (field === 'layout') return this.#extract.isAssumed ? 'assumed' : undefined;
    const test = field === 'truncated' ? isCut : isMasked;
    return this.#cut().some((value) => test(value)) ? true : undefined;
  }

  #cut(): readonly string[] {
    this.#values ??= this.#fitted.split(' ');
    return this.#values;
  }
}

const URLS: ReadonlySet<string> = new Set(['cs-uri-stem', 'cs-uri-query']);
const OF_EXTRACTS: readonly string[] = ['layout', 'truncated', 'masked'];

type Ask = (name: string) => string | undefined;

const DERIVED: ReadonlyMap<string, (ask: Ask) => FieldValue> = new Map<string, (ask: Ask) => FieldValue>([
  ['url-path', (ask) => mapped(ask('cs-uri-stem'), urlPath)],
  ['url', (ask) => mapped(ask('cs-uri-stem'), (stem) => wholeUrl(stem, ask('cs-uri-query')))],
  ['client', (ask) => mapped(ask('c-ip'), detached)],
  ['method', (ask) => mapped(ask('cs-method'), detached)],
  ['status', (ask) => mapped(ask('sc-status'), (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined))],
  ['user', (ask) => mapped(ask('cs-username'), detached)],
  ['user-agent', (ask) => mapped(ask('cs(User-Agent)'), (text) => userAgentText(text, { plusIsSpace: true }))],
  ['request-id', (ask) => mapped(ask('cs-uri-query'), (query) => lastParameter(query, 'cafeReqId')?.toLowerCase())],
]);

function mapped<T>(text: string | undefined, map: (text: string) => T): T | undefined {
  return text === undefined ? undefined : map(text);
}
