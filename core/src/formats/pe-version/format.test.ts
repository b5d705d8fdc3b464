import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import type { ByteSource } from '../../model/evidence.ts';
import type { EvidenceRecord, Reading } from '../../model/reading.ts';
import { type PeSpec, writePe } from '../../specimen/pe-writer.ts';
import { peVersion } from './format.ts';

const FRONT_END: PeSpec = {
  fileVersion: '15.1.2176.2',
  productVersion: '15.1.2176.9',
  strings: {
    CompanyName: 'Microsoft Corporation',
    FileVersion: '15.01.2176.002',
    InternalName: 'Microsoft.Exchange.FrontEndHttpProxy',
    Empty: '',
    ProductName: 'Microsoft® Exchange',
  },
};

function sourceOf(bytes: Uint8Array, count?: { reads: number; bytes: number }): ByteSource {
  return {
    size: bytes.length,
    readInto(at, into) {
      const part = bytes.subarray(at, at + into.length);
      into.set(part);
      if (count !== undefined) {
        count.reads += 1;
        count.bytes += part.length;
      }
      return part.length;
    },
    close: () => Promise.resolve(),
  };
}

async function read(source: ByteSource): Promise<Reading[]> {
  const all: Reading[] = [];
  for await (const batch of peVersion.read(source, { path: 'x.dll' })) all.push(...batch);
  for (const { origin } of all) {
    expect(origin.offset).toBeGreaterThanOrEqual(0);
    expect(origin.length).toBeGreaterThanOrEqual(0);
    expect(origin.offset + origin.length).toBeLessThanOrEqual(source.size);
  }
  return all;
}

const records = (all: readonly Reading[]): EvidenceRecord[] => all.filter((reading) => reading.is === 'record');
const gaps = (all: readonly Reading[]): string[] =>
  all.filter((reading) => reading.is === 'gap').map((gap) => `${gap.reason}: ${gap.says}`);
const fields = (record: EvidenceRecord | undefined): unknown =>
  Object.fromEntries(record?.fields().map((field) => [field, record.get(field)]) ?? []);

function changed(at: number, ...values: readonly number[]): Uint8Array {
  const bytes = writePe(FRONT_END);
  bytes.set(values, at);
  return bytes;
}

function readChanged(at: number, ...values: readonly number[]): Promise<Reading[]> {
  return read(sourceOf(changed(at, ...values)));
}

test('the two versions are the numbers of the fixed part, the strings keep their names', async () => {
  const bytes = writePe(FRONT_END);
  expect(peVersion.recognises(bytes, 'x')).toBe(true);
  const all = await read(sourceOf(bytes));
  expect(gaps(all)).toEqual([]);
  const [record] = records(all);
  expect(record).toMatchObject({ kind: 'pe.version', source: undefined, at: undefined, host: undefined });
  expect(fields(record)).toEqual({
    FileVersion: '15.1.2176.2',
    ProductVersion: '15.1.2176.9',
    CompanyName: 'Microsoft Corporation',
    FileVersionText: '15.01.2176.002',
    InternalName: 'Microsoft.Exchange.FrontEndHttpProxy',
    ProductName: 'Microsoft® Exchange',
  });
  expect(record?.excerpt()).toMatch(
    /^FileVersion=15\.1\.2176\.2; ProductVersion=15\.1\.2176\.9; CompanyName=Microsoft/,
  );
  const view = new DataView(bytes.buffer);
  expect(view.getUint16(record?.origin.offset ?? 0, true)).toBe(record?.origin.length);
});

test('a large library costs a few small reads', async () => {
  const count = { reads: 0, bytes: 0 };
  const all = await read(sourceOf(writePe({ ...FRONT_END, padding: new Uint8Array(32 * 1024 * 1024) }), count));
  expect(records(all)).toHaveLength(1);
  expect(count.reads).toBeLessThanOrEqual(12);
  expect(count.bytes).toBeLessThan(8192);
});

// A console program of GNU ld 2.40 for i686 with a resource of windres: another compiler, PE32, several sections.
test('a program of another maker, PE32, reads too', async () => {
  const packed = readFileSync(join(import.meta.dirname, 'samples', 'windres-i686.exe.gz.b64'), 'latin1');
  const bytes = gunzipSync(Buffer.from(packed, 'base64'));
  const all = await read(sourceOf(bytes));
  expect(gaps(all)).toEqual([]);
  expect(fields(records(all)[0])).toEqual({
    FileVersion: '1.22.333.65535',
    ProductVersion: '4.3.2.1',
    CompanyName: 'Nobody',
    FileVersionText: 'one point twenty-two',
    OriginalFilename: 'windres-i686.exe',
  });
});

