import { percentDecoded } from '../bytes/url.ts';
import type { EvidenceRecord, FieldValue } from '../model/reading.ts';

/**
 * Bytes that were no record, as a record in which any value may stand in any field: what a rule would have met if the
 * row had been whole. It says nothing of what was there, only whether a rule could have hit.
 */
export class FragmentRecord implements EvidenceRecord {
  readonly is = 'record' as const;
  readonly source = undefined;
  readonly at = undefined;
  readonly host = undefined;
  readonly origin = { offset: 0, length: 0 };
  readonly kind: string;
  readonly #values: readonly string[];

  constructor(kind: string, text: string) {
    this.kind = kind;
    this.#values = valuesOf(text);
  }

  get(): FieldValue {
    return this.#values;
  }

  fields(): readonly string[] {
    return [];
  }

  excerpt(): string {
    return '';
  }
}

/** Everything between separators, as it stands, decoded, and as the path of a URL. */
function valuesOf(text: string): readonly string[] {
  const values = new Set<string>();
  for (const part of text.slice(0, LONGEST).split(SEPARATORS)) {
    if (part === '' || part.length > LONGEST_VALUE) continue;
    const query = part.indexOf('?');
    for (const value of query < 0 ? [part] : [part, part.slice(0, query)]) {
      values.add(value);
      if (value.includes('%')) values.add(percentDecoded(value));
      if (value.startsWith('/')) values.add(percentDecoded(value).toLowerCase());
    }
    if (values.size >= MOST_VALUES) break;
  }
  return [...values];
}

const SEPARATORS = /[\s,;"']+/;
const LONGEST = 65_536;
const LONGEST_VALUE = 4_096;
const MOST_VALUES = 400;
