import type { Gap } from '../model/reading.ts';
import { ByteRange, fill } from './byte-range.ts';
import type { Bytes, Decryption } from './member.ts';
import { memberGap } from './member-source.ts';

/** Keys that a password gives for one member. */
export interface AesKeys {
  readonly cipher: Uint8Array;
  readonly authentication: Uint8Array;
}

/** Bytes of salt in front of a member, by strength. */
export function saltLength(strength: number): number {
  return 4 + strength * 4;
}

/** Bytes that encryption adds to a member: salt, password check and authentication code. */
export function aesOverhead(strength: number): number {
  return saltLength(strength) + CHECK + CODE;
}

/**
 * The keys of a member, if the password fits its check, which every 65,536th wrong password does as well.
 *
 * @param begin salt and check, as they stand in front of the member
 * @see WinZip, AES Encryption Information, section III.B
 */
export async function aesKeys(
  password: Uint8Array,
  begin: Uint8Array,
  { strength, decryption }: { strength: number; decryption: Decryption },
): Promise<AesKeys | undefined> {
  const salt = begin.subarray(0, saltLength(strength));
  const check = begin.subarray(salt.length, salt.length + CHECK);
  const keyLength = 8 + strength * 8;
  const keys = await decryption.deriveKey(password, salt, { rounds: ROUNDS, length: keyLength * 2 + CHECK });
  if (keys[keyLength * 2] !== check[0] || keys[keyLength * 2 + 1] !== check[1]) return undefined;
  return { cipher: keys.slice(0, keyLength), authentication: keys.slice(keyLength, keyLength * 2) };
}

/**
 * Bytes that WinZip's AES encryption hides: AES in counter mode, the counter little-endian and 1 for the first block, so
 * they can be read at any place. Bytes read in order are authenticated on the way.
 *
 * @see WinZip, AES Encryption Information, section III.D and III.E
 */
export class AesBytes implements Bytes {
  readonly size: number;
  readonly #sealed: Bytes;
  readonly #ciphered: ByteRange;
  readonly #encrypt: (blocks: Uint8Array) => void;
  readonly #code: ReturnType<Decryption['authenticate']>;
  #authenticated = 0;

  /**
   * @param sealed from the salt to the authentication code
   * @param sealedSize bytes, as the container states them
   */
  constructor(
    sealed: Bytes,
    sealedSize: number,
    { keys, strength, decryption }: { keys: AesKeys; strength: number; decryption: Decryption },
  ) {
    this.size = Math.max(0, sealedSize - aesOverhead(strength));
    this.#sealed = new ByteRange(sealed, saltLength(strength) + CHECK + this.size, CODE);
    this.#ciphered = new ByteRange(sealed, saltLength(strength) + CHECK, this.size);
    this.#encrypt = decryption.encryptBlocks(keys.cipher);
    this.#code = decryption.authenticate(keys.authentication);
  }

  async readInto(at: number, into: Uint8Array): Promise<number> {
    const count = await fill(this.#ciphered, at, into);
    const bytes = into.subarray(0, count);
    if (at <= this.#authenticated && at + count > this.#authenticated) {
      this.#code.update(bytes.subarray(this.#authenticated - at));
      this.#authenticated = at + count;
    }
    for (let done = 0; done < count; done += PIECE) this.#decipher(at + done, bytes.subarray(done, done + PIECE));
    return count;
  }

  /** Reads on to the end, so that all bytes are authenticated, and compares. To be called once. */
  async verify(): Promise<readonly Gap[]> {
    const rest = new Uint8Array(Math.min(PIECE, this.size - this.#authenticated));
    while (this.#authenticated < this.size && (await this.readInto(this.#authenticated, rest)) > 0);
    const stated = new Uint8Array(CODE);
    const whole = (await fill(this.#sealed, 0, stated)) === CODE && this.#authenticated === this.size;
    const code = this.#code.finish();
    if (whole && stated.every((byte, at) => byte === code[at])) return [];
    const says = whole
      ? 'authentication code of the encrypted member does not fit its bytes: they were changed, or the password is wrong'
      : 'encrypted member is cut before its authentication code';
    return [memberGap(whole ? 'damaged' : 'truncated', { from: 0, to: this.size }, says)];
  }

  #decipher(at: number, bytes: Uint8Array): void {
    const first = Math.floor(at / BLOCK);
    const skip = at - first * BLOCK;
    const blocks = new Uint8Array(Math.ceil((skip + bytes.length) / BLOCK) * BLOCK);
    const counters = new DataView(blocks.buffer);
    for (let block = 0; block * BLOCK < blocks.length; block += 1) {
      const counter = first + block + 1;
      counters.setUint32(block * BLOCK, counter % 2 ** 32, true);
      counters.setUint32(block * BLOCK + 4, Math.floor(counter / 2 ** 32), true);
    }
    this.#encrypt(blocks);
    for (let index = 0; index < bytes.length; index += 1)
      bytes[index] = (bytes[index] ?? 0) ^ (blocks[skip + index] ?? 0);
  }
}

const BLOCK = 16;
const CHECK = 2;
const CODE = 10;
const ROUNDS = 1000;
const PIECE = 64 * 1024;
