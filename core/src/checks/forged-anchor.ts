import { percentDecoded, urlPath } from '../bytes/url.ts';
import type { Check, Hit, Refusal, RuleMeta } from '../model/check.ts';
import type { Entity } from '../model/finding.ts';
import type { EvidenceRecord } from '../model/reading.ts';

/**
 * Rows of the front-end proxy whose back end was named by the client (CVE-2021-26855).
 *
 * `AnchorMailbox` of such a row is `ServerInfo~<host>` where the host is no valid DNS name: the client put a path, a
 * port or a user part into the cookie that names the back end. The security update rejects exactly that
 * (`Uri.CheckHostName(host) == Dns`), so a fixed server cannot log such a row. Which rule fires says where the forged
 * request went and whether it was answered. A valid DNS name that is not the server itself is only `foreign-anchor`.
 */
export function forgedAnchor(metas: ReadonlyMap<string, RuleMeta>, _options: unknown): readonly Check[] | Refusal {
  const unknown = [...metas.keys()].find((id) => !FORGED_ANCHOR_RULES.includes(id));
  if (unknown !== undefined) return { says: `expected one of ${FORGED_ANCHOR_RULES.join(', ')}, found ${unknown}` };
  let seen: EvidenceRecord | undefined;
  let met: Met | undefined;
  const classify = (record: EvidenceRecord): Met | undefined => {
    // All rules of this check look at the same row in turn; it is taken apart once.
    if (record !== seen) {
      seen = record;
      met = classifyRow(record);
    }
    return met;
  };
  return [...metas.values()].map((meta) => ({
    meta,
    interest: { kinds: ['http.proxy'], literals: ['serverinfo~'] },
    watch: () => ({
      see: (record) => {
        const found = classify(record);
        return found?.rule === meta.id ? hitOf(record, found) : undefined;
      },
    }),
  }));
}

/** Rule ids that this check can fire; a pack gives each a meta. */
export const FORGED_ANCHOR_RULES: readonly string[] = [
  'ssrf-scanner',
  'ssrf-scanner-unanswered',
  'ssrf-out-of-band',
  'ssrf-autodiscover',
  'ssrf-unanswered',
  'ssrf-mapi-answered',
  'ssrf-admin-session',
  'ssrf-admin-api',
  'ssrf-set-object',
  'ssrf-reset-object',
  'ssrf-ews-read',
  'ssrf-processed',
  'ssrf-served',
  'foreign-anchor',
];

/** Whether a host is what `Uri.CheckHostName` calls a DNS name: labels of letters, digits, `-` and `_`, at most 255. */
export function isDnsName(host: string): boolean {
  if (host.length === 0 || host.length > 255 || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) return false;
  return host
    .split('.')
    .every((label, index, all) => DNS_LABEL.test(label) || (label === '' && index === all.length - 1 && index > 0));
}

interface Met {
  readonly rule: string;
  readonly anchor: string;
  readonly target: string;
}

function classifyRow(record: EvidenceRecord): Met | undefined {
  const mailbox = record.get('AnchorMailbox');
  if (typeof mailbox !== 'string') return undefined;
  const prefix = /serverinfo~/i.exec(mailbox);
  if (prefix === null) return undefined;
  const anchor = mailbox.slice(prefix.index + prefix[0].length);
  const host = anchor.replace(/~\d+$/, '').trim();
  if (host === '') return undefined;
  if (isDnsName(host) || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host))
    return foreign(host, record) ? { rule: 'foreign-anchor', anchor, target: '' } : undefined;
  const slash = host.indexOf('/');
  const target = textOf(record, 'anchor-target') ?? (slash < 0 ? '' : host.slice(slash).toLowerCase());
  const asked = slash < 0 ? target : host.slice(slash);
  return { rule: ruleOf(slash < 0 ? host : host.slice(0, slash), asked, record), anchor, target };
}

