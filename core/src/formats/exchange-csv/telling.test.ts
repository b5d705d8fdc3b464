import { expect, test } from 'vitest';
import type { EvidenceRecord, Reading } from '../../model/reading.ts';
import { memorySource, readAll, textBytes } from '../contract.test-support.ts';
import { exchangeCsv } from './format.ts';
import { PROXY_LAYOUT } from './headless-row.ts';

/** Rows as the logs write them; `AnchorMailbox` and the cookie of the first are those of a probe. */
const PROXY: Readonly<Record<string, string>> = {
  DateTime: '2021-03-03T06:00:00.000Z',
  Protocol: 'Ecp',
  UrlStem: '/ecp/default.aspx',
  IsAuthenticated: 'true',
  AnchorMailbox: 'Sid~S-1-5-21-1-2-3-1000',
  ClientIpAddress: '198.51.100.7',
  ServerHostName: 'EX01',
  HttpStatus: '200',
  BackEndStatus: '200',
  Method: 'GET',
  TargetServerVersion: '15.01.2176.000',
  RoutingHint: 'WindowsIdentity-ServerCookie',
  BackEndCookie: 'Server~ex01.example.com~1942063431~2021-03-03T06:10:00',
};
const ECP = ['TimeStamp', 'ServerName', 'EventId', 'EventData'];
const REQUEST =
  'S:TIME=9;S:SID=1;S:CMD=Get-InboxRule;S:REQID=;S:URL=/ecp/a.svc/GetList;S:REFERRER=;S:EX=;S:TNAME=<null>';

function log(type: string, columns: readonly string[], rows: readonly string[]): string {
  return `#Software: Microsoft Exchange Server\n#Version: 15.01.2176.002\n#Log-type: ${type}\n#Fields: ${columns.join(',')}\n${rows.map((row) => `${row}\n`).join('')}`;
}

async function read(text: string): Promise<{ records: EvidenceRecord[]; says: string[] }> {
  const readings: Reading[] = await readAll(exchangeCsv, memorySource(textBytes(text)), 'x.LOG');
  return {
    records: readings.filter((reading) => reading.is === 'record'),
    says: readings.flatMap((reading) => (reading.is === 'gap' ? [reading.says] : [])),
  };
}

function proxyRow(values: Readonly<Record<string, string>>): string {
  return PROXY_LAYOUT.map((name) => values[name] ?? PROXY[name] ?? '').join(',');
}

function ecpRow(data: string, id = 'ECP.Request'): string {
  return `2021-03-03T06:00:00.000Z,EX01,${id},"${data.replaceAll('"', '""')}"`;
}

test.each([
  ['HttpProxy Logs', 'UrlStem', PROXY_LAYOUT, proxyRow({})],
  ['HttpProxy Logs', 'AnchorMailbox', PROXY_LAYOUT, proxyRow({})],
  ['HttpProxy Logs', 'HttpStatus', PROXY_LAYOUT, proxyRow({})],
  ['HttpProxy Logs', 'BackEndStatus', PROXY_LAYOUT, proxyRow({})],
  ['HttpProxy Logs', 'ClientIpAddress', PROXY_LAYOUT, proxyRow({})],
  ['HttpProxy Logs', 'RoutingHint', PROXY_LAYOUT, proxyRow({})],
  ['HttpProxy Logs', 'BackEndCookie', PROXY_LAYOUT, proxyRow({})],
  ['ECP Server Log', 'EventId', ECP, ecpRow(REQUEST)],
  ['ECP Server Log', 'EventData', ECP, ecpRow(REQUEST)],
  ['ECP Activity Context Log', 'EventData', ECP, ecpRow(REQUEST)],
  ['OAB Generator Log', 'Message', ['Timestamp', 'RecordType', 'OabGuid', 'Message'], 'a,b,c,d'],
  [
    'Rps Cmdlet Logs',
    'Parameters',
    ['DateTime', 'Cmdlet', 'Parameters', 'ExecutionResult'],
    'a,Get-Mailbox,-Identity x,Success',
  ],
  ['audit', 'Operation', ['Timestamp', 'Operation', 'Data', 'ResultStatus'], 'a,Set-Mailbox,{},True'],
])('a log of the type %s is watched only if its column %s is there', async (type, name, columns, row) => {
  expect((await read(log(type, columns, [row]))).records[0]?.source).toBeDefined();
  const renamed = columns.map((column) => (column === name ? `X${name}` : column));
  const { records, says } = await read(log(type, renamed, [row]));
  expect(records).toHaveLength(1);
  expect(records[0]?.source).toBeUndefined();
  expect(says).toEqual([`column line names no ${name}`]);
});

