import { testRule } from '../../support/rule-tester.ts';

testRule('group-name-taken', {
  clean: [
    {
      world: 'no group of the name is in Opti ID',
      given: (world) => {
        world.pushedGroup('Marketing');
        world.optiGroup('Sales');
      },
    },
    {
      world: 'the group of the name is in Okta but not to be pushed',
      given: (world) => {
        world.oktaGroup('Marketing');
        world.pushedGroup('Sales');
        world.optiGroup('Marketing');
      },
    },
    {
      world: 'the group of the name is a product group',
      given: (world) => {
        world.pushedGroup('Editors');
        world.optiGroup('Editors', [], { group_type: 'product' });
      },
    },
    {
      world: 'the group of the name is managed by SCIM already',
      given: (world) => {
        world.pushedGroup('Marketing');
        world.optiGroup('Marketing', [], { group_type: 'internal' });
      },
    },
    {
      world: 'the names only look the same',
      given: (world) => {
        world.pushedGroup('Market\u00A0ing');
        world.optiGroup('Market ing');
      },
    },
  ],
  flagged: [
    {
      world: 'a custom group has the very name',
      given: (world) => {
        const group = world.pushedGroup('Marketing', [], { okta_group_id: '00gMarketing' });
        const [present, deleted] = [world.optiUser(), world.optiUser({ status: 'deleted' })];
        const taken = world.optiGroup('Marketing', [present, deleted], { opti_group_id: 'group-m' });
        world.grant(taken, 'CMS', 'Website', 'Editor');
        world.grant(taken, 'Admin Center', 'Admin Center', 'Super Admin');
        world.oktaGroup(`not ${group}`);
      },
      finds: [
        {
          subject: 'Marketing',
          okta_id: '00gMarketing',
          opti_id: 'group-m',
          evidence: {
            opti_group_name: 'Marketing',
            members: 1,
            grants: ['Admin Center / Admin Center: Super Admin', 'CMS / Website: Editor'],
            is_reserved: false,
          },
        },
      ],
    },
    {
      world: 'the names differ in case, space and composition only',
      given: (world) => {
        world.pushedGroup('  MARKÉTING ');
        world.optiGroup('marke\u0301ting', [], { opti_group_id: 'group-m' });
      },
      finds: [{ subject: '  MARKÉTING ', opti_id: 'group-m' }],
    },
    {
      world: 'two custom groups fold to the name: each must go',
      given: (world) => {
        world.pushedGroup('Marketing');
        world.optiGroup('marketing', [], { opti_group_id: 'group-1' });
        world.optiGroup('MARKETING', [], { opti_group_id: 'group-2' });
      },
      finds: [{ subject: 'Marketing' }, { subject: 'Marketing' }],
    },
  ],
  silent: [
    {
      world: 'the store groups were not read to their end',
      given: (world) => {
        world.pushedGroup('Marketing');
        world.optiGroup('Marketing');
        world.setState('optiId.groups', 'partial', 'the connection was lost');
      },
      outcome: 'unknown',
      reason: /optiId\.groups was not read completely: the connection was lost/u,
    },
    {
      world: 'the roles, which say what the group grants, were not read',
      given: (world) => {
        world.pushedGroup('Marketing');
        world.setState('optiId.roles', 'unread', 'permission denied');
      },
      outcome: 'unknown',
      reason: /optiId\.roles was not read: permission denied/u,
    },
    {
      world: 'nothing is to be pushed',
      given: (world) => {
        world.optiGroup('Marketing');
      },
      outcome: 'skipped',
      reason: /no group is in the push scope/u,
    },
  ],
});
