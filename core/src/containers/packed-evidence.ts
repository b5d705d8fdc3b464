import type { ByteSource } from '../model/evidence.ts';
import { quoted } from './quoted.ts';

/** What a file holds that is not opened, and what a person can do about it. */
export interface PackedEvidence {
  /** `a VHDX image`. */
  readonly name: string;
  /** `mount it read-only …`, with the command; `unpack it …`. */
  readonly advice: string;
}

/** Whether a file is called as one that `packedEvidence` may know; a cheap look before its bytes are asked. */
export function mayBePacked(path: string): boolean {
  return PACKED_NAME.test(path);
}

/**
 * Recognises single files that hold evidence in a form that is not opened, disk images and some archives, by their first
 * bytes, and says what to do: for an image, the Linux command that mounts it read-only. Zip, tar and gzip are opened.
 *
 * @param path as it was named on the command line; it is repeated in the command
 * @returns `undefined` for any other file
 */
export async function packedEvidence(source: ByteSource, path: string): Promise<PackedEvidence | undefined> {
  const head = await readAt(source, 0, HEAD_BYTES);
  const archive = ARCHIVES.find((kind) => startsWith(head, kind));
  if (archive !== undefined) {
    return { name: archive.name, advice: 'unpack it into a folder first' };
  }
  const image = IMAGES.find((kind) => startsWith(head, kind)) ?? (await fixedVhd(source));
  if (image !== undefined) return mounted(image.name, image.command(quoted(path)));
  const volume = volumeIn(head);
  if (volume !== undefined) return mounted(`an image of ${volume.name}`, volume.command(path, 0));
  if (text(head, 0x8001, 5) === 'CD001')
    return mounted('an optical disc image', `sudo mount -o ro,loop ${quoted(path)} ${MOUNT_POINT}`);
  const table = await partitionStarts(source, head);
  if (table === undefined) return undefined;
  return mounted('a raw disk image', (await largestVolume(source, table, path)) ?? guestmount(quoted(path)));
}

interface Magic {
  readonly name: string;
  readonly at: number;
  /** Latin-1. */
  readonly bytes: string;
}

interface ImageMagic extends Magic {
  readonly command: (path: string) => string;
}

interface Partition {
  readonly start: number;
  readonly length: number;
}

function mounted(name: string, command: string): PackedEvidence {
  return { name, advice: `mount it read-only and name the mount point instead: ${command}` };
}

/** A VHD of fixed size is a raw disk with a footer. @see Virtual Hard Disk Image Format Specification, Hard Disk Footer Format */
async function fixedVhd(source: ByteSource): Promise<ImageMagic | undefined> {
  if (source.size < SECTOR) return undefined;
  const footer = await readAt(source, source.size - SECTOR, SECTOR);
  return text(footer, 0, 8) === 'conectix' ? VHD : undefined;
}

interface Volume {
  readonly name: string;
  readonly command: (path: string, offset: number) => string;
}

/** A volume's own first sector: the name at byte 3, and the boot signature, which ReFS alone does not write. */
function volumeIn(sector: Uint8Array): Volume | undefined {
  const name = text(sector, 3, 8);
  if (name === 'ReFS\0\0\0\0') return REFS;
  if (sector[510] !== 0x55 || sector[511] !== 0xaa) return undefined;
  if (name === 'NTFS    ') return NTFS;
  return name === '-FVE-FS-' ? BITLOCKER : undefined;
}

/** Partitions of a GPT or of a plausible MBR in bytes, at most 128; `undefined` if there is neither. */
async function partitionStarts(source: ByteSource, head: Uint8Array): Promise<readonly Partition[] | undefined> {
  for (const sector of [512, 4096]) {
    if (text(head, sector, 8) === 'EFI PART') return await gptPartitions(source, head, sector);
  }
  if (head.length < SECTOR || head[510] !== 0x55 || head[511] !== 0xaa) return undefined;
  const view = viewOf(head);
  const partitions: Partition[] = [];
  for (let at = 446; at < 510; at += 16) {
    const status = head[at] ?? 0;
    if (status !== 0 && status !== 0x80) return undefined;
    const start = view.getUint32(at + 8, true) * SECTOR;
    const length = view.getUint32(at + 12, true) * SECTOR;
    if (head[at + 4] !== 0 && start > 0 && length > 0) partitions.push({ start, length });
  }
  return partitions.length === 0 ? undefined : partitions;
}

/** @see UEFI Specification 2.10, 5.3 GUID Partition Table Disk Layout */
async function gptPartitions(source: ByteSource, head: Uint8Array, sector: number): Promise<readonly Partition[]> {
  const header = viewOf(head);
  const entriesAt = Number(header.getBigUint64(sector + 72, true)) * sector;
  const count = Math.min(header.getUint32(sector + 80, true), 128);
  const size = header.getUint32(sector + 84, true);
  if (size < 128 || size > 4096 || entriesAt >= source.size) return [];
  const table = await readAt(source, entriesAt, count * size);
  const view = viewOf(table);
  const partitions: Partition[] = [];
  for (let at = 0; at + size <= table.length; at += size) {
    const first = Number(view.getBigUint64(at + 32, true));
    const last = Number(view.getBigUint64(at + 40, true));
    if (first > 0 && last >= first) partitions.push({ start: first * sector, length: (last - first + 1) * sector });
  }
  return partitions;
}

