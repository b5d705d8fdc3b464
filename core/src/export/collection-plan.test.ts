import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { CHECKS, OBSERVERS } from '../checks/index.ts';
import { placeInTree } from '../engine/trees.ts';
import { memorySource, readAll } from '../formats/contract.test-support.ts';
import { fileManifest } from '../formats/file-manifest/format.ts';
import { loadPack } from '../packs/load-pack.ts';
import { guidOf, kapeTarget } from './collection-kape.ts';
import { collectionPlan, isNeeded, roomFor, splitRoot, usualPaths } from './collection-plan.ts';
import type { CollectionPack, CollectionPlan } from './collection-plan.ts';
import { powershellScript, quotedForPowerShell } from './collection-powershell.ts';
import { COLLECTION_SCRIPT } from './collection-script.ts';
import { collectionText } from './collection-text.ts';
import { velociraptorArtifact } from './collection-velociraptor.ts';

const FOLDER = new URL('../../../packs/exchange-2021-03/', import.meta.url).pathname;
const REAL_CONFIGURATION = new URL(
  '../../../../shared/data/iis-config/Diagnostics/HealthChecker/Tests/DataCollection/E16/Exchange/IIS/applicationHost.config',
  import.meta.url,
).pathname;
if (!existsSync(REAL_CONFIGURATION))
  console.log(`no real IIS configuration at ${REAL_CONFIGURATION}: lookups were not tried on one`);
const exchange: CollectionPack = loadPack(packFiles(FOLDER), {
  sha256Hex: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  checks: CHECKS,
  observers: OBSERVERS,
});
const plan = collectionPlan([exchange]);
const text = collectionText(plan, { width: 100, colour: false });

/** What a responder has to bring home before this campaign can be ruled out, written down without looking at the pack. */
const MUST_BRING: readonly (readonly [mustSee: string, path: string, mask: string, recursive: boolean])[] = [
  ['front-end', '%IisLogs%\\W3SVC1', '*.log', false],
  ['front-end', '%ExchangeInstallPath%\\Logging\\HttpProxy\\Ecp', '*.log', true],
  ['front-end-owa', '%IisLogs%\\W3SVC1', '*.log', false],
  ['front-end-owa', '%ExchangeInstallPath%\\Logging\\HttpProxy\\Owa', '*.log', true],
  ['back-end', '%IisLogs%\\W3SVC2', '*.log', false],
  ['mgmt-or-ecp', '%SystemRoot%\\System32\\winevt\\Logs', 'MSExchange Management.evtx', false],
  ['mgmt-or-ecp', '%ExchangeInstallPath%\\Logging\\ECP\\Server', '*.log', true],
  ['web-front-end', '%ExchangeInstallPath%\\FrontEnd\\HttpProxy', '*', true],
  ['web-root', '%SystemDrive%\\inetpub\\wwwroot', '*', true],
  ['web-root', '%IisFolders%', '*', true],
  ['web-back-end', '%ExchangeInstallPath%\\ClientAccess', '*', true],
  ['iis-configuration', '%SystemRoot%\\System32\\inetsrv\\config', '*', true],
  ['compile-cache', '%SystemRoot%\\Microsoft.NET\\Framework64\\v4.0.30319\\Temporary ASP.NET Files', '*', true],
  ['build', '%ExchangeInstallPath%\\Bin', 'ExSetup.exe', false],
  ['build', '%ExchangeInstallPath%\\Bin', 'Microsoft.Exchange.Data.ApplicationLogic.dll', false],
  ['build', '%ExchangeInstallPath%\\FrontEnd\\HttpProxy\\bin', 'Microsoft.Exchange.FrontEndHttpProxy.dll', false],
  ['build', '%SystemDrive%\\ExchangeSetupLogs', 'ExchangeSetup.log', false],
];

