import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { describe, expect, test } from 'vitest';

import { DEFAULT_SERVER } from './default-server.ts';
import { demoScenario } from './demo.ts';
import { loadScenario } from './load.ts';
import { readCase } from './read-case.ts';
import type { Scenario, Server } from './scenario.ts';
import { specimen } from './specimen.ts';

const CASES = join(import.meta.dirname, '../../../packs/exchange-2021-03/cases');
const HOUR = 3_600_000;

/** Content of every file as text, Latin-1 for what is no text. */
function made(scenario: Scenario): Map<string, string> {
  return new Map(
    specimen(scenario).map((f) => [
      f.path,
      Buffer.concat([...f.pieces()]).toString(/\.(evtx|dll|exe)$/.test(f.path) ? 'latin1' : 'utf8'),
    ]),
  );
}

function digest(scenario: Scenario): string {
  const hash = createHash('sha256');
  for (const file of specimen(scenario)) {
    hash.update(`${file.path}\n${file.modified}\n`);
    for (const piece of file.pieces()) hash.update(piece);
  }
  return hash.digest('hex');
}

/** The demo's server and acts, with some of it changed. */
function scenario(changed: Partial<Omit<Scenario, 'server'>> & { server?: Partial<Server> } = {}): Scenario {
  const base = demoScenario();
  return { ...base, ...changed, server: { ...base.server, ...changed.server } };
}

function lines(files: Map<string, string>, path: RegExp): string[] {
  return [...files]
    .filter(([p]) => path.test(p))
    .flatMap(([, text]) => text.split('\r\n').filter((l) => l !== '' && !/^\ufeff?#/.test(l)));
}

/** Rows of Exchange's own logs by name of the column; quoted values are taken apart. */
function rows(files: Map<string, string>, path: RegExp): Record<string, string>[] {
  const found: Record<string, string>[] = [];
  for (const [p, text] of files) {
    if (!path.test(p)) continue;
    let fields: string[] = [];
    for (const line of text.split('\r\n')) {
      if (line.startsWith('#Fields: ')) fields = line.slice(9).split(',');
      else if (line !== '' && !/^\ufeff?#/.test(line)) {
        const values = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
          (m) => m[1]?.replaceAll('""', '"') ?? m[2] ?? '',
        );
        expect(values, `${p}: ${line}`).toHaveLength(fields.length);
        found.push(Object.fromEntries(fields.map((f, i) => [f, values[i] ?? ''])));
      }
    }
  }
  return found;
}

interface IisRow {
  at: number;
  method: string;
  stem: string;
  query: string;
  user: string;
  status: string;
}

function iis(files: Map<string, string>, site: 1 | 2): IisRow[] {
  return lines(files, new RegExp(`W3SVC${site}/`)).map((line) => {
    const v = line.split(' ');
    expect(v, line).toHaveLength(15);
    return {
      at: Date.parse(`${v[0]}T${v[1]}Z`),
      method: v[3] ?? '',
      stem: v[4] ?? '',
      query: v[5] ?? '',
      user: v[7] ?? '',
      status: v[11] ?? '',
    };
  });
}

/** The front end's log of 3 March, byte for byte. */
function frontDay(encoding: Server['encoding']): Buffer {
  const file = specimen(scenario({ server: { encoding } })).find((f) => f.path.endsWith('W3SVC1/u_ex210303.log'));
  return Buffer.concat([...(file?.pieces() ?? [])]);
}

/** UTF-16LE as Latin-1 shows it. */
function wide(text: string): string {
  return text.split('').join('\0');
}

/** The longest pause between neighbours, the ends of the window among them. */
function longestPause(times: readonly number[], from: number, to: number): number {
  const sorted = [from, ...times.toSorted((a, b) => a - b), to];
  return Math.max(...sorted.slice(1).map((t, i) => t - (sorted[i] ?? t)));
}

const demo = made(scenario());
const demoFrom = demoScenario().server.logsFrom / 1000;
const demoTo = demoScenario().server.collected / 1000;

describe('a specimen', () => {
  test('has the same bytes each time it is made', () => {
    expect(digest(scenario())).toBe(digest(scenario()));
  });

  test('lists its files sorted by path, each once', () => {
    const paths = specimen(scenario()).map((f) => f.path);
    expect(paths).toEqual([...new Set(paths)].toSorted((a, b) => (a < b ? -1 : 1)));
  });

  test('changes nowhere but at the page when the page is deleted', () => {
    const path = '/aspnet_client/Kq7TzB3n.aspx';
    const acts = [
      ...demoScenario().acts,
      {
        act: 'shell-deleted',
        at: Date.UTC(2021, 2, 4, 3) * 1000,
        from: '203.0.113.45',
        session: 'intruder',
        path,
      } as const,
    ];
    const without = made(scenario({ acts }));
    expect([...demo.keys()].filter((p) => !without.has(p))).toEqual([`C/inetpub/wwwroot${path}`]);
    expect([...without].filter(([p, text]) => demo.get(p) !== text)).toEqual([]);
  });

  test('keeps the noise of a day when an act is added to another day', () => {
    const added = {
      act: 'rejected-probe',
      at: Date.UTC(2021, 2, 5, 23) * 1000,
      from: '203.0.113.9',
      session: 'later',
      count: 2,
    } as const;
    const more = made(scenario({ acts: [...demoScenario().acts, added] }));
    const changed = [...more].filter(([p, text]) => demo.get(p) !== text).map(([p]) => p.slice(p.lastIndexOf('/') + 1));
    expect(changed.toSorted()).toEqual(['Application.evtx', 'HttpProxy_2021030523-1.LOG', 'u_ex210305.log']);
  });

  test('keeps its heart beating: neither site and no folder of HttpProxy is silent for more than an hour', () => {
    for (const site of [1, 2] as const)
      expect(
        longestPause(
          iis(demo, site).map((r) => r.at),
          demoFrom,
          demoTo,
        ),
      ).toBeLessThan(HOUR);
    const folders = ['Autodiscover', 'Eas', 'Ecp', 'Ews', 'Mapi', 'Oab', 'Owa', 'PowerShell', 'RpcHttp'];
    for (const folder of folders) {
      const times = rows(demo, new RegExp(`Logging/HttpProxy/${folder}/`)).map((r) => Date.parse(r['DateTime'] ?? ''));
      expect(longestPause(times, Date.UTC(2021, 2, 3), demoTo), folder).toBeLessThan(HOUR);
    }
  });

  test('writes every log in the order of time, apart from the seconds by which the ECP is late', () => {
    for (const [path, text] of demo) {
      if (!/\.(log|LOG)$/.test(path) || path.includes('ExchangeSetup')) continue;
      const times = text
        .split('\r\n')
        .flatMap((l) => /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)/.exec(l)?.[0].replace(' ', 'T') ?? []);
      expect(times, path).toEqual(times.toSorted());
    }
  });
});

