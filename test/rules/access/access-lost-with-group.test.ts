import { testRule } from '../../support/rule-tester.ts';

testRule('access-lost-with-group', {
  clean: [
    {
      world: 'the group that must go grants nothing',
      given: (world) => {
        world.pushedGroup('Sales');
        world.optiGroup('Sales', [world.optiUser()]);
      },
    },
    {
      world: 'another group that stays grants the same role on the same instance',
      given: (world) => {
        world.pushedGroup('Sales');
        const ada = world.optiUser();
        for (const name of ['Sales', 'Editors']) {
          world.grant(world.optiGroup(name, [ada]), 'CMS', 'Website', 'Editor');
        }
      },
    },
    {
      world: 'the group that grants is not to be pushed, or has no members, or deleted ones only',
      given: (world) => {
        world.pushedGroup('Sales');
        world.grant(world.optiGroup('Marketing', [world.optiUser()]), 'CMS', 'Website', 'Editor');
        const members = [world.optiUser({ status: 'deleted' })];
        world.grant(world.optiGroup('Sales', members), 'CMS', 'Website', 'Editor');
      },
    },
  ],
  flagged: [
    {
      world:
        'people will not be in the pushed group, collaborators included; who will be has a rule of their own',
      given: (world) => {
        const kept = world.person({ email: 'kept@example.com' });
        world.person({ okta_user_id: '00uOutside', email: 'outside@example.com' });
        world.pushedGroup('Sales', [kept]);
        const group = world.optiGroup('sales', [
          world.optiUser({ email: 'kept@example.com' }),
          world.optiUser({ opti_user_id: 'user-o', email: 'outside@example.com' }),
          world.optiUser({ email: 'partner@elsewhere.example', home_organization_id: 'org-2' }),
        ]);
        world.grant(group, 'CMS', 'Website', 'Editor');
        world.grant(group, 'CMS', 'Website', 'Admin');
      },
      finds: [
        {
          subject: 'outside@example.com',
          okta_id: '00uOutside',
          opti_id: 'user-o',
          evidence: {
            access: ['CMS / Website: Admin', 'CMS / Website: Editor'],
            groups: ['sales'],
            reason: 'lost for good: not in the Okta group',
          },
        },
        {
          subject: 'partner@elsewhere.example',
          okta_id: null,
          evidence: { reason: 'lost for good: collaborator from another organization' },
        },
      ],
    },
    {
      world: 'another group that stays grants another role, or the role on another instance',
      given: (world) => {
        world.pushedGroup('Sales');
        const ada = world.optiUser({ email: 'ada@example.com' });
        world.grant(world.optiGroup('Sales', [ada]), 'CMS', 'Website', 'Editor');
        const stays = world.optiGroup('Stays', [ada]);
        world.grant(stays, 'CMS', 'Website', 'Viewer');
        world.grant(stays, 'CMS', 'Intranet', 'Editor');
      },
      finds: [{ subject: 'ada@example.com', evidence: { access: ['CMS / Website: Editor'] } }],
    },
    {
      world: 'both groups that grant it must go: one finding, with both',
      given: (world) => {
        world.pushedGroup('Sales');
        world.pushedGroup('Marketing');
        const ada = world.optiUser({ email: 'ada@example.com' });
        for (const name of ['Sales', 'Marketing']) {
          world.grant(world.optiGroup(name, [ada]), 'CMS', 'Website', 'Editor');
        }
      },
      finds: [{ subject: 'ada@example.com', evidence: { groups: ['Marketing', 'Sales'] } }],
    },
  ],
  silent: [
    {
      world: 'what the groups grant was not read completely',
      given: (world) => {
        world.person();
        world.pushedGroup('Sales');
        world.setState('optiId.groupInstanceRoles', 'unread', 'permission denied');
      },
      outcome: 'unknown',
      reason: /optiId\.groupInstanceRoles was not read: permission denied/u,
    },
  ],
});
