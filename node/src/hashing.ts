import { createHash } from 'node:crypto';

import type { Hasher } from '@afterpatch/core/model/host.ts';

/** Incremental SHA-256 by the system's OpenSSL, for `Host.sha256`. */
export function sha256(): Hasher {
  const hash = createHash('sha256');
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    hex: () => hash.digest('hex'),
  };
}
