import { machineRoot, windowsPath } from '../bytes/windows-path.ts';
import type { Listed } from './laid-out.ts';

/**
 * Folders at the top of the evidence that are called by one letter and are no drives: inputs named `A` and `B`, which hold
 * machines. Such a folder has drives below it and nothing of what a drive has at its own top; a server's drive always has,
 * so that no file laid on a server can make its drive look like an input.
 *
 * @returns prefixes, each a letter and `/`
 */
export function inputLetters(artifacts: readonly Listed[]): ReadonlySet<string> {
  const letters = new Map<string, { isDrive: boolean; hasDrives: boolean }>();
  for (const { path } of artifacts) {
    if (path.charCodeAt(1) !== SLASH || !/^[A-Za-z]/.test(path)) continue;
    const prefix = path.slice(0, 2);
    let letter = letters.get(prefix);
    if (letter === undefined) letters.set(prefix, (letter = { isDrive: false, hasDrives: false }));
    if (letter.isDrive) continue;
    // Not at the begin of a path, a letter is a drive only with one of Windows' folders behind it.
    const second = path.slice(2, path.indexOf('/', 2) < 0 ? undefined : path.indexOf('/', 2));
    letter.isDrive = windowsPath(`${ABOVE}/${prefix}${second}/x`).drive === prefix.charAt(0).toUpperCase();
    letter.hasDrives ||=
      windowsPath(`${ABOVE}/${path.slice(2)}`).drive !== undefined &&
      machineRoot(`${ABOVE}/${path.slice(2)}`) === ABOVE;
  }
  return new Set([...letters].filter(([, { isDrive, hasDrives }]) => hasDrives && !isDrive).map(([prefix]) => prefix));
}

/** The part of a path that only says which input it came in by. */
export function inputOf(path: string, letters: ReadonlySet<string>): string {
  const prefix = path.slice(0, 2);
  return letters.has(prefix) ? prefix : '';
}

const SLASH = 47;
/** A folder that nothing takes for a drive. */
const ABOVE = 'input';
