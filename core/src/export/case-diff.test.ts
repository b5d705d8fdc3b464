import { describe, expect, test } from 'vitest';

import type { CaseArtifact, CaseClaim, CaseFile } from '../model/case-file.ts';
import { caseDiff } from './case-diff.ts';
import type { CaseDiff, ClaimDiff } from './case-diff.ts';
import { diffJson, diffText } from './diff-text.ts';
import { backdoorPresent, fleet, noTrace, ONE_OF_EACH, withinCoverage } from './samples/cases.ts';
import { hostileCase } from './samples/hostile-case.ts';

const OTHER = 'ee'.repeat(32);

test('a case and itself: no verdict changed, and nothing differs', () => {
  for (const each of [...Object.values(ONE_OF_EACH), fleet]) {
    const diff = caseDiff(each, each);
    expect(diff.isChanged).toBe(false);
    expect(diff.differs).toEqual({ evidence: false, packs: false, engine: false, options: false });
    expect(textOf(diff)).toMatch(/^No verdict changed\n/);
  }
});

describe('what the cases were made of', () => {
  test('files that only one case has, that changed, and that only lie elsewhere are told apart by content', () => {
    const [iis, proxy, ecp] = [artifactOf('a-iis'), artifactOf('a-proxy'), artifactOf('a-ecp')];
    const first = withArtifacts([hashed(iis, '11'), hashed(proxy, '22'), hashed(ecp, '33')]);
    const second = withArtifacts([
      hashed(iis, '11'),
      hashed(proxy, '44'),
      hashed({ ...ecp, id: 'a-moved', path: 'elsewhere/ecp.log' }, '33'),
      hashed({ ...ecp, id: 'a-new', path: 'new.log' }, '55'),
    ]);
    const { evidence, differs } = caseDiff(first, second);
    expect(differs).toEqual({ evidence: true, packs: false, engine: false, options: false });
    expect(evidence).toMatchObject({ isSame: false, same: 1, onlyFirst: { count: 0 } });
    expect(evidence.changed.shown.map((f) => f.path)).toEqual([proxy.path]);
    expect(evidence.moved.shown.map((f) => f.path)).toEqual([{ first: ecp.path, second: 'elsewhere/ecp.log' }]);
    expect(evidence.onlySecond.shown.map((f) => f.path)).toEqual(['new.log']);
  });

  test('two files with one path in two archives are two files', () => {
    const [a, b] = [hashed({ ...artifactOf('a-iis'), container: 'one.zip' }, '11'), artifactOf('a-iis')];
    const { evidence } = caseDiff(withArtifacts([a]), withArtifacts([hashed({ ...b, container: 'two.zip' }, '22')]));
    expect([evidence.onlyFirst.count, evidence.onlySecond.count, evidence.changed.count]).toEqual([1, 1, 0]);
  });

  test('the same bytes that an engine reads otherwise are no other evidence', () => {
    const more = { ...artifactOf('a-iis'), records: 184_212 };
    const diff = caseDiff(withArtifacts([artifactOf('a-iis')]), withArtifacts([more]));
    expect(diff.differs.evidence).toBe(false);
    expect(diff.evidence.readOtherwise.shown).toMatchObject([{ records: { first: 184_211, second: 184_212 } }]);
    expect(textOf(diff)).toContain('184,211 records and no gaps, then 184,212 and 0');
  });

  test('a file that could be opened once and once could not is no longer the same', () => {
    const diff = caseDiff(
      withArtifacts([artifactOf('a-iis')]),
      withArtifacts([{ ...artifactOf('a-iis'), sha256: null, format: null }]),
    );
    expect(diff.evidence.changed.count).toBe(1);
    expect(textOf(diff)).toContain('then not to be opened');
  });

  test('days that a source lost are told, shorter silences than it may have are not', () => {
    const days = caseDiff(noTrace, cut('2021-02-01T00:00:00.000Z', '2021-02-04T00:00:00.000Z')).evidence.coverage;
    expect(days.shown).toMatchObject([
      {
        kind: 'http-proxy',
        lost: [{ from: '2021-02-01T00:00:00.000Z', to: '2021-02-04T00:00:00.000Z' }],
        gained: [],
        records: { first: 402_114, second: 402_105 },
      },
    ]);
    const hours = caseDiff(noTrace, cut('2021-02-01T00:00:00.000Z', '2021-02-01T05:00:00.000Z')).evidence.coverage;
    expect(hours.shown).toMatchObject([{ kind: 'http-proxy', lost: [] }]);
  });

  test('a tree that was listed completely and now is only in part', () => {
    const partial: CaseFile = {
      ...noTrace,
      coverage: noTrace.coverage.map((c) =>
        c.kind === 'web-root' && c.extent !== null ? { ...c, extent: { ...c.extent, how: 'partial' } } : c,
      ),
    };
    expect(textOf(caseDiff(noTrace, partial))).toContain(
      'Web root inetpub\\wwwroot: was listed completely, is listed in part',
    );
  });

  test('another pack is told with its digest, and with the rules that met something in one case only', () => {
    const [pack] = backdoorPresent.packs;
    const newer: CaseFile = {
      ...backdoorPresent,
      packs: [{ id: pack?.id ?? '', version: '1.1.0', digest: OTHER }],
      findings: backdoorPresent.findings.filter((f) => f.rule !== 'shell-hunter'),
    };
    const { packs, differs } = caseDiff(backdoorPresent, newer);
    expect(differs.packs).toBe(true);
    expect(packs.shown).toMatchObject([
      {
        version: { first: '1.0.0', second: '1.1.0' },
        digest: { second: OTHER },
        rulesOnlyFirst: { shown: ['shell-hunter'] },
        rulesOnlySecond: { count: 0 },
      },
    ]);
  });

  test('an option that only one case was made with', () => {
    const { options, differs } = caseDiff(noTrace, { ...noTrace, options: {} });
    expect(differs.options).toBe(true);
    expect(options.shown).toEqual([{ name: 'asOf', value: { first: '2021-03-09T10:12:30.000Z', second: null } }]);
  });
});

