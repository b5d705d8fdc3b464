import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { CaseFile } from '../model/case-file.ts';
import { explainClaim, explainFinding, explainList } from './explanation.ts';
import {
  backdoorPresent,
  fleet,
  noTrace,
  noTraceStillOpen,
  nothingRead,
  ONE_OF_EACH,
  targetedNotSuccessful,
  withinCoverage,
} from './samples/cases.ts';
import { terminalSummary } from './terminal-summary.ts';
import { textWidth } from './text-width.ts';

const GREEN = '\u001b[1;32m';
const RED = '\u001b[1;31m';

describe('the summary as a person sees it', () => {
  test.each(Object.entries(ONE_OF_EACH))('of a case that is %s, at 80 columns', async (headline, sample) => {
    const text = terminalSummary(sample, { width: 80, colour: false });
    await expect(text).toMatchFileSnapshot(`samples/terminal/${headline}.txt`);
  });

  test('of a fleet, at 120 columns', async () => {
    const text = terminalSummary(fleet, { width: 120, colour: false, caseName: 'fleet.json' });
    await expect(text).toMatchFileSnapshot('samples/terminal/fleet-120.txt');
  });

  test('on a terminal with colours', async () => {
    const text = terminalSummary(backdoorPresent, { width: 100, colour: true });
    await expect(text.replaceAll('\u001b', '^[')).toMatchFileSnapshot('samples/terminal/colours-100.txt');
  });

  test('on a terminal that has ASCII only', async () => {
    const text = terminalSummary(withinCoverage, { width: 80, colour: false, unicode: false });
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    await expect(text).toMatchFileSnapshot('samples/terminal/ascii-80.txt');
  });
});

test('only a server of which all was seen and that holds the fix is green', () => {
  const green = Object.entries(ONE_OF_EACH).filter(([, sample]) => greenOf(sample));
  expect(green.map(([headline]) => headline)).toEqual(['no-trace', 'not-vulnerable']);
  expect(greenOf(noTrace)).toBe(true);
  expect(greenOf(noTraceStillOpen)).toBe(false);
  expect(terminalSummary(noTraceStillOpen, { width: 80, colour: false })).toContain('STILL OPEN TO IT');
});

test('a server that was scanned and nothing more is not called compromised', () => {
  const text = terminalSummary(targetedNotSuccessful, { width: 80, colour: true });
  expect(text).not.toContain(`${RED}COMPROMISED`);
  expect(text).toContain('ATTACKED, WITHOUT SUCCESS');
});

test('evidence in which nothing was read says so before anything else', () => {
  const text = terminalSummary(nothingRead, { width: 80, colour: false });
  expect(text.startsWith('NOTHING WAS READ\n')).toBe(true);
  expect(text).toContain('This is not an all-clear.');
});

test('what could not be seen comes with its days, its reason, why it matters and where to get it', () => {
  const text = terminalSummary(withinCoverage, { width: 200, colour: false });
  expect(text).toContain('Requests with a forged backend cookie: missing for 37 days, 2021-01-01 to 2021-02-07');
  expect(text).toMatch(/why it matters The attack itself shows only in these logs/);
  expect(text).toMatch(/how to get it +C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Logging\\HttpProxy/);
  expect(text).toMatch(/leaves open +targeted, exploited, data-accessed/);
});

test('every proven sentence is followed by the place that shows it first', () => {
  const text = terminalSummary(backdoorPresent, { width: 200, colour: false });
  expect(text).toMatch(/operated +Commands were run through the web shell/);
  expect(text).toContain('ECPServer20210303-1.LOG, byte 7040');
  expect(text).toContain('2021-03-03T04:14:57Z in\n');
});

test('of many servers the worst come first, and only a few in detail', () => {
  const text = terminalSummary(fleet, { width: 120, colour: false });
  const order = [...text.matchAll(/^ {2}(MAIL0\d|EDGE01) +exchange/gm)].map((m) => m[1]);
  expect(order).toEqual(['MAIL01', 'MAIL02', 'EDGE01', 'MAIL04', 'MAIL03']);
  expect(text).toContain('2 further verdicts are in the table above only');
});

