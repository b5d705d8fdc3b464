import type { Artifact, EvidenceSource, ListingGap } from '../model/evidence.ts';
import type { Host } from '../model/host.ts';

/** Everything the inputs of a run hold, in the order in which it is numbered. */
export interface Stock {
  /** In code unit order of their paths; the place in this list is the artifact's index. */
  readonly artifacts: readonly Artifact[];
  readonly gaps: readonly ListingGap[];
  readonly emptyFolders: readonly string[];
  readonly bytes: number;
  /** Name of the only input with a `/`, which says where a folder deep in a server's tree belongs; else empty. */
  readonly above: string;
  readonly inputs: readonly Input[];
}

/** One thing that was named on the command line, or dropped on the page. */
export interface Input {
  readonly name: string;
  /** What stands before the paths of its artifacts: empty for a single input, else a name and `/`. */
  readonly prefix: string;
  /** Whether it shows the one host of all snapshots, at a time of its own. */
  readonly isSnapshot: boolean;
}

/** Lists all inputs. Results do not depend on the order in which a host lists them. */
export async function takeStock(sources: readonly EvidenceSource[], host: Pick<Host, 'progress'>): Promise<Stock> {
  const artifacts: Artifact[] = [];
  const gaps: ListingGap[] = [];
  const emptyFolders: string[] = [];
  const inputs = namedInputs(sources);
  let bytes = 0;
  for (const [index, source] of sources.entries()) {
    const prefix = inputs[index]?.prefix ?? '';
    for await (const entry of source.list()) {
      if ('says' in entry) gaps.push({ ...entry, path: prefix + entry.path });
      else {
        artifacts.push(prefix === '' ? entry : below(prefix, entry));
        bytes += entry.size;
        if (artifacts.length % 1000 === 0)
          host.progress?.({
            phase: 'list',
            path: entry.path,
            bytesDone: 0,
            bytesTotal: bytes,
            artifactsDone: artifacts.length,
            artifactsTotal: artifacts.length,
          });
      }
    }
    for (const folder of source.emptyFolders()) emptyFolders.push(prefix + folder);
  }
  artifacts.sort((a, b) => byCodeUnit(a.path, b.path));
  gaps.sort((a, b) => byCodeUnit(a.path, b.path));
  const only = sources.length === 1 ? sources[0] : undefined;
  return {
    artifacts,
    gaps,
    emptyFolders: emptyFolders.toSorted(byCodeUnit),
    bytes,
    above: only === undefined || only.snapshot !== undefined ? '' : `${only.name}/`,
    inputs,
  };
}

/** Several inputs keep apart what lies at the same path, a snapshot has its own name; a single input keeps its paths. */
export function namedInputs(sources: readonly EvidenceSource[]): readonly Input[] {
  const wanted = sources.map((source) => source.snapshot ?? source.name);
  return sources.map((source, index): Input => {
    const isSnapshot = source.snapshot !== undefined;
    const name = wanted[index] ?? source.name;
    if (sources.length === 1 && !isSnapshot) return { name, prefix: '', isSnapshot };
    const isTwin = wanted.filter((other) => other === name).length > 1;
    return { name, prefix: isTwin ? `${name}~${index + 1}/` : `${name}/`, isSnapshot };
  });
}

function below(prefix: string, artifact: Artifact): Artifact {
  const { path, container } = artifact;
  const placed = { ...artifact, path: prefix + path, open: () => artifact.open() };
  return container === undefined ? placed : { ...placed, container: prefix + container };
}

export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
