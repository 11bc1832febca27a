import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A proxy in the environment would catch even loopback requests: the Okta SDK ignores NO_PROXY.
    env: { HTTP_PROXY: '', HTTPS_PROXY: '', http_proxy: '', https_proxy: '' },
    pool: 'forks',
    maxWorkers: 2,
  },
});
