/**
 * Gives every member of one container a path of its own that stays below the container.
 *
 * A name is taken as its packer meant it, not as the host would: `\` and `/` both divide; a drive (`C:\inetpub`,
 * `\\?\C:\inetpub`) becomes its letter (`C/inetpub`), as collectors spell it; a leading `/` and parts that are empty or
 * `.` are dropped. A part `..` is never followed: it is written `%2E%2E`, so that the path shows what was tried, and
 * the member is told apart from those that name no such thing. A NUL is written `%00`. Parts behind the 128th are one. A
 * name that stood before gets `~2`, `~3`, … at its end.
 */
export class MemberPaths {
  readonly #taken: Set<string>;
  readonly #next = new Map<string, number>();
  readonly #occupied = new Set<string>();
  readonly #folders = new Set<string>();
  #isOverfull = false;

  /** @param reserved paths that no member may have */
  constructor(reserved: readonly string[] = []) {
    this.#taken = new Set(reserved);
  }

  /** The path of a member that is a file, or something else that makes its folder not empty. */
  file(name: string): MemberPath {
    const cleaned = cleanPath(name);
    // Where both are the same, the string of the name is kept, and not two of a million.
    const path = this.#unique(cleaned.path === '' ? 'unnamed' : cleaned.path === name ? name : cleaned.path);
    this.#addAncestors(path, this.#occupied);
    return { ...cleaned, path, isTwin: path !== cleaned.path && cleaned.path !== '' };
  }

  /** There are more folders than are kept in mind, so that nothing is said about empty ones. */
  get isOverfull(): boolean {
    return this.#isOverfull;
  }

  folder(name: string): void {
    const { path } = cleanPath(name);
    if (path === '' || this.#isOverfull) return;
    this.#folders.add(path);
    this.#addAncestors(path, this.#folders);
  }

  /** Folders that the container names and puts no file into, in code unit order. */
  emptyFolders(): readonly string[] {
    if (this.#isOverfull) return [];
    return [...this.#folders].filter((folder) => !this.#occupied.has(folder)).toSorted();
  }

  /** A path under which the members of a container inside this one can stand: its own, unless others stand there. */
  below(path: string): string {
    let free = path;
    for (let at = 2; this.#occupied.has(free) || (free !== path && this.#taken.has(free)); at += 1)
      free = `${path}~${at}`;
    this.#occupied.add(free);
    return free;
  }

  #addAncestors(path: string, to: Set<string>): void {
    for (let cut = path.lastIndexOf('/'); cut > 0 && !this.#isOverfull; cut = path.lastIndexOf('/', cut - 1)) {
      const folder = path.slice(0, cut);
      if (to.has(folder)) return;
      to.add(folder);
      this.#isOverfull = this.#occupied.size + this.#folders.size > MOST_FOLDERS;
    }
  }

  #unique(path: string): string {
    let free = path;
    if (this.#taken.has(path)) {
      let at = this.#next.get(path) ?? 2;
      do free = `${path}~${at++}`;
      while (this.#taken.has(free));
      this.#next.set(path, at);
    }
    this.#taken.add(free);
    return free;
  }
}

export interface MemberPath {
  readonly path: string;
  /** The name has a part `..`. */
  readonly isClimbing: boolean;
  /** The name has so many parts that the last of them are written as one. */
  readonly isDeep: boolean;
  /** The name stood before. */
  readonly isTwin: boolean;
}

/** @returns a path that may be empty, without the container's own */
export function cleanPath(name: string): Omit<MemberPath, 'isTwin'> {
  let isClimbing = false;
  const parts: string[] = [];
  for (const part of name.replaceAll('\\', '/').replaceAll('\0', '%00').split('/')) {
    if (part === '' || part === '.' || (part === '?' && parts.length === 0)) continue;
    const drive = parts.length === 0 ? DRIVE.exec(part) : null;
    if (drive !== null) {
      parts.push(drive[1] ?? '');
      if (drive[2] === '' || drive[2] === undefined) continue;
      if (drive[2] !== '..') parts.push(drive[2]);
    }
    if (part === '..' || drive?.[2] === '..') {
      isClimbing = true;
      parts.push('%2E%2E');
    } else if (drive === null) parts.push(part);
  }
  const isDeep = parts.length > DEEPEST;
  if (isDeep) parts.push(parts.splice(DEEPEST - 1).join('%2F'));
  return { path: parts.join('/'), isClimbing, isDeep };
}

/** Text of a name; what is not UTF-8 becomes `%XX`, and then `%` is `%25`, as for the names of a folder. */
export function nameOfUtf8(bytes: Uint8Array): string {
  const whole = utf8(bytes);
  if (whole !== undefined) return whole;
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const char = charAt(bytes, at);
    if (char === undefined) text += `%${(bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')}`;
    else text += char.code === PERCENT ? '%25' : String.fromCodePoint(char.code);
    at += char?.length ?? 1;
  }
  return text;
}

/** @returns `undefined` if the bytes are not UTF-8 */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return STRICT.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The UTF-8 sequence at `at`, if it is one. @see The Unicode Standard, table 3-7 */
function charAt(bytes: Uint8Array, at: number): { code: number; length: number } | undefined {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { code: first, length: 1 };
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return undefined;
  let code = first & (0x7f >> length);
  for (let next = at + 1; next < at + length; next += 1) {
    const byte = bytes[next] ?? 0;
    if ((byte & 0xc0) !== 0x80) return undefined;
    code = (code << 6) | (byte & 0x3f);
  }
  const isShortest = code >= (length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000);
  const isSurrogate = code >= 0xd800 && code < 0xe000;
  return isShortest && !isSurrogate && code < 0x110000 ? { code, length } : undefined;
}

const DRIVE = /^([A-Za-z]):(.*)$/s;
const PERCENT = 0x25;
const DEEPEST = 128;
const MOST_FOLDERS = 2 ** 20;
export const TOO_DEEP: string = `name has more than ${DEEPEST} parts: the last of them are written as one`;
export const TOO_MANY_FOLDERS: string = `members lie in more than ${MOST_FOLDERS} folders: which folders are empty is not told`;
const STRICT: TextDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
