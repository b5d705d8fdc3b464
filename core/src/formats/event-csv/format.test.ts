import { describe, expect, test } from 'vitest';
import type { EvidenceRecord, Gap, Reading } from '../../model/reading.ts';
import { isoTime } from '../../bytes/time.ts';
import { memorySource, readAll, textBytes } from '../contract.test-support.ts';
import { identify } from '../index.ts';
import { eventCsv } from './format.ts';

const CMDLET = `"Cmdlet suceeded. Cmdlet Set-OabVirtualDirectory, parameters -Identity ""OAB""."`;

async function read(text: string): Promise<Reading[]> {
  return readAll(eventCsv, memorySource(textBytes(text)), 'x.csv');
}

async function records(text: string): Promise<EvidenceRecord[]> {
  return (await read(text)).filter((reading) => reading.is === 'record');
}

async function gaps(text: string): Promise<Gap[]> {
  return (await read(text)).filter((reading) => reading.is === 'gap');
}

describe('recognition', () => {
  test.each([
    ['English', 'Level,Date and Time,Source,Event ID,Task Category'],
    ['English, Security', 'Keywords,Date and Time,Source,Event ID,Task Category'],
    ['German', 'Ebene,Datum und Uhrzeit,Quelle,Ereignis-ID,Aufgabenkategorie'],
    ['French', 'Niveau,Date et heure,Source,ID de l’événement,Catégorie de la tâche'],
    ['Spanish', 'Nivel,Fecha y hora,Origen,Id. del evento,Categoría de la tarea'],
    ['Italian', 'Livello,Data e ora,Origine,ID evento,Categoria attività'],
    ['Japanese', 'レベル,日付と時刻,ソース,イベント ID,タスクのカテゴリ'],
    ['Chinese', '级别,日期和时间,来源,事件 ID,任务类别'],
    ['Russian', 'Уровень,Дата и время,Источник,Код события,Категория задачи'],
  ])('what Event Viewer saves in %s is known and read', async (_, header) => {
    const text = `${header}\r\nx,3/3/2021 7:10:00 AM,MSExchange CmdletLogs,1,y,${CMDLET}\r\n`;
    expect(identify(textBytes(text), 'x.csv')?.name).toBe('event-csv');
    expect((await records(text)).map((record) => record.get('Data[0]'))).toEqual(['Set-OabVirtualDirectory']);
  });

  test('other tables are no events: message tracking, file lists, tables of numbers', () => {
    for (const text of [
      '"Timestamp","ClientIp","Source","EventId","MessageSubject"\n"3/3/2021","192.0.2.1","SMTP","RECEIVE","hello"\n',
      'FullName,Length,LastWriteTimeUtc\nC:\\x,3,2021-03-03\n',
      'Id,Source,Value\n1,,3\n',
      'Event ID,Name\n1,x\n',
      'Level,Date and Time,Source,Event ID,Task Category\n',
      '',
    ])
      expect(eventCsv.recognises(textBytes(text), 'x.csv'), text).toBe(false);
  });

  test('a first message longer than the head does not hide the events', () => {
    const text = `Level,Date and Time,Source,Event ID,Task Category\nInformation,x,y,1,z,"${'word\n'.repeat(20_000)}`;
    expect(eventCsv.recognises(textBytes(text).subarray(0, 65_536), 'x.csv')).toBe(true);
  });
});

test('local time is kept as written and is no time of the record; ISO 8601 with a zone is', async () => {
  const header = 'Level,Date and Time,Source,Event ID,Task Category\n';
  const rows = ['3/3/2021 7:10:00 AM', '2021-03-03 07:10:00', '2021-03-03T07:10:00+01:00'].map(
    (time, index) => `Error,${time},MSExchange Common,${index},General\n`,
  );
  const found = await records(header + rows.join(''));
  expect(found.map(({ at }) => (at === undefined ? undefined : isoTime(at)))).toEqual([
    undefined,
    undefined,
    '2021-03-03T06:10:00.000Z',
  ]);
  expect(found.map((record) => record.get('at-raw'))).toEqual([
    '3/3/2021 7:10:00 AM',
    '2021-03-03 07:10:00',
    undefined,
  ]);
});

test('rows of Sysmon tell how far the clock of all rows of their host is from UTC', async () => {
  const text = [
    'TimeCreated;Channel;EventID;Computer;UtcTime;Image',
    '2021-03-03T01:00:00Z;Security;4624;ex01;;',
    '2021-03-03T01:10:01Z;Microsoft-Windows-Sysmon/Operational;1;ex01;2021-03-03 06:10:00.500;C:\\x',
    '',
  ].join('\n');
  const found = await records(text);
  expect(found.map(({ at }) => isoTime(at ?? 0))).toEqual(['2021-03-03T06:00:00.000Z', '2021-03-03T06:10:01.000Z']);
  expect((await gaps(text)).map(({ says }) => says)).toEqual([
    'expected UTC in TimeCreated of ex01, stood another clock: by the UtcTime inside its events +05:00 has to be added, and was',
  ]);
});

test('a header that comes again and rows a spreadsheet made longer are no damage', async () => {
  const header = 'Level;Date and Time;Source;Event ID;Task Category';
  const text = `sep=;\n${header}\nError;a;MSExchange Common;1;x;m;;;\n\n${header}\nError;a;MSExchange Common;2;x;m;;;\n`;
  expect((await records(text)).map((record) => record.get('EventID'))).toEqual(['1', '2']);
  expect(await gaps(text)).toEqual([]);
});

test('rows that do not fit, and rows without an event id, are gaps that say so', async () => {
  const text = 'Channel,EventID,Computer\nSecurity,4624,ex01\nSecurity,4624,ex01,m,n\nSecurity,,ex01\nSecurity,46';
  expect(await gaps(text)).toMatchObject([
    { reason: 'damaged', says: 'row has 5 values, the header names 3' },
    { reason: 'unsupported', says: 'expected an event id and a channel or provider, stood none in this row' },
    { reason: 'truncated', says: 'row has 2 values, the header names 3' },
  ]);
});

test('a column named like something every object has is a column', async () => {
  const [record] = await records('Channel,EventID,constructor,__proto__\nSecurity,4624,a,b\n');
  expect(record?.get('constructor')).toBe('a');
  expect(record?.get('Export/__proto__')).toBe('b');
  expect(record?.get('toString')).toBeUndefined();
});