describe('what to collect for the attacks on Exchange of March 2021', () => {
  test('is everything that a must-see needs, and nothing of it is missing from the pack', () => {
    const planned = plan.places.flatMap(({ spec, serves }) =>
      serves.flatMap((served) => served.mustSees.map((m) => [m.id, spec.path, spec.mask, spec.recursive])),
    );
    expect(sorted(planned)).toEqual(sorted(MUST_BRING));
    expect(new Set(MUST_BRING.map(([id]) => id))).toEqual(new Set(exchange.mustSees.map((m) => m.id)));
  });

  test.each(MUST_BRING)('for %s all four lists name %s and %s', (_, path, mask, recursive) => {
    const missing = listsWithout(plan, { path, mask, recursive });
    expect(missing).toEqual([]);
  });

  test('loses a path in all four lists if the entry is taken from the pack', () => {
    for (const [, path, mask, recursive] of MUST_BRING) {
      const without = collectionPlan([withoutPlace(exchange, path, mask)]);
      // To KAPE, which cannot ask the server, the web root is the one folder that IIS is known to serve.
      const lists = ['%SystemDrive%\\inetpub\\wwwroot', '%IisFolders%'].includes(path) ? LISTS.slice(1) : LISTS;
      expect(listsWithout(without, { path, mask, recursive }), `${path} ${mask}`).toEqual(lists);
    }
  });

  test('lies, for each tree, where the tree is recognised in the evidence, whatever the drive', () => {
    for (const tree of exchange.trees) {
      for (const spec of tree.collect) {
        for (const path of usualPaths(spec, plan)) {
          const evidence = `MAIL01/${path.replace(':', '').replaceAll('\\', '/').replaceAll('*', '')}/x`;
          expect(placeInTree(evidence, [tree])?.tree, path).toBe(tree.id);
        }
      }
    }
  });

  test('is every source and every tree, also those that can only prove more', () => {
    const served = new Set(plan.places.flatMap((place) => place.serves.map((s) => s.id)));
    for (const { id } of [...exchange.sources, ...exchange.trees]) expect(served).toContain(id);
  });

  test('is copied in the order in which it is overwritten', () => {
    const ranks = plan.places.map(({ spec }) => spec.rank);
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    const order = (path: string, mask: string): number =>
      plan.places.findIndex(({ spec }) => spec.path === path && spec.mask === mask);
    const security = order('%SystemRoot%\\System32\\winevt\\Logs', 'Security.evtx');
    const proxy = order('%ExchangeInstallPath%\\Logging\\HttpProxy\\Ecp', '*.log');
    const iis = order('%IisLogs%\\W3SVC1', '*.log');
    expect(security).toBeLessThan(proxy);
    expect(proxy).toBeLessThan(iis);
    for (const list of [kapeTarget(plan), velociraptorArtifact(plan), powershellScript(plan), text]) {
      const at = ['Security.evtx', 'Logging\\HttpProxy\\Ecp', 'W3SVC1'].map((word) =>
        list.indexOf(word, list.indexOf('evtx')),
      );
      expect(at).toEqual(at.toSorted((a, b) => a - b));
    }
  });

  test('needs room for what it copies, and a folder inside another one is counted once', () => {
    const gib = roomFor(plan) / 1024 ** 3;
    expect(gib).toBeGreaterThan(40);
    expect(gib).toBeLessThan(120);
    const inner = {
      path: '%A%\\b',
      mask: '*',
      recursive: true,
      take: 'copy' as const,
      bytes: 7,
      rank: 1,
      keeps: '',
    };
    const outer = { ...inner, path: '%A%', bytes: 100 };
    const of = (specs: readonly (typeof inner)[]): number =>
      roomFor({ ...plan, places: specs.map((spec) => ({ spec, serves: [] })) });
    expect(of([outer, inner])).toBe(100);
    expect(of([{ ...outer, recursive: false }, inner])).toBe(107);
    expect(of([inner, { ...inner, path: '%A%\\bc' }])).toBe(14);
  });

  test('is the same twice, and says for which pack it was made', () => {
    const again = collectionPlan([exchange]);
    for (const make of [kapeTarget, velociraptorArtifact, powershellScript]) {
      expect(make(again)).toBe(make(plan));
      expect(make(plan)).toContain(exchange.digest);
    }
    expect(text).toContain(exchange.digest);
  });

  test('is written for people with why each, what to expect and where folders lie', async () => {
    for (const { why } of exchange.mustSees) expect(text.replaceAll(/\s+/g, ' ')).toContain(why);
    expect(text).toContain('HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\ExchangeServer\\v15\\Setup');
    const narrow = collectionText(plan, { width: 80, colour: false }).replaceAll(exchange.digest, 'sha256:…');
    await expect(narrow).toMatchFileSnapshot('samples/collection/exchange-2021-03.txt');
  });
});

