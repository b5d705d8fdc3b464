import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

import { loadPackFolder } from '../cli/src/engine-door.ts';
import { assess } from '../core/src/engine/assess.ts';
import type { CaseFile } from '../core/src/model/case-file.ts';
import type { EvidenceSource } from '../core/src/model/evidence.ts';
import { readCase } from '../core/src/specimen/read-case.ts';
import { specimen } from '../core/src/specimen/specimen.ts';
import { nodeHost } from '../node/src/node-host.ts';

/** What an adversarial review cleared wrongly once. Each test takes the clean server and changes one thing. */

const PACK = await loadPackFolder(join(import.meta.dirname, '../packs/exchange-2021-03'));
const CLEAN = join(import.meta.dirname, '../packs/exchange-2021-03/cases/clean.yaml');
const FRONT = 'C/inetpub/logs/LogFiles/W3SVC1/u_ex210303.log';
/** A day for which no HttpProxy log is left to stand in. */
const JANUARY = 'C/inetpub/logs/LogFiles/W3SVC1/u_ex210115.log';
const clean = new Map<string, Buffer>();

beforeAll(() => {
  const { scenario } = readCase(readFileSync(CLEAN, 'utf8'), 'clean.yaml').trials[0];
  for (const file of specimen(scenario)) clean.set(file.path, Buffer.concat([...file.pieces()]));
});

function sourceOf(name: string, files: ReadonlyMap<string, Buffer | 'locked'>): EvidenceSource {
  return {
    name,
    emptyFolders: () => [],
    async *list() {
      for (const [path, bytes] of files) {
        const size = bytes.length;
        const open = () =>
          bytes === 'locked'
            ? Promise.reject(new Error('EACCES (permission denied)'))
            : Promise.resolve({
                size,
                readInto: (at: number, into: Uint8Array) => bytes.copy(into, 0, at),
                close: () => Promise.resolve(),
              });
        yield { path, size, open };
      }
    },
  };
}

async function assessed(...sources: readonly EvidenceSource[]): Promise<CaseFile> {
  return await assess({ sources, packs: [PACK], options: { version: 'test' } }, nodeHost());
}

function changed(
  change: Readonly<Record<string, Buffer | 'locked' | undefined>>,
): ReadonlyMap<string, Buffer | 'locked'> {
  const files = new Map<string, Buffer | 'locked'>(clean);
  for (const [path, bytes] of Object.entries(change)) {
    if (bytes === undefined) files.delete(path);
    else files.set(path, bytes);
  }
  return files;
}

const answers = (result: CaseFile) => Object.fromEntries(result.claims.map((c) => [c.claim, c.answer]));
const linesOf = (path: string): string[] => (clean.get(path) ?? Buffer.alloc(0)).toString('latin1').split('\r\n');
const row = (request: string): string =>
  `2021-03-03 12:00:00 10.10.2.11 ${request} 443 - 203.0.113.5 Mozilla/5.0 - 200 0 0 12`;

test('the server that these tests change is clean', async () => {
  expect((await assessed(sourceOf('e', clean))).headline.worst).toBe('no-trace');
});

test.each([
  [
    'a page in aspnet_client that answered a GET',
    { [FRONT]: () => [...linesOf(FRONT), row('GET /aspnet_client/discover.aspx -'), ''] },
    'implanted',
  ],
  [
    'a page in aspnet_client that answered with path information',
    { [FRONT]: () => [...linesOf(FRONT), row('POST /aspnet_client/a.aspx/x -'), ''] },
    'implanted',
  ],
  [
    'a log of the front end without its status column',
    { [JANUARY]: () => linesOf(JANUARY).map((line) => line.replaceAll('sc-status', 'x-status')) },
    'targeted',
  ],
])('%s is not cleared', async (_, change, claim) => {
  const files = Object.fromEntries(
    Object.entries(change).map(([path, lines]) => [path, Buffer.from(lines().join('\r\n'), 'latin1')]),
  );
  const result = await assessed(sourceOf('e', changed(files)));
  expect(answers(result)[claim]).toBe('undetermined');
  expect(['no-trace', 'not-vulnerable']).not.toContain(result.headline.worst);
});

test('a page that cannot be opened is judged by its name, and its folder was not listed whole', async () => {
  const result = await assessed(sourceOf('e', changed({ 'C/inetpub/wwwroot/aspnet_client/supp0rt.aspx': 'locked' })));
  expect(result.findings.map((f) => f.rule)).toContain('page-not-shipped');
  expect(answers(result)).toMatchObject({ implanted: 'undetermined', persisting: 'undetermined' });
});

test('a listing that names the IIS configuration does not show what stands in it', async () => {
  const config = 'C/Windows/System32/inetsrv/config/applicationHost.config';
  const list =
    'FullPath,Size,SHA256\nC:\\Windows\\System32\\inetsrv\\config\\applicationHost.config,10,' + 'a'.repeat(64) + '\n';
  const result = await assessed(sourceOf('e', changed({ [config]: undefined, 'files.csv': Buffer.from(list) })));
  expect(answers(result)['persisting']).toBe('undetermined');
});

