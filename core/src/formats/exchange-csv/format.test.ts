import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { EvidenceRecord, Gap, Reading } from '../../model/reading.ts';
import { memorySource, readAll, textBytes } from '../contract.test-support.ts';
import { exchangeCsv } from './format.ts';

const REAL = new URL('../../../../../shared/data/exchange-logs/', import.meta.url);
const PROXY = [
  'DateTime',
  'RequestId',
  'Protocol',
  'UrlStem',
  'AnchorMailbox',
  'UserAgent',
  'ServerHostName',
  'HttpStatus',
  'TargetServerVersion',
  'UrlQuery',
];
/** Columns without which a row of the log is no sign that it was watching, and values as the log writes them. */
const TELLING =
  'UrlStem,IsAuthenticated,AnchorMailbox,ClientIpAddress,HttpStatus,BackEndStatus,Method,TargetServerVersion,RoutingHint,BackEndCookie';
const TOLD = '/owa/,false,,198.51.100.7,302,,GET,,,';
const EVENT_DATA = 'S:TIME=1;S:CMD=Get-InboxRule;S:URL=/ecp/;S:EX=';

async function read(text: string): Promise<Reading[]> {
  return readAll(exchangeCsv, memorySource(textBytes(text)), 'x.log');
}

async function records(text: string): Promise<EvidenceRecord[]> {
  return (await read(text)).filter((reading) => reading.is === 'record');
}

/** Gaps but for those that say what an extract leaves out. */
async function gaps(text: string): Promise<Gap[]> {
  return (await read(text)).filter((reading) => reading.is === 'gap' && reading.reason !== 'absent') as Gap[];
}

function log(type: string, columns: readonly string[], ...rows: readonly string[]): string {
  return `#Software: Microsoft Exchange Server\r\n#Version: 15.01.2176.002\r\n#Log-type: ${type}\r\n#Fields: ${columns.join(',')}\r\n${rows.map((row) => `${row}\r\n`).join('')}`;
}

async function proxied(values: Partial<Record<string, string>>): Promise<EvidenceRecord> {
  const row = PROXY.map((name) => `"${(values[name] ?? '').replaceAll('"', '""')}"`).join(',');
  const [record] = await records(log('HttpProxy Logs', PROXY, row));
  if (record === undefined) throw new Error('expected one record');
  return record;
}

async function sourceOf(protocol: string): Promise<string | undefined> {
  const [record] = await records(log('HttpProxy Logs', ['DateTime', 'Protocol', TELLING], `a,${protocol},${TOLD}`));
  return record?.source;
}

async function ecp(pairs: string): Promise<EvidenceRecord> {
  const row = `2021-03-03T06:00:00.000Z,EX01,ECP.Request,"${pairs.replaceAll('"', '""')}"`;
  const [record] = await records(log('ECP Server Log', ['TimeStamp', 'ServerName', 'EventId', 'EventData'], row));
  if (record === undefined) throw new Error('expected one record');
  return record;
}

function recognised(text: string): boolean {
  return exchangeCsv.recognises(textBytes(text), 'x');
}

describe('recognition', () => {
  test('logs are known by their software line, by their columns, or by a bare list of columns', () => {
    expect(recognised('\ufeff#Software: Microsoft Exchange Server\r\n')).toBe(true);
    expect(recognised('#Software: Microsoft Exchange\r\n#Log-type: audit\r\n')).toBe(true);
    expect(recognised('#Fields: date-time,connector-id,session-id,event\r\n')).toBe(true);
    expect(recognised('DateTime,RequestId,AnchorMailbox\r\n#Software: Microsoft Exchange Server\r\n')).toBe(true);
    expect(
      exchangeCsv.recognises(
        new Uint8Array([0xff, 0xfe, ...Buffer.from('#Software: Microsoft Exchange Server\n', 'utf16le')]),
        'x',
      ),
    ).toBe(true);
  });

  test('extracts are known by the columns somebody picked', () => {
    expect(
      recognised('#TYPE Selected.System.Management.Automation.PSCustomObject\r\n"DateTime","AnchorMailbox"\r\n'),
    ).toBe(true);
    expect(recognised('"HttpStatus","UrlStem"\n')).toBe(true);
    expect(recognised('EventData\n')).toBe(true);
    expect(recognised('DateTime,ServerName,EventData\n')).toBe(true);
  });

  test('IIS logs, other CSV and other text are not Exchange logs', () => {
    expect(
      recognised(
        '#Software: Microsoft Internet Information Services 10.0\n#Fields: date time c-ip cs-method cs-uri-stem\n',
      ),
    ).toBe(false);
    expect(recognised('"DateTime","UserAgent"\n')).toBe(false);
    expect(recognised('"TimeCreated","Id","EventData"\n')).toBe(false);
    expect(recognised('#TYPE System.IO.FileInfo\n"Name","Length"\n')).toBe(false);
    expect(recognised('words about\n  #Software: Microsoft Exchange Server\n')).toBe(false);
    expect(recognised('')).toBe(false);
  });
});

