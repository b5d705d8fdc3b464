import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { percentDecoded, urlPath, wholeUrl } from '../bytes/url.ts';
import { CHECKS, OBSERVERS } from '../checks/index.ts';
import { placeInTree } from '../engine/trees.ts';
import { memorySource, readAll } from '../formats/contract.test-support.ts';
import { identify } from '../formats/index.ts';
import type { Check } from '../model/check.ts';
import type { ClaimId, Condition } from '../model/claim.ts';
import type { Finding } from '../model/finding.ts';
import type { EvidenceRecord, FieldValue } from '../model/reading.ts';
import { prove } from '../verdict/proof.ts';
import { loadPack } from './load-pack.ts';

const ROOT = new URL('../../../packs/exchange-2021-03/', import.meta.url);
const DATA = new URL('../../../../shared/data/', import.meta.url);
const pack = loadPack(packFiles(ROOT.pathname), {
  sha256Hex: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  checks: CHECKS,
  observers: OBSERVERS,
});
const checks: ReadonlyMap<string, Check> = new Map(pack.checks.map((check) => [check.meta.id, check]));

type Fields = Readonly<Record<string, FieldValue>>;

function packFiles(root: string, below = ''): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const name of readdirSync(`${root}${below}`)) {
    const path = `${below}${name}`;
    if (statSync(`${root}${path}`).isDirectory()) for (const [p, b] of packFiles(root, `${path}/`)) files.set(p, b);
    else files.set(path, readFileSync(`${root}${path}`));
  }
  return files;
}

function record(kind: string, fields: Fields, at = 0): EvidenceRecord {
  return {
    is: 'record',
    kind,
    source: undefined,
    at,
    host: undefined,
    origin: { offset: 0, length: 1 },
    get: (field) => fields[field],
    fields: () => Object.keys(fields),
    excerpt: () => JSON.stringify(fields).slice(0, 400),
  };
}

/** A row of an IIS log, with the fields the format derives. */
function iis(
  stem: string,
  given: {
    method?: string;
    status?: number;
    port?: number;
    user?: string;
    client?: string;
    agent?: string;
    query?: string;
    at?: number;
  } = {},
): EvidenceRecord {
  const { method = 'GET', status = 200, port = 443, client = '203.0.113.7', agent = 'Mozilla/5.0', query, at } = given;
  return record(
    'http.request',
    {
      'cs-uri-stem': stem,
      's-port': String(port),
      's-ip': '10.10.2.11',
      'c-ip': client,
      'url-path': urlPath(stem),
      url: wholeUrl(stem, query),
      method,
      status,
      client,
      'user-agent': agent,
      ...(given.user === undefined ? {} : { user: given.user }),
    },
    at,
  );
}

/** A row of the HttpProxy log. */
function proxy(fields: Fields, at = 0): EvidenceRecord {
  const anchor = String(fields['AnchorMailbox'] ?? '');
  const host = /serverinfo~(.*)/i.exec(anchor)?.[1];
  const slash = host?.indexOf('/') ?? -1;
  const status = fields['BackEndStatus'];
  return record(
    'http.proxy',
    {
      UrlHost: 'mail.contoso.example',
      UrlStem: '/ecp/y.js',
      'url-path': '/ecp/y.js',
      ServerHostName: 'MAIL01',
      ClientIpAddress: '203.0.113.7',
      client: '203.0.113.7',
      Method: 'POST',
      method: 'POST',
      IsAuthenticated: 'false',
      ...(host === undefined ? {} : { 'anchor-host': host }),
      ...(slash < 0 ? {} : { 'anchor-target': percentDecoded(host?.slice(slash) ?? '', 2).toLowerCase() }),
      ...(status === undefined ? {} : { 'back-end-status': Number(status) }),
      ...fields,
    },
    at,
  );
}

function forged(
  target: string,
  status: string,
  given: { back?: string; client?: string; at?: number } = {},
): EvidenceRecord {
  const { back = status, client = '203.0.113.7', at } = given;
  return proxy(
    {
      AnchorMailbox: `ServerInfo~a]@mail01.contoso.example:444${target}#`,
      HttpStatus: status,
      ...(back === '' ? {} : { BackEndStatus: back }),
      ClientIpAddress: client,
      client,
    },
    at,
  );
}

function ecp(command: string, given: { ex?: string; url?: string; sid?: string; at?: number } = {}): EvidenceRecord {
  const dot = command.indexOf('.');
  const url = given.url ?? '/ecp/DDI/DDIService.svc/SetObject?schema=OABVirtualDirectory';
  return record(
    'ecp.server',
    {
      CMD: command,
      'CMD.Name': dot < 0 ? command : command.slice(0, dot),
      'CMD.Parameters': dot < 0 ? undefined : command.slice(dot + 1),
      ...(given.ex === undefined ? {} : { EX: given.ex }),
      URL: url,
      url: wholeUrl(url, undefined),
      SID: given.sid ?? 's1',
      session: given.sid ?? 's1',
    },
    given.at,
  );
}

function event(channel: string, provider: string, id: number, fields: Fields = {}, at = 0): EvidenceRecord {
  const data = fields['Data'];
  const listed = Array.isArray(data) ? Object.fromEntries(data.map((value, i) => [`Data[${i}]`, value as string])) : {};
  return record(
    'windows.event',
    {
      Channel: channel,
      Provider_Name: provider,
      EventID: String(id),
      Computer: 'MAIL01.contoso.example',
      ...listed,
      ...fields,
    },
    at,
  );
}

function cmdlet(id: number, name: string, parameters: string, at = 0): EvidenceRecord {
  const data = [
    name,
    parameters,
    'contoso.example/Users/Administrator',
    'S-1-5-21-1-2-3-500',
    '',
    '',
    '7316 w3wp#MSExchangeECPAppPool',
  ];
  return event('MSExchange Management', 'MSExchange CmdletLogs', id, { Data: data }, at);
}

function sysmon(id: number, fields: Fields): EvidenceRecord {
  return event('Microsoft-Windows-Sysmon/Operational', 'Microsoft-Windows-Sysmon', id, fields);
}

function child(image: string, line: string, given: { parent?: string; parentLine?: string } = {}): EvidenceRecord {
  return sysmon(1, {
    Image: `C:\\Windows\\System32\\${image}`,
    CommandLine: line,
    ParentImage: given.parent ?? 'C:\\Windows\\System32\\inetsrv\\w3wp.exe',
    ParentCommandLine:
      given.parentLine ?? 'c:\\windows\\system32\\inetsrv\\w3wp.exe -ap "MSExchangeOWAAppPool" -v "v4.0"',
    User: 'NT AUTHORITY\\SYSTEM',
  });
}

/** A file of the evidence, with the place the engine gives it. */
function file(path: string, given: Fields & { content?: string } = {}): EvidenceRecord {
  const place = placeInTree(path, pack.trees);
  const name = path.slice(path.lastIndexOf('/') + 1);
  return record('file', {
    path,
    name,
    extension: name.includes('.') ? name.slice(name.lastIndexOf('.') + 1).toLowerCase() : '',
    'has-content': given['content'] !== undefined,
    ...(place === undefined
      ? {}
      : {
          tree: place.tree,
          'tree-path': place.treePath,
          ...(place.urlPath === undefined ? {} : { 'url-path': place.urlPath }),
        }),
    ...given,
  });
}

const INSTALL = 'D/Exchange/V15';
const FRONT = `${INSTALL}/FrontEnd/HttpProxy`;
const BACK = `${INSTALL}/ClientAccess`;
const WEB = 'C/inetpub/wwwroot';
const CACHE = 'C/Windows/Microsoft.NET/Framework64/v4.0.30319/Temporary ASP.NET Files';

// Inert fragments of our own: the words a rule looks for, put together here so that no file holds them in clear.
const SCRIPT = ['<scr', 'ipt language="JScr', 'ipt" run', 'at="server">inert'].join('');
const EVALUATE = ['ev', 'al(Req', 'uest["inert"],"un', 'safe")'].join('');
const DUMP = `Name : OAB (Default Web Site)\r\nExtendedProtectionTokenChecking : None\r\nInternalUrl : https://mail01/OAB\r\nExternalUrl : http://f/${SCRIPT}\r\n`;
const PLAIN_DUMP = DUMP.replace(`http://f/${SCRIPT}`, 'https://mail.contoso.example/OAB');

const compiled = (url: string): EvidenceRecord =>
  file(`${CACHE}/${url.split('/')[1] === 'owa' ? 'owa' : 'root'}/1a2b3c4d/5e6f7a8b/x.aspx.1a2b3c4d.compiled`, {
    content: `<preserve resultType="3" virtualPath="${url}" type="ASP.x_aspx">`,
    'compiled-path': url.toLowerCase(),
  });

const installed = (name: string, image: string): EvidenceRecord =>
  event('System', 'Service Control Manager', 7045, { ServiceName: name, ImagePath: image });
const FROM_STRING =
  'System.ArgumentException: Invalid input value at Microsoft.Exchange.Data.ApplicationLogic.Cafe.BackEndServer.FromString(String input)';
const CLASSIC = ['<%ev', 'al req', 'uest("inert")%', '>'].join('');
const PHP = ['<?php @ev', 'al($_PO', 'ST["inert"]); ?>'].join('');
const ATTACK_URL = `http://f/${SCRIPT}`;

/** For each rule what it is for, and what looks alike and is not. */
const TABLE: Readonly<
  Record<string, { readonly hits: readonly EvidenceRecord[]; readonly benign: readonly EvidenceRecord[] }>
