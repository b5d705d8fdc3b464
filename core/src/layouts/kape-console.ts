import type { Draft } from './draft.ts';
import type { Listed } from './laid-out.ts';
import { manifestLines } from './manifest-rows.ts';

/**
 * Reads KAPE's console log for what was not copied, and for the machine. Lines: `[time | LVL] message` since 1.3,
 * `time | L | message` before; lines without such a head go on with the message before. Times are the machine's local
 * ones and are not used.
 *
 * The machine is the one KAPE ran on. It is the server only where KAPE read the running system's own drive `C:`; another
 * letter may be a mounted image on an examiner's machine.
 */
export async function readConsoleLog(log: Listed, draft: Draft): Promise<void> {
  let machine: string | undefined;
  let source: string | undefined;
  const totals = { errors: 0, named: 0, gone: 0, copied: 0, found: 0 };
  for await (const lines of manifestLines(log, draft)) {
    for (const { text } of lines) {
      const message = messageIn(text);
      if (message === undefined) continue;
      const failure = copyFailure(message) ?? vanished(message);
      if (failure !== undefined) {
        totals[failure.isCounted ? 'named' : 'gone'] += 1;
        draft.fail(failure.path, failure.says);
      } else if (message.startsWith('Command line:')) source ??= TARGET_SOURCE.exec(message.slice(0, 8192))?.[1];
      else if (message.startsWith('System info:')) machine ??= MACHINE.exec(message.slice(0, 1024))?.[1]?.trim();
      else addTotals(message.slice(0, 4096), totals);
    }
  }
  const { errors, named, gone, copied, found } = totals;
  if (errors > named)
    draft.failUnnamed(
      errors - named,
      `KAPE counted ${errors} files that could not be copied, its console log names ${named}`,
    );
  const rest = found - copied - Math.max(errors, named) - gone;
  if (found > 0 && rest > 0)
    draft.failUnnamed(rest, `KAPE found ${found} files and does not say what became of ${rest} of them`);
  if (machine === undefined || machine === '') return;
  if (/^c:?\\?$/i.test(source ?? '')) draft.host = machine.slice(0, 64);
  else
    draft.limit(
      `KAPE ran on ${machine.slice(0, 64)} and read ${source?.slice(0, 64) ?? 'an unnamed drive'}, which may be a mounted image: the machine is not taken from its log`,
    );
}

/** `Copied 3 (Deduplicated: 1) out of 6 files in 7.8 seconds. File copy errors: 1.` */
function addTotals(message: string, totals: { errors: number; copied: number; found: number }): void {
  const [, copied = '', duplicates = '0', found = ''] = COPIED.exec(message) ?? [];
  if (found === '') return;
  totals.copied += count(copied) + count(duplicates);
  totals.found += count(found);
  totals.errors += count(ERROR_COUNT.exec(message)?.[1] ?? '0');
}

/** Digits, grouped as the machine's language groups them. */
function count(written: string): number {
  return Number(written.replaceAll(/\D/g, ''));
}

interface Failure {
  readonly path: string;
  readonly says: string;
  /** KAPE counts it among its copy errors. */
  readonly isCounted: boolean;
}

function messageIn(line: string): string | undefined {
  const end = HEAD.exec(line.slice(0, 64))?.[0].length;
  return end === undefined ? undefined : line.slice(end).trim();
}

/** `Could not copy file <source> to <destination>. Error: <reason>`; either path may have ` to ` in it. */
function copyFailure(message: string): Failure | undefined {
  if (!message.startsWith(COPY_FAILED)) return undefined;
  const rest = message.slice(COPY_FAILED.length, COPY_FAILED.length + 8192);
  const error = rest.lastIndexOf('. Error: ');
  const paths = error < 0 ? rest : rest.slice(0, error);
  const destination = DESTINATION.exec(paths);
  const path = (destination === null ? paths : paths.slice(0, destination.index)).replace(/^'(.*)'$/s, '$1');
  const reason = error < 0 ? 'KAPE does not say why' : rest.slice(error + '. Error: '.length);
  return { path, says: `KAPE could not copy it: ${reason}`, isCounted: true };
}

function vanished(message: string): Failure | undefined {
  if (!message.startsWith('File ') || !message.endsWith(VANISHED)) return undefined;
  const path = message.slice('File '.length, -VANISHED.length).replace(/^'(.*)'$/s, '$1');
  return { path, says: 'KAPE found it and could not copy it: it was gone by then', isCounted: false };
}

const HEAD = /^\ufeff?(?:\[[\d\- :.]{10,32} \| [A-Z]{3}\] |[\d\- :.]{10,32} \| [A-Z] \| )/;
const COPY_FAILED = 'Could not copy file ';
const VANISHED = ' does not exist! Skipping!';
const DESTINATION = / to '?(?:[A-Za-z]:\\|\\\\)/;
const TARGET_SOURCE = /--tsource\s+"?([^\s"]{1,260})/i;
const MACHINE = /Machine name:\s*([^,]{1,256})/i;
const COPIED =
  /^Copied (\d[\d,.\u00a0\u202f]{0,15}) (?:\(Deduplicated: (\d[\d,.\u00a0\u202f]{0,15})\) )?out of (\d[\d,.\u00a0\u202f]{0,15}) files/;
const ERROR_COUNT = /File copy errors: (\d[\d,.\u00a0\u202f]{0,15})/;
