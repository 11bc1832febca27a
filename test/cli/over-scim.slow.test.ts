import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startOktaSandbox } from '../../src/sandbox/okta-server.ts';
import { sampleWorld } from '../../src/sandbox/sample-world.ts';
import { type ScimSandbox, startScimSandbox } from '../../src/sandbox/scim-server.ts';
import { Desk, filesBelow, readCsv, readRun } from './support/cli.ts';

const NOW = new Date();
const world = sampleWorld(NOW);

let desk: Desk;
let okta: Awaited<ReturnType<typeof startOktaSandbox>>;
let scim: ScimSandbox;

beforeEach(async () => {
  desk = await Desk.open();
  okta = await startOktaSandbox(world.okta);
  scim = await startScimSandbox(world.store, world.organizationId);
});
afterEach(async () => {
  await Promise.all([okta.close(), scim.close(), desk.close()]);
});

describe("a customer's run", () => {
  it("needs Okta's token and the SCIM key alone, writes nothing, and leaves the key nowhere", async () => {
    const { code } = await desk.audit('precutover', {
      OKTA_CLIENT_ORGURL: okta.url,
      OKTA_CLIENT_TOKEN: okta.token,
      OPTIID_SCIM_URL: scim.url,
      OPTIID_SCIM_TOKEN: scim.token,
    });
    const dir = desk.onlyRun();
    const run = readRun(dir);
    // What the endpoint never shows is no gap.
    expect(code).toBe(1);
    expect(run).toMatchObject({
      opti_id_source: 'scim',
      complete: true,
      counts: { outcome: { unknown: 0 } },
    });
    expect(run.opti_organization.id).toBe(new URL(scim.url).host);
    expect(run.datasets['optiId.users'].completeness).toBe('complete');
    expect(run.datasets['optiId.roles']).toMatchObject({
      completeness: 'unread',
      reason: expect.stringContaining('Admin Center'),
    });
    for (const { rule, outcome, reason } of readCsv(dir, 'rules')) {
      if (outcome === 'skipped') expect(reason, rule).toMatch(/./u);
    }
    const plan = JSON.parse(readFileSync(join(dir, 'plan.json'), 'utf8'));
    expect(plan).toMatchObject({
      complete: true,
      applicable: true,
      head: { lost_for_good: { people: null } },
    });
    expect(plan.head.deletions).toEqual({ groups: 0, users: 0 });
    expect(plan.unchecked.map(({ rule }: { rule: string }) => rule)).toContain('last-super-admin-at-risk');

    expect(scim.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    for (const file of filesBelow(dir)) {
      if (!/\.\w+$/u.test(file)) continue;
      const bytes = readFileSync(join(dir, file));
      const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
      expect(text.includes(scim.token), file).toBe(false);
    }
  });

  it('ends with 2 and leaves no run where the key is refused', async () => {
    const settings = {
      OKTA_CLIENT_ORGURL: okta.url,
      OKTA_CLIENT_TOKEN: okta.token,
      OPTIID_SCIM_URL: scim.url,
      OPTIID_SCIM_TOKEN: 'another-key',
    };
    await expect(desk.audit('precutover', settings)).rejects.toThrow(
      /SCIM endpoint .* cannot be read: .*401/u,
    );
    expect(desk.leftBehind().filter((path) => path.endsWith('run.json'))).toEqual([]);
  });
});
