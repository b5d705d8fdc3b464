import { Composer, isAlias, isMap, isScalar, isSeq, LineCounter, Parser } from 'yaml';
import type { CST, Document, ParsedNode } from 'yaml';

import type { Complaints } from '../rule-error.ts';
import { quoted } from '../rule-error.ts';

/** A scalar. `source` is what was typed (without quotes), because `0x17` and `007` are text to a log. */
export interface Leaf {
  readonly is: 'leaf';
  readonly value: string | number | boolean | null;
  readonly source: string;
  readonly line: number;
}

export interface Listing {
  readonly is: 'list';
  readonly of: readonly Tree[];
  readonly line: number;
}

export interface Entry {
  readonly key: string;
  readonly value: Tree;
  /** Line of the key, counted from 1. */
  readonly line: number;
}

export interface Table {
  readonly is: 'map';
  readonly of: readonly Entry[];
  readonly line: number;
}

/** One YAML document without its syntax, with the line of every node. */
export type Tree = Leaf | Listing | Table;

/** What a YAML text has too much of, and where: a line counted from 1. */
export interface YamlExcess {
  readonly line: number;
  readonly says: string;
}

const DEEPEST = 64;
const MOST_NODES = 100_000;
const MOST_ALIASES = 100;
/** Block indicators (`- `, `? `, `: `) in one line. */
const MOST_INDICATORS = 1_000;

/**
 * Reads a YAML 1.2 stream (core schema). Documents with an error are left out, the error is a complaint.
 *
 * The composer of `yaml` is recursive and compares the keys of a map pairwise, so a megabyte of `[` or of keys would
 * kill or hang the host. Depth and size are therefore measured on the concrete syntax, which is made without
 * recursion but for what one line opens, and the keys are compared here.
 */
export function readYaml(text: string, complaints: Complaints): readonly Tree[] {
  const crowded = crowdedLine(text);
  if (crowded !== undefined) {
    complaints.add('R004', crowded.line, crowded.says);
    return [];
  }
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const lineOf = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const excess = excessOf(tokens);
  if (excess !== undefined) {
    complaints.add('R004', lineOf(excess.offset), excess.says);
    return [];
  }
  const trees: Tree[] = [];
  const composer = new Composer({ schema: 'core', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  for (const document of composer.compose(tokens, false, text.length)) {
    const before = complaints.count;
    for (const error of document.errors) complaints.add('R002', lineOf(error.pos[0]), sentence(error.message));
    if (complaints.count > before || document.contents === null) continue;
    const tree = new Planter(document, complaints, lineOf).plant(document.contents);
    if (tree !== undefined && complaints.count === before && !isEmpty(tree)) trees.push(tree);
  }
  return trees;
}

/** The value under a key, or nothing. */
export function entryOf(table: Table, key: string): Entry | undefined {
  return table.of.find((entry) => entry.key === key);
}

/** What a node is called in a message. */
export function kindOf(tree: Tree): string {
  if (tree.is === 'list') return 'a list';
  if (tree.is === 'map') return 'a map';
  if (tree.value === null) return 'nothing';
  return typeof tree.value === 'string' ? 'text' : `a ${typeof tree.value}`;
}

function isEmpty(tree: Tree): boolean {
  return tree.is === 'leaf' && tree.value === null;
}

/** What a YAML text has too much of to be composed; `undefined` where it may be. */
export function yamlExcess(text: string): YamlExcess | undefined {
  const crowded = crowdedLine(text);
  if (crowded !== undefined) return crowded;
  const lines = new LineCounter();
  const excess = excessOf([...new Parser(lines.addNewLine).parse(text)]);
  return excess === undefined ? undefined : { line: Math.max(1, lines.linePos(excess.offset).line), says: excess.says };
}

/** A text too crowded even for its concrete syntax: every bracket costs memory, every block that a line opens a call. */
function crowdedLine(text: string): YamlExcess | undefined {
  let line = 1;
  let brackets = 0;
  let indicators = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === FEED) {
      line += 1;
      indicators = 0;
    } else if (code === OPEN_LIST || code === OPEN_MAP) {
      brackets += 1;
      if (brackets > MOST_NODES) return { line, says: `file has more than ${MOST_NODES} YAML nodes` };
    } else if (code === DASH || code === QUESTION || code === COLON) {
      const next = text.charCodeAt(at + 1);
      if (next === SPACE || next === TAB) indicators += 1;
      if (indicators > MOST_INDICATORS) return { line, says: `line opens more than ${MOST_INDICATORS} YAML blocks` };
    }
  }
  return undefined;
}

