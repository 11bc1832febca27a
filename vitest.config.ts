import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const resultsFile = process.env.TEST_RESULTS_FILE;

/** Files that change the environment of their process: each has a process to itself. */
const IN_A_PROCESS_OF_THEIR_OWN = ['test/okta/credentials.test.ts'];

/** Those that need real processes, a browser, a packed package or many seeds: `npm run test:slow`. */
const SLOW = ['test/**/*.slow.test.ts'];

/** What every file has; the reporters and the workers are one for all. */
const common = {
  testTimeout: 240_000,
  hookTimeout: 300_000,
  // A proxy in the environment would catch even loopback requests: the Okta SDK ignores NO_PROXY.
  // What it was is for npm, which a test lets install the package.
  env: {
    HTTP_PROXY: '',
    HTTPS_PROXY: '',
    http_proxy: '',
    https_proxy: '',
    TEST_HTTPS_PROXY: process.env.HTTPS_PROXY ?? process.env.https_proxy ?? '',
  },
  pool: 'forks',
} as const;

export default defineConfig({
  test: {
    maxWorkers: availableParallelism(),
    globalSetup: ['test/support/one-folder.ts'],
    // CI reads the counts from a file and people read the rest.
    reporters: resultsFile ? ['default', ['json', { outputFile: resultsFile }]] : ['default'],
    projects: [
      {
        test: {
          ...common,
          name: 'alone',
          include: IN_A_PROCESS_OF_THEIR_OWN,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: [...IN_A_PROCESS_OF_THEIR_OWN, ...SLOW],
          // The Okta SDK takes two seconds to load, DuckDB and the rules another: once per worker, not once per file.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...common,
          name: 'mutation',
          include: ['test/**/*.mutation.ts'],
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...common,
          name: 'slow',
          include: SLOW,
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
