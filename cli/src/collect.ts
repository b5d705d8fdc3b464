import { kapeTarget } from '@afterpatch/core/export/collection-kape.ts';
import { collectionPlan } from '@afterpatch/core/export/collection-plan.ts';
import type { CollectionPlan } from '@afterpatch/core/export/collection-plan.ts';
import { powershellScript } from '@afterpatch/core/export/collection-powershell.ts';
import { collectionText } from '@afterpatch/core/export/collection-text.ts';
import { velociraptorArtifact } from '@afterpatch/core/export/collection-velociraptor.ts';
import { quoted } from '@afterpatch/node/evidence-error.ts';

import { packsFor } from './assess.ts';
import { outputPlace, writeWhole } from './case-output.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { pageOptions, write } from './terminal.ts';
import type { Shell } from './terminal.ts';

export interface CollectFlags {
  readonly list?: boolean;
  readonly pack?: readonly string[];
  readonly format?: string;
  readonly output?: string;
  readonly color: boolean;
}

/** Says what to collect for the chosen packs, for a person or for a collector. Collects nothing itself. */
export async function collect(flags: CollectFlags, shell: Shell): Promise<number> {
  if (flags.list !== true)
    throw new UsageError('expected --list: Afterpatch does not touch a server, it says what to collect from it');
  const format = formatOf(flags.format ?? 'text');
  const place = flags.output === undefined || flags.output === '-' ? undefined : outputPlace(flags.output, []);
  const packs = await packsFor(flags.pack ?? []);
  const plan = collectionPlan(packs.map(({ pack }) => pack));
  if (place === undefined) await write(shell.out, listing(plan, format, pageOptions(shell.out, shell, flags)));
  else await writeWhole(place, [listing(plan, format, { width: FILE_WIDTH, colour: false })]);
  return EXIT.done;
}

type Format = (typeof FORMATS)[number];

function listing(
  plan: CollectionPlan,
  format: Format,
  page: { readonly width: number; readonly colour: boolean },
): string {
  if (format === 'kape') return kapeTarget(plan);
  if (format === 'velociraptor') return velociraptorArtifact(plan);
  // Without the mark, Windows PowerShell reads a script in the code page of the machine.
  if (format === 'powershell') return `\u{feff}${powershellScript(plan)}`;
  return collectionText(plan, page);
}

function formatOf(name: string): Format {
  const format = FORMATS.find((each) => each === name);
  if (format !== undefined) return format;
  throw new UsageError(`expected --format to be one of ${FORMATS.join(', ')}, found ${quoted(name)}`);
}

const FORMATS = ['text', 'kape', 'velociraptor', 'powershell'] as const;
const FILE_WIDTH = 100;
