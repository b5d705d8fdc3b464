import type { ByteSource } from '../model/evidence.ts';
import { crc32 } from '../bytes/crc32.ts';
import type { Gap } from '../model/reading.ts';
import { ByteRange, readRun } from './byte-range.ts';
import { inflateWhole } from './inflate-whole.ts';
import type { Inflated } from './inflate-whole.ts';
import { InflatedBytes } from './inflated-bytes.ts';
import { LIMITS } from './member.ts';
import type { Decryption } from './member.ts';
import { cutGaps, memberGap, MemberSource, MemoryBytes, otherCrc, SMALL } from './member-source.ts';
import type { Closing } from './member-source.ts';
import type { SharedSource, Shelf, WholeMember } from './shelf.ts';
import { DESCRIPTOR, ENCRYPTED, LOCAL_HEADER, LOCAL_SIGNATURE, localEntry, viewOf } from './zip-entry.ts';
import type { ZipEntry } from './zip-entry.ts';
import type { Run } from './zip-extents.ts';
import { openSealed } from './zip-password.ts';
import type { Opened } from './zip-password.ts';

/** What the members of one zip have in common. */
export interface ZipArchive {
  readonly source: SharedSource;
  /** Bytes of the archive. */
  readonly size: number;
  readonly shelf: Shelf;
  /** In the order in which they are tried. */
  readonly passwords: readonly Uint8Array[];
  readonly decryption: Decryption | undefined;
}

/** One member and where it may lie. */
export interface ZipPlace {
  readonly entry: ZipEntry;
  /** Where the next entry or the directory begins. */
  readonly boundary: number;
  /** Bytes that may be read of it, whatever it states. */
  readonly limit: number;
}

/**
 * Opens a member. Small ones are unpacked into memory at once, larger ones as they are read.
 *
 * @throws Error if the member has no header where the directory says, or no password fits
 */
export async function openZipMember(place: ZipPlace, archive: ZipArchive): Promise<ByteSource> {
  const { method, flags, size, packedSize } = place.entry;
  const isPlain = method === STORED && (flags & ENCRYPTED) === 0;
  if (isPlain || Math.max(size, packedSize) > SMALL || place.limit < SMALL) return await openLarge(place, archive);
  const { bytes, gaps } = await archive.shelf.member(place, () => readSmall(place, archive));
  return new MemberSource(new MemoryBytes(bytes), { size: bytes.length, gaps });
}

/** A member's bytes as they lie in the archive. */
interface Packed {
  readonly bytes: ByteRange;
  readonly gaps: readonly Gap[];
}

async function readSmall(place: ZipPlace, archive: ZipArchive): Promise<WholeMember> {
  const lease = await archive.source.lease();
  try {
    const packed = await locate(lease, place, archive.size);
    if ((place.entry.flags & ENCRYPTED) === 0) return await unpack(packed.bytes, packed, place);
    let best: WholeMember | undefined;
    for await (const opened of openSealed(place.entry, packed.bytes, archive)) {
      const whole = await unpack(new ByteRange(opened.bytes, 0, opened.size), packed, place);
      const gaps = [...whole.gaps, ...((await opened.aes?.verify()) ?? [])];
      if (best === undefined || gaps.length < best.gaps.length) best = { bytes: whole.bytes, gaps };
      if (gaps.length === packed.gaps.length) break;
    }
    if (best === undefined) throw noPassword(archive);
    return best;
  } finally {
    await lease.close();
  }
}

async function unpack(bytes: ByteRange, packed: Packed, { entry }: ZipPlace): Promise<WholeMember> {
  const held = await readRun(bytes, 0, bytes.size);
  const gaps = [...packed.gaps];
  let whole = held;
  if (entry.method !== STORED) {
    // What a member has beyond what it states was granted by nobody: as much of it is read as logs become.
    const most = Math.min(SMALL, Math.max(entry.size, held.length * LIMITS.totalRatio));
    const options = { deflate64: entry.method === DEFLATE64, expected: entry.size, most };
    const inflated = inflateWhole(held, options);
    whole = inflated.bytes;
    const run = { from: whole.length, to: Math.max(whole.length, entry.size) };
    if (inflated.stop === 'damaged') gaps.push(damagedAt(inflated, held.length, run));
    else if (inflated.stop === 'input')
      gaps.push(memberGap('truncated', run, 'packed bytes end in the middle of a block'));
    else if (inflated.stop === 'room') gaps.push(goesOn(entry, run));
    else if (inflated.used < held.length) gaps.push(leftOver(inflated.used, held.length, run));
  }
  if (whole.length !== entry.size && entry.guessed === undefined) gaps.push(otherSize(entry, whole.length));
  const sum = crc32(whole);
  if (entry.crc !== undefined && sum !== entry.crc) gaps.push(otherCrc(sum, entry.crc, whole.length));
  return { bytes: whole, gaps };
}

