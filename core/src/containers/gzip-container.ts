import type { ByteSource, ListingGap } from '../model/evidence.ts';
import type { Gap } from '../model/reading.ts';
import { readRun } from './byte-range.ts';
import { lastPart } from './container-place.ts';
import type { Container, ContainerPlace } from './container-place.ts';
import { gzipHeader } from './gzip-header.ts';
import type { GzipHeader } from './gzip-header.ts';
import type { GzipStream } from './gzip-stream.ts';
import type { MemberArtifact } from './member.ts';
import { MemberPaths } from './member-path.ts';
import { memberGap, MemberSource, MemoryBytes, SMALL } from './member-source.ts';
import type { WholeMember } from './shelf.ts';

/** The one file of a gzip that holds no tar: a log that was packed by itself. */
export class GzipContainer implements Container {
  readonly name: string;
  readonly #place: ContainerPlace;
  readonly #stream: GzipStream;
  #gaps: readonly Gap[] = [];
  #paths = new MemberPaths();

  constructor(place: ContainerPlace, stream: GzipStream) {
    this.name = lastPart(place.path);
    this.#place = place;
    this.#stream = stream;
  }

  get paths(): MemberPaths {
    return this.#paths;
  }

  emptyFolders(): readonly string[] {
    return [];
  }

  async *list(): AsyncGenerator<MemberArtifact | ListingGap> {
    const { path, size: packedSize, source, expansion, reserved } = this.#place;
    this.#paths = new MemberPaths(reserved);
    const header = await this.#header(source);
    const end = await this.#measure();
    const member = this.#paths.file(nameOf(this.name, header));
    const granted = expansion.grant({ packedSize, size: end ?? expansion.mostOf(packedSize) + 1 });
    if (granted.says !== undefined) yield { path: member.path, reason: 'limit', says: granted.says };
    const size = Math.min(end ?? granted.limit, granted.limit);
    yield {
      path: member.path,
      container: path,
      size,
      packedSize,
      times: header?.modified === undefined ? {} : { modified: header.modified },
      open: () => this.#open(size, granted.says),
    };
  }

  async #header(source: ContainerPlace['source']): Promise<GzipHeader | undefined> {
    const lease = await source.lease();
    try {
      const header = gzipHeader(await readRun(lease, 0, HEAD));
      return header === 'more' ? undefined : header;
    } finally {
      await lease.close();
    }
  }

  /**
   * How many bytes come out: a gzip says so only modulo 2^32, and only behind its last member.
   *
   * @returns `undefined` if they are more than may be read
   */
  async #measure(): Promise<number | undefined> {
    const { expansion, path, options, size } = this.#place;
    const most = expansion.mostOf(size);
    const lease = await this.#stream.source.lease();
    const one = new Uint8Array(1);
    try {
      for (let at = 0; at < most && (await lease.readInto(at, one)) > 0; at += STEP)
        await options.onIndexed?.(path, at);
      this.#gaps = [...this.#stream.gaps];
      return this.#stream.end;
    } finally {
      await lease.close();
    }
  }

  /** @param cut why bytes behind `size` are not read; how many they are is not known */
  async #open(size: number, cut: string | undefined): Promise<ByteSource> {
    const run = { from: size, to: size };
    const gaps = cut === undefined ? this.#gaps : [...this.#gaps, memberGap('limit', run, cut)];
    if (size <= SMALL) {
      const { bytes } = await this.#place.shelf.member(this, () => this.#readSmall(size));
      return new MemberSource(new MemoryBytes(bytes), { size: bytes.length, gaps });
    }
    const lease = await this.#stream.source.lease();
    return new MemberSource(lease, { size, gaps, release: () => lease.close() });
  }

  async #readSmall(size: number): Promise<WholeMember> {
    const lease = await this.#stream.source.lease();
    try {
      return { bytes: await readRun(lease, 0, size), gaps: [] };
    } finally {
      await lease.close();
    }
  }
}

/** The archive's own name without its ending, as gzip names the file when it unpacks; else the name in the header. */
function nameOf(archive: string, header: GzipHeader | undefined): string {
  const bare = archive.replace(/\.gz$/i, '');
  return bare !== archive && bare !== '' ? bare : (header?.name ?? `${archive}.unpacked`);
}

const HEAD = 64 * 1024;
const STEP = 2 ** 20;
