import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { reportJson, reportOf } from './report-json.ts';
import { backdoorPresent, fleet, ONE_OF_EACH } from './samples/cases.ts';
import { hostileCase } from './samples/hostile-case.ts';

describe('afterpatch.report/1', () => {
  test.each(Object.entries(ONE_OF_EACH))(
    'says the headline and every answer of a case that is %s',
    (headline, sample) => {
      const report = reportOf(sample);
      expect(report.schema).toBe('afterpatch.report/1');
      expect(report.headline).toBe(headline);
      expect(
        report.servers.flatMap((server) => server.answers.map((a) => `${a.question} ${a.answer}`)).toSorted(),
      ).toEqual(sample.claims.map((claim) => `${claim.claim} ${claim.answer}`).toSorted());
    },
  );

  test('has the worst server first, and only the servers that are asked for', () => {
    expect(reportOf(fleet).headline).toBe(fleet.headline.worst);
    const last = reportOf(fleet).servers.at(-1);
    const one = reportOf(fleet, { hosts: new Set([last?.id ?? '']) });
    expect(one.servers.map((server) => server.id)).toEqual([last?.id]);
    expect(one.headline).toBe(last?.headline);
    expect(reportOf(fleet, { hosts: new Set() })).toMatchObject({ headline: null, servers: [] });
  });

  test('leads from an answer to the bytes that show it first', () => {
    const operated = reportOf(backdoorPresent).servers[0]?.answers.find((a) => a.question === 'operated');
    expect(operated?.first).toEqual({
      at: '2021-03-03T04:14:57.100Z',
      path: 'C/Program Files/Microsoft/Exchange Server/V15/Logging/ECP/Server/ECPServer20210303-1.LOG',
      container: null,
      offset: 7040,
      length: 455,
    });
  });

  test('is one line of ASCII that says the same as the case, whatever the evidence holds', () => {
    const text = 'ä\u202e\u009b31m\u001b[2J\u2028😀"\\';
    const json = reportJson(hostileCase(text));
    expect(json).toMatch(/^[\x20-\x7e]*\n$/);
    expect((JSON.parse(json) as { servers: { says: string }[] }).servers[0]?.says).toBe(text);
  });

  test('every key has its row in docs/report.md', () => {
    const page = readFileSync(new URL('../../../docs/report.md', import.meta.url), 'utf8');
    for (const key of keysOf(reportOf(backdoorPresent))) expect(page, key).toContain(`\`${key}\``);
  });
});

function keysOf(value: unknown): ReadonlySet<string> {
  const keys = new Set<string>();
  const visit = (each: unknown, open: boolean): void => {
    if (Array.isArray(each)) for (const member of each) visit(member, open);
    else if (typeof each === 'object' && each !== null) {
      for (const [key, member] of Object.entries(each)) {
        if (!open) keys.add(key);
        // Their keys are words of the case, not of the report.
        visit(member, ['fixed', 'byLevel', 'gaps', 'options'].includes(key));
      }
    }
  };
  visit(value, false);
  return keys;
}
