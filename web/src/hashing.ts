import type { Hasher } from '@afterpatch/core/model/host.ts';
import { createSHA1, createSHA256 } from 'hash-wasm';
import type { IHasher } from 'hash-wasm';

/** A hasher that also gives its digest as bytes. */
export interface ByteHasher extends Hasher {
  bytes(): Uint8Array;
}

/**
 * Incremental SHA-256 in WebAssembly, for `Host.sha256`. A browser's own `crypto.subtle` takes a file only as a whole.
 *
 * There is one WebAssembly instance, whose state is put aside whenever another hasher goes on: hashers that are begun
 * and never finished cost nothing.
 */
export async function openHashing(): Promise<() => Hasher> {
  const bench: HashBench = { engine: await createSHA256(), active: undefined };
  return () => new SharedHasher(bench);
}

/** The same for SHA-1, which zips authenticate their encrypted members with. */
export async function openSha1(): Promise<() => ByteHasher> {
  const bench: HashBench = { engine: await createSHA1(), active: undefined };
  return () => new SharedHasher(bench);
}

interface HashBench {
  readonly engine: IHasher;
  active: SharedHasher | undefined;
}

class SharedHasher implements ByteHasher {
  readonly #bench: HashBench;
  #state: Uint8Array | undefined;

  constructor(bench: HashBench) {
    this.#bench = bench;
  }

  update(bytes: Uint8Array): void {
    this.#goOn().update(bytes);
  }

  hex(): string {
    const digest = this.#goOn().digest('hex');
    this.#bench.active = undefined;
    return digest;
  }

  bytes(): Uint8Array {
    const digest = this.#goOn().digest('binary');
    this.#bench.active = undefined;
    return digest;
  }

  #goOn(): IHasher {
    const { engine, active } = this.#bench;
    if (active === this) return engine;
    if (active !== undefined) active.#state = engine.save();
    if (this.#state === undefined) engine.init();
    else engine.load(this.#state);
    this.#bench.active = this;
    return engine;
  }
}
