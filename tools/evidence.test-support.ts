import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadPackFolder } from '../cli/src/engine-door.ts';
import { withContainers } from '../core/src/containers/with-containers.ts';
import { assess } from '../core/src/engine/assess.ts';
import type { CaseFile, CaseFinding } from '../core/src/model/case-file.ts';
import type { EvidenceSource } from '../core/src/model/evidence.ts';
import { readCase } from '../core/src/specimen/read-case.ts';
import { specimen } from '../core/src/specimen/specimen.ts';
import { nodeHost } from '../node/src/node-host.ts';

/** Evidence that the tests across rooms keep in memory. */

export const PACK_FOLDER: string = join(import.meta.dirname, '../packs/exchange-2021-03');
export const PACK: Awaited<ReturnType<typeof loadPackFolder>> = await loadPackFolder(PACK_FOLDER);

/** Contents by path; `locked` for a file that the system refuses to open. */
export type Files = ReadonlyMap<string, Buffer | 'locked'>;

/** The files of one server of the pack's cases: the case itself, or its twin. */
export function filesOfCase(name: string, trial: 'case' | 'twin' = 'case'): Map<string, Buffer> {
  const file = `${name}.yaml`;
  const { trials } = readCase(readFileSync(join(PACK_FOLDER, 'cases', file), 'utf8'), file);
  const wanted = trials[trial === 'case' ? 0 : 1];
  if (wanted === undefined) throw new Error(`${file} has no ${trial}`);
  const files = new Map<string, Buffer>();
  for (const { path, pieces } of specimen(wanted.scenario).map((f) => ({ path: f.path, pieces: f.pieces() })))
    files.set(path, Buffer.concat([...pieces]));
  return files;
}

export function evidenceOf(name: string, files: Files, snapshot?: string): EvidenceSource {
  return {
    name,
    ...(snapshot === undefined ? {} : { snapshot }),
    emptyFolders: () => [],
    async *list() {
      for (const [path, bytes] of files) {
        const size = bytes.length;
        const open = () =>
          bytes === 'locked'
            ? Promise.reject(new Error('EACCES (permission denied)'))
            : Promise.resolve({
                size,
                readInto: (at: number, into: Uint8Array) => bytes.copy(into, 0, at),
                close: () => Promise.resolve(),
              });
        yield { path, size, open };
      }
    },
  };
}

/** A single archive, as a host opens it. */
export function archiveOf(name: string, bytes: Uint8Array): EvidenceSource {
  return withContainers(evidenceOf(name, new Map([[name, Buffer.from(bytes)]])), { root: name });
}

/** Assesses; a fault of ours fails the test. */
export async function assessed(...sources: readonly EvidenceSource[]): Promise<CaseFile> {
  return await assess(
    { sources, packs: [PACK], options: { version: 'test' } },
    nodeHost({
      fault: (where, error) => {
        throw new Error(where, { cause: error });
      },
    }),
  );
}

export function answersOf(caseFile: CaseFile): Readonly<Record<string, string>> {
  return Object.fromEntries(caseFile.claims.map((c) => [`${c.host} ${c.claim}`, c.answer]));
}

/** What was found, whichever artifact showed it. */
export function findingsOf(
  caseFile: CaseFile,
): readonly Pick<CaseFinding, 'rule' | 'host' | 'count' | 'since' | 'until' | 'entities'>[] {
  return caseFile.findings
    .map(({ rule, host, count, since, until, entities }) => ({ rule, host, count, since, until, entities }))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
