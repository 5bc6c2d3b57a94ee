import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The CDK's own validation costs ten CPU seconds per process: test/lib/gate.test.ts runs it, once, for the whole app.
    env: { CDK_VALIDATION: 'false' },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/strangers/**'],
          globalSetup: ['test/bundle.setup.ts'],
          // Loading the CDK anew for each file would cost more than the tests do.
          isolate: false,
          // The machine may be busy; a limit is for what hangs.
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'strangers',
          include: ['test/strangers/**/*.test.ts'],
          globalSetup: ['test/bundle.setup.ts'],
          testTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/rights.setup.ts'],
          // One embedded cloud, used by one file after the other.
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
