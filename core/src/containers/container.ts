import type { Artifact } from '../model/evidence.ts';
import { readRun } from './byte-range.ts';
import type { Container, ContainerPlace } from './container-place.ts';
import { Expansion } from './expansion.ts';
import { GzipContainer } from './gzip-container.ts';
import { GzipStream } from './gzip-stream.ts';
import { LIMITS } from './member.ts';
import type { Bytes, ContainerOptions } from './member.ts';
import { SharedSource, Shelf } from './shelf.ts';
import { TarContainer } from './tar-container.ts';
import { isTar, TAR_BLOCK } from './tar-header.ts';
import { ZipContainer } from './zip-container.ts';
import { findZipEnd } from './zip-end.ts';

/** An archive or a disk image that is recognised and not opened. */
export interface ContainerRefusal {
  readonly reason: 'unsupported' | 'unreadable';
  readonly says: string;
}

/** What a container shares with the others of a run, and where it stands among them. */
export interface ContainerSetting {
  /** Path below the evidence root, by which its members name it. */
  readonly path: string;
  readonly shelf: Shelf;
  /** Absent for an outermost container. */
  readonly expansion?: Expansion;
  readonly reserved?: readonly string[];
}

/**
 * Opens an artifact as a container: zip (with ZIP64, Deflate64, both kinds of encryption), tar (ustar, pax, GNU), gzip, and
 * tar in gzip. It is recognised by its content, whatever its name. Nothing is unpacked anywhere but in memory; members are
 * read where they lie.
 *
 * @returns `undefined` if it is no archive at all
 * @throws what opening the artifact throws
 */
export async function openContainer(
  artifact: Artifact,
  options: ContainerOptions = {},
  setting: ContainerSetting = { path: artifact.path, shelf: new Shelf() },
): Promise<Container | ContainerRefusal | undefined> {
  const { shelf, path, reserved = [] } = setting;
  const source = new SharedSource(shelf, () => artifact.open());
  const lease = await source.lease();
  try {
    const { size } = lease;
    const kind = await kindOf(lease, size);
    if (kind === undefined) return undefined;
    const refused = REFUSED.get(kind);
    if (refused !== undefined) return { reason: 'unsupported', says: refused };
    const limits = { ...LIMITS, ...options.limits };
    const expansion = setting.expansion ?? Expansion.of(size, limits);
    const place: ContainerPlace = { path, size, source, shelf, expansion, limits, options, reserved };
    if (kind === 'zip') return new ZipContainer(place);
    if (kind === 'tar') return new TarContainer(place, undefined);
    const stream = new GzipStream(source, { size, shelf });
    return (await holdsTar(stream)) ? new TarContainer(place, stream) : new GzipContainer(place, stream);
  } finally {
    await lease.close();
  }
}

/** Whether the name of an artifact is one that archives and disk images have; documents and programs that are zips inside are none. */
export function isArchiveName(path: string): boolean {
  return ARCHIVE_NAME.test(path);
}

async function kindOf(bytes: Bytes, size: number): Promise<string | undefined> {
  const head = await readRun(bytes, 0, Math.min(size, TAR_BLOCK));
  const begin = String.fromCharCode(...head.subarray(0, 8));
  const known = MAGIC.find(([magic]) => begin.startsWith(magic))?.[1];
  if (known !== undefined) return known;
  if (isTar(head)) return 'tar';
  return (await findZipEnd(bytes, size)) === undefined ? undefined : 'zip';
}

async function holdsTar(stream: GzipStream): Promise<boolean> {
  const lease = await stream.source.lease();
  try {
    return isTar(await readRun(lease, 0, TAR_BLOCK));
  } finally {
    await lease.close();
  }
}

const ARCHIVE_NAME =
  /\.(?:zip|zipx|tar|tgz|taz|gz|7z|rar|xz|txz|bz2|tbz2?|zst|tzst|lz4|001|z\d\d|vhdx|e01|ex01|vmdk|qcow2)$/i;
const UNPACK = 'is not opened: unpack it into a folder';
const MOUNT = 'is not opened: mount it read-only and name the mount point';
/** First bytes, as Latin-1. */
const MAGIC: readonly (readonly [string, string])[] = [
  ['PK\x03\x04', 'zip'],
  ['PK\x05\x06', 'zip'],
  ['PK\x07\x08PK\x03\x04', 'zip'],
  ['PK00PK\x03\x04', 'zip'],
  ['\x1f\x8b\x08', 'gzip'],
  ['7z\xbc\xaf\x27\x1c', '7z'],
  ['Rar!\x1a\x07', 'rar'],
  ['\xfd7zXZ\0', 'xz'],
  ['BZh', 'bzip2'],
  ['\x28\xb5\x2f\xfd', 'zstandard'],
  ['\x04\x22\x4d\x18', 'lz4'],
  ['vhdxfile', 'vhdx'],
  ['EVF\x09\x0d\x0a\xff', 'e01'],
  ['EVF2\x0d\x0a\x81', 'ex01'],
  ['KDMV', 'vmdk'],
  ['QFI\xfb', 'qcow2'],
];
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['7z', `7z archive ${UNPACK}`],
  ['rar', `rar archive ${UNPACK}`],
  ['xz', `xz file ${UNPACK}`],
  ['bzip2', `bzip2 file ${UNPACK}`],
  ['zstandard', `zstandard file ${UNPACK}`],
  ['lz4', `lz4 file ${UNPACK}`],
  ['vhdx', `VHDX image ${MOUNT}`],
  ['e01', `E01 image ${MOUNT}`],
  ['ex01', `Ex01 image ${MOUNT}`],
  ['vmdk', `VMDK image ${MOUNT}`],
  ['qcow2', `QCOW2 image ${MOUNT}`],
]);