describe('why an answer changed', () => {
  test('the finding that came, the file it lies in, and that the other case does not have it', () => {
    const second: CaseFile = { ...backdoorPresent };
    const first: CaseFile = {
      ...withClaims(backdoorPresent, { operated: { answer: 'undetermined', rests: [] } }),
      findings: backdoorPresent.findings.filter((f) => f.rule !== 'shell-requested'),
      artifacts: backdoorPresent.artifacts.filter((a) => a.id !== 'a-iis'),
    };
    const operated = claimOf(caseDiff(first, second), 'operated');
    expect(operated.answer).toEqual({ first: 'undetermined', second: 'established' });
    expect(operated.causes.shown).toMatchObject([
      {
        is: 'finding',
        decides: true,
        in: 'second',
        rule: 'shell-requested',
        count: { first: 0, second: 14 },
        places: {
          count: 1,
          shown: [{ path: 'C/inetpub/logs/LogFiles/W3SVC1/u_ex210303.log', offset: 4_711, inOther: 'absent' }],
        },
      },
    ]);
    expect(textOf(caseDiff(first, second))).toContain(
      'Only the second case has The web shell answered a POST from outside (f-b7710c55f0e1, rule shell-requested), seen 14 times',
    );
    expect(textOf(caseDiff(first, second))).toContain('the first case does not have this file');
  });

  test('a finding that is gone from the very same bytes, which another engine read', () => {
    const second = {
      ...withClaims(backdoorPresent, { operated: { answer: 'undetermined', rests: [] } }),
      findings: backdoorPresent.findings.filter((f) => f.rule !== 'shell-requested'),
      engine: { version: '0.2.0' },
    };
    const text = textOf(caseDiff(backdoorPresent, second));
    expect(text).toContain('the second case has this file too, with the same bytes');
    expect(text).toContain('Only the version of Afterpatch differs, so that is why.');
    expect(text).toContain('0.1.0, then 0.2.0');
  });

  test('a must-see that is missing now, its days, and how to get it', () => {
    const diff = caseDiff(noTrace, { ...withinCoverage, findings: [] });
    const targeted = claimOf(diff, 'targeted');
    expect(targeted.causes.shown[0]).toMatchObject({
      is: 'must-see',
      decides: true,
      unseen: 'second',
      title: 'Requests with a forged backend cookie',
      missing: { first: [], second: [{ from: '2021-01-01T00:00:00.000Z', to: '2021-02-07T09:00:00.000Z' }] },
      coverage: [{ kind: 'http-proxy', lost: [{ from: '2021-01-01T00:00:00.000Z', to: '2021-02-07T09:00:00.000Z' }] }],
    });
    expect(textOf(diff)).toContain(
      'Missing in the second case, seen in the first: Requests with a forged backend cookie, 2021-01-01 to 2021-02-07',
    );
    expect(textOf(caseDiff({ ...withinCoverage, findings: [] }, noTrace))).toContain(
      'Missing in the first case, seen in the second: Requests with a forged backend cookie',
    );
  });

  test('a must-see missing in both, on other days, decides nothing', () => {
    const later = withClaims(withinCoverage, {
      exploited: {
        answer: 'ruled-out',
        unseen: [
          {
            ...unseenOf(withinCoverage),
            spans: [{ from: '2021-01-05T00:00:00.000Z', to: '2021-01-06T00:00:00.000Z' }],
          },
        ],
      },
    });
    expect(claimOf(caseDiff(withinCoverage, later), 'exploited').causes.shown).toMatchObject([
      { is: 'must-see', unseen: 'both', decides: false },
    ]);
  });

  test('a sign that forbids a no, though it proves nothing', () => {
    const sign = backdoorPresent.findings.find((f) => f.rule === 'foreign-aspx-in-web-root')!;
    const second = {
      ...withClaims(noTrace, { implanted: { answer: 'undetermined', rests: [sign.id] } }),
      findings: [sign],
    };
    expect(claimOf(caseDiff(noTrace, second), 'implanted').causes.shown).toMatchObject([
      { is: 'finding', in: 'second', decides: true, rule: 'foreign-aspx-in-web-root' },
    ]);
  });

  test('another claim that is established now and speaks for it', () => {
    const second = withClaims(noTrace, {
      exploited: { answer: 'undetermined' },
      operated: { answer: 'established', rests: [] },
    });
    expect(claimOf(caseDiff(noTrace, second), 'exploited').causes.shown).toMatchObject([
      { is: 'claim', claim: 'operated', establishedIn: 'second', decides: true },
    ]);
  });

  test('a time in question that has no end any more', () => {
    const claims = noTrace.claims.map((c) => ({ ...c, window: { from: c.window.from, to: null } }));
    const open = withClaims({ ...noTrace, claims, options: {} }, { targeted: { answer: 'undetermined' } });
    const diff = caseDiff(noTrace, open);
    expect(claimOf(diff, 'targeted').causes.shown).toMatchObject([{ is: 'window', decides: true }]);
    expect(textOf(diff)).toContain('Only the options differ, so that is why.');
  });

  test('another build, and whether the fix is in', () => {
    const second: CaseFile = {
      ...withClaims(noTrace, { vulnerable: { answer: 'established' } }),
      hosts: noTrace.hosts.map((h) => ({
        ...h,
        build: '15.1.2106.1',
        fixed: { 'CVE-2021-26855': 'unknown' } as const,
      })),
    };
    expect(claimOf(caseDiff(noTrace, second), 'vulnerable').causes.shown).toMatchObject([
      { is: 'build', decides: true, build: { first: '15.1.2106.2', second: '15.1.2106.1' } },
    ]);
    expect(textOf(caseDiff(noTrace, second))).toContain(
      'Whether the fix is in: for CVE-2021-26855 it was no, is not known',
    );
  });

  test('a question that does not arise is never said to have been seen', () => {
    const first = withClaims(noTrace, { exploited: { answer: 'not-applicable', seen: [], unseen: [] } });
    const text = textOf(caseDiff(first, { ...withinCoverage, findings: [] }));
    expect(text).toContain('The question arises in the second case only');
    const causes = claimOf(caseDiff(first, { ...withinCoverage, findings: [] }), 'exploited').causes.shown;
    expect(causes).toMatchObject([
      { is: 'arises', arisesIn: 'second', decides: true },
      { is: 'must-see', unseen: 'second', isNew: true, decides: true },
    ]);
    const only = withClaims(withinCoverage, { targeted: { answer: 'ruled-out', unseen: [] } });
    const alone = withClaims(only, { 'data-accessed': { answer: 'ruled-out', unseen: [] } });
    const before = withClaims(alone, { exploited: { answer: 'not-applicable', seen: [], unseen: [] } });
    expect(textOf(caseDiff(before, alone))).toContain(
      'Missing in the second case; in the first case the question does not arise: Requests with a forged backend cookie',
    );
  });

  test('answers that differ although nothing does: a case was altered, and nothing is made up', () => {
    const altered = withClaims(noTrace, { targeted: { answer: 'undetermined' } });
    const text = textOf(caseDiff(noTrace, altered));
    expect(text).toContain('one of these cases was altered');
    expect(text).toContain('nothing that the two cases hold shows why');
  });

  test('more than one difference: no single one is called the reason', () => {
    const second = { ...withinCoverage, findings: [], engine: { version: '0.2.0' }, artifacts: [] };
    const text = textOf(caseDiff(noTrace, second));
    expect(text).toContain('More than one of them differs (evidence, engine)');
    expect(text).not.toContain('so that is why');
  });
});

