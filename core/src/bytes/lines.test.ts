import { expect, test } from 'vitest';
import { assert as assertProperty, asyncProperty, constantFrom, array, string, integer } from 'fast-check';
import type { ByteSource } from '../model/evidence.ts';
import { memorySource, seededDice, slicedSource, textBytes } from '../formats/contract.test-support.ts';
import { LINE_LIMIT, readLines } from './lines.ts';
import type { LineReading } from './lines.ts';

async function linesOf(source: ByteSource): Promise<LineReading[]> {
  const readings: LineReading[] = [];
  for await (const batch of readLines(source)) readings.push(...batch);
  let end = 0;
  for (const reading of readings) {
    const { offset, length } = reading.is === 'line' ? reading : reading.origin;
    expect(offset).toBe(end);
    expect(length).toBeGreaterThan(0);
    end = offset + length;
  }
  expect(end).toBe(source.size);
  return readings;
}

async function textsOf(bytes: Uint8Array): Promise<string[]> {
  return (await linesOf(memorySource(bytes))).map((reading) =>
    reading.is === 'line' ? reading.text : `(${reading.is})`,
  );
}

function wide(text: string, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at++) view.setUint16(2 * at, text.charCodeAt(at), littleEndian);
  return bytes;
}

/** A source that makes its bytes when asked, so that a test of a huge artifact does not hold it. */
function madeSource(size: number, byteAt: (at: number) => number): ByteSource {
  const readInto = (at: number, into: Uint8Array): number => {
    const count = Math.max(0, Math.min(into.length, size - at));
    for (let place = 0; place < count; place++) into[place] = byteAt(at + place);
    return count;
  };
  return { size, readInto, close: () => Promise.resolve() };
}

test('LF and CRLF end a line, a lone CR does not, and the last line may have no end', async () => {
  expect(await linesOf(memorySource(textBytes('one\r\ntwo\nth\rree\n\nlast')))).toEqual([
    { is: 'line', offset: 0, length: 5, text: 'one', ended: true },
    { is: 'line', offset: 5, length: 4, text: 'two', ended: true },
    { is: 'line', offset: 9, length: 7, text: 'th\rree', ended: true },
    { is: 'line', offset: 16, length: 1, text: '', ended: true },
    { is: 'line', offset: 17, length: 4, text: 'last', ended: false },
  ]);
});

test('an empty artifact has no lines', async () => {
  expect(await linesOf(memorySource(new Uint8Array()))).toEqual([]);
});

test('a byte order mark is structure at the begin and no text where a restarted writer left it', async () => {
  const bytes = textBytes('\ufeffone\n\ufefftwo\n');
  expect(await linesOf(memorySource(bytes))).toEqual([
    { is: 'structure', name: 'byte-order-mark', origin: { offset: 0, length: 3 } },
    { is: 'line', offset: 3, length: 4, text: 'one', ended: true },
    { is: 'line', offset: 7, length: 7, text: 'two', ended: true },
  ]);
});

test.each([
  ['little-endian with a mark', new Uint8Array([0xff, 0xfe, ...wide('date é\r\n日本\nlast', true)]), 2],
  ['big-endian with a mark', new Uint8Array([0xfe, 0xff, ...wide('date é\r\n日本\nlast', false)]), 2],
  ['little-endian without a mark', wide('date é time\r\n日本\nlast and long enough', true), 0],
  ['big-endian without a mark', wide('date é time\r\n日本\nlast and long enough', false), 0],
])('UTF-16 %s is read as text', async (_, bytes, mark) => {
  const [first, second, third] = (await linesOf(memorySource(bytes))).filter((reading) => reading.is === 'line');
  expect(first).toMatchObject({ offset: mark, text: expect.stringMatching(/^date é/) });
  expect(second).toEqual({ is: 'line', offset: (first?.length ?? 0) + mark, length: 6, text: '日本', ended: true });
  expect(third).toMatchObject({ text: expect.stringMatching(/^last/), ended: false });
});

test('U+0A00 and U+000A are not taken for each other in either byte order', async () => {
  const head = 'a line of plain text so that the order shows\n';
  expect(await textsOf(wide(`${head}a\u0a00b\nc`, true))).toEqual([head.trim(), 'a\u0a00b', 'c']);
  expect(await textsOf(wide(`${head}a\u0a00b\nc`, false))).toEqual([head.trim(), 'a\u0a00b', 'c']);
});

test('a lone surrogate becomes U+FFFD and moves nothing', async () => {
  const readings = await linesOf(memorySource(wide('plain text first\na\ud800b\nc\n', true)));
  expect(readings.map((reading) => reading.is === 'line' && [reading.offset, reading.text])).toEqual([
    [0, 'plain text first'],
    [34, 'a\ufffdb'],
    [42, 'c'],
  ]);
});

