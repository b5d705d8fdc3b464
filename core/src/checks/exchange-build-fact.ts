import type { Fact } from '../model/check.ts';
import type { EvidenceRecord } from '../model/reading.ts';

/** A build as a fact, `15.01.2176.009` as 15.1.2176.9; none where the text is no build of three or four numbers. */
export function buildFact(value: string | undefined, is: Omit<Fact, 'name' | 'value'>): readonly Fact[] {
  if (value === undefined || !/^\d{1,5}(?:\.\d{1,5}){2,3}$/.test(value)) return NO_FACTS;
  return [{ name: 'build', value: value.split('.').map(Number).join('.'), ...is }];
}

/** A field as text; `undefined` where it is missing, bytes or a list. */
export function asText(record: EvidenceRecord, field: string): string | undefined {
  const value = record.get(field);
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

export const NO_FACTS: readonly Fact[] = [];
