const POLYNOMIAL = 0xedb88320;
const TABLE = tables();

/**
 * CRC-32 as zip, gzip and EVTX use it: reflected polynomial 0xEDB88320, initial value and final XOR 0xFFFFFFFF.
 *
 * @param previous the result for the bytes before these, to go on where a run of bytes comes in pieces; 0 for none
 * @returns an unsigned 32-bit integer
 * @see RFC 1952 section 8
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  let at = 0;
  for (const whole = bytes.length - 7; at < whole; at += 8) {
    crc ^= (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    crc =
      (TABLE[0x700 + (crc & 0xff)] ?? 0) ^
      (TABLE[0x600 + ((crc >>> 8) & 0xff)] ?? 0) ^
      (TABLE[0x500 + ((crc >>> 16) & 0xff)] ?? 0) ^
      (TABLE[0x400 + (crc >>> 24)] ?? 0) ^
      (TABLE[0x300 + (bytes[at + 4] ?? 0)] ?? 0) ^
      (TABLE[0x200 + (bytes[at + 5] ?? 0)] ?? 0) ^
      (TABLE[0x100 + (bytes[at + 6] ?? 0)] ?? 0) ^
      (TABLE[bytes[at + 7] ?? 0] ?? 0);
  }
  for (; at < bytes.length; at += 1) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return ~crc >>> 0;
}

/** Eight tables of 256: table `n` carries a byte over `n` bytes of zero, so eight bytes are taken in one step. */
function tables(): Int32Array {
  const table = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    table[byte] = crc;
  }
  for (let index = 256; index < table.length; index += 1) {
    const crc = table[index - 256] ?? 0;
    table[index] = (crc >>> 8) ^ (table[crc & 0xff] ?? 0);
  }
  return table;
}
