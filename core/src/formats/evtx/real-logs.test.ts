import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import type { EvidenceRecord, Reading } from '../../model/reading.ts';
import { fieldsOf } from '../contract.test-support.ts';
import { gapsOf, nth, read, recordsOf, tiles } from './chunk.test-support.ts';
import type { XmlContent, XmlElement } from './elements.ts';
import { bodyFields, isElement, systemFields } from './event-fields.ts';
import { EventRecord } from './event-record.ts';

const DATA = fileURLToPath(new URL('../../../../../shared/data/evtx/', import.meta.url));
const ABSENT = !existsSync(DATA);
if (ABSENT) console.log('skipped: real event logs are not beside the checkout (../shared/data/evtx)');

function logsBelow(folder: string): string[] {
  return readdirSync(join(DATA, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.evtx'))
    .toSorted()
    .map((name) => join(DATA, folder, name));
}

/** Of the records that the log counts. */
function loggedOf(readings: readonly Reading[]): EvidenceRecord[] {
  return recordsOf(readings).filter((record) => record.get('Recovered') === undefined);
}

/** How many records the headers of the chunks count: the difference of the numbers they begin and end with, and one. */
function countedRecords(bytes: Buffer): number {
  let count = 0;
  for (let at = 4096; at + 512 <= bytes.length; at += 65536) {
    if (bytes.toString('latin1', at, at + 7) !== 'ElfChnk') continue;
    count += bytes.readUIntLE(at + 16, 6) - bytes.readUIntLE(at + 8, 6) + 1;
  }
  return count;
}

/** The elements of XML as `xml` writes it: apostrophes around attributes, no comments, five entities at most. */
function parsed(xml: string): XmlElement {
  const root = { name: '', attributes: [], children: [] as XmlContent[], selfClosed: false };
  const open: { children: XmlContent[] }[] = [root];
  for (const [, close, name = '', attributes = '', selfClosed, text] of xml.matchAll(
    /<(\/)?([^\s>/]+)((?: [^=>]+='[^']*')*)(\/)?>|([^<]+)/g,
  )) {
    const parent = nth(open, open.length - 1);
    if (text !== undefined) parent.children.push(plain(text));
    else if (close !== undefined) open.pop();
    else {
      const pairs = [...attributes.matchAll(/ ([^=]+)='([^']*)'/g)];
      const element = {
        name,
        attributes: pairs.map(([, attribute = '', value = '']) => ({ name: attribute, value: plain(value) })),
        children: [] as XmlContent[],
        selfClosed: selfClosed !== undefined,
      };
      parent.children.push(element);
      if (selfClosed === undefined) open.push(element);
    }
  }
  return nth(root.children.filter(isElement), 0);
}

function plain(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&apos;', "'").replaceAll('&amp;', '&');
}

describe.skipIf(ABSENT)('159 logs of attack techniques', () => {
  const logs = ABSENT ? [] : logsBelow('mitre-cc0');

  test('every record that the chunk headers count is decoded, and nothing is a gap', async () => {
    let counted = 0;
    let decoded = 0;
    for (const path of logs) {
      const bytes = readFileSync(path);
      const readings = await read(bytes);
      const records = loggedOf(readings);
      expect(tiles(readings, bytes.length), path).toBe(true);
      expect(gapsOf(readings), path).toEqual([]);
      counted += countedRecords(bytes);
      decoded += records.length;
      for (const record of records) {
        expect(record.get('EventID'), path).toMatch(/^\d+$/);
        expect(record.at, path).toBeGreaterThan(Date.UTC(2009, 0) * 1000);
        expect(record.host, path).toBeTruthy();
        expect(record.fields().every((name) => record.get(name) !== undefined)).toBe(true);
      }
    }
    console.log(`${decoded} of ${counted} records of ${logs.length} logs decoded`);
    expect(logs.length).toBeGreaterThan(150);
    expect(decoded).toBe(counted);
  });

  test('the fields of every record are those of its elements, by plan or not', async () => {
    let compared = 0;
    for (const path of [...logs, ...logsBelow('omerbenamram')]) {
      for (const record of recordsOf(await read(readFileSync(path)))) {
        const event = parsed(record instanceof EventRecord ? record.xml() : '').children.filter(isElement);
        const system = systemFields(event.find(({ name }) => name === 'System'));
        const others = event.filter(({ name }) => name !== 'System');
        const { listed } = bodyFields(others, (name) => system.has(name));
        const own = new Set(['RecordNumber', 'Recovered']);
        const found = fieldsOf(record);
        expect(
          Object.keys(found).filter((name) => !own.has(name)),
          path,
        ).toEqual([...system.keys(), ...listed.keys()]);
        for (const [name, value] of [...system, ...listed]) expect(found[name], `${path} ${name}`).toEqual(value);
        compared += 1;
      }
    }
    console.log(`${compared} records have the fields of their elements`);
    expect(compared).toBeGreaterThan(15_000);
  });

  test('a process creation and a forwarded event have the fields that rules ask for', async () => {
    const path = logs.find((name) => name.includes('ID4688-Group discovery via commandline'));
    const process = loggedOf(await read(readFileSync(path ?? ''))).find((record) => record.get('EventID') === '4688');
    expect(process?.source).toBe('evtx:Security');
    expect(process?.get('NewProcessName')).toMatch(/^C:\\/);
    expect(process?.get('SubjectUserSid')).toMatch(/^S-1-5-/);
  });
});

/**
 * What each log holds. Where libevtx 20181227 finds fewer, it stops at the damage; where a number is not of the log but
 * of its slack, libevtx has other rules of what it recovers.
 */
const ODD_LOGS: Readonly<Record<string, { logged: number; recovered: number; gaps: readonly string[] }>> = {
  '2-system-Microsoft-Windows-LiveId%4Operational.evtx': { logged: 399, recovered: 0, gaps: [] },
  '2-vss_0-Microsoft-Windows-TerminalServices-RemoteConnectionManager%4Operational.evtx': {
    logged: 1795,
    recovered: 245,
    gaps: ['69632+512 damaged', '102040+736 damaged', '987136+512 damaged'],
  },
  // Two chunks came back from the shadow copy as zeroes: records 1156 to 1417 are not there.
  '2-vss_7-System.evtx': { logged: 1160, recovered: 0, gaps: ['659456+131072 damaged'] },
  'E_Windows_system32_winevt_logs_Microsoft-Windows-Shell-Core%4Operational.evtx': {
    logged: 1146,
    recovered: 0,
    gaps: [],
  },
  'MSExchange_Management_wec.evtx': { logged: 1, recovered: 0, gaps: [] },
  'Microsoft-Windows-HelloForBusiness%4Operational.evtx': {
    logged: 5,
    recovered: 0,
    gaps: ['4096+512 damaged', '8080+6088 damaged'],
  },
  'Microsoft-Windows-LanguagePackSetup%4Operational.evtx': {
    logged: 16,
    recovered: 0,
    gaps: ['4096+512 damaged', '12024+1536 damaged'],
  },
  'Security_with_size_t.evtx': { logged: 636, recovered: 0, gaps: [] },
  'sample-with-irregular-bool-values.evtx': { logged: 3028, recovered: 0, gaps: [] },
  'sample-with-zero-data-size-event.evtx': {
    logged: 449,
    recovered: 0,
    gaps: ['4096+512 damaged', '6176+232 damaged'],
  },
  'sysmon.evtx': {
    logged: 358,
    recovered: 0,
    gaps: Array.from({ length: 8 }, (_, index) => `${593920 + index * 65536}+65536 damaged`),
  },
};

describe.skipIf(ABSENT)('damaged and odd logs', () => {
  test.each(Object.entries(ODD_LOGS))('%s', async (name, expected) => {
    const bytes = readFileSync(join(DATA, 'omerbenamram', name));
    const readings = await read(bytes);
    expect(tiles(readings, bytes.length)).toBe(true);
    const logged = loggedOf(readings);
    const gaps = gapsOf(readings).map(({ origin, reason }) => `${origin.offset}+${origin.length} ${reason}`);
    expect({ logged: logged.length, recovered: recordsOf(readings).length - logged.length, gaps }).toEqual(expected);
    for (const record of recordsOf(readings)) {
      expect(record.get('EventID')).toMatch(/^\d+$/);
      expect(record.get('Channel')).toBeTruthy();
    }
  });

  test('every log of the folder is in the list', () => {
    expect(logsBelow('omerbenamram').map((path) => path.slice(join(DATA, 'omerbenamram/').length))).toEqual(
      Object.keys(ODD_LOGS).toSorted(),
    );
  });

  test('a cmdlet event that was forwarded keeps its parameters and what was rendered for it', async () => {
    const [record] = recordsOf(await read(readFileSync(join(DATA, 'omerbenamram', 'MSExchange_Management_wec.evtx'))));
    expect(record?.source).toBe('evtx:MSExchange Management');
    expect(record?.get('Provider_Name')).toBe('MSExchange CmdletLogs');
    expect(record?.get('Data[0]')).toMatch(/^[A-Z][a-z]+-\w+$/);
  });
});

describe.skipIf(ABSENT)('the Application log and the XML that Windows made of it', () => {
  test('every event is the same text, but for the rendered message', async () => {
    const log = join(DATA, 'windows-xml-pair', 'Application');
    const exported = new Map<string, string>();
    for (const [text] of readFileSync(`${log}.xml`, 'utf8').matchAll(/<Event [\s\S]*?<\/Event>/g)) {
      const id = /<EventRecordID>(\d+)</.exec(text)?.[1] ?? '';
      exported.set(id, text.replace(/<RenderingInfo[\s\S]*<\/RenderingInfo>/, ''));
    }
    const records = loggedOf(await read(readFileSync(`${log}.evtx`)));
    expect(records).toHaveLength(exported.size);
    expect(exported.size).toBe(366);
    for (const record of records) {
      const text = record instanceof EventRecord ? record.xml() : '';
      // XML has one line end (XML 1.0 section 2.11); the export has lost the other.
      expect(text.replaceAll('\r\n', '\n')).toBe(exported.get(String(record.get('EventRecordID'))));
    }
  });

  test('the fields have the values of that XML', async () => {
    const log = join(DATA, 'windows-xml-pair', 'Application');
    const xml = readFileSync(`${log}.xml`, 'utf8');
    const records = new Map(
      loggedOf(await read(readFileSync(`${log}.evtx`))).map((record) => [record.get('EventRecordID'), record]),
    );
    let compared = 0;
    for (const [event] of xml.matchAll(/<Event [\s\S]*?<\/Event>/g)) {
      const [, system = ''] = /<System>(.*?)<\/System>/s.exec(event) ?? [];
      const record = records.get(/<EventRecordID>(\d+)</.exec(system)?.[1]);
      const expectField = (name: string, value: string): void => {
        const found = record?.get(name);
        expect(typeof found === 'string' ? found.replaceAll('\r\n', '\n') : found, name).toBe(plain(value));
        compared += 1;
      };
      for (const [, name = '', value = ''] of system.matchAll(/<(\w+)[^>/]*>([^<]*)<\/\1>/g)) expectField(name, value);
      for (const [, element = '', attributes = ''] of system.matchAll(/<(\w+)((?: \w+='[^']*')+)/g)) {
        for (const [, name = '', value = ''] of attributes.matchAll(/(\w+)='([^']*)'/g)) {
          expectField(['Correlation', 'Execution', 'Security'].includes(element) ? name : `${element}_${name}`, value);
        }
      }
      const [, body = ''] = /<EventData>(.*?)<\/EventData>/s.exec(event) ?? [];
      let unnamed = 0;
      for (const [, name, value = ''] of body.matchAll(/<Data(?: Name='([^']*)')?>([^<]*)<\/Data>/g)) {
        expectField(name === undefined ? `Data[${unnamed++}]` : `EventData/${name}`, value);
      }
      const [, userData = ''] = /<UserData>(.*?)<\/UserData>/s.exec(event) ?? [];
      for (const [, name = '', value = ''] of userData.matchAll(/<(\w+)>([^<]*)<\/\1>/g)) {
        const found = record?.get(`UserData/${name}`);
        expect(Array.isArray(found) ? found : [found], name).toContain(plain(value));
        compared += 1;
      }
    }
    console.log(`${compared} values of ${records.size} events equal Windows' own`);
    expect(compared).toBeGreaterThan(5000);
  });
});
