import { expect, test } from 'vitest';

import type { EvidenceRecord } from '../model/reading.ts';
import { ClientTally, knowAddresses, proxyFault } from './clients.ts';
import type { ClientCount } from './clients.ts';

test('an address through which five people sign in is many people', () => {
  const book = knowAddresses(counted([...Array(200).keys()].map((i) => ['198.51.100.7', `user${i % 5}`])), []);
  expect(book.isShared('198.51.100.7', 'mail01')).toBe(true);
  expect(book.isShared('198.51.100.7', 'mail02')).toBe(false);
  expect(book.learnt).toEqual(['198.51.100.7 on mail01 (100% of sampled requests, at least 5 people)']);
});

test('an address that brings half of all requests for two people is a gateway, with fewer requests it is not', () => {
  const gateway = [...Array(40).keys()].map((i) => ['10.1.1.1', `user${i % 2}`] as const);
  expect(knowAddresses(counted([...gateway, ...others(40)]), []).isShared('10.1.1.1', 'mail01')).toBe(true);
  expect(knowAddresses(counted([...gateway, ...others(41)]), []).isShared('10.1.1.1', 'mail01')).toBe(false);
});

test('an intruder who brings nearly all requests is no proxy, whatever names fail to sign in', () => {
  const tally = sampled([...Array(500).keys()].map((i) => request('203.0.113.9', `guess${i}`, 401)));
  const book = knowAddresses(tally, []);
  expect(book.isShared('203.0.113.9', 'mail01')).toBe(false);
});

test('accounts of machines and probes are nobody', () => {
  const users = [
    'CONTOSO\\MAIL02$',
    'HealthMailbox1',
    'HealthMailbox2',
    'HealthMailbox3',
    'HealthMailbox4',
    'HealthMailbox5',
  ];
  const book = knowAddresses(counted([...Array(100).keys()].map((i) => ['10.1.1.2', users[i % 6] ?? ''])), []);
  expect(book.isShared('10.1.1.2', 'mail01')).toBe(false);
});

test('the machine itself links nobody', () => {
  const tally = sampled([request('10.10.2.11', '', 200, '10.10.2.11'), request('198.51.100.1', '', 200, '10.10.2.11')]);
  const book = knowAddresses(tally, []);
  for (const own of ['10.10.2.11', '127.0.0.1', '::1', 'fe80::1%6', '169.254.3.4', 'nobody', ''])
    expect(book.isShared(own, 'mail01'), own).toBe(true);
  expect(book.isShared('198.51.100.1', 'mail01')).toBe(false);
});

test('declared networks hold addresses in every notation', () => {
  const book = knowAddresses([], ['10.10.2.0/24', '2001:db8::/32', 'nonsense']);
  for (const inside of ['10.10.2.250', '::ffff:10.10.2.250', '2001:db8::1', '[2001:db8:ffff::2]'])
    expect(book.isShared(inside, 'mail01'), inside).toBe(true);
  for (const outside of ['10.10.3.250', '2001:db9::1']) expect(book.isShared(outside, 'mail01'), outside).toBe(false);
});

test('what is no network is refused with what is wrong', () => {
  expect(proxyFault('10.0.0.0/8')).toBeUndefined();
  expect(proxyFault('::1')).toBeUndefined();
  expect(proxyFault('10.0.0.0/33')).toBe('has more than 32 bits');
  expect(proxyFault('10.0.0.1/8')).toBe('has bits set behind the first 8');
  expect(proxyFault('proxy.example')).toBe('is no IPv4 or IPv6 network');
});

test('private addresses are those of one network', () => {
  const book = knowAddresses([], []);
  expect(['10.1.2.3', '172.31.0.1', '192.168.0.9', 'fd00::1', '100.64.0.1'].every((each) => book.isLocal(each))).toBe(
    true,
  );
  expect(['172.32.0.1', '203.0.113.4', '2001:db8::1'].some((each) => book.isLocal(each))).toBe(false);
});

test('a hostile log with any number of addresses and users keeps a bounded tally', () => {
  const tally = new ClientTally();
  for (let i = 0; i < 32 * 10_000; i += 1)
    tally.see(request(`203.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`, `user${i}`, 200));
  expect(tally.counts()).toHaveLength(4_096);
  const one = new ClientTally();
  for (let i = 0; i < 32 * 100; i += 1) one.see(request('203.0.113.1', `${i}`.repeat(1_000), 200));
  const [count] = one.counts();
  expect(count?.requests).toBe(100);
  expect([...(count?.users ?? [])].map((user) => user.length)).toEqual(Array.from({ length: 16 }, () => 128));
});

/** Requests of nine people who did not sign in. */
function others(count: number): readonly (readonly [string, string])[] {
  return [...Array(count).keys()].map((i) => [`198.51.100.${i % 9}`, ''] as const);
}

function request(client: string, user: string, status: number, server?: string): EvidenceRecord {
  const fields = new Map<string, string | number | undefined>([
    ['client', client],
    ['user', user],
    ['status', status],
    ['s-ip', server],
  ]);
  return {
    is: 'record',
    kind: 'http.request',
    source: 'iis:443',
    at: 0,
    host: 'mail01',
    origin: { offset: 0, length: 1 },
    get: (field) => fields.get(field),
    fields: () => [...fields.keys()],
    excerpt: () => '',
  };
}

/** Every request is one that the sample takes. */
function sampled(
  requests: readonly EvidenceRecord[],
): readonly { readonly host: string; readonly count: ClientCount }[] {
  const tally = new ClientTally();
  for (const each of requests) for (let i = 0; i < 32; i += 1) tally.see(each);
  return tally.counts().map((count) => ({ host: 'mail01', count }));
}

function counted(rows: readonly (readonly [string, string])[]): ReturnType<typeof sampled> {
  return sampled(rows.map(([client, user]) => request(client, user, 200)));
}
