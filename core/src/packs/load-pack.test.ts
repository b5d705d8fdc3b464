import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Check, RuleMeta } from '../model/check.ts';
import { loadPack } from './load-pack.ts';
import type { LoadedPack, PackContext } from './pack-check.ts';
import { PACK_ERROR_CODES, PackErrors } from './pack-error.ts';

const PACK = `id: small-2030-01
version: 1.0.0
title: A small campaign
disclosed: 2030-01-02
first-exploitation: 2029-12-01T00:00:00Z
vulnerabilities:
  - cve: CVE-2030-10001
    says: It lets people in.
    not-in: [Other]
sources:
  - id: front
    title: Front log
    records: ['iis:*']
    except: ['iis:444']
    quiet: 4h
    fetch: the log
    collect: [{ path: '%Logs%\\W3SVC1', mask: '*.log', recursive: false, size: 20 GB, rank: 2, keeps: for ever }]
trees:
  - id: web
    title: Web folder
    roots: [inetpub/wwwroot]
    url: /
    landmarks: [[web.config, iisstart.htm]]
    fetch: the folder
    collect: [{ path: '%Web%', recursive: true, size: 100 MB, rank: 1, keeps: till deleted }]
must-sees:
  - id: front-end
    title: Requests
    any-of: [{ source: front }]
    why: attacks begin there
  - id: web
    title: Pages
    any-of: [{ tree: web }, { build: 2 }]
    why: shells lie there
limits: [Memory was not looked at.]
advice:
  - when: [compromised]
    says: Take it off the network.
checks:
  - use: loud
    options: { level: 3 }
    rules:
      - id: knock
        title: Knock
        level: low
        stage: recon
        weight: medium
        rung: 1
        key: [address]
        description: Somebody knocked.
        falsepositives: [Neighbours.]
        attack: [T1595]
roots:
  - name: Logs
    title: the log folder
    lookup: { registry: 'SOFTWARE\\Thing\\Setup', value: LogPath }
    usual: ['C:\\Logs']
  - name: Web
    title: the web folder
    lookup: { xml: '%SystemRoot%\\thing.config', element: site, attribute: path }
    usual: ['C:\\inetpub\\wwwroot']
build-files:
  title: Program files
  collect:
    - { path: '%Web%\\bin', mask: thing.exe, recursive: false, take: list, size: 1 KB, rank: 9, keeps: till updated }
`;
const FOLLOW = `rules:
  - id: address-of-the-knock
    title: Everything the address did
    level: low
    stage: other
    weight: noise
    rung: 0
    key: [address]
    description: All its requests.
    falsepositives: [Neighbours.]
    attack: [T1595]
    from: [knock]
    of: address
    kinds: [http.request]
    field: client
    match: whole
    entities: { address: client }
`;
const TRAITS = `traits:
  - id: loud
    fits: It was loud
    fits-not: It was quiet
    seen: [knock]
    asks: [strange-page]
`;
const BUILDS = `updates:
  - { product: Thing, name: CU1, build: 1.0.10.0, fixed: 1.0.10.5 }
  - { product: Thing, name: CU2, build: 1.0.20.0, fixed: included }
  - { product: Other, name: CU1, build: 2.0.10.0, fixed: never }
`;
const CLAIMS = `claims:
  - claim: targeted
    question: Tried?
    says: { established: 'Tried from {address} on {since}', ruled-out: 'Not tried', undetermined: 'Unknown', not-applicable: 'No' }
    proofs:
      - rule: knock
    must-see: [front-end]
  - claim: implanted
    question: Placed?
    says: { established: 'Placed at {path}', ruled-out: 'Not placed', undetermined: 'Unknown', not-applicable: 'No' }
    proofs:
      - all: [{ rule: strange-page }, { rule: strange-text }]
        same: path
    must-see: [web]
  - claim: remediated
    question: Repaired?
    says: { established: 'Yes', ruled-out: 'No', undetermined: 'Unknown', not-applicable: 'Nothing to repair' }
`;
const INDICATORS = `rules:
  - id: known-file
    title: Known file
    level: critical
    stage: web-shell
    weight: decisive
    rung: 7
    key: [path]
    description: A known file.
    falsepositives: [None known.]
    attack: [T1505.003]
    kinds: [file]
    field: sha256
    match: whole
    entities: { path: [url-path, path] }
    values:
      - { value: 'aa', what: Shell A, source: us, confidence: high }
`;

