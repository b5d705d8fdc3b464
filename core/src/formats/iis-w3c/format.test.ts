import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { EvidenceRecord, Gap, Reading } from '../../model/reading.ts';
import { isoTime } from '../../bytes/time.ts';
import { memorySource, readAll, textBytes } from '../contract.test-support.ts';
import { iisW3c } from './format.ts';

const FIELDS =
  '#Version: 1.0\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status';
const PLASO = new URL('../../../../../shared/data/iis-logs/plaso/', import.meta.url);

async function read(text: string, path = 'u_ex210303.log'): Promise<Reading[]> {
  return readAll(iisW3c, memorySource(textBytes(text)), path);
}

async function records(text: string, path?: string): Promise<EvidenceRecord[]> {
  return (await read(text, path)).filter((reading) => reading.is === 'record');
}

async function gaps(text: string): Promise<Gap[]> {
  return (await read(text)).filter((reading) => reading.is === 'gap');
}

type Part = 'method' | 'stem' | 'query' | 'port' | 'user' | 'client' | 'agent' | 'status';

function line(part: Partial<Record<Part, string>>): string {
  const { method = 'GET', stem = '/owa/', query = '-', port = '443', user = '-' } = part;
  const { client = '198.51.100.7', agent = '-', status = '200' } = part;
  return `2021-03-03 06:00:00 192.0.2.10 ${method} ${stem} ${query} ${port} ${user} ${client} ${agent} ${status}\n`;
}

async function only(part: Parameters<typeof line>[0], path?: string): Promise<EvidenceRecord> {
  const [record] = await records(`${FIELDS}\n${line(part)}`, path);
  if (record === undefined) throw new Error('expected one record');
  return record;
}

function recognised(text: string, path = 'some.log'): boolean {
  return iisW3c.recognises(textBytes(text), path);
}

describe('recognition', () => {
  test('an IIS log is known by its software line, by its fields, in any order, and in UTF-16', () => {
    expect(recognised('#Software: Microsoft Internet Information Services 10.0\r\n')).toBe(true);
    expect(recognised(`${FIELDS}\n`)).toBe(true);
    expect(recognised(`\ufeff#Date: 2021-03-03 00:00:00\n${FIELDS}\n`)).toBe(true);
    expect(iisW3c.recognises(new Uint8Array([0xff, 0xfe, ...Buffer.from(`${FIELDS}\n`, 'utf16le')]), 'x')).toBe(true);
  });

  test('logs of HTTP.sys, of the FTP service and of content networks are not IIS logs', () => {
    expect(
      recognised(
        '#Software: Microsoft HTTP API 2.0\n#Fields: date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename\n',
      ),
    ).toBe(false);
    expect(
      recognised(
        '#Software: Microsoft Internet Information Services 10.0\n#Fields: date time c-ip cs-username s-ip s-port cs-method cs-uri-stem sc-status x-session x-fullpath\n',
      ),
    ).toBe(false);
    expect(
      recognised(
        '#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status\n',
      ),
    ).toBe(false);
  });

  test('Exchange logs, firewall logs and any other text are not IIS logs', () => {
    expect(recognised('#Software: Microsoft Exchange Server\n#Fields: DateTime,RequestId,Protocol,UrlStem\n')).toBe(
      false,
    );
    expect(recognised('#Fields: date time action protocol src-ip dst-ip\n')).toBe(false);
    expect(recognised('a text that quotes\n  #Software: Microsoft Internet Information Services 10.0\n')).toBe(false);
    expect(recognised('', 'W3SVC1/u_ex210303.log')).toBe(false);
  });

  test('a log that lost its begin is known by its place and its first line', () => {
    const first = '2021-03-03 06:00:01 192.0.2.10 GET / - 443 - 198.51.100.7 - - 200 0 0 31\n';
    expect(recognised(first, 'logs/W3SVC1/u_ex210303.log')).toBe(true);
    expect(recognised(first, 'notes.txt')).toBe(false);
  });
});

