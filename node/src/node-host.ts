import type { Host } from '@afterpatch/core/model/host.ts';

import { sha256 } from './hashing.ts';

/** What Node gives the core. A fault of ours is told to `fault` besides standing in the case as a gap. */
export function nodeHost(told: Pick<Host, 'progress' | 'fault'> = {}): Host {
  return { sha256, ...told };
}
