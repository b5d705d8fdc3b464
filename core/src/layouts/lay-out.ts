import { acquire } from './acquire.ts';
import { cylr } from './cylr.ts';
import { imageAdvice } from './disk-image.ts';
import { Draft, PriorBook } from './draft.ts';
import { healthChecker } from './healthchecker.ts';
import { inputOf } from './input-letters.ts';
import { kape } from './kape.ts';
import type { Collection, LaidOut, Listed, Role } from './laid-out.ts';
import { folderOf, placeIn } from './layout-reader.ts';
import type { LayoutReader, MarkedArtifact, Parcel } from './layout-reader.ts';
import { RawLogs } from './raw-log.ts';
import { serverPath, shadowCopyAt } from './server-path.ts';
import { DEEPEST_ROOT, survey } from './survey.ts';
import type { Survey } from './survey.ts';
import { copyKey, testProxyLogon } from './test-proxylogon.ts';
import { uac } from './uac.ts';
import { velociraptor } from './velociraptor.ts';

export type {
  Advice,
  Collection,
  LaidOut,
  LayoutName,
  Listed,
  NotCopied,
  PriorFinding,
  Role,
  Skipped,
} from './laid-out.ts';

/**
 * Recognises the packages of collectors among the artifacts, reads their manifests, and tells for every artifact where it
 * lay on the server. `folders` are those without a file below them. Never throws for what the evidence says; an artifact is
 * opened only if it is a manifest or bears the name of what a tool wrote.
 *
 * Cost: one pass over the paths, one over each manifest; `original` and `role` work by the path alone and keep nothing.
 */
export async function layOut(artifacts: readonly Listed[], folders: readonly string[] = []): Promise<LaidOut> {
  const found = survey({ artifacts, folders }, READERS);
  const paths = new PathStock(artifacts);
  const book = new PriorBook();
  const packages: Package[] = [];
  const logs = new RawLogs();
  for (const { reader, root, marks: all, isPlanted } of parcelsOf(found)) {
    const marks = await withoutLogs(all, { reader, root, logs });
    if (!isAccepted(reader, marks)) continue;
    const draft = new Draft(reader.layout, root, book);
    const parcel: Parcel = {
      root,
      marks,
      has: (path) => paths.has(path),
      sizeOf: (path) => paths.sizeOf(path),
      below: () => paths.below(root),
    };
    await reader.read(parcel, draft);
    if (!draft.isRefuted && !isPlanted) packages.push({ reader, root, marks, draft });
  }
  const atlas = new Atlas(packages, found, paths.those(found.maps));
  if (packages.length > 0)
    for (const artifact of artifacts) if (atlas.role(artifact.path) !== 'evidence') await logs.holds(artifact);
  return {
    collections: packages.map(({ draft }): Collection => draft.finish()),
    original: (path) => atlas.original(path),
    role: (path) => (logs.has(path) ? 'evidence' : atlas.role(path)),
    shadowCopy: (path) => atlas.shadowCopy(path),
    prior: book.findings,
    priorCount: book.count,
    advice: [...packages.flatMap(({ draft }) => draft.advice), ...(await imageAdvice(artifacts))],
    limits: found.limits,
  };
}

interface Package {
  readonly reader: LayoutReader;
  readonly root: string;
  readonly marks: readonly MarkedArtifact[];
  readonly draft: Draft;
}

interface FoundParcel {
  readonly reader: LayoutReader;
  readonly root: string;
  readonly marks: readonly MarkedArtifact[];
  /** Lies among the files of a server: what it says is told, and it is no package. */
  readonly isPlanted: boolean;
}

function isAccepted(reader: LayoutReader, marks: readonly MarkedArtifact[]): boolean {
  return reader.accepts(new Set(marks.map((mark) => mark.sign)));
}

