/* oxlint-disable unicorn/consistent-function-scoping -- a maker of sightings stands beside the tests that it makes them for */
import { describe, expect, test } from 'vitest';

import type { BuildSighting } from '../model/coverage.ts';
import type { Finding } from '../model/finding.ts';
import type { CumulativeUpdate, Pack } from '../model/pack.ts';
import { weighBuilds } from './builds.ts';
import { exposureOf } from './exposure.ts';

const DAY = 24 * 3600 * 1e6;
const SSRF = 'CVE-2021-26855';
const UM = 'CVE-2021-26857';
const UPDATES: readonly CumulativeUpdate[] = [
  {
    product: 'Exchange2016',
    name: 'CU7',
    build: '15.1.1261.35',
    fixed: undefined,
    included: false,
    supportEnds: 1 * DAY,
  },
  { product: 'Exchange2016', name: 'CU18', build: '15.1.2106.2', fixed: '15.1.2106.13', included: false },
  { product: 'Exchange2016', name: 'CU19', build: '15.1.2176.2', fixed: '15.1.2176.9', included: false },
  { product: 'Exchange2016', name: 'CU20', build: '15.1.2242.4', fixed: undefined, included: true },
  { product: 'Exchange2019', name: 'CU8', build: '15.2.792.3', fixed: '15.2.792.10', included: false },
];
const PACK = {
  firstExploitation: 10 * DAY,
  updates: UPDATES,
  vulnerabilities: [
    { cve: SSRF, says: '', notIn: [] },
    { cve: UM, says: '', notIn: ['Exchange2019'] },
  ],
  rules: [
    { id: 'forged', rung: 3, weight: 'strong', stage: 'ssrf' },
    { id: 'backdoor', rung: 8, weight: 'strong', stage: 'web-shell' },
  ],
} as unknown as Pack;

type More = Partial<BuildSighting>;

function sighting(name: BuildSighting['name'], value: string, more: More): BuildSighting {
  const origin = { artifact: 0, offset: 0, length: 0 };
  return {
    host: 'ex01',
    name,
    value,
    rank: 6,
    level: 'su',
    from: name,
    since: undefined,
    until: undefined,
    origin,
    ...more,
  };
}

function build(value: string, more: More): BuildSighting {
  return sighting('build', value, { rank: 3, ...more });
}

/** Program files at collection: the setup program and the front end's library. */
function files(setup: string, library: string = setup): readonly BuildSighting[] {
  return [
    build(setup, { rank: 1, part: 'setup', from: 'version of exsetup.exe' }),
    build(library, { rank: 2, part: 'front-end', from: 'version of the proxy' }),
  ];
}

function at(day: number): More {
  return { since: day * DAY, until: day * DAY };
}

function watson(value: string, since: number, until: number = since): BuildSighting {
  return build(value, { since: since * DAY, until: until * DAY, part: 'front-end', from: 'Watson report' });
}

function setup(value: string, day: number): BuildSighting {
  return sighting('setup', value, { ...at(day), level: 'cu', from: 'ExchangeSetup.log' });
}

function forged(day: number, rule = 'forged'): Finding {
  return {
    id: rule,
    rule,
    host: 'ex01',
    count: 1,
    since: day * DAY,
    until: day * DAY,
    entities: [],
    sightings: [],
    times: [],
  };
}

interface Windows {
  /** From and to in days; `open` where nothing proves the end. */
  readonly windows: readonly (readonly [number | 'never', number | 'open'])[];
  readonly says: string;
  readonly doubt: string | undefined;
  readonly fixed: string | undefined;
  readonly closedAt: number | undefined;
}

function exposed(
  sightings: readonly BuildSighting[],
  { findings = [], cve = SSRF, logged }: { findings?: readonly Finding[]; cve?: string; logged?: number } = {},
): Windows {
  const firstLogged = logged === undefined ? undefined : logged * DAY;
  const asOf = 60 * DAY;
  const builds = weighBuilds(sightings, PACK, { asOf, ...(firstLogged === undefined ? {} : { firstLogged }) });
  const windows = exposureOf({ builds, findings, asOf, firstLogged }, PACK).filter((e) => e.vulnerability === cve);
  return {
    windows: windows.map(({ from, to }) => [
      from === undefined ? 'never' : from / DAY,
      to === undefined ? 'open' : to / DAY,
    ]),
    says: windows.map((e) => e.says).join(' | '),
    doubt: builds.disagreement,
    fixed: builds.fixed.get(cve),
    closedAt: builds.fixLoadedAt === undefined ? undefined : builds.fixLoadedAt / DAY,
  };
}

