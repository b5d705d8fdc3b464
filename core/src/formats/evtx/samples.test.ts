import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { writeEvtx } from '../../specimen/evtx-writer.ts';
import type { EventSpec } from '../../specimen/evtx-writer.ts';
import { readingJson } from '../contract.test-support.ts';
import { nth, read, recordsOf, sealed } from './chunk.test-support.ts';

const FOLDER = fileURLToPath(new URL('samples/', import.meta.url));
const IS_GOLDEN = process.env['AFTERPATCH_GOLDEN'] === 'write';
const HEADER = 4096;
const CHUNK = 65536;

/** The morning after the patch, UTC. */
function at(hour: number, minute: number, micros = 0): number {
  return Date.UTC(2021, 2, 3, hour, minute) * 1000 + micros;
}

function cmdlet(minute: number, name: string, parameters: string): EventSpec {
  return {
    at: at(4, minute, 123_456),
    provider: 'MSExchange CmdletLogs',
    eventId: 1,
    channel: 'MSExchange Management',
    computer: 'ex01.corp.example.com',
    data: [
      { value: name },
      { value: parameters },
      { value: 'corp.example.com/Users/Administrator' },
      { value: '' },
      { value: 'S-1-5-21-1004336348-1177238915-682003330-500' },
    ],
  };
}

function processStart(minute: number, image: string, line: string): EventSpec {
  return {
    at: at(4, minute),
    provider: 'Microsoft-Windows-Security-Auditing',
    providerGuid: '{54849625-5478-4994-A5BA-3E3B0328C30D}',
    eventId: 4688,
    level: 0,
    channel: 'Security',
    computer: 'ex01.corp.example.com',
    recordId: 880_000 + minute,
    processId: 4,
    threadId: 212,
    data: [
      { name: 'SubjectUserSid', value: 'S-1-5-18' },
      { name: 'NewProcessName', value: image },
      { name: 'CommandLine', value: line },
      { name: 'Level', value: 'a name that System has too' },
    ],
  };
}

/** What the three ways of carrying values look like: a list, named values, UserData. */
function cmdlets(): Uint8Array {
  return writeEvtx([
    cmdlet(10, 'Get-OabVirtualDirectory', '-Server "EX01" -ADPropertiesOnly "True"'),
    cmdlet(
      11,
      'Set-OabVirtualDirectory',
      '-ExternalUrl "http://f/#<b>&amp; Grüße €</b>" -Identity "OAB (Default Web Site)"',
    ),
    cmdlet(12, 'Remove-OabVirtualDirectory', '-Force "True" -Identity "EX01\\OAB (Default Web Site)"'),
    processStart(13, 'C:\\Windows\\System32\\cmd.exe', '"cmd" /c whoami\r\n'),
    {
      at: at(4, 14),
      provider: 'Microsoft-Windows-Eventlog',
      providerGuid: 'fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148',
      eventId: 104,
      channel: 'System',
      computer: 'ex01.corp.example.com',
      userId: 'S-1-5-21-1004336348-1177238915-682003330-500',
      userData: {
        element: 'LogFileCleared',
        namespace: 'http://manifests.microsoft.com/win/2004/08/windows/eventlog',
        values: [
          { name: 'SubjectUserName', value: 'Administrator' },
          { name: 'Channel', value: 'Windows PowerShell' },
          { name: 'BackupPath', value: '' },
        ],
      },
    },
    { at: at(4, 15), provider: 'ESENT', eventId: 327, channel: 'Application', computer: 'ex01.corp.example.com' },
  ]);
}

/** One of each damage that leaves a log readable around it. */
async function damaged(): Promise<Uint8Array> {
  const log = writeEvtx(
    Array.from({ length: 130 }, (_, index) => cmdlet(index % 60, `Get-Thing${index}`, 'x'.repeat(200))),
  );
  const places = recordsOf(await read(log)).map((record) => record.origin);
  // The file header's checksum.
  log[20] = 9;
  // A record without magic, one that claims size zero, one whose BinXML begins with nonsense.
  log.fill(0x20, nth(places, 3).offset, nth(places, 3).offset + 4);
  log.fill(0, nth(places, 5).offset + 4, nth(places, 5).offset + 8);
  log.fill(0x7f, nth(places, 7).offset + 24, nth(places, 7).offset + 28);
  // The first chunk counts its first twelve records; what follows is slack, whose first record has lost its magic.
  const first = log.subarray(HEADER, HEADER + CHUNK);
  const free = nth(places, 12).offset - HEADER;
  new DataView(first.buffer, first.byteOffset).setUint32(48, free, true);
  first.fill(0, free, free + 4);
  first.fill(0, nth(places, 20).offset - HEADER);
  sealed(first);
  // The second ends in the middle of its third record.
  const second = places.findIndex(({ offset }) => offset > HEADER + CHUNK);
  const cut = nth(places, second + 2);
  return log.subarray(0, cut.offset + (cut.length >> 1));
}

test.each<[string, () => Uint8Array | Promise<Uint8Array>]>([
  ['cmdlets', cmdlets],
  ['damaged', damaged],
])('the sample %s is what the writer makes of these events', async (name, make) => {
  const bytes = await make();
  const path = `${FOLDER}${name}.evtx.gz.b64`;
  if (IS_GOLDEN) {
    const text = gzipSync(bytes, { level: 9 }).toString('base64');
    writeFileSync(path, `${(text.match(/.{1,120}/g) ?? []).join('\n')}\n`);
    const lines = (await read(bytes)).map((reading) => `${readingJson(reading)}\n`);
    writeFileSync(`${FOLDER}${name}.expected.jsonl`, lines.join(''));
  }
  expect(existsSync(path), 'npm run golden writes the missing sample').toBe(true);
  const stored = gunzipSync(Buffer.from(readFileSync(path, 'latin1'), 'base64'));
  expect(stored.equals(bytes)).toBe(true);
});
