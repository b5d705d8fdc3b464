/** A path as it may stand in a message: in single quotes as a POSIX shell reads them, control characters escaped. */
export function quoted(path: string): string {
  const visible = path.replace(
    // oxlint-disable-next-line no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `'${visible.replaceAll("'", "'\\''")}'`;
}
