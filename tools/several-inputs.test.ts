import { describe, expect, test } from 'vitest';

import type { CaseFile } from '../core/src/model/case-file.ts';
import { kapePackage } from '../core/src/specimen/kape-package.ts';
import { acquirePackage } from '../core/src/specimen/package-acquire.ts';
import { cylrPackage } from '../core/src/specimen/package-cylr.ts';
import type { PackagePlan } from '../core/src/specimen/package-plan.ts';
import { specimenTar, gzipped } from '../core/src/specimen/tar-writer.ts';
import { oldVelociraptorPackage, velociraptorPackage } from '../core/src/specimen/velociraptor-package.ts';
import { joined, specimenZip } from '../core/src/specimen/zip-writer.ts';
import type { SpecimenFile } from '../core/src/specimen/specimen-file.ts';
import { answersOf, archiveOf, assessed, evidenceOf, filesOfCase, findingsOf } from './evidence.test-support.ts';
import type { Files } from './evidence.test-support.ts';

const broken = filesOfCase('full-chain-shell-used');
const cleaned = filesOfCase('full-chain-shell-used', 'twin');
const COLLECTED = Date.UTC(2021, 2, 9) * 1000;
const PAGE = /Kq7TzB3n\.aspx$/;
const whole = await assessed(evidenceOf('server', broken));

test('the same server as folder, zip and tar.gz: the same claims and the same findings', async () => {
  for (const archive of [
    archiveOf('server.zip', joined(specimenZip(members(broken)))),
    archiveOf('server.tar.gz', joined(gzipped(specimenTar(members(broken))))),
  ]) {
    const caseFile = await assessed(archive);
    expect(answersOf(caseFile)).toEqual(answersOf(whole));
    expect(findingsOf(caseFile)).toEqual(findingsOf(whole));
    expect(caseFile.coverage).toEqual(whole.coverage);
  }
});

const PLAN = { host: 'MAIL01', collected: COLLECTED };
const PACKAGES: readonly (readonly [string, (plan: PackagePlan) => readonly SpecimenFile[]])[] = [
  ['KAPE', (plan) => kapePackage(members(broken), plan)],
  ['Velociraptor', (plan) => velociraptorPackage(members(broken), plan)],
  ['old Velociraptor', (plan) => oldVelociraptorPackage(members(broken), plan)],
  ['CyLR', (plan) => cylrPackage(members(broken), plan)],
  ['Acquire', (plan) => acquirePackage(members(broken), plan)],
];

describe.each(PACKAGES)('a package of %s', (_, pack) => {
  test('gives the same claims and the same findings as the plain folder', async () => {
    const caseFile = await assessed(archiveOf('package.zip', joined(specimenZip(pack(PLAN)))));
    expect(submitted(caseFile)).toEqual(['mail01']);
    expect(answersOf(caseFile)).toEqual(answersOf(whole));
    expect(findingsOf(caseFile)).toEqual(findingsOf(whole));
    expect(extentsOf(caseFile)).toEqual(extentsOf(whole));
  });

  test('beside another server keeps its files to itself', async () => {
    const caseFile = await assessed(
      archiveOf('package.zip', joined(specimenZip(pack(PLAN)))),
      evidenceOf('B', new Map([...filesOfCase('clean')].map(([path, bytes]) => [path, renamed(bytes)]))),
    );
    expect(submitted(caseFile)).toEqual(['mail01', 'post07']);
    expect(findingsOf(caseFile).filter((f) => f.host === 'mail01')).toEqual(findingsOf(whole));
  });
});

describe.each(PACKAGES.filter(([name]) => name !== 'Acquire'))('a package of %s that lacks a file', (_, pack) => {
  test('does not prove that the folder of that file was clean', async () => {
    const page = [...broken.keys()].find((path) => PAGE.test(path)) ?? '';
    const caseFile = await assessed(archiveOf('package.zip', joined(specimenZip(pack({ ...PLAN, failed: [page] })))));
    expect(caseFile.coverage.find((c) => c.kind === 'web-root')?.extent?.how).toBe('partial');
    expect(caseFile.claims.filter((c) => c.answer === 'ruled-out').map((c) => c.claim)).toEqual([]);
    expect(caseFile.collections[0]?.failed).toBe(1);
  });
});

describe.each(PACKAGES.slice(0, 3))('a package of %s in which a file was emptied after it was collected', (_, pack) => {
  test('does not prove that the folder of that file was clean', async () => {
    const emptied = pack(PLAN).map((file) =>
      PAGE.test(file.path) ? { ...file, pieces: () => [new Uint8Array(0)] } : file,
    );
    const caseFile = await assessed(archiveOf('package.zip', joined(specimenZip(emptied))));
    expect(caseFile.coverage.find((c) => c.kind === 'web-root')?.extent?.how).toBe('partial');
    expect(caseFile.claims.filter((c) => c.answer === 'ruled-out').map((c) => c.claim)).toEqual([]);
    expect(caseFile.collections[0]?.failed).toBe(1);
  });
});

