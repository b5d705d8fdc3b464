import { createCipheriv, createHmac, pbkdf2Sync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateRawSync, gunzipSync } from 'node:zlib';
import type { ByteSource } from '../../core/src/model/evidence.ts';
import { expect, test } from 'vitest';

import { gapsOf } from '../../core/src/containers/member.ts';
import { withContainers } from '../../core/src/containers/with-containers.ts';
import { joined, zipArchive } from '../../core/src/specimen/zip-writer.ts';
import { nodeDecryption } from './decryption.ts';

const ROWS = /^(?:2021-03-03 06:44:\d\d POST \/owa\/auth\/x\.js - 443 - 198\.51\.100\.\d+ 200\r\n){40}$/;

function sample(name: string): Buffer {
  const path = new URL(`../../core/src/containers/samples/${name}.gz.b64`, import.meta.url);
  return gunzipSync(Buffer.from(readFileSync(path, 'latin1'), 'base64'));
}

/** The log of an archive, opened. */
async function opened(bytes: Buffer, password: string): Promise<{ source: ByteSource; gaps: () => string[] }> {
  const open = (): ByteSource => ({
    size: bytes.length,
    readInto: (at, into) => bytes.copy(into, 0, at, at + into.length),
    close: () => Promise.resolve(),
  });
  const evidence = withContainers(
    {
      name: 'A',
      emptyFolders: () => [],
      async *list() {
        yield { path: 'A.zip', size: bytes.length, open: () => Promise.resolve(open()) };
      },
    },
    { decryption: nodeDecryption, passwords: [Buffer.from('not this one'), Buffer.from(password)] },
  );
  for await (const entry of evidence.list()) {
    if ('says' in entry || !entry.path.endsWith('u_ex210303.log')) continue;
    const source = await entry.open();
    return { source, gaps: () => gapsOf(source).map((gap) => gap.says) };
  }
  throw new Error('expected a log in the archive');
}

async function logOf(bytes: Buffer, password: string): Promise<{ text: string; gaps: readonly string[] }> {
  const { source, gaps } = await opened(bytes, password);
  const into = Buffer.alloc(source.size);
  await source.readInto(0, into);
  return { text: into.toString('latin1'), gaps: gaps() };
}

test.each(['7-zip-aes128.zip', '7-zip-aes192.zip', '7-zip-aes256.zip', '7-zip-aes256-stored.zip'])(
  'AES opens with the password: %s',
  async (name) => {
    const { text, gaps } = await logOf(sample(name), 'infected');
    expect(text).toMatch(ROWS);
    expect(gaps).toEqual([]);
  },
);

test('a wrong password opens nothing', async () => {
  await expect(logOf(sample('7-zip-aes256.zip'), 'wrong')).rejects.toThrow(
    'expected a password that opens the member, none of those that were given does',
  );
});

test('an encrypted member that was changed is given with a gap: its authentication code does not fit', async () => {
  const bytes = sample('7-zip-aes256-stored.zip');
  const at = bytes.indexOf('u_ex210303.log') + 400;
  bytes[at] = (bytes[at] ?? 0) ^ 0x20;
  const { text, gaps } = await logOf(bytes, 'infected');
  expect(text).not.toMatch(ROWS);
  expect(text.length).toBe(2704);
  expect(gaps).toContain(
    'authentication code of the encrypted member does not fit its bytes: they were changed, or the password is wrong',
  );
});

test('blocks are encrypted as FIPS 197 says', () => {
  const key = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
  const block = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  nodeDecryption.encryptBlocks(key)(block);
  expect(block.toString('hex')).toBe('69c4e0d86a7b0430d8cdb78070b4c55a');
});

test('keys are derived as RFC 6070 says', async () => {
  const key = await nodeDecryption.deriveKey(Buffer.from('password'), Buffer.from('salt'), { rounds: 2, length: 20 });
  expect(Buffer.from(key).toString('hex')).toBe('ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957');
});

/** A member as WinZip seals it, AE-2 with a key of 32 bytes. */
function sealed(packed: Buffer, password: string): Buffer {
  const salt = Buffer.from('0123456789abcdef');
  const keys = pbkdf2Sync(password, salt, 1000, 66, 'sha1');
  const cipher = createCipheriv('aes-256-ecb', keys.subarray(0, 32), null).setAutoPadding(false);
  const counters = Buffer.alloc(Math.ceil(packed.length / 16) * 16);
  for (let at = 0; at < counters.length; at += 16) counters.writeUInt32LE(at / 16 + 1, at);
  const stream = cipher.update(counters);
  const ciphered = Buffer.from(packed.map((byte, at) => byte ^ (stream[at] ?? 0)));
  const code = createHmac('sha1', keys.subarray(32, 64)).update(ciphered).digest().subarray(0, 10);
  return Buffer.concat([salt, keys.subarray(64, 66), ciphered, code]);
}

test('a large member with AES is read a block at a time, at any place, and authenticated on the way', async () => {
  const content = Buffer.alloc(33 * 2 ** 20);
  for (let at = 0; at < content.length; at += 4) content.writeUInt32LE((at * 2654435761) % 65521, at);
  for (const method of [0, 8]) {
    for (const isChanged of [false, true]) {
      const packed = sealed(method === 0 ? content : deflateRawSync(content, { level: 1 }), 'infected');
      if (isChanged) packed[packed.length - 5] = (packed[packed.length - 5] ?? 0) ^ 1;
      const extra = Buffer.from([0x01, 0x99, 7, 0, 2, 0, 0x41, 0x45, 3, method, 0]);
      const member = { name: 'u_ex210303.log', packed, method: 99, flags: 1, size: content.length, crc: 0, extra };
      const { source, gaps } = await opened(Buffer.from(joined(zipArchive([member]))), 'infected');
      const into = Buffer.alloc(2 ** 20);
      for (let at = 0; at < content.length; at += into.length) {
        await source.readInto(at, into);
        expect(into.equals(content.subarray(at, at + into.length))).toBe(true);
      }
      for (const at of [20_000_001, 5, 33 * 2 ** 20 - 70_000, 10_000_000]) {
        const part = Buffer.alloc(70_000);
        await source.readInto(at, part);
        expect(part.equals(content.subarray(at, at + part.length))).toBe(true);
      }
      expect(gaps()).toEqual(
        isChanged
          ? [
              'authentication code of the encrypted member does not fit its bytes: they were changed, or the password is wrong',
            ]
          : [],
      );
      await source.close();
    }
  }
});
