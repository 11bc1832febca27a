import { testRule } from '../../support/rule-tester.ts';

const INTERNAL = { group_type: 'internal' } as const;

testRule('orphan-keeps-access', {
  clean: [
    {
      world: 'a mapping targets the group that grants',
      given: (world) => {
        world.mapping(world.oktaGroup('Sales'));
        const group = world.optiGroup('Sales', [world.optiUser()], INTERNAL);
        world.grant(group, 'CMS', 'Website', 'Editor');
      },
    },
    {
      world: 'another group leads to the same instance, if under another role',
      given: (world) => {
        const ada = world.optiUser();
        world.grant(world.optiGroup('Left', [ada], INTERNAL), 'CMS', 'Website', 'Editor');
        world.grant(world.optiGroup('Stays', [ada]), 'CMS', 'Website', 'Viewer');
      },
      job: 'drift',
    },
    {
      world: 'the group that was left behind grants nothing, or has no members, or is reserved',
      given: (world) => {
        world.optiGroup('Left', [world.optiUser()], INTERNAL);
        const members = [world.optiUser({ status: 'deleted' })];
        world.grant(world.optiGroup('Empty', members, INTERNAL), 'CMS', 'Website', 'Editor');
        const everyone = world.optiGroup('Everyone', [world.optiUser()], INTERNAL);
        world.grant(everyone, 'CMS', 'Website', 'Editor');
      },
    },
  ],
  flagged: [
    {
      world: 'people reach instances only through groups that were left behind',
      given: (world) => {
        world.person({ okta_user_id: '00uAda', email: 'ada@example.com' });
        const ada = world.optiUser({ opti_user_id: 'user-a', email: 'Ada@example.com' });
        const partner = world.optiUser({ email: 'p@elsewhere.example', home_organization_id: 'org-2' });
        const [left, gone] = ['Left', 'Gone'].map((name) => world.optiGroup(name, [ada, partner], INTERNAL));
        for (const group of [left, gone] as string[]) world.grant(group, 'CMS', 'Website', 'Editor');
        world.grant(left as string, 'DAM', 'Library', 'Viewer');
        world.grant(world.optiGroup('Stays', [partner]), 'DAM', 'Library', 'Viewer');
      },
      finds: [
        {
          subject: 'ada@example.com',
          okta_id: '00uAda',
          opti_id: 'user-a',
          evidence: { instances: ['CMS / Website', 'DAM / Library'], groups: ['Gone', 'Left'] },
        },
        { subject: 'p@elsewhere.example', okta_id: null, evidence: { instances: ['CMS / Website'] } },
      ],
    },
  ],
  silent: [
    {
      world: 'the mappings were not read to their end',
      given: (world) => world.setState('okta.groupPushMappings', 'unread', 'HTTP 403'),
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
