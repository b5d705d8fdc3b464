import { expect, test } from 'vitest';

import type { FieldValue } from '../../model/reading.ts';
import { compileSigma } from './compiler.ts';
import { sampleRecord } from './sample-record.test-support.ts';

/** Whether a selection of one line hits a record of one field `F`. */
function hits(line: string, value: FieldValue, more: Readonly<Record<string, FieldValue>> = {}): boolean {
  const text = `title: T\nid: t\nlogsource: { product: windows }\ndetection:\n  sel:\n    ${line}\n  condition: sel\n`;
  const { rules, errors } = compileSigma(text, 'x.yml');
  expect(errors).toEqual([]);
  return (
    rules
      .at(0)!
      .check.watch()
      .see(sampleRecord('windows.event', { F: value, ...more })) !== undefined
  );
}

interface Case {
  readonly line: string;
  readonly yes: readonly FieldValue[];
  readonly no: readonly FieldValue[];
}

const NUL = '\u0000';

const CASES: Readonly<Record<string, Case>> = {
  'plain text is the whole value, whatever its case': {
    line: "F: 'cmd.exe'",
    yes: ['cmd.exe', 'CMD.EXE', ['powershell.exe', 'Cmd.exe']],
    no: ['c:\\cmd.exe', 'cmd.exe ', '', undefined, 7, []],
  },
  'a list of values is an or': { line: 'F: [GET, POST]', yes: ['get', 'Post'], no: ['PUT', 'GETPOST', undefined] },
  'case folds beyond ASCII on both sides': {
    line: "F: 'СИСТЕМА Ärger'",
    yes: ['система ärger'],
    no: ['система arger'],
  },
  'the Kelvin sign is no k, and the dotted capital I no i': {
    line: "F: 'k\u0130'",
    yes: ['K\u0130'],
    no: ['\u212a\u0130', 'ki', 'ki\u0307'],
  },
  'cased keeps case': { line: "F|cased: 'Cmd'", yes: ['Cmd'], no: ['cmd', 'CMD'] },
  'cased keeps case of what is contained': { line: "F|contains|cased: 'Cmd'", yes: ['xCmdx'], no: ['xcmdx'] },
  '* is any run, ? is one character': {
    line: "F: 'C:\\\\*\\a?.exe'",
    yes: ['c:\\x\\ab.exe', 'C:\\x\\y\\a..exe'],
    no: ['c:\\x\\a.exe', 'c:\\x\\abc.exe', 'd:\\x\\ab.exe'],
  },
  'escaped wildcards are plain': { line: "F: 'a\\*b\\?c'", yes: ['a*b?c'], no: ['axxb?c', 'a*bxc', 'a\\*b\\?c'] },
  'a backslash before anything else is plain': { line: "F: '\\Windows\\x'", yes: ['\\windows\\x'], no: ['Windowsx'] },
  'two backslashes are one': { line: "F: 'a\\\\b'", yes: ['a\\b'], no: ['a\\\\b'] },
  'two backslashes before * are one and a wildcard': { line: "F: 'a\\\\*'", yes: ['a\\', 'a\\b'], no: ['a*', 'ab'] },
  'three backslashes before * are plain backslash and plain *': {
    line: "F: 'a\\\\\\*'",
    yes: ['a\\*'],
    no: ['a\\b', 'a\\\\'],
  },
  'four backslashes are two': { line: "F|startswith: '\\\\\\\\host'", yes: ['\\\\host\\c$'], no: ['\\host'] },
  'a lone * is any value that is there': { line: "F: '*'", yes: ['', 'x', 0], no: [undefined, []] },
  '?* is any value that is not empty': { line: "F: '?*'", yes: ['x', 'xy'], no: ['', undefined] },
  contains: { line: "F|contains: 'auth'", yes: ['/owa/AUTH/x', 'auth', ['a', 'xauthx']], no: ['aut', '', undefined] },
  'contains keeps its wildcards': { line: "F|contains: 'a*b?c'", yes: ['xaxxbxcx', 'abxc'], no: ['abc', 'bxca'] },
  startswith: { line: "F|startswith: '/ecp/'", yes: ['/ECP/x.js'], no: ['x/ecp/', 'ecp/', undefined] },
  'startswith keeps its wildcards': {
    line: "F|startswith: '/e?p/*.js'",
    yes: ['/ecp/y.js?x'],
    no: ['/ecp/y.css', 'x/ecp/y.js'],
  },
  endswith: { line: "F|endswith: '.ASPX'", yes: ['x.aspx', '.aspx'], no: ['x.aspx?', 'aspx', undefined] },
  'endswith keeps its wildcards': { line: "F|endswith: 'a*b'", yes: ['xab', 'aab', 'axxb'], no: ['abx', 'b'] },
  'contains all asks for each': {
    line: "F|contains|all: [' -a', ' -b']",
    yes: ['x -b -a'],
    no: ['x -a', 'x -b', undefined],
  },
  'all over several values of one field': {
    line: 'F|contains|all: [aa, bb]',
    yes: [['xaa', 'bbx'], 'aabb'],
    no: [['aa', 'cc']],
  },
  'a number is its text': { line: 'F: 4688', yes: [4688, '4688'], no: [4689, '04688', '4688 ', undefined] },
  'a number as it was typed and as it is meant': { line: 'F: 0x17', yes: ['0x17', '0X17', 23, '23'], no: ['17', 17] },
  'a number beyond 2^53 is its text': {
    line: 'F: 35780273329370473',
    yes: ['35780273329370473'],
    no: ['35780273329370477'],
  },
  'a number inside text': { line: 'F|contains: 241', yes: ['a241b', 241], no: ['24', 42] },
  'a truth value is its text': { line: 'F: true', yes: [true, 'true', 'True'], no: [false, 'false', 1, undefined] },
  'null is a field that is not there': { line: 'F: null', yes: [undefined, []], no: ['', '-', 'null', 0] },
  'null in a list': { line: "F: [null, '', '-']", yes: [undefined, '', '-'], no: ['x', 0] },
  'empty text is a value that is empty': { line: "F: ''", yes: [''], no: [undefined, ' ', '-'] },
  'exists true': { line: 'F|exists: true', yes: ['', 'x', 0, false], no: [undefined] },
  'exists false': { line: 'F|exists: false', yes: [undefined], no: ['', 'x'] },
  'neq asks for a value that is there and differs': {
    line: "F|neq: 'GET'",
    yes: ['POST', '', ['a', 'b']],
    no: ['get', undefined, ['a', 'get']],
  },
  'neq of a list differs from all of it': { line: 'F|neq: [1, 2]', yes: [3, 'x'], no: [1, '2', undefined] },
  'neq of contained text': { line: 'F|contains|neq: abc', yes: ['xyz'], no: ['xabcx', undefined] },
  'neq of null is a value that is there': { line: 'F|neq: null', yes: ['', 'x'], no: [undefined] },
  lt: { line: 'F|lt: 10', yes: [9, '9', '-1', '9.99', '0x9'], no: [10, '10', 'abc', '', undefined, '1e0'] },
  lte: { line: 'F|lte: 10', yes: [10, '10', 9], no: [10.5, '11', ' 9'] },
  gt: { line: 'F|gt: 10', yes: [11, '10.01', '0xff'], no: [10, '10', '9 or more'] },
  gte: { line: 'F|gte: 10', yes: [10, '11'], no: [9, true, 'NaN', 'Infinity'] },
  'gt of a list is any': { line: 'F|gt: [100, 10]', yes: [11], no: [10] },
  'cidr of IPv4': {
    line: 'F|cidr: 192.168.0.0/17',
    yes: ['192.168.0.1', '192.168.127.255', '::ffff:192.168.1.1'],
    no: ['192.168.128.0', '192.168.0.1:443', '192.168.00.1', '192.168.0', 'x', '', undefined, '::192.168.1.1'],
  },
  'cidr of IPv6': {
    line: "F|cidr: 'fe80::/10'",
    yes: ['fe80::1', 'FEBF:ffff::', '[fe80::1]', 'fe80::1%12'],
    no: ['fec0::1', 'fe80', 'fe80:::1', '1.2.3.4', 'fe80::1::2', 'fe80::12345'],
  },
  'cidr of the whole of IPv6 holds IPv4 too, as mapped addresses': {
    line: "F|cidr: '::/0'",
    yes: ['::', '1.2.3.4'],
    no: ['localhost'],
  },
  'cidr of one address': { line: "F|cidr: '::1'", yes: ['::1', '0:0:0:0:0:0:0:1'], no: ['::2', '127.0.0.1'] },
  'cidr of a list': {
    line: "F|cidr: ['10.0.0.0/8', '127.0.0.1/32']",
    yes: ['10.255.0.1', '127.0.0.1'],
    no: ['127.0.0.2'],
  },
  're is found anywhere and keeps case': {
    line: "F|re: 'x{2,3}$'",
    yes: ['axx', 'xxx'],
    no: ['aXX', 'xxa', undefined],
  },
  're with $ means the very end': { line: "F|re: 'a$'", yes: ['ba'], no: ['ba\n'] },
  're|i ignores case': { line: "F|re|i: '^cmd.*whoami'", yes: ['CMD /c WhoAmI'], no: ['xcmd whoami'] },
  're|m lets ^ and $ be of a line': { line: "F|re|m: '^b$'", yes: ['a\nb\nc'], no: ['ab'] },
  're|s lets . be a line break': { line: "F|re|s: 'a.b'", yes: ['a\nb'], no: ['ab'] },
  're without s does not': { line: "F|re: 'a.b'", yes: ['a-b'], no: ['a\nb'] },
  're|i|m|s together': { line: "F|re|i|m|s: '^A.B$'", yes: ['x\na\nb\ny'], no: ['xa\nb'] },
  're of a list is any, with all each': { line: "F|re|all: ['a\\d', 'b\\d']", yes: ['b1a2'], no: ['a1', 'b1'] },
  're sees numbers as text': { line: "F|re: '^46..$'", yes: [4688], no: [468] },
  're|neq': { line: "F|re|neq: '^a'", yes: ['b'], no: ['a', undefined] },
  base64: { line: "F|base64|contains: 'ping'", yes: ['xx cGluZw== yy'], no: ['ping', 'cGlu'] },
  'base64offset finds text at any of the three places': {
    line: "F|base64offset|contains: 'foobar'",
    yes: [
      Buffer.from('foobar').toString('base64'),
      Buffer.from('1foobar2').toString('base64'),
      Buffer.from('12foobar34').toString('base64'),
      Buffer.from('123foobar').toString('base64'),
    ],
    no: [Buffer.from('fooba').toString('base64'), 'foobar'],
  },
  'wide|base64offset finds UTF-16 in base64': {
    line: "F|wide|base64offset|contains: 'ping'",
    yes: [Buffer.from('ping', 'utf16le').toString('base64'), Buffer.from('x ping', 'utf16le').toString('base64')],
    no: [Buffer.from('ping').toString('base64'), Buffer.from('pin', 'utf16le').toString('base64')],
  },
  'base64 of text beyond ASCII is of its UTF-8': { line: "F|base64: 'é'", yes: ['w6k='], no: ['6Q=='] },
  'utf16le and wide are the same bytes': {
    line: "F|utf16le|contains: 'ab'",
    yes: [`xa${NUL}b${NUL}`],
    no: ['ab', `${NUL}a${NUL}b`],
  },
  utf16be: { line: "F|utf16be|contains: 'ab'", yes: [`${NUL}a${NUL}b`], no: ['ab', `a${NUL}b`] },
  'utf16 begins with a byte order mark': { line: "F|utf16|base64: 'a'", yes: ['//5hAA=='], no: ['YQA='] },
  'windash lets an option begin with any dash': {
    line: "F|contains|windash: ' -f x-y'",
    yes: ['cmd -f x-y', 'cmd /f x-y', 'cmd \u2013f x-y', 'cmd \u2014f x-y', 'cmd \u2015F x-y'],
    no: ['cmd f x-y', 'cmd -f x/y', 'cmd --f x-y', undefined],
  },
  'windash begins with a slash too': {
    line: "F|windash|startswith: '/s /q'",
    yes: ['-s -q', '/s -q1'],
    no: ['s q', 'x -s -q'],
  },
  'bytes are UTF-8 text': {
    line: "F|contains: 'grün'",
    yes: [new TextEncoder().encode('GRÜN')],
    no: [new Uint8Array([0x67, 0x72])],
  },
  'bytes that are not UTF-8 are one character each': {
    line: "F|contains: 'grün'",
    yes: [new Uint8Array([0x67, 0x72, 0xfc, 0x6e])],
    no: [new Uint8Array()],
  },
};

