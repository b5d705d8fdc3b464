import { expect, test } from 'vitest';

import { Expansion } from './expansion.ts';
import { LIMITS } from './member.ts';

const GIB = 2 ** 30;

/** What is granted of members that all are alike, and how often something is said about one. */
function granted(
  archive: number,
  { count, packedSize, size }: { count: number; packedSize: number; size: number },
): { readonly bytes: number; readonly said: number; readonly last: string | undefined } {
  const expansion = Expansion.of(archive, LIMITS);
  let bytes = 0;
  let said = 0;
  let last: string | undefined;
  for (let at = 0; at < count; at++) {
    const grant = expansion.grant({ packedSize, size });
    bytes += Math.min(grant.limit, size);
    if (grant.says !== undefined) said += 1;
    last = grant.says;
  }
  return { bytes, said, last };
}

test.each([
  ['5 GB of 50 GB of logs', 5e9, { count: 1000, packedSize: 5e6, size: 5e7 }],
  ['1 GB of logs that pack 40 to 1', 1e9, { count: 100, packedSize: 1e7, size: 4e8 }],
  ['20 MB of logs that pack 40 to 1', 2e7, { count: 20, packedSize: 1e6, size: 4e7 }],
  ['one log of 10 GB that packs 12 to 1', 9e8, { count: 1, packedSize: 9e8, size: 10e9 }],
  ['many small logs of an idle server, 100 to 1', 1e7, { count: 1000, packedSize: 1e4, size: 1e6 }],
  ['an empty file and one of zeroes below 64 MiB', 1e5, { count: 2, packedSize: 64_000, size: 66_000_000 }],
])('an archive of %s is read whole', (_, archive, members) => {
  expect(granted(archive, members)).toEqual({ bytes: members.count * members.size, said: 0, last: undefined });
});

test('a bomb of zeroes is read up to 64 MiB a member, and every member says so', () => {
  const bomb = granted(62_628_262, { count: 60, packedSize: 1_043_000, size: GIB });
  expect(bomb.bytes).toBe(60 * 64 * 2 ** 20);
  expect(bomb.said).toBe(60);
  expect(bomb.last).toContain('which exceeds the ratio of 400');
});

test('what a bomb of any kind costs is bounded by its size, and what is not read at all says so', () => {
  const many = granted(62e6, { count: 1000, packedSize: 62_000, size: 64 * 2 ** 20 });
  expect(many.bytes).toBe(4 * GIB);
  expect(many.said).toBe(1000 - 64);
  expect(many.last).toBe(
    `member of ${64 * 2 ** 20} bytes is not read: the most that is read of all members of a container`,
  );
  const below = granted(1e9, { count: 100, packedSize: 1e7, size: 399e7 });
  expect(below.bytes).toBe(64e9);
});
