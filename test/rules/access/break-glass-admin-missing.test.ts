import type { OptiUserRow } from '../../../src/domain/dataset.ts';
import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

/** A store user who is Super Admin through a group of that name. */
function admin(world: World, group: string, patch: Partial<OptiUserRow> = {}): void {
  const user = world.optiUser({ email: `${group}@example.com`, ...patch });
  world.grant(world.optiGroup(group, [user]), 'Admin Center', 'Admin Center', 'Super Admin');
}

testRule('break-glass-admin-missing', {
  clean: [
    {
      world: 'one of them has local login',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        admin(world, 'ada');
        admin(world, 'local', { local_login: true });
      },
    },
    {
      world: 'one of them is from another organization',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        admin(world, 'ada');
        admin(world, 'partner', { home_organization_id: 'org-2' });
      },
      job: 'drift',
    },
    {
      world: 'nobody would hold the role at all, which is for another rule to say',
      given: (world) => {
        world.person();
        world.pushedGroup('taken');
        admin(world, 'taken');
        admin(world, 'stranger');
      },
    },
  ],
  flagged: [
    {
      world: 'the one who gets in without SSO is assigned, so that SCIM can take the account away',
      given: (world) => {
        const admin = world.optiUser({ email: 'ada@example.com', local_login: true });
        world.grant(world.optiGroup('Admins', [admin]), 'Admin Center', 'Admin Center', 'Super Admin');
        world.person({ email: 'ada@example.com' }, { external_id: admin });
      },
      finds: [{ evidence: { super_admins: ['ada@example.com'] } }],
    },
    {
      world: 'every one of them signs in through Okta',
      given: (world) => {
        for (const name of ['bo', 'ada']) {
          world.person({ email: `${name}@example.com` });
          admin(world, name);
        }
        admin(world, 'stranger');
      },
      finds: [
        {
          subject: 'Example Inc.',
          okta_id: null,
          opti_id: 'org-1',
          evidence: { super_admins: ['ada@example.com', 'bo@example.com'] },
        },
      ],
    },
    {
      world: 'the only one with local login is assigned to the SCIM app, which can take the account away',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        admin(world, 'ada', { local_login: true });
      },
      finds: [{ evidence: { super_admins: ['ada@example.com'] } }],
    },
    {
      world: 'the only one with local login loses the role with a group that must go',
      given: (world) => {
        world.person({ email: 'ada@example.com' });
        world.pushedGroup('taken');
        admin(world, 'ada');
        admin(world, 'taken', { local_login: true });
        admin(world, 'invited', { local_login: true, status: 'invited' });
      },
      finds: [{ evidence: { super_admins: ['ada@example.com'] } }],
    },
  ],
  silent: [
    {
      world: 'there is neither a SCIM nor an SSO app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