test.each([
  ['UrlStem', ['/ecp/xxx', '/[redacted]', '/ecp/def...', ''], ['xxx', '***', '[redacted]']],
  [
    'AnchorMailbox',
    ['ServerInfo~xxx', 'Sid~[redacted]', 'Sid~S-1-...'],
    ['xxx', 'xxx~S-1-5-21', 'xxxEX01/ecp/default.flt?'],
  ],
  ['HttpStatus', [''], ['xxx', '***']],
  ['BackEndStatus', ['200...'], ['xxx', '***', '[cut]']],
  ['ClientIpAddress', [''], ['xxx', 'x.x.x.x', '198.51.100.xxx', '[redacted]']],
  ['IsAuthenticated', ['yes'], ['xxx', '***']],
  ['TargetServerVersion', ['xxx', '15.01...'], []],
  ['BackEndCookie', ['xxx', 'Server~***~1942063431~2021', '[redacted]'], []],
  ['Method', ['xxx', ''], []],
])('a row of HttpProxy whose %s was blotted out or cut is no heartbeat', async (name, masks, wiped) => {
  const lost = `of 2 rows 1 lack a value as the log writes it and do not count as watched: ${name} in 1`;
  for (const mask of [...masks, ...wiped]) {
    const rows = [proxyRow({}), proxyRow({ [name]: mask })];
    const { records, says } = await read(log('HttpProxy Logs', PROXY_LAYOUT, rows));
    // A client may write what looks like a mask; where the server writes, somebody went over the whole log.
    const isWiped = wiped.includes(mask);
    expect(
      records.map((record) => record.source),
      mask,
    ).toEqual([isWiped ? undefined : 'http-proxy:ecp', undefined]);
    expect(says).toEqual([
      isWiped
        ? `${lost}; masks stand where the server itself writes, so the rows around and behind them do not count either`
        : lost,
    ]);
  }
});

test.each([
  [
    'AnchorMailbox',
    ['', 'ServerInfo~localhost/ecp/default.flt?', 'ServerVersion~Version 15.0 (Build 0.0)', 'Smtp~a@example.com'],
  ],
  ['UrlStem', ['/', '/owa/auth/x.js', '/ecp/x']],
  ['BackEndStatus', ['', 'NameResolutionFailure']],
  ['ClientIpAddress', ['::1', 'fe80::1234:5678:123abc:245e%3']],
  ['BackEndCookie', ['', 'Server~EX01/ecp~1']],
  ['UserAgent', ['xxx', 'Mozilla...']],
])('what HttpProxy itself writes into %s is a heartbeat', async (name, values) => {
  for (const value of values) {
    const { records } = await read(log('HttpProxy Logs', PROXY_LAYOUT, [proxyRow({ [name]: value })]));
    expect(records[0]?.source, value).toBe('http-proxy:ecp');
  }
});