test('a library without a version resource gives neither record nor gap', async () => {
  for (const all of [
    await readChanged(0x80 + 24 + 112 + 16, 0, 0, 0, 0),
    await readChanged(0x80 + 24 + 108, 2),
    await readChanged(0x200 + 16, 15),
    await readChanged(0x200 + 14, 0),
  ]) {
    expect(all.map((reading) => reading.is)).toEqual(['structure']);
  }
});

test('what is broken is told with what stood there', async () => {
  for (const [bytes, says] of [
    [changed(0x80, 0x4e), 'damaged: expected the signature PE, stood something else'],
    [changed(0x80 + 6, 97), 'limit: expected at most 96 sections, the header names 97'],
    [changed(0x80 + 24, 7, 1), 'damaged: expected an optional header of PE32 or PE32+, its magic is 263'],
    [
      changed(0x80 + 24 + 112 + 16, 0, 0, 0x70),
      'damaged: expected a resource directory in a section, virtual address 7340032 is in none',
    ],
    [changed(0x200 + 14, 1, 0x20), 'limit: expected at most 4096 entries of a resource directory, it names 8193'],
    [changed(0x200 + 23, 0), 'damaged: expected a directory of names, stood a resource'],
    [
      changed(0x200 + 2 * 24 + 23, 0x80),
      'damaged: expected a resource in the third directory, stood a fourth directory',
    ],
    [
      changed(0x200 + 72, 0xff, 0xff),
      'damaged: expected the version resource in a section, virtual address 65535 is in none',
    ],
    [changed(0x200 + 88 + 6, 0x58), 'damaged: expected the block VS_VERSION_INFO, stood something else'],
    [writePe(FRONT_END).subarray(0, 0x238), 'truncated: expected 16 bytes of a resource directory, stood 8'],
    [writePe(FRONT_END).subarray(0, 0x90), 'truncated: expected 24 bytes of the PE header, stood 16'],
    [new Uint8Array(3), 'truncated: expected 64 bytes of the DOS header, stood 3'],
  ] as const) {
    const all = await read(sourceOf(bytes));
    expect(gaps(all), says).toEqual([says]);
    expect(records(all)).toEqual([]);
  }
});

test('a broken string table does not cost the version', async () => {
  const bytes = writePe(FRONT_END);
  const at = Buffer.from(bytes).indexOf(Buffer.from('StringFileInfo', 'utf16le')) - 6;
  bytes[at + 1] = 0xff;
  const all = await read(sourceOf(bytes));
  expect(fields(records(all)[0])).toEqual({ FileVersion: '15.1.2176.2', ProductVersion: '15.1.2176.9' });
  expect(gaps(all)).toEqual(['damaged: expected a block of the version resource, its length does not fit']);
});

test('a source that fails is a gap', async () => {
  const source: ByteSource = {
    size: 4096,
    readInto() {
      throw new Error('EIO');
    },
    close: () => Promise.resolve(),
  };
  expect(gaps(await read(source))).toEqual(['unreadable: expected the DOS header, the source failed to read it']);
});

test('any byte may be overwritten: nothing throws, and little is read', async () => {
  const bytes = writePe(FRONT_END);
  for (let at = 0; at < bytes.length; at++) {
    for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
      const mutant = bytes.slice();
      mutant[at] = value;
      const count = { reads: 0, bytes: 0 };
      const all = await read(sourceOf(mutant, count));
      for (const record of records(all)) fields(record);
      // A read that ends early is asked once more.
      expect(count.reads).toBeLessThanOrEqual(13);
    }
  }
});

test('only what begins as a Portable Executable is taken for one', () => {
  expect(peVersion.recognises(changed(0x80, 0), 'x.dll')).toBe(false);
  expect(peVersion.recognises(changed(0), 'x.dll')).toBe(true);
  expect(peVersion.recognises(changed(0x3c, 0xff, 0xff, 0xff, 0xff), 'x.dll')).toBe(false);
  expect(peVersion.recognises(new TextEncoder().encode('MZ is a good way to begin a text'), 'x.dll')).toBe(false);
});