describe('the KAPE target', () => {
  const target = parse(kapeTarget(plan)) as Record<string, unknown> & { Targets: Record<string, unknown>[] };

  test('has the keys that KAPE asks for, in its words', async () => {
    expect(Object.keys(target)).toEqual(['Description', 'Author', 'Version', 'Id', 'RecreateDirectories', 'Targets']);
    expect(target['RecreateDirectories']).toBe(true);
    expect(target['Id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    for (const each of target.Targets) {
      expect(Object.keys(each)).toEqual(['Name', 'Category', 'Path', 'FileMask', 'Recursive', 'Comment']);
      expect(each['Path']).toMatch(/^C:\\(?:[^\\:%]+\\)*$/);
      expect(typeof each['Recursive']).toBe('boolean');
    }
    await expect(
      kapeTarget(plan)
        .replaceAll(exchange.digest, 'sha256:…')
        .replace(/^Id: .*$/m, 'Id: …'),
    ).toMatchFileSnapshot('samples/collection/exchange-2021-03.tkape');
  });

  test('names each place once', () => {
    const named = target.Targets.map((each) => JSON.stringify([each['Path'], each['FileMask'], each['Recursive']]));
    expect(new Set(named).size).toBe(named.length);
  });

  test('has an identity that changes with the packs and not with their order', () => {
    const [a, b] = [`sha256:${'1f'.repeat(32)}`, `sha256:${'2e'.repeat(32)}`];
    expect(guidOf([a])).toBe('1f1f1f1f-1f1f-8f1f-9f1f-1f1f1f1f1f1f');
    expect(guidOf([a])).not.toBe(guidOf([b]));
    expect(guidOf([a, b])).toBe(guidOf([b, a]));
    expect(guidOf([a, b])).not.toBe(guidOf([a]));
  });
});

test.skipIf(!existsSync(REAL_CONFIGURATION))(
  'a real configuration of IIS names the folders of logs and sites in the words that the lists look for',
  () => {
    const configuration = readFileSync(REAL_CONFIGURATION, 'utf8');
    const artifact = parse(velociraptorArtifact(plan)) as { parameters: { name: string; default: string }[] };
    const rows = (artifact.parameters.find((p) => p.name === 'Configuration')?.default ?? '')
      .trim()
      .split('\n')
      .slice(1);
    const folders = new Map<string, readonly string[]>();
    for (const row of rows) {
      const [root = '', , pattern = ''] = /^([^,]*),([^,]*),"(.*)"$/.exec(row)?.slice(1) ?? [];
      const regex = new RegExp(pattern.replaceAll('""', '"').replace('(?i)', '').replace('(?P<', '(?<'), 'gi');
      folders.set(
        root,
        [...configuration.matchAll(regex)].map((match) => match.groups?.['Folder'] ?? ''),
      );
    }
    expect(folders.get('IisLogs')).toEqual(['%SystemDrive%\\inetpub\\logs\\LogFiles']);
    expect(folders.get('IisFolders')).toContain('%SystemDrive%\\inetpub\\wwwroot');
    expect(folders.get('IisFolders')?.length).toBeGreaterThan(20);
  },
);

test('the Velociraptor artifact is YAML whose parameters are CSV that names every root it uses', () => {
  const artifact = parse(velociraptorArtifact(plan)) as {
    name: string;
    type: string;
    parameters: { name: string; default: string }[];
    sources: { query: string }[];
  };
  expect(artifact.name).toBe('Custom.Afterpatch.Exchange202103');
  expect(artifact.type).toBe('CLIENT');
  const rows = (name: string): readonly string[][] =>
    (artifact.parameters.find((p) => p.name === name)?.default ?? '')
      .trim()
      .split('\n')
      .map((line) => line.split(','));
  const known = new Set(rows('Folders').map(([root]) => root));
  for (const [place, glob, take] of rows('Places').slice(1)) {
    expect(known).toContain(place);
    expect(glob).not.toMatch(/^\\|\\$|%ExchangeInstallPath%/);
    expect(['copy', 'list']).toContain(take);
  }
  for (const { name } of artifact.parameters) expect(artifact.sources[0]?.query).toContain(name);
});

describe('the PowerShell script', () => {
  const script = powershellScript(plan);

  test('changes nothing on the server: it deletes, sets, starts and fetches nothing', () => {
    expect(script).not.toMatch(
      /Remove-|\.Delete\(|Move-Item|Rename-|Set-(?!StrictMode)|Clear-|Stop-|Start-|Invoke-|DownloadString|WebClient|\biex\b|Add-Type/i,
    );
    // What it opens on the server, it opens for reading; what it makes lies below its own folder.
    expect([...script.matchAll(/FileAccess\]::(\w+)/g)].map(([, access]) => access)).toEqual(['Read', 'Write']);
    expect(script).toContain(
      'New-Object System.IO.FileStream($To, [System.IO.FileMode]::Create, [System.IO.FileAccess]::Write)',
    );
  });

  test('has Windows line ends and a help text', () => {
    expect(script.replaceAll('\r\n', '')).not.toContain('\n');
    expect(script).toContain('.SYNOPSIS');
  });

  test('takes a hostile pack for words: nothing leaves its quotes, its comment or its line', () => {
    const evil = "x'; Remove-Item C:\\ #> $(calc) `n\nInvoke-Evil ‘;’ ‚‛ \u2028Invoke-Evil\r\nInvoke-Evil";
    const hostile: CollectionPack = {
      ...exchange,
      sources: exchange.sources.map((source) => ({ ...source, title: evil })),
      mustSees: exchange.mustSees.map((mustSee) => ({ ...mustSee, title: evil, why: evil })),
    };
    const lines = powershellScript(collectionPlan([hostile])).split('\r\n');
    expect(lines).toHaveLength(script.split('\r\n').length);
    for (const line of lines.filter((each) => each.includes('Invoke-Evil'))) {
      const code = line.replaceAll(/'(?:[^'‘’‚‛]|['‘’‚‛]{2})*'/g, "''");
      expect(code).toMatch(/^ {2}#|^ {2}@\{ Number = \d+; Title = ''; /);
      if (!code.startsWith('  #')) expect(code).not.toContain('Invoke-Evil');
    }
    for (const make of [kapeTarget, velociraptorArtifact]) {
      const yaml = parse(make(collectionPlan([hostile]))) as object;
      expect(Object.keys(yaml)).toEqual(Object.keys(parse(make(plan)) as object));
      expect(make(collectionPlan([hostile])).split('\n')).toHaveLength(make(plan).split('\n').length);
    }
    expect(quotedForPowerShell("a'b’c")).toBe("'a''b’’c'");
  });

  test('leaves listings that are read back, and an unreadable folder in one keeps it from being complete', async () => {
    const columns = [...(/\$Columns = (.*)/.exec(COLLECTION_SCRIPT)?.[1] ?? '').matchAll(/'(\w+)'/g)].map(
      ([, name = '']) => name,
    );
    const path = 'C:\\inetpub\\wwwroot\\aspnet_client\\it\'s "x".aspx';
    const time = '2021-03-03T04:11:11.123456Z';
    const listing = `\ufeff${csvRow(columns)}${csvRow([path, '2100', 'AB'.repeat(32), time, time, time, 'Hidden, System', 'NT AUTHORITY\\SYSTEM', 'MAIL01', ''])}${csvRow(['', '', '', '', '', '', '', '', 'MAIL01', 'folder not listed C:\\x: UnauthorizedAccessException: denied'])}`;
    const bytes = new TextEncoder().encode(listing);
    expect(fileManifest.recognises(bytes, 'afterpatch-listing-01.csv')).toBe(true);
    const readings = await readAll(fileManifest, memorySource(bytes), 'afterpatch-listing-01.csv');
    const record = readings.find((reading) => reading.is === 'record');
    expect(record?.host).toBe('MAIL01');
    const fields = ['path', 'size', 'sha256', 'created', 'modified', 'attributes', 'owner'];
    expect(fields.map((field) => record?.get(field))).toEqual([
      path,
      2100,
      'ab'.repeat(32),
      time,
      time,
      'Hidden, System',
      'NT AUTHORITY\\SYSTEM',
    ]);
    expect(readings.filter((reading) => reading.is === 'gap').map((gap) => gap.says)).toEqual([
      'expected the path of a file, the value is empty',
    ]);
  });
});

describe('several packs', () => {
  test('share a place that both need, and its order is that of the hastier one', () => {
    const other: CollectionPack = {
      ...exchange,
      id: 'other-2030-01',
      digest: `sha256:${'0'.repeat(64)}`,
      sources: exchange.sources
        .slice(0, 1)
        .map((source) => ({ ...source, collect: source.collect.map((c) => ({ ...c, rank: 1 })) })),
      trees: [],
      buildFiles: undefined,
      mustSees: [],
    };
    const both = collectionPlan([exchange, other]);
    expect(both.places).toHaveLength(plan.places.length);
    const shared = both.places.find(({ spec }) => spec.path === '%IisLogs%\\W3SVC1');
    expect(shared?.serves.map((served) => served.pack)).toEqual(['exchange-2021-03', 'other-2030-01']);
    expect(shared?.spec.rank).toBe(1);
    expect(shared !== undefined && isNeeded(shared)).toBe(true);
  });
});

const LISTS = ['kape', 'velociraptor', 'powershell', 'text'];

/** The lists that do not name a place. */
function listsWithout(
  of: CollectionPlan,
  place: { path: string; mask: string; recursive: boolean },
): readonly string[] {
  const { root, below } = splitRoot(place.path);
  const spec = {
    path: place.path,
    mask: place.mask,
    recursive: place.recursive,
    take: 'copy' as const,
    bytes: 1,
    rank: 1,
    keeps: '',
  };
  const targets = (parse(kapeTarget(of)) as { Targets: Record<string, unknown>[] }).Targets;
  const kape = usualPaths(spec, plan).every((path) =>
    targets.some(
      (t) => t['Path'] === `${path}\\` && t['FileMask'] === place.mask && t['Recursive'] === place.recursive,
    ),
  );
  const glob = [
    below,
    ...(place.recursive ? ['**'] : []),
    ...(place.mask === '*' && place.recursive ? [] : [place.mask]),
  ];
  const velociraptor = velociraptorArtifact(of).includes(
    `      ${root},${glob.filter((part) => part !== '').join('\\')},copy,`,
  );
  const entry = `Root = '${root}'; Below = '${below}'; Mask = '${place.mask}'; Recursive = $${String(place.recursive)}; Copy = $true`;
  const from = `from   ${place.path}\\${place.mask === '*' ? '' : place.mask}\n`;
  const found = [
    kape,
    velociraptor,
    powershellScript(of).includes(entry),
    collectionText(of, { width: 200, colour: false }).includes(from),
  ];
  return LISTS.filter((_, at) => !(found[at] ?? false));
}

function withoutPlace(pack: CollectionPack, path: string, mask: string): CollectionPack {
  const but = <T extends { collect: CollectionPack['sources'][number]['collect'] }>(each: T): T => ({
    ...each,
    collect: each.collect.filter((c) => c.path !== path || c.mask !== mask),
  });
  return {
    ...pack,
    sources: pack.sources.map(but),
    trees: pack.trees.map(but),
    buildFiles: pack.buildFiles === undefined ? undefined : but(pack.buildFiles),
  };
}

function csvRow(values: readonly string[]): string {
  return `${values.map((v) => `"${v.replaceAll('"', '""')}"`).join(',')}\r\n`;
}

function sorted(rows: readonly (readonly unknown[])[]): readonly string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

function packFiles(root: string, below = ''): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const name of readdirSync(`${root}${below}`)) {
    const path = `${below}${name}`;
    if (statSync(`${root}${path}`).isDirectory()) for (const [p, b] of packFiles(root, `${path}/`)) files.set(p, b);
    else files.set(path, readFileSync(`${root}${path}`));
  }
  return files;
}
