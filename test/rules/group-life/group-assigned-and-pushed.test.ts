import { testRule } from '../../support/rule-tester.ts';

testRule('group-assigned-and-pushed', {
  clean: [
    {
      world: 'one group assigns, another is pushed',
      given: (world) => {
        world.assignGroup(world.oktaGroup('Everybody at Example'));
        world.mapping(world.oktaGroup('Sales'));
        world.pushedGroup('Marketing');
      },
    },
    {
      world: 'the scope was inferred from the assignments, so it says nothing',
      given: (world) => world.assignGroup(world.oktaGroup('Sales')),
    },
    {
      world: 'the group is pushed to another app, of which nothing is read',
      given: (world) => world.assignGroup(world.oktaGroup('Sales')),
      job: 'drift',
    },
    {
      world: 'the assigned group is the target of a push, never its source',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'), { target_group_id: '00gTarget' });
        world.oktaGroup('Sales', [], { okta_group_id: '00gTarget', type: 'APP_GROUP' });
        world.assignGroup('00gTarget');
      },
    },
  ],
  flagged: [
    {
      world: 'the assigned group has a push mapping, even an inactive one',
      given: (world) => {
        const group = world.oktaGroup('Sales', [], { okta_group_id: '00gSales' });
        world.mapping(group, { status: 'INACTIVE' });
        world.assignGroup(group);
      },
      job: 'drift',
      finds: [{ subject: 'Sales', okta_id: '00gSales', opti_id: null, evidence: { has_mapping: true } }],
    },
    {
      world: 'the setting names the assigned group, by a pattern',
      given: (world) => {
        world.assignGroup(world.oktaGroup('Sales'));
        world.scope('Sal*');
        world.mapping(world.oktaGroup('Marketing'));
      },
      finds: [{ subject: 'Sales', evidence: { has_mapping: false } }],
    },
    {
      world: 'the assigned group has a mapping, and the setting names others',
      given: (world) => {
        const group = world.oktaGroup('Sales');
        world.mapping(group);
        world.assignGroup(group);
        world.pushedGroup('Marketing');
      },
      finds: [{ subject: 'Sales', evidence: { has_mapping: true } }],
    },
  ],
  silent: [
    {
      world: 'the groups of the app were not read to their end',
      given: (world) => world.setState('okta.appGroups', 'unread', 'HTTP 403'),
      outcome: 'unknown',
      reason: /okta\.appGroups was not read: HTTP 403/u,
    },
    {
      world: 'the mappings were not read, and the scope is not guessed',
      given: (world) => {
        world.assignGroup(world.oktaGroup('Sales'));
        world.setState('okta.groupPushMappings', 'unread', 'HTTP 403');
      },
      outcome: 'unknown',
      reason: /okta\.groupPushMappings was not read: HTTP 403/u,
    },
    {
      world: 'there is no SCIM app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
  ],
});
