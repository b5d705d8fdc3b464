import { existsSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { ByteSink } from '../../specimen/byte-sink.ts';
import { nameHash } from '../../specimen/evtx-template.ts';
import { gapsOf, nth, read, recordsOf, sealed } from './chunk.test-support.ts';
import { EventRecord } from './event-record.ts';
import { evtx } from './format.ts';

/** BinXML by hand: tokens and the structures that tokens lead to, at the place where the sink stands. */
class BinXmlSink extends ByteSink {
  fragmentHeader(): void {
    this.u32(0x0001010f);
  }

  /** A name in place. */
  name(name: string): void {
    this.u32(this.at + 4);
    this.u32(0);
    this.u16(nameHash(name));
    this.u16(name.length);
    this.utf16(`${name}\0`);
  }

  /** A start tag without attributes and its `>`. */
  open(name: string, dependency?: number): void {
    this.u8(0x01);
    if (dependency !== undefined) this.u16(dependency);
    this.u32(0);
    this.name(name);
    this.u8(0x02);
  }

  /** A start tag with attributes; `>` is the caller's. */
  openWith(name: string, attributes: Record<string, () => void>, dependency?: number): void {
    this.u8(0x41);
    if (dependency !== undefined) this.u16(dependency);
    this.u32(0);
    this.name(name);
    this.u32(0);
    for (const [attribute, value] of Object.entries(attributes)) {
      this.u8(0x46);
      this.name(attribute);
      value();
    }
  }

  text(text: string): void {
    this.u8(0x05);
    this.u8(0x01);
    this.u16(text.length);
    this.utf16(text);
  }

  slot(index: number, type = 0x01): void {
    this.u8(0x0e);
    this.u16(index);
    this.u8(type);
  }

  close(times = 1): void {
    for (let time = 0; time < times; time += 1) this.u8(0x04);
  }

  /** A template instance up to its values; without `define` it leads to the definition at `offset`. */
  instance(offset: number | undefined, define?: () => void): number {
    this.u8(0x0c);
    this.u8(1);
    this.u32(7);
    const definition = offset ?? this.at + 4;
    this.u32(definition);
    if (define === undefined) return definition;
    this.u32(0);
    this.u32(7);
    for (let part = 0; part < 3; part += 1) this.u32(part);
    const sizeAt = this.at;
    this.u32(0);
    this.fragmentHeader();
    define();
    this.u8(0);
    this.setU32(sizeAt, this.at - sizeAt - 4);
    return definition;
  }

  values(values: readonly (readonly [type: number, write: () => void])[]): void {
    this.u32(values.length);
    const table = this.at;
    this.at += 4 * values.length;
    for (const [index, [type, write]] of values.entries()) {
      const start = this.at;
      write();
      this.setU32(table + 4 * index, (this.at - start) | (type << 16));
    }
  }
}

/** A chunk by itself, with right checksums, of records whose BinXML is written by the functions. */
function chunkOf(...records: readonly ((sink: BinXmlSink) => void)[]): Uint8Array {
  const sink = new BinXmlSink(65536);
  sink.at = 512;
  for (const [index, write] of records.entries()) {
    const start = sink.at;
    sink.u32(0x00002a2a);
    sink.u32(0);
    sink.u64(index + 1);
    sink.fileTime(1_614_714_600_000_000);
    write(sink);
    const size = sink.at + 4 - start;
    sink.u32(size);
    sink.setU32(start + 4, size);
  }
  const free = sink.at;
  sink.at = 0;
  sink.ascii('ElfChnk\0');
  sink.setU32(40, 128);
  sink.setU32(48, free);
  return sealed(sink.bytes);
}

async function xmlOf(write: (sink: BinXmlSink) => void): Promise<string> {
  const readings = await read(chunkOf(write));
  const [record] = recordsOf(readings);
  return record instanceof EventRecord ? record.xml() : nth(gapsOf(readings), 0).says;
}

test('character data, references, CDATA and instructions become text', async () => {
  const xml = await xmlOf((sink) => {
    sink.fragmentHeader();
    sink.open('Event');
    sink.text('a<');
    sink.u8(0x08);
    sink.u16(0x20ac);
    for (const entity of ['amp', 'custom']) {
      sink.u8(0x09);
      sink.name(entity);
    }
    sink.u8(0x07);
    sink.u16(2);
    sink.utf16('>&');
    sink.u8(0x0a);
    sink.name('target');
    sink.u8(0x0b);
    sink.u16(2);
    sink.utf16('pi');
    sink.close();
    sink.u8(0);
  });
  expect(xml).toBe('<Event>a&lt;€&amp;&amp;custom;&gt;&amp;<?target pi?></Event>');
});

test('a value takes away the element or the attribute that depends on it by being null', async () => {
  const xml = await xmlOf((sink) => {
    sink.instance(undefined, () => {
      sink.open('Event', 0xffff);
      sink.open('Gone', 0);
      sink.slot(0);
      sink.close();
      sink.openWith('Here', { gone: () => sink.slot(0), here: () => sink.slot(1), past: () => sink.slot(9) }, 0xffff);
      sink.u8(0x03);
      sink.close();
    });
    sink.values([
      [0x00, () => sink.u16(7)],
      [0x01, () => sink.utf16("it's")],
    ]);
  });
  expect(xml).toBe("<Event><Here here='it&apos;s'/></Event>");
});

test('an array repeats the element it stands in, and is a list in an attribute', async () => {
  const xml = await xmlOf((sink) => {
    sink.instance(undefined, () => {
      sink.open('Event', 0xffff);
      sink.openWith('Data', { all: () => sink.slot(0, 0x81) }, 0);
      sink.u8(0x02);
      sink.slot(3, 0x81);
      sink.slot(1, 0x84);
      sink.close();
      sink.open('None', 2);
      sink.slot(2, 0x81);
      sink.close(2);
    });
    sink.values([
      [0x81, () => sink.utf16('a\0b\0c\0')],
      [0x84, () => sink.u16(0x0201)],
      [0x81, () => undefined],
      [0x81, () => sink.utf16('a\0b\0c')],
    ]);
  });
  expect(xml).toBe(
    "<Event><Data all='a b c'>a1</Data><Data all='a b c'>b2</Data><Data all='a b c'>c</Data><None></None></Event>",
  );
});

test('BinXML in a value is content, with a template of its own or without', async () => {
  const xml = await xmlOf((sink) => {
    sink.instance(undefined, () => {
      sink.open('Event', 0xffff);
      sink.slot(0, 0x21);
      sink.slot(1, 0x21);
      sink.slot(2, 0x21);
      sink.close();
    });
    const inner = (): void => {
      sink.fragmentHeader();
      sink.instance(undefined, () => {
        sink.open('Inner', 0xffff);
        sink.slot(0);
        sink.close();
      });
      sink.values([[0x01, () => sink.utf16('x')]]);
      sink.u8(0);
    };
    const bare = (): void => {
      sink.open('Bare');
      sink.close();
    };
    sink.values([
      [0x21, inner],
      [0x21, bare],
      [0x21, () => undefined],
    ]);
  });
  expect(xml).toBe('<Event><Inner>x</Inner><Bare></Bare></Event>');
});

function defining(name: string): (sink: BinXmlSink) => void {
  return (sink) => {
    sink.instance(undefined, () => {
      sink.open(name, 0xffff);
      sink.close();
    });
    sink.values([]);
  };
}

/** An instance of the template that the first record of its chunk defines. */
function again(sink: BinXmlSink): void {
  sink.instance(512 + 24 + 10);
  sink.values([]);
}

test('a template is found by its offset, and the cache is that of its chunk only', async () => {
  const readings = await read(
    new Uint8Array([...chunkOf(defining('First'), again), ...chunkOf(defining('Other'), again)]),
  );
  const found = recordsOf(readings).map((record) => (record as EventRecord).xml());
  expect(found).toEqual(['<First></First>', '<First></First>', '<Other></Other>', '<Other></Other>']);
});

const FRAGMENT = new URL('../../../../../shared/data/evtx/omerbenamram/binxml.dat', import.meta.url);
const isAbsent = !existsSync(FRAGMENT);
if (isAbsent) console.log('skipped: the real BinXML fragment is not beside the checkout (../shared/data/evtx)');

test.skipIf(isAbsent)(
  'a real fragment is no log by itself, and an event in the chunk that its offsets are for',
  async () => {
    const fragment = Uint8Array.from(readFileSync(FRAGMENT));
    const lone = await read(fragment);
    expect(evtx.recognises(fragment, 'binxml.dat')).toBe(false);
    expect(lone).toEqual([expect.objectContaining({ is: 'gap', origin: { offset: 0, length: fragment.length } })]);
    const xml = await xmlOf((sink) => fragment.forEach((byte) => sink.u8(byte)));
    expect(xml).toMatch(/^<Event xmlns='[^']+'><System><Provider Name='Microsoft-Windows-Security-Auditing' Guid=/);
    expect(xml).toMatch(/<\/EventData><\/Event>$/);
  },
);

test.each<[string, (sink: BinXmlSink) => void, string]>([
  ['nothing', (sink) => sink.u8(0), 'expected an event, stood none'],
  ['an unknown token', (sink) => sink.u8(0x1f), 'expected content at 0x218, stood token 0x1f'],
  [
    'a name outside the chunk',
    (sink) => {
      sink.u8(1);
      sink.u32(0);
      sink.u32(0xfffffff0);
      sink.u8(3);
    },
    'expected a name at 0xfffffff0, which leads out of the chunk',
  ],
  [
    'a template outside the chunk',
    (sink) => {
      sink.instance(0xffff);
      sink.values([]);
    },
    'expected a template definition at 0xffff, which leads out of the chunk',
  ],
  [
    'a count of values beyond the record',
    (sink) => {
      sink.instance(undefined, () => {
        sink.open('Event', 0xffff);
        sink.close();
      });
      sink.u32(0x40000001);
    },
    'expected room for 1073741825 values, stood 0 bytes',
  ],
  [
    'a template that contains itself',
    (sink) => {
      sink.instance(undefined, () => {
        sink.instance(512 + 24 + 10);
        sink.values([]);
      });
      sink.values([]);
    },
    'template at 0x222 contains itself',
  ],
  [
    'elements deeper than any log has them',
    (sink) => {
      for (let depth = 0; depth < 200; depth += 1) sink.open('a');
      sink.close(200);
    },
    'expected a depth of at most 64',
  ],
])('a record of %s is a gap that says so', async (_, write, says) => {
  const readings = await read(chunkOf(write, write));
  expect(recordsOf(readings)).toEqual([]);
  const gaps = gapsOf(readings);
  expect(gaps).toHaveLength(2);
  expect(nth(gaps, 0).says).toContain(`record 1: ${says}`);
});

function manySlots(sink: BinXmlSink): void {
  sink.instance(undefined, () => {
    sink.open('Event', 0xffff);
    for (let slot = 0; slot < 5000; slot += 1) sink.slot(0);
    sink.close();
  });
  sink.values([[0x01, () => sink.utf16('x'.repeat(15000))]]);
}

function arraysInArrays(sink: BinXmlSink): void {
  const depth = 6;
  sink.instance(undefined, () => {
    for (let level = 0; level < depth; level += 1) {
      sink.open('a', 0xffff);
      sink.slot(0, 0x84);
    }
    sink.close(depth);
  });
  sink.values([[0x84, () => sink.ascii('y'.repeat(30000))]]);
}

test.each([manySlots, arraysInArrays])('a small record that asks for a large event by %s is a gap', async (write) => {
  const readings = await read(chunkOf(write));
  expect(gapsOf(readings).map((gap) => [gap.reason, gap.says])).toEqual([
    ['limit', 'record 1: expected an event of at most 131072 nodes'],
  ]);
});

test('a chunk whose records ask for much together ends in gaps', async () => {
  const readings = await read(
    chunkOf(
      (sink) => {
        sink.instance(undefined, () => {
          sink.open('Event', 0xffff);
          for (let slot = 0; slot < 2000; slot += 1) sink.slot(0);
          sink.close();
        });
        sink.values([[0x01, () => sink.utf16('x'.repeat(100))]]);
      },
      ...Array.from({ length: 40 }, () => (sink: BinXmlSink): void => {
        sink.instance(512 + 24 + 10);
        sink.values([[0x01, () => sink.utf16('x'.repeat(100))]]);
      }),
    ),
  );
  expect(recordsOf(readings)).toHaveLength(5);
  expect(new Set(gapsOf(readings).map((gap) => gap.reason))).toEqual(new Set(['limit']));
});
