import type { Micros } from '../../model/evidence.ts';
import type { EvidenceRecord, Extent, FieldValue } from '../../model/reading.ts';
import { detached, excerptOf } from '../../bytes/text.ts';
import { lastParameter, urlPath, userAgentText, wholeUrl } from '../../bytes/url.ts';
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
 * Values are cut from the line when the first field is asked for.
 */
export class Request implements EvidenceRecord {
  readonly is = 'record';
  readonly kind = 'http.request';
  readonly source: string | undefined;
  readonly at: Micros | undefined;
  readonly host: string | undefined;
  readonly origin: Extent;
  readonly text: string;
  readonly #fitted: string;
  readonly #layout: Layout;
  #values: readonly string[] | undefined;

  constructor(line: RequestLine) {
    this.source = line.source;
    this.at = line.at;
    this.host = line.host;
    this.origin = line.origin;
    this.text = line.text;
    this.#fitted = line.fitted;
    this.#layout = line.layout;
  }

  get(field: string): FieldValue {
    const place = this.#layout.places.get(field);
    if (place === undefined) return DERIVED.get(field)?.((name) => this.#value(name));
    const value = valueOf(this.#cut()[place]);
    return value === undefined ? undefined : detached(value);
  }

  fields(): readonly string[] {
    const names = [...this.#layout.places.keys(), ...DERIVED.keys()];
    return names.filter((name) => this.get(name) !== undefined);
  }

  excerpt(): string {
    return excerptOf(this.text);
  }

  #value(name: string): string | undefined {
    const place = this.#layout.places.get(name);
    return place === undefined ? undefined : valueOf(this.#cut()[place]);
  }

  #cut(): readonly string[] {
    this.#values ??= this.#fitted.split(' ');
    return this.#values;
  }
}

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
