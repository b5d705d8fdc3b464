import { crc32 } from '../bytes/crc32.ts';
import { fill } from './byte-range.ts';
import type { Bytes } from './member.ts';

/**
 * Bytes that PKWARE's traditional encryption hides. They are deciphered in order; the keys at every MiB are kept, so that
 * a read before the last one does not start over.
 *
 * The cipher is weak and nearly universal: Explorer, Info-ZIP, CyLR and `7z -p` write it unless they are told otherwise.
 *
 * @see APPNOTE.TXT 6.1
 */
export class ZipCipherBytes implements Bytes {
  readonly #packed: Bytes;
  /** Keys at every multiple of `SPACING`. */
  readonly #kept: Int32Array[];
  #last: Stand;

  /** @param packed without the twelve bytes of the encryption header */
  constructor(packed: Bytes, keys: Int32Array) {
    this.#packed = packed;
    this.#kept = [keys];
    this.#last = { at: 0, keys };
  }

  async readInto(at: number, into: Uint8Array): Promise<number> {
    const stand = this.#nearest(at);
    const skipped = new Uint8Array(Math.min(SKIP, at - stand.at));
    while (stand.at < at) {
      const count = await this.#decipher(stand, skipped.subarray(0, at - stand.at));
      if (count === 0) return 0;
    }
    const count = await this.#decipher(stand, into);
    this.#last = stand;
    return count;
  }

  #nearest(at: number): Stand {
    const index = Math.min(this.#kept.length - 1, Math.floor(at / SPACING));
    const isLast = this.#last.at <= at && this.#last.at >= index * SPACING;
    const { at: from, keys } = isLast
      ? this.#last
      : { at: index * SPACING, keys: this.#kept[index] ?? this.#last.keys };
    return { at: from, keys: keys.slice() };
  }

  async #decipher(stand: Stand, into: Uint8Array): Promise<number> {
    const count = await fill(this.#packed, stand.at, into);
    for (let done = 0; done < count;) {
      const next = Math.min(count - done, SPACING - (stand.at % SPACING));
      decipher(into.subarray(done, done + next), stand.keys);
      done += next;
      stand.at += next;
      if (stand.at === this.#kept.length * SPACING) this.#kept.push(stand.keys.slice());
    }
    return count;
  }
}

/** The keys behind so many bytes. */
interface Stand {
  at: number;
  readonly keys: Int32Array;
}

/**
 * The keys after the encryption header, if the password fits it. Only one byte says so, so that every 256th wrong password
 * seems to fit.
 *
 * @param header the twelve bytes before the member's
 * @param checks what the last byte of the header may be: the high byte of the CRC-32, or of the time where it was not
 *   known when the header was written
 */
export function zipCipherKeys(
  password: Uint8Array,
  header: Uint8Array,
  checks: readonly number[],
): Int32Array | undefined {
  const keys = Int32Array.of(0x12345678, 0x23456789, 0x34567890);
  for (const byte of password) advance(keys, byte);
  const plain = header.slice();
  decipher(plain, keys);
  return checks.includes(plain[11] ?? -1) ? keys : undefined;
}

function decipher(bytes: Uint8Array, keys: Int32Array): void {
  let key0 = keys[0] ?? 0;
  let key1 = keys[1] ?? 0;
  let key2 = keys[2] ?? 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const mixed = (key2 | 2) & 0xffff;
    const byte = ((bytes[at] ?? 0) ^ (Math.imul(mixed, mixed ^ 1) >>> 8)) & 0xff;
    bytes[at] = byte;
    key0 = (key0 >>> 8) ^ (STEP[(key0 ^ byte) & 0xff] ?? 0);
    key1 = (Math.imul(key1 + (key0 & 0xff), 134775813) + 1) | 0;
    key2 = (key2 >>> 8) ^ (STEP[(key2 ^ (key1 >>> 24)) & 0xff] ?? 0);
  }
  keys[0] = key0;
  keys[1] = key1;
  keys[2] = key2;
}

function advance(keys: Int32Array, byte: number): void {
  const key0 = step(keys[0] ?? 0, byte);
  const key1 = (Math.imul((keys[1] ?? 0) + (key0 & 0xff), 134775813) + 1) | 0;
  keys[0] = key0;
  keys[1] = key1;
  keys[2] = step(keys[2] ?? 0, key1 >>> 24);
}

/** One step of CRC-32 without the inversions at begin and end. */
function step(crc: number, byte: number): number {
  return (crc >>> 8) ^ (STEP[(crc ^ byte) & 0xff] ?? 0);
}

export const ENCRYPTION_HEADER = 12;
const SKIP = 64 * 1024;
const SPACING = 2 ** 20;
/** The table of CRC-32: the step from 0 over one byte, as `crc32` shows it between its inversions. */
const STEP: Int32Array = Int32Array.from({ length: 256 }, (_, byte) => crc32(Uint8Array.of(byte ^ 0xff)) ^ 0xff000000);
