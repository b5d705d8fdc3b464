import { describe, expect, test } from 'vitest';

import type { CaseFile } from '../core/src/model/case-file.ts';
import { assessed, evidenceOf, filesOfCase, findingsOf } from './evidence.test-support.ts';

/**
 * The law as a property: taking evidence away, or damaging it, never makes an answer surer. A claim may fall back to
 * `undetermined`; it never changes sides, and nothing becomes `ruled-out` or `established` by loss.
 *
 * Files of web folders are left alone here: whether a page was deleted on the server or left out of a copy cannot be told
 * from a copy (decision 5), and the loss of a single line cannot be seen at all.
 */

const ROUNDS = Number(process.env['AFTERPATCH_REMOVALS'] ?? 1);
const CASES: readonly (readonly [string, 'case' | 'twin'])[] = [
  ['clean', 'case'],
  ['full-chain-shell-used', 'case'],
  ['full-chain-shell-used', 'twin'],
  ['rejected-probes', 'case'],
  ['mail-read-without-a-file', 'case'],
  ['public-scanner', 'case'],
  ['built-from-later-update', 'case'],
  ['january-mail-theft', 'case'],
];

type Dice = (below: number) => number;
type Loss = (files: Map<string, Buffer>, dice: Dice) => string;

const LOSSES: Readonly<Record<string, Loss>> = {
  'whole files': (files, dice) => {
    const taken = pick(removable(files), dice, 1 + dice(8));
    for (const path of taken) files.delete(path);
    return taken.join(', ');
  },
  'all logs of a folder': (files, dice) => {
    const folders = [...new Set(removable(files).map((path) => path.slice(0, path.lastIndexOf('/') + 1)))];
    const folder = folders[dice(folders.length)] ?? '';
    for (const path of removable(files)) if (path.startsWith(folder)) files.delete(path);
    return folder;
  },
  'the files of some days': (files, dice) => {
    const day = 1 + dice(60);
    const from = new Date(Date.UTC(2021, 0, day)).toISOString().slice(2, 10).replaceAll('-', '');
    const to = new Date(Date.UTC(2021, 0, day + 1 + dice(20))).toISOString().slice(2, 10).replaceAll('-', '');
    for (const path of removable(files)) {
      const stamp = /(?:u_ex|_20|20)(\d{6})/.exec(path)?.[1];
      if (stamp !== undefined && stamp >= from && stamp < to) files.delete(path);
    }
    return `${from} to ${to}`;
  },
  'the end of files': (files, dice) => {
    const taken = pick(removable(files), dice, 1 + dice(20));
    for (const path of taken) {
      const bytes = files.get(path) ?? Buffer.alloc(0);
      files.set(path, bytes.subarray(0, dice(bytes.length + 1)));
    }
    return taken.join(', ');
  },
  'a day out of the middle of logs': (files, dice) => {
    const taken = pick(removable(files), dice, 1 + dice(40));
    for (const path of taken) {
      const bytes = files.get(path) ?? Buffer.alloc(0);
      const from = dice(bytes.length + 1);
      const to = from + dice(bytes.length + 1 - from);
      files.set(path, Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]));
    }
    return taken.join(', ');
  },
  'some hours of the front-end log': (files, dice) => {
    const from = Date.UTC(2021, 0, 2) + dice(60 * 24) * HOUR;
    const to = from + HOUR + dice(3 * HOUR);
    takeHours(files, from, to);
    return `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
  },
  'bytes overwritten': (files, dice) => {
    const taken = pick(removable(files), dice, 1 + dice(40));
    for (const path of taken) {
      const bytes = Buffer.from(files.get(path) ?? Buffer.alloc(0));
      const from = dice(bytes.length + 1);
      bytes.fill(dice(256), from, from + dice(bytes.length + 1 - from));
      files.set(path, bytes);
    }
    return taken.join(', ');
  },
};

describe.each(CASES)('taking evidence away from %s (%s)', async (name, trial) => {
  const files = filesOfCase(name, trial);
  const whole = await assessed(evidenceOf('server', files));
  test.each(Object.entries(LOSSES))('%s: no answer becomes surer', async (loss, take) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const left = new Map(files);
      const taken = take(left, diceOf(`${name} ${trial} ${loss} ${round}`));
      const less = await assessed(evidenceOf('server', left));
      expect(surer(whole, less), `round ${round}, taken: ${taken.slice(0, 2000)}`).toEqual([]);
    }
  });

  test('the order in which files are listed changes nothing', async () => {
    const shuffled = new Map([...files].toSorted(([a], [b]) => (digest(a) < digest(b) ? -1 : 1)));
    expect(await assessed(evidenceOf('server', shuffled))).toEqual(whole);
  });

  test('every file twice, side by side, changes no finding and no answer', async () => {
    const twice = new Map(
      [...files].flatMap(([path, bytes]) => [[path, bytes] as const, [`again/${path}`, bytes] as const]),
    );
    const doubled = await assessed(evidenceOf('server', twice));
    expect(own(doubled)).toEqual(own(whole));
    expect(findingsOf(doubled)).toEqual(findingsOf(whole));
  });
});

describe('hours taken from the log of the front end, on days that no other log covers', async () => {
  const files = filesOfCase('clean');
  const whole = await assessed(evidenceOf('server', files));
  const rounds = Array.from({ length: 2 * ROUNDS }, (_, round) => round);
  test('what the log itself shows of its rhythm is an hour, and it has no hole', () => {
    const log = whole.coverage.find((c) => c.kind === 'iis-front-end');
    expect(log).toMatchObject({ quiet: 3600, holes: [] });
  });

  test.each(rounds)('a hole of more than an hour is seen and named, round %i', async (round) => {
    const dice = diceOf(`hours ${round}`);
    const left = new Map(files);
    const from = Date.UTC(2021, 0, 3) + dice(25 * 24 * 60) * 60_000;
    const to = from + HOUR + 60_000 + dice(3 * HOUR - 60_000);
    takeHours(left, from, to);
    const less = await assessed(evidenceOf('server', left));
    const said = `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
    expect(surer(whole, less), said).toEqual([]);
    const holes = less.coverage.find((c) => c.kind === 'iis-front-end')?.holes ?? [];
    expect(holes, said).toHaveLength(1);
    expect(Date.parse(holes[0]?.from ?? '')).toBeLessThanOrEqual(from);
    expect(Date.parse(holes[0]?.to ?? '')).toBeGreaterThanOrEqual(to);
    for (const name of ['targeted', 'exploited', 'data-accessed', 'operated']) {
      const claim = less.claims.find((c) => c.claim === name);
      expect([name, claim?.answer], said).toEqual([name, 'undetermined']);
      expect(
        claim?.unseen.some((u) => u.mustSee === 'front-end' && u.reason.includes('silent for')),
        said,
      ).toBe(true);
    }
  });
});

