import { describe, expect, test } from 'vitest';

import { assess } from '../core/src/engine/assess.ts';
import type { AssessRequest } from '../core/src/engine/assess.ts';
import type { CaseFile, CaseIntrusion } from '../core/src/model/case-file.ts';
import type { Act } from '../core/src/specimen/act.ts';
import { DEFAULT_SERVER } from '../core/src/specimen/default-server.ts';
import { demoScenario } from '../core/src/specimen/demo.ts';
import type { Scenario, Server } from '../core/src/specimen/scenario.ts';
import { specimen } from '../core/src/specimen/specimen.ts';
import { nodeHost } from '../node/src/node-host.ts';
import { evidenceOf, PACK } from './evidence.test-support.ts';
import { storiesHold } from './stories.test-support.ts';

describe('one server, several intruders', () => {
  test('two attackers with sessions and pages of their own are two stories', async () => {
    const { intrusions } = await assessed([
      ...chain({
        at: '2021-03-03T04:11:00Z',
        from: '203.0.113.45',
        session: 'first',
        page: '/aspnet_client/Kq7TzB3n.aspx',
      }),
      ...use({ at: '2021-03-03T04:13:02Z', from: '203.0.113.45', page: '/aspnet_client/Kq7TzB3n.aspx' }),
      ...chain({
        at: '2021-03-04T21:40:00Z',
        from: '198.51.100.9',
        session: 'second',
        page: '/owa/auth/OutlookEN.aspx',
        tool: 'double',
      }),
      ...use({ at: '2021-03-04T21:52:30Z', from: '198.51.100.9', page: '/owa/auth/OutlookEN.aspx' }),
    ]);
    const [first, second, ...more] = intrusions;
    expect(more).toEqual([]);
    expect(linked(first, 'address')).toEqual(['203.0.113.45']);
    expect(linked(second, 'address')).toEqual(['198.51.100.9']);
    expect(linked(first, 'path')).toEqual(['/aspnet_client/kq7tzb3n.aspx']);
    expect(linked(second, 'path')).toEqual(['/owa/auth/outlooken.aspx']);
    for (const story of [first, second])
      expect(claimsOf(story)).toEqual(expect.arrayContaining(['exploited', 'implanted', 'operated']));
    expect(first?.until?.slice(0, 10)).toBe('2021-03-03');
    expect(second?.since?.slice(0, 10)).toBe('2021-03-04');
    expect(first?.fits.some((says) => says.includes('a]@server:444/'))).toBe(true);
    expect(second?.fits.some((says) => says.includes('akak]@server:444/'))).toBe(true);
    expect(second?.fitsNot.some((says) => says.includes('a]@server:444/'))).toBe(true);
    expect(second?.fits).toContain('A page has a name that is nearly the one of a page Exchange ships');
  });

  test('hits of one rule that keeps no address are given to the intruder who was at work then', async () => {
    const { intrusions, findings } = await assessed([
      ...chain({
        at: '2021-03-03T04:11:00Z',
        from: '203.0.113.45',
        session: 'first',
        page: '/aspnet_client/Kq7TzB3n.aspx',
      }),
      ...use({ at: '2021-03-03T04:12:00Z', from: '203.0.113.45', page: '/aspnet_client/Kq7TzB3n.aspx' }),
      ...chain({
        at: '2021-03-04T21:40:00Z',
        from: '198.51.100.9',
        session: 'second',
        page: '/aspnet_client/Zx81mQ0p.aspx',
      }),
      ...use({ at: '2021-03-04T21:42:00Z', from: '198.51.100.9', page: '/aspnet_client/Zx81mQ0p.aspx' }),
    ]);
    const event = findings.find((finding) => finding.rule === 'vdir-script-event');
    expect(event?.count).toBe(2);
    const days = intrusions.map((story) =>
      story.steps.filter((s) => s.finding === event?.id).map((s) => s.at?.slice(0, 10)),
    );
    expect(days).toEqual([['2021-03-03'], ['2021-03-04']]);
  });

  test('a later visitor of a page is in the story of the page, and a visitor with an attack of their own has both', async () => {
    const page = '/aspnet_client/Kq7TzB3n.aspx';
    const { intrusions } = await assessed([
      ...chain({ at: '2021-03-03T04:11:00Z', from: '203.0.113.45', session: 'first', page }),
      ...use({ at: '2021-03-03T04:13:02Z', from: '203.0.113.45', page }),
      ...chain({
        at: '2021-03-04T21:40:00Z',
        from: '198.51.100.9',
        session: 'second',
        page: '/aspnet_client/Zx81mQ0p.aspx',
      }),
      ...use({ at: '2021-03-04T21:42:00Z', from: '198.51.100.9', page: '/aspnet_client/Zx81mQ0p.aspx' }),
      ...use({ at: '2021-03-04T21:50:00Z', from: '198.51.100.9', page }),
      ...use({ at: '2021-03-05T09:00:00Z', from: '192.0.2.200', page }),
    ]);
    expect(intrusions).toHaveLength(2);
    const [first, second] = intrusions;
    expect(linked(first, 'path')).toEqual([page.toLowerCase()]);
    expect(linked(second, 'visited-path')).toEqual([page.toLowerCase()]);
    expect(linked(second, 'address')).toEqual(['198.51.100.9']);
    expect(linked(second, 'path')).toEqual(['/aspnet_client/zx81mq0p.aspx']);
    expect(second?.steps.some((step) => step.says.includes('a page of another story'))).toBe(true);
  });

  test('a page tried out minutes after the reset from another address belongs to the one who reset', async () => {
    const page = '/aspnet_client/Kq7TzB3n.aspx';
    const { intrusions } = await assessed([
      ...chain({ at: '2021-03-03T04:11:00Z', from: '203.0.113.45', session: 'first', page }),
      ...use({ at: '2021-03-03T04:13:02Z', from: '203.0.113.46', page }),
    ]);
    expect(intrusions).toHaveLength(1);
    expect(linked(intrusions[0], 'address').toSorted()).toEqual(['203.0.113.45', '203.0.113.46']);
  });

  test('a page tried out hours later from another address is told apart, and nothing is said of who wrote it', async () => {
    const page = '/aspnet_client/Kq7TzB3n.aspx';
    const { intrusions } = await assessed([
      ...chain({ at: '2021-03-03T04:11:00Z', from: '203.0.113.45', session: 'first', page }),
      ...use({ at: '2021-03-03T19:13:02Z', from: '203.0.113.46', page }),
    ]);
    expect(intrusions.map((story) => linked(story, 'address'))).toEqual([['203.0.113.45'], ['203.0.113.46']]);
  });
});

