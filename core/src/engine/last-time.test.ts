import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { LastTime, presentOf } from './last-time.ts';

const DAY = 86_400_000_000;
const MARCH = Date.UTC(2021, 2, 1) * 1000;
const FUTURE = Date.UTC(9999, 0, 1) * 1000;

function presentAmong(...logs: readonly (readonly number[])[]) {
  return presentOf(
    logs.flatMap((times) => {
      const last = new LastTime();
      for (const at of times) last.see(at);
      return last.latest() ?? [];
    }),
  );
}

const log = Array.from({ length: 20 }, (_, day) => MARCH + day * DAY);
const end = MARCH + 19 * DAY;

test('one record of the year 9999 is not the present, wherever in its log it stands', () => {
  for (const at of [0, 7, 20]) {
    const times = log.toSpliced(at, 0, FUTURE);
    expect(presentAmong(times), `in place ${at}`).toEqual({ at: end, strays: [FUTURE] });
  }
  expect(presentAmong(log, [FUTURE])).toEqual({ at: end, strays: [FUTURE] });
});

test('the last record of a log is the present although the days before it were quiet', () => {
  expect(presentAmong([...log, end + 60 * DAY])).toEqual({ at: end + 60 * DAY, strays: [] });
});

test('what many records say is believed, because a later present only asks for more evidence', () => {
  const future = Array.from({ length: 4 }, (_, i) => FUTURE + i);
  expect(presentAmong([...log, ...future])?.at).toBe(FUTURE + 3);
  expect(presentAmong(log, [FUTURE], [FUTURE + 1], [FUTURE + 2], [FUTURE + 3])?.at).toBe(FUTURE + 3);
});

test('evidence of a handful of records has a present, and none has none', () => {
  expect(presentAmong([MARCH])).toEqual({ at: MARCH, strays: [] });
  expect(presentAmong([])).toBeUndefined();
});

test('the present is never earlier than all but a handful of the records', () => {
  const times = fc.array(
    fc.array(
      fc.integer({ min: 0, max: 400 }).map((day) => MARCH + day * DAY),
      { maxLength: 12 },
    ),
    {
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(times, (logs) => {
      const all = logs.flat();
      const present = presentAmong(...logs);
      if (all.length === 0) expect(present).toBeUndefined();
      else {
        expect(all).toContain(present?.at);
        const later = all.filter((at) => at > (present?.at ?? 0));
        // Up to three in every group that stands alone.
        expect(later.length).toBeLessThanOrEqual(3 * (present?.strays.length ?? 0));
      }
    }),
  );
});
