import { windowsPath } from './administration.ts';
import type { Traces, TreeFile } from './traces.ts';
import type { World } from './world.ts';

/**
 * `applicationHost.config` in our own words: the two sites with their applications, bindings and log folder, the
 * application pools, and the modules that Windows and Exchange bring. Plus its two lesser neighbours.
 */
export function iisConfiguration(world: World, added: Traces['configuration']): readonly TreeFile[] {
  const folder = 'C/Windows/System32/inetsrv/config';
  const common = { source: 'iis-configuration', modified: world.installed * 1000 } as const;
  return [
    { ...common, path: `${folder}/applicationHost.config`, content: applicationHost(world, added) },
    {
      ...common,
      path: `${folder}/administration.config`,
      content: `${DECLARATION}<configuration>\r\n  <moduleProviders />\r\n</configuration>\r\n`,
    },
    {
      ...common,
      path: `${folder}/redirection.config`,
      content: `${DECLARATION}<configuration>\r\n  <configurationRedirection />\r\n</configuration>\r\n`,
    },
  ];
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\r\n';

function applicationHost(world: World, added: Traces['configuration']): string {
  const exchange = windowsPath(world.server.install);
  const front = `${exchange}\\FrontEnd\\HttpProxy`;
  const back = `${exchange}\\ClientAccess`;
  const pools = [...new Set([...FRONT, ...BACK].map(([, pool]) => pool))];
  return [
    DECLARATION,
    '<configuration>\r\n  <system.applicationHost>\r\n    <applicationPools>\r\n',
    '      <add name="DefaultAppPool" managedRuntimeVersion="v4.0" />\r\n',
    ...pools.map(
      (pool) =>
        `      <add name="${pool}" managedRuntimeVersion="v4.0" managedPipelineMode="Integrated">\r\n        <processModel identityType="LocalSystem" />\r\n      </add>\r\n`,
    ),
    '    </applicationPools>\r\n    <log>\r\n      <centralW3CLogFile enabled="true" directory="%SystemDrive%\\inetpub\\logs\\LogFiles" />\r\n    </log>\r\n    <sites>\r\n',
    '      <site name="Default Web Site" id="1" serverAutoStart="true">\r\n',
    application('/', 'DefaultAppPool', '%SystemDrive%\\inetpub\\wwwroot'),
    ...FRONT.map(([path, pool, folder]) => application(path, pool, `${front}\\${folder}`)),
    ...added.filter((a) => a.act === 'served-folder').map((a) => application(a.name, 'MSExchangeOWAAppPool', a.path)),
    '        <bindings>\r\n          <binding protocol="http" bindingInformation="*:80:" />\r\n          <binding protocol="https" bindingInformation=":443:" />\r\n          <binding protocol="http" bindingInformation="127.0.0.1:80:" />\r\n          <binding protocol="https" bindingInformation="127.0.0.1:443:" />\r\n        </bindings>\r\n      </site>\r\n',
    '      <site name="Exchange Back End" id="2" serverAutoStart="true">\r\n',
    application('/', 'DefaultAppPool', back),
    ...BACK.map(([path, pool, folder]) =>
      application(path, pool, folder.startsWith('%') ? folder : `${back}\\${folder}`),
    ),
    '        <bindings>\r\n          <binding protocol="http" bindingInformation="*:81:" />\r\n          <binding protocol="https" bindingInformation="*:444:" />\r\n        </bindings>\r\n      </site>\r\n',
    '      <siteDefaults>\r\n        <logFile logFormat="W3C" directory="%SystemDrive%\\inetpub\\logs\\LogFiles" />\r\n        <traceFailedRequestsLogging directory="%SystemDrive%\\inetpub\\logs\\FailedReqLogFiles" />\r\n      </siteDefaults>\r\n',
    '      <applicationDefaults applicationPool="DefaultAppPool" />\r\n      <virtualDirectoryDefaults allowSubDirConfig="true" />\r\n    </sites>\r\n  </system.applicationHost>\r\n',
    '  <system.webServer>\r\n    <globalModules>\r\n',
    ...MODULES.map(([name, image]) => `      <add name="${name}" image="%windir%\\System32\\inetsrv\\${image}" />\r\n`),
    '      <add name="ManagedEngineV4.0_64bit" image="%windir%\\Microsoft.NET\\Framework64\\v4.0.30319\\webengine4.dll" preCondition="integratedMode,runtimeVersionv4.0,bitness64" />\r\n',
    '      <add name="PasswordExpiryModule" image="%SystemRoot%\\system32\\rpcproxy\\rpcproxy.dll" preCondition="bitness64" />\r\n',
    '      <add name="WSMan" image="%windir%\\system32\\wsmsvc.dll" />\r\n',
    `      <add name="kerbauth" image="${exchange}\\Bin\\kerbauth.dll" />\r\n`,
    `      <add name="exppw" image="${back}\\Owa\\auth\\exppw.dll" />\r\n`,
    `      <add name="cafe_exppw" image="${front}\\bin\\exppw.dll" />\r\n`,
    ...added.filter((a) => a.act === 'iis-module').map((a) => `      <add name="${a.name}" image="${a.path}" />\r\n`),
    '    </globalModules>\r\n    <isapiFilters>\r\n      <filter name="ASP.Net_4.0_64bit" path="%windir%\\Microsoft.NET\\Framework64\\v4.0.30319\\aspnet_filter.dll" enableCache="true" preCondition="runtimeVersionv4.0,bitness64" />\r\n    </isapiFilters>\r\n    <httpLogging dontLog="false" />\r\n',
    '  </system.webServer>\r\n  <location path="" overrideMode="Allow">\r\n    <system.webServer>\r\n      <modules>\r\n',
    ...MODULES.map(([name]) => `        <add name="${name}" lockItem="true" />\r\n`),
    ...added.filter((a) => a.act === 'iis-module').map((a) => `        <add name="${a.name}" />\r\n`),
    '      </modules>\r\n    </system.webServer>\r\n  </location>\r\n</configuration>\r\n',
  ].join('');
}

function application(path: string, pool: string, folder: string): string {
  return `        <application path="${path}" applicationPool="${pool}">\r\n          <virtualDirectory path="/" physicalPath="${folder}" />\r\n        </application>\r\n`;
}

/** URL path, application pool, folder below `FrontEnd\HttpProxy`. */
const FRONT: readonly (readonly [string, string, string])[] = [
  ['/owa', 'MSExchangeOWAAppPool', 'owa'],
  ['/ecp', 'MSExchangeECPAppPool', 'ecp'],
  ['/EWS', 'MSExchangeServicesAppPool', 'EWS'],
  ['/API', 'MSExchangeRestFrontEndAppPool', 'Rest'],
  ['/Autodiscover', 'MSExchangeAutodiscoverAppPool', 'Autodiscover'],
  ['/Microsoft-Server-ActiveSync', 'MSExchangeSyncAppPool', 'sync'],
  ['/OAB', 'MSExchangeOABAppPool', 'OAB'],
  ['/PowerShell', 'MSExchangePowerShellFrontEndAppPool', 'PowerShell'],
  ['/mapi', 'MSExchangeMapiFrontEndAppPool', 'mapi'],
  ['/Rpc', 'MSExchangeRpcProxyFrontEndAppPool', 'rpc'],
];

/** The same for the back end; a folder with `%` stands for itself, all others lie below `ClientAccess`. */
const BACK: readonly (readonly [string, string, string])[] = [
  ['/PowerShell', 'MSExchangePowerShellAppPool', 'PowerShell-Proxy'],
  ['/mapi/emsmdb', 'MSExchangeMapiMailboxAppPool', 'mapi\\emsmdb'],
  ['/mapi/nspi', 'MSExchangeMapiAddressBookAppPool', 'mapi\\nspi'],
  ['/API', 'MSExchangeRestAppPool', 'rest'],
  ['/owa', 'MSExchangeOWAAppPool', 'owa'],
  ['/OAB', 'MSExchangeOABAppPool', 'OAB'],
  ['/ecp', 'MSExchangeECPAppPool', 'ecp'],
  ['/Autodiscover', 'MSExchangeAutodiscoverAppPool', 'Autodiscover'],
  ['/Microsoft-Server-ActiveSync', 'MSExchangeSyncAppPool', 'sync'],
  ['/EWS', 'MSExchangeServicesAppPool', 'exchweb\\EWS'],
  ['/Rpc', 'MSExchangeRpcProxyAppPool', '%windir%\\System32\\RpcProxy'],
  ['/PushNotifications', 'MSExchangePushNotificationsAppPool', 'PushNotifications'],
];

/** Native modules of Windows, with their images below `inetsrv`. */
const MODULES: readonly (readonly [string, string])[] = [
  ['HttpLoggingModule', 'loghttp.dll'],
  ['UriCacheModule', 'cachuri.dll'],
  ['FileCacheModule', 'cachfile.dll'],
  ['TokenCacheModule', 'cachtokn.dll'],
  ['HttpCacheModule', 'cachhttp.dll'],
  ['DynamicCompressionModule', 'compdyn.dll'],
  ['StaticCompressionModule', 'compstat.dll'],
  ['DefaultDocumentModule', 'defdoc.dll'],
  ['DirectoryListingModule', 'dirlist.dll'],
  ['ProtocolSupportModule', 'protsup.dll'],
  ['HttpRedirectionModule', 'redirect.dll'],
  ['StaticFileModule', 'static.dll'],
  ['AnonymousAuthenticationModule', 'authanon.dll'],
  ['CertificateMappingAuthenticationModule', 'authcert.dll'],
  ['BasicAuthenticationModule', 'authbas.dll'],
  ['WindowsAuthenticationModule', 'authsspi.dll'],
  ['DigestAuthenticationModule', 'authmd5.dll'],
  ['RequestFilteringModule', 'modrqflt.dll'],
  ['CustomErrorModule', 'custerr.dll'],
  ['TracingModule', 'iisetw.dll'],
  ['FailedRequestsTracingModule', 'iisfreb.dll'],
  ['RequestMonitorModule', 'iisreqs.dll'],
  ['IsapiModule', 'isapi.dll'],
  ['IsapiFilterModule', 'filter.dll'],
  ['ConfigurationValidationModule', 'validcfg.dll'],
];
