import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { kapePackage } from '../specimen/kape-package.ts';
import { memorySource } from '../formats/contract.test-support.ts';
import { demoScenario } from '../specimen/demo.ts';
import { acquirePackage } from '../specimen/package-acquire.ts';
import { cylrPackage } from '../specimen/package-cylr.ts';
import { sizeOf } from '../specimen/package-plan.ts';
import { specimen } from '../specimen/specimen.ts';
import { joined } from '../specimen/zip-writer.ts';
import { oldVelociraptorPackage, velociraptorPackage } from '../specimen/velociraptor-package.ts';
import { layOut } from './lay-out.ts';
import type { Listed } from './lay-out.ts';
import { artifact, copied, file, folder, originals, PLAN, SERVER } from './layouts.test-support.ts';

/** What paths of packages are made of, and what climbs. */
const PIECES = [
  'C',
  'c:',
  'C%3A',
  '%5C%5C.%5CC%3A',
  'c$',
  'EX01',
  'uploads',
  'auto',
  'fs',
  'sysvol',
  '$fs$',
  'fs0',
  'VSS1',
  '[root]',
  '..',
  '.',
  '',
  'Windows',
  'a:b',
  ':',
  '%2F..%5C',
  '%252e%252e',
  'x. ',
  '\\',
  '%5C..%5C..',
  'HarddiskVolumeShadowCopy3',
  '%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy3',
  '___vssMount',
];

