import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The bench of the main job: generated load of a working server, assessed by the built command, whole run, start
 * included. Prints a Markdown table: wall time, MB/s, peak resident memory, and the ratio to two physical limits of the
 * same files in the same run (reading them with `cat`, hashing them with `sha256sum`).
 *
 * Usage: node bench/run.ts [megabytes] [--keep]
 */
const megabytes = Number(process.argv[2] ?? '1024');
const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'afterpatch-bench-'));
const load = join(folder, 'load');

try {
  timed('make the load', process.execPath, [join(root, 'tools/make-load.ts'), load, `${megabytes}M`]);
  const files = listFiles(load);
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const rows = [
    {
      what: 'cat (reading)',
      ...(await measured('sh', ['-c', `find "${load}" -type f -print0 | xargs -0 cat > /dev/null`])),
    },
    {
      what: 'sha256sum',
      ...(await measured('sh', ['-c', `find "${load}" -type f -print0 | xargs -0 sha256sum > /dev/null`])),
    },
    {
      what: 'afterpatch assess',
      ...(await measured(process.execPath, [
        join(root, 'cli/bin/afterpatch.js'),
        'assess',
        load,
        '--output',
        join(folder, 'case.json'),
        '--quiet',
      ])),
    },
  ];
  const verdict = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as {
    headline: { worst: string };
    claims: { answer: string }[];
    artifacts: { records: number; gaps: unknown[] }[];
  };
  const hashing = rows[1]?.seconds ?? Number.NaN;
  console.log(
    `\n${(bytes / 1e6).toFixed(0)} MB in ${files.length} files, ${verdict.artifacts.reduce((n, a) => n + a.records, 0)} records, ${verdict.artifacts.reduce((n, a) => n + a.gaps.length, 0)} gaps`,
  );
  console.log(
    `headline ${verdict.headline.worst}, claims established: ${verdict.claims.filter((c) => c.answer === 'established').length}\n`,
  );
  console.log('| command | wall s | MB/s | times sha256sum | peak resident MB |\n| --- | --- | --- | --- | --- |');
  for (const row of rows) {
    console.log(
      `| ${row.what} | ${row.seconds.toFixed(1)} | ${(bytes / 1e6 / row.seconds).toFixed(0)} | ${(row.seconds / hashing).toFixed(1)} | ${row.resident.toFixed(0)} |`,
    );
  }
} finally {
  if (!process.argv.includes('--keep')) rmSync(folder, { recursive: true, force: true });
  else console.log(`kept: ${folder}`);
}

function timed(what: string, command: string, args: readonly string[]): void {
  const start = performance.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${what} failed with ${status}`);
  console.log(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/** Runs a command and watches its peak resident memory by the kernel's own high-water mark. */
async function measured(command: string, args: readonly string[]): Promise<{ seconds: number; resident: number }> {
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  let resident = 0;
  const watch = setInterval(() => {
    const status = `/proc/${child.pid}/status`;
    if (!existsSync(status)) return;
    const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'));
    if (match !== null) resident = Math.max(resident, Number(match[1]) / 1024);
  }, 50);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return { seconds: (performance.now() - start) / 1000, resident };
}

function listFiles(where: string): string[] {
  return readdirSync(where, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
