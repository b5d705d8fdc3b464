import { statSync } from 'node:fs';
import { dirname } from 'node:path';

import { quoted } from '@afterpatch/node/evidence-error.ts';

import { outputPlace, writeWhole } from './case-output.ts';
import { dumpArtifact, openEvidence } from './engine-door.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { write } from './terminal.ts';
import type { Shell } from './terminal.ts';

export interface DumpFlags {
  readonly output?: string;
}

/** One artifact as JSON Lines, in the format's own field names. */
export async function dump(path: string, flags: DumpFlags, shell: Shell): Promise<number> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new UsageError(`expected one file, found the folder ${quoted(path)}`);
  }
  // Whoever dumps a log stands in the folder of the logs; that folder is evidence.
  const place =
    flags.output === undefined || flags.output === '-' ? undefined : outputPlace(flags.output, [dirname(path)]);
  const lines = chunks(linesOf(path));
  if (place !== undefined) await writeWhole(place, lines);
  else for await (const chunk of lines) await write(shell.out, chunk);
  return EXIT.done;
}

async function* linesOf(path: string): AsyncIterable<string> {
  const source = await openEvidence({ path });
  for await (const entry of source.list()) {
    if (!('says' in entry)) yield* dumpArtifact(entry);
  }
}

/** Lines in pieces of a size that a stream likes. */
async function* chunks(lines: AsyncIterable<string>): AsyncIterable<string> {
  let held: string[] = [];
  let size = 0;
  for await (const line of lines) {
    held.push(line, '\n');
    size += line.length + 1;
    if (size >= CHUNK) {
      yield held.join('');
      [held, size] = [[], 0];
    }
  }
  if (size > 0) yield held.join('');
}

const CHUNK = 64 * 1024;
