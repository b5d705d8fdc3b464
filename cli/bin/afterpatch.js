#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

// Records die young and in millions; a heap that may grow only a little at a time stays small at no cost in time
// (measured: bench/README.md).
setFlagsFromString('--heap-growing-percent=20');

const built = new URL('../dist/afterpatch.js', import.meta.url);
if (existsSync(built)) await import(built.href);
else {
  process.stderr.write('afterpatch is not built yet: run `npm run build` in the checkout first\n');
  process.exitCode = 70;
}
