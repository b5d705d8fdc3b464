import type { Artifact, ByteSource, Micros } from '../model/evidence.ts';
import type { Gap } from '../model/reading.ts';

/** Bytes whose end shows only when it is reached: `readInto` then returns less than it was asked for, and 0 past it. */
export type Bytes = Pick<ByteSource, 'readInto'>;

/**
 * A source that finds out only while it is read what is wrong with its bytes: a checksum that does not fit, a stream
 * that breaks off. The bytes that could be read are given all the same.
 */
export interface GapReporting {
  /** What was found so far; complete once every byte was read in order. Origins count in the bytes of the source. */
  gaps(): readonly Gap[];
}

/** What a source that was read says about itself; nothing for a source that cannot. */
export function gapsOf(source: ByteSource): readonly Gap[] {
  return isGapReporting(source) ? source.gaps() : [];
}

function isGapReporting(source: ByteSource): source is ByteSource & GapReporting {
  return 'gaps' in source && typeof source.gaps === 'function';
}

/** Times that the container states for a member. They are the collector's word, not the server's file system's. */
export interface MemberTimes {
  readonly modified?: Micros;
  readonly created?: Micros;
  readonly accessed?: Micros;
  /** Last modification in the clock of the machine that packed the archive, its zone unknown: `2021-03-03T06:44:06`. */
  readonly localModified?: string;
}

/** A member of a container. */
export interface MemberArtifact extends Artifact {
  readonly container: string;
  /** Bytes it takes in its container. */
  readonly packedSize: number;
  readonly times: MemberTimes;
}

/**
 * An archive whose members are listed as well. It is evidence of its own, with a hash and a place in a tree; its bytes
 * must not be read as records, or whatever is stored in it unpacked would count twice.
 */
export interface ContainerArtifact extends Artifact {
  readonly isContainer: true;
}

export function isContainer(artifact: Artifact): artifact is ContainerArtifact {
  return 'isContainer' in artifact && artifact.isContainer === true;
}

/** Cryptography that a host brings, for members that are encrypted with AES. */
export interface Decryption {
  /** PBKDF2 with HMAC-SHA-1. @see RFC 8018 section 5.2 */
  deriveKey(
    password: Uint8Array,
    salt: Uint8Array,
    options: { rounds: number; length: number },
  ): Uint8Array | Promise<Uint8Array>;
  /** HMAC-SHA-1 over bytes that come in pieces. @see RFC 2104 */
  authenticate(key: Uint8Array): { update(bytes: Uint8Array): void; finish(): Uint8Array };
  /** AES in ECB mode without padding, for a key of 16, 24 or 32 bytes: encrypts whole 16-byte blocks in place. @see FIPS 197 */
  encryptBlocks(key: Uint8Array): (blocks: Uint8Array) => void;
}

/** Bounds that hostile containers run into; each that bites is a gap. */
export interface ContainerLimits {
  /** Bytes of one member that are read. */
  readonly memberBytes: number;
  /**
   * Bytes that a member may become for each byte it takes in the outermost container; one that becomes more is read up to
   * `ratioFree` bytes.
   */
  readonly ratio: number;
  readonly ratioFree: number;
  /** Bytes of all members of one outermost container: this many, or `totalRatio` times its size if that is more. */
  readonly totalBytes: number;
  readonly totalRatio: number;
  readonly entries: number;
  /** Bytes of the lists that a container makes of its members: a zip's directory, a tar's long names. */
  readonly listBytes: number;
  /** Containers inside containers that are opened: 1 opens a zip in a zip, and no zip in that. */
  readonly nesting: number;
}

/**
 * Deflate makes at most 1032 bytes of one, and that only of zeroes or the like. Logs of IIS and Exchange become 10 to 40
 * times what they take, the health probes of an idle server, row upon row the same but for times and ids, hardly 100. So
 * 400 keeps every log whole; and an archive as a whole may become 64 times its size, a small one 4 GiB, which 64 MB
 * of logs never reach. A bomb of 60 GB in 62 MB costs then the reading of 4 GB, and not of 60.
 */
export const LIMITS: ContainerLimits = {
  memberBytes: 16 * 2 ** 30,
  ratio: 400,
  ratioFree: 64 * 2 ** 20,
  totalBytes: 4 * 2 ** 30,
  totalRatio: 64,
  entries: 1_000_000,
  listBytes: 256 * 2 ** 20,
  nesting: 1,
};

export interface ContainerOptions {
  /** Passwords to try, as the bytes that a person typed or a file holds, without line ends. */
  readonly passwords?: readonly Uint8Array[];
  readonly decryption?: Decryption;
  readonly limits?: Partial<ContainerLimits>;
  /** Told how far a container has been gone through that has no list of its members; awaited, so that a host may breathe. */
  onIndexed?(path: string, bytes: number): void | Promise<void>;
  /** Told about every fault of ours; it also stands as a gap in the listing. */
  fault?(where: string, error: unknown): void;
}
