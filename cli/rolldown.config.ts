import { defineConfig } from 'rolldown';

export default defineConfig({
  input: 'src/main.ts',
  platform: 'node',
  resolve: { conditionNames: ['afterpatch-source', 'node', 'import', 'default'] },
  output: { file: 'dist/afterpatch.js', format: 'esm', minify: false, sourcemap: true, codeSplitting: false },
});