function own(c: CaseFile): readonly unknown[] {
  return c.claims.filter((x) => x.host === 'mail01').map((x) => [x.claim, x.answer, x.window]);
}

/** Takes the rows of a stretch of time out of the log of the Default Web Site. */
function takeHours(files: Map<string, Buffer>, from: number, to: number): void {
  for (const [path, bytes] of files) {
    if (!/\/W3SVC1\/u_ex\d{6}\.log$/i.test(path)) continue;
    const rows = bytes.toString('latin1').split('\n');
    const left = rows.filter((row) => {
      const at = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.exec(row)?.[0];
      const time = at === undefined ? 0 : Date.parse(`${at.replace(' ', 'T')}Z`);
      return time < from || time >= to;
    });
    if (left.length < rows.length) files.set(path, Buffer.from(left.join('\n'), 'latin1'));
  }
}

const HOUR = 3_600_000;

/** Claims whose answer changed in any way but back to undetermined, and windows that became narrower. */
function surer(whole: CaseFile, less: CaseFile): readonly string[] {
  const found: string[] = [];
  for (const claim of less.claims) {
    const before = whole.claims.find((c) => c.host === claim.host && c.claim === claim.claim);
    if (before === undefined) {
      if (claim.answer !== 'undetermined' && claim.claim !== 'remediated')
        found.push(`${claim.host} ${claim.claim}: ${claim.answer} of a host that was not there`);
      continue;
    }
    // "Never was vulnerable" falls back to "is not any more", where the programs prove the fix.
    if (claim.claim === 'vulnerable' && before.answer === 'not-applicable' && claim.answer === 'ruled-out') continue;
    if (claim.answer !== before.answer && claim.answer !== 'undetermined' && claim.claim !== 'remediated')
      found.push(`${claim.claim}: ${before.answer} became ${claim.answer}`);
    if (claim.answer !== 'ruled-out') continue;
    const to = claim.window.to ?? '9';
    if (claim.window.from > before.window.from || to < (before.window.to ?? '9'))
      found.push(`${claim.claim}: ruled out over a shorter time, ${claim.window.from} to ${to}`);
  }
  return found;
}

/** Everything but the files of web folders and the programs of Exchange. */
function removable(files: ReadonlyMap<string, Buffer>): readonly string[] {
  return [...files.keys()].filter((path) => /\.(log|evtx)$/i.test(path));
}

function pick(paths: readonly string[], dice: Dice, count: number): readonly string[] {
  return [...new Set(Array.from({ length: count }, () => paths[dice(paths.length)] ?? ''))].filter(
    (path) => path !== '',
  );
}

function diceOf(seed: string): Dice {
  let state = digest(seed);
  return (below) => {
    // xorshift32
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return below === 0 ? 0 : state % below;
  };
}

function digest(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash === 0 ? 1 : hash;
}
