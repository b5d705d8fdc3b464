import { describe, expect, test } from 'vitest';
import type { RuleMeta } from '../../model/check.ts';
import type { EvidenceRecord, Gap, Reading } from '../../model/reading.ts';
import { FORGED_ANCHOR_RULES, forgedAnchor } from '../../checks/forged-anchor.ts';
import { memorySource, readAll, textBytes } from '../contract.test-support.ts';
import { identify } from '../index.ts';
import { exchangeCsv } from './format.ts';
import { PROXY_LAYOUT } from './headless-row.ts';

const SESSION = 'ServerInfo~a]@ex01.corp.example.com:444/ecp/proxyLogon.ecp?#~1942062522';

async function read(text: string): Promise<Reading[]> {
  return readAll(exchangeCsv, memorySource(textBytes(text)), 'x.csv');
}

async function records(text: string): Promise<EvidenceRecord[]> {
  expect(identify(textBytes(text), 'x.csv')?.name, text.slice(0, 80)).toBe('exchange-csv');
  const found = (await read(text)).filter((reading) => reading.is === 'record');
  for (const record of found) expect(record.source).toBeUndefined();
  return found;
}

async function gaps(text: string): Promise<Gap[]> {
  return (await read(text)).filter((reading) => reading.is === 'gap');
}

/** A row of the HttpProxy log as Exchange 2016 writes it. */
function proxyRow(values: Readonly<Record<string, string>> = {}): string[] {
  const row: Readonly<Record<string, string>> = {
    DateTime: '2021-03-03T04:11:05.123Z',
    RequestId: '5d1a7c0e-0000-4000-8000-000000000001',
    MajorVersion: '15',
    MinorVersion: '1',
    BuildVersion: '2176',
    RevisionVersion: '2',
    Protocol: 'Ecp',
    UrlHost: '192.0.2.10',
    UrlStem: '/ecp/y.js',
    AuthenticationType: 'FBA',
    IsAuthenticated: 'false',
    AnchorMailbox: SESSION,
    UserAgent: 'python-requests/2.25.1',
    ClientIpAddress: '203.0.113.45',
    ServerHostName: 'EX01',
    HttpStatus: '241',
    BackEndStatus: '241',
    Method: 'POST',
    ProxyAction: 'Proxy',
    RoutingHint: 'X-BEResource-Cookie',
    ...values,
  };
  return PROXY_LAYOUT.map((name) => row[name] ?? '');
}

/** The rules of the pack that fire on the rows of an extract. */
async function fired(text: string): Promise<string[]> {
  const metas = new Map(FORGED_ANCHOR_RULES.map((id) => [id, { id } as RuleMeta]));
  const checks = forgedAnchor(metas, undefined);
  if ('says' in checks) throw new Error('expected checks');
  const watches = checks.map((check) => ({ id: check.meta.id, watch: check.watch() }));
  return (await records(text)).flatMap((record) =>
    watches.filter(({ watch }) => watch.see(record) !== undefined).map(({ id }) => id),
  );
}

function table(names: readonly string[], separator: string, rows: readonly (readonly string[])[]): string {
  return [names, ...rows].map((values) => `${values.join(separator)}\n`).join('');
}

function picked(names: readonly string[], row: readonly string[]): string[] {
  return names.map((name) => row[PROXY_LAYOUT.indexOf(name)] ?? '');
}

