import { describe, expect, test } from 'vitest';
import type { EvidenceRecord, Gap, Reading } from '../../model/reading.ts';
import { isoTime } from '../../bytes/time.ts';
import { memorySource, readAll, textBytes } from '../contract.test-support.ts';
import { identify } from '../index.ts';
import { iisW3c } from './format.ts';

const DEFAULT =
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken'.split(
    ' ',
  );
const FEW = ['sc-status', 'c-ip', 'cs-uri-stem', 'cs-method', 'time', 'date'];

async function read(text: string): Promise<Reading[]> {
  return readAll(iisW3c, memorySource(textBytes(text)), 'x.csv');
}

async function records(text: string): Promise<EvidenceRecord[]> {
  expect(identify(textBytes(text), 'x.csv')?.name, text.slice(0, 80)).toBe('iis-w3c');
  const found = (await read(text)).filter((reading) => reading.is === 'record');
  for (const record of found) expect(record.source).toBeUndefined();
  return found;
}

async function gaps(text: string): Promise<Gap[]> {
  return (await read(text)).filter((reading) => reading.is === 'gap');
}

/** A line of the default form. */
function row(values: Readonly<Record<string, string>> = {}): string[] {
  const line: Readonly<Record<string, string>> = {
    date: '2021-03-03',
    time: '04:11:05',
    's-ip': '192.0.2.10',
    'cs-method': 'POST',
    'cs-uri-stem': '/ecp/y.js',
    's-port': '443',
    'c-ip': '203.0.113.45',
    'cs(User-Agent)': 'python-requests/2.25.1',
    'sc-status': '241',
    'sc-substatus': '0',
    'sc-win32-status': '0',
    'time-taken': '57',
    ...values,
  };
  return DEFAULT.map((name) => line[name] ?? '-');
}

function picked(names: readonly string[], values = row()): string[] {
  return names.map((name) => values[DEFAULT.indexOf(name)] ?? '');
}

/** What the rule of a minted session asks. */
function seen(record: EvidenceRecord | undefined): unknown[] {
  return [record?.get('method'), record?.get('url-path'), record?.get('status'), record?.at && isoTime(record.at)];
}

const MINTED = ['POST', '/ecp/y.js', 241, '2021-03-03T04:11:05.000Z'];

describe('a request is read from an excerpt', () => {
  test.each(['\t', ';', ',', ' '])('with columns left out and in another order, separated by %j', async (separator) => {
    for (const mark of ['', '#Fields: ', '#Fields:']) {
      const [record] = await records(`${mark}${FEW.join(separator)}\n${picked(FEW).join(separator)}\n`);
      expect(seen(record), mark).toEqual(MINTED);
      expect(record?.get('client')).toBe('203.0.113.45');
      expect(record?.get('layout')).toBeUndefined();
    }
  });

  test.each([
    ['other case and signs', ['SC_STATUS', 'C_IP', 'CS URI Stem', 'CS Method', 'TIME', 'DATE']],
    ['German', ['HTTP-Status', 'Client-IP', 'URI-Stamm', 'Methode', 'Uhrzeit', 'Datum']],
    ['French', ['Statut', 'Adresse IP du client', 'Chemin URL', 'Méthode', 'Heure', 'Date']],
    ['Spanish', ['Estado', 'IP cliente', 'Ruta', 'Método', 'Hora', 'Fecha']],
    ['Japanese', ['状態', 'クライアント IP', 'URI ステム', 'メソッド', '時刻', '日付']],
  ])('with captions in %s', async (_, captions) => {
    for (const separator of ['\t', ';', ',']) {
      const [record] = await records(`${captions.join(separator)}\n${picked(FEW).join(separator)}\n`);
      expect(seen(record)).toEqual(MINTED);
    }
  });

  test('with date and time in one column', async () => {
    const [record] = await records(
      'Zeitstempel;Methode;Pfad;Status;Client-IP\n2021-03-03 04:11:05;POST;/ecp/y.js;241;x\n',
    );
    expect(seen(record)).toEqual(MINTED);
    const [local] = await records('Zeitstempel;Methode;Pfad;Status;Client-IP\n03.03.2021 05:11;POST;/ecp/y.js;241;x\n');
    expect(local?.at).toBeUndefined();
  });

  test('without any header, if it has the default columns, each in its form', async () => {
    for (const separator of [' ', '\t', ';', ',']) {
      const [record] = await records(`${row().join(separator)}\n`);
      expect(seen(record)).toEqual(MINTED);
      expect(record?.get('layout')).toBe('assumed');
    }
    const [record] = await records(`Rows of interest:\n\n${row().join(' ')}\n${row({ time: '04:11:06' }).join(' ')}\n`);
    expect(seen(record)).toEqual(MINTED);
  });

  test('with masks in the place of values', async () => {
    for (const mask of ['xxx', '***', '[REDACTED]', 'x.x.x.x', '203.0.113.xxx']) {
      const [record] = await records(`${row({ 's-ip': mask, 'c-ip': mask, 'cs-username': mask }).join(' ')}\n`);
      expect(seen(record), mask).toEqual(MINTED);
      expect(record?.get('user')).toBe(mask.startsWith('203') ? mask : undefined);
      expect(record?.get('masked')).toBe(mask.startsWith('203') ? undefined : true);
    }
  });
});

