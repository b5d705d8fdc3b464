import type { EvidenceRecord, Extent, FieldValue } from '../../model/reading.ts';

/** One element of the configuration. Names of fields are those of the attributes, where the element has them. */
export class ConfigRecord implements EvidenceRecord {
  readonly is = 'record' as const;
  readonly kind: string;
  readonly source = undefined;
  readonly at = undefined;
  readonly host = undefined;
  readonly origin: Extent;
  readonly #tag: string;
  readonly #fields: ReadonlyMap<string, FieldValue>;

  /** @param tag the start tag as it stands in the file, at most 400 characters */
  constructor(kind: string, at: { origin: Extent; tag: string }, fields: ReadonlyMap<string, FieldValue>) {
    this.kind = kind;
    this.origin = at.origin;
    this.#tag = at.tag;
    this.#fields = fields;
  }

  get(field: string): FieldValue {
    return this.#fields.get(field);
  }

  fields(): readonly string[] {
    return [...this.#fields.keys()];
  }

  excerpt(): string {
    return this.#tag;
  }
}
