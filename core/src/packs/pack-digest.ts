/**
 * Identity of a pack's knowledge: SHA-256 over the lines `<sha256>  <path>\n` of its files, sorted by path in code-unit
 * order (the output format of sha256sum). `README.md` and `cases/` are left out: they change no verdict.
 *
 * @returns `sha256:` and lower-case hex
 */
export function packDigest(files: ReadonlyMap<string, Uint8Array>, sha256Hex: (bytes: Uint8Array) => string): string {
  const lines = [...files.keys()]
    .filter((path) => path !== 'README.md' && !path.startsWith('cases/'))
    .toSorted()
    .map((path) => `${sha256Hex(files.get(path) ?? new Uint8Array())}  ${path}\n`);
  return `sha256:${sha256Hex(new TextEncoder().encode(lines.join('')))}`;
}
