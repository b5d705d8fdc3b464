import type { Micros } from '../model/evidence.ts';

/** One file of a specimen, made when it is read. */
export interface SpecimenFile {
  /** Evidence path, `/` between the parts, the drive letter first: `C/inetpub/logs/…`. */
  readonly path: string;
  /** When the file was last written on the server; a host may set it on disk. */
  readonly modified: Micros;
  /** The content from the beginning, each time it is called. */
  pieces(): Iterable<Uint8Array>;
}