> = {
  'ssrf-scanner': {
    hits: [
      proxy({
        UrlStem: '/owa/auth/x.js',
        AnchorMailbox: 'ServerInfo~localhost/owa/auth/logon.aspx?',
        HttpStatus: '500',
        BackEndStatus: '500',
      }),
    ],
    benign: [
      proxy({ AnchorMailbox: 'ServerInfo~localhost', HttpStatus: '200', BackEndStatus: '200' }),
      forged('/mapi/emsmdb/?', '200'),
    ],
  },
  'ssrf-scanner-unanswered': {
    hits: [proxy({ AnchorMailbox: 'ServerInfo~localhost/ecp/default.flt?', HttpStatus: '500' })],
    benign: [
      proxy({ AnchorMailbox: 'ServerInfo~localhost/ecp/default.flt?', HttpStatus: '500', BackEndStatus: '500' }),
    ],
  },
  'ssrf-out-of-band': {
    hits: [
      proxy({ AnchorMailbox: 'ServerInfo~x1.oob.invalid/ecp/default.flt?', HttpStatus: '200', BackEndStatus: '200' }),
    ],
    benign: [
      proxy({
        AnchorMailbox: 'ServerInfo~mail02.contoso.example',
        ServerHostName: 'MAIL01.contoso.example',
        HttpStatus: '200',
        BackEndStatus: '200',
      }),
    ],
  },
  'ssrf-autodiscover': {
    hits: [forged('/autodiscover/autodiscover.xml?', '200')],
    benign: [forged('/autodiscover/autodiscover.xml?', '500', { back: '' })],
  },
  'ssrf-unanswered': {
    hits: [forged('/autodiscover/autodiscover.xml?', '500', { back: '' })],
    benign: [forged('/autodiscover/autodiscover.xml?', '500')],
  },
  'ssrf-mapi-answered': {
    hits: [forged('/mapi/emsmdb/?', '200')],
    benign: [
      forged('/mapi/emsmdb/?', '401'),
      proxy({ AnchorMailbox: 'MailboxGuid~1234', UrlStem: '/mapi/emsmdb/', HttpStatus: '200', BackEndStatus: '200' }),
    ],
  },
  'ssrf-admin-session': {
    hits: [forged('/ecp/proxyLogon.ecp?', '241')],
    benign: [
      forged('/ecp/proxyLogon.ecp?', '403'),
      proxy({
        AnchorMailbox: 'Sid~S-1-5-21-1',
        UrlStem: '/ecp/proxyLogon.ecp',
        HttpStatus: '241',
        BackEndStatus: '241',
      }),
    ],
  },
  'ssrf-admin-api': {
    hits: [forged('/ecp/DDI/DDIService.svc/GetObject?schema=OABVirtualDirectory', '200')],
    benign: [forged('/ecp/DDI/DDIService.svc/GetObject?schema=OABVirtualDirectory', '403')],
  },
  'ssrf-set-object': {
    hits: [forged('/ecp/DDI/DDIService.svc/SetObject?schema=OABVirtualDirectory', '200')],
    benign: [
      proxy({
        AnchorMailbox: 'Sid~S-1-5-21-1',
        UrlStem: '/ecp/DDI/DDIService.svc/SetObject',
        HttpStatus: '200',
        BackEndStatus: '200',
      }),
    ],
  },
  'ssrf-reset-object': {
    hits: [forged('/ecp/DDI/DDIService.svc/SetObject?msExchEcpCanary=c&schema=ResetOABVirtualDirectory&a=', '200')],
    benign: [forged('/ecp/DDI/DDIService.svc/SetObject?schema=OABVirtualDirectory', '200')],
  },
  'ssrf-ews-read': {
    hits: [forged('/ews/exchange.asmx?', '200')],
    benign: [
      proxy({
        AnchorMailbox: 'Sid~S-1-5-21-1',
        UrlStem: '/ews/exchange.asmx',
        HttpStatus: '200',
        BackEndStatus: '200',
      }),
    ],
  },
  'ssrf-processed': {
    hits: [forged('/ecp/about.aspx?', '404')],
    benign: [
      proxy({ AnchorMailbox: 'ServerVersion~Version 15.0 (Build 0.0)', HttpStatus: '200', BackEndStatus: '200' }),
    ],
  },
  'ssrf-served': {
    hits: [
      forged('/api/v2.0/me/messages?', '200'),
      forged('/powershell/?', '200'),
      forged('/Microsoft-Server-ActiveSync?', '200'),
      forged('/ecp/RulesEditor/InboxRules.svc/NewObject?', '200'),
    ],
    benign: [
      forged('/api/v2.0/me/messages?', '401'),
      forged('/autodiscover/autodiscover.xml?', '200'),
      forged('/api/v2.0/me/messages?', '500', { back: '' }),
      proxy({ AnchorMailbox: 'Sid~S-1-5-21-1', UrlStem: '/api/v2.0/me', HttpStatus: '200', BackEndStatus: '200' }),
    ],
  },
  'foreign-anchor': {
    hits: [proxy({ AnchorMailbox: 'ServerInfo~host.elsewhere.invalid', ServerHostName: 'MAIL01.contoso.example' })],
    benign: [proxy({ AnchorMailbox: 'ServerInfo~mail02.contoso.example', ServerHostName: 'MAIL01.contoso.example' })],
  },

  'static-resource-post': {
    hits: [
      iis('/owa/auth/Current/themes/resources/logon.css', { method: 'POST', status: 500 }),
      iis('/ecp/default.flt', { method: 'POST', status: 404 }),
      iis('/ecp/y.js', { method: 'POST', status: 401 }),
      iis('/ecp/y.xap', { method: 'PUT', status: 500 }),
      iis('/owa/a.htm', { method: 'POST', status: 404 }),
      iis('/ecp/y.js', { method: 'POST', status: 405 }),
    ],
    benign: [
      iis('/ecp/y.js', { method: 'POST', status: 405, user: 'CONTOSO\\admin' }),
      iis('/ecp/y.js', { method: 'OPTIONS', status: 500 }),
      iis('/ecp/y.js', { method: 'POST', status: 200 }),
      iis('/owa/auth.owa', { method: 'POST', status: 302 }),
      iis('/ecp/x.js', { status: 404 }),
      iis('/ecp/y.js', { method: 'POST', port: 444, status: 500 }),
    ],
  },
  'static-resource-answered': {
    hits: [
      iis('/ecp/y.js', { method: 'POST', query: '&CorrelationID=<empty>;&cafeReqId=1;' }),
      iis('/owa/auth/Current/themes/resources/logon.css', { method: 'POST' }),
      iis('/ecp/main.css', { method: 'POST' }),
    ],
    benign: [
      iis('/ecp/15.1.2176.2/scripts/common.js'),
      iis('/owa/auth/15.1.2176/themes/resources/logon.css'),
      iis('/owa/service.svc', { method: 'POST' }),
      iis('/ecp/DDI/DDIService.svc/GetList', { method: 'POST' }),
      iis('/ecp/y.js', { method: 'POST', port: 444 }),
      iis('/ecp/y.js', { method: 'POST', status: 500 }),
    ],
  },
  'static-resource-session': {
    hits: [iis('/ecp/y.js', { method: 'POST', status: 241 })],
    benign: [
      iis('/ecp/proxyLogon.ecp', { method: 'POST', status: 241 }),
      iis('/ecp/y.js', { method: 'POST', status: 200 }),
    ],
  },
  'aspnet-client-page-post': {
    hits: [
      iis('/aspnet_client/system_web/Ab3dE5gH.aspx', { method: 'POST' }),
      iis('/ASPNET_CLIENT/supp0rt%2easpx', { method: 'POST' }),
      iis('/aspnet_client/a.aspx/x', { method: 'POST', client: '127.0.0.1' }),
    ],
    benign: [
      iis('/aspnet_client/supp0rt.aspx', { method: 'POST', status: 404 }),
      iis('/aspnet_client/system_web/4_0_30319/WebUIValidation.js'),
      iis('/aspnet_client/discover.aspx'),
    ],
  },
  'foreign-page-post': {
    hits: [
      iis('/owa/auth/RedirSuiteServerProxy.aspx', { method: 'POST' }),
      iis('/ecp/auth/TimeoutLogoff.aspx', { method: 'POST' }),
      iis('/owa/auth/15.1.2176/x.aspx', { method: 'POST' }),
      iis('/oab/log.aspx', { method: 'POST' }),
      iis('/help.aspx', { method: 'POST' }),
    ],
    benign: [
      iis('/owa/auth/RedirSuiteServerProxy.aspx', { method: 'POST', status: 302 }),
      iis('/owa/auth/logon.aspx', { method: 'POST' }),
      iis('/owa/auth/RedirSuiteServiceProxy.aspx', { method: 'POST' }),
      iis('/ecp/auth/TimeoutLogout.aspx', { method: 'POST' }),
      iis('/owa/auth/error.aspx', { method: 'POST', port: 444 }),
      iis('/EWS/Exchange.asmx', { method: 'POST' }),
      iis('/autodiscover/autodiscover.svc', { method: 'POST' }),
      iis('/autodiscover/autodiscover.xml', { method: 'POST' }),
      iis('/default.aspx', { method: 'POST' }),
      iis('/Microsoft-Server-ActiveSync/default.eas', { method: 'POST' }),
      iis('/owa/auth.owa', { method: 'POST' }),
      iis('/boaform/admin/formLogin', { method: 'POST', status: 404 }),
    ],
  },
  'foreign-page-post-failed': {
    hits: [
      iis('/aspnet_client/discover.aspx', { method: 'POST', status: 500 }),
      iis('/owa/auth/Current/m.aspx', { method: 'POST', status: 500 }),
    ],
    benign: [
      iis('/owa/auth/logon.aspx', { method: 'POST', status: 500 }),
      iis('/aspnet_client/discover.aspx', { method: 'POST', status: 404 }),
      iis('/owa/auth/m.aspx', { method: 'GET', status: 500 }),
      iis('/owa/auth/m.aspx', { method: 'POST', status: 500, client: '::1' }),
      iis('/ews/exchange.asmx', { method: 'POST', status: 500 }),
    ],
  },
  'foreign-page-get': {
    hits: [iis('/aspnet_client/discover.aspx'), iis('/owa/auth/OutlookZH.aspx')],
    benign: [
      iis('/owa/auth/logon.aspx'),
      iis('/owa/auth/OutlookCN.aspx'),
      iis('/owa/auth/OutlookZH.aspx', { status: 302 }),
      iis('/aspnet_client/discover.aspx', { status: 404 }),
    ],
  },
  'shell-name-probed': {
    hits: [
      iis('/owa/auth/babydraco.aspx', { status: 302 }),
      iis('/aspnet_client/system_web/log.aspx', { status: 404 }),
      iis('/owa/auth/Current/one1.aspx', { status: 302 }),
    ],
    benign: [
      iis('/owa/auth/logon.aspx', { status: 302 }),
      iis('/owa/', { status: 302 }),
      iis('/wp-login.php', { status: 404 }),
      iis('/owa/auth/babydraco.aspx'),
    ],
  },
  'loot-fetched': {
    hits: [iis('/aspnet_client/it.zip'), iis('/owa/auth/lsass.dmp')],
    benign: [iis('/oab/6fd0f3a1/data.lzx'), iis('/downloads/setup.zip'), iis('/aspnet_client/it.zip', { status: 404 })],
  },
  'version-scan': {
    hits: [
      iis('/ecp/Current/exporttool/microsoft.exchange.ediscovery.exporttool.application', {
        agent: 'Mozilla/5.0 zgrab/0.x',
      }),
    ],
    benign: [
      iis('/ecp/Current/exporttool/microsoft.exchange.ediscovery.exporttool.application', {
        agent: 'Mozilla/5.0 (Windows NT 10.0)',
      }),
      iis('/owa/auth/logon.aspx', { agent: 'Mozilla/5.0 zgrab/0.x' }),
    ],
  },
  'sql-injection': {
    hits: [
      iis('/foo/bar/baz.asp', { query: 'ID=1%27%20or%201%3D%40%40version--' }),
      iis('/a.asp', { query: 'id=1+union+all+select+1,2' }),
      iis('/a.asp', { query: 'id=1;waitfor%20delay%20%270:0:5%27' }),
    ],
    benign: [
      iis('/owa/service.svc', { query: 'action=FindConversation&EP=1&ID=-12&AC=1' }),
      iis('/ecp/DDI/DDIService.svc/GetList', { query: 'schema=ServerService&q=union select committee' }),
      iis('/rpc/rpcproxy.dll', { query: 'c04e1f5a@contoso.example:6001' }),
      iis('/owa/', { query: "modurl=0&q=o'brien or smith" }),
    ],
  },
  'back-end-server-session': {
    hits: [iis('/ecp/proxyLogon.ecp', { method: 'POST', status: 241, port: 444, user: 'CONTOSO\\MAIL01$' })],
    benign: [
      iis('/ecp/proxyLogon.ecp', { method: 'POST', status: 241, port: 444, user: 'CONTOSO\\admin' }),
      iis('/ecp/proxyLogon.ecp', { method: 'POST', status: 403, port: 444, user: 'CONTOSO\\MAIL01$' }),
    ],
  },
  'back-end-server-admin': {
    hits: [
      iis('/ecp/DDI/DDIService.svc/GetObject', {
        method: 'POST',
        port: 444,
        user: 'CONTOSO\\MAIL01$',
        query: 'schema=OABVirtualDirectory',
      }),
    ],
    benign: [
      iis('/ecp/DDI/DDIService.svc/GetObject', { method: 'POST', port: 444, user: 'CONTOSO\\admin' }),
      iis('/ecp/DDI/DDIService.svc/GetList', { method: 'POST', port: 444, user: 'CONTOSO\\HealthMailbox7f3c21a' }),
      iis('/owa/proxylogon.owa', { method: 'POST', port: 444, user: 'CONTOSO\\MAIL02$', status: 241 }),
    ],
  },
  'back-end-server-reset': {
    hits: [
      iis('/ecp/DDI/DDIService.svc/SetObject', {
        method: 'POST',
        port: 444,
        user: 'CONTOSO\\MAIL01$',
        query: 'msExchEcpCanary=c&schema=ResetOABVirtualDirectory',
      }),
    ],
    benign: [
      iis('/ecp/DDI/DDIService.svc/SetObject', {
        method: 'POST',
        port: 444,
        user: 'CONTOSO\\admin',
        query: 'schema=ResetOABVirtualDirectory',
      }),
      iis('/ecp/DDI/DDIService.svc/SetObject', {
        method: 'POST',
        port: 444,
        user: 'CONTOSO\\MAIL01$',
        query: 'schema=OABVirtualDirectory',
      }),
    ],
  },
  'back-end-server-ews': {
    hits: [
      iis('/ews/exchange.asmx', {
        method: 'POST',
        port: 444,
        user: 'CONTOSO\\MAIL01$',
        client: 'fe80::b4c1:2f0e:93d7:5a11%6',
      }),
    ],
    benign: [
      iis('/ews/exchange.asmx', { method: 'POST', port: 444, user: 'CONTOSO\\MAIL02$', client: '10.10.2.12' }),
      iis('/ews/exchange.asmx', { method: 'POST', port: 444, user: 'CONTOSO\\HealthMailbox1', client: '::1' }),
      iis('/ews/exchange.asmx', { method: 'POST', port: 444, user: 'CONTOSO\\MAIL01$', client: '::1', status: 401 }),
    ],
  },
  'back-end-server-other': {
    hits: [
      iis('/api/v2.0/me/messages', { port: 444, user: 'CONTOSO\\MAIL01$', client: '::1' }),
      iis('/powershell/', { method: 'POST', port: 444, user: 'CONTOSO\\MAIL01$', client: 'fe80::1%6' }),
    ],
    benign: [
      iis('/api/v2.0/me/messages', { port: 444, user: 'CONTOSO\\anna', client: '::1' }),
      iis('/api/v2.0/me/messages', { port: 444, user: 'CONTOSO\\MAIL01$', client: '::1', status: 401 }),
      iis('/autodiscover/autodiscover.xml', { method: 'POST', port: 444, user: 'CONTOSO\\MAIL01$', client: '::1' }),
    ],
  },
  'back-end-server-mapi': {
    hits: [iis('/mapi/emsmdb/', { method: 'POST', port: 444, user: 'CONTOSO\\MAIL01$', client: '::1' })],
    benign: [
      iis('/mapi/emsmdb/', { method: 'POST', port: 444, user: 'CONTOSO\\anna', client: '::1' }),
      iis('/mapi/emsmdb/', { method: 'POST', port: 444, user: 'CONTOSO\\HealthMailbox1', client: '::1' }),
    ],
  },
  'forged-server-version': {
    hits: [
      proxy({
        RoutingHint: 'X-BEResource-Cookie',
        TargetServerVersion: '41.42.31996.000',
        'target-server-major': 41,
        HttpStatus: '200',
        BackEndStatus: '200',
      }),
    ],
    benign: [
      proxy({
        RoutingHint: 'X-BEResource-Cookie',
        TargetServerVersion: '15.01.2176.000',
        'target-server-major': 15,
        HttpStatus: '200',
        BackEndStatus: '200',
      }),
      proxy({
        RoutingHint: 'X-BEResource-Cookie',
        TargetServerVersion: '14.03.0123.000',
        'target-server-major': 14,
        BackEndStatus: '200',
      }),
      proxy({ RoutingHint: 'X-BEResource-Cookie', HttpStatus: '500' }),
      proxy({
        RoutingHint: 'WindowsIdentity',
        'target-server-major': 41,
        IsAuthenticated: 'True',
        BackEndStatus: '200',
      }),
    ],
  },
  'forged-back-end-cookie': {
    hits: [proxy({ BackEndCookie: 'Server~mail01:444/ecp/proxyLogon.ecp~1942062522~2021-03-03T10:00:00' })],
    benign: [
      proxy({ BackEndCookie: 'Server~mail01.contoso.example~1942063431~2023-01-11T16:11:44' }),
      proxy({ BackEndCookie: 'Database~fb7adba2~~2023-02-08T18:59:59~contoso.example~1' }),
    ],
  },

  'vdir-script-ecp': {
    hits: [
      ecp(`Set-OabVirtualDirectory.ExternalUrl='${ATTACK_URL}'.Identity='87fc'`),
      ecp("Set-OabVirtualDirectory.ExternalUrl='http://o/#removed'.Identity='87fc'"),
      ecp(`Set-OabVirtualDirectory.ExternalUrl='${ATTACK_URL}'`, { ex: '<null>' }),
      ecp(`Set-EcpVirtualDirectory.InternalUrl='${ATTACK_URL}'`),
    ],
    benign: [
      ecp("Set-OabVirtualDirectory.ExternalUrl='https://mail.contoso.example/OAB'.Identity='87fc'"),
      ecp('Set-OabVirtualDirectory.ExternalUrl=$null'),
      ecp("Set-OwaVirtualDirectory.ExternalUrl='https://mail/owa/#path=/mail'"),
      ecp("Set-OwaVirtualDirectory.ExternalUrl='https://mail/#inbox'"),
      ecp('Get-InboxRule'),
      ecp(`Set-OabVirtualDirectory.ExternalUrl='${ATTACK_URL}'`, { ex: 'ADNoSuchObjectException' }),
    ],
  },
  'vdir-script-ecp-failed': {
    hits: [ecp(`Set-OabVirtualDirectory.ExternalUrl='${ATTACK_URL}'`, { ex: 'ADNoSuchObjectException' })],
    benign: [ecp('Set-OabVirtualDirectory.ExternalUrl=$null', { ex: 'ADNoSuchObjectException' })],
  },
  'vdir-odd-url-ecp': {
    hits: [
      ecp("Set-OabVirtualDirectory.ExternalUrl='some text'.Identity='87fc'"),
      ecp("Set-EwsVirtualDirectory.InternalUrl='javascript:x'"),
      ecp("Set-EwsVirtualDirectory.InternalUrl='https:x'"),
    ],
    benign: [
      ecp("Set-OabVirtualDirectory.ExternalUrl='https://mail.contoso.example/OAB'.Identity='87fc'"),
      ecp("Set-OabVirtualDirectory.ExternalUrl='http://mail/OAB'"),
      ecp('Set-OabVirtualDirectory.ExternalUrl=$null'),
      ecp("Set-OabVirtualDirectory.ExternalUrl=''"),
      ecp("Set-OabVirtualDirectory.ExternalUrl='some text'", { ex: 'DataValidationException' }),
      ecp("Set-Mailbox.ExternalUrl='some text'"),
    ],
  },
  'vdir-odd-url-event': {
    hits: [cmdlet(1, 'Set-OabVirtualDirectory', '-ExternalUrl "some text" -Identity "OAB (Default Web Site)"')],
    benign: [
      cmdlet(1, 'Set-OabVirtualDirectory', '-ExternalUrl "https://mail/OAB" -Identity "OAB"'),
      cmdlet(1, 'Set-OabVirtualDirectory', '-ExternalUrl $null -Identity "OAB"'),
      cmdlet(1, 'Set-OabVirtualDirectory', '-ExternalUrl "" -Identity "OAB"'),
      cmdlet(6, 'Set-OabVirtualDirectory', '-ExternalUrl "some text"'),
    ],
  },
  'forged-url-ecp': {
    hits: [
      ecp('Get-OabVirtualDirectory', {
        url: '/ecp/DDI/DDIService.svc/SetObject?schema=OABVirtualDirectory&msExchEcpCanary=c&a=%5D:444/ecp/lkO.js',
      }),
    ],
    benign: [
      ecp('Get-Mailbox', { url: '/ecp/DDI/DDIService.svc/GetList?ActID=1&schema=MailboxService&a=1' }),
      ecp('Get-InboxRule', { url: '/ecp/RulesEditor/InboxRules.svc/GetList?msExchEcpCanary=c' }),
    ],
  },
  'vdir-removed-ecp': {
    hits: [ecp("Remove-OabVirtualDirectory.Force=$true.Identity='87fc'")],
    benign: [ecp('Remove-OabVirtualDirectory.Force=$true', { ex: 'AccessDenied' }), ecp('Remove-Mailbox.Identity=1')],
  },
  'vdir-created-ecp': {
    hits: [ecp("New-OabVirtualDirectory.WebSiteName='Default Web Site'")],
    benign: [
      ecp("New-OabVirtualDirectory.WebSiteName='Default Web Site'", { ex: 'AccessDenied' }),
      ecp('New-Mailbox.Name=1'),
    ],
  },
  'vdir-object-gone-ecp': {
    hits: [
      ecp('Set-OabVirtualDirectory.ExternalUrl=$null', {
        ex: 'ManagementObjectNotFoundException: ADNoSuchObjectException',
      }),
    ],
    benign: [
      ecp('Set-OabVirtualDirectory.ExternalUrl=$null'),
      ecp('Get-Mailbox.Identity=1', { ex: 'ADNoSuchObjectException' }),
    ],
  },
  'vdir-script-event': {
    hits: [
      cmdlet(1, 'Set-OabVirtualDirectory', `-ExternalUrl "${ATTACK_URL}" -Identity "OAB (Default Web Site)"`),
      event('MSExchange Management', 'MSExchange CmdletLogs', 1, {
        Data: [`Cmdlet suceeded. Cmdlet Set-OabVirtualDirectory, parameters -ExternalUrl "${ATTACK_URL}".`],
      }),
    ],
    benign: [
      cmdlet(1, 'Set-OabVirtualDirectory', '-ExternalUrl "https://mail.contoso.example/OAB"'),
      cmdlet(1, 'Set-TransportRule', `-ApplyHtmlDisclaimerText "see ExternalUrl <script"`),
      cmdlet(6, 'Set-OabVirtualDirectory', `-ExternalUrl "${ATTACK_URL}"`),
    ],
  },
  'vdir-script-event-failed': {
    hits: [cmdlet(6, 'Set-OabVirtualDirectory', `-ExternalUrl "${ATTACK_URL}"`)],
    benign: [cmdlet(6, 'Set-OabVirtualDirectory', '-ExternalUrl $null')],
  },
  'vdir-removed-event': {
    hits: [cmdlet(1, 'Remove-OabVirtualDirectory', '-Force "True"')],
    benign: [cmdlet(6, 'Remove-OabVirtualDirectory', '-Force "True"'), cmdlet(1, 'Remove-Mailbox', '')],
  },
  'vdir-created-event': {
    hits: [cmdlet(1, 'New-OabVirtualDirectory', '-WebSiteName "Default Web Site"')],
    benign: [cmdlet(1, 'New-Mailbox', ''), cmdlet(6, 'New-OabVirtualDirectory', '')],
  },
  'vdir-script-cmdlet': {
    hits: [
      record('cmdlet.execution', {
        AuthenticatedUser: 'admin',
        Cmdlet: 'Set-OabVirtualDirectory',
        Parameters: `-ExternalUrl "${ATTACK_URL}"`,
        ExecutionResult: 'Success',
      }),
    ],
    benign: [
      record('cmdlet.execution', {
        AuthenticatedUser: 'admin',
        Cmdlet: 'Set-OabVirtualDirectory',
        Parameters: '-ExternalUrl "https://mail/OAB"',
        ExecutionResult: 'Success',
      }),
      record('cmdlet.execution', {
        AuthenticatedUser: 'admin',
        Cmdlet: 'Set-OabVirtualDirectory',
        Parameters: `-ExternalUrl "${ATTACK_URL}"`,
        ExecutionResult: 'Error',
      }),
    ],
  },
  'vdir-script-audit': {
    hits: [
      record('exchange.audit', {
        UserKey: 'admin',
        Operation: 'Set-OabVirtualDirectory',
        Data: `{"Parameters":[{"Name":"ExternalUrl","Value":"http:\\/\\/f\\/\\u003cscript"}]}`,
        ResultStatus: 'True',
      }),
    ],
    benign: [
      record('exchange.audit', {
        UserKey: 'admin',
        Operation: 'Set-OabVirtualDirectory',
        Data: '{"Parameters":[{"Name":"ExternalUrl","Value":"https:\\/\\/mail\\/OAB"}]}',
      }),
      record('exchange.audit', { Operation: 'Set-OabVirtualDirectory', Data: '<script', ResultStatus: 'False' }),
    ],
  },
  'mailbox-exported': {
    hits: [cmdlet(1, 'New-MailboxExportRequest', '-Mailbox "a"')],
    benign: [cmdlet(1, 'Get-MailboxExportRequest', ''), cmdlet(1, 'Set-Mailbox', '')],
  },
  'transport-agent-installed': {
    hits: [cmdlet(1, 'Install-TransportAgent', '-Name "x"')],
    benign: [cmdlet(1, 'Get-TransportAgent', '')],
  },

  'oab-written-elsewhere': {
    hits: [
      record('oab.generator', {
        Message: "Download failed and temporary file 'C:\\inetpub\\wwwroot\\aspnet_client\\a.aspx' needs to be removed",
      }),
      record('oab.generator', {
        Message: 'Download failed and temporary file \\\\host\\share\\a.aspx needs to be removed',
      }),
      record('oab.generator', {
        Message: "Download failed and temporary file 'D:\\Ex\\ClientAccess\\OAB\\..\\..\\a.aspx' needs to be removed",
      }),
    ],
    benign: [
      record('oab.generator', {
        Message:
          "Download failed and temporary file 'E:\\Programme\\Exchange\\V15\\ClientAccess\\OAB\\Temp\\x.1js' needs to be removed",
      }),
      record('oab.generator', { Message: 'Download failed' }),
    ],
  },
  'um-deserialization': {
    hits: [
      event('Application', 'MSExchange Unified Messaging', 1423, {
        Data: ['System.InvalidCastException: Unable to cast'],
      }),
      event('Application', 'MSExchange Common', 4999, {
        Data: ['umworkerprocess', 'Microsoft.VisualStudio.Text.Formatting.TextFormattingRunProperties'],
      }),
    ],
    benign: [
      event('Application', 'MSExchange Unified Messaging', 1423, {
        Data: ['System.InvalidCastException', 'System.OutOfMemoryException'],
      }),
      event('Application', 'MSExchange Unified Messaging', 1000, { Data: ['started'] }),
      event('Application', 'MSExchange ADAccess', 2080, { Data: ['System.InvalidCastException'] }),
    ],
  },
  'um-wrote-page': {
    hits: [
      sysmon(11, {
        Image: 'C:\\Ex\\UMWorkerProcess.exe',
        TargetFilename: 'C:\\inetpub\\wwwroot\\aspnet_client\\help.aspx',
      }),
    ],
    benign: [
      sysmon(11, {
        Image: 'C:\\Ex\\UMWorkerProcess.exe',
        TargetFilename: 'C:\\Ex\\UnifiedMessaging\\temp\\cleanup.bin',
      }),
    ],
  },
  'um-wrote-file': {
    hits: [sysmon(11, { Image: 'C:\\Ex\\UMWorkerProcess.exe', TargetFilename: 'C:\\Windows\\Temp\\a.dll' })],
    benign: [
      sysmon(11, { Image: 'C:\\Ex\\UMWorkerProcess.exe', TargetFilename: 'C:\\Ex\\log\\x.LOG' }),
      sysmon(11, { Image: 'C:\\Windows\\explorer.exe', TargetFilename: 'C:\\a.dll' }),
    ],
  },
  'web-page-written': {
    hits: [
      sysmon(11, { Image: 'System', TargetFilename: 'C:\\inetpub\\wwwroot\\aspnet_client\\supp0rt.aspx' }),
      sysmon(11, {
        Image: 'c:\\windows\\system32\\inetsrv\\w3wp.exe',
        TargetFilename: 'D:\\Ex\\FrontEnd\\HttpProxy\\owa\\auth\\a.aspx',
      }),
    ],
    benign: [
      sysmon(11, { Image: 'System', TargetFilename: 'D:\\Ex\\FrontEnd\\HttpProxy\\owa\\auth\\logon.aspx' }),
      sysmon(11, {
        Image: 'c:\\windows\\system32\\inetsrv\\w3wp.exe',
        TargetFilename:
          'C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\Temporary ASP.NET Files\\owa\\a\\b\\logon.aspx.1.compiled',
      }),
      sysmon(11, {
        Image: 'C:\\Windows\\System32\\msiexec.exe',
        TargetFilename: 'D:\\Ex\\FrontEnd\\HttpProxy\\owa\\auth\\logon.aspx',
      }),
    ],
  },
  'page-over-own-share': {
    hits: [
      event('Security', 'Microsoft-Windows-Security-Auditing', 5145, {
        ShareName: '\\\\*\\C$',
        SubjectUserName: 'MAIL01$',
        RelativeTargetName: 'inetpub\\wwwroot\\aspnet_client\\a.aspx',
        AccessList: '%%4417\r\n\t\t\t\t%%4418',
        IpAddress: '127.0.0.1',
      }),
    ],
    benign: [
      event('Security', 'Microsoft-Windows-Security-Auditing', 5145, {
        ShareName: '\\\\*\\C$',
        SubjectUserName: 'admin',
        RelativeTargetName: 'inetpub\\a.aspx',
        AccessList: '%%4417',
        IpAddress: '192.168.1.5',
      }),
      event('Security', 'Microsoft-Windows-Security-Auditing', 5145, {
        ShareName: '\\\\*\\C$',
        SubjectUserName: 'MAIL01$',
        RelativeTargetName: 'Windows\\a.log',
        AccessList: '%%4417',
        IpAddress: '127.0.0.1',
      }),
    ],
  },

  'forged-target-rejected': {
    hits: [
      event('Application', 'MSExchange Front End HTTP Proxy', 1003, { Data: ['Ecp', FROM_STRING] }),
      event('Application', 'MSExchange Common', 4999, {
        Data: ['21628', 'E12IIS', 'M.E.D.A.C.BackEndServer.FromString', 'System.ArgumentException'],
      }),
    ],
    benign: [
      event('Application', 'MSExchange Front End HTTP Proxy', 1003, { Data: ['Owa', 'System.NullReferenceException'] }),
      event('Application', 'MSExchange Common', 4999, { Data: ['21628', 'System.ArgumentException'] }),
    ],
  },
  'forged-url-event': {
    hits: [
      event('Application', 'MSExchange Control Panel', 4, {
        Data: [
          'Administrator',
          'https://mail01:444/ecp/DDI/DDIService.svc/GetList?reqId=1&schema=VirtualDirectory&a=]:444/ecp/abc.js',
          'error',
        ],
      }),
    ],
    benign: [
      event('Application', 'MSExchange Control Panel', 4, {
        Data: ['admin', 'https://mail01:444/ecp/default.aspx?p=Servers&a=1', 'error'],
      }),
    ],
  },
  'defender-campaign-malware': {
    hits: [
      event('Microsoft-Windows-Windows Defender/Operational', 'Microsoft-Windows-Windows Defender', 1116, {
        'Threat Name': 'Exploit:Script/Exmann.A!dha',
        Path: 'file:_C:\\inetpub\\a.aspx',
      }),
    ],
    benign: [
      event('Microsoft-Windows-Windows Defender/Operational', 'Microsoft-Windows-Windows Defender', 1116, {
        'Threat Name': 'Virus:DOS/EICAR_Test_File',
      }),
    ],
  },
  'defender-weakened': {
    hits: [
      event('Microsoft-Windows-Windows Defender/Operational', 'Microsoft-Windows-Windows Defender', 5007, {
        'New Value': 'HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Exclusions\\Paths\\C:\\ = 0x0',
      }),
    ],
    benign: [
      event('Microsoft-Windows-Windows Defender/Operational', 'Microsoft-Windows-Windows Defender', 5007, {
        'New Value': 'HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Signature Updates\\x',
      }),
    ],
  },
  'event-log-cleared': {
    hits: [event('Security', 'Microsoft-Windows-Eventlog', 1102), event('System', 'Microsoft-Windows-Eventlog', 104)],
    benign: [event('Security', 'Microsoft-Windows-Eventlog', 1100), event('Application', 'Other', 104)],
  },

  'exchange-worker-shell': {
    hits: [
      child('cmd.exe', 'cmd /c whoami'),
      event('Security', 'Microsoft-Windows-Security-Auditing', 4688, {
        NewProcessName: 'C:\\Windows\\System32\\cmd.exe',
        ParentProcessName: 'C:\\Windows\\System32\\inetsrv\\w3wp.exe',
        CommandLine: 'cmd',
      }),
    ],
    benign: [
      child('csc.exe', 'csc'),
      child('cmd.exe', 'cmd', { parent: 'C:\\Windows\\explorer.exe' }),
      child('cmd.exe', 'cmd', { parentLine: 'w3wp.exe -ap "Intranet"' }),
    ],
  },
  'exchange-worker-recon': {
    hits: [child('whoami.exe', 'whoami')],
    benign: [
      child('WerFault.exe', 'werfault'),
      child('whoami.exe', 'whoami', { parent: 'C:\\Windows\\System32\\cmd.exe', parentLine: 'cmd' }),
    ],
  },
  'exchange-pool-shell': {
    hits: [
      child('cmd.exe', 'cmd /c dir'),
      child('powershell.exe', 'powershell -enc x', { parentLine: 'w3wp.exe -ap "MSExchangeECPAppPool"' }),
    ],
    benign: [
      child('csc.exe', 'csc'),
      child('cvtres.exe', 'cvtres'),
      child('WerFault.exe', 'werfault'),
      child('cmd.exe', 'cmd', { parentLine: 'w3wp.exe -ap "Intranet"' }),
      child('cmd.exe', 'cmd', { parentLine: 'w3wp.exe -ap "MSExchangePowerShellAppPool"' }),
      child('cmd.exe', 'cmd', { parent: 'C:\\Windows\\System32\\cmd.exe', parentLine: 'cmd' }),
    ],
  },
  'web-shell-client-command': {
    hits: [child('cmd.exe', '"cmd" /c cd /d "C:/inetpub/wwwroot/aspnet_client"&whoami&echo [S]&cd&echo [E]')],
    benign: [child('cmd.exe', 'cmd /c echo start & dir', { parent: 'C:\\Windows\\explorer.exe' })],
  },
  'lsass-dump-command': {
    hits: [
      child('rundll32.exe', 'rundll32 C:\\windows\\system32\\comsvcs.dll, MiniDump 640 C:\\inetpub\\temp\\l.dmp full'),
      child('cmd.exe', 'procdump64.exe -accepteula -ma lsass.exe out.dmp'),
    ],
    benign: [
      child('cmd.exe', 'procdump.exe -ma w3wp.exe', { parent: 'C:\\Windows\\explorer.exe' }),
      child('tasklist.exe', 'tasklist /fi "imagename eq lsass.exe"'),
    ],
  },
  'hive-save-command': {
    hits: [
      child('reg.exe', 'reg save hklm\\sam C:\\a'),
      child('reg.exe', 'reg.exe save HKEY_LOCAL_MACHINE\\SECURITY b'),
    ],
    benign: [child('reg.exe', 'reg save hklm\\software\\x C:\\a'), child('reg.exe', 'reg query hklm\\sam')],
  },
  'admin-group-command': {
    hits: [child('net.exe', 'net group "Exchange Organization administrators" administrator /del /domain')],
    benign: [child('net.exe', 'net group "Exchange Organization administrators" /domain')],
  },
  'powershell-tool': {
    hits: [
      event('Microsoft-Windows-PowerShell/Operational', 'Microsoft-Windows-PowerShell', 4104, {
        ScriptBlockText: 'function powercat { }',
      }),
    ],
    benign: [
      event('Microsoft-Windows-PowerShell/Operational', 'Microsoft-Windows-PowerShell', 4104, {
        ScriptBlockText: 'Get-Mailbox',
      }),
    ],
  },
  'winnet-task': {
    hits: [event('Security', 'Microsoft-Windows-Security-Auditing', 4698, { TaskName: '\\Winnet' })],
    benign: [
      event('Security', 'Microsoft-Windows-Security-Auditing', 4698, {
        TaskName: '\\Microsoft\\Windows\\WinnetBackup',
      }),
    ],
  },
  'service-from-open-folder': {
    hits: [
      installed('x', 'C:\\Users\\Public\\opera\\opera_browser.exe'),
      installed('msupdate', 'C:\\a.exe'),
      installed('y', '"C:\\ProgramData\\a.exe" -k'),
    ],
    benign: [
      installed('WdNisDrv', 'C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18\\MsMpEng.exe'),
      installed('Backup', '"C:\\Program Files\\B\\b.exe"'),
      installed('z', 'C:\\Windows\\System32\\z.exe'),
    ],
  },
  'local-account-created': {
    hits: [event('Security', 'Microsoft-Windows-Security-Auditing', 4720, { TargetUserName: 'a' })],
    benign: [event('Security', 'Microsoft-Windows-Security-Auditing', 4722, { TargetUserName: 'a' })],
  },

  'page-not-shipped': {
    hits: [
      file(`${FRONT}/owa/auth/RedirSuiteServerProxy.aspx`),
      file(`${FRONT}/ecp/auth/TimeoutLogoff.aspx`),
      file(`${FRONT}/owa/auth/TimeoutLogout.aspx`),
      file(`${FRONT}/owa/auth/15.1.2176/x.ashx`),
      file(`${WEB}/aspnet_client/system_web/a.aspx`),
      file('E/aspnet_client/system_web/b.aspx'),
    ],
    benign: [
      file(`${FRONT}/owa/auth/errorFE.aspx`),
      file(`${FRONT}/ecp/auth/TimeoutLogout.aspx`),
      file(`${FRONT}/OAB/global.asax`),
      file(`${FRONT}/owa/web.config`),
      file(`${WEB}/aspnet_client/system_web/4_0_30319/WebUIValidation.js`),
      file(`${WEB}/default.aspx`),
    ],
  },
  'page-not-shipped-unread': {
    hits: [file(`${FRONT}/owa/auth/a.aspx`), file(`${WEB}/aspnet_client/a.aspx`)],
    benign: [
      file(`${FRONT}/owa/auth/a.aspx`, { content: '<html>' }),
      file(`${FRONT}/owa/auth/logon.aspx`),
      file(`${WEB}/a.aspx`),
    ],
  },
  'page-with-shell-name': {
    hits: [
      file(`${FRONT}/ecp/auth/TimeoutLogoff.aspx`),
      file(`${FRONT}/owa/auth/TimeoutLogout.aspx`),
      file(`${FRONT}/owa/auth/errorEE.aspx`, { content: '<html>' }),
      file(`${FRONT}/owa/auth/Current/one1.aspx`),
    ],
    benign: [
      file(`${FRONT}/ecp/auth/TimeoutLogout.aspx`),
      file(`${FRONT}/owa/auth/errorFE.aspx`),
      file(`${FRONT}/owa/auth/OutlookCN.aspx`),
      file(`${FRONT}/owa/auth/secondfactor.aspx`),
    ],
  },
  'page-with-odd-code': {
    hits: [
      file(`${FRONT}/owa/auth/a.aspx`, { content: SCRIPT }),
      file(`${WEB}/aspnet_client/a.aspx`, { content: '<%@ Page Language="Jscript" %>x' }),
      file(`${FRONT}/ecp/auth/a.aspx`, { content: '<% var a = "\\u0065\\u0076\\u0061\\u006c"; %>' }),
      file(`${FRONT}/ecp/auth/a.aspx`, { content: '<% Convert.FromBase64String(x) %>' }),
    ],
    benign: [
      file(`${FRONT}/owa/auth/a.aspx`, {
        content: '<%@ Page Language="C#" Inherits="Vendor.Logon" %><html><script>var a = 1;</script><%= Request.Url %>',
      }),
      file(`${FRONT}/owa/auth/logon.aspx`, { content: SCRIPT }),
    ],
  },
  'page-not-shipped-back-end': {
    hits: [file(`${BACK}/owa/auth/one.aspx`), file(`${BACK}/ecp/x.ashx`)],
    benign: [
      file(`${BACK}/owa/auth/error.aspx`),
      file(`${BACK}/ecp/default.aspx`),
      file(`${BACK}/exchweb/EWS/exchange.asmx`),
      file(`${BACK}/ecp/web.config`),
    ],
  },
  'page-in-web-root': {
    hits: [file(`${WEB}/iisstart.aspx`)],
    benign: [
      file(`${WEB}/default.aspx`),
      file(`${WEB}/iisstart.htm`),
      file(`${WEB}/_wmcs/licensing/license.asmx`),
      file(`${WEB}/CertEnroll/ca.cer`),
    ],
  },
  'web-shell-content': {
    hits: [
      file(`${WEB}/aspnet_client/a.aspx`, { content: `${SCRIPT}${EVALUATE}` }),
      file(`${FRONT}/owa/auth/errorFE.aspx`, { content: `x ${EVALUATE}` }),
      file(`${WEB}/a.aspx`, { content: 'Request.Files[0].SaveAs(Server.MapPath(p))' }),
      file(`${WEB}/b.aspx`, { content: 'new StreamWriter(Request.Form["p"])' }),
      file(`${WEB}/c.aspx`, { content: 'var b = Convert.FromBase64String(Request["x"]); Assembly.Load(b)' }),
      file(`${WEB}/d.aspx`, { content: 'var p = new Process(); p.StartInfo.Arguments = Request.Form["c"];' }),
      file(`${WEB}/e.asp`, { content: CLASSIC }),
      file(`${WEB}/f.php`, { content: PHP }),
    ],
    benign: [
      file(`${FRONT}/owa/auth/logon.aspx`, {
        content: '<% if (Request.Headers["X"] != null) { Response.Write(Utility.HtmlEncode(x)); } %>',
      }),
      file(`${WEB}/a.aspx`, { content: 'Process.Start("notepad")' }),
      file(`${WEB}/a.aspx`, { content: 'Convert.FromBase64String(x)' }),
      file(`${WEB}/a.js`, { content: EVALUATE }),
      file(`${WEB}/a.asp`, { content: '<% response.write request("x") %> evaluate requests' }),
      file(`${WEB}/a.php`, { content: '<?php echo htmlspecialchars($_GET["x"]); system("ls"); ?>' }),
    ],
  },
  'served-page-altered': {
    hits: [
      file(`${FRONT}/owa/auth/logon.aspx`, { content: `x ${EVALUATE}` }),
      file(`${WEB}/default.aspx`, { content: `x ${EVALUATE}` }),
    ],
    benign: [
      file(`${FRONT}/owa/auth/logon.aspx`, {
        content: '<% if (Request.Headers["X"] != null) { Response.Write(x); } %>',
      }),
      file(`${WEB}/aspnet_client/a.aspx`, { content: `x ${EVALUATE}` }),
      file(`${WEB}/default.aspx`, { content: 'Request.Files[0].SaveAs(Server.MapPath(p))' }),
      file(`${FRONT}/owa/auth/logon.aspx`, {
        content: 'eval("(" + xmlHttpRequest.responseText + ")"); eval(request.responseText)',
      }),
    ],
  },
  'vdir-dump-with-script': {
    hits: [file(`${FRONT}/owa/auth/a.aspx`, { content: DUMP })],
    benign: [
      file(`${FRONT}/owa/auth/a.aspx`, { content: PLAIN_DUMP }),
      file(`${WEB}/a.aspx`, { content: SCRIPT }),
      file('E/notes/a.txt', { content: DUMP }),
    ],
  },
  'vdir-dump-elsewhere': {
    hits: [file('C/ProgramData/WHO/iisstart.aspx', { content: DUMP })],
    benign: [
      file('C/ProgramData/WHO/iisstart.aspx', { content: PLAIN_DUMP }),
      file('C/ProgramData/Vendor/Quarantine/iisstart.aspx', { content: DUMP }),
      file('C/Users/adm/Desktop/iisstart.aspx', { content: DUMP }),
      file('C/ProgramData/notes.txt', { content: DUMP }),
    ],
  },
  'logon-script-altered': {
    hits: [
      file(`${FRONT}/owa/auth/15.1.2176/scripts/premium/flogon.js`, {
        content: 'var p = password.value; var r = new XMLHttpRequest(); r.open',
      }),
      file(`${FRONT}/owa/auth/logon.aspx`, { content: 'password <% File.AppendAllText(p, x) %>' }),
    ],
    benign: [
      file(`${FRONT}/owa/auth/15.1.2176/scripts/premium/flogon.js`, { content: 'var p = password.value !== "";' }),
      file(`${FRONT}/owa/auth/15.1.2176/scripts/premium/other.js`, { content: 'password new XMLHttpRequest()' }),
      file(`${FRONT}/owa/auth/logon.aspx`, { content: 'new XMLHttpRequest()' }),
    ],
  },
  'page-hidden': {
    hits: [
      file(`${WEB}/aspnet_client/a.aspx`, { attributes: 'RHSA' }),
      file(`${WEB}/aspnet_client/a.aspx`, { attributes: 'ReadOnly, Hidden, System, Archive' }),
    ],
    benign: [
      file(`${WEB}/aspnet_client/a.aspx`, { attributes: 'Archive' }),
      file(`${WEB}/aspnet_client/a.aspx`, { attributes: 'A' }),
      file(`${WEB}/desktop.ini`, { attributes: 'HS' }),
    ],
  },
  'page-owned-by-system': {
    hits: [
      file(`${WEB}/aspnet_client/a.aspx`, { owner: 'NT AUTHORITY\\SYSTEM' }),
      file(`${WEB}/aspnet_client/a.aspx`, { owner: 'AUTORITE NT\\Système' }),
    ],
    benign: [
      file(`${WEB}/aspnet_client/a.aspx`, { owner: 'BUILTIN\\Administrators' }),
      file(`${FRONT}/owa/auth/logon.aspx`, { owner: 'NT AUTHORITY\\SYSTEM' }),
    ],
  },
  'aspnet-client-compiled': {
    hits: [
      compiled('/aspnet_client/supp0rt.aspx'),
      file(`${CACHE}/root/1a/2b/a.aspx.1a.compiled`, { 'compiled-path': '/aspnet_client/a.aspx' }),
    ],
    benign: [compiled('/default.aspx'), compiled('/owa/auth/logon.aspx')],
  },
  'shell-name-compiled': {
    hits: [
      compiled('/owa/auth/OutlookEN.aspx'),
      compiled('/owa/auth/TimeoutLogout.aspx'),
      compiled('/owa/auth/Current/themes/one1.aspx'),
    ],
    benign: [
      compiled('/owa/auth/OutlookCN.aspx'),
      compiled('/owa/auth/errorFE.aspx'),
      compiled('/owa/auth/error.aspx'),
      compiled('/ecp/auth/TimeoutLogout.aspx'),
      compiled('/owa/auth/logoff.aspx'),
      compiled('/owa/auth/secondfactor.aspx'),
    ],
  },
  'page-compiled': {
    hits: [compiled('/owa/auth/RedirSuiteServerProxy.aspx'), compiled('/ecp/auth/TimeoutLogoff.aspx')],
    benign: [
      compiled('/owa/auth/logon.aspx'),
      compiled('/owa/auth/error.aspx'),
      compiled('/ecp/auth/TimeoutLogout.aspx'),
      compiled('/ecp/default.aspx'),
      compiled('/owa/default.aspx'),
    ],
  },
  'root-page-compiled': {
    hits: [file(`${CACHE}/root/1a2b/3c4d/supp0rt.aspx.1a2b3c4d.compiled`)],
    benign: [
      file(`${CACHE}/root/1a2b/3c4d/default.aspx.1a2b3c4d.compiled`),
      file(`${CACHE}/owa/1a2b/3c4d/logon.aspx.1a2b3c4d.compiled`),
      file(`${CACHE}/root/1a2b/3c4d/App_Web_x.dll`),
    ],
  },
  'lsass-dump-file': {
    hits: [file('C/root/lsass.dmp'), file('C:/Windows/Temp/lsass_640.dmp')],
    benign: [
      file('C/root/w3wp.dmp'),
      file('C/ProgramData/Microsoft/Windows/WER/x/lsass.exe.1.mdmp'),
      file('C/Users/adm/AppData/Local/CrashDumps/lsass.exe.4.dmp'),
    ],
  },
  'known-tool-path': {
    hits: [file('C/Windows/Temp/xx.bat'), file('C/Users/Public/opera/opera_browser.exe')],
    benign: [file('C/Windows/Temp/xx.log'), file('C/Program Files/Opera/opera_browser.exe')],
  },
  'archive-in-programdata': {
    hits: [file('C/ProgramData/it.zip'), file('C/ProgramData/pst/it.zip')],
    benign: [
      file('C/ProgramData/McAfee/Agent/it.zip'),
      file('C/ProgramData/FrameworkConfig.zip'),
      file('C/ProgramData/vss_manifests.zip'),
    ],
  },
  'loot-in-web-folder': {
    hits: [
      file(`${WEB}/aspnet_client/a.dmp`),
      file(`${FRONT}/owa/auth/x.zip`),
      file(`${WEB}/m.pst`),
      file('E/aspnet_client/system_web/b.7z'),
    ],
    benign: [
      file(`${WEB}/downloads.zip`),
      file(`${FRONT}/OAB/6fd0/data.lzx`),
      file('C/Windows/Temp/a.zip'),
      file(`${FRONT}/ecp/15.1.2176/exporttool/x.cab`),
    ],
  },

  'iis-module-open-folder': {
    hits: [record('iis.module', { name: 'm', image: 'C:\\ProgramData\\m.dll' })],
    benign: [
      record('iis.module', { name: 'cafe_exppw', image: 'D:\\Ex\\FrontEnd\\HttpProxy\\bin\\exppw.dll' }),
      record('iis.module', { name: 'HttpLoggingModule', image: '%windir%\\System32\\inetsrv\\loghttp.dll' }),
      record('iis.module', { name: 'x', image: 'C:\\Program Files\\Duo\\x.dll' }),
    ],
  },
  'iis-module-foreign': {
    hits: [
      record('iis.module', { name: 'HttpResetModule', image: '%windir%\\System32\\inetsrv\\iisrehv.dll' }),
      record('iis.module', { name: 'HttpLoggingModule', image: 'C:\\Other\\inetsrv\\loghttp.dll' }),
    ],
    benign: [
      record('iis.module', { name: 'cafe_exppw', image: 'D:\\Ex\\FrontEnd\\HttpProxy\\bin\\exppw.dll' }),
      record('iis.module', { name: 'HttpLoggingModule', image: '%windir%\\System32\\inetsrv\\loghttp.dll' }),
      record('iis.module', { name: 'RewriteModule', image: '%SystemRoot%\\system32\\inetsrv\\rewrite.dll' }),
      record('iis.module', { section: 'modules', name: 'FbaModule', type: 'Microsoft.Exchange.HttpProxy.FbaModule' }),
    ],
  },
  'iis-managed-module-foreign': {
    hits: [record('iis.module', { section: 'modules', name: 'x', type: 'Helpers.Hook, Helpers' })],
    benign: [
      record('iis.module', { section: 'modules', name: 'FbaModule', type: 'Microsoft.Exchange.HttpProxy.FbaModule' }),
      record('iis.module', { section: 'modules', name: 'Session', type: 'System.Web.SessionState.SessionStateModule' }),
      record('iis.module', { section: 'modules', name: 'HttpLoggingModule' }),
    ],
  },
  'iis-directory-elsewhere': {
    hits: [
      record('iis.virtual-directory', { url: '/a', physicalPath: '\\\\10.10.2.77\\web' }),
      record('iis.virtual-directory', { url: '/a', physicalPath: 'E:\\web' }),
      record('iis.virtual-directory', { url: '/a', physicalPath: 'C:\\inetpub\\wwwroot\\..\\temp' }),
      record('iis.virtual-directory', { url: '/a', physicalPath: '\\\\host\\x\\FrontEnd\\HttpProxy\\owa' }),
    ],
    benign: [
      record('iis.virtual-directory', { url: '/', physicalPath: '%SystemDrive%\\inetpub\\wwwroot' }),
      record('iis.virtual-directory', { url: '/owa', physicalPath: 'D:\\Ex\\FrontEnd\\HttpProxy\\owa' }),
      record('iis.virtual-directory', { url: '/owa', physicalPath: 'D:\\Ex\\ClientAccess\\exchweb\\EWS' }),
      record('iis.virtual-directory', { url: '/Rpc', physicalPath: '%windir%\\System32\\RpcProxy' }),
    ],
  },
  'iis-directory-open-folder': {
    hits: [record('iis.virtual-directory', { url: '/a', physicalPath: 'C:\\ProgramData\\COM1' })],
    benign: [
      record('iis.virtual-directory', { url: '/', physicalPath: '%SystemDrive%\\inetpub\\wwwroot' }),
      record('iis.virtual-directory', { url: '/owa', physicalPath: 'D:\\Ex\\FrontEnd\\HttpProxy\\owa' }),
    ],
  },
  'iis-handler-for-static-files': {
    hits: [record('iis.handler', { name: 'h', path: '*.js', type: 'System.Web.UI.PageHandlerFactory' })],
    benign: [
      record('iis.handler', { name: 'PageHandlerFactory', path: '*.aspx', type: 'System.Web.UI.PageHandlerFactory' }),
      record('iis.handler', { name: 's', path: '*.js', type: 'Microsoft.Exchange.Clients.Owa.JsHandler' }),
    ],
  },

  'known-web-shell': {
    hits: [
      file(`${WEB}/aspnet_client/a.aspx`, {
        sha256: 'b75f163ca9b9240bf4b37ad92bc7556b40a17e27c2b8ed5c8991385fe07d17d0',
      }),
    ],
    benign: [
      file('E/samples/a.bin', { sha256: 'b75f163ca9b9240bf4b37ad92bc7556b40a17e27c2b8ed5c8991385fe07d17d0' }),
      file(`${WEB}/aspnet_client/a.aspx`, {
        sha256: 'ff5f163ca9b9240bf4b37ad92bc7556b40a17e27c2b8ed5c8991385fe07d17d0',
      }),
    ],
  },
  'known-compiled-shell': {
    hits: [
      file(`${CACHE}/owa/1/2/App_Web_x.dll`, {
        sha256: '097F5F700C000A13B91855BEB61A931D34FB0ABB738A110368F525E25C5BC738',
      }),
    ],
    benign: [file(`${CACHE}/owa/1/2/App_Web_x.dll`, { sha256: '00' })],
  },
  'known-malware': {
    hits: [file('C/a.exe', { sha256: '2b9838da7edb0decd32b086e47a31e8f5733b5981ad8247a2f9508e232589bff' })],
    benign: [file('C/a.exe', { sha256: '2b' })],
  },
  'known-tool': {
    hits: [file('C/p.ps1', { sha256: 'c55672b5d2963969abe045fe75db52069d0300691d4f1f5923afeadf5353b9d2' })],
    benign: [file('C/p.ps1', { sha256: '00' })],
  },
  'known-malware-event': {
    hits: [
      sysmon(1, { Hashes: 'SHA1=30DD3076EC9ABB13C15053234C436406B88FB2B9,MD5=00', Image: 'C:\\a.exe' }),
      sysmon(1, { Hashes: 'MD5=79eb217578bed4c250803bd573b10151', Image: 'C:\\b.exe' }),
    ],
    benign: [sysmon(1, { Hashes: 'SHA1=00,MD5=11', Image: 'C:\\a.exe' })],
  },
  'known-source-address': {
    hits: [iis('/owa/', { client: '103.77.192.219' }), proxy({ client: '5.2.69.14' })],
    benign: [iis('/owa/', { client: '5.2.69.140' }), iis('/owa/', { client: '104.21.89.10' })],
  },
  'known-user-agent': {
    hits: [
      iis('/a', { method: 'POST', agent: 'ExchangeServicesClient/0.0.0.0' }),
      proxy({
        'user-agent':
          'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML like Gecko) Chrome/51.0.2704.103 Safari/537.36',
      }),
    ],
    benign: [
      iis('/a', { agent: 'ExchangeServicesClient/0.0.0.0' }),
      iis('/a', { method: 'POST', agent: 'ExchangeServicesClient/15.01.2375.007' }),
    ],
  },
  'known-control-name': {
    hits: [sysmon(22, { QueryName: 'p.estonine.com', Image: 'C:\\w.exe' })],
    benign: [sysmon(22, { QueryName: 'www.estonine.com.example', Image: 'C:\\w.exe' })],
  },
  'known-control-address': {
    hits: [sysmon(3, { DestinationIp: '161.129.64.124' })],
    benign: [sysmon(3, { DestinationIp: '161.129.64.12' })],
  },
};

