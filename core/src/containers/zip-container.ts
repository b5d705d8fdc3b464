import type { ListingGap } from '../model/evidence.ts';
import { lastPart } from './container-place.ts';
import type { Container, ContainerPlace } from './container-place.ts';
import type { MemberArtifact } from './member.ts';
import { MemberPaths, TOO_DEEP, TOO_MANY_FOLDERS } from './member-path.ts';
import { aesOverhead } from './zip-aes.ts';
import { ENCRYPTION_HEADER } from './zip-cipher.ts';
import { ENCRYPTED, isMasked, methodName, PATCH, STRONG_ENCRYPTION } from './zip-entry.ts';
import type { ZipEntry } from './zip-entry.ts';
import { openZipMember } from './zip-member.ts';
import type { ZipArchive, ZipPlace } from './zip-member.ts';
import { spellings } from './zip-password.ts';
import { takeZipStock } from './zip-stock.ts';
import type { ZipStock, ZipStockEntry } from './zip-stock.ts';

/** The members of a zip. They are listed in the order of its directory, without opening one of them. */
export class ZipContainer implements Container {
  readonly name: string;
  readonly #place: ContainerPlace;
  #paths = new MemberPaths();

  constructor(place: ContainerPlace) {
    this.name = lastPart(place.path);
    this.#place = place;
  }

  get paths(): MemberPaths {
    return this.#paths;
  }

  emptyFolders(): readonly string[] {
    return this.#paths.emptyFolders();
  }

  async *list(): AsyncGenerator<MemberArtifact | ListingGap> {
    const { size, source, shelf, options, reserved } = this.#place;
    this.#paths = new MemberPaths(reserved);
    const passwords = spellings(options.passwords ?? []);
    const archive: ZipArchive = { source, size, shelf, passwords, decryption: options.decryption };
    const stock = await this.#stock();
    for (const gap of stock.gaps) yield { ...gap, path: '' };
    let gaps = 0;
    for (const member of stock.members) {
      for (const one of this.#listed(member, archive)) {
        if ('says' in one && ++gaps > MOST_GAPS) continue;
        yield one;
      }
    }
    if (this.#paths.isOverfull) yield { path: '', reason: 'limit', says: TOO_MANY_FOLDERS };
    if (gaps > MOST_GAPS)
      yield { path: '', reason: 'limit', says: `${gaps - MOST_GAPS} more things are wrong with members than are told` };
  }

  async #stock(): Promise<ZipStock> {
    const lease = await this.#place.source.lease();
    try {
      return await takeZipStock(lease, this.#place);
    } finally {
      await lease.close();
    }
  }

  *#listed(member: ZipStockEntry, archive: ZipArchive): Generator<MemberArtifact | ListingGap> {
    const { entry } = member;
    if (entry.kind === 'folder' && entry.size === 0) {
      this.#paths.folder(entry.name);
      return;
    }
    const { path, isClimbing, isDeep, isTwin } = this.#paths.file(entry.name.slice(0, LONGEST_NAME));
    const gap = (reason: ListingGap['reason'], says: string): ListingGap => ({ path, reason, says });
    if (entry.name.length > LONGEST_NAME)
      yield gap('limit', `name of ${entry.name.length} characters is cut after ${LONGEST_NAME}`);
    if (isClimbing)
      yield gap('unsupported', 'name climbs out of the zip with `..`, which is not followed; the member is read');
    if (isDeep) yield gap('limit', TOO_DEEP);
    if (isTwin) yield gap('unsupported', 'name stands in the zip before; both members are read');
    if (member.isHidden)
      yield gap(
        'unreadable',
        'directory of the zip does not name this member; it is read by the header in front of it',
      );
    if (member.overlaps !== undefined)
      yield gap('unreadable', `member claims bytes of the zip that ${quoted(member.overlaps)} claims as well`);
    const refusal = refusalOf(member, archive);
    if (refusal !== undefined) {
      yield gap(refusal.reason, refusal.says);
      return;
    }
    const { size: archiveSize, expansion } = this.#place;
    // What it states is not believed beyond what the archive has.
    const packedSize = Math.min(entry.packedSize, archiveSize);
    const granted = expansion.grant({ packedSize, size: entry.size });
    if (granted.says !== undefined) yield gap('limit', granted.says);
    const place = { entry, boundary: member.boundary, limit: granted.limit };
    const size = Math.min(sizeOf(entry, packedSize), granted.limit);
    yield artifactOf(place, archive, { path, container: this.#place.path, size, packedSize });
  }
}

/** Outside the listing, of which a function made there would hold everything. */
function artifactOf(
  place: ZipPlace,
  archive: ZipArchive,
  stated: Pick<MemberArtifact, 'path' | 'container' | 'size' | 'packedSize'>,
): MemberArtifact {
  const { path, container, size, packedSize } = stated;
  const { times } = place.entry;
  return { path, container, size, packedSize, times, open: () => openZipMember(place, archive) };
}

/** Why a member cannot be read at all. */
function refusalOf(
  { entry, isRefused }: ZipStockEntry,
  archive: ZipArchive,
): { reason: ListingGap['reason']; says: string } | undefined {
  if (isRefused)
    return {
      reason: 'limit',
      says: 'member claims bytes of the zip that others claim, more than twice over: it is not read',
    };
  if (entry.kind === 'symbolic link') return { reason: 'unsupported', says: 'symbolic link, not followed' };
  if ((entry.flags & STRONG_ENCRYPTION) !== 0 || isMasked(entry))
    return { reason: 'unsupported', says: 'member is encrypted with PKWARE strong encryption, which is not opened' };
  if ((entry.flags & PATCH) !== 0) return { reason: 'unsupported', says: 'member is a patch of another file' };
  if (entry.method !== 0 && entry.method !== 8 && entry.method !== 9)
    return {
      reason: 'unsupported',
      says: `member is packed with ${methodName(entry.method)}, which is not unpacked: unpack the zip into a folder`,
    };
  if ((entry.flags & ENCRYPTED) === 0) return undefined;
  if (archive.passwords.length === 0)
    return {
      reason: 'unreadable',
      says: 'member is encrypted and no password was given: name a file that holds it with --password-file',
    };
  if (entry.aes === undefined) return undefined;
  if (entry.aes.strength < 1 || entry.aes.strength > 3)
    return {
      reason: 'unsupported',
      says: `member is encrypted with AES of strength ${entry.aes.strength}, expected 1 to 3`,
    };
  return archive.decryption === undefined
    ? { reason: 'unsupported', says: 'member is encrypted with AES, which this host does not decrypt' }
    : undefined;
}

/** A stored member has the bytes that it takes, whatever else is stated. */
function sizeOf(entry: ZipEntry, packedSize: number): number {
  if (entry.method !== 0) return entry.size;
  if ((entry.flags & ENCRYPTED) === 0) return packedSize;
  return Math.max(0, packedSize - (entry.aes === undefined ? ENCRYPTION_HEADER : aesOverhead(entry.aes.strength)));
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 200));
}

const LONGEST_NAME = 4096;
const MOST_GAPS = 10_000;