describe('one intruder, many addresses', () => {
  const acts = chain({
    at: '2021-03-03T04:11:00Z',
    from: '203.0.113.45',
    session: 'one',
    page: '/aspnet_client/Kq7TzB3n.aspx',
  });

  test('a session links the addresses it was used from', async () => {
    const { intrusions } = await assessed(
      acts.map((act, i) => (i < 4 ? act : { ...act, from: `203.0.113.${45 + i}` })),
    );
    const [story, ...more] = intrusions;
    expect(more).toEqual([]);
    expect(linked(story, 'canary')).toHaveLength(1);
    expect(linked(story, 'session')).toHaveLength(1);
    expect(linked(story, 'address').toSorted()).toEqual(['203.0.113.45', '203.0.113.49', '203.0.113.50']);
    expect(claimsOf(story)).toEqual(expect.arrayContaining(['exploited', 'implanted', 'persisting']));
  });

  test('steps that no session holds are told apart where every one has another address', async () => {
    const { intrusions } = await assessed(acts.map((act, i) => ({ ...act, from: `203.0.113.${45 + i}` })));
    const [story, ...more] = intrusions.filter((each) => claimsOf(each).includes('implanted'));
    expect(more).toEqual([]);
    expect(linked(story, 'address').toSorted()).toEqual(['203.0.113.48', '203.0.113.49', '203.0.113.50']);
    expect(intrusions.length).toBeGreaterThan(1);
  });
});

