import { cpSync, existsSync, rmSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { defineConfig } from 'rolldown';
import type { OutputOptions, RolldownOptions } from 'rolldown';

const CHECKOUT_PACKS = fileURLToPath(new URL('../packs/', import.meta.url));
const BUNDLED_PACKS = fileURLToPath(new URL('dist/packs/', import.meta.url));

const SHARED: RolldownOptions = {
  platform: 'node',
  resolve: { conditionNames: ['afterpatch-source', 'node', 'import', 'default'] },
};
const OUTPUT: OutputOptions = { format: 'esm', minify: false, sourcemap: true, codeSplitting: false };

export default defineConfig([
  { ...SHARED, input: 'src/reading-worker.ts', output: { ...OUTPUT, file: 'dist/reading-worker.js' } },
  {
    ...SHARED,
    input: 'src/main.ts',
    output: { ...OUTPUT, file: 'dist/afterpatch.js' },
    plugins: [
      {
        // The published command line must find its packs without the checkout. Their cases are tests and stay behind;
        // no digest counts them.
        name: 'packs-beside-the-bundle',
        writeBundle(): void {
          rmSync(BUNDLED_PACKS, { recursive: true, force: true });
          if (!existsSync(CHECKOUT_PACKS)) throw new Error('expected the packs at ../packs, nothing stands there');
          cpSync(CHECKOUT_PACKS, BUNDLED_PACKS, {
            recursive: true,
            filter: (path) => relative(CHECKOUT_PACKS, path).split(sep)[1] !== 'cases',
          });
        },
      },
    ],
  },
]);
