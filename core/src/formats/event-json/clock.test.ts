import { describe, expect, test } from 'vitest';
import { isoTime } from '../../bytes/time.ts';
import { HOST, records, gaps, only, row, lines } from './event-rows.test-support.ts';

/** A row of Sysmon with a time of the collector and one of its own. */
function sysmon(at: string, utc: string, more: object = {}): object {
  return row({
    '@timestamp': at,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    SourceName: 'Microsoft-Windows-Sysmon',
    EventID: 1,
    UtcTime: utc,
    ...more,
  });
}

async function times(text: string): Promise<(string | undefined)[]> {
  return (await records(text)).map(({ at }) => (at === undefined ? undefined : isoTime(at)));
}

describe('time', () => {
  test('a clock that is five hours behind is put right for all events of its host, before and after', async () => {
    const text = lines(
      row({ '@timestamp': '2021-03-03T01:00:00.000Z' }),
      sysmon('2021-03-03T01:40:01.000Z', '2021-03-03 06:40:00.730'),
      row({ '@timestamp': '2021-03-03T02:00:00.000Z' }),
      row({ '@timestamp': '2021-03-03T02:00:00.000Z', Hostname: 'dc01' }),
    );
    expect(await times(text)).toEqual([
      '2021-03-03T06:00:00.000Z',
      '2021-03-03T06:40:01.000Z',
      '2021-03-03T07:00:00.000Z',
      '2021-03-03T02:00:00.000Z',
    ]);
    const [first, , , other] = await records(text);
    expect(first?.get('at-raw')).toBe('2021-03-03T01:00:00.000Z');
    expect(first?.get('at-correction')).toBe('+05:00');
    expect(first?.get('TimeCreated')).toBe('2021-03-03T06:00:00.0000000Z');
    expect(other?.get('at-correction')).toBeUndefined();
    expect(await gaps(text)).toMatchObject([
      {
        says: `expected UTC in @timestamp of ${HOST}, stood another clock: by the UtcTime inside its events +05:00 has to be added, and was`,
      },
    ]);
  });

  test('a clock that is right, or late by seconds, is believed', async () => {
    const text = lines(sysmon('2021-03-03T06:40:30.000Z', '2021-03-03 06:40:00.730'), row());
    expect(await times(text)).toEqual(['2021-03-03T06:40:30.000Z', '2021-03-03T06:10:00.000Z']);
    expect(await gaps(text)).toEqual([]);
    expect((await records(text))[0]?.get('at-raw')).toBeUndefined();
  });

  test('a clock that is late by minutes gives way to the time inside the event, and is put right where it always is', async () => {
    const drifting = (minutes: number): object =>
      sysmon(`2021-03-03T06:${minutes}:30.000Z`, `2021-03-03 06:${minutes - 7}:00.000`);
    const text = lines(row(), drifting(20), drifting(30), drifting(40));
    expect(await times(text)).toEqual([
      '2021-03-03T06:02:30.000Z',
      '2021-03-03T06:13:00.000Z',
      '2021-03-03T06:23:00.000Z',
      '2021-03-03T06:33:00.000Z',
    ]);
    expect((await records(text)).map((record) => record.get('at-correction'))).toEqual(Array(4).fill('-00:07:30'));
    expect(await gaps(text)).toMatchObject([
      {
        says: `expected UTC in @timestamp of ${HOST}, stood another clock: by the UtcTime inside its events -00:07:30 has to be added, and was`,
      },
    ]);
    const unsteady = lines(row(), drifting(20), sysmon('2021-03-03T06:30:00.000Z', '2021-03-03 06:25:00.000'));
    expect(await times(unsteady)).toEqual([
      '2021-03-03T06:10:00.000Z',
      '2021-03-03T06:13:00.000Z',
      '2021-03-03T06:25:00.000Z',
    ]);
    expect((await records(unsteady))[0]?.get('at-doubt')).toBeDefined();
  });

  test('the stamp of the machine itself may be minutes later than the time inside the event, as in its own log', async () => {
    const System = {
      Provider: { Name: 'Microsoft-Windows-Sysmon' },
      EventID: 3,
      Channel: 'Microsoft-Windows-Sysmon/Operational',
      Computer: HOST,
      TimeCreated: { SystemTime: '2021-03-03T06:12:00.000Z' },
    };
    const text = lines({ System, EventData: { UtcTime: '2021-03-03 06:05:00.000' } });
    expect(await times(text)).toEqual(['2021-03-03T06:12:00.000Z']);
    expect(await gaps(text)).toEqual([]);
  });

  test('an hour change in spring has each hour put right by its own events', async () => {
    const text = lines(
      sysmon('2021-03-14T01:00:00Z', '2021-03-14 06:00:00.000'),
      row({ '@timestamp': '2021-03-14T01:30:00Z' }),
      row({ '@timestamp': '2021-03-14T02:30:00Z' }),
      row({ '@timestamp': '2021-03-14T03:30:00Z' }),
      sysmon('2021-03-14T03:00:00Z', '2021-03-14 07:00:00.000'),
    );
    const found = await records(text);
    expect(found.map((record) => record.get('at-correction'))).toEqual([
      '+05:00',
      '+05:00',
      undefined,
      '+04:00',
      '+04:00',
    ]);
    expect(found[2]?.get('at-doubt')).toBe('@timestamp of this host disagrees with UtcTime elsewhere');
  });

  test('a clock that stands for the time of the import is not moved over other events', async () => {
    const text = lines(
      sysmon('2021-04-20T10:00:00Z', '2021-03-03 06:40:00.000'),
      sysmon('2021-04-20T10:00:01Z', '2021-03-04 09:17:33.000'),
      row({ '@timestamp': '2021-04-20T10:00:02Z' }),
    );
    const found = await records(text);
    expect(found.map(({ at }) => isoTime(at ?? 0))).toEqual([
      '2021-03-03T06:40:00.000Z',
      '2021-03-04T09:17:33.000Z',
      '2021-04-20T10:00:02.000Z',
    ]);
    expect(found[2]?.get('at-doubt')).toBeDefined();
    expect(found[2]?.source).toBeUndefined();
  });

  test('local time without a zone is no time, unless Sysmon says how far it is from UTC', async () => {
    const local = row({ '@timestamp': undefined, EventTime: '2021-03-03 07:10:00' });
    const [alone] = await records(lines(local));
    expect(alone?.at).toBeUndefined();
    expect(alone?.get('at-raw')).toBe('2021-03-03 07:10:00');
    const learnt = lines(
      local,
      sysmon('', '2021-03-03 06:40:00.000', { '@timestamp': undefined, EventTime: '2021-03-03 07:40:00' }),
    );
    expect(await times(learnt)).toEqual(['2021-03-03T06:10:00.000Z', '2021-03-03T06:40:00.000Z']);
  });

  test('every form of a time that exporters write is read', async () => {
    const forms: readonly [unknown, string | undefined][] = [
      ['2021-03-03T06:10:00.1234567Z', '2021-03-03T06:10:00.123456Z'],
      ['2021-03-03T07:10:00+01:00', '2021-03-03T06:10:00.000Z'],
      ['2021-03-03 06:10:00.5 UTC', '2021-03-03T06:10:00.500Z'],
      [1614751800, '2021-03-03T06:10:00.000Z'],
      ['1614751800.1234567', '2021-03-03T06:10:00.123456Z'],
      [1614751800123, '2021-03-03T06:10:00.123Z'],
      ['/Date(1614751800123)/', '2021-03-03T06:10:00.123Z'],
      [{ value: '/Date(1614751800123)/', DateTime: 'Wednesday' }, '2021-03-03T06:10:00.123Z'],
      ['03.03.2021 07:10:00', undefined],
      ['2021-02-30T06:10:00Z', undefined],
      [5, undefined],
    ];
    for (const [form, expected] of forms) {
      const record = await only(row({ '@timestamp': undefined, TimeCreated: form }));
      expect(record.at === undefined ? undefined : isoTime(record.at), JSON.stringify(form)).toBe(expected);
    }
  });
});
