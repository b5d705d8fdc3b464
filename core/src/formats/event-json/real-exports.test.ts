import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { EvidenceRecord, Format } from '../../model/reading.ts';
import { memorySource, readAll } from '../contract.test-support.ts';
import { evtx } from '../evtx/format.ts';
import { identify } from '../index.ts';
import { eventJson } from './format.ts';

const DATA = fileURLToPath(new URL('../../../../../shared/data/sigma/regression_data/', import.meta.url));
const absent = !existsSync(DATA);
if (absent) console.log('skipped: real exports are not beside the checkout (../shared/data/sigma/regression_data)');

async function recordsOf(format: Format, path: string): Promise<EvidenceRecord[]> {
  const bytes = Uint8Array.from(readFileSync(path));
  expect(identify(bytes.subarray(0, 65_536), path)).toBe(format);
  return (await readAll(format, memorySource(bytes), path)).filter((reading) => reading.is === 'record');
}

/** evtx_dump trims values, and one of the exports was edited in the case of a letter. */
function shown(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll(/\s+(?=")/g, '')
    .toLowerCase();
}

test.skipIf(absent)('every event that evtx_dump exported has the fields of the event in the log', async () => {
  const exports = readdirSync(DATA, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  let compared = 0;
  const different: unknown[] = [];
  for (const name of exports) {
    const path = join(DATA, name);
    const log = path.replace(/json$/, 'evtx');
    if (!existsSync(log)) continue;
    const logged = new Map((await recordsOf(evtx, log)).map((record) => [String(record.get('EventRecordID')), record]));
    for (const record of await recordsOf(eventJson, path)) {
      const twin = logged.get(String(record.get('EventRecordID')));
      if (twin === undefined) continue;
      compared += 1;
      const at = twin.at;
      if (record.at !== at || record.host !== twin.host) different.push([name, record.at, at]);
      for (const field of twin.fields()) {
        if (field === 'RecordNumber' || field === 'TimeCreated') continue;
        const value = twin.get(field);
        if (shown(record.get(field)) !== shown(value))
          different.push([
            name.slice(-20),
            record.get('Channel'),
            record.get('EventID'),
            field,
            record.get(field),
            value,
          ]);
      }
    }
  }
  expect(different).toEqual([]);
  expect(compared).toBeGreaterThan(90);
});
