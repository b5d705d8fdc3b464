import { describe, expect, test } from 'vitest';

import { acquirePackage, acquireReport } from '../specimen/package-acquire.ts';
import { cylrPackage } from '../specimen/package-cylr.ts';
import { uacAcquisitionLog, uacPackage } from '../specimen/package-uac.ts';
import { layOut } from './lay-out.ts';
import {
  artifact,
  asServer,
  AT,
  copied,
  FAILED,
  file,
  folder,
  originals,
  packed,
  PLAN,
  SERVER,
} from './layouts.test-support.ts';

describe('CyLR', () => {
  test('a folder and a zip give every file its path, and what was refused is told', async () => {
    for (const artifacts of [folder(cylrPackage(SERVER, PLAN)), await packed(cylrPackage(SERVER, PLAN), 'EX01.zip')]) {
      const laid = await layOut(artifacts);
      expect(originals(laid, artifacts)).toEqual(copied(PLAN));
      expect(laid.collections).toMatchObject([{ layout: 'cylr', host: undefined, collectedAt: AT }]);
      expect(laid.collections[0]?.failed).toEqual([
        {
          original: asServer(FAILED),
          says: "CyLR met an error at it: Error: Access to the path 'C:\\inetpub\\wwwroot\\web.config' is denied.",
        },
      ]);
    }
  });

  test('a file that the log announces and that the zip has not was lost', async () => {
    const lost = 'C/inetpub/wwwroot/aspnet_client/y.aspx';
    const laid = await layOut(folder(cylrPackage(SERVER, PLAN)).filter(({ path }) => path !== lost));
    expect(laid.collections[0]?.failed[0]).toEqual({
      original: asServer(lost),
      says: 'CyLR began to collect it, and it is not in the package',
    });
  });
});

describe('Acquire', () => {
  for (const isOld of [false, true]) {
    test(`a tar${isOld ? ' of an older release' : ''} gives every file its path, and its report what failed`, async () => {
      const artifacts = [
        ...folder([acquireReport(SERVER, PLAN, 'EX01_20210310080000')]),
        ...(await packed(acquirePackage(SERVER, PLAN, { isOld }), 'EX01_20210310080000.tar')),
      ];
      const laid = await layOut(artifacts);
      expect(originals(laid, artifacts.slice(1))).toEqual(copied(PLAN));
      expect(laid.role('EX01_20210310080000.report.json')).toBe('collector');
      expect(laid.collections).toMatchObject([
        {
          layout: 'acquire',
          root: 'EX01_20210310080000.tar/',
          host: 'EX01',
          collectedAt: AT,
          failed: [{ original: asServer(FAILED), says: 'Acquire could not collect it' }],
        },
      ]);
    });
  }

  test('volumes without a letter stay apart, and other spellings of drives are read', async () => {
    const laid = await layOut([artifact('fs/C_/Windows/win.ini'), artifact('sub/sysvol/Windows/win.ini')]);
    expect(laid.original('fs/C_/Windows/win.ini')).toBe('C:/Windows/win.ini');
    expect(laid.original('fs/$fs$/fs0/Windows/win.ini')).toBe('$fs$/fs0/Windows/win.ini');
    expect(laid.original('fs/$rootfs$/etc/../passwd')).toBe('/passwd');
    expect(laid.original('sub/sysvol/Windows/win.ini')).toBe('C:/Windows/win.ini');
    expect(laid.role('fs/$metadata$/command-output/arp')).toBe('collector');
  });

  test('the SYSVOL share of a domain controller is no package', async () => {
    const laid = await layOut([artifact('C/Windows/SYSVOL/sysvol/contoso.example/Policies/x')]);
    expect(laid.collections).toEqual([]);
    expect(laid.original('C/Windows/SYSVOL/sysvol/contoso.example/Policies/x')).toBe(
      'C:/Windows/SYSVOL/sysvol/contoso.example/Policies/x',
    );
  });
});

describe('UAC', () => {
  const proxy = [file('etc/passwd'), file('var/log/nginx/access.log'), file('root/.ssh/id')];
  const plan = { ...PLAN, host: 'edge1', failed: ['root/.ssh/id'] };

  for (const root of ['', 'uac-edge1-linux-20210310080000/']) {
    test(`a folder${root === '' ? '' : ' below its name'} gives the paths of a Unix machine`, async () => {
      const artifacts = folder(uacPackage(proxy, plan), root);
      const laid = await layOut(artifacts);
      const found = artifacts.map(({ path }) => [laid.role(path), laid.original(path)]);
      expect(found).toEqual([
        ['evidence', '/etc/passwd'],
        ['evidence', '/var/log/nginx/access.log'],
        ['manifest', undefined],
        ['evidence', undefined],
        ['collector', undefined],
      ]);
      expect(laid.collections).toMatchObject([
        { layout: 'uac', root, collectedAt: AT, failed: [{ original: '/root/.ssh/id' }] },
      ]);
    });
  }

  test('the acquisition log beside a tar.gz names the machine', async () => {
    const name = 'uac-edge1-linux-20210310080000';
    const artifacts = [
      ...folder([uacAcquisitionLog(plan, name)]),
      ...(await packed(uacPackage(proxy, plan), `${name}.tar.gz`)),
    ];
    const laid = await layOut(artifacts);
    expect(laid.collections).toMatchObject([{ layout: 'uac', root: `${name}.tar.gz/`, host: 'edge1', failedCount: 1 }]);
    expect(laid.original(`${name}.tar.gz/[root]/etc/passwd`)).toBe('/etc/passwd');
  });

  test('an image of FTK Imager, which says [root] too, is no package of UAC', async () => {
    expect((await layOut([artifact('EX01/[root]/Windows/win.ini')])).collections).toEqual([]);
  });
});
