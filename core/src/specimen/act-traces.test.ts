import { describe, expect, test } from 'vitest';

import type { Act } from './act.ts';
import { demoScenario } from './demo.ts';
import type { Scenario, Server } from './scenario.ts';
import { specimen } from './specimen.ts';

const HTTP_PROXY = /Logging\/HttpProxy\//;
const DAY_LOG = /W3SVC1\/u_ex210303/;

/** Content of every file, of a server whose logs are of two days and that was asked for nothing but these acts. */
function made(acts: readonly Act[], server: Partial<Server> = {}): Map<string, string> {
  const base = demoScenario();
  const days = { logsFrom: micros('2021-03-02T00:00:00Z'), collected: micros('2021-03-04T08:00:00Z'), proxyDays: 3 };
  return new Map(
    specimen({ ...base, acts, busy: [], server: { ...base.server, ...days, ...server } }).map((f) => [
      f.path,
      Buffer.concat([...f.pieces()]).toString(/\.(evtx|dll|exe)$/.test(f.path) ? 'latin1' : 'utf8'),
    ]),
  );
}

function micros(time: string): number {
  return Date.parse(time) * 1000;
}

function lines(files: Map<string, string>, path: RegExp, word: string): string[] {
  return [...files]
    .filter(([p]) => path.test(p))
    .flatMap(([, text]) => text.split('\r\n').filter((l) => !l.startsWith('#') && l.includes(word)));
}

