import type { Micros } from '../model/evidence.ts';
import { shellName } from './disk-image.ts';
import type { Draft } from './draft.ts';
import type { Listed } from './laid-out.ts';
import { numberOf, objectRows, propertyOf, textOf, wholeJson } from './manifest-rows.ts';
import { namedPath } from './named-path.ts';

/** `client_info.json`: the machine's names, at the top or in `os_info`. */
export async function readClientSheet(file: Listed, draft: Draft): Promise<void> {
  const sheet = await wholeJson(file, draft);
  draft.host ??= hostIn(propertyOf(sheet, 'os_info')) ?? hostIn(sheet);
}

/** The results of `Generic.Client.Info`, which older collections have instead. */
export async function readClientRow(file: Listed, draft: Draft): Promise<void> {
  for await (const rows of objectRows(file, draft)) for (const { row } of rows) draft.host ??= hostIn(row);
}

/** `collection_context.json`: when the collection ran, and whether it came to its end. */
export async function readContext(file: Listed, draft: Draft): Promise<void> {
  const context = await wholeJson(file, draft);
  draft.collectedAt ??=
    time(numberOf(context, 'active_time')) ??
    time(numberOf(context, 'start_time')) ??
    time(numberOf(context, 'create_time'));
  const state = textOf(context, 'state')?.toUpperCase();
  if (state !== undefined && state !== 'FINISHED' && state !== '2')
    draft.failUnnamed(
      1,
      `the collection ended in state ${state.slice(0, 40)}: ${textOf(context, 'status')?.slice(0, 200) ?? 'no reason given'}`,
    );
}

/**
 * `log.json`: what the collector said while it worked. A file it found and left out for its size, and a file that an error
 * names, was not collected.
 */
export async function readLog(file: Listed, draft: Draft): Promise<void> {
  let errors = 0;
  let first = '';
  for await (const rows of objectRows(file, draft)) {
    for (const { row } of rows) {
      const message = (textOf(row, 'message') ?? textOf(row, 'Message') ?? '').slice(0, 8192).trim();
      const skipped = SKIPPED.exec(message)?.[1];
      if (skipped !== undefined) {
        draft.fail(skipped, 'Velociraptor left it out: it is larger than the collection allowed');
        continue;
      }
      if (TIMED_OUT.test(message))
        draft.failUnnamed(1, 'the collection was stopped: it took longer than it was allowed');
      const level = textOf(row, 'level') ?? textOf(row, 'Level') ?? '';
      if (!/^error$/i.test(level) && !/^error\b/i.test(message)) continue;
      errors += 1;
      if (first === '') first = message;
      const named = namedPath(message);
      if (named !== undefined) draft.fail(named, `Velociraptor met an error at it: ${message}`);
    }
  }
  if (errors > 0) draft.limit(`Velociraptor's log has ${errors} errors, the first of them: ${first.slice(0, 200)}`);
}

/**
 * `metadata.json` of a protected collection: `[{"EncryptedPass": …, "Scheme": "X509", "PublicKey": …}]`.
 *
 * @returns whether it says so
 */
export async function readEncryption(file: Listed, draft: Draft): Promise<boolean> {
  const sheet = await wholeJson(file, draft);
  const row: unknown = Array.isArray(sheet) ? sheet[0] : sheet;
  const scheme = textOf(row, 'Scheme') ?? textOf(row, 'scheme');
  if (scheme === undefined && textOf(row, 'EncryptedPass') === undefined) return false;
  const zip = file.container?.slice(file.container.lastIndexOf('/') + 1) ?? 'COLLECTION.zip';
  const path = `${draft.root}data.zip`;
  draft.limit(`the collection is encrypted (${(scheme ?? 'unknown scheme').slice(0, 40)}) and was not read`);
  if (/^pgp$/i.test(scheme ?? ''))
    draft.advise(
      path,
      "encrypted Velociraptor collection (PGP): decrypt EncryptedPass of metadata.json with the key's owner, write the result into a file and name it with --password-file",
    );
  else
    draft.advise(
      path,
      `encrypted Velociraptor collection (X509): on the server that made the collector run \`velociraptor --config server.config.yaml unzip ${shellName(zip)} --dump_dir OUT\`, then assess OUT`,
    );
  return true;
}

function hostIn(sheet: unknown): string | undefined {
  for (const name of ['fqdn', 'Fqdn', 'hostname', 'Hostname']) {
    const host = textOf(sheet, name)?.trim();
    if (host !== undefined && host !== '') return host.slice(0, 255);
  }
  return undefined;
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size. */
function time(value: number | undefined): Micros | undefined {
  if (value === undefined || value <= 0) return undefined;
  const scale = SCALES.find(([least]) => value >= least)?.[1] ?? 1e6;
  return Math.round(value * scale);
}

const SCALES: readonly (readonly [number, number])[] = [
  [1e17, 1e-3],
  [1e14, 1],
  [1e11, 1e3],
];
const TIMED_OUT = /\bcollection timed out\b/i;
const SKIPPED = /^skipping file (.{1,4096}?) due to (?:max\w+|size)/is;
