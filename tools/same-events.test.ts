import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { loadPackFolder } from '../cli/src/engine-door.ts';
import { assess } from '../core/src/engine/assess.ts';
import { memorySource, readAll } from '../core/src/formats/contract.test-support.ts';
import { evtx } from '../core/src/formats/evtx/format.ts';
import type { CaseFile } from '../core/src/model/case-file.ts';
import type { EvidenceSource } from '../core/src/model/evidence.ts';
import type { EvidenceRecord } from '../core/src/model/reading.ts';
import { writeEventJson } from '../core/src/specimen/event-json-writer.ts';
import type { EventJsonOptions } from '../core/src/specimen/event-json-writer.ts';
import { writeEvtx } from '../core/src/specimen/evtx-writer.ts';
import type { EventSpec } from '../core/src/specimen/evtx-writer.ts';
import { readCase } from '../core/src/specimen/read-case.ts';
import { specimen } from '../core/src/specimen/specimen.ts';
import { nodeHost } from '../node/src/node-host.ts';

interface EvidenceFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const ROOT = join(import.meta.dirname, '..');
const PACK = await loadPackFolder(join(ROOT, 'packs/exchange-2021-03'));
const CASES = join(ROOT, 'packs/exchange-2021-03/cases');
const REAL = join(ROOT, '../shared/data/evtx/mitre-cc0');
const absent = !existsSync(REAL);
if (absent) console.log('skipped: real event logs are not beside the checkout (../shared/data/evtx/mitre-cc0)');

/** Every style and every shape. */
const EXPORTS: readonly EventJsonOptions[] = [
  { style: 'nxlog' },
  { style: 'winlogbeat', shape: 'array' },
  { style: 'winlogbeat-dotted' },
  { style: 'evtx-dump', shape: 'pretty' },
  { style: 'chainsaw', shape: 'array' },
  { style: 'velociraptor', shape: 'array' },
];

describe('the same events as event logs and as exports', () => {
  describe.each(['full-chain-shell-used', 'clean'])('%s', async (name) => {
    const files = scenarioFiles(name);
    const whole = outcome(await caseOf(files));
    test.each(EXPORTS)('in the style $style they give the same findings and the same claims', async (options) => {
      const exported = await Promise.all(files.map((file) => exportOf(file, options)));
      expect(exported.filter(({ path }) => path.endsWith('.json'))).toHaveLength(3);
      expect(outcome(await caseOf(exported))).toEqual(whole);
    });
  });

  test.skipIf(absent)('real logs of attacks give the same findings in every style', { timeout: 120_000 }, async () => {
    const logs = realLogs();
    const whole = outcome(await caseOf(logs));
    expect(new Set(whole.findings.map(({ rule }) => rule)).size).toBeGreaterThan(2);
    for (const options of EXPORTS) {
      const exported = await Promise.all(logs.map((file) => exportOf(file, options)));
      expect(outcome(await caseOf(exported)), options.style).toEqual(whole);
    }
  });
});

describe('one export of all logs of a server, by a collector whose clock is five hours behind', async () => {
  const files = scenarioFiles('full-chain-shell-used');
  const { logs, rest } = parted([...files, await sysmonLog(files)]);
  const events = (await Promise.all(logs.map((log) => eventsOf(log)))).flat().toSorted((a, b) => a.at - b.at);
  const exported = writeEventJson(events, { style: 'nxlog', clockOffset: -5 * HOUR });
  const whole = outcome(await caseOf([...logs, ...rest]));

  test('gives the same findings and claims as the logs, and the case says what was put right', async () => {
    const caseFile = await caseOf([...rest, { path: 'collector.json', bytes: exported }]);
    expect(outcome(caseFile)).toEqual(whole);
    const gaps = caseFile.artifacts.find(({ path }) => path === 'collector.json')?.gaps.map(({ says }) => says);
    expect(gaps).toEqual([expect.stringMatching(/^expected UTC in @timestamp of .*\+05:00 has to be added, and was$/)]);
  });

  test('in which every row stands twice counts every event once', async () => {
    const twice = lines(exported).flatMap((line) => [line, line]);
    expect(outcome(await caseOf([...rest, { path: 'collector.json', bytes: text(twice) }]))).toEqual(whole);
  });

  test('without the rows of Sysmon is believed, and what is proven by its events is still proven', async () => {
    const kept = lines(exported).filter((line) => !line.includes('Sysmon'));
    const { findings } = outcome(await caseOf([...rest, { path: 'collector.json', bytes: text(kept) }]));
    expect(new Set(findings.map(({ rule }) => rule))).toEqual(new Set(whole.findings.map(({ rule }) => rule)));
  });
});

