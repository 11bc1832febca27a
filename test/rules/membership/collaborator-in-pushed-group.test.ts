import { testRule } from '../../support/rule-tester.ts';

const ELSEWHERE = { home_organization_id: 'org-2' } as const;

testRule('collaborator-in-pushed-group', {
  clean: [
    {
      world: 'the group that the push replaces has members of the organization only',
      given: (world) => {
        world.pushedGroup('Sales');
        world.optiGroup('Sales', [world.optiUser(), world.optiUser({ home_organization_id: null })]);
      },
    },
    {
      world: 'the collaborator is in another group, or is deleted',
      given: (world) => {
        world.pushedGroup('Sales');
        world.optiGroup('Sales', [world.optiUser({ ...ELSEWHERE, status: 'deleted' })]);
        world.optiGroup('Partners', [world.optiUser(ELSEWHERE)]);
      },
    },
    {
      world: 'the collaborator is in a group that a push made, which is for the nightly audit',
      given: (world) => {
        world.pushedGroup('Sales');
        world.optiGroup('Sales', [world.optiUser(ELSEWHERE)], { group_type: 'internal' });
      },
    },
    {
      world: "the pushed group is Okta's own Everyone, which is judged by its name alone",
      given: (world) => {
        world.pushedGroup('Everyone', [], { type: 'BUILT_IN' });
        world.optiGroup('Everyone', [world.optiUser(ELSEWHERE)]);
      },
    },
  ],
  flagged: [
    {
      world: 'a collaborator and a local login are in it',
      given: (world) => {
        world.pushedGroup('Sales');
        const members = [
          world.optiUser({ opti_user_id: 'user-c', email: 'c@partner.example', ...ELSEWHERE }),
          world.optiUser({ opti_user_id: 'user-l', email: 'l@example.com', local_login: true }),
          world.optiUser(),
        ];
        world.grant(world.optiGroup('SALES', members), 'CMS', 'Website', 'Editor');
      },
      finds: [
        {
          subject: 'c@partner.example → Sales',
          okta_id: null,
          opti_id: 'user-c',
          evidence: {
            group_name: 'Sales',
            is_collaborator: true,
            local_login: false,
            grants: ['CMS / Website: Editor'],
          },
        },
        { subject: 'l@example.com → Sales', opti_id: 'user-l', evidence: { local_login: true } },
      ],
    },
    {
      world: 'a local login has an Okta user, and two groups of the name hold them: one finding each',
      given: (world) => {
        world.person({ okta_user_id: '00uAda', email: 'ada@example.com' });
        world.pushedGroup('Sales', ['00uAda']);
        const ada = world.optiUser({ email: 'ADA@example.com', local_login: true });
        world.optiGroup('Sales', [ada]);
        world.optiGroup('sales', [ada]);
      },
      finds: [
        { subject: 'ada@example.com → Sales', okta_id: '00uAda' },
        { subject: 'ada@example.com → Sales', okta_id: '00uAda' },
      ],
    },
  ],
  silent: [
    {
      world: 'the store users were not read to their end',
      given: (world) => {
        world.pushedGroup('Sales');
        world.setState('optiId.users', 'partial', 'the connection was lost');
      },
      outcome: 'unknown',
      reason: /optiId\.users was not read/u,
    },
  ],
});
