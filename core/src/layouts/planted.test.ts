import { describe, expect, test } from 'vitest';

import { layOut } from './lay-out.ts';
import { artifact } from './layouts.test-support.ts';

const SHELL = 'CollectedLogFiles/MAIL01/SuspiciousFiles/shell.aspx';
const HIT = '"2021-03-03T06:12:44.102Z","ServerInfo~a]@ex01"';
/** What an intruder may lay into a folder of the server so that it looks like the package of a collector. */
const SIGNS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  kape: {
    '2021-03-10T08_00_00_1234567_CopyLog.csv': 'SourceFile,DestinationFile,FileSize\r\n',
    '2021-03-10T08_00_00_1234567_ConsoleLog.txt':
      '[2021-03-10 08:00:00.1234567 | INF] Command line:   --tsource C:\r\n[2021-03-10 08:00:00.1234567 | INF] System info: Machine name: MAIL01, 64-bit: true\r\n',
  },
  velociraptor: {
    'client_info.json': '{"Hostname":"MAIL01"}',
    'uploads.json': '',
    'uploads/auto/C%3A/inetpub/shell.aspx': 'x',
    'results/Windows.Detection.Yara.json': '{}',
  },
  'old velociraptor': { 'Windows.Detection.Yara.json': '{}', 'Generic.Client.Info.json': '{"Hostname":"MAIL01"}' },
  cylr: { 'CyLR_Collection_Log_2021-03-10_08-00-00.log': '2021-03-10T08:00:00 [info] Collecting File: C:\\x\n' },
  uac: { 'uac.log': '2021-03-10 08:00:00 +0000 ERR x\n', '[root]/inetpub/shell.aspx': 'x' },
  acquire: { 'fs/C:/inetpub/shell.aspx': 'x', 'sysvol/Windows/shell.aspx': 'x', 'MAIL01.report.json': '{}' },
  'test-proxylogon': { [SHELL]: 'x', 'MAIL01-Cve-2021-26855.csv': `"DateTime","AnchorMailbox"\r\n${HIT}\r\n` },
  healthchecker: { 'HealthChecker-MAIL01-20210315120000.xml': '<S N="ServerName">MAIL01</S>\r\n' },
};
/** Folders of a server, with what stands for their beginning on the server; nothing where no drive is named. */
const FOLDERS: readonly (readonly [string, string, string | undefined])[] = [
  ['C/', '', 'C:/'],
  ['C/', 'inetpub/wwwroot/aspnet_client/', 'C:/'],
  ['EX01/C/', 'inetpub/wwwroot/aspnet_client/', 'C:/'],
  ['EX01/C%3A/', 'Windows/Temp/', 'C:/'],
  ['D/', 'mail/', 'D:/'],
  ['', 'inetpub/wwwroot/aspnet_client/', undefined],
  ['EX01/', 'Program Files/Microsoft/Exchange Server/V15/FrontEnd/HttpProxy/owa/auth/', undefined],
  ['EX01/', 'Exchange Server/V15/ClientAccess/', undefined],
];

describe.each(Object.entries(SIGNS))('signs of %s', (_, signs) => {
  test.each(FOLDERS)('below %s%s change neither host, nor role, nor place', async (drive, inside, volume) => {
    const folder = drive + inside;
    const planted = Object.entries(signs).map(([name, content]) => artifact(folder + name, content));
    const own = [`${drive}Windows/win.ini`, `${folder}web.config`].map((path) => artifact(path));
    const laid = await layOut([...own, ...planted]);
    expect(laid.collections).toEqual([]);
    for (const { path } of planted) {
      expect(laid.role(path), path).toBe('evidence');
      const below = path.slice(drive.length);
      // Where no drive stands above it, what is called like one is taken for one.
      if (volume !== undefined) expect(laid.original(path), path).toBe(volume + spelt(below, drive));
      else if (!/C(?::|%3A)\//.test(below)) expect(laid.original(path), path).toBeUndefined();
    }
  });
});

/** Below a drive that is written in percent codes, they are undone. */
function spelt(below: string, drive: string): string {
  return drive.includes('%') ? decodeURIComponent(below) : below;
}

test('output of tools below Windows or Users of a copy without drives is told, and is no package', async () => {
  for (const folder of ['Users/admin/Desktop/', 'EX01/Windows/Temp/', 'ProgramData/x/']) {
    const sheet = `${folder}MAIL01-Cve-2021-26855.csv`;
    const laid = await layOut([
      artifact(folder + SHELL, 'x'),
      artifact(sheet, `"DateTime","AnchorMailbox"\r\n${HIT}\r\n`),
    ]);
    expect(laid.collections).toEqual([]);
    expect(laid.role(sheet)).toBe('evidence');
    expect(laid.prior.map(({ path, says }) => [path, says])).toEqual([[sheet, HIT]]);
  }
});

test('output of tools among the files that another package places is told, and is no package', async () => {
  for (const [root, marks] of [
    ['VSS1/C/', ['2021-03-10T08_00_00_1234567_CopyLog.csv']],
    ['fs/sysvol/', ['fs/sysvol/Windows/win.ini']],
    ['auto/C/', ['Windows.KapeFiles.Targets%2FUploads.json']],
  ] as const) {
    const sheet = `${root}scripts/MAIL01-Cve-2021-26855.csv`;
    const laid = await layOut([
      ...marks.map((path) => artifact(path)),
      artifact(sheet, `"DateTime","AnchorMailbox"\r\n${HIT}\r\n`),
      artifact(`${root}scripts/${SHELL}`, 'x'),
    ]);
    expect(laid.collections.map(({ layout }) => layout).includes('test-proxylogon'), root).toBe(false);
    expect(laid.role(sheet)).toBe('evidence');
    expect(laid.original(`${root}scripts/${SHELL}`)).toContain(`/scripts/${SHELL}`);
    expect(laid.prior.map(({ says }) => says)).toEqual([HIT]);
  }
});

test('what lies planted in any number does not keep the real output from being known', async () => {
  const planted = Array.from({ length: 1200 }, (_, at) => artifact(`C/inetpub/${at}/MAIL01-Cve-2021-26855.csv`, 'x'));
  const laid = await layOut([...planted, artifact('results/MAIL01-Cve-2021-26855.csv', `"A","B"\r\n${HIT}\r\n`)]);
  expect(laid.collections).toMatchObject([{ layout: 'test-proxylogon', root: 'results/' }]);
  expect(laid.role('results/MAIL01-Cve-2021-26855.csv')).toBe('prior');
});
