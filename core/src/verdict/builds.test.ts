import { describe, expect, test } from 'vitest';

import type { BuildSighting } from '../model/coverage.ts';
import type { CumulativeUpdate, Pack } from '../model/pack.ts';
import { weighBuilds } from './builds.ts';
import { isFixed } from './builds-fix.ts';

const UPDATES: readonly CumulativeUpdate[] = [
  { product: 'Exchange2016', name: 'CU7', build: '15.1.1261.35', fixed: undefined, included: false },
  { product: 'Exchange2016', name: 'CU18', build: '15.1.2106.2', fixed: '15.1.2106.13', included: false },
  { product: 'Exchange2016', name: 'CU19', build: '15.1.2176.2', fixed: '15.1.2176.9', included: false },
  { product: 'Exchange2016', name: 'CU20', build: '15.1.2242.4', fixed: undefined, included: true },
  { product: 'Exchange2019', name: 'CU8', build: '15.2.792.3', fixed: '15.2.792.10', included: false },
];
const PACK = {
  updates: UPDATES,
  vulnerabilities: [
    { cve: 'CVE-2021-26855', says: '', notIn: [] },
    { cve: 'CVE-2021-26857', says: '', notIn: ['Exchange2019'] },
  ],
} as unknown as Pack;

function sighting(value: string, rank: number, level: 'su' | 'cu', more: Partial<BuildSighting> = {}): BuildSighting {
  return {
    host: 'ex01',
    value,
    rank,
    level,
    from: `artefact of rank ${rank}`,
    name: 'build',
    since: undefined,
    until: undefined,
    origin: { artifact: 0, offset: 0, length: 0 },
    ...more,
  };
}

describe('a build is compared inside its cumulative update', () => {
  test.each([
    ['15.1.2106.13', 'yes'],
    ['15.1.2176.2', 'no'],
    ['15.01.2176.009', 'yes'],
    ['15.1.1261.35', 'no'],
    ['15.1.2242.4', 'yes'],
    ['15.1.2507.6', 'yes'],
    ['15.1.2200.1', 'unknown'],
    ['15.2.792.10', 'yes'],
    ['14.3.513.0', 'unknown'],
    ['rubbish', 'unknown'],
  ])('%s is fixed: %s', (build, answer) => expect(isFixed(build, 'su', UPDATES)).toBe(answer));

  test('the cumulative update alone decides only where it contains the fix or never got one', () => {
    expect(isFixed('15.1.2176', 'cu', UPDATES)).toBe('unknown');
    expect(isFixed('15.1.2242', 'cu', UPDATES)).toBe('yes');
    expect(isFixed('15.1.1261', 'cu', UPDATES)).toBe('no');
  });
});

describe('the builds of one host', () => {
  test('two program files that disagree are a half-applied update, and nothing is decided', () => {
    const verdict = weighBuilds([sighting('15.1.2176.9', 1, 'su'), sighting('15.1.2176.2', 2, 'su')], PACK);
    expect(verdict.fixed.get('CVE-2021-26855')).toBe('unknown');
    expect(verdict.disagreement).toContain('half-applied update');
  });

  test('a flaw that a product never had is fixed there', () => {
    const { fixed } = weighBuilds([sighting('15.2.792.3', 1, 'su')], PACK);
    expect(Object.fromEntries(fixed)).toEqual({ 'CVE-2021-26855': 'no', 'CVE-2021-26857': 'yes' });
  });

  test('a log column never proves a security update', () => {
    const verdict = weighBuilds([sighting('15.1.2176', 8, 'cu', { since: 5, until: 9 })], PACK);
    expect(verdict.fixed.get('CVE-2021-26855')).toBe('unknown');
    expect(verdict.fixLoadedAt).toBeUndefined();
  });

  test('the fix was loaded from the first dated build that holds it, if no later one lacks it', () => {
    const fixed = sighting('15.1.2242', 8, 'cu', { since: 100, until: 200 });
    expect(weighBuilds([fixed], PACK).fixLoadedAt).toBe(100);
    expect(
      weighBuilds([fixed, sighting('15.1.1261', 8, 'cu', { since: 50, until: 150 })], PACK).fixLoadedAt,
    ).toBeUndefined();
  });

  test('never vulnerable needs the first installation, and every other build, to hold the fix', () => {
    const version = sighting('unstated 15.1.2242.4', 6, 'cu', { name: 'setup', since: 1, until: 1 });
    const mode = sighting('install 15.1.2242.4', 6, 'cu', { name: 'setup', since: 2, until: 2 });
    expect(weighBuilds([version, mode], PACK).neverVulnerable).toBe(true);
    const upgrade = sighting('upgrade 15.1.2242.4', 6, 'cu', { name: 'setup', since: 2, until: 2 });
    expect(weighBuilds([version, upgrade], PACK).neverVulnerable).toBe(false);
    expect(weighBuilds([sighting('15.1.2242.4', 1, 'su')], PACK).neverVulnerable).toBe(false);
    expect(weighBuilds([version, mode, sighting('15.1.2176', 8, 'cu')], PACK).neverVulnerable).toBe(false);
    const earlier = sighting('unstated 15.1.2106.2', 6, 'cu', { name: 'setup', since: 0, until: 0 });
    expect(weighBuilds([earlier, version, mode], PACK).neverVulnerable).toBe(false);
  });
});
