import { expect, test } from 'vitest';

import type { Condition } from '../model/claim.ts';
import type { Finding } from '../model/finding.ts';
import { hitsNear, JoinBudget, prove } from './proof.ts';

function finding(rule: string, address: string, times: readonly number[]): Finding {
  const entities = [{ kind: 'address', value: address }];
  return {
    id: `${rule}-${address}`,
    rule,
    host: 'h',
    count: 1,
    since: times[0],
    until: times.at(-1),
    entities,
    sightings: [],
    times,
  };
}

const JOIN: Condition = {
  is: 'all',
  of: [
    { is: 'rule', rule: 'post' },
    { is: 'rule', rule: 'session' },
  ],
  same: undefined,
  within: 60,
};

test('hits are near when they lie within the time of each other, and only those are kept', () => {
  expect(hitsNear([0, 100, 200, 300], [90, 310], 15)).toEqual([100, 300]);
  expect(hitsNear([0], [], 15)).toEqual([]);
});

test('the one pair that counts is found among thousands that do not', () => {
  const posts = Array.from({ length: 6_000 }, (_, i) => finding('post', `a${i}`, [i * 1000]));
  const byRule = new Map([
    ['post', posts],
    ['session', [finding('session', 'b', [5_999_030])]],
  ]);
  const proofs = prove(JOIN, byRule);
  expect(proofs.map((p) => p.findings.map((f) => f.id))).toEqual([['post-a5999', 'session-b']]);
  expect(proofs[0]?.at).toBe(5_999_000);
});

test('a finding without a time is near to nothing', () => {
  const byRule = new Map([
    ['post', [finding('post', 'a', [])]],
    ['session', [finding('session', 'b', [1])]],
  ]);
  expect(prove(JOIN, byRule)).toEqual([]);
});

test('a join on an entity finds its partners by the value', () => {
  const same: Condition = { ...JOIN, same: 'address', within: undefined };
  const byRule = new Map([
    ['post', [finding('post', 'a', [1]), finding('post', 'b', [2])]],
    ['session', [finding('session', 'b', [9_999])]],
  ]);
  expect(prove(same, byRule).map((p) => [...p.shared.values()])).toEqual([['b']]);
});

test('joins of any number of hostile findings end, and say that they were cut', () => {
  const times = Array.from({ length: 1_000 }, (_, i) => i * 10);
  const many = (rule: string): Finding[] => Array.from({ length: 3_000 }, (_, i) => finding(rule, `a${i}`, times));
  const never: Condition = {
    ...JOIN,
    of: [
      { is: 'rule', rule: 'post' },
      {
        is: 'all',
        of: [
          { is: 'rule', rule: 'session' },
          { is: 'rule', rule: 'far' },
        ],
        same: undefined,
        within: 1,
      },
    ],
    within: 4,
  };
  const far = finding(
    'far',
    'x',
    times.map((time) => time + 5),
  );
  const budget = new JoinBudget();
  const byRule = new Map([
    ['post', many('post')],
    ['session', many('session')],
    ['far', [far]],
  ]);
  expect(prove(never, byRule, budget)).toEqual([]);
  const wide: Condition = { ...JOIN, within: 4 };
  const shifted = many('session').map((f) => ({ ...f, times: times.map((time) => time + 5) }));
  expect(
    prove(
      wide,
      new Map([
        ['post', many('post')],
        ['session', shifted],
      ]),
      new JoinBudget(),
    ),
  ).toEqual([]);
  const mixed = new JoinBudget();
  const half = many('session').map((f, i) => ({
    ...f,
    times: i === 2_999 ? [10_000_003] : times.map((time) => time + 5),
  }));
  const last = [...many('post').slice(1), finding('post', 'z', [...times, 10_000_000])];
  const found = prove(
    wide,
    new Map([
      ['post', last],
      ['session', half],
    ]),
    mixed,
  );
  expect(found.length === 1 || mixed.exhausted).toBe(true);
});
