import type { TreeSpec } from '../model/pack.ts';

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
    { spec: TreeSpec; met: Set<number>; files: number; listed: number; damaged: boolean }
  >();
  readonly #trees: readonly TreeSpec[];
  /** Lower-case folders that may be what could not be listed, each ending in `/`; an empty one is above everything. */
  readonly #gaps: string[] = [];

  constructor(trees: readonly TreeSpec[]) {
    this.#trees = trees;
  }

  /** Counts one file or one empty folder. */
  add(path: string, is: 'file' | 'listed' | 'folder' | 'gap'): void {
    // What could not be listed may be a folder: the root itself, or one above it.
    if (is === 'gap' && this.#gaps.length < MOST_GAPS) this.#gaps.push(`${path.replace(/\/+$/, '').toLowerCase()}/`);
    else if (is === 'gap') this.#gaps[0] = '';
    const place = placeInTree(is === 'file' || is === 'listed' ? path : `${path.replace(/\/+$/, '')}/`, this.#trees);
    const spec = this.#trees.find((t) => t.id === place?.tree);
    if (place === undefined || spec === undefined) return;
    const key = `${spec.id}\n${place.root.toLowerCase()}`;
    let root = this.#roots.get(key);
    if (root === undefined)
      this.#roots.set(key, (root = { spec, met: new Set(), files: 0, listed: 0, damaged: false }));
    if (is === 'gap') root.damaged = true;
    if (is === 'file') root.files += 1;
    if (is === 'listed') root.listed += 1;
    if (spec.content && is !== 'file') return;
    spec.landmarks.forEach((anyOf, index) => {
      if (anyOf.some((landmark) => place.treePath === landmark || place.treePath.startsWith(`${landmark}/`)))
        root.met.add(index);
    });
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
        root.met.size === root.spec.landmarks.length && !this.#isDamaged(key, root)
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

function endOfRoot(parts: readonly string[], root: readonly string[]): number | undefined {
  for (let start = 0; start + root.length < parts.length; start += 1) {
    if (root.every((part, index) => parts[start + index] === part)) return start + root.length;
  }
  return undefined;
}
