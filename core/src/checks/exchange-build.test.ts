import { describe, expect, test } from 'vitest';

import type { Fact, Observer } from '../model/check.ts';
import type { EvidenceRecord, FieldValue } from '../model/reading.ts';
import { exchangeBuild } from './exchange-build.ts';

const FIXED_DLL = 'a7'.repeat(32);
const OPEN_PANEL = '0b'.repeat(32);

function observer(
  options: unknown = { files: { [FIXED_DLL]: '15.1.2176.9' }, 'back-end-files': { [OPEN_PANEL]: '15.1.2176.4' } },
): Observer {
  const made = exchangeBuild(options);
  if ('says' in made) throw new Error(made.says);
  return made;
}

function record(kind: string, fields: Readonly<Record<string, FieldValue>>, text?: string): EvidenceRecord {
  return {
    is: 'record',
    kind,
    source: undefined,
    at: undefined,
    host: undefined,
    origin: { offset: 0, length: 1 },
    text,
    get: (field) => fields[field],
    fields: () => Object.keys(fields),
    excerpt: () => '',
  };
}

function told(kind: string, fields: Readonly<Record<string, FieldValue>>, path = 'x'): readonly string[] {
  return observer().observe(record(kind, fields), path).map(line);
}

function line({ name, value, rank, level, part }: Fact): string {
  return [name, value, rank, level, part].filter((each) => each !== undefined).join(' ');
}

function header(text: string, path: string): readonly string[] {
  return observer()
    .observe({ is: 'structure', name: 'header', origin: { offset: 0, length: 1 }, text }, path)
    .map(line);
}

const PLACE = `C/Program Files/Microsoft/Exchange Server/V15/FrontEnd/HttpProxy/bin/Microsoft.Exchange.FrontEndHttpProxy.dll`;
const NAME = 'Security Update for Exchange Server 2016 Cumulative Update 19 (KB5000871) 15.1.2176.9';
const V15 = 'C/Program Files/Microsoft/Exchange Server/V15';

function pe(name: string, path: string, original: string = name): readonly string[] {
  return told('pe.version', { FileVersion: '15.1.2176.9', OriginalFilename: original }, path);
}

function listed(path: string, sha256: string): readonly string[] {
  return told('file', { path, name: path.slice(path.lastIndexOf('/') + 1), sha256 });
}

function watson(app: string, name: string, module: string, fault: string): Readonly<Record<string, FieldValue>> {
  const method = 'M.E.D.A.C.BackEndServer.FromString';
  const params = [app, name, module, method, 'System.ArgumentException', '34ec-dumptidset', fault];
  return { EventID: '4999', Provider_Name: 'MSExchange Common', Data: ['21628', 'E12IIS', 'c-RTL-AMD64', ...params] };
}

function msi(EventID: string, Data: FieldValue): readonly string[] {
  return told('windows.event', { EventID, Provider_Name: 'MsiInstaller', Data });
}

function folder(path: string): readonly string[] {
  return told('file', { path });
}

function asked(stem: string, status: string): readonly string[] {
  return told('http.request', { 'cs-uri-stem': stem, 'sc-status': status });
}

function filter(
  fields: Readonly<Record<string, FieldValue>>,
  path = 'C/inetpub/wwwroot/web.config',
): readonly string[] {
  const conditions = ['{HTTP_COOKIE} (.*)X-BEResource=(.+)/(.+)~(.+)'];
  return told('iis.rewrite-rule', { conditions, 'action-type': 'AbortRequest', ...fields }, path);
}

describe('program files prove the security update', () => {
  test.each([
    ['ExSetup.exe', `${V15}/Bin/ExSetup.exe`, 'build 15.1.2176.9 1 su setup'],
    [
      'Microsoft.Exchange.FrontEndHttpProxy.dll',
      `${V15}/FrontEnd/HttpProxy/bin/Microsoft.Exchange.FrontEndHttpProxy.dll`,
      'build 15.1.2176.9 2 su front-end',
    ],
    [
      'Microsoft.Exchange.Data.ApplicationLogic.dll',
      `${V15}/Bin/Microsoft.Exchange.Data.ApplicationLogic.dll`,
      'build 15.1.2176.9 2 su application-logic',
    ],
    [
      'Microsoft.Exchange.Management.ControlPanel.dll',
      `${V15}/ClientAccess/ecp/bin/Microsoft.Exchange.Management.ControlPanel.dll`,
      'build 15.1.2176.9 2 su back-end',
    ],
  ])('%s in its place', (name, path, says) => expect(pe(name, path)).toEqual([says]));

  test('not one that lies on installation media, was renamed, or is of another product', () => {
    expect(pe('ExSetup.exe', 'E/Setup/ServerRoles/Common/ExSetup.exe')).toEqual([]);
    expect(pe('ExSetup.exe', `${V15}/Bin/ExSetup.exe`, 'notepad.exe')).toEqual([]);
    expect(pe('other.exe', `${V15}/Bin/other.exe`)).toEqual([]);
  });
});

