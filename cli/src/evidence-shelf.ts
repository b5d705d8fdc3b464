import type { Artifact, EvidenceSource } from '@afterpatch/core/model/evidence.ts';

import { openEvidence } from './engine-door.ts';

/** The artifacts of evidence that is at hand, by the path that a case gave them. */
export class EvidenceShelf {
  readonly #byPath: ReadonlyMap<string, Artifact>;

  private constructor(byPath: ReadonlyMap<string, Artifact>) {
    this.#byPath = byPath;
  }

  /** @throws EvidenceError if one of the paths is missing or cannot be opened */
  static async open(paths: readonly string[]): Promise<EvidenceShelf> {
    const sources: EvidenceSource[] = [];
    for (const path of paths) sources.push(await openEvidence(path));
    const byPath = new Map<string, Artifact>();
    for (const [at, source] of sources.entries()) {
      for await (const entry of source.list()) {
        if ('says' in entry) continue;
        // A case of several inputs put the input's name first, and its number where two had the same name.
        for (const name of [entry.path, `${source.name}/${entry.path}`, `${source.name}~${at + 1}/${entry.path}`]) {
          const key = keyOf(name, entry.container);
          if (!byPath.has(key)) byPath.set(key, entry);
        }
      }
    }
    return new EvidenceShelf(byPath);
  }

  find(path: string, container: string | null): Artifact | undefined {
    return this.#byPath.get(keyOf(path, container ?? undefined));
  }
}

function keyOf(path: string, container: string | undefined): string {
  return JSON.stringify([path, container ?? null]);
}
