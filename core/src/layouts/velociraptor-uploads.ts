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
 * it was and not sparse; and what the package has without a row, which is the beginning of a file whose upload failed.
 */
export async function readUploads(file: Listed, stored: StoredNames, draft: Draft): Promise<void> {
  const sparse = new Set<string>();
  const short = new Map<string, { readonly path: string; readonly size: number; readonly stored: number }>();
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
      if (error !== undefined) draft.fail(path, `Velociraptor could not collect it: ${error}`);
      else if (components.length > 2 && !stored.has(components))
        draft.fail(path, 'uploads.json says that it was collected, and it is not in the package');
      else {
        const size = numberOf(row, 'file_size') ?? 0;
        const got = numberOf(row, 'uploaded_size') ?? size;
        if (got >= size) continue;
        if (room >= 0 && short.size < MOST_SHORT)
          short.set(key, { path: path.slice(0, LONGEST_KEY), size, stored: got });
        else draft.fail(path, cutShort(got, size));
      }
    }
  }
  for (const [key, { path, size, stored: got }] of short) if (!sparse.has(key)) draft.fail(path, cutShort(got, size));
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
 * What was found and is not in the package was not collected, whether its upload failed or the collection left it out.
 */
export async function readMatches(file: Listed, stored: StoredNames, draft: Draft): Promise<void> {
  for await (const rows of objectRows(file, draft)) {
    for (const { row } of rows) {
      const source = textOf(row, 'SourceFile');
      if (source === undefined) continue;
      if (!stored.hasSource(source)) draft.fail(source, 'Velociraptor found it, and it is not in the package');
    }
  }
}

/** Tells whether a file that was stored is in the package, however the release that stored it spelt its name. */
export class StoredNames {
  readonly #parcel: Parcel;
  #originals: Set<string> | undefined;
  #uploads: readonly string[] | undefined;
  #seen = new Uint8Array(0);
  /** Every name was found as it is written today, so that a file without a row is one. */
  #isExact = true;

  constructor(parcel: Parcel) {
    this.#parcel = parcel;
  }

  has(components: readonly string[]): boolean {
    if (this.see(components)) return true;
    const isSpeltElse = this.#hasOriginal(serverPath(components.slice(2).join('/')) ?? components.join('/'));
    if (isSpeltElse) this.#isExact = false;
    return isSpeltElse;
  }

  /** @param source a path of the server, by any accessor */
  hasSource(source: string): boolean {
    const device = DEVICE.exec(source)?.[0] ?? '';
    const parts = [device, ...source.slice(device.length).split('\\')].filter((part) => part !== '').map(zipName);
    for (const accessor of ACCESSORS)
      if (this.#parcel.has(`${this.#parcel.root}uploads/${accessor}/${parts.join('/')}`)) return true;
    const original = serverPath(source);
    return original === undefined || this.#hasOriginal(original);
  }

  /** Whether there is a file of that name; it is noted as one with a row. */
  see(components: readonly string[], ending = ''): boolean {
    const name = `${this.#parcel.root}${components.map(zipName).join('/')}${ending}`;
    if (!this.#parcel.has(name)) return false;
    const at = placeIn(this.#all(), name);
    if (at < this.#seen.length) this.#seen[at] = 1;
    return true;
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

  #hasOriginal(original: string): boolean {
    const { root } = this.#parcel;
    this.#originals ??= new Set([...this.#parcel.below()].map((path) => keyOf(path.slice(root.length))));
    return this.#originals.has(pathKey(original));
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