describe('an export that may not be whole', async () => {
  const files = scenarioFiles('clean');
  const log = files.find(({ path }) => path.endsWith('/MSExchange Management.evtx'));
  const rest = files.filter((file) => file !== log);
  const events = log === undefined ? [] : await eventsOf(log);
  const without = answers(await caseOf(rest));
  const withLog = answers(await caseOf(files));
  const asked = async (rows: readonly string[]): Promise<unknown> =>
    answers(await caseOf([...rest, { path: 'management.json', bytes: text(rows) }]));
  const rows = lines(writeEventJson(events, { style: 'nxlog' }));

  test('rules out what the log rules out only while nothing is missing from it', async () => {
    expect(withLog).not.toEqual(without);
    expect(await asked(rows)).toEqual(withLog);
    expect(await asked(rows.filter((_, index) => index % 10 !== 5))).toEqual(without);
    expect(await asked(rows.filter((row) => !row.includes('Set-')))).toEqual(without);
  });

  test('says as little as no log where columns were chosen, or the message is all there is', async () => {
    const columns = rows.map((row) => JSON.stringify(JSON.parse(row), COLUMNS));
    expect(await asked(columns)).toEqual(without);
    expect(await asked(lines(writeEventJson(events, { style: 'nxlog', messageOnly: true })))).toEqual(without);
  });

  test('says as little as no log where its rows are in no order', async () => {
    const [even, odd] = [0, 1].map((rest) => rows.filter((_, index) => index % 2 === rest));
    expect(await asked([...(even ?? []), ...(odd ?? [])])).toEqual(without);
    expect(await asked(rows.toReversed())).toEqual(withLog);
  });
});

test('the message alone, where nothing else was exported, proves what the events prove, without the account', async () => {
  const files = scenarioFiles('full-chain-shell-used');
  const exported: EvidenceFile[] = [];
  for (const file of files) {
    const isManagement = file.path.endsWith('Management.evtx');
    exported.push(isManagement ? await exportOf(file, { style: 'nxlog', messageOnly: true }) : file);
  }
  const caseFile = await caseOf(exported);
  expect(hits(caseFile)).toEqual(hits(await caseOf(files)));
});

/** How often each rule hit, whoever did it. */
function hits(caseFile: CaseFile): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { rule, count } of caseFile.findings) counts.set(rule, (counts.get(rule) ?? 0) + count);
  return counts;
}

function scenarioFiles(name: string): readonly EvidenceFile[] {
  const { trials } = readCase(readFileSync(join(CASES, `${name}.yaml`), 'utf8'), name);
  return specimen(trials[0].scenario).map((file) => ({ path: file.path, bytes: Buffer.concat([...file.pieces()]) }));
}

function parted(files: readonly EvidenceFile[]): { logs: readonly EvidenceFile[]; rest: readonly EvidenceFile[] } {
  const isLog = ({ path }: EvidenceFile): boolean => path.endsWith('.evtx');
  return { logs: files.filter(isLog), rest: files.filter((file) => !isLog(file)) };
}

/** A log of Sysmon beside the others: a process every hour of some days. */
async function sysmonLog(files: readonly EvidenceFile[]): Promise<EvidenceFile> {
  const other = files.find(({ path }) => path.endsWith('/Security.evtx'));
  const [first] = other === undefined ? [] : await eventsOf(other);
  const events = Array.from({ length: 72 }, (_, hour): EventSpec => {
    const at = Date.UTC(2021, 2, 5) * 1000 + hour * HOUR;
    const values = {
      UtcTime: new Date((at - 40_000) / 1000).toISOString().replace('T', ' ').slice(0, 23),
      Image: 'C:\\Windows\\System32\\conhost.exe',
      CommandLine: 'conhost.exe 0x4',
    };
    return {
      at,
      provider: 'Microsoft-Windows-Sysmon',
      eventId: 1,
      channel: 'Microsoft-Windows-Sysmon/Operational',
      computer: first?.computer ?? '',
      data: Object.entries(values).map(([name, value]) => ({ name, value })),
    };
  });
  const path = (other?.path ?? '').replace('Security', 'Microsoft-Windows-Sysmon%4Operational');
  return { path, bytes: writeEvtx(events) };
}

