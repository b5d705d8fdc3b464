import { describe, expect, test } from 'vitest';

import { mutant, seededDice, slicedSource } from '../formats/contract.test-support.ts';
import { kapePackage } from '../specimen/kape-package.ts';
import { acquirePackage, acquireReport } from '../specimen/package-acquire.ts';
import { cylrPackage } from '../specimen/package-cylr.ts';
import { uacPackage } from '../specimen/package-uac.ts';
import { encryptedCollection, oldVelociraptorPackage, velociraptorPackage } from '../specimen/velociraptor-package.ts';
import { layOut } from './lay-out.ts';
import type { Listed } from './lay-out.ts';
import { artifact, DUPLICATE, folder, PLAN, SERVER } from './layouts.test-support.ts';

const MUTANTS = Number(process.env['AFTERPATCH_MUTANTS'] ?? 200);

const HEALTH =
  '<Objs>\r\n  <S N="ServerName">EX01</S>\r\n  <Version N="BuildVersion">15.1.2176.9</Version>\r\n</Objs>\r\n';
const PACKAGES = (
  [
    ['KAPE', kapePackage(SERVER, { ...PLAN, duplicates: [DUPLICATE] })],
    ['Velociraptor', velociraptorPackage(SERVER, PLAN)],
    ['Velociraptor before 0.6.7', oldVelociraptorPackage(SERVER, PLAN)],
    // What else is there says what it is, whatever becomes of the sheet that names the key.
    ['an encrypted collection', [...encryptedCollection(PLAN), ...velociraptorPackage([], PLAN)]],
    ['CyLR', cylrPackage(SERVER, PLAN)],
    ['UAC', uacPackage(SERVER, PLAN)],
    ['Acquire', [...acquirePackage(SERVER, PLAN), acquireReport(SERVER, PLAN, 'a')]],
  ] as const
).map(([name, files]) => [name, folder(files)] as const);
const TOOLS: readonly Listed[] = [
  artifact(
    'EX01-Cve-2021-26855.csv',
    '"DateTime","AnchorMailbox"\r\n"2021-03-03T06:12:44.102Z","ServerInfo~a]@x:444/y?#"\r\n',
  ),
  artifact('EX01-Cve-2021-26858.log', 'C:\\Logging\\OABGeneratorLog\\a.log\r\nC:\\b.log\r\n'),
  artifact('EX01-other.csv', '"Type","Path"\r\n"LsassDump","C:\\root\\lsass.dmp"\r\n'),
  artifact('HealthChecker-EX01-20210315.xml', HEALTH),
  artifact('CollectedLogFiles/EX01/CVE26855/x.LOG'),
];

async function contentOf(each: Listed): Promise<Uint8Array> {
  const source = await each.open();
  const bytes = new Uint8Array(source.size);
  await source.readInto(0, bytes);
  return bytes;
}

describe.each([...PACKAGES, ['output of tools', TOOLS] as const])(
  `%s, wounded at random ${MUTANTS} times`,
  (_, files) => {
    test('throws nothing, stays within bounds, and the files keep their places', { timeout: 3_600_000 }, async () => {
      const dice = seededDice(20210302);
      const whole = await layOut(files);
      const before = files.map(({ path }) => [whole.role(path), whole.original(path), whole.shadowCopy(path)]);
      const contents = await Promise.all(files.map(contentOf));
      for (let round = 0; round < MUTANTS; round++) {
        const bytes = contents.map((content) => (dice(2) === 0 ? content : mutant(content, dice)));
        const wounded = files.map((each, index) => artifact(each.path, bytes[index] ?? ''));
        const laid = await layOut(wounded);
        expect(files.map(({ path }) => [laid.role(path), laid.original(path), laid.shadowCopy(path)])).toEqual(before);
        for (const { failed, skipped, failedCount, host } of laid.collections) {
          expect(failedCount).toBeGreaterThanOrEqual(failed.length);
          for (const { original, says } of [...failed, ...skipped]) {
            expect(original.split('/')).not.toContain(/^[A-Z]:\//.test(original) ? '..' : undefined);
            expect(original.length).toBeLessThanOrEqual(4096);
            expect(says.length).toBeLessThanOrEqual(400);
          }
          expect(host?.length ?? 0).toBeLessThanOrEqual(255);
        }
        for (const { path, offset, length } of laid.prior)
          expect(offset + length).toBeLessThanOrEqual(wounded.find((each) => each.path === path)?.size ?? 0);
        if (round % 20 > 0) continue;
        // How the source slices its answers changes nothing.
        const sliced = wounded.map((each, index) => ({
          ...each,
          open: () => Promise.resolve(slicedSource(bytes[index] ?? new Uint8Array(0), dice)),
        }));
        expect((await layOut(sliced)).collections).toEqual(laid.collections);
      }
    });
  },
);