/** Rows of the admin centre that set the address of the OAB virtual directory. */
function commands(act: Partial<Extract<Act, { act: 'ddi-set-object' }>>, server?: Partial<Server>): string[] {
  const set = { act: 'ddi-set-object', at, ...intruder, ...act } as const;
  return lines(made([set], server), /ECP\/Server\//, 'Set-OabVirtualDirectory');
}

/** UTF-16LE as Latin-1 shows it. */
function wide(text: string): string {
  return text.split('').join('\0');
}

const intruder = { from: '203.0.113.45', session: 'one' } as const;
const at = micros('2021-03-03T04:11:05Z');
const session = { act: 'proxylogon', at, status: 241, count: 1, ...intruder } as const;

describe('a forged request', () => {
  test.each([
    ['script', /ServerInfo~a\]@mail01\.contoso\.example:444\/ecp\/proxyLogon\.ecp\?#,/],
    ['portless', /ServerInfo~a\]@mail01\.contoso\.example\/ecp\/proxyLogon\.ecp\?#,/],
    ['double', /ServerInfo~akak\]@mail01\.contoso\.example:444\/ecp\/proxyLogon\.ecp\?#,/],
    ['framework', /ServerInfo~Admin@MAIL01:444\/ecp\/proxyLogon\.ecp\?a=,.*,41\.42\.31996\.000,/],
  ] as const)('of the tool "%s" leaves its own text in AnchorMailbox', (tool, anchor) => {
    expect(lines(made([{ ...session, tool }]), HTTP_PROXY, 'ServerInfo~')).toEqual([expect.stringMatching(anchor)]);
  });

  test('without # drags the path of the carrier into the query of the back end and of the admin centre', () => {
    const files = made([{ act: 'ddi-set-object', at, ...intruder, tool: 'framework', carrier: '/ecp/q7.js' }]);
    expect(lines(files, /W3SVC2\//, 'DDIService.svc')).toEqual([expect.stringContaining('&a=%5D:444/ecp/q7.js 444 ')]);
    expect(lines(files, /ECP\/Server\//, 'Set-OabVirtualDirectory')).toEqual([
      expect.stringContaining('&a=%5D:444/ecp/q7.js;'),
    ]);
  });

  test('carried by a resource of the logon page lies in the Owa folder of HttpProxy, and in no other', () => {
    const files = made([{ ...session, carrier: '/owa/auth/Current/themes/resources/logon.css' }]);
    expect([...files].filter(([p, t]) => HTTP_PROXY.test(p) && t.includes('a]@')).map(([p]) => p)).toEqual([
      expect.stringContaining('/HttpProxy/Owa/HttpProxy_2021030304-1.LOG'),
    ]);
    expect(lines(files, HTTP_PROXY, 'a]@')[0]).toContain(',X-AnonResource-Backend-Cookie,');
  });

  test.each([
    ['capitals', '/ECP/PROXYLOGON.ECP?', ' /ECP/PROXYLOGON.ECP '],
    ['encoded', '/%65cp/%70roxyLogon.ecp?', ' /ecp/proxyLogon.ecp '],
    ['doubled', '//ecp//proxyLogon.ecp?', ' //ecp//proxyLogon.ecp '],
  ] as const)('spelt in %s stands so in the cookie; IIS decodes, and leaves the rest', (spelling, cookie, logged) => {
    const files = made([{ ...session, spelling }]);
    expect(lines(files, HTTP_PROXY, 'a]@')[0]).toContain(`:444${cookie}`);
    expect(lines(files, /W3SVC2\//, ' 241 0 0 ').filter((l) => l.includes(logged))).toHaveLength(1);
  });

  test('for mail can go to another interface, and the back end says to which', () => {
    const read = { act: 'ews-read', at, status: 200, count: 2, path: '/api/v2.0/me/messages', ...intruder } as const;
    const files = made([read]);
    expect(lines(files, /W3SVC2\//, ' /api/v2.0/me/messages ')).toHaveLength(2);
    expect(lines(files, HTTP_PROXY, ':444/api/v2.0/me/messages?#')).toHaveLength(2);
  });

  test('through the other server leaves no row at this front end, and the name of that server at this back end', () => {
    const files = made([{ ...session, viaPeer: true }]);
    expect(lines(files, HTTP_PROXY, 'a]@')).toEqual([]);
    expect(lines(files, /W3SVC1\//, intruder.from)).toEqual([]);
    expect(lines(files, /W3SVC2\//, ' 241 0 0 ').filter((l) => l.startsWith('2021-03-03 04:11:'))).toEqual([
      expect.stringContaining(' CONTOSO\\MAIL02$ 10.10.2.12 '),
    ]);
  });
});

describe('the address of a virtual directory', () => {
  test('is a script, or a plain one as an administrator sets it', () => {
    expect(commands({})[0]).toContain("ExternalUrl=''http://f/<scr");
    expect(commands({ url: 'plain' })[0]).toContain("ExternalUrl=''https://mail.contoso.example/OAB''");
  });

  test('is refused in the language of the server, by an exception of an English name', () => {
    expect(commands({ fails: true }, { language: 'fr' })[0]).toContain(
      "Microsoft.Exchange.Data.DataValidationException: La valeur n''est pas une URL valide",
    );
    expect(commands({})[0]).toContain(';S:EX=;');
  });
});

describe('a request that the admin centre refused', () => {
  test('stands in the application log with the URL as the back end had it, in two bytes a character', () => {
    const refused = {
      act: 'ddi-set-object',
      at,
      ...intruder,
      fails: true,
      tool: 'framework',
      carrier: '/ecp/q7.js',
    } as const;
    const log = 'C/Windows/System32/winevt/Logs/Application.evtx';
    expect(made([refused]).get(log)).toContain(wide('&a=%5D:444/ecp/q7.js'));
    expect(made([{ ...refused, fails: false }]).get(log)).not.toContain(wide('MSExchange Control Panel'));
  });
});

describe('what is put on the server', () => {
  const page = { act: 'shell-file', at, path: '/owa/auth/logon.aspx', style: 'plain', ...intruder } as const;

  test('in the place of a page of Exchange is what lies there', () => {
    const files = specimen({ ...demoScenario(), acts: [page] }).filter((f) => f.path.endsWith('owa/auth/logon.aspx'));
    expect(files).toHaveLength(1);
    expect(Buffer.concat([...(files[0]?.pieces() ?? [])]).toString()).toContain('inert specimen');
  });

  test('lies where the case says, with the file time the case says', () => {
    const disk = 'C/ProgramData/WHO/iisstart.aspx';
    const dated = micros('2019-06-11T08:15:00Z');
    const [file] = specimen({ ...demoScenario(), acts: [{ ...page, disk, dated }] }).filter((f) => f.path === disk);
    expect(file?.modified).toBe(dated);
  });

  test('as a folder or a module stands in the configuration of IIS', () => {
    const files = made([
      { act: 'served-folder', at, name: '/owa/auth/help', path: String.raw`C:\ProgramData\WHO`, ...intruder },
      { act: 'iis-module', at, name: 'HttpResetModule', path: String.raw`%windir%\Temp\m.dll`, ...intruder },
    ]);
    const config = files.get('C/Windows/System32/inetsrv/config/applicationHost.config') ?? '';
    expect(config).toMatch(
      /<application path="\/owa\/auth\/help"[^>]*>\s*<virtualDirectory path="\/" physicalPath="C:\\ProgramData\\WHO" \/>/,
    );
    expect(config).toContain(String.raw`<add name="HttpResetModule" image="%windir%\Temp\m.dll" />`);
    expect(made([]).get('C/Windows/System32/inetsrv/config/applicationHost.config')).not.toContain('HttpResetModule');
  });
});

describe('neighbours of the campaign', () => {
  test('an archive reads mail under its own account, and jobs of Exchange in the name of the server at the back end only', () => {
    const archive = { act: 'mail-archive', at, from: '10.10.20.240', session: 'archive', count: 8 } as const;
    const quiet = made([{ ...archive, jobs: false }]);
    const jobs = made([{ ...archive, jobs: true }]);
    const ownName = (files: Map<string, string>, site: RegExp): string[] => lines(files, site, 'ArchiveConnector');
    expect(ownName(quiet, DAY_LOG)).toHaveLength(8);
    expect(ownName(quiet, /W3SVC2\//).every((l) => l.includes('CONTOSO\\svc-archive'))).toBe(true);
    expect(ownName(jobs, DAY_LOG)).toHaveLength(8);
    expect(ownName(jobs, /W3SVC2\//).filter((l) => l.includes('CONTOSO\\MAIL01$'))).toHaveLength(2);
    expect(lines(quiet, HTTP_PROXY, 'svc-archive')[0]).toContain(',Smtp~');
  });

  test('the campaign of August reaches the back end only where it was let through', () => {
    const asked = { act: 'proxyshell', at, from: '203.0.113.150', session: 'august', count: 3 } as const;
    const inside = (status: number): number =>
      lines(made([{ ...asked, status }]), /W3SVC2\//, 'python-requests/2.26.0').length;
    expect([inside(200), inside(401)]).toEqual([3, 0]);
    expect(lines(made([{ ...asked, status: 401 }]), DAY_LOG, '/autodiscover/autodiscover.json')).toHaveLength(3);
  });
});

describe('how a server logs', () => {
  const asked = {
    act: 'shell-request',
    at,
    path: '/aspnet_client/x.aspx',
    method: 'POST',
    status: 404,
    count: 2,
  } as const;
  const request = { ...asked, ...intruder };

  test('behind load balancers every address from outside is one of theirs, and no other address changes', () => {
    const plain = made([request]);
    const balanced = made([request], { balancers: ['10.10.2.250', '10.10.2.251'] });
    expect(lines(balanced, /./, '203.0.113.45')).toEqual([]);
    const outside = / (?:203\.0\.113|192\.0\.2|198\.51\.100|198\.18\.7)\.\d+ /;
    const inOrder = (files: Map<string, string>): string[] => lines(files, /W3SVC1\//, ' ');
    const before = inOrder(plain);
    expect(inOrder(balanced)).toHaveLength(before.length);
    for (const [i, line] of inOrder(balanced).entries()) {
      expect(line).not.toMatch(outside);
      if (!outside.test(before[i] ?? '')) expect(line).toBe(before[i]);
    }
    const addresses = lines(balanced, DAY_LOG, '/aspnet_client/x.aspx').map((l) => l.split(' ')[8]);
    expect(addresses).toHaveLength(2);
    for (const address of addresses) expect(['10.10.2.250', '10.10.2.251']).toContain(address);
  });

  test('the passed-on address is a column of its own, in files of another name from that hour on', () => {
    const files = made([request], { balancers: ['10.10.2.250'], forwardedFrom: micros('2021-03-03T03:20:00Z') });
    expect(lines(files, /u_ex210303\.log/, ' ').every((l) => l < '2021-03-03 03:00:00')).toBe(true);
    expect(lines(files, /u_ex210303_x\.log/, '/aspnet_client/x.aspx')[0]).toMatch(
      / 10\.10\.2\.250 .* 203\.0\.113\.45$/,
    );
    expect(lines(files, /u_ex2103\d\d_x\.log/, ' ').every((l) => l.split(' ').length === 16)).toBe(true);
  });

  test('a column that was switched off is missing from the header and from every row', () => {
    const files = made([], { iisWithout: ['cs-username', 's-port'] });
    const text = files.get('C/inetpub/logs/LogFiles/W3SVC2/u_ex210303.log') ?? '';
    expect(/^#Fields: (.*)$/m.exec(text)?.[1]).not.toMatch(/cs-username|s-port/);
    expect(lines(files, /W3SVC/, ' ').every((l) => l.split(' ').length === 13)).toBe(true);
    expect(lines(files, /W3SVC2/, 'MAIL02$')).toEqual([]);
  });

  test('files that begin at local midnight hold the same rows, in files named by the local day', () => {
    const utc = made([request]);
    const local = made([request], { rolloverBehind: 8 });
    expect(lines(local, /W3SVC1\//, ' ')).toEqual(lines(utc, /W3SVC1\//, ' '));
    const first = lines(local, /W3SVC1\/u_ex210303/, ' ')[0] ?? '';
    expect(first >= '2021-03-03 08:00:00').toBe(true);
    expect(lines(local, /W3SVC1\/u_ex210302/, '/aspnet_client/x.aspx')).toHaveLength(2);
  });

  test('a restart that is due leaves the old build in the headers of HttpProxy and the new one on disk', () => {
    const patched = micros('2021-03-02T20:00:00Z');
    const builds = [
      { from: micros('2020-12-22T19:02:41Z'), build: '15.1.2176.2', by: 'install' },
      { from: patched, build: '15.1.2176.9', by: 'update' },
    ] as const;
    const files = made([], { builds, restarted: micros('2021-03-03T12:00:00Z') });
    const version = (hour: string): string | undefined =>
      /#Version: (\S+)/.exec([...files].find(([p]) => p.endsWith(`Ecp/HttpProxy_${hour}-1.LOG`))?.[1] ?? '')?.[1];
    expect([version('2021030306'), version('2021030315')]).toEqual(['15.01.2176.002', '15.01.2176.009']);
    const dll = [...files].find(([p]) => p.endsWith('FrontEndHttpProxy.dll'))?.[1] ?? '';
    expect(dll).toContain(wide('15.01.2176.009'));
  });
});

describe('events that were exported', () => {
  test('are one file in the place of the event logs; its clock is wrong, and the times inside the events are right', () => {
    const files = made([{ act: 'command', at, line: 'dir', framed: false, ...intruder }], {
      events: 'winlogbeat',
      collectorBehind: 5,
      sysmon: true,
    });
    expect([...files.keys()].filter((p) => p.endsWith('.evtx'))).toEqual([]);
    const rows = (files.get('exports/mail01-events.json') ?? '')
      .trim()
      .split('\n')
      .map(
        (line) =>
          JSON.parse(line) as { '@timestamp': string; winlog: { channel: string; event_data: Record<string, string> } },
      );
    const channels = new Set(rows.map((r) => r.winlog.channel));
    expect(channels).toEqual(
      new Set(['MSExchange Management', 'Application', 'Security', 'Microsoft-Windows-Sysmon/Operational']),
    );
    const inside = rows.filter((r) => r.winlog.event_data['UtcTime'] !== undefined);
    expect(inside.length).toBeGreaterThan(40);
    for (const { '@timestamp': stamp, winlog } of inside)
      expect(Date.parse(`${winlog.event_data['UtcTime']?.replace(' ', 'T')}Z`) - Date.parse(stamp)).toBe(5 * 3_600_000);
    const started = rows.find((r) => r.winlog.event_data['CommandLine'] === '"cmd" /c dir');
    expect(started?.['@timestamp'].slice(0, 16)).toBe('2021-03-02T23:11');
  });

  test('count their records by channel, and what was taken away leaves a hole in the numbers', () => {
    const base = demoScenario();
    const cut = {
      source: 'management-events',
      from: micros('2021-02-20T00:00:00Z'),
      to: micros('2021-02-21T00:00:00Z'),
    } as const;
    const [file] = specimen({ ...base, acts: [], take: [cut], server: { ...base.server, events: 'nxlog' } }).filter(
      (f) => f.path.endsWith('-events.json'),
    );
    const numbers = Buffer.concat([...(file?.pieces() ?? [])])
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { Channel: string; RecordNumber: number })
      .filter((row) => row.Channel === 'MSExchange Management')
      .map((row) => row.RecordNumber);
    const steps = numbers.slice(1).map((n, i) => n - (numbers[i] ?? 0));
    expect(numbers[0]).toBe(1);
    expect(steps.filter((step) => step !== 1)).toEqual([expect.any(Number)]);
    expect(Math.max(...steps)).toBeGreaterThan(20);
  });
});

describe('one folder of HttpProxy that was taken away', () => {
  test('leaves the others as they were', () => {
    const base = demoScenario();
    const paths = (take: Scenario['take']): string[] =>
      specimen({ ...base, acts: [], take }).flatMap((f) => (HTTP_PROXY.test(f.path) ? [f.path] : []));
    const left = paths([{ source: 'http-proxy', folder: 'Owa', from: undefined, to: undefined }]);
    expect(left).toEqual(paths([]).filter((p) => !p.includes('/HttpProxy/Owa/')));
    expect(left.length).toBeGreaterThan(0);
  });
});
