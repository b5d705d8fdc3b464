import { parseIsoTime } from '@afterpatch/core/bytes/time.ts';
import { casePieces } from '@afterpatch/core/export/canonical-json.ts';
import { escapeForTerminal } from '@afterpatch/core/export/escape.ts';
import { terminalSummary } from '@afterpatch/core/export/terminal-summary.ts';
import type { CaseFile } from '@afterpatch/core/model/case-file.ts';
import type { Micros } from '@afterpatch/core/model/evidence.ts';
import { quoted } from '@afterpatch/node/evidence-error.ts';

import { outputPlace, writeWhole } from './case-output.ts';
import { assessEvidence, loadPackFolder, networkFault } from './engine-door.ts';
import type { AssessOrder, PackOfFolder } from './engine-door.ts';
import { EXIT, UsageError, verdictCode } from './exit-code.ts';
import { namedEvidence, openingOf } from './named-evidence.ts';
import type { EvidenceFlags } from './named-evidence.ts';
import { builtInPacks, namedPack } from './pack-folder.ts';
import { ProgressLine } from './progress-line.ts';
import { complain, pageOptions, write } from './terminal.ts';
import type { Shell, TextStream } from './terminal.ts';
import { productVersion } from './version.ts';

export interface AssessFlags extends EvidenceFlags {
  readonly output?: string;
  readonly pack?: readonly string[];
  readonly asOf?: string;
  readonly workers?: string;
  readonly volume?: boolean;
  readonly trustedProxy?: readonly string[];
  readonly quiet?: boolean;
  readonly color: boolean;
  readonly exitVerdict?: boolean;
}

/** The main job: evidence in; headline, claims and coverage out. */
export async function assess(paths: readonly string[], flags: AssessFlags, shell: Shell): Promise<number> {
  const asOf = flags.asOf === undefined ? undefined : momentOf(flags.asOf);
  const workers = flags.workers === undefined ? undefined : workersOf(flags.workers);
  const isVolume = flags.volume === true;
  const trustedProxies = flags.trustedProxy ?? [];
  await checkNetworks(trustedProxies);
  const evidence = namedEvidence(paths, flags);
  const opening = openingOf(flags);
  const folders = evidence.map(({ path }) => path);
  const place = flags.output === undefined || flags.output === '-' ? flags.output : outputPlace(flags.output, folders);
  const packs = await packsFor(flags.pack ?? []);
  const caseFile = await runAssessment(
    { evidence, opening, packs, asOf, workers, isVolume, trustedProxies },
    flags,
    shell,
  );
  await deliver(caseFile, { place, named: flags.output }, flags, shell);
  const advice = caseFile.limits.filter((limit) => limit.id.startsWith('advice/'));
  for (const { says } of advice) await complain(shell, says, { color: flags.color });
  // Nothing could be read but what has to be opened by hand first.
  if (advice.length > 0 && caseFile.artifacts.every((a) => a.records === 0)) return EXIT.evidence;
  return flags.exitVerdict === true ? verdictCode(caseFile.organisation.headline) : EXIT.done;
}

/** Runs the engine, with progress and faults on stderr. */
export async function runAssessment(
  order: Omit<AssessOrder, 'version' | 'onProgress' | 'onFault'>,
  flags: { readonly quiet?: boolean },
  shell: Shell,
): Promise<CaseFile> {
  const progress = new ProgressLine(shell.err, () => performance.now());
  const faults: string[] = [];
  try {
    return await assessEvidence({
      ...order,
      version: productVersion(),
      onProgress: (now) => {
        if (flags.quiet !== true) progress.show(now);
      },
      onFault: (where, error) => faults.push(faultText(where, error)),
    });
  } finally {
    progress.clear();
    for (const fault of faults) await write(shell.err, fault);
  }
}

/** The packs that were asked for, by folder or by built-in id; without a wish, all built-in packs. */
export async function packsFor(names: readonly string[]): Promise<readonly PackOfFolder[]> {
  const folders = names.length > 0 ? names.map(namedPack) : [...builtInPacks().values()];
  if (folders.length === 0) throw new Error('expected built-in packs beside the program, found none');
  const packs: PackOfFolder[] = [];
  for (const folder of folders) packs.push({ folder, pack: await loadPackFolder(folder) });
  for (const [at, { pack }] of packs.entries()) {
    if (packs.findIndex((p) => p.pack.id === pack.id) !== at)
      throw new UsageError(`expected every pack once, found ${pack.id} twice`);
  }
  return packs;
}

async function deliver(
  caseFile: CaseFile,
  output: { readonly place: string | undefined; readonly named: string | undefined },
  flags: AssessFlags,
  shell: Shell,
): Promise<void> {
  const onlyCase = output.place === '-';
  if (onlyCase) for (const piece of casePieces(caseFile)) await write(shell.out, piece);
  else if (output.place !== undefined) await writeWhole(output.place, casePieces(caseFile));
  if (flags.quiet === true) {
    if (output.place === undefined) await write(shell.out, verdictLines(caseFile));
    return;
  }
  const kept = onlyCase || output.named === undefined ? {} : { caseName: output.named };
  await writeSummary(caseFile, onlyCase ? shell.err : shell.out, { ...kept, color: flags.color }, shell);
}

async function writeSummary(
  caseFile: CaseFile,
  stream: TextStream,
  options: { readonly caseName?: string; readonly color: boolean },
  shell: Shell,
): Promise<void> {
  const { color, ...named } = options;
  await write(stream, terminalSummary(caseFile, { ...pageOptions(stream, shell, { color }), ...named }));
}

/** One line for each verdict, for scripts that keep no case: host, campaign, headline. */
function verdictLines(caseFile: CaseFile): string {
  return caseFile.verdicts
    .map((v) => `${[v.host, v.campaign, v.headline].map((text) => escapeForTerminal(text)).join('\t')}\n`)
    .join('');
}

function workersOf(text: string): number {
  const workers = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (workers < 1 || workers > MOST_WORKERS)
    throw new UsageError(`expected --workers between 1 and ${MOST_WORKERS}, found ${quoted(text)}`);
  return workers;
}

async function checkNetworks(texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    const fault = await networkFault(text);
    if (fault !== undefined)
      throw new UsageError(`expected --trusted-proxy as a network such as 10.0.0.0/8, found ${quoted(text)}: ${fault}`);
  }
}

function momentOf(text: string): Micros {
  const at = parseIsoTime(text, { unzonedIsUtc: true });
  if (at === undefined)
    throw new UsageError(`expected --as-of in ISO 8601, such as 2021-03-09T10:00:00Z, found ${quoted(text)}`);
  return at;
}

function faultText(where: string, error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = stack.split('\n').map((line) => `  ${escapeForTerminal(line)}\n`);
  return `afterpatch: fault of ours while reading ${escapeForTerminal(where)}; the case says so too\n${lines.join('')}`;
}

const MOST_WORKERS = 64;