test('an odd last byte of UTF-16 is a gap', async () => {
  const readings = await linesOf(memorySource(new Uint8Array([0xff, 0xfe, ...wide('ab', true), 0x63])));
  expect(readings.at(-1)).toEqual({
    is: 'gap',
    reason: 'truncated',
    origin: { offset: 6, length: 1 },
    says: 'expected 2 bytes of UTF-16, stood 1',
  });
});

test('a line that is not UTF-8 is read as Latin-1, the lines around it as UTF-8', async () => {
  const bytes = new Uint8Array([...textBytes('é 1\n'), 0xe9, 0x20, 0x32, 0x80, 0x0a, ...textBytes('\ufffd 3\n')]);
  expect(await textsOf(bytes)).toEqual(['é 1', 'é 2\u0080', '\ufffd 3']);
});

test('a run of NULs is a gap, whole, and ends the line before it', async () => {
  const bytes = textBytes(`cut sho\0\0\0rest\nline\n${'\0'.repeat(70_000)}`);
  expect(await linesOf(memorySource(bytes))).toEqual([
    { is: 'line', offset: 0, length: 7, text: 'cut sho', ended: false },
    { is: 'gap', reason: 'damaged', origin: { offset: 7, length: 3 }, says: 'expected text, stood 3 NUL bytes' },
    { is: 'line', offset: 10, length: 5, text: 'rest', ended: true },
    { is: 'line', offset: 15, length: 5, text: 'line', ended: true },
    {
      is: 'gap',
      reason: 'damaged',
      origin: { offset: 20, length: 70_000 },
      says: 'expected text, stood 70000 NUL bytes',
    },
  ]);
});

test('a run of NULs over several blocks is one gap, whatever the encoding', async () => {
  const size = 3 * LINE_LIMIT + 11;
  for (const order of [true, false]) {
    const bytes = new Uint8Array(2 * size);
    bytes.set(wide('a long enough line before the crash\n', order));
    bytes.set(wide('and one behind\n', order), bytes.length - 30);
    const readings = await linesOf(memorySource(bytes));
    expect(readings.map((reading) => reading.is)).toEqual(['line', 'gap', 'line']);
    expect(readings[1]).toMatchObject({ reason: 'damaged', origin: { offset: 72, length: 2 * size - 102 } });
  }
});

test('a line of just the limit is kept, one byte more is a gap, and the line behind it is read', async () => {
  for (const lead of [0, 5, LINE_LIMIT - 3]) {
    const before = 'x'.repeat(Math.max(0, lead - 1)) + (lead > 0 ? '\n' : '');
    const kept = `${before}${'k'.repeat(LINE_LIMIT - 1)}\nnext\n`;
    expect((await textsOf(textBytes(kept))).slice(-2)).toEqual(['k'.repeat(LINE_LIMIT - 1), 'next']);
    const readings = await linesOf(memorySource(textBytes(`${before}${'k'.repeat(LINE_LIMIT)}\nnext\n`)));
    expect(readings.slice(-2)).toEqual([
      {
        is: 'gap',
        reason: 'limit',
        origin: { offset: lead, length: LINE_LIMIT + 1 },
        says: 'expected a line of at most 1048576 bytes, stood one of 1048577',
      },
      { is: 'line', offset: lead + LINE_LIMIT + 1, length: 5, text: 'next', ended: true },
    ]);
  }
});

test('a line of 100 MB takes two blocks of memory, not 100 MB', async () => {
  const size = 100 * 1024 * 1024;
  const source = madeSource(size, (at) => (at === size - 6 ? 10 : 120));
  let most = 0;
  const watched: ByteSource = {
    ...source,
    readInto: (at, into) => {
      most = Math.max(most, into.buffer.byteLength);
      return source.readInto(at, into);
    },
  };
  const readings = await linesOf(watched);
  expect(readings.map((reading) => reading.is)).toEqual(['gap', 'line']);
  expect(readings[0]).toMatchObject({ reason: 'limit', origin: { offset: 0, length: size - 5 } });
  expect(most).toBeLessThanOrEqual(2 * 1024 * 1024);
});

test('an overlong line that NULs end is a gap up to the NULs', async () => {
  const text = `${'k'.repeat(3 * LINE_LIMIT)}\0\0after\n`;
  const readings = await linesOf(memorySource(textBytes(text)));
  expect(readings.map((reading) => (reading.is === 'gap' ? reading.reason : reading.is))).toEqual([
    'limit',
    'damaged',
    'line',
  ]);
});

