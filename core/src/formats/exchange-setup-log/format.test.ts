import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { isoTime } from '../../bytes/time.ts';
import type { EvidenceRecord, Reading } from '../../model/reading.ts';
import { memorySource } from '../contract.test-support.ts';
import { exchangeSetupLog } from './format.ts';

const encoder = new TextEncoder();
const LOG = readFileSync(join(import.meta.dirname, 'samples', 'ExchangeSetup.log'));

async function read(bytes: Uint8Array | string): Promise<Reading[]> {
  const source = memorySource(typeof bytes === 'string' ? encoder.encode(bytes) : bytes);
  const all: Reading[] = [];
  for await (const batch of exchangeSetupLog.read(source, { path: 'ExchangeSetup.log' })) all.push(...batch);
  let at = 0;
  for (const reading of all) {
    expect(reading.origin.offset).toBe(at);
    at += reading.origin.length;
  }
  expect(at).toBe(source.size);
  return all;
}

const records = (all: readonly Reading[]): EvidenceRecord[] => all.filter((reading) => reading.is === 'record');
const gaps = (all: readonly Reading[]): string[] =>
  all.filter((reading) => reading.is === 'gap').map((gap) => `${gap.reason}: ${gap.says}`);
const fields = (record: EvidenceRecord | undefined): unknown =>
  Object.fromEntries(record?.fields().map((field) => [field, record.get(field)]) ?? []);

test('an entry has a time in UTC, a level and a message', async () => {
  const all = await read(LOG);
  expect(gaps(all)).toEqual([]);
  const [first] = records(all);
  expect(first).toMatchObject({ kind: 'setup.entry', source: 'exchange-setup', host: undefined });
  expect(isoTime(first?.at ?? 0)).toBe('2020-12-23T02:28:02.367Z');
  expect(fields(first)).toEqual({ message: 'Starting Microsoft Exchange Server 2016 Setup', level: 0 });
  expect(first?.excerpt()).toBe('[12/23/2020 02:28:02.0367] [0] Starting Microsoft Exchange Server 2016 Setup');
});

test('the four digits of the fraction are milliseconds, so entries are in order', async () => {
  const times = records(await read(LOG)).map((record) => record.at ?? 0);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test('version, mode and time zone of each run are told', async () => {
  const all = records(await read(LOG));
  const told = all.flatMap((record) =>
    record
      .fields()
      .filter((field) => field.includes('-'))
      .map((field) => [field, record.get(field)]),
  );
  expect(told).toEqual([
    ['time-zone', '(UTC-06:00) Central Time (US & Canada)'],
    ['setup-version', '15.1.2044.4'],
    ['run-begins', true],
    ['setup-mode', 'Upgrade'],
    ['run-version', '15.1.2044.4'],
    ['setup-version', '15.1.2176.2'],
    ['run-begins', true],
  ]);
});

test('a run that does not state its version does not inherit that of the run before it', async () => {
  const head = '[03/09/2021 17:13:08.0081] [0] ';
  const run = ['Starting Microsoft Exchange Server 2016 Setup', "Command Line Parameter Name='mode', Value='Install'."];
  const lines = [run[0], 'Setup version: 15.1.2176.2.', run[1], ...run].map((message) => `${head}${message}\n`);
  const modes = records(await read(lines.join(''))).filter((record) => record.get('setup-mode') !== undefined);
  expect(modes.map((record) => record.get('run-version'))).toEqual(['15.1.2176.2', undefined]);
});

test('lines without a head go on with the entry before them', async () => {
  const all = records(await read(LOG));
  const script = all.find((record) => String(record.get('message')).startsWith('Executing:'));
  expect(String(script?.get('message')).split('\n')).toHaveLength(7);
  expect(script?.get('message')).toContain('[12/23/2020] is no head of an entry');
  const error = all.find((record) => String(record.get('message')).startsWith('[ERROR]'));
  expect(error?.get('message')).toContain('[13/23/2020 02:41:20.0000] [1] a month that does not exist');
});

test('month and day keep their order whatever the culture writes between them', async () => {
  const last = records(await read(LOG)).at(-1);
  expect(isoTime(last?.at ?? 0)).toBe('2021-03-09T17:13:08.081Z');
});

test('a fraction that cannot be milliseconds is not thrown away', async () => {
  const [entry] = records(await read('[03/09/2021 17:13:08.9981] [0] x\n'));
  expect(isoTime(entry?.at ?? 0)).toBe('2021-03-09T17:13:08.998100Z');
});

test('a version in the middle of a sentence is no setup version', async () => {
  const all = records(
    await read(
      '[03/09/2021 17:13:08.0081] [0] The Setup version: 15.1.2176.2.\n[03/09/2021 17:13:08.0081] [0] Setup version: 15.1.2176.2 of x\n',
    ),
  );
  expect(all.map((record) => record.get('setup-version'))).toEqual([undefined, undefined]);
});

test('lines before the first entry are told, and an endless entry is cut with a gap', async () => {
  const all = await read(`lost\n\n[03/09/2021 17:13:08.0081] [0] a\n${'b\n'.repeat(2003)}`);
  expect(gaps(all)[0]).toBe('damaged: expected an entry with time and level, stood a line that goes on with none');
  expect(records(all)).toHaveLength(1);
  expect(gaps(all).slice(1)).toHaveLength(3);
});

test('only such a log is recognised, in any encoding', () => {
  expect(exchangeSetupLog.recognises(LOG, 'x')).toBe(true);
  expect(exchangeSetupLog.recognises(Buffer.from(`\ufeff${LOG.toString()}`, 'utf16le'), 'x')).toBe(true);
  for (const text of [
    '[03/09/2021 17:13:08] [0] no fraction\n',
    '[2021-03-09 17:13:08.0081] [0] other order\n',
    '[17:13:08] Entering CAtomServices\n',
    '#Software: Microsoft Exchange Server\n',
    '',
  ]) {
    expect(exchangeSetupLog.recognises(encoder.encode(text), 'x'), text).toBe(false);
  }
});

test('the log cut anywhere still tiles', async () => {
  for (let end = 0; end < LOG.length; end += 7) {
    for (const record of records(await read(LOG.subarray(0, end)))) fields(record);
  }
});
