import type { Rung, Weight } from '../../model/check.ts';
import type { Stage } from '../../model/finding.ts';
import type { Complaints } from '../rule-error.ts';
import { quoted } from '../rule-error.ts';
import type { Extension } from './rule.ts';
import type { Entry, Table, Tree } from './yaml-tree.ts';
import { entryOf, kindOf } from './yaml-tree.ts';

const STAGES: readonly Stage[] = ['recon', 'ssrf', 'file-write', 'web-shell', 'post-exploitation', 'other'];
const WEIGHTS: readonly Weight[] = ['decisive', 'strong', 'medium', 'weak', 'noise'];
const RUNGS: readonly Rung[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const KEYS: readonly string[] = ['stage', 'weight', 'rung', 'key', 'entities'];
const KIND = /^[a-z][a-z0-9-]{0,63}$/;
const MOST_ENTITIES = 32;
const MOST_FIELDS = 16;

/** What a rule without an `afterpatch` block is taken for: a hint about an unknown thing, seen by somebody, somewhere. */
export const FOREIGN: Extension = {
  stage: 'other',
  weight: 'medium',
  rung: 0,
  key: [],
  entities: new Map([
    ['address', ['client', 'c-ip', 'ClientIpAddress', 'IpAddress', 'SourceIp']],
    ['account', ['user', 'cs-username', 'AuthenticatedUser', 'TargetUserName', 'SubjectUserName', 'User']],
    ['path', ['url-path', 'path', 'TargetFilename']],
  ]),
};

/**
 * Reads the `afterpatch` block of a rule. What it leaves out is as in a foreign rule, but for the entities: a block
 * without entities has none.
 */
export function readExtension(entry: Entry, complaints: Complaints): Extension | undefined {
  const before = complaints.count;
  const { value: block, line } = entry;
  if (block.is !== 'map') {
    complaints.add('R060', line, `'afterpatch' must be a map, found ${kindOf(block)}`);
    return undefined;
  }
  for (const { key, line } of block.of) {
    if (!KEYS.includes(key))
      complaints.add('R060', line, `unknown key ${quoted(key)} of 'afterpatch', expected one of ${KEYS.join(', ')}`);
  }
  const stage = word(block, 'stage', STAGES, complaints) ?? FOREIGN.stage;
  const weight = word(block, 'weight', WEIGHTS, complaints) ?? FOREIGN.weight;
  const rung = word(block, 'rung', RUNGS, complaints) ?? FOREIGN.rung;
  const entities = readEntities(entryOf(block, 'entities'), complaints);
  const key = readKey(entryOf(block, 'key'), entities, complaints);
  return complaints.count > before ? undefined : { stage, weight, rung, key, entities };
}

function readEntities(entry: Entry | undefined, complaints: Complaints): ReadonlyMap<string, readonly string[]> {
  const entities = new Map<string, readonly string[]>();
  if (entry === undefined) return entities;
  if (entry.value.is !== 'map') {
    complaints.add('R060', entry.line, `'entities' must be a map, found ${kindOf(entry.value)}`);
    return entities;
  }
  if (entry.value.of.length > MOST_ENTITIES)
    complaints.add('R060', entry.line, `'entities' names more than ${MOST_ENTITIES} kinds`);
  for (const { key, value, line } of entry.value.of) {
    if (!KIND.test(key))
      complaints.add('R060', line, `entity kind ${quoted(key)} is not lower-case letters, digits and '-'`);
    const fields = namesOf(value);
    if (fields === undefined || fields.length === 0 || fields.length > MOST_FIELDS) {
      complaints.add(
        'R060',
        line,
        `entity ${quoted(key)} needs a field name or a list of at most ${MOST_FIELDS}, found ${kindOf(value)}`,
      );
    } else {
      entities.set(key, fields);
    }
  }
  return entities;
}

/** A key is an entity kind; the field of an entity stands for the entity. */
function readKey(
  entry: Entry | undefined,
  entities: ReadonlyMap<string, readonly string[]>,
  complaints: Complaints,
): readonly string[] {
  if (entry === undefined) return FOREIGN.key;
  const names = entry.value.is === 'list' ? namesOf(entry.value) : undefined;
  if (names === undefined) {
    complaints.add('R060', entry.line, `'key' must be a list of entity kinds, found ${kindOf(entry.value)}`);
    return FOREIGN.key;
  }
  const kinds: string[] = [];
  for (const name of names) {
    const kind = entities.has(name) ? name : [...entities].find(([, fields]) => fields.includes(name))?.[0];
    if (kind === undefined)
      complaints.add('R061', entry.line, `key ${quoted(name)} is no kind and no field of 'entities'`);
    else if (kinds.includes(kind))
      complaints.add('R061', entry.line, `key ${quoted(name)} names entity '${kind}' a second time`);
    else kinds.push(kind);
  }
  return kinds;
}

function namesOf(tree: Tree): readonly string[] | undefined {
  const trees = tree.is === 'list' ? tree.of : [tree];
  const names: string[] = [];
  for (const one of trees) {
    if (one.is !== 'leaf' || typeof one.value !== 'string' || one.value === '') return undefined;
    names.push(one.value);
  }
  return names;
}

function word<Word extends string | number>(
  block: Table,
  key: string,
  words: readonly Word[],
  complaints: Complaints,
): Word | undefined {
  const entry = entryOf(block, key);
  if (entry === undefined) return undefined;
  const { value } = entry;
  const found = value.is === 'leaf' ? words.find((one) => one === value.value) : undefined;
  if (found === undefined) {
    const stood = value.is === 'leaf' ? quoted(value.source) : kindOf(value);
    complaints.add('R060', entry.line, `'${key}' must be one of ${words.join(', ')}, found ${stood}`);
  }
  return found;
}
