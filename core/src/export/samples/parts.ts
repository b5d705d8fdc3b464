import type { CaseArtifact, CaseClaim, CaseCoverage, CaseFile, CaseFinding, CaseHost } from '../../model/case-file.ts';
import type { Answer, ClaimId, Headline } from '../../model/claim.ts';

/** What the hand-made cases are put together from: the artifacts, findings and coverage of one Exchange server. */

export const CAMPAIGN = 'exchange-2021-03';
export const FROM = '2021-01-01T00:00:00.000Z';
export const AS_OF = '2021-03-09T10:12:30.000Z';
const HASH = (fill: string): string => fill.repeat(64).slice(0, 64);

const IIS = 'u_ex210303.log';
export const SHELL = '/aspnet_client/system_web/zQw81kPd.aspx';

const artifacts: readonly CaseArtifact[] = [
  artifact('a-iis', `C/inetpub/logs/LogFiles/W3SVC1/${IIS}`, 'iis-w3c', 184_211),
  artifact('a-proxy', 'C/Program Files/Microsoft/Exchange Server/V15/Logging/HttpProxy/Ecp/HttpProxy_2021030304-1.LOG', 'exchange-csv', 9_120),
  artifact('a-ecp', 'C/Program Files/Microsoft/Exchange Server/V15/Logging/ECP/Server/ECPServer20210303-1.LOG', 'exchange-csv', 2_033),
  artifact('a-shell', 'C/inetpub/wwwroot/aspnet_client/system_web/zQw81kPd.aspx', 'file', 1),
  {
    ...artifact('a-evtx', 'C/Windows/System32/winevt/Logs/MSExchange Management.evtx', 'evtx', 4_410),
    gaps: [{ reason: 'damaged', offset: 1_114_112, length: 65_536, says: 'chunk checksum is 8a11c0de, its records give 00f1b2aa' }],
  },
  { ...artifact('a-zip', 'C/backup/old.rar', 'none', 0), format: null },
  {
    ...artifact('a-sec', 'C/Windows/System32/winevt/Logs/Security.evtx', 'none', 0),
    format: null,
    sha256: null,
    gaps: [{ reason: 'unreadable', offset: 0, length: 0, says: 'permission denied' }],
  },
];

export const ssrf: CaseFinding = {
  id: 'f-3c1d9a07e2b4',
  rule: 'forged-anchor-proxylogon-241',
  title: 'A forged backend cookie minted an administrator session',
  level: 'critical',
  stage: 'ssrf',
  campaign: CAMPAIGN,
  host: 'h-mail01',
  count: 5,
  since: '2021-03-03T04:14:49.312Z',
  until: '2021-03-04T03:37:10.004Z',
  entities: [
    { kind: 'address', value: '86.105.18.116' },
    { kind: 'canary', value: 'k3J9aTqLw0yq' },
  ],
  sightings: [
    {
      artifact: 'a-proxy',
      offset: 48_213,
      length: 712,
      sha256: HASH('1a'),
      at: '2021-03-03T04:14:49.312Z',
      excerpt:
        '2021-03-03T04:14:49.312Z,6f1c...,15,1,2106,2,,Ecp,203.0.113.7,/ecp/y.js,,FBA,False,,,ServerInfo~a]@mail01.contoso.example:444/ecp/proxyLogon.ecp?#,python-requests/2.25.1,86.105.18.116,MAIL01,241,241,,POST,Proxy',
    },
  ],
};

export const written: CaseFinding = {
  id: 'f-90be11d2acb8',
  rule: 'oab-external-url-script',
  title: 'A script was written into the OAB external URL',
  level: 'critical',
  stage: 'file-write',
  campaign: CAMPAIGN,
  host: 'h-mail01',
  count: 1,
  since: '2021-03-03T04:14:57.100Z',
  until: '2021-03-03T04:14:57.100Z',
  entities: [{ kind: 'path', value: SHELL }],
  sightings: [
    {
      artifact: 'a-ecp',
      offset: 7_040,
      length: 455,
      sha256: HASH('2b'),
      at: '2021-03-03T04:14:57.100Z',
      excerpt: "S:CMD=Set-OabVirtualDirectory.ExternalUrl=''http://f/<scr... [inert]",
    },
  ],
};

export const requested: CaseFinding = {
  id: 'f-b7710c55f0e1',
  rule: 'shell-requested',
  title: 'The web shell answered a POST from outside',
  level: 'critical',
  stage: 'web-shell',
  campaign: CAMPAIGN,
  host: 'h-mail01',
  count: 14,
  since: '2021-03-03T04:15:12.000Z',
  until: '2021-03-05T22:01:40.000Z',
  entities: [
    { kind: 'path', value: SHELL },
    { kind: 'address', value: '86.105.18.116' },
  ],
  sightings: [
    {
      artifact: 'a-iis',
      offset: 4_711,
      length: 163,
      sha256: HASH('3c'),
      at: '2021-03-03T04:15:12.000Z',
      excerpt: `2021-03-03 04:15:12 10.0.0.5 POST ${SHELL} - 443 - 86.105.18.116 antSword/v2.1 - 200 0 0 218`,
    },
    {
      artifact: 'a-iis',
      offset: 9_902,
      length: 163,
      sha256: HASH('4d'),
      at: '2021-03-03T04:16:02.000Z',
      excerpt: `2021-03-03 04:16:02 10.0.0.5 POST ${SHELL} - 443 - 86.105.18.116 antSword/v2.1 - 200 0 0 530`,
    },
  ],
};

