import type { Draft } from './draft.ts';
import type { Listed } from './laid-out.ts';
import { placeIn } from './layout-reader.ts';
import type { Parcel } from './layout-reader.ts';
import { numberOf, objectRows, propertyOf, textOf } from './manifest-rows.ts';
import { pathKey, serverPath } from './server-path.ts';

/**
 * Reads `uploads.json`, one row a stored file: `vfs_path` (the path on the server), `_Components` (where it was stored, part
 * by part, not encoded), `file_size`, `uploaded_size`, `Type` (`idx` for the map of a sparse file). A row is written when a
 * file was stored to its end. So these were not collected: what a row names and the package has not; what is shorter than
 * it was, or than the row says was stored, and not sparse; and what the package has without a row, which is the beginning of a file whose upload failed.
 */
export async function readUploads(file: Listed, stored: StoredNames, draft: Draft): Promise<void> {
  const sparse = new Set<string>();
  const short = new Map<string, { readonly path: string; readonly says: string }>();
  let sparseCount = 0;
  let rowCount = 0;
  let room = ROOM;
  for await (const rows of objectRows(file, draft)) {
    for (const { row } of rows) {
      const components = componentsOf(row);
      const written = textOf(row, 'vfs_path') ?? '';
      // Accessors that read something inside a file write a whole document there.
      const path = written === '' || written.startsWith('{') ? components.slice(2).join('\\') : written;
      rowCount += 1;
      if (path === '') continue;
      const key = components.join('/').slice(0, LONGEST_KEY);
      room -= key.length + path.length;
      if (propertyOf(row, 'Type') === 'idx') {
        sparseCount += 1;
        stored.see(components, '.idx');
        if (room >= 0 && sparse.size < MOST_SHORT) sparse.add(key);
        continue;
      }
      const error = textOf(row, 'error') ?? textOf(row, 'Error');
      const there = components.length > 2 ? stored.sizeOf(components) : undefined;
      if (error !== undefined) draft.fail(path, `Velociraptor could not collect it: ${error}`);
      else if (components.length > 2 && there === undefined)
        draft.fail(path, 'uploads.json says that it was collected, and it is not in the package');
      else {
        const size = numberOf(row, 'file_size') ?? 0;
        const got = numberOf(row, 'uploaded_size') ?? size;
        const says = there !== undefined && there < got ? lacking(there, got) : got < size ? cutShort(got, size) : '';
        if (says === '') continue;
        // That nothing at all is left of what was stored is no matter of sparse parts.
        if (there !== 0 && room >= 0 && short.size < MOST_SHORT)
          short.set(key, { path: path.slice(0, LONGEST_KEY), says });
        else draft.fail(path, says);
      }
    }
  }
  for (const [key, { path, says }] of short) if (!sparse.has(key)) draft.fail(path, says);
  if (rowCount > 0)
    for (const path of stored.unseen())
      draft.fail(path, 'Velociraptor began to store it, and uploads.json does not say that it came to the end');
  if (sparseCount > 0)
    draft.limit(
      `${sparseCount} files are stored without their sparse parts, as .idx files beside them say; offsets in them are those of the stored bytes`,
    );
}

/**
 * Reads the list of what a collection found (`All Matches Metadata`, `All File Metadata`) or of what it stored (`Uploads`).
 * What was found and is not in the package was not collected, whether its upload failed or the collection left it out; nor
 * was what the package has fewer bytes of, unless a map beside it says that it is sparse.
 */
export async function readMatches(file: Listed, stored: StoredNames, draft: Draft): Promise<void> {
  for await (const rows of objectRows(file, draft)) {
    for (const { row } of rows) {
      const source = textOf(row, 'SourceFile');
      if (source === undefined) continue;
      const there = stored.ofSource(source);
      const size = numberOf(row, 'FileSize') ?? numberOf(row, 'Size') ?? 0;
      if (there === undefined) draft.fail(source, 'Velociraptor found it, and it is not in the package');
      else if (there.size < size && (there.size === 0 || !there.isSparse))
        draft.fail(source, lacking(there.size, size));
    }
  }
}

/** Tells how much of a file that was stored is in the package, however the release that stored it spelt its name. */
export class StoredNames {
  readonly #parcel: Parcel;
  #originals: Map<string, number> | undefined;
  #uploads: readonly string[] | undefined;
  #seen = new Uint8Array(0);
  /** Every name was found as it is written today, so that a file without a row is one. */
  #isExact = true;

  constructor(parcel: Parcel) {
    this.#parcel = parcel;
  }

