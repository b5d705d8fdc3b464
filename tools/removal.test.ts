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
    const own = (c: CaseFile) => c.claims.filter((x) => x.host === 'mail01').map((x) => [x.claim, x.answer, x.window]);
    expect(own(doubled)).toEqual(own(whole));
    expect(findingsOf(doubled)).toEqual(findingsOf(whole));
  });
});

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