describe('paths', () => {
  test('a plain tree needs no manifest to say where its files lay', async () => {
    for (const [path, original] of [
      ['C/inetpub/wwwroot/x.aspx', 'C:/inetpub/wwwroot/x.aspx'],
      ['C:/inetpub/x', 'C:/inetpub/x'],
      ['c/INETPUB/x', 'C:/INETPUB/x'],
      ['C%3A/Program Files %28x86%29/x', 'C:/Program Files (x86)/x'],
      ['case/EX01/c$/inetpub/x', 'C:/inetpub/x'],
      ['//?/C:/inetpub/x', 'C:/inetpub/x'],
      ['\\\\.\\C:\\inetpub\\x', 'C:/inetpub/x'],
      ['EX01/C/inetpub/logo.gif:shell.aspx', 'C:/inetpub/logo.gif:shell.aspx'],
      ['EX01/C/inetpub/x.aspx. ', 'C:/inetpub/x.aspx'],
      ['inetpub/wwwroot/x.aspx', undefined],
      ['EX01/[root]/inetpub/x.aspx', undefined],
      [
        'uploads/ntfs_vss/%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy3/inetpub/a%2520b',
        'HarddiskVolumeShadowCopy3/inetpub/a%20b',
      ],
      ['EX01/GLOBALROOT/Device/HarddiskVolumeShadowCopy12/inetpub/x', 'HarddiskVolumeShadowCopy12/inetpub/x'],
    ] as const) {
      expect((await layOut([artifact(path)])).original(path), path).toBe(original);
    }
  });

  test('a drive without a folder that tells is known by the drives beside it', async () => {
    const laid = await layOut([artifact('case/EX01/C/Windows/win.ini'), artifact('case/EX01/E/mail/x.edb')]);
    expect(laid.original('case/EX01/E/mail/x.edb')).toBe('E:/mail/x.edb');
    expect(laid.original('case/other/E/mail/x.edb')).toBeUndefined();
  });

  test('a copy of a drive inside a drive is a folder of that drive', async () => {
    const paths = ['EX01/C/Windows/win.ini', 'EX01/C/cases/old/D/Windows/win.ini', 'EX01/C/cases/old/uploads.json'];
    const laid = await layOut([...paths.map((path) => artifact(path)), artifact('EX01/C/cases/old/log.json')]);
    expect(paths.map((path) => laid.original(path))).toEqual([
      'C:/Windows/win.ini',
      'C:/cases/old/D/Windows/win.ini',
      'C:/cases/old/uploads.json',
    ]);
    expect(laid.collections).toEqual([]);
    expect(laid.role('EX01/C/cases/old/uploads.json')).toBe('evidence');
  });

  test('inputs called by one letter are no drives, and a file on a server cannot make a drive an input', async () => {
    const [a, b] = [folder(kapePackage(SERVER, PLAN), 'A/'), folder(velociraptorPackage(SERVER, PLAN), 'B/')];
    const laid = await layOut([...a, ...b]);
    expect(originals(laid, a)).toEqual(copied(PLAN));
    expect(originals(laid, b)).toEqual(copied(PLAN));
    expect(laid.collections.map(({ layout, root }) => [layout, root])).toEqual([
      ['kape', 'A/'],
      ['velociraptor', 'B/'],
    ]);
    const planted = await layOut([artifact('C/D/Windows/x'), artifact('C/inetpub/wwwroot/x.aspx')]);
    expect(planted.original('C/D/Windows/x')).toBe('C:/D/Windows/x');
    expect(planted.original('C/inetpub/wwwroot/x.aspx')).toBe('C:/inetpub/wwwroot/x.aspx');
  });

  test("the demo's server comes out of every package as it went in", { timeout: 120_000 }, async () => {
    const scenario = demoScenario();
    const plan = { host: scenario.server.name, collected: scenario.server.collected };
    const files = specimen(scenario).filter(({ path }) => !path.endsWith('_CopyLog.csv'));
    const server = files.map(({ path }) => path).toSorted();
    for (const write of [kapePackage, velociraptorPackage, oldVelociraptorPackage, cylrPackage, acquirePackage]) {
      const artifacts = write(files, plan).map((each) => ({
        ...artifact(`case/${each.path}`),
        size: sizeOf(each),
        open: () => Promise.resolve(memorySource(joined(each.pieces()))),
      }));
      const laid = await layOut(artifacts);
      expect(originals(laid, artifacts), write.name).toEqual(server);
      expect(laid.collections, write.name).toMatchObject([{ root: 'case/', failedCount: 0, failedAnywhere: false }]);
    }
  });

  test('packages side by side keep their machines, files and roles apart', async () => {
    const one = folder(kapePackage(SERVER, PLAN), 'EX01/');
    const two = folder(oldVelociraptorPackage(SERVER, { ...PLAN, host: 'EX02' }), 'EX02/');
    const laid = await layOut([...one, ...two]);
    expect(laid.collections.map(({ root, host, failedCount }) => [root, host, failedCount])).toEqual([
      ['EX01/', 'EX01', 1],
      ['EX02/', 'EX02', 1],
    ]);
    expect(originals(laid, [...one, ...two])).toEqual([...copied(PLAN), ...copied(PLAN)].toSorted());
  });

  test('an original path never climbs, and reads as itself', { timeout: 120_000 }, () => {
    const piece = constantFrom(...PIECES);
    const path = array(oneof(piece, string({ unit: 'binary', maxLength: 5 })), { maxLength: 12 }).map((parts) =>
      // No host hands over a NUL: containers write it as %00, and no file system has one.
      parts.join('/').replaceAll('\0', '%00'),
    );
    const marks = [
      '2021-03-10T08_00_00_1234567_CopyLog.csv',
      'uac.log',
      'uploads.json',
      'log.json',
      'uploads/auto/C%3A/x',
    ];
    const laid = layOut([...marks, '[root]/x', 'fs/C:/x', 'EX01/C/Windows/x'].map((mark) => artifact(mark)));
    return laid.then((found) =>
      assert(
        property(path, (strange) => {
          const result = found.original(strange);
          expect(found.original(strange)).toBe(result);
          if (result === undefined) return;
          const parts = result.split('/');
          expect(parts.slice(result.startsWith('/') ? 1 : 0)).not.toContain('');
          expect(parts).not.toContain('..');
          expect(parts).not.toContain('.');
          if (/^[A-Z]:/.test(result)) expect(found.original(result)).toBe(result);
        }),
        { numRuns: 1000, seed: 20_210_303 },
      ),
    );
  });
});

