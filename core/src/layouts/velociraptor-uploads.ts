import { percentDecoded } from '../bytes/url.ts';
import type { Draft } from './draft.ts';
import type { Listed } from './laid-out.ts';
import type { Parcel } from './layout-reader.ts';
import { numberOf, objectRows, propertyOf, textOf } from './manifest-rows.ts';

/**
 * Reads `uploads.json`, one row a stored file: `vfs_path` (the path on the server), `_Components` (where it was stored, part
 * by part, not encoded), `file_size`, `uploaded_size`, `Type` (`idx` for the map of a sparse file). What was stored and is
 * not in the package, and what was stored shorter than it was without being sparse, was not collected.
 */
export async function readUploads(file: Listed, parcel: Parcel, draft: Draft): Promise<void> {
  const stored = new StoredNames(parcel);
  const sparse = new Set<string>();
  const short = new Map<string, { readonly path: string; readonly size: number; readonly stored: number }>();
  let sparseCount = 0;
  for await (const rows of objectRows(file, draft)) {
    for (const { row } of rows) {
      const components = componentsOf(row);
      const path = textOf(row, 'vfs_path') ?? components.slice(2).join('\\');
      if (path === '' || path === 'data') continue;
      const key = components.join('/');
      if (propertyOf(row, 'Type') === 'idx') {
        sparseCount += 1;
        if (sparse.size < MOST_SHORT) sparse.add(key);
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
        if (short.size < MOST_SHORT) short.set(key, { path, size, stored: got });
        else draft.fail(path, cutShort(got, size));
      }
    }
  }
  for (const [key, { path, size, stored: got }] of short) if (!sparse.has(key)) draft.fail(path, cutShort(got, size));
  if (sparseCount > 0)
    draft.limit(
      `${sparseCount} files are stored without their sparse parts, as .idx files beside them say; offsets in them are those of the stored bytes`,
    );
}

/**
 * Reads the list of what a collection found (`All Matches Metadata`) or of what it stored (`Uploads`). A row of the second
 * without a destination or a hash is a file whose upload failed.
 */
export async function readMatches(file: Listed, draft: Draft, kind: 'matches' | 'uploads'): Promise<void> {
  if (kind === 'matches') return;
  for await (const rows of objectRows(file, draft)) {
    for (const { row } of rows) {
      const source = textOf(row, 'SourceFile');
      if (source === undefined) continue;
      const size = numberOf(row, 'FileSize') ?? numberOf(row, 'Size');
      const isStored = ['DestinationFile', 'SourceFileSha256', 'StoredName'].some(
        (name) => textOf(row, name) !== undefined,
      );
      if (!isStored && size !== 0) draft.fail(source, 'Velociraptor found it and has no copy of it: its upload failed');
    }
  }
}

/** Tells whether a file that was stored is in the package, however the release that stored it spelt its name. */
class StoredNames {
  readonly #parcel: Parcel;
  #decoded: Set<string> | undefined;

  constructor(parcel: Parcel) {
    this.#parcel = parcel;
  }

  has(components: readonly string[]): boolean {
    const { root } = this.#parcel;
    if (this.#parcel.has(root + components.map(zipName).join('/'))) return true;
    this.#decoded ??= new Set([...this.#parcel.below()].map((path) => plain(path.slice(root.length))));
    return this.#decoded.has(plain(components.map(zipName).join('/')));
  }
}

function plain(path: string): string {
  return percentDecoded(path).toLowerCase();
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
  return parts.filter((part) => part !== '');
}

function cutShort(got: number, size: number): string {
  return `Velociraptor stored ${got} of its ${size} bytes`;
}

const ESCAPED = /[?"*:|<>%/\\]/g;
const MOST_COMPONENTS = 256;
const MOST_SHORT = 100_000;
