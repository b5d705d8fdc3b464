import type { BuildFilesSpec, CollectSpec, RootLookup, RootSpec } from '../model/pack.ts';
import { closestTo } from './closest-word.ts';
import { MapReader, quoted } from './map-reader.ts';
import { complain } from './pack-sheet.ts';
import type { Located, Sheet } from './pack-sheet.ts';

/** The sheet with the roots that its paths may begin with. */
export interface CollectSheet extends Sheet {
  readonly roots: readonly string[];
}

/** Reads `roots`. What a lookup names is read by scripts on a server, so every word of it is held to a narrow spelling. */
export function readRoots(nodes: readonly Located[], sheet: Sheet): readonly RootSpec[] {
  const lines = new Map<string, number>();
  return nodes.map((node) => {
    const reader = new MapReader(node, 'root', sheet);
    const name = reader.text('name');
    const before = lines.get(name.toLowerCase());
    if (before !== undefined)
      complain(sheet, 'P008', reader.lineOf('name'), `root: ${quoted(name)} already stands on line ${before}`);
    if (name !== '') lines.set(name.toLowerCase(), reader.lineOf('name'));
    if (name !== '' && !ROOT_NAME.test(name))
      malformed(sheet, reader.lineOf('name'), 'root name', 'letters and digits such as SystemRoot', name);
    const usual = reader.texts('usual');
    for (const path of usual) {
      if (!isUsual(path))
        malformed(sheet, reader.lineOf('usual'), `root ${name} usual`, 'a path such as C:\\Windows', path);
    }
    if (usual.length === 0)
      complain(sheet, 'P033', reader.lineOf('usual'), `root ${name} usual: expected at least one path`);
    const root: RootSpec = { name, title: reader.text('title'), lookup: readLookup(reader, name, sheet), usual };
    reader.close();
    return root;
  });
}

/** Reads `build-files`: where the files lie that prove the build. Needed as soon as a must-see asks for a build. */
export function readBuildFiles(reader: MapReader, sheet: CollectSheet): BuildFilesSpec | undefined {
  if (!reader.has('build-files')) {
    // Taken as read, so that an unknown key beside it is told by its own name.
    reader.node('build-files');
    const asking = reader.list('must-sees').find(asksForBuild);
    if (asking !== undefined) {
      const says = 'must-see: expected "build-files" in this file, without it nobody knows which files prove a build';
      complain(sheet, 'P033', asking.line, says);
    }
    return undefined;
  }
  const files = reader.map('build-files', 'build-files');
  const spec = { title: files.text('title'), collect: readCollect(files, 'build-files', sheet) };
  files.close();
  return spec;
}

/** Reads `collect`: the places of one source, tree, or of the files that prove the build. */
export function readCollect(reader: MapReader, what: string, sheet: CollectSheet): readonly CollectSpec[] {
  const nodes = reader.list('collect');
  if (nodes.length === 0 && reader.has('collect')) {
    const says = `${what} collect: expected at least one place, without one nobody can fetch it`;
    complain(sheet, 'P033', reader.lineOf('collect'), says);
  }
  return nodes.map((node) => readPlace(node, what, sheet));
}

function readPlace(node: Located, what: string, sheet: CollectSheet): CollectSpec {
  const reader = new MapReader(node, 'collect', sheet);
  const place: CollectSpec = {
    path: readPath(reader, what, sheet),
    mask: readMask(reader, what, sheet),
    recursive: readSwitch(reader, 'recursive', sheet),
    take: reader.has('take') ? reader.word('take', ['copy', 'list']) : 'copy',
    bytes: readSize(reader, what, sheet),
    rank: reader.number('rank', { from: 1, to: 9 }),
    keeps: reader.text('keeps'),
  };
  reader.close();
  return place;
}

function readPath(reader: MapReader, what: string, sheet: CollectSheet): string {
  const path = reader.text('path');
  const [first = '', ...names] = path.split('\\');
  const root = /^%([^%]+)%$/.exec(first)?.[1];
  if (path !== '' && (root === undefined || !names.every((name) => isName(name, FOLDER_NAME)))) {
    const expected = 'a folder such as %SystemRoot%\\System32, without a backslash at the end';
    malformed(sheet, reader.lineOf('path'), `${what} collect path`, expected, path);
  } else if (root !== undefined && !sheet.roots.includes(root)) {
    const hint = closestTo(root, sheet.roots);
    const meant = hint === undefined ? `, expected ${sheet.roots.join(', ')}` : `, did you mean ${quoted(hint)}`;
    const says = `${what} collect path: no root is called ${quoted(root)}${meant}`;
    complain(sheet, 'P032', reader.lineOf('path'), says);
  }
  return path;
}

