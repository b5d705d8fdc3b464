import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { caseText } from '@afterpatch/core/export/canonical-json.ts';
import { byteText, counted } from '@afterpatch/core/export/figures.ts';
import { terminalSummary } from '@afterpatch/core/export/terminal-summary.ts';
import { quoted, systemReason } from '@afterpatch/node/evidence-error.ts';

import { packsFor, runAssessment } from './assess.ts';
import { writeWhole } from './case-output.ts';
import { demoFiles, writeFiles } from './engine-door.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { pageOptions, write } from './terminal.ts';
import type { Shell } from './terminal.ts';

export interface DemoFlags {
  readonly folder?: string;
  readonly keep?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
}

/** Makes a small incident on disk and assesses it. Without `--folder` or `--keep` nothing of it is left behind. */
export async function demo(flags: DemoFlags, shell: Shell): Promise<number> {
  const folder = flags.folder === undefined ? mkdtempSync(join(tmpdir(), 'afterpatch-demo-')) : newFolder(flags.folder);
  const kept = flags.keep === true || flags.folder !== undefined;
  const forget = (): void => {
    if (!kept) rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', forget);
  try {
    const evidence = join(folder, 'evidence');
    const written = await writeFiles(evidence, await demoFiles());
    const made = `A made-up incident: ${counted(written.files, 'file', 'files')}, ${byteText(written.bytes)}, in ${quoted(evidence)}.\n`;
    if (flags.quiet !== true) await write(shell.err, made);
    const order = {
      evidence: [{ path: evidence }],
      opening: {},
      packs: await packsFor([]),
      asOf: undefined,
      workers: undefined,
      isVolume: false,
      trustedProxies: [],
    };
    const caseFile = await runAssessment(order, flags, shell);
    const casePath = join(folder, 'case.json');
    if (kept) await writeWhole(casePath, [caseText(caseFile)]);
    const options = {
      ...pageOptions(shell.out, shell, flags),
      ...(kept ? { caseName: casePath } : { howToKeep: 'Make it again with: afterpatch demo --folder DIR' }),
    };
    await write(shell.out, terminalSummary(caseFile, options));
    if (flags.quiet !== true) await write(shell.err, kept ? keptText(casePath, evidence) : GONE);
  } finally {
    process.off('exit', forget);
    forget();
  }
  return EXIT.done;
}

function newFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length === 0) return folder;
  } catch (error) {
    throw new UsageError(
      `expected a new or empty folder at ${quoted(folder)}, making it failed: ${systemReason(error)}`,
      { cause: error },
    );
  }
  throw new UsageError(`expected a new or empty folder at ${quoted(folder)}, it holds something`);
}

function keptText(casePath: string, evidence: string): string {
  return `\nTry: afterpatch explain ${quoted(casePath)} operated\n     afterpatch explain ${quoted(casePath)} FINDING --evidence ${quoted(evidence)}\n`;
}

const GONE = '\nThe made-up incident was removed again.\n';