test('an overlong line of UTF-16 keeps the units in step', async () => {
  const bytes = wide(`${'k'.repeat(2 * LINE_LIMIT)}\nafter\n`, true);
  const odd = new Uint8Array([0xff, 0xfe, ...bytes, 0x41]);
  const readings = await linesOf(slicedSource(odd, seededDice(3)));
  expect(readings.map((reading) => (reading.is === 'line' ? reading.text : reading.is))).toEqual([
    'structure',
    'gap',
    'after',
    'gap',
  ]);
});

test('a source that is shorter than it said leaves a gap for the rest', async () => {
  const bytes = textBytes('one\ntwo');
  expect(await linesOf({ ...memorySource(bytes), size: 20 })).toEqual([
    { is: 'line', offset: 0, length: 4, text: 'one', ended: true },
    { is: 'line', offset: 4, length: 3, text: 'two', ended: false },
    {
      is: 'gap',
      reason: 'truncated',
      origin: { offset: 7, length: 13 },
      says: 'expected 20 bytes, the source ended after 7',
    },
  ]);
});

test('a source that grew is read up to the size it had when it was opened', async () => {
  expect(await linesOf({ ...memorySource(textBytes('one\ntwo\nthree\n')), size: 6 })).toEqual([
    { is: 'line', offset: 0, length: 4, text: 'one', ended: true },
    { is: 'line', offset: 4, length: 2, text: 'tw', ended: false },
  ]);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('bad sector');
    },
  ],
  ['rejects', () => Promise.reject(new Error('bad sector'))],
])('a source that %s leaves a gap for the rest and keeps what it gave', async (_, fail) => {
  const bytes = textBytes('one\ntwo\n');
  const readings = await linesOf({
    size: 30,
    readInto: (at, into) =>
      at < bytes.length
        ? memorySource(bytes).readInto(at, into.subarray(0, 6 - at > 0 ? 6 - at : 0)) || fail()
        : fail(),
    close: () => Promise.resolve(),
  });
  expect(readings).toEqual([
    { is: 'line', offset: 0, length: 4, text: 'one', ended: true },
    { is: 'line', offset: 4, length: 2, text: 'tw', ended: false },
    {
      is: 'gap',
      reason: 'unreadable',
      origin: { offset: 6, length: 24 },
      says: 'expected 24 more bytes, the source failed to read them',
    },
  ]);
});

test('a source that answers with nonsense ends the artifact', async () => {
  const readings = await linesOf({ size: 9, readInto: () => Number.NaN, close: () => Promise.resolve() });
  expect(readings).toMatchObject([{ is: 'gap', reason: 'truncated', origin: { offset: 0, length: 9 } }]);
});

test('lines over block and window borders are the same as lines in one piece', async () => {
  const lines = Array.from(
    { length: 40_000 },
    (_, at) => `${at} ${'abcdefghij'.repeat(at % 13)}${at % 97 === 0 ? 'é日' : ''}`,
  );
  expect(await textsOf(textBytes(lines.map((line) => `${line}\r\n`).join('')))).toEqual(lines);
});

test('any text comes back as its lines, however the source slices it', async () => {
  const piece = constantFrom('a', 'é', '日', '😀', '\n', '\r\n', '\r', ' ', '\ufeff');
  await assertProperty(
    asyncProperty(array(piece, { maxLength: 60 }), string(), integer(), async (pieces, more, seed) => {
      const text = `.${pieces.join('')}${more.replaceAll('\0', '')}`;
      const bytes = textBytes(text);
      const expected = text.split('\n');
      if (expected.at(-1) === '') expected.pop();
      const clean = expected.map((line) => line.replace(/\r$/, '').replace(/^\ufeff/, ''));
      expect(await textsOf(bytes)).toEqual(clean);
      expect(await linesOf(slicedSource(bytes, seededDice(seed)))).toEqual(await linesOf(memorySource(bytes)));
    }),
    { numRuns: 300 },
  );
});

test('any bytes are tiled by readings', async () => {
  await assertProperty(
    asyncProperty(
      array(constantFrom(0, 10, 13, 65, 0xe9, 0xff, 0xfe, 0xef, 0xbb, 0xbf), { maxLength: 40 }),
      integer(),
      async (bytes, seed) => {
        const whole = await linesOf(memorySource(Uint8Array.from(bytes)));
        expect(await linesOf(slicedSource(Uint8Array.from(bytes), seededDice(seed)))).toEqual(whole);
      },
    ),
    { numRuns: 500 },
  );
});
