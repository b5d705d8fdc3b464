import { CHECKS, OBSERVERS } from '@afterpatch/core/checks/index.ts';
import type { Hasher } from '@afterpatch/core/model/host.ts';
import { loadPack } from '@afterpatch/core/packs/load-pack.ts';
import type { LoadedPack } from '@afterpatch/core/packs/pack-check.ts';

import { packs } from 'afterpatch:edition';

/** The packs that were built into the page, in order of their ids. */
export function bundledPacks(sha256: () => Hasher): readonly LoadedPack[] {
  const sha256Hex = (bytes: Uint8Array): string => {
    const hasher = sha256();
    hasher.update(bytes);
    return hasher.hex();
  };
  return Object.values(packs).map((files) => {
    const encoder = new TextEncoder();
    const content = new Map(Object.entries(files).map(([path, text]) => [path, encoder.encode(text)]));
    return loadPack(content, { sha256Hex, checks: CHECKS, observers: OBSERVERS });
  });
}
