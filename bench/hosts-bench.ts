import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { DEFAULT_SERVER } from '../core/src/specimen/default-server.ts';
import type { Scenario } from '../core/src/specimen/scenario.ts';
import { specimen } from '../core/src/specimen/specimen.ts';

/**
 * The bench of many servers in one run: generated servers of one organisation, each naming its neighbour, assessed as so
 * many inputs by the command line. Prints a Markdown table: hosts, bytes, wall time, seconds a host, peak resident
 * memory and the size of the case. Linear means that the seconds a host stay what they are.
 *
 * Usage: node --conditions=afterpatch-source bench/hosts-bench.ts [hosts…]
 */
/** Microseconds. */
const DAY = 86_400_000_000;
const sizes = process.argv.slice(2).map(Number).filter(Number.isInteger);
const wanted = sizes.length === 0 ? [10, 25, 50] : sizes;
const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'afterpatch-hosts-'));

try {
  const most = Math.max(...wanted);
  const servers: { readonly path: string; readonly bytes: number }[] = [];
  for (let index = 0; index < most; index += 1) servers.push(makeServer(index, most));
  console.log('| hosts | MB | wall s | CPU s | CPU s a host | peak resident MB | verdicts | case MB |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const hosts of wanted) {
    const inputs = servers.slice(0, hosts);
    const output = join(folder, `case-${hosts}.json`);
    const { seconds, cpu, resident } = await measured([
      '--conditions=afterpatch-source',
      '--no-warnings',
      '--heap-growing-percent=20',
      join(root, 'cli/src/main.ts'),
      'assess',
      ...inputs.map(({ path }) => path),
      '--output',
      output,
      '--quiet',
    ]);
    const verdicts = (JSON.parse(readFileSync(output, 'utf8')) as { verdicts: unknown[] }).verdicts.length;
    const bytes = inputs.reduce((sum, input) => sum + input.bytes, 0);
    console.log(
      `| ${hosts} | ${(bytes / 1e6).toFixed(0)} | ${seconds.toFixed(1)} | ${cpu.toFixed(1)} | ${(cpu / hosts).toFixed(2)} | ${resident.toFixed(0)} | ${verdicts} | ${(statSync(output).size / 1e6).toFixed(1)} |`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Writes one server of the organisation: two days of logs, whole web folders, the other member of its group named. */
function makeServer(index: number, count: number): { readonly path: string; readonly bytes: number } {
  const named = (at: number): string => `MAIL${String(at % count).padStart(2, '0')}`;
  const scenario: Scenario = {
    seed: `hosts-${index}`,
    server: {
      ...DEFAULT_SERVER,
      name: named(index),
      peer: { name: named(index + 1), address: '10.10.2.12' },
      logsFrom: DEFAULT_SERVER.collected - 2 * DAY,
    },
    acts: [],
    take: [],
    busy: 'all',
    volume: 1,
  };
  const path = join(folder, `server-${String(index).padStart(2, '0')}`);
  let bytes = 0;
  for (const file of specimen(scenario)) {
    const place = join(path, file.path);
    mkdirSync(dirname(place), { recursive: true });
    const content = Buffer.concat([...file.pieces()]);
    writeFileSync(place, content);
    bytes += content.length;
  }
  return { path, bytes };
}

/** Runs Node and watches what it takes by the kernel's own books: the high-water mark of memory, and ticks of 10 ms. */
async function measured(command: readonly string[]): Promise<{ seconds: number; cpu: number; resident: number }> {
  const start = performance.now();
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'inherit'] });
  let resident = 0;
  let cpu = 0;
  const watch = setInterval(() => {
    const place = `/proc/${child.pid}`;
    if (!existsSync(`${place}/status`)) return;
    const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`${place}/status`, 'utf8'));
    if (match !== null) resident = Math.max(resident, Number(match[1]) / 1024);
    // The name of the program stands in brackets and may hold spaces; behind it utime is the 12th value.
    const values = readFileSync(`${place}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    cpu = Math.max(cpu, (Number(values[11]) + Number(values[12])) / 100);
  }, 50);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`assess of ${command.length} arguments ended with ${code}`);
  return { seconds: (performance.now() - start) / 1000, cpu, resident };
}