test.each(Object.entries(CASES))('%s', (_, { line, yes, no }) => {
  for (const value of yes) expect({ value, hit: hits(line, value) }).toEqual({ value, hit: true });
  for (const value of no) expect({ value, hit: hits(line, value) }).toEqual({ value, hit: false });
});

test('fieldref compares two fields of one record', () => {
  expect(hits('F|fieldref: G', 'Admin', { G: 'ADMIN' })).toBe(true);
  expect(hits('F|fieldref: G', 'Admin', { G: 'Adm' })).toBe(false);
  expect(hits('F|fieldref: G', 'Admin')).toBe(false);
  expect(hits('F|fieldref: G', undefined)).toBe(false);
  expect(hits('F|fieldref|cased: G', 'Admin', { G: 'ADMIN' })).toBe(false);
  expect(hits('F|fieldref|startswith: G', 'Administrator', { G: 'admin' })).toBe(true);
  expect(hits('F|fieldref|endswith: G', 'LocalAdmin', { G: 'admin' })).toBe(true);
  expect(hits('F|fieldref|contains: G', 'aAdminb', { G: ['x', 'admin'] })).toBe(true);
  expect(hits('F|fieldref|neq: G', 'a', { G: 'b' })).toBe(true);
  expect(hits('F|fieldref|neq: G', 'a', { G: 'A' })).toBe(false);
  expect(hits('F|fieldref|neq: G', 'a')).toBe(false);
  expect(hits('F|fieldref: [G, H]', 'a', { G: 'b', H: 'a' })).toBe(true);
  expect(hits('F|fieldref|all: [G, H]', 'a', { G: 'b', H: 'a' })).toBe(false);
});

