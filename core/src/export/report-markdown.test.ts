import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { CaseFile } from '../model/case-file.ts';
import { readCase } from './foreign-case.ts';
import { caseText } from './canonical-json.ts';
import { reportJson } from './report-json.ts';
import { reportMarkdown } from './report-markdown.ts';
import { backdoorPresent, fleet, nothingRead, ONE_OF_EACH, withinCoverage } from './samples/cases.ts';
import { hostileCase } from './samples/hostile-case.ts';

const NASTY = [
  'a|b `x` <script>alert(1)</script> [l](javascript:1) @root #12 https://evil.example **b** \\| \\` \n# H\n| a | b |\n\u202e\u200b',
  '```\n',
  '|',
  '\\',
  '\\|',
  '`',
  '(`|`)',
  '1. x',
  '- - -',
  '> q',
  '<!--',
  "'''",
  '|'.repeat(3000),
  '`'.repeat(3000),
  'x '.repeat(3000),
];

describe('the Markdown of a case, as it is pasted into a ticket', () => {
  test.each(Object.entries(ONE_OF_EACH))('that is %s', async (headline, sample) => {
    await expect(reportMarkdown(sample)).toMatchFileSnapshot(`samples/report/${headline}.md`);
  });

  test('of a fleet', async () => {
    await expect(reportMarkdown(fleet)).toMatchFileSnapshot('samples/report/fleet.md');
  });

  test('begins with the server and the answer', () => {
    expect(reportMarkdown(backdoorPresent)).toMatch(/^# `MAIL01`: COMPROMISED, AND A WAY BACK IN IS STILL THERE\n/);
  });

  test('says first of all that nothing was read, if that is so', () => {
    expect(reportMarkdown(nothingRead).split('\n').slice(0, 4).join('\n')).toContain('**Nothing was read.**');
  });

  test('says of everything that was not seen why it matters, how to get it and what it leaves open', () => {
    const text = reportMarkdown(withinCoverage);
    for (const claim of withinCoverage.claims) {
      for (const unseen of claim.unseen) {
        const at = text.indexOf('### What could not be seen');
        expect(at).toBeGreaterThan(0);
        expect(text.slice(at)).toContain(claim.claim);
        expect(text.slice(at)).toContain(unseen.title.split(' ')[0]);
      }
    }
    expect(text).toMatch(/ {2}- how to get it: /);
    expect(text).toMatch(/missing for 37 days, 2021-01-01 to 2021-02-07/);
  });

  test('names version, packs and their digests, the case, and the hash of each file that it shows', () => {
    const text = reportMarkdown(backdoorPresent);
    const { engine, packs, evidence, artifacts } = backdoorPresent;
    for (const word of [engine.version, evidence.id, ...packs.flatMap((p) => [p.id, p.version, p.digest])])
      expect(text).toContain(`\`${word}\``);
    for (const { sha256 } of artifacts) if (sha256 !== null) expect(text).toContain(`\`${sha256}\``);
  });

  test('is of one server, if one is asked for', () => {
    const [first, second] = fleet.hosts;
    const text = reportMarkdown(fleet, { hosts: new Set([first?.id ?? '']) });
    expect(text).toContain(first?.names[0]);
    expect(text).not.toContain(second?.names[0]);
  });

  test('counts what it leaves out', () => {
    const many: CaseFile = {
      ...backdoorPresent,
      findings: copies(backdoorPresent.findings.slice(0, 1), 200),
      artifacts: copies(backdoorPresent.artifacts.slice(0, 1), 300),
    };
    const text = reportMarkdown(many);
    expect(text).toContain('*170 more findings in the case file: 170 critical.*');
    expect(text).toContain('*280 more files in the case file.*');
  });
});

test('the Markdown names what a collector could not copy, and what other tools said, apart from the answers', () => {
  const text = reportMarkdown(hostileCase('x'));
  expect(text).toContain('**2 files could not be copied by it**');
  const [before = '', after = ''] = text.split('## What other tools said before');
  expect(before).toContain('### Answers');
  expect(after).toContain('Shown for comparison; no answer above rests on it.');
});

describe('a case of hostile names', () => {
  test.each(NASTY.map((nasty) => [nasty.slice(0, 20), nasty]))(
    'keeps every row and heading where they are: %j',
    (_, nasty) => {
      const hostile = hostileCase(nasty);
      expect(readCase(new TextEncoder().encode(caseText(hostile))).is).toBe('case');
      expect(shapeOf(reportMarkdown(hostile))).toEqual(shapeOf(reportMarkdown(hostileCase('x'))));
    },
  );

  test('has nothing outside of code spans but words', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const lines = reportMarkdown(hostileCase(`${text} <b> @x https://y |`)).split('\n');
        for (const line of lines) expect(line.replaceAll(/`[^`]*`/g, '')).not.toMatch(/[<>@\\[\]]|:\/\//);
      }),
      { numRuns: 60 },
    );
  });

  test('stays small enough for a ticket', () => {
    const endless = 'C:\\a|b` '.repeat(2000);
    const large: CaseFile = hostileCase(endless, {
      ...backdoorPresent,
      claims: copies(backdoorPresent.claims.slice(0, 1), 300),
      verdicts: backdoorPresent.verdicts
        .slice(0, 1)
        .flatMap((verdict) => Array.from({ length: 500 }, (_, at) => ({ ...verdict, campaign: `c-${at}` }))),
      limits: Array.from({ length: 500 }, (_, at) => ({ id: `l-${at}`, says: endless })),
    });
    const text = reportMarkdown(large);
    expect(text.length).toBeLessThan(65_536);
    expect(text.split('\n').every((line) => line.length < 6000)).toBe(true);
    expect(text).toMatch(/A ticket holds no more: \d+ servers not shown here in full/);
  });
});

function copies<T extends { readonly id: string }>(values: readonly T[], count: number): readonly T[] {
  return values.flatMap((value) => Array.from({ length: count }, (_, at) => ({ ...value, id: `${value.id}-${at}` })));
}

test('a case of a hundred thousand findings and verdicts takes no longer than it must', () => {
  const large: CaseFile = {
    ...backdoorPresent,
    findings: copies(backdoorPresent.findings.slice(0, 1), 100_000),
    claims: copies(backdoorPresent.claims.slice(0, 1), 50_000),
    verdicts: backdoorPresent.verdicts
      .slice(0, 1)
      .flatMap((verdict) =>
        Array.from({ length: 20_000 }, (_, at) => ({ ...verdict, campaign: `${verdict.campaign}${at % 5000}` })),
      ),
  };
  const before = performance.now();
  expect(reportMarkdown(large).length).toBeLessThan(65_536);
  expect(reportJson(large).length).toBeGreaterThan(1000);
  expect(performance.now() - before).toBeLessThan(20_000);
}, 60_000);

/** Which kind of line follows which, with the cells of each row. */
function shapeOf(markdown: string): readonly string[] {
  return markdown.split('\n').map((line) => {
    if (line.startsWith('|')) return `row ${line.split('|').length}`;
    return /^(?:#+|-|\d+\.| {2}-|\*)/.exec(line)?.[0] ?? (line === '' ? '' : 'text');
  });
}
