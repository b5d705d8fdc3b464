import { cpSync, existsSync, rmSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { defineConfig } from 'rolldown';

const CHECKOUT_PACKS = fileURLToPath(new URL('../packs/', import.meta.url));
const BUNDLED_PACKS = fileURLToPath(new URL('dist/packs/', import.meta.url));

export default defineConfig({
  input: 'src/main.ts',
  platform: 'node',
  resolve: { conditionNames: ['afterpatch-source', 'node', 'import', 'default'] },
  output: { file: 'dist/afterpatch.js', format: 'esm', minify: false, sourcemap: true, codeSplitting: false },
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
});