describe('hashes of shipped files', () => {
  test('a known hash is the build it was shipped with, whether the file or a list of files has it', () => {
    expect(listed(PLACE, FIXED_DLL)).toEqual(['build 15.1.2176.9 1 su front-end']);
    expect(listed(PLACE.replaceAll('/', '\\').replace('C\\', 'C:\\'), FIXED_DLL.toUpperCase())).toEqual([]);
    expect(
      told('file', {
        path: PLACE.replaceAll('/', '\\'),
        name: 'Microsoft.Exchange.FrontEndHttpProxy.dll',
        sha256: FIXED_DLL.toUpperCase(),
      }),
    ).toEqual(['build 15.1.2176.9 1 su front-end']);
    expect(listed(`${V15}/ClientAccess/ecp/bin/Microsoft.Exchange.Management.ControlPanel.dll`, OPEN_PANEL)).toEqual([
      'build 15.1.2176.4 1 su back-end',
    ]);
  });

  test('an unknown hash, and the file at another place, say nothing', () => {
    expect(listed(PLACE, '00'.repeat(32))).toEqual([]);
    expect(listed('C/Backup/Microsoft.Exchange.FrontEndHttpProxy.dll', FIXED_DLL)).toEqual([]);
  });

  test('options that are no table are refused', () => {
    expect(exchangeBuild({ files: 'x' })).toEqual({ says: 'files: expected a map from SHA-256 to build' });
  });
});

describe('crash reports are dated and name the running program', () => {
  test('of a web worker it is what the sites run, and of the library at fault what was loaded', () => {
    const fields = watson('15.01.2176.009', 'w3wp#MSExchangeECPAppPool', 'M.E.Data.ApplicationLogic', '15.01.2176.002');
    expect(told('windows.event', fields)).toEqual([
      'build 15.1.2176.9 3 su front-end',
      'build 15.1.2176.2 3 su application-logic',
    ]);
  });

  test('of another program it says nothing of the web sites', () => {
    const fields = watson('15.01.2176.009', 'MSExchangeTransport', 'M.E.Transport', '15.01.2176.009');
    expect(told('windows.event', fields)).toEqual(['build 15.1.2176.9 3 su other']);
  });

  test('as one rendered text too, and never from another provider', () => {
    const text =
      'Watson report about to be sent for process id: 21628, with parameters: E12IIS, c-RTL-AMD64, 15.01.2507.034, w3wp#MSExchangeECPAppPool, M.E.Data.ApplicationLogic, M.E.D.A.C.BackEndServer.FromString, System.ArgumentException, 34ec-dumptidset, 15.01.2507.034.';
    const fields = { EventID: '4999', Provider_Name: 'MSExchange Common', Data: text };
    expect(told('windows.event', fields)).toEqual([
      'build 15.1.2507.34 3 su front-end',
      'build 15.1.2507.34 3 su application-logic',
    ]);
    expect(told('windows.event', { ...fields, Provider_Name: 'Application Error' })).toEqual([]);
  });

  test('a text of megabytes costs no time', () => {
    const evil = `15.01.2176.009, w3wp#x, ${'a, '.repeat(400_000)}`;
    const before = performance.now();
    told('windows.event', {
      EventID: '4999',
      Provider_Name: 'MSExchange Common',
      Data: Array.from({ length: 500 }, () => evil),
    });
    expect(performance.now() - before).toBeLessThan(500);
  });
});

describe('log headers and columns', () => {
  test('message tracking names the security update, of mail transport', () => {
    expect(header('#Version: 15.01.2176.009', 'x/MessageTracking/MSGTRKMS2021110308-1.LOG')).toEqual([
      'build 15.1.2176.9 3 su transport',
    ]);
  });

  test('every other log counts for the cumulative update, and a version that is none for nothing', () => {
    expect(header('#Version: 15.01.2375.007', 'x/HttpProxy/Ecp/HttpProxy_2023010611-1.LOG')).toEqual([
      'build 15.1.2375 8 cu',
    ]);
    expect(header('#Version: 15.0.0.0', 'x/ECPServer20210306-1.LOG')).toEqual([]);
    expect(header('#Version: 1.0', 'x/u_ex210306.log')).toEqual([]);
  });

  const columns = { MajorVersion: '15', MinorVersion: '1', BuildVersion: '2176', RevisionVersion: '9' };
  test.each(['http.proxy', 'ews.request', 'cmdlet.execution', 'cmdlet.http'])(
    'columns of %s carry the cumulative update only: their revision is that of a library',
    (kind) => expect(told(kind, columns)).toEqual(['build 15.1.2176 8 cu']),
  );

  test('columns that hold no numbers say nothing', () => {
    expect(told('http.proxy', { ...columns, BuildVersion: '2176<script>' })).toEqual([]);
    expect(told('http.proxy', { ...columns, MajorVersion: '14' })).toEqual([]);
  });

  test('S:BLD of the ECP logs is taken for the cumulative update', () => {
    expect(told('ecp.server', { BLD: '15.0.847.32' })).toEqual(['build 15.0.847.32 8 cu']);
    expect(told('ecp.activity', { Bld: '15.1.2375.7' })).toEqual(['build 15.1.2375.7 8 cu']);
    expect(told('ecp.server', { BLD: '' })).toEqual([]);
  });
});

