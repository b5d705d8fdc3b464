import { createCipheriv, createHmac, pbkdf2Sync } from 'node:crypto';

import type { Decryption } from '@afterpatch/core/containers/member.ts';

/** Opens members of zips that are encrypted with AES, with the cryptography of Node. */
export const nodeDecryption: Decryption = {
  deriveKey: (password, salt, { rounds, length }) => pbkdf2Sync(password, salt, rounds, length, 'sha1'),
  authenticate(key) {
    const code = createHmac('sha1', key);
    return {
      update: (bytes) => {
        code.update(bytes);
      },
      finish: () => code.digest(),
    };
  },
  encryptBlocks(key) {
    const cipher = createCipheriv(`aes-${String(key.length * 8)}-ecb`, key, null).setAutoPadding(false);
    return (blocks) => {
      blocks.set(cipher.update(blocks));
    };
  },
};
