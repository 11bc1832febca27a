import { defineConfig } from 'vitest/config';

const resultsFile = process.env.TEST_RESULTS_FILE;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 300_000,
    // A proxy in the environment would catch even loopback requests: the Okta SDK ignores NO_PROXY.
    env: { HTTP_PROXY: '', HTTPS_PROXY: '', http_proxy: '', https_proxy: '' },
    pool: 'forks',
    maxWorkers: 2,
    // CI reads the counts from a file and people read the rest.
    reporters: resultsFile ? ['default', ['json', { outputFile: resultsFile }]] : ['default'],
  },
});
