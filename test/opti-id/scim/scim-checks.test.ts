import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ScimSettings } from '../../../src/config/config.ts';
import type { Check } from '../../../src/domain/check.ts';
import { checkScim } from '../../../src/opti-id/scim/scim-checks.ts';
import { type ScimSandbox, startScimSandbox } from '../../../src/sandbox/scim-server.ts';
import { ACME, twoOrganizations } from '../support/stores.ts';

let sandbox: ScimSandbox;
let settings: ScimSettings;
beforeAll(async () => {
  sandbox = await startScimSandbox(twoOrganizations(), ACME, { pageCap: 1 });
  sandbox.fill(twoOrganizations());
  settings = { scimUrl: sandbox.url, token: sandbox.token, auth: 'header', organizationId: ACME };
});
afterAll(() => sandbox.close());

const outcomes = (checks: readonly Check[]) =>
  Object.fromEntries(checks.map(({ id, outcome }) => [id.replace('opti-id.', ''), outcome]));

it('proves the endpoint, and always warns that the key can write', async () => {
  const generous = await startScimSandbox(twoOrganizations(), ACME);
  try {
    const checks = await checkScim({ ...settings, scimUrl: generous.url }, Promise.resolve(['u1']));
    expect(outcomes(checks)).toEqual({
      scim: 'ok',
      'scim-read-only': 'warning',
      'scim-users': 'ok',
      'scim-groups': 'ok',
      'scim-paging': 'ok',
      'scim-filters': 'ok',
      'scim-organization': 'ok',
    });
    expect(generous.requests.every(({ method }) => method === 'GET')).toBe(true);
    expect(JSON.stringify(checks)).not.toContain(sandbox.token);
  } finally {
    await generous.close();
  }
});

it('says that pages which cannot overlap prove nothing', async () => {
  expect(outcomes(await checkScim(settings, Promise.resolve([])))).toMatchObject({
    'scim-paging': 'failed',
    'scim-organization': 'unknown',
  });
});

it('finds a key of another organization by the people whom Okta manages', async () => {
  const checks = await checkScim(settings, Promise.resolve(['x1', 'x2']));
  expect(outcomes(checks)).toMatchObject({ 'scim-organization': 'failed' });
  // Somebody may have deleted the only one that was asked for.
  const one = await checkScim(settings, Promise.resolve(['x1']));
  expect(outcomes(one)).toMatchObject({ 'scim-organization': 'unknown' });
});

it('asks nothing more where the key is refused', async () => {
  const checks = await checkScim({ ...settings, token: 'another' }, Promise.resolve([]));
  expect(outcomes(checks)).toMatchObject({
    scim: 'failed',
    'scim-users': 'unknown',
    'scim-organization': 'unknown',
  });
  expect(checks[0]?.how).toContain('OPTIID_SCIM_TOKEN');
});
