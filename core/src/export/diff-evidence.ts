import type { CaseArtifact, CaseCoverage, CaseFile, CaseSpan } from '../model/case-file.ts';
import type { Micros, Span } from '../model/evidence.ts';
import { isoTime } from '../bytes/time.ts';
import { hostName, indexCase } from './case-index.ts';
import { holesIn, spansOf } from './case-spans.ts';
import type { HostPairs } from './diff-hosts.ts';
import { listed } from './diff-pair.ts';
import type { Listed, Pair } from './diff-pair.ts';

/** What two cases were made of, and how far it reaches. */
export interface EvidenceChange {
  /** The same inputs, the same paths, the same bytes. */
  readonly isSame: boolean;
  /** Files that both have, with the same bytes. */
  readonly same: number;
  readonly onlyFirst: Listed<ArtifactMark>;
  readonly onlySecond: Listed<ArtifactMark>;
  /** One path, other bytes. */
  readonly changed: Listed<ChangedArtifact>;
  /** The same bytes under another path. */
  readonly moved: Listed<MovedArtifact>;
  /** The same path and bytes, in which more or less could be read. */
  readonly readOtherwise: Listed<RereadArtifact>;
  readonly inputs: Pair<readonly string[]>;
  readonly coverage: Listed<CoverageChange>;
}

export interface ArtifactMark {
  readonly id: string;
  readonly path: string;
  readonly container: string | null;
  readonly size: number;
  readonly sha256: string | null;
}

export interface ChangedArtifact {
  readonly path: string;
  readonly container: string | null;
  readonly size: Pair<number>;
  readonly sha256: Pair<string | null>;
}

export interface MovedArtifact {
  readonly path: Pair<string>;
  readonly container: Pair<string | null>;
  readonly sha256: string;
}

export interface RereadArtifact {
  readonly path: string;
  readonly container: string | null;
  readonly format: Pair<string | null>;
  readonly records: Pair<number>;
  readonly gaps: Pair<number>;
}

/** What one source or tree of one server shows more or less of. */
export interface CoverageChange {
  readonly host: string;
  readonly kind: string;
  readonly title: string;
  /** Times that only the first case covers; what is shorter than the silence that ends a span is left out. */
  readonly lost: readonly CaseSpan[];
  readonly gained: readonly CaseSpan[];
  readonly records: Pair<number>;
  /** How completely a tree was listed; `null` for logs, and where the case does not know it. */
  readonly listed: Pair<'enumerated' | 'partial' | 'unknown' | null>;
}

/** The change, and the coverage of every server that both have, by `coverageKey`. */
export function evidenceChange(
  first: CaseFile,
  second: CaseFile,
  hosts: HostPairs,
): { readonly change: EvidenceChange; readonly coverageByKey: ReadonlyMap<string, CoverageChange> } {
  const were = new Map(first.artifacts.map((artifact) => [placeOf(artifact), artifact]));
  const are = new Map(second.artifacts.map((artifact) => [placeOf(artifact), artifact]));
  const gone = sorted([...were].filter(([place]) => !are.has(place)).map(([, artifact]) => artifact));
  const come = sorted([...are].filter(([place]) => !were.has(place)).map(([, artifact]) => artifact));
  const changed: ChangedArtifact[] = [];
  const readOtherwise: RereadArtifact[] = [];
  let same = 0;
  for (const artifact of sorted([...were.values()])) {
    const other = are.get(placeOf(artifact));
    if (other === undefined) continue;
    const { path, container } = artifact;
    const pair = <T>(of: (one: CaseArtifact) => T): Pair<T> => ({ first: of(artifact), second: of(other) });
    // What could not be opened may be anything; only its size is known.
    if (artifact.sha256 !== other.sha256 || (artifact.sha256 === null && artifact.size !== other.size))
      changed.push({ path, container, size: pair((a) => a.size), sha256: pair((a) => a.sha256) });
    else {
      same += 1;
      const isRead =
        artifact.format === other.format &&
        artifact.records === other.records &&
        artifact.gaps.length === other.gaps.length;
      if (!isRead)
        readOtherwise.push({
          path,
          container,
          format: pair((a) => a.format),
          records: pair((a) => a.records),
          gaps: pair((a) => a.gaps.length),
        });
    }
  }
  const { moved, left, added } = movedOf(gone, come);
  const inputs = { first: inputsOf(first), second: inputsOf(second) };
  const coverageByKey = coverageChanges(first, second, hosts);
  const change: EvidenceChange = {
    isSame:
      gone.length + come.length + changed.length === 0 &&
      JSON.stringify(inputs.first) === JSON.stringify(inputs.second),
    same,
    onlyFirst: listed(left.map(markOf), MOST_ARTIFACTS),
    onlySecond: listed(added.map(markOf), MOST_ARTIFACTS),
    changed: listed(changed, MOST_ARTIFACTS),
    moved: listed(moved, MOST_ARTIFACTS),
    readOtherwise: listed(readOtherwise, MOST_ARTIFACTS),
    inputs: { first: inputs.first.slice(0, MOST_INPUTS), second: inputs.second.slice(0, MOST_INPUTS) },
    coverage: listed([...coverageByKey.values()], MOST_COVERAGE),
  };
  return { change, coverageByKey };
}

