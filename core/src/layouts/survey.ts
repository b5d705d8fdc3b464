import { machineRoot, windowsPath } from '../bytes/windows-path.ts';
import { inputLetters, inputOf } from './input-letters.ts';
import { isPlaced } from './placed-tree.ts';
import { folderOf } from './layout-reader.ts';
import type { LayoutReader, Mark, MarkedArtifact } from './layout-reader.ts';
import type { Listed } from './laid-out.ts';
import { serverPath } from './server-path.ts';

/** Packages of one layout by their root. */
export type Finds = Map<string, MarkedArtifact[]>;

/** What one pass over all paths tells. Bounded however many artifacts there are, but for the sizes of their paths. */
export interface Survey {
  readonly finds: ReadonlyMap<LayoutReader, Finds>;
  /** Output of tools that lies among a server's files: no packages, because anybody can lay it there. */
  readonly planted: ReadonlyMap<LayoutReader, Finds>;
  /** Containers, as prefixes of the paths of their members. */
  readonly containers: ReadonlySet<string>;
  /** Folders in which drives lie side by side, called by their letters, each with `/` behind it. */
  readonly driveFolders: ReadonlySet<string>;
  /** Prefixes of inputs that are called like drives. */
  readonly letters: ReadonlySet<string>;
  /** Artifacts that may be the map of a sparse file, by the path of that file. */
  readonly maps: ReadonlySet<string>;
  readonly limits: readonly string[];
}

/**
 * Goes through all artifacts once, for the signs of packages and for what the paths of some say about others. A sign
 * among the files of a server makes no package: it is one of them, and may have been laid there to be found.
 */
export function survey(
  { artifacts, folders }: { readonly artifacts: readonly Listed[]; readonly folders: readonly string[] },
  readers: readonly LayoutReader[],
): Survey {
  const finds = new Map<LayoutReader, Finds>(readers.map((reader) => [reader, new Map()]));
  const planted = new Map<LayoutReader, Finds>(readers.map((reader) => [reader, new Map()]));
  const containers = new Set<string>();
  const driveFolders = new Set<string>();
  const maps = new Set<string>();
  const letters = inputLetters(artifacts);
  const counts = new MarkCounts();
  let last = '';
  for (const artifact of artifacts) {
    const { path, container } = artifact;
    if (container !== undefined && containers.size < MOST_CONTAINERS && path.startsWith(`${container}/`))
      containers.add(`${container}/`);
    const folder = folderOf(path);
    if (folder !== last) {
      last = folder;
      noteDrive(path, inputOf(path, letters), driveFolders);
    }
    const name = path.slice(folder.length).toLowerCase();
    if (name.endsWith('.idx') && maps.size < MOST_MAPS) maps.add(path.slice(0, -'.idx'.length));
    for (const reader of readers) {
      const mark = reader.markOf(path, name);
      if (mark === undefined) continue;
      const isTool = reader.isToolOutput === true;
      if (!isAmongFiles(mark.root, { isTool, letters })) counts.note(finds.get(reader), mark, artifact);
      else if (isTool) counts.note(planted.get(reader), mark, artifact);
    }
  }
  for (const folder of folders) noteDrive(`${folder}/x`, inputOf(folder, letters), driveFolders);
  for (const [reader, found] of finds) reader.settle?.(found);
  return { finds, planted, containers, driveFolders, letters, maps, limits: [...counts.limits] };
}

/** Whether what is marked as a root is a folder of a server. */
function isAmongFiles(root: string, { isTool, letters }: { isTool: boolean; letters: ReadonlySet<string> }): boolean {
  const input = inputOf(root, letters);
  return serverPath(`${root.slice(input.length)}x`) !== undefined || isPlaced(root, { isBroad: isTool });
}

function noteDrive(path: string, input: string, driveFolders: Set<string>): void {
  const below = path.slice(input.length);
  if (driveFolders.size >= MOST_DRIVES || windowsPath(below).drive === undefined) return;
  const root = machineRoot(below);
  if (root !== '' && below.startsWith(`${root}/`)) driveFolders.add(`${input}${root}/`);
}

/** Keeps marks within bounds. */
class MarkCounts {
  readonly limits = new Set<string>();
  readonly #counts = new Map<readonly MarkedArtifact[], Map<string, number>>();

  note(found: Finds | undefined, { root, sign, isFolder }: Mark, artifact: Listed): void {
    const marks = found?.get(root) ?? this.#begin(found, root);
    const counts = marks === undefined ? undefined : this.#counts.get(marks);
    if (marks === undefined || counts === undefined) return;
    const count = (counts.get(sign) ?? 0) + 1;
    counts.set(sign, count);
    if (count <= (isFolder === true ? 1 : MOST_MARKS)) marks.push({ artifact, sign });
    else if (isFolder !== true) this.limits.add(`manifests beyond the first ${MOST_MARKS} of a package are not read`);
  }

  #begin(found: Finds | undefined, root: string): MarkedArtifact[] | undefined {
    if (found === undefined || root.length > LONGEST_ROOT || root.split('/').length > DEEPEST_ROOT) {
      this.limits.add(`a package more than ${DEEPEST_ROOT} folders deep is read as plain folders`);
      return undefined;
    }
    if (found.size >= MOST_PACKAGES) {
      this.limits.add(`packages beyond the first ${MOST_PACKAGES} of a collector are read as plain folders`);
      return undefined;
    }
    const marks: MarkedArtifact[] = [];
    found.set(root, marks);
    this.#counts.set(marks, new Map());
    return marks;
  }
}

/** The lengths a root can have, and so the number of prefixes of a path that are looked up. */
export const DEEPEST_ROOT = 16;
const LONGEST_ROOT = 2048;
const MOST_PACKAGES = 1000;
const MOST_MARKS = 200;
const MOST_CONTAINERS = 10_000;
const MOST_DRIVES = 10_000;
const MOST_MAPS = 100_000;
