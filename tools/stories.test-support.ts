import { expect } from 'vitest';

import type { CaseFile } from '../core/src/model/case-file.ts';

/** What is true of every story, whatever was assessed. */
export function storiesHold(caseFile: CaseFile): void {
  const findings = new Map(caseFile.findings.map((finding) => [finding.id, finding]));
  const established = new Set(
    caseFile.claims.filter((c) => c.answer === 'established').map((c) => `${c.host} ${c.claim}`),
  );
  expect(new Set(caseFile.intrusions.map((story) => story.id)).size).toBe(caseFile.intrusions.length);
  for (const story of caseFile.intrusions) {
    expect(story.establishes.length).toBeGreaterThan(0);
    expect(story.says).not.toContain('undefined');
    const own = new Set(story.steps.map((step) => step.finding));
    for (const { claim, host, rests } of story.establishes) {
      expect(established.has(`${host} ${claim}`), `${story.id} ${claim}`).toBe(true);
      for (const id of rests) expect(own.has(id), `${story.id} ${claim} ${findings.get(id)?.rule}`).toBe(true);
    }
    for (const step of story.steps) expect(findings.get(step.finding)?.host).toBe(step.host);
    for (const link of story.links) for (const id of link.findings) expect(findings.has(id)).toBe(true);
    const times = story.steps.flatMap(({ at: time }) => (time === null ? [] : [Date.parse(time)]));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const undated = story.steps.findIndex((step) => step.at === null);
    if (undated >= 0) expect(story.steps.slice(undated).every((step) => step.at === null)).toBe(true);
  }
  const told = caseFile.intrusions.flatMap((story) => story.establishes);
  for (const { id, claim, host, answer } of caseFile.claims) {
    if (answer !== 'established' || !BREAK_IN.has(claim)) continue;
    expect(
      told.some((each) => each.claim === claim && each.host === host),
      `${id} has a story`,
    ).toBe(true);
  }
}

const BREAK_IN: ReadonlySet<string> = new Set(['exploited', 'data-accessed', 'implanted', 'operated', 'persisting']);
