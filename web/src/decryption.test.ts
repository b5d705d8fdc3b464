import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

import { aesBlocks } from './aes-blocks.ts';
import { openDecryption } from './decryption.ts';
import { openDropped } from './dropped-files.ts';

const SAMPLES = join(import.meta.dirname, '../../core/src/containers/samples');

test.each([16, 24, 32])('AES with a key of %i bytes encrypts as OpenSSL does', (length) => {
  for (let round = 0; round < 20; round += 1) {
    const key = randomBytes(length);
    const blocks = randomBytes(16 * 64);
    const cipher = createCipheriv(`aes-${String(length * 8)}-ecb`, key, null).setAutoPadding(false);
    const expected = cipher.update(blocks).toString('hex');
    aesBlocks(key)(blocks);
    expect(blocks.toString('hex')).toBe(expected);
  }
});

test('the example of FIPS 197, appendix C.1', () => {
  const block = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  aesBlocks(Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'))(block);
  expect(block.toString('hex')).toBe('69c4e0d86a7b0430d8cdb78070b4c55a');
  expect(() => aesBlocks(new Uint8Array(17))).toThrow('expected a key of 16, 24 or 32 bytes, found 17');
});

test('keys and codes are those that OpenSSL makes, also when two codes are made in turn', async () => {
  const { deriveKey, authenticate } = await openDecryption();
  const [password, salt] = [randomBytes(9), randomBytes(8)];
  const key = await deriveKey(password, salt, { rounds: 1000, length: 66 });
  expect(Buffer.from(key).toString('hex')).toBe(pbkdf2Sync(password, salt, 1000, 66, 'sha1').toString('hex'));
  const keys = [randomBytes(32), randomBytes(100), randomBytes(64)];
  const codes = keys.map((one) => ({ ours: authenticate(one), theirs: createHmac('sha1', one) }));
  for (let round = 0; round < 5; round += 1) {
    for (const { ours, theirs } of codes) {
      const bytes = randomBytes(1000 * round + 3);
      ours.update(bytes);
      theirs.update(bytes);
    }
  }
  for (const { ours, theirs } of codes) expect(Buffer.from(ours.finish()).toString('hex')).toBe(theirs.digest('hex'));
});

test.each(['7-zip-aes128', '7-zip-aes192', '7-zip-aes256', '7-zip-aes256-stored', '7-zip-traditional'])(
  'a dropped zip opens with its password, and not with another: %s',
  async (name) => {
    const packed = gunzipSync(Buffer.from(readFileSync(join(SAMPLES, `${name}.zip.gz.b64`), 'latin1'), 'base64'));
    const dropped = [{ is: 'file', file: new File([packed], 'case.zip') }] as const;
    const decryption = await openDecryption();
    const read = async (password: string): Promise<number> => {
      const passwords = [new TextEncoder().encode(password)];
      const [source] = await openDropped(dropped, (blob) => blob.arrayBuffer(), { passwords, decryption });
      let bytes = 0;
      for await (const entry of source?.list() ?? []) {
        if ('says' in entry || entry.container === undefined || entry.size === 0) continue;
        const opened = await entry.open();
        bytes += await opened.readInto(0, new Uint8Array(entry.size));
        expect(opened).toMatchObject({ size: entry.size });
        await opened.close();
      }
      return bytes;
    };
    expect(await read('infected')).toBeGreaterThan(100);
    await expect(read('wrong')).rejects.toThrow(/expected a password that opens the member/);
  },
);
