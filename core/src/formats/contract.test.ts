import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join, relative, sep } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Format, Reading } from '../model/reading.ts';
import { FORMATS, identify } from './index.ts';
import { memorySource, mutant, readAll, readingJson, seededDice, slicedSource } from './contract.test-support.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url)).replace(/[\\/]$/, '');
const MUTANTS = Number(process.env['AFTERPATCH_MUTANTS'] ?? 200);
const HEAD = 64 * 1024;
/** Text that all records of an artifact may hand out, as a multiple of its bytes; nested and derived fields repeat some. */
const MULTIPLE = 64;

interface Sample {
  /** Below the `samples` folder, without what only encodes it; it is the path that the format is told. */
  readonly path: string;
  readonly golden: string;
  readonly bytes: Uint8Array;
}

test('every format that has a folder is in the list of formats', () => {
  const folders = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) =>
    existsSync(`${FOLDER}/${entry.name}/format.ts`),
  );
  expect(FORMATS.map((format) => format.name).toSorted()).toEqual(folders.map((folder) => folder.name).toSorted());
});

describe.each(FORMATS.map((format) => [format.name, format] as const))('%s', (name, format) => {
  const samples = samplesOf(name);

  test('has samples, and says where they come from', () => {
    expect(samples.length).toBeGreaterThan(0);
    expect(existsSync(`${FOLDER}/${name}/samples/SOURCES.md`)).toBe(true);
  });

  describe.each(samples.map((sample) => [sample.path, sample] as const))('%s', (_, sample) => {
    test('is taken for what it is', () => {
      expect(identify(sample.bytes.subarray(0, HEAD), sample.path)?.name).toBe(name);
    });

    test('reads to its golden file', async () => {
      const lines = await readLines(format, sample);
      const text = lines.map((line) => `${line}\n`).join('');
      if (process.env['AFTERPATCH_GOLDEN'] === 'write') writeFileSync(sample.golden, text);
      expect(existsSync(sample.golden), 'npm run golden writes the missing golden file').toBe(true);
      expect(text).toBe(readFileSync(sample.golden, 'utf8'));
    });

    test('every byte is in exactly one reading, or the tree reaches no further than its bytes', async () => {
      expectConserved(format, await readAll(format, memorySource(sample.bytes), sample.path), sample.bytes.length);
    });

    test('a record read again by its place gives the same excerpt and the same bytes', async () => {
      const first = await readAll(format, memorySource(sample.bytes), sample.path);
      const again = await readAll(format, slicedSource(sample.bytes, seededDice(7)), sample.path);
      const places = new Map(again.map((reading) => [placeOf(reading), reading]));
      const copy = sample.bytes.slice();
      for (const reading of first) {
        if (reading.is !== 'record') continue;
        const twin = places.get(placeOf(reading));
        expect(twin?.is === 'record' ? twin.excerpt() : twin).toBe(reading.excerpt());
        expect(reading.excerpt().length).toBeLessThanOrEqual(400);
        expect(digest(copy, reading)).toBe(digest(sample.bytes, reading));
      }
    });

    test('how the source slices its answers changes nothing', async () => {
      const whole = await readLines(format, sample);
      for (const seed of [1, 2, 3]) {
        const readings = await readAll(format, slicedSource(sample.bytes, seededDice(seed)), sample.path);
        expect(readings.map(readingJson)).toEqual(whole);
      }
    });

    test('a source that shrinks while it is read is no exception', async () => {
      const kept = sample.bytes.subarray(0, sample.bytes.length >> 1);
      const readings = await readAll(format, { ...memorySource(kept), size: sample.bytes.length }, sample.path);
      expectConserved(format, readings, sample.bytes.length);
    });
  });

  test(`stays calm over ${MUTANTS} damaged samples`, async () => {
    const dice = seededDice(seedOf(name));
    for (let round = 0; round < MUTANTS; round++) {
      const sample = samples.at(dice(Math.max(1, samples.length)));
      if (sample === undefined) continue;
      const bytes = mutant(sample.bytes, dice);
      const whole = await readAll(format, memorySource(bytes), sample.path);
      expectConserved(format, whole, bytes.length);
      const lines = whole.map(readingJson);
      const text = lines.reduce((sum, line) => sum + line.length, 0);
      expect(text, `mutant ${round} of ${sample.path}`).toBeLessThan(MULTIPLE * (bytes.length + 1024));
      const sliced = await readAll(format, slicedSource(bytes, dice), sample.path);
      expect(sliced.map(readingJson), `mutant ${round} of ${sample.path}`).toEqual(lines);
    }
  });

  test('an artifact without bytes gives no record', async () => {
    const readings = await readAll(format, memorySource(new Uint8Array()), 'empty');
    expect(readings.filter((reading) => reading.is === 'record')).toEqual([]);
    expectConserved(format, readings, 0);
  });
});

function expectConserved(format: Format, readings: readonly Reading[], size: number): void {
  let end = 0;
  for (const { origin, is } of readings) {
    const { offset, length } = origin;
    if (format.shape === 'sequential' && (offset !== end || (length === 0 && size > 0))) {
      expect.fail(`expected a reading at ${end}, stood a ${is} of ${length} bytes at ${offset}`);
    }
    if (offset < 0 || length < 0 || offset + length > size)
      expect.fail(`${is} at ${offset} reaches ${length} bytes, past ${size}`);
    end = offset + length;
  }
  if (format.shape === 'sequential' && end !== size)
    expect.fail(`expected readings up to ${size}, the last ends at ${end}`);
}

async function readLines(format: Format, sample: Sample): Promise<string[]> {
  return (await readAll(format, memorySource(sample.bytes), sample.path)).map(readingJson);
}

function samplesOf(name: string): Sample[] {
  const folder = `${FOLDER}/${name}/samples`;
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'SOURCES.md' && !entry.name.endsWith('.expected.jsonl'))
    .map((entry) => sampleOf(folder, relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/')))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function sampleOf(folder: string, file: string): Sample {
  const raw = readFileSync(`${folder}/${file}`);
  const encoded = file.endsWith('.gz.b64');
  const path = encoded ? file.slice(0, -'.gz.b64'.length) : file;
  const bytes = encoded ? gunzipSync(Buffer.from(raw.toString('latin1'), 'base64')) : raw;
  return { path, golden: `${folder}/${path.replace(/\.[^./]*$/, '')}.expected.jsonl`, bytes: Uint8Array.from(bytes) };
}

function placeOf(reading: Reading): string {
  return `${reading.is} ${reading.origin.offset} ${reading.origin.length}`;
}

function digest(bytes: Uint8Array, { origin }: Reading): string {
  return createHash('sha256')
    .update(bytes.subarray(origin.offset, origin.offset + origin.length))
    .digest('hex');
}

function seedOf(name: string): number {
  return Array.from(name).reduce((seed, letter) => (Math.imul(seed, 31) + letter.charCodeAt(0)) >>> 0, 1);
}
