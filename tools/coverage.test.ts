import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { joinBeats } from '../core/src/engine/coverage-join.ts';
import { Heartbeat } from '../core/src/engine/heartbeat.ts';
import { evtx } from '../core/src/formats/evtx/format.ts';
import type { CaseCoverage, CaseFile } from '../core/src/model/case-file.ts';
import { writeEvtx } from '../core/src/specimen/evtx-writer.ts';
import type { EventSpec } from '../core/src/specimen/evtx-writer.ts';
import { nodeHost } from '../node/src/node-host.ts';
import { assess } from '../core/src/engine/assess.ts';
import { PACK, answersOf, assessed, evidenceOf, filesOfCase } from './evidence.test-support.ts';

/** What silence is worth: holes of one log after the other, in evidence that is clean but for them. */

const MINUTE = 60_000_000;
const LOGS = 'C/Windows/System32/winevt/Logs';
const MANAGEMENT = `${LOGS}/MSExchange Management.evtx`;
const SITE = /\/W3SVC1\/u_ex(\d{6})\.log$/i;

function coverageOf(caseFile: CaseFile, kind: string): CaseCoverage {
  const found = caseFile.coverage.find((c) => c.kind === kind);
  if (found === undefined) throw new Error(`${kind} is not in the case`);
  return found;
}

function at(iso: string): number {
  return Date.parse(iso) * 1000;
}

/** Events of a log of Exchange, one every so often, numbered from 1. */
function management(from: number, to: number, step: number): readonly (EventSpec & { readonly recordId: number })[] {
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => ({
    at: from + i * step,
    provider: 'MSExchange CmdletLogs',
    eventId: 1,
    channel: 'MSExchange Management',
    computer: 'mail01.contoso.example',
    data: [{ value: 'Get-Mailbox' }, { value: '{}' }],
    recordId: i + 1,
  }));
}

function boot(when: number, eventId: number): EventSpec {
  return { at: when, provider: 'EventLog', eventId, channel: 'System', computer: 'mail01.contoso.example', data: [] };
}

function isManagement(line: string): boolean {
  return line.includes('"MSExchange Management"');
}

function isCache(path: string): boolean {
  return /Temporary ASP\.NET Files\//i.test(path);
}

function how(caseFile: CaseFile): string | undefined {
  return coverageOf(caseFile, 'compile-cache').extent?.how;
}

/** A row of a listing of an $MFT. */
function row(folder: string, name: string): string {
  return `${folder},${name},10,False,True,2021-03-01 10:00:00`;
}

/** A listing that names these at the root of the volume, and one file of the compile cache. */
function listingOf(names: readonly string[]): Buffer {
  const cache = '.\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\Temporary ASP.NET Files\\other\\1\\2';
  const rows = [...names.map((name) => row('.', name)), row(cache, 'hash.web')];
  return Buffer.from(`ParentPath,FileName,FileSize,IsDirectory,InUse,Created0x10\r\n${rows.join('\r\n')}\r\n`);
}

