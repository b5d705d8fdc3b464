import { expect, test } from 'vitest';

import type { Reading } from '../../model/reading.ts';
import { evtxPieces, writeEvtx } from '../../specimen/evtx-writer.ts';
import type { EventSpec } from '../../specimen/evtx-writer.ts';
import { fieldsOf, memorySource, mutant, readAll, readingJson, seededDice } from '../contract.test-support.ts';
import { gapsOf, nth, read, recordsOf, sealed, tiles } from './chunk.test-support.ts';
import { evtx } from './format.ts';

const AT = Date.UTC(2021, 2, 2, 19, 50) * 1000;
const HEADER = 4096;
const CHUNK = 65536;

function cmdlet(index: number): EventSpec {
  return {
    at: AT + index * 1_000_000,
    provider: 'MSExchange CmdletLogs',
    eventId: 1,
    channel: 'MSExchange Management',
    computer: 'EX01.corp.example',
    data: [{ value: 'Get-Mailbox' }, { value: `-Identity "user${index}"` }],
  };
}

function logon(index: number): EventSpec {
  return {
    at: AT + index * 1_000_000 + 7,
    provider: 'Microsoft-Windows-Security-Auditing',
    providerGuid: '{54849625-5478-4994-A5BA-3E3B0328C30D}',
    eventId: 4624,
    level: 0,
    channel: 'Security',
    computer: 'EX01.corp.example',
    recordId: 7000 + index,
    processId: 612,
    threadId: 8,
    userId: 'S-1-5-18',
    data: [
      { name: 'TargetUserName', value: `user${index}` },
      { name: 'Computer', value: 'WS7' },
    ],
  };
}

function events(count: number): EventSpec[] {
  return Array.from({ length: count }, (_, index) => (index % 2 === 0 ? cmdlet(index) : logon(index)));
}

