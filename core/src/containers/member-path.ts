/**
 * Gives every member of one container a path of its own that stays below the container.
 *
 * A name is taken as its packer meant it, not as the host would: `\` and `/` both divide; a drive (`C:\inetpub`,
 * `\\?\C:\inetpub`) becomes its letter (`C/inetpub`), as collectors spell it; a leading `/` and parts that are empty or
 * `.` are dropped. A part `..` is never followed: it is written `%2E%2E`, so that the path shows what was tried, and
 * the member is told apart from those that name no such thing. A NUL is written `%00`. A name that stood before gets
 * `~2`, `~3`, … at its end.
 */
export class MemberPaths {
  readonly #taken: Set<string>;
  readonly #next = new Map<string, number>();
  readonly #occupied = new Set<string>();
  readonly #folders = new Set<string>();

  /** @param reserved paths that no member may have */
  constructor(reserved: readonly string[] = []) {
    this.#taken = new Set(reserved);
  }

  /** The path of a member that is a file, or something else that makes its folder not empty. */
  file(name: string): MemberPath {
    const cleaned = cleanPath(name);
    const path = this.#unique(cleaned.path === '' ? 'unnamed' : cleaned.path);
    addAncestors(path, this.#occupied);
    return { path, isClimbing: cleaned.isClimbing, isTwin: path !== cleaned.path && cleaned.path !== '' };
  }

  folder(name: string): void {
    const { path } = cleanPath(name);
    if (path === '') return;
    this.#folders.add(path);
    addAncestors(path, this.#folders);
  }

  /** Folders that the container names and puts no file into, in code unit order. */
  emptyFolders(): readonly string[] {
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
  /** The name stood before. */
  readonly isTwin: boolean;
}

/** @returns a path that may be empty, without the container's own */
export function cleanPath(name: string): { path: string; isClimbing: boolean } {
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
  return { path: parts.join('/'), isClimbing };
}

/** Text of a name; what is not UTF-8 becomes `%XX`, and then `%` is `%25`, as for the names of a folder. */
export function nameOfUtf8(bytes: Uint8Array): string {
  const whole = utf8(bytes);
  if (whole !== undefined) return whole;
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    const char = utf8(bytes.subarray(at, at + length)) ?? '';
    if (length === 0) text += `%${(bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')}`;
    else text += char === '%' ? '%25' : char;
    at += Math.max(1, length);
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

/** Length of the valid UTF-8 sequence at `at`, 0 if there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length += 1) {
    if (utf8(bytes.subarray(at, at + length)) !== undefined) return length;
  }
  return 0;
}

function addAncestors(path: string, to: Set<string>): void {
  for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
    const folder = path.slice(0, cut);
    if (to.has(folder)) return;
    to.add(folder);
  }
}

const DRIVE = /^([A-Za-z]):(.*)$/s;
const STRICT: TextDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
