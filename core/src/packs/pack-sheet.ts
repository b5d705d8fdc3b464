import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { yamlExcess } from '../rules/sigma/yaml-tree.ts';
import type { Complaints, PackErrorCode } from './pack-error.ts';

/** One file of a pack that is being read, and where its faults go. */
export interface Sheet {
  readonly file: string;
  readonly complaints: Complaints;
}

/** A YAML value that knows its line. */
export type Located = LocatedMap | LocatedList | LocatedScalar;

export interface LocatedMap {
  readonly is: 'map';
  readonly line: number;
  readonly entries: ReadonlyMap<string, { readonly line: number; readonly value: Located }>;
}

export interface LocatedList {
  readonly is: 'list';
  readonly line: number;
  readonly of: readonly Located[];
}

export interface LocatedScalar {
  readonly is: 'scalar';
  readonly line: number;
  readonly value: string | number | boolean | null;
}

/**
 * Parses one YAML 1.2 file (core schema: dates, versions and builds stay text). Aliases, merges and several documents
 * are refused: a pack says each thing where it holds. So is what nests so deep or holds so much that composing it would
 * take the host down; a pack may come from anyone.
 *
 * @returns `undefined` if the file is not YAML; the faults are with the complaints
 */
export function parseSheet(text: string, sheet: Sheet): Located | undefined {
  const excess = yamlExcess(text);
  if (excess !== undefined) {
    complain(sheet, 'P002', excess.line, `expected YAML of a size that can be read: ${excess.says}`);
    return undefined;
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    logLevel: 'silent',
    merge: false,
    prettyErrors: false,
    stringKeys: true,
    // `yaml` compares the keys of a map pairwise; they are compared below.
    uniqueKeys: false,
    version: '1.2',
  });
  for (const error of document.errors) {
    complain(sheet, 'P002', lines.linePos(error.pos[0]).line, `expected YAML: ${lowerFirst(error.message)}`);
  }
  return document.errors.length > 0 ? undefined : locate(document.contents, lines, sheet, 1);
}

/** The plain value below a node, for options that only a check understands. */
export function plainValue(node: Located): unknown {
  if (node.is === 'scalar') return node.value;
  if (node.is === 'list') return node.of.map(plainValue);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plainValue(entry.value)]));
}

export function complain(sheet: Sheet, code: PackErrorCode, line: number, says: string): void {
  sheet.complaints.add(code, sheet.file, line, says);
}

function locate(node: unknown, lines: LineCounter, sheet: Sheet, above: number): Located {
  const line = lineOf(node, lines) ?? above;
  if (isMap(node)) {
    const entries = new Map<string, { line: number; value: Located }>();
    for (const pair of node.items) {
      const keyLine = lineOf(pair.key, lines) ?? line;
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      if (entries.has(key))
        complain(sheet, 'P002', keyLine, `expected YAML: map keys must be unique, "${key}" stands twice`);
      entries.set(key, { line: keyLine, value: locate(pair.value, lines, sheet, keyLine) });
    }
    return { is: 'map', line, entries };
  }
  if (isSeq(node)) return { is: 'list', line, of: node.items.map((each) => locate(each, lines, sheet, line)) };
  if (isAlias(node)) complain(sheet, 'P002', line, `expected a value, found the alias *${node.source}`);
  if (!isScalar(node)) return { is: 'scalar', line, value: null };
  const { value } = node;
  return {
    is: 'scalar',
    line,
    value: typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? value : null,
  };
}

function lineOf(node: unknown, lines: LineCounter): number | undefined {
  if (!isMap(node) && !isSeq(node) && !isScalar(node) && !isAlias(node)) return undefined;
  return node.range === undefined || node.range === null ? undefined : lines.linePos(node.range[0]).line;
}

function lowerFirst(message: string): string {
  const [first = ''] = message.split('\n');
  return first.slice(0, 1).toLowerCase() + first.slice(1).replace(/\.$/, '');
}
