import type { Artifact, EvidenceSource, ListingGap } from '../model/evidence.ts';
import { isArchiveName, openContainer } from './container.ts';
import type { Container } from './container-place.ts';
import { Expansion } from './expansion.ts';
import { LIMITS } from './member.ts';
import type { ContainerArtifact, ContainerLimits, ContainerOptions, MemberArtifact } from './member.ts';
import { Shelf } from './shelf.ts';

export interface WithContainersOptions extends ContainerOptions {
  /**
   * Path of an artifact that is the evidence itself: it is opened whatever its name, and its members keep the paths that
   * they have inside it. The members of any other container stand below the container's own path.
   */
  readonly root?: string;
}

/** Evidence with the members of its archives. */
export interface OpenedEvidence extends EvidenceSource {
  /** Closes what is kept open between members and lets go of what is kept in memory; both come back when needed. */
  rest(): Promise<void>;
}

/**
 * The same evidence with the members of the archives in it. An archive stays an artifact; what lies in it follows.
 *
 * A member's `container` is the path of its archive below the evidence root, and its `path` is that path, `/`, and the
 * path inside: `EX01.zip/C/inetpub/logs/…`. So members of two packages stand in two folders, and each is attributed to
 * its machine as folders are.
 */
export function withContainers(source: EvidenceSource, options: WithContainersOptions = {}): OpenedEvidence {
  const shelf = new Shelf();
  let empty: string[] = [];
  return {
    name: source.name,
    rest: () => shelf.clear(),
    emptyFolders: () => [...source.emptyFolders(), ...empty].toSorted(),
    async *list() {
      empty = [];
      const expander = new Expander(options, shelf, empty);
      for await (const entry of source.list()) {
        if ('says' in entry || entry.size === 0) yield entry;
        else if (entry.path === options.root)
          yield* expander.expand(entry, { path: entry.path, container: entry.path, prefix: '', depth: 0 });
        else if (isArchiveName(entry.path))
          yield* expander.expand(entry, {
            path: entry.path,
            container: entry.path,
            prefix: `${entry.path}/`,
            depth: 0,
          });
        else yield entry;
      }
    },
  };
}

interface Level {
  /** The path that the container has as an artifact. */
  readonly path: string;
  /** The path by which its members name it: below a root that is itself a container, with that container's name in front. */
  readonly container: string;
  /** What stands before the paths of its members. */
  readonly prefix: string;
  /** Containers around this one. */
  readonly depth: number;
  readonly expansion?: Expansion;
}

class Expander {
  readonly #options: WithContainersOptions;
  readonly #limits: ContainerLimits;
  readonly #shelf: Shelf;
  readonly #empty: string[];

  constructor(options: WithContainersOptions, shelf: Shelf, empty: string[]) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#shelf = shelf;
    this.#empty = empty;
  }

  /** The artifact itself, and what lies in it if it is a container. */
  async *expand(artifact: Artifact, level: Level): AsyncGenerator<Artifact | ListingGap> {
    const { path } = level;
    const listed = { ...artifact, path, open: () => artifact.open() };
    let isListed = false;
    try {
      const expansion = level.expansion ?? Expansion.of(artifact.size, this.#limits);
      const reserved = level.prefix === '' ? [path] : [];
      const setting = { path: level.container, shelf: this.#shelf, expansion, reserved };
      const opened = await openContainer(artifact, this.#options, setting);
      const isDeep = level.depth > this.#limits.nesting;
      isListed = true;
      if (opened === undefined || 'says' in opened || isDeep) yield listed;
      else {
        const container: ContainerArtifact = { ...listed, isContainer: true };
        yield container;
        yield* this.#members(opened, { ...level, expansion });
        return;
      }
      if (opened === undefined) {
        if (/\.z\d\d$/i.test(path)) yield { path, reason: 'unsupported', says: PART };
        else if (level.prefix !== '') yield { path, reason: 'unreadable', says: NOT_WHAT_IT_SAYS };
      } else if ('says' in opened) yield { path, reason: opened.reason, says: opened.says };
      else yield { path, reason: 'limit', says: tooDeep(level.depth) };
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) this.#options.fault?.(path, error);
      if (!isListed) yield listed;
      const why = error instanceof Error ? error.message : String(error);
      yield { path, reason: 'unreadable', says: `reading the archive failed: ${why}` };
    }
  }

  /** The members, and then those of the containers among them. */
  async *#members(
    container: Container,
    level: Level & { expansion: Expansion },
  ): AsyncGenerator<Artifact | ListingGap> {
    const { prefix, depth, expansion } = level;
    const inner: MemberArtifact[] = [];
    for await (const entry of container.list()) {
      if ('says' in entry) yield { ...entry, path: entry.path === '' ? level.path : prefix + entry.path };
      else if (entry.size > 0 && isArchiveName(entry.path)) inner.push(entry);
      else yield { ...entry, path: prefix + entry.path };
    }
    for (const folder of container.emptyFolders()) this.#empty.push(prefix + folder);
    for (const member of inner) {
      const below = container.paths.below(member.path);
      yield* this.expand(member, {
        path: prefix + member.path,
        container: `${level.container}/${below}`,
        prefix: `${prefix}${below}/`,
        depth: depth + 1,
        expansion: expansion.inside(member),
      });
    }
  }
}

function tooDeep(depth: number): string {
  return `archive lies in ${depth} archives, one inside the other, and is not opened`;
}

const PART = 'part of a split zip in which no member begins: join its parts with `zip -s 0 NAME.zip --out WHOLE.zip`';
const NOT_WHAT_IT_SAYS = 'expected an archive by the name, found other bytes';