test.each([
  ['F|i: x', 'R031'],
  ['F|re|contains|i: x', 'R031'],
  ['F|contains|startswith: x', 'R031'],
  ['F|contains|contains: x', 'R031'],
  ['F|re|cidr: x', 'R031'],
  ['F|cidr|contains: 10.0.0.0/8', 'R031'],
  ['F|exists|all: true', 'R031'],
  ['F|gt|neq: 1', 'R031'],
  ['F|re|base64: x', 'R031'],
  ['F|windash|base64: x', 'R031'],
  ["'|startswith': x", 'R031'],
  ["'|cidr': 10.0.0.0/8", 'R031'],
  ['F|: x', 'R030'],
  ['F|Contains: x', 'R030'],
  ['F|constructor: x', 'R030'],
  ['F|exists: maybe', 'R032'],
  ['F|gte: "10"', 'R032'],
  ['F|cidr: 10.0.0.1/8', 'R032'],
  ['F|cidr: 10.0.0.0/33', 'R032'],
  ['F|cidr: fe80::/x', 'R032'],
  ['F|cidr: 10.0.0.0/8/8', 'R032'],
  ['F|contains: null', 'R032'],
  ['F|base64: "a*"', 'R032'],
  ["F|re: ''", 'R032'],
  ['F|fieldref: 5', 'R032'],
  ["F|re: '(?<!a)b'", 'R034'],
  ["F|re: '(a)\\1'", 'R034'],
  ["F|re: 'a++'", 'R034'],
  ["F|re: '(?>a)'", 'R034'],
  ["F|re: 'a{1001}'", 'R033'],
  ["F|re: '\\Z'", 'R033'],
  [
    "F|re: '(a{900}|b){1}(c{900}|d)(e{900})(f{900})(g{900})(h{900})(i{900})(j{900})(k{900})(l{900})(m{900})(n{900})(o{900})(p{900})(q{900})(r{900})(s{900})(t{900})(u{900})(v{900})(w{900})(x{900})(y{900})(z{900})'",
    'R037',
  ],
  ['F: [[x]]', 'R036'],
  ['F: { G: x }', 'R036'],
])('%s is refused with %s', (line, code) => {
  const text = `title: T\nid: t\nlogsource: { product: windows }\ndetection:\n  sel:\n    ${line}\n  condition: sel\n`;
  const { rules, errors } = compileSigma(text, 'x.yml');
  expect(rules).toEqual([]);
  expect(errors.map((error) => [error.code, error.line])).toEqual([[code, 6]]);
});

test('a list whose values are refused names the line of the value', () => {
  const text =
    'title: T\nid: t\nlogsource: { product: windows }\ndetection:\n  sel:\n    F|re:\n      - ok\n      - (\n  condition: sel\n';
  expect(compileSigma(text, 'x.yml').errors.map((error) => error.line)).toEqual([8]);
});
