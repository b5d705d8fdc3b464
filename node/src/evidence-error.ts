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

/** A path as it may stand in a message: in single quotes as a POSIX shell reads them, control characters escaped. */
export function quoted(path: string): string {
  const visible = path.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `'${visible.replaceAll("'", "'\\''")}'`;
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
