import { expect, test } from 'vitest';

import type { RuleMeta } from '../model/check.ts';
import { explainClaim, explainFinding, explainList } from './explanation.ts';
import type { FreshSight } from './explanation.ts';
import { reasoningOf } from './proof-words.ts';
import { backdoorPresent, noTrace, withinCoverage } from './samples/cases.ts';

const PAGE = { width: 100, colour: false } as const;

const RULE: RuleMeta = {
  id: 'shell-requested',
  title: 'The web shell answered a POST from outside',
  level: 'critical',
  stage: 'web-shell',
  weight: 'decisive',
  rung: 8,
  description: 'Only someone who knows the shell sends a POST to it',
  falsePositives: ['Antivirus software that checks the page'],
  references: ['https://example.org/shell'],
  attack: ['T1505.003'],
  key: ['path'],
};

function claimOf(sample: typeof backdoorPresent, name: string): (typeof backdoorPresent.claims)[number] {
  const claim = sample.claims.find((c) => c.claim === name);
  if (claim === undefined) throw new Error(`the sample has no claim ${name}`);
  return claim;
}

test('a proven claim is followed down to its findings, its lines and their bytes', async () => {
  const text = explainClaim(backdoorPresent, claimOf(backdoorPresent, 'operated'), PAGE);
  expect(text).toContain('2 findings prove it');
  expect(text).toContain('f-b7710c55f0e1');
  expect(text).toContain('u_ex210303.log, byte 4711, 163 bytes long');
  await expect(text).toMatchFileSnapshot('samples/terminal/explain-operated.txt');
});

test('a claim that is ruled out names what was seen for it, and how fragile that is', () => {
  const text = explainClaim(noTrace, claimOf(noTrace, 'exploited'), PAGE);
  expect(text).toContain('all 2 required sources of evidence were seen');
  expect(text).toContain('would take this answer back');
  expect(text).toContain('HttpProxy logs, Ecp folder 2021-01-01 to 2021-03-09');
});

test('a claim that is not known says which source is missing, for which days, and where to get it', async () => {
  const text = explainClaim(withinCoverage, claimOf(withinCoverage, 'targeted'), PAGE);
  expect(text).toContain('Not established: no finding proves it.');
  expect(text).toContain('1 of 1 required sources of evidence is missing or incomplete');
  await expect(text).toMatchFileSnapshot('samples/terminal/explain-targeted.txt');
});

test('the reasons for "not known" tell a missing source from an open end and from another claim', () => {
  const open = { ...claimOf(withinCoverage, 'targeted'), unseen: [] };
  expect(reasoningOf(open)[1]).toContain('another claim that is established speaks for it');
  expect(reasoningOf({ ...open, window: { from: open.window.from, to: null } })[1]).toContain('--as-of');
  expect(reasoningOf({ ...open, claim: 'remediated' })[1]).toContain('comparison of two states');
});

test('a finding is shown with its rule, and with the bytes as they are now', async () => {
  const finding = at(backdoorPresent.findings, 2);
  const [first, second] = [at(finding.sightings, 0), at(finding.sightings, 1)];
  const bytes = new TextEncoder().encode(`${first.excerpt}\r\n`);
  const fresh = new Map<(typeof finding.sightings)[number], FreshSight>([
    [
      first,
      {
        is: 'same',
        bytes,
        sha256: first.sha256,
        excerpt: first.excerpt,
        fields: { 'cs-method': 'POST', 'cs-username': '-' },
      },
    ],
    [
      second,
      { is: 'different', bytes: bytes.slice(0, 20), sha256: 'ff'.repeat(32), excerpt: 'something else', fields: {} },
    ],
  ]);
  const text = explainFinding(backdoorPresent, finding, { rule: RULE, fresh }, PAGE);
  expect(text).toContain('Read again now: the same bytes.');
  expect(text).toContain('00001267  32 30 32 31 2d 30 33 2d 30 33 20 30 34 3a 31 35  2021-03-03 04:15');
  expect(text).toContain('THE BYTES DIFFER');
  expect(text).toContain('now reads: something else');
  expect(text).not.toContain('cs-username');
  await expect(text).toMatchFileSnapshot('samples/terminal/explain-finding.txt');
});

test('a finding whose evidence is not at hand says how to read it again', () => {
  const finding = at(backdoorPresent.findings, 0);
  const text = explainFinding(
    backdoorPresent,
    finding,
    { rule: undefined, caution: 'no pack at hand knows this rule' },
    PAGE,
  );
  expect(text).toContain('Add --evidence PATH');
  expect(text).toContain('no pack at hand knows this rule');
});

test('the list names every claim and every finding with its id', () => {
  const text = explainList(backdoorPresent, PAGE);
  for (const { id } of [...backdoorPresent.claims, ...backdoorPresent.findings]) expect(text).toContain(id);
});

function at<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) throw new Error(`the sample has no value ${index}`);
  return value;
}
