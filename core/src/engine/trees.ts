import type { RootSpec, TreeSpec } from '../model/pack.ts';

/** Where a file lies in a tree that a pack knows. */
export interface TreePlace {
  readonly tree: string;
  /** Evidence path of the tree's root, as the evidence spells it. */
  readonly root: string;
  /** Lower-case path below the root, `/` between the parts. */
  readonly treePath: string;
  /** URL path under which the file is served, lower-case; absent where the tree is not served. */
  readonly urlPath: string | undefined;
}

/**
 * Finds the tree that a path lies in. Roots are matched by their ending, without case, so that Exchange may lie on any
 * drive; of nested matches the outermost counts.
 */
export function placeInTree(path: string, trees: readonly TreeSpec[]): TreePlace | undefined {
  const parts = path.split('/');
  const lower = parts.map((part) => part.toLowerCase());
  let best: { spec: TreeSpec; end: number } | undefined;
  for (const spec of trees) {
    for (const root of spec.roots) {
      const end = endOfRoot(lower, root.split('/'));
      if (end !== undefined && (best === undefined || end < best.end)) best = { spec, end };
    }
  }
  if (best === undefined) return undefined;
  const treePath = lower.slice(best.end).join('/');
  const { spec } = best;
  return {
    tree: spec.id,
    root: parts.slice(0, best.end).join('/'),
    treePath,
    urlPath: spec.url === undefined ? undefined : `${spec.url.toLowerCase()}${treePath}`,
  };
}

/** Turns `C:\inetpub\wwwroot\x.aspx` of a manifest, or `uploads/C%3A/inetpub`, into `/`-separated parts. */
export function slashed(path: string): string {
  const plain = path
    .replaceAll('\\', '/')
    .replace(/^\/+/, '')
    .replace(/^[?.]\//, '');
  return /%[0-9a-f]{2}/i.test(plain) ? plain.replaceAll(/%3a/gi, ':').replaceAll(/%20/g, ' ') : plain;
}

/** Keeps for each root of a tree which landmarks were met and how many files. */
export class TreeTally {
  readonly #roots = new Map<
    string,
    { spec: TreeSpec; met: Set<number>; files: number; listed: number; damaged: boolean; isWhole: boolean }
  >();
  readonly #trees: readonly TreeSpec[];
  /** Lower-case folders that may be what could not be listed, each ending in `/`; an empty one is above everything. */
  readonly #gaps: string[] = [];

  /** Lower-case paths below a drive at which the pack expects the trees, by tree; `*` for any part of a name. */
  readonly #usual: ReadonlyMap<string, readonly (readonly string[])[]>;

  constructor(trees: readonly TreeSpec[], roots: readonly RootSpec[] = []) {
    this.#trees = trees;
    this.#usual = new Map(trees.map((tree) => [tree.id, usualPlaces(tree, roots)]));
  }

  /**
   * Counts one file or one empty folder.
   *
   * @param isWhole the list that names it is of a whole volume: a tree at its usual place needs no landmarks
   */
  add(path: string, is: 'file' | 'listed' | 'folder' | 'gap', isWhole = false): void {
    // What could not be listed may be a folder: the root itself, or one above it.
    if (is === 'gap' && this.#gaps.length < MOST_GAPS) this.#gaps.push(`${path.replace(/\/+$/, '').toLowerCase()}/`);
    else if (is === 'gap') this.#gaps[0] = '';
    const place = placeInTree(is === 'file' || is === 'listed' ? path : `${path.replace(/\/+$/, '')}/`, this.#trees);
    const spec = this.#trees.find((t) => t.id === place?.tree);
    if (place === undefined || spec === undefined) return;
    const key = `${spec.id}\n${place.root.toLowerCase()}`;
    let root = this.#roots.get(key);
    if (root === undefined)
      this.#roots.set(key, (root = { spec, met: new Set(), files: 0, listed: 0, damaged: false, isWhole: false }));
    if (is === 'gap') root.damaged = true;
    if (isWhole && !spec.content && !root.isWhole) root.isWhole = this.#isUsual(spec.id, place.root);
    if (is === 'file') root.files += 1;
    if (is === 'listed') root.listed += 1;
    if (spec.content && is !== 'file') return;
    spec.landmarks.forEach((anyOf, index) => {
      if (anyOf.some((landmark) => place.treePath === landmark || place.treePath.startsWith(`${landmark}/`)))
        root.met.add(index);
    });
  }

  #isUsual(tree: string, root: string): boolean {
    const parts = root.toLowerCase().split('/');
    const below = DRIVE.test(parts[0] ?? '') ? parts.slice(1) : parts;
    return (this.#usual.get(tree) ?? []).some(
      (usual) => usual.length === below.length && usual.every((part, index) => fits(below[index] ?? '', part)),
    );
  }

  #isDamaged(key: string, root: { readonly damaged: boolean }): boolean {
    const path = `${key.slice(key.indexOf('\n') + 1)}/`;
    return root.damaged || this.#gaps.some((gap) => path.startsWith(gap));
  }

  /** The best listed root of each tree. */
  extents(): readonly { tree: string; root: string; how: 'enumerated' | 'partial'; damaged: boolean; files: number }[] {
    const all = [...this.#roots].map(([key, root]) => ({
      tree: root.spec.id,
      root: key.slice(key.indexOf('\n') + 1),
      how:
        (root.isWhole || root.met.size === root.spec.landmarks.length) && !this.#isDamaged(key, root)
          ? ('enumerated' as const)
          : ('partial' as const),
      damaged: this.#isDamaged(key, root),
      // A manifest lists again what was copied beside it.
      files: Math.max(root.files, root.listed),
    }));
    return all.toSorted((a, b) => (a.tree < b.tree ? -1 : a.tree > b.tree ? 1 : a.root < b.root ? -1 : 1));
  }
}

/** Gaps that are kept by name; with more of them nothing counts as listed completely. */
const MOST_GAPS = 10_000;

/** Where the pack lets a tree be collected, with the usual folder for each root, without drive. */
function usualPlaces(tree: TreeSpec, roots: readonly RootSpec[]): readonly (readonly string[])[] {
  return tree.collect.flatMap(({ path }) => {
    const [, name = '', below = ''] = /^%([^%]+)%\\?(.*)$/.exec(path) ?? [];
    const usual = roots.find((root) => root.name === name)?.usual ?? [];
    return usual.map((folder) =>
      `${folder}\\${below}`
        .toLowerCase()
        .split('\\')
        .filter((part) => part !== '' && !DRIVE.test(part)),
    );
  });
}

/** `exchange*` fits any name that begins so; there is one star at most. */
function fits(name: string, pattern: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return name === pattern;
  const begin = pattern.slice(0, star);
  const end = pattern.slice(star + 1);
  return name.length >= begin.length + end.length && name.startsWith(begin) && name.endsWith(end);
}

const DRIVE = /^(?:[a-z](?:%3a|:)?|\.)$/i;

function endOfRoot(parts: readonly string[], root: readonly string[]): number | undefined {
  for (let start = 0; start + root.length < parts.length; start += 1) {
    if (root.every((part, index) => parts[start + index] === part)) return start + root.length;
  }
  return undefined;
}