function sees(rule: string, evidence: EvidenceRecord): boolean {
  const check = checks.get(rule);
  return (
    check !== undefined && check.interest.kinds.includes(evidence.kind) && check.watch().see(evidence) !== undefined
  );
}

function describeRecord(evidence: EvidenceRecord): string {
  return `${evidence.kind} ${evidence.excerpt().slice(0, 160)}`;
}

describe('the rules of the pack', () => {
  test('all have a positive and a benign example here', () => {
    // What findings teach has no example of its own: `page-used-by-get` among the cases shows it.
    expect(pack.checks.map((check) => check.meta.id).toSorted()).toEqual(Object.keys(TABLE).toSorted());
    expect(Object.entries(TABLE).filter(([, { hits, benign }]) => hits.length === 0 || benign.length === 0)).toEqual(
      [],
    );
  });

  const cases = Object.entries(TABLE).flatMap(([rule, { hits, benign }]) => [
    ...hits.map((evidence) => ({ rule, evidence, wanted: true, says: describeRecord(evidence) })),
    ...benign.map((evidence) => ({ rule, evidence, wanted: false, says: describeRecord(evidence) })),
  ]);
  test.each(cases)('$rule, hit $wanted: $says', ({ rule, evidence, wanted }) => {
    expect(sees(rule, evidence)).toBe(wanted);
  });

  test('give the entities they fold by, wherever the evidence has them', () => {
    const bare = Object.entries(TABLE).flatMap(([rule, { hits }]) =>
      hits.flatMap((evidence) => {
        const kinds = new Set(
          checks
            .get(rule)
            ?.watch()
            .see(evidence)
            ?.entities.map((entity) => entity.kind),
        );
        return (checks.get(rule)?.meta.key ?? []).filter((kind) => !kinds.has(kind)).map((kind) => `${rule}: ${kind}`);
      }),
    );
    // An event of which only the rendered message is left names nobody.
    expect(bare).toEqual(['vdir-script-event: account']);
  });

  test('explain themselves: a description, false positives and a technique each', () => {
    expect(
      pack.rules
        .filter((rule) => rule.description.length < 40 || rule.falsePositives.length === 0 || rule.attack.length === 0)
        .map((rule) => rule.id),
    ).toEqual([]);
  });

  test('hold a literal of their interest in the text of every log line they hit', () => {
    const lines = Object.entries(TABLE).flatMap(([rule, { hits }]) =>
      hits.filter((h) => h.kind.startsWith('http.')).map((evidence) => ({ rule, evidence })),
    );
    const silent = lines.filter(({ rule, evidence }) => {
      const literals = checks.get(rule)?.interest.literals;
      // The fields a line is made of, as the log has them; derived ones are not in its text.
      const text = evidence
        .fields()
        .map((name) => String(evidence.get(name)))
        .join(' ')
        .toLowerCase();
      return literals !== undefined && !text.includes('%') && !literals.some((literal) => text.includes(literal));
    });
    expect(silent.map(({ rule }) => rule)).toEqual([]);
  });
});

