import type { Artifact } from '../model/evidence.ts';
import type { Host } from '../model/host.ts';
import { unreadArtifact } from './read-artifact.ts';
import type { ArtifactReading } from './read-artifact.ts';

/** One artifact to be read, and what is known of it from outside of its bytes. */
export interface ReadOrder {
  /** The place in the stock. */
  readonly index: number;
  /** The path in the stock: a worker that listed something else refuses. */
  readonly path: string;
  /** Where the file lay on its server, `C:/inetpub/…`, if its collector or its place says so. */
  readonly original: string | undefined;
  /** Files that a collector or another tool made are listed and hashed; only evidence is looked at. */
  readonly role: ArtifactRole;
  /** In a later round: what earlier ones taught, and nothing else, is looked for. */
  readonly follow?: readonly FollowOrder[];
}

/** Values for a rule that follows others. */
export interface FollowOrder {
  readonly rule: string;
  readonly values: readonly string[];
}

export type ArtifactRole = 'evidence' | 'manifest' | 'prior' | 'collector';

/**
 * Those who read artifacts: workers of a host, or the engine itself. Readings cross to them by structured clone, so
 * they are plain values.
 */
export interface Readers {
  /** How many artifacts are read at once. */
  readonly parallel: number;
  /** @param onBytes told the bytes done of this artifact, hash pass and read pass each counting half */
  read(order: ReadOrder, onBytes: (done: number) => void): Promise<ArtifactReading>;
}

/**
 * Has everything read, the largest first where several are read at once. The result does not depend on who read what,
 * or when. A reader that dies takes one artifact with it, which becomes a gap.
 */
export async function readAll(
  orders: readonly ReadOrder[],
  artifacts: readonly Artifact[],
  readers: Readers,
  host: Pick<Host, 'progress' | 'fault'>,
): Promise<readonly ArtifactReading[]> {
  const readings: ArtifactReading[] = Array.from({ length: artifacts.length });
  const sizeOf = (order: ReadOrder): number => artifacts[order.index]?.size ?? 0;
  const bytesTotal = artifacts.reduce((sum, artifact) => sum + artifact.size, 0);
  const queue = readers.parallel > 1 ? orders.toSorted((a, b) => sizeOf(b) - sizeOf(a)) : orders;
  let next = 0;
  let finished = 0;
  let finishedBytes = 0;
  const begun = new Map<number, number>();
  const tell = (path: string): void => {
    let bytesDone = finishedBytes;
    for (const done of begun.values()) bytesDone += done;
    host.progress?.({
      phase: 'read',
      path,
      bytesDone,
      bytesTotal,
      artifactsDone: finished,
      artifactsTotal: artifacts.length,
    });
  };
  const work = async (): Promise<void> => {
    for (let order = queue[next++]; order !== undefined; order = queue[next++]) {
      const { index, path } = order;
      const artifact = artifacts[index];
      if (artifact === undefined) continue;
      tell(path);
      let reading: ArtifactReading;
      try {
        reading = await readers.read(order, (done) => {
          begun.set(index, done);
          tell(path);
        });
      } catch (error) {
        host.fault?.(path, error);
        reading = unreadArtifact(artifact, error);
      }
      readings[index] = reading;
      begun.delete(index);
      finished += 1;
      finishedBytes += artifact.size;
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, readers.parallel) }, work));
  return readings;
}
