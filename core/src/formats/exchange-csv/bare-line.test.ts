import { expect, test } from 'vitest';
import type { Gap } from '../../model/reading.ts';
import { memorySource, readAll, textBytes } from '../contract.test-support.ts';
import { iisW3c } from '../iis-w3c/format.ts';
import { bareLine, innerLines, isFrame } from './bare-line.ts';
import { exchangeCsv } from './format.ts';

const ROW = '2021-03-03T04:11:05.578Z,5d1a7c0e-0000-4000-8000-000000000001,15,1,2176,2,,Ecp';
const LINE = '2021-03-03 04:11:05 192.0.2.10 POST /ecp/y.js - 443 - 203.0.113.45 - - 241 0 0 57';

test.each([
  ['HttpProxy_2021030304-1.LOG:', 'grep'],
  ['HttpProxy_2021030304-1.LOG:17:', 'grep -n'],
  ['./Ecp/HttpProxy_2021030304-1.LOG:17:', 'grep -rn'],
  ['D:\\Exchange Server\\V15\\Logging\\x.LOG:17:', 'findstr /n'],
  ['(standard input):17:', 'grep of a pipe'],
  ['17:', 'grep -n of one file'],
  ['> Ecp\\x.log:17:', 'Select-String with context'],
  ['> > ', 'a mail that was answered twice'],
  ['\t', 'a paragraph that is set in'],
  ['<134>Mar  3 04:11:20 mail01 exchange[4711]: ', 'syslog, RFC 3164'],
  ['Mar  3 04:11:20 mail01 ', 'syslog without a tag'],
  ['<134>1 2021-03-03T04:11:20.003Z mail01 exchange 4711 - - ', 'syslog, RFC 5424'],
  ['<134>1 2021-03-03T04:11:20.003Z mail01 exchange - ID47 [a@1 b="c\\]"][d@1] ', 'syslog with structured data'],
  ['2021-03-03T04:11:20.003+01:00 mail01 exchange: ', 'syslog as rsyslog writes it'],
  ['messages.log:4:Mar  3 04:11:20 mail01 exchange: ', 'syslog that grep went through'],
])('%j in front of a line, from %s, is not of the line', (front) => {
  for (const line of [ROW, LINE, '#Fields: date time c-ip']) expect(bareLine(front + line)).toBe(line);
});

test('what a log writes itself is not taken for what stands around it', () => {
  const lines = [
    ROW,
    LINE,
    `"${ROW}"`,
    '\t/ecp/y.js\t241\t...',
    'DateTime,AnchorMailbox',
    '#Software: Microsoft Exchange Server',
  ];
  for (const line of [...lines, '04:11:05 GET /a.log:1: -', 'a|b|c', '', '"x.log:1:",a'])
    expect(bareLine(line), line).toBe(line);
});

test('cells of a Markdown table are values, and what frames it is none', () => {
  expect(bareLine(String.raw`| 2021-03-03 | a\|b |  | ${'`'}c d${'`'} |`)).toBe('2021-03-03\ta|b\t\tc d');
  for (const frame of ['|---|:--:|', '```', '> ```text', '--', '~~~', '+----+----+'])
    expect(isFrame(frame), frame).toBe(true);
  for (const line of ['', '-', '| a | b |', LINE, '`x`', '2021-03-03 --']) expect(isFrame(line), line).toBe(false);
});

test('a row that stands whole in a value is found there', () => {
  expect(innerLines(['2021-03-03T04:11:05.578+0000', 'MAIL01', ROW, LINE])).toEqual([ROW, LINE]);
});

test('lines that are all marks are bared in time that grows with their length', () => {
  const parts = ['a.log:', '> ', '|', '-', ' ', '[', '\\', '<134>1 ', 'x'.repeat(64), '17:', 'Mar  3 04:11:20 a '];
  for (const part of parts) {
    const line = part.repeat(Math.ceil(60_000 / part.length));
    const begin = performance.now();
    for (let times = 0; times < 20; times += 1) {
      bareLine(line);
      isFrame(line);
      isFrame(line.slice(0, 1000));
    }
    expect(performance.now() - begin, part).toBeLessThan(2000);
  }
});

async function told(format: typeof iisW3c, text: string): Promise<Gap[]> {
  const readings = await readAll(format, memorySource(textBytes(text)), 'x.csv');
  return readings.filter((reading): reading is Gap => reading.is === 'gap' && reading.reason === 'absent');
}

test('what an extract leaves out and what was blotted out in it is told, once each', async () => {
  const row = '2021-03-03T04:11:05Z,/ecp/y.js,xxx,241\n2021-03-03 04:11:05,/ecp/y.js,ServerInfo~a...,***';
  const text = `DateTime,UrlStem,AnchorMailbox,HttpStatus\n${row}`;
  const says = [
    'column line names no ClientIpAddress, BackEndStatus',
    'of 2 rows that were cut out of a log, blotted out or cut: AnchorMailbox in 2, HttpStatus in 1; without a time that says its zone: 1',
  ];
  expect((await told(exchangeCsv, `${text}\n`)).map((gap) => gap.says)).toEqual(says);
  expect((await told(exchangeCsv, `${text}\r\n\r\n`)).map((gap) => gap.says)).toEqual(says);
  // A row that the text ends gives no byte away, so the row before it does.
  expect((await told(exchangeCsv, text)).map((gap) => gap.says)).toEqual(says);
  const site = `date;time;cs-method;cs-uri-stem;cs-uri-query;s-port;cs-username;c-ip;sc-status\n2021-03-03;04:11:05;POST;/ecp/y.js;-;443;-;x.x.x.x;241\n`;
  expect((await told(iisW3c, site)).map((gap) => gap.says)).toEqual([
    'of 1 rows that were cut out of a log, blotted out or cut: c-ip in 1',
  ]);
});

test('a log with its own header is no extract: its rows are counted as those of a log', async () => {
  const log = '#Software: Microsoft Exchange Server\n#Log-type: HttpProxy Logs\n#Fields: DateTime,AnchorMailbox\n';
  expect((await told(exchangeCsv, `${log}2021-03-03T04:11:05Z,a...\nx,***\n`)).map((gap) => gap.says)).toEqual([
    'column line names no UrlStem, IsAuthenticated, ClientIpAddress, HttpStatus, BackEndStatus, Method, TargetServerVersion, RoutingHint, BackEndCookie',
  ]);
  const site = '#Version: 1.0\n#Fields: date time cs-method c-ip sc-status\n2021-03-03 04:11:05 GET *** 2...\n';
  expect((await told(iisW3c, site)).map((gap) => gap.says)).toEqual([
    'column line names no cs-uri-stem, cs-uri-query, cs-username, s-port',
  ]);
});
