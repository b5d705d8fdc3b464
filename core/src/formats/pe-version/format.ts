import { excerptOf } from '../../bytes/text.ts';
import type { ByteSource } from '../../model/evidence.ts';
import type { EvidenceRecord, Extent, FieldValue, Format, Gap, Reading } from '../../model/reading.ts';
import { PeDamage, PeFile } from './pe-file.ts';
import { readVersion, type Version } from './version-resource.ts';

/**
 * The version resource of a Windows program or library: which build a file is of, by its own word.
 *
 * `FileVersion` and `ProductVersion` are the four numbers of VS_FIXEDFILEINFO; what the string table calls by these names
 * is text that anybody may write and stands as `FileVersionText` and `ProductVersionText`. All other strings keep their
 * names. A file without a version resource gives no record and no gap.
 *
 * Reading takes a handful of small reads however large the file is: headers, three resource directories, the resource.
 * Of several versions (names, languages) the first is read.
 *
 * @see Microsoft PE Format, "The .rsrc Section"; VS_VERSIONINFO
 */
export const peVersion: Format = {
  name: 'pe-version',
  shape: 'tree',
  recognises(head) {
    if (head[0] !== 0x4d || head[1] !== 0x5a || head.length < 0x40) return false;
    const at = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(0x3c, true);
    return head[at] === 0x50 && head[at + 1] === 0x45 && head[at + 2] === 0 && head[at + 3] === 0;
  },
  async *read(source) {
    yield await readings(source);
  },
};

async function readings(source: ByteSource): Promise<readonly Reading[]> {
  try {
    const file = await PeFile.open(source);
    const headers: Reading = { is: 'structure', name: 'headers', origin: file.headers };
    const resource = await file.versionResource();
    if (resource === undefined) return [headers];
    const version = readVersion(resource.bytes);
    const gaps = version.damage.map(({ at, length, says }): Gap => ({
      is: 'gap',
      reason: 'damaged',
      origin: { offset: resource.offset + at, length },
      says,
    }));
    const origin = { offset: resource.offset, length: resource.bytes.length };
    return version.fields.size === 0 ? [headers, ...gaps] : [headers, new PeVersionRecord(origin, version), ...gaps];
  } catch (error) {
    if (error instanceof PeDamage) return [error.gap];
    throw error;
  }
}

class PeVersionRecord implements EvidenceRecord {
  readonly is = 'record' as const;
  readonly kind = 'pe.version';
  readonly source = undefined;
  readonly at = undefined;
  readonly host = undefined;
  readonly origin: Extent;
  readonly #fields: ReadonlyMap<string, string>;

  constructor(origin: Extent, version: Version) {
    this.origin = origin;
    this.#fields = version.fields;
  }

  get(field: string): FieldValue {
    return this.#fields.get(field);
  }

  fields(): readonly string[] {
    return [...this.#fields.keys()];
  }

  excerpt(): string {
    return excerptOf([...this.#fields].map(([name, value]) => `${name}=${value}`).join('; '));
  }
}
