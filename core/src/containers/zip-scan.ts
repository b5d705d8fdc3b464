import type { Bytes, ContainerLimits } from './member.ts';
import { PackedInput } from './packed-input.ts';
import { CENTRAL_SIGNATURE, DESCRIPTOR, LOCAL_HEADER, LOCAL_SIGNATURE, localEntry, u64, viewOf } from './zip-entry.ts';
import type { ZipEntry } from './zip-entry.ts';

/**
 * Finds members by their local headers, for an archive whose directory is missing, damaged or silent about some of its
 * bytes. Where a packer wrote the sizes behind the member (Go's and .NET's do), the member reaches up to the first data
 * descriptor that fits, else to the next header.
 *
 * @param from first byte to look at; everything up to `to` is gone through once, and to find the ends of members at most
 *   four times
 */
export async function* scanZip(
  bytes: Bytes,
  {
    from,
    to,
    limits,
    onScanned,
  }: {
    from: number;
    to: number;
    limits: ContainerLimits;
    onScanned: (at: number) => void | Promise<void>;
  },
): AsyncGenerator<ZipEntry> {
  const input = new PackedInput(bytes, to);
  let searches = 4 * (to - from) + SEARCH_FREE;
  for (let at = from, found = 0; found < limits.entries;) {
    const here = await nextSignature(input, at, [LOCAL_SIGNATURE]);
    await onScanned(here?.at ?? to);
    if (here === undefined) return;
    const entry = await entryAt(input, here.at);
    at = here.at + 4;
    if (entry === undefined) continue;
    const dataAt = here.at + entry.headerLength;
    let sized = entry.entry;
    if ((sized.flags & DESCRIPTOR) !== 0 && sized.packedSize === 0) {
      const end = await findEnd(input, { dataAt, entry: sized, searches });
      searches -= end.searched;
      sized = end.entry;
    }
    found += 1;
    yield sized;
    at = Math.min(dataAt + sized.packedSize, to);
  }
}

async function entryAt(input: PackedInput, at: number): Promise<{ entry: ZipEntry; headerLength: number } | undefined> {
  const begin = await input.from(at, LOCAL_HEADER);
  if (begin.length < LOCAL_HEADER) return undefined;
  const view = viewOf(begin);
  const headerLength = LOCAL_HEADER + view.getUint16(26, true) + view.getUint16(28, true);
  // A header that no packer writes is four bytes of chance: a version of the year 2100, an unheard-of method, no name.
  if ((view.getUint16(4, true) & 0xff) > 99 || view.getUint16(8, true) > 99 || view.getUint16(26, true) === 0)
    return undefined;
  const header = await input.from(at, headerLength);
  if (header.length < headerLength) return undefined;
  return { entry: localEntry(header.slice(0, headerLength), at), headerLength };
}

interface End {
  readonly entry: ZipEntry;
  readonly searched: number;
}

/** @see APPNOTE.TXT 4.3.9: signature, CRC-32, packed size, size; sizes of 4 bytes, or of 8 */
async function findEnd(
  input: PackedInput,
  { dataAt, entry, searches }: { dataAt: number; entry: ZipEntry; searches: number },
): Promise<End> {
  let boundary: number | undefined;
  const last = Math.min(input.size, dataAt + Math.max(0, searches));
  for (let at = dataAt; at < last;) {
    const next = await nextSignature(input, at, [DESCRIPTOR_SIGNATURE, LOCAL_SIGNATURE, CENTRAL_SIGNATURE]);
    if (next === undefined || next.at >= last) break;
    const sized = next.signature === DESCRIPTOR_SIGNATURE ? await descriptorAt(input, next.at, dataAt) : undefined;
    if (sized !== undefined) return { entry: { ...entry, ...sized }, searched: next.at - dataAt };
    if (next.signature !== DESCRIPTOR_SIGNATURE) boundary ??= next.at;
    at = next.at + 4;
  }
  const packedSize = (boundary ?? input.size) - dataAt;
  const guessed =
    boundary === undefined
      ? 'no end of the member was found, it is read up to the end of the archive'
      : 'the member states no size, it is read up to the next header';
  return {
    entry: { ...entry, packedSize, size: Number.MAX_SAFE_INTEGER, crc: undefined, guessed },
    searched: last - dataAt,
  };
}

async function descriptorAt(
  input: PackedInput,
  at: number,
  dataAt: number,
): Promise<{ crc: number; packedSize: number; size: number } | undefined> {
  const bytes = await input.from(at, 28);
  const view = viewOf(bytes);
  const packedSize = at - dataAt;
  if (bytes.length < 16 || view.getUint32(8, true) !== packedSize % 2 ** 32) return undefined;
  const crc = view.getUint32(4, true);
  const small = { crc, packedSize, size: view.getUint32(12, true) };
  // The upper half of a large size is zero nearly always, as the size of an empty member is: what follows decides.
  const isSmall = bytes.length < 24 || u64(view, 8) !== packedSize || isHeader(bytes, 16);
  return isSmall ? small : { crc, packedSize, size: u64(view, 16) };
}

function isHeader(bytes: Uint8Array, at: number): boolean {
  return bytes.length === at || (bytes[at] === 0x50 && bytes[at + 1] === 0x4b && (bytes[at + 2] ?? 0) < 9);
}

async function nextSignature(
  input: PackedInput,
  from: number,
  signatures: readonly number[],
): Promise<{ at: number; signature: number } | undefined> {
  for (let at = from; ;) {
    const bytes = await input.from(at, 4);
    if (bytes.length < 4) return undefined;
    const view = viewOf(bytes);
    for (
      let place = bytes.indexOf(0x50);
      place >= 0 && place + 4 <= bytes.length;
      place = bytes.indexOf(0x50, place + 1)
    ) {
      const signature = view.getUint32(place, true);
      if (signatures.includes(signature)) return { at: at + place, signature };
    }
    at += bytes.length - 3;
  }
}

const DESCRIPTOR_SIGNATURE = 0x08074b50;
const SEARCH_FREE = 64 * 2 ** 20;