export const onDisk: CaseFinding = {
  id: 'f-0d44a1b9c3ee',
  rule: 'foreign-aspx-in-web-root',
  title: 'A server page that the product does not ship lies in a web root',
  level: 'high',
  stage: 'web-shell',
  campaign: CAMPAIGN,
  host: 'h-mail01',
  count: 1,
  since: null,
  until: null,
  entities: [{ kind: 'path', value: SHELL }],
  sightings: [{ artifact: 'a-shell', offset: 0, length: 2_348, sha256: HASH('5e'), at: null, excerpt: 'Name : OAB (Default Web Site) ... [inert]' }],
};

export const scanned: CaseFinding = {
  id: 'f-77aa90d1e2f3',
  rule: 'scanner-localhost-anchor',
  title: 'A public scanner asked the server through a forged cookie',
  level: 'medium',
  stage: 'recon',
  campaign: CAMPAIGN,
  host: 'h-mail01',
  count: 14,
  since: '2021-03-06T10:36:01.000Z',
  until: '2021-03-08T16:54:20.000Z',
  entities: [{ kind: 'address', value: '198.51.100.20' }],
  sightings: [
    {
      artifact: 'a-proxy',
      offset: 91_002,
      length: 640,
      sha256: HASH('6f'),
      at: '2021-03-06T10:36:01.000Z',
      excerpt: '2021-03-06T10:36:01.000Z,...,Owa,203.0.113.7,/owa/auth/x.js,,FBA,false,,,ServerInfo~localhost/owa/auth/logon.aspx?,...,500,500',
    },
  ],
};

export const archive: CaseFinding = {
  ...scanned,
  id: 'f-55c0ffee1234',
  rule: 'archive-in-programdata',
  title: 'An archive with a short name lies in ProgramData',
  level: 'medium',
  stage: 'post-exploitation',
  count: 2,
};

export const shellHunter: CaseFinding = {
  ...scanned,
  id: 'f-1200beef4321',
  rule: 'shell-hunter',
  title: 'Someone asked for known shell names and got none',
  level: 'low',
  stage: 'recon',
  count: 41,
};

export const host: CaseHost = {
  id: 'h-mail01',
  names: ['MAIL01', 'mail01.contoso.example'],
  identity: [{ kind: 'computer', value: 'MAIL01', from: 'HttpProxy column ServerHostName' }],
  product: 'Exchange2016',
  build: '15.1.2106.2',
  fixed: { 'CVE-2021-26855': 'no', 'CVE-2021-27065': 'no' },
  asOf: AS_OF,
  isReferencedOnly: false,
  roles: [],
  builds: [],
  exposure: [],
};

export const coverage: readonly CaseCoverage[] = [
  source('iis', 'IIS logs, front end', [['2021-01-01T00:00:00.000Z', AS_OF]], 1_911_204, 3_600),
  source('http-proxy', 'HttpProxy logs, Ecp folder', [['2021-02-07T09:00:00.000Z', AS_OF]], 402_114, 21_600),
  source(
    'ecp-server',
    'ECP server log',
    [
      ['2021-02-07T00:00:00.000Z', '2021-03-03T04:20:00.000Z'],
      ['2021-03-05T08:00:00.000Z', AS_OF],
    ],
    18_044,
    86_400,
  ),
  source('management-events', 'MSExchange Management event log', [], 0, 86_400),
  tree('web-root', 'Web root inetpub\\wwwroot', 'enumerated', 214),
  tree('frontend', 'FrontEnd\\HttpProxy folder', 'partial', 1_203),
];

export const missingProxy = {
  mustSee: 'forged-requests',
  title: 'Requests with a forged backend cookie',
  spans: [{ from: FROM, to: '2021-02-07T09:00:00.000Z' }],
  reason: 'HttpProxy logs, Ecp folder: silent or missing on the days named',
  why: 'The attack itself shows only in these logs; before 7 February the servers were attacked without a trace elsewhere',
  fetch: 'C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Logging\\HttpProxy (all folders), also from backups and shadow copies',
} as const;

export const missingTree = {
  mustSee: 'frontend-tree',
  title: 'All files of the front end',
  spans: [],
  reason: 'FrontEnd\\HttpProxy folder: listed only in part',
  why: 'Web shells lie in owa\\auth and ecp\\auth as often as in aspnet_client',
  fetch: 'C:\\Program Files\\Microsoft\\Exchange Server\\V15\\FrontEnd\\HttpProxy with everything below',
} as const;

const LIMITS = [
  { id: 'memory', says: 'Code that lives in memory only, such as an injected worker process, leaves nothing that this pack reads' },
  { id: 'stolen-keys', says: 'Whether keys or passwords were copied cannot be seen; a server that ran foreign commands must be taken as if they were' },
];

