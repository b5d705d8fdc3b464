import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { expect, test } from 'vitest';

import { machineRoot, windowsPath } from './windows-path.ts';

test('collectors write the same file in many ways', () => {
  for (const path of [
    'C/inetpub/wwwroot/x.aspx',
    'C:/inetpub/wwwroot/x.aspx',
    'c:\\inetpub\\wwwroot\\x.aspx',
    'C%3A/inetpub/wwwroot/x.aspx',
    'c$/inetpub/wwwroot/x.aspx',
    '\\\\EX01\\C$\\inetpub\\wwwroot\\x.aspx',
    '\\\\?\\C:\\Inetpub\\WWWROOT\\X.aspx',
    'uploads/auto/C%3A/inetpub/wwwroot/x.aspx',
    'uploads/ntfs/%5C%5C.%5CC%3A/inetpub/wwwroot/x.aspx',
    'case-7/EX01/C/inetpub/wwwroot/x.aspx',
    'C:/inetpub/./wwwroot//sub/../x.aspx',
    'C:/inetpub /wwwroot./x.aspx. ',
    'C:/inetpub/wwwroot/x.aspx::$DATA',
  ]) {
    expect(windowsPath(path).lower, path).toBe('c:/inetpub/wwwroot/x.aspx');
    expect(windowsPath(path).drive).toBe('C');
  }
});

test('parts keep the case the evidence wrote', () => {
  expect(windowsPath('D:\\Exchange\\FrontEnd\\HttpProxy\\owa\\auth\\Logon.aspx').parts.join('|')).toBe(
    'Exchange|FrontEnd|HttpProxy|owa|auth|Logon.aspx',
  );
});

test('where no drive stands in the path, none is made up', () => {
  expect(windowsPath('inetpub/wwwroot/X.aspx')).toEqual({
    drive: undefined,
    parts: ['inetpub', 'wwwroot', 'X.aspx'],
    stream: undefined,
    lower: 'inetpub/wwwroot/x.aspx',
  });
  expect(windowsPath('EX01/[root]/Windows/win.ini').lower).toBe('windows/win.ini');
  expect(
    windowsPath('uploads/ntfs/%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy3/Windows/win.ini').lower,
  ).toBe('windows/win.ini');
  expect(windowsPath('.\\Windows\\System32').lower).toBe('windows/system32');
});

test('a letter is a drive at the begin or above a folder that lies at the top of a drive, else a folder', () => {
  expect(windowsPath('EX01/D/Program Files/Microsoft/x.dll').drive).toBe('D');
  expect(windowsPath('EX01/D/$MFT').lower).toBe('d:/$mft');
  expect(windowsPath('EX01/d/notes/x.txt')).toMatchObject({ drive: undefined, lower: 'ex01/d/notes/x.txt' });
  expect(windowsPath('e/logs/u_ex210303.log').drive).toBe('E');
  expect(windowsPath('c')).toMatchObject({ drive: undefined, lower: 'c' });
});

test('percent codes are undone only where the drive was written in them', () => {
  expect(windowsPath('uploads/auto/C%3A/Program Files %28x86%29/Sysmon%254Operational.evtx').lower).toBe(
    'c:/program files (x86)/sysmon%4operational.evtx',
  );
  expect(windowsPath('C/logs/Sysmon%4Operational.evtx').lower).toBe('c:/logs/sysmon%4operational.evtx');
  expect(windowsPath('C/logs/a%20b.log').lower).toBe('c:/logs/a%20b.log');
});

test('an alternate data stream is told apart from its file', () => {
  expect(windowsPath('C:\\inetpub\\wwwroot\\logo.gif:Shell.aspx:$DATA')).toEqual({
    drive: 'C',
    parts: ['inetpub', 'wwwroot', 'logo.gif'],
    stream: 'Shell.aspx',
    lower: 'c:/inetpub/wwwroot/logo.gif:shell.aspx',
  });
  expect(windowsPath('uploads/ntfs/%5C%5C.%5CC%3A/$Extend/$UsnJrnl%3A$J')).toMatchObject({
    stream: '$J',
    lower: 'c:/$extend/$usnjrnl:$j',
  });
});

test('a way up never leads above the drive', () => {
  expect(windowsPath('C:/a/../../../Windows/win.ini').lower).toBe('c:/windows/win.ini');
  expect(windowsPath('C:/inetpub/.../x').lower).toBe('c:/inetpub/.../x');
});

test('artifacts of one machine share the folders above its drives', () => {
  for (const [path, root] of [
    ['C/Windows/win.ini', ''],
    ['C:\\Windows\\win.ini', ''],
    ['EX01/C/Windows/win.ini', 'EX01'],
    ['EX01/D/Exchange/Logging/x.log', 'EX01'],
    ['case/EX02/c$/inetpub/x', 'case/EX02'],
    ['\\\\EX03\\c$\\inetpub\\x', 'EX03'],
    ['Collection-EX04/uploads/auto/C%3A/Windows/win.ini', 'Collection-EX04'],
    ['Collection-EX04/uploads/ntfs/%5C%5C.%5CC%3A/$MFT', 'Collection-EX04'],
    [
      'Collection-EX04/uploads/ntfs_vss/%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy3/Windows/win.ini',
      'Collection-EX04',
    ],
    ['EX05/Partition 2 [81370MB]/NONAME [NTFS]/[root]/Windows/win.ini', 'EX05'],
    ['\\\\?\\C:\\Windows\\win.ini', ''],
    ['inetpub/wwwroot/x.aspx', ''],
    ['EX06/inetpub/wwwroot/x.aspx', ''],
  ] as const) {
    expect(machineRoot(path), path).toBe(root);
  }
});

test('no path is too strange, and a result with a drive reads as itself', () => {
  const piece = constantFrom(
    'C',
    'c:',
    'C%3A',
    '%5C%5C.%5CC%3A',
    'c$',
    '[root]',
    '..',
    '.',
    '',
    'Windows',
    'a:b',
    ':',
    '%2F..%5C',
    'x. ',
    'Σ',
    '\\',
  );
  const path = array(oneof(piece, string({ unit: 'binary', maxLength: 5 })), { maxLength: 12 }).map((parts) =>
    parts.join('/'),
  );
  assert(
    property(path, (strange) => {
      const { drive, lower } = windowsPath(strange);
      if (drive !== undefined) expect(windowsPath(lower).lower).toBe(lower);
      expect(machineRoot(strange).length).toBeLessThanOrEqual(strange.length);
    }),
    { numRuns: 2000 },
  );
  expect(windowsPath(`C:/${' .'.repeat(500_000)}x`).parts).toHaveLength(1);
  expect(windowsPath('/'.repeat(1_000_000)).lower).toBe('');
  expect(windowsPath('')).toEqual({ drive: undefined, parts: [], stream: undefined, lower: '' });
});