describe('a load balancer', () => {
  const acts: readonly Act[] = [
    ...chain({
      at: '2021-03-03T10:11:00Z',
      from: '203.0.113.45',
      session: 'first',
      page: '/aspnet_client/Kq7TzB3n.aspx',
    }),
    ...use({ at: '2021-03-03T10:13:00Z', from: '203.0.113.45', page: '/aspnet_client/Kq7TzB3n.aspx' }),
    ...chain({
      at: '2021-03-04T21:40:00Z',
      from: '198.51.100.9',
      session: 'second',
      page: '/aspnet_client/Zx81mQ0p.aspx',
    }),
    ...use({ at: '2021-03-04T21:42:00Z', from: '198.51.100.9', page: '/aspnet_client/Zx81mQ0p.aspx' }),
  ];
  const server = { balancers: ['10.10.2.250'] };

  test('is learnt from the people who sign in through it, and links nobody', async () => {
    const { intrusions, limits } = await assessed(acts, { server, busy: ['2021-03-03', '2021-03-04'], volume: 2 });
    expect(limits.find(({ id }) => id === 'shared-addresses')?.says).toContain('10.10.2.250');
    expect(intrusions).toHaveLength(2);
    expect(intrusions.map((story) => linked(story, 'address'))).toEqual([[], []]);
    expect(intrusions.map((story) => story.since?.slice(0, 10))).toEqual(['2021-03-03', '2021-03-04']);
    for (const story of intrusions) {
      expect(claimsOf(story)).toEqual(expect.arrayContaining(['exploited', 'implanted']));
      expect(story.says).toContain('10.10.2.250, which many people share');
    }
  });

  test('that is declared links nobody even where traffic does not show what it is', async () => {
    const quiet = { server, busy: [], volume: 0.1 };
    const alone = await assessed(acts, quiet);
    expect(alone.limits.some(({ id }) => id === 'shared-addresses')).toBe(false);
    expect(alone.intrusions).toHaveLength(1);
    for (const trustedProxies of [
      ['10.10.2.0/24'],
      ['192.0.2.0/24', '10.10.2.250'],
      ['fd00::/8', '::ffff:10.10.2.0/120'],
    ]) {
      const told = await assessed(acts, { ...quiet, trustedProxies });
      expect(told.intrusions, trustedProxies.join(' ')).toHaveLength(2);
      expect(told.options['trustedProxies']).toBe(trustedProxies.join(' '));
    }
  });

  test('is not what an intruder is who asks more than anybody else', async () => {
    const noisy = Array.from({ length: 40 }, (_, i): Act => ({
      act: 'public-scanner',
      at: at('2021-03-03T05:00:00Z') + i * 1e6,
      from: '203.0.113.45',
      session: 's',
      count: 5,
    }));
    const { intrusions } = await assessed(
      [
        ...noisy,
        ...chain({
          at: '2021-03-03T04:11:00Z',
          from: '203.0.113.45',
          session: 'first',
          page: '/aspnet_client/Kq7TzB3n.aspx',
        }),
      ],
      { busy: [], volume: 0.1 },
    );
    expect(intrusions).toHaveLength(1);
    expect(linked(intrusions[0], 'address')).toEqual(['203.0.113.45']);
  });
});

describe('the demo', () => {
  test('has one break-in and one test of the vulnerability, and the hunter of shells is no intruder', async () => {
    const { intrusions } = await assessScenario(demoScenario());
    const [intruder, scanner, ...more] = intrusions;
    expect(more).toEqual([]);
    expect(claimsOf(intruder)).toEqual(['vulnerable', 'targeted', 'exploited', 'implanted', 'operated', 'persisting']);
    expect(claimsOf(scanner)).toEqual(['vulnerable', 'targeted']);
    expect(linked(intruder, 'address')).toEqual(['203.0.113.45']);
    expect(linked(scanner, 'address')).toEqual(['198.51.100.23']);
    const rules = rulesInOrder(intruder);
    const order = [
      'ssrf-autodiscover',
      'ssrf-mapi-answered',
      'ssrf-admin-session',
      'vdir-script-ecp',
      'vdir-removed-ecp',
      'vdir-created-ecp',
      'aspnet-client-page-post',
      'web-shell-client-command',
    ];
    expect(order.map((rule) => rules.indexOf(rule))).toEqual(
      order.map((rule) => rules.indexOf(rule)).toSorted((a, b) => a - b),
    );
    expect(order.every((rule) => rules.includes(rule))).toBe(true);
    expect(intruder?.fits).toContain(
      'Commands are framed by the marks [S] and [E], as a widespread program for web shells writes them',
    );
    // The administrator who really resets a virtual directory the day after is in no story.
    expect(intruder?.steps.every((step) => !step.says.includes('Karin'))).toBe(true);
    expect(
      intrusions.flatMap((story) => story.steps).some((step) => step.at?.startsWith('2021-03-04T09:18') === true),
    ).toBe(false);
  });
});

describe('several servers', () => {
  test('one address that attacked two of them is one story on both', async () => {
    const files = ['mail01', 'mail02'].map((name, i) => {
      const acts = chain({
        at: `2021-03-03T04:1${i}:00Z`,
        from: '203.0.113.45',
        session: name,
        page: '/aspnet_client/Kq7TzB3n.aspx',
      });
      return { name, files: filesOf(scenario(acts, { server: { name: name.toUpperCase() } })) };
    });
    const caseFile = await assessFiles(
      new Map(
        files.flatMap(({ name, files: own }) => [...own].map(([path, bytes]) => [`${name}/${path}`, bytes] as const)),
      ),
    );
    const got = caseFile.intrusions.filter((story) => claimsOf(story).includes('exploited'));
    expect(got).toHaveLength(1);
    expect(got[0]?.hosts).toHaveLength(2);
    expect(new Set(got[0]?.steps.map((step) => step.host)).size).toBe(2);
    expect(got[0]?.says).toContain('on 2 servers');
  });
});

