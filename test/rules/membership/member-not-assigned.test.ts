import { testRule } from '../../support/rule-tester.ts';

testRule('member-not-assigned', {
  clean: [
    {
      world: 'every active member is assigned',
      given: (world) => {
        world.pushedGroup('Sales', [world.person(), world.person({}, { status: 'STAGED' })]);
      },
    },
    {
      world: 'the members who are not assigned are not active',
      given: (world) => {
        const statuses = ['STAGED', 'PROVISIONED', 'SUSPENDED', 'DEPROVISIONED'];
        world.pushedGroup(
          'Sales',
          statuses.map((status) => world.oktaUser({ status })),
        );
      },
      job: 'drift',
    },
    {
      world: 'the group of the unassigned person is not pushed',
      given: (world) => {
        world.oktaGroup('Marketing', [world.oktaUser()]);
        world.pushedGroup('Sales', [world.person()]);
      },
    },
    {
      world: "the group is Okta's own Everyone, which is judged by its name alone",
      given: (world) => {
        world.pushedGroup('Everyone', [world.oktaUser()], { type: 'BUILT_IN' });
      },
    },
    {
      world: 'the members are assigned to the SSO app, which stands in',
      given: (world) => {
        world.noScimApp();
        world.ssoApp();
        world.pushedGroup('Sales', [world.assignToSso(world.oktaUser())]);
      },
    },
  ],
  flagged: [
    {
      world: 'active members are not assigned, or no more, in each of two groups',
      given: (world) => {
        world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
        world.oktaUser({ okta_user_id: '00uAda', email: 'ada@example.com' });
        const bo = world.person({ email: 'bo@example.com', status: 'LOCKED_OUT' }, { status: 'INACTIVE' });
        world.mapping(world.pushedGroup('Marketing', ['00uAda'], { okta_group_id: '00gMarketing' }));
        world.optiGroup('Marketing', [], { opti_group_id: 'group-m', group_type: 'internal' });
        world.pushedGroup('Sales', ['00uAda', bo]);
        world.rows['okta.assignmentChecks'].push({ okta_user_id: bo, is_assigned: false });
      },
      job: 'drift',
      finds: [
        {
          subject: 'ada@example.com → Marketing',
          okta_id: '00uAda',
          opti_id: 'user-a',
          evidence: {
            group_name: 'Marketing',
            okta_group_id: '00gMarketing',
            opti_group_id: 'group-m',
            okta_status: 'ACTIVE',
            absence: "inferred: the app's list leaves the person out",
          },
        },
        { subject: 'ada@example.com → Sales', okta_id: '00uAda', evidence: { opti_group_id: null } },
        {
          subject: 'bo@example.com → Sales',
          opti_id: null,
          evidence: { okta_status: 'LOCKED_OUT', absence: 'Okta was asked about this person' },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'the app users were not read to their end',
      given: (world) => {
        world.pushedGroup('Sales', [world.oktaUser()]);
        world.setState('okta.appUsers', 'unread', 'HTTP 500');
      },
      outcome: 'unknown',
      reason: /okta\.appUsers was not read: HTTP 500/u,
    },
    {
      world: 'several apps could be the SCIM app',
      given: (world) => {
        world.severalScimApps();
        world.pushedGroup('Sales', [world.oktaUser()]);
      },
      outcome: 'skipped',
      reason: /2 apps answer/u,
    },
  ],
});