describe('the window opens', () => {
  test('with the first possible exploitation, where the server is older', () => {
    const { windows, says } = exposed([...files('15.1.2176.2'), setup('install 15.1.2176.2', 2)], { logged: 1 });
    expect(windows).toEqual([[10, 'open']]);
    expect(says).toContain('the first possible exploitation');
  });

  test('with the installation, where the log of setup shows it to be the first', () => {
    const installed = [...files('15.1.2176.2'), setup('install 15.1.2176.2', 20)];
    expect(exposed(installed, { logged: 20 }).windows).toEqual([[20, 'open']]);
    expect(exposed(installed, { logged: 20 }).says).toContain('when setup put 15.1.2176.2 there');
    // The same log, and a record of the product from before: an earlier installation was there.
    expect(exposed(installed, { logged: 15 }).windows).toEqual([[10, 'open']]);
    expect(exposed([...files('15.1.2176.2'), setup('upgrade 15.1.2176.2', 20)], { logged: 20 }).windows).toEqual([
      [10, 'open'],
    ]);
    expect(exposed([...files('15.1.2176.2'), setup('cut 15.1.2176.2', 20)], { logged: 20 }).windows).toEqual([
      [10, 'open'],
    ]);
  });

  test('never, where the server was installed with the fix or the product lacks the flaw', () => {
    const born = [...files('15.1.2242.4'), setup('install 15.1.2242.4', 20)];
    expect(exposed(born, { logged: 20 })).toMatchObject({ windows: [['never', 'open']], fixed: 'yes' });
    expect(exposed(files('15.2.792.3'), { cve: UM }).windows).toEqual([['never', 'open']]);
    expect(exposed(files('15.2.792.3'), { cve: SSRF }).windows).toEqual([[10, 'open']]);
  });

  test('widest where a folder names an older build, or the server acted on a forged request', () => {
    const born = [...files('15.1.2242.4'), setup('install 15.1.2242.4', 20)];
    const folder = build('15.1.2106', { rank: 8, level: 'cu', part: 'history', from: 'name of a folder' });
    expect(exposed([...born, folder], { logged: 20 }).windows[0]?.[0]).toBe(20);
    expect(exposed([...born, folder], { logged: 20 }).says).not.toContain('already held the fix');
    expect(exposed(born, { logged: 20, findings: [forged(30)] }).windows).toEqual([[20, 'open']]);
  });
});

describe('the window closes when the fix is proven loaded', () => {
  test('by a crash report of a web worker, and not by one of another program', () => {
    expect(exposed([...files('15.1.2176.9'), watson('15.1.2176.9', 30)])).toMatchObject({
      windows: [[10, 30]],
      closedAt: 30,
    });
    const other = build('15.1.2176.9', { ...at(30), part: 'other' });
    expect(exposed([...files('15.1.2176.9'), other])).toMatchObject({ windows: [[10, 'open']], closedAt: undefined });
  });

  test('by any log of a cumulative update that contains it, and not by the columns of one that does not', () => {
    const columns = (value: string) => build(value, { ...at(30), rank: 8, level: 'cu', from: 'columns' });
    expect(exposed([...files('15.1.2242.4'), columns('15.1.2242')]).windows).toEqual([[10, 30]]);
    expect(exposed([...files('15.1.2176.9'), columns('15.1.2176')]).windows).toEqual([[10, 'open']]);
  });

  test('not by mail transport, by an installer or by a list of programs, which are told as what they are', () => {
    const transport = build('15.1.2176.9', { ...at(29), part: 'transport', from: 'header of a message tracking log' });
    expect(exposed([...files('15.1.2176.9'), transport]).windows).toEqual([[10, 'open']]);
    const installer = sighting('update', 'installed KB5000871 15.1.2176.9', {
      ...at(30),
      from: 'MsiInstaller event 1022',
    });
    const { windows, says } = exposed([...files('15.1.2176.9'), installer]);
    expect(windows).toEqual([[10, 'open']]);
    expect(says).toContain('Told, and no proof: installed: KB5000871 15.1.2176.9 on 1970-01-31');
  });

  test('an open end names the moment of the evidence', () => {
    expect(exposed(files('15.1.2176.2')).says).toContain('still open as of 1970-03-02T00:00:00Z');
    expect(exposed([]).says).toContain('no artefact decides whether the fix is in');
  });
});