describe('families', () => {
  test.each([
    [
      'HttpProxy Logs',
      `DateTime,Protocol,ServerHostName,${TELLING}`,
      `2021-03-03T06:00:00.000Z,OWA,EX01,${TOLD}`,
      ['http.proxy', 'http-proxy:owa', 'EX01'],
    ],
    [
      'ECP Server Log',
      'TimeStamp,ServerName,EventId,EventData',
      `2021-03-03T06:00:00.000Z,EX01,ECP.Request,${EVENT_DATA}`,
      ['ecp.server', 'ecp-server', 'EX01'],
    ],
    [
      'ECP Activity Context Log',
      'TimeStamp,ServerName,EventId,EventData',
      '2021-03-03T06:00:00.000Z,EX01,a,b',
      ['ecp.activity', 'ecp-activity', 'EX01'],
    ],
    [
      'OAB Generator Log',
      'Timestamp,Message',
      '2021-03-03T06:00:00.000Z,m',
      ['oab.generator', 'oab-generator', undefined],
    ],
    [
      'EWS Logs',
      'DateTime,ServerHostName,SoapAction,AuthenticatedUser,ClientIpAddress,HttpStatus',
      '2021-03-03T06:00:00.000Z,EX01,FindItem,,,',
      ['ews.request', 'ews', 'EX01'],
    ],
    [
      'Autodiscover Logs',
      'DateTime,ServerHostName',
      '2021-03-03T06:00:00.000Z,EX01',
      ['exchange.log', 'exchange-log:autodiscover-logs', 'EX01'],
    ],
    [
      'MAPI Http Logs!',
      'DateTime,ServerHostName',
      '2021-03-03T06:00:00.000Z,EX01',
      ['exchange.log', 'exchange-log:mapi-http-logs', 'EX01'],
    ],
    [
      'Rps Cmdlet Logs',
      'DateTime,ServerHostName,Cmdlet,Parameters,ExecutionResult',
      '2021-03-03T06:00:00.000Z,EX01,Get-Mailbox,,',
      ['cmdlet.execution', 'cmdlet-infra', 'EX01'],
    ],
    [
      'Rps Http Logs',
      'DateTime,ServerHostName,UrlStem,AuthenticatedUser,ClientIpAddress,HttpStatus',
      '2021-03-03T06:00:00.000Z,EX01,/,,,',
      ['cmdlet.http', 'cmdlet-infra-http', 'EX01'],
    ],
    [
      'audit',
      'Timestamp,Server,Data,Operation,ResultStatus',
      '2021-03-03T06:00:00.000Z,EX01,x,Set-Mailbox,',
      ['exchange.audit', 'exchange-audit', 'EX01'],
    ],
    [
      'Message Tracking Log',
      'date-time,server-hostname,event-id,sender-address,recipient-address',
      '2021-03-03T06:00:00.000Z,EX01,RECEIVE,,',
      ['message.tracking', 'message-tracking', undefined],
    ],
  ])('a log of the type %s has its kind, source and host', async (type, columns, row, [kind, source, host]) => {
    const [record] = await records(log(type, columns.split(','), row));
    expect(record).toMatchObject({ kind, source, host, at: Date.UTC(2021, 2, 3, 6) * 1000 });
  });

  test.each([
    ['DateTime,Protocol,AnchorMailbox', 'http.proxy'],
    ['TimeStamp,ServerName,EventId,EventData', 'ecp.server'],
    ['MyTimeStamp,ServerName,EventId,EventData', 'ecp.activity'],
    ['Timestamp,RecordType,TraceId,OabGuid', 'oab.generator'],
    ['DateTime,SoapAction,ImpersonatedUser', 'ews.request'],
    ['DateTime,Cmdlet,Parameters', 'cmdlet.execution'],
    ['DateTime,UrlStem,CommandName,ShellId', 'cmdlet.http'],
    ['Timestamp,RecordType,Operation,Workload', 'exchange.audit'],
    ['date-time,event-id,internal-message-id', 'message.tracking'],
    ['date-time,session-id,event', 'exchange.log'],
  ])('without #Log-type the columns %s make it %s', async (columns, kind) => {
    const values = columns.split(',').map((_, place) => `v${place}`);
    const [record] = await records(`#Fields: ${columns}\n${values.join(',')}\n`);
    expect(record?.kind).toBe(kind);
  });

  test('a protocol that is no word does not name a source', async () => {
    expect(await sourceOf('Ecp')).toBe('http-proxy:ecp');
    expect(await sourceOf('a b')).toBe('http-proxy:?');
    expect(await sourceOf('')).toBe('http-proxy:?');
  });
});