test('the logs of one input do not fill the holes of another', async () => {
  const [logs, rest] = [new Map<string, Buffer>(), new Map<string, Buffer>()];
  for (const [path, bytes] of clean)
    (path.includes('/W3SVC') ? logs : rest).set(path.replace('C/inetpub/logs/', ''), bytes);
  const result = await assessed(sourceOf('EX01', rest), sourceOf('EX02', logs));
  expect(result.hosts.filter((h) => !h.isReferencedOnly).length).toBe(2);
  expect(result.verdicts.map((v) => v.headline)).not.toContain('no-trace');
});

test('three hours of every four taken out of a busy log are seen', async () => {
  const rows: string[] = [
    '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken',
  ];
  for (let hour = 0; hour < 24; hour += 4) {
    for (let minute = 0; minute < 60; minute += 1)
      rows.push(
        `2021-03-03 ${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00 10.10.2.11 GET /owa/ - 443 - ::1 AMProbe - 200 0 0 1`,
      );
  }
  const change: Record<string, Buffer> = {};
  for (const path of clean.keys()) {
    const day = /W3SVC1\/u_ex(\d\d)(\d\d)(\d\d)/.exec(path);
    if (day !== null)
      change[path] = Buffer.from(rows.join('\r\n').replaceAll('2021-03-03', `20${day[1]}-${day[2]}-${day[3]}`));
  }
  expect(answers(await assessed(sourceOf('e', changed(change))))['targeted']).toBe('undetermined');
});

test('a shell is found where the evidence begins at the web root itself', async () => {
  const shell = Buffer.from(
    ['<%@ Page Language="JScript" %><% ev', 'al(Request["inert-specimen"],"unsafe") %>'].join(''),
  );
  for (const [name, path] of [
    ['wwwroot', 'shell.aspx'],
    ['aspnet_client', 'x.aspx'],
    ['HttpProxy', 'owa/auth/x.aspx'],
    ['FrontEnd', 'HttpProxy/owa/auth/x.aspx'],
  ] as const) {
    const result = await assessed(sourceOf(name, new Map([[path, shell]])));
    expect(answers(result)['implanted'], `${name}/${path}`).toBe('established');
  }
});

test('a flood of harmless hits before the attack clears nothing', async () => {
  const flood = Array.from(
    { length: 5_200 },
    (_, i) =>
      `2021-03-03 01:00:00 10.10.2.11 POST /ecp/x.js - 443 - 198.18.${i >> 8}.${i & 255} Mozilla/5.0 - 200 0 0 1`,
  );
  const [head, ...rest] = [linesOf(FRONT).slice(0, 4), linesOf(FRONT).slice(4)];
  const log = [...(head ?? []), ...flood, ...rest.flat()].join('\r\n');
  const result = await assessed(sourceOf('e', changed({ [FRONT]: Buffer.from(log, 'latin1') })));
  expect(answers(result)['exploited']).toBe('undetermined');
});

test.each(['C/inetpub/wwwroot', 'C/inetpub', 'C/inetpub/wwwroot/aspnet_client'])(
  'a folder that could not be listed, %s, does not count as listed',
  async (folder) => {
    const source = sourceOf('evidence', clean);
    const caseFile = await assessed({
      ...source,
      async *list() {
        yield* source.list();
        yield { path: folder, says: 'listing the folder failed: EACCES (permission denied)', reason: 'unreadable' };
      },
    });
    expect(caseFile.coverage.find((c) => c.kind === 'web-root')?.extent?.how).toBe('partial');
    expect(caseFile.claims.find((c) => c.claim === 'persisting')?.answer).toBe('undetermined');
  },
);

describe('a row of the front end that was damaged', () => {
  const attack =
    '2021-03-03 12:00:00 10.10.2.11 POST /aspnet_client/discover.aspx - 443 - 203.0.113.5 Mozilla/5.0 - 200 0 0 12';
  const ordinary =
    '2021-03-03 12:00:00 10.10.2.11 GET /owa/auth/logon.aspx - 443 - 203.0.113.5 Mozilla/5.0 - 200 0 0 12';
  const DAMAGES: readonly (readonly [string, (row: string) => string])[] = [
    ['by one value too many', (row) => `${row} x`],
    ['by one value too few', (row) => row.replace(/ 12$/, '')],
    ['by a NUL', (row) => row.replace('/', '/\0')],
    ['by a name that never ends', (row) => row.replace('Mozilla', 'M'.repeat(1_100_000))],
  ];

  test.each(DAMAGES)('%s: the attack it held is not ruled out', async (_, damage) => {
    const caseFile = await assessed(sourceOf('evidence', withRow(damage(attack))));
    expect(caseFile.claims.find((c) => c.claim === 'operated')?.answer).toBe('undetermined');
    expect(caseFile.headline.worst).toBe('no-trace-within-coverage');
  });

  test.each(DAMAGES.slice(0, 3))('%s: an ordinary row takes nothing away', async (_, damage) => {
    const caseFile = await assessed(sourceOf('evidence', withRow(damage(ordinary))));
    expect(caseFile.headline.worst).toBe('no-trace');
  });
});

