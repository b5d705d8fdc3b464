import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';

import { expect, test } from 'vitest';

import type { EvidenceRecord, FieldValue } from '../../model/reading.ts';
import type { RuleError } from '../rule-error.ts';
import { compileSigma } from './compiler.ts';
import type { SigmaRule } from './rule.ts';
import { sampleRecord } from './sample-record.test-support.ts';

const ROOT = new URL('../../../../../shared/data/sigma/', import.meta.url).pathname;
const absent = !existsSync(ROOT);
if (absent) console.log('skipped: the public Sigma rules are not beside the checkout (../shared/data/sigma)');

function filesBelow(folder: string, ending: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (statSync(path).isDirectory()) return filesBelow(path, ending);
    return name.endsWith(ending) ? [path] : [];
  });
}

interface Load {
  readonly files: number;
  readonly rules: ReadonlyMap<string, SigmaRule>;
  readonly errors: readonly RuleError[];
}

function load(): Load {
  const files = ['rules', 'rules-emerging-threats'].flatMap((folder) => filesBelow(ROOT + folder, '.yml'));
  const results = files.map((file) => compileSigma(readFileSync(file, 'utf8'), file.slice(ROOT.length)));
  const rules = results.flatMap((result) => result.rules);
  return {
    files: files.length,
    rules: new Map(rules.map((rule) => [rule.id, rule])),
    errors: results.flatMap((result) => result.errors),
  };
}

test.skipIf(absent)('all but one in a hundred public rules load, logs that are not read apart', () => {
  const { files, rules, errors } = load();
  const apart = new Set(['R021', 'R050', 'R051']);
  const failed = errors.filter((error) => !apart.has(error.code));
  const unread = errors.length - failed.length;
  console.log(
    `${rules.size} of ${files} files load; ${unread} are about logs that are not read; ${failed.length} fail:`,
  );
  for (const { code, file, line, says } of failed) console.log(`  ${code} ${file}:${line} ${says}`);
  expect(files).toBeGreaterThan(2_500);
  expect(rules.size + errors.length).toBe(files);
  expect(new Set(failed.map((error) => error.file)).size).toBeLessThanOrEqual((files - unread) / 100);
  expect(errors.every((error) => error.line > 1 || error.code === 'R054')).toBe(true);
});

test.skipIf(absent)('the expected event of every public regression case is hit by its rule, and by few others', () => {
  const { rules } = load();
  const cases = filesBelow(`${ROOT}regression_data`, '.json').map((file) => ({
    file,
    events: eventsOf(readFileSync(file, 'utf8')),
  }));
  const missed: string[] = [];
  let others = 0;
  for (const { file, events } of cases) {
    const id = file.slice(file.lastIndexOf('/') + 1, -'.json'.length);
    const watch = rules.get(id)?.check.watch();
    expect(events.length).toBeGreaterThan(0);
    if (watch === undefined || !events.some((event) => watch.see(event) !== undefined))
      missed.push(file.slice(ROOT.length));
    const [event] = events;
    for (const rule of rules.values())
      if (event !== undefined && rule.id !== id && rule.check.watch().see(event) !== undefined) others += 1;
  }
  console.log(
    `${cases.length - missed.length} of ${cases.length} regression cases are hit; ${others} hits of ${rules.size} other rules`,
  );
  expect(cases.length).toBeGreaterThan(90);
  expect(missed).toEqual([]);
  // A rule that matched everything would add one hit for each case.
  expect(others).toBeLessThan(cases.length);
});

/** Events of a regression case: one JSON text behind the other, as `evtx_dump` prints them. */
function eventsOf(text: string): readonly EvidenceRecord[] {
  return text
    .trim()
    .split(/(?<=\n\})\s*(?=\{)/)
    .map((one) => eventOf(JSON.parse(one)));
}

function eventOf(json: { Event: Record<string, Record<string, unknown> | undefined> }): EvidenceRecord {
  const values: Record<string, FieldValue> = {};
  flatten(json.Event['System'] ?? {}, values, '');
  for (const part of ['EventData', 'UserData']) flatten(json.Event[part] ?? {}, values, '');
  return sampleRecord('windows.event', values);
}

/** `<Provider Name=…>` becomes `Provider_Name`, as the specification names attributes. */
function flatten(from: Record<string, unknown>, into: Record<string, FieldValue>, name: string): void {
  for (const [key, value] of Object.entries(from)) {
    if (key === '#attributes') {
      for (const [attribute, of] of Object.entries(value as Record<string, string>)) into[`${name}_${attribute}`] = of;
    } else if (key === '#text') into[name] = value as FieldValue;
    else if (value === null) into[key] = '';
    else if (Array.isArray(value)) into[key] = value.map(String);
    else if (typeof value === 'object') flatten(value as Record<string, unknown>, into, key);
    else into[key] = value as FieldValue;
  }
}