describe('columns', () => {
  test('#Fields may change in the middle of a file', async () => {
    const [before, after] = await records(
      `${FIELDS}\n${line({})}#Fields: c-ip date time sc-status\n198.51.100.9 2021-03-04 07:00:00 404\n`,
    );
    expect(before?.get('cs-method')).toBe('GET');
    expect(after?.get('cs-method')).toBeUndefined();
    expect(after?.get('c-ip')).toBe('198.51.100.9');
    expect(isoTime(after?.at ?? 0)).toBe('2021-03-04T07:00:00.000Z');
  });

  test('a doubled space does not move the columns behind it', async () => {
    const [record] = await records(
      `${FIELDS}\n2021-03-03 06:00:00 ::1 POST /powershell - 444  example\\health ::1 - 200\n`,
    );
    expect(record?.get('cs-username')).toBe('example\\health');
    expect(record?.get('sc-status')).toBe('200');
    expect(record?.excerpt()).toContain('444  example');
  });

  test('a space too many that may stand for an empty value leaves the columns where they are', async () => {
    const [record] = await records(
      '#Version: 1.0\n#Fields: date time cs-username c-ip\n2021-03-03 06:00:00  198.51.100.7\n',
    );
    expect(record?.get('cs-username')).toBeUndefined();
    expect(record?.get('c-ip')).toBe('198.51.100.7');
  });

  test('a line that does not fit is a gap that says how many values it has', async () => {
    expect(
      await gaps(`${FIELDS}\n2021-03-03 06:00:00 GET\n2021-03-03 06:00:01 a b c d e f g h i j k l m\n`),
    ).toMatchObject([
      { reason: 'damaged', says: 'line has 3 values, #Fields names 11' },
      { reason: 'damaged', says: 'line has 15 values, #Fields names 11' },
    ]);
  });

  test('a last line without line feed is a record when it is complete and a gap when it is not', async () => {
    const whole = `${FIELDS}\n${line({})}`;
    expect(await records(whole.trimEnd())).toHaveLength(1);
    expect(await gaps(whole.slice(0, -20))).toMatchObject([
      { reason: 'truncated', says: 'line breaks off after 8 values, #Fields names 11' },
    ]);
  });

  test('lines without #Fields above them are gaps', async () => {
    expect(await gaps(`${line({})}rest of a line\n`)).toMatchObject([
      { reason: 'unsupported', says: 'line has 11 values, no #Fields line stands before it' },
      { reason: 'damaged', says: 'expected a #Fields line, stood 14 characters of other text' },
    ]);
  });

  test('#Fields that names a thousand columns is a gap, and so is what stands below it', async () => {
    const [, first, second] = await read(`#Version: 1.0\n#Fields: ${'x '.repeat(1000)}\n${line({})}`);
    expect(first).toMatchObject({ is: 'gap', reason: 'limit', says: '#Fields names 1000 columns, the limit is 128' });
    expect(second).toMatchObject({ is: 'gap', reason: 'unsupported' });
  });

  test('a line of a thousand values is a gap and no fault', async () => {
    expect(await gaps(`${FIELDS}\n${'x '.repeat(1000)}\n`)).toMatchObject([
      { says: 'line has 1000 values, #Fields names 11' },
    ]);
  });
});

async function times(text: string): Promise<(string | undefined)[]> {
  return (await records(text)).map(({ at }) => (at === undefined ? undefined : isoTime(at).slice(0, 19)));
}

describe('time', () => {
  test('without a date column the day comes from #Date and moves on at midnight', async () => {
    const rows = ['23:59:58', '23:59:57', '00:00:01', '23:59:59', '00:00:02', '14:00:00', '00:00:00'];
    const text = `#Date: 2021-12-31 20:00:00\n#Fields: time c-ip\n${rows.map((row) => `${row} 192.0.2.1\n`).join('')}`;
    expect(await times(text)).toEqual([
      '2021-12-31T23:59:58',
      '2021-12-31T23:59:57',
      '2022-01-01T00:00:01',
      '2021-12-31T23:59:59',
      '2022-01-01T00:00:02',
      '2022-01-01T14:00:00',
      '2022-01-02T00:00:00',
    ]);
  });

  test('without date column and #Date, and for impossible times, there is no time but still a record', async () => {
    expect(await times('#Version: 1.0\n#Fields: time c-ip\n06:00:00 192.0.2.1\n')).toEqual([undefined]);
    expect(
      await times('#Version: 1.0\n#Fields: date time c-ip\n2021-02-30 06:00:00 192.0.2.1\n2021-03-03 x 192.0.2.1\n'),
    ).toEqual([undefined, undefined]);
    expect(await times('#Version: 1.0\n#Fields: date c-ip\n2021-03-03 192.0.2.1\n')).toEqual([undefined]);
  });
});

