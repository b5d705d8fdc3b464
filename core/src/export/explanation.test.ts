import { describe, expect, test } from 'vitest';

import type { CaseFile, CaseHost } from '../model/case-file.ts';
import type { RuleMeta } from '../model/check.ts';
import { indexCase } from './case-index.ts';
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
  expect(text).toContain('Which of them prove it, and how they are joined, stands in the pack, which is not at hand.');
  expect(text).toContain('f-b7710c55f0e1');
  expect(text).toContain('u_ex210303.log, byte 4711, 163 bytes long');
  await expect(text).toMatchFileSnapshot('samples/terminal/explain-operated.txt');
});

test('a claim that is ruled out names what was seen for it, and how fragile that is', () => {
  const text = explainClaim(noTrace, claimOf(noTrace, 'exploited'), PAGE);
  expect(text).toContain('all 2 things that had to be seen were seen');
  expect(text).toContain('would take this answer back');
  expect(text).toContain('HttpProxy logs, Ecp folder: 2021-01-01 to 2021-03-09, 402,114 records');
  expect(text.replaceAll(/\s+/g, ' ')).toContain(
    'A silence is noticed only where it is longer than its source is ever quiet (IIS logs, front end: 60 minutes; HttpProxy logs, Ecp folder: 6 hours). Single lines that somebody took out are not missed.',
  );
});

test('a claim that is not known says which source is missing, for which days, and where to get it', async () => {
  const text = explainClaim(withinCoverage, claimOf(withinCoverage, 'targeted'), PAGE);
  expect(text).toContain('Not established: no finding proves it.');
  expect(text).toContain('1 of 1 things that must be seen before anyone may say no was not seen');
  expect(text).toContain('Requests with a forged backend');
  await expect(text).toMatchFileSnapshot('samples/terminal/explain-targeted.txt');
});

describe('the reasons for "not known"', () => {
  const open = { ...claimOf(withinCoverage, 'targeted'), unseen: [] };
  const view = { index: indexCase(withinCoverage), pack: undefined };

  test('name the source that is missing, with its days', () => {
    expect(reasoningOf(claimOf(withinCoverage, 'targeted'), view).join('\n')).toContain(
      'Requests with a forged backend cookie (2021-01-01 to 2021-02-07)',
    );
  });

  test('name the signs that forbid a no, and do not call them proof', () => {
    const sign = at(withinCoverage.findings, 0);
    const text = reasoningOf({ ...open, rests: [sign.id] }, view).join('\n');
    expect(text).toContain(`1 sign forbids a no: ${sign.title} (${sign.id})`);
    expect(text).toContain('That does not prove it');
    const page = explainClaim(withinCoverage, { ...open, rests: [sign.id] }, PAGE);
    expect(page).toContain('WHAT SPEAKS FOR IT');
    expect(page).not.toContain('THE PROOF');
  });

  test('name the claim that is established and speaks for it', () => {
    const index = indexCase(backdoorPresent);
    const read = { ...claimOf(backdoorPresent, 'data-accessed'), unseen: [] };
    expect(reasoningOf(read, { index, pack: undefined })[1]).toContain('what is established speaks for it: operated');
  });

  test('tell a time without an end, and that one look proves no repair', () => {
    expect(reasoningOf({ ...open, window: { from: open.window.from, to: null } }, view)[1]).toContain('--as-of');
    expect(reasoningOf({ ...open, claim: 'remediated' }, view)[1]).toContain('comparison of two states');
  });

  test('admit that the case names no reason, rather than to make one up', () => {
    expect(reasoningOf(open, view)[1]).toContain('the case names nothing that speaks for it');
  });

  test('of something that is there in evidence without a date: that there is no now', () => {
    const persisting = { ...claimOf(backdoorPresent, 'persisting'), answer: 'undetermined', unseen: [] } as const;
    const timeless = { ...persisting, window: { from: persisting.window.from, to: null } };
    const reasons = reasoningOf(timeless, { index: indexCase(backdoorPresent), pack: undefined });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toContain('a claim about now needs a now');
  });
});

