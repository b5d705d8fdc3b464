import type { ByteSource } from '../model/evidence.ts';
import type { Gap } from '../model/reading.ts';

/** A member that was read whole. */
export interface WholeMember {
  readonly bytes: Uint8Array;
  readonly gaps: readonly Gap[];
}

/**
 * What is kept between one opening of a member and the next, within fixed bounds: the bytes of small members last used
 * (64 MiB), and containers that were open (four). One for a run.
 */
export class Shelf {
  readonly #members = new Map<object, WholeMember>();
  readonly #idle: SharedSource[] = [];
  #bytes = 0;

  /** The member that was kept under `key`, or else the one that `read` gives. */
  async member(key: object, read: () => Promise<WholeMember>): Promise<WholeMember> {
    const held = this.#members.get(key);
    const member = held ?? (await read());
    if (held === undefined && this.#members.has(key)) return member;
    // The last one used stands last.
    this.#members.delete(key);
    this.#members.set(key, member);
    if (held === undefined) this.#bytes += member.bytes.length;
    for (const [oldest, { bytes }] of this.#members) {
      if (this.#bytes <= KEPT_BYTES) break;
      this.#members.delete(oldest);
      this.#bytes -= bytes.length;
    }
    return member;
  }

  /** Called when nobody reads a source any more; the one that has been idle longest is closed. */
  async rest(source: SharedSource): Promise<void> {
    this.#idle.push(source);
    if (this.#idle.length > KEPT_OPEN) await this.#idle.shift()?.shut();
  }

  wake(source: SharedSource): void {
    const at = this.#idle.indexOf(source);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  /** Closes what nobody reads. */
  async clear(): Promise<void> {
    this.#members.clear();
    this.#bytes = 0;
    for (const source of this.#idle.splice(0)) await source.shut();
  }
}

/** One source that many members read from: opened for the first of them, closed some time after the last. */
export class SharedSource {
  readonly #shelf: Shelf;
  readonly #open: () => Promise<ByteSource>;
  #source: Promise<ByteSource> | undefined;
  #readers = 0;

  constructor(shelf: Shelf, open: () => Promise<ByteSource>) {
    this.#shelf = shelf;
    this.#open = open;
  }

  /**
   * The source, until it is closed; closing it twice is closing it once.
   *
   * @throws what opening throws; the next lease tries again
   */
  async lease(): Promise<ByteSource> {
    this.#readers += 1;
    this.#shelf.wake(this);
    try {
      const source = await (this.#source ??= this.#open());
      let isOpen = true;
      const close = async (): Promise<void> => {
        if (!isOpen) return;
        isOpen = false;
        await this.#release();
      };
      return { size: source.size, readInto: (at, into) => source.readInto(at, into), close };
    } catch (error) {
      this.#source = undefined;
      this.#readers -= 1;
      throw error;
    }
  }

  /** Closes the source; for the shelf, when nobody reads it. */
  async shut(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    await (await source)?.close();
  }

  async #release(): Promise<void> {
    this.#readers -= 1;
    if (this.#readers === 0 && this.#source !== undefined) await this.#shelf.rest(this);
  }
}

const KEPT_BYTES = 64 * 2 ** 20;
const KEPT_OPEN = 4;