describe('source and host', () => {
  test('port and folder of the site name the source, and a line without its port has none', async () => {
    expect((await only({ port: '444' })).source).toBe('iis:444');
    expect((await only({ port: '443' }, 'LogFiles/W3SVC3/u_ex210303.log')).source).toBe('iis:443@3');
    expect((await only({ port: '443' }, 'W3SVC1/copy/w3svc3/x.log')).source).toBe('iis:443@3');
    for (const port of ['-', '123456', 'xxx'])
      expect((await only({ port }, 'LogFiles/W3SVC2/u_ex210303.log')).source, port).toBeUndefined();
  });

  test('a log is known by its name where its begin was overwritten, and the lost begin is a gap', async () => {
    const rows = '2021-03-03 06:00:00 EX01 GET /owa/ 200 198.51.100.7\n'.repeat(2000);
    for (const lost of ['\0'.repeat(1024), 'lorem ipsum '.repeat(80), `${'x'.repeat(63)}\n`.repeat(1100)]) {
      const bytes = textBytes(lost + rows);
      for (const path of ['LogFiles/W3SVC1/u_ex210303.log', 'u_ex21030304_x.log', 'W3SVC2/extend1.log'])
        expect(iisW3c.recognises(bytes.subarray(0, 65_536), path), path).toBe(true);
      const [first] = await readAll(iisW3c, memorySource(bytes), 'u_ex210303.log');
      expect(first).toMatchObject({ is: 'gap', reason: 'damaged', origin: { offset: 0 } });
    }
    for (const path of ['FTPSVC2/u_ex210303.log', 'SMTPSVC1/u_ex210303.log', 'x.log'])
      expect(recognised('lorem ipsum\n', path), path).toBe(false);
    expect(recognised('', 'u_ex210303.log')).toBe(false);
  });

  test.each(['cs-method', 'cs-uri-stem', 'cs-uri-query', 's-port', 'cs-username', 'c-ip', 'sc-status'])(
    'a log without %s cannot show an attack, so it was not watched, and says so',
    async (name) => {
      const readings = await read(`${FIELDS.replace(` ${name}`, ' x-other')}\n${line({})}`);
      const [record] = readings.filter((reading) => reading.is === 'record');
      expect(record?.source).toBeUndefined();
      expect(readings).toContainEqual(
        expect.objectContaining({ reason: 'absent', says: `column line names no ${name}` }),
      );
    },
  );

  test.each([
    ['stem', ['/owa/xxx', '/[redacted]/', '/a/***/b', '/ecp/...', '/ow…', '-'], ['xxx', '***', '[redacted]']],
    ['query', ['xxx', '***', '[cut]', 'msExchEcpCanary=***&a=b', 'msExch...'], []],
    ['status', ['-', '2...'], ['xxx', '***']],
    ['client', ['-'], ['xxx', 'x.x.x.x', '***', '203.0.113.xxx', '[redacted]']],
    ['port', ['-'], ['xxx']],
    ['method', ['xxx', '***', '<cut>'], []],
    ['user', ['xxx', '[redacted]', 'EXAMPLE\\***'], []],
  ] as const)('a line whose %s somebody blotted out or cut is no heartbeat, and that is told once', async (...row) => {
    const [part, masks, wiped] = row;
    for (const mask of [...masks, ...wiped]) {
      const readings = await read(`${FIELDS}\n${line({})}${line({ [part]: mask })}${line({})}`);
      const found = readings.filter((reading) => reading.is === 'record');
      // A client may write what looks like a mask; where the server writes, somebody went over the whole log.
      const beside = (wiped as readonly string[]).includes(mask) ? undefined : 'iis:443';
      expect(
        found.map((record) => record.source),
        mask,
      ).toEqual([beside, undefined, beside]);
      const told = readings.filter((reading) => reading.is === 'gap');
      expect(told.map(({ reason }) => reason)).toEqual(['absent']);
      expect(told[0]?.says).toContain('of 3 rows 1 lack a value as the log writes it and do not count as watched');
      expect(told[0]?.says.includes('masks stand where the server itself writes')).toBe(beside === undefined);
    }
  });

  test('what a log writes itself is not taken for a mask', async () => {
    const parts: readonly Parameters<typeof line>[0][] = [
      { stem: '/owa/auth/x.js' },
      { stem: '/xxx.aspx' },
      { stem: '*' },
      { stem: '/' },
      { stem: '/owa/d' },
      { query: '&CorrelationID=<empty>;&cafeReqId=1;' },
      { query: 'a=[1]&xxx=2' },
      { client: 'fe80::1234:5678:123a:245e%3' },
      { client: '::1' },
      { user: 'EXAMPLE\\EX01$' },
      { method: 'RPC_IN_DATA' },
      { status: '0' },
      { agent: 'xxx' },
    ];
    for (const part of parts) expect((await only(part)).source, JSON.stringify(part)).toBe('iis:443');
  });

  test('the host is the computer name that the line gives', async () => {
    const [first, second] = await records(
      '#Version: 1.0\n#Fields: date time s-computername\n2021-03-03 06:00:00 EXCHANGE-SERVER-01\n2021-03-03 06:00:00 -\n',
    );
    expect(first?.host).toBe('EXCHANGE-SERVER-01');
    expect(second?.host).toBeUndefined();
  });
});

