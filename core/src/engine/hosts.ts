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
  /** Host of a record that names one. */
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
  const foldersOf = (path: string): readonly string[] => {
    const input = prefixes.find((prefix) => path.startsWith(prefix)) ?? '';
    return foldersUp(path, depthOf(input), roots);
  };
  const votes = countVotes(artifacts, local, foldersOf);
  const names = new Map<string, Set<string>>();
  const ofPath = (path: string): string => nearest(foldersOf(merged(path)), votes);
  const byArtifact = given.map((artifact, index) => local[index] ?? ofPath(artifact.path));
  const aliases = new Map<string, string>();
  artifacts.forEach((artifact, index) => {
    const own = local[index];
    for (const written of artifact.hosts.keys()) {
      const name = shortName(written);
      if (name === undefined) continue;
      const alias = own !== undefined && name !== own && !elsewhere.has(name) && share(artifact, own) >= ALIAS_SHARE;
      if (alias) aliases.set(`${index}\n${name}`, own);
      note(names, alias ? own : name, written);
    }
  });
  return {
    ofArtifact: (index) => byArtifact[index] ?? UNNAMED,
    ofName: (index, written) => {
      const name = shortName(written);
      return name === undefined ? (byArtifact[index] ?? UNNAMED) : (aliases.get(`${index}\n${name}`) ?? name);
    },
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

/** The folders of a path from the nearest up to the machine's root, never above the input or the package it came in. */
function foldersUp(path: string, least: number, packages: ReadonlySet<string>): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  const top = Math.max(packageDepth(path, packages) ?? machineDepth(parts), least);
  const folders: string[] = [];
  for (let depth = parts.length; depth >= top; depth -= 1) folders.push(parts.slice(0, depth).join('/'));
  return folders;
}

/** How many leading parts name the innermost package that a path lies in. */
function packageDepth(path: string, packages: ReadonlySet<string>): number | undefined {
  if (packages.size === 0) return undefined;
  for (let cut = path.lastIndexOf('/'); cut >= 0; cut = path.lastIndexOf('/', cut - 1)) {
    const root = path.slice(0, cut + 1);
    if (packages.has(root)) return depthOf(root);
    if (cut === 0) break;
  }
  return packages.has('') ? 0 : undefined;
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
