import type { Decryption } from '@afterpatch/core/containers/member.ts';
import { createSHA1, pbkdf2 } from 'hash-wasm';

import { aesBlocks } from './aes-blocks.ts';
import { openSha1 } from './hashing.ts';

/** Opens members of zips that are encrypted with AES, with cryptography that is part of the page. */
export async function openDecryption(): Promise<Decryption> {
  const sha1 = await openSha1();
  return {
    deriveKey: (password, salt, { rounds, length }) =>
      pbkdf2({
        password,
        salt,
        iterations: rounds,
        hashLength: length,
        hashFunction: createSHA1(),
        outputType: 'binary',
      }),
    authenticate(key) {
      const short = key.length > SHA1_BLOCK ? digested(sha1(), key) : key;
      const inner = sha1();
      inner.update(padded(short, 0x36));
      return {
        update: (bytes) => inner.update(bytes),
        finish: () => {
          const outer = sha1();
          outer.update(padded(short, 0x5c));
          outer.update(inner.bytes());
          return outer.bytes();
        },
      };
    },
    encryptBlocks: aesBlocks,
  };
}

/** @see RFC 2104 section 2 */
function padded(key: Uint8Array, byte: number): Uint8Array {
  const block = new Uint8Array(SHA1_BLOCK).fill(byte);
  key.forEach((value, at) => {
    block[at] = value ^ byte;
  });
  return block;
}

function digested(hasher: { update(bytes: Uint8Array): void; bytes(): Uint8Array }, bytes: Uint8Array): Uint8Array {
  hasher.update(bytes);
  return hasher.bytes();
}

/** Bytes. */
const SHA1_BLOCK = 64;