test("a shell that lies in folders called like a tool's output is a file of the server it lies on", async () => {
  const [page = ''] = [...broken.keys()].filter((path) => PAGE.test(path));
  const root = page.slice(0, page.lastIndexOf('/') + 1);
  const moved = (folder: string): Files =>
    new Map([...broken].map(([path, bytes]) => [path === page ? `${root}${folder}/shell.aspx` : path, bytes]));
  const planted = await assessed(
    evidenceOf(
      'server',
      new Map([
        ...moved('CollectedLogFiles/POST07/SuspiciousFiles'),
        [`${root}POST07-Cve-2021-26855.csv`, Buffer.from('"DateTime","AnchorMailbox"\r\n"x","y"\r\n')],
        [`${root}HealthChecker-POST07-20210315120000.xml`, Buffer.from('<S N="ServerName">POST07</S>\r\n')],
      ]),
    ),
  );
  const plain = await assessed(evidenceOf('server', moved('a/b/c')));
  expect(submitted(planted)).toEqual(['mail01']);
  expect(planted.collections).toEqual([]);
  expect(answersOf(planted)).toEqual(answersOf(plain));
  expect(answersOf(planted)['mail01 implanted']).toBe('established');
  expect(planted.prior.map((each) => each.says)).toContain('"x","y"');
});

test("a log of the front end that was saved under the name of a tool's output is read as the log it is", async () => {
  const [log] = [...broken].filter(([path, bytes]) => path.includes('/HttpProxy/') && bytes.includes('ServerInfo~a]@'));
  const named = (name: string): Promise<CaseFile> =>
    assessed(evidenceOf('one', new Map([[name, log?.[1] ?? Buffer.alloc(0)]])));
  const own = await named('HttpProxy_2021030306-1.LOG');
  const other = await named('MAIL01-Cve-2021-26855.csv');
  expect(own.findings.length).toBeGreaterThan(0);
  expect(answersOf(other)).toEqual(answersOf(own));
  expect(findingsOf(other)).toEqual(findingsOf(own));
  expect(other.prior).toEqual([]);
});

test('what was handed in twice counts once', async () => {
  const twice = await assessed(
    evidenceOf('first', broken, 'first'),
    archiveOf('copy.zip', joined(specimenZip(members(broken)))),
  );
  const first = findingsOf(whole);
  const found = findingsOf(await assessed(evidenceOf('a', broken, 'a'), evidenceOf('b', broken, 'b')));
  expect(found).toEqual(first);
  expect(twice.claims.filter((c) => c.host === 'mail01').map((c) => [c.claim, c.answer])).toEqual(
    whole.claims.map((c) => [c.claim, c.answer]),
  );
  const copies = twice.artifacts.filter((a) => a.copyOf !== null);
  expect(copies.length).toBeGreaterThan(100);
  const byId = new Map(twice.artifacts.map((a) => [a.id, a]));
  for (const copy of copies) expect(byId.get(copy.copyOf ?? '')?.sha256).toBe(copy.sha256);
});

test('two servers beside each other are two hosts, in whatever order they were named', async () => {
  const clean = new Map([...filesOfCase('clean')].map(([path, bytes]) => [path, renamed(bytes)]));
  const one = await assessed(evidenceOf('A', broken), evidenceOf('B', clean));
  const other = await assessed(evidenceOf('B', clean), evidenceOf('A', broken));
  expect(submitted(one)).toEqual(['mail01', 'post07']);
  expect({ ...other, inputs: [] }).toEqual({ ...one, inputs: [] });
  expect(one.verdicts.map((v) => [v.host, v.headline])).toEqual([
    ['mail01', 'compromised-backdoor-present'],
    ['post07', 'no-trace'],
  ]);
});

test('of several snapshots the last is the present: a shell that it lacks is there no more', async () => {
  const claimsOf = async (...order: readonly ('before' | 'after')[]): Promise<Readonly<Record<string, string>>> => {
    const inputs = order.map((name) => evidenceOf(name, name === 'before' ? broken : aWeekOn(cleaned), name));
    return answersOf(await assessed(...inputs));
  };
  const after = await claimsOf('before', 'after');
  expect(after).toMatchObject({ 'mail01 implanted': 'established', 'mail01 operated': 'established' });
  expect(after['mail01 persisting']).toBe('ruled-out');
  expect(await claimsOf('after', 'before')).toEqual(after);
  expect(answersOf(await assessed(evidenceOf('before', broken, 'before')))['mail01 persisting']).toBe('established');
});

test('of snapshots whose order nobody knows each may be the present one', async () => {
  const pages: Files = new Map([...broken].filter(([path]) => /wwwroot/.test(path)));
  const undated = await assessed(evidenceOf('b', aWeekOn(cleaned), 'backup'), evidenceOf('n', pages, 'now'));
  expect(answersOf(undated)['mail01 persisting']).toBe('established');
  for (const order of [
    [evidenceOf('x', broken, 'before'), evidenceOf('y', cleaned, 'after')],
    [evidenceOf('y', cleaned, 'after'), evidenceOf('x', broken, 'before')],
  ])
    expect(answersOf(await assessed(...order))['mail01 persisting']).toBe('established');
});