test('findings that no answer rests on are set apart', () => {
  const text = terminalSummary(backdoorPresent, { width: 120, colour: false });
  const others = text.slice(text.indexOf('OTHER FINDINGS'), text.indexOf('WHAT TO DO NEXT'));
  expect(others).toContain('f-55c0ffee1234');
  expect(others).not.toContain('f-b7710c55f0e1');
});

describe('a case made to deceive', () => {
  const evil = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      '\u001b[2J\u001b[H',
      '\r\nNO TRACE',
      '\u202egnp.exe',
      '\u009b2K',
      'x'.repeat(500),
      'a b '.repeat(50),
      '管'.repeat(80),
      '\u001b]8;;http://x\u0007',
      '\\u{1b}',
      '',
    ),
  );
  const width = fc.integer({ min: 40, max: 130 });

  test('cannot send a control to the terminal, forge a colour, or leave its column', () => {
    fc.assert(
      fc.property(fc.array(evil, { minLength: 1, maxLength: 6 }), width, fc.boolean(), (texts, cells, colour) => {
        const hostile = withTexts(fleet, texts);
        for (const shown of allViews(hostile, { width: cells, colour })) {
          const plain = shown.replaceAll(/\u001b\[(?:0|1|2|1;31|1;32|1;33)m/g, '');
          if (!colour) expect(plain).toBe(shown);
          expect(plain).not.toMatch(
            /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/,
          );
          for (const line of plain.split('\n')) expect(textWidth(line), line).toBeLessThanOrEqual(cells);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('may name findings, artifacts and hosts that it does not hold', () => {
    const dangling: CaseFile = {
      ...backdoorPresent,
      artifacts: [],
      findings: backdoorPresent.findings.slice(2),
      hosts: [],
      coverage: [],
    };
    const text = terminalSummary(dangling, { width: 100, colour: false });
    expect(text).toContain('artifact a-iis (not in this case)');
    for (const shown of allViews(dangling, { width: 80, colour: false })) expect(shown.length).toBeGreaterThan(0);
  });

  test('may hold a million spans', () => {
    const spans = Array.from({ length: 200_000 }, () => ({
      from: '2021-01-01T00:00:00.000Z',
      to: '2021-01-02T00:00:00.000Z',
    }));
    const large: CaseFile = {
      ...withinCoverage,
      coverage: withinCoverage.coverage.map((c) => ({ ...c, spans })),
      claims: withinCoverage.claims.map((c) => ({
        ...c,
        seen: [{ mustSee: 'm', by: 'iis', spans }],
        unseen: c.unseen.map((u) => ({ ...u, spans })),
      })),
    };
    expect(terminalSummary(large, { width: 80, colour: false })).toContain('1 of 67 days seen');
  });
});

function* allViews(sample: CaseFile, options: { width: number; colour: boolean }): Iterable<string> {
  yield terminalSummary(sample, options);
  yield explainList(sample, options);
  for (const claim of sample.claims.slice(0, 9)) yield explainClaim(sample, claim, options);
  for (const finding of sample.findings.slice(0, 3)) {
    const fresh = new Map(
      finding.sightings.map((s) => [
        s,
        {
          is: 'different',
          bytes: new TextEncoder().encode(s.excerpt),
          sha256: s.sha256,
          excerpt: `${s.excerpt}\u001b[1m`,
          fields: { 'a\u001b': s.excerpt },
        } as const,
      ]),
    );
    yield explainFinding(sample, finding, { rule: undefined, caution: sample.limits[0]?.says ?? '', fresh }, options);
  }
}

/** The same case with every free text replaced; ids stay consistent, because equal texts stay equal. */
function withTexts(sample: CaseFile, texts: readonly string[]): CaseFile {
  const fixed = /^(schema|claim|answer|headline|worst|level|stage|reason|how|from|to|at|since|until|asOf|sha256)$/;
  let turn = 0;
  const known = new Map<string, string>();
  const swap = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') {
      if (fixed.test(key)) return value;
      if (!known.has(value)) known.set(value, texts[turn++ % texts.length] + (key === 'id' ? String(turn) : ''));
      return known.get(value);
    }
    if (Array.isArray(value)) return value.map((member) => swap(member, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, swap(member, name)]));
  };
  return swap(sample, '') as CaseFile;
}

function greenOf(sample: CaseFile): boolean {
  return terminalSummary(sample, { width: 80, colour: true }).includes(GREEN);
}
