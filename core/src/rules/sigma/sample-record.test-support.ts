import type { EvidenceRecord, FieldValue } from '../../model/reading.ts';

/** A record with the given values, for tests of rules. */
export function sampleRecord(kind: string, values: Readonly<Record<string, FieldValue>>): EvidenceRecord {
  const fields = new Map(Object.entries(values).filter(([, value]) => value !== undefined));
  return {
    is: 'record',
    kind,
    source: undefined,
    at: undefined,
    host: undefined,
    origin: { offset: 0, length: 0 },
    get: (field) => fields.get(field),
    fields: () => [...fields.keys()],
    excerpt: () => '',
  };
}