/** Two artifacts of one place are the same file of the evidence, whatever it holds. */
export function placeOf(artifact: { readonly path: string; readonly container: string | null }): string {
  return JSON.stringify([artifact.container, artifact.path]);
}

/** @param host the key of a server that both cases have */
export function coverageKey(host: string, kind: string): string {
  return JSON.stringify([host, kind]);
}

/** The same bytes at another place: each file once, in the order of the paths. Empty files are no proof of anything. */
function movedOf(
  gone: readonly CaseArtifact[],
  come: readonly CaseArtifact[],
): {
  readonly moved: readonly MovedArtifact[];
  readonly left: readonly CaseArtifact[];
  readonly added: readonly CaseArtifact[];
} {
  const byHash = new Map<string, CaseArtifact[]>();
  for (const artifact of come.toReversed()) {
    if (artifact.sha256 === null || artifact.size === 0) continue;
    const known = byHash.get(artifact.sha256);
    if (known === undefined) byHash.set(artifact.sha256, [artifact]);
    else known.push(artifact);
  }
  const moved: MovedArtifact[] = [];
  const taken = new Set<CaseArtifact>();
  const left = gone.filter((artifact) => {
    const other = artifact.sha256 === null ? undefined : byHash.get(artifact.sha256)?.pop();
    if (other === undefined || artifact.sha256 === null) return true;
    taken.add(other);
    moved.push({
      path: { first: artifact.path, second: other.path },
      container: { first: artifact.container, second: other.container },
      sha256: artifact.sha256,
    });
    return false;
  });
  return { moved, left, added: come.filter((artifact) => !taken.has(artifact)) };
}

function coverageChanges(first: CaseFile, second: CaseFile, hosts: HostPairs): ReadonlyMap<string, CoverageChange> {
  const seconds = new Map(second.coverage.map((c) => [coverageKey(hosts.ofSecond(c.host), c.kind), c]));
  const index = indexCase(first);
  const changes = new Map<string, CoverageChange>();
  const note = (key: string, host: string, pair: Pair<CaseCoverage | undefined>): void => {
    const change = coverageChange(host, pair);
    if (change !== undefined) changes.set(key, change);
  };
  for (const was of first.coverage) {
    const key = coverageKey(hosts.ofFirst(was.host), was.kind);
    const is = seconds.get(key);
    if (hosts.isInBoth(hosts.ofFirst(was.host))) note(key, hostName(was.host, index), { first: was, second: is });
    seconds.delete(key);
  }
  const other = indexCase(second);
  for (const [key, is] of seconds)
    if (hosts.isInBoth(hosts.ofSecond(is.host))) note(key, hostName(is.host, other), { first: undefined, second: is });
  return changes;
}

function coverageChange(host: string, { first, second }: Pair<CaseCoverage | undefined>): CoverageChange | undefined {
  const known = second ?? first;
  if (known === undefined) return undefined;
  const tolerated = Math.min(first?.quiet ?? Number.MAX_VALUE, second?.quiet ?? Number.MAX_VALUE);
  const shorter: Micros = tolerated === Number.MAX_VALUE ? 0 : tolerated * 1_000_000;
  const [were, are] = [spansOf(first?.spans ?? []), spansOf(second?.spans ?? [])];
  const change: CoverageChange = {
    host,
    kind: known.kind,
    title: known.title,
    lost: beyond(were, are, shorter),
    gained: beyond(are, were, shorter),
    records: { first: first?.records ?? 0, second: second?.records ?? 0 },
    listed: { first: first?.extent?.how ?? null, second: second?.extent?.how ?? null },
  };
  const isSame =
    change.lost.length + change.gained.length === 0 &&
    change.records.first === change.records.second &&
    change.listed.first === change.listed.second;
  return isSame ? undefined : change;
}

/** What lies in `spans` and in none of `others`. Both are sorted and joined; each is walked once. */
function beyond(spans: readonly Span[], others: readonly Span[], shorter: Micros): readonly CaseSpan[] {
  const left: CaseSpan[] = [];
  let from = 0;
  for (const span of spans) {
    while (from < others.length && (others[from]?.to ?? 0) <= span.from) from += 1;
    let to = from;
    while (to < others.length && (others[to]?.from ?? 0) < span.to) to += 1;
    for (const hole of holesIn(span, others.slice(from, to), shorter))
      if (left.length < MOST_SPANS) left.push({ from: isoTime(hole.from), to: isoTime(hole.to) });
    // The last of them may reach into the next span.
    from = Math.max(from, to - 1);
  }
  return left;
}

function inputsOf(caseFile: CaseFile): readonly string[] {
  return caseFile.inputs.map(({ name, isSnapshot }) => (isSnapshot ? `snapshot ${name}` : name));
}

function markOf({ id, path, container, size, sha256 }: CaseArtifact): ArtifactMark {
  return { id, path, container, size, sha256 };
}

function sorted(artifacts: readonly CaseArtifact[]): readonly CaseArtifact[] {
  return artifacts
    .map((artifact) => ({ artifact, place: placeOf(artifact) }))
    .toSorted((a, b) => (a.place < b.place ? -1 : Number(a.place > b.place)))
    .map(({ artifact }) => artifact);
}

const MOST_ARTIFACTS = 1_000;
const MOST_INPUTS = 100;
const MOST_COVERAGE = 1_000;
const MOST_SPANS = 100;
