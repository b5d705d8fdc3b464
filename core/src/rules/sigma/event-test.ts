import type { EvidenceRecord } from '../../model/reading.ts';
import { fieldReader, fieldText } from './field-text.ts';
import { fold } from './pattern.ts';
import type { EventScope } from './windows-log.ts';

const CHANNEL = fieldReader('Channel');
const EVENT_ID = fieldReader('EventID');
const PROVIDER = fieldReader('Provider_Name');

/** Channel and event id of the record that was asked about last: thousands of rules ask nothing else of most records. */
let current: EvidenceRecord | undefined;
let offset = -1;
let channel = '';
let address = '';

/** Whether a record is one of the events a log source means; asked before anything else of it is decoded. */
export function eventTest(event: EventScope): (record: EvidenceRecord) => boolean {
  const channels = new Set(event.channels.map(fold));
  if (event.provider !== undefined) {
    const provider = fold(event.provider);
    return (record) => fieldText(record, PROVIDER).folded.includes(provider);
  }
  if (event.eventIds.length === 0) {
    return (record) => {
      locate(record);
      return channels.has(channel);
    };
  }
  const addresses = new Set([...channels].flatMap((name) => event.eventIds.map((id) => `${name}\n${id}`)));
  return (record) => {
    locate(record);
    return addresses.has(address);
  };
}

function locate(record: EvidenceRecord): void {
  if (record === current && record.origin.offset === offset) return;
  current = record;
  offset = record.origin.offset;
  channel = fieldText(record, CHANNEL).folded[0] ?? '';
  address = `${channel}\n${fieldText(record, EVENT_ID).raw[0] ?? ''}`;
}
