import { compiledPage, shippedCache } from './compile-cache.ts';
import { iisConfiguration } from './iis-config.ts';
import { writePe } from './pe-writer.ts';
import { frontEndFileBuild, lastBuild, paddedBuild } from './scenario.ts';
import type { Server, Source } from './scenario.ts';
import type { SpecimenFile } from './specimen-file.ts';
import type { Traces, TreeFile } from './traces.ts';
import type { World } from './world.ts';

/** Where on disk the front-end site serves a URL from. */
export function diskPath(server: Server, url: string): string {
  const [, folder = '', ...rest] = url.split('/');
  const served = FRONT_FOLDERS.find((f) => f.toLowerCase() === folder.toLowerCase());
  return served === undefined
    ? `C/inetpub/wwwroot${url}`
    : [server.install, 'FrontEnd/HttpProxy', served, ...rest].join('/');
}

/** The tree that a page served under a URL of the front-end site lies in. */
export function sourceOfUrl(url: string): Source {
  const folder = url.split('/')[1]?.toLowerCase();
  return FRONT_FOLDERS.some((f) => f.toLowerCase() === folder) ? 'front-end-tree' : 'web-root';
}

/**
 * Everything on disk that is no log: served pages under the names that Exchange ships, the compile cache, the IIS
 * configuration, and the two programs whose version says which update is in. The pages hold placeholders of our own.
 */
export function treeFiles(world: World, traces: Traces): readonly SpecimenFile[] {
  const cached = CACHED.flatMap((url) => compiledPage(world, { url, at: world.installed + 3_600_000 }));
  const all: readonly TreeFile[] = [
    ...frontEnd(world),
    ...backEnd(world),
    ...webRoot(world),
    ...shippedCache(world, world.installed),
    ...cached,
    ...iisConfiguration(world, traces.configuration),
    ...programs(world),
    ...traces.files,
  ];
  const gone = new Set(traces.gone);
  // What somebody put in the place of a file is what lies there.
  return [...new Map(all.map((f) => [f.path, f])).values()]
    .filter((f) => !gone.has(f.path) && (f.source === undefined || !world.lost(f.source)))
    .map((f) => ({
      path: f.path,
      modified: f.modified,
      *pieces() {
        yield typeof f.content === 'string' ? UTF8.encode(f.content) : f.content;
      },
    }));
}

function frontEnd(world: World): readonly TreeFile[] {
  const root = `${world.server.install}/FrontEnd/HttpProxy`;
  const version = lastBuild(world.server).split('.').slice(0, 3).join('.');
  const file = (path: string): TreeFile => ({
    path: `${root}/${path}`,
    source: 'front-end-tree',
    content: placeholder(path),
    modified: world.installed * 1000,
  });
  return [
    file('SharedWebConfig.config'),
    ...FRONT_FOLDERS.flatMap((folder) => [file(`${folder}/web.config`), file(`${folder}/global.asax`)]),
    ...[
      'logon',
      'logoff',
      'expiredpassword',
      'errorFE',
      'RedirSuiteServiceProxy',
      'signout',
      'OutlookCN',
      'frowny',
      'SvmFeedback',
    ].map((page) => file(`owa/auth/${page}.aspx`)),
    file('ecp/auth/TimeoutLogout.aspx'),
    ...[
      'scripts/premium/flogon.js',
      'scripts/premium/fexppw.js',
      'themes/resources/favicon.ico',
      'themes/resources/logon.css',
      'themes/resources/owa_text_blue.png',
      'themes/resources/segoeui-regular.ttf',
      'themes/base/premium.css',
    ].map((f) => file(`owa/auth/${version}/${f}`)),
    file('owa/auth/Current/themes/resources/logon.css'),
  ];
}

function backEnd(world: World): readonly TreeFile[] {
  const root = `${world.server.install}/ClientAccess`;
  return BACK_FILES.map((path) => ({
    path: `${root}/${path}`,
    source: 'back-end-tree',
    content: placeholder(path),
    modified: world.installed * 1000,
  }));
}

function webRoot(world: World): readonly TreeFile[] {
  return ['iisstart.htm', 'iisstart.png', 'web.config', 'aspnet_client/system_web/4_0_30319/WebUIValidation.js'].map(
    (path) => ({
      path: `C/inetpub/wwwroot/${path}`,
      source: 'web-root',
      content: placeholder(path),
      modified: world.installed * 1000,
    }),
  );
}

