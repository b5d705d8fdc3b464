import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

import { loadPackFolder } from '../cli/src/engine-door.ts';
import { assess } from '../core/src/engine/assess.ts';
import type { CaseFile } from '../core/src/model/case-file.ts';
import { readCase } from '../core/src/specimen/read-case.ts';
import { specimen } from '../core/src/specimen/specimen.ts';
import { nodeHost } from '../node/src/node-host.ts';

/** One scenario of a break-in, and what people do to its logs before they hand them over. Each extract is assessed alone. */

const FOLDER = join(import.meta.dirname, '../packs/exchange-2021-03');
const PACK = await loadPackFolder(FOLDER);

/** Rows of one log, cut into their values. */
interface Table {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

type LogName = 'proxy' | 'ecp' | 'back';
const logs = new Map<LogName, Table>();
const original = new Map<string, string>();

beforeAll(() => {
  const text = readFileSync(join(FOLDER, 'cases/full-chain-shell-used.yaml'), 'utf8');
  const { scenario } = readCase(text, 'full-chain-shell-used.yaml').trials[0];
  for (const file of specimen(scenario)) {
    const log = LOGS.find(({ path }) => path.test(file.path));
    if (log === undefined) continue;
    const lines = Buffer.concat([...file.pieces()])
      .toString('utf8')
      .replace('\ufeff', '')
      .split('\r\n');
    original.set(log.name, lines.join('\r\n'));
    const fields = lines.find((line) => line.startsWith('#Fields: ')) ?? '';
    const cut = (line: string): string[] => (log.name === 'back' ? line.split(' ') : csvValues(line));
    // As somebody greps: the ten seconds of the attack, with a beat of the server's own beside them.
    const rows = lines.filter((line) => /^2021-03-03.04:11:/.test(line)).map(cut);
    logs.set(log.name, { names: cut(fields.slice(9)), rows });
  }
});

const LOGS: readonly { readonly name: LogName; readonly path: RegExp }[] = [
  { name: 'proxy', path: /\/HttpProxy\/Ecp\/HttpProxy_2021030304-1\.LOG$/ },
  { name: 'ecp', path: /\/ECPServer20210303-1\.LOG$/ },
  { name: 'back', path: /\/W3SVC2\/u_ex210303\.log$/ },
];

function csvValues(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}

function tableOf(log: LogName): Table {
  const table = logs.get(log);
  if (table === undefined || table.rows.length < 4) throw new Error(`expected rows of the attack in ${log}`);
  return table;
}

function picked({ names, rows }: Table, wanted: readonly string[]): Table {
  const places = wanted.map((name) => names.indexOf(name));
  if (places.includes(-1)) throw new Error(`expected columns ${wanted.join(', ')}`);
  return { names: wanted, rows: rows.map((row) => places.map((place) => row[place] ?? '')) };
}

function renamed(table: Table, captions: Readonly<Record<string, string>>): Table {
  return { ...table, names: table.names.map((name) => captions[name] ?? name) };
}

/** With other values in some columns. */
function changed(table: Table, changes: Readonly<Record<string, (value: string) => string>>): Table {
  const rows = table.rows.map((row) => row.map((value, at) => changes[table.names[at] ?? '']?.(value) ?? value));
  return { ...table, rows };
}

/** Quotes only where a value needs them, or everywhere. */
function csv({ names, rows }: Table, delimiter = ',', everywhere = false): string {
  const quoted = (value: string): string =>
    everywhere || value.includes(delimiter) || value.includes('"') ? `"${value.replaceAll('"', '""')}"` : value;
  return [names, ...rows].map((row) => `${row.map(quoted).join(delimiter)}\r\n`).join('');
}

const plain = ({ names, rows }: Table): string => [names, ...rows].map((row) => `${row.join(' ')}\r\n`).join('');
const rowsOnly = (text: string): string => text.slice(text.indexOf('\r\n') + 2);
const eachLine = (text: string, change: (line: string, at: number) => string): string =>
  text
    .trimEnd()
    .split('\r\n')
    .map((line, at) => `${change(line, at)}\r\n`)
    .join('');
const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');

async function assessed(name: string, content: string | Uint8Array): Promise<CaseFile> {
  const bytes = Buffer.from(content);
  const artifact = {
    path: name,
    size: bytes.length,
    open: () =>
      Promise.resolve({
        size: bytes.length,
        readInto: (at: number, into: Uint8Array) => bytes.copy(into, 0, at),
        close: () => Promise.resolve(),
      }),
  };
  const source = {
    name: 'evidence',
    emptyFolders: () => [],
    async *list() {
      yield artifact;
    },
  };
  return await assess({ sources: [source], packs: [PACK], options: { version: 'test' } }, nodeHost());
}

const answers = (result: CaseFile): Record<string, string> =>
  Object.fromEntries(result.claims.map((claim) => [claim.claim, claim.answer]));

/** What holds of every extract: it is no heartbeat, so nothing is ruled out and nothing is called clean. */
function clearsNothing(result: CaseFile): void {
  expect(result.coverage.flatMap(({ spans }) => spans)).toEqual([]);
  expect(result.claims.filter(({ answer }) => answer === 'ruled-out').map(({ claim }) => claim)).toEqual([]);
  expect(['no-trace', 'no-trace-within-coverage', 'not-vulnerable', 'targeted-not-successful']).not.toContain(
    result.headline.worst,
  );
}

function told(result: CaseFile): string {
  const [artifact] = result.artifacts;
  const gaps = artifact?.gaps.slice(0, 4).map(({ reason, says }) => `${reason}: ${says}`);
  return JSON.stringify({
    format: artifact?.format,
    records: artifact?.records,
    gaps,
    rules: result.findings.map((f) => f.rule),
  });
}

type Extract = readonly [says: string, file: string, content: () => string | Uint8Array];

const FEW = ['DateTime', 'UrlStem', 'AnchorMailbox', 'ClientIpAddress', 'HttpStatus', 'BackEndStatus'];
const SITE = ['date', 'time', 's-port', 'cs-method', 'cs-uri-stem', 'cs-uri-query', 'cs-username', 'c-ip', 'sc-status'];
const proxy = (): Table => tableOf('proxy');
const few = (): Table => picked(proxy(), FEW);
const ecp = (): Table => tableOf('ecp');
const back = (): Table => tableOf('back');
const site = (): Table => picked(back(), SITE);
const without = (table: Table, ...names: readonly string[]): Table =>
  picked(
    table,
    table.names.filter((name) => !names.includes(name)),
  );
const later = (time: string): string => new Date(Date.parse(time) + 3_600_000).toISOString().replace('Z', '+01:00');
const merged = ({ names, rows }: Table, caption: string, zone: string): Table => ({
  names: [caption, ...names.slice(2)],
  rows: rows.map(([date, time, ...rest]) => [`${date}T${time}${zone}`, ...rest]),
});
const markdown = ({ names, rows }: Table): string =>
  [names, names.map(() => '---'), ...rows.map((row) => row.map((value) => value.replaceAll('|', String.raw`\|`)))]
    .map((row) => `| ${row.join(' | ')} |\r\n`)
    .join('');
const syslog = (line: string): string => `<134>Mar  3 04:11:20 mail01 exchange: ${line}`;
const syslog5424 = (line: string): string => `<134>1 2021-03-03T04:11:20.003Z mail01 exchange 4711 - - ${line}`;

const PROSE = 'We looked at the server in the afternoon, and this is what we found there.\r\n\r\n'.repeat(20);

const KUSTO_PROXY = Object.fromEntries(FEW.map((name) => [name, `${name}_${name === 'DateTime' ? 't' : 's'}`]));
const KUSTO_SITE = {
  's-port': 'sPort',
  'cs-method': 'csMethod',
  'cs-uri-stem': 'csUriStem',
  'cs-uri-query': 'csUriQuery',
  'cs-username': 'csUserName',
  'c-ip': 'cIP',
  'sc-status': 'scStatus',
};
const ELASTIC_SITE = {
  's-port': 'destination.port',
  'cs-method': 'http.request.method',
  'cs-uri-stem': 'url.path',
  'cs-uri-query': 'url.query',
  'cs-username': 'user.name',
  'c-ip': 'source.ip',
  'sc-status': 'http.response.status_code',
};
const GERMAN_SITE = {
  date: 'Datum',
  time: 'Uhrzeit',
  's-port': 'Serverport',
  'cs-method': 'Methode',
  'cs-uri-stem': 'URL-Pfad',
  'cs-uri-query': 'Abfrage',
  'cs-username': 'Benutzername',
  'c-ip': 'Client-IP',
  'sc-status': 'HTTP-Status',
};
const GERMAN_PROXY = {
  DateTime: 'Datum und Uhrzeit',
  UrlStem: 'URL-Pfad',
  AnchorMailbox: 'Ankerpostfach',
  ClientIpAddress: 'Client-IP-Adresse',
  HttpStatus: 'HTTP-Status',
  BackEndStatus: 'Backend-Status',
};
const EXCEL_PROXY = {
  DateTime: 'Date / Time',
  UrlStem: 'Url Stem',
  AnchorMailbox: 'Anchor mailbox',
  ClientIpAddress: 'Client IP',
  HttpStatus: 'Http Status',
  BackEndStatus: 'Back End Status',
};

const PROVABLE: readonly Extract[] = [
  // HttpProxy
  ['HttpProxy: rows below their own column line', 'rows.csv', () => csv(proxy())],
  ['HttpProxy: a few columns', 'rows.csv', () => csv(few())],
  ['HttpProxy: columns in reverse', 'rows.txt', () => csv(picked(proxy(), proxy().names.toReversed()))],
  ['HttpProxy: captions of a spreadsheet', 'Mappe1.csv', () => csv(renamed(few(), EXCEL_PROXY), ';')],
  ['HttpProxy: captions of Kusto', 'query_data.csv', () => csv(renamed(few(), KUSTO_PROXY), ',', true)],
  [
    'HttpProxy: the fields of Splunk beside its own',
    'splunk.csv',
    () => {
      const { names, rows } = few();
      const own = ['_time', 'host', 'source', 'sourcetype', 'index'];
      const values = rows.map((row) => [
        (row[0] ?? '').replace('Z', '+0000'),
        'MAIL01',
        'D:\\x.LOG',
        'httpproxy',
        'main',
      ]);
      return csv(
        { names: [...own, ...names.slice(1)], rows: rows.map((row, at) => [...(values[at] ?? []), ...row.slice(1)]) },
        ',',
        true,
      );
    },
  ],
  [
    'HttpProxy: whole rows in a column of Splunk',
    'splunk.csv',
    () => {
      const lines = rowsOnly(csv(proxy())).trimEnd().split('\r\n');
      return csv(
        { names: ['_time', 'host', '_raw'], rows: lines.map((line) => [line.slice(0, 23) + '+0000', 'MAIL01', line]) },
        ',',
        true,
      );
    },
  ],
  ['HttpProxy: a German column line', 'auszug.csv', () => csv(renamed(few(), GERMAN_PROXY), ';', true)],
  [
    'HttpProxy: addresses, names and ids blotted out',
    'anon.csv',
    () =>
      csv(
        changed(proxy(), {
          ClientIpAddress: () => 'x.x.x.x',
          ServerHostName: () => '[redacted]',
          UrlHost: () => 'xxx',
          RequestId: () => 'xxx',
          AnchorMailbox: (v) => v.replace('mail01.contoso.example', '[redacted]'),
          TargetServer: () => '***',
        }),
      ),
  ],
  ['HttpProxy: semicolons and empty fields', 'a.txt', () => csv(proxy(), ';')],
  ['HttpProxy: tabs', 'a.tsv', () => csv(proxy(), '\t')],
  ['HttpProxy: quotes around every value', 'a.csv', () => csv(proxy(), ',', true)],
  ['HttpProxy: rows without a column line', 'grep.txt', () => rowsOnly(csv(proxy()))],
  ['HttpProxy: rows without a column line, quoted', 'grep.txt', () => rowsOnly(csv(proxy(), ',', true))],
  [
    'HttpProxy: rows behind the name of their file',
    'grep.txt',
    () => eachLine(rowsOnly(csv(proxy())), (l) => `HttpProxy_2021030304-1.LOG:${l}`),
  ],
  [
    'HttpProxy: rows behind name and number',
    'grep.txt',
    () => eachLine(rowsOnly(csv(proxy())), (l, n) => `./Ecp/HttpProxy_2021030304-1.LOG:${n + 6}:${l}`),
  ],
  [
    'HttpProxy: rows behind a Windows path',
    'findstr.txt',
    () =>
      eachLine(
        rowsOnly(csv(proxy())),
        (l, n) =>
          `C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Logging\\HttpProxy\\Ecp\\HttpProxy_2021030304-1.LOG:${n + 6}:${l}`,
      ),
  ],
  [
    'HttpProxy: rows behind their number',
    'grep.txt',
    () => eachLine(rowsOnly(csv(proxy())), (l, n) => `${n + 6}:${l}`),
  ],
  [
    'HttpProxy: a log with its header behind the name of its file',
    'grep.txt',
    () => eachLine(original.get('proxy') ?? '', (l) => `HttpProxy_2021030304-1.LOG:${l}`),
  ],
  [
    'HttpProxy: a few columns with their line behind the name of a file',
    'grep.txt',
    () => eachLine(csv(few()), (l) => `rows.csv:${l}`),
  ],
  ['HttpProxy: rows behind a syslog header', 'syslog.log', () => eachLine(rowsOnly(csv(proxy())), syslog)],
  [
    'HttpProxy: rows behind a syslog header of RFC 5424',
    'syslog.log',
    () => eachLine(rowsOnly(csv(proxy())), syslog5424),
  ],
  ['HttpProxy: local time with its offset', 'a.csv', () => csv(changed(proxy(), { DateTime: later }))],
  [
    'HttpProxy: local time with its offset, no column line',
    'a.csv',
    () => rowsOnly(csv(changed(proxy(), { DateTime: later }))),
  ],
  ['HttpProxy: a column line and rows in UTF-16', 'out.txt', () => utf16(csv(proxy()))],
  [
    'HttpProxy: rows in UTF-16 behind the name of their file',
    'out.txt',
    () => utf16(eachLine(rowsOnly(csv(proxy())), (l, n) => `HttpProxy_2021030304-1.LOG:${n}:${l}`)),
  ],
  ['HttpProxy: a table in a Markdown note', 'notes.md', () => `# What we found\r\n\r\n${markdown(few())}`],
  [
    'HttpProxy: rows in a code block of a note',
    'notes.md',
    () => `# What we found\r\n\r\n\`\`\`\r\n${rowsOnly(csv(proxy()))}\`\`\`\r\n`,
  ],
  [
    'HttpProxy: rows indented and quoted in a mail',
    'mail.txt',
    () => `Hello,\r\n\r\nsee below\r\n\r\n${eachLine(rowsOnly(csv(proxy())), (l) => `> ${l}`)}`,
  ],
  ['HttpProxy: rows below #Fields alone', 'rows.log', () => `#Fields: ${csv(proxy())}`],
  [
    'HttpProxy: captions and rows of a spreadsheet that wrote no zone',
    'rows.csv',
    () => csv(changed(proxy(), { DateTime: (v) => v.slice(0, 19).replace('T', ' ') }), ';'),
  ],
  [
    'HttpProxy: a last line without its end',
    'rows.csv',
    () => csv(changed(few(), { ClientIpAddress: () => 'xxx' })).trimEnd(),
  ],
  ['HttpProxy: a table behind a page of prose', 'report.md', () => `# Report\r\n${PROSE}${markdown(few())}${PROSE}`],
  ['HttpProxy: rows behind a page of prose', 'report.txt', () => `${PROSE}${rowsOnly(csv(proxy()))}`],
  ['HttpProxy: the column of the time left out', 'rows.csv', () => csv(without(few(), 'DateTime'))],
  [
    'HttpProxy: context lines of Select-String',
    'out.txt',
    () =>
      utf16(
        eachLine(
          rowsOnly(csv(proxy())),
          (l, n) => `${n % 2 === 0 ? '> ' : '  '}Ecp\\HttpProxy_2021030304-1.LOG:${n + 6}:${l}`,
        ),
      ),
  ],
  [
    'HttpProxy: found by grep in what syslog wrote',
    'grep.txt',
    () => eachLine(rowsOnly(csv(proxy())), (l, n) => `messages.log:${n + 1}:${syslog(l)}`),
  ],
  // ECP Server
  ['ECP: rows below their own column line', 'ecp.csv', () => csv(ecp())],
  ['ECP: only the data and the time', 'ecp.csv', () => csv(picked(ecp(), ['EventData', 'TimeStamp']))],
  ['ECP: semicolons and quotes', 'ecp.csv', () => csv(ecp(), ';', true)],
  ['ECP: tabs', 'ecp.txt', () => csv(ecp(), '\t')],
  ['ECP: rows without a column line', 'ecp.txt', () => rowsOnly(csv(ecp()))],
  [
    'ECP: rows behind the name of their file',
    'ecp.txt',
    () => eachLine(rowsOnly(csv(ecp())), (l) => `ECPServer20210303-1.LOG:${l}`),
  ],
  ['ECP: rows behind a syslog header', 'ecp.txt', () => eachLine(rowsOnly(csv(ecp())), syslog)],
  [
    'ECP: a German column line',
    'ecp.csv',
    () =>
      csv(
        renamed(ecp(), {
          TimeStamp: 'Zeitstempel',
          ServerName: 'Servername',
          EventId: 'Ereignis-ID',
          EventData: 'Ereignisdaten',
        }),
        ';',
      ),
  ],
  [
    'ECP: captions of Kusto',
    'ecp.csv',
    () =>
      csv(
        renamed(ecp(), {
          TimeStamp: 'TimeStamp_t',
          ServerName: 'ServerName_s',
          EventId: 'EventId_s',
          EventData: 'EventData_s',
        }),
        ',',
        true,
      ),
  ],
  [
    'ECP: sessions and servers blotted out',
    'ecp.csv',
    () =>
      csv(
        changed(ecp(), { ServerName: () => 'xxx', EventData: (v) => v.replaceAll(/S:SID=[^;]*/g, 'S:SID=[redacted]') }),
      ),
  ],
  ['ECP: local time with its offset', 'ecp.csv', () => csv(changed(ecp(), { TimeStamp: later }))],
  ['ECP: rows in UTF-16', 'ecp.txt', () => utf16(rowsOnly(csv(ecp())))],
  // The back end of IIS
  ['IIS: rows below #Fields with columns left out', 'iis.log', () => `#Fields: ${plain(site())}`],
  ['IIS: rows below a bare column line', 'iis.txt', () => plain(site())],
  ['IIS: commas', 'iis.csv', () => csv(site())],
  ['IIS: semicolons', 'iis.csv', () => csv(site(), ';')],
  ['IIS: tabs', 'iis.tsv', () => csv(site(), '\t')],
  ['IIS: quotes around every value', 'iis.csv', () => csv(site(), ',', true)],
  ['IIS: columns in reverse', 'iis.csv', () => csv(picked(back(), SITE.toReversed()))],
  [
    'IIS: captions of Kusto',
    'query_data.csv',
    () => csv(renamed(merged(site(), 'TimeGenerated [UTC]', 'Z'), KUSTO_SITE)),
  ],
  [
    'IIS: captions of Elastic',
    'report.csv',
    () => csv(renamed(merged(site(), '@timestamp', '.000Z'), ELASTIC_SITE), ',', true),
  ],
  [
    'IIS: captions of Splunk',
    'splunk.csv',
    () =>
      csv(
        {
          ...merged(site(), '_time', '.000+0000'),
          names: ['_time', ...SITE.slice(2).map((name) => name.replaceAll('-', '_'))],
        },
        ',',
        true,
      ),
  ],
  [
    'IIS: whole rows in a column of Splunk',
    'splunk.csv',
    () =>
      csv(
        {
          names: ['_time', 'host', '_raw'],
          rows: back().rows.map((row) => [`${row[0]}T${row[1]}.000+0000`, 'MAIL01', row.join(' ')]),
        },
        ',',
        true,
      ),
  ],
  ['IIS: a German column line', 'iis.csv', () => csv(renamed(site(), GERMAN_SITE), ';')],
  [
    'IIS: date and time in one column, local with its offset',
    'iis.csv',
    () => csv(changed(merged(site(), 'timestamp', 'Z'), { timestamp: later })),
  ],
  [
    'IIS: addresses and query blotted out',
    'iis.csv',
    () =>
      csv(
        changed(site(), {
          'c-ip': () => 'x.x.x.x',
          'cs-uri-query': (v) => v.replace(/msExchEcpCanary=[^&]*/, 'msExchEcpCanary=xxx'),
        }),
      ),
  ],
  ['IIS: rows without a column line', 'iis.txt', () => rowsOnly(plain(back()))],
  [
    'IIS: rows behind the name of their file',
    'iis.txt',
    () => eachLine(rowsOnly(plain(back())), (l) => `u_ex210303.log:${l}`),
  ],
  [
    'IIS: rows behind name and number',
    'iis.txt',
    () => eachLine(rowsOnly(plain(back())), (l, n) => `W3SVC2/u_ex210303.log:${n + 5}:${l}`),
  ],
  [
    'IIS: rows behind a Windows path',
    'iis.txt',
    () => eachLine(rowsOnly(plain(back())), (l) => `C:\\inetpub\\logs\\LogFiles\\W3SVC2\\u_ex210303.log:${l}`),
  ],
  [
    'IIS: a log with its header behind the name of its file',
    'iis.txt',
    () => eachLine(original.get('back') ?? '', (l) => `u_ex210303.log:${l}`),
  ],
  ['IIS: rows behind a syslog header', 'iis.log', () => eachLine(rowsOnly(plain(back())), syslog)],
  ['IIS: rows behind a syslog header of RFC 5424', 'iis.log', () => eachLine(rowsOnly(plain(back())), syslog5424)],
  ['IIS: rows in UTF-16', 'iis.txt', () => utf16(rowsOnly(plain(back())))],
  ['IIS: a table in a Markdown note', 'notes.md', () => `# Timeline\r\n\r\n${markdown(site())}`],
  [
    'IIS: rows in a code block of a note',
    'notes.md',
    () => `# Timeline\r\n\r\n\`\`\`\r\n${rowsOnly(plain(back()))}\`\`\`\r\n`,
  ],
  [
    'IIS: rows quoted in a mail',
    'mail.txt',
    () => `Hello,\r\n\r\n${eachLine(rowsOnly(plain(back())), (l) => `> ${l}`)}`,
  ],
];

describe('an attack that is provable from an extract is established from it alone', () => {
  test.each(PROVABLE)('%s', async (_, file, content) => {
    const result = await assessed(file, content());
    expect(answers(result), told(result)).toMatchObject({ targeted: 'established', exploited: 'established' });
    clearsNothing(result);
  });
});

type Shortened = readonly [...Extract, missing: RegExp];

const row = (table: Table, test: (text: string) => boolean): Table => ({
  ...table,
  rows: table.rows.filter((values) => test(values.join(' '))),
});

const NOT_PROVABLE: readonly Shortened[] = [
  [
    'HttpProxy: both columns of the answer left out',
    'a.csv',
    () => csv(without(few(), 'HttpStatus', 'BackEndStatus')),
    /names no HttpStatus, BackEndStatus/,
  ],
  [
    'HttpProxy: every answer blotted out',
    'a.csv',
    () => csv(changed(proxy(), { HttpStatus: () => 'xxx', BackEndStatus: () => 'xxx' })),
    /HttpStatus in \d/,
  ],
  [
    'HttpProxy: every anchor blotted out',
    'a.csv',
    () => csv(changed(proxy(), { AnchorMailbox: () => '[redacted]' })),
    /AnchorMailbox in \d/,
  ],
  [
    'HttpProxy: the column of the anchor left out',
    'a.csv',
    () => csv(without(proxy(), 'AnchorMailbox')),
    /names no AnchorMailbox/,
  ],
  [
    'HttpProxy: anchors cut before the path',
    'a.csv',
    () => csv(changed(proxy(), { AnchorMailbox: (v) => v.replace(/:444.*/, '...') })),
    /AnchorMailbox in \d/,
  ],
  [
    'HttpProxy: nothing but the first step',
    'a.txt',
    () => csv(row(proxy(), (text) => text.includes('/autodiscover/'))),
    /^$/,
  ],
  [
    'HttpProxy: rows that lack values, without a column line',
    'a.txt',
    () => rowsOnly(csv(without(proxy(), 'Protocol', 'AnchorMailbox'))),
    /no column line says which are missing/,
  ],
  [
    'HttpProxy: rows that were cut early',
    'a.txt',
    () => eachLine(rowsOnly(csv(proxy())), (line) => line.slice(0, 100)),
    /values/,
  ],
  [
    'ECP: commands cut before their outcome',
    'e.csv',
    () => csv(changed(ecp(), { EventData: (v) => `${v.slice(0, v.indexOf(';S:EX='))}...` })),
    /EventData in \d/,
  ],
  [
    'ECP: commands blotted out',
    'e.csv',
    () => csv(changed(ecp(), { EventData: (v) => v.replace(/'?S:CMD=.*?(?=;S:REQID)/, 'S:CMD=[redacted]') })),
    /EventData in \d/,
  ],
  [
    'ECP: nothing but the command that failed',
    'e.txt',
    () => csv(row(ecp(), (text) => text.includes('ManagementObjectNotFound'))),
    /^$/,
  ],
  [
    'IIS: the column of the account left out',
    'i.csv',
    () => csv(without(site(), 'cs-username')),
    /names no cs-username/,
  ],
  [
    'IIS: every account blotted out',
    'i.csv',
    () => csv(changed(site(), { 'cs-username': () => '***' })),
    /cs-username in \d/,
  ],
  ['IIS: the column of the answer left out', 'i.csv', () => csv(without(site(), 'sc-status')), /names no sc-status/],
  ['IIS: the column of the port left out', 'i.csv', () => csv(without(site(), 's-port')), /names no s-port/],
  [
    'IIS: every query cut',
    'i.csv',
    () => csv(changed(site(), { 'cs-uri-query': (v) => (v === '-' ? v : `${v.slice(0, 20)}…`) })),
    /cs-uri-query in \d/,
  ],
  [
    'IIS: lines that lack a value, without a column line',
    'i.log',
    () => rowsOnly(plain(without(back(), 'cs-username'))),
    /line has 14 values/,
  ],
];

describe('an attack that is not provable from an extract is not established from it', () => {
  test.each(NOT_PROVABLE)('%s', async (_, file, content, missing) => {
    const result = await assessed(file, content());
    expect(answers(result)['exploited'], told(result)).toBe('undetermined');
    clearsNothing(result);
    const says = result.artifacts.flatMap(({ gaps }) => gaps.map((gap) => gap.says)).join('; ');
    expect(says).toMatch(missing);
  });
});

test('the rows of an ordinary day, cut out, say nothing about the day', async () => {
  for (const log of LOGS) {
    const lines = (original.get(log.name) ?? '').split('\r\n').filter((line) => !/^#|04:1[1-4]/.test(line));
    expect(lines.length, log.name).toBeGreaterThan(2);
    const result = await assessed('rows.log', lines.join('\r\n'));
    expect(result.artifacts[0]?.records, told(result)).toBeGreaterThan(1);
    expect(answers(result)['targeted']).toBe('undetermined');
    clearsNothing(result);
  }
});