test('an archive that broke off does not prove that what is missing was not there', async () => {
  const packed = joined(specimenZip(members(cleaned)));
  const torn = await assessed(archiveOf('server.zip', packed.subarray(0, Math.floor(packed.length * 0.98))));
  expect(torn.coverage.flatMap((c) => (c.extent?.how === 'enumerated' ? [c.kind] : []))).toEqual([]);
  const tarred = joined(specimenTar(members(cleaned)));
  const cut = await assessed(archiveOf('server.tar', tarred.subarray(0, Math.floor(tarred.length * 0.98))));
  expect(cut.coverage.flatMap((c) => (c.extent?.how === 'enumerated' ? [c.kind] : []))).toEqual([]);
});

test('a page that could not be unpacked was not seen, and a log that fails its checksum closes no day', async () => {
  const clean = filesOfCase('clean');
  const log = [...clean.keys()].find((path) => path.endsWith('W3SVC1/u_ex210115.log')) ?? '';
  const page = [...clean.keys()].find((path) => path.endsWith('owa/auth/logon.aspx')) ?? '';
  for (const [path, claim] of [
    [log, 'targeted'],
    [page, 'persisting'],
  ] as const) {
    const packed = Buffer.from(joined(specimenZip(members(clean))));
    // The CRC-32 in the local header and in the directory.
    const name = Buffer.from(path);
    for (let at = packed.indexOf(name); at >= 0; at = packed.indexOf(name, at + 1)) {
      const isDirectory = packed.readUInt32LE(at - 46) === 0x02014b50;
      const crc = at - (isDirectory ? 46 - 16 : 30 - 14);
      packed.writeUInt32LE((packed.readUInt32LE(crc) ^ 0xffff) >>> 0, crc);
    }
    const caseFile = await assessed(archiveOf('server.zip', packed));
    expect(caseFile.artifacts.find((a) => a.path === path)?.gaps.map((g) => g.reason)).toContain('damaged');
    expect(caseFile.claims.find((c) => c.claim === claim)?.answer).toBe('undetermined');
  }
});

test('a snapshot without the folders of the web server says nothing of what is in them now', async () => {
  const logs: Files = new Map([...aWeekOn(cleaned)].filter(([path]) => /\.log$/i.test(path)));
  const caseFile = await assessed(evidenceOf('before', broken, 'before'), evidenceOf('after', logs, 'after'));
  expect(answersOf(caseFile)['mail01 persisting']).toBe('undetermined');
});

test('the shell that only an earlier snapshot shows is still shown', async () => {
  const caseFile = await assessed(
    evidenceOf('before', broken, 'before'),
    evidenceOf('after', aWeekOn(cleaned), 'after'),
  );
  const shown = caseFile.artifacts.filter((a) => PAGE.test(a.path)).map((a) => a.path);
  expect(shown).toEqual(['before/C/inetpub/wwwroot/aspnet_client/Kq7TzB3n.aspx']);
  expect(caseFile.limits.find((l) => l.id === 'snapshots')?.says).toMatch(
    /before \(.*, after \(.*taken for the present state: after$/,
  );
});

/** The hosts whose evidence was handed in; the other member of their group was not. */
function submitted(caseFile: CaseFile): readonly string[] {
  return caseFile.hosts.filter((h) => !h.isReferencedOnly).map((h) => h.id);
}

function extentsOf(caseFile: CaseFile): readonly unknown[] {
  return caseFile.coverage.flatMap((c) => (c.extent === null ? [] : [[c.host, c.kind, c.extent.how, c.extent.root]]));
}

function members(files: Files): SpecimenFile[] {
  return [...files].flatMap(([path, bytes]) =>
    bytes === 'locked' ? [] : [{ path, modified: COLLECTED, pieces: () => [bytes] }],
  );
}

/** The same server under another name of the same length. */
function renamed(bytes: Buffer): Buffer {
  let text = bytes.toString('latin1');
  for (const [from, to] of [
    ['MAIL01', 'POST07'],
    ['mail01', 'post07'],
  ] as const) {
    text = text.replaceAll(from, to).replaceAll(from.replaceAll(/\B/g, '\0'), to.replaceAll(/\B/g, '\0'));
  }
  return Buffer.from(text, 'latin1');
}

/** The last log of the front end goes on for a week. */
function aWeekOn(files: ReadonlyMap<string, Buffer>): ReadonlyMap<string, Buffer> {
  const last =
    [...files.keys()]
      .filter((path) => /W3SVC1\/u_ex\d+\.log$/.test(path))
      .toSorted()
      .at(-1) ?? '';
  const text = files.get(last)?.toString() ?? '';
  const row = text.trimEnd().split('\n').at(-1) ?? '';
  const rows = Array.from({ length: 7 * 24 }, (_, hour) => {
    const at = new Date(Date.parse(`${row.slice(0, 10)}T${row.slice(11, 19)}Z`) + (hour + 1) * 3_600_000);
    return row.replace(/^\S+ \S+/, at.toISOString().slice(0, 19).replace('T', ' '));
  });
  return new Map([...files, [last, Buffer.from(`${text.trimEnd()}\r\n${rows.join('\n')}\n`)]]);
}
