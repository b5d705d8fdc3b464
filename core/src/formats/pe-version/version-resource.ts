import { decodeUtf16 } from '../../bytes/text.ts';

export interface Version {
  /** In the order of the resource: the two versions of four numbers, then the strings. */
  readonly fields: ReadonlyMap<string, string>;
  readonly damage: readonly Damage[];
}

interface Damage {
  readonly at: number;
  readonly length: number;
  readonly says: string;
}

/**
 * Reads VS_VERSIONINFO: a tree of blocks, each with its length, the length of its value, a key in UTF-16, and value and
 * children on 4-byte bounds. Lengths of values are not relied on: compilers count them in bytes and in units.
 */
export function readVersion(bytes: Uint8Array): Version {
  const fields = new Map<string, string>();
  const damage: Damage[] = [];
  const root = blockAt(bytes, 0, bytes.length);
  if (root === undefined || root.key !== 'VS_VERSION_INFO') {
    return {
      fields,
      damage: [{ at: 0, length: bytes.length, says: 'expected the block VS_VERSION_INFO, stood something else' }],
    };
  }
  let children = root.body;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (
    root.valueLength >= FIXED_BYTES &&
    root.body + FIXED_BYTES <= root.end &&
    view.getUint32(root.body, true) === FIXED_SIGNATURE
  ) {
    fields.set('FileVersion', versionAt(view, root.body + 8));
    fields.set('ProductVersion', versionAt(view, root.body + 16));
    children = align(root.body + root.valueLength);
  } else {
    damage.push({
      at: 0,
      length: root.end,
      says: 'expected VS_FIXEDFILEINFO with its signature, stood something else',
    });
  }
  for (const group of blocks(bytes, children, root.end, damage)) {
    if (group.key !== 'StringFileInfo') continue;
    for (const table of blocks(bytes, group.body, group.end, damage)) readStrings(bytes, table, fields, damage);
  }
  return { fields, damage };
}

interface Block {
  readonly key: string;
  readonly valueLength: number;
  /** Where the value or the first child begins. */
  readonly body: number;
  readonly end: number;
}

function readStrings(bytes: Uint8Array, table: Block, fields: Map<string, string>, damage: Damage[]): void {
  for (const text of blocks(bytes, table.body, table.end, damage)) {
    const name = text.key === 'FileVersion' || text.key === 'ProductVersion' ? `${text.key}Text` : text.key;
    const value = textAt(bytes, text.body, text.end);
    if (name !== '' && value !== '' && !fields.has(name)) fields.set(name, value);
    if (fields.size < MAX_FIELDS) continue;
    damage.push({
      at: text.end,
      length: table.end - text.end,
      says: `expected at most ${MAX_FIELDS} strings, there are more`,
    });
    return;
  }
}

function* blocks(bytes: Uint8Array, from: number, to: number, damage: Damage[]): Generator<Block, void, undefined> {
  let at = from;
  // Fewer bytes than a block's head are padding.
  while (at + HEAD_BYTES <= to) {
    const block = blockAt(bytes, at, to);
    if (block === undefined) {
      damage.push({ at, length: to - at, says: 'expected a block of the version resource, its length does not fit' });
      return;
    }
    yield block;
    at = align(block.end);
  }
}

function blockAt(bytes: Uint8Array, at: number, to: number): Block | undefined {
  if (at + HEAD_BYTES > to) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint16(at, true);
  const end = at + length;
  if (length < HEAD_BYTES || end > to) return undefined;
  const key = textAt(bytes, at + HEAD_BYTES, end);
  return {
    key,
    valueLength: view.getUint16(at + 2, true),
    body: Math.min(end, align(at + HEAD_BYTES + (key.length + 1) * 2)),
    end,
  };
}

/** UTF-16 up to the first NUL, at most 4,096 units. */
function textAt(bytes: Uint8Array, from: number, to: number): string {
  let end = from;
  const last = Math.min(to, from + MAX_TEXT_BYTES);
  while (end + 2 <= last && (bytes[end] !== 0 || bytes[end + 1] !== 0)) end += 2;
  return decodeUtf16(bytes.subarray(from, end), 'utf-16le');
}

function versionAt(view: DataView, at: number): string {
  const high = view.getUint32(at, true);
  const low = view.getUint32(at + 4, true);
  return `${high >>> 16}.${high & 0xffff}.${low >>> 16}.${low & 0xffff}`;
}

function align(at: number): number {
  return (at + 3) & ~3;
}

const HEAD_BYTES = 6;
const FIXED_BYTES = 52;
const FIXED_SIGNATURE = 0xfeef04bd;
const MAX_FIELDS = 256;
const MAX_TEXT_BYTES = 8192;