function sigma(id: string, extra: { weight?: string; rung?: number; key?: string; logsource?: string } = {}): string {
  const { weight = 'strong', rung = 7, key = 'path', logsource = '{ category: file_entry }' } = extra;
  return `title: ${id}
id: ${id}
logsource: ${logsource}
detection: { a: { extension: aspx }, condition: a }
level: high
afterpatch: { stage: web-shell, weight: ${weight}, rung: ${rung}, key: [${key}], entities: { ${key}: path } }
`;
}

const FILES: ReadonlyMap<string, string> = new Map([
  ['pack.yaml', PACK],
  ['builds.yaml', BUILDS],
  ['claims.yaml', CLAIMS],
  ['indicators.yaml', INDICATORS],
  ['sigma/files.yml', `${sigma('strange-page')}---\n${sigma('strange-text')}`],
  ['README.md', '# Small'],
  ['cases/one.yaml', 'anything'],
]);

function loud(rules: ReadonlyMap<string, RuleMeta>, options: unknown): readonly Check[] | { says: string } {
  if ((options as { level?: number } | undefined)?.level !== 3) return { says: 'expected level 3' };
  return [...rules.values()]
    .filter((meta) => meta.id !== 'whisper')
    .map((meta) => ({ meta, interest: { kinds: ['http.request'] }, watch: () => ({ see: () => undefined }) }));
}

const CONTEXT: PackContext = {
  sha256Hex: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  checks: new Map([['loud', loud]]),
  observers: new Map([['quiet', () => ({ name: 'quiet', kinds: [], observe: () => [] })]]),
};

function load(changed: Readonly<Record<string, string | Uint8Array | undefined>> = {}): LoadedPack {
  const files = new Map<string, string | Uint8Array>(FILES);
  for (const [path, text] of Object.entries(changed)) {
    if (text === undefined) files.delete(path);
    else files.set(path, text);
  }
  return loadPack(files, CONTEXT);
}

function faults(changed: Readonly<Record<string, string | Uint8Array | undefined>>): readonly string[] {
  try {
    load(changed);
  } catch (error) {
    if (error instanceof PackErrors) return error.errors.map((e) => e.message);
    throw error;
  }
  return [];
}

/** A file of the small pack with one thing said otherwise. */
function but(file: string, from: string, to: string): Record<string, string> {
  const text = FILES.get(file) ?? '';
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
  return { [file]: text.replace(from, to) };
}

function hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('a pack that holds together', () => {
  test('gives claims, must-sees, sources, trees and builds as the model names them', () => {
    const pack = load();
    expect(pack.id).toBe('small-2030-01');
    expect(pack.firstExploitation).toBe(Date.UTC(2029, 11, 1) * 1000);
    expect(pack.disclosed).toBe(Date.UTC(2030, 0, 2) * 1000);
    expect(pack.sources).toEqual([
      {
        id: 'front',
        title: 'Front log',
        records: ['iis:*'],
        except: ['iis:444'],
        quiet: 4 * 3600e6,
        fetch: 'the log',
        collect: [
          {
            path: '%Logs%\\W3SVC1',
            mask: '*.log',
            recursive: false,
            take: 'copy',
            bytes: 20 * 1024 ** 3,
            rank: 2,
            keeps: 'for ever',
          },
        ],
      },
    ]);
    expect(pack.trees[0]).toEqual({
      id: 'web',
      title: 'Web folder',
      roots: ['inetpub/wwwroot'],
      url: '/',
      landmarks: [['web.config', 'iisstart.htm']],
      content: false,
      fetch: 'the folder',
      collect: [
        {
          path: '%Web%',
          mask: '*',
          recursive: true,
          take: 'copy',
          bytes: 100 * 1024 ** 2,
          rank: 1,
          keeps: 'till deleted',
        },
      ],
    });
    expect(pack.roots).toEqual([
      {
        name: 'Logs',
        title: 'the log folder',
        lookup: { is: 'registry', key: 'SOFTWARE\\Thing\\Setup', value: 'LogPath' },
        usual: ['C:\\Logs'],
      },
      {
        name: 'Web',
        title: 'the web folder',
        lookup: { is: 'xml', file: '%SystemRoot%\\thing.config', element: 'site', attribute: 'path' },
        usual: ['C:\\inetpub\\wwwroot'],
      },
    ]);
    expect(pack.buildFiles?.collect.map(({ path, mask, take, bytes }) => [path, mask, take, bytes])).toEqual([
      ['%Web%\\bin', 'thing.exe', 'list', 1024],
    ]);
    expect(pack.mustSees[1]?.anyOf).toEqual([
      { is: 'tree', tree: 'web' },
      { is: 'build', maxRank: 2 },
    ]);
    expect(pack.updates).toEqual([
      { product: 'Thing', name: 'CU1', build: '1.0.10.0', fixed: '1.0.10.5', included: false },
      { product: 'Thing', name: 'CU2', build: '1.0.20.0', fixed: undefined, included: true },
      { product: 'Other', name: 'CU1', build: '2.0.10.0', fixed: undefined, included: false },
    ]);
    expect(pack.vulnerabilities).toEqual([{ cve: 'CVE-2030-10001', says: 'It lets people in.', notIn: ['Other'] }]);
    expect(pack.rules.map((rule) => rule.id)).toEqual(['knock', 'strange-page', 'strange-text', 'known-file']);
    expect(pack.claims[1]?.proofs).toEqual([
      {
        is: 'all',
        of: [
          { is: 'rule', rule: 'strange-page' },
          { is: 'rule', rule: 'strange-text' },
        ],
        same: 'path',
        within: undefined,
      },
    ]);
    expect(pack.claims[0]?.says.ruledOut).toBe('Not tried');
  });

  test('may take the options of a check from a file of its own', () => {
    const changed = {
      ...but('pack.yaml', 'options: { level: 3 }', 'options-from: loud.yaml'),
      'loud.yaml': 'level: 3\n',
    };
    expect(load(changed).rules).toHaveLength(4);
  });

  test('has an identity that its knowledge changes and its README and cases do not', () => {
    const { digest } = load();
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(load({ 'README.md': '# Otherwise', 'cases/two.yaml': 'more' }).digest).toBe(digest);
    expect(load(but('pack.yaml', 'Take it off', 'Take it quickly off')).digest).not.toBe(digest);
  });

  test('has the identity that sha256sum gives its files', () => {
    const listing = ['builds.yaml', 'claims.yaml', 'indicators.yaml', 'pack.yaml', 'sigma/files.yml'].map(
      (path) => `${hex(FILES.get(path) ?? '')}  ${path}\n`,
    );
    expect(load().digest).toBe(`sha256:${hex(listing.join(''))}`);
  });
});

