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
    expect(caseFile.hosts.map((h) => h.id)).toEqual(['mail01']);
    expect(answersOf(caseFile)).toEqual(answersOf(whole));
    expect(findingsOf(caseFile)).toEqual(findingsOf(whole));
    expect(extentsOf(caseFile)).toEqual(extentsOf(whole));
  });

  test('beside another server keeps its files to itself', async () => {
    const caseFile = await assessed(
      archiveOf('package.zip', joined(specimenZip(pack(PLAN)))),
      evidenceOf('B', new Map([...filesOfCase('clean')].map(([path, bytes]) => [path, renamed(bytes)]))),
    );
    expect(caseFile.hosts.map((h) => h.id)).toEqual(['mail01', 'post07']);
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
  expect(one.hosts.map((h) => h.id)).toEqual(['mail01', 'post07']);
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
    /before \(.*, after \(.*the last is taken for/,
  );
});

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
    text = text.replaceAll(from, to).replaceAll([...from].join('\0'), [...to].join('\0'));
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