describe('what speaks against the fix is shown', () => {
  test('a forged request after the proof takes it back, until something later proves it', () => {
    const patched = [...files('15.1.2176.9'), watson('15.1.2176.9', 30, 50)];
    const { windows, says } = exposed(patched, { findings: [forged(40)] });
    expect(windows).toEqual([[10, 'open']]);
    expect(says).toContain('Contradiction: the server acted on a forged request on 1970-02-10');
    expect(exposed(patched, { findings: [forged(20)] })).toMatchObject({ windows: [[10, 30]] });
    expect(exposed(patched, { findings: [forged(20)] }).says).not.toContain('Contradiction');
    const library = build('15.1.2176.9', { ...at(45), part: 'application-logic', from: 'Watson report on a library' });
    expect(exposed([...patched, library], { findings: [forged(40)] }).windows).toEqual([[10, 45]]);
  });

  test('a forged request after the word of an installer, and not what is done through a backdoor', () => {
    const told = [
      ...files('15.1.2176.9'),
      sighting('update', 'installed KB5000871', { ...at(30), from: 'Windows Update event 19' }),
    ];
    expect(exposed(told, { findings: [forged(40)] }).says).toContain('the update was not in effect');
    expect(exposed(told, { findings: [forged(40, 'backdoor')] }).says).not.toContain('Contradiction');
    expect(exposed(told, { findings: [forged(20)] }).says).not.toContain('Contradiction');
  });

  test('program files that lack the fix deny every log', () => {
    const { windows, says, closedAt } = exposed([...files('15.1.2176.2'), watson('15.1.2176.9', 30)]);
    expect([windows, closedAt]).toEqual([[[10, 'open']], undefined]);
    expect(says).toContain('Contradiction: version of exsetup.exe is 15.1.2176.2');
  });

  test('an open build that ran after the proof takes it back', () => {
    expect(
      exposed([...files('15.1.2176.9'), watson('15.1.2176.9', 30), watson('15.1.2176.2', 20, 35)]).windows,
    ).toEqual([[10, 'open']]);
    expect(
      exposed([...files('15.1.2176.9'), watson('15.1.2176.9', 30), watson('15.1.2176.2', 20, 25)]).windows,
    ).toEqual([[10, 30]]);
  });
});

describe('a cumulative update takes the fix away', () => {
  const patched = [watson('15.1.2106.13', 30), setup('install 15.1.2106.2', 2)];

  test('a second window opens with the upgrade, and closes when the fix of that one is loaded', () => {
    expect(exposed([...patched, setup('upgrade 15.1.2176.2', 40), ...files('15.1.2176.2')]).windows).toEqual([
      [10, 30],
      [40, 'open'],
    ]);
    const again = [...patched, setup('upgrade 15.1.2176.2', 40), watson('15.1.2176.9', 45), ...files('15.1.2176.9')];
    expect(exposed(again)).toMatchObject({
      windows: [
        [10, 30],
        [40, 45],
      ],
      closedAt: 45,
    });
  });

  test('not one that contains the fix, nor a run that only prepared the directory', () => {
    expect(exposed([...patched, setup('upgrade 15.1.2242.4', 40), ...files('15.1.2242.4')]).windows).toEqual([
      [10, 30],
    ]);
    expect(exposed([...patched, setup('unstated 15.1.2176.2', 40), ...files('15.1.2106.13')]).windows).toEqual([
      [10, 30],
    ]);
  });

  test('an upgrade before the fix opens nothing new', () => {
    expect(
      exposed([setup('upgrade 15.1.2176.2', 20), watson('15.1.2176.9', 30), ...files('15.1.2176.9')]).windows,
    ).toEqual([[10, 30]]);
  });
});

describe('installed is not applied', () => {
  const fixed = files('15.1.2176.9');

  test('files of two builds are a half-applied update', () => {
    expect(exposed(files('15.1.2176.9', '15.1.2176.2'))).toMatchObject({ fixed: 'unknown', windows: [[10, 'open']] });
    expect(exposed(files('15.1.2176.9', '15.1.2176.2')).doubt).toContain('half-applied update');
    expect(exposed(fixed)).toMatchObject({ fixed: 'yes', doubt: undefined });
    // Later updates leave files alone that they do not change.
    expect(exposed(files('15.1.2176.14', '15.1.2176.9'))).toMatchObject({ fixed: 'yes', doubt: undefined });
  });

  test('the setup program alone proves nothing about the libraries', () => {
    expect(exposed(fixed.slice(0, 1))).toMatchObject({ fixed: 'unknown' });
    expect(exposed(fixed.slice(0, 1)).doubt).toContain('no library was handed over');
    expect(exposed(files('15.1.2242.4').slice(0, 1))).toMatchObject({ fixed: 'yes', doubt: undefined });
    expect(exposed(files('15.1.2176.2').slice(0, 1))).toMatchObject({ fixed: 'no', doubt: undefined });
  });

  test('a saved state of services is left by an update that stopped', () => {
    const left = sighting('update-stopped', 'ServiceState.xml', {});
    expect(exposed([...fixed, left])).toMatchObject({ fixed: 'unknown' });
    expect(exposed([...fixed, left]).doubt).toContain('stopped half-way');
    expect(exposed([...files('15.1.2176.2'), left])).toMatchObject({ fixed: 'no', doubt: undefined });
  });

  test('a run of setup that did not complete, unless a later one did', () => {
    const failed = sighting('update-stopped', 'setup', at(30));
    const done = sighting('update', 'installed setup', at(31));
    expect(exposed([...fixed, failed]).doubt).toContain('did not complete');
    expect(exposed([...fixed, failed, done]).doubt).toBeUndefined();
  });

  test('services that stayed disabled, and not those that were set back', () => {
    const off = sighting('start-type', 'disabled MSExchangeTransport', at(30));
    const on = sighting('start-type', 'enabled MSExchangeTransport', { since: 1, until: 30 * DAY + 1 });
    expect(exposed([...fixed, off]).doubt).toContain('MSExchangeTransport is still disabled since 1970-01-31');
    expect(exposed([...fixed, off, on]).doubt).toBeUndefined();
  });

  test('a restart that was due and did not come', () => {
    const due = sighting('restart-due', 'system', at(30));
    const frontEnd = sighting('restart', 'front-end', at(31));
    const system = sighting('restart', 'system', at(31));
    expect(exposed([...fixed, due, frontEnd])).toMatchObject({ fixed: 'unknown' });
    expect(exposed([...fixed, due, frontEnd]).doubt).toContain('a restart was due');
    expect(exposed([...fixed, due, system])).toMatchObject({ fixed: 'yes', doubt: undefined });
  });
});