describe('event logs whose records have numbers', async () => {
  const files = filesOfCase('clean');
  const events = management(at('2020-12-31T00:00:00Z'), at('2021-03-06T07:30:00Z'), 20 * MINUTE);
  const logs = (...parts: readonly (readonly EventSpec[])[]): Map<string, Buffer> => {
    const left = new Map(files);
    left.delete(MANAGEMENT);
    parts.forEach((part, index) => left.set(`${LOGS}/part${index}.evtx`, Buffer.from(writeEvtx(part))));
    return left;
  };
  const [from, to] = [at('2021-01-14T03:00:00Z'), at('2021-01-14T13:00:00Z')];

  test('two exports that follow each other record by record are one log', async () => {
    const caseFile = await assessed(
      evidenceOf(
        'server',
        logs(
          events.filter((e) => e.at < from),
          events.filter((e) => e.at >= from),
        ),
      ),
    );
    expect(coverageOf(caseFile, 'msexchange-management')).toMatchObject({ spans: [{}], holes: [] });
    expect(answersOf(caseFile)['mail01 exploited']).toBe('ruled-out');
  });

  test('ten hours missing between two exports are a hole, although the log may be quiet for twenty', async () => {
    const caseFile = await assessed(
      evidenceOf(
        'server',
        logs(
          events.filter((e) => e.at < from),
          events.filter((e) => e.at >= to),
        ),
      ),
    );
    const { holes } = coverageOf(caseFile, 'msexchange-management');
    expect(holes).toEqual([
      {
        from: '2021-01-14T02:40:00.000Z',
        to: '2021-01-14T13:00:00.000Z',
        reason: expect.stringMatching(/^record \d+ is followed by record \d+: 30 records are missing$/) as string,
      },
    ]);
    const claim = caseFile.claims.find((c) => c.claim === 'exploited');
    expect(claim?.answer).toBe('undetermined');
    expect(claim?.unseen.find((u) => u.mustSee === 'mgmt-or-ecp')?.reason).toContain('30 records are missing');
  });

  test('one record taken out of the middle of a log is a hole', async () => {
    const caseFile = await assessed(evidenceOf('server', logs(events.filter((e) => e.recordId !== 900))));
    expect(coverageOf(caseFile, 'msexchange-management').holes).toHaveLength(1);
    expect(answersOf(caseFile)['mail01 exploited']).toBe('undetermined');
  });

  test('a log that was cleared has a hole that ends there, and who cleared it', async () => {
    const cleared = at('2021-02-01T10:05:00Z');
    const system: EventSpec = {
      at: cleared,
      provider: 'Microsoft-Windows-Eventlog',
      eventId: 104,
      channel: 'System',
      computer: 'mail01.contoso.example',
      userData: {
        element: 'LogFileCleared',
        namespace: 'http://manifests.microsoft.com/win/2004/08/windows/eventlog',
        values: [
          { name: 'SubjectUserName', value: 'eve' },
          { name: 'Channel', value: 'MSExchange Management' },
        ],
      },
    };
    const left = logs(events.filter((e) => e.at >= cleared));
    left.set(`${LOGS}/System.evtx`, Buffer.from(writeEvtx([system])));
    const caseFile = await assessed(evidenceOf('server', left));
    const [hole] = coverageOf(caseFile, 'msexchange-management').holes;
    expect(hole).toMatchObject({ from: '2021-01-01T00:00:00.000Z', to: '2021-02-01T10:20:00.000Z' });
    expect(hole?.reason).toContain('the log was cleared by eve at 2021-02-01T10:05:00Z');
  });
});

describe('exports of events as JSON', async () => {
  const files = filesOfCase('quiet-export');
  const PATH = 'exports/mail01-events.json';
  const lines = (files.get(PATH) ?? Buffer.alloc(0)).toString('utf8').trimEnd().split('\n');
  const count = lines.filter(isManagement).length;

  /** The export in two files, of which the first has so many management events and the second those behind a hole. */
  const exports = (first: number, missing: number): Map<string, Buffer> => {
    const left = new Map(files);
    left.delete(PATH);
    let index = 0;
    const parts: string[][] = [[], []];
    for (const line of lines) {
      if (isManagement(line)) index += 1;
      const isLate = index > first;
      if (!isManagement(line) || !isLate || index > first + missing) parts[isLate ? 1 : 0]?.push(line);
    }
    parts.forEach((part, i) => left.set(`exports/part${i}.json`, Buffer.from(`${part.join('\n')}\n`)));
    return left;
  };

  test('two exports whose numbers meet are one log, two with some missing between them are not', async () => {
    expect(count).toBeGreaterThan(1_000);
    const met = await assessed(evidenceOf('server', exports(400, 0)));
    expect(coverageOf(met, 'msexchange-management').holes).toEqual([]);
    expect(met.headline.worst).toBe('no-trace');
    const torn = await assessed(evidenceOf('server', exports(400, 10)));
    expect(coverageOf(torn, 'msexchange-management').holes).toHaveLength(1);
    expect(torn.headline.worst).toBe('no-trace-within-coverage');
  });
});

