import { hostsNamed } from '@afterpatch/core/export/report-facts.ts';
import type { ReportOptions } from '@afterpatch/core/export/report-facts.ts';
import { reportJson } from '@afterpatch/core/export/report-json.ts';
import { reportMarkdown } from '@afterpatch/core/export/report-markdown.ts';
import type { CaseFile } from '@afterpatch/core/model/case-file.ts';
import { quoted } from '@afterpatch/node/evidence-error.ts';

import { outputPlace, writeWhole } from './case-output.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { readCaseFile } from './read-case-file.ts';
import { write } from './terminal.ts';
import type { Shell } from './terminal.ts';

export interface ReportFlags {
  readonly format: string;
  readonly host?: string;
  readonly output?: string;
}

/** Writes a view of a case file that may come from anyone. */
export async function report(path: string, flags: ReportFlags, shell: Shell): Promise<number> {
  const view = VIEWS.get(flags.format);
  if (view === undefined)
    throw new UsageError(
      `expected --format to be one of ${[...VIEWS.keys()].join(', ')}, found ${quoted(flags.format)}`,
    );
  // The case itself is evidence of what was decided: it is never written over.
  const place = flags.output === undefined || flags.output === '-' ? undefined : outputPlace(flags.output, [path]);
  const caseFile = readCaseFile(path);
  const hosts = flags.host === undefined ? undefined : hostsOf(caseFile, flags.host);
  const text = view(caseFile, hosts === undefined ? {} : { hosts });
  if (place === undefined) await write(shell.out, text);
  else await writeWhole(place, [text]);
  return EXIT.done;
}

function hostsOf(caseFile: CaseFile, name: string): ReadonlySet<string> {
  const hosts = hostsNamed(caseFile, name);
  if (hosts.size > 0) return hosts;
  const known = caseFile.hosts.slice(0, 10).map((host) => host.names[0] ?? host.id);
  throw new UsageError(
    `expected --host to name one of ${known.join(', ')}${caseFile.hosts.length > 10 ? ', …' : ''}, found ${quoted(name)}`,
  );
}

type View = (caseFile: CaseFile, options: ReportOptions) => string;

const VIEWS: ReadonlyMap<string, View> = new Map([
  ['md', reportMarkdown],
  ['json', reportJson],
]);