/** Findings as the engine folds them: one for each rule and key. */
function findingsOf(records: readonly EvidenceRecord[]): ReadonlyMap<string, readonly Finding[]> {
  const folded = new Map<string, Finding & { times: number[]; entities: { kind: string; value: string }[] }>();
  for (const evidence of records) {
    for (const check of pack.checks) {
      if (!check.interest.kinds.includes(evidence.kind)) continue;
      const hit = check.watch().see(evidence);
      if (hit === undefined) continue;
      const id = [
        check.meta.id,
        ...check.meta.key.map((kind) => hit.entities.find((e) => e.kind === kind)?.value ?? ''),
      ].join('|');
      const finding = folded.get(id) ?? {
        id,
        rule: check.meta.id,
        host: 'h',
        count: 0,
        since: undefined,
        until: undefined,
        entities: [],
        sightings: [],
        times: [],
      };
      folded.set(id, finding);
      finding.entities.push(...hit.entities);
      if (evidence.kind !== 'file' && !evidence.kind.startsWith('iis.')) finding.times.push(evidence.at ?? 0);
    }
  }
  const byRule = new Map<string, Finding[]>();
  for (const finding of folded.values()) {
    finding.times.sort((a, b) => a - b);
    byRule.set(finding.rule, [...(byRule.get(finding.rule) ?? []), finding]);
  }
  return byRule;
}

