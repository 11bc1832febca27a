import type { OptiUserRow } from '../../../src/domain/dataset.ts';
import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

/** A store user who is Super Admin through a group of that name. */
function admin(world: World, group = 'Admins', patch: Partial<OptiUserRow> = {}): void {
  const user = world.optiUser({ email: 'ada@example.com', ...patch });
  world.grant(world.optiGroup(group, [user]), 'Admin Center', 'Admin Center', 'Super Admin');
}

testRule('last-super-admin-at-risk', {
  clean: [
    {
      world: 'one is assigned, active in Okta and in a group that stays',
      given: (world) => {
        world.person({ email: 'ADA@example.com', status: 'LOCKED_OUT' });
        world.pushedGroup('Sales');
        admin(world);
      },
    },
    {
      world: 'one has local login and is in nobody’s Okta',
      given: (world) => {
        world.person();
        admin(world, 'Admins', { local_login: true });
      },
      job: 'drift',
    },
    {
      world: 'one is from another organization',
      given: (world) => {
        world.person();
        admin(world, 'Admins', { home_organization_id: 'org-2' });
      },
    },
    {
      world: 'one holds it through a group that must go and through another that stays',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        world.pushedGroup('Sales');
        admin(world, 'Sales', { opti_user_id: 'user-a' });
        const stays = world.optiGroup('Stays', ['user-a']);
        world.grant(stays, 'Admin Center', 'Admin Center', 'Super Admin');
      },
    },
  ],
  flagged: [
    {
      world: 'the only one holds it through a group that must go, even with local login',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        world.pushedGroup('Sales');
        admin(world, 'Sales', { local_login: true });
      },
      finds: [
        {
          subject: 'Example Inc.',
          okta_id: null,
          opti_id: 'org-1',
          evidence: { super_admins_today: ['ada@example.com'] },
        },
      ],
    },
    {
      world: 'the only ones are not assigned, or not active in Okta',
      given: (world) => {
        world.person();
        for (const status of ['STAGED', 'SUSPENDED', 'DEPROVISIONED']) {
          world.person({ status, email: `${status}@example.com` });
          admin(world, status, { email: `${status}@example.com` });
        }
        world.oktaUser({ email: 'unassigned@example.com' });
        admin(world, 'Admins', { email: 'unassigned@example.com' });
      },
      job: 'drift',
      finds: [{ subject: 'Example Inc.' }],
    },
    {
      world: 'the only ones are invited or deleted in the store',
      given: (world) => {
        for (const status of ['invited', 'deleted']) {
          world.person({ email: `${status}@example.com` });
          admin(world, status, { status, email: `${status}@example.com`, local_login: true });
        }
      },
      finds: [{ evidence: { super_admins_today: [] } }],
    },
    {
      world: 'people hold other roles of the Admin Center, or a Super Admin of a product',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        const ada = world.optiUser({ email: 'ada@example.com' });
        world.grant(world.optiGroup('A', [ada]), 'Admin Center', 'Admin Center', 'Product Admin');
        world.grant(world.optiGroup('B', [ada]), 'CMS', 'Website', 'Super Admin');
      },
      finds: [{ detail: 'Example Inc. would have no Super Admin left: nobody holds the role today.' }],
    },
  ],
  silent: [
    {
      world: 'the store memberships were not read to their end',
      given: (world) => world.setState('optiId.groupMembers', 'unread', 'permission denied'),
      outcome: 'unknown',
      reason: /optiId\.groupMembers was not read: permission denied/u,
    },
  ],
});
