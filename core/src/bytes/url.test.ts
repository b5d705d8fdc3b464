import { expect, test } from 'vitest';
import { assert as assertProperty, property, string, webPath } from 'fast-check';
import {
  lastParameter,
  percentDecoded,
  urlPath,
  userAgentText,
  wholeUrl,
  withoutAuthority,
  withoutQuery,
} from './url.ts';

test.each([
  ['/owa/', '/owa/'],
  ['/ecp/%64efault.flt', '/ecp/default.flt'],
  ['%c3%a9%E2%82%AC', 'é€'],
  ['%e9 is not UTF-8', 'é is not UTF-8'],
  ['%c3%a9%e9', 'Ã©é'],
  ['100%', '100%'],
  ['%4', '%4'],
  ['%zz%41%', '%zzA%'],
  ['%u0041+b', '%u0041+b'],
  ['%2541', '%41'],
])('%s is decoded once to %s', (text, decoded) => {
  expect(percentDecoded(text)).toBe(decoded);
});

test('decoding twice undoes what was encoded twice, and no more', () => {
  expect(percentDecoded('%2541%25252f', 2)).toBe('A%2f');
});

test('decoding undoes encoding', () => {
  assertProperty(property(string({ unit: 'grapheme' }), (text) => percentDecoded(encodeURIComponent(text)) === text));
});

test('decoding never makes a text longer and never throws', () => {
  assertProperty(property(string({ unit: 'binary' }), (text) => percentDecoded(text, 2).length <= text.length));
});

test('a megabyte of percent signs is decoded in no time', () => {
  expect(percentDecoded('%'.repeat(1_000_000), 2)).toHaveLength(1_000_000);
  expect(percentDecoded('%41'.repeat(300_000))).toHaveLength(300_000);
  expect(percentDecoded('%c3%a9'.repeat(160_000))).toHaveLength(160_000);
});

test.each([
  ['/OWA/Auth/Logon.aspx', '/owa/auth/logon.aspx'],
  ['/owa%2fauth%252fx.js', '/owa/auth/x.js'],
  ['//owa///auth//', '/owa/auth/'],
  ['/owa\\auth\\x.aspx', '/owa/auth/x.aspx'],
  ['/owa/./auth/../x.aspx', '/owa/x.aspx'],
  ['/../../x', '/x'],
  ['/owa/%2e%2e/ecp/y.js', '/ecp/y.js'],
  ['/a/..', '/'],
  ['/a/b/.', '/a/b/'],
  ['/', '/'],
  ['//', '/'],
  ['/.../x', '/.../x'],
  ['/x.aspx. /y', '/x.aspx. /y'],
  ['/x.aspx::$DATA', '/x.aspx::$data'],
  ['*', '*'],
  ['../x', 'x'],
])('the path of %s is %s', (stem, path) => {
  expect(urlPath(stem)).toBe(path);
});

test('a path stays what it is when it is read a second time', () => {
  assertProperty(
    property(webPath(), (path) => urlPath(urlPath(path).replaceAll('%', '')) === urlPath(path).replaceAll('%', '')),
  );
});

test('a whole URL is decoded twice, lower case, with one question mark', () => {
  expect(wholeUrl('/ECP/Y.js', '?A=%2541')).toBe('/ecp/y.js?a=a');
  expect(wholeUrl('/ecp/y.js', 'a=b')).toBe('/ecp/y.js?a=b');
  expect(wholeUrl('/ecp/y.js', undefined)).toBe('/ecp/y.js');
  expect(wholeUrl('/ecp/y.js', '?')).toBe('/ecp/y.js');
});

test.each([
  ['https://localhost:444/ecp/x?y=1', '/ecp/x?y=1'],
  ['https://localhost:444', ''],
  ['https://localhost?x', '?x'],
  ['/ecp/x?u=https://evil.example/', '/ecp/x?u=https://evil.example/'],
  ['', ''],
])('without its authority %s is %s', (url, rest) => {
  expect(withoutAuthority(url)).toBe(rest);
});

test('a URL without query ends before ? and #', () => {
  expect(withoutQuery('/a?b#c')).toBe('/a');
  expect(withoutQuery('/a#b?c')).toBe('/a');
  expect(withoutQuery('/a')).toBe('/a');
});

test.each([
  ['&CorrelationID=<empty>;&cafeReqId=abc-123;', 'abc-123'],
  ['cafeReqId=mine&x=1&cafeReqId=servers', 'servers'],
  ['CAFEREQID=abc&y=2', 'abc'],
  ['?cafeReqId=abc#frag', 'abc'],
  ['xcafeReqId=abc', undefined],
  ['cafeReqId=', undefined],
  ['\u0130&cafeReqId=abc', 'abc'],
  ['', undefined],
])('the last cafeReqId of %s is %s', (query, value) => {
  expect(lastParameter(query, 'cafeReqId')).toBe(value);
});

test('a parameter value is cut at 256 characters', () => {
  expect(lastParameter(`a=${'x'.repeat(1000)}`, 'a')).toHaveLength(256);
});

test('user agents of IIS and of Exchange read alike', () => {
  expect(userAgentText('Mozilla/5.0+(KHTML,++like+Gecko)', { plusIsSpace: true })).toBe(
    'Mozilla/5.0 (KHTML, like Gecko)',
  );
  expect(userAgentText('Mozilla/5.0 (KHTML  like Gecko) a+b', { plusIsSpace: false })).toBe(
    'Mozilla/5.0 (KHTML like Gecko) a+b',
  );
});