function numbersOf(readings: readonly Reading[]): number[] {
  return recordsOf(readings).map((record) => Number(record.get('RecordNumber')));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** The places of the records of a log. */
function placesOf(readings: readonly Reading[]): { offset: number; length: number }[] {
  return recordsOf(readings).map((record) => record.origin);
}

test('an event is known by its log, its time, its machine and its fields', async () => {
  const records = recordsOf(await read(writeEvtx([cmdlet(0), logon(1)])));
  const [first, second] = records;
  expect(first).toMatchObject({
    kind: 'windows.event',
    source: 'evtx:MSExchange Management',
    at: AT,
    host: 'EX01.corp.example',
  });
  expect(first?.get('Data')).toEqual(['Get-Mailbox', '-Identity "user0"']);
  expect(first?.get('Data[1]')).toBe('-Identity "user0"');
  expect(first?.get('EventRecordID')).toBe('1');
  expect(second?.at).toBe(AT + 1_000_007);
  expect(fieldsOf(nth(records, 1))).toEqual({
    Provider_Name: 'Microsoft-Windows-Security-Auditing',
    Provider_Guid: '{54849625-5478-4994-a5ba-3e3b0328c30d}',
    EventID: '4624',
    Version: '0',
    Level: '0',
    Task: '0',
    Opcode: '0',
    Keywords: '0x8000000000000000',
    TimeCreated: '2021-03-02T19:50:01.0000070Z',
    EventRecordID: '7001',
    ProcessID: '612',
    ThreadID: '8',
    Channel: 'Security',
    Computer: 'EX01.corp.example',
    UserID: 'S-1-5-18',
    RecordNumber: '2',
    TargetUserName: 'user1',
    'EventData/Computer': 'WS7',
  });
  expect(second?.get('TimeCreated_SystemTime')).toBe('2021-03-02T19:50:01.0000070Z');
  expect(second?.get('EventData/TargetUserName')).toBe('user1');
  expect(second?.get('targetusername')).toBeUndefined();
});

test('a name that the record itself answers to, and one that only looks like the end of a list', async () => {
  const data = [
    { name: 'RecordNumber', value: 'of another log' },
    { name: 'Data[0]', value: 'named so' },
  ];
  const [record] = recordsOf(await read(writeEvtx([{ ...logon(0), data }])));
  expect(record?.get('RecordNumber')).toBe('1');
  expect(record?.get('EventData/RecordNumber')).toBe('of another log');
  expect(record?.fields().slice(-3)).toEqual(['RecordNumber', 'EventData/RecordNumber', 'Data[0]']);
  expect(record?.get('Data[0]')).toBe('named so');
});

test('an event without a time of its own has the time it was written', async () => {
  const log = writeEvtx([logon(0)]);
  const view = new DataView(log.buffer);
  const written = view.getBigUint64(HEADER + 512 + 16, true);
  for (let at = HEADER + 512 + 24; at < HEADER + 3000; at++)
    if (view.getBigUint64(at, true) === written) view.setBigUint64(at, 0n, true);
  const [record] = recordsOf(await read(log));
  expect(record?.get('TimeCreated')).toBe('1601-01-01T00:00:00.0000000Z');
  expect(record?.at).toBe(AT + 7);
});

test('an excerpt begins with what tells events apart, then with what the event tells', async () => {
  const [, second] = recordsOf(await read(writeEvtx([cmdlet(0), logon(1)])));
  expect(second?.excerpt()).toMatch(
    /^\{"TimeCreated":"2021-03-02T19:50:01\.0000070Z","Channel":"Security","Provider_Name":"[^"]+","EventID":"4624","TargetUserName":"user1","EventData\/Computer":"WS7",/,
  );
  expect(second?.excerpt()?.length).toBeLessThanOrEqual(400);
});

test('a log of several chunks is read to its last record, one batch a chunk', async () => {
  const log = writeEvtx(events(500));
  const batches = [];
  for await (const batch of evtx.read(memorySource(log), { path: 'a.evtx' })) batches.push(batch);
  expect(batches).toHaveLength((log.length - HEADER) / CHUNK + 1);
  expect(batches.length).toBeGreaterThan(3);
  const readings = batches.flat();
  expect(numbersOf(readings)).toEqual(range(1, 500));
  expect(gapsOf(readings)).toEqual([]);
  expect(tiles(readings, log.length)).toBe(true);
});

test('a log that was copied while it was written gives the records its headers do not count yet', async () => {
  const readings = await read(writeEvtx(events(300), { dirty: true, firstRecordId: 41 }));
  expect(numbersOf(readings)).toEqual(range(41, 340));
  expect(gapsOf(readings)).toEqual([]);
  expect(recordsOf(readings).every((record) => record.source !== undefined)).toBe(true);
});

test('a log is recognised by its header, by its first chunk, and by a chunk that lost its file', () => {
  const log = writeEvtx(events(3));
  expect(evtx.recognises(log, '')).toBe(true);
  expect(evtx.recognises(log.subarray(HEADER), '')).toBe(true);
  expect(evtx.recognises(log.slice().fill(0, 0, HEADER), '')).toBe(true);
  expect(evtx.recognises(new TextEncoder().encode('ElfFil'), 'a.evtx')).toBe(false);
});

test('a log whose begin was overwritten is read behind it', async () => {
  const log = writeEvtx(events(300));
  expect(log.length).toBeGreaterThanOrEqual(HEADER + 2 * CHUNK);
  log.fill(0xff, 0, HEADER + 100);
  expect(evtx.recognises(log.subarray(0, 65_536), 'winevt/Logs/Security.evtx')).toBe(true);
  const readings = await read(log);
  expect(recordsOf(readings)).toHaveLength(300);
  // The file header, the chunk header, and what the chunk holds behind its records.
  expect(gapsOf(readings).map((gap) => gap.reason)).toEqual(['damaged', 'damaged', 'damaged']);
  expect(tiles(readings, log.length)).toBe(true);
  // An export in text is no log, whatever it is called.
  expect(evtx.recognises(new TextEncoder().encode('{"EventID":1}\n'.repeat(400)), 'Security.evtx')).toBe(false);
});

test('chunks without a file header are read', async () => {
  const readings = await read(writeEvtx(events(300)).subarray(HEADER));
  expect(numbersOf(readings)).toEqual(range(1, 300));
  expect(readings[0]).toMatchObject({ name: 'chunk-header', origin: { offset: 0, length: 512 } });
});

test('a file header that is damaged is a gap, and its chunks are read', async () => {
  for (const at of [0, 9, 125]) {
    const log = writeEvtx(events(3));
    log[at] = 0x55;
    const readings = await read(log);
    expect(gapsOf(readings).map((gap) => [gap.reason, gap.origin])).toEqual([
      ['damaged', { offset: 0, length: HEADER }],
    ]);
    expect(numbersOf(readings)).toEqual([1, 2, 3]);
  }
});

test('a chunk whose header checksum fails keeps its records, and the gap names the checksum', async () => {
  const log = writeEvtx(events(60));
  log[HEADER + 130] = 1;
  const readings = await read(log);
  expect(gapsOf(readings)).toEqual([
    expect.objectContaining({
      origin: { offset: HEADER, length: 512 },
      says: expect.stringMatching(/^expected chunk header checksum 0x/),
    }),
  ]);
  expect(numbersOf(readings)).toEqual(range(1, 60));
});

test('a chunk whose records checksum fails keeps its records, and the gap names the checksum', async () => {
  const log = writeEvtx(events(3));
  const { offset, length } = nth(placesOf(await read(log)), 1);
  log[offset + length - 10] = 0x31;
  const readings = await read(log);
  expect(gapsOf(readings)).toEqual([
    expect.objectContaining({
      origin: { offset: HEADER, length: 512 },
      says: expect.stringMatching(/^expected records checksum 0x/),
    }),
  ]);
  expect(numbersOf(readings)).toEqual([1, 2, 3]);
});

test.each<[string, (log: Uint8Array, at: number, length: number) => void, RegExp]>([
  [
    'whose magic is gone',
    (log, at) => log.fill(0x20, at, at + 4),
    /^expected a record at 0x[0-9a-f]+ of the chunk, stood \d+ bytes/,
  ],
  ['of size zero', (log, at) => log.fill(0, at + 4, at + 8), /repeats its size at its end, stood size 0$/],
  ['that claims more than the chunk', (log, at) => log.fill(0xff, at + 4, at + 8), /stood size 4294967295$/],
  ['whose second size differs', (log, at, length) => log.fill(1, at + length - 4, at + length), /stood size \d+$/],
  ['that does not decode', (log, at) => log.fill(0x7f, at + 24, at + 30), /^record 4: expected content/],
])('a record %s is a gap over its bytes, and the next one is read', async (_, damage, says) => {
  const log = writeEvtx(events(6));
  const place = nth(placesOf(await read(log)), 3);
  damage(log, place.offset, place.length);
  sealed(log.subarray(HEADER));
  const readings = await read(log);
  expect(gapsOf(readings)).toEqual([
    expect.objectContaining({ reason: 'damaged', origin: place, says: expect.stringMatching(says) }),
  ]);
  expect(numbersOf(readings)).toEqual([1, 2, 3, 5, 6]);
  expect(tiles(readings, log.length)).toBe(true);
});

test('a record that needs the template of a damaged one is a gap, not a guess', async () => {
  const log = writeEvtx(events(6));
  const place = nth(placesOf(await read(log)), 1);
  log.fill(0x41, place.offset, place.offset + place.length);
  sealed(log.subarray(HEADER));
  const readings = await read(log);
  // Records 2, 4 and 6 share the template that stands in record 2.
  expect(numbersOf(readings)).toEqual([1, 3, 5]);
  expect(gapsOf(readings)).toHaveLength(3);
});

test('a chunk without its magic is a gap, except for records that prove themselves', async () => {
  const log = writeEvtx(events(300));
  log.fill(0, HEADER, HEADER + 8);
  const readings = await read(log);
  const first = nth(recordsOf(readings), 0);
  expect(nth(gapsOf(readings), 0).says).toBe('expected a chunk, which begins with ElfChnk, stood 0000000000000000');
  expect([first.get('Recovered'), first.get('RecordNumber'), first.source]).toEqual(['damaged-chunk', '1', undefined]);
  expect(numbersOf(readings)).toEqual(range(1, 300));
  expect(tiles(readings, log.length)).toBe(true);
  log.fill(0x33, HEADER, HEADER + CHUNK);
  const [, second] = await read(log);
  expect(second).toMatchObject({ is: 'gap', reason: 'damaged', origin: { offset: HEADER, length: CHUNK } });
});

test('a chunk of zeroes is room that was never used', async () => {
  const log = new Uint8Array(HEADER + 2 * CHUNK);
  log.set(writeEvtx(events(3)));
  const readings = await read(log);
  expect(readings.at(-1)).toEqual({
    is: 'structure',
    name: 'unused',
    origin: { offset: HEADER + CHUNK, length: CHUNK },
  });
  expect(gapsOf(readings)).toEqual([]);
});

test('zeroes between chunks are a loss, behind the last one they are not', async () => {
  const whole = writeEvtx(events(700));
  const chunks = (whole.length - HEADER) / CHUNK;
  expect(chunks).toBeGreaterThan(3);
  const log = new Uint8Array(whole.length + 3 * CHUNK);
  log.set(whole);
  log.fill(0, HEADER + CHUNK, HEADER + 3 * CHUNK);
  const readings = await read(log);
  expect(tiles(readings, log.length)).toBe(true);
  expect(gapsOf(readings)).toEqual([
    {
      is: 'gap',
      reason: 'damaged',
      origin: { offset: HEADER + CHUNK, length: 2 * CHUNK },
      says: `expected chunks, stood ${2 * CHUNK} zero bytes, and a chunk follows them`,
    },
  ]);
  expect(readings.at(-1)).toEqual({
    is: 'structure',
    name: 'unused',
    origin: { offset: whole.length, length: 3 * CHUNK },
  });
});

test('zeroes where the file header counts a chunk are a loss, also at the end', async () => {
  const log = writeEvtx(events(700));
  const chunks = (log.length - HEADER) / CHUNK;
  log.fill(0, HEADER + (chunks - 1) * CHUNK);
  const longer = new Uint8Array(log.length + CHUNK);
  longer.set(log);
  const readings = await read(longer);
  expect(tiles(readings, longer.length)).toBe(true);
  expect(gapsOf(readings).map((gap) => [gap.reason, gap.origin])).toEqual([
    ['damaged', { offset: log.length - CHUNK, length: CHUNK }],
  ]);
  expect(readings.at(-1)).toMatchObject({ name: 'unused', origin: { offset: log.length, length: CHUNK } });
});

test('a log that is cut inside its records gives those before the cut, and a gap', async () => {
  const whole = writeEvtx(events(300));
  const place = nth(placesOf(await read(whole)), 9);
  for (const cut of [place.offset, place.offset + 5, place.offset + place.length - 1]) {
    const readings = await read(whole.subarray(0, cut));
    expect(numbersOf(readings)).toEqual(range(1, 9));
    expect(gapsOf(readings).map((gap) => gap.reason)).toEqual(Array(cut === place.offset ? 2 : 3).fill('truncated'));
    expect(tiles(readings, cut)).toBe(true);
  }
});

test('a log that ends between chunks is missing the chunks its header counts', async () => {
  const whole = writeEvtx(events(500));
  const counted = (whole.length - HEADER) / CHUNK;
  const readings = await read(whole.subarray(0, HEADER + CHUNK));
  expect(readings[0]).toMatchObject({
    is: 'gap',
    reason: 'truncated',
    says: `expected ${counted} chunks, the artifact has room for 1`,
  });
  expect((await read(whole.subarray(0, 100)))[0]).toMatchObject({ is: 'gap', reason: 'truncated' });
  expect((await read(whole.subarray(0, HEADER + 100))).at(-1)).toMatchObject({ is: 'gap', reason: 'truncated' });
});

test('a source that fails leaves a gap over the rest', async () => {
  const log = writeEvtx(events(300));
  const source = {
    ...memorySource(log),
    readInto: (at: number, into: Uint8Array): number => {
      if (at >= HEADER + CHUNK) throw new Error('bad sector');
      return memorySource(log).readInto(at, into) as number;
    },
  };
  const readings = await readAll(evtx, source, 'a.evtx');
  expect(readings.at(-1)).toMatchObject({ is: 'gap', reason: 'unreadable', origin: { offset: HEADER + CHUNK } });
  expect(tiles(readings, log.length)).toBe(true);
});

/** Makes the log end before `count` of the records of its last chunk: they stay as slack, after a chunk that ends earlier. */
function leaveInSlack(log: Uint8Array, chunk: number, from: number): Uint8Array {
  const bytes = log.subarray(HEADER + chunk * CHUNK, HEADER + (chunk + 1) * CHUNK);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(48, from - HEADER - chunk * CHUNK, true);
  // Slack does not go on where the log ends.
  bytes.copyWithin(from - HEADER - chunk * CHUNK + 8, from - HEADER - chunk * CHUNK, CHUNK - 8);
  return sealed(bytes);
}

test('a record that only slack has is recovered, and is no heartbeat of its log', async () => {
  const log = writeEvtx(events(6));
  const fifth = nth(placesOf(await read(log)), 4);
  leaveInSlack(log, 0, fifth.offset);
  const readings = await read(log);
  expect(
    recordsOf(readings).map((record) => [record.get('RecordNumber'), record.get('Recovered'), record.source]),
  ).toEqual([
    ['1', undefined, 'evtx:MSExchange Management'],
    ['2', undefined, 'evtx:Security'],
    ['3', undefined, 'evtx:MSExchange Management'],
    ['4', undefined, 'evtx:Security'],
    ['5', 'slack', undefined],
    ['6', 'slack', undefined],
  ]);
  expect(nth(recordsOf(readings), 5).fields()).toContain('Recovered');
  expect(gapsOf(readings)).toEqual([]);
});

/** Makes a record longer by those behind it, as tools do that take events out of a log, and the checksums right again. */
function unlink(log: Uint8Array, place: { offset: number; length: number }, hidden: number): Uint8Array {
  const view = new DataView(log.buffer, log.byteOffset, log.length);
  view.setUint32(place.offset + 4, place.length + hidden, true);
  view.setUint32(place.offset + place.length + hidden - 4, place.length + hidden, true);
  sealed(log.subarray(HEADER, HEADER + CHUNK));
  return log;
}

test('events that somebody hid in the record before them are read, and are told apart', async () => {
  const log = writeEvtx(events(7));
  const places = placesOf(await read(log));
  const [third, fourth] = [nth(places, 2), nth(places, 3)];
  unlink(log, nth(places, 1), third.length + fourth.length);
  const readings = await read(log);
  expect(tiles(readings, log.length)).toBe(true);
  expect(gapsOf(readings)).toEqual([]);
  expect(
    recordsOf(readings).map((record) => [record.get('RecordNumber'), record.get('Recovered'), record.source]),
  ).toEqual([
    ['1', undefined, 'evtx:MSExchange Management'],
    ['2', undefined, 'evtx:Security'],
    ['3', 'unlinked', undefined],
    ['4', 'unlinked', undefined],
    ['5', undefined, 'evtx:MSExchange Management'],
    ['6', undefined, 'evtx:Security'],
    ['7', undefined, 'evtx:MSExchange Management'],
  ]);
  expect(recordsOf(readings).map((record) => record.origin)).toEqual(places);
});

test('a hidden record that was overwritten as well is a gap', async () => {
  const log = writeEvtx(events(7));
  const places = placesOf(await read(log));
  const third = nth(places, 2);
  log.fill(0, third.offset + 24, third.offset + third.length - 4);
  const readings = await read(unlink(log, nth(places, 1), third.length));
  expect(numbersOf(readings)).toEqual([1, 2, 4, 5, 6, 7]);
  expect(gapsOf(readings)).toMatchObject([
    { reason: 'damaged', origin: third, says: 'record 3: hidden in the one before it, and does not decode' },
  ]);
  expect(tiles(readings, log.length)).toBe(true);
});

test('a record in slack whose template was overwritten stays slack', async () => {
  const log = writeEvtx(events(6));
  const fifth = nth(placesOf(await read(log)), 4);
  leaveInSlack(log, 0, fifth.offset);
  // One letter of a name in both templates: they parse, but they are not what was meant.
  log[Buffer.from(log).indexOf(Buffer.from('System', 'utf16le'), HEADER)] = 0x54;
  sealed(log.subarray(HEADER));
  const readings = await read(log);
  expect(numbersOf(readings)).toEqual([1, 2, 3, 4]);
  expect(tiles(readings, log.length)).toBe(true);
});

test('what the writer left in slack of the chunk before is not read twice', async () => {
  const log = writeEvtx(events(300));
  const first = log.subarray(HEADER, HEADER + CHUNK);
  const last = log.subarray(log.length - CHUNK);
  const free = new DataView(last.buffer, last.byteOffset).getUint32(48, true);
  last.set(first.subarray(free), free);
  const readings = await read(log);
  expect(numbersOf(readings)).toEqual(range(1, 300));
  expect(readings.at(-1)).toMatchObject({ name: 'slack', origin: { offset: log.length - CHUNK + free } });
});

test('200 damaged logs are read without an exception, to the last byte, in bounded text', async () => {
  const pieces = [...evtxPieces(events(40))];
  const header = nth(pieces, 0);
  const chunk = nth(pieces, 1);
  const used = new DataView(chunk.buffer).getUint32(48, true);
  const dice = seededDice(20210302);
  for (let round = 0; round < 200; round++) {
    // Damage where it can hurt: mostly in the records, not in the zeroes behind them.
    const wounded = mutant(round % 10 === 0 ? header : chunk.subarray(0, used), dice);
    const log = Buffer.concat(round % 10 === 0 ? [wounded, chunk] : [header, wounded, chunk.subarray(used)]);
    const readings = await read(new Uint8Array(log.subarray(0, HEADER + 2 * CHUNK)));
    expect(tiles(readings, Math.min(log.length, HEADER + 2 * CHUNK)), `mutant ${round}`).toBe(true);
    const text = readings.reduce((sum, reading) => sum + readingJson(reading).length, 0);
    expect(text, `mutant ${round}`).toBeLessThan(16 * log.length);
  }
});
