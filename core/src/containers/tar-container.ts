import type { ByteSource, ListingGap } from '../model/evidence.ts';
import { ByteRange, readRun } from './byte-range.ts';
import { lastPart } from './container-place.ts';
import type { Container, ContainerPlace } from './container-place.ts';
import type { GzipStream } from './gzip-stream.ts';
import type { MemberArtifact } from './member.ts';
import { MemberPaths, TOO_DEEP, TOO_MANY_FOLDERS } from './member-path.ts';
import { cutGaps, memberGap, MemberSource, MemoryBytes, SMALL } from './member-source.ts';
import type { WholeMember } from './shelf.ts';
import { walkTar } from './tar-walk.ts';
import type { TarMember } from './tar-walk.ts';

/** The members of a tar, plain or in gzip. They are listed by going through the tar once, in its own order. */
export class TarContainer implements Container {
  readonly name: string;
  readonly #place: ContainerPlace;
  readonly #stream: GzipStream | undefined;
  #paths = new MemberPaths();

  constructor(place: ContainerPlace, stream: GzipStream | undefined) {
    this.name = lastPart(place.path);
    this.#place = place;
    this.#stream = stream;
  }

  get paths(): MemberPaths {
    return this.#paths;
  }

  emptyFolders(): readonly string[] {
    return this.#paths.emptyFolders();
  }

  async *list(): AsyncGenerator<MemberArtifact | ListingGap> {
    const { path, source, limits, options, size, expansion, reserved } = this.#place;
    this.#paths = new MemberPaths(reserved);
    const lease = await (this.#stream?.source ?? source).lease();
    const files = new Map<string, TarMember>();
    try {
      const stop = this.#stream === undefined ? size : expansion.most;
      const isWhole = this.#stream === undefined;
      const onIndexed = (at: number): void | Promise<void> => options.onIndexed?.(path, at);
      for await (const found of walkTar(lease, { stop, isWhole, limits, onIndexed })) {
        if (found.is === 'gap') yield { path: '', reason: found.reason, says: found.says };
        else yield* this.#listed(found, files);
      }
      if (this.#paths.isOverfull) yield { path: '', reason: 'limit', says: TOO_MANY_FOLDERS };
      for (const gap of this.#stream?.gaps ?? []) yield { path: '', reason: 'unreadable', says: gap.says };
    } finally {
      await lease.close();
    }
  }

  *#listed(member: TarMember, files: Map<string, TarMember>): Generator<MemberArtifact | ListingGap> {
    if (member.kind === 'folder') {
      this.#paths.folder(member.name);
      return;
    }
    const { path, isClimbing, isDeep, isTwin } = this.#paths.file(member.name.slice(0, LONGEST_NAME));
    const gap = (reason: ListingGap['reason'], says: string): ListingGap => ({ path, reason, says });
    if (member.name.length > LONGEST_NAME)
      yield gap('limit', `name of ${member.name.length} characters is cut after ${LONGEST_NAME}`);
    if (isClimbing)
      yield gap('unsupported', 'name climbs out of the tar with `..`, which is not followed; the member is read');
    if (isDeep) yield gap('limit', TOO_DEEP);
    if (isTwin) yield gap('unsupported', 'name stands in the tar before; both members are read');
    const file = member.kind === 'hard link' ? files.get(member.linkName) : member;
    if (file === undefined) {
      yield gap('unsupported', 'hard link to a member that does not stand before it');
      return;
    }
    if (file.kind !== 'file') {
      yield gap('unsupported', REFUSALS[file.kind]);
      return;
    }
    files.set(member.name, file);
    const packedSize = this.#stream === undefined ? file.size : this.#place.size;
    const granted = this.#place.expansion.grant({ packedSize, size: file.size });
    if (granted.says !== undefined) yield gap('limit', granted.says);
    yield {
      path,
      container: this.#place.path,
      size: Math.min(file.size, granted.limit),
      packedSize,
      times: file.modified === undefined ? {} : { modified: file.modified },
      open: () => this.#open(file, granted.limit),
    };
  }

  async #open(member: TarMember, limit: number): Promise<ByteSource> {
    const size = Math.min(member.available, limit);
    const cut = { from: member.available, to: member.size };
    const says = `tar states ${member.size} bytes for the member and ends after ${member.available} of them`;
    const truncated = member.available < member.size ? [memberGap('truncated', cut, says)] : [];
    const gaps = [...truncated, ...cutGaps(size, member.available)];
    if (this.#stream === undefined || size > SMALL) {
      const lease = await (this.#stream?.source ?? this.#place.source).lease();
      const bytes = new ByteRange(lease, member.dataAt, size);
      return new MemberSource(bytes, { size, gaps, release: () => lease.close() });
    }
    const { bytes } = await this.#place.shelf.member(member, () => this.#readSmall(member, size));
    return new MemberSource(new MemoryBytes(bytes), { size: bytes.length, gaps });
  }

  async #readSmall(member: TarMember, size: number): Promise<WholeMember> {
    const lease = await (this.#stream?.source ?? this.#place.source).lease();
    try {
      return { bytes: await readRun(lease, member.dataAt, size), gaps: [] };
    } finally {
      await lease.close();
    }
  }
}

const REFUSALS = {
  folder: 'link to a folder',
  'hard link': 'link to a link',
  'symbolic link': 'symbolic link, not followed',
  device: 'expected a file or a folder, found a device or named pipe, not opened',
  'sparse file':
    'sparse file, whose bytes the tar has only in part: pack it without --sparse, or unpack the tar into a folder',
  'continued file': 'rest of a file that begins in another volume of the tar',
} as const;
const LONGEST_NAME = 4096;
