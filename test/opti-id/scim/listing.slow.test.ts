import { afterAll, beforeAll, expect, it } from 'vitest';
import { OPTI_ID_DIALECT } from '../../../src/opti-id/scim/dialect.ts';
import { ScimRequests } from '../../../src/opti-id/scim/requests.ts';
import { readShifting } from '../support/shifting-readings.ts';
import { startShiftingScim } from '../support/shifting-scim.ts';

let server: Awaited<ReturnType<typeof startShiftingScim>>;
let requests: ScimRequests;

beforeAll(async () => {
  server = await startShiftingScim();
  const settings = { scimUrl: server.url, token: 'key', auth: 'header', organizationId: 'org' } as const;
  requests = new ScimRequests(settings, { dialect: { ...OPTI_ID_DIALECT, pageRows: 10 } });
});
afterAll(async () => {
  await requests.close();
  await server.close();
});

it('1,000 readings of a list that changes while it is read are right or partial, never silently short', async () => {
  const { right, partial } = await readShifting(server, requests, 1_000);
  expect(right + partial).toBe(1_000);
  expect(right).toBeGreaterThan(300);
  expect(partial).toBeGreaterThan(0);
});