describe('setup writes cumulative updates', () => {
  test('a run with its mode, and how it ended', () => {
    expect(told('setup.entry', { 'setup-version': '15.1.2044.4', 'run-begins': true })).toEqual([
      'setup unstated 15.1.2044.4 6 cu',
    ]);
    expect(told('setup.entry', { 'run-version': '15.1.2044.4', 'setup-mode': 'Upgrade' })).toEqual([
      'setup upgrade 15.1.2044.4 6 cu',
    ]);
    expect(told('setup.entry', { message: 'The Exchange Server setup operation completed successfully.' })).toEqual([
      'update installed setup 6 cu',
    ]);
    expect(
      told('setup.entry', {
        message: "The Exchange Server setup operation didn't complete. More details can be found",
      }),
    ).toEqual(['update-stopped setup 6 cu']);
    expect(told('setup.entry', { message: 'Ending processing.' })).toEqual([]);
  });

  test('a saved state of services is what an update leaves that stopped half-way', () => {
    expect(told('file', { path: 'C:\\ExchangeSetupLogs\\ServiceState.xml' })).toEqual([
      'update-stopped ServiceState.xml 6 su',
    ]);
    expect(told('file', { path: 'C:/ExchangeSetupLogs/ExchangeSetup.msilog' })).toEqual([]);
    expect(told('file', { path: 'C:/Other/ServiceState.xml' })).toEqual([]);
  });
});

describe('the words of installers', () => {
  test.each([
    ['1022', ['Microsoft Exchange Server', NAME, '(NULL)'], 'update installed KB5000871 15.1.2176.9 6 su'],
    ['1024', ['Microsoft Exchange Server', NAME, '1603'], 'update failed KB5000871 15.1.2176.9 6 su'],
    [
      '1036',
      ['Microsoft Exchange Server', '15.1.2176.2', '1033', NAME, '0', 'Microsoft Corporation'],
      'update installed KB5000871 15.1.2176.9 6 su',
    ],
    [
      '1036',
      ['Microsoft Exchange Server', '15.1.2176.2', '1033', NAME, '1603', 'Microsoft Corporation'],
      'update failed KB5000871 15.1.2176.9 6 su',
    ],
    [
      '1036',
      ['Microsoft Exchange Server', '15.1.2176.2', '1033', NAME, '3010'],
      'update installed KB5000871 15.1.2176.9 6 su',
    ],
    [
      '1037',
      ['Microsoft Exchange Server', '15.1.2176.2', '1033', NAME, '0'],
      'update removed KB5000871 15.1.2176.9 6 su',
    ],
    [
      '1033',
      ['Microsoft Exchange Server', '15.1.2176.2', '1033', '0', 'Microsoft Corporation'],
      'update installed 15.1.2176.2 6 cu',
    ],
    [
      '1033',
      ['Microsoft Exchange Server', '15.1.2176.2', '1033', '1603', 'Microsoft Corporation'],
      'update failed 15.1.2176.2 6 cu',
    ],
    [
      '1035',
      ['Microsoft Exchange Server', '15.1.2176.2', '1033', '0', 'Microsoft Corporation'],
      'update installed 15.1.2176.2 6 cu',
    ],
    ['11707', 'Product: Microsoft Exchange Server -- Installation completed successfully.', 'update installed 6 cu'],
    ['11708', 'Product: Microsoft Exchange Server -- Installation failed.', 'update failed 6 cu'],
    ['1038', ['Microsoft Exchange Server', '15.1.2176.2', '1033', '1', '1'], 'restart-due system 6 su'],
  ] as const)('MsiInstaller event %s', (id, data, says) => expect(msi(id, data)).toEqual([says]));

  test('of another product, a language pack or another provider they say nothing of Exchange', () => {
    expect(msi('1033', ['Microsoft Visual C++ 2013', '12.0.21005', '1033', '0', 'Microsoft Corporation'])).toEqual([]);
    expect(msi('1033', ['Microsoft Exchange Server Language Pack - German', '15.1.2176.2', '0', '0', ''])).toEqual([]);
    expect(told('windows.event', { EventID: '1022', Provider_Name: 'Other', Data: [NAME] })).toEqual([]);
  });

  test('Windows Update names the update and whether it went in', () => {
    const event = (EventID: string) =>
      told('windows.event', {
        EventID,
        Provider_Name: 'Microsoft-Windows-WindowsUpdateClient',
        updateTitle: 'Security Update For Exchange Server 2016 CU19 (KB5000871)',
      });
    expect(event('19')).toEqual(['update installed KB5000871 6 su']);
    expect(event('20')).toEqual(['update failed KB5000871 6 su']);
    expect(
      told('windows.event', {
        EventID: '19',
        Provider_Name: 'Microsoft-Windows-WindowsUpdateClient',
        updateTitle: 'Definition Update for Windows Defender (KB2267602)',
      }),
    ).toEqual([]);
  });

  test('what began anew, and which services stay disabled', () => {
    expect(told('windows.event', { EventID: '12', Provider_Name: 'Microsoft-Windows-Kernel-General' })).toEqual([
      'restart system 6 su',
    ]);
    expect(told('windows.event', { EventID: '6005', Provider_Name: 'EventLog' })).toEqual(['restart system 6 su']);
    expect(told('windows.event', { EventID: '12', Provider_Name: 'Microsoft-Windows-UserModePowerService' })).toEqual(
      [],
    );
    expect(
      told('windows.event', { EventID: '1001', Provider_Name: 'MSExchange Front End HTTP Proxy', Data: ['Ecp'] }),
    ).toEqual(['restart front-end 6 su']);
    const changed = (param3: string, param4: string) =>
      told('windows.event', {
        EventID: '7040',
        Provider_Name: 'Service Control Manager',
        param1: 'Transport',
        param2: 'auto start',
        param3,
        param4,
      });
    expect(changed('disabled', 'MSExchangeTransport')).toEqual(['start-type disabled MSExchangeTransport 6 su']);
    expect(changed('Deaktiviert', 'MSExchangeTransport')).toEqual(['start-type disabled MSExchangeTransport 6 su']);
    expect(changed('auto start', 'MSExchangeTransport')).toEqual(['start-type enabled MSExchangeTransport 6 su']);
    expect(changed('disabled', 'BITS')).toEqual([]);
  });
});

