import { defineConfig } from 'vitest/config';

// Two projects: `fast` is what `npm test` runs; `e2e` starts real programs and runs in `npm run verify`.
export default defineConfig({
  test: {
    isolate: false,
    globalSetup: ['packages/testkit/src/postgres-global-setup.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['{apps,packages}/*/src/**/*.test.{ts,tsx}', 'test/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
