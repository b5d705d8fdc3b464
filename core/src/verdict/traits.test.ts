import { expect, test } from 'vitest';

import type { Finding } from '../model/finding.ts';
import type { TraitSpec, TraitTest } from '../model/pack.ts';
import { judgeTraits, looksLike } from './traits.ts';

test.each([
  ['/aspnet_client/kq7tzb3n.aspx', '/aspnet_client/????????.aspx', true],
  ['/aspnet_client/kq7tzb3n.aspx', '/aspnet_client/???????.aspx', false],
  ['/aspnet_client/kq-tzb3n.aspx', '/aspnet_client/????????.aspx', false],
  ['a]@mail01.contoso.example:444/ecp/y.js#', 'a]@*:444/*', true],
  ['akak]@mail01:444/ecp/y.js#', 'a]@*:444/*', false],
  ['Mozilla/5.0 (compatible; Googlebot/2.1)', '*googlebot*', true],
  ['', '*', true],
  ['', '?', false],
  ['axbxc', 'a*b*c', true],
  ['axbxcd', 'a*b*c', false],
  ['é', '?', false],
])('%s looks like %s: %s', (text, pattern, answer) => {
  expect(looksLike(text, pattern)).toBe(answer);
});

test('a text made to try every star again costs no more than its length times that of the pattern', () => {
  const begin = performance.now();
  for (let i = 0; i < 1_000; i += 1) looksLike('a'.repeat(100_000), `${'*a'.repeat(90)}*b`);
  expect(performance.now() - begin).toBeLessThan(5_000);
});

test('a trait is told as fitting, as not fitting, or not at all', () => {
  const mail = trait({ is: 'seen', rules: ['mail'] }, ['forge']);
  expect(judgeTraits([found('forge', [1]), found('mail', [2])], [mail])).toEqual({ fits: ['yes'], fitsNot: [] });
  expect(judgeTraits([found('forge', [1])], [mail])).toEqual({ fits: [], fitsNot: ['no'] });
  expect(judgeTraits([found('mail', [2])], [mail])).toEqual({ fits: [], fitsNot: [] });
  const bare = trait({ is: 'unseen', rules: ['page'] }, ['command']);
  expect(judgeTraits([found('command', [1])], [bare]).fits).toEqual(['yes']);
  expect(judgeTraits([found('command', [1]), found('page', [1])], [bare]).fitsNot).toEqual(['no']);
});

test('a value is judged only where the evidence has one, and exceptions do not count', () => {
  const name = trait({
    is: 'value',
    rules: ['page'],
    kind: 'path',
    like: ['*/error??.aspx'],
    unlike: ['*/errorfe.aspx'],
  });
  const page = (path: string): Finding => ({ ...found('page', []), entities: [{ kind: 'path', value: path }] });
  expect(judgeTraits([page('/owa/auth/errorEE.aspx')], [name]).fits).toEqual(['yes']);
  expect(judgeTraits([page('/owa/auth/errorFE.aspx')], [name]).fitsNot).toEqual(['no']);
  expect(judgeTraits([found('page', [])], [name])).toEqual({ fits: [], fitsNot: [] });
});

test('an order holds only if its steps follow each other in time', () => {
  const order = trait({ is: 'order', steps: [['a'], ['b', 'c'], ['d']], within: 60 });
  const says = (a: number[], b: number[], d: number[]) =>
    judgeTraits([found('a', a), found('c', b), found('d', d)], [order]);
  expect(says([0], [10], [60]).fits).toEqual(['yes']);
  expect(says([0, 100], [90, 101], [102]).fits).toEqual(['yes']);
  expect(says([0], [10], [61]).fitsNot).toEqual(['no']);
  expect(says([10], [0], [20]).fitsNot).toEqual(['no']);
  expect(says([10], [], [20]).fitsNot).toEqual(['no']);
});

test('a pause is measured from the first hit to the next one, or to the last', () => {
  const soon = trait({ is: 'pause', from: ['a'], to: ['b'], length: 10, isLimit: true }, ['a']);
  const late = trait({ is: 'pause', from: ['a'], to: ['b'], length: 10, isLimit: false }, ['a']);
  const says = (b: number[]) => judgeTraits([found('a', [100, 500]), found('b', b)], [soon, late]);
  expect(says([50, 105, 200])).toEqual({ fits: ['yes', 'yes'], fitsNot: [] });
  expect(says([105])).toEqual({ fits: ['yes'], fitsNot: ['no'] });
  expect(says([50])).toEqual({ fits: [], fitsNot: [] });
});

function trait(what: TraitTest, asks: readonly string[] = ['page', 'd']): TraitSpec {
  return { id: 'one', fits: 'yes', fitsNot: 'no', asks, test: what };
}

function found(rule: string, times: readonly number[]): Finding {
  const [since] = times;
  return { id: rule, rule, host: 'a', count: 1, since, until: since, entities: [], sightings: [], times };
}
