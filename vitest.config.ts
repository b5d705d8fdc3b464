import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['afterpatch-source'] },
  ssr: { resolve: { conditions: ['afterpatch-source'] } },
  test: {
    include: ['{core,node,cli,web}/src/**/*.test.ts', 'tools/**/*.test.ts'],
    testTimeout: 60_000,
    reporters: process.env['CI'] === 'true' ? ['default', ['json', { outputFile: 'dist/tests.json' }]] : ['default'],
  },
});
