import { expect, test } from 'vitest';

import {
  backdoorPresent,
  fleet,
  noTraceStillOpen,
  nothingRead,
  ONE_OF_EACH,
} from '../../core/src/export/samples/cases.ts';
import { HEADLINE_WORDS } from '../../core/src/export/headline-words.ts';
import { terminalSummary } from '../../core/src/export/terminal-summary.ts';
import type { CaseFile } from '../../core/src/model/case-file.ts';
import { viewCase } from './case-view.ts';

test.each(Object.entries(ONE_OF_EACH))('a case that is %s is told in the words of the terminal', (headline, sample) => {
  const view = viewCase(sample);
  const [verdict] = view.verdicts;
  const wide = terminalSummary(sample, { width: 2000, colour: false });
  expect(wide).toContain(verdict?.title);
  expect(wide).toContain(verdict?.means);
  for (const claim of verdict?.claims ?? []) expect(wide).toContain(claim.says);
  for (const { title, when, fetch } of verdict?.unseen ?? []) {
    expect(wide).toContain(`${title}: ${when}`);
    expect(wide).toContain(fetch);
  }
  for (const { words } of verdict?.coverage?.sources ?? []) expect(words).not.toBe('');
  if (verdict?.tone !== 'good') return;
  expect(HEADLINE_WORDS[headline as keyof typeof HEADLINE_WORDS].tone).toBe('good');
});

test('a server without a trace that still lacks the fix is not shown as good', () => {
  expect(viewCase(noTraceStillOpen).verdicts.map((verdict) => verdict.tone)).toEqual(['warn']);
});

test('where nothing was read, that is said first', () => {
  expect(viewCase(nothingRead).nothingRead).toContain('not one record of a known format');
  expect(viewCase(backdoorPresent).nothingRead).toBe(undefined);
});

test('of many servers the worst stands first', () => {
  const titles = viewCase(fleet).verdicts.map((verdict) => verdict.tone);
  expect(titles.length).toBeGreaterThan(1);
  expect(titles[0]).toBe('bad');
});

test('what has to be done before a disk image can be read stands apart from the limits', () => {
  const says = 'case.vhdx: a VHDX image is not opened: mount it read-only';
  const view = viewCase({
    ...backdoorPresent,
    limits: [
      { id: 'advice/case.vhdx', says },
      { id: 'other', says: 'x' },
    ],
  });
  expect(view.advice).toEqual([says]);
  expect(view.limits).toEqual(['x']);
});

test('however large a case is, what is shown of it is bounded, and says how much more there is', () => {
  const { verdicts, findings, limits, claims, hosts } = backdoorPresent;
  const large: CaseFile = {
    ...backdoorPresent,
    verdicts: [...verdicts, ...many(verdicts, (verdict, at) => ({ ...verdict, host: `host-${at}` }))],
    hosts: [...hosts, ...many(hosts, (host, at) => ({ ...host, id: `host-${at}`, names: [`host-${at}`] }))],
    findings: many(findings, (finding, at) => ({ ...finding, id: `f-${at}` })),
    limits: many([...limits, { id: 'x', says: 'x' }], (limit) => limit),
    claims: claims.map((claim) => ({
      ...claim,
      rests: Array.from({ length: 3000 }, (_, at) => `f-${at}`),
      unseen: Array.from({ length: 3000 }, (_, at) => {
        return { mustSee: `${at}`, title: `${at}`, spans: [], reason: '', why: '', fetch: '' };
      }),
    })),
  };
  const view = viewCase(large);
  expect(JSON.stringify(view).length).toBeLessThan(500_000);
  expect(view.moreVerdicts).toBe('2,951 further verdicts in the case file');
  expect(view.limits.at(-1)).toMatch(/^and 2,9\d\d more$/);
  expect(view.verdicts[0]?.moreFindings).toBe('2,940 more findings in the case file');
});

/** Three thousand of the values, one after another, each changed. */
function many<T>(values: readonly T[], change: (value: T, at: number) => T): readonly T[] {
  return Array.from({ length: Math.ceil(3000 / values.length) }, () => values)
    .flat()
    .slice(0, 3000)
    .map(change);
}