/** The marks without those that are logs under the name of something else. */
async function withoutLogs(
  marks: readonly MarkedArtifact[],
  { reader, root, logs }: { reader: LayoutReader; root: string; logs: RawLogs },
): Promise<readonly MarkedArtifact[]> {
  const left: MarkedArtifact[] = [];
  for (const mark of marks) {
    const { path } = mark.artifact;
    const isOwn = !path.startsWith(root) || reader.role(path.slice(root.length)) !== 'evidence';
    if (!isOwn || !(await logs.holds(mark.artifact))) left.push(mark);
  }
  return left;
}

/** The packages whose signs suffice, sorted by root and layout, but for those that lie inside a drive of another. */
function parcelsOf(found: Survey): readonly FoundParcel[] {
  const all: FoundParcel[] = [];
  for (const isPlanted of [false, true]) {
    for (const [reader, finds] of isPlanted ? found.planted : found.finds) {
      for (const [root, marks] of finds) {
        const sorted = marks.toSorted((a, b) => byCodeUnit(a.artifact.path, b.artifact.path));
        if (isAccepted(reader, marks)) all.push({ reader, root, marks: sorted, isPlanted });
      }
    }
  }
  all.sort((a, b) => byCodeUnit(a.root, b.root) || byCodeUnit(a.reader.layout, b.reader.layout));
  // A root stands behind every beginning of it.
  const roots = new Map<string, LayoutReader | undefined>();
  for (const root of [...found.containers, ...found.driveFolders]) roots.set(root, undefined);
  return all.flatMap((parcel): FoundParcel[] => {
    const { reader, root } = parcel;
    const isInside = beginnings(root).some((above) => {
      const below = `${root.slice(above.length)}x`;
      return roots.has(above) && (serverPath(below) ?? roots.get(above)?.original?.(below)) !== undefined;
    });
    if (reader.isToolOutput === true) return [isInside ? { ...parcel, isPlanted: true } : parcel];
    if (isInside) return [];
    roots.set(root, reader);
    return [parcel];
  });
}

/** Every folder above a path that ends in `/`, and itself, the outermost first; bounded. */
function beginnings(folder: string): readonly string[] {
  const found = [''];
  let cut = folder.indexOf('/') + 1;
  for (let depth = 0; cut > 0 && depth < DEEPEST_ROOT; depth++) {
    found.push(folder.slice(0, cut));
    cut = folder.indexOf('/', cut) + 1;
  }
  return found;
}

/** The paths of all artifacts, put in order the first time somebody asks. */
class PathStock {
  readonly #artifacts: readonly Listed[];
  #sizes: ReadonlyMap<string, number> | undefined;
  #sorted: readonly string[] | undefined;

  constructor(artifacts: readonly Listed[]) {
    this.#artifacts = artifacts;
  }

  has(path: string): boolean {
    return this.sizeOf(path) !== undefined;
  }

  sizeOf(path: string): number | undefined {
    this.#sizes ??= new Map(this.#artifacts.map((artifact) => [artifact.path, artifact.size]));
    return this.#sizes.get(path);
  }

  *below(root: string): Generator<string> {
    const sorted = (this.#sorted ??= this.#artifacts.map((artifact) => artifact.path).toSorted(byCodeUnit));
    for (let at = placeIn(sorted, root); sorted[at]?.startsWith(root) === true; at++) yield sorted[at] ?? '';
  }

  those(candidates: ReadonlySet<string>): ReadonlySet<string> {
    return new Set([...candidates].filter((path) => this.has(path)));
  }
}

/** Answers by path. */
class Atlas {
  readonly #packages = new Map<string, readonly Package[]>();
  readonly #found: Survey;
  readonly #sparse: ReadonlySet<string>;
  /** Logs that a collector left beside its container. */
  readonly #beside = new Set<string>();
  #folder = '';
  #roots: readonly string[];
  #stemFolder: string | undefined;
  #stem: string | undefined;