describe('a minted session is established from an excerpt', () => {
  const few = ['HttpStatus', 'ClientIpAddress', 'AnchorMailbox', 'DateTime', 'UrlStem'];

  test.each([',', ';', '\t'])('with columns left out and in another order, separated by %j', async (separator) => {
    const text = table(few, separator, [picked(few, proxyRow())]);
    expect(await fired(text)).toEqual(['ssrf-admin-session']);
    const [record] = await records(text);
    expect(record?.at).toBe(Date.UTC(2021, 2, 3, 4, 11, 5, 123) * 1000);
    expect(record?.get('client')).toBe('203.0.113.45');
    expect(record?.get('layout')).toBeUndefined();
  });

  test.each([
    ['other case and spaces', ['HTTP STATUS', 'client ip address', 'Anchor Mailbox', 'Date Time', 'url_stem']],
    ['French', ['Statut HTTP', 'Adresse IP du client', "Boîte aux lettres d'ancrage", 'Horodatage', 'Chemin de l’URL']],
    ['German', ['HTTP-Status', 'Client-IP-Adresse', 'Ankerpostfach', 'Datum/Uhrzeit', 'URL-Stamm']],
    ['Spanish', ['Estado HTTP', 'Dirección IP del cliente', 'Buzón de anclaje', 'Fecha y hora', 'Ruta URL']],
    ['Japanese', ['HTTP ステータス', 'クライアント IP アドレス', 'アンカー メールボックス', '日時', 'URL ステム']],
  ])('with captions in %s', async (_, captions) => {
    for (const separator of [',', ';', '\t'])
      expect(await fired(table(captions, separator, [picked(few, proxyRow())]))).toEqual(['ssrf-admin-session']);
  });

  test('with a translated header of all columns, some of which nobody understands', async () => {
    const captions = PROXY_LAYOUT.map((name, place) => (place % 3 === 2 ? `Spalte ${place}` : name));
    const text = table(captions, ';', [proxyRow()]);
    expect(await fired(text)).toEqual(['ssrf-admin-session']);
    const [record] = await records(text);
    expect(record?.get('layout')).toBe('assumed');
    expect(record?.get('BackEndStatus')).toBe('241');
  });

  test('under captions that nobody understands, by what the values look like', async () => {
    const captions = ['Kood (HTTP)', 'Aadress', 'Ankur', 'Aeg', 'Rada'];
    for (const separator of [',', ';', '\t']) {
      const text = table(captions, separator, [picked(few, proxyRow()), picked(few, proxyRow({ HttpStatus: '200' }))]);
      expect(await fired(text)).toEqual(['ssrf-admin-session', 'ssrf-unanswered']);
      const [record] = await records(text);
      expect([record?.get('layout'), record?.get('UrlStem'), record?.get('Aadress')]).toEqual([
        'assumed',
        '/ecp/y.js',
        '203.0.113.45',
      ]);
      expect(record?.get('client')).toBeUndefined();
    }
    const unsure = table(['a', 'b', 'c', 'd'], ';', [['2021-03-03T04:11:05.123Z', SESSION, '241', '200']]);
    expect(await fired(unsure)).toEqual(['ssrf-unanswered']);
    expect((await records(unsure))[0]?.get('HttpStatus')).toBeUndefined();
  });

  test('without any header, by the shape of the rows', async () => {
    for (const separator of [',', ';', '\t']) {
      const text = `${proxyRow().join(separator)}\n`;
      expect(await fired(text)).toEqual(['ssrf-admin-session']);
      expect((await records(text))[0]?.get('layout')).toBe('assumed');
    }
  });

  test('without header and cut behind the columns that all versions have', async () => {
    for (const length of [74, 60, 36, 29, 28, 21]) {
      const text = `${[...proxyRow().slice(0, length), ...(length < 60 ? ['…'] : [])].join(',')}\n`;
      expect(await fired(text), String(length)).toEqual(['ssrf-admin-session']);
    }
  });

  test('below a note and a blank line', async () => {
    expect(await fired(`Rows of interest from EX01, as discussed:\n\n${proxyRow().join(',')}\n`)).toEqual([
      'ssrf-admin-session',
    ]);
  });

  test('with the names, addresses and ids blotted out', async () => {
    for (const mask of ['xxx', '***', '[REDACTED]', '<cut>', '[R]', 'x.x.x.x', '█████']) {
      const text = `${proxyRow({ RequestId: mask, UrlHost: mask, ClientIpAddress: mask, ServerHostName: mask, UserAgent: mask, AnchorMailbox: `ServerInfo~a]@${mask}:444/ecp/proxyLogon.ecp?#~1` }).join(',')}\n`;
      expect(await fired(text), mask).toEqual(['ssrf-admin-session']);
      const [record] = await records(text);
      expect([record?.host, record?.get('client'), record?.get('request-id'), record?.get('UserAgent')]).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
      ]);
      expect(record?.get('masked')).toBe(true);
    }
  });

  test('with semicolons in the empty fields', async () => {
    const text = `${proxyRow()
      .map((value) => (value === '' ? ';' : value))
      .join(',')}\n`;
    expect(await fired(table(PROXY_LAYOUT, ',', [text.trimEnd().split(',')]))).toEqual(['ssrf-admin-session']);
    const [record] = await records(table(PROXY_LAYOUT, ',', [text.trimEnd().split(',')]));
    expect(record?.get('AuthenticatedUser')).toBeUndefined();
  });

  test('with what a spreadsheet did to quotes and separators', async () => {
    const row = proxyRow({ UserAgent: '"Mozilla/5.0 (a, b)"' }).join(',');
    const whole = `"${row.replaceAll('"', '""')}"`;
    const typographic = row.replace('"Mozilla', '“Mozilla').replace('b)"', 'b)”');
    const header = PROXY_LAYOUT.join(',');
    for (const each of [whole, typographic, `${row},,,`, row.replaceAll(',', ';').replace('a; b', 'a, b')])
      expect(await fired(`${header}\n${each}\n`), each).toEqual(['ssrf-admin-session']);
    expect(await fired(`sep=;\n${PROXY_LAYOUT.join(';')}\n${row.replaceAll(',', ';')}\n`)).toEqual([
      'ssrf-admin-session',
    ]);
  });

  test('with a header block whose column line was changed', async () => {
    const block = '#Software: Microsoft Exchange Server\n#Log-type: HttpProxy Logs\n';
    const captions = ['Statut HTTP', 'Adresse IP du client', 'Boîte d’ancrage', 'Horodatage', 'Chemin URL'];
    for (const line of [
      `#Fields: ${few.join(';')}`,
      `#Fields: ${captions.join(';')}`,
      `#Fields: ${captions.join(',')}`,
    ]) {
      const separator = line.includes(';') ? ';' : ',';
      expect(await fired(`${block}${line}\n${picked(few, proxyRow()).join(separator)}\n#Date: x\n`), line).toEqual([
        'ssrf-admin-session',
      ]);
    }
  });
});