interface CaseParts {
  readonly headline: Headline;
  readonly says: string;
  readonly next: readonly string[];
  readonly claims: readonly CaseClaim[];
  readonly findings: readonly CaseFinding[];
  readonly coverage?: readonly CaseCoverage[];
}

export function caseOf(parts: CaseParts): CaseFile {
  return {
    schema: 'afterpatch.case/1',
    engine: { version: '0.1.0' },
    packs: [{ id: CAMPAIGN, version: '1.0.0', digest: HASH('ab') }],
    options: { asOf: AS_OF },
    inputs: [{ name: 'evidence', isSnapshot: false }],
    evidence: { id: HASH('cd') },
    artifacts,
    hosts: [host],
    headline: { worst: parts.headline, counts: { [parts.headline]: 1 } },
    verdicts: [{ host: host.id, campaign: CAMPAIGN, headline: parts.headline, says: parts.says, next: parts.next }],
    claims: parts.claims,
    findings: parts.findings,
    coverage: parts.coverage ?? coverage,
    intrusions: [],
    organisation: { headline: parts.headline, says: parts.says, missing: [] },
    collections: [],
    prior: [],
    limits: LIMITS,
  };
}

/** What `backdoorPresent` proves without the file on disk. */
export function brokenInto(others: readonly CaseClaim[]): readonly CaseClaim[] {
  return [
    claim('targeted', 'established', 'The server was attacked from 86.105.18.116', { rests: [ssrf.id] }),
    claim('exploited', 'established', 'A forged request got an administrator session', { rests: [ssrf.id] }),
    claim('operated', 'established', `Commands were run through the web shell ${SHELL}`, { rests: [written.id, requested.id] }),
    ...others,
  ];
}

interface ClaimParts {
  readonly rests?: readonly string[];
  readonly seen?: CaseClaim['seen'];
  readonly unseen?: CaseClaim['unseen'];
  readonly to?: string | null;
}

export function claim(id: ClaimId, answer: Answer, says: string, parts: ClaimParts): CaseClaim {
  return {
    id: `${host.id}/${CAMPAIGN}/${id}`,
    claim: id,
    campaign: CAMPAIGN,
    host: host.id,
    answer,
    says,
    window: { from: FROM, to: parts.to === undefined ? AS_OF : parts.to },
    rests: parts.rests ?? [],
    seen: parts.seen ?? [],
    unseen: parts.unseen ?? [],
  };
}

export function cleanClaims(vulnerable: Answer): readonly CaseClaim[] {
  const seen = [
    { mustSee: 'forged-requests', by: 'http-proxy', spans: [{ from: FROM, to: AS_OF }] },
    { mustSee: 'requests', by: 'iis', spans: [{ from: FROM, to: AS_OF }] },
  ];
  const trees = [
    { mustSee: 'pages', by: 'web-root', spans: [] },
    { mustSee: 'frontend-tree', by: 'frontend', spans: [] },
  ];
  const state =
    vulnerable === 'established' ? 'The server is open to the attack: build 15.1.2106.2 lacks the fix' : 'The server holds the fix: build 15.1.2106.13 holds the fix';
  return [
    claim('vulnerable', vulnerable, state, { seen: [{ mustSee: 'build', by: 'build', spans: [] }] }),
    claim('targeted', 'ruled-out', 'The server was not attacked', { seen }),
    claim('exploited', 'ruled-out', 'No attack succeeded', { seen }),
    claim('data-accessed', 'ruled-out', 'No mailbox was read', { seen }),
    claim('implanted', 'ruled-out', 'No web shell was written', { seen: trees }),
    claim('operated', 'ruled-out', 'No web shell was used', { seen }),
    claim('persisting', 'ruled-out', 'No way back in is there', { seen: trees }),
    claim('remediated', 'not-applicable', 'There is nothing to repair', {}),
  ];
}

export function fullCoverage(): readonly CaseCoverage[] {
  const span: readonly [string, string] = [FROM, AS_OF];
  return [
    source('iis', 'IIS logs, front end', [span], 1_911_204, 3_600),
    source('http-proxy', 'HttpProxy logs, Ecp folder', [span], 402_114, 21_600),
    tree('web-root', 'Web root inetpub\\wwwroot', 'enumerated', 214),
    tree('frontend', 'FrontEnd\\HttpProxy folder', 'enumerated', 1_203),
  ];
}

function source(kind: string, title: string, spans: readonly (readonly [string, string])[], records: number, quiet: number): CaseCoverage {
  return { kind, host: 'h-mail01', title, spans: spans.map(([from, to]) => ({ from, to })), records, quiet, extent: null, holes: [], clock: null };
}

function tree(kind: string, title: string, how: 'enumerated' | 'partial', files: number): CaseCoverage {
  return { kind, host: 'h-mail01', title, spans: [], records: files, quiet: null, extent: { root: title, how, asOf: AS_OF, files }, holes: [], clock: null };
}

export function artifact(id: string, path: string, format: string, records: number): CaseArtifact {
  return { id, path, container: null, original: null, copyOf: null, size: 1_000 + records * 180, sha256: HASH('7a'), format, records, gaps: [] };
}
