import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { crc32 } from '../bytes/crc32.ts';
import { nameHash } from './evtx-template.ts';
import { evtxPieces, writeEvtx } from './evtx-writer.ts';
import type { EventSpec } from './evtx-writer.ts';

const AT = Date.UTC(2021, 2, 2, 19, 50) * 1000;
const HEADER = 4096;
const CHUNK = 65536;
const LIBEVTX = 'evtxexport';
const HAS_LIBEVTX = hasLibevtx();
if (!HAS_LIBEVTX) console.log('skipped: evtxexport (libevtx-utils) is not installed');

function hasLibevtx(): boolean {
  try {
    execFileSync(LIBEVTX, ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Events of three shapes: a list of values, named values, UserData. */
function events(count: number): EventSpec[] {
  return Array.from({ length: count }, (_, index): EventSpec => {
    const at = AT + index * 1_000_001;
    const computer = 'EX01.corp.example';
    if (index % 3 === 0) {
      const data = [{ value: 'Set-OabVirtualDirectory' }, { value: `-Identity "é € <&> ${index}"` }, { value: '' }];
      return { at, computer, provider: 'MSExchange CmdletLogs', eventId: 1, channel: 'MSExchange Management', data };
    }
    const providerGuid = '{54849625-5478-4994-A5BA-3E3B0328C30D}';
    if (index % 3 === 1) {
      const data = [
        { name: 'SubjectUserSid', value: 'S-1-5-18' },
        { name: 'CommandLine', value: `cmd /c ${index}` },
      ];
      const about = {
        provider: 'Security-Auditing',
        providerGuid,
        eventId: 4688,
        channel: 'Security',
        userId: 'S-1-5-18',
      };
      return { at, computer, ...about, recordId: 9000 + index, level: 0, processId: 4, threadId: 44, data };
    }
    const values = [{ name: 'SubjectUserName', value: `user${index}` }];
    const userData = { element: 'LogFileCleared', namespace: 'urn:eventlog', values };
    return { at, computer, provider: 'Eventlog', providerGuid, eventId: 104, channel: 'System', userData };
  });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function chunksOf(log: Uint8Array): Uint8Array[] {
  return Array.from({ length: (log.length - HEADER) / CHUNK }, (_, index) =>
    log.subarray(HEADER + index * CHUNK, HEADER + (index + 1) * CHUNK),
  );
}

/** What libevtx makes of a log, as one text an event. */
function exported(log: Uint8Array, ...options: string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'evtx-writer-'));
  try {
    const path = join(folder, 'a.evtx');
    writeFileSync(path, log);
    const text = execFileSync(LIBEVTX, ['-f', 'xml', ...options, path], { maxBuffer: 1e9, encoding: 'utf8' });
    return text.match(/<Event [\s\S]*?<\/Event>/g) ?? [];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The values of an event of libevtx, by element, or by the name of an attribute. */
function valuesOf(xml: string): string[] {
  const plain = xml.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  return [
    ...plain.matchAll(/>([^\n]*)<\/\w+>|<Data\/>| (?:Name|UserID|ProcessID|ThreadID|SystemTime|Guid)="([^"]*)"/g),
  ].map(([, text, attribute]) => text ?? attribute ?? '');
}

test('a log has a file header and whole chunks, and all their checksums are right', () => {
  const log = writeEvtx(events(500));
  const chunks = chunksOf(log);
  const header = viewOf(log.subarray(0, HEADER));
  expect(chunks.length).toBeGreaterThan(2);
  expect(header.getUint16(42, true)).toBe(chunks.length);
  expect(header.getUint32(120, true)).toBe(0);
  expect(header.getUint32(124, true)).toBe(crc32(log.subarray(0, 120)));
  for (const chunk of chunks) {
    const view = viewOf(chunk);
    const free = view.getUint32(48, true);
    expect(view.getUint32(52, true)).toBe(crc32(chunk.subarray(512, free)));
    expect(view.getUint32(124, true)).toBe(crc32(chunk.subarray(128, 512), crc32(chunk.subarray(0, 120))));
    expect(chunk.subarray(free).every((byte) => byte === 0)).toBe(true);
  }
});

test('every name can be found from the table of its chunk by its hash', () => {
  const decoder = new TextDecoder('utf-16le');
  for (const chunk of chunksOf(writeEvtx(events(300)))) {
    const view = viewOf(chunk);
    const found = new Set<string>();
    for (let bucket = 0; bucket < 64; bucket++) {
      for (let at = view.getUint32(128 + 4 * bucket, true); at !== 0; at = view.getUint32(at, true)) {
        const name = decoder.decode(chunk.subarray(at + 8, at + 8 + 2 * view.getUint16(at + 6, true)));
        expect(view.getUint16(at + 4, true)).toBe(nameHash(name));
        expect(nameHash(name) % 64).toBe(bucket);
        expect(found.has(name)).toBe(false);
        found.add(name);
      }
    }
    expect([...found]).toEqual(
      expect.arrayContaining(['Event', 'System', 'Provider', 'EventData', 'Data', 'UserData']),
    );
  }
});

test('the same events give the same bytes, in pieces or as a whole', () => {
  const pieces = [...evtxPieces(events(300))];
  expect(pieces.map((piece) => piece.length)).toEqual([HEADER, ...Array(pieces.length - 1).fill(CHUNK)]);
  expect(Buffer.concat(pieces).equals(writeEvtx(events(300)))).toBe(true);
});

test('a log without events is a file header', () => {
  expect(writeEvtx([])).toHaveLength(HEADER);
});

test('an event that no chunk could hold is refused', () => {
  const [event] = events(1);
  const large = { ...event, data: [{ value: 'x'.repeat(33_000) }] } as EventSpec;
  expect(() => writeEvtx([large])).toThrow(
    'expected an event that fits into a chunk, stood event 1 of MSExchange CmdletLogs',
  );
});

test.skipIf(!HAS_LIBEVTX)('libevtx reads every event and every value of it', () => {
  const specs = events(400);
  const found = exported(writeEvtx(specs));
  expect(found).toHaveLength(specs.length);
  for (const [index, spec] of specs.entries()) {
    const values = valuesOf(found[index] ?? '');
    const time =
      new Date(Math.floor(spec.at / 1000)).toISOString().slice(0, -1) + String(spec.at % 1000).padStart(3, '0');
    const content = spec.userData?.values ?? spec.data ?? [];
    const expected = [
      spec.provider,
      ...(spec.providerGuid === undefined ? [] : [spec.providerGuid]),
      String(spec.eventId),
      '0',
      String(spec.level ?? 4),
      '0',
      '0',
      spec.data?.[0]?.name === undefined && spec.userData === undefined ? '0x0080000000000000' : '0x8000000000000000',
      `${time}000Z`,
      String(spec.recordId ?? index + 1),
      String(spec.processId ?? 0),
      String(spec.threadId ?? 0),
      spec.channel,
      spec.computer,
      ...(spec.userId === undefined ? [] : [spec.userId]),
      ...content.flatMap((value) =>
        'name' in value && spec.data !== undefined ? [value.name, value.value] : [value.value],
      ),
    ];
    expect(values).toEqual(expected);
  }
});

test.skipIf(!HAS_LIBEVTX)('a log that was copied while in use has events that only a recovery finds', () => {
  const log = writeEvtx(events(300), { dirty: true, firstRecordId: 77 });
  expect(viewOf(log).getUint32(120, true)).toBe(1);
  expect(viewOf(log).getUint16(42, true)).toBe(chunksOf(log).length - 1);
  expect(exported(log).length).toBeLessThan(300);
  expect(exported(log, '-m', 'all')).toHaveLength(300);
});