async function openLarge(place: ZipPlace, archive: ZipArchive): Promise<ByteSource> {
  const { entry } = place;
  const lease = await archive.source.lease();
  try {
    const { bytes, gaps } = await locate(lease, place, archive.size);
    const isSealed = (entry.flags & ENCRYPTED) !== 0;
    const opened = isSealed ? await likeliest(place, bytes, archive) : { bytes, size: bytes.size, aes: undefined };
    return sourceOf(place, opened, { gaps, release: () => lease.close() });
  } catch (error) {
    await lease.close();
    throw error;
  }
}

/** A member whose bytes are unpacked as they are read. */
function sourceOf(
  { entry, limit }: ZipPlace,
  opened: Pick<Opened, 'bytes' | 'size' | 'aes'>,
  options: { gaps: readonly Gap[]; release?: () => Promise<void> },
): MemberSource {
  const { aes } = opened;
  const bytes = new ByteRange(opened.bytes, 0, opened.size);
  const closings: Closing[] = aes === undefined ? [] : [() => aes.verify()];
  if (entry.method === STORED) {
    const isOther = bytes.size !== entry.size && entry.guessed === undefined;
    const size = Math.min(bytes.size, limit);
    const other = isOther ? [otherSize(entry, bytes.size)] : [];
    const gaps = [...options.gaps, ...other, ...cutGaps(size, bytes.size)];
    return new MemberSource(bytes, {
      ...options,
      size,
      crc: size < bytes.size ? undefined : entry.crc,
      gaps,
      closings,
    });
  }
  const inflated = inflatedOf(entry, bytes);
  const size = Math.min(entry.size, limit);
  const crc = size < entry.size ? undefined : entry.crc;
  closings.unshift(() => endOf(inflated, { entry, size, packedSize: bytes.size }));
  const gaps = [...options.gaps, ...cutGaps(size, entry.size)];
  return new MemberSource(inflated, { ...options, gaps, size, crc, closings });
}

/** What the end of a stream shows: that it broke, that it goes on behind the stated size, that bytes are left over. */
async function endOf(
  inflated: InflatedBytes,
  { entry, size, packedSize }: { entry: ZipEntry; size: number; packedSize: number },
): Promise<readonly Gap[]> {
  const run = { from: size, to: size };
  const more = size < entry.size ? 0 : await inflated.readInto(size, new Uint8Array(1));
  if (more > 0) return [goesOn(entry, run)];
  const gaps = inflated.gaps().map((gap) => ({
    ...gap,
    origin: { offset: inflated.end ?? size, length: Math.max(0, size - (inflated.end ?? size)) },
  }));
  if (gaps.length > 0 || inflated.end === undefined || inflated.usedPacked >= packedSize) return gaps;
  return [leftOver(inflated.usedPacked, packedSize, run)];
}

/** The password that fits. Where several seem to, they are tried out: the first under which the member is whole. */
async function likeliest(place: ZipPlace, sealed: ByteRange, archive: ZipArchive): Promise<Opened> {
  const fitting: Opened[] = [];
  for await (const opened of openSealed(place.entry, sealed, archive)) fitting.push(opened);
  const [first] = fitting;
  if (first === undefined) throw noPassword(archive);
  if (fitting.length === 1) return first;
  for (const { password } of fitting) {
    const only = { passwords: [password], decryption: archive.decryption };
    for await (const trial of openSealed(place.entry, sealed, only)) {
      const source = sourceOf(place, trial, { gaps: [] });
      const into = new Uint8Array(PIECE);
      for (let at = 0; at < source.size;) {
        const count = await source.readInto(at, into);
        if (count === 0) break;
        at += count;
      }
      if (source.gaps().length > 0) continue;
      for await (const opened of openSealed(place.entry, sealed, only)) return opened;
    }
  }
  return first;
}

function inflatedOf(entry: ZipEntry, bytes: ByteRange): InflatedBytes {
  return new InflatedBytes(bytes, bytes.size, { framing: entry.method === DEFLATE64 ? 'deflate64' : 'deflate' });
}

