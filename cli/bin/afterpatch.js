#!/usr/bin/env node
import { existsSync } from 'node:fs';

const built = new URL('../dist/afterpatch.js', import.meta.url);
if (existsSync(built)) await import(built.href);
else {
  process.stderr.write('afterpatch is not built yet: run `npm run build` in the checkout first\n');
  process.exitCode = 70;
}
