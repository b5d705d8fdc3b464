import { describe, expect, test } from 'vitest';
import { memorySource, readAll, slicedSource, seededDice, textBytes } from '../contract.test-support.ts';
import { identify } from '../index.ts';
import { ELEMENT_LIMIT } from './element-splitter.ts';
import { read, records, gaps, only, row, lines } from './event-rows.test-support.ts';
import { eventJson } from './format.ts';

/** An object with brackets within brackets. */
function deep(levels: number): string {
  return `{"a":${'['.repeat(levels - 1)}1${']'.repeat(levels - 1)},"EventID":1,"Channel":"x"}`;
}

function recognised(text: string): boolean {
  return eventJson.recognises(textBytes(text), 'x.json');
}

describe('recognition', () => {
  test('events are known on one line, in arrays, over many lines, behind byte order marks and syslog heads', () => {
    const text = JSON.stringify(row());
    const pretty = JSON.stringify([row()], undefined, 2);
    for (const each of [
      text,
      `[${text}]`,
      pretty,
      `\ufeff${text}`,
      `Record 1\n${pretty.slice(2, -2)}`,
      `<14>Mar  3 06:10:00 ex01 nxlog: ${text}`,
    ])
      expect(recognised(each), each.slice(0, 40)).toBe(true);
    expect(eventJson.recognises(Uint8Array.from(Buffer.from(`\ufeff${text}`, 'utf16le')), 'x')).toBe(true);
    expect(recognised(`{"took":1,"hits":{"total":1,"hits":[{"_index":"w","_source":${text}}]}}`)).toBe(true);
    expect(recognised(`{"index":{"_index":"w"}}\n${text}\n`)).toBe(true);
  });

  test('an event larger than the head is known by its keys', () => {
    const text = JSON.stringify(row({ ScriptBlockText: 'x'.repeat(100_000) }));
    expect(recognised(text.slice(0, 65_536))).toBe(true);
  });

  test('file listings, settings, other logs and pages are no events', () => {
    expect(recognised('{"FullPath":"C:\\\\x","Size":3,"Mtime":"2021-03-03T06:10:00Z"}\n')).toBe(false);
    expect(recognised('{"name":"web","version":"1.0"}')).toBe(false);
    expect(recognised('{"EventID":4}')).toBe(false);
    expect(recognised('<html>{"EventID":4,"Channel":"x"}')).toBe(false);
    expect(recognised('function x() {"EventID":4,"Channel":"x"}')).toBe(false);
    expect(recognised('')).toBe(false);
    expect(identify(textBytes('{"FullPath":"C:\\\\x","Size":3,"Mtime":"2021-03-03T06:10:00Z"}\n'), 'x')?.name).toBe(
      'file-manifest',
    );
  });
});