/**
 * Finds a member's packed bytes behind its local header. The directory counts; where the local header says something
 * else, that is a gap, and only the lengths of its own name and extra field are believed.
 *
 * @throws Error if there is no local header
 */
async function locate(lease: ByteSource, { entry, boundary }: ZipPlace, size: number): Promise<Packed> {
  const begin = entry.offset < 0 ? new Uint8Array(0) : await readRun(lease, entry.offset, LOCAL_HEADER);
  const view = viewOf(begin);
  if (begin.length < LOCAL_HEADER || view.getUint32(0, true) !== LOCAL_SIGNATURE)
    throw new Error(`expected the member's header at byte ${entry.offset} of the zip, found other bytes`);
  const headerLength = LOCAL_HEADER + view.getUint16(26, true) + view.getUint16(28, true);
  const local = localEntry(await readWhole(lease, entry.offset, headerLength), entry.offset);
  const dataAt = entry.offset + headerLength;
  const available = Math.max(0, Math.min(entry.packedSize, size - dataAt));
  const whole = { from: 0, to: entry.size };
  const gaps: Gap[] = [];
  if (entry.guessed !== undefined) gaps.push(memberGap('damaged', whole, entry.guessed));
  const other = difference(entry, local);
  if (other !== undefined)
    gaps.push(memberGap('damaged', whole, `header in front of the member and directory of the zip differ: ${other}`));
  if (available < entry.packedSize)
    gaps.push(
      memberGap(
        'truncated',
        whole,
        `zip states ${entry.packedSize} packed bytes for the member, ${available} are there`,
      ),
    );
  else if (dataAt + available > boundary)
    gaps.push(
      memberGap(
        'damaged',
        whole,
        `member's packed bytes reach ${dataAt + available - boundary} bytes into what follows it`,
      ),
    );
  return { bytes: new ByteRange(lease, dataAt, available), gaps };
}

/** The rest of a header that goes past the end is taken for zeroes. */
async function readWhole(lease: ByteSource, at: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  bytes.set(await readRun(lease, at, length));
  return bytes;
}

function difference(entry: ZipEntry, local: ZipEntry): string | undefined {
  const [raw, other] = [entry.rawName, local.rawName];
  // The same bytes may be two names, where only the directory says in which code they are.
  const isSame = raw !== undefined && raw.length === other?.length && raw.every((byte, at) => byte === other[at]);
  if (!isSame && local.name !== entry.name) return `name ${JSON.stringify(local.name.slice(0, 200))} there`;
  if (local.method !== entry.method) return `method ${local.method} there, ${entry.method} here`;
  if ((local.flags & ENCRYPTED) !== (entry.flags & ENCRYPTED)) return 'one says encrypted, the other does not';
  if ((local.flags & DESCRIPTOR) !== 0) return undefined;
  if (local.packedSize !== entry.packedSize || local.size !== entry.size)
    return `${local.packedSize} packed bytes of ${local.size} there, ${entry.packedSize} of ${entry.size} here`;
  return local.crc === entry.crc ? undefined : 'another CRC-32';
}

function damagedAt(inflated: Inflated, packedSize: number, run: Run): Gap {
  return memberGap(
    'damaged',
    run,
    `packed bytes are damaged at byte ${inflated.used} of ${packedSize}: ${inflated.wrong}`,
  );
}

function goesOn(entry: ZipEntry, run: Run): Gap {
  if (run.from > entry.size)
    return memberGap('limit', run, `member goes on behind the ${run.from} bytes that were read of it`);
  return memberGap(
    'damaged',
    run,
    `member goes on behind the ${entry.size} bytes that the zip states; they were not read`,
  );
}

function leftOver(used: number, packedSize: number, run: Run): Gap {
  return memberGap('damaged', run, `packed bytes end at byte ${used}, the zip states ${packedSize}`);
}

function otherSize(entry: ZipEntry, length: number): Gap {
  const run = { from: Math.min(length, entry.size), to: Math.max(length, entry.size) };
  return memberGap('damaged', run, `zip states ${entry.size} bytes for the member, it has ${length}`);
}

function noPassword({ passwords }: ZipArchive): Error {
  const none = passwords.length === 1 ? 'the one that was given does not' : 'none of those that were given does';
  return new Error(`expected a password that opens the member, ${none}`);
}

const STORED = 0;
const DEFLATE64 = 9;

const PIECE = 2 ** 20;