/** The claims that records establish. */
function proven(...records: readonly EvidenceRecord[]): readonly ClaimId[] {
  const findings = findingsOf(records);
  return pack.claims
    .filter((claim) => claim.proofs.some((proof: Condition) => prove(proof, findings).length > 0))
    .map((claim) => claim.claim);
}

const S = 1_000_000;

describe('what the pack proves', () => {
  test('a public scanner against an unpatched server: targeted and vulnerable then, and nothing more', () => {
    expect(
      proven(
        proxy({
          UrlStem: '/owa/auth/x.js',
          AnchorMailbox: 'ServerInfo~localhost/owa/auth/logon.aspx?',
          HttpStatus: '500',
          BackEndStatus: '500',
        }),
      ),
    ).toEqual(['vulnerable', 'targeted']);
  });

  test('a probe that the fixed server rejected: targeted only', () => {
    expect(
      proven(
        event('Application', 'MSExchange Front End HTTP Proxy', 1003, { Data: ['Ecp', FROM_STRING] }),
        iis('/ecp/y.js', { method: 'POST', status: 500 }),
      ),
    ).toEqual(['targeted']);
  });

  test('one autodiscover knock is an attempt, and a sign of the vulnerability only if it was answered', () => {
    expect(proven(forged('/autodiscover/autodiscover.xml?', '200'))).toEqual(['vulnerable', 'targeted']);
    expect(proven(forged('/autodiscover/autodiscover.xml?', '500', { back: '' }))).toEqual(['targeted']);
  });

  test('a minted session: exploited', () => {
    expect(proven(forged('/ecp/proxyLogon.ecp?', '241'))).toEqual(['vulnerable', 'targeted', 'exploited']);
  });

  test('the first two steps by one client within a minute: exploited; by two clients or an hour apart: not', () => {
    const first = forged('/autodiscover/autodiscover.xml?', '200', { at: 0 });
    expect(proven(first, forged('/mapi/emsmdb/?', '200', { at: 5 * S }))).toContain('exploited');
    expect(proven(first, forged('/mapi/emsmdb/?', '200', { at: 5 * S, client: '203.0.113.8' }))).not.toContain(
      'exploited',
    );
    expect(proven(first, forged('/mapi/emsmdb/?', '200', { at: 3600 * S }))).not.toContain('exploited');
  });

  test('January, from IIS logs alone: the carrier at the front end and the admin centre under the name of the server', () => {
    const carrier = iis('/ecp/y.js', { method: 'POST', status: 200, at: 1000 * S });
    const admin = iis('/ecp/DDI/DDIService.svc/GetObject', {
      method: 'POST',
      port: 444,
      user: 'CONTOSO\\MAIL01$',
      at: 999 * S,
    });
    expect(proven(carrier, admin)).toEqual(['targeted', 'exploited']);
    expect(proven(carrier)).toEqual(['targeted']);
    expect(proven(admin)).toEqual([]);
  });

  test('January, mail read: both ends of one request within a moment; a job of the server hours away is none', () => {
    const carrier = iis('/ecp/y.js', { method: 'POST', status: 200, at: 1000 * S });
    const refused = iis('/ecp/y.js', { method: 'POST', status: 500, at: 1000 * S });
    const read = (at: number): EvidenceRecord =>
      iis('/ews/exchange.asmx', { method: 'POST', port: 444, user: 'CONTOSO\\MAIL01$', client: '::1', at });
    expect(proven(carrier, read(1000 * S))).toEqual(['targeted', 'exploited', 'data-accessed']);
    expect(proven(carrier, read(9000 * S))).toEqual(['targeted']);
    expect(proven(refused, read(1000 * S))).toEqual(['targeted']);
  });

  test('mail read through forged requests: data accessed, without any file', () => {
    expect(proven(forged('/ews/exchange.asmx?', '200'))).toEqual([
      'vulnerable',
      'targeted',
      'exploited',
      'data-accessed',
    ]);
  });

  test('an administrator who resets the OAB directory in the EAC: nothing', () => {
    expect(
      proven(
        iis('/ecp/proxyLogon.ecp', { method: 'POST', status: 241, port: 444, user: 'CONTOSO\\MAIL01$', at: 1 * S }),
        iis('/ecp/DDI/DDIService.svc/SetObject', {
          method: 'POST',
          port: 444,
          user: 'CONTOSO\\admin',
          query: 'schema=ResetOABVirtualDirectory',
          at: 2 * S,
        }),
        ecp("Set-OabVirtualDirectory.ExternalUrl='https://mail.contoso.example/OAB'", { at: 2 * S }),
        ecp('Remove-OabVirtualDirectory.Force=$true', { at: 3 * S }),
        ecp("New-OabVirtualDirectory.WebSiteName='Default Web Site'", { at: 4 * S }),
        cmdlet(1, 'Set-OabVirtualDirectory', '-ExternalUrl "https://mail.contoso.example/OAB"', 2 * S),
        cmdlet(1, 'Remove-OabVirtualDirectory', '-Force "True"', 3 * S),
        cmdlet(1, 'New-OabVirtualDirectory', '-WebSiteName "Default Web Site"', 4 * S),
      ),
    ).toEqual([]);
  });

  test('a script in the URL and a reset that ran, from the event log alone: exploited and implanted', () => {
    const set = cmdlet(1, 'Set-OabVirtualDirectory', `-ExternalUrl "${ATTACK_URL}"`, 0);
    const removed = cmdlet(1, 'Remove-OabVirtualDirectory', '-Force "True"', 20 * S);
    const created = cmdlet(1, 'New-OabVirtualDirectory', '', 24 * S);
    expect(proven(set, removed, created)).toEqual(['targeted', 'exploited', 'implanted']);
    expect(proven(set, removed)).toEqual(['targeted', 'exploited']);
    expect(
      proven(
        set,
        cmdlet(1, 'Remove-OabVirtualDirectory', '', 3600 * S),
        cmdlet(1, 'New-OabVirtualDirectory', '', 3604 * S),
      ),
    ).toEqual(['targeted', 'exploited']);
  });

  test('the same from the ECP log counts in one session only', () => {
    const reset = (sid: string): readonly EvidenceRecord[] => [
      ecp('Remove-OabVirtualDirectory.Force=$true', { sid, at: 20 * S }),
      ecp("New-OabVirtualDirectory.Path='x'", { sid, at: 22 * S }),
    ];
    const set = ecp(`Set-OabVirtualDirectory.ExternalUrl='${ATTACK_URL}'`, { sid: 'a', at: 0 });
    expect(proven(set, ...reset('a'))).toContain('implanted');
    expect(proven(set, ...reset('b'))).not.toContain('implanted');
  });

  test('a foreign page in a listing: nothing alone; with the text of a shell: implanted and still there', () => {
    const path = `${FRONT}/owa/auth/OutlookZH.aspx`;
    expect(proven(file(path))).toEqual([]);
    expect(proven(file(path, { content: EVALUATE }))).toEqual(['implanted', 'persisting']);
    expect(proven(file(path, { content: DUMP }))).toEqual(['exploited', 'implanted', 'persisting']);
  });

  test('a foreign page that answered a POST at its own URL: implanted, operated and still there; at another URL: nothing', () => {
    const page = file(`${FRONT}/owa/auth/OutlookZH.aspx`);
    expect(proven(page, iis('/owa/auth/OutlookZH.aspx', { method: 'POST' }))).toEqual([
      'implanted',
      'operated',
      'persisting',
    ]);
    expect(proven(page, iis('/owa/auth/OutlookEN.aspx', { method: 'POST' }))).toEqual([]);
  });

  test('an add-on page whose text was read, compiled and asked for: nothing; with odd code in it: all three', () => {
    const path = `${FRONT}/owa/auth/secondfactor.aspx`;
    const used = [iis('/owa/auth/secondfactor.aspx', { method: 'POST' }), compiled('/owa/auth/secondfactor.aspx')];
    expect(proven(file(path, { content: '<%@ Page Inherits="Vendor.Logon" %>' }), ...used)).toEqual([]);
    expect(proven(file(path, { content: SCRIPT }), ...used)).toEqual(['implanted', 'operated', 'persisting']);
  });

  test('a command started by an Exchange web application: operated; by an unnamed pool or the PowerShell pool: not', () => {
    expect(proven(child('cmd.exe', 'cmd /c dir'))).toEqual(['operated']);
    expect(proven(child('cmd.exe', 'cmd', { parentLine: 'w3wp.exe -ap "MSExchangePowerShellAppPool"' }))).toEqual([]);
    expect(
      proven(
        event('Security', 'Microsoft-Windows-Security-Auditing', 4688, {
          NewProcessName: 'C:\\Windows\\System32\\cmd.exe',
          ParentProcessName: 'C:\\Windows\\System32\\inetsrv\\w3wp.exe',
          CommandLine: 'cmd',
        }),
      ),
    ).toEqual([]);
  });

  test('a page of aspnet_client that answered POSTs and is gone: operated', () => {
    expect(proven(iis('/aspnet_client/system_web/Ab3dE5gH.aspx', { method: 'POST' }))).toEqual(['operated']);
  });

  test('the compiled form of a deleted page of aspnet_client: implanted, not persisting', () => {
    expect(proven(compiled('/aspnet_client/supp0rt.aspx'))).toEqual(['implanted']);
  });

  test('shell hunters and researchers who found nothing, and SQL injection elsewhere: nothing', () => {
    expect(
      proven(
        iis('/owa/auth/babydraco.aspx', { status: 302 }),
        iis('/aspnet_client/supp0rt.aspx', { status: 404 }),
        iis('/a.asp', { query: 'id=1+union+select+1' }),
      ),
    ).toEqual([]);
  });

  test('marks of a web shell client in a process event: operated', () => {
    expect(
      proven(child('cmd.exe', '"cmd" /c cd /d "C:/inetpub/wwwroot/aspnet_client"&dir&echo [S]&cd&echo [E]')),
    ).toEqual(['operated']);
  });
});

