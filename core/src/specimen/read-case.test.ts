import { describe, expect, test } from 'vitest';

import { CaseError } from './case-node.ts';
import { readCase } from './read-case.ts';

const CASE = `case: small
says: A scan, and its twin without the log of the back end.
server:
  patched: never
acts:
  - { act: public-scanner, at: 2021-03-06T10:36:41Z, from: 198.51.100.23 }
expect:
  headline: targeted-not-successful
  claims: { targeted: established }
twin:
  differs: The log of the back end is missing.
  take:
    - { source: iis-back, from: 2021-03-01, to: 2021-03-08 }
  expect:
    headline: targeted-outcome-unknown
`;

/** The message of the error that a changed case gives. */
function refused(change: (text: string) => string): string {
  try {
    readCase(change(CASE), 'small.yaml');
  } catch (error) {
    if (error instanceof CaseError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('a case', () => {
  test('gives one trial for itself and one for its twin, which differ only in what the twin names', () => {
    const { name, trials } = readCase(CASE, 'small.yaml');
    const [first, twin] = trials;
    expect(name).toBe('small');
    expect(trials.map((t) => t.name)).toEqual(['small', 'small-twin']);
    expect(first.expect).toEqual({ headline: 'targeted-not-successful', claims: { targeted: 'established' } });
    expect(twin?.scenario).toEqual({
      ...first.scenario,
      take: [{ source: 'iis-back', from: Date.UTC(2021, 2, 1) * 1000, to: Date.UTC(2021, 2, 8) * 1000 }],
    });
    expect(first.scenario.server.builds.map((b) => b.build)).toEqual(['15.1.2176.2']);
    expect(first.scenario.busy).toEqual(['2021-03-06']);
  });

  test('gives one trial for each thing that is taken away', () => {
    const text = `${CASE.slice(0, CASE.indexOf('twin:'))}each-taken:
  expect: { headline: targeted-outcome-unknown }
  of:
    - { without: the back end, take: [{ source: iis-back }] }
    - { without: the web root, take: [{ source: web-root }], expect: { headline: targeted-not-successful } }
`;
    const { trials } = readCase(text, 'small.yaml');
    expect(trials.map((t) => [t.name, t.expect.headline])).toEqual([
      ['small', 'targeted-not-successful'],
      ['small-without-the-back-end', 'targeted-outcome-unknown'],
      ['small-without-the-web-root', 'targeted-not-successful'],
    ]);
  });

  test('takes the builds of the product, and the day of the update from the case', () => {
    const text = CASE.replace('patched: never', "product: '2019'\n  patched: 2021-03-04T10:00:00Z");
    expect(readCase(text, 'small.yaml').trials[0].scenario.server.builds).toEqual([
      { from: Date.UTC(2020, 11, 21, 18, 40, 13) * 1000, build: '15.2.792.3', by: 'install' },
      { from: Date.UTC(2021, 2, 4, 10) * 1000, build: '15.2.792.10', by: 'update' },
    ]);
  });
});

describe('a case that cannot be read is refused with code, file, line and what would be right', () => {
  test.each<[string, (text: string) => string, string]>([
    ['no YAML', (t) => t.replace('acts:', 'acts: ]'), 'small.yaml:5: C001 not YAML'],
    ['no mapping', () => '- 1', 'small.yaml:1: C004 the file is not a mapping of keys to values'],
    ['a key is missing', (t) => t.replace(/^says:.*$/m, ''), 'small.yaml:1: C002 says is missing'],
    ['no twin', (t) => t.slice(0, t.indexOf('twin:')), 'small.yaml:1: C002 the case has neither a twin nor each-taken'],
    [
      'an unknown key',
      (t) => t.replace('patched:', 'pached:'),
      'small.yaml:4: C003 unknown key "pached", known here: balancers, builds, collected',
    ],
    [
      'an unknown key of an act',
      (t) => t.replace('from: 198', 'form: 198'),
      'small.yaml:6: C003 unknown key "form", known here: act, at, count, from, session',
    ],
    [
      'a time without zone',
      (t) => t.replace('41Z', '41'),
      'small.yaml:6: C004 at is "2021-03-06T10:36:41", expected a day, or a time in ISO 8601 with Z',
    ],
    [
      'an impossible day',
      (t) => t.replace('2021-03-08', '2021-02-30'),
      'small.yaml:13: C004 to is "2021-02-30", expected a day, or a time in ISO 8601 with Z',
    ],
    [
      'an unknown act',
      (t) => t.replace('public-scanner', 'scan'),
      'small.yaml:6: C005 act is "scan", expected one of ssrf-autodiscover, ',
    ],
    [
      'an unknown headline',
      (t) => t.replace('targeted-outcome-unknown', 'green'),
      'small.yaml:15: C005 headline is "green", expected one of compromised-backdoor-present, ',
    ],
    ['an unknown claim', (t) => t.replace('{ targeted:', '{ hacked:'), 'small.yaml:9: C003 unknown key "hacked"'],
    [
      'a twin with the same verdict',
      (t) => t.replace('targeted-outcome-unknown', 'targeted-not-successful'),
      'small.yaml:11: C006 the twin expects what the case expects',
    ],
    ['an empty stretch', (t) => t.replace('2021-03-08', '2021-03-01'), 'small.yaml:13: C006 from is not before to'],
    [
      'a folder of a source that has none',
      (t) => t.replace('source: iis-back', 'source: iis-back, folder: Owa'),
      'small.yaml:13: C006 only http-proxy has a folder for each protocol',
    ],
    [
      'a twin without an act that is not there',
      (t) => t.replace('  take:', '  without: [ews-read]\n  take:'),
      'small.yaml:12: C006 without names "ews-read", which is no act of the case',
    ],
    [
      'two ways to name the builds',
      (t) => t.replace('  patched: never', '  patched: never\n  builds: []'),
      'small.yaml:4: C006 builds and patched both say which builds ran',
    ],
    [
      'logs that begin after collection',
      (t) => t.replace('  patched: never', '  logs-from: 2021-04-01'),
      'small.yaml:4: C006 the evidence was collected before the logs begin',
    ],
  ])('%s', (_, change, message) => {
    expect(refused(change).slice(0, message.length)).toBe(message);
  });
});
