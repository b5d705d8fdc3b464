import type { Advice, Listed } from './laid-out.ts';
import { serverPath } from './server-path.ts';

/**
 * Disk images among the artifacts, each with the commands that mount it read-only. Recognised by name; a name that other
 * files have too (`.raw`, `.img`, `.dd`, `.001`) also by its first bytes: a boot record with its signature at 510, or the
 * header of a partition table at 512 (UEFI 2.10 §5.3.2). An image inside a server's drive is a file of the server.
 */
export async function imageAdvice(artifacts: readonly Listed[]): Promise<readonly Advice[]> {
  const advice: Advice[] = [];
  let tried = 0;
  for (const artifact of artifacts) {
    const name = artifact.path.slice(artifact.path.lastIndexOf('/') + 1);
    const kind = KINDS.find(([pattern]) => pattern.test(name));
    if (kind === undefined || serverPath(artifact.path) !== undefined) continue;
    tried += 1;
    if (tried > MOST_TRIED || advice.length >= MOST_IMAGES) break;
    const [, says, isLoose] = kind;
    if (!isLoose || (await beginsLikeDisk(artifact))) advice.push({ path: artifact.path, says: says(shellName(name)) });
  }
  return advice;
}

async function beginsLikeDisk(artifact: Listed): Promise<boolean> {
  if (artifact.size < SMALLEST_DISK) return false;
  try {
    const source = await artifact.open();
    try {
      const head = new Uint8Array(1024);
      for (let filled = 0; filled < head.length;) {
        const got = await source.readInto(filled, head.subarray(filled));
        if (!(got > 0)) return false;
        filled += got;
      }
      const isBoot = head[510] === 0x55 && head[511] === 0xaa;
      return isBoot || String.fromCharCode(...head.subarray(512, 520)) === 'EFI PART';
    } finally {
      await source.close();
    }
  } catch {
    return false;
  }
}

/** For a person who reads the line before it is run; nothing that ends a quotation or a line stays. */
export function shellName(name: string): string {
  return `'${name.replaceAll(/['’‘\u0000-\u001f\u007f\u0085\u2028\u2029`]/g, '_').slice(0, 255)}'`;
}

function virtualDisk(name: string): string {
  return `virtual disk, not opened: on Windows run \`Mount-DiskImage -ImagePath ${name} -Access ReadOnly\` and assess the drive that appears; on Linux run \`guestmount --ro -a ${name} -i /mnt/image\` and assess /mnt/image`;
}

function plainImage(name: string): string {
  return `disk image, not opened: run \`guestmount --ro -a ${name} -i /mnt/image\` and assess /mnt/image`;
}

function expertWitness(name: string): string {
  return `EnCase image, not opened: run \`ewfmount ${name} /mnt/ewf\`, then \`guestmount --ro -a /mnt/ewf/ewf1 -i /mnt/image\`, and assess /mnt/image`;
}

type Kind = readonly [pattern: RegExp, says: (name: string) => string, isLoose: boolean];

const KINDS: readonly Kind[] = [
  [/\.vhdx?$/i, virtualDisk, false],
  [/\.(?:vmdk|qcow2|vdi)$/i, plainImage, false],
  [/\.e(?:x)?01$/i, expertWitness, false],
  [/\.(?:raw|img|dd|001)$/i, plainImage, true],
];
const SMALLEST_DISK = 1024 * 1024;
const MOST_IMAGES = 100;
const MOST_TRIED = 1000;
