import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

/** Assigned people without a store user, and store users without anybody. */
function people(world: World, created: number, storeUsers: number): void {
  for (let each = 0; each < created; each += 1) world.person();
  for (let each = 0; each < storeUsers; each += 1) world.optiUser();
}

testRule('assignment-too-wide', {
  clean: [
    {
      world: 'fifty people would be created in an empty store',
      given: (world) => people(world, 50, 0),
    },
    {
      world: 'three times as many as there are',
      given: (world) => people(world, 60, 20),
    },
    {
      world: 'most of the assigned are in Opti ID already',
      given: (world) => {
        for (let each = 0; each < 60; each += 1) {
          world.person({ email: `p${each}@example.com` });
          world.optiUser({ email: `P${each}@example.com` });
        }
      },
    },
    {
      world: 'of fifty-one some are not active, or have the address of an account of somebody else',
      given: (world) => {
        people(world, 49, 0);
        world.person({ status: 'SUSPENDED' });
        world.person({ status: 'STAGED' });
        world.person(
          { email: 'ada@example.com' },
          { external_id: world.optiUser({ email: 'ada@example.com' }) },
        );
        world.person({ email: 'ada@example.com', status: 'LOCKED_OUT' });
        world.person({ email: 'ada@example.com' });
      },
    },
    {
      world: 'a group of that name that is not the built-in one is assigned',
      given: (world) => world.assignGroup(world.oktaGroup('Everyone')),
    },
    {
      world: 'the built-in group is there and not assigned',
      given: (world) => {
        world.oktaGroup('Everyone', [], { type: 'BUILT_IN' });
        world.assignGroup(world.oktaGroup('Opti ID users'));
      },
    },
  ],
  flagged: [
    {
      world: 'the built-in group Everyone is assigned',
      given: (world) => {
        world.assignGroup(world.oktaGroup('Everyone', [], { type: 'BUILT_IN' }));
        people(world, 1, 4);
        // Who is there already is not created.
        world.person({ email: 'ada@example.com' });
        world.optiUser({ email: 'ada@example.com' });
      },
      finds: [
        {
          subject: 'Opti ID SCIM',
          okta_id: '0oaScim',
          detail:
            "Okta's built-in group Everyone is assigned to Opti ID SCIM (people who would be created: 1, users in Opti ID: 5).",
          evidence: { is_everyone_assigned: true, created: 1, store_users: 5 },
        },
      ],
    },
    {
      world: 'more than fifty people and more than three times the users would be created',
      given: (world) => {
        people(world, 61, 20);
        world.optiUser({ status: 'deleted' });
      },
      finds: [
        {
          detail:
            'The assignment of Opti ID SCIM is wide (people who would be created: 61, users in Opti ID: 20).',
          evidence: { is_everyone_assigned: false, created: 61, store_users: 20 },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'who is assigned was not read completely',
      given: (world) => world.setState('okta.appUsers', 'partial', 'HTTP 500'),
      outcome: 'unknown',
      reason: /okta\.appUsers was not read/u,
    },
    {
      world: 'there is no SCIM app',
      given: (world) => world.noScimApp(),
      outcome: 'skipped',
      reason: /there is no SCIM app/u,
    },
  ],
});