describe('objects', () => {
  test('one after the other, in arrays within arrays, with nothing between them, all are read', async () => {
    const [a, b, c] = [1, 2, 3].map((EventRecordID) => JSON.stringify(row({ EventRecordID })));
    for (const text of [
      `${a}${b}${c}`,
      `[[${a},${b}],\n[${c}]]`,
      `${a}\n\n\n${b}\r\n  ${c}`,
      `[${a},${b}]\n[${c}]`,
      `\t[ ${a} , ${b} , ${c} ]`,
    ]) {
      const found = await records(text);
      expect(found.map((record) => record.get('EventRecordID'))).toEqual(['1', '2', '3']);
    }
  });

  test('a cut line costs itself only, wherever it was cut', async () => {
    const [a, b, c] = [1, 2, 3].map((EventRecordID) =>
      JSON.stringify({ ...row(), Properties: [{ a: 'x{"' }], EventRecordID }),
    );
    for (let cut = 1; cut < (b ?? '').length; cut += 1) {
      const found = await read(`${a}\n${b?.slice(0, cut)}\n${c}\n`);
      expect(
        found.filter((reading) => reading.is === 'gap'),
        `cut ${cut}`,
      ).toHaveLength(1);
      expect(found.filter((reading) => reading.is === 'record').map((record) => record.get('EventRecordID'))).toEqual([
        '1',
        '3',
      ]);
    }
  });

  test('a cut object printed over many lines costs itself only', async () => {
    const rows = [1, 2, 3].map((EventRecordID) => ({
      ...row(),
      Properties: [{ a: 1 }, { b: { c: [] } }],
      EventRecordID,
    }));
    const printed = JSON.stringify(rows, undefined, 2).split('\n');
    const second = printed.findIndex((line, index) => index > 2 && line === '  {');
    for (let drop = second + 1; printed[drop] !== '  },'; drop += 1) {
      const text = [...printed.slice(0, drop), ...printed.slice(printed.indexOf('  },', second) + 1)].join('\n');
      const found = (await read(text)).filter((reading) => reading.is === 'record');
      expect(
        found.map((record) => record.get('EventRecordID')),
        `from line ${drop}`,
      ).toEqual(['1', '3']);
    }
  });

  test('numbers, texts and prose between events are gaps, and the events are read', async () => {
    const text = `[1, "a{b", ${JSON.stringify(row())}, null]\nwords, and more: {not\n${JSON.stringify(row({ EventID: 1 }))}\n`;
    const found = await read(text);
    expect(found.filter((reading) => reading.is === 'gap').map(({ reason }) => reason)).not.toContain('fault');
    expect((await records(text)).map((record) => record.get('EventID'))).toContain('1');
    expect((await gaps('just words\n'))[0]).toMatchObject({
      reason: 'damaged',
      says: 'expected an object, stood 11 bytes of other text',
    });
  });

  test('members of a damaged event never stand as an event of their own', async () => {
    const text = `{\n  "Event": {\n    "x": "broken\n    "System": {\n      "EventID": 4624,\n      "Channel": "Security",\n      "Computer": "a"\n    }\n  }\n}\n`;
    expect(await records(text)).toEqual([]);
    expect(await gaps(text)).toHaveLength(1);
  });

  test('zeroes of a crash are a gap, within an event and between events', async () => {
    const text = JSON.stringify(row());
    expect((await read(`${text}\n${'\0'.repeat(5000)}\n${text.replace('4624', '1')}\n`)).map(({ is }) => is)).toEqual([
      'record',
      'gap',
      'record',
    ]);
    expect((await read(`${text.slice(0, 40)}${'\0'.repeat(5000)}\n${text}\n`)).map(({ is }) => is)).toEqual([
      'gap',
      'record',
    ]);
  });

  test('an object over 4 MiB is a gap, and what follows is read', async () => {
    const large = JSON.stringify(row({ CommandLine: 'x'.repeat(ELEMENT_LIMIT) }));
    const found = await read(`${large}\n${JSON.stringify(row())}\n`);
    expect(found.map((reading) => (reading.is === 'gap' ? reading.reason : reading.is))).toEqual(['limit', 'record']);
    const fits = JSON.stringify(row({ CommandLine: 'x'.repeat(ELEMENT_LIMIT - 1000) }));
    expect(await records(fits)).toHaveLength(1);
  });

  test('an object that is 65 deep is a gap, one of a million brackets too', async () => {
    expect(await records(deep(64))).toHaveLength(1);
    expect(await gaps(deep(65))).toMatchObject([
      { reason: 'limit', says: 'expected an object at most 64 deep, stood one of 65' },
    ]);
    expect(await gaps(`${deep(1_000_000)}\n`)).toMatchObject([{ reason: 'limit' }]);
  });

  test('members named __proto__ and constructor are members like others', async () => {
    const [record] = await records('{"__proto__":{"EventID":9},"constructor":"c","EventID":1,"Channel":"x"}\n');
    expect(record?.get('constructor')).toBe('c');
    expect(record?.get('Export/__proto__')).toBe('{"EventID":9}');
    expect(record?.get('toString')).toBeUndefined();
    expect(record?.get('EventID')).toBe('1');
    expect(await records('{"__proto__":{"EventID":9,"Channel":"x"}}\n')).toEqual([]);
  });

  test('a key that stands twice has both values', async () => {
    const [record] = await records(
      '{"EventID":1,"Channel":"x","Image":"a","Image":"b","Image":"a","n":{"k":1,"k":2}}\n',
    );
    expect(record?.get('Image')).toEqual(['a', 'b']);
    expect(record?.get('n.k')).toEqual(['1', '2']);
  });

  test('numbers keep all of their digits', async () => {
    const [record] = await records(
      '{"EventID":1,"Channel":"x","Keywords":9232379236109516800,"A":12345678901234567890,"B":-9007199254740993,"C":1.5,"D":"9007199254740993"}\n',
    );
    expect(['A', 'B', 'C', 'D', 'Keywords'].map((name) => record?.get(name))).toEqual([
      '12345678901234567890',
      '-9007199254740993',
      '1.5',
      '9007199254740993',
      '0x8020000000000000',
    ]);
  });

  test('a number beyond all doubles is kept as it stands, one with an exponent within them is its value', async () => {
    const [record] = await records(
      '{"EventID":4.624e3,"Channel":"x","A":1e999,"B":-1E+400,"C":true,"D":1e5,"E":[1e999]}\n',
    );
    expect(['EventID', 'A', 'B', 'C', 'D', 'E'].map((name) => record?.get(name))).toEqual([
      '4624',
      '1e999',
      '-1E+400',
      'true',
      '100000',
      '1e999',
    ]);
    expect(await gaps('{"EventID":1,"Channel":"x","A":1e}\n')).toMatchObject([{ reason: 'damaged' }]);
  });

  test('halves of surrogate pairs, escaped or not, are text', async () => {
    const [record] = await records('{"EventID":1,"Channel":"x","A":"a\\ud800b","B":"\\udc00"}\n');
    expect(record?.get('A')).toBe('a\ud800b');
    expect(record?.excerpt()).toContain('a\\ud800b');
    const wide = Uint8Array.from(Buffer.from('\ufeff{"EventID":1,"Channel":"x","A":"\ud800"}\n', 'utf16le'));
    const found = (await readAll(eventJson, memorySource(wide), 'x')).filter((reading) => reading.is === 'record');
    expect(found.map((each) => each.get('EventID'))).toEqual(['1']);
  });

  test('many members with long names do not multiply', async () => {
    const inner = Object.fromEntries(
      Array.from({ length: 15_000 }, (_, index) => [`k${index}`, { [`k${'y'.repeat(200)}`]: { a: index } }]),
    );
    const record = await only(row({ inner }));
    expect(record.fields().length).toBeLessThan(4200);
  });
});

