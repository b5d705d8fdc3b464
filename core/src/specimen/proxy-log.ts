import { PROTOCOLS } from './call.ts';
import type { Call, Protocol } from './call.ts';
import { logFile } from './exchange-log.ts';
import { frontEndBuildAt, paddedBuild } from './scenario.ts';
import { HOUR, hourName, isoStamp } from './stamp.ts';
import type { SpecimenFile } from './specimen-file.ts';
import type { Requests } from './traffic.ts';
import type { World } from './world.ts';

/** The columns of Exchange 2016 and 2019; 74, the same in every folder. */
export const PROXY_FIELDS: readonly string[] =
  'DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,ClientRequestId,Protocol,UrlHost,UrlStem,ProtocolAction,AuthenticationType,IsAuthenticated,AuthenticatedUser,Organization,AnchorMailbox,UserAgent,ClientIpAddress,ServerHostName,HttpStatus,BackEndStatus,ErrorCode,Method,ProxyAction,TargetServer,TargetServerVersion,RoutingType,RoutingHint,BackEndCookie,ServerLocatorHost,ServerLocatorLatency,RequestBytes,ResponseBytes,TargetOutstandingRequests,AuthModulePerfContext,HttpPipelineLatency,CalculateTargetBackEndLatency,GlsLatencyBreakup,TotalGlsLatency,AccountForestLatencyBreakup,TotalAccountForestLatency,ResourceForestLatencyBreakup,TotalResourceForestLatency,ADLatency,SharedCacheLatencyBreakup,TotalSharedCacheLatency,ActivityContextLifeTime,ModuleToHandlerSwitchingLatency,ClientReqStreamLatency,BackendReqInitLatency,BackendReqStreamLatency,BackendProcessingLatency,BackendRespInitLatency,BackendRespStreamLatency,ClientRespStreamLatency,KerberosAuthHeaderLatency,HandlerCompletionLatency,RequestHandlerLatency,HandlerToModuleSwitchingLatency,ProxyTime,CoreLatency,RoutingLatency,HttpProxyOverhead,TotalRequestTime,RouteRefresherLatency,UrlQuery,BackEndGenericInfo,GenericInfo,GenericErrors,EdgeTraceId,DatabaseGuid,UserADObjectGuid,PartitionEndpointLookupLatency,RoutingStatus'.split(
    ',',
  );

/** What Exchange 2013 does not write: the caches and the routing block came later. */
const NOT_IN_2013: ReadonlySet<string> = new Set([
  'SharedCacheLatencyBreakup',
  'TotalSharedCacheLatency',
  'KerberosAuthHeaderLatency',
  'HandlerCompletionLatency',
  'RouteRefresherLatency',
  'EdgeTraceId',
  'DatabaseGuid',
  'UserADObjectGuid',
  'PartitionEndpointLookupLatency',
  'RoutingStatus',
]);

/**
 * The hourly logs of the front-end proxy module, a folder for each protocol. A row lies in the folder of the URL that
 * was asked for, wherever the request was sent. Files are not cut at Exchange's 10 MB.
 */
export function proxyLogs(world: World, requests: Requests): readonly SpecimenFile[] {
  const files: SpecimenFile[] = [];
  const old = world.server.product === '2013';
  const fields = old ? PROXY_FIELDS.filter((f) => !NOT_IN_2013.has(f)) : PROXY_FIELDS;
  for (const protocol of PROTOCOLS) {
    for (let hour = Math.floor(world.proxyFrom / HOUR) * HOUR; hour < world.collected; hour += HOUR) {
      if (!world.keeps('http-proxy', hour, protocol) && !world.keeps('http-proxy', hour + HOUR - 1, protocol)) continue;
      files.push(
        logFile(world, {
          path: `${world.server.install}/Logging/HttpProxy/${protocol}/HttpProxy_${hourName(hour)}-1.LOG`,
          type: 'HttpProxy Logs',
          fields: fields.join(','),
          from: hour,
          to: hour + HOUR,
          version: (at) => paddedBuild(frontEndBuildAt(world.server, at * 1000)),
          *rows() {
            for (const call of requests.proxied(hour, protocol)) {
              if (world.keeps('http-proxy', call.at, protocol))
                yield { at: call.at, text: old ? shortRow(world, call, protocol) : row(world, call, protocol) };
            }
          },
        }),
      );
    }
  }
  return files;
}

