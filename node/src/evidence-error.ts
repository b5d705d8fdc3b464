export { quoted } from '@afterpatch/core/containers/quoted.ts';

/** The evidence is missing or cannot be opened. One line: what was expected and what stood there. The CLI exits with 66. */
export class EvidenceError extends Error {
  override readonly name: string = 'EvidenceError';
}

/** The system's own word for a failed call: `EACCES (permission denied)`. Never the whole message, which repeats the path. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code !== 'string') return error.message;
  const known = REASONS.get(code);
  return known === undefined ? code : `${code} (${known})`;
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'operation not permitted'],
  ['ENOENT', 'no such file'],
  ['ENOTDIR', 'a part of the path is not a folder'],
  ['EIO', 'input/output error'],
  ['ELOOP', 'symbolic link'],
  ['ENAMETOOLONG', 'path too long'],
  ['EMFILE', 'too many open files'],
  ['ENXIO', 'no such device'],
  ['ESTALE', 'stale network file'],
]);