async function largestVolume(
  source: ByteSource,
  partitions: readonly Partition[],
  path: string,
): Promise<string | undefined> {
  for (const { start } of partitions.toSorted((a, b) => b.length - a.length)) {
    if (start >= source.size) continue;
    const volume = volumeIn(await readAt(source, start, SECTOR));
    if (volume !== undefined) return volume.command(path, start);
  }
  return undefined;
}

async function readAt(source: ByteSource, at: number, length: number): Promise<Uint8Array> {
  const into = new Uint8Array(length);
  return into.subarray(0, await source.readInto(at, into));
}

function startsWith(head: Uint8Array, magic: Magic): boolean {
  return text(head, magic.at, magic.bytes.length) === magic.bytes;
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** `show_sys_files` lets `$MFT` and its like be read through the mount. */
function loopMount(path: string, offset: number): string {
  const at = offset === 0 ? '' : `,offset=${String(offset)}`;
  return `sudo mount -t ntfs-3g -o ro,loop,show_sys_files${at} ${quoted(path)} ${MOUNT_POINT}`;
}

function bitlockerMount(path: string, offset: number): string {
  const at = offset === 0 ? '' : ` -O ${String(offset)}`;
  const opened = `sudo dislocker -r${at} -V ${quoted(path)} -pRECOVERY-PASSWORD -- /mnt/bitlocker`;
  return `${opened} && sudo mount -t ntfs-3g -o ro,loop,show_sys_files /mnt/bitlocker/dislocker-file ${MOUNT_POINT}`;
}

function guestmount(path: string): string {
  return `guestmount --ro -a ${path} -i ${MOUNT_POINT}`;
}

function ewfmount(path: string): string {
  return `ewfmount ${path} /mnt/ewf && guestmount --ro -a /mnt/ewf/ewf1 -i ${MOUNT_POINT}`;
}

const PACKED_NAME = /\.(?:vhdx?|avhdx?|e01|ex01|l01|vmdk|raw|dd|img|iso|0*1|qcow2?|vdi|wim|7z|rar|xz|zst|bz2|cab)$/i;
const SECTOR = 512;
const HEAD_BYTES = 65536;
const MOUNT_POINT = '/mnt/evidence';

const ARCHIVES: readonly Magic[] = [
  { name: 'a 7z archive', at: 0, bytes: '7z\xbc\xaf\x27\x1c' },
  { name: 'a rar archive', at: 0, bytes: 'Rar!\x1a\x07' },
  { name: 'an xz file', at: 0, bytes: '\xfd7zXZ\0' },
  { name: 'a zstandard file', at: 0, bytes: '\x28\xb5\x2f\xfd' },
  { name: 'a bzip2 file', at: 0, bytes: 'BZh' },
  { name: 'a cabinet', at: 0, bytes: 'MSCF\0\0\0\0' },
];

const NTFS: Volume = { name: 'an NTFS volume', command: loopMount };
const BITLOCKER: Volume = { name: 'a BitLocker volume', command: bitlockerMount };
const REFS: Volume = {
  name: 'a ReFS volume',
  command: () => 'mount it on Windows: Linux has no reader for ReFS; copy the folders you need',
};

const VHD: ImageMagic = { name: 'a VHD image', at: 0, bytes: 'conectix', command: guestmount };

const IMAGES: readonly ImageMagic[] = [
  VHD,
  { name: 'a VHDX image', at: 0, bytes: 'vhdxfile', command: guestmount },
  { name: 'an E01 image', at: 0, bytes: 'EVF\x09\x0d\x0a\xff\0', command: ewfmount },
  {
    name: 'an L01 image',
    at: 0,
    bytes: 'LVF\x09\x0d\x0a\xff\0',
    command: (path) => `ewfmount -f files ${path} ${MOUNT_POINT}`,
  },
  { name: 'an Ex01 image', at: 0, bytes: 'EVF2\x0d\x0a\x81\0', command: ewfmount },
  { name: 'a VMDK image', at: 0, bytes: 'KDMV', command: guestmount },
  { name: 'a VMDK descriptor', at: 0, bytes: '# Disk DescriptorFile', command: guestmount },
  { name: 'a QCOW2 image', at: 0, bytes: 'QFI\xfb', command: guestmount },
  { name: 'a VDI image', at: 0x40, bytes: '\x7f\x10\xda\xbe', command: guestmount },
  {
    name: 'a WIM image',
    at: 0,
    bytes: 'MSWIM\0\0\0',
    command: (path) => `wimmount ${path} 1 ${MOUNT_POINT} --streams-interface=windows`,
  },
];