/** One row of 74 values, without the line end. */
export function row(world: World, call: Call, protocol: Protocol): string {
  const { routing } = call;
  const cache = routing === undefined ? ',,,,,,,,,,' : '0,0,,0,,0,,0,0,,0';
  return `${front(world, call, protocol, false)},,,${call.sent},${call.received === 0 ? '' : call.received},,,${cache},${latencies(call)},,${queryOf(call)},,${generic(call)},${call.error},,${databaseOf(call)},,,${routing === undefined ? '' : 'CafeV1'}`;
}

/** The 18 values from `ActivityContextLifeTime` to `TotalRequestTime`, in milliseconds. */
function latencies(call: Call): string {
  const { routing, took } = call;
  if (routing === undefined) return `${took},,,,,,,,,,,,,,${took},,${took},${took}`;
  if (routing.status === 0) return `${took},0,,,,,,,,,0,${took},0,,${took},,${took},${took}`;
  return `${took},0,0,1,0,${Math.max(0, took - 4)},0,0,0,0,0,${took},0,${Math.max(0, took - 3)},2,3,3,${took}`;
}

/** One row of Exchange 2013. */
function shortRow(world: World, call: Call, protocol: Protocol): string {
  const { took } = call;
  return `${front(world, call, protocol, true)},,,${call.sent},${call.received === 0 ? '' : call.received},1,,0,0,,0,,0,,0,0,${took},0,0,1,0,${Math.max(0, took - 4)},0,0,0,${took},0,${Math.max(0, took - 3)},1,2,2,${took},${queryOf(call)},,${generic(call)},${call.error}`;
}

/** The first 29 values, `DateTime` to `BackEndCookie`. */
function front(world: World, call: Call, protocol: Protocol, old: boolean): string {
  const { routing } = call;
  const known = call.user === '' ? (old ? 'False' : 'false') : old ? 'True' : 'true';
  const asked = `${isoStamp(call.at)},${call.id},${world.columns(call.at)},${call.clientId},${protocol},${call.urlHost},${call.stem},,${call.auth},${known},${call.user},,${routing?.anchor.replaceAll(',', ' ') ?? ''},${call.agent.proxy},${call.address},${world.server.name},${call.status}`;
  if (routing === undefined) return `${asked},,,${call.method},,,,,,`;
  return `${asked},${routing.status === 0 ? '' : routing.status},,${call.method},${routing.server === '' ? '' : 'Proxy'},${routing.server},${routing.version},${routing.type},${routing.hint},${routing.cookie}`;
}

function queryOf(call: Call): string {
  return call.query === '' ? '' : `?${call.query.replaceAll(',', ' ')}`;
}

function databaseOf(call: Call): string {
  const database = call.routing?.database ?? '';
  return database === '' ? '' : `|RoutingDB:${database}`;
}

function generic(call: Call): string {
  const { routing, at, took } = call;
  const begin = isoStamp(at - took);
  const end = isoStamp(at);
  if (routing === undefined)
    return `BeginRequest=${begin};CorrelationID=<empty>;SharedCacheGuard=0;${call.remarks}EndRequest=${end};`;
  const number = routing.number === 0 ? '' : `FEAuth=BEVersion-${routing.number};`;
  const run = `BeginRequest=${begin};CorrelationID=<empty>;ProxyState-Run=None;${number}${call.remarks}`;
  if (routing.server === '') return `${run}SharedCacheGuard=0;EndRequest=${end};`;
  if (routing.status === 0)
    return `${run}ProxyState-Complete=PrepareServerRequest;SharedCacheGuard=0;EndRequest=${end};`;
  const asked = isoStamp(at - Math.max(1, took - 2));
  return `${run}BeginGetResponse=${asked};OnResponseReady=${end};EndGetResponse=${end};ProxyState-Complete=ProxyResponseData;SharedCacheGuard=0;EndRequest=${end};`;
}
