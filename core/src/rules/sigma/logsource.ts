import { quoted } from '../rule-error.ts';
import type { FieldReader } from './field-text.ts';
import { webAliases } from './web-field.ts';
import type { EventScope } from './windows-log.ts';
import { channelsOf, eventsOf } from './windows-log.ts';

/** What a rule says it is about. */
export interface LogSource {
  readonly category: string | undefined;
  readonly product: string | undefined;
  readonly service: string | undefined;
}

/** One kind of record a log source means; for Windows events also which of them. */
export interface Scope {
  readonly kind: string;
  /** Names of the taxonomy that this kind of record spells otherwise. */
  readonly aliases: ReadonlyMap<string, FieldReader>;
  readonly event: EventScope | undefined;
}

export interface UnknownLogSource {
  readonly code: 'R020' | 'R021';
  readonly says: string;
}

const NO_ALIASES: ReadonlyMap<string, FieldReader> = new Map();

/** Logs of Exchange by `service`, and the kind of their records. */
const EXCHANGE: ReadonlyMap<string, string> = new Map([
  ['http-proxy', 'http.proxy'],
  ['ecp-server', 'ecp.server'],
  ['ecp-activity', 'ecp.activity'],
  ['oab-generator', 'oab.generator'],
  ['ews', 'ews.request'],
  ['cmdlet', 'cmdlet.execution'],
  ['cmdlet-http', 'cmdlet.http'],
  ['audit', 'exchange.audit'],
  ['message-tracking', 'message.tracking'],
]);

const IIS_CONFIG = ['iis.module', 'iis.handler', 'iis.virtual-directory', 'iis.setting'] as const;
const WEB_PRODUCTS: ReadonlySet<string> = new Set(['windows', 'exchange']);

/** Logs that Sigma knows and no format of ours reads. A rule about them must not look as if it had been tried. */
const FOREIGN_PRODUCTS: ReadonlySet<string> = new Set(
  'linux macos zeek okta cisco fortios fortigate paloalto juniper huawei aws azure gcp m365 github onelogin bitbucket django python sql spring jvm nodejs ruby_on_rails velocity rpc_firewall modsecurity kubernetes opencanary apache nginx tomcat'.split(
    ' ',
  ),
);
const FOREIGN_CATEGORIES: ReadonlySet<string> = new Set(
  'proxy dns firewall antivirus application database network appliance'.split(' '),
);
const FOREIGN_SERVICES: ReadonlySet<string> = new Set(
  'apache nginx auditd auth clamav cron guacamole sudo sshd syslog vsftpd'.split(' '),
);

/**
 * The records a log source means.
 *
 * @param options.foreign the rule was not written for Afterpatch; see `webAliases`
 */
export function scopesOf(source: LogSource, options: { foreign: boolean }): readonly Scope[] | UnknownLogSource {
  const { category, product, service } = source;
  if (product !== undefined && FOREIGN_PRODUCTS.has(product)) return unread(`logs of product ${quoted(product)}`);
  if (category === 'webserver') return webScopes(source, options);
  if (category === 'file_entry' && service === undefined) return [scope('file')];
  if (category === 'iis_config' && service === undefined) return IIS_CONFIG.map((kind) => scope(kind));
  if (product === 'exchange') return exchangeScopes(source, options);
  if (product === undefined || product === 'windows') {
    const windows = windowsScopes(source);
    if (windows !== undefined) return windows;
  }
  if (category !== undefined && FOREIGN_CATEGORIES.has(category)) return unread(`logs of category ${quoted(category)}`);
  if (service !== undefined && FOREIGN_SERVICES.has(service)) return unread(`logs of service ${quoted(service)}`);
  return unknown(source);
}

function webScopes(source: LogSource, options: { foreign: boolean }): readonly Scope[] | UnknownLogSource {
  const { product, service } = source;
  if (service !== undefined)
    return FOREIGN_SERVICES.has(service) ? unread(`logs of service ${quoted(service)}`) : unknown(source);
  const iis: Scope = { kind: 'http.request', aliases: webAliases('http.request', options), event: undefined };
  if (product === 'iis') return [iis];
  if (product !== undefined && !WEB_PRODUCTS.has(product)) return unknown(source);
  return [iis, { kind: 'http.proxy', aliases: webAliases('http.proxy', options), event: undefined }];
}

function exchangeScopes(source: LogSource, options: { foreign: boolean }): readonly Scope[] | UnknownLogSource {
  const kind = source.service === undefined ? undefined : EXCHANGE.get(source.service);
  if (kind === undefined || source.category !== undefined) {
    return { code: 'R020', says: `product 'exchange' needs one of the services ${[...EXCHANGE.keys()].join(', ')}` };
  }
  return [kind === 'http.proxy' ? { kind, aliases: webAliases(kind, options), event: undefined } : scope(kind)];
}

/** Events by category, by service, by both, or all of them for `product: windows` alone. */
function windowsScopes({ category, product, service }: LogSource): readonly Scope[] | undefined {
  const channels = service === undefined ? undefined : channelsOf(service);
  const events = category === undefined ? undefined : eventsOf(category);
  if ((service !== undefined && channels === undefined) || (category !== undefined && events === undefined))
    return undefined;
  if (events === undefined && channels === undefined)
    return product === 'windows' ? [scope('windows.event')] : undefined;
  const chosen = events ?? [{ channels: channels ?? [], eventIds: [], provider: undefined, aliases: NO_ALIASES }];
  const both =
    channels === undefined
      ? chosen
      : chosen.filter((event) => event.channels.some((channel) => channels.includes(channel)));
  return both.length === 0
    ? undefined
    : both.map((event) => ({ kind: 'windows.event', aliases: event.aliases, event }));
}

function scope(kind: string): Scope {
  return { kind, aliases: NO_ALIASES, event: undefined };
}

function unread(what: string): UnknownLogSource {
  return { code: 'R021', says: `${what} are not read` };
}

function unknown({ category, product, service }: LogSource): UnknownLogSource {
  const named = [
    category === undefined ? '' : `category ${quoted(category)}`,
    product === undefined ? '' : `product ${quoted(product)}`,
    service === undefined ? '' : `service ${quoted(service)}`,
  ];
  return { code: 'R020', says: `unknown log source: ${named.filter((part) => part !== '').join(', ')}` };
}