describe('the rows of one request', () => {
  const proxied = rows(demo, /Logging\/HttpProxy\//);
  const front = iis(demo, 1);
  const back = iis(demo, 2);
  const forged = proxied.filter((r) => r['AnchorMailbox']?.startsWith('ServerInfo~a]@'));

  test('agree between HttpProxy and the front end: request id, second, status and URL', () => {
    const byId = new Map(front.map((r) => [/cafeReqId=([0-9a-f-]{36})/.exec(r.query)?.[1], r]));
    expect(proxied.length).toBeGreaterThan(1_500);
    for (const row of proxied) {
      const iisRow = byId.get(row['RequestId']);
      expect(iisRow, row['RequestId']).toMatchObject({
        stem: row['UrlStem'],
        status: row['HttpStatus'],
        method: row['Method'],
      });
      expect(iisRow?.at).toBe(Math.floor(Date.parse(row['DateTime'] ?? '') / 1000) * 1000);
    }
  });

  test('of a forged request reach the back end in the name of the server, at the path its cookie named', () => {
    expect(forged).toHaveLength(7);
    for (const row of forged) {
      const target = /:444([^?]*)\?/.exec(row['AnchorMailbox'] ?? '')?.[1];
      const at = Date.parse(row['DateTime'] ?? '');
      const met = back.filter(
        (r) => r.stem === target && r.user === 'CONTOSO\\MAIL01$' && Math.abs(r.at - at) <= 1_500,
      );
      expect(met, row['AnchorMailbox']).toHaveLength(1);
      expect(met[0]?.status).toBe(row['BackEndStatus']);
      expect(row['RoutingHint']).toBe('X-BEResource-Cookie');
    }
  });

  test('share the canary with the ECP log, whose rows come when the request is done', () => {
    const canaries = new Set(
      forged.flatMap((r) => /msExchEcpCanary=([^&#]+)/.exec(r['AnchorMailbox'] ?? '')?.[1] ?? []),
    );
    expect(canaries.size).toBe(1);
    const [canary = ''] = canaries;
    const commands = rows(demo, /ECP\/Server\//)
      .filter((r) => r['EventData']?.includes(canary))
      .map((r) => /S:CMD=([A-Za-z-]+)/.exec(r['EventData'] ?? '')?.[1]);
    expect(commands).toEqual([
      'Get-OabVirtualDirectory',
      'Set-OabVirtualDirectory',
      'Remove-OabVirtualDirectory',
      'New-OabVirtualDirectory',
      'Set-OabVirtualDirectory',
    ]);
  });

  test('of an administrator who resets the address book carry a name and plain URLs, and no forged anchor', () => {
    const reset = proxied.filter((r) => r['UrlQuery']?.includes('ResetOABVirtualDirectory'));
    expect(reset).toHaveLength(1);
    expect(reset[0]).toMatchObject({
      AuthenticatedUser: 'CONTOSO\\adm.k.lindqvist',
      IsAuthenticated: 'true',
      RoutingType: 'IntraForest',
    });
    const set = rows(demo, /ECP\/Server\/ECPServer20210304/).filter((r) =>
      r['EventData']?.includes('Set-OabVirtualDirectory'),
    );
    expect(set.map((r) => /ExternalUrl=''([^']*)''/.exec(r['EventData'] ?? '')?.[1])).toEqual([
      'https://mail.contoso.example/OAB',
    ]);
  });

  test('of a probe that a fixed server rejects name no anchor and no back end', () => {
    const act = {
      act: 'rejected-probe',
      at: Date.UTC(2021, 2, 6, 2) * 1000,
      from: '203.0.113.9',
      session: 'later',
      count: 1,
    } as const;
    const [row] = rows(made(scenario({ acts: [act] })), /Logging\/HttpProxy\/Ecp\/.*2021030602/).filter(
      (r) => r['ClientIpAddress'] === '203.0.113.9',
    );
    expect(row).toMatchObject({
      AnchorMailbox: '',
      BackEndStatus: '',
      HttpStatus: '500',
      RoutingHint: 'X-BEResource-Cookie',
      TargetServer: '',
    });
    expect(row?.['GenericErrors']).toContain('BackEndServer.FromString');
  });
});

describe('variants of the server', () => {
  test.each([
    ['2013', 64, 'False'],
    ['2016', 74, 'false'],
    ['2019', 74, 'false'],
  ] as const)('Exchange %s has %i columns in HttpProxy', (product, columns, anonymous) => {
    const builds = [
      {
        from: 0,
        build: product === '2013' ? '15.0.1497.2' : product === '2016' ? '15.1.2176.2' : '15.2.792.3',
        by: 'install',
      },
    ] as const;
    const files = made(scenario({ acts: [], server: { product, builds, proxyDays: 1 } }));
    const found = rows(files, /Logging\/HttpProxy\//);
    expect(Object.keys(found[0] ?? {})).toHaveLength(columns);
    expect(found.some((r) => r['IsAuthenticated'] === anonymous)).toBe(true);
  });

  test('logs in UTF-16 say the same as logs in UTF-8', () => {
    const log = frontDay('utf-16');
    expect([...log.subarray(0, 2)]).toEqual([0xff, 0xfe]);
    expect(log.subarray(2).toString('utf16le')).toBe(frontDay('utf-8').toString());
  });

  test('Exchange on another drive leaves nothing of it on drive C but the systems own folders', () => {
    const files = made(scenario({ server: { install: 'D/Exchange/V15' } }));
    expect([...files.keys()].filter((p) => p.includes('Program Files'))).toEqual([]);
    expect([...files.keys()].some((p) => p.startsWith('D/Exchange/V15/Logging/HttpProxy/Ecp/'))).toBe(true);
    expect(files.get('C/Windows/System32/inetsrv/config/applicationHost.config')).toContain(
      'physicalPath="D:\\Exchange\\V15\\FrontEnd\\HttpProxy\\owa"',
    );
  });

  test('an update in the middle of a file starts the header anew, with the new build', () => {
    const versions = [
      ...(demo.get([...demo.keys()].find((p) => p.endsWith('MSGTRK2021030500-1.LOG')) ?? '') ?? '').matchAll(
        /^#Version: (\S+)\r$/gm,
      ),
    ].map((m) => m[1]);
    expect(versions).toEqual(['15.01.2176.002', '15.01.2176.009']);
  });

  test('a half-applied update leaves the front end at its old build', () => {
    const files = made(scenario({ server: { halfApplied: true, proxyDays: 1 } }));
    expect(files.get(`${DEFAULT_SERVER.install}/Bin/ExSetup.exe`)).toContain(wide('15.01.2176.009'));
    expect(
      files.get(`${DEFAULT_SERVER.install}/FrontEnd/HttpProxy/bin/Microsoft.Exchange.FrontEndHttpProxy.dll`),
    ).toContain(wide('15.01.2176.002'));
  });
});

describe('evidence that is taken away', () => {
  test('leaves no row of the stretch, and every other row as it was', () => {
    const cut = {
      source: 'iis-front',
      from: Date.UTC(2021, 1, 20, 6, 30) * 1000,
      to: Date.UTC(2021, 1, 23) * 1000,
    } as const;
    const left = iis(made(scenario({ take: [cut] })), 1);
    expect(left.some((r) => r.at >= cut.from / 1000 && r.at < cut.to / 1000)).toBe(false);
    expect(left).toEqual(iis(demo, 1).filter((r) => r.at < cut.from / 1000 || r.at >= cut.to / 1000));
  });

  test.each([
    'iis-back',
    'http-proxy',
    'management-events',
    'web-root',
    'compile-cache',
    'binaries',
    'setup-log',
  ] as const)('as a whole source, %s, leaves every other file as it was', (source) => {
    const left = made(scenario({ take: [{ source, from: undefined, to: undefined }] }));
    expect(left.size).toBeLessThan(demo.size);
    for (const [path, text] of left) if (demo.get(path) !== text) expect.unreachable(`${path} changed`);
  });
});

describe('what a scanner of this repository could bite on', () => {
  const words = [/eval\s*\(\s*Request/i, /<script[^>]*runat/i, /"unsafe"\s*\)/i, /&echo \[S\]/];

  test('stands in the evidence, where rules are to find it', () => {
    const page = demo.get('C/inetpub/wwwroot/aspnet_client/Kq7TzB3n.aspx') ?? '';
    for (const word of words.slice(0, 3)) expect(page).toMatch(word);
    expect(page).toContain('ExtendedProtectionTokenChecking : None');
  });

  test('is inert there: the function is never closed, so the page cannot be compiled', () => {
    const script =
      /<script[^>]*>(.*?)<\/script>/s.exec(demo.get('C/inetpub/wwwroot/aspnet_client/Kq7TzB3n.aspx') ?? '')?.[1] ?? '';
    expect(script).toContain('inert specimen');
    expect(script.split('{').length).toBeGreaterThan(script.split('}').length);
    expect(() => new Script(script)).toThrow(SyntaxError);
  });

  test('stands in no source and in no case', () => {
    const files = [
      ...readdirSync(import.meta.dirname).map((f) => join(import.meta.dirname, f)),
      ...readdirSync(CASES).map((f) => join(CASES, f)),
    ];
    for (const file of files) {
      if (!/\.(ts|yaml)$/.test(file) || file.endsWith('specimen.test.ts')) continue;
      const text = readFileSync(file, 'utf8');
      for (const word of words) expect(text, file).not.toMatch(word);
    }
  });
});

describe('the load', () => {
  test('is benign, and a day of it is tens of megabytes', () => {
    let bytes = 0;
    for (const file of specimen(loadScenario(1))) {
      for (const piece of file.pieces()) {
        bytes += piece.length;
        expect(Buffer.from(piece.buffer, piece.byteOffset, piece.length).includes('ServerInfo~a]@')).toBe(false);
      }
    }
    expect(bytes).toBeGreaterThan(30e6);
    expect(bytes).toBeLessThan(120e6);
  });
});

describe('the cases of the pack', () => {
  test('can all be read, each with a twin or with what is taken, and no name twice', () => {
    const names = readdirSync(CASES)
      .filter((f) => f.endsWith('.yaml'))
      .flatMap((f) => {
        const { name, trials } = readCase(readFileSync(join(CASES, f), 'utf8'), f);
        expect(`${name}.yaml`).toBe(f);
        expect(trials.length).toBeGreaterThan(1);
        return trials.map((t) => t.name);
      });
    expect(new Set(names).size).toBe(names.length);
  });
});