describe('the log of the front end', async () => {
  const files = filesOfCase('clean');
  const days = [...files.keys()].filter((path) => SITE.test(path)).toSorted();
  const CONFIG = [...files.keys()].find((path) => /inetsrv\/config\/applicationHost\.config$/i.test(path)) ?? '';

  test('a row of the year 2031 in the middle or at the end of a log does not blind everything', async () => {
    const whole = await assessed(evidenceOf('server', files));
    for (const place of ['middle', 'end']) {
      const left = new Map(files);
      const path = days[20] ?? '';
      const rows = (files.get(path) ?? Buffer.alloc(0)).toString('latin1').trimEnd().split('\r\n');
      const row = rows.at(-1)?.replace(/^\d{4}/, '2031') ?? '';
      rows.splice(place === 'middle' ? rows.length >> 1 : rows.length, 0, row);
      left.set(path, Buffer.from(`${rows.join('\r\n')}\r\n`, 'latin1'));
      const caseFile = await assessed(evidenceOf('server', left));
      expect(caseFile.hosts[0]?.asOf, place).toBe(whole.hosts[0]?.asOf);
      expect(answersOf(caseFile), place).toEqual(answersOf(whole));
    }
  });

  test('logging that is switched off for a folder blinds the log, and the configuration is named', async () => {
    const left = new Map(files);
    const config = (files.get(CONFIG) ?? Buffer.alloc(0)).toString('utf8');
    const off =
      '<location path="Default Web Site/owa/auth"><system.webServer><httpLogging dontLog="true" /></system.webServer></location></configuration>';
    left.set(CONFIG, Buffer.from(config.replace('</configuration>', off)));
    const caseFile = await assessed(evidenceOf('server', left));
    const { spans, holes } = coverageOf(caseFile, 'iis-front-end');
    expect(spans).toEqual([]);
    expect(holes[0]?.reason).toContain('dontLog="true" for Default Web Site/owa/auth');
    expect(coverageOf(caseFile, 'iis-back-end').holes).toEqual([]);
    expect(answersOf(caseFile)['mail01 exploited']).toBe('undetermined');
  });

  test('a log that ends because it was switched off says so', async () => {
    const left = new Map(files);
    for (const path of days) if ((SITE.exec(path)?.[1] ?? '') >= '210220') left.delete(path);
    const config = (files.get(CONFIG) ?? Buffer.alloc(0)).toString('utf8');
    left.set(CONFIG, Buffer.from(config.replace('<httpLogging dontLog="false"', '<httpLogging dontLog="true"')));
    const { holes } = coverageOf(await assessed(evidenceOf('server', left)), 'iis-front-end');
    expect(holes.at(-1)?.reason).toContain('applicationHost.config says dontLog="true"');
  });

  test('a log whose clock is three hours off is told by its requests, and its edges are not believed', async () => {
    const left = new Map(files);
    for (const path of days) {
      const text = (files.get(path) ?? Buffer.alloc(0)).toString('latin1');
      const late = text.replaceAll(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/gm, (_, day: string, time: string) =>
        new Date(Date.parse(`${day}T${time}Z`) - 3 * 3_600_000).toISOString().slice(0, 19).replace('T', ' '),
      );
      left.set(path, Buffer.from(late, 'latin1'));
    }
    const { clock, spans } = coverageOf(await assessed(evidenceOf('server', left)), 'iis-front-end');
    expect(Math.abs((clock?.seconds ?? 0) + 10_800)).toBeLessThan(5);
    expect(clock?.says).toMatch(/^\d+ requests stand in both logs; .* earlier than HttpProxy logs$/);
    const log = coverageOf(await assessed(evidenceOf('server', files)), 'iis-front-end');
    const from = Date.parse(spans[0]?.from ?? '') - Date.parse(log.spans[0]?.from ?? '');
    expect(Math.abs(from)).toBeLessThan(10_000);
  });

  test('two hours without a row while Windows was restarted are a pause, without that a hole', async () => {
    const [from, to] = [at('2021-01-20T02:00:00Z'), at('2021-01-20T04:00:00Z')];
    const left = new Map(files);
    for (const path of files.keys()) {
      if (!/\/W3SVC[12]\/u_ex210120\.log$/i.test(path)) continue;
      const rows = (files.get(path) ?? Buffer.alloc(0)).toString('latin1').split('\r\n');
      left.set(path, Buffer.from(rows.filter((row) => !/^2021-01-20 0[23]:/.test(row)).join('\r\n'), 'latin1'));
    }
    const torn = await assessed(evidenceOf('server', left));
    expect(coverageOf(torn, 'iis-front-end').holes[0]?.reason).toMatch(
      /^silent for 2 hours.*it is expected to speak at least every 1 hour, learnt from \d+ days of it$/,
    );
    expect(torn.headline.worst).toBe('no-trace-within-coverage');
    left.set(
      `${LOGS}/System.evtx`,
      Buffer.from(writeEvtx([boot(from + 5 * MINUTE, 6006), boot(to - 5 * MINUTE, 6005)])),
    );
    const explained = await assessed(evidenceOf('server', left));
    expect(coverageOf(explained, 'iis-front-end').holes).toEqual([]);
    expect(explained.headline.worst).toBe('no-trace');
  });
});

