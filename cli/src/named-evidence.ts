import { readFileSync } from 'node:fs';

import { quoted, systemReason } from '@afterpatch/node/evidence-error.ts';

import type { NamedEvidence, OpeningOptions } from './engine-door.ts';
import { UsageError } from './exit-code.ts';

/** The flags of every verb that opens evidence. */
export interface EvidenceFlags {
  readonly snapshot?: readonly string[];
  readonly passwordFile?: readonly string[];
}

/**
 * What was named on the command line: paths, and `NAME=PATH` for each snapshot.
 *
 * @throws UsageError for a snapshot without a name or a path, for a name that is no name, and for a name that came before
 */
export function namedEvidence(paths: readonly string[], flags: EvidenceFlags): readonly NamedEvidence[] {
  const named: NamedEvidence[] = paths.map((path) => ({ path }));
  const names = new Set<string>();
  for (const text of flags.snapshot ?? []) {
    const cut = text.indexOf('=');
    const snapshot = text.slice(0, Math.max(0, cut));
    const path = text.slice(cut + 1);
    if (cut < 1 || path === '' || !SNAPSHOT_NAME.test(snapshot))
      throw new UsageError(
        `expected --snapshot as NAME=PATH with a name of letters, digits, dots, dashes and colons, found ${quoted(text)}`,
      );
    if (names.has(snapshot))
      throw new UsageError(`expected every snapshot to have its own name, found ${snapshot} twice`);
    names.add(snapshot);
    named.push({ path, snapshot });
  }
  if (named.length === 0) throw new UsageError('expected evidence: a path, or --snapshot NAME=PATH');
  return named;
}

/**
 * The passwords of all password files, one in each line, to be tried in that order. A password never stands on a command
 * line, where every process of the machine could read it.
 *
 * @throws UsageError if a file cannot be read, is larger than any such file, or holds no line
 */
export function openingOf(flags: EvidenceFlags): OpeningOptions {
  const passwords: Uint8Array[] = [];
  for (const file of flags.passwordFile ?? []) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(file);
    } catch (error) {
      throw new UsageError(`expected a readable --password-file ${quoted(file)}: ${systemReason(error)}`, {
        cause: error,
      });
    }
    if (bytes.length > MOST_PASSWORD_BYTES)
      throw new UsageError(`expected at most ${MOST_PASSWORD_BYTES} bytes in ${quoted(file)}, found ${bytes.length}`);
    const before = passwords.length;
    for (const line of linesOf(bytes)) if (line.length > 0) passwords.push(line);
    if (passwords.length === before)
      throw new UsageError(`expected a password in ${quoted(file)}, found only empty lines`);
  }
  return passwords.length === 0 ? {} : { passwords };
}

function linesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  // A password is bytes: its file may be in any code page. Only an editor's byte-order mark is taken off.
  const isMarked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  let start = isMarked ? 3 : 0;
  for (let at = start; at <= bytes.length; at += 1) {
    if (at < bytes.length && bytes[at] !== LINE_FEED) continue;
    const end = at > start && bytes[at - 1] === CARRIAGE_RETURN ? at - 1 : at;
    lines.push(Uint8Array.from(bytes.subarray(start, end)));
    start = at + 1;
  }
  return lines;
}

const SNAPSHOT_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._:+-]{0,63}$/u;
const MOST_PASSWORD_BYTES = 65_536;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
