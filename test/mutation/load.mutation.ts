import { expect, test } from 'vitest';

/** A change by which a module cannot be loaded fails its test files, not their tests; Stryker counts tests alone. */
test.each([
  ['verdict', () => import('../../src/domain/run.ts')],
  ['history', () => import('../../src/domain/history.ts')],
  ['waivers', () => import('../../src/domain/waiver.ts')],
  ['names', () => import('../../src/domain/names.ts')],
  ['links', () => import('../../src/okta/links.ts')],
  ['settings', () => import('../../src/config/settings.ts')],
  ['governor', () => import('../../src/okta/governor.ts')],
])('the module of %s can be loaded', async (_name, load) => {
  await expect(load()).resolves.toBeDefined();
});
