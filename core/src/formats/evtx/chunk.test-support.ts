import { crc32 } from '../../bytes/crc32.ts';
import type { EvidenceRecord, Gap, Reading } from '../../model/reading.ts';
import { ByteSink } from '../../specimen/byte-sink.ts';
import { nameHash } from '../../specimen/evtx-template.ts';
import { memorySource, readAll } from '../contract.test-support.ts';
import { evtx } from './format.ts';

/** BinXML by hand: tokens and the structures that tokens lead to, at the place where the sink stands. */
export class BinXmlSink extends ByteSink {
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
export function chunkOf(...records: readonly ((sink: BinXmlSink) => void)[]): Uint8Array {
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

/** Sets both checksums of a chunk to what its bytes are now. */
export function sealed(chunk: Uint8Array): Uint8Array {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
  view.setUint32(52, crc32(chunk.subarray(512, view.getUint32(48, true))), true);
  view.setUint32(124, crc32(chunk.subarray(128, 512), crc32(chunk.subarray(0, 120))), true);
  return chunk;
}

export async function read(bytes: Uint8Array): Promise<Reading[]> {
  return readAll(evtx, memorySource(bytes), 'a.evtx');
}

export function recordsOf(readings: readonly Reading[]): EvidenceRecord[] {
  return readings.filter((reading) => reading.is === 'record');
}

export function gapsOf(readings: readonly Reading[]): Gap[] {
  return readings.filter((reading) => reading.is === 'gap');
}

/** Every byte in exactly one reading, in order. */
export function tiles(readings: readonly Reading[], size: number): boolean {
  let end = 0;
  for (const { origin } of readings) {
    if (origin.offset !== end || origin.length <= 0) return false;
    end += origin.length;
  }
  return end === size;
}