test.each([
  ['the command by another name', REQUEST.replace('S:CMD=', 'S:XMD=')],
  ['no error', REQUEST.replace('S:EX=;', '')],
  ['no URL', REQUEST.replace('S:URL=', 'S:U=')],
  ['its event data blotted out', 'xxx'],
  ['the URL blotted out', REQUEST.replace('/ecp/a.svc/GetList', '[redacted]')],
  ['a parameter blotted out', REQUEST.replace('S:CMD=Get-InboxRule', "'S:CMD=Set-X.ExternalUrl=''***'''")],
  ['its end cut off', `${REQUEST}S:TIME...`],
  ['nothing', ''],
])('a row of the ECP Server log is no heartbeat with %s', async (_, data) => {
  const { records, says } = await read(log('ECP Server Log', ECP, [ecpRow(REQUEST), ecpRow(data)]));
  expect(records.map((record) => record.source)).toEqual(['ecp-server', undefined]);
  expect(says).toEqual(['of 2 rows 1 lack a value as the log writes it and do not count as watched: EventData in 1']);
});

test('no row counts around a command that was blotted out, nor behind it', async () => {
  const rows = [ecpRow(REQUEST), ecpRow(REQUEST.replace('Get-InboxRule', 'xxx')), ecpRow(REQUEST)];
  const { records } = await read(log('ECP Server Log', ECP, rows));
  expect(records.map((record) => record.source)).toEqual([undefined, undefined, undefined]);
});

test('the loss is told in the last line end, and the row before it keeps the rest of its bytes', async () => {
  const text = log('ECP Server Log', ECP, [ecpRow(''), ecpRow(REQUEST)]);
  const { records } = await read(text);
  expect(records[1]?.origin.length).toBe(ecpRow(REQUEST).length);
  const bare = await read(text.trimEnd());
  expect(bare.says).toHaveLength(1);
  expect(bare.records[0]?.origin.length).toBe(ecpRow('').length);
});

test.each([
  'Logging/HttpProxy/Ecp/HttpProxy_2021030304-1.LOG',
  'Ecp_HttpProxy_2023010611-1.LOG',
  'Logging/ECP/Server/ECPServer20210303-1.LOG',
  'Logging/ECP/Activity/ECPActivity_7316_20210303-1.LOG',
  'Logging/OABGeneratorLog/oabgen20210303-1.LOG',
  'Logging/Ews/Ews_2021030304-1.LOG',
  'MessageTracking/MSGTRKMS2021030304-1.LOG',
])('%s is read although its begin was overwritten, and what was lost is a gap', async (path) => {
  const rows = '2021-03-03T06:00:00.000Z,EX01,Request,a\n'.repeat(2000);
  for (const lost of ['\0'.repeat(1024), 'lorem ipsum '.repeat(80), `${'x'.repeat(63)}\n`.repeat(1100)]) {
    const bytes = textBytes(lost + rows);
    expect(exchangeCsv.recognises(bytes.subarray(0, 65_536), path)).toBe(true);
    const readings = await readAll(exchangeCsv, memorySource(bytes), path);
    expect(readings[0]).toMatchObject({ is: 'gap', reason: 'damaged', origin: { offset: 0 } });
    expect(readings.filter((reading) => reading.is === 'record' && reading.source !== undefined)).toEqual([]);
  }
});

test('a log whose header comes again below a lost begin is a log from there on', async () => {
  const text = `${'\0'.repeat(512)}lost,${'x'.repeat(90)}\n${log('ECP Server Log', ECP, [ecpRow(REQUEST)])}`;
  const { records, says } = await read(text);
  expect(records.map((record) => record.source)).toEqual(['ecp-server']);
  expect(says[0]).toBe('expected text, stood 512 NUL bytes');
});

test('names that many logs have, and files without a byte, are not taken for logs of Exchange', () => {
  const other = textBytes('lorem ipsum\n');
  for (const path of ['audit20230111-1.LOG', 'HttpProxy.log', 'ECPServer.txt', 'my-ews-20210303.log'])
    expect(exchangeCsv.recognises(other, path), path).toBe(false);
  expect(exchangeCsv.recognises(new Uint8Array(0), 'HttpProxy_2021030304-1.LOG')).toBe(false);
});
