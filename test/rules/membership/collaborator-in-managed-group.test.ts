import { testRule } from '../../support/rule-tester.ts';

const INTERNAL = { group_type: 'internal' } as const;

testRule('collaborator-in-managed-group', {
  clean: [
    {
      world: 'the managed group holds people of the organization alone, and a deleted collaborator',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'));
        world.optiGroup(
          'Sales',
          [world.optiUser(), world.optiUser({ home_organization_id: 'org-2', status: 'deleted' })],
          INTERNAL,
        );
      },
    },
    {
      world: 'the collaborators are in groups that no push made, or whose push is out of scope',
      given: (world) => {
        const partner = world.optiUser({ home_organization_id: 'org-2' });
        world.pushedGroup('Sales');
        world.optiGroup('Sales', [partner]);
        world.optiGroup('Partners', [partner]);
        world.mapping(world.oktaGroup('Marketing'));
        world.optiGroup('Marketing', [partner], INTERNAL);
      },
    },
    {
      world: "the group is Okta's own Everyone, which is judged by its name alone",
      given: (world) => {
        world.mapping(world.oktaGroup('Everyone', [], { type: 'BUILT_IN' }));
        world.optiGroup('Everyone', [world.optiUser({ local_login: true })], INTERNAL);
      },
    },
  ],
  flagged: [
    {
      world: 'a collaborator and a person with local login are in a managed group, in the Okta group or not',
      given: (world) => {
        const ada = world.person({ okta_user_id: '00uAda', email: 'Ada@partner.example' });
        world.oktaGroup('Support', [ada]);
        world.mapping(world.oktaGroup('Sales', [ada], { okta_group_id: '00gSales' }));
        world.optiGroup(
          'Sales',
          [
            world.optiUser({
              opti_user_id: 'user-a',
              email: 'ada@partner.example',
              home_organization_id: 'org-2',
            }),
            world.optiUser({ opti_user_id: 'user-b', email: 'bo@example.com', local_login: true }),
          ],
          { ...INTERNAL, opti_group_id: 'group-s' },
        );
      },
      finds: [
        {
          subject: 'Ada@partner.example → Sales',
          okta_id: '00uAda',
          opti_id: 'user-a',
          detail:
            'Ada@partner.example → Sales: a collaborator from another organization is in a group that Okta manages.',
          evidence: {
            group_name: 'Sales',
            okta_group_id: '00gSales',
            opti_group_id: 'group-s',
            is_collaborator: true,
            local_login: false,
          },
        },
        {
          subject: 'bo@example.com → Sales',
          okta_id: null,
          opti_id: 'user-b',
          evidence: { local_login: true },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'the mappings were not read',
      given: (world) => {
        world.pushedGroup('Sales');
        world.setState('okta.groupPushMappings', 'unread', 'HTTP 403');
      },
      outcome: 'unknown',
      reason: /okta\.groupPushMappings was not read: HTTP 403/u,
    },
    {
      world: 'no group is meant to be pushed',
      given: () => {},
      outcome: 'skipped',
      reason: /no group is in the push scope/u,
    },
  ],
});
