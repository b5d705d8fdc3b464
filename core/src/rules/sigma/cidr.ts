/** An address as 16 bytes; IPv4 as its IPv4-mapped form `::ffff:a.b.c.d` (RFC 4291 2.5.5.2). */
type Address = readonly number[];

/** A network: an address and how many of its 128 leading bits count. */
export interface Cidr {
  readonly base: Address;
  readonly bits: number;
}

const LONGEST = 64;
const V4_PREFIX: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/**
 * Reads `10.0.0.0/8`, `fe80::/10` or a single address.
 *
 * @returns what is wrong with it, as the end of a message, where it is none
 */
export function parseCidr(text: string): Cidr | string {
  const [address = '', length, ...rest] = text.split('/');
  const base = parseAddress(address);
  if (base === undefined || rest.length > 0) return 'is no IPv4 or IPv6 network';
  const v4 = address.includes('.') && !address.includes(':');
  const width = v4 ? 32 : 128;
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return 'has no number behind its slash';
  const given = length === undefined ? width : Number(length);
  if (given > width) return `has more than ${width} bits`;
  const bits = v4 ? given + 96 : given;
  if (!sameBits(base, masked(base, bits), 128)) return `has bits set behind the first ${given}`;
  return { base, bits };
}

/** Whether text is an address inside the network. Brackets, a zone and IPv4-mapped notation are understood. */
export function holdsAddress(cidr: Cidr, text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && sameBits(cidr.base, address, cidr.bits);
}

/** @returns `undefined` for text that is no address; octets with leading zeros are none */
export function parseAddress(text: string): Address | undefined {
  if (text.length > LONGEST) return undefined;
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (!bare.includes(':')) {
    const v4 = parseV4(bare);
    return v4 === undefined ? undefined : [...V4_PREFIX, ...v4];
  }
  const zone = bare.indexOf('%');
  return parseV6(zone < 0 ? bare : bare.slice(0, zone));
}

function parseV4(text: string): Address | undefined {
  const octets = text.split('.');
  if (octets.length !== 4) return undefined;
  const bytes: number[] = [];
  for (const octet of octets) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(octet) || Number(octet) > 255) return undefined;
    bytes.push(Number(octet));
  }
  return bytes;
}

function parseV6(text: string): Address | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const front = groups(halves[0] ?? '');
  const back = halves.length === 2 ? groups(halves[1] ?? '') : [];
  if (front === undefined || back === undefined) return undefined;
  const missing = 16 - front.length - back.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return [...front, ...Array.from({ length: missing }, () => 0), ...back];
}

/** Bytes of `a:b:c`, where the last group may be an IPv4 address. */
function groups(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1 && part.includes('.')) {
      const v4 = parseV4(part);
      if (v4 === undefined) return undefined;
      bytes.push(...v4);
    } else {
      if (!/^[0-9A-Fa-f]{1,4}$/.test(part)) return undefined;
      const group = Number.parseInt(part, 16);
      bytes.push(group >> 8, group & 0xff);
    }
  }
  return bytes;
}

function masked(address: Address, bits: number): Address {
  return address.map((byte, i) => byte & maskOf(bits - i * 8));
}

function sameBits(a: Address, b: Address, bits: number): boolean {
  for (let i = 0; i * 8 < bits; i += 1) {
    const mask = maskOf(bits - i * 8);
    if (((a[i] ?? 0) & mask) !== ((b[i] ?? 0) & mask)) return false;
  }
  return true;
}

/** The mask of a byte of which the first `bits` count. */
function maskOf(bits: number): number {
  if (bits >= 8) return 0xff;
  return bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}