/** @param asked path and query that the client put behind the host, as it wrote them */
function ruleOf(authority: string, asked: string, record: EvidenceRecord): string {
  const status = numberOf(record, 'HttpStatus');
  const answered = textOf(record, 'BackEndStatus') !== undefined;
  // What counts is where the back end was asked. A harmless name in the query, or in front of `..`, changes nothing.
  const query = asked.search(/[?#]/);
  const target = urlPath(query < 0 ? asked : asked.slice(0, query));
  if (status === 241 && target.includes('/ecp/proxylogon.ecp')) return 'ssrf-admin-session';
  const rule = status === 200 ? answeredRule(target, asked) : undefined;
  if (rule !== undefined) return rule;
  if (authority.toLowerCase() === 'localhost' && SCANNER_TARGETS.some((t) => target.startsWith(t))) {
    return answered ? 'ssrf-scanner' : 'ssrf-scanner-unanswered';
  }
  if (target.includes('/autodiscover/autodiscover.xml')) return answered ? 'ssrf-autodiscover' : 'ssrf-unanswered';
  // Only what asks for none of the places that the attack needs is a test whether the server can reach outside.
  if (isDnsName(authority) && authority.includes('.') && foreign(authority, record))
    return answered ? 'ssrf-out-of-band' : 'ssrf-unanswered';
  if (!answered) return 'ssrf-unanswered';
  // What another interface gave out is not known: success is not the same as an answer that refuses.
  return status !== undefined && status >= 200 && status < 300 ? 'ssrf-served' : 'ssrf-processed';
}

/** What a request was for that the back end answered with 200. No pattern that looks twice: its text is a stranger's. */
function answeredRule(target: string, asked: string): string | undefined {
  if (target.includes('/mapi/emsmdb')) return 'ssrf-mapi-answered';
  if (target.includes('/ddiservice.svc/setobject'))
    return /[?&]schema=reset/i.test(percentDecoded(asked, 2)) ? 'ssrf-reset-object' : 'ssrf-set-object';
  return ANSWERED_200.find(([part]) => target.includes(part))?.[1];
}

/** A host that is neither this machine nor one of the same domain. */
function foreign(host: string, record: EvidenceRecord): boolean {
  const name = host.toLowerCase();
  if (name === 'localhost') return false;
  const own = [textOf(record, 'ServerHostName'), textOf(record, 'UrlHost')].flatMap((v) =>
    v === undefined ? [] : [v.toLowerCase()],
  );
  const label = name.split('.')[0] ?? name;
  if (own.some((o) => o === name || o.split('.')[0] === label)) return false;
  // A single label is how servers of the own organisation name each other.
  if (!name.includes('.')) return false;
  const domain = name.slice(name.indexOf('.') + 1);
  return !own.some(
    (o) => o.includes('.') && (o.endsWith(`.${domain}`) || domain.endsWith(o.slice(o.indexOf('.') + 1))),
  );
}

function hitOf(record: EvidenceRecord, met: Met): Hit {
  const entities: Entity[] = [];
  const add = (kind: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') entities.push({ kind, value: value.slice(0, 512) });
  };
  add('address', textOf(record, 'ClientIpAddress'));
  add('target', met.target);
  add('anchor', met.anchor);
  add('carrier', textOf(record, 'UrlStem')?.toLowerCase());
  add('canary', textOf(record, 'canary'));
  add('user-agent', textOf(record, 'UserAgent'));
  return { entities };
}

function textOf(record: EvidenceRecord, field: string): string | undefined {
  const value = record.get(field);
  return value === undefined || value === '' || value === '-' || typeof value === 'object' ? undefined : String(value);
}

function numberOf(record: EvidenceRecord, field: string): number | undefined {
  const text = textOf(record, field);
  return text === undefined || !/^\d{1,4}$/.test(text) ? undefined : Number(text);
}

const DNS_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const SCANNER_TARGETS = ['/owa/auth/logon.aspx', '/ecp/default.flt'];
const ANSWERED_200: readonly (readonly [string, string])[] = [
  ['/ddiservice.svc/getobject', 'ssrf-admin-api'],
  ['/ddiservice.svc/getlist', 'ssrf-admin-api'],
  ['/ews/exchange.asmx', 'ssrf-ews-read'],
];