describe('nothing is established from what was blotted out or cut', () => {
  test('a masked host in the anchor is not taken for a forged one', async () => {
    for (const host of ['[REDACTED]', '<cut>', '***', '[R].corp.example.com', 'ex01.***.com', '█████'])
      expect(await fired(`${proxyRow({ AnchorMailbox: `ServerInfo~${host}` }).join(',')}\n`), host).toEqual([]);
    for (const anchor of ['xxx', '[REDACTED]', '***'])
      expect(
        (await records(`${proxyRow({ AnchorMailbox: anchor }).join(',')}\n`))[0]?.get('AnchorMailbox'),
      ).toBeUndefined();
  });

  test('not in a log with its header either, and a log without its own name is an extract', async () => {
    const block = `#Software: Microsoft Exchange Server\n#Log-type: HttpProxy Logs\n#Fields: ${PROXY_LAYOUT.join(',')}\n`;
    expect(
      await fired(
        `${block}${proxyRow({ AnchorMailbox: 'ServerInfo~[REDACTED]', ServerHostName: '[REDACTED]' }).join(',')}\n`,
      ),
    ).toEqual([]);
    const [whole] = (await read(`${block}${proxyRow().join(',')}\n`)).filter((reading) => reading.is === 'record');
    expect(whole?.source).toBe('http-proxy:ecp');
  });

  test('a name that is cut is not taken for a forged or a foreign one', async () => {
    for (const host of ['ex01.corp.exam...', 'mail.corp.exam…', 'ex01…', 'mail.partner.exam...'])
      expect(await fired(`${proxyRow({ AnchorMailbox: `ServerInfo~${host}` }).join(',')}\n`), host).toEqual([]);
  });

  test('a path that is cut shows a forged request and not what it did', async () => {
    const anchor = 'ServerInfo~a]@ex01:444/ecp/DDI/DDISe…';
    const text = `${proxyRow({ AnchorMailbox: anchor, HttpStatus: '200', BackEndStatus: '200' }).join(',')}\n`;
    expect(await fired(text)).toEqual(['ssrf-served']);
    const [record] = await records(text);
    expect(record?.get('truncated')).toBe(true);
    expect(record?.get('anchor-target')).toBeUndefined();
    expect(record?.get('AnchorMailbox')).toBe(anchor);
  });

  test('a URL that is cut is no URL, and a canary that is cut no canary', async () => {
    const [stem] = await records(`${proxyRow({ UrlStem: '/ecp/DDI/DDIService.svc/Get...' }).join(',')}\n`);
    expect([stem?.get('url-path'), stem?.get('url'), stem?.get('UrlStem')]).toEqual([
      undefined,
      undefined,
      '/ecp/DDI/DDIService.svc/Get...',
    ]);
    const [query] = await records(`${proxyRow({ UrlQuery: '?msExchEcpCanary=abc...' }).join(',')}\n`);
    expect([query?.get('url-path'), query?.get('canary')]).toEqual(['/ecp/y.js', undefined]);
    const [hidden] = await records(`${proxyRow({ UrlQuery: '?msExchEcpCanary=[cut]&a=1' }).join(',')}\n`);
    expect(hidden?.get('canary')).toBeUndefined();
  });

  test('a command whose outcome is cut off is not told as one that succeeded', async () => {
    const pairs = "S:TIME=4;'S:CMD=Set-OabVirtualDirectory.ExternalUrl=''http://f/#x''';S:URL=/ecp/x";
    const header = 'TimeStamp;ServerName;EventId;EventData';
    const row = (data: string): string => `${header}\n2021-03-03T04:11:08.000Z;EX01;ECP.Request;"${data}"\n`;
    const [cut] = await records(row(`${pairs}...`));
    expect([cut?.get('CMD'), cut?.get('CMD.Name'), cut?.get('truncated')]).toEqual([undefined, undefined, true]);
    const [whole] = await records(row(`${pairs};S:EX=;S:ACTID=…`));
    expect(whole?.get('CMD.Name')).toBe('Set-OabVirtualDirectory');
  });

  test('rows that do not show which columns they lack are gaps that say what is missing', async () => {
    const short = proxyRow({ AnchorMailbox: 'Sid~S-1-5-18' }).filter((_, place) => place !== 7);
    expect(await gaps(`${short.join(',')}\n`)).toMatchObject([
      {
        reason: 'unsupported',
        says: 'row has 73 values, one of the HttpProxy log has 74; no column line says which are missing',
      },
    ]);
    const forged = proxyRow({ HttpStatus: '200', BackEndStatus: '412' }).filter((_, place) => place !== 7);
    expect(await fired(`${forged.join(',')}\n`)).toEqual(['ssrf-unanswered']);
    expect(await gaps(`${proxyRow().slice(0, 12).join(',')}\n`)).toMatchObject([{ reason: 'unsupported' }]);
  });
});

