import { describe, expect, test } from 'vitest';

import { encryptedCollection, oldVelociraptorPackage, velociraptorPackage } from '../specimen/velociraptor-package.ts';
import { layOut } from './lay-out.ts';
import { artifact, asServer, copied, FAILED, folder, originals, packed, PLAN, SERVER } from './layouts.test-support.ts';

const uploadRow = (name: string, more: object): string =>
  `${JSON.stringify({ vfs_path: `C:\\inetpub\\${name}`, _Components: ['uploads', 'auto', 'C:', 'inetpub', name], file_size: 100, uploaded_size: 100, ...more })}\n`;

const listedRow = (name: string): string =>
  `${JSON.stringify({ SourceFile: `C:\\inetpub\\${name}`, FileSize: 188 })}\n`;

const lacking = (there: number): string =>
  `Velociraptor says that it stored 100 bytes of it, ${there} are in the package`;

describe('Velociraptor', () => {
  for (const [name, write] of [
    ['since 0.6.7', velociraptorPackage],
    ['before 0.6.7', oldVelociraptorPackage],
  ] as const) {
    for (const root of ['', 'Collection-EX01-2021-03-10/']) {
      test(`a folder of a release ${name}${root === '' ? '' : ' below its name'} gives every file its path`, async () => {
        const artifacts = folder(write(SERVER, PLAN), root);
        const laid = await layOut(artifacts);
        expect(originals(laid, artifacts)).toEqual(copied(PLAN));
        expect(laid.collections).toMatchObject([{ layout: 'velociraptor', root, host: 'EX01' }]);
        expect(laid.collections[0]?.failed.map(({ original }) => original)).toEqual([asServer(FAILED)]);
      });
    }

    test(`a zip of a release ${name} gives the same`, async () => {
      const artifacts = await packed(write(SERVER, PLAN), 'Collection-EX01.zip');
      const laid = await layOut(artifacts);
      expect(originals(laid, artifacts)).toEqual(copied(PLAN));
      expect(laid.collections).toMatchObject([
        { layout: 'velociraptor', root: 'Collection-EX01.zip/', failedCount: 1 },
      ]);
    });
  }

  test('what uploads.json names and the package has not, and what was stored shorter, was not collected', async () => {
    const laid = await layOut([
      artifact('uploads/auto/C%3A/inetpub/here.aspx', 'x'.repeat(100)),
      artifact('uploads/auto/C%3A/inetpub/short.aspx', 'x'.repeat(10)),
      artifact('uploads/auto/C%3A/inetpub/sparse.evtx', 'x'),
      artifact('uploads/auto/C%3A/inetpub/sparse.evtx.idx', '{}'),
      artifact(
        'uploads.json',
        [
          uploadRow('here.aspx', {}),
          uploadRow('gone.aspx', {}),
          uploadRow('short.aspx', { uploaded_size: 10 }),
          uploadRow('sparse.evtx', { Type: 'idx' }),
          uploadRow('sparse.evtx', { uploaded_size: 50 }),
          uploadRow('refused.aspx', { error: 'access denied' }),
        ].join(''),
      ),
    ]);
    expect(laid.collections[0]?.failed).toEqual([
      {
        original: 'C:/inetpub/gone.aspx',
        says: 'uploads.json says that it was collected, and it is not in the package',
      },
      { original: 'C:/inetpub/refused.aspx', says: 'Velociraptor could not collect it: access denied' },
      { original: 'C:/inetpub/short.aspx', says: 'Velociraptor stored 10 of its 100 bytes' },
    ]);
    expect(laid.role('uploads/auto/C%3A/inetpub/sparse.evtx.idx')).toBe('collector');
    expect(laid.collections[0]?.limits.join()).toContain('1 files are stored without their sparse parts');
  });

  test('what was found and is in no accessor of the package was not collected', async () => {
    const laid = await layOut([
      artifact('uploads/auto/C%3A/inetpub/here%2E', 'x'),
      artifact('uploads/ntfs/%5C%5C.%5CC%3A/$Extend/$UsnJrnl%3A$J', 'x'),
      artifact('uploads/ntfs_vss/%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy3/inetpub/x.aspx', 'x'),
      artifact(
        'results/Windows.KapeFiles.Targets%2FAll File Metadata.json',
        [
          'C:\\inetpub\\here.',
          '\\\\.\\C:\\$Extend\\$UsnJrnl:$J',
          '\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy3\\inetpub\\x.aspx',
          '\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy3\\inetpub\\y.aspx',
          'C:\\inetpub\\x.aspx',
        ]
          .map((path) => `${JSON.stringify({ SourceFile: path, Size: 1 })}\n`)
          .join(''),
      ),
      artifact('requests.json'),
    ]);
    expect(laid.collections[0]?.failed.map(({ original }) => original)).toEqual([
      'HarddiskVolumeShadowCopy3/inetpub/y.aspx',
      'C:/inetpub/x.aspx',
    ]);
    expect(laid.shadowCopy('uploads/ntfs_vss/%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy3/x')).toBe(
      'HarddiskVolumeShadowCopy3',
    );
  });

  test('a file that has fewer bytes than uploads.json says were stored was not kept, unless it is sparse', async () => {
    const folder = 'uploads/auto/C%3A/inetpub/';
    const laid = await layOut([
      ...['emptied.aspx', 'hollow.evtx', 'hollow.evtx.idx'].map((name) => artifact(folder + name)),
      artifact(`${folder}cut.aspx`, 'x'.repeat(99)),
      artifact(`${folder}grown.log`, 'x'.repeat(101)),
      artifact(`${folder}sparse.evtx`, 'x'),
      artifact(`${folder}sparse.evtx.idx`, '{}'),
      artifact(
        'uploads.json',
        ['emptied.aspx', 'cut.aspx', 'grown.log', 'sparse.evtx', 'hollow.evtx']
          .map((name) => uploadRow(name, {}))
          .concat(['sparse.evtx', 'hollow.evtx'].map((name) => uploadRow(name, { Type: 'idx' })))
          .join(''),
      ),
    ]);
    expect(laid.collections[0]?.failed.filter((each) => each.says.includes('says that it stored'))).toEqual([
      { original: 'C:/inetpub/emptied.aspx', says: lacking(0) },
      { original: 'C:/inetpub/hollow.evtx', says: lacking(0) },
      { original: 'C:/inetpub/cut.aspx', says: lacking(99) },
    ]);
  });

  test('a release without uploads.json lists sizes in its results, and a file that has fewer bytes was not kept', async () => {
    const laid = await layOut([
      artifact('C/inetpub/emptied.aspx'),
      artifact('C/inetpub/cut.aspx', 'x'.repeat(187)),
      artifact('C/inetpub/whole.aspx', 'x'.repeat(188)),
      artifact('C/inetpub/grown.log', 'x'.repeat(189)),
      artifact('C/inetpub/sparse.evtx', 'x'),
      artifact('C/inetpub/sparse.evtx.idx', '{}'),
      artifact(
        'Windows.KapeFiles.Targets%2FUploads.json',
        ['emptied.aspx', 'cut.aspx', 'whole.aspx', 'grown.log', 'sparse.evtx'].map(listedRow).join(''),
      ),
    ]);
    expect(laid.collections[0]?.failed.map(({ original }) => original)).toEqual([
      'C:/inetpub/emptied.aspx',
      'C:/inetpub/cut.aspx',
    ]);
  });

  test('a collection that did not come to its end may miss anything', async () => {
    const laid = await layOut([
      artifact('client_info.json', '{}'),
      artifact('collection_context.json', '{"state":"ERROR","status":"timed out","active_time":"1615363200000000"}'),
    ]);
    expect(laid.collections[0]).toMatchObject({
      failedAnywhere: true,
      collectedAt: 1615363200000000,
      limits: ['the collection ended in state ERROR: timed out'],
    });
  });

  test('a file without a row in uploads.json is the beginning of one', async () => {
    const laid = await layOut([
      artifact('uploads/auto/C%3A/inetpub/here.aspx', 'x'.repeat(100)),
      artifact('uploads/auto/C%3A/inetpub/sparse.evtx', 'x'),
      artifact('uploads/auto/C%3A/inetpub/sparse.evtx.idx', '{}'),
      artifact('uploads/auto/C%3A/inetpub/begun.log', 'x'),
      artifact(
        'uploads.json',
        uploadRow('here.aspx', {}) +
          uploadRow('gone.aspx', {}) +
          uploadRow('sparse.evtx', { Type: 'idx' }) +
          uploadRow('sparse.evtx', {}),
      ),
    ]);
    expect(laid.collections[0]?.failed.slice(1)).toEqual([
      {
        original: 'C:/inetpub/begun.log',
        says: 'Velociraptor began to store it, and uploads.json does not say that it came to the end',
      },
    ]);
  });

  test('the sheets of an offline collector are read as it writes them', async () => {
    const laid = await layOut([
      artifact('client_info.json', '{\n "Hostname": "EX01",\n "HostID": "1234-56",\n "Name": "velociraptor"\n}'),
      artifact(
        'collection_context.json',
        '{\n "session_id": "F.1234",\n "create_time": 1602103388000000000,\n "start_time": 1602103388000000000,\n "state": 2\n}',
      ),
      artifact(
        'log.json',
        '{"_ts":1602103388,"client_time":1602103388,"level":"DEFAULT","message":"Starting collection\\n"}\n',
      ),
    ]);
    expect(laid.collections).toMatchObject([
      { host: 'EX01', collectedAt: 1602103388000000, failedCount: 0, failedAnywhere: false, limits: [] },
    ]);
  });

  test('a file left out for its size is a file that was not collected', async () => {
    const log = { level: 'DEFAULT', message: 'Skipping file \\\\.\\C:\\inetpub\\big.log Due to MaxFileSize' };
    const laid = await layOut([
      artifact('log.json', JSON.stringify(log)),
      artifact('client_info.json', '{"Hostname":"EX01","Fqdn":"EX01.contoso.example"}'),
    ]);
    expect(laid.collections).toMatchObject([
      { host: 'EX01.contoso.example', failed: [{ original: 'C:/inetpub/big.log' }], failedCount: 1 },
    ]);
  });

  test('what detections concluded is told as prior findings, and what they read stays evidence', async () => {
    const artifacts = [
      artifact('client_info.json', '{}'),
      artifact(
        'results/Windows.Detection.Yara.NTFS.json',
        '{"Rule":"webshell","OSPath":"C:\\\\x.aspx"}\n{"Rule":"b"}\n',
      ),
      artifact('results/Windows.EventLogs.Evtx.json', '{"EventID":1}\n'),
      artifact('results/Windows.Triage.Targets%2FAll Matches Metadata.json', '{"SourceFile":"C:\\\\x","Size":1}\n'),
      artifact('results/x.aspx', 'shell'),
    ];
    const laid = await layOut(artifacts);
    expect(laid.prior.map(({ tool, path, offset, length, says }) => [tool, path, offset, length, says])).toEqual([
      [
        'Velociraptor Windows.Detection.Yara.NTFS',
        'results/Windows.Detection.Yara.NTFS.json',
        0,
        42,
        '{"Rule":"webshell","OSPath":"C:\\\\x.aspx"}',
      ],
      ['Velociraptor Windows.Detection.Yara.NTFS', 'results/Windows.Detection.Yara.NTFS.json', 42, 13, '{"Rule":"b"}'],
    ]);
    expect(artifacts.map(({ path }) => laid.role(path))).toEqual([
      'collector',
      'prior',
      'evidence',
      'manifest',
      'evidence',
    ]);
  });

  test('what a server exports names the same files behind its own folders', async () => {
    const row = {
      vfs_path: 'C:\\inetpub\\x.aspx',
      _Components: ['clients', 'C.1', 'collections', 'F.2', 'uploads', 'auto', 'C:', 'inetpub', 'x.aspx'],
      file_size: 1,
      uploaded_size: 1,
    };
    const laid = await layOut([
      artifact('uploads/auto/C%3A/inetpub/x.aspx', 'x'),
      artifact('uploads.json', JSON.stringify(row)),
    ]);
    expect(laid.collections).toMatchObject([{ layout: 'velociraptor', failedCount: 0 }]);
  });

  test('a zip beside settings of something else is no encrypted collection', async () => {
    const laid = await layOut([artifact('metadata.json', '{"name":"site"}'), artifact('data.zip', 'x')]);
    expect(laid.collections).toEqual([]);
    expect(laid.role('metadata.json')).toBe('evidence');
  });

  test('an encrypted collection is answered with the command that opens it', async () => {
    const laid = await layOut(await packed(encryptedCollection(PLAN), "Collection-EX01'; x.zip"));
    expect(laid.advice).toEqual([
      {
        path: "Collection-EX01'; x.zip/data.zip",
        says: "encrypted Velociraptor collection (X509): on the server that made the collector run `velociraptor --config server.config.yaml unzip 'Collection-EX01_; x.zip' --dump_dir OUT`, then assess OUT",
      },
    ]);
  });
});