describe('what does not matter', () => {
  test('the order in which evidence was listed changes nothing', async () => {
    const files = [...filesOf(demoScenario())];
    const one = await assessFiles(new Map(files));
    const other = await assessFiles(new Map(files.toReversed()));
    expect(other.intrusions).toEqual(one.intrusions);
  });
});

/** The steps from the first forged request to the page, in fourteen seconds. */
function chain({
  at: begin,
  from,
  session,
  page,
  tool = 'script',
}: {
  at: string;
  from: string;
  session: string;
  page: string;
  tool?: 'script' | 'double';
}): readonly Act[] {
  const start = at(begin);
  const doing = (second: number) => ({ at: start + second * 1e6, from, session, tool });
  return [
    { act: 'ssrf-autodiscover', status: 200, count: 1, ...doing(2) },
    { act: 'ssrf-mapi', status: 200, count: 1, ...doing(3) },
    { act: 'proxylogon', status: 241, count: 1, ...doing(5) },
    { act: 'ddi-get-object', status: 200, count: 1, ...doing(6) },
    { act: 'ddi-set-object', ...doing(8) },
    { act: 'ddi-reset-object', executed: true, path: page, ...doing(10) },
    { act: 'shell-file', path: page, style: 'oab', at: start + 11e6, from, session },
  ];
}

function use({ at: begin, from, page }: { at: string; from: string; page: string }): readonly Act[] {
  return [
    {
      act: 'shell-request',
      at: at(begin),
      from,
      session: `use ${from}`,
      path: page,
      method: 'POST',
      status: 200,
      count: 3,
    },
    { act: 'compiled-page', at: at(begin), from, session: `use ${from}`, path: page },
  ];
}

interface Wish {
  readonly server?: Partial<Server>;
  readonly busy?: Scenario['busy'];
  readonly volume?: number;
  readonly trustedProxies?: readonly string[];
}

function scenario(acts: readonly Act[], wish: Wish = {}): Scenario {
  const logs = {
    logsFrom: at('2021-02-27T00:00:00Z'),
    collected: at('2021-03-06T07:00:00Z'),
    proxyDays: 7,
    ecpDays: 7,
  };
  return {
    seed: 'stories',
    server: { ...DEFAULT_SERVER, ...logs, ...wish.server },
    acts: acts.toSorted((a, b) => a.at - b.at),
    take: [],
    busy: wish.busy ?? ['2021-03-03'],
    volume: wish.volume ?? 0.4,
  };
}

function assessed(acts: readonly Act[], wish: Wish = {}): Promise<CaseFile> {
  const { trustedProxies } = wish;
  return assessFiles(filesOf(scenario(acts, wish)), trustedProxies === undefined ? {} : { trustedProxies });
}

function assessScenario(made: Scenario): Promise<CaseFile> {
  return assessFiles(filesOf(made));
}

function filesOf(made: Scenario): Map<string, Buffer> {
  return new Map(specimen(made).map((file) => [file.path, Buffer.concat([...file.pieces()])]));
}

async function assessFiles(
  files: ReadonlyMap<string, Buffer>,
  options: Omit<AssessRequest['options'], 'version'> = {},
): Promise<CaseFile> {
  const caseFile = await assess(
    { sources: [evidenceOf('evidence', files)], packs: [PACK], options: { version: 'test', ...options } },
    nodeHost({
      fault: (where, error) => {
        throw new Error(where, { cause: error });
      },
    }),
  );
  storiesHold(caseFile);
  findingRules = new Map(caseFile.findings.map((finding) => [finding.id, finding.rule]));
  return caseFile;
}

let findingRules: ReadonlyMap<string, string> = new Map();

function rulesInOrder(story: CaseIntrusion | undefined): readonly string[] {
  return (story?.steps ?? []).map((step) => findingRules.get(step.finding) ?? '');
}

function claimsOf(story: CaseIntrusion | undefined): readonly string[] {
  return [...new Set(story?.establishes.map((each) => each.claim) ?? [])];
}

function linked(story: CaseIntrusion | undefined, kind: string): readonly string[] {
  return story?.links.filter((link) => link.kind === kind).map((link) => link.value) ?? [];
}

function at(iso: string): number {
  return Date.parse(iso) * 1000;
}