test('a URL that is cut is no URL', async () => {
  const [record] = await records(`${row({ 'cs-uri-stem': '/aspnet_client/sup...', 'sc-status': '200' }).join(' ')}\n`);
  expect([record?.get('url-path'), record?.get('url'), record?.get('truncated')]).toEqual([undefined, undefined, true]);
  expect(record?.get('cs-uri-stem')).toBe('/aspnet_client/sup...');
  const [short] = await records(`${FEW.join(';')}\n200;203.0.113.45;/owa/auth/log…\n`);
  expect([short?.get('status'), short?.get('url-path'), short?.get('method')]).toEqual([200, undefined, undefined]);
});

test('lines that lack a column, or have another form, are gaps that say so', async () => {
  const lines = [row().slice(1), row().slice(0, 14), row({ 'sc-status': 'ok' }), ['words']];
  expect(await gaps(lines.map((values) => `${values.join(' ')}\n`).join(''))).toMatchObject([
    { reason: 'damaged', says: 'expected a #Fields line, stood 91 characters of other text' },
    { reason: 'unsupported', says: 'line has 14 values, no #Fields line stands before it' },
    { reason: 'unsupported', says: 'line has 15 values, no #Fields line stands before it' },
    { reason: 'damaged' },
  ]);
  expect(await gaps(`${FEW.join(';')}\na;b\n`)).toMatchObject([
    { reason: 'absent', says: 'column line names no cs-uri-query, s-port, cs-username' },
    { reason: 'damaged', says: 'line has 2 values, the column line names 6' },
  ]);
});

test('a log that lost more than a mebibyte of its begin is a log from its next header on', async () => {
  const lost = `${row().join(' ')}\n`.repeat(12_000);
  const text = `${lost}#Version: 1.0\n#Fields: ${DEFAULT.join(' ')}\n${row().join(' ')}\n`;
  expect(text.length).toBeGreaterThan(1_100_000);
  const found = (await read(text)).filter((reading) => reading.is === 'record');
  expect([found[0]?.source, found.at(-1)?.source]).toEqual([undefined, 'iis:443']);
});

test('tables that only share words with the log are not taken for extracts of it', () => {
  for (const text of [
    'Status;Methode;Datum\n200;GET;x\n',
    'Method,URL,Status,Client IP\nGET,/x,200,192.0.2.1\n',
    'Date,User,Status,Path\n2021-03-03,a,open,C:\\x\n',
    'date time message\n2021-03-03 04:11:05 started\n',
    '#Fields: date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename\n',
  ])
    expect(iisW3c.recognises(textBytes(text), 'x.csv'), text).toBe(false);
});
