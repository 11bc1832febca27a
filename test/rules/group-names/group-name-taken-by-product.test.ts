import { testRule } from '../../support/rule-tester.ts';

testRule('group-name-taken-by-product', {
  clean: [
    {
      world: 'the name has :: in it, by which a push makes a team and no group',
      given: (world) => {
        world.pushedGroup('Site::Team Nord');
        world.optiGroup('Site::Team Nord', [], { group_type: 'product' });
      },
    },
    {
      world: 'the product group has another name',
      given: (world) => {
        world.pushedGroup('Marketing');
        world.optiGroup('Editors', [], { group_type: 'product' });
      },
    },
    {
      world: 'the Okta group of the name is not to be pushed',
      given: (world) => {
        world.oktaGroup('Editors');
        world.pushedGroup('Marketing');
        world.optiGroup('Editors', [], { group_type: 'product' });
      },
    },
    {
      world: 'the groups of the name are custom and internal',
      given: (world) => {
        world.pushedGroup('Editors');
        world.optiGroup('Editors');
        world.optiGroup('Editors', [], { group_type: 'internal' });
      },
    },
    {
      world: 'the names only look the same',
      given: (world) => {
        world.pushedGroup('Edit\u200Bors');
        world.optiGroup('Editors', [], { group_type: 'product' });
      },
    },
  ],
  flagged: [
    {
      world: 'a product group has the name, in other case and between spaces',
      given: (world) => {
        world.pushedGroup('EDITORS', [], { okta_group_id: '00gEditors' });
        world.optiGroup(' Editors ', [], { opti_group_id: 'group-e', group_type: 'product' });
      },
      finds: [
        {
          subject: 'EDITORS',
          okta_id: '00gEditors',
          opti_id: 'group-e',
          evidence: { opti_group_name: ' Editors ' },
        },
      ],
    },
    {
      world: 'two products each have a group of the name',
      given: (world) => {
        world.pushedGroup('Editors');
        world.optiGroup('Editors', [], { opti_group_id: 'group-cms', group_type: 'product' });
        world.optiGroup('Editors', [], { opti_group_id: 'group-dam', group_type: 'product' });
      },
      finds: [{ subject: 'Editors' }, { subject: 'Editors' }],
    },
  ],
  silent: [
    {
      world: 'the store groups were not read to their end',
      given: (world) => {
        world.pushedGroup('Editors');
        world.setState('optiId.groups', 'partial', 'the connection was lost');
      },
      outcome: 'unknown',
      reason: /optiId\.groups was not read/u,
    },
    {
      world: 'nothing is to be pushed',
      given: () => {},
      outcome: 'skipped',
      reason: /no group is in the push scope/u,
    },
  ],
});