describe('filters and support', () => {
  const filter = (state: string) => sighting('mitigation', `${state} ${SSRF}`, { from: 'rewrite rule' });

  test('a filter is told for the flaw it stands before, and ends no window', () => {
    const { windows, says, fixed } = exposed([...files('15.1.2176.2'), filter('present')]);
    expect([windows, fixed]).toEqual([[[10, 'open']], 'no']);
    expect(says).toContain('A filter is in front of it');
    expect(exposed([...files('15.1.2176.2'), filter('present')], { cve: UM }).says).not.toContain('filter');
  });

  test('one that only the history of the configuration shows was lost', () => {
    expect(exposed([...files('15.1.2176.2'), filter('earlier')]).says).toContain('is gone');
    expect(exposed([...files('15.1.2176.2'), filter('earlier'), filter('present')]).says).not.toContain('is gone');
    expect(exposed([...files('15.1.2176.2'), filter('off')]).says).toContain('switched off');
  });

  test('a version without updates says nothing of other flaws', () => {
    expect(exposed(files('15.1.1261.35')).says).toContain('Exchange2016 CU7 was out of support by 1970-01-02');
    expect(exposed(files('15.1.2176.2')).says).not.toContain('out of support');
  });
});

describe('without program files', () => {
  const columns = (value: string, day: number) => build(value, { ...at(day), rank: 8, level: 'cu', from: 'columns' });

  test('the build that ran last decides, as far as a cumulative update can, and only for as long as it was seen', () => {
    expect(exposed([columns('15.1.1261', 60)])).toMatchObject({ fixed: 'no' });
    expect(exposed([columns('15.1.1261', 30)])).toMatchObject({ fixed: 'unknown' });
    expect(exposed([columns('15.1.1261', 30), columns('15.1.2242', 60)])).toMatchObject({
      fixed: 'yes',
      windows: [[10, 60]],
    });
    expect(exposed([watson('15.1.2176.2', 20)])).toMatchObject({ fixed: 'unknown' });
  });

  test('transport that names the bare cumulative update does not deny the security update', () => {
    const transport = (value: string) => build(value, { ...at(60), part: 'transport' });
    expect(exposed([transport('15.1.2176.2')])).toMatchObject({ fixed: 'unknown' });
    expect(exposed([transport('15.1.1261.35')])).toMatchObject({ fixed: 'no' });
    expect(exposed([...files('15.1.2176.9'), transport('15.1.2176.2')]).says).not.toContain('Contradiction');
  });

  test('folders that upgrades left behind decide nothing', () => {
    const folder = build('15.1.1261', { rank: 8, level: 'cu', part: 'history' });
    expect(exposed([folder])).toMatchObject({ fixed: 'unknown' });
  });
});

test('a hundred thousand artefacts are weighed in time, in whatever order they come', () => {
  const many = Array.from({ length: 100_000 }, (_, i) =>
    watson(i % 2 === 0 ? '15.1.2176.9' : '15.1.2176.2', 20 + i / 10_000),
  );
  const before = performance.now();
  const { windows } = exposed([...many, ...files('15.1.2176.9')]);
  expect(windows).toEqual([[10, 'open']]);
  expect(exposed([...many, ...files('15.1.2176.9')].toReversed()).windows).toEqual(windows);
  expect(performance.now() - before).toBeLessThan(3_000);
});
