import type { EvidenceRecord, FieldValue } from '../../model/reading.ts';
import type { FieldReader } from './field-text.ts';
import { fieldReader, textsOf } from './field-text.ts';

/**
 * Words of the Sigma taxonomy for web servers, and where the two web logs keep them. IIS writes `cs(User-Agent)` where
 * the taxonomy says `cs-user-agent`; HttpProxy has columns of its own.
 *
 * Foreign rules put whole URLs into `cs-uri-query` (most of SigmaHQ's do) and user agents with real spaces. `foreign`
 * lets these two words also mean the whole URL and the decoded user agent; a rule of a pack means the column.
 *
 * @see Sigma taxonomy appendix 2.1, Specific, `category: webserver`
 */
export function webAliases(
  kind: 'http.request' | 'http.proxy',
  options: { foreign: boolean },
): ReadonlyMap<string, FieldReader> {
  const names = kind === 'http.request' ? IIS_NAMES : PROXY_NAMES;
  const aliases = new Map([...names].map(([word, fields]) => [word, anyField(word, fields)]));
  if (!options.foreign) return aliases;
  const [stem, query] = kind === 'http.request' ? ['cs-uri-stem', 'cs-uri-query'] : ['UrlStem', 'UrlQuery'];
  aliases.set('cs-uri-query', {
    name: `${query} as any part of the URL`,
    distance: 'decoded',
    read: (record) => urlForms(record, stem, query),
  });
  const agents = names.get('cs-user-agent') ?? [];
  for (const word of ['cs-user-agent', 'c-useragent']) aliases.set(word, anyField(word, [...agents, 'user-agent']));
  return aliases;
}

const IIS_NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['cs-user-agent', ['cs(User-Agent)']],
  ['c-useragent', ['cs(User-Agent)']],
  ['cs-referer', ['cs(Referer)']],
  ['cs-referrer', ['cs(Referer)']],
  ['cs-cookie', ['cs(Cookie)']],
  ['cs-host', ['cs-host', 'cs(Host)']],
]);

const PROXY_NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['c-ip', ['ClientIpAddress']],
  ['cs-method', ['Method']],
  ['cs-uri-stem', ['UrlStem']],
  ['cs-uri-query', ['UrlQuery']],
  ['cs-user-agent', ['UserAgent']],
  ['c-useragent', ['UserAgent']],
  ['cs-username', ['AuthenticatedUser']],
  ['cs-host', ['UrlHost']],
  ['sc-status', ['HttpStatus']],
  ['s-computername', ['ServerHostName']],
]);

/** The values of the first name and of all others. */
function anyField(word: string, fields: readonly string[]): FieldReader {
  const [only = word, ...more] = fields;
  if (more.length === 0) return fieldReader(only);
  return { name: `${word} as ${fields.join(', ')}`, read: (record) => valuesOf(record, fields) };
}

function valuesOf(record: EvidenceRecord, fields: readonly string[]): FieldValue {
  const values = fields.flatMap((field) => textsOf(record.get(field)));
  return values.length === 0 ? undefined : values;
}

/** The query, stem and query as they were sent, and the decoded URL. */
function urlForms(record: EvidenceRecord, stem: string, query: string): FieldValue {
  const [path] = textsOf(record.get(stem));
  const [search] = textsOf(record.get(query));
  const forms: string[] = [];
  if (search !== undefined) forms.push(search);
  if (path !== undefined)
    forms.push(search === undefined || search === '-' ? path : `${path}?${search.replace(/^\?/, '')}`);
  forms.push(...textsOf(record.get('url')));
  return forms.length === 0 ? undefined : forms;
}