function excessOf(tokens: readonly CST.Token[]): { offset: number; says: string } | undefined {
  const open: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  let nodes = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    const offset = 'offset' in token ? token.offset : 0;
    nodes += 1;
    if (nodes > MOST_NODES) return { offset, says: `file has more than ${MOST_NODES} YAML nodes` };
    if (depth > DEEPEST) return { offset, says: `YAML is nested more than ${DEEPEST} levels deep` };
    if (token.type === 'document' && token.value !== undefined) open.push({ token: token.value, depth: depth + 1 });
    if (!('items' in token)) continue;
    for (const { key, value } of token.items) {
      if (key !== undefined && key !== null) open.push({ token: key, depth: depth + 1 });
      if (value !== undefined) open.push({ token: value, depth: depth + 1 });
    }
  }
  return undefined;
}

/** Turns the nodes of one document into a tree, aliases expanded within a budget. */
class Planter {
  readonly #document: Document.Parsed;
  readonly #complaints: Complaints;
  readonly #lineOf: (offset: number) => number;
  #nodes = 0;
  #aliases = 0;

  constructor(document: Document.Parsed, complaints: Complaints, lineOf: (offset: number) => number) {
    this.#document = document;
    this.#complaints = complaints;
    this.#lineOf = lineOf;
  }

  plant(node: unknown, depth = 0): Tree | undefined {
    const line = this.#line(node);
    this.#nodes += 1;
    if (this.#nodes > MOST_NODES) return this.#refuse(line, `aliases expand to more than ${MOST_NODES} YAML nodes`);
    if (depth > DEEPEST) return this.#refuse(line, `aliases expand to more than ${DEEPEST} levels`);
    if (isAlias(node)) {
      this.#aliases += 1;
      if (this.#aliases > MOST_ALIASES) return this.#refuse(line, `document expands more than ${MOST_ALIASES} aliases`);
      const meant = node.resolve(this.#document);
      if (meant === undefined) return this.#refuse(line, `alias ${quoted(node.source)} has no anchor before it`);
      return this.plant(meant, depth + 1);
    }
    if (isScalar(node)) return leaf(node.value, node.source, line);
    if (isSeq(node)) {
      const of = this.#all(node.items, (entry) => this.plant(entry, depth + 1));
      return of === undefined ? undefined : { is: 'list', of, line };
    }
    if (isMap(node)) {
      const keys = new Set<string>();
      const of = this.#all(node.items, (pair) => this.#entry(pair, keys, depth));
      return of === undefined ? undefined : { is: 'map', of, line };
    }
    return leaf(null, undefined, line);
  }

  #entry(pair: { key: unknown; value: unknown }, keys: Set<string>, depth: number): Entry | undefined {
    const line = this.#line(pair.key);
    if (!isScalar(pair.key)) {
      this.#complaints.add('R002', line, 'key of a map is not a single word or text');
      return undefined;
    }
    const key = leaf(pair.key.value, pair.key.source, line).source;
    if (keys.has(key)) {
      this.#complaints.add('R003', line, `key ${quoted(key)} stands twice in the same map`);
      return undefined;
    }
    keys.add(key);
    const value = pair.value === null ? leaf(null, undefined, line) : this.plant(pair.value, depth + 1);
    return value === undefined ? undefined : { key, value, line };
  }

  #all<From, To>(nodes: readonly From[], each: (node: From) => To | undefined): To[] | undefined {
    const all: To[] = [];
    let whole = true;
    for (const node of nodes) {
      const one = each(node);
      if (one !== undefined) all.push(one);
      else whole = false;
      // A spent budget is one error, not one for every node that is left.
      if (this.#nodes > MOST_NODES || this.#aliases > MOST_ALIASES) return undefined;
    }
    return whole ? all : undefined;
  }

  #refuse(line: number, says: string): undefined {
    this.#complaints.add('R004', line, says);
    return undefined;
  }

  #line(node: unknown): number {
    const range = (node as Partial<ParsedNode> | null | undefined)?.range;
    return range === undefined || range === null ? 1 : this.#lineOf(range[0]);
  }
}

function leaf(value: unknown, source: string | undefined, line: number): Leaf {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null) {
    return { is: 'leaf', value, source: source ?? String(value ?? ''), line };
  }
  return { is: 'leaf', value: source ?? '', source: source ?? '', line };
}

/** Messages of `yaml` are sentences; ours start lower-case and have no full stop. */
function sentence(message: string): string {
  const line = (message.split('\n', 1)[0] ?? '').trim().replace(/[.:]+$/, '');
  return /^[A-Z][a-z ]/.test(line) ? line.slice(0, 1).toLowerCase() + line.slice(1) : line;
}

const TAB = 9;
const FEED = 10;
const SPACE = 32;
const DASH = 45;
const COLON = 58;
const QUESTION = 63;
const OPEN_LIST = 91;
const OPEN_MAP = 123;
