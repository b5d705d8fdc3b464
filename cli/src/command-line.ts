import { escapeForTerminal } from '@afterpatch/core/export/escape.ts';
import { PackErrors } from '@afterpatch/core/packs/pack-error.ts';
import { Command, CommanderError } from 'commander';

import { assess } from './assess.ts';
import type { AssessFlags } from './assess.ts';
import { collect as listWhatToCollect } from './collect.ts';
import type { CollectFlags } from './collect.ts';
import { demo } from './demo.ts';
import type { DemoFlags } from './demo.ts';
import { diff } from './diff.ts';
import type { DiffFlags } from './diff.ts';
import { dump } from './dump.ts';
import type { DumpFlags } from './dump.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { explain } from './explain.ts';
import type { ExplainFlags } from './explain.ts';
import { checkPack, listPacks, showPack } from './packs.ts';
import type { PacksFlags } from './packs.ts';
import { report as reportCase } from './report.ts';
import type { ReportFlags } from './report.ts';
import { complain, write } from './terminal.ts';
import type { Shell } from './terminal.ts';
import { productVersion } from './version.ts';

/**
 * Runs one command line.
 *
 * @param words without the program itself
 * @returns the exit code; nothing is thrown
 */
export async function runCommandLine(words: readonly string[], shell: Shell): Promise<number> {
  const done = { code: EXIT.done as number };
  const pending: Promise<void>[] = [];
  const program = describe(shell, done, (stream, text) => pending.push(write(stream, text)));
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    done.code = exitCodeOf(error);
    await Promise.all(pending);
    await report(error, shell, { color: !words.includes('--no-color') });
  }
  await Promise.all(pending);
  return done.code;
}

