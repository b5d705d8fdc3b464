import { expect, test } from 'vitest';

import type { EvidenceRecord } from '../model/reading.ts';
import { MarkList } from './coverage-marks.ts';
import type { CoverageMark } from './coverage-marks.ts';

function recordOf(kind: string, fields: Readonly<Record<string, string>>, at: number | undefined = 1): EvidenceRecord {
  return {
    is: 'record',
    kind,
    source: undefined,
    at,
    host: undefined,
    origin: { offset: 0, length: 1 },
    get: (field) => fields[field],
    fields: () => Object.keys(fields),
    excerpt: () => '',
  };
}

function marksOf(path: string, ...records: readonly EvidenceRecord[]): readonly CoverageMark[] {
  const list = new MarkList(path);
  for (const record of records) list.see(record, 'ex01');
  return list.marks().map(({ mark }) => mark);
}

test('an event that a log was cleared names the log, and who did it', () => {
  const security = recordOf('windows.event', { Channel: 'Security', EventID: '1102', SubjectUserName: 'eve' });
  const other = recordOf('windows.event', {
    Channel: 'System',
    EventID: '104',
    'UserData/Channel': 'MSExchange Management',
  });
  expect(marksOf('a.evtx', security, other)).toEqual([
    { is: 'cleared', source: 'evtx:Security', at: 1, says: 'the log was cleared by eve' },
    { is: 'cleared', source: 'evtx:MSExchange Management', at: 1, says: 'the log was cleared' },
  ]);
});

test('a start of Windows is told by the provider and the number, not by the number alone', () => {
  expect(marksOf('a.evtx', boot('EventLog', '6005'))).toHaveLength(1);
  expect(marksOf('a.evtx', boot('Microsoft-Windows-Kernel-General', '12'))).toHaveLength(1);
  expect(marksOf('a.evtx', boot('Some Driver', '12'), boot('Service Control Manager', '7036'))).toEqual([]);
});

const CONFIG = 'C/Windows/System32/inetsrv/config/applicationHost.config';
const SITES = [
  recordOf('iis.site', { name: 'Standardwebsite', id: '1' }, undefined),
  recordOf('iis.site', { name: 'WSUS', id: '7' }, undefined),
];

test('logging that is switched off for all is told as that', () => {
  expect(off({ section: 'site', 'site-id': '1', enabled: 'false' })).toMatchObject({ is: 'off', source: 'iis-site:1' });
  expect(off({ section: 'logFile', enabled: 'false' })).toMatchObject({ is: 'off', source: 'iis-site:*' });
  expect(off({ section: 'httpLogging', dontLog: 'true' })).toMatchObject({ is: 'off', source: 'iis-site:*' });
  expect(off({ section: 'httpLogging', dontLog: 'false' })).toBeUndefined();
  expect(off({ section: 'httpLogging', selectiveLogging: 'LogAll' })).toBeUndefined();
});

test('a log that leaves a folder or some answers out beats on and is blind', () => {
  expect(blind(CONFIG, { dontLog: 'true', location: 'Standardwebsite/owa/auth' })).toMatchObject({
    is: 'blind',
    source: 'iis-site:1',
    says: 'applicationHost.config says dontLog="true" for Standardwebsite/owa/auth',
  });
  expect(blind(CONFIG, { dontLog: 'true', location: 'WSUS' })?.source).toBe('iis-site:7');
  expect(blind(CONFIG, { selectiveLogging: 'LogError' })).toMatchObject({ is: 'blind', source: 'iis-site:*' });
  expect(blind('D/Exchange/FrontEnd/HttpProxy/owa/web.config', { dontLog: 'true' })?.source).toBe('iis-site:1');
  expect(blind('D/Exchange/ClientAccess/ecp/web.config', { dontLog: 'true' })?.source).toBe('iis-site:2');
});

test('marks are bounded, whatever the evidence repeats', () => {
  const boots = Array.from({ length: 50_000 }, (_, i) => recordOf('setup.entry', {}, i * 3_600_000_000));
  expect(marksOf('ExchangeSetup.log', ...boots).length).toBeLessThanOrEqual(4_000);
});

function boot(Provider_Name: string, EventID: string): EvidenceRecord {
  return recordOf('windows.event', { Channel: 'System', Provider_Name, EventID });
}

function off(fields: Readonly<Record<string, string>>): CoverageMark | undefined {
  return marksOf(CONFIG, ...SITES, recordOf('iis.log-setting', fields, undefined))[0];
}

function blind(path: string, fields: Readonly<Record<string, string>>): CoverageMark | undefined {
  return marksOf(path, ...SITES, recordOf('iis.log-setting', { section: 'httpLogging', ...fields }, undefined))[0];
}
