import { expect, test } from 'vitest';

import { CHUNK_SIZE } from './chunk.ts';
import { gapsOf, read, recordsOf, sealed, tiles } from './chunk.test-support.ts';

/** Chunks no Windows writes: each stands for far more than its 64 KiB. Written by hand, because the writer refuses them. */
class CraftedChunk {
  readonly bytes = new Uint8Array(CHUNK_SIZE);
  readonly #view = new DataView(this.bytes.buffer);
  at = 512;
  #records = 0;

  put(...bytes: readonly number[]): void {
    for (const byte of bytes) this.bytes[this.at++] = byte;
  }

  word(value: number): void {
    this.#view.setUint32(this.at, value, true);
    this.at += 4;
  }

  /** A name in place: its offset, and behind it next name, hash, length, characters, NUL. */
  name(text: string): void {
    this.word(this.at + 4);
    let hash = 0;
    for (let index = 0; index < text.length; index++)
      hash = (Math.imul(hash, 65599) + text.charCodeAt(index)) & 0xffffffff;
    this.word(0);
    this.put(hash & 0xff, (hash >> 8) & 0xff, text.length, 0);
    for (let index = 0; index < text.length; index++) this.put(text.charCodeAt(index), 0);
    this.put(0, 0);
  }

  /** Fills in a size of 32 bits in front of what `content` writes. */
  sized(content: () => void): void {
    const place = this.at;
    this.word(0);
    content();
    this.#view.setUint32(place, this.at - place - 4, true);
  }

  record(content: () => void): void {
    const start = this.at;
    this.word(0x2a2a);
    this.word(0);
    this.word(++this.#records);
    this.word(0);
    this.word(0);
    this.word(30_800_000);
    this.put(...FRAGMENT);
    content();
    this.put(0);
    this.word(this.at + 4 - start);
    this.#view.setUint32(start + 4, this.at - start, true);
  }

  /** @returns its chunk offset */
  definition(content: () => void): number {
    const offset = this.at;
    this.word(0);
    for (let part = 0; part < 4; part++) this.word(IDENTITY);
    this.sized(() => {
      this.put(...FRAGMENT);
      content();
      this.put(0);
    });
    return offset;
  }

  /** An instance without values. */
  instance(definition: number): void {
    this.put(0x0c, 1);
    this.word(IDENTITY);
    this.word(definition);
    this.word(0);
  }

  seal(): Uint8Array {
    this.bytes.set(new TextEncoder().encode('ElfChnk'));
    this.#view.setUint32(40, 128, true);
    this.#view.setUint32(48, this.at, true);
    return sealed(this.bytes);
  }
}

const FRAGMENT = [0x0f, 1, 1, 0];
const IDENTITY = 7;
/** Far more than reading takes, far less than walking through all of it would. */
const PATIENCE = 3_000;

async function readInTime(chunk: Uint8Array): Promise<{ records: number; reasons: ReadonlySet<string> }> {
  const begin = performance.now();
  const readings = await read(chunk);
  for (const record of recordsOf(readings)) for (const name of record.fields()) record.get(name);
  expect(performance.now() - begin).toBeLessThan(PATIENCE);
  expect(tiles(readings, chunk.length)).toBe(true);
  return { records: recordsOf(readings).length, reasons: new Set(gapsOf(readings).map((gap) => gap.reason)) };
}

/** Each definition has two instances of the one before it; the first is an event, or nothing at all. */
function doubling(levels: number, innermost: 'event' | 'nothing'): { chunk: CraftedChunk; last: number } {
  const chunk = new CraftedChunk();
  chunk.at = 30_000;
  let last = chunk.definition(() => {
    if (innermost === 'nothing') return;
    chunk.put(0x01, 0xff, 0xff);
    chunk.word(0);
    chunk.name('Event');
    chunk.put(0x03);
  });
  for (let level = 1; level < levels; level++) {
    const inner = last;
    last = chunk.definition(() => {
      chunk.instance(inner);
      chunk.instance(inner);
    });
  }
  return { chunk, last };
}

test.each([24, 28, 60])(
  'templates in templates, doubling %d times around nothing, are given up in time',
  async (levels) => {
    const { chunk, last } = doubling(levels, 'nothing');
    const end = chunk.at;
    chunk.at = 512;
    chunk.record(() => chunk.instance(last));
    chunk.at = end;
    expect(await readInTime(chunk.seal())).toMatchObject({ records: 0 });
  },
);

test('hundreds of records of templates that double around an event are each given up in time', async () => {
  const { chunk, last } = doubling(20, 'event');
  const end = chunk.at;
  chunk.at = 512;
  while (chunk.at < 29_000) chunk.record(() => chunk.instance(last));
  chunk.at = end;
  expect(await readInTime(chunk.seal())).toEqual({ records: 0, reasons: new Set(['limit', 'damaged']) });
});

test.each([24, 28, 30])(
  'a value that is BinXML, shown eight times, %d levels deep, is given up in time',
  async (levels) => {
    const chunk = new CraftedChunk();
    let definition = 0;
    const level = (below: number): void => {
      chunk.put(...FRAGMENT, 0x0c, 1);
      chunk.word(IDENTITY);
      if (definition === 0) {
        chunk.word(chunk.at + 4);
        definition = chunk.definition(() => {
          chunk.put(0x01, 0xff, 0xff);
          chunk.word(0);
          chunk.name('Event');
          chunk.put(0x02);
          for (let time = 0; time < 8; time++) chunk.put(0x0d, 0, 0, 0x21);
          chunk.put(0x04);
        });
      } else chunk.word(definition);
      chunk.word(1);
      const place = chunk.at;
      chunk.put(0, 0, 0x21, 0);
      if (below > 0) level(below - 1);
      const size = chunk.at - place - 4;
      chunk.bytes[place] = size & 0xff;
      chunk.bytes[place + 1] = size >> 8;
      chunk.put(0);
    };
    chunk.record(() => level(levels));
    expect(await readInTime(chunk.seal())).toEqual({ records: 0, reasons: new Set(['limit']) });
  },
);

test('an array of single bytes in many attributes counts as the words it becomes', async () => {
  const chunk = new CraftedChunk();
  const values = 4_000;
  chunk.record(() => {
    chunk.put(0x0c, 1);
    chunk.word(IDENTITY);
    chunk.word(chunk.at + 4);
    chunk.definition(() => {
      chunk.put(0x01, 0xff, 0xff);
      chunk.word(0);
      chunk.name('Event');
      chunk.put(0x02);
      for (let element = 0; element < 100; element++) {
        chunk.put(0x41, 0xff, 0xff);
        chunk.word(0);
        chunk.name('a');
        chunk.word(0);
        chunk.put(0x06);
        chunk.name('b');
        chunk.put(0x0d, 0, 0, 0x84, 0x03);
      }
      chunk.put(0x04);
    });
    chunk.word(1);
    chunk.put(values & 0xff, values >> 8, 0x84, 0);
    chunk.at += values;
  });
  expect(await readInTime(chunk.seal())).toEqual({ records: 0, reasons: new Set(['limit']) });
});
