import { testRule } from '../../support/rule-tester.ts';

testRule('group-name-duplicate', {
  clean: [
    {
      world: 'the pushed groups have different names',
      given: (world) => {
        world.pushedGroup('Sales');
        world.pushedGroup('Marketing');
      },
    },
    {
      world: 'the other group of the name is not to be pushed',
      given: (world) => {
        world.pushedGroup('Sales');
        world.oktaGroup('Sales');
      },
      job: 'drift',
    },
    {
      world: 'the other group of the name is the target of the push',
      given: (world) => {
        world.mapping(world.pushedGroup('Sales'));
      },
    },
    {
      world: 'the names only look the same',
      given: (world) => {
        world.pushedGroup('Team Nord');
        world.pushedGroup('Team\u00A0Nord');
        world.pushedGroup('Strasse');
        world.pushedGroup('Straße');
      },
    },
  ],
  flagged: [
    {
      world: 'three pushed groups fold to one name: a finding for each',
      given: (world) => {
        world.pushedGroup('SALES', [], { okta_group_id: '00gA' });
        world.pushedGroup('Sales', [], { okta_group_id: '00gB' });
        world.pushedGroup('sales ', [], { okta_group_id: '00gC' });
        world.pushedGroup('Marketing');
      },
      finds: [
        {
          subject: 'SALES',
          okta_id: '00gA',
          opti_id: null,
          evidence: { same_name_group_ids: ['00gB', '00gC'], same_name_groups: ['Sales', 'sales '] },
        },
        { subject: 'Sales', okta_id: '00gB', evidence: { same_name_group_ids: ['00gA', '00gC'] } },
        { subject: 'sales ', okta_id: '00gC', evidence: { same_name_group_ids: ['00gA', '00gB'] } },
      ],
    },
    {
      world: 'two groups of the very same name have mappings',
      given: (world) => {
        world.mapping(world.oktaGroup('Cafe\u0301'));
        world.mapping(world.oktaGroup('Café'));
      },
      job: 'drift',
      finds: [{ subject: 'Cafe\u0301' }, { subject: 'Café' }],
    },
  ],
  silent: [
    {
      world: 'the Okta groups were not read to their end',
      given: (world) => {
        world.pushedGroup('Sales');
        world.pushedGroup('sales');
        world.setState('okta.groups', 'partial', 'HTTP 500');
      },
      outcome: 'unknown',
      reason: /okta\.groups was not read completely: HTTP 500/u,
    },
    {
      world: 'nothing is to be pushed',
      given: () => {},
      outcome: 'skipped',
      reason: /no group is in the push scope/u,
    },
  ],
});