function lines(bytes: Uint8Array): string[] {
  return new TextDecoder()
    .decode(bytes)
    .split('\n')
    .filter((line) => line !== '');
}

function text(rows: readonly string[]): Uint8Array {
  return new TextEncoder().encode(rows.map((row) => `${row}\n`).join(''));
}

function answers(caseFile: CaseFile): unknown {
  return caseFile.claims.map(({ claim, answer }) => [claim, answer]);
}

/** What a reader of the case acts on; where the events stood is another place in another file. */
function outcome(caseFile: CaseFile): {
  findings: readonly { rule: string; [key: string]: unknown }[];
  claims: readonly unknown[];
} {
  const findings = caseFile.findings.map(({ rule, host, count, since, until, entities }) => ({
    rule,
    host,
    count,
    since,
    until,
    entities,
  }));
  return {
    findings: findings.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)),
    claims: caseFile.claims.map(({ claim, host, answer, says, window, rests }) => ({
      claim,
      host,
      answer,
      says,
      window,
      rests: rests.length,
    })),
  };
}

/** An event log as an export of it; any other file as it is. */
async function exportOf(file: EvidenceFile, options: EventJsonOptions): Promise<EvidenceFile> {
  if (!file.path.endsWith('.evtx')) return file;
  return { path: file.path.replace(/evtx$/, 'json'), bytes: writeEventJson(await eventsOf(file), options) };
}

async function eventsOf(log: EvidenceFile): Promise<readonly EventSpec[]> {
  const readings = await readAll(evtx, memorySource(log.bytes), log.path);
  return readings.filter((reading) => reading.is === 'record').map(specOf);
}

/** The event that a record is, for the writer. */
function specOf(record: EvidenceRecord): EventSpec {
  const text = (field: string): string | undefined => {
    const value = record.get(field);
    return typeof value === 'string' ? value : undefined;
  };
  const data: { name?: string; value: string }[] = [];
  for (const field of record.fields()) {
    if (SYSTEM.has(field)) continue;
    const value = record.get(field);
    const name = field.replace(/^(?:EventData|UserData)\//, '');
    for (const each of Array.isArray(value) ? (value as string[]) : [String(value)])
      data.push(name === 'Data' ? { value: each } : { name, value: each });
  }
  const guid = text('Provider_Guid');
  const user = text('UserID');
  return {
    at: record.at ?? 0,
    provider: text('Provider_Name') ?? '',
    ...(guid === undefined ? {} : { providerGuid: guid }),
    eventId: Number(text('EventID')),
    channel: text('Channel') ?? '',
    computer: text('Computer') ?? '',
    recordId: Number(text('EventRecordID')),
    level: Number(text('Level')),
    processId: Number(text('ProcessID') ?? 0),
    threadId: Number(text('ThreadID') ?? 0),
    ...(user === undefined ? {} : { userId: user }),
    data,
  };
}

function realLogs(): readonly EvidenceFile[] {
  return readdirSync(REAL, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.evtx'))
    .map((name) => ({ path: name.replaceAll('\\', '/'), bytes: Uint8Array.from(readFileSync(join(REAL, name))) }));
}

function rethrown(where: string, error: unknown): never {
  throw new Error(where, { cause: error });
}

function caseOf(files: readonly EvidenceFile[]): Promise<CaseFile> {
  const source: EvidenceSource = {
    name: 'evidence',
    emptyFolders: () => [],
    async *list() {
      for (const { path, bytes } of files)
        yield { path, size: bytes.length, open: () => Promise.resolve(memorySource(bytes)) };
    },
  };
  return assess({ sources: [source], packs: [PACK], options: { version: 'test' } }, nodeHost({ fault: rethrown }));
}

const HOUR = 3_600_000_000;
const COLUMNS = ['@timestamp', 'Channel', 'EventID', 'SourceName', 'Hostname', 'RecordNumber'];
const SYSTEM: ReadonlySet<string> = new Set(
  (
    'Provider_Name Provider_Guid Provider_EventSourceName EventID EventID_Qualifiers Version Level Task Opcode Keywords ' +
    'TimeCreated EventRecordID ActivityID RelatedActivityID ProcessID ThreadID Channel Computer UserID RecordNumber ' +
    'Recovered Execution_ProcessorID Execution_SessionID'
  ).split(' '),
);