describe('several servers', () => {
  test('changed headlines come first, the worst of them at the top', () => {
    const calm = { ...fleet, verdicts: fleet.verdicts.map((v) => ({ ...v, headline: 'no-trace' as const })) };
    const { servers } = caseDiff(calm, fleet);
    expect(servers.shown.map((s) => s.name)).toEqual(['MAIL01', 'MAIL02', 'EDGE01', 'MAIL03', 'MAIL04']);
  });

  test('servers that only one case has are named, and are no changed verdict', () => {
    const fewer = { ...fleet, verdicts: fleet.verdicts.filter((v) => v.host !== 'h-MAIL02') };
    const diff = caseDiff(fewer, fleet);
    expect(diff).toMatchObject({
      isChanged: false,
      onlyFirst: { count: 0 },
      onlySecond: { shown: [{ name: 'MAIL02' }] },
    });
    expect(textOf(diff)).toMatch(/^No verdict changed on 4 servers that both cases have/);
    expect(textOf(diff)).toContain('ONLY THE SECOND CASE HAS');
  });

  test('a server that is named and was not handed in changes the verdict on all, though on no single one', () => {
    const organisation = {
      headline: 'no-trace-within-coverage' as const,
      says: 'MAIL09 was not handed in',
      missing: ['MAIL09'],
    };
    const diff = caseDiff(noTrace, { ...noTrace, organisation });
    expect(diff).toMatchObject({ isChanged: true, changed: { headlines: 0, answers: 0 } });
    expect(textOf(diff)).toMatch(/^The verdict on all servers together changed; that on no single server did/);
    expect(textOf(diff)).toContain('Only the second case names as not handed in: MAIL09.');
  });

  test('one machine under another id is known by its name; two that share a name are not mistaken for each other', () => {
    const renamed = JSON.parse(
      JSON.stringify(backdoorPresent).replaceAll('h-mail01', 'mail01.contoso.example'),
    ) as CaseFile;
    const diff = caseDiff(backdoorPresent, renamed);
    expect(diff).toMatchObject({ isChanged: false, servers: { count: 1 }, onlyFirst: { count: 0 } });
    const host = nth(renamed.hosts, 0);
    const twice: CaseFile = { ...renamed, hosts: [host, { ...host, id: 'another' }] };
    expect(caseDiff(backdoorPresent, twice)).toMatchObject({
      servers: { count: 0 },
      onlyFirst: { count: 1 },
      onlySecond: { count: 1 },
    });
  });

  test('findings of a renamed machine are the same findings', () => {
    const text = JSON.stringify(backdoorPresent).replaceAll('h-mail01', 'other-id').replaceAll('"f-', '"g-');
    const renamed = withClaims(JSON.parse(text) as CaseFile, { operated: { answer: 'undetermined' } });
    expect(claimOf(caseDiff(backdoorPresent, renamed), 'operated').causes.shown).toEqual([]);
  });

  test('cases without a common server are not called unchanged', () => {
    const other = JSON.parse(
      JSON.stringify(noTrace)
        .replaceAll('h-mail01', 'h-x')
        .replaceAll(/mail01/gi, 'X'),
    ) as CaseFile;
    const diff = caseDiff(noTrace, other);
    expect(diff.isChanged).toBe(false);
    expect(textOf(diff)).toMatch(/^No server is in both cases/);
  });
});