function programs(world: World): readonly TreeFile[] {
  const { server } = world;
  const front = frontEndFileBuild(server);
  return [
    program(world, 'Bin/ExSetup.exe', lastBuild(server)),
    program(world, 'Bin/Microsoft.Exchange.Data.ApplicationLogic.dll', lastBuild(server)),
    program(world, 'FrontEnd/HttpProxy/bin/Microsoft.Exchange.FrontEndHttpProxy.dll', front),
  ];
}

function program(world: World, path: string, build: string): TreeFile {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const step = world.server.builds.findLast((b) => b.build === build) ?? world.server.builds[0];
  const strings = {
    CompanyName: 'Microsoft Corporation',
    FileVersion: paddedBuild(build),
    InternalName: name,
    OriginalFilename: name,
    ProductName: 'Microsoft® Exchange',
    ProductVersion: paddedBuild(build),
  };
  const content = writePe({ fileVersion: build, strings, padding: UTF8.encode(`specimen of ${name}`) });
  return { path: `${world.server.install}/${path}`, source: 'binaries', content, modified: step.from };
}

/** Text that says what it is, in the comment of its kind of file. */
function placeholder(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const says = `placeholder for the file of this name as Exchange ships it: ${name}`;
  if (/\.(config|xml|xaml)$/i.test(name))
    return `<?xml version="1.0" encoding="utf-8"?>\r\n<!-- ${says} -->\r\n<configuration>\r\n  <system.webServer />\r\n</configuration>\r\n`;
  if (/\.asax$/i.test(name)) return `<%@ Application Language="C#" %>\r\n<%-- ${says} --%>\r\n`;
  if (/\.aspx$/i.test(name))
    return `<%@ Page Language="C#" AutoEventWireup="false" %>\r\n<%-- ${says} --%>\r\n<html><head><title>Outlook</title></head><body></body></html>\r\n`;
  if (/\.(svc|asmx|ashx)$/i.test(name)) return `<%-- ${says} --%>\r\n`;
  if (/\.(htm|html)$/i.test(name))
    return `<!DOCTYPE html>\r\n<!-- ${says} -->\r\n<html><head><title>IIS Windows Server</title></head><body></body></html>\r\n`;
  if (/\.(js|css)$/i.test(name)) return `/* ${says} */\r\n`;
  return `${says}\r\n`;
}

const UTF8 = new TextEncoder();

const FRONT_FOLDERS: readonly string[] = [
  'Autodiscover',
  'ecp',
  'EWS',
  'mapi',
  'OAB',
  'owa',
  'PowerShell',
  'Rest',
  'rpc',
  'sync',
];

/** Pages of Exchange itself that were asked for and so were compiled; the last one belongs to the back end. */
const CACHED: readonly string[] = [
  '/owa/auth/logon.aspx',
  '/owa/auth/errorFE.aspx',
  '/owa/auth/logoff.aspx',
  '/ecp/auth/TimeoutLogout.aspx',
  '/ecp/default.aspx',
];

const BACK_FILES: readonly string[] = [
  'web.config',
  'SharedWebConfig.config',
  'Autodiscover/autodiscover.svc',
  'Autodiscover/autodiscover.xml',
  'Autodiscover/global.asax',
  'Autodiscover/web.config',
  'ecp/about.aspx',
  'ecp/closewindow.aspx',
  'ecp/default.aspx',
  'ecp/error.aspx',
  'ecp/global.asax',
  'ecp/web.config',
  'ecp/DDI/OABVirtualDirectory.xaml',
  'ecp/DDI/ResetOABVirtualDirectory.xaml',
  'ecp/VDirMgmt/EditOABVDir.aspx',
  'ecp/VDirMgmt/web.config',
  'exchweb/EWS/exchange.asmx',
  'exchweb/EWS/global.asax',
  'exchweb/EWS/web.config',
  'mapi/emsmdb/web.config',
  'mapi/nspi/web.config',
  'OAB/web.config',
  'owa/default.aspx',
  'owa/global.asax',
  'owa/languageselection.aspx',
  'owa/service.svc',
  'owa/web.config',
  'PowerShell/web.config',
  'PowerShell-Proxy/web.config',
  'PushNotifications/service.svc',
  'PushNotifications/web.config',
  'rest/global.asax',
  'rest/web.config',
  'RpcProxy/web.config',
  'sync/global.asax',
  'sync/web.config',
];
