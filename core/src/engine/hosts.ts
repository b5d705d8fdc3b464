import { tellApart } from './hosts-namesakes.ts';
import type { Signature } from './hosts-namesakes.ts';

/** What one artifact says about the machines that wrote it. */
export interface NamedArtifact {
  readonly path: string;
  /** Records per host name as written; `''` for records that name none. */
  readonly hosts: ReadonlyMap<string, number>;
}

/** An input as far as attribution is concerned. */
export interface NamedInput {
  readonly prefix: string;
  readonly isSnapshot: boolean;
}

/** Which host each artifact and each recorded name belongs to. */
export interface HostMap {
  /** Host of the records of artifact `index` that name no host, and of the file itself. */
  ofArtifact(index: number): string;
  /** Host of a record that names one, or that another record of the artifact names. */
  ofName(index: number, name: string): string;
  /** Host of a path that is no artifact (an empty folder, a listing gap). */
  ofPath(path: string): string;
  readonly names: ReadonlyMap<string, readonly string[]>;
}

/** Id of the host of evidence that names no machine. */
export const UNNAMED = 'unnamed';

const WHOLE: NamedInput = { prefix: '', isSnapshot: false };
/** Stands where no input can be called so. */
const SNAPSHOTS = 'snapshots\0/';
const LOCAL_SHARE = 0.6;
const FOLDER_SHARE = 0.67;
const ALIAS_SHARE = 0.9;
const MOST_FOLDERS = 64;
const LONGEST_DOMAIN = 255;
const DRIVE = /^[a-z](?:%3a|:)?$/i;
const WINDOWS_TOP = new Set([
  'windows',
  'inetpub',
  'program files',
  'program files (x86)',
  'programdata',
  'users',
  'exchangesetuplogs',
]);

/**
 * Attributes evidence to machines by what the evidence says. A record that names its machine belongs to it; what names
 * none belongs to the machine that nearly all named artifacts of the nearest common folder name. The walk upwards stops
 * at the folder that holds a drive or Windows' own folders, at a folder that is called like its machine, and at the input
 * itself, so that two servers side by side are never mixed.
 *
 * All snapshots show one host: they are attributed as if they were a single folder. A collector's package is of one
 * machine too, however deep in it the drives lie.
 *
 * @param packages path prefixes of packages, empty or ending in `/`
 */
export function attributeHosts(
  given: readonly NamedArtifact[],
  inputs: readonly NamedInput[] = [WHOLE],
  packages: readonly string[] = [],
): HostMap {
  const snapshots = inputs.filter((input) => input.isSnapshot);
  const merged = (path: string): string => {
    const snapshot = snapshots.find((input) => path.startsWith(input.prefix));
    return snapshot === undefined ? path : SNAPSHOTS + path.slice(snapshot.prefix.length);
  };
  const prefixes = [...inputs.filter((input) => !input.isSnapshot).map((input) => input.prefix), SNAPSHOTS];
  const artifacts = given.map((artifact) => ({ hosts: artifact.hosts, path: merged(artifact.path) }));
  const local = artifacts.map(localName);
  const elsewhere = new Set(local.filter((name) => name !== undefined));
  const roots = new Set(packages.map(merged));
  const longest = [...roots].reduce((most, root) => Math.max(most, root.length), 0);
  const least = new Map(prefixes.map((prefix) => [prefix, depthOf(prefix)]));
  const foldersOf = (path: string): readonly string[] => {
    // Names of inputs hold no `/`.
    const depth = least.get(path.slice(0, path.indexOf('/') + 1)) ?? 0;
    return foldersUp(path, depth, { roots, longest });
  };
  const rootOf = (path: string): string => foldersOf(path).at(-1) ?? '';
  const votes = countVotes(artifacts, local, foldersOf);
  const names = new Map<string, Set<string>>();
  const placed = artifacts.map(({ path }) => rootOf(path));
  const apart = tellApart(
    artifacts.flatMap((artifact, index) => signatureOf(artifact, local[index], placed[index] ?? '')),
  );
  const ofPath = (path: string): string => {
    const folders = foldersOf(merged(path));
    return apart.idOf(nearest(folders, votes), '', folders.at(-1) ?? '');
  };
  const byArtifact = given.map((artifact, index) => {
    const name = local[index];
    return name === undefined ? ofPath(artifact.path) : apart.idOf(name, '', placed[index] ?? '');
  });
  const aliases = new Map<string, string>();
  const idOf = (index: number, written: string): string | undefined => {
    const name = shortName(written);
    if (name === undefined) return undefined;
    const called = aliases.get(`${index}\n${name}`);
    return called === undefined
      ? apart.idOf(name, domainOf(written), placed[index] ?? '')
      : apart.idOf(called, '', placed[index] ?? '');
  };
  artifacts.forEach((artifact, index) => {
    const own = local[index];
    for (const written of artifact.hosts.keys()) {
      const name = shortName(written);
      if (name === undefined) continue;
      const alias = own !== undefined && name !== own && !elsewhere.has(name) && share(artifact, own) >= ALIAS_SHARE;
      if (alias) aliases.set(`${index}\n${name}`, own);
      note(names, idOf(index, written) ?? name, written);
    }
  });
  return {
    ofArtifact: (index) => byArtifact[index] ?? UNNAMED,
    ofName: (index, written) => idOf(index, written) ?? byArtifact[index] ?? UNNAMED,
    ofPath,
    names: new Map([...names].map(([host, written]) => [host, [...written].toSorted()])),
  };
}

