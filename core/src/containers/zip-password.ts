import { toCp437 } from './cp437.ts';
import { fill } from './byte-range.ts';
import type { Bytes, Decryption } from './member.ts';
import { utf8 } from './member-path.ts';
import { AesBytes, aesKeys, saltLength } from './zip-aes.ts';
import { ENCRYPTION_HEADER, ZipCipherBytes, zipCipherKeys } from './zip-cipher.ts';
import { DESCRIPTOR } from './zip-entry.ts';
import type { ZipEntry } from './zip-entry.ts';

/** A member's bytes behind its encryption, under one password that fits as far as a few bytes can tell. */
export interface Opened {
  readonly bytes: Bytes;
  readonly size: number;
  readonly password: Uint8Array;
  readonly aes: AesBytes | undefined;
}

/** Opens an encrypted member with every password whose check fits, the likeliest first. */
export async function* openSealed(
  entry: ZipEntry,
  sealed: Bytes & { readonly size: number },
  { passwords, decryption }: { passwords: readonly Uint8Array[]; decryption: Decryption | undefined },
): AsyncGenerator<Opened> {
  for (const password of passwords) {
    const opened =
      entry.aes === undefined
        ? await openTraditional(entry, sealed, password)
        : await openAes(entry.aes.strength, sealed, { password, decryption });
    if (opened !== undefined) yield opened;
  }
}

/**
 * What may have been typed, as bytes: a password outside ASCII is UTF-8 for some packers, for others in the code page of
 * their machine.
 */
export function spellings(passwords: readonly Uint8Array[]): readonly Uint8Array[] {
  return passwords.flatMap((password) => {
    const text = utf8(password);
    if (text === undefined || text.length === password.length) return [password];
    const isLatin = Array.from(text).every((char) => char.charCodeAt(0) < 256);
    const latin = isLatin ? [Uint8Array.from(text, (char) => char.charCodeAt(0))] : [];
    const oem = toCp437(text);
    return [password, ...latin, ...(oem === undefined ? [] : [oem])];
  });
}

async function openTraditional(
  entry: ZipEntry,
  sealed: Bytes & { readonly size: number },
  password: Uint8Array,
): Promise<Opened | undefined> {
  const header = new Uint8Array(ENCRYPTION_HEADER);
  if ((await fill(sealed, 0, header)) < ENCRYPTION_HEADER) return undefined;
  const checks = entry.crc === undefined ? [] : [entry.crc >>> 24];
  if ((entry.flags & DESCRIPTOR) !== 0) checks.push(entry.dosTime >>> 8);
  const keys = zipCipherKeys(password, header, checks);
  if (keys === undefined) return undefined;
  const packed: Bytes = { readInto: (at, into) => sealed.readInto(at + ENCRYPTION_HEADER, into) };
  const size = sealed.size - ENCRYPTION_HEADER;
  return { bytes: new ZipCipherBytes(packed, keys), size, password, aes: undefined };
}

async function openAes(
  strength: number,
  sealed: Bytes & { readonly size: number },
  { password, decryption }: { password: Uint8Array; decryption: Decryption | undefined },
): Promise<Opened | undefined> {
  if (decryption === undefined) return undefined;
  const begin = new Uint8Array(saltLength(strength) + 2);
  if ((await fill(sealed, 0, begin)) < begin.length) return undefined;
  const keys = await aesKeys(password, begin, { strength, decryption });
  if (keys === undefined) return undefined;
  const bytes = new AesBytes(sealed, sealed.size, { keys, strength, decryption });
  return { bytes, size: bytes.size, password, aes: bytes };
}