describe('copies', () => {
  test('an object that stands again, byte for byte, is structure', async () => {
    const text = lines(row(), row(), row({ EventID: 1 }), row());
    expect((await read(text)).map((reading) => (reading.is === 'structure' ? reading.name : reading.is))).toEqual([
      'record',
      'duplicate',
      'record',
      'duplicate',
    ]);
  });

  test('one more digit makes another event', async () => {
    expect(await records(lines(row({ EventRecordID: 1 }), row({ EventRecordID: 11 })))).toHaveLength(2);
  });
});

test('a line of 100 MB between two events is a gap, and costs no more memory than any other', async () => {
  const [head, tail] = [
    `${JSON.stringify(row())}\n{"EventID":1,"Channel":"x","A":"`,
    `"}\n${JSON.stringify(row({ EventID: 1 }))}\n`,
  ].map(textBytes);
  const middle = 100_000_000;
  const at = [head?.length ?? 0, (head?.length ?? 0) + middle];
  const size = (at[1] ?? 0) + (tail?.length ?? 0);
  let most = 0;
  const source = {
    size,
    close: () => Promise.resolve(),
    readInto: (from: number, into: Uint8Array) => {
      most = Math.max(most, into.buffer.byteLength);
      into.fill(0x79);
      for (const [text, start] of [
        [head, 0],
        [tail, at[1] ?? 0],
      ] as const)
        for (const [index, byte] of (text ?? new Uint8Array()).entries())
          if (start + index >= from && start + index < from + into.length) into[start + index - from] = byte;
      return Math.min(into.length, size - from);
    },
  };
  const found = await readAll(eventJson, source, 'x');
  expect(found.map((reading) => (reading.is === 'gap' ? reading.reason : reading.is))).toEqual([
    'record',
    'limit',
    'record',
  ]);
  expect(found[1]?.origin.length).toBeGreaterThan(middle);
  expect(most).toBeLessThanOrEqual(8 * 1024 * 1024);
});

