import type { EvidenceRecord, Gap, Reading } from '../../model/reading.ts';
import { memorySource, readAll, textBytes } from '../contract.test-support.ts';
import { eventJson } from './format.ts';

/** The machine of all rows. */
export const HOST = 'ex01.corp.example.com';

export async function read(text: string): Promise<Reading[]> {
  return readAll(eventJson, memorySource(textBytes(text)), 'x.json');
}

export async function records(text: string): Promise<EvidenceRecord[]> {
  return (await read(text)).filter((reading) => reading.is === 'record');
}

export async function gaps(text: string): Promise<Gap[]> {
  return (await read(text)).filter((reading) => reading.is === 'gap');
}

export async function only(row: object): Promise<EvidenceRecord> {
  const [record] = await records(`${JSON.stringify(row)}\n`);
  if (record === undefined) throw new Error('expected one record');
  return record;
}

/** A flat row; an undefined value takes a member away. */
export function row(values: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    '@timestamp': '2021-03-03T06:10:00.000Z',
    Channel: 'Security',
    SourceName: 'Microsoft-Windows-Security-Auditing',
    EventID: 4624,
    Hostname: HOST,
    ...values,
  };
}

export function lines(...rows: readonly object[]): string {
  return rows.map((each) => `${JSON.stringify(each)}\n`).join('');
}
