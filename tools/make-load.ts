/**
 * Writes a mounted drive of a busy Exchange server, on which nothing happened, for timing readers:
 *
 *     node tools/make-load.ts FOLDER BYTES
 *
 * BYTES may end in K, M or G (powers of 1000). Days are written in order until the size is reached; the last log ends
 * with a whole line. Nothing is held in memory but one piece of one file.
 */
import { closeSync, mkdirSync, openSync, readdirSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadScenario } from '../core/src/specimen/load.ts';
import { specimen } from '../core/src/specimen/specimen.ts';

/** A week of load is some 300 MB, so this many bytes a day are sure to be reached. */
const BYTES_A_DAY = 30e6;

main(process.argv.slice(2));

function main(args: readonly string[]): void {
  const [folder, size] = args;
  const wanted = parseSize(size ?? '');
  if (folder === undefined || wanted === undefined || args.length !== 2) {
    console.error('usage: node tools/make-load.ts FOLDER BYTES   (BYTES such as 1G, 250M, 80000)');
    process.exitCode = 64;
    return;
  }
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) {
    console.error(`make-load: ${folder} is not empty`);
    process.exitCode = 64;
    return;
  }
  const started = performance.now();
  const { bytes, files } = writeLoad(folder, wanted);
  const seconds = (performance.now() - started) / 1000;
  console.log(`${files} files, ${bytes} bytes in ${seconds.toFixed(1)} s (${(bytes / 1e6 / seconds).toFixed(0)} MB/s)`);
}

function writeLoad(folder: string, wanted: number): { bytes: number; files: number } {
  const days = Math.ceil(wanted / BYTES_A_DAY) + 2;
  const files = specimen(loadScenario(days)).toSorted((a, b) => dayOf(a.path) - dayOf(b.path));
  let bytes = 0;
  let written = 0;
  for (const file of files) {
    if (bytes >= wanted) break;
    const path = join(folder, ...file.path.split('/'));
    mkdirSync(dirname(path), { recursive: true });
    const handle = openSync(path, 'w');
    let full = false;
    for (const piece of file.pieces()) {
      const left = wanted - bytes;
      full = piece.length > left;
      const part = full ? piece.subarray(0, piece.lastIndexOf(0x0a, left - 1) + 1) : piece;
      for (let done = 0; done < part.length;) done += writeSync(handle, part, done);
      bytes += part.length;
      if (full) break;
    }
    closeSync(handle);
    written += 1;
    if (full) break;
  }
  return { bytes, files: written };
}

/** The day in the name of a log as a number, 0 for everything that is no dated log, so that it is written first. */
function dayOf(path: string): number {
  const match = /u_ex(\d{6})\.log$|(\d{8})(?:\d{2})?-1\.LOG$/.exec(path);
  return match === null ? 0 : Number(match[1] === undefined ? match[2] : `20${match[1]}`);
}

function parseSize(text: string): number | undefined {
  const match = /^(\d+)([KMG]?)$/i.exec(text);
  if (match === null) return undefined;
  const unit = { '': 1, K: 1e3, M: 1e6, G: 1e9 }[(match[2] ?? '').toUpperCase()] ?? 1;
  const size = Number(match[1]) * unit;
  return size > 0 ? size : undefined;
}