/** `EX01.contoso.example` and `ex01` are one machine; an address or `localhost` names none. */
export function shortName(written: string): string | undefined {
  const lower = written.trim().toLowerCase();
  if (lower === '' || lower === '-' || lower === 'localhost' || /^[\d.]+$/.test(lower) || lower.includes(':'))
    return undefined;
  const label = lower.split('.')[0] ?? '';
  return label === '' ? undefined : label.slice(0, 64);
}

/** What stands behind the first dot, lower-case. */
function domainOf(written: string): string {
  const full = written.trim().toLowerCase().replace(/\.$/, '');
  const dot = full.indexOf('.');
  return dot < 0 ? '' : full.slice(dot + 1, dot + 1 + LONGEST_DOMAIN);
}

/** Snapshots show one machine by definition; a log of many machines says nothing of where it lies. */
function signatureOf(artifact: NamedArtifact, name: string | undefined, root: string): readonly Signature[] {
  if (name === undefined || root.startsWith(SNAPSHOTS.slice(0, -1)) || share(artifact, name) < ALIAS_SHARE) return [];
  const domains = [...artifact.hosts.keys()].filter((written) => shortName(written) === name).map(domainOf);
  return [{ name, root, domains: [...new Set(domains)].filter((domain) => domain !== '').toSorted() }];
}

function localName(artifact: NamedArtifact): string | undefined {
  if (/forwardedevents/i.test(artifact.path)) return undefined;
  const counts = shortCounts(artifact);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  for (const [name, count] of counts) if (count / total >= LOCAL_SHARE) return name;
  return undefined;
}

function share(artifact: NamedArtifact, name: string): number {
  const counts = shortCounts(artifact);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return total === 0 ? 0 : (counts.get(name) ?? 0) / total;
}

function shortCounts(artifact: NamedArtifact): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [written, count] of artifact.hosts) {
    const name = shortName(written);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts;
}

function countVotes(
  artifacts: readonly NamedArtifact[],
  local: readonly (string | undefined)[],
  foldersOf: (path: string) => readonly string[],
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const votes = new Map<string, Map<string, number>>();
  artifacts.forEach((artifact, index) => {
    const name = local[index];
    if (name === undefined) return;
    for (const folder of foldersOf(artifact.path)) {
      const here = votes.get(folder) ?? new Map<string, number>();
      here.set(name, (here.get(name) ?? 0) + 1);
      votes.set(folder, here);
      // A folder that is called like the machine in it stands for the machine; its neighbours are others.
      if (folder.slice(folder.lastIndexOf('/') + 1).toLowerCase() === name) break;
    }
  });
  return votes;
}

function nearest(folders: readonly string[], votes: ReadonlyMap<string, ReadonlyMap<string, number>>): string {
  for (const folder of folders) {
    const here = votes.get(folder);
    if (here === undefined) continue;
    const total = [...here.values()].reduce((sum, count) => sum + count, 0);
    for (const [name, count] of here) if (count / total >= FOLDER_SHARE) return name;
    break;
  }
  const top = folders.at(-1) ?? '';
  const machine = `${top}/`.startsWith(SNAPSHOTS) ? top.slice(SNAPSHOTS.length) : top;
  return machine === '' ? UNNAMED : `${UNNAMED}:${machine}`;
}

interface Packages {
  readonly roots: ReadonlySet<string>;
  /** Characters of the longest of them. */
  readonly longest: number;
}

/**
 * The folders of a path from the nearest up to the machine's root, never above the input or the package it came in. Of a
 * path that nests deeper than any server's does, the nearest ones and the root.
 */
function foldersUp(path: string, least: number, packages: Packages): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  const top = Math.max(packageDepth(path, packages) ?? machineDepth(parts), least);
  const folders: string[] = [];
  const lowest = Math.max(top, parts.length - MOST_FOLDERS);
  let cut = path.lastIndexOf('/');
  for (let depth = parts.length; depth >= lowest; depth -= 1) {
    folders.push(path.slice(0, Math.max(0, cut)));
    cut = cut <= 0 ? -1 : path.lastIndexOf('/', cut - 1);
  }
  if (lowest > top) folders.push(parts.slice(0, top).join('/'));
  return folders;
}

/** How many leading parts name the innermost package that a path lies in. */
function packageDepth(path: string, { roots, longest }: Packages): number | undefined {
  if (roots.size === 0) return undefined;
  // Nothing longer than the longest of them can be one.
  for (let cut = path.lastIndexOf('/', longest); cut >= 0; cut = path.lastIndexOf('/', cut - 1)) {
    const root = path.slice(0, cut + 1);
    if (roots.has(root)) return depthOf(root);
    if (cut === 0) break;
  }
  return roots.has('') ? 0 : undefined;
}

/** How many parts a prefix has. */
function depthOf(prefix: string): number {
  return prefix.split('/').length - 1;
}

/** How many leading parts lie above the drive letter or above Windows' own top folders; 0 where there are none. */
function machineDepth(parts: readonly string[]): number {
  for (let depth = 0; depth < parts.length; depth += 1) {
    const part = parts[depth] ?? '';
    if (DRIVE.test(part) || WINDOWS_TOP.has(part.toLowerCase())) return depth;
  }
  return 0;
}

function note(names: Map<string, Set<string>>, host: string, written: string): void {
  const known = names.get(host);
  if (known === undefined) names.set(host, new Set([written]));
  else known.add(written);
}
