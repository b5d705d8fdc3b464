import { backdoorPresent, fleet } from '../../core/src/export/samples/cases.ts';
import { expect, test } from 'vitest';

import { UsageError } from './exit-code.ts';
import { lookUp } from './explain.ts';

test('a claim is found by its id or by its name', () => {
  expect(lookUp(backdoorPresent, 'operated', undefined).claims.map((c) => c.claim)).toEqual(['operated']);
  expect(lookUp(backdoorPresent, 'h-mail01/exchange-2021-03/exploited', undefined).claims.map((c) => c.claim)).toEqual([
    'exploited',
  ]);
});

test('of several servers, one is chosen by any name it has', () => {
  expect(lookUp(fleet, 'targeted', undefined).claims).toHaveLength(5);
  expect(lookUp(fleet, 'targeted', 'mail02').claims.map((c) => c.host)).toEqual(['h-MAIL02']);
  expect(() => lookUp(fleet, 'targeted', 'MAIL99')).toThrow(/expected --host to name one of EDGE01, MAIL01/);
});

test('a finding is found by its id, by the beginning of it, or by its rule', () => {
  expect(lookUp(backdoorPresent, 'f-b7710c55f0e1', undefined).findings).toHaveLength(1);
  expect(lookUp(backdoorPresent, 'f-b77', undefined).findings.map((f) => f.rule)).toEqual(['shell-requested']);
  expect(lookUp(backdoorPresent, 'shell-requested', undefined).findings.map((f) => f.id)).toEqual(['f-b7710c55f0e1']);
});

test('what is not there, or could be several things, is a mistake of the command line', () => {
  for (const wanted of ['operatd', 'f-', 'f-0000000', '__proto__', '']) {
    expect(() => lookUp(backdoorPresent, wanted, undefined), wanted).toThrow(UsageError);
  }
});
