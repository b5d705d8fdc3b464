import { expect, test } from 'vitest';

import type { EvidenceRecord } from '../model/reading.ts';
import { compareClocks, inBothClocks, RequestSample } from './coverage-clocks.ts';

const SECOND = 1_000_000;
const HOUR = 3_600 * SECOND;

function guid(n: number): string {
  return `${((n * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0')}-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

function row(kind: string, source: string, at: number, id: string): EvidenceRecord {
  const text = kind === 'http.request' ? `GET /owa/ &CorrelationID=<empty>;&cafeReqId=${id}; 443` : id;
  return {
    is: 'record',
    kind,
    source,
    at,
    host: undefined,
    origin: { offset: 0, length: 1 },
    text,
    get: (field) => (field === 'RequestId' && kind === 'http.proxy' ? id : undefined),
    fields: () => [],
    excerpt: () => '',
  };
}

function requestsOf(rows: readonly EvidenceRecord[]): ReadonlyMap<string, number> {
  const sample = new RequestSample();
  for (const record of rows) sample.see(record, '', record.at ?? 0);
  return new Map(sample.samples().flatMap(({ requests }) => requests.map(({ id, at }) => [id, at] as const)));
}

const NUMBERS = Array.from({ length: 3_000 }, (_, i) => i);

test('a day of IIS and hours of HttpProxy choose the same requests', () => {
  const front = requestsOf(NUMBERS.map((n) => row('http.request', 'iis:443', n * SECOND, guid(n))));
  const hours = [0, 1, 2].map((part) =>
    requestsOf(
      NUMBERS.filter((n) => Math.floor(n / 1_000) === part).map((n) =>
        row('http.proxy', 'http-proxy:owa', n * SECOND, guid(n)),
      ),
    ),
  );
  const proxy = new Map(hours.flatMap((hour) => [...hour]));
  expect(front.size).toBe(48);
  expect([...front.keys()].filter((id) => proxy.has(id))).toHaveLength(48);
});

test('a clock that is five hours off is told by the requests that both logs have, and both are in doubt', () => {
  const ids = NUMBERS.slice(0, 20);
  const front = requestsOf(ids.map((n) => row('http.request', 'iis:443', n * SECOND, guid(n))));
  const proxy = requestsOf(ids.map((n) => row('http.proxy', 'http-proxy:owa', n * SECOND + 5 * HOUR, guid(n))));
  const clocks = compareClocks([
    { kind: 'front', title: 'IIS log', requests: front },
    { kind: 'proxy', title: 'HttpProxy log', requests: proxy },
  ]);
  expect(clocks.get('front')).toEqual({
    offset: {
      micros: -5 * HOUR,
      says: '20 requests stand in both logs; this one has them 18000 seconds earlier than HttpProxy log',
    },
    doubt: -5 * HOUR,
  });
  expect(inBothClocks([{ from: 0, to: 24 * HOUR }], -5 * HOUR)).toEqual([{ from: 5 * HOUR, to: 24 * HOUR }]);
  expect(inBothClocks([{ from: 0, to: 24 * HOUR }], 5 * HOUR)).toEqual([{ from: 0, to: 19 * HOUR }]);
});

test('of three logs the one that agrees with nobody is in doubt', () => {
  const at = (offset: number) => new Map(NUMBERS.slice(0, 9).map((n) => [guid(n), n * SECOND + offset] as const));
  const clocks = compareClocks([
    { kind: 'a', title: 'A', requests: at(0) },
    { kind: 'b', title: 'B', requests: at(2 * SECOND) },
    { kind: 'c', title: 'C', requests: at(HOUR) },
  ]);
  expect([...clocks].map(([kind, { doubt }]) => [kind, doubt])).toEqual([
    ['a', 0],
    ['b', 0],
    ['c', HOUR],
  ]);
});

test('two shared requests, or none, say nothing', () => {
  const few = new Map([
    ['a', 0],
    ['b', 1],
  ]);
  expect(
    compareClocks([
      { kind: 'a', title: 'A', requests: few },
      { kind: 'b', title: 'B', requests: few },
    ]).size,
  ).toBe(0);
});

test('a number that the client wrote into the query is not taken for that of the server', () => {
  const [own, forged] = [guid(1), guid(2)];
  const record = row('http.request', 'iis:443', 5, `${forged};&cafeReqId=${own}`);
  expect([...requestsOf([record]).keys()]).toEqual([`request ${own}`]);
});
