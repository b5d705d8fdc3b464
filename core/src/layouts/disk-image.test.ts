import { expect, test } from 'vitest';

import { layOut } from './lay-out.ts';
import type { Listed } from './lay-out.ts';
import { artifact } from './layouts.test-support.ts';

const disk = (path: string, sign: readonly [number, string]): Listed => {
  const bytes = new Uint8Array(1024 * 1024);
  bytes.set(new TextEncoder().encode(sign[1]), sign[0]);
  return artifact(path, bytes);
};

test('an image is answered with the command that mounts it read-only', async () => {
  const { advice } = await layOut([
    artifact('EX01.vhdx'),
    artifact('EX01.E01'),
    artifact('case/EX01.vmdk'),
    disk('EX01.dd', [512, 'EFI PART']),
  ]);
  expect(advice.map(({ path, says }) => [path, /`[^`]+`/g.exec(says)?.[0]])).toEqual([
    ['EX01.vhdx', "`Mount-DiskImage -ImagePath 'EX01.vhdx' -Access ReadOnly`"],
    ['EX01.E01', "`ewfmount 'EX01.E01' /mnt/ewf`"],
    ['case/EX01.vmdk', "`guestmount --ro -a 'EX01.vmdk' -i /mnt/image`"],
    ['EX01.dd', "`guestmount --ro -a 'EX01.dd' -i /mnt/image`"],
  ]);
});

test('other files of such names, and images that were found on the server, are files', async () => {
  const { advice } = await layOut([
    disk('EX01.raw', [100, 'EFI PART']),
    artifact('logo.img', 'small'),
    artifact('C/Windows/Temp/mail.vhdx'),
    { path: 'gone.dd', size: 2 ** 30, open: () => Promise.reject(new Error('gone')) },
  ]);
  expect(advice).toEqual([]);
});

test('a name cannot end the command it stands in', async () => {
  const { advice } = await layOut([artifact("x' ; rm -rf ~ `id`\n.vhdx")]);
  expect(advice[0]?.says).toContain("-ImagePath 'x_ ; rm -rf ~ _id__.vhdx' -Access ReadOnly");
});
