import type { ByteSource } from '../model/evidence.ts';
import type { Gap } from '../model/reading.ts';
import { InflatedBytes } from './inflated-bytes.ts';
import { SharedSource } from './shelf.ts';
import type { Shelf } from './shelf.ts';

/** What a gzip file unpacks to, shared by all that lies in it. */
export class GzipStream {
  readonly source: SharedSource;
  #latest: InflatedBytes | undefined;

  /** @param size bytes of the gzip file */
  constructor(packed: SharedSource, { size, shelf }: { size: number; shelf: Shelf }) {
    this.source = new SharedSource(shelf, async (): Promise<ByteSource> => {
      const lease = await packed.lease();
      const inflated = new InflatedBytes(lease, size, { framing: 'gzip' });
      this.#latest = inflated;
      const readInto = (at: number, into: Uint8Array): number | Promise<number> => inflated.readInto(at, into);
      return { size: Number.MAX_SAFE_INTEGER, readInto, close: () => lease.close() };
    });
  }

  /** Bytes that come out, once a lease was read to its end. */
  get end(): number | undefined {
    return this.#latest?.end;
  }

  /** What is wrong with the stream, once a lease was read to its end. */
  get gaps(): readonly Gap[] {
    return this.#latest?.gaps() ?? [];
  }
}