describe('derived fields', () => {
  test('path and URL are decoded twice and lower case', async () => {
    const record = await only({ stem: '/OWA%252fAuth//x/../Y.aspx', query: 'A=%2541' });
    expect(record.get('url-path')).toBe('/owa/auth/y.aspx');
    expect(record.get('url')).toBe('/owa/auth//x/../y.aspx?a=a');
    expect(record.get('cs-uri-stem')).toBe('/OWA%252fAuth//x/../Y.aspx');
  });

  test('the request id is the one that Exchange appended, not one that a stranger sent', async () => {
    const query = 'cafeReqId=forged&x=1&CorrelationID=<empty>;&cafeReqId=0B1C2D3E-0000-4000-8000-0123456789AB;';
    expect((await only({ query })).get('request-id')).toBe('0b1c2d3e-0000-4000-8000-0123456789ab');
  });

  test('a user agent has its spaces back', async () => {
    expect((await only({ agent: 'Mozilla/5.0+(KHTML,++like+Gecko)' })).get('user-agent')).toBe(
      'Mozilla/5.0 (KHTML, like Gecko)',
    );
  });

  test('a status is a number, and nothing where it is none', async () => {
    expect((await only({ status: '241' })).get('status')).toBe(241);
    expect((await only({ status: '2e2' })).get('status')).toBeUndefined();
  });

  test('names are exact, and fields lists those that have a value', async () => {
    const record = await only({});
    expect(record.get('CS-METHOD')).toBeUndefined();
    expect(record.get('constructor')).toBeUndefined();
    expect(record.fields()).toEqual([
      'date',
      'time',
      's-ip',
      'cs-method',
      'cs-uri-stem',
      's-port',
      'c-ip',
      'sc-status',
      'url-path',
      'url',
      'client',
      'method',
      'status',
    ]);
  });
});

const absent = !existsSync(PLASO);
if (absent) console.log('skipped: real IIS logs are not beside the checkout (../shared/data/iis-logs/plaso)');

test.skipIf(absent).each([
  ['iis10.log', 1],
  ['iis10_cookies.log', 3],
  ['iis10_edge_cases.log', 15],
  ['iis6.log', 12],
  ['iis7_owa.log', 3],
  ['iis7_sqli.log', 2],
  ['iis_without_date.log', 11],
])('every line of the real log %s is a record with a time and a status', async (name, count) => {
  const bytes = Uint8Array.from(readFileSync(new URL(name, PLASO)));
  expect(iisW3c.recognises(bytes, name)).toBe(true);
  const readings = await readAll(iisW3c, memorySource(bytes), name);
  const found = readings.filter((reading) => reading.is === 'record');
  expect(readings.filter((reading) => reading.is === 'gap')).toEqual([]);
  expect(found).toHaveLength(count);
  for (const record of found) {
    expect(record.at).toBeGreaterThan(0);
    expect(record.get('status')).toBeGreaterThan(199);
    expect(record.source).toMatch(/^iis:\d+$/);
    expect(String(record.get('client'))).toMatch(/^[\d.:]+$/);
  }
});

test.skipIf(absent)('the real lines with a doubled space keep user and client apart', async () => {
  const bytes = Uint8Array.from(readFileSync(new URL('iis10_edge_cases.log', PLASO)));
  const found = (await readAll(iisW3c, memorySource(bytes), 'x.log')).filter((reading) => reading.is === 'record');
  expect(
    found.filter((record) => String(record.get('user')).includes('ranuser1')).map((record) => record.get('client')),
  ).toEqual(['::1', '::1', '10.10.10.10', '::1', '::1', '::1']);
});