describe('trees of a whole volume', async () => {
  // Without the collector's own list, which would name what the cache held.
  const files = new Map([...filesOfCase('clean')].filter(([path]) => path.startsWith('C/')));
  // The cache was emptied but for a folder that is no application of Exchange.
  const emptied = new Map([...files].filter(([path]) => !isCache(path)));
  emptied.set(
    'C/Windows/Microsoft.NET/Framework64/v4.0.30319/Temporary ASP.NET Files/other/1/2/hash.web',
    Buffer.from('x'),
  );

  test('a folder without the landmarks of Exchange is complete only if the responder declares the volume', async () => {
    expect(how(await assessed(evidenceOf('server', emptied)))).toBe('partial');
    const volume = await assess(
      { sources: [evidenceOf('server', emptied)], packs: [PACK], options: { version: 'test', volume: true } },
      nodeHost({}),
    );
    expect(how(volume)).toBe('enumerated');
    expect(volume.options).toMatchObject({ volume: true });
  });

  test('a copy elsewhere on the volume is not the tree', async () => {
    const moved = new Map([...files].filter(([path]) => !isCache(path)));
    moved.set('C/Backup/Temporary ASP.NET Files/other/1/2/hash.web', Buffer.from('x'));
    const volume = await assess(
      { sources: [evidenceOf('server', moved)], packs: [PACK], options: { version: 'test', volume: true } },
      nodeHost({}),
    );
    expect(how(volume)).toBe('partial');
  });

  test('a list made from the $MFT is of the whole volume, one without the files of NTFS is not', async () => {
    const others = [...files].filter(([path]) => !isCache(path));
    const partial = new Map([...others, ['mft.csv', listingOf([])] as const]);
    expect(how(await assessed(evidenceOf('server', partial)))).toBe('partial');
    const whole = new Map([...others, ['mft.csv', listingOf(['$MFT', '$LogFile', '$Bitmap', '$Boot'])] as const]);
    expect(how(await assessed(evidenceOf('server', whole)))).toBe('enumerated');
  });
});

test('a log of a small server that is quiet at night and on weekends has no holes', async () => {
  const from = at('2021-01-01T00:00:00Z');
  const rows: string[] = [];
  for (let minute = 0; minute < 64 * 1440; minute += 1) {
    const time = new Date(from / 1000 + minute * 60_000);
    const isWork = time.getUTCDay() % 6 !== 0 && time.getUTCHours() >= 7 && time.getUTCHours() < 19;
    if (!(isWork && minute % 2 === 0) && minute % 175 !== 0) continue;
    rows.push(
      `${time.toISOString().slice(0, 19).replace('T', ' ')} 10.1.1.1 GET /owa/ - 443 - 10.1.1.9 Mozilla/5.0 200`,
    );
  }
  const header =
    '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status';
  const text = `#Software: Microsoft Internet Information Services 10.0\r\n${header}\r\n${rows.join('\r\n')}\r\n`;
  const caseFile = await assessed(
    evidenceOf('server', new Map([['C/inetpub/logs/LogFiles/W3SVC1/u_ex210101.log', Buffer.from(text)]])),
  );
  expect(caseFile.coverage.find((c) => c.kind === 'iis-front-end')).toMatchObject({ holes: [], spans: [{}] });
});

/** How many times numbers are missing in a log. */
async function lostIn(path: string): Promise<number> {
  const heart = new Heartbeat(30 * MINUTE);
  const bytes = readFileSync(path);
  const source = {
    size: bytes.length,
    readInto: (from: number, into: Uint8Array) => bytes.copy(into, 0, from),
    close: () => Promise.resolve(),
  };
  for await (const batch of evtx.read(source, { path }))
    for (const record of batch)
      if (record.is === 'record' && record.source !== undefined && record.at !== undefined)
        heart.beat(record.at, record.sequence);
  return joinBeats(heart.beats(), () => true).lost.length;
}

const REAL = join(import.meta.dirname, '../../shared/data/evtx');

describe.skipIf(!existsSync(REAL))('real event logs (../shared/data/evtx; skipped where it is absent)', () => {
  test('whole logs have no number missing, and filtered exports of them do', async () => {
    const folder = join(REAL, 'omerbenamram');
    const whole = readdirSync(folder).filter((name) =>
      /^(?:E_Windows|Security_with|sample-with-irregular|MSExchange|Microsoft-Windows-LanguagePack)/.test(name),
    );
    const seen: Record<string, number> = {};
    for (const name of whole) seen[name] = await lostIn(join(folder, name));
    expect(Object.keys(seen).length).toBeGreaterThanOrEqual(4);
    expect(seen).toEqual(Object.fromEntries(whole.map((name) => [name, 0])));
    expect(await lostIn(join(REAL, 'windows-xml-pair/Application.evtx'))).toBe(0);
    // A shadow copy of a log in use: one of its chunks had not been written yet.
    expect(await lostIn(join(folder, '2-vss_7-System.evtx'))).toBe(1);
  });
});