describe('cases that come from anyone', () => {
  const texts: readonly (readonly [string, string])[] = [
    ['controls', '\u001b[2J\u202e'],
    ['names of the language', '__proto__'],
    ['words without end', 'x'.repeat(3_000)],
    ['line breaks', 'a b\n\tc'],
    ['nothing', ''],
  ];

  test.each(texts)('%s in every text reach neither a terminal nor a script, in either order', (_, text) => {
    for (const [a, b] of [
      [hostileCase(text), backdoorPresent],
      [noTrace, hostileCase(text)],
      [hostileCase(text), hostileCase(`${text}!`)],
    ] as const) {
      const diff = caseDiff(a, b);
      for (const width of [40, 80, 200]) {
        const page = diffText(diff, { width, colour: false, names: { first: text, second: text } });
        expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
        for (const line of page.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
      }
      expect(diffJson(diff)).toMatch(/^[\x20-\x7e]+\n$/);
      expect(JSON.parse(diffJson(diff))).toMatchObject({ schema: 'afterpatch.diff/1' });
    }
  });

  test('tens of thousands of files, servers and spans are compared in linear time and told in bounded space', () => {
    const [first, second] = [many(0), many(10_000)];
    const started = performance.now();
    const diff = caseDiff(first, second);
    expect(diff.evidence).toMatchObject({ same: 30_000, onlyFirst: { count: 10_000 }, onlySecond: { count: 10_000 } });
    expect(diff.evidence.onlyFirst.shown.length).toBe(1_000);
    expect(diff.changed.headlines).toBe(19_000);
    expect(textOf(diff).length).toBeLessThan(60_000);
    expect(performance.now() - started).toBeLessThan(8_000);
  });
});

test('the comparison for a person looks so', async () => {
  const first = { ...noTrace, artifacts: noTrace.artifacts.filter((a) => a.id !== 'a-shell') };
  const names = { first: 'monday.json', second: 'friday.json' };
  const text = diffText(caseDiff(first, backdoorPresent), { width: 100, colour: false, names });
  await expect(text).toMatchFileSnapshot('samples/terminal/diff-backdoor.txt');
});

function textOf(diff: CaseDiff): string {
  return diffText(diff, { width: 1_000, colour: false, names: { first: 'monday.json', second: 'friday.json' } });
}

function claimOf(diff: CaseDiff, name: string): ClaimDiff {
  const claim = diff.servers.shown.flatMap((s) => s.claims).find((c) => c.claim === name);
  if (claim === undefined) throw new Error(`the answer to ${name} did not change`);
  return claim;
}

function artifactOf(id: string): CaseArtifact {
  return backdoorPresent.artifacts.find((a) => a.id === id)!;
}

function hashed(artifact: CaseArtifact, byte: string): CaseArtifact {
  return { ...artifact, sha256: byte.repeat(32) };
}

function withArtifacts(artifacts: readonly CaseArtifact[]): CaseFile {
  return { ...noTrace, artifacts };
}

function withClaims(of: CaseFile, changes: Readonly<Record<string, Partial<CaseClaim>>>): CaseFile {
  return { ...of, claims: of.claims.map((claim) => ({ ...claim, ...changes[claim.claim] })) };
}

function unseenOf(of: CaseFile): CaseClaim['unseen'][number] {
  return nth(
    of.claims.flatMap((c) => c.unseen),
    0,
  );
}

/** The same, with a hole in its proxy logs. */
function cut(from: string, to: string): CaseFile {
  return {
    ...noTrace,
    coverage: noTrace.coverage.map((source) => {
      const [span] = source.spans;
      if (source.kind !== 'http-proxy' || span === undefined) return source;
      const spans = [
        { from: span.from, to: from },
        { from: to, to: span.to },
      ];
      return { ...source, spans, records: source.records - 9 };
    }),
  };
}

/** A case of many files, servers and spans, a part of which another one has. */
function many(offset: number): CaseFile {
  return {
    ...backdoorPresent,
    artifacts: Array.from({ length: 40_000 }, (_, at) => ({
      ...artifactOf('a-iis'),
      id: `a-${at + offset}`,
      path: `logs/${at + offset}.log`,
      sha256: String(at + offset).padStart(64, '0'),
    })),
    hosts: Array.from({ length: 20_000 }, (_, at) => ({
      ...nth(backdoorPresent.hosts, 0),
      id: `h-${at}`,
      names: ['SAME', `H${at}`],
    })),
    verdicts: Array.from({ length: 20_000 }, (_, at) => ({
      ...nth(backdoorPresent.verdicts, 0),
      host: `h-${at + offset / 10}`,
      headline: offset === 0 ? ('no-trace' as const) : ('compromised' as const),
    })),
    coverage: backdoorPresent.coverage.map((c) => ({
      ...c,
      spans: Array.from({ length: 10_000 }, (_, at) => ({
        from: new Date(at * 36_000_000 + offset).toISOString(),
        to: new Date(at * 36_000_000 + 18_000_000).toISOString(),
      })),
    })),
  };
}

function nth<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) throw new Error(`the sample has no value ${index}`);
  return value;
}
