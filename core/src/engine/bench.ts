import type { EvidenceSource } from '../model/evidence.ts';
import type { Host } from '../model/host.ts';
import type { Pack } from '../model/pack.ts';
import { followArtifact, readArtifact } from './read-artifact.ts';
import type { FollowOrder, ReadOrder, Readers } from './readers.ts';
import { takeStock } from './stock.ts';
import type { Stock } from './stock.ts';
import type { Watchlist } from './examine.ts';
import { compileWatchlist, followWatchlist } from './watchlist.ts';

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
  const followers = new Followers(request.packs);
  let present: ReadonlySet<string> = new Set();
  return {
    stock,
    parallel: 1,
    know: (files) => (present = files),
    read: async (order: ReadOrder, onBytes) => {
      const artifact = stock.artifacts[order.index];
      if (artifact?.path !== order.path)
        throw new Error(`expected artifact ${order.index} to be ${order.path}, the evidence changed while it was read`);
      const { original, role, follow } = order;
      if (follow !== undefined) {
        const followed = followers.of(follow);
        return await followArtifact(artifact, {
          watchlist: followed,
          trees,
          above,
          host,
          original,
          role,
          present,
          onBytes,
        });
      }
      return await readArtifact(artifact, { watchlist, trees, above, host, original, role, present, onBytes });
    },
  };
}

/** The rules of a later round, compiled once for all artifacts. */
class Followers {
  readonly #packs: readonly Pack[];
  #orders = '';
  #watchlist: Watchlist | undefined;

  constructor(packs: readonly Pack[]) {
    this.#packs = packs;
  }

  of(follow: readonly FollowOrder[]): Watchlist {
    const orders = JSON.stringify(follow);
    if (this.#watchlist === undefined || orders !== this.#orders)
      this.#watchlist = followWatchlist(this.#packs, follow);
    this.#orders = orders;
    return this.#watchlist;
  }
}
