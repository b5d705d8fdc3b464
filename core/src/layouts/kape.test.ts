import { describe, expect, test } from 'vitest';

import { kapePackage } from '../specimen/kape-package.ts';
import { layOut } from './lay-out.ts';
import {
  artifact,
  AT,
  asServer,
  copied,
  DUPLICATE,
  FAILED,
  file,
  folder,
  originals,
  packed,
  PLAN,
  SERVER,
  sha1,
} from './layouts.test-support.ts';

const copyRow = (name: string, size: string): string =>
  `2021-03-10T08:00:00.000Z,"C:\\${name}","E:\\out\\C\\${name}",${size}\r\n`;

describe('KAPE', () => {
  const plan = { ...PLAN, duplicates: [DUPLICATE] };

  for (const root of ['', 'EX01/', 'case-7/server one/']) {
    test(`a folder ${root === '' ? 'by itself' : `below ${root}`} gives every file its path on the server`, async () => {
      const artifacts = folder(kapePackage(SERVER, plan), root);
      const laid = await layOut(artifacts);
      expect(originals(laid, artifacts)).toEqual(copied(plan));
      expect(laid.collections).toMatchObject([{ layout: 'kape', root, host: 'EX01', collectedAt: AT, limits: [] }]);
    });
  }

  test('a zip gives the same paths, and says that failures are not known', async () => {
    const artifacts = await packed(kapePackage(SERVER, plan, { isZipped: true }), 'EX01.zip');
    const laid = await layOut(artifacts);
    expect(originals(laid, artifacts)).toEqual(copied(plan));
    expect(laid.collections).toMatchObject([{ layout: 'kape', root: 'EX01.zip/', host: undefined, failed: [] }]);
    expect(laid.collections[0]?.limits).toEqual([
      "KAPE's console log is not in the package: which files could not be copied is not known",
    ]);
  });

  test('the console log beside a zip belongs to the package in it', async () => {
    const inside = await packed(kapePackage(SERVER, plan, { isZipped: true }), 'EX01.zip');
    const console = folder(kapePackage(SERVER, plan)).filter(({ path }) => path.endsWith('ConsoleLog.txt'));
    const laid = await layOut([...console, ...inside]);
    expect(laid.collections.map(({ root, host, failedCount }) => [root, host, failedCount])).toEqual([
      ['EX01.zip/', 'EX01', 1],
    ]);
    expect(console.map(({ path }) => laid.role(path))).toEqual(['collector']);
  });

  test('a file that could not be copied is told with its path and the reason', async () => {
    const laid = await layOut(folder(kapePackage(SERVER, plan)));
    expect(laid.collections[0]?.failed).toEqual([
      { original: asServer(FAILED), says: 'KAPE could not copy it: the file is in use' },
    ]);
  });

  test('a duplicate is known by the copied file with its content', async () => {
    const laid = await layOut(folder(kapePackage(SERVER, plan)));
    expect(laid.collections[0]?.skipped).toEqual([
      {
        original: asServer(DUPLICATE),
        says: 'not copied again: a copied file has the same content',
        sha1: sha1(new TextEncoder().encode('shell')),
        sameAs: 'C:/inetpub/wwwroot/aspnet_client/.hidden/x.aspx',
      },
    ]);
  });

  test('a duplicate of a file that nobody has is a file that was not copied', async () => {
    const twin = 'C/inetpub/wwwroot/aspnet_client/.hidden/x.aspx';
    const artifacts = folder(kapePackage(SERVER, plan)).filter(({ path }) => path !== twin);
    const [collection] = (await layOut(artifacts)).collections;
    expect(collection?.skipped).toEqual([]);
    expect(collection?.failed.map(({ original, says }) => [original, says])).toEqual([
      [asServer(FAILED), 'KAPE could not copy it: the file is in use'],
      [asServer(twin), 'the copy log says that it was copied, and it is not in the package'],
      [asServer(DUPLICATE), 'KAPE skipped it as a duplicate, and no copied file is listed with the same SHA-1'],
    ]);
  });

  test('a file that has fewer bytes than the copy log lists was not kept; a live log may have more', async () => {
    const stream = '2021-03-10T08:00:00.000Z,"C:\\$Extend\\$UsnJrnl:$J","E:\\out\\C\\$Extend\\$J",1000000\r\n';
    const laid = await layOut([
      artifact('C/emptied.aspx'),
      artifact('C/cut.aspx', 'x'.repeat(187)),
      artifact('C/whole.aspx', 'x'.repeat(188)),
      artifact('C/grown.log', 'x'.repeat(500)),
      artifact('C/unknown.log'),
      artifact('C/$Extend/$J', 'x'),
      artifact(
        '2021-03-10T08_00_00_1234567_CopyLog.csv',
        `CopiedTimestamp,SourceFile,DestinationFile,FileSize\r\n${stream}${copyRow('unknown.log', '')}${[
          'emptied.aspx',
          'cut.aspx',
          'whole.aspx',
          'grown.log',
        ]
          .map((name) => copyRow(name, '188'))
          .join('')}`,
      ),
    ]);
    expect(laid.collections[0]?.failed).toEqual([
      { original: 'C:/emptied.aspx', says: 'the copy log says that 188 bytes of it were copied, 0 are in the package' },
      { original: 'C:/cut.aspx', says: 'the copy log says that 188 bytes of it were copied, 187 are in the package' },
    ]);
  });

  test('the logs of the run are no evidence, and the same names inside a drive are', async () => {
    const artifacts = folder([...kapePackage(SERVER, plan), file('C/Temp/2021-03-01T08_00_00_CopyLog.csv')]);
    const laid = await layOut(artifacts);
    expect(laid.collections).toHaveLength(1);
    const roles = artifacts.map(({ path }) => [path.slice(path.lastIndexOf('_') + 1), laid.role(path)]);
    expect(roles.filter(([, role]) => role !== 'evidence')).toEqual([
      ['CopyLog.csv', 'manifest'],
      ['SkipLog.csv.csv', 'manifest'],
      ['ConsoleLog.txt', 'collector'],
    ]);
    expect(laid.role('C/Temp/2021-03-01T08_00_00_CopyLog.csv')).toBe('evidence');
  });

  test('the machine KAPE ran on is not the server where it read another drive', async () => {
    const head = '[2021-03-10 08:00:00.1234567 | INF] ';
    const laid = await layOut([
      artifact(
        '2021-03-10T08_00_00_1234567_ConsoleLog.txt',
        `${head}Command line:   --tsource F: --tdest E:\\out\r\n${head}System info: Machine name: LAB-PC, 64-bit: true\r\n`,
      ),
    ]);
    expect(laid.collections[0]?.host).toBeUndefined();
    expect(laid.collections[0]?.limits.join()).toContain('KAPE ran on LAB-PC and read F:');
  });

  test('logs of KAPE 1.2 are read as well, and vanished files are told', async () => {
    const laid = await layOut([
      artifact(
        '2022-05-28T024344_ConsoleLog.txt',
        [
          '2022-05-28 02:43:44.1300 | I | Command line:   --tsource C: --tdest D:\\out',
          '2022-05-28 02:43:44.1300 | I | System info: Machine name: EX02, 64-bit: true',
          '2022-05-28 02:43:45.0000 | F | Could not copy file C:\\inetpub\\How to\\a.aspx to D:\\out\\C\\inetpub\\How to\\a.aspx. Error: in use',
          '2022-05-28 02:43:46.0000 | W | File C:\\inetpub\\b.aspx does not exist! Skipping!',
          '2022-05-28 02:43:47.0000 | I | Copied 1,001 (Deduplicated: 2) out of 1,010 files in 1 seconds. File copy errors: 3. See console log',
        ].join('\r\n'),
      ),
    ]);
    expect(laid.collections).toMatchObject([
      {
        host: 'EX02',
        collectedAt: Date.UTC(2022, 4, 28, 2, 43, 44) * 1000,
        failed: [{ original: 'C:/inetpub/How to/a.aspx' }, { original: 'C:/inetpub/b.aspx' }],
        failedCount: 7,
        failedAnywhere: true,
        limits: [
          'KAPE counted 3 files that could not be copied, its console log names 1',
          'KAPE found 1010 files and does not say what became of 3 of them',
        ],
      },
    ]);
  });

  test('streams get their files back, and shadow copies are kept apart from what is there now', async () => {
    const laid = await layOut(folder(kapePackage(SERVER, plan)));
    expect(laid.original('C/$Extend/$J')).toBe('C:/$Extend/$UsnJrnl:$J');
    expect(laid.original('C/$Secure_$SDS')).toBe('C:/$Secure:$SDS');
    expect(laid.original('VSS2/C/inetpub/wwwroot/x.aspx')).toBe('VSS2/inetpub/wwwroot/x.aspx');
    expect(laid.shadowCopy('VSS2/C/inetpub/wwwroot/x.aspx')).toBe('VSS2');
    expect(laid.shadowCopy('C/inetpub/wwwroot/x.aspx')).toBeUndefined();
  });
});
