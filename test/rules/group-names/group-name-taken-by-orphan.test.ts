import { testRule } from '../../support/rule-tester.ts';

const INTERNAL = { group_type: 'internal' };

testRule('group-name-taken-by-orphan', {
  clean: [
    {
      world: 'the internal group of that name is the one that the push made',
      given: (world) => {
        world.mapping(world.pushedGroup('Editors'));
        world.optiGroup('Editors', [], INTERNAL);
      },
    },
    {
      world: 'the internal group has another name, is reserved, or of another kind',
      given: (world) => {
        for (const name of ['Editors', 'Authors', 'Everyone']) world.pushedGroup(name);
        world.optiGroup('Writers', [], INTERNAL);
        world.optiGroup('Everyone', [], INTERNAL);
        world.optiGroup('Authors');
      },
    },
    {
      world: 'another app made the group and manages it',
      given: (world) => {
        world.pushedGroup('Editors');
        const group = world.optiGroup('Editors', [], INTERNAL);
        const other = world.otherApp();
        world.otherMapping(other, world.oktaGroup('Old editors'), { targetExternalId: group });
      },
    },
  ],
  flagged: [
    {
      world: 'an earlier try of SCIM left a group of that name, with a push that was refused or without one',
      given: (world) => {
        world.pushedGroup('editors', [], { okta_group_id: '00gEditors' });
        const group = world.optiGroup('Editors', [world.optiUser()], {
          ...INTERNAL,
          opti_group_id: 'group-e',
        });
        world.grant(group, 'CMS', 'Website', 'Editor');
        world.mapping(world.pushedGroup('Authors'), { status: 'ERROR', last_push: null });
        world.optiGroup('Authors', [], INTERNAL);
      },
      finds: [
        { subject: 'Authors' },
        {
          subject: 'editors',
          okta_id: '00gEditors',
          opti_id: 'group-e',
          evidence: { opti_group_name: 'Editors', members: 1, grants: ['CMS / Website: Editor'] },
        },
      ],
    },
  ],
  silent: [
    {
      world: 'the mappings were not read to their end',
      given: (world) => {
        world.pushedGroup('Editors');
        world.setState('okta.groupPushMappings', 'unread', 'HTTP 500');
      },
      outcome: 'unknown',
      reason: /okta\.groupPushMappings was not read: HTTP 500/u,
    },
  ],
});