test.each([
  ['cut in the middle', (text: string) => text.slice(0, text.length / 2)],
  ['kept in other files', (text: string) => text.replace('<globalModules>', '<globalModules configSource="m.config">')],
])('a configuration of IIS that is %s was not seen', async (_, change) => {
  const path = [...clean.keys()].find((p) => p.endsWith('applicationHost.config')) ?? '';
  const text = clean.get(path)?.toString() ?? '';
  const caseFile = await assessed(sourceOf('evidence', changed({ [path]: Buffer.from(change(text)) })));
  expect(caseFile.claims.find((c) => c.claim === 'persisting')?.answer).toBe('undetermined');
});

function withRow(row: string): ReadonlyMap<string, Buffer | 'locked'> {
  const lines = clean.get(FRONT)?.toString('latin1').split('\r\n') ?? [];
  lines.splice(lines.length >> 1, 0, row);
  return changed({ [FRONT]: Buffer.from(lines.join('\r\n'), 'latin1') });
}

const LATIN = 'latin1';
/** The clean server with every file whose path fits rewritten, and others taken away. */
function rewritten(
  fits: RegExp,
  change: (text: string) => string,
  gone: (path: string) => boolean = () => false,
): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const [path, bytes] of clean) {
    if (gone(path)) continue;
    files.set(path, fits.test(path) ? Buffer.from(change(bytes.toString(LATIN)), LATIN) : bytes);
  }
  return files;
}

/** Days of the front end for which HttpProxy has to stand in. */
const isFrontOfMarch = (path: string): boolean => /\/W3SVC1\/u_ex21030[3-5]/.test(path);

test('HttpProxy stands in for the IIS log of the front end', async () => {
  const result = await assessed(
    sourceOf(
      'e',
      rewritten(/^$/, (text) => text, isFrontOfMarch),
    ),
  );
  expect(answers(result)['targeted']).toBe('ruled-out');
});

test.each(['AnchorMailbox', 'UrlStem', 'HttpStatus', 'BackEndStatus', 'ClientIpAddress', 'RoutingHint'])(
  'HttpProxy logs without %s as the only witness of the front end clear nothing',
  async (column) => {
    const files = rewritten(
      /\/HttpProxy\//,
      (text) => text.replaceAll(/^#Fields:.*$/gm, (line) => line.replace(`,${column},`, `,X${column},`)),
      isFrontOfMarch,
    );
    expect(answers(await assessed(sourceOf('e', files)))['targeted']).toBe('undetermined');
  },
);

test.each([
  [
    'anchors of HttpProxy',
    /\/HttpProxy\//,
    (text: string) => text.replaceAll('Sid~', 'xxx~').replaceAll('ServerInfo~', 'xxx'),
    isFrontOfMarch,
  ],
  [
    'paths of the front end',
    /\/W3SVC1\//,
    (text: string) => text.replaceAll(/ (GET|POST|HEAD|OPTIONS) \/\S*/g, ' $1 xxx'),
    undefined,
  ],
  [
    'paths of the front end, cut',
    /\/W3SVC1\//,
    (text: string) => text.replaceAll(/ (GET|POST|HEAD|OPTIONS) \/(\w*)\S*/g, ' $1 /$2...'),
    undefined,
  ],
  [
    'statuses of the front end',
    /\/W3SVC1\//,
    (text: string) => text.replaceAll(/ \d{3}(?= \d+ \d+ \d+\r?$)/gm, ' xxx'),
    undefined,
  ],
] as const)('rows with masks in the place of the %s do not count as watched', async (_, fits, mask, gone) => {
  const result = await assessed(sourceOf('e', rewritten(fits, mask, gone)));
  expect(answers(result)['targeted']).toBe('undetermined');
  expect(['no-trace', 'not-vulnerable']).not.toContain(result.headline.worst);
  expect(JSON.stringify(result.artifacts)).toContain('do not count as watched');
});

test('logs of Exchange and IIS whose first kilobyte was overwritten are not passed over', async () => {
  const paths = [...clean.keys()].filter(
    (path) => /\.log$/i.test(path) && /Logging|LogFiles|MessageTracking/.test(path),
  );
  const damaged = paths.filter((_, index) => index % 7 === 0);
  const change = damaged.map((path) => {
    const bytes = Buffer.from(clean.get(path) ?? '');
    return [path, bytes.fill('lorem ipsum ', 0, Math.min(1024, bytes.length))] as const;
  });
  const result = await assessed(sourceOf('e', changed(Object.fromEntries(change))));
  const silent = result.artifacts.filter(({ path, gaps }) => damaged.includes(path) && gaps.length === 0);
  expect(silent.map(({ path }) => path)).toEqual([]);
});
