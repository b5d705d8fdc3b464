import { expect, test } from 'vitest';

import { BlobSource } from './blob-source.ts';

const SIZE = 3_000_000;
const CONTENT = Uint8Array.from({ length: SIZE }, (_, at) => (at * 2_654_435_761) >>> 24);

/** Counts the round trips; answers at once, as a worker does. */
function counted(): { source: BlobSource; trips: () => number } {
  let trips = 0;
  const blob = new Blob([CONTENT]);
  let from = 0;
  const slices = new Proxy(blob, {
    get: (target, name) =>
      name === 'slice'
        ? (start: number, end: number) => {
            from = start;
            return { size: Math.min(end, SIZE) - start };
          }
        : Reflect.get(target, name, target),
  });
  const source = new BlobSource(slices, (slice) => {
    trips += 1;
    return CONTENT.slice(from, from + slice.size).buffer;
  });
  return { source, trips: () => trips };
}

test('any read gives the bytes that stand there, and less only at the end', async () => {
  const { source } = counted();
  let seed = 1;
  const dice = (most: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % most;
  };
  for (let round = 0; round < 400; round += 1) {
    const at = dice(SIZE + 1000);
    const into = new Uint8Array(dice(round % 10 === 0 ? 700_000 : 5000));
    const count = await source.readInto(at, into);
    expect(count).toBe(Math.max(0, Math.min(into.length, SIZE - at)));
    expect(Buffer.from(into.subarray(0, count)).equals(CONTENT.subarray(at, at + count))).toBe(true);
  }
});

test('small reads in order, and small reads at two places in turn, take few round trips', () => {
  const ordered = counted();
  for (let at = 0; at < SIZE; at += 1000) void ordered.source.readInto(at, new Uint8Array(1000));
  expect(ordered.trips()).toBeLessThan(20);
  const alternating = counted();
  for (let step = 0; step < 100; step += 1) {
    void alternating.source.readInto(step * 1000, new Uint8Array(1000));
    void alternating.source.readInto(2_000_000 + step * 1000, new Uint8Array(1000));
  }
  expect(alternating.trips()).toBe(2);
});

test('a file that has become shorter gives less, and one that cannot be read any more throws', async () => {
  const short = new BlobSource(new Blob([CONTENT]), () => CONTENT.slice(0, 100).buffer);
  const into = new Uint8Array(500);
  expect(await short.readInto(0, into)).toBe(100);
  expect(await short.readInto(4096 + 200, into)).toBe(0);
  const gone = new BlobSource(new Blob([CONTENT]), () => {
    throw new Error('the file changed');
  });
  expect(() => gone.readInto(0, into)).toThrow('the file changed');
});
