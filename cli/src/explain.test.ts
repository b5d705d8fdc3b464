import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { caseText } from '../../core/src/export/canonical-json.ts';
import { backdoorPresent, fleet } from '../../core/src/export/samples/cases.ts';
import type { CaseFile } from '../../core/src/model/case-file.ts';
import { afterAll, describe, expect, test } from 'vitest';

import { loadPackFolder } from './engine-door.ts';
import { UsageError } from './exit-code.ts';
import { explain, lookUp } from './explain.ts';
import { builtInPacks } from './pack-folder.ts';
import type { TextStream } from './terminal.ts';

const work = mkdtempSync(join(tmpdir(), 'afterpatch-explain-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

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

describe('a claim', () => {
  test('is explained with the rules of its pack, if that is the very pack of the case', async () => {
    const folder = builtInPacks().get('exchange-2021-03');
    if (folder === undefined) throw new Error('there is no built-in pack exchange-2021-03');
    const { id, version, digest } = await loadPackFolder(folder);
    const text = await explained({ ...backdoorPresent, packs: [{ id, version, digest }] }, 'operated');
    expect(text).toContain('Did somebody run commands on the server?');
    expect(text).not.toContain('This case was made with the pack');
    // The findings of the sample are of no rule of this pack, so the case shows no join, and none is made up.
    expect(text).toContain('In which way they prove it together, the case does not hold.');
  });

  test('is not explained with the rules of another version of its pack', async () => {
    const text = await explained(backdoorPresent, 'operated');
    expect(text).toContain('This case was made with the pack exchange-2021-03 1.0.0 (abababab');
    expect(text).toContain('is another. What its rules weigh and how they are joined is not told here');
    expect(text).not.toContain('weight ');
    expect(text).not.toContain('Did somebody run commands');
  });

  test('of a pack that is not at hand is explained from the case alone', async () => {
    const unknown = JSON.parse(
      JSON.stringify(backdoorPresent).replaceAll('exchange-2021-03', 'a-wave-to-come'),
    ) as CaseFile;
    const text = await explained(unknown, 'implanted');
    expect(text).toContain('This case was made with the pack a-wave-to-come 1.0.0');
    expect(text).toContain('name its folder with --pack');
    expect(text).toContain('2 findings prove it');
  });

  test('that a hostile case names by the thousand is told a bounded number of times', async () => {
    const [claim] = backdoorPresent.claims.filter((c) => c.claim === 'remediated');
    if (claim === undefined) throw new Error('the sample has no claim remediated');
    const text = await explained(
      { ...backdoorPresent, claims: Array.from({ length: 3_000 }, () => claim) },
      'remediated',
    );
    expect(text.match(/NOT KNOWN/g)).toHaveLength(500);
    expect(text).toContain('2500 more claims are called so: name a server with --host');
  });
});

async function explained(caseFile: CaseFile, wanted: string): Promise<string> {
  const path = join(work, 'case.json');
  writeFileSync(path, caseText(caseFile));
  const pieces: string[] = [];
  const out: TextStream = { write: (piece, done) => (pieces.push(piece), done(), true) };
  const shell = { out, err: out, env: { COLUMNS: '1000', LANG: 'C.UTF-8' }, platform: 'linux' };
  expect(await explain(path, wanted, { color: false }, shell)).toBe(0);
  return pieces.join('').replaceAll(/\s+/g, ' ');
}
