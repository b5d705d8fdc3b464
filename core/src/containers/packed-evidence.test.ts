import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ByteSource } from '../model/evidence.ts';
import { expect, test } from 'vitest';

import { packedEvidence } from './packed-evidence.ts';

function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    readInto(at, into) {
      const part = bytes.subarray(at, at + into.length);
      into.set(part);
      return part.length;
    },
    close: () => Promise.resolve(),
  };
}

function image(length: number, ...parts: readonly (readonly [number, string])[]): Uint8Array {
  const bytes = Buffer.alloc(length);
  for (const [at, text] of parts) bytes.write(text, at, 'latin1');
  return bytes;
}

async function advice(bytes: Uint8Array, path = 'case 1.img'): Promise<string | undefined> {
  const packed = await packedEvidence(sourceOf(bytes), path);
  return packed === undefined ? undefined : `${packed.name}: ${packed.advice}`;
}

test('archives that are opened get no advice, and the others are to be unpacked', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'packed-'));
  try {
    writeFileSync(join(folder, 'a.log'), 'hello');
    for (const flags of ['-cf', '-czf']) {
      expect(await advice(execFileSync('tar', [flags, '-', 'a.log'], { cwd: folder }))).toBeUndefined();
    }
    expect(await advice(execFileSync('tar', ['-cJf', '-', 'a.log'], { cwd: folder }))).toBe(
      'an xz file: unpack it into a folder first',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(await advice(image(30, [0, 'PK\x03\x04']))).toBeUndefined();
  expect(await advice(image(30, [0, '7z\xbc\xaf\x27\x1c']))).toContain('a 7z archive: unpack it');
});

test('an NTFS volume gets the command that mounts it, with the path quoted for the shell', async () => {
  const bytes = image(4096, [3, 'NTFS    '], [510, '\x55\xaa']);
  expect(await advice(bytes, "it's/d.dd")).toBe(
    'an image of an NTFS volume: mount it read-only and name the mount point instead: ' +
      "sudo mount -t ntfs-3g -o ro,loop,show_sys_files 'it'\\''s/d.dd' /mnt/evidence",
  );
});

test('in a raw disk with an MBR the largest NTFS partition is named by its byte offset', async () => {
  const bytes = image(
    1 << 20,
    [510, '\x55\xaa'],
    [2048 * 512 - 512, ''],
    [128 * 512 + 3, 'NTFS    '],
    [128 * 512 + 510, '\x55\xaa'],
  );
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const partition = (slot: number, start: number, sectors: number): void => {
    view.setUint8(446 + slot * 16 + 4, 7);
    view.setUint32(446 + slot * 16 + 8, start, true);
    view.setUint32(446 + slot * 16 + 12, sectors, true);
  };
  partition(0, 64, 9000);
  partition(1, 128, 1000);
  expect(await advice(bytes)).toContain('offset=65536 ');
});

test('in a raw disk with a GPT the NTFS partition is found, for 512 and 4096 byte sectors', async () => {
  for (const sector of [512, 4096]) {
    const start = 40;
    const bytes = image(
      300_000,
      [sector, 'EFI PART'],
      [start * sector + 3, 'NTFS    '],
      [start * sector + 510, '\x55\xaa'],
    );
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    view.setBigUint64(sector + 72, 2n, true);
    view.setUint32(sector + 80, 0xffffffff, true);
    view.setUint32(sector + 84, 128, true);
    view.setBigUint64(2 * sector + 32, BigInt(start), true);
    view.setBigUint64(2 * sector + 40, 60n, true);
    expect(await advice(bytes)).toContain(`offset=${start * sector} `);
  }
});

test('a disk without a volume we know goes through guestmount; virtual disks too', async () => {
  const disk = image(4096, [510, '\x55\xaa'], [446 + 4, '\x83'], [446 + 8, '\x01\0\0\0\x10\0\0\0']);
  expect(await advice(disk)).toContain("guestmount --ro -a 'case 1.img' -i /mnt/evidence");
  for (const [at, magic, name] of [
    [0, 'vhdxfile', 'a VHDX image'],
    [0, 'KDMV', 'a VMDK image'],
    [0, '# Disk DescriptorFile', 'a VMDK descriptor'],
    [0, 'QFI\xfb', 'a QCOW2 image'],
    [0x40, '\x7f\x10\xda\xbe', 'a VDI image'],
    [4096 - 512, 'conectix', 'a VHD image'],
  ] as const) {
    expect(await advice(image(4096, [at, magic]))).toContain(`${name}: mount it read-only`);
  }
  expect(await advice(image(4096, [0, 'EVF\x09\x0d\x0a\xff\0']))).toContain(
    "ewfmount 'case 1.img' /mnt/ewf && guestmount",
  );
  expect(await advice(image(4096, [3, '-FVE-FS-'], [510, '\x55\xaa']))).toContain("sudo dislocker -r -V 'case 1.img'");
});

test('a log, a hive and an event log are none of these', async () => {
  expect(
    await advice(Buffer.from('#Software: Microsoft Internet Information Services 8.5\r\n'.repeat(20))),
  ).toBeUndefined();
  expect(await advice(image(4096, [0, 'regf'], [446, 'x'], [508, '\x12\x34\x55\xaa']))).toBeUndefined();
  expect(await advice(image(4096, [0, 'ElfFile\0']))).toBeUndefined();
  expect(await advice(new Uint8Array(0))).toBeUndefined();
  expect(await advice(image(511))).toBeUndefined();
});

test('a partition table full of nonsense neither throws nor reads far', async () => {
  for (let seed = 0; seed < 300; seed++) {
    const bytes = Buffer.alloc(9000);
    for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 31 + seed * 97 + ((at * seed) >> 3)) & 0xff;
    bytes.write('EFI PART', 512);
    await expect(advice(bytes)).resolves.toContain('a raw disk image');
  }
});
