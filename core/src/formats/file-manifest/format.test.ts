import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { EvidenceRecord, Reading } from '../../model/reading.ts';
import { memorySource } from '../contract.test-support.ts';
import { fileManifest } from './format.ts';

const encoder = new TextEncoder();
const sample = (name: string): Uint8Array => readFileSync(join(import.meta.dirname, 'samples', name));

async function read(bytes: Uint8Array | string): Promise<Reading[]> {
  const source = memorySource(typeof bytes === 'string' ? encoder.encode(bytes) : bytes);
  const all: Reading[] = [];
  for await (const batch of fileManifest.read(source, { path: 'list.csv' })) all.push(...batch);
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
const known = (text: string): boolean => fileManifest.recognises(encoder.encode(text), 'x.csv');

test('a PowerShell export in UTF-16 with a type line and a value over several lines', async () => {
  const bytes = sample('export-csv.csv');
  expect(fileManifest.recognises(bytes, 'x')).toBe(true);
  const all = await read(bytes);
  expect(gaps(all)).toEqual(['damaged: row has 3 values, the header names 8']);
  expect(records(all).map(fields)).toEqual([
    {
      path: 'C:\\inetpub\\wwwroot\\iisstart.htm',
      name: 'iisstart.htm',
      extension: 'htm',
      size: 703,
      created: '2020-11-02T08:14:02.123456Z',
      modified: '2020-11-02T08:14:02.123456Z',
      attributes: 'Archive',
    },
    {
      path: 'C:\\inetpub\\wwwroot\\aspnet_client\\Übersicht "neu".aspx',
      name: 'Übersicht "neu".aspx',
      extension: 'aspx',
      size: 2048,
      created: '2021-03-03T10:41:15.000Z',
      modified: '2021-03-03T10:41:15.000Z',
      attributes: 'Hidden, System, Archive',
    },
    {
      path: 'C:\\inetpub\\wwwroot\\aspnet_client',
      name: 'aspnet_client',
      extension: '',
      created: '2020-11-02T08:14:02.000Z',
      modified: '2021-03-03T10:41:15.000Z',
      attributes: 'Directory',
      'is-directory': true,
    },
  ]);
  for (const record of records(all)) {
    expect(record).toMatchObject({ kind: 'file', host: 'EX01', source: undefined, at: undefined });
    expect(record.get('content')).toBeUndefined();
  }
});

test('a list of an $MFT joins folder and name, and a deleted entry is no file', async () => {
  const bytes = sample('mftecmd.csv');
  expect(fileManifest.recognises(bytes, 'x')).toBe(true);
  const all = await read(bytes);
  expect(gaps(all)).toEqual([]);
  expect(
    records(all).map((record) => [
      record.kind,
      record.get('path'),
      record.get('extension'),
      record.get('is-directory'),
    ]),
  ).toEqual([
    ['file', '.', '', true],
    ['file', '.\\inetpub\\wwwroot\\aspnet_client\\supp0rt.aspx', 'aspx', false],
    ['file.deleted', '.\\inetpub\\wwwroot\\aspnet_client\\discover.aspx', 'aspx', false],
    ['file', '.\\inetpub\\wwwroot\\logo.gif:shell.aspx', 'aspx', false],
    ['file', '.\\inetpub\\wwwroot\\aspnet_client', '', true],
  ]);
  expect(records(all)[1]?.get('created')).toBe('2021-03-03T10:41:15.123456Z');
  expect(records(all)[1]?.get('accessed')).toBe('2021-03-04T00:00:00.000Z');
});

test('only a SHA-256 is taken for one, and what is damaged is told', async () => {
  const all = await read(sample('get-filehash.csv'));
  expect(records(all).map((record) => record.get('sha256'))).toEqual(['ab'.repeat(64).slice(0, 64), undefined]);
  expect(gaps(all)).toEqual([
    'damaged: expected the path of a file, the value is empty',
    'truncated: expected the closing quote of a value, the rows ended',
  ]);
});

test('JSON Lines with nested hashes, seconds and a local time that stays raw', async () => {
  const bytes = sample('velociraptor.jsonl');
  expect(fileManifest.recognises(bytes, 'x')).toBe(true);
  const all = await read(bytes);
  const [shell, folder, dotted] = records(all);
  expect(fields(shell)).toEqual({
    path: 'C:\\inetpub\\wwwroot\\aspnet_client\\system_web\\AbCdEfGh.aspx',
    name: 'AbCdEfGh.aspx',
    extension: 'aspx',
    size: 2301,
    sha256: 'ef'.repeat(64).slice(0, 64),
    modified: '2021-03-03T10:41:15.123456Z',
    changed: '2021-03-03T10:41:15.000Z',
    accessed: '2021-03-03T10:41:15.500Z',
    'created-raw': '03.03.2021 11:41:15',
    'is-directory': false,
  });
  expect(shell?.host).toBe('EX01.contoso.example');
  expect(folder?.get('is-directory')).toBe(true);
  expect(dotted?.get('extension')).toBe('config');
  expect(gaps(all)).toEqual([
    'damaged: expected a JSON object on one line, stood other text',
    'unsupported: expected keys for a path and a size, hash or time, none of them stood there',
  ]);
});

test('a time without a zone counts only where the column says UTC', async () => {
  const [record] = records(
    await read(
      'FullName,Length,LastWriteTime,CreationTime (UTC)\nC:\\x.log,1,2021-03-03 10:00:00,2021-03-03 09:00:00\n',
    ),
  );
  expect(record?.get('modified')).toBeUndefined();
  expect(record?.get('modified-raw')).toBe('2021-03-03 10:00:00');
  expect(record?.get('created')).toBe('2021-03-03T09:00:00.000Z');
  expect(record?.get('created-raw')).toBeUndefined();
});

test('a column that says UTC is preferred to the same time in local form', async () => {
  for (const header of ['LastWriteTimeUtc,LastWriteTime', 'LastWriteTime,LastWriteTimeUtc']) {
    const values = header
      .split(',')
      .map((name) => (name.endsWith('Utc') ? '2021-03-03T10:00:00Z' : '2021-03-03T11:00:00'));
    const [record] = records(await read(`FullName,Length,${header}\nx,1,${values.join(',')}\n`));
    expect(record?.get('modified'), header).toBe('2021-03-03T10:00:00.000Z');
  }
});

test('lists of many collectors are recognised', () => {
  for (const header of [
    'SHA256,FullPath',
    '"Path";"Algorithm";"Hash"',
    'OSPath\tInode\tMode\tSize\tMTime',
    'File Path,SHA256 Hash,File Size',
    'FullName,LastWriteTimeUtc',
    'DirectoryName,Name,Length',
    'CopiedTimestamp,SourceFile,DestinationFile,FileSize,SourceFileSha1,DeferredCopy,CreatedOnUtc,ModifiedOnUtc,LastAccessedOnUtc,CopyDuration',
    'sep=;\nFullName;Length',
    '{"path":"/c/x","sha256":"0"}',
  ]) {
    expect(known(`${header}\n`), header).toBe(true);
    expect(known(`\ufeff${header}\r\n`), header).toBe(true);
  }
});

test('logs and tables about something else are not', () => {
  for (const text of [
    '#Software: Microsoft Internet Information Services 8.5\n#Version: 1.0\n#Date: 2021-03-03 00:00:00\n#Fields: date time s-ip cs-method\n',
    '#Software: Microsoft Exchange Server\n#Version: 15.01.2375.007\n#Log-type: HttpProxy Logs\n#Fields: DateTime,RequestId,Path,Size\n',
    'DateTime,RequestId,Protocol,UrlHost,UrlStem,AnchorMailbox,HttpStatus,RequestBytes,File,Size\n',
    'RecordNumber,EventRecordId,TimeCreated,EventId,Level,Provider,Channel,SourceFile,Payload,Size\n',
    'SourceFile,SourceCreated,SourceModified,TargetCreated,FileSize,LocalPath\n',
    'ApplicationName,ProgramId,FileKeyLastWriteTimestamp,SHA1,IsOsComponent,FullPath,Name,Size\n',
    'ControlSet,CacheEntryPosition,Path,LastModifiedTimeUTC,Executed,Duplicate,SourceFile\n',
    'Name,Extension,EntryNumber,ParentPath,UpdateTimestamp,UpdateReasons,FileAttributes\n',
    'Path,Hash,ProcessId,CommandLine\n',
    'build,product,sha256,path\n',
    'Path,LastWriteTimeUtc\n',
    'FullName\nC:\\x\n',
    'name,size\n',
    '{"EventID":1,"path":"x","size":1}\n',
    '{"path":"x"}\n',
    '[{"path":"x","size":1}]\n',
    'plain text, with a comma\n',
    '',
    '\0\0\0\0',
  ]) {
    expect(known(text), text).toBe(false);
  }
});

test('a header that comes again starts anew and is no row', async () => {
  const all = await read('FullName,Length\nC:\\a,1\nFullName,Length\nC:\\b,2\n');
  expect(all.map((reading) => reading.is)).toEqual(['structure', 'record', 'structure', 'record']);
});

test('a quote that never closes costs one gap and bounded memory', async () => {
  const rows = 'C:\\a,1\n'.repeat(3000);
  const all = await read(`FullName,Length\n"C:\\open,1\n${rows}C:\\z,9\n`);
  expect(gaps(all)).toEqual([
    'limit: expected a row of at most 1000 lines and 1048576 bytes, its quote was still open',
  ]);
  expect(records(all).length).toBe(3000 - 999 + 1);
  expect(records(all).at(-1)?.get('path')).toBe('C:\\z');
});

test('samples cut anywhere still tile, and nothing throws', async () => {
  for (const name of ['export-csv.csv', 'mftecmd.csv', 'get-filehash.csv', 'velociraptor.jsonl']) {
    const bytes = sample(name);
    for (let end = 0; end < bytes.length; end += 37) {
      for (const record of records(await read(bytes.subarray(0, end)))) fields(record);
    }
  }
});

test('a list of an $MFT of 200,000 rows is read in seconds', async () => {
  const [header = '', , row = ''] = new TextDecoder().decode(sample('mftecmd.csv')).split('\r\n');
  const bytes = encoder.encode(`${header}\r\n${`${row}\r\n`.repeat(200_000)}`);
  const begin = performance.now();
  let count = 0;
  for await (const batch of fileManifest.read(memorySource(bytes), { path: 'x' })) {
    for (const reading of batch) if (reading.is === 'record' && reading.get('path') !== undefined) count++;
  }
  const seconds = (performance.now() - begin) / 1000;
  console.log(
    `file-manifest: ${(bytes.length / 1e6 / seconds).toFixed(0)} MB/s, ${Math.round(count / seconds)} rows/s`,
  );
  expect(count).toBe(200_000);
  expect(seconds).toBeLessThan(20);
});
