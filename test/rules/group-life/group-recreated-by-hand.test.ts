import { expect } from 'vitest';
import { testRule } from '../../support/rule-tester.ts';

testRule('group-recreated-by-hand', {
  clean: [
    {
      world: 'the name has :: in it, by which a push makes a team and no group',
      given: (world) => {
        world.pushedGroup('Site::Team Nord');
        world.optiGroup('Site::Team Nord', [], { group_type: 'custom' });
      },
    },
    {
      world: 'the namesakes are internal or product groups, or only look the same',
      given: (world) => {
        for (const name of ['Sales', 'Editors', 'Team Nord']) world.pushedGroup(name);
        world.optiGroup('Sales', [], { group_type: 'internal' });
        world.optiGroup('Editors', [], { group_type: 'product' });
        world.optiGroup('Team\u00A0Nord');
      },
    },
    {
      world: 'the group of the name is not pushed',
      given: (world) => {
        world.oktaGroup('Marketing');
        world.optiGroup('Marketing');
        world.pushedGroup('Sales');
      },
    },
  ],
  flagged: [
    {
      world: 'custom groups bear the name of a pushed one, beside the one that the push made',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales', [], { okta_group_id: '00gSales' }));
        world.optiGroup('Sales', [], { group_type: 'internal' });
        const hand = world.optiGroup('SALES', [world.optiUser(), world.optiUser({ status: 'deleted' })], {
          opti_group_id: 'hand-1',
        });
        world.grant(hand, 'CMS', 'Website', 'Editor');
        world.optiGroup('Sales ', [], { opti_group_id: 'hand-2' });
      },
      finds: [
        { subject: 'Sales', okta_id: '00gSales', opti_id: 'hand-2', evidence: { grants: [] } },
        {
          subject: 'Sales',
          okta_id: '00gSales',
          opti_id: 'hand-1',
          detail:
            'Sales is pushed, and Opti ID has a group made by hand named SALES, with 1 member and 1 grant.',
          fix: expect.stringContaining('then delete the one made by hand'),
          evidence: {
            opti_group_name: 'SALES',
            members: 1,
            grants: ['CMS / Website: Editor'],
            is_reserved: false,
            is_linked: false,
          },
        },
      ],
    },
    {
      world: 'a push is linked to the group, or Opti ID keeps it for itself: then it must stay',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'));
        world.mapping(world.oktaGroup('everyone'), { status: 'INACTIVE', targetExternalId: 'other' });
        world.optiGroup('Sales');
        world.optiGroup('Everyone');
      },
      finds: [
        {
          subject: 'Sales',
          fix: expect.stringMatching(/^Do not delete.*linked/u),
          evidence: { is_linked: true },
        },
        {
          subject: 'everyone',
          fix: expect.stringMatching(/^Do not delete.*reserves it/u),
          evidence: { is_reserved: true },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'the members were not read',
      given: (world) => {
        world.pushedGroup('Sales');
        world.setState('optiId.groupMembers', 'unread', 'the connection was lost');
      },
      outcome: 'unknown',
      reason: /optiId\.groupMembers was not read: the connection/u,
    },
    {
      world: 'no group is meant to be pushed',
      given: () => {},
      outcome: 'skipped',
      reason: /no group is in the push scope/u,
    },
  ],
});