  /** Bytes; `undefined` where the package has no such file. */
  sizeOf(components: readonly string[]): number | undefined {
    const exact = this.see(components);
    if (exact !== undefined) return exact;
    const speltElse = this.#sizeOfOriginal(serverPath(components.slice(2).join('/')) ?? components.join('/'));
    if (speltElse !== undefined) this.#isExact = false;
    return speltElse;
  }

  /**
   * @param source a path of the server, by any accessor
   * @returns `undefined` where the package has no such file; where the path names no volume, no size that is too small
   */
  ofSource(source: string): { readonly size: number; readonly isSparse: boolean } | undefined {
    const device = DEVICE.exec(source)?.[0] ?? '';
    const parts = [device, ...source.slice(device.length).split('\\')].filter((part) => part !== '').map(zipName);
    for (const accessor of ACCESSORS) {
      const name = `${this.#parcel.root}uploads/${accessor}/${parts.join('/')}`;
      const size = this.#parcel.sizeOf(name);
      if (size !== undefined) return { size, isSparse: this.#parcel.has(`${name}.idx`) };
    }
    const original = serverPath(source);
    if (original === undefined) return { size: Number.POSITIVE_INFINITY, isSparse: false };
    const size = this.#sizeOfOriginal(original);
    return size === undefined ? undefined : { size, isSparse: this.#sizeOfOriginal(`${original}.idx`) !== undefined };
  }

  /** Bytes of the file of that name, if there is one; it is noted as one with a row. */
  see(components: readonly string[], ending = ''): number | undefined {
    const name = `${this.#parcel.root}${components.map(zipName).join('/')}${ending}`;
    const size = this.#parcel.sizeOf(name);
    if (size === undefined) return undefined;
    const at = placeIn(this.#all(), name);
    if (at < this.#seen.length) this.#seen[at] = 1;
    return size;
  }

  /** Paths on the server of the stored files that were not seen; none where their names cannot be told for sure. */
  *unseen(): Generator<string> {
    if (!this.#isExact) return;
    const { root } = this.#parcel;
    for (const [at, path] of this.#all().entries())
      if (this.#seen[at] === 0) yield serverPath(path.slice(root.length)) ?? path.slice(root.length);
  }

  #all(): readonly string[] {
    const folder = `${this.#parcel.root}uploads/`;
    if (this.#uploads === undefined) {
      this.#uploads = [...this.#parcel.below()].filter((path) => path.startsWith(folder));
      this.#seen = new Uint8Array(this.#uploads.length);
    }
    return this.#uploads;
  }

  #sizeOfOriginal(original: string): number | undefined {
    const { root } = this.#parcel;
    this.#originals ??= new Map(
      [...this.#parcel.below()].map((path) => [keyOf(path.slice(root.length)), this.#parcel.sizeOf(path) ?? 0]),
    );
    return this.#originals.get(pathKey(original));
  }
}

/** Of a stored path; before 0.6.7 the accessor stands in front of the drive's letter. */
function keyOf(stored: string): string {
  return pathKey(serverPath(stored.replace(OLD_ACCESSOR, '')) ?? stored);
}

/** A part of a path as it is written in the zip since 0.6.7. */
function zipName(component: string): string {
  const escaped = component.replaceAll(ESCAPED, percentCode);
  return escaped.replace(/^[. ]/, percentCode).replace(/[. ]$/, percentCode);
}

function percentCode(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function componentsOf(row: object): readonly string[] {
  const value = propertyOf(row, '_Components');
  if (!Array.isArray(value)) return [];
  const parts = value.slice(0, MOST_COMPONENTS).filter((part) => typeof part === 'string');
  const named = parts.filter((part) => part !== '');
  // In what a server exports, the server's own folders stand in front.
  return named.slice(Math.max(0, named.indexOf('uploads')));
}

function cutShort(got: number, size: number): string {
  return `Velociraptor stored ${got} of its ${size} bytes`;
}

function lacking(there: number, size: number): string {
  return `Velociraptor says that it stored ${size} bytes of it, ${there} are in the package`;
}

const ESCAPED = /[?"*:|<>%/\\]/g;
/** What names the volume in a path, and is one part of the stored one. */
const DEVICE = /^(?:\\\\[.?]\\(?:GLOBALROOT\\Device\\)?[^\\]{1,80}|[A-Za-z]:)/i;
const ACCESSORS = ['auto', 'ntfs', 'lazy_ntfs', 'ntfs_vss', 'file', 'mft'];
const OLD_ACCESSOR = /^(?:auto|ntfs|lazy_ntfs|ntfs_vss|file|mft)\/(?=[A-Za-z]\/)/i;
const MOST_COMPONENTS = 256;
const MOST_SHORT = 100_000;
const LONGEST_KEY = 8192;
/** Characters of paths that are kept until the list was read. */
const ROOM = 32 * 1024 * 1024;