test('rows of the ECP log without a header are known by their pairs', async () => {
  const text = `2021-03-03T04:11:08.000Z,EX01,ECP.Request,"S:TIME=4;S:SID=s1;'S:CMD=Set-OabVirtualDirectory.ExternalUrl=''http://f/#x''';S:EX="\n`;
  const [record] = await records(text);
  expect(record).toMatchObject({ kind: 'ecp.server', host: 'EX01' });
  expect([record?.get('CMD.Name'), record?.get('session'), record?.get('layout')]).toEqual([
    'Set-OabVirtualDirectory',
    's1',
    'assumed',
  ]);
});

test('tables that only share words with the log are not taken for extracts of it', () => {
  for (const text of [
    'Status;Server;Methode;Datum\n200;a;GET;x\n',
    'Date Time;User Agent;Method\nx;y;GET\n',
    'URL path;Method\n/x;GET\n',
    '2021-03-03T04:11:05.123Z,5d1a7c0e-0000-4000-8000-000000000001,a,b\n',
    '2021-03-03T04:11:05.123Z EX01 started\n',
  ])
    expect(exchangeCsv.recognises(textBytes(text), 'x.csv'), text).toBe(false);
});

test('lines that might all be headers are read in time that grows with their number', async () => {
  const text = `AnchorMailbox,UrlStem\n${'a;b;c;d\n'.repeat(200_000)}`;
  expect((await read(text)).length).toBeGreaterThan(1000);
});
