import { testRule } from '../../support/rule-tester.ts';

testRule('admin-role-on-taken-group', {
  clean: [
    {
      world: 'the group that must go grants roles of products only',
      given: (world) => {
        world.pushedGroup('Sales');
        world.grant(world.optiGroup('Sales'), 'CMS', 'Website', 'Super Admin');
      },
    },
    {
      world: 'the group with the Admin Center role is not in the way',
      given: (world) => {
        world.pushedGroup('Sales');
        world.optiGroup('Sales');
        for (const group_type of ['custom', 'internal', 'product']) {
          const group = world.optiGroup(`Admins ${group_type}`, [], { group_type });
          world.grant(group, 'Admin Center', 'Admin Center', 'Super Admin');
        }
      },
    },
  ],
  flagged: [
    {
      world: 'it grants roles of the Admin Center, beside one of a product',
      given: (world) => {
        world.pushedGroup('Sales', [], { okta_group_id: '00gSales' });
        const group = world.optiGroup('SALES', [], { opti_group_id: 'group-s' });
        world.grant(group, 'Admin Center', 'Admin Center', 'Super Admin');
        world.grant(group, 'Admin Center', 'Admin Center', 'Project Owner');
        world.grant(group, 'Admin Center', 'Another instance', 'Super Admin');
        world.grant(group, 'CMS', 'Website', 'Editor');
      },
      finds: [
        {
          subject: 'Sales',
          okta_id: '00gSales',
          opti_id: 'group-s',
          evidence: { roles: ['Project Owner', 'Super Admin'] },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'the roles were not read to their end',
      given: (world) => {
        world.pushedGroup('Sales');
        world.setState('optiId.roles', 'unread', 'permission denied');
      },
      outcome: 'unknown',
      reason: /optiId\.roles was not read: permission denied/u,
    },
  ],
});