  constructor(packages: readonly Package[], found: Survey, sparse: ReadonlySet<string>) {
    for (const each of packages) {
      this.#packages.set(each.root, [...(this.#packages.get(each.root) ?? []), each]);
      for (const { artifact } of each.marks) if (!artifact.path.startsWith(each.root)) this.#beside.add(artifact.path);
    }
    this.#found = found;
    this.#sparse = sparse;
    this.#roots = this.#rootsAbove('');
  }

  original(path: string): string | undefined {
    const folder = folderOf(path);
    const name = path.slice(folder.length);
    if (!PLAIN_NAME.test(name)) return this.#originalOf(path);
    if (folder !== this.#stemFolder) {
      this.#stemFolder = folder;
      this.#stem = this.#stemOf(folder);
    }
    return this.#stem === undefined ? this.#originalOf(path) : this.#stem + name;
  }

  /** What the paths of all plainly named files of a folder begin with on the server; `undefined` where each has its own. */
  #stemOf(folder: string): string | undefined {
    const isOwn = this.#rootsOf(folder).some((root) =>
      (this.#packages.get(root) ?? []).some(({ reader }) => reader === testProxyLogon),
    );
    return isOwn ? undefined : this.#originalOf(`${folder}x`)?.slice(0, -1);
  }

  #originalOf(path: string): string | undefined {
    const roots = this.#rootsOf(path);
    for (const root of roots) {
      for (const { reader, draft } of this.#packages.get(root) ?? []) {
        const below = path.slice(root.length);
        const copy = reader === testProxyLogon ? copyKey(below) : undefined;
        const own = copy === undefined ? reader.original?.(below) : draft.placeOf(copy);
        if (own !== undefined) return own;
      }
    }
    // A folder that is called like a drive is one only where no drive stands above it.
    let outermost: string | undefined;
    const input = inputOf(path, this.#found.letters);
    for (const root of [input, ...roots]) {
      const own = root.length < input.length ? undefined : serverPath(path.slice(root.length));
      if (own !== undefined && own.length > (outermost?.length ?? 0)) outermost = own;
    }
    return outermost;
  }

  role(path: string): Role {
    if (this.#beside.has(path)) return 'collector';
    for (const root of this.#rootsOf(path)) {
      for (const { reader } of this.#packages.get(root) ?? []) {
        const below = path.slice(root.length);
        const role = reader.role(below);
        if (role !== 'evidence') return role;
        if (
          reader.layout === 'velociraptor' &&
          path.endsWith('.idx') &&
          this.#sparse.has(path.slice(0, -'.idx'.length))
        )
          return 'collector';
      }
    }
    return 'evidence';
  }

  shadowCopy(path: string): string | undefined {
    for (const root of this.#rootsOf(path)) {
      for (const { reader } of this.#packages.get(root) ?? []) {
        const own = reader.shadowCopy?.(path.slice(root.length));
        if (own !== undefined) return own;
      }
    }
    return shadowCopyAt(path)?.name;
  }

  /** The beginnings of a path that are packages, containers or folders of drives, the longest first. */
  #rootsOf(path: string): readonly string[] {
    const folder = folderOf(path);
    if (folder !== this.#folder) {
      this.#roots = this.#rootsAbove(folder);
      this.#folder = folder;
    }
    return this.#roots;
  }

  #rootsAbove(folder: string): readonly string[] {
    return beginnings(folder)
      .filter((root) => this.#isRoot(root))
      .toReversed();
  }

  #isRoot(root: string): boolean {
    const { containers, driveFolders } = this.#found;
    return this.#packages.has(root) || containers.has(root) || driveFolders.has(root);
  }
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A name that stands for itself, whatever the path around it means. */
const PLAIN_NAME = /^[^$%:\\./ ][^%:\\/]{0,254}(?<![. ])$/;
const READERS: readonly LayoutReader[] = [kape, velociraptor, cylr, uac, acquire, testProxyLogon, healthChecker];
