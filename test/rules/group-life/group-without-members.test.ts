import { testRule } from '../../support/rule-tester.ts';

testRule('group-without-members', {
  clean: [
    {
      world: 'one member is assigned and active, beside others who are not',
      given: (world) => {
        world.pushedGroup('Sales', [world.oktaUser(), world.person({ status: 'STAGED' }), world.person()]);
      },
    },
    {
      world: 'a locked-out, an expired and a recovering member count as active',
      given: (world) => {
        for (const status of ['LOCKED_OUT', 'PASSWORD_EXPIRED', 'RECOVERY']) {
          world.pushedGroup(status, [world.person({ status })]);
        }
      },
      job: 'drift',
    },
    {
      world: "Okta's own group of all users is judged by its name alone",
      given: (world) => {
        world.pushedGroup('Everyone', [], { type: 'BUILT_IN' });
      },
    },
    {
      world: 'the empty group is not to be pushed',
      given: (world) => {
        world.oktaGroup('Empty');
        world.pushedGroup('Sales', [world.person()]);
      },
    },
    {
      world: 'the members are assigned to the SSO app, which stands in',
      given: (world) => {
        world.ssoApp();
        world.noScimApp();
        world.pushedGroup('Sales', [world.assignToSso(world.oktaUser())]);
      },
    },
  ],
  flagged: [
    {
      world: 'the group has no members, or only gone ones',
      given: (world) => {
        world.pushedGroup('Empty', [], { okta_group_id: '00gEmpty' });
        world.pushedGroup('Gone', [world.person({ status: 'DEPROVISIONED' })]);
        world.pushedGroup('Everyone');
      },
      finds: [
        {
          subject: 'Empty',
          okta_id: '00gEmpty',
          opti_id: null,
          detail: 'Empty has no members.',
          evidence: { members_okta: 0 },
        },
        { subject: 'Everyone', evidence: { members_okta: 0 } },
        { subject: 'Gone', detail: 'Gone has no members.', evidence: { members_okta: 0 } },
      ],
    },
    {
      world: 'no member is assigned',
      given: (world) => {
        const unassigned = ['DEPROVISIONED', 'UNASSIGNED', 'REVOKED', 'INACTIVE'].map((status) =>
          world.person({}, { status }),
        );
        world.pushedGroup('Sales', [world.oktaUser(), ...unassigned]);
      },
      job: 'drift',
      finds: [{ subject: 'Sales', evidence: { members_okta: 5 } }],
    },
    {
      world: 'no member is active',
      given: (world) => {
        const people = ['STAGED', 'PROVISIONED', 'SUSPENDED'].map((status) => world.person({ status }));
        world.pushedGroup('Sales', people);
        world.pushedGroup('One', people.slice(0, 1));
      },
      finds: [
        {
          subject: 'One',
          detail: 'One has 1 member, and none is assigned to the SCIM app and active in Okta.',
        },
        { subject: 'Sales', evidence: { members_okta: 3 } },
      ],
    },
    {
      world: 'the assigned people are in another group',
      given: (world) => {
        world.oktaGroup('Marketing', [world.person()]);
        world.pushedGroup('Sales');
      },
      finds: [{ subject: 'Sales' }],
    },
  ],
  silent: [
    {
      world: 'the members of the groups were not read to their end',
      given: (world) => {
        world.pushedGroup('Sales');
        world.setState('okta.groupMembers', 'unread', 'HTTP 403');
      },
      outcome: 'unknown',
      reason: /okta\.groupMembers was not read: HTTP 403/u,
    },
    {
      world: 'the app users were not read to their end',
      given: (world) => {
        world.pushedGroup('Sales');
        world.setState('okta.appUsers', 'unread', 'HTTP 403');
      },
      outcome: 'unknown',
      reason: /okta\.appUsers was not read: HTTP 403/u,
    },
    {
      world: 'nobody can be assigned, because there is neither a SCIM nor an SSO app',
      given: (world) => {
        world.noScimApp();
        world.pushedGroup('Sales');
      },
      outcome: 'skipped',
      reason: /no SCIM app/u,
    },
    {
      world: 'nothing is to be pushed',
      given: () => {},
      outcome: 'skipped',
      reason: /no group is in the push scope/u,
    },
  ],
});