/** Code to a change that provokes it and the messages it gives. The first message is the one in docs/pack-errors.md. */
const GOLDEN: readonly (readonly [string, Record<string, string | Uint8Array | undefined>, readonly string[]])[] = [
  [
    'P001',
    { 'builds.yaml': undefined, ...but('pack.yaml', '    not-in: [Other]\n', '') },
    ['P001 builds.yaml:1: expected the file builds.yaml'],
  ],
  [
    'P001',
    but('pack.yaml', 'options: { level: 3 }', 'options-from: loud.yaml'),
    [
      'P001 pack.yaml:41: options-from: expected the file loud.yaml',
      'P018 pack.yaml:40: check loud: expected level 3',
      'P014 claims.yaml:6: proof: no rule is called "knock"',
    ],
  ],
  [
    'P002',
    { 'indicators.yaml': 'rules: [\n' },
    [
      'P002 indicators.yaml:2: expected YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  ],
  [
    'P002',
    { 'indicators.yaml': 'rules: &all []\nmore: *all\n' },
    [
      'P002 indicators.yaml:2: expected a value, found the alias *all',
      'P005 indicators.yaml:2: indicators: unknown key "more", expected rules',
    ],
  ],
  ['P003', { 'indicators.yaml': new Uint8Array([0x72, 0xff]) }, ['P003 indicators.yaml:1: expected UTF-8']],
  [
    'P003',
    { 'indicators.yaml': new Uint8Array(4 * 1024 * 1024 + 1) },
    ['P003 indicators.yaml:1: expected at most 4194304 bytes, found 4194305'],
  ],
  [
    'P004',
    { 'run.js': 'alert(1)' },
    [
      'P004 run.js:1: expected pack.yaml, builds.yaml, claims.yaml, indicators.yaml, follow.yaml, traits.yaml, README.md, sigma/*.yml, cases/ or a file that pack.yaml names',
    ],
  ],
  [
    'P005',
    but('pack.yaml', '    quiet: 4h', '    quite: 4h\n    quiet: 4h'),
    ['P005 pack.yaml:15: source: unknown key "quite", did you mean "quiet"'],
  ],
  ['P006', but('pack.yaml', '    quiet: 4h\n', ''), ['P006 pack.yaml:11: source: missing key "quiet"']],
  [
    'P006',
    but('claims.yaml', '      - rule: knock\n', '      - rule: knock\n        any: []\n'),
    ['P006 claims.yaml:6: proof: expected one of rule, all, any, found rule and any'],
  ],
  [
    'P006',
    {
      'sigma/files.yml': `${sigma('strange-page')}---\n${sigma('strange-text')}---\n${sigma('foreign').replace(/^afterpatch.*$/m, '')}`,
    },
    [
      'P006 sigma/files.yml:15: rule "foreign": missing key "afterpatch", without it nobody knows what the rule may prove',
    ],
  ],
  [
    'P007',
    but('pack.yaml', 'title: A small campaign', 'title: 2030'),
    ['P007 pack.yaml:3: pack title: expected text, found the number 2030'],
  ],
  [
    'P007',
    but('pack.yaml', "    records: ['iis:*']", '    records: all'),
    [
      'P007 pack.yaml:13: source records: expected a list, found the text "all"',
      'P020 pack.yaml:13: source records: expected at least one name',
    ],
  ],
  [
    'P007',
    but('pack.yaml', '        rung: 1\n', '        rung: 12\n'),
    [
      'P007 pack.yaml:48: rule rung: expected a whole number from 0 to 9, found the number 12',
      'P027 claims.yaml:6: claim targeted: expected a rule of rung 1, 2, 3, 4, 5, 6, found knock of rung 0',
    ],
  ],
  [
    'P008',
    but('pack.yaml', '  - id: web\n    title: Web folder', '  - id: front\n    title: Web folder'),
    [
      'P008 pack.yaml:19: source or tree: "front" already stands on line 11',
      'P015 pack.yaml:33: must-see: no tree is called "web"',
    ],
  ],
  [
    'P008',
    { 'sigma/more.yml': sigma('knock') },
    ['P008 sigma/more.yml:1: rule: "knock" already stands in pack.yaml on line 43'],
  ],
  [
    'P008',
    but('builds.yaml', 'name: CU2, build: 1.0.20.0', 'name: CU2, build: 1.0.10.9'),
    ['P008 builds.yaml:3: update: "1.0.10" already stands on line 2'],
  ],
  [
    'P008',
    but('claims.yaml', 'claim: implanted', 'claim: targeted'),
    [
      'P008 claims.yaml:8: claim: "targeted" already stands on line 2',
      'P027 claims.yaml:12: claim targeted: expected a rule of rung 1, 2, 3, 4, 5, 6, found strange-page + strange-text of rung 7, 7',
    ],
  ],
  [
    'P008',
    but(
      'indicators.yaml',
      "      - { value: 'aa',",
      "      - { value: 'AA', what: Shell A, source: us, confidence: high }\n      - { value: 'aa',",
    ),
    ['P008 indicators.yaml:18: value: "aa" already stands on line 17'],
  ],
  [
    'P009',
    but('pack.yaml', 'id: small-2030-01', 'id: Small_2030'),
    ['P009 pack.yaml:1: pack id: expected lower-case words joined by "-", found "Small_2030"'],
  ],
  [
    'P009',
    but('pack.yaml', 'version: 1.0.0', 'version: v1'),
    ['P009 pack.yaml:2: pack version: expected three numbers such as 1.0.0, found "v1"'],
  ],
  [
    'P009',
    but('pack.yaml', 'CVE-2030-10001', 'CVE-2030'),
    ['P009 pack.yaml:7: vulnerability cve: expected a number such as CVE-2021-26855, found "CVE-2030"'],
  ],
  [
    'P010',
    but('pack.yaml', 'quiet: 4h', 'quiet: 4 hours'),
    ['P010 pack.yaml:15: source front quiet: expected a duration such as 90s, 10m, 4h or 2d, found "4 hours"'],
  ],
  [
    'P010',
    but('claims.yaml', 'same: path', 'within: 0h'),
    ['P010 claims.yaml:13: all within: expected a duration such as 90s, 10m, 4h or 2d, found "0h"'],
  ],
  [
    'P011',
    but('pack.yaml', '2029-12-01T00:00:00Z', '2029-02-30T00:00:00Z'),
    [
      'P011 pack.yaml:5: pack first-exploitation: expected a UTC time such as 2021-01-01T00:00:00Z, found "2029-02-30T00:00:00Z"',
    ],
  ],
  [
    'P012',
    but('builds.yaml', 'build: 1.0.10.0', 'build: 1.0.010.0'),
    ['P012 builds.yaml:2: update build: expected four numbers such as 15.1.2176.9, found "1.0.010.0"'],
  ],
  [
    'P013',
    but('pack.yaml', 'weight: medium', 'weight: heavy'),
    ['P013 pack.yaml:47: rule weight: expected decisive, strong, medium, weak, noise, found "heavy"'],
  ],
  [
    'P013',
    but('pack.yaml', 'when: [compromised]', 'when: [panic]'),
    ['P013 pack.yaml:37: advice when: expected a headline such as compromised-backdoor-present, found "panic"'],
  ],
  [
    'P013',
    but('builds.yaml', 'fixed: never', 'fixed: none'),
    ['P013 builds.yaml:4: update fixed: expected a build, included or never, found "none"'],
  ],
  [
    'P014',
    but('claims.yaml', 'rule: knock', 'rule: knok'),
    ['P014 claims.yaml:6: proof: no rule is called "knok", did you mean "knock"'],
  ],
  [
    'P015',
    but('pack.yaml', '{ source: front }', '{ source: fromt }'),
    ['P015 pack.yaml:29: must-see: no source is called "fromt", did you mean "front"'],
  ],
  [
    'P016',
    but('claims.yaml', 'must-see: [web]', 'must-see: [wep]'),
    ['P016 claims.yaml:14: must-see: none is called "wep", did you mean "web"'],
  ],
  [
    'P017',
    but('pack.yaml', 'checks:\n', 'observers:\n  - use: quite\nchecks:\n'),
    ['P017 pack.yaml:40: no observer is called "quite", did you mean "quiet"'],
  ],
  [
    'P017',
    but('pack.yaml', 'use: loud', 'use: silent'),
    [
      'P017 pack.yaml:40: no check is called "silent", expected loud',
      'P014 claims.yaml:6: proof: no rule is called "knock"',
    ],
  ],
  [
    'P018',
    but('pack.yaml', 'level: 3', 'level: 4'),
    ['P018 pack.yaml:40: check loud: expected level 3', 'P014 claims.yaml:6: proof: no rule is called "knock"'],
  ],
  [
    'P018',
    but('pack.yaml', 'id: knock', 'id: whisper'),
    [
      'P018 pack.yaml:43: check loud: expected one of its rules, found "whisper"',
      'P014 claims.yaml:6: proof: no rule is called "knock"',
    ],
  ],
  [
    'P019',
    {
      'sigma/files.yml': `${sigma('strange-page')}---\n${sigma('strange-text').replace('condition: a', 'condition: b')}`,
    },
    [
      "P019 sigma/files.yml:11: R041 condition names 'b', which is no selection of this rule",
      'P014 claims.yaml:12: proof: no rule is called "strange-text"',
    ],
  ],
  [
    'P020',
    but('pack.yaml', "records: ['iis:*']", "records: ['*']"),
    ['P020 pack.yaml:13: source records: expected a name, or one that ends in "*", found "*"'],
  ],
  [
    'P020',
    but('pack.yaml', 'roots: [inetpub/wwwroot]', "roots: ['Inetpub\\wwwroot']"),
    ['P020 pack.yaml:21: tree roots: expected a lower-case path with "/" between the parts, found "Inetpub\\wwwroot"'],
  ],
  [
    'P020',
    but('pack.yaml', 'url: /', 'url: web'),
    ['P020 pack.yaml:22: tree url: expected a path that begins and ends with "/", found "web"'],
  ],
  [
    'P021',
    but('builds.yaml', 'fixed: 1.0.10.5', 'fixed: 1.0.11.5'),
    ['P021 builds.yaml:2: update fixed: expected the first three numbers of 1.0.10.0, found 1.0.11.5'],
  ],
  [
    'P021',
    but('builds.yaml', 'fixed: 1.0.10.5', 'fixed: 1.0.10.0'),
    ['P021 builds.yaml:2: update fixed: expected a build above 1.0.10.0, found 1.0.10.0'],
  ],
  [
    'P022',
    but('claims.yaml', "ruled-out: 'Not tried', ", ''),
    ['P022 claims.yaml:4: says: missing sentence "ruled-out"'],
  ],
  [
    'P022',
    but('claims.yaml', "ruled-out: 'Not tried'", "ruled-out: 'Not tried from {address}'"),
    [
      'P022 claims.yaml:4: says ruled-out: {address} cannot be filled, only the sentence of an established claim has a proof',
    ],
  ],
  [
    'P022',
    but('claims.yaml', 'Placed at {path}', 'Placed by {who}'),
    ['P022 claims.yaml:10: says established: {who} cannot be filled, the proofs fold by path'],
  ],
  [
    'P023',
    but('claims.yaml', '    must-see: [front-end]\n', ''),
    [
      'P023 claims.yaml:2: claim targeted: expected at least one must-see, without one it would be ruled out by looking at nothing',
    ],
  ],
  [
    'P024',
    but('claims.yaml', '    question: Repaired?\n', '    question: Repaired?\n    proofs: [{ rule: knock }]\n'),
    ['P024 claims.yaml:17: claim remediated: expected no proofs, it is computed from two states of the server'],
  ],
  [
    'P024',
    but('claims.yaml', '    proofs:\n      - rule: knock\n', ''),
    ['P024 claims.yaml:2: claim targeted: expected at least one proof, it could never be established'],
  ],
  [
    'P025',
    but('claims.yaml', '        same: path\n', ''),
    ['P025 claims.yaml:12: all: expected same or within, without them two strangers on one server are joined'],
  ],
  [
    'P025',
    but('claims.yaml', ', { rule: strange-text }', ''),
    [
      'P025 claims.yaml:12: all: expected at least two conditions, found 1',
      'P028 claims.yaml:12: claim implanted: expected a decisive rule, or a strong one joined with another that is not noise, found strange-page of weight strong',
    ],
  ],
  [
    'P026',
    but('claims.yaml', 'same: path', 'same: address'),
    [
      'P026 claims.yaml:12: same address: expected it among the key of strange-page, found path',
      'P026 claims.yaml:12: same address: expected it among the key of strange-text, found path',
    ],
  ],
  [
    'P026',
    but('indicators.yaml', 'key: [path]', 'key: [sha256]'),
    ['P026 indicators.yaml:8: rule key: expected one of its entities, found "sha256"'],
  ],
  [
    'P027',
    but('claims.yaml', 'claim: implanted', 'claim: operated'),
    [
      'P027 claims.yaml:12: claim operated: expected a rule of rung 8, 9, found strange-page + strange-text of rung 7, 7',
    ],
  ],
  [
    'P028',
    {
      'sigma/files.yml': `${sigma('strange-page', { weight: 'weak' })}---\n${sigma('strange-text', { weight: 'medium' })}`,
    },
    [
      'P028 claims.yaml:12: claim implanted: expected a decisive rule, or a strong one joined with another that is not noise, found strange-page + strange-text of weight weak, medium',
    ],
  ],
  [
    'P029',
    {
      ...but('claims.yaml', 'claim: implanted', 'claim: persisting'),
      'sigma/files.yml': `${sigma('strange-page', { logsource: '{ product: windows, category: file_event }' })}---\n${sigma('strange-text', { logsource: '{ product: windows, category: file_event }' })}`,
    },
    [
      'P029 claims.yaml:12: claim persisting: expected a rule over files or configuration as they are now, found strange-page + strange-text over windows.event',
    ],
  ],
  [
    'P030',
    but('pack.yaml', 'not-in: [Other]', 'not-in: [Others]'),
    ['P030 pack.yaml:9: vulnerability not-in: expected a product of builds.yaml (Thing, Other), found "Others"'],
  ],
  [
    'P031',
    but('pack.yaml', "'%Logs%\\W3SVC1'", "'C:\\Logs\\W3SVC1'"),
    [
      'P031 pack.yaml:17: source front collect path: expected a folder such as %SystemRoot%\\System32, without a backslash at the end, found "C:\\Logs\\W3SVC1"',
    ],
  ],
  ...['%Logs%\\', '%Logs%\\..\\x', '%Logs%/W3SVC1', '%Logs%\\a[b]', '%Logs%\\x.', '%Logs%\\a|b', '%Logs%\\a%b'].map(
    (path) =>
      [
        'P031',
        but('pack.yaml', "'%Logs%\\W3SVC1'", `'${path}'`),
        [
          `P031 pack.yaml:17: source front collect path: expected a folder such as %SystemRoot%\\System32, without a backslash at the end, found "${path}"`,
        ],
      ] as const,
  ),
  [
    'P031',
    but('pack.yaml', "mask: '*.log'", "mask: 'a\\b.log'"),
    ['P031 pack.yaml:17: source front collect mask: expected a file name such as *.log, found "a\\b.log"'],
  ],
  [
    'P031',
    but('pack.yaml', 'size: 20 GB', 'size: 20 gigabytes'),
    ['P031 pack.yaml:17: source front collect size: expected a size such as 100 MB, found "20 gigabytes"'],
  ],
  [
    'P031',
    but('pack.yaml', "'C:\\Logs'", "'\\\\server\\share'"),
    ['P031 pack.yaml:57: root Logs usual: expected a path such as C:\\Windows, found "\\\\server\\share"'],
  ],
  [
    'P031',
    but('pack.yaml', "'SOFTWARE\\Thing\\Setup'", "'SOFTWARE\\..\\Setup'"),
    [
      'P031 pack.yaml:56: root Logs lookup: expected a key below HKEY_LOCAL_MACHINE such as SOFTWARE\\Microsoft, found "SOFTWARE\\..\\Setup"',
    ],
  ],
  [
    'P031',
    but('pack.yaml', 'element: site', "element: 'site[1]'"),
    ['P031 pack.yaml:60: root Web lookup: expected letters and digits, found "site[1]"'],
  ],
  [
    'P006',
    but('pack.yaml', ' recursive: true, size: 100 MB', ' size: 100 MB'),
    ['P006 pack.yaml:25: collect: missing key "recursive"'],
  ],
  [
    'P008',
    but('pack.yaml', '  - name: Web\n', '  - name: LOGS\n'),
    [
      'P008 pack.yaml:58: root: "LOGS" already stands on line 54',
      'P032 pack.yaml:25: tree web collect path: no root is called "Web", expected Logs, LOGS',
      'P032 pack.yaml:65: build-files collect path: no root is called "Web", expected Logs, LOGS',
    ],
  ],
  [
    'P032',
    but('pack.yaml', "'%Logs%\\W3SVC1'", "'%Log%\\W3SVC1'"),
    ['P032 pack.yaml:17: source front collect path: no root is called "Log", did you mean "Logs"'],
  ],
  [
    'P033',
    but(
      'pack.yaml',
      "collect: [{ path: '%Web%', recursive: true, size: 100 MB, rank: 1, keeps: till deleted }]",
      'collect: []',
    ),
    ['P033 pack.yaml:25: tree web collect: expected at least one place, without one nobody can fetch it'],
  ],
  [
    'P033',
    but('pack.yaml', PACK.slice(PACK.indexOf('build-files:')), ''),
    [
      'P033 pack.yaml:31: must-see: expected "build-files" in this file, without it nobody knows which files prove a build',
    ],
  ],
  [
    'P034',
    { 'traits.yaml': TRAITS.replace('[knock]', '[knok]') },
    ['P034 traits.yaml:5: trait seen: no rule is called "knok", did you mean "knock"'],
  ],
  [
    'P035',
    { 'follow.yaml': FOLLOW.replace('[knock]', '[knok]') },
    ['P035 follow.yaml:12: from: no rule before this one is called "knok", did you mean "knock"'],
  ],
  ['P026', { 'follow.yaml': FOLLOW.replace('key: [address]', 'key: [door]') }, []],
];

describe('a pack that contradicts itself is refused', () => {
  test.each(GOLDEN.map(([code, changed, says], index) => ({ code, changed, says, index })))(
    '$code (case $index) with file, line and what would be right',
    ({ code, changed, says }) => {
      const found = faults(changed);
      expect(found.some((message) => message.startsWith(code))).toBe(true);
      if (says.length > 0) expect(found.toSorted()).toEqual([...says].toSorted());
    },
  );

  test('every code there is has a golden message', () => {
    expect([...new Set(GOLDEN.map(([code]) => code))].toSorted()).toEqual(Object.keys(PACK_ERROR_CODES));
  });

  test('every code there is has its row in docs/pack-errors.md, with its first golden message', () => {
    const page = readFileSync(new URL('../../../docs/pack-errors.md', import.meta.url), 'utf8');
    for (const code of Object.keys(PACK_ERROR_CODES)) {
      const message = GOLDEN.find(([golden]) => golden === code)?.[2][0];
      expect(page).toContain(`| ${code} |`);
      if (message !== undefined) expect(page).toContain(message);
    }
  });

  test('a fault of a Sigma rule is named with the code of the rule language', () => {
    const [first] = faults({
      'sigma/files.yml': `${sigma('strange-page')}---\n${sigma('strange-text').replace('condition: a', 'condition: b')}`,
    });
    expect(first).toMatch(/^P014 claims\.yaml:12/);
    expect(
      faults({
        'sigma/files.yml': `${sigma('strange-page')}---\n${sigma('strange-text').replace('condition: a', 'condition: b')}`,
      }),
    ).toContainEqual(expect.stringMatching(/^P019 sigma\/files\.yml:\d+: R04\d /));
  });

  test('all faults of all files are reported at once, by file and line', () => {
    const found = faults({
      ...but('builds.yaml', 'fixed: never', 'fixed: none'),
      ...but('pack.yaml', 'quiet: 4h', 'quiet: long'),
      'x.exe': '',
    });
    expect(found.map((message) => message.slice(0, message.indexOf(':')))).toEqual([
      'P013 builds.yaml',
      'P010 pack.yaml',
      'P004 x.exe',
    ]);
  });
});

/** Codes of the faults of a pack whose claim rests on one rule. */
function claimBy(id: string, rule: { readonly weight: string; readonly rung: number }): readonly string[] {
  const { weight, rung } = rule;
  const claims = CLAIMS.replace('claim: implanted', `claim: ${id}`).replace(
    /      - all:[^\n]*\n        same: path\n/,
    '      - rule: strange-page\n',
  );
  return faults({
    'claims.yaml': claims
      .replace('  - claim: targeted', `  - claim: ${id === 'targeted' ? 'vulnerable' : 'targeted'}`)
      .replace('rule: knock', id === 'targeted' ? 'rule: ssrf' : 'rule: knock'),
    'sigma/files.yml': `${sigma('strange-page', { weight, rung })}---\n${sigma('ssrf', { weight: 'strong', rung: 3, key: 'address' })}`,
  }).map((m) => m.slice(0, 4));
}

describe('the law of the judge', () => {
  test.each([
    ['targeted', 1, 'medium', []],
    ['targeted', 1, 'weak', ['P028']],
    ['targeted', 1, 'noise', ['P028']],
    ['targeted', 0, 'decisive', ['P027']],
    ['targeted', 2, 'strong', []],
    ['vulnerable', 2, 'decisive', ['P027']],
    ['exploited', 2, 'decisive', ['P027']],
    ['exploited', 3, 'decisive', ['P027']],
    ['exploited', 4, 'decisive', []],
    ['exploited', 5, 'strong', ['P028']],
    ['exploited', 6, 'medium', ['P028']],
    ['data-accessed', 4, 'decisive', []],
    ['data-accessed', 5, 'decisive', ['P027']],
    ['implanted', 6, 'decisive', ['P027']],
    ['implanted', 7, 'decisive', []],
    ['operated', 7, 'decisive', ['P027']],
    ['operated', 8, 'decisive', []],
    ['operated', 8, 'strong', ['P028']],
    ['persisting', 8, 'decisive', ['P027']],
    ['persisting', 9, 'decisive', []],
  ] as const)('claim %s by one rule of rung %i and weight %s: %j', (id, rung, weight, expected) => {
    expect(claimBy(id, { rung, weight })).toEqual(expected);
  });

  test('noise joined to a strong rule adds nothing', () => {
    expect(
      faults({ 'sigma/files.yml': `${sigma('strange-page')}---\n${sigma('strange-text', { weight: 'noise' })}` }).map(
        (m) => m.slice(0, 4),
      ),
    ).toEqual(['P028']);
  });

  test('every branch of a proof must keep the law, not only one', () => {
    const claims = CLAIMS.replace('{ rule: strange-text }]', '{ any: [{ rule: strange-text }, { rule: chatter }] }]');
    const rules = `${sigma('strange-page')}---\n${sigma('strange-text')}---\n${sigma('chatter', { weight: 'noise' })}`;
    expect(faults({ 'claims.yaml': claims, 'sigma/files.yml': rules })).toEqual([
      'P028 claims.yaml:12: claim implanted: expected a decisive rule, or a strong one joined with another that is not noise, found strange-page + chatter of weight strong, noise',
    ]);
  });
});
