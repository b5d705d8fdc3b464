import { percentDecoded } from '../bytes/url.ts';
import { windowsPath } from '../bytes/windows-path.ts';

/**
 * The path on the server that a path of the evidence, or one that a manifest wrote, stands for: `C:/inetpub/x.aspx`; below
 * a shadow copy `HarddiskVolumeShadowCopy3/inetpub/x.aspx`. The result reads as itself.
 *
 * @returns `undefined` where the path names no volume, or nothing on it
 */
export function serverPath(path: string): string | undefined {
  const shadow = shadowCopyAt(path);
  if (shadow !== undefined) return onVolume(shadow.name, shadow.rest);
  const { drive, parts, stream } = windowsPath(path);
  return drive === undefined ? undefined : joined(`${drive}:`, parts, stream);
}

/** The same for a path whose volume is known from elsewhere. */
export function onVolume(volume: string, rest: string): string | undefined {
  const { parts, stream } = windowsPath(`C:/${rest}`);
  return joined(volume, parts, stream);
}

/** Equal for two paths of the server where Windows opens the same file. */
export function pathKey(original: string): string {
  return original.toLowerCase();
}

/**
 * The shadow copy that a path lies in: the device's own name, KAPE's `VSS3`, or the mount point under which KAPE reads
 * (`C:\___vssMount\vss3`), and what stands below it.
 */
export function shadowCopyAt(path: string): { readonly name: string; readonly rest: string } | undefined {
  if (!MAY_BE_SHADOW.test(path)) return undefined;
  const slashed = path.replaceAll('\\', '/');
  const device = DEVICE.exec(slashed);
  // Inside a drive it is a folder of that name.
  if (device?.[1] !== undefined && windowsPath(`${slashed.slice(0, device.index)}/x`).drive === undefined) {
    const rest = slashed.slice(device.index + device[0].length);
    // Velociraptor writes the device's name, and then the rest of the path, in percent codes.
    return { name: device[1], rest: device[0].includes('%') ? percentDecoded(rest) : rest };
  }
  const mounted = MOUNTED.exec(slashed);
  return mounted?.[1] === undefined
    ? undefined
    : { name: `VSS${mounted[1]}`, rest: slashed.slice(mounted.index + mounted[0].length) };
}

function joined(volume: string, parts: readonly string[], stream: string | undefined): string | undefined {
  if (parts.length === 0) return undefined;
  return `${volume}/${parts.join('/')}${stream === undefined ? '' : `:${stream}`}`;
}

const MAY_BE_SHADOW = /shadowcopy|___vssmount/i;
const DEVICE = /(?:^|\/)(?:[^/]{0,80}%5C)?(HarddiskVolumeShadowCopy\d{1,6})(?:\/|$)/i;
const MOUNTED = /^(?:\/\/[?.]\/)?[A-Za-z]:?\/_{3,4}vssMount\/vss(\d{1,6})(?:\/|$)/i;