test('lines, an array that is never closed and a binary tail in one file are read as far as they go', async () => {
  const text = `${lines(row({ EventRecordID: 1 }))}[${JSON.stringify(row({ EventRecordID: 2 }))},\n${JSON.stringify(row({ EventRecordID: 3 }))},\n`;
  const tail = Uint8Array.from({ length: 5000 }, (_, index) => (index * 167 + (index >> 3)) % 256);
  const bytes = Uint8Array.from([...textBytes(text), ...tail]);
  const found = await readAll(eventJson, memorySource(bytes), 'x');
  const ids = found.flatMap((reading) => (reading.is === 'record' ? [reading.get('EventRecordID')] : []));
  expect(ids).toEqual(['1', '2', '3']);
  expect(found.some(({ is }) => is === 'gap')).toBe(true);
  const last = found.at(-1)?.origin;
  expect((last?.offset ?? 0) + (last?.length ?? 0)).toBe(bytes.length);
});

test('a run of brackets or commas where an event should stand is a gap, however the file goes on', async () => {
  const text = JSON.stringify(row());
  const other = JSON.stringify(row({ EventRecordID: 2 }));
  for (const signs of ['['.repeat(100_000), ']'.repeat(100), '[],'.repeat(50), ','.repeat(70), '[ \n'.repeat(90)]) {
    expect(await gaps(`[${text},${signs}${other}]`), signs.slice(0, 4)).toMatchObject([{ reason: 'damaged' }]);
    expect(await records(`[${text},${signs}${other}]`)).toHaveLength(2);
    expect((await gaps(`[${text},${signs}`)).map((gap) => gap.reason)).toEqual(['damaged']);
  }
  expect(await gaps(`[${text},[[[`)).toMatchObject([
    { reason: 'truncated', says: 'array is not closed where the text ends', origin: { length: 3 } },
  ]);
  expect(await gaps(`[[[${text}],[],[${other}]]]\n`)).toEqual([]);
});

test('objects that are no events are one gap where they stand together, however many there are', async () => {
  const text = `${JSON.stringify(row())}\n${'{}'.repeat(200_000)}\n${'{"a":1}'.repeat(50_000)}\n${JSON.stringify(row())}\n`;
  const found = await read(text);
  expect(found.filter((reading) => reading.is === 'record')).toHaveLength(1);
  expect(found.filter((reading) => reading.is === 'gap').every(({ reason }) => reason === 'unsupported')).toBe(true);
  expect(found.length).toBeLessThan(400);
});

test('entities in XML are not declared and not expanded beyond the five', async () => {
  const xml =
    '<!DOCTYPE x [<!ENTITY a "b">]><EventData><Data Name="A">&a;&lt;&#x41;&#65;</Data><Data Name="B"><![CDATA[<x>]]></Data></EventData>';
  const record = await only(row({ EventData: xml }));
  expect(record.get('A')).toBe('&a;<AA');
  expect(record.get('B')).toBe('<x>');
});

test('blocks of a mebibyte are no borders of objects', async () => {
  const rows = Array.from({ length: 9000 }, (_, index) =>
    row({ EventRecordID: index, CommandLine: `é${'\\"{'.repeat(index % 97)}` }),
  );
  for (const text of [
    lines(...rows),
    JSON.stringify(rows, undefined, 1),
    `{"a":1,"results":${JSON.stringify(rows)},"b":{}}`,
  ]) {
    expect(text.length).toBeGreaterThan(2.2e6);
    const found = (await readAll(eventJson, slicedSource(textBytes(text), seededDice(3)), 'x')).filter(
      (reading) => reading.is === 'record',
    );
    expect(found.map((record) => record.get('EventRecordID'))).toEqual(rows.map((_, index) => String(index)));
  }
});

test('a file of brackets, of quotes or of braces only is read in time that grows with its size', async () => {
  for (const piece of ['[', '{', '"', '{"a":', '[{', '},{', ',', '\n{', '\\"', ' ']) {
    const text = piece.repeat(Math.floor(3_000_000 / piece.length));
    const readings = await read(text);
    const end = readings.at(-1)?.origin;
    expect((end?.offset ?? 0) + (end?.length ?? 0)).toBe(text.length);
    expect(readings.every((reading) => reading.is !== 'record')).toBe(true);
  }
}, 20_000);
