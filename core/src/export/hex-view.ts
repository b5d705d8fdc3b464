/**
 * Bytes as a person reads them: offset in hex, sixteen bytes, and the same bytes as ASCII with a dot for the rest.
 *
 * @param offset of the first byte inside its artifact, so that the rows can be found again in any hex editor
 */
export function hexView(bytes: Uint8Array, offset: number): readonly string[] {
  const digits = Math.max(8, (offset + bytes.length).toString(16).length);
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += ROW) {
    const row = bytes.subarray(at, at + ROW);
    rows.push(`${(offset + at).toString(16).padStart(digits, '0')}  ${hexOf(row)}  ${textOf(row)}`);
  }
  return rows;
}

function hexOf(row: Uint8Array): string {
  const pairs = Array.from({ length: ROW }, (_, at) => row[at]?.toString(16).padStart(2, '0') ?? '  ');
  return pairs.join(' ');
}

function textOf(row: Uint8Array): string {
  return Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
}

const ROW = 16;
