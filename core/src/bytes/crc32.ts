const POLYNOMIAL = 0xedb88320;
const TABLES = tables();

/**
 * CRC-32 as zip, gzip and EVTX use it: reflected polynomial 0xEDB88320, initial value and final XOR 0xFFFFFFFF.
 *
 * @param previous the result for the bytes before these, to go on where a run of bytes comes in pieces; 0 for none
 * @returns an unsigned 32-bit integer
 * @see RFC 1952 section 8
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  const [t0, t1, t2, t3] = TABLES;
  let crc = ~previous;
  let at = 0;
  for (const whole = bytes.length - 3; at < whole; at += 4) {
    crc ^=
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24);
    crc =
      entry(t3, crc & 0xff) ^ entry(t2, (crc >>> 8) & 0xff) ^ entry(t1, (crc >>> 16) & 0xff) ^ entry(t0, crc >>> 24);
  }
  for (; at < bytes.length; at += 1) crc = (crc >>> 8) ^ entry(t0, (crc ^ byteAt(bytes, at)) & 0xff);
  return ~crc >>> 0;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function entry(table: Int32Array, index: number): number {
  return table[index] ?? 0;
}

/** Table `n` carries a byte over `n` bytes of zero, so four bytes are taken in one step. */
function tables(): readonly [Int32Array, Int32Array, Int32Array, Int32Array] {
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    first[byte] = crc;
  }
  const next = (table: Int32Array): Int32Array => table.map((crc) => (crc >>> 8) ^ entry(first, crc & 0xff));
  const second = next(first);
  const third = next(second);
  return [first, second, third, next(third)];
}
