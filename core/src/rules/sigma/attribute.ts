import type { Level } from '../../model/finding.ts';
import type { Complaints } from '../rule-error.ts';
import { quoted } from '../rule-error.ts';
import type { LogSource } from './logsource.ts';
import type { Table } from './yaml-tree.ts';
import { entryOf, kindOf } from './yaml-tree.ts';

/** What a rule says about itself. */
export interface Attributes {
  readonly id: string;
  readonly title: string;
  readonly level: Level;
  readonly status: string | undefined;
  readonly description: string;
  readonly author: string | undefined;
  readonly license: string | undefined;
  readonly tags: readonly string[];
  readonly falsePositives: readonly string[];
  readonly references: readonly string[];
  readonly logsource: LogSource;
}

const LEVELS: readonly Level[] = ['informational', 'low', 'medium', 'high', 'critical'];
const STATUSES: readonly string[] = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'];
const KNOWN: ReadonlySet<string> = new Set(
  'title id name related taxonomy status description license author references date modified logsource detection fields falsepositives level tags scope afterpatch'.split(
    ' ',
  ),
);
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const TECHNIQUE = /^attack\.(t\d{4}(?:\.\d{3})?)$/i;
const LONGEST_TITLE = 256;
const LONGEST_TEXT = 65_535;
const MOST_ENTRIES = 1_000;

/**
 * Reads the attributes of a rule.
 *
 * @param options.strict refuses attributes that the specification does not name, which in a pack are spelling errors
 * @see Sigma rules specification 2.1, Components
 */
export function readAttributes(
  rule: Table,
  complaints: Complaints,
  options: { strict: boolean },
): Attributes | undefined {
  const before = complaints.count;
  if (options.strict) {
    for (const { key, line } of rule.of)
      if (!KNOWN.has(key)) complaints.add('R013', line, `unknown attribute ${quoted(key)}`);
  }
  const title = text(rule, 'title', { complaints, required: true, longest: LONGEST_TITLE });
  const id = text(rule, 'id', { complaints, required: true });
  if (id !== undefined && !ID.test(id)) {
    complaints.add('R012', lineOf(rule, 'id'), `id ${quoted(id)} is not 1 to 128 letters, digits, '.', '_' or '-'`);
  }
  const status = oneOf(rule, 'status', STATUSES, complaints);
  const level = oneOf(rule, 'level', LEVELS, complaints) ?? 'medium';
  const logsource = readLogSource(rule, complaints, options);
  const attributes = {
    status,
    level,
    description: text(rule, 'description', { complaints }) ?? '',
    author: text(rule, 'author', { complaints }),
    license: text(rule, 'license', { complaints }),
    tags: texts(rule, 'tags', complaints),
    falsePositives: texts(rule, 'falsepositives', complaints),
    references: texts(rule, 'references', complaints),
  };
  if (complaints.count > before || title === undefined || id === undefined || logsource === undefined) return undefined;
  return { ...attributes, id, title, logsource };
}

/** Ids of MITRE ATT&CK techniques among the tags, as MITRE writes them: `T1505.003`. */
export function techniquesOf(tags: readonly string[]): readonly string[] {
  const ids = tags.map((tag) => TECHNIQUE.exec(tag)?.[1]?.toUpperCase());
  return [...new Set(ids.filter((id) => id !== undefined))];
}

function readLogSource(rule: Table, complaints: Complaints, options: { strict: boolean }): LogSource | undefined {
  const entry = entryOf(rule, 'logsource');
  if (entry === undefined) {
    complaints.add('R010', rule.line, "rule has no 'logsource'");
    return undefined;
  }
  const table = entry.value;
  if (table.is !== 'map') {
    complaints.add('R011', entry.line, `'logsource' must be a map, found ${kindOf(table)}`);
    return undefined;
  }
  const source = {
    category: text(table, 'category', { complaints }),
    product: text(table, 'product', { complaints }),
    service: text(table, 'service', { complaints }),
  };
  for (const { key, line } of options.strict ? table.of : []) {
    if (!['category', 'product', 'service', 'definition'].includes(key))
      complaints.add('R013', line, `unknown attribute ${quoted(key)} of 'logsource'`);
  }
  if (Object.values(source).some((value) => value !== undefined)) return source;
  complaints.add('R010', entry.line, "'logsource' names no category, product or service");
  return undefined;
}

function text(
  table: Table,
  key: string,
  options: { complaints: Complaints; required?: boolean; longest?: number },
): string | undefined {
  const { complaints, required = false, longest = LONGEST_TEXT } = options;
  const entry = entryOf(table, key);
  if (entry === undefined) {
    if (required) complaints.add('R010', table.line, `rule has no '${key}'`);
    return undefined;
  }
  const { value, line } = entry;
  if (value.is !== 'leaf' || (typeof value.value !== 'string' && (typeof value.value !== 'number' || required))) {
    complaints.add('R011', line, `'${key}' must be text, found ${kindOf(value)}`);
    return undefined;
  }
  const found = value.source.trim();
  if (found === '' && required) complaints.add('R010', line, `'${key}' is empty`);
  if (found.length > longest)
    complaints.add('R012', line, `'${key}' has ${found.length} characters, at most ${longest} are allowed`);
  return found === '' ? undefined : found;
}

/** A list of texts; a single text is a list of one. */
function texts(table: Table, key: string, complaints: Complaints): readonly string[] {
  const entry = entryOf(table, key);
  if (entry === undefined) return [];
  const trees = entry.value.is === 'list' ? entry.value.of : [entry.value];
  if (trees.length > MOST_ENTRIES) {
    complaints.add('R012', entry.line, `'${key}' has ${trees.length} entries, at most ${MOST_ENTRIES} are allowed`);
    return [];
  }
  const found: string[] = [];
  for (const tree of trees) {
    if (tree.is === 'leaf' && tree.value !== null) found.push(tree.source.trim());
    else complaints.add('R011', tree.line, `'${key}' must be a list of texts, found ${kindOf(tree)} in it`);
  }
  return found;
}

function oneOf<Word extends string>(
  table: Table,
  key: string,
  words: readonly Word[],
  complaints: Complaints,
): Word | undefined {
  const entry = entryOf(table, key);
  if (entry === undefined) return undefined;
  const found = entry.value.is === 'leaf' ? entry.value.source.trim() : undefined;
  const word = words.find((one) => one === found);
  if (word === undefined) {
    const stood = found === undefined ? kindOf(entry.value) : quoted(found);
    complaints.add('R012', entry.line, `'${key}' must be one of ${words.join(', ')}, found ${stood}`);
  }
  return word;
}

function lineOf(table: Table, key: string): number {
  return entryOf(table, key)?.line ?? table.line;
}