/** Figures for the reader of a run. */
const log = (text: string): void => globalThis.console.log(text);

const consoleLog = (text: string): Listed => artifact('2021-03-10T08_00_00_1234567_ConsoleLog.txt', text);

const failureLine = (path: string): string =>
  `[2021-03-10 08:00:00.1234567 | FTL] Could not copy file ${path} to E:\\x. Error: ${'no '.repeat(5000)}`;

const manyFiles = (count: number): readonly Listed[] => {
  const empty = artifact('x');
  const names = Array.from({ length: count }, (_, n) => `EX01/C/inetpub/wwwroot/d${n >> 6}/f${n}.aspx`);
  return [...folder(kapePackage([file('C/inetpub/x')], PLAN), 'EX01/'), ...names.map((path) => ({ ...empty, path }))];
};

async function cost(count: number): Promise<number> {
  const artifacts = manyFiles(count);
  const begin = performance.now();
  const laid = await layOut(artifacts);
  for (const { path } of artifacts) if (laid.role(path) === 'evidence') laid.original(path);
  return performance.now() - begin;
}

describe('hostile manifests', () => {
  test('percent bombs are undone once', async () => {
    const path = `uploads/auto/C%3A/${'%25'.repeat(2000)}41/x`;
    const laid = await layOut([artifact(path)]);
    expect(laid.original(path)).toBe(`C:/${'%'.repeat(2000)}41/x`);
  });

  test('names that climb, absolute names and names without end are told within bounds', async () => {
    const laid = await layOut([
      consoleLog(
        [
          failureLine('C:\\a\\..\\..\\..\\Windows\\x'),
          failureLine(`\\\\?\\C:\\${'d\\'.repeat(3000)}x`),
          failureLine('..\\..\\x'),
          failureLine(''),
        ].join('\n'),
      ),
    ]);
    const failed = laid.collections[0]?.failed ?? [];
    expect(failed.map(({ original }) => original.slice(0, 20))).toEqual([
      'C:/Windows/x',
      'C:/d/d/d/d/d/d/d/d/d',
      '../../x',
      '',
    ]);
    for (const { original, says } of failed) expect(original.length + says.length).toBeLessThan(9000);
  });

  test('what is no manifest becomes a limit, never an error', async () => {
    const broken: Listed = {
      path: 'log.json',
      size: 9,
      open: () => Promise.reject(new Error("open '/x/log.json' failed")),
    };
    const laid = await layOut([
      broken,
      artifact(
        'uploads.json',
        `[1,2\n{"vfs_path":5,"_Components":"x"}\n{"__proto__":{"vfs_path":"C:\\\\x"}}\n${'['.repeat(100_000)}\n`,
      ),
      artifact('client_info.json', 'no json'),
      artifact('collection_context.json', '{"active_time":"99999999999999999999999","state":{"a":1}}'),
      artifact('2021_CopyLog.csv', `SourceFile,Reason\n"open\n${'x\n'.repeat(3000)}`),
      artifact('2021_SkipLog.csv.csv', '\0\0\0SourceFile,SourceFileSha1,Reason\n,,\nC:\\x,zz,Deduped\n'),
    ]);
    expect(laid.collections.map(({ layout }) => layout)).toEqual(['kape', 'velociraptor']);
    const limits = laid.collections.flatMap((collection) => collection.limits).join('\n');
    expect(limits).toContain('log.json was not read whole, so that it may hide failures: open the file failed');
    expect(limits).toContain('client_info.json was not read whole, so that it may hide failures: it is no JSON');
    expect(limits).toContain('uploads.json was not read whole, so that it may hide failures: a line is no JSON object');
    expect(limits).toContain('2021_CopyLog.csv was not read whole');
    expect(laid.collections[0]?.failed).toEqual([
      { original: 'C:/x', says: 'KAPE skipped it as a duplicate; of what is not known' },
    ]);
  });

  test(
    'a hundred thousand failures are counted, kept within bounds, and every folder is told',
    { timeout: 120_000 },
    async () => {
      const count = 100_000;
      const rows = Array.from({ length: count }, (_, n) => `C:\\inetpub\\f${n % 500}\\${n}.aspx,,denied`);
      const begin = performance.now();
      const laid = await layOut([
        artifact('2021-03-10T08_00_00_1_SkipLog.csv.csv', `SourceFile,SourceFileSha1,Reason\n${rows.join('\n')}\n`),
      ]);
      const [collection] = laid.collections;
      expect(collection?.failedCount).toBe(count);
      expect(collection?.failed.length).toBeLessThanOrEqual(20_000);
      expect(new Set(collection?.failed.map(({ original }) => original.split('/')[2])).size).toBe(500);
      expect(collection?.failedAnywhere).toBe(false);
      log(`layouts: ${Math.round(count / ((performance.now() - begin) / 1000))} rows of a skip log a second`);
    },
  );

  test(
    'hundreds of packages with hundreds of lists each cost no more than what stands in them',
    { timeout: 120_000 },
    async () => {
      const row = '{"SourceFile":"C:\\\\x.aspx","Size":1}\n';
      const lists = Array.from({ length: 40_000 }, (_, n) =>
        artifact(`p${n % 200}/results/A.B${n}%2FUploads.json`, row),
      );
      const marks = Array.from({ length: 200 }, (_, n) => artifact(`p${n}/uploads.json`));
      const begin = performance.now();
      const laid = await layOut([...lists, ...marks]);
      expect(laid.collections.map(({ failedCount }) => failedCount)).toEqual(Array.from({ length: 200 }, () => 1));
      expect(performance.now() - begin).toBeLessThan(30_000);
    },
  );

  test('paths without end are kept within bounds', { timeout: 120_000 }, async () => {
    const rows = Array.from({ length: 300 }, (_, n) => `C:\\${n}\\${'x'.repeat(200_000)},${'0'.repeat(40)},Deduped`);
    const laid = await layOut([
      artifact('2021-03-10T08_00_00_1_SkipLog.csv', `SourceFile,SourceFileSha1,Reason\n${rows.join('\n')}\n`),
      artifact(
        'uploads.json',
        `${JSON.stringify({ vfs_path: `C:\\${'y'.repeat(900_000)}`, file_size: 9, uploaded_size: 1 })}\n`,
      ),
      artifact('log.json'),
    ]);
    for (const { failed } of laid.collections) {
      expect(failed.length).toBeGreaterThan(0);
      for (const { original } of failed) expect(original.length).toBeLessThanOrEqual(4096);
    }
  });

  test('signs of ten thousand packages are read within bounds', { timeout: 120_000 }, async () => {
    const laid = await layOut(Array.from({ length: 10_000 }, (_, n) => artifact(`p${n}/x_ConsoleLog.txt`)));
    expect(laid.collections).toHaveLength(1000);
    expect(laid.limits).toEqual(['packages beyond the first 1000 of a collector are read as plain folders']);
  });

  test('a package deeper than any collector puts it is plain folders', async () => {
    const deep = `${'d/'.repeat(4000)}x_CopyLog.csv`;
    const laid = await layOut([artifact(`EX01${deep}`)]);
    expect(laid.collections).toEqual([]);
    expect(laid.role(`EX01${deep}`)).toBe('evidence');
  });

  test('paths by the hundred thousand cost no more than their length', { timeout: 120_000 }, async () => {
    await cost(20_000);
    const [small, large] = [await cost(30_000), await cost(120_000)];
    log(`layouts: ${Math.round(120_000 / (large / 1000))} artifacts a second`);
    expect(large).toBeLessThan(small * 10 + 2000);
  });
});
