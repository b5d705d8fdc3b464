import { describe, expect, test } from 'vitest';

import { indexCase } from './case-index.ts';
import { explainFinding, explainList } from './explanation.ts';
import { tellingSteps } from './intrusion-facts.ts';
import { explainIntrusion } from './intrusion-sections.ts';
import { reportMarkdown } from './report-markdown.ts';
import { backdoorPresent } from './samples/cases.ts';
import { hostileCase } from './samples/hostile-case.ts';
import { manyStories, twoStories } from './samples/stories.ts';
import { terminalSummary } from './terminal-summary.ts';

const PAGE = { width: 80, colour: false };
const NASTY = '\u001b[31m\u202e|`<script>x</script>\r\n# H';

describe('the stories of a case', () => {
  test('stand in the summary with the steps of what was a break-in, and an attempt in one sentence', async () => {
    const text = terminalSummary(twoStories, PAGE);
    const section = text.slice(
      text.indexOf('WHAT WAS DONE, STORY BY STORY'),
      text.indexOf('WHAT THIS ASSESSMENT CANNOT DO'),
    );
    await expect(section).toMatchFileSnapshot('samples/terminal/stories.txt');
    expect(section).not.toContain('Forged request of a public scanner');
  });

  test('stand in the report with the finding of every step', async () => {
    const text = reportMarkdown(twoStories);
    const section = text.slice(text.indexOf('## What was done'), text.indexOf('## Evidence'));
    await expect(section).toMatchFileSnapshot('samples/report/stories.md');
  });

  test('are told in full one by one', async () => {
    expect.assertions(4);
    for (const story of twoStories.intrusions.slice(0, 1)) {
      const text = explainIntrusion(twoStories, story, PAGE);
      await expect(text).toMatchFileSnapshot('samples/terminal/explain-story.txt');
      for (const { finding } of story.steps) expect(text).toContain(finding);
    }
  });

  test('are listed with their ids, and named by the findings that are their steps', () => {
    const list = explainList(twoStories, PAGE);
    for (const { id } of twoStories.intrusions) expect(list).toContain(id);
    expect.assertions(4);
    const [, step] = twoStories.intrusions[0]?.steps ?? [];
    for (const finding of twoStories.findings.filter(({ id }) => id === step?.finding)) {
      const text = explainFinding(twoStories, finding, { rule: undefined }, PAGE);
      expect(text).toContain('step of        i-6481656c9adca33f');
      expect(text).not.toContain('i-9d33356ad9301932');
    }
  });

  test('are not spoken of where there is none', () => {
    expect(terminalSummary(backdoorPresent, PAGE)).not.toContain('STORY');
    expect(reportMarkdown(backdoorPresent)).not.toContain('story');
  });

  test('are those of the servers the report is of', () => {
    expect(reportMarkdown(twoStories, { hosts: new Set(['h-elsewhere']) })).not.toContain('i-6481656c9adca33f');
  });

  test('of which there are too many are counted', () => {
    const text = terminalSummary(manyStories, PAGE);
    expect(text.split('\n').length).toBeLessThan(1_000);
    expect(text).toContain('94 more stories in the case file');
    const report = reportMarkdown(manyStories);
    expect(report.length).toBeLessThan(64_000);
    expect(report).toContain('95 more stories');
  });

  test('cannot take over the terminal or the ticket', () => {
    const hostile = hostileCase(NASTY, twoStories);
    const texts = [
      terminalSummary(hostile, PAGE),
      ...hostile.intrusions.map((story) => explainIntrusion(hostile, story, PAGE)),
    ];
    for (const text of texts) expect(text).not.toMatch(/[\u001b\u202e\r]/);
    expect(reportMarkdown(hostile)).not.toMatch(/[\u001b\u202e\r]/);
  });

  test('keep their loudest steps in their order where not all have room', () => {
    const index = indexCase(twoStories);
    const steps = manyStories.intrusions[0]?.steps ?? [];
    const kept = tellingSteps(steps, index, 12);
    expect(kept).toHaveLength(12);
    const places = kept.map((step) => steps.indexOf(step));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });
});