function describe(shell: Shell, done: { code: number }, say: (stream: Shell['out'], text: string) => void): Command {
  const program = new Command('afterpatch');
  program
    .description(
      'Was this server broken into before it was patched, is a way back in still there, and how do you know?\nReads evidence, never touches it.',
    )
    .version(productVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show what a command does')
    .helpCommand('help [command]', 'the same as --help')
    .configureOutput({
      writeOut: (text) => say(shell.out, text),
      writeErr: (text) => say(shell.err, text),
      outputError: (text, print) => print(complaintOf(text)),
    })
    .exitOverride()
    .showSuggestionAfterError(true)
    .addHelpText('after', EXIT_HELP);
  addAssess(program, shell, done);
  addExplain(program, shell, done);
  addDiff(program, shell, done);
  addReport(program, shell, done);
  addCollect(program, shell, done);
  addDump(program, shell, done);
  addDemo(program, shell, done);
  addPacks(program, shell, done);
  return program;
}

function addAssess(program: Command, shell: Shell, done: { code: number }): void {
  verb(program, 'assess')
    .summary('assess evidence: headline, claims and coverage')
    .description(
      'Reads evidence (folders, the root of a mounted drive, zip, tar and tar.gz packages of collectors) and answers for every server in it: was it attacked, was it broken into, is a way back in still there, and what could not be seen. Archives are read where they lie; nothing is unpacked.',
    )
    .argument('[path...]', 'folders, archives or single files of evidence')
    .option(
      '--snapshot <name=path>',
      'evidence of one host at one of several times (backup, shadow copy, after the clean-up); may be given several times',
      collect,
    )
    .option(
      '--volume',
      'the evidence is the root of a mounted volume, complete as it was: what it does not hold was not there',
    )
    .option(
      '--trusted-proxy <cidr>',
      'a load balancer or proxy, such as 10.0.0.0/8: its address links nobody; may be given several times',
      collect,
    )
    .option('--password-file <file>', 'passwords of encrypted archives, one in each line', collect)
    .option('--workers <n>', 'read with so many threads; without it, one for each core, up to four')
    .option('-o, --output <file>', 'write the case file there, or to standard output with -; never beside the evidence')
    .option(
      '--pack <dir>',
      'use this pack folder or built-in pack instead of all built-in ones; may be given several times',
      collect,
      [],
    )
    .option(
      '--as-of <time>',
      'the moment that "still" and "now" mean, ISO 8601, UTC if no zone is given; without it, the last time in the evidence',
    )
    .option('-q, --quiet', 'no progress and no summary; without --output one line for each verdict')
    .option('--no-color', 'no colours (also NO_COLOR)')
    .option('--exit-verdict', 'exit with 10 targeted, 20 compromised, 30 not enough seen, 0 otherwise')
    .addHelpText(
      'after',
      example(
        'afterpatch assess /mnt/evidence --output case.json',
        'afterpatch assess MAIL01-kape.zip MAIL02-velociraptor.zip --password-file passwords.txt',
        'afterpatch assess --snapshot before=/mnt/vss1 --snapshot after=/mnt/now --as-of 2021-03-09T12:00:00Z',
      ),
    )
    .action(async (paths: string[], flags: AssessFlags) => {
      done.code = await assess(paths, flags, shell);
    });
}

function addExplain(program: Command, shell: Shell, done: { code: number }): void {
  verb(program, 'explain')
    .summary('show where a sentence comes from, down to the bytes')
    .description(
      'Shows why a claim has its answer, or what a finding saw and why that matters. Without a second argument it lists all claims and findings of the case.',
    )
    .argument('<case>', 'a case file')
    .argument('[what]', 'a claim (operated), a finding (its id, or the beginning of it) or a rule')
    .option('--host <name>', 'only of this server')
    .option(
      '--evidence <path>',
      'read the bytes again from this evidence and compare; may be given several times',
      collect,
    )
    .option('--snapshot <name=path>', 'the same, for evidence that was assessed as a snapshot', collect)
    .option('--password-file <file>', 'passwords of encrypted archives, one in each line', collect)
    .option('--pack <dir>', 'pack folder that knows the rule, if it is not built in', collect)
    .option('--no-color', 'no colours (also NO_COLOR)')
    .addHelpText(
      'after',
      `${example('afterpatch explain case.json', 'afterpatch explain case.json operated --host MAIL01', 'afterpatch explain case.json f-90be11d2acb8 --evidence /mnt/evidence')}\nExits with 66 if the evidence lacks a sighting or its bytes differ.\n`,
    )
    .action(async (path: string, what: string | undefined, flags: ExplainFlags) => {
      done.code = await explain(path, what, flags, shell);
    });
}

function addDiff(program: Command, shell: Shell, done: { code: number }): void {
  verb(program, 'diff')
    .summary('why a verdict changed between two cases')
    .description(
      'Compares two cases: what they were made of (evidence, packs, engine, options), and for every server and question that is answered otherwise which finding or which missing source made it so (docs/diff.md).',
    )
    .argument('<case1>', 'a case file')
    .argument('<case2>', 'another one, of the same servers')
    .option('-f, --format <format>', 'text for people, json for scripts', 'text')
    .option('-o, --output <file>', 'write there instead of standard output')
    .option('--no-color', 'no colours (also NO_COLOR)')
    .addHelpText(
      'after',
      `${example('afterpatch diff monday.json friday.json', 'afterpatch diff old.json new.json --format json | jq .changed')}\nExits with 0, whether or not a verdict changed.\n`,
    )
    .action(async (first: string, second: string, flags: DiffFlags) => {
      done.code = await diff(first, second, flags, shell);
    });
}

function addReport(program: Command, shell: Shell, done: { code: number }): void {
  verb(program, 'report')
    .summary('a view of a case file, for a ticket or a script')
    .description(
      'Writes a view of a case file: md, the Markdown that goes into a ticket, or json, a short summary for scripts (docs/report.md). Texts from the evidence are made harmless for either.',
    )
    .argument('<case>', 'a case file')
    .requiredOption('-f, --format <format>', 'md or json')
    .option('--host <name>', 'only of this server')
    .option('-o, --output <file>', 'write there instead of standard output')
    .addHelpText(
      'after',
      example(
        'afterpatch report case.json --format md',
        'afterpatch report case.json --format md --host MAIL01 --output ticket.md',
        'afterpatch report case.json --format json | jq .headline',
      ),
    )
    .action(async (path: string, flags: ReportFlags) => {
      done.code = await reportCase(path, flags, shell);
    });
}

function addCollect(program: Command, shell: Shell, done: { code: number }): void {
  verb(program, 'collect')
    .summary('what to collect from a server')
    .description(
      'Says what to collect so that the packs can answer: where it lies, how much to expect, what is overwritten first and so is copied first, and why each. It collects nothing itself.',
    )
    .requiredOption('--list', 'list it')
    .option(
      '-f, --format <format>',
      'text for people, kape for a target, velociraptor for an artifact, powershell for a script that copies',
      'text',
    )
    .option(
      '--pack <dir>',
      'for this pack folder or built-in pack instead of all built-in ones; may be given several times',
      collect,
      [],
    )
    .option('-o, --output <file>', 'write there instead of standard output')
    .option('--no-color', 'no colours (also NO_COLOR)')
    .addHelpText(
      'after',
      example(
        'afterpatch collect --list',
        'afterpatch collect --list --format kape --output Afterpatch.tkape',
        'afterpatch collect --list --format velociraptor --output Custom.Afterpatch.yaml',
        'afterpatch collect --list --format powershell --output collect.ps1',
      ),
    )
    .action(async (flags: CollectFlags) => {
      done.code = await listWhatToCollect(flags, shell);
    });
}

function addDump(program: Command, shell: Shell, done: { code: number }): void {
  verb(program, 'dump')
    .summary('one artifact as JSON Lines')
    .description(
      'Writes every record, gap and header line of one file as JSON Lines, in the field names of its own format.',
    )
    .argument('<file>', 'a log, an event log, or any other file of the evidence')
    .option('-o, --output <file>', 'write there instead of standard output; never beside the evidence')
    .addHelpText(
      'after',
      example(
        'afterpatch dump u_ex210303.log',
        'afterpatch dump "MSExchange Management.evtx" --output /tmp/events.jsonl',
      ),
    )
    .action(async (path: string, flags: DumpFlags) => {
      done.code = await dump(path, flags, shell);
    });
}

function addDemo(program: Command, shell: Shell, done: { code: number }): void {
  verb(program, 'demo')
    .summary('make a small incident on disk and assess it')
    .description(
      'Makes the evidence of a made-up incident, assesses it and shows the summary. The web shells in it are inert.',
    )
    .option('--folder <dir>', 'make it in this new or empty folder and keep it')
    .option('--keep', 'keep the temporary folder')
    .option('-q, --quiet', 'only the summary')
    .option('--no-color', 'no colours (also NO_COLOR)')
    .addHelpText('after', example('afterpatch demo', 'afterpatch demo --folder demo-incident'))
    .action(async (flags: DemoFlags) => {
      done.code = await demo(flags, shell);
    });
}

function addPacks(program: Command, shell: Shell, done: { code: number }): void {
  const packs = verb(program, 'packs')
    .summary('the campaign knowledge: list, show, check')
    .description('Packs hold what is known of a campaign: its questions, rules, builds, and what must be seen.')
    .addHelpText(
      'after',
      example('afterpatch packs list', 'afterpatch packs show exchange-2021-03', 'afterpatch packs check my-pack/'),
    );
  verb(packs, 'list')
    .description('List the built-in packs.')
    .option('--no-color', 'no colours (also NO_COLOR)')
    .addHelpText('after', example('afterpatch packs list'))
    .action(async (flags: PacksFlags) => {
      done.code = await listPacks(flags, shell);
    });
  verb(packs, 'show')
    .description('Show what a pack asks, what it must see, what to collect for it, and its rules.')
    .argument('<pack>', 'id of a built-in pack, or a pack folder')
    .option('--no-color', 'no colours (also NO_COLOR)')
    .addHelpText('after', example('afterpatch packs show exchange-2021-03'))
    .action(async (name: string, flags: PacksFlags) => {
      done.code = await showPack(name, flags, shell);
    });
  verb(packs, 'check')
    .description('Load a pack folder and name everything that is wrong with it, by file and line.')
    .argument('<dir>', 'a pack folder')
    .addHelpText('after', `${example('afterpatch packs check my-pack/')}\nExits with 65 if the pack has a fault.\n`)
    .action(async (folder: string) => {
      done.code = await checkPack(folder, shell);
    });
}

function verb(parent: Command, name: string): Command {
  return parent
    .command(name)
    .allowExcessArguments(false)
    .showHelpAfterError(`(afterpatch ${parent.name() === 'packs' ? 'packs ' : ''}${name} --help shows how)`);
}

/** Says on stderr what went wrong; of what is our fault, everything. */
async function report(error: unknown, shell: Shell, options: { readonly color: boolean }): Promise<void> {
  // Commander has said it already.
  if (error instanceof CommanderError) return;
  if (error instanceof PackErrors) {
    for (const { file, line, code, says } of error.errors)
      await complain(shell, `${file}:${line}: ${code} ${says}`, options);
    return;
  }
  const code = exitCodeOf(error);
  if (code !== EXIT.fault) {
    await complain(shell, error instanceof Error ? error.message : String(error), options);
    return;
  }
  await complain(shell, 'a fault of ours, please report it with the lines below', options);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  for (const line of stack.split('\n')) await complain(shell, line, options);
}

/** Commander's own complaints. They repeat what the shell's `*` found, and a name can hold anything. */
function complaintOf(text: string): string {
  const lines = text.trimEnd().split('\n');
  return `${lines
    .map((line) => escapeForTerminal(line))
    .join('\n')
    .replace(/^error: /, 'afterpatch: ')}\n`;
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function example(...lines: readonly string[]): string {
  return `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map((line) => `  ${line}\n`).join('')}`.trimEnd();
}

const EXIT_HELP = `
Examples:
  afterpatch demo
  afterpatch assess /mnt/evidence --output case.json
  afterpatch explain case.json operated

Exit codes: 0 done, whatever was found; 64 the command line; 65 a pack or rule;
66 evidence or case missing or not to be opened; 70 a fault of Afterpatch;
130 interrupted.`;
