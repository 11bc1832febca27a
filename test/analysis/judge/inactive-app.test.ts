import { expect, test } from 'vitest';
import { World } from '../../support/world.ts';

test.each(['precutover', 'drift'] as const)(
  'an inactive SCIM app is one finding, and no other follows from it (%s)',
  async (job) => {
    const world = new World();
    world.organization({ provisioning_mode: job === 'drift' ? 'scim' : 'jit' });
    // What a deactivation leaves: nobody is assigned, the mappings stay, everybody is in Opti ID.
    world.changeScimApp({ status: 'INACTIVE', features: [] });
    world.settings.scim_app = world.scimApp.okta_app_id;
    const ada = world.person(
      { email: 'ada@example.com' },
      { external_id: 'user-a', status: 'DEPROVISIONED' },
    );
    const stored = world.optiUser({ opti_user_id: 'user-a', external_id: ada, email: 'ada@example.com' });
    world.mapping(world.pushedGroup('Sales', [ada]));
    world.optiGroup('Sales', [stored], { group_type: 'internal' });
    world.optiGroup('Left', [stored], { group_type: 'internal' });
    const { findings, rules } = await world.judged(job);
    expect(findings.map(({ rule }) => rule)).toEqual(['scim-app-inactive']);
    const outcome = (id: string) => rules.find(({ rule }) => rule === id);
    expect(outcome('group-orphaned')).toMatchObject({
      outcome: 'skipped',
      reason: 'the SCIM app Opti ID SCIM is INACTIVE',
    });
    expect(outcome('last-super-admin-at-risk')).toMatchObject({ outcome: 'skipped' });
  },
);
