import { caseDiff } from '@afterpatch/core/export/case-diff.ts';
import { diffJson, diffText } from '@afterpatch/core/export/diff-text.ts';
import { quoted } from '@afterpatch/node/evidence-error.ts';

import { outputPlace, writeWhole } from './case-output.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { readCaseFile } from './read-case-file.ts';
import { pageOptions, write } from './terminal.ts';
import type { Shell } from './terminal.ts';

export interface DiffFlags {
  readonly format: string;
  readonly output?: string;
  readonly color: boolean;
}

/**
 * Says why two cases answer differently. Both may come from anyone.
 *
 * @returns 0 whether or not a verdict changed
 */
export async function diff(first: string, second: string, flags: DiffFlags, shell: Shell): Promise<number> {
  const { format } = flags;
  if (format !== 'text' && format !== 'json')
    throw new UsageError(`expected --format to be one of text, json, found ${quoted(format)}`);
  // The cases themselves are evidence of what was decided: they are never written over.
  const place =
    flags.output === undefined || flags.output === '-' ? undefined : outputPlace(flags.output, [first, second]);
  const difference = caseDiff(readCaseFile(first), readCaseFile(second));
  // What is written to a file is read elsewhere: no colours, and the usual width.
  const page = pageOptions(shell.out, shell, { color: flags.color && place === undefined });
  const text = format === 'json' ? diffJson(difference) : diffText(difference, { ...page, names: { first, second } });
  if (place === undefined) await write(shell.out, text);
  else await writeWhole(place, [text]);
  return EXIT.done;
}
