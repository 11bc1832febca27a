import { defineConfig } from 'vitest/config';

/** The modules' own tests, which Stryker asks again for each change. */
export default defineConfig({
  test: {
    include: [
      'test/domain/{run,history,waiver,names}.test.ts',
      'test/config/settings.test.ts',
      'test/okta/{links,governor}.test.ts',
      'test/plan/order.test.ts',
      'test/mutation/load.mutation.ts',
    ],
    testTimeout: 60_000,
    reporters: ['dot'],
  },
});
