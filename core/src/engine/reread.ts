import type { ByteSource } from '../model/evidence.ts';
import type { Extent } from '../model/reading.ts';
import { formatOf, plainFields } from './dump.ts';
import { FileRecord, MAX_CONTENT, wantsContent } from './file-record.ts';
import { decodeText, readRange } from './read-artifact.ts';

/** A sighting as the evidence shows it now. */
export interface Reread {
  readonly bytes: Uint8Array;
  readonly excerpt: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads a locator again with its format, or as a whole file. The format reads from the start, because a line means
 * what the header above it says.
 *
 * @returns `undefined` if the evidence ends before the locator or holds no record there
 */
export async function reread(source: ByteSource, path: string, origin: Extent): Promise<Reread | undefined> {
  if (origin.offset + origin.length > source.size) return undefined;
  const bytes = await readRange(source, origin.offset, Math.min(origin.length, MAX_BYTES));
  const format = await formatOf(source, path);
  if (format !== undefined) {
    for await (const batch of format.read(source, { path })) {
      for (const reading of batch) {
        if (
          reading.is !== 'record' ||
          reading.origin.offset !== origin.offset ||
          reading.origin.length !== origin.length
        )
          continue;
        return { bytes, excerpt: reading.excerpt(), fields: plainFields(reading) };
      }
      const last = batch.at(-1);
      if (format.shape === 'sequential' && last !== undefined && last.origin.offset > origin.offset) break;
    }
  }
  if (origin.offset !== 0 || origin.length !== source.size) return undefined;
  const text = wantsContent(path) && source.size <= MAX_CONTENT ? decodeText(bytes) : undefined;
  const record = new FileRecord({ above: '', path, size: source.size, sha256: '', text }, []);
  return { bytes, excerpt: record.excerpt(), fields: {} };
}
