import { expect, test } from 'vitest';

import type { CaseFile } from '../model/case-file.ts';
import { reportMarkdown } from './report-markdown.ts';
import { noTrace } from './samples/cases.ts';
import { terminalSummary } from './terminal-summary.ts';

const says = '1 host was assessed. mail02.contoso.example is named by this evidence and was not handed in.';
const lacking: CaseFile = {
  ...noTrace,
  organisation: { headline: 'no-trace-within-coverage', says, missing: ['mail02.contoso.example'] },
};
const page = { width: 100, colour: false, unicode: true };

test('a server that was not handed in is named beside the answer for the one that was', () => {
  const text = terminalSummary(lacking, page);
  expect(text).toContain('A SERVER THAT WAS NOT HANDED IN');
  expect(text).toContain('mail02.contoso.example');
  expect(reportMarkdown(lacking)).toMatch(/\*\*Not all servers were handed in\.\*\* 1 host was assessed/);
  expect(terminalSummary(noTrace, page)).not.toContain('NOT HANDED IN');
  expect(reportMarkdown(noTrace)).not.toContain('Not all servers');
});

test('a hostile case names ten thousand of them, and cannot forge a line', () => {
  const names = Array.from({ length: 10_000 }, (_, i) => `x${i}\u001B[2J\n# CLEAN`);
  const hostile: CaseFile = {
    ...lacking,
    organisation: { ...lacking.organisation, says: names[0] ?? '', missing: names },
  };
  const text = terminalSummary(hostile, page);
  expect(text).not.toContain('\u001B');
  expect(text).not.toMatch(/^# CLEAN/m);
  expect(text.split('\n').length).toBeLessThan(400);
  expect(reportMarkdown(hostile)).not.toMatch(/^# CLEAN/m);
});
