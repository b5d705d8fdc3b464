import type { Micros } from '../model/evidence.ts';

/** Little-endian bytes of a fixed number. What does not fit is not written, and `isOverfull` tells. */
export class ByteSink {
  readonly bytes: Uint8Array<ArrayBuffer>;
  at = 0;
  isOverfull = false;
  readonly #view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  u8(value: number): void {
    if (this.#step(1)) this.#view.setUint8(this.at - 1, value);
  }

  u16(value: number): void {
    if (this.#step(2)) this.#view.setUint16(this.at - 2, value, true);
  }

  u32(value: number): void {
    if (this.#step(4)) this.#view.setUint32(this.at - 4, value, true);
  }

  /** @param value a whole number below 2^53 */
  u64(value: number): void {
    if (this.#step(8)) this.#view.setBigUint64(this.at - 8, BigInt(value), true);
  }

  ascii(text: string): void {
    for (let index = 0; index < text.length; index += 1) this.u8(text.charCodeAt(index));
  }

  utf16(text: string): void {
    for (let index = 0; index < text.length; index += 1) this.u16(text.charCodeAt(index));
  }

  /** A FILETIME, MS-DTYP 2.3.3. */
  fileTime(at: Micros): void {
    if (this.#step(8)) this.#view.setBigUint64(this.at - 8, BigInt(at) * 10n + TICKS_1601_TO_1970, true);
  }

  /** A GUID of text, with or without braces, MS-DTYP 2.3.4.2. */
  guid(text: string): void {
    const [a = '', b = '', c = '', d = '', e = ''] = text.replaceAll(/[{}]/g, '').split('-');
    this.u32(Number.parseInt(a, 16));
    this.u16(Number.parseInt(b, 16));
    this.u16(Number.parseInt(c, 16));
    for (const pair of `${d}${e}`.match(/../g) ?? []) this.u8(Number.parseInt(pair, 16));
  }

  /** A SID of text with an authority below 2^32, MS-DTYP 2.4.2. */
  sid(text: string): void {
    const [revision = 1, authority = 0, ...rest] = text.split('-').slice(1).map(Number);
    this.u8(revision);
    this.u8(rest.length);
    this.u16(0);
    for (const shift of [24, 16, 8, 0]) this.u8((authority >>> shift) & 0xff);
    for (const part of rest) this.u32(part);
  }

  setU32(at: number, value: number): void {
    if (at + 4 <= this.bytes.length) this.#view.setUint32(at, value, true);
  }

  getU32(at: number): number {
    return at + 4 <= this.bytes.length ? this.#view.getUint32(at, true) : 0;
  }

  /** Takes back everything from `at` on. */
  clearFrom(at: number): void {
    this.bytes.fill(0, at);
    this.at = at;
    this.isOverfull = false;
  }

  #step(size: number): boolean {
    this.at += size;
    if (this.at > this.bytes.length) this.isOverfull = true;
    return !this.isOverfull;
  }
}

const TICKS_1601_TO_1970 = 116444736000000000n;