describe('rows', () => {
  test('quotes, commas and doubled quotes are the value, and the excerpt is the row as it stands', async () => {
    const record = await proxied({ AnchorMailbox: 'a "b", c', UrlStem: '/x' });
    expect(record.get('AnchorMailbox')).toBe('a "b", c');
    expect(record.excerpt()).toContain('"a ""b"", c"');
  });

  test('columns are found in any case', async () => {
    const record = await proxied({ UrlStem: '/x' });
    expect(record.get('urlstem')).toBe('/x');
    expect(record.get('URLSTEM')).toBe('/x');
    expect(record.get('nosuch')).toBeUndefined();
    expect(record.get('constructor')).toBeUndefined();
  });

  test('rows that do not fit are gaps that say so', async () => {
    const text = log('EWS Logs', ['DateTime', 'SoapAction', 'HttpStatus'], 'a,b', 'a,b,c,d', 'a,"b,c', 'a,b,"c"d');
    expect(await gaps(text)).toMatchObject([
      { reason: 'damaged', says: 'line has 2 values, #Fields names 3' },
      { reason: 'damaged', says: 'line has 4 values, #Fields names 3' },
      { reason: 'damaged', says: 'quoted value is not closed at the end of the line' },
    ]);
    expect((await records(text)).map((record) => record.get('HttpStatus'))).toEqual(['cd']);
  });

  test('a last row without line feed is a record when complete, a gap when cut', async () => {
    const columns = ['DateTime', 'SoapAction', 'HttpStatus'];
    expect(await records(log('EWS Logs', columns, 'a,b,c').trimEnd())).toHaveLength(1);
    expect(await gaps(log('EWS Logs', columns, 'a,b').trimEnd())).toMatchObject([
      { reason: 'truncated', says: 'line breaks off after 2 values, #Fields names 3' },
    ]);
    expect(await gaps(log('EWS Logs', columns, 'a,b,"c').trimEnd())).toMatchObject([{ reason: 'truncated' }]);
  });

  test('the columns may change in the middle of a file, and so may the type', async () => {
    const text =
      log('EWS Logs', ['DateTime', 'SoapAction,AuthenticatedUser,ClientIpAddress,HttpStatus'], 'a,FindItem,,,') +
      log('HttpProxy Logs', ['Protocol', 'DateTime', TELLING], `Owa,b,${TOLD}`);
    expect((await records(text)).map(({ kind, source }) => [kind, source])).toEqual([
      ['ews.request', 'ews'],
      ['http.proxy', 'http-proxy:owa'],
    ]);
  });

  test('#Fields that names a thousand columns is a gap, and so is what stands below it', async () => {
    const found = await gaps(
      log(
        'EWS Logs',
        Array.from({ length: 1000 }, (_, at) => `c${at}`),
        '2021-03-03T06:00:00.000Z,b',
      ),
    );
    expect(found).toMatchObject([
      { reason: 'limit', says: '#Fields names 1000 columns, the limit is 512' },
      { reason: 'unsupported', says: 'line begins with a date, no #Fields line stands before it' },
    ]);
  });

  test('only ISO times with a zone are times', async () => {
    const times = [
      '2021-03-03T06:00:00.123Z',
      '2021-03-03T06:00:00Z',
      '2021-03-03T06:00:00.1234567Z',
      '2021-03-03T07:00:00+01:00',
      '2021-03-03T06:00:00',
      '3/3/2021 6:00 AM',
      '',
    ];
    const found = await records(log('EWS Logs', ['DateTime', 'SoapAction'], ...times.map((time) => `${time},x`)));
    const six = Date.UTC(2021, 2, 3, 6) * 1000;
    expect(found.map((record) => record.at)).toEqual([
      six + 123_000,
      six,
      six + 123_456,
      six,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('extracts', () => {
  test('an extract is no heartbeat of the log it was picked from', async () => {
    const [record] = await records(
      '#TYPE X\n"DateTime","Protocol","AnchorMailbox","ServerHostName"\n"2021-03-03T06:00:00.000Z","Ecp","ServerInfo~x","EX01"\n',
    );
    expect(record).toMatchObject({
      kind: 'http.proxy',
      source: undefined,
      host: 'EX01',
      at: Date.UTC(2021, 2, 3, 6) * 1000,
    });
  });

  test('columns that stand before the header block belong to a log, not to an extract', async () => {
    const columns = `DateTime,RequestId,ServerHostName,${TELLING}`;
    const [record] = await records(
      `${columns}\n#Software: Microsoft Exchange Server\n#Log-type: HttpProxy Logs\n2021-03-03T06:00:00.000Z,r,EX01,${TOLD}\n`,
    );
    expect(record?.source).toBe('http-proxy:?');
  });

  test('a header block in the middle makes the rest a log', async () => {
    const text = `"DateTime","AnchorMailbox"\n"a","b"\n${log('ECP Server Log', ['TimeStamp', 'ServerName', 'EventId', 'EventData'], `a,EX01,c,${EVENT_DATA}`)}`;
    expect((await records(text)).map((record) => record.source)).toEqual([undefined, 'ecp-server']);
  });

  test('a value may run over lines, and the place of the record covers them', async () => {
    const text = '"DateTime","AnchorMailbox"\r\n"a","one\r\n""two"",\r\nthree"\r\n"b","next"\r\n';
    const [first, second] = await records(text);
    expect(first?.get('AnchorMailbox')).toBe('one\n"two",\nthree');
    expect(first?.origin).toEqual({ offset: 28, length: 28 });
    expect(second?.get('DateTime')).toBe('b');
  });

  test('a value that is not closed within a thousand lines costs its own line and no other', async () => {
    const rows = Array.from({ length: 1500 }, (_, at) => `x${at},y`);
    const text = `DateTime,AnchorMailbox\nopen,"never closed\n${rows.join('\n')}\n`;
    const readings = await read(text);
    expect(await gaps(text)).toMatchObject([
      { reason: 'limit', says: 'quoted value is not closed within 1000 lines or 65536 bytes' },
    ]);
    expect(readings.filter((reading) => reading.is === 'record')).toHaveLength(1500);
  });

  test('a value that is not closed within 64 KiB costs its own line and no other', async () => {
    const rows = Array.from({ length: 20 }, (_, at) => `x${at},${'y'.repeat(9000)}`);
    const text = `DateTime,AnchorMailbox\nopen,"never closed\n${rows.join('\n')}\n`;
    const readings = await read(text);
    expect(await gaps(text)).toMatchObject([{ reason: 'limit' }]);
    expect(readings.filter((reading) => reading.is === 'record')).toHaveLength(20);
  });

  test('a value that is open at the end, or where NULs begin, is a gap', async () => {
    const open = '"DateTime","AnchorMailbox"\n"a","open\nb\n';
    expect(await gaps(open)).toMatchObject([
      { reason: 'truncated', says: 'quoted value is not closed where the text ends' },
      { reason: 'damaged', says: 'line has 1 values, the column line names 2' },
    ]);
    expect((await gaps(`${open}\0\0\0\0"c","d"\n`)).map((gap) => gap.reason)).toEqual([
      'truncated',
      'damaged',
      'damaged',
    ]);
  });

  test('lines that all open a quote are read in time that grows with their number', async () => {
    const readings = await read(`"DateTime","AnchorMailbox"\n${'a","\n'.repeat(200_000)}`);
    expect(readings.length).toBeGreaterThan(1);
  });
});

describe('fields of the proxy log', () => {
  test('a forged anchor shows its host and the path it asks for', async () => {
    const record = await proxied({
      AnchorMailbox: 'ServerInfo~a]@ex01.example.com:444/ECP%2fproxyLogon.ecp?x=%2541',
      TargetServerVersion: '41.42.31996.000',
    });
    expect(record.get('anchor-host')).toBe('a]@ex01.example.com:444/ECP%2fproxyLogon.ecp?x=%2541');
    expect(record.get('anchor-target')).toBe('/ecp/proxylogon.ecp?x=a');
    expect(record.get('target-server-major')).toBe(41);
  });

  test('an ordinary anchor has no target, another anchor has no host', async () => {
    const plain = await proxied({
      AnchorMailbox: 'ServerInfo~ex01.example.com',
      TargetServerVersion: 'Version 15.1 (Build 1.0)',
    });
    expect(plain.get('anchor-host')).toBe('ex01.example.com');
    expect(plain.get('anchor-target')).toBeUndefined();
    expect(plain.get('target-server-major')).toBeUndefined();
    const smtp = await proxied({ AnchorMailbox: 'Smtp~jane@example.com' });
    expect(smtp.get('anchor-host')).toBeUndefined();
    expect((await proxied({ AnchorMailbox: 'ServerInfo~' })).get('anchor-host')).toBeUndefined();
  });

  test('the canary is found in query and anchor, encoded or not', async () => {
    expect((await proxied({ UrlQuery: '?a=1&msExchEcpCanary=Ab-1.&b=2' })).get('canary')).toBe('Ab-1.');
    expect((await proxied({ AnchorMailbox: 'ServerInfo~x/ecp/y?a=1%26msExchEcpCanary%3DAb-1.#' })).get('canary')).toBe(
      'Ab-1.',
    );
    expect((await proxied({ UrlQuery: '?a=1' })).get('canary')).toBeUndefined();
  });

  test('the user agent loses the spaces that stand for commas', async () => {
    expect((await proxied({ UserAgent: 'Mozilla/5.0 (KHTML  like Gecko)' })).get('user-agent')).toBe(
      'Mozilla/5.0 (KHTML like Gecko)',
    );
  });
});

describe('fields of the ECP log', () => {
  test('pairs are fields, with and without quotes around them', async () => {
    const record = await ecp(
      "S:TIME=13;'S:CMD=Set-X.Url=''http://f.example/;#\"y\"''';S:EX=;Dbl:WLM.TS=0.5;I32:ADS.C[DC1]=2",
    );
    expect(record.get('TIME')).toBe('13');
    expect(record.get('CMD')).toBe('Set-X.Url=\'http://f.example/;#"y"\'');
    expect(record.get('EX')).toBeUndefined();
    expect(record.get('WLM.TS')).toBe('0.5');
    expect(record.get('ADS.C[DC1]')).toBe('2');
    expect(record.get('EventData')).toContain("'S:CMD=Set-X");
  });

  test.each([
    ['Get-InboxRule', 'Get-InboxRule', undefined],
    ["Set-X.A='a.b'.B=$true", 'Set-X', "A='a.b'.B=$true"],
    ["Pipeline.1|Get-X.A='p|q'", 'Get-X', "A='p|q'"],
    ['Pipeline.12|Get-X|Remove-X.Force=$true', ['Get-X', 'Remove-X'], ['', 'Force=$true']],
    ['|||', undefined, undefined],
  ])('the command %s has the cmdlet %s', async (command, name, parameters) => {
    const record = await ecp(`'S:CMD=${command.replaceAll("'", "''")}'`);
    expect(record.get('CMD.Name')).toEqual(name);
    expect(record.get('CMD.Parameters')).toEqual(parameters);
  });

  test('a relative and an absolute URL have the same path', async () => {
    for (const host of ['', 'https://localhost:444']) {
      const record = await ecp(`S:URL=${host}/ECP/DDI/x.svc?msExchEcpCanary=Ab-1.&a=%5D:444/;S:SID=abc`);
      expect(record.get('url-path')).toBe('/ecp/ddi/x.svc');
      expect(record.get('url')).toBe('/ecp/ddi/x.svc?msexchecpcanary=ab-1.&a=]:444/');
      expect(record.get('canary')).toBe('Ab-1.');
      expect(record.get('session')).toBe('abc');
    }
  });

  test('a megabyte of pairs is read up to a bound', async () => {
    const record = await ecp(Array.from({ length: 90_000 }, (_, at) => `S:K${at}=v`).join(';'));
    expect(record.get('K4095')).toBe('v');
    expect(record.get('K4096')).toBeUndefined();
    expect(record.fields().length).toBeLessThan(5000);
  });
});

async function audit(value: string): Promise<EvidenceRecord | undefined> {
  const row = `2021-03-03T06:00:00.000Z,EX01,"${value.replaceAll('"', '""')}"`;
  return (await records(log('audit', ['Timestamp', 'Server', 'Data'], row)))[0];
}

describe('fields of the audit log', () => {
  test('JSON is flattened, parameters by their names', async () => {
    const record = await audit(
      '{"Operation":"Set-Mailbox","N":1,"B":false,"X":null,"Parameters":[{"Name":"Identity","Value":"j"}],"__proto__":{"y":"z"}}',
    );
    expect(record?.get('Data.Operation')).toBe('Set-Mailbox');
    expect(record?.get('Data.N')).toBe(1);
    expect(record?.get('Data.B')).toBe(false);
    expect(record?.get('Data.X')).toBeUndefined();
    expect(record?.get('Data.Parameters.Identity')).toBe('j');
    expect(record?.get('Data.__proto__.y')).toBe('z');
  });

  test('what is not JSON, or too deep, or too much, is left as text', async () => {
    expect((await audit('{"cut'))?.fields()).toEqual(['Timestamp', 'Server', 'Data']);
    expect((await audit('['.repeat(100_000)))?.fields()).toEqual(['Timestamp', 'Server', 'Data']);
    expect((await audit(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`))?.fields()).toEqual([
      'Timestamp',
      'Server',
      'Data',
    ]);
    const many = await audit(
      JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`k${at}`, at]))),
    );
    expect(many?.fields().length).toBeLessThan(600);
  });
});

const absent = !existsSync(REAL);
if (absent) console.log('skipped: real Exchange logs are not beside the checkout (../shared/data/exchange-logs)');

test.skipIf(absent).each([
  ['awslabs/exchange_0.log', 2, 'message.tracking', 'message-tracking', undefined],
  ['awslabs/exchange_1.log', 7, 'ews.request', 'ews', 'EX13D07UWB003'],
  ['awslabs/exchange_2.log', 2, 'ecp.activity', 'ecp-activity', 'EX13D07UWB003'],
  ['qazeer-cc0/AgentLog20220913-1.LOG', 2, 'exchange.log', 'exchange-log:agent-log', undefined],
  ['qazeer-cc0/Autodiscover_HttpProxy_2023010919-1.LOG', 1, 'http.proxy', 'http-proxy:autodiscover', 'SERVER-HOSTNAME'],
  ['qazeer-cc0/ECPActivity_11500_20230111-1.LOG', 2, 'ecp.activity', 'ecp-activity', 'SERVER-HOSTNAME'],
  ['qazeer-cc0/ECPServer20230111-1.LOG', 1, 'ecp.server', 'ecp-server', 'SERVER-HOSTNAME'],
  ['qazeer-cc0/Eas_HttpProxy_2023011116-1.LOG', 1, 'http.proxy', 'http-proxy:eas', 'SERVER-HOSTNAME'],
  ['qazeer-cc0/Ecp_HttpProxy_2023010611-1.LOG', 1, 'http.proxy', 'http-proxy:ecp', 'SERVER-HOSTNAME'],
  ['qazeer-cc0/Ews_2023010616-1.LOG', 1, 'ews.request', 'ews', 'SERVER_HOSTNAME'],
  ['qazeer-cc0/Ews_HttpProxy_2023010601-1.LOG', 1, 'http.proxy', 'http-proxy:ews', 'SERVER_HOSTNAME'],
  ['qazeer-cc0/MSGTRKMS2022091915-1.LOG', 2, 'message.tracking', 'message-tracking', undefined],
  ['qazeer-cc0/Mapi_HttpProxy_2023010601-1.LOG', 3, 'http.proxy', 'http-proxy:mapi', 'SERVER_HOSTNAME'],
  ['qazeer-cc0/Owa_HttpProxy_2023010602-1.LOG', 1, 'http.proxy', 'http-proxy:owa', 'SERVER_HOSTNAME'],
  ['qazeer-cc0/PowerShell_HttpProxy_2023011116-1.LOG', 2, 'http.proxy', 'http-proxy:powershell', 'server_hostname'],
  ['qazeer-cc0/RECV2023011116-1.LOG', 16, 'exchange.log', 'exchange-log:smtp-receive-protocol-log', undefined],
  ['qazeer-cc0/RpcHttp_HttpProxy_2023010708-1.LOG', 1, 'http.proxy', 'http-proxy:rpchttp', 'SERVER-HOSTNAME'],
  ['qazeer-cc0/Rps_Cmdlet_2023011116-1.LOG', 1, 'cmdlet.execution', 'cmdlet-infra', 'domain-MAIL'],
  ['qazeer-cc0/audit20230111-1.LOG', 1, 'exchange.audit', 'exchange-audit', 'SERVER-HOSTNAME'],
])('every row of the real log %s is a record', async (name, count, kind, source, host) => {
  const bytes = Uint8Array.from(readFileSync(new URL(name, REAL)));
  expect(exchangeCsv.recognises(bytes, name)).toBe(true);
  const readings = await readAll(exchangeCsv, memorySource(bytes), name);
  expect(readings.filter((reading) => reading.is === 'gap')).toEqual([]);
  const found = readings.filter((reading) => reading.is === 'record');
  expect(found).toHaveLength(count);
  for (const record of found) {
    expect(record).toMatchObject({ kind, source, host });
    expect(record.at).toBeGreaterThan(0);
    expect(record.fields().length).toBeGreaterThan(3);
  }
});

test.skipIf(absent)('the real audit row from a French server tells its operation and its user', async () => {
  const bytes = Uint8Array.from(readFileSync(new URL('qazeer-cc0/audit20230111-1.LOG', REAL)));
  const [record] = (await readAll(exchangeCsv, memorySource(bytes), 'x')).filter((reading) => reading.is === 'record');
  expect(record?.get('Data.Operation')).toBe('Set-Mailbox');
  expect(record?.get('Data.UserId')).toBe('AUTORITE NT\\Système (MSExchangeHMHost)');
  expect(record?.get('Data.Parameters.Password')).toBe('<Secure Information Omitted>');
});

test.skipIf(absent)('the real remote PowerShell rows tell path, query and cmdlet', async () => {
  const bytes = Uint8Array.from(readFileSync(new URL('qazeer-cc0/PowerShell_HttpProxy_2023011116-1.LOG', REAL)));
  const found = (await readAll(exchangeCsv, memorySource(bytes), 'x')).filter((reading) => reading.is === 'record');
  expect(found.map((record) => [record.get('url-path'), record.get('status'), record.get('ProtocolAction')])).toEqual([
    ['/powershell', 200, 'New-PSSession:Receive'],
    ['/powershell', 200, 'Get-Mailbox:Command'],
  ]);
  expect(String(found[0]?.get('url'))).toMatch(/^\/powershell\?clientapplication=activemonitor;/);
});
