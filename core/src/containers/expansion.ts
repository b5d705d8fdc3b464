import type { ContainerLimits } from './member.ts';

/** How much the members of one outermost container, and of the containers inside it, may become. */
export class Expansion {
  readonly #limits: ContainerLimits;
  /** Bytes of the outermost container that one byte of this one takes; 1 for the outermost. */
  readonly #share: number;
  readonly #left: { bytes: number };

  private constructor(limits: ContainerLimits, share: number, left: { bytes: number }) {
    this.#limits = limits;
    this.#share = share;
    this.#left = left;
  }

  /** @param size bytes of the outermost container */
  static of(size: number, limits: ContainerLimits): Expansion {
    return new Expansion(limits, 1, { bytes: Math.max(limits.totalBytes, size * limits.totalRatio) });
  }

  /** For a container that is a member of this one. */
  inside(member: { packedSize: number; size: number }): Expansion {
    const share = member.size === 0 ? 1 : Math.min(1, member.packedSize / member.size);
    return new Expansion(this.#limits, this.#share * share, this.#left);
  }

  /** Bytes that a container may be gone through for, to learn what lies in it. */
  get most(): number {
    return this.#left.bytes;
  }

  /** How far a member whose size only its end tells is gone through; beyond that no more of it is read than `ratioFree`. */
  mostOf(packedSize: number): number {
    return Math.min(this.#left.bytes, Math.max(this.#limits.ratioFree, this.#bytesOf(packedSize)));
  }

  /**
   * How many bytes of a member may be read.
   *
   * @returns in `says` why these are fewer than it has; absent where they are not
   */
  grant(member: { packedSize: number; size: number }): { readonly limit: number; readonly says?: string } {
    const { memberBytes, ratio, ratioFree } = this.#limits;
    const byRatio = member.size > this.#bytesOf(member.packedSize) ? ratioFree : memberBytes;
    const limit = Math.min(memberBytes, byRatio, this.#left.bytes);
    this.#left.bytes -= Math.min(member.size, limit);
    if (member.size <= limit) return { limit };
    const why =
      limit === memberBytes
        ? 'the most that is read of a member'
        : limit === ratioFree
          ? `it takes ${member.packedSize} bytes in its container, which exceeds the ratio of ${ratio}`
          : 'the most that is read of all members of a container';
    if (limit === 0) return { limit, says: `member of ${member.size} bytes is not read: ${why}` };
    return { limit, says: `member of ${member.size} bytes is read up to ${limit} bytes: ${why}` };
  }

  /** What packed bytes may become before they exceed the ratio. */
  #bytesOf(packedSize: number): number {
    return Math.floor(packedSize * this.#share * this.#limits.ratio);
  }
}
