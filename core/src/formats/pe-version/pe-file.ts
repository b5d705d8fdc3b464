import type { ByteSource } from '../../model/evidence.ts';
import type { Extent, Gap, GapReason } from '../../model/reading.ts';

/** Why a file could not be read as what its first bytes promise. Thrown inside this format only. */
export class PeDamage extends Error {
  readonly gap: Gap;

  constructor(reason: GapReason, origin: Extent, says: string) {
    super(says);
    this.gap = { is: 'gap', reason, origin, says };
  }
}

interface Section {
  readonly address: number;
  readonly size: number;
  readonly offset: number;
}

/** The headers of a Portable Executable, and the way from them to its version resource. Numbers are little-endian. */
export class PeFile {
  /** From the PE signature to the end of the section table. */
  readonly headers: Extent;
  readonly #source: ByteSource;
  readonly #sections: readonly Section[];
  /** Virtual address of the resource directory, 0 where there is none. */
  readonly #resources: number;

  private constructor(source: ByteSource, headers: Extent, sections: readonly Section[], resources: number) {
    this.#source = source;
    this.headers = headers;
    this.#sections = sections;
    this.#resources = resources;
  }

  static async open(source: ByteSource): Promise<PeFile> {
    const signature = (await readView(source, 0, 0x40, 'the DOS header')).getUint32(0x3c, true);
    const coff = await readView(source, signature, 24, 'the PE header');
    if (coff.getUint32(0, true) !== 0x4550)
      throw damaged(signature, 4, 'expected the signature PE, stood something else');
    const count = coff.getUint16(6, true);
    const optionalBytes = coff.getUint16(20, true);
    if (count > MAX_SECTIONS)
      throw limited(signature, 24, `expected at most ${MAX_SECTIONS} sections, the header names ${count}`);
    const optional = await readView(source, signature + 24, optionalBytes, 'the optional header');
    const table = await readView(source, signature + 24 + optionalBytes, count * 40, 'the section table');
    const headers = { offset: signature, length: 24 + optionalBytes + count * 40 };
    return new PeFile(source, headers, sectionsIn(table), resourceAddress(optional, signature + 24));
  }

  /** Bytes of the first version resource, and where they stand in the file; `undefined` where the file has none. */
  async versionResource(): Promise<{ offset: number; bytes: Uint8Array } | undefined> {
    if (this.#resources === 0) return undefined;
    const names = await this.#entry(0, (id) => id === RT_VERSION);
    if (names === undefined) return undefined;
    const languages = await this.#entry(this.#below(names, 'a directory of names'), () => true);
    if (languages === undefined) return undefined;
    const leaf = await this.#entry(this.#below(languages, 'a directory of languages'), () => true);
    if (leaf === undefined) return undefined;
    if (leaf >= 0x80000000) throw this.#damaged('expected a resource in the third directory, stood a fourth directory');
    const place = this.#offsetOf(this.#resources + leaf, 16, 'the resource entry');
    const entry = await readView(this.#source, place, 16, 'the resource entry');
    const length = Math.min(entry.getUint32(4, true), MAX_VERSION_BYTES);
    const offset = this.#offsetOf(entry.getUint32(0, true), Math.min(length, 6), 'the version resource');
    const view = await readView(this.#source, offset, length, 'the version resource');
    return { offset, bytes: new Uint8Array(view.buffer, view.byteOffset, view.byteLength) };
  }

  #below(entry: number, what: string): number {
    if (entry >= 0x80000000) return entry & 0x7fffffff;
    throw this.#damaged(`expected ${what}, stood a resource`);
  }

  /** What the first entry of a resource directory that `fits` points to; the upper bit says that it is a directory. */
  async #entry(directory: number, fits: (id: number) => boolean): Promise<number | undefined> {
    const at = this.#offsetOf(this.#resources + directory, 16, 'a resource directory');
    const header = await readView(this.#source, at, 16, 'a resource directory');
    const count = header.getUint16(12, true) + header.getUint16(14, true);
    if (count > MAX_ENTRIES)
      throw limited(at, 16, `expected at most ${MAX_ENTRIES} entries of a resource directory, it names ${count}`);
    const entries = await readView(this.#source, at + 16, count * 8, 'the entries of a resource directory');
    for (let index = 0; index < count; index++) {
      if (fits(entries.getUint32(index * 8, true))) return entries.getUint32(index * 8 + 4, true);
    }
    return undefined;
  }

  /** File offset of a virtual address; the bytes up to `length` must lie in one section's part of the file. */
  #offsetOf(address: number, length: number, what: string): number {
    for (const section of this.#sections) {
      const inside = address - section.address;
      if (inside >= 0 && inside + length <= section.size) return section.offset + inside;
    }
    throw this.#damaged(`expected ${what} in a section, virtual address ${address} is in none`);
  }

  #damaged(says: string): PeDamage {
    return damaged(this.headers.offset, this.headers.length, says);
  }
}

function sectionsIn(table: DataView): Section[] {
  const sections: Section[] = [];
  for (let at = 0; at + 40 <= table.byteLength; at += 40) {
    const pointer = table.getUint32(at + 20, true);
    // The loader rounds the place in the file down to a multiple of 512.
    sections.push({
      address: table.getUint32(at + 12, true),
      size: table.getUint32(at + 16, true),
      offset: pointer - (pointer % 512),
    });
  }
  return sections;
}

function resourceAddress(optional: DataView, offset: number): number {
  const magic = optional.byteLength < 2 ? 0 : optional.getUint16(0, true);
  if (magic !== 0x10b && magic !== 0x20b) {
    throw damaged(offset, optional.byteLength, `expected an optional header of PE32 or PE32+, its magic is ${magic}`);
  }
  const count = magic === 0x10b ? 92 : 108;
  const resources = count + 4 + 2 * 8;
  if (optional.byteLength < resources + 8 || optional.getUint32(count, true) < 3) return 0;
  return optional.getUint32(resources, true);
}

async function readView(source: ByteSource, offset: number, length: number, what: string): Promise<DataView> {
  const into = new Uint8Array(length);
  let filled = 0;
  try {
    while (filled < length) {
      const count = await source.readInto(offset + filled, into.subarray(filled));
      if (!(count > 0)) break;
      filled += count;
    }
  } catch {
    throw new PeDamage('unreadable', { offset, length }, `expected ${what}, the source failed to read it`);
  }
  if (filled < length) {
    const end = Math.min(offset + filled, source.size);
    throw new PeDamage(
      'truncated',
      { offset: Math.min(offset, end), length: Math.max(0, end - offset) },
      `expected ${length} bytes of ${what}, stood ${filled}`,
    );
  }
  return new DataView(into.buffer);
}

function damaged(offset: number, length: number, says: string): PeDamage {
  return new PeDamage('damaged', { offset, length }, says);
}

function limited(offset: number, length: number, says: string): PeDamage {
  return new PeDamage('limit', { offset, length }, says);
}

const RT_VERSION = 16;
/** The loader refuses more. @see PE Format, "COFF File Header" */
const MAX_SECTIONS = 96;
const MAX_ENTRIES = 4096;
/** The length of VS_VERSIONINFO is a 16-bit number. */
const MAX_VERSION_BYTES = 65_535;
