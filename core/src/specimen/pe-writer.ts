/** What a made library says about itself. */
export interface PeSpec {
  /** Four numbers with dots between them, each below 65536: `15.1.2176.2`. */
  readonly fileVersion: string;
  /** As `fileVersion`, which it is where absent. */
  readonly productVersion?: string;
  /** Names and values of the string table, in their order: `CompanyName`, `OriginalFilename`, … */
  readonly strings?: Readonly<Record<string, string>>;
  /** Bytes behind the version, so that specimens of one version differ. */
  readonly padding?: Uint8Array;
}

/**
 * Makes the smallest PE32+ library that carries a version resource: headers, and one section `.rsrc` with resource type
 * 16, name 1, language 1033. No code, no imports, no entry point; same spec, same bytes.
 *
 * @see Microsoft PE Format; VS_VERSIONINFO
 */
export function writePe(spec: PeSpec): Uint8Array {
  const version = versionResource(spec);
  const padding = spec.padding ?? new Uint8Array(0);
  const used = RESOURCE_TREE + align(version.length, 4) + padding.length;
  const stored = align(used, FILE_ALIGNMENT);
  const bytes = new Uint8Array(FILE_ALIGNMENT + stored);
  const view = new DataView(bytes.buffer);
  writeHeaders(view, used, stored);
  writeResourceTree(view, FILE_ALIGNMENT, version.length);
  bytes.set(version, FILE_ALIGNMENT + RESOURCE_TREE);
  bytes.set(padding, FILE_ALIGNMENT + RESOURCE_TREE + align(version.length, 4));
  return bytes;
}

function writeHeaders(view: DataView, used: number, stored: number): void {
  ascii(view, 0, 'MZ');
  view.setUint32(0x3c, PE_HEADER, true);
  ascii(view, PE_HEADER, 'PE\0\0');
  const coff = PE_HEADER + 4;
  view.setUint16(coff, 0x8664, true);
  view.setUint16(coff + 2, 1, true);
  view.setUint16(coff + 16, OPTIONAL_HEADER_BYTES, true);
  // EXECUTABLE_IMAGE, LARGE_ADDRESS_AWARE, DLL
  view.setUint16(coff + 18, 0x2022, true);
  const optional = coff + 20;
  view.setUint16(optional, 0x20b, true);
  view.setUint32(optional + 8, stored, true);
  view.setBigUint64(optional + 24, 0x180000000n, true);
  view.setUint32(optional + 32, SECTION_ALIGNMENT, true);
  view.setUint32(optional + 36, FILE_ALIGNMENT, true);
  view.setUint16(optional + 40, 6, true);
  view.setUint16(optional + 48, 6, true);
  view.setUint32(optional + 56, SECTION_ALIGNMENT + align(used, SECTION_ALIGNMENT), true);
  view.setUint32(optional + 60, FILE_ALIGNMENT, true);
  // Windows GUI
  view.setUint16(optional + 68, 2, true);
  view.setBigUint64(optional + 72, 0x100000n, true);
  view.setBigUint64(optional + 80, 0x1000n, true);
  view.setBigUint64(optional + 88, 0x100000n, true);
  view.setBigUint64(optional + 96, 0x1000n, true);
  view.setUint32(optional + 108, 16, true);
  view.setUint32(optional + 112 + 2 * 8, SECTION_ALIGNMENT, true);
  view.setUint32(optional + 112 + 2 * 8 + 4, used, true);
  const section = optional + OPTIONAL_HEADER_BYTES;
  ascii(view, section, '.rsrc');
  view.setUint32(section + 8, used, true);
  view.setUint32(section + 12, SECTION_ALIGNMENT, true);
  view.setUint32(section + 16, stored, true);
  view.setUint32(section + 20, FILE_ALIGNMENT, true);
  // INITIALIZED_DATA, MEM_READ
  view.setUint32(section + 36, 0x40000040, true);
}

/** Three directories of one entry each, then the entry that says where the version lies. */
function writeResourceTree(view: DataView, at: number, length: number): void {
  for (const [level, id] of [16, 1, 1033].entries()) {
    const directory = at + level * 24;
    view.setUint16(directory + 14, 1, true);
    view.setUint32(directory + 16, id, true);
    view.setUint32(directory + 20, (level + 1) * 24 + (level < 2 ? 0x80000000 : 0), true);
  }
  view.setUint32(at + 72, SECTION_ALIGNMENT + RESOURCE_TREE, true);
  view.setUint32(at + 76, length, true);
}

function versionResource(spec: PeSpec): Uint8Array {
  const strings = Object.entries(spec.strings ?? {}).map(([name, value]) => block(name, { text: value }));
  const table = block('040904B0', { children: strings });
  const translation = new Uint8Array([0x09, 0x04, 0xb0, 0x04]);
  const children = [
    block('StringFileInfo', { children: [table] }),
    block('VarFileInfo', { children: [block('Translation', { value: translation })] }),
  ];
  return block('VS_VERSION_INFO', { value: fixedVersion(spec), children });
}

/** @see VS_FIXEDFILEINFO */
function fixedVersion(spec: PeSpec): Uint8Array {
  const view = new DataView(new ArrayBuffer(52));
  view.setUint32(0, 0xfeef04bd, true);
  view.setUint32(4, 0x00010000, true);
  writeVersion(view, 8, spec.fileVersion);
  writeVersion(view, 16, spec.productVersion ?? spec.fileVersion);
  view.setUint32(24, 0x3f, true);
  // VOS_NT_WINDOWS32, VFT_DLL
  view.setUint32(32, 0x40004, true);
  view.setUint32(36, 2, true);
  return new Uint8Array(view.buffer);
}

/** The most significant half comes first, each half with its upper number in its upper 16 bits. */
function writeVersion(view: DataView, at: number, version: string): void {
  const [major = 0, minor = 0, build = 0, revision = 0] = version.split('.').map(Number);
  view.setUint32(at, major * 65536 + minor, true);
  view.setUint32(at + 4, build * 65536 + revision, true);
}

interface BlockContent {
  readonly value?: Uint8Array;
  readonly text?: string;
  readonly children?: readonly Uint8Array[];
}

/** One node of VS_VERSIONINFO: length, value length, type, key, value, children; value and children on 4-byte bounds. */
function block(key: string, { value, text, children = [] }: BlockContent): Uint8Array {
  const content = text === undefined ? (value ?? new Uint8Array(0)) : utf16(`${text}\0`);
  const head = align(6 + (key.length + 1) * 2, 4);
  let length = head + content.length;
  for (const child of children) length = align(length, 4) + child.length;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, length, true);
  view.setUint16(2, text === undefined ? content.length : content.length / 2, true);
  view.setUint16(4, value === undefined ? 1 : 0, true);
  bytes.set(utf16(`${key}\0`), 6);
  bytes.set(content, head);
  let at = head + content.length;
  for (const child of children) {
    at = align(at, 4);
    bytes.set(child, at);
    at += child.length;
  }
  return bytes;
}

function utf16(text: string): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let at = 0; at < text.length; at++) view.setUint16(at * 2, text.charCodeAt(at), true);
  return new Uint8Array(view.buffer);
}

function ascii(view: DataView, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) view.setUint8(at + index, text.charCodeAt(index));
}

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

const PE_HEADER = 0x80;
const OPTIONAL_HEADER_BYTES = 240;
const FILE_ALIGNMENT = 0x200;
const SECTION_ALIGNMENT = 0x1000;
/** Three directories with one entry (24 bytes each) and one data entry (16 bytes), then the version. */
const RESOURCE_TREE = 88;
