import type { EvidenceSource } from '../model/evidence.ts';
import type { Host } from '../model/host.ts';
import type { Pack } from '../model/pack.ts';
import { readArtifact } from './read-artifact.ts';
import type { ReadOrder, Readers } from './readers.ts';
import { takeStock } from './stock.ts';
import type { Stock } from './stock.ts';
import { compileWatchlist } from './watchlist.ts';

/** Evidence that was listed, with the rules that are looked for in it. */
export interface Bench extends Readers {
  readonly stock: Stock;
  /** Lower-case places of the files that lie in the evidence themselves: rows of manifests about them say nothing new. */
  know(present: ReadonlySet<string>): void;
}

/**
 * Lists the evidence and compiles the rules, in the engine itself or in a worker of its host. A worker is given the same
 * inputs and packs as the engine and then reads what it is told to.
 */
export async function openBench(
  request: { readonly sources: readonly EvidenceSource[]; readonly packs: readonly Pack[] },
  host: Host,
): Promise<Bench> {
  const stock = await takeStock(request.sources, host);
  const watchlist = compileWatchlist(request.packs);
  const trees = request.packs.flatMap((pack) => pack.trees);
  const { above } = stock;
  let present: ReadonlySet<string> = new Set();
  return {
    stock,
    parallel: 1,
    know: (files) => (present = files),
    read: async (order: ReadOrder, onBytes) => {
      const artifact = stock.artifacts[order.index];
      if (artifact?.path !== order.path)
        throw new Error(`expected artifact ${order.index} to be ${order.path}, the evidence changed while it was read`);
      const { original, role } = order;
      return await readArtifact(artifact, { watchlist, trees, above, host, original, role, present, onBytes });
    },
  };
}