/** Sources, trees and builds. */
describe('the knowledge of the pack', () => {
  test('no source may be silent for a whole day unnoticed', () => {
    expect(pack.sources.filter((source) => source.quiet >= 24 * 3600 * S).map((source) => source.id)).toEqual([]);
  });

  test('every must-see is asked for by some claim', () => {
    const asked = new Set(pack.claims.flatMap((claim) => claim.mustSee));
    expect(pack.mustSees.map((m) => m.id).filter((id) => !asked.has(id))).toEqual([]);
  });

  test('trees are found on any drive, and aspnet_client belongs to the web root where that was taken', () => {
    expect(
      placeInTree('uploads/ntfs/E%3A/Mail/Exchange/FrontEnd/HttpProxy/owa/auth/logon.aspx', pack.trees),
    ).toMatchObject({ tree: 'web-front-end', urlPath: '/owa/auth/logon.aspx' });
    expect(placeInTree('C/inetpub/wwwroot/aspnet_client/a.aspx', pack.trees)).toMatchObject({
      tree: 'web-root',
      urlPath: '/aspnet_client/a.aspx',
    });
    expect(placeInTree('evidence/aspnet_client/system_web/a.aspx', pack.trees)).toMatchObject({
      tree: 'aspnet-client',
      urlPath: '/aspnet_client/system_web/a.aspx',
    });
    expect(
      placeInTree(
        'C/Windows/Microsoft.NET/Framework64/v4.0.30319/Temporary ASP.NET Files/root/1/2/a.compiled',
        pack.trees,
      ),
    ).toMatchObject({ tree: 'compile-cache' });
  });

  test('builds: 36 fixed by the update or by the cumulative update, and every other one never', () => {
    const fixed = (product: string, name: string): string | undefined =>
      pack.updates.find((u) => u.product === product && u.name === name)?.fixed;
    expect(fixed('Exchange2016', 'CU8')).toBe('15.1.1415.10');
    expect(fixed('Exchange2016', 'CU9')).toBe('15.1.1466.16');
    expect(fixed('Exchange2019', 'RTM')).toBe('15.2.221.18');
    expect(pack.updates.filter((u) => u.fixed !== undefined)).toHaveLength(25);
    expect(pack.updates.filter((u) => u.included)).toHaveLength(12);
    expect(pack.updates.filter((u) => u.fixed === undefined && !u.included)).toHaveLength(28);
    expect(pack.vulnerabilities.find((v) => v.cve === 'CVE-2021-26857')?.notIn).toContain('Exchange2019');
  });
});