describe('the time in question', () => {
  const SU = {
    value: '15.1.2106.13',
    level: 'su',
    rank: 1,
    from: 'version of ExSetup.exe',
    artifact: 'a-iis',
  } as const;
  const fixed = '2021-03-04T10:00:00.000Z';
  const claim = { ...claimOf(noTrace, 'exploited'), window: { from: '2021-01-01T00:00:00.000Z', to: fixed } };

  test('ends where an artefact shows the fix, and names it', () => {
    const builds = [{ ...SU, since: fixed, until: '2021-03-09T10:12:30.000Z' }];
    const exposure = [
      {
        vulnerability: 'CVE-2021-26855',
        from: '2021-01-01T00:00:00.000Z',
        to: fixed,
        says: 'no build held the fix before',
      },
    ];
    const text = flat(explainClaim(withHost({ builds, exposure }), claim, PAGE));
    expect(text).toContain(
      'It ends 2021-03-04T10:00:00Z: from then on the fix for CVE-2021-26855 is proven loaded; build 15.1.2106.13 is seen from then on, by version of ExSetup.exe in C/inetpub/logs/LogFiles/W3SVC1/u_ex210303.log.',
    );
    expect(text).toContain(
      'The server was open to CVE-2021-26855 from 2021-01-01T00:00:00Z until 2021-03-04T10:00:00Z',
    );
  });

  test('that ends early for no reason that the case holds is told so', () => {
    expect(flat(explainClaim(noTrace, claim, PAGE))).toContain('Which record proves it, the case does not say.');
  });

  test('tells what was still seen after its end', () => {
    const seen = {
      ...at(backdoorPresent.findings, 0),
      since: '2021-03-05T00:00:00.000Z',
      until: '2021-03-05T00:00:00.000Z',
    };
    const text = flat(explainClaim({ ...noTrace, findings: [seen] }, { ...claim, rests: [seen.id] }, PAGE));
    expect(text).toContain(`After that was still seen: ${seen.title} (${seen.id}), last 2021-03-05T00:00:00Z.`);
  });

  test('artefacts that state different builds are all told, and nothing is averaged', () => {
    const builds = [
      { ...SU, since: fixed, until: fixed },
      { ...SU, value: '15.1.2106.2', level: 'cu', since: null, until: null } as const,
      { ...SU, value: '15.1.2106', level: 'cu', since: null, until: null } as const,
    ];
    const text = flat(explainClaim(withHost({ builds }), claim, PAGE));
    expect(text).toContain('Build 15.1.2106.13, by version of ExSetup.exe');
    expect(text).toContain('names the cumulative update only, without a date');
    expect(text).toContain('Builds that differ: 15.1.2106.13, 15.1.2106.2.');
  });
});

test('holes are told with the reason that the case gives, and whether another source speaks meanwhile', () => {
  const [from, to] = ['2021-02-01T00:00:00.000Z', '2021-02-03T00:00:00.000Z'];
  const coverage = noTrace.coverage.map((source) =>
    source.kind === 'http-proxy' ? { ...source, holes: [{ from, to, reason: 'the log was cleared' }] } : source,
  );
  const claim = claimOf(noTrace, 'exploited');
  const both = {
    mustSee: 'forged-requests',
    by: 'iis',
    spans: [{ from: claim.window.from, to: claim.window.to ?? '' }],
  };
  expect(flat(explainClaim({ ...noTrace, coverage }, claim, PAGE))).toContain(
    'HttpProxy logs, Ecp folder, 2021-02-01T00:00Z to 2021-02-03T00:00Z: the log was cleared',
  );
  expect(flat(explainClaim({ ...noTrace, coverage }, { ...claim, seen: [...claim.seen, both] }, PAGE))).toContain(
    'the log was cleared: another source speaks meanwhile',
  );
});

test('a claim that names hundreds of thousands of findings is told in bounded time', () => {
  const rests = Array.from({ length: 200_000 }, (_, id) => `f-${id}`);
  const started = performance.now();
  const text = explainClaim(backdoorPresent, { ...claimOf(backdoorPresent, 'operated'), rests }, PAGE);
  expect(text).toContain('finding f-0 is not in this case');
  expect(text.length).toBeLessThan(20_000);
  expect(performance.now() - started).toBeLessThan(3_000);
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

function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function withHost(host: Partial<CaseHost>): CaseFile {
  return { ...noTrace, hosts: noTrace.hosts.map((each) => ({ ...each, ...host })) };
}
