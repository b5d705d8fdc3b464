import { percentDecoded } from './url.ts';

/** What a path of the evidence, or a path that a record wrote, says as a path of Windows. */
export interface WindowsPath {
  /** One upper-case letter; `undefined` where the path does not say on which drive it lies. */
  readonly drive: string | undefined;
  /** Below the drive, or below the evidence root where no drive stands in the path; as written, without stream. */
  readonly parts: readonly string[];
  /** Name of an alternate data stream; the unnamed stream (`x.aspx::$DATA`) is the file itself. */
  readonly stream: string | undefined;
  /** Lower case, `/` between the parts, in front `c:/` where the drive is known, behind `:stream`: equal where Windows opens the same. */
  readonly lower: string;
}

/**
 * Reads a path of the evidence as a path of Windows.
 *
 * Known forms of the drive: `C/Windows`, `C:/Windows`, `C:\Windows`, `\\?\C:\Windows`, `C%3A/Windows` and
 * `%5C%5C.%5CC%3A/$MFT` (Velociraptor, which then writes the whole rest percent-encoded), `c$/Windows` (administrative
 * share), `[root]/Windows` (FTK Imager, the letter unknown), a volume shadow copy's device name; each below any folders
 * that name the case or the machine. A bare letter counts as drive at the begin, or where a folder follows that Windows
 * and Exchange have at the top of a drive.
 *
 * As Windows does: no difference of case, `\` is `/`, dots and spaces at the end of a part are dropped, `.` and `..` are
 * resolved. Not resolved: short names (`PROGRA~1`), links, mount points.
 */
export function windowsPath(path: string): WindowsPath {
  const { drive, parts } = split(path);
  const resolved = resolve(parts);
  const { name, stream } = splitStream(resolved.at(-1) ?? '');
  if (name !== '') resolved[resolved.length - 1] = name;
  const plain = resolved.join('/').toLowerCase();
  const front = drive === undefined ? '' : `${drive.toLowerCase()}:/`;
  return {
    drive,
    parts: resolved,
    stream,
    lower: `${front}${plain}${stream === undefined ? '' : `:${stream.toLowerCase()}`}`,
  };
}

/**
 * The folders above the drive, as the evidence spells them, `/` between them: what artifacts of one machine share. Empty
 * where no drive stands in the path or nothing stands above it. Folders in which a tool sorts one machine's files by the
 * way it read them (`uploads/auto`, `uploads/ntfs`, FTK's partition and volume) are not counted.
 */
export function machineRoot(path: string): string {
  const { above } = split(path);
  let end = above.length;
  while (end > 0 && TOOL_FOLDERS.test(above[end - 1] ?? '')) end--;
  return above.slice(0, end).join('/');
}

interface Split {
  readonly drive: string | undefined;
  readonly above: readonly string[];
  readonly parts: readonly string[];
}

function split(path: string): Split {
  const parts = path.replaceAll('\\', '/').split('/');
  const last = Math.min(parts.length, DEEPEST_DRIVE);
  for (let at = 0; at < last; at++) {
    const found = driveAt(parts, at);
    if (found === undefined) continue;
    const rest = parts.slice(at + 1);
    const below = found.encoded ? percentDecoded(rest.join('/')).replaceAll('\\', '/').split('/') : rest;
    const begin = found.rest === undefined ? below : [found.rest, ...below];
    return { drive: found.drive, above: parts.slice(0, at).filter(isFolderName), parts: begin };
  }
  return { drive: undefined, above: [], parts };
}

interface DriveFound {
  readonly drive: string | undefined;
  /** Whether the rest of the path is percent-encoded, part by part. */
  readonly encoded: boolean;
  /** What stands in the same part behind the drive: `C:x.txt`. */
  readonly rest: string | undefined;
}

function driveAt(parts: readonly string[], at: number): DriveFound | undefined {
  const part = parts[at] ?? '';
  if (part.length > LONGEST_DRIVE) return undefined;
  const plain = PLAIN_DRIVE.exec(part);
  if (plain !== null)
    return { drive: plain[1]?.toUpperCase(), encoded: false, rest: plain[2] === '' ? undefined : plain[2] };
  const encoded = ENCODED_DEVICE.exec(part);
  if (encoded !== null) return { drive: encoded[1]?.toUpperCase(), encoded: true, rest: undefined };
  const share = SHARE.exec(part);
  if (share !== null) return { drive: share[1]?.toUpperCase(), encoded: false, rest: undefined };
  if (part === '[root]' || SHADOW_COPY.test(part)) return { drive: undefined, encoded: false, rest: undefined };
  const letter = /^[A-Za-z]$/.test(part) && (at === 0 || TOP_FOLDERS.has((parts[at + 1] ?? '').toLowerCase()));
  return letter && parts.length > at + 1 ? { drive: part.toUpperCase(), encoded: false, rest: undefined } : undefined;
}

function isFolderName(part: string): boolean {
  return part !== '' && part !== '.' && part !== '?';
}

function resolve(parts: readonly string[]): string[] {
  const resolved: string[] = [];
  for (const part of parts) {
    if (part === '..') resolved.pop();
    else if (part !== '' && part !== '.') resolved.push(withoutDots(part));
  }
  return resolved;
}

/** Without dots and spaces at the end, which Windows drops; a part of nothing else stays, so that it does not vanish. */
function withoutDots(part: string): string {
  let end = part.length;
  while (end > 0 && (part[end - 1] === '.' || part[end - 1] === ' ')) end--;
  return end === 0 ? part : part.slice(0, end);
}

function splitStream(part: string): { name: string; stream: string | undefined } {
  const [name = '', stream = ''] = part.split(':', 2);
  if (name === '') return { name: part, stream: undefined };
  return { name: withoutDots(name), stream: stream === '' ? undefined : stream };
}

/** Deeper than any collector puts it; a drive letter in a file's own folders is none. */
const DEEPEST_DRIVE = 12;
const LONGEST_DRIVE = 300;
const PLAIN_DRIVE = /^([A-Za-z]):(.*)$/s;
/** `C%3A`, and `\\.\C:` in percent codes. */
const ENCODED_DEVICE = /^(?:%5C%5C[.?]%5C)?([A-Za-z])%3A$/i;
const SHARE = /^([A-Za-z])\$$/;
const SHADOW_COPY = /HarddiskVolumeShadowCopy\d{1,6}$/i;
const TOOL_FOLDERS =
  /^(?:uploads|auto|ntfs|lazy_ntfs|ntfs_vss|file|mft|partition \d.{0,60}|.{0,60} \[(?:ntfs|refs|fat32)\])$/i;
const TOP_FOLDERS: ReadonlySet<string> = new Set([
  '$extend',
  '$logfile',
  '$mft',
  '$recycle.bin',
  'documents and settings',
  'exchange',
  'exchange server',
  'exchangesetuplogs',
  'inetpub',
  'perflogs',
  'program files',
  'program files (x86)',
  'programdata',
  'root',
  'system volume information',
  'temp',
  'users',
  'windows',
]);
