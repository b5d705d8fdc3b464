import { expect, test } from 'vitest';

import { BinXmlSink, chunkOf, gapsOf, read, recordsOf } from './chunk.test-support.ts';
import { EventRecord } from './event-record.ts';
import { elementXml } from './xml.ts';

async function xmlOf(write: (sink: BinXmlSink) => void): Promise<string> {
  const readings = await read(chunkOf(write));
  const [record] = recordsOf(readings);
  const element = record instanceof EventRecord ? record.element() : undefined;
  return element === undefined ? gapsOf(readings)[0]!.says : elementXml(element);
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

test('a template is found by its offset, and the cache is that of its chunk only', async () => {
  const define = (name: string) => (sink: BinXmlSink) => {
    sink.instance(undefined, () => {
      sink.open(name, 0xffff);
      sink.close();
    });
    sink.values([]);
  };
  const again = (sink: BinXmlSink): void => {
    sink.instance(512 + 24 + 10);
    sink.values([]);
  };
  const readings = await read(new Uint8Array([...chunkOf(define('First'), again), ...chunkOf(define('Other'), again)]));
  const names = recordsOf(readings).map((record) => (record as EventRecord).element()?.name);
  expect(names).toEqual(['First', 'First', 'Other', 'Other']);
});

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
  expect(gaps[0]!.says).toContain(`record 1: ${says}`);
});

test('a small record that asks for a large event is a gap, and costs no more than others', async () => {
  const large = (sink: BinXmlSink): void => {
    sink.instance(undefined, () => {
      sink.open('Event', 0xffff);
      for (let slot = 0; slot < 5000; slot += 1) sink.slot(0);
      sink.close();
    });
    sink.values([[0x01, () => sink.utf16('x'.repeat(15000))]]);
  };
  const arrays = (sink: BinXmlSink): void => {
    sink.instance(undefined, () => {
      const depth = 6;
      for (let level = 0; level < depth; level += 1) {
        sink.open('a', 0xffff);
        sink.slot(0, 0x84);
      }
      sink.close(depth);
    });
    sink.values([[0x84, () => sink.ascii('y'.repeat(30000))]]);
  };
  for (const write of [large, arrays]) {
    const readings = await read(chunkOf(write));
    expect(gapsOf(readings).map((gap) => [gap.reason, gap.says])).toEqual([
      ['limit', 'record 1: expected an event of at most 131072 nodes'],
    ]);
  }
});