const dataThere = existsSync(DATA);
if (!dataThere)
  console.log(`real data is not at ${DATA.pathname}: quietness on real logs and shipped files was not tested`);

describe('quiet on what is no attack', () => {
  test.skipIf(!dataThere)('on every server-side page and file that 131 builds of Exchange shipped', () => {
    const lines: readonly string[] = gunzipSync(readFileSync(new URL('exchange/known-good.tsv.gz', DATA)))
      .toString('utf8')
      .split('\n')
      .slice(1);
    const paths = new Set<string>(
      lines
        .map((line) => line.slice(0, line.indexOf('\t')).replace(/\\+$/, '').replaceAll('\\', '/'))
        .filter((path) => path !== ''),
    );
    expect(paths.size).toBeGreaterThan(10_000);
    const rules = [
      'page-not-shipped',
      'page-not-shipped-back-end',
      'page-in-web-root',
      'page-not-shipped-unread',
      'page-with-shell-name',
      'lsass-dump-file',
      'known-tool-path',
      'archive-in-programdata',
      'loot-in-web-folder',
    ];
    const flagged = [...paths].flatMap((path) => {
      const evidence = file(`C/Exchange/${path}`);
      return rules.filter((rule) => sees(rule, evidence)).map((rule) => `${rule} ${path}`);
    });
    expect(flagged).toEqual([]);
  });

  test.skipIf(!dataThere)('on real rows of Exchange and IIS logs and on real IIS configurations', async () => {
    const found: string[] = [];
    let records = 0;
    for (const folder of ['exchange-logs/', 'iis-logs/', 'iis-config/']) {
      for (const [path, bytes] of packFiles(new URL(folder, DATA).pathname)) {
        const format = identify(bytes.subarray(0, 65_536), path);
        if (format === undefined) continue;
        for (const reading of await readAll(format, memorySource(bytes), path)) {
          if (reading.is !== 'record') continue;
          records += 1;
          for (const check of pack.checks)
            if (check.interest.kinds.includes(reading.kind) && check.watch().see(reading) !== undefined)
              found.push(`${check.meta.id} ${path}`);
        }
      }
    }
    expect(records).toBeGreaterThan(1_000);
    // One IIS log is that of an SQL injection, one shows calls of a server's own account, and one configuration was given
    // modules in C:\Temp to test another tool.
    expect([...new Set(found)].toSorted()).toEqual([
      'back-end-server-other plaso/iis10_edge_cases.log',
      'iis-module-foreign Shared/Tests/Data/E16_applicationHost_Mixed.config',
      'iis-module-open-folder Shared/Tests/Data/E16_applicationHost_Mixed.config',
      'sql-injection plaso/iis7_sqli.log',
    ]);
  });
});