function readMask(reader: MapReader, what: string, sheet: Sheet): string {
  const mask = reader.optionalText('mask') ?? '*';
  if (mask !== '' && !isName(mask, FILE_NAME))
    malformed(sheet, reader.lineOf('mask'), `${what} collect mask`, 'a file name such as *.log', mask);
  return mask;
}

function readSwitch(reader: MapReader, key: string, sheet: Sheet): boolean {
  const value = reader.plain(key);
  if (value === undefined) complain(sheet, 'P006', reader.line, `collect: missing key ${quoted(key)}`);
  else if (typeof value !== 'boolean')
    complain(sheet, 'P007', reader.lineOf(key), `collect ${key}: expected true or false`);
  return value === true;
}

/** `100 MB`: powers of 1024, in bytes; 0 if malformed. */
function readSize(reader: MapReader, what: string, sheet: Sheet): number {
  const text = reader.text('size');
  const [, count, unit] = /^([1-9]\d{0,3}) (KB|MB|GB)$/.exec(text) ?? [];
  const power = unit === undefined ? -1 : ['KB', 'MB', 'GB'].indexOf(unit) + 1;
  if (count !== undefined && power > 0) return Number(count) * 1024 ** power;
  if (text !== '') malformed(sheet, reader.lineOf('size'), `${what} collect size`, 'a size such as 100 MB', text);
  return 0;
}

function readLookup(reader: MapReader, name: string, sheet: Sheet): RootLookup | undefined {
  const lookup = reader.node('lookup');
  if (lookup === undefined) return undefined;
  const entries = new MapReader(lookup, 'lookup', sheet);
  const found = entries.has('registry') ? registryLookup(entries) : xmlLookup(entries);
  entries.close();
  const { path, words, example } = found;
  if (path !== '' && !path.split('\\').every((part, at) => (at === 0 && FIRST.test(part)) || isName(part, PLAIN_NAME)))
    malformed(sheet, entries.line, `root ${name} lookup`, example, path);
  for (const word of words) {
    if (word !== '' && !/^[A-Za-z][A-Za-z0-9]*$/.test(word))
      malformed(sheet, entries.line, `root ${name} lookup`, 'letters and digits', word);
  }
  return found.lookup;
}

interface FoundLookup {
  readonly lookup: RootLookup;
  readonly path: string;
  readonly words: readonly string[];
  readonly example: string;
}

function registryLookup(entries: MapReader): FoundLookup {
  const [key, value] = [entries.text('registry'), entries.text('value')];
  const example = 'a key below HKEY_LOCAL_MACHINE such as SOFTWARE\\Microsoft';
  return { lookup: { is: 'registry', key, value }, path: key, words: [value], example };
}

function xmlLookup(entries: MapReader): FoundLookup {
  const [file, element, attribute] = [entries.text('xml'), entries.text('element'), entries.text('attribute')];
  const example = 'a file such as %SystemRoot%\\System32\\inetsrv\\config\\applicationHost.config';
  return { lookup: { is: 'xml', file, element, attribute }, path: file, words: [element, attribute], example };
}

function isUsual(path: string): boolean {
  const [drive = '', ...names] = path.split('\\');
  return /^[A-Z]:$/.test(drive) && names.every((name) => isName(name, FOLDER_NAME));
}

/** No way up, and no name that Windows would open as another. */
function isName(name: string, spelling: RegExp): boolean {
  return spelling.test(name) && name !== '.' && name !== '..' && !name.endsWith('.') && !name.endsWith(' ');
}

function asksForBuild(mustSee: Located): boolean {
  const anyOf = mustSee.is === 'map' ? mustSee.entries.get('any-of')?.value : undefined;
  return anyOf?.is === 'list' && anyOf.of.some((need) => need.is === 'map' && need.entries.has('build'));
}

function malformed(sheet: Sheet, line: number, what: string, expected: string, found: string): void {
  complain(sheet, 'P031', line, `${what}: expected ${expected}, found ${quoted(found)}`);
}

const ROOT_NAME = /^[A-Za-z][A-Za-z0-9]*$/;
const FIRST = /^(?:%[A-Za-z][A-Za-z0-9]*%|[A-Za-z]:)$/;
// Braces, brackets, question marks and backticks mean something to the globs of the collectors this is written for.
const PLAIN_NAME = /^[^\\/:*?"<>|%[\]{}`\p{C}\p{Zl}\p{Zp}]+$/u;
const FOLDER_NAME = /^[^\\/:?"<>|%[\]{}`\p{C}\p{Zl}\p{Zp}]+$/u;
/** A percent sign stands in the names of event logs. */
const FILE_NAME = /^[^\\/:?"<>|[\]{}`\p{C}\p{Zl}\p{Zp}]+$/u;
