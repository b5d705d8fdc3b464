import type { Artifact, EvidenceSource } from '@afterpatch/core/model/evidence.ts';

import { openEvidence } from './engine-door.ts';
import type { NamedEvidence, OpeningOptions } from './engine-door.ts';

/** The artifacts of evidence that is at hand, by the path that a case gave them. */
export class EvidenceShelf {
  readonly #byPath: ReadonlyMap<string, Artifact>;

  private constructor(byPath: ReadonlyMap<string, Artifact>) {
    this.#byPath = byPath;
  }

  /** @throws EvidenceError if one of the paths is missing or cannot be opened */
  static async open(evidence: readonly NamedEvidence[], opening: OpeningOptions): Promise<EvidenceShelf> {
    const sources: EvidenceSource[] = [];
    for (const named of evidence) sources.push(await openEvidence(named, opening));
    const byPath = new Map<string, Artifact>();
    for (const [at, source] of sources.entries()) {
      for await (const entry of source.list()) {
        if ('says' in entry) continue;
        const { path, container } = entry;
        // A case of several inputs put the input's name first, and its number where two had the same name.
        const name = source.snapshot ?? source.name;
        const prefixes = source.snapshot === undefined ? ['', `${name}/`, `${name}~${at + 1}/`] : [`${name}/`];
        for (const prefix of prefixes) {
          const key = keyOf(prefix + path, container === undefined ? undefined : prefix + container);
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