describe('versions in names are history', () => {
  test('of folders, in the front end and the back end', () => {
    expect(folder(`${V15}/FrontEnd/HttpProxy/owa/auth/15.1.2106/themes/logon.css`)).toEqual([
      'build 15.1.2106 8 cu history',
    ]);
    expect(folder(`${V15.replaceAll('/', '\\')}\\ClientAccess\\owa\\prem\\15.1.2375.7\\scripts\\boot.js`)).toEqual([
      'build 15.1.2375 8 cu history',
    ]);
    expect(folder(`${V15}/FrontEnd/HttpProxy/owa/auth/Current/themes/logon.css`)).toEqual([]);
    expect(folder('C/inetpub/wwwroot/owa/auth/15.1.2106/x.css')).toEqual([]);
  });

  test('of URLs, where the server answered with the file: anybody can ask for any version', () => {
    expect(asked('/owa/auth/15.1.2176/themes/resources/logon.css', '200')).toEqual(['build 15.1.2176 8 cu history']);
    expect(asked('/owa/prem/15.1.2375.7/scripts/boot.js', '304')).toEqual(['build 15.1.2375 8 cu history']);
    expect(asked('/owa/auth/15.1.9999/themes/resources/logon.css', '302')).toEqual([]);
    expect(asked('/news/15.1.2176/x', '200')).toEqual([]);
  });

  test('a row whose text names no version is passed by without a look at its fields', () => {
    const row = record('http.request', {}, '2021-03-06 00:00:01 10.0.0.5 GET /owa/ - 443 - ::1 AMProbe - 200 0 0 3');
    const watched = { ...row, get: () => expect.unreachable() };
    expect(observer().observe(watched, 'x')).toEqual([]);
  });
});

describe('a filter in front of the flaw', () => {
  test('is there, switched off, or only in the history of the configuration', () => {
    expect(filter({})).toEqual(['mitigation present CVE-2021-26855 8 su']);
    expect(filter({ enabled: 'False' })).toEqual(['mitigation off CVE-2021-26855 8 su']);
    expect(filter({}, 'C/inetpub/history/CFGHISTORY_0000000012/applicationHost.config')).toEqual([
      'mitigation earlier CVE-2021-26855 8 su',
    ]);
  });

  test('another rule is none', () => {
    expect(filter({ 'action-type': 'Redirect' })).toEqual([]);
    expect(filter({ conditions: ['{HTTPS} off'] })).toEqual([]);
    expect(filter({ conditions: undefined })).toEqual([]);
  });
});
