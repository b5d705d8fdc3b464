/** What one kind of Exchange log is to the rest of the house. */
export interface Family {
  readonly kind: string;
  /** The unit of coverage, but for the protocol, which the row names. */
  readonly source: string;
  /** The column that names the machine which wrote the row; of message tracking no column does. */
  readonly host: string | undefined;
}

/**
 * The family of a log by its `#Log-type`, or, where no such line stood, by its columns.
 *
 * @param columns lower case
 */
export function familyOf(logType: string | undefined, columns: ReadonlySet<string>): Family {
  if (logType === undefined)
    return BY_COLUMNS.find(({ has }) => has.every((name) => columns.has(name)))?.family ?? unnamed(columns);
  return BY_TYPE.find(({ type }) => type.test(logType))?.family ?? other(logType, columns);
}

/**
 * Whether a list of columns is one that somebody may have picked from a log of ours and exported: two columns of the
 * HttpProxy log with the URL or the anchor among them, or an ECP log's `EventData` with nothing foreign beside it.
 */
export function isExtract(columns: readonly string[]): boolean {
  const names = columns.map((name) => name.toLowerCase());
  const proxied = names.filter((name) => PROXY_COLUMNS.has(name)).length;
  if (proxied >= 2 && (names.includes('anchormailbox') || names.includes('urlstem'))) return true;
  return names.includes('eventdata') && names.every((name) => ECP_COLUMNS.has(name));
}

/** Whether a list of columns heads a log of Exchange: one of its time columns and the names of nothing but columns. */
export function isColumnList(columns: readonly string[]): boolean {
  if (columns.length < 3 || !columns.every((name) => /^[A-Za-z][\w.-]{0,63}$/.test(name))) return false;
  return columns.some((name) => TIME_COLUMNS.includes(name.toLowerCase()));
}

/** In order of preference; all are UTC and ISO 8601. Lower case. */
export const TIME_COLUMNS: readonly string[] = ['datetime', 'timestamp', 'mytimestamp', 'date-time'];

function other(logType: string, columns: ReadonlySet<string>): Family {
  const kebab = logType
    .slice(0, 64)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return { kind: 'exchange.log', source: `exchange-log:${kebab === '' ? '?' : kebab}`, host: hostColumn(columns) };
}

function unnamed(columns: ReadonlySet<string>): Family {
  return { kind: 'exchange.log', source: 'exchange-log:?', host: hostColumn(columns) };
}

function hostColumn(columns: ReadonlySet<string>): string | undefined {
  return ['serverhostname', 'servername'].find((name) => columns.has(name));
}

const PROXY: Family = { kind: 'http.proxy', source: 'http-proxy', host: 'serverhostname' };
const ECP_SERVER: Family = { kind: 'ecp.server', source: 'ecp-server', host: 'servername' };
const ECP_ACTIVITY: Family = { kind: 'ecp.activity', source: 'ecp-activity', host: 'servername' };
const OAB: Family = { kind: 'oab.generator', source: 'oab-generator', host: undefined };
const EWS: Family = { kind: 'ews.request', source: 'ews', host: 'serverhostname' };
const CMDLET: Family = { kind: 'cmdlet.execution', source: 'cmdlet-infra', host: 'serverhostname' };
const CMDLET_HTTP: Family = { kind: 'cmdlet.http', source: 'cmdlet-infra-http', host: 'serverhostname' };
const AUDIT: Family = { kind: 'exchange.audit', source: 'exchange-audit', host: 'server' };
const TRACKING: Family = { kind: 'message.tracking', source: 'message-tracking', host: undefined };

const BY_TYPE: readonly { readonly type: RegExp; readonly family: Family }[] = [
  { type: /^http ?proxy\b/i, family: PROXY },
  { type: /^ecp server\b/i, family: ECP_SERVER },
  { type: /^ecp activity\b/i, family: ECP_ACTIVITY },
  { type: /^oab ?generator log$/i, family: OAB },
  { type: /^ews\b/i, family: EWS },
  { type: /^rps cmdlet\b/i, family: CMDLET },
  { type: /^rps http\b/i, family: CMDLET_HTTP },
  { type: /^audit$/i, family: AUDIT },
  { type: /^message tracking\b/i, family: TRACKING },
];

/** The first whose columns are all there. The two ECP logs have the same columns; without its type a log is the Server's. */
const BY_COLUMNS: readonly { readonly has: readonly string[]; readonly family: Family }[] = [
  { has: ['anchormailbox'], family: PROXY },
  { has: ['urlstem', 'protocol'], family: PROXY },
  { has: ['mytimestamp', 'eventdata'], family: ECP_ACTIVITY },
  { has: ['eventdata'], family: ECP_SERVER },
  { has: ['oabguid', 'recordtype'], family: OAB },
  { has: ['soapaction', 'impersonateduser'], family: EWS },
  { has: ['cmdlet', 'parameters'], family: CMDLET },
  { has: ['shellid', 'commandname'], family: CMDLET_HTTP },
  { has: ['recordtype', 'operation', 'workload'], family: AUDIT },
  { has: ['internal-message-id', 'event-id'], family: TRACKING },
  { has: ['urlstem'], family: PROXY },
];

const ECP_COLUMNS: ReadonlySet<string> = new Set([
  'timestamp',
  'mytimestamp',
  'datetime',
  'servername',
  'eventid',
  'eventdata',
]);

const PROXY_COLUMNS: ReadonlySet<string> = new Set([
  'datetime',
  'requestid',
  'majorversion',
  'minorversion',
  'buildversion',
  'revisionversion',
  'clientrequestid',
  'protocol',
  'urlhost',
  'urlstem',
  'protocolaction',
  'authenticationtype',
  'isauthenticated',
  'authenticateduser',
  'organization',
  'anchormailbox',
  'useragent',
  'clientipaddress',
  'serverhostname',
  'httpstatus',
  'backendstatus',
  'errorcode',
  'method',
  'proxyaction',
  'targetserver',
  'targetserverversion',
  'routingtype',
  'routinghint',
  'backendcookie',
  'requestbytes',
  'responsebytes',
  'totalrequesttime',
  'urlquery',
  'genericinfo',
  'genericerrors',
]);
