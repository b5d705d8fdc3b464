import { isTime } from './edited-time.ts';
import { isMasked } from './edited-value.ts';

/** Columns that a row without a column line above it is taken to have. */
export interface AssumedLayout {
  /** Values behind those that are named have no name. */
  readonly names: readonly string[];
}

/**
 * The columns of a row that nobody named, by its shape: an HttpProxy row of 74 values, the columns of Exchange 2016 and
 * 2019, or at least the 29 columns that all versions begin with; or a row of the ECP Server log. A row that has another
 * number of values and not the shape is none.
 *
 * @returns what is missing, in words, for a row that begins like one of the log and cannot be read
 */
export function assumedLayout(values: readonly string[]): AssumedLayout | string | undefined {
  const [time = '', second = '', third = ''] = values;
  if (!isTime(time)) return undefined;
  if (
    values.length === ECP_LAYOUT.length &&
    /^ECP\./i.test(third) &&
    /(?:^|[;'])[A-Za-z0-9]{1,6}:[^=;]{1,64}=/.test(values[3] ?? '')
  )
    return { names: ECP_LAYOUT };
  if (!GUID.test(second) && !isMasked(second)) return undefined;
  if (isProxyShape(values)) {
    if (values.length === PROXY_LAYOUT.length) return { names: PROXY_LAYOUT };
    if (values.length >= LEAST) return { names: PROXY_LAYOUT.slice(0, Math.min(values.length, COMMON)) };
  }
  return `row has ${values.length} values, one of the HttpProxy log has ${PROXY_LAYOUT.length}; no column line says which are missing`;
}

/** Whether the values that have a form of their own stand in the places they have in every version of the log. */
function isProxyShape(values: readonly string[]): boolean {
  const fits = (name: string, form: RegExp): boolean => {
    const value = values[PROXY_LAYOUT.indexOf(name)] ?? '';
    return isMasked(value) || form.test(value);
  };
  return (
    fits('MajorVersion', /^(?:\d{1,2})?$/) &&
    fits('Protocol', /^(?:Autodiscover|Eas|Ecp|Ews|Mapi|Oab|Owa|OwaCalendar|PowerShell|RpcHttp|Rest|Unknown)$/i) &&
    fits('UrlStem', /^\//) &&
    fits('HttpStatus', /^(?:\d{3})?$/) &&
    fits('BackEndStatus', /^(?:\d{3}|[A-Za-z]{1,32})?$/) &&
    fits('Method', /^(?:[A-Z_]{3,16}|…|\.\.\.)?$/)
  );
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Exchange 2016 and 2019; the first 29 also Exchange 2013. */
export const PROXY_LAYOUT: readonly string[] = (
  'DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,ClientRequestId,Protocol,UrlHost,UrlStem,' +
  'ProtocolAction,AuthenticationType,IsAuthenticated,AuthenticatedUser,Organization,AnchorMailbox,UserAgent,' +
  'ClientIpAddress,ServerHostName,HttpStatus,BackEndStatus,ErrorCode,Method,ProxyAction,TargetServer,' +
  'TargetServerVersion,RoutingType,RoutingHint,BackEndCookie,ServerLocatorHost,ServerLocatorLatency,RequestBytes,' +
  'ResponseBytes,TargetOutstandingRequests,AuthModulePerfContext,HttpPipelineLatency,CalculateTargetBackEndLatency,' +
  'GlsLatencyBreakup,TotalGlsLatency,AccountForestLatencyBreakup,TotalAccountForestLatency,' +
  'ResourceForestLatencyBreakup,TotalResourceForestLatency,ADLatency,SharedCacheLatencyBreakup,' +
  'TotalSharedCacheLatency,ActivityContextLifeTime,ModuleToHandlerSwitchingLatency,ClientReqStreamLatency,' +
  'BackendReqInitLatency,BackendReqStreamLatency,BackendProcessingLatency,BackendRespInitLatency,' +
  'BackendRespStreamLatency,ClientRespStreamLatency,KerberosAuthHeaderLatency,HandlerCompletionLatency,' +
  'RequestHandlerLatency,HandlerToModuleSwitchingLatency,ProxyTime,CoreLatency,RoutingLatency,HttpProxyOverhead,' +
  'TotalRequestTime,RouteRefresherLatency,UrlQuery,BackEndGenericInfo,GenericInfo,GenericErrors,EdgeTraceId,' +
  'DatabaseGuid,UserADObjectGuid,PartitionEndpointLookupLatency,RoutingStatus'
).split(',');
const ECP_LAYOUT: readonly string[] = ['TimeStamp', 'ServerName', 'EventId', 'EventData'];
/** Through `BackEndCookie`. */
const COMMON = 29;
/** Through `BackEndStatus`. */
const LEAST = 21;
